"""What is heard, shown as it comes: a view that renews itself, or one JSON line after the other."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from affectone.cli.formats import bar
from affectone.cli.output import Output, cell

if TYPE_CHECKING:
    from rich.console import Group

__all__ = ["JsonLines", "LiveView", "Shown", "Words"]

LAST = 8
"""Segments that the view keeps."""


class Shown(Protocol):
    """Shows messages as they come."""

    def show(self, message: dict[str, Any]) -> None:
        """Show a message of the type step, segment or event."""

    def close(self) -> None:
        """Show no more."""


class JsonLines:
    """Every message as a line of JSON."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def show(self, message: dict[str, Any]) -> None:
        """Write the line."""
        self._output.write(json.dumps(message, allow_nan=False) + "\n")

    def close(self) -> None:
        """Nothing is open."""


class Words:
    """Segments and events as lines of text, where there is no terminal to renew a view on."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def show(self, message: dict[str, Any]) -> None:
        """Write the line of a segment or an event."""
        if message["type"] != "step":
            self._output.write(_line(message, self._output.shows_blocks) + "\n")

    def close(self) -> None:
        """Nothing is open."""


class LiveView:
    """Probabilities of the newest step and the last segments, renewed in place on a terminal."""

    def __init__(self, labels: Sequence[str], blocks: bool) -> None:
        from rich.live import Live

        self._labels, self._blocks = labels, blocks
        self._steps: dict[int | None, dict[str, Any]] = {}
        self._last: deque[str] = deque(maxlen=LAST)
        self._live = Live(self._drawn(), auto_refresh=False)
        self._live.start()

    def show(self, message: dict[str, Any]) -> None:
        """Renew the view."""
        if message["type"] == "step":
            self._steps[message["channel"]] = message
        else:
            self._last.append(_line(message, self._blocks))
        self._live.update(self._drawn(), refresh=True)

    def close(self) -> None:
        """Leave the view as it is."""
        self._live.stop()

    def _drawn(self) -> Group:
        from rich.console import Group
        from rich.table import Table

        table = Table(box=None, header_style="bold", pad_edge=False)
        table.add_column("listening" if self._steps else "listening: nobody has spoken yet")
        steps = [self._steps[channel] for channel in sorted(self._steps, key=lambda one: one or 0)]
        for step in steps:
            table.add_column(cell(step["speaker"] or f"channel {step['channel']}"))
        for label in self._labels:
            table.add_row(label, *(bar(step["scores"].get(label), self._blocks) for step in steps))
        table.add_row("", *(cell(_doubt(step)) for step in steps))
        return Group(table, *map(cell, self._last))


def _doubt(step: dict[str, Any]) -> str:
    if step["label"] is None:
        return str(step["reason"])
    return f"unsure: {step['reason']}" if step["unsure"] else ""


def _line(message: dict[str, Any], blocks: bool) -> str:
    """Return a segment or an event in one line."""
    if message["type"] == "event":
        return f"{message['start']:8.2f}           {message['on']}"
    who = f"  {message['speaker']}" if message["speaker"] else ""
    label = message["label"] or f"[{message['reason']}]"
    doubt = f"  {_doubt(message)}" if message["label"] and message["unsure"] else ""
    share = f"  {bar(message['confidence'], blocks)}" if message["label"] else ""
    return f"{message['start']:8.2f} {message['end']:8.2f}{who}  {label}{share}{doubt}"
