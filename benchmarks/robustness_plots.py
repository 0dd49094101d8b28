"""Draw what noise, telephones, rooms, levels and lengths cost: python benchmarks/robustness_plots.py.

Writes docs/cards/NAME-robustness.png of each model in results/robustness.json.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from affectone.views.theme import COLOURS, GRID, INK, new_figure, save_figure, styled
from robustness_tables import robustness_result
from scores import DOCS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from robustness_tables import Row

NOISES = {"white noise": COLOURS["sad"], "babble": COLOURS["angry"], "music-like": COLOURS["fearful"]}
OTHERS = ("codec", "reverberation", "level")
SNR = " dB SNR"


def figure_of(name: str, rows: list[Row]) -> Figure:
    """Return a picture of noises, of lengths, and of everything else."""
    with styled():
        figure = new_figure(14.5, 4.4)
        noise, length, others = figure.subplots(1, 3, width_ratios=(1, 1, 1.1))
        clean = rows[0]["uar"]
        for by, colour in NOISES.items():
            own = {row["of"]: row["uar"] for row in rows if row["by"] == by}
            noise.plot([25, *(float(of.removesuffix(SNR)) for of in own)], [clean, *own.values()],
                       marker="o", markersize=4, color=colour, label=by)  # fmt: skip
        ticks = (25, 20, 10, 5, 0)
        noise.set_xticks(ticks, ["none", *map(str, ticks[1:])])
        noise.invert_xaxis()
        noise.legend()
        own = {row["of"]: row["uar"] for row in rows if row["by"] == "length"}
        length.plot([float(of.removesuffix(" s")) for of in own], own.values(), marker="o", color=INK)
        length.axhline(clean, color=INK, linestyle="--", linewidth=0.8, label="as recorded")
        length.set_xscale("log")
        length.set_xticks([0.5, 1, 2, 5, 10], ["0.5", "1", "2", "5", "10"])
        length.minorticks_off()
        length.legend()
        finish(noise, "signal to noise, dB", "Noise")
        finish(length, "seconds", "Length")
        draw_others(others, rows)
        figure.suptitle(f"{name}, on unseen speakers: mean recall over the emotions of all corpora")
    return figure


def draw_others(axes: Axes, rows: list[Row]) -> None:
    """Draw codecs, the room and levels as bars, below the clips as they are."""
    shown = [rows[0], *(row for row in rows if row["by"] in OTHERS)]
    for place, row in enumerate(shown):
        axes.barh(place, row["uar"], height=0.7, color=COLOURS["calm"], edgecolor=INK, linewidth=0.5)
        axes.text(row["uar"] + 1, place, f"{row['uar']:.1f}", va="center", fontsize=8)
    names = [row["of"] if row["by"] != "level" else f"level: {row['of']}" for row in shown]
    axes.set_yticks(range(len(shown)), [name.partition(", direct")[0] for name in names], fontsize=8)
    axes.set(xlim=(0, 100), ylim=(len(shown) - 0.5, -0.5), xlabel="UAR, %", title="Telephones, rooms, levels")


def finish(axes: Axes, what: str, title: str) -> None:
    """Give a curve its names and its scale, which all curves share."""
    axes.set(xlabel=what, ylabel="UAR, %", title=title, ylim=(0, 100))
    axes.grid(color=GRID)


def main() -> int:
    """Draw every model that was measured."""
    for name, model in robustness_result()["models"].items():
        figure = figure_of(f"{name} {model['version']}", model["together"])
        save_figure(figure, DOCS / f"{name}-robustness.png")
        sys.stdout.write(f"docs/cards/{name}-robustness.png\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
