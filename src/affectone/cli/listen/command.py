"""`affectone listen`: a microphone, or samples that come through a pipe, heard live."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

import typer

from affectone.audio import FloatArray, RawFormat
from affectone.audio.live import Microphone, microphones, raw_blocks
from affectone.cli.inputs import STDIN, raw_format
from affectone.cli.listen.actions import Command, Publisher, Trigger
from affectone.cli.listen.view import JsonLines, LiveView, Shown, Words
from affectone.cli.output import Output
from affectone.cli.recognizers import AdaptOption, LabelsOption, ModelOption, RawOption, recognizer_of
from affectone.cli.status import NOTHING_DONE, complain, printable
from affectone.cli.timeline import HopOption, NamesOption, WindowOption, named
from affectone.errors import ConfigError
from affectone.recognition import DEFAULT_MODEL, LiveSession, Recognizer, Segment

__all__ = ["listen"]

MOST_CHANNELS = 8
MICROPHONE = "<microphone>"


class ListenFormat(StrEnum):
    """How `affectone listen` answers."""

    VIEW = "view"
    JSONL = "jsonl"


def listen(
    path: Annotated[
        str | None,
        typer.Argument(metavar="[-]", help="- for samples on stdin, with --raw; a microphone without it."),
    ] = None,
    wanted: Annotated[
        ListenFormat, typer.Option("--format", help="A view on the terminal, or JSON lines.")
    ] = ListenFormat.VIEW,
    model: ModelOption = DEFAULT_MODEL,
    window: WindowOption = 3.0,
    hop: HopOption = 1.0,
    channels: Annotated[
        int, typer.Option(min=1, max=MOST_CHANNELS, help="Of the microphone; each is heard by itself.")
    ] = 1,
    channel_names: NamesOption = None,
    labels: LabelsOption = None,
    adapt: AdaptOption = None,
    device: Annotated[
        str | None, typer.Option(metavar="NAME", help="Part of a microphone's name, or its number.")
    ] = None,
    list_devices: Annotated[
        bool, typer.Option("--list-devices", help="Name the microphones, and end.")
    ] = False,
    raw: RawOption = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, metavar="SECONDS", help="Listen so long; until Ctrl-C without.")
    ] = None,
    on: Annotated[
        list[str] | None,
        typer.Option("--on", metavar="LABEL:SHARE", help="Tell when it begins to sound so; repeat it."),
    ] = None,
    run: Annotated[
        str | None, typer.Option(metavar="CMD", help="Run this then, with the event as JSON on its stdin.")
    ] = None,
    mqtt: Annotated[
        str | None, typer.Option(metavar="URL", help="Send it all to a broker: mqtt://host:port/topic.")
    ] = None,
) -> int:
    """Say what a microphone hears, while it does."""
    output = Output(sys.stdout, "standard output")
    if list_devices:
        for name in microphones():
            output.write(f"{printable(name)}\n")
        return 0
    headerless = raw_format(raw)
    if (path is None) != (headerless is None) or path not in (None, STDIN):
        raise ConfigError(
            "samples through a pipe need both - and --raw: affectone listen - --raw s16le:16000:1"
        )
    if run is not None and not on:
        raise ConfigError("--run needs --on, which says when")
    recognizer = recognizer_of(model, labels, adapt, headerless)
    triggers = [Trigger.parse(text, recognizer.labels, window) for text in on or []]
    command = None if run is None else Command(run)
    with contextlib.ExitStack() as stack:
        blocks, rate, count, name = _source(headerless, device, channels, stack)
        session = recognizer.stream(
            rate, channels=count, names=named(channel_names), window=window, hop=hop, file=name
        )
        told: list[Callable[[dict[str, Any]], object]] = []
        if command is not None:
            stack.callback(command.close)
            told.append(command.take)
        if mqtt is not None:
            publisher = Publisher(mqtt)
            stack.callback(publisher.close)
            told.append(publisher.send)
        shown = _shown(wanted, recognizer, output)
        stack.callback(shown.close)
        _hear(session, blocks, rate, seconds, triggers, [shown.show, *told])
    return 0


def _source(
    raw: RawFormat | None, device: str | None, channels: int, stack: contextlib.ExitStack
) -> tuple[Iterator[FloatArray], int, int, str]:
    """Return the sound as it comes, its rate, its channels and its name."""
    if raw is not None:
        if sys.stdin is None:
            complain("standard input is closed")
            raise typer.Exit(NOTHING_DONE)
        return raw_blocks(sys.stdin.buffer, raw, "<stdin>"), raw.sample_rate, raw.channels, "<stdin>"
    chosen = int(device) if device is not None and device.isdecimal() else device
    microphone = stack.enter_context(Microphone(chosen, channels))
    stack.callback(_tell_lost, microphone)
    return microphone.blocks(), microphone.sample_rate, channels, MICROPHONE


def _tell_lost(microphone: Microphone) -> None:
    if microphone.lost:
        complain(f"{microphone.lost} blocks of sound came faster than they were heard, and were lost")


def _shown(wanted: ListenFormat, recognizer: Recognizer, output: Output) -> Shown:
    if wanted is ListenFormat.JSONL:
        return JsonLines(output)
    if sys.stdout.isatty():
        return LiveView(recognizer.labels, output.shows_blocks)
    return Words(output)


def _hear(
    session: LiveSession,
    blocks: Iterator[FloatArray],
    rate: int,
    seconds: float | None,
    triggers: list[Trigger],
    places: list[Callable[[dict[str, Any]], object]],
) -> None:
    """Tell all places of all steps, segments and events, until the sound or the time ends, or Ctrl-C."""

    def tell(kind: str, one: Segment, **more: object) -> None:
        for place in places:
            place({"type": kind, **more, **one.to_dict()})

    watched = [[replace(one) for one in triggers] for _ in range(session.channels)]

    def tell_all(events: Iterator[tuple[str, Segment]]) -> None:
        for kind, one in events:
            tell(kind, one)
            for trigger in watched[one.channel or 0] if kind == "step" else ():
                if trigger.fires(one):
                    tell("event", one, on=str(trigger))

    with contextlib.suppress(KeyboardInterrupt):
        for block in _until(blocks, rate, seconds):
            tell_all(session.events(block))
    tell_all(session.last_events())


def _until(blocks: Iterator[FloatArray], rate: int, seconds: float | None) -> Iterator[FloatArray]:
    """End after so many seconds of sound."""
    left = None if seconds is None or math.isinf(seconds) else round(seconds * rate)
    for block in blocks:
        if left is None:
            yield block
            continue
        yield block[:, :left]
        left -= block.shape[1]
        if left <= 0:
            return
