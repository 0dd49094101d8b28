"""What a picture must be: nothing cut, nothing over anything else."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

pytest.importorskip("matplotlib")


def shown_texts(figure: Figure) -> list[Text]:
    """Return all text that can be seen."""
    from matplotlib.text import Text

    figure.canvas.draw()
    unused = _unused_ticks(figure)
    texts = [text for text in figure.findobj(Text) if text not in unused]
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


@pytest.fixture
def faults() -> Callable[[Figure], list[str]]:
    """Return a function that names each text of a figure that is cut, unreadably small, or under another."""

    def find(figure: Figure) -> list[str]:
        boxes = [(text, text.get_window_extent()) for text in shown_texts(figure)]
        page = figure.bbox.padded(1)
        cut = [
            f"cut: {text.get_text()}"
            for text, box in boxes
            if box.x0 < page.x0 or box.y0 < page.y0 or box.x1 > page.x1 or box.y1 > page.y1
        ]
        small = [f"small: {text.get_text()}" for text, _ in boxes if text.get_fontsize() < 8]
        over = [
            f"over each other: {one.get_text()!r} and {other.get_text()!r}"
            for (one, first), (other, second) in combinations(boxes, 2)
            if first.padded(-1).overlaps(second.padded(-1))
        ]
        return cut + small + over

    return find


def _unused_ticks(figure: Figure) -> set[Text]:
    """Return the texts of ticks that are not drawn: beyond the ends of an axis, or kept for later use."""
    unused: set[Text] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            used = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            shown = {tick for tick in used if low <= tick.get_loc() <= high}
            rest = {*axis.majorTicks, *axis.minorTicks} - shown
            unused |= {text for tick in rest for text in (tick.label1, tick.label2)}
    return unused
