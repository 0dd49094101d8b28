"""`affectone timeline`: what a recording sounds like over time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from affectone.cli.formats import measured, note
from affectone.cli.inputs import Input, gather, named_path, raw_format, refuse_overwriting
from affectone.cli.output import Output, cell, open_output
from affectone.cli.recognizers import (
    AdaptOption,
    ChannelChoice,
    LabelsOption,
    ModelOption,
    RawOption,
    recognizer_of,
)
from affectone.cli.status import NOTHING_DONE, complain, status_of
from affectone.errors import ConfigError
from affectone.recognition import DEFAULT_MODEL, MOST_JOBS, Segment, Timeline
from affectone.recognition.page import sound_within, timeline_html
from affectone.recognition.turns import MOST_SPEAKERS
from affectone.registry import require_module

__all__ = [
    "HopOption",
    "NamesOption",
    "SpeakersOption",
    "TimelineChannels",
    "WindowOption",
    "named",
    "one_input",
    "tell_warnings",
    "timeline",
]


class TimelineFormat(StrEnum):
    """How `affectone timeline` answers."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    SRT = "srt"
    VTT = "vtt"
    HTML = "html"


WindowOption = Annotated[float, typer.Option(metavar="SECONDS", help="How much is heard at once.")]
HopOption = Annotated[float, typer.Option(metavar="SECONDS", help="From one window to the next.")]
TimelineChannels = Annotated[ChannelChoice, typer.Option(help="All channels together, or each by itself.")]
NamesOption = Annotated[
    str | None,
    typer.Option("--channel-names", metavar="NAME,...", help="Who speaks, such as agent,customer."),
]
SpeakersOption = Annotated[
    int | None,
    typer.Option(
        min=2, max=MOST_SPEAKERS, metavar="N", help="Tell so many speakers apart within a channel, 2 to 8."
    ),
]


def timeline(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A file, or - for stdin.")],
    wanted: Annotated[
        TimelineFormat, typer.Option("--format", help="How to write the answer.")
    ] = TimelineFormat.TABLE,
    model: ModelOption = DEFAULT_MODEL,
    window: WindowOption = 3.0,
    hop: HopOption = 1.0,
    channels: TimelineChannels = ChannelChoice.SPLIT,
    channel_names: NamesOption = None,
    speakers: SpeakersOption = None,
    labels: LabelsOption = None,
    adapt: AdaptOption = None,
    jobs: Annotated[int, typer.Option(min=1, max=MOST_JOBS, help="Windows that are judged at once.")] = 1,
    raw: RawOption = None,
    embed_audio: Annotated[
        bool, typer.Option("--embed-audio", help="With html: the page holds the recording and plays it.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", parser=named_path, help="Write there instead of stdout."
        ),
    ] = None,
) -> int:
    """Say which emotion a recording sounds like when, channel by channel."""
    headerless = raw_format(raw)
    if wanted is TimelineFormat.HTML:
        require_module("jinja2", "plots", "a page of a timeline")
    elif embed_audio:
        raise ConfigError("--embed-audio goes with --format html")
    if embed_audio and headerless is not None:
        raise ConfigError("--embed-audio does not go with --raw: browsers play no samples without a header")
    source = one_input(path)
    if embed_audio and not isinstance(source, Path):
        raise ConfigError("--embed-audio needs a file: what came through standard input is gone")
    refuse_overwriting(output, [source])
    sound = sound_within(source) if embed_audio and isinstance(source, Path) else None
    recognizer = recognizer_of(model, labels, adapt, headerless, output)
    with open_output(output) as place:
        heard = recognizer.timeline(
            source,
            window=window,
            hop=hop,
            channels=channels.value,
            names=named(channel_names),
            speakers=speakers,
            jobs=jobs,
            raw=headerless,
        )
        tell_warnings(heard)
        if wanted is TimelineFormat.TABLE:
            _write_table(place, heard)
        elif wanted is TimelineFormat.HTML:
            place.write(timeline_html(heard, sound))
        else:
            place.write(_TEXTS[wanted](heard))
    return status_of(1, 0)


_TEXTS: dict[TimelineFormat, Callable[[Timeline], str]] = {
    TimelineFormat.JSON: Timeline.to_json,
    TimelineFormat.CSV: Timeline.to_csv,
    TimelineFormat.SRT: Timeline.to_srt,
    TimelineFormat.VTT: Timeline.to_vtt,
}


def one_input(path: str) -> Input:
    """Return the one recording that a path names.

    Raises
    ------
    ConfigError
        If it is a folder with none or several.
    typer.Exit
        If there is nothing of that name, once that was said.
    """
    inputs, failed = gather([path])
    if failed:
        raise typer.Exit(NOTHING_DONE)
    if len(inputs) != 1:
        raise ConfigError(f"a timeline is that of one recording; {path} holds {len(inputs):,}")
    return inputs[0]


def tell_warnings(heard: Timeline) -> None:
    """Say what was wrong with a recording that was heard nevertheless."""
    for warning in heard.warnings:
        complain(f"{heard.file}: {warning}")


def named(channel_names: str | None) -> list[str] | None:
    """Read ``--channel-names``."""
    return None if channel_names is None else [name.strip() for name in channel_names.split(",")]


def _write_table(output: Output, heard: Timeline) -> None:
    from rich.table import Table

    several = len(heard.channels) > 1 or heard.speakers != (None,) or heard.turned
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("from", "to"):
        table.add_column(column, justify="right")
    for column in (*(["who"] if several else []), "emotion", "confidence", "voice", "note"):
        table.add_column(column, overflow="fold")
    for segment in heard:
        who = (
            (heard.who(segment) or ("-" if segment.channel is None else str(segment.channel)),)
            if several
            else ()
        )
        table.add_row(*map(cell, _cells(segment, who, output.shows_blocks)))
    if len(heard):
        output.write_table(table)
    else:
        complain(f"{heard.file}: nobody speaks")


def _cells(segment: Segment, who: Iterable[str], blocks: bool) -> Iterator[str]:
    told = segment.prediction
    yield f"{segment.start:.2f}"
    yield f"{segment.end:.2f}"
    yield from who
    yield told.label or "-"
    yield from measured(told, blocks)
    yield note(told)
