"""Draw what listeners and the models hear in CREMA-D.

python benchmarks/error_plots.py writes docs/images/errors-crema_d.svg from the result files.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from affectone.views.theme import COLOURS, PAPER, ink_on, new_figure, save_figure, styled
from error_tables import CONDITIONS, of_listeners, used
from listeners import matrix_of, shares_of
from scores import BASE, EDGE, RESULTS, ROOT, Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PICTURE = ROOT / "docs" / "images" / "errors-crema_d.svg"
LISTENERS = RESULTS.parent / "listeners.json"
SIDE = 3.4
"""Inches of a panel."""


def panels(results: Mapping[str, Result], people: Mapping[str, Any]) -> dict[str, npt.NDArray[np.float64]]:
    """Return the title of each panel and its shares in %, shape (labels, labels)."""
    counts = {"listeners": np.array(people["confusion"])}
    for name, title in CONDITIONS.items():
        counts[title.replace("`", "")] = matrix_of(of_listeners(results[name]), people["labels"])
    return {title: 100 * shares_of(cells) for title, cells in counts.items()}


def drawn(labels: Sequence[str], shown: Mapping[str, npt.NDArray[np.float64]]) -> Figure:
    """Return a picture with a panel for whoever listened."""
    with styled():
        figure = new_figure(SIDE * len(shown), SIDE + 0.6)
        for axes, (title, shares) in zip(figure.subplots(1, len(shown)), shown.items(), strict=True):
            draw_panel(axes, labels, shares)
            axes.set_title(title)
        figure.axes[0].set_ylabel("meant")
        figure.suptitle("CREMA-D: answers to what was meant, % of each row")
    return figure


def draw_panel(axes: Axes, labels: Sequence[str], shares: npt.NDArray[np.float64]) -> None:
    """Draw one matrix."""
    from matplotlib.colors import LinearSegmentedColormap, rgb2hex

    colours = LinearSegmentedColormap.from_list("shares", [PAPER, COLOURS["sad"]])
    axes.imshow(shares, cmap=colours, vmin=0, vmax=100)
    for row, column in np.ndindex(shares.shape):
        share = float(shares[row, column])
        ink = ink_on(rgb2hex(colours(share / 100)))
        axes.text(column, row, f"{share:.0f}", ha="center", va="center", size=9, color=ink)
    axes.set_xticks(range(len(labels)), labels, rotation=90)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("answered")
    axes.tick_params(length=0)


def main() -> int:
    """Draw."""
    people = json.loads(LISTENERS.read_text(encoding="utf-8"))
    save_figure(drawn(people["labels"], panels(used(BASE.results() | EDGE.results()), people)), PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
