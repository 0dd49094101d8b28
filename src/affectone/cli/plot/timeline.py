"""`affectone plot timeline`: what a recording sounds like over time, as a picture."""

from __future__ import annotations

from typing import Annotated

import typer

from affectone.cli.inputs import raw_format
from affectone.cli.plot.place import DpiOption, OutputOption, Place, SizeOption, TitleOption
from affectone.cli.recognizers import ChannelChoice, LabelsOption, ModelOption, RawOption, recognizer_of
from affectone.cli.status import status_of
from affectone.cli.timeline import (
    HopOption,
    NamesOption,
    SpeakersOption,
    TimelineChannels,
    WindowOption,
    named,
    one_input,
    tell_warnings,
)
from affectone.recognition import DEFAULT_MODEL
from affectone.recognition.page import tracks_of
from affectone.views import timeline_figure

__all__ = ["timeline"]


def timeline(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A file, or - for stdin.")],
    output: OutputOption = None,
    model: ModelOption = DEFAULT_MODEL,
    window: WindowOption = 3.0,
    hop: HopOption = 1.0,
    channels: TimelineChannels = ChannelChoice.SPLIT,
    channel_names: NamesOption = None,
    speakers: SpeakersOption = None,
    labels: LabelsOption = None,
    raw: RawOption = None,
    title: TitleOption = None,
    size: SizeOption = None,
    dpi: DpiOption = None,
) -> int:
    """Draw the waveform, the segments and the probabilities of each channel over time."""
    headerless = raw_format(raw)
    place = Place.of(output, title, size, dpi)
    source = one_input(path)
    place.refuse_overwriting([source])
    heard = recognizer_of(model, labels, None, headerless).timeline(
        source,
        window=window,
        hop=hop,
        channels=channels.value,
        names=named(channel_names),
        speakers=speakers,
        raw=headerless,
    )
    tell_warnings(heard)
    figure = timeline_figure(tracks_of(heard), heard.duration_seconds, title=place.title, size=place.size)
    place.put(figure, "timeline of 1 recording")
    return status_of(1, 0)
