"""Draw what the packaged cards say: python benchmarks/card_plots.py writes docs/cards/NAME.png."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from affectone.models.card import ModelCard, read_card
from affectone.views.theme import COLOURS, GRID, INK, UNKNOWN, new_figure, save_figure, styled
from model_cards import completed_card
from scores import DOCS, MODELS, TITLES, Measured, Result, adapted_rows, taught

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE, THERE = COLOURS["calm"], COLOURS["angry"]


def figure_of(model: Measured, card: ModelCard) -> Figure:
    """Return a picture with a part for each thing that was measured."""
    results = model.results()
    gains = [name for name in model.grouped if results.get(name, {}).get("adaptation")]
    with styled():
        figure = new_figure(5.2 * (2 + bool(gains)), max(4.2, 0.24 * bars(card)))
        axes = figure.subplots(1, 2 + bool(gains), squeeze=False)[0]
        draw_confidence(axes[0], results)
        draw_groups(axes[1], card)
        if gains:
            draw_adaptation(axes[2], {name: results[name] for name in gains})
        figure.suptitle(f"{card.name} {card.version}, on unseen speakers")
    return figure


def bars(card: ModelCard) -> int:
    """Return how many lines the groups need."""
    return sum(len(groups) + 1 for groups in card.slices.values()) + 3


def draw_confidence(axes: Axes, results: dict[str, Result]) -> None:
    """Draw how right the answers are that a threshold on the confidence leaves."""
    for result in results.values():
        curve = [row for row in result["by_confidence"] if row["right_above"] is not None]
        if curve and result["speaker_independent"]:
            answered = [100 * row["answered"] for row in curve]
            right = [100 * row["right_above"] for row in curve]
            axes.plot(answered, right, marker="o", markersize=3, label=result["protocol"] + taught(result))
    axes.set(
        xlabel="clips answered, %", ylabel="of these right, %", title="What a threshold buys", ylim=(40, 100)
    )
    axes.grid(color=GRID)
    axes.legend()


def draw_groups(axes: Axes, card: ModelCard) -> None:
    """Draw the UAR of each group."""
    place, ticks = 0.0, []
    for name, groups in card.slices.items():
        axes.text(1, place, name, va="center", fontweight="bold", fontsize=9)
        for group, value in groups.items():
            place += 1
            axes.barh(place, value, height=0.7, color=HERE, edgecolor=INK, linewidth=0.5)
            axes.text(value + 1, place, f"{value:.1f}", va="center", fontsize=8)
            ticks.append((place, group))
        place += 1.4
    axes.set_yticks([at for at, _ in ticks], [group for _, group in ticks])
    axes.set(xlim=(0, 105), ylim=(place, -1), xlabel="UAR, %", title="By group")


def draw_adaptation(axes: Axes, results: dict[str, Result]) -> None:
    """Draw what adapting to some clips of a speaker gains, with intervals."""
    place, ticks = 0.0, []
    for result in results.values():
        for corpus in result["adaptation"]:
            axes.text(0, place, f" {TITLES[corpus]}", va="center", fontweight="bold", fontsize=9)
            for one in adapted_rows(result, corpus):
                place += 1
                low, high = one["difference_interval"]
                loses = high < 0
                axes.plot([low, high], [place, place], color=THERE if loses else UNKNOWN)
                axes.plot(one["difference"], place, "o", color=THERE if loses else INK, markersize=4)
                ticks.append((place, one["sample"]))
            place += 1.6
    axes.axvline(0, color=GRID)
    axes.set_yticks([at for at, _ in ticks], [name for _, name in ticks], fontsize=7)
    axes.set(ylim=(place, -1), xlabel="gain in UAR, points", title="Adapted without labels")


def main() -> int:
    """Draw every card that has scores."""
    for model in MODELS:
        card = completed_card(model, read_card(model.card))
        if card.scores:
            save_figure(figure_of(model, card), DOCS / f"{model.name}.png")
            sys.stdout.write(f"docs/cards/{model.name}.png\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
