"""`affectone plot waveform|mel|mfcc|chroma|contrast`: recordings side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from affectone.cli.inputs import Input, gather, with_progress
from affectone.cli.plot.place import DpiOption, OutputOption, Place, SizeOption, TitleOption
from affectone.cli.status import complain, status_of
from affectone.errors import AudioError, ConfigError
from affectone.registry import require_extra
from affectone.views import (
    MOST_RECORDINGS,
    Frames,
    Waveform,
    chroma_figure,
    contrast_figure,
    mel_figure,
    mfcc_figure,
    waveform_figure,
)

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

    from affectone.audio import FloatArray
    from affectone.features import Settings

__all__ = ["KINDS", "PathsArgument", "few_inputs", "short_names", "told"]

PathsArgument = Annotated[list[str], typer.Argument(metavar="PATH", help="Files, folders, or - for stdin.")]
T = TypeVar("T")
Recording = TypeVar("Recording", Frames, Waveform)

BLOCK, STRETCH = 2**21, 256
"""Samples that are held at a time, and stretches of a longer recording of which only the ends are."""
HOPS = 10_000
"""Frames that are measured at a time: five minutes."""


def _waveforms(inputs: Sequence[Input], place: Place) -> tuple[Figure | None, int]:
    heard = _read_all(inputs, _waveform)
    if not heard:
        return None, 0
    return waveform_figure(_named(heard), title=place.title, size=place.size), len(heard)


def _waveform(source: Input) -> Waveform:
    """Read all channels at their own rate; of a long recording the peaks alone are kept."""
    import numpy as np

    from affectone.audio import open_audio

    with open_audio(source, sample_rate=None, channels="split") as stream:
        blocks = stream.blocks(BLOCK / stream.sample_rate)
        pieces = [next(blocks)]
        for block in blocks:
            if len(pieces) == 1:
                pieces = [_peaks(pieces[0])]
            pieces.append(_peaks(block))
        _warn(stream.source, stream.warnings)
        samples = np.concatenate(pieces, axis=1)
        return Waveform(stream.source, samples, samples.shape[1] / stream.seconds_read)


def _peaks(samples: FloatArray) -> FloatArray:
    """Return the lowest and the highest sample of each stretch, one after the other."""
    import numpy as np

    starts = np.arange(0, samples.shape[1], STRETCH)
    ends = [peak.reduceat(samples, starts, axis=1) for peak in (np.minimum, np.maximum)]
    return np.stack(ends, axis=2).reshape(len(samples), -1)


def _measured(
    feature: str, draw: Callable[[Sequence[Frames], Place, Settings], Figure]
) -> Callable[[Sequence[Input], Place], tuple[Figure | None, int]]:
    """Return what measures recordings and draws them."""

    def read_and_draw(inputs: Sequence[Input], place: Place) -> tuple[Figure | None, int]:
        require_extra("features", f"a picture of {feature}")
        from affectone.features import Settings

        settings = Settings()
        heard = _read_all(inputs, lambda source: _frames(source, feature, settings))
        return (draw(_named(heard), place, settings) if heard else None), len(heard)

    return read_and_draw


def _frames(source: Input, feature: str, settings: Settings) -> Frames:
    """Measure a recording in pieces, so that what it needs in between does not grow with its length."""
    from affectone.audio import open_audio
    from affectone.cli.plot.pieces import over_pieces

    hop = settings.hop / settings.sample_rate
    with open_audio(source, sample_rate=settings.sample_rate) as stream:
        values = over_pieces(feature, (block[0] for block in stream.blocks(HOPS * hop)), settings)
        _warn(stream.source, stream.warnings)
        return Frames(stream.source, values, hop, stream.seconds_read)


def _mel(recordings: Sequence[Frames], place: Place, settings: Settings) -> Figure:
    from affectone.features.filters import mel_edges

    edges = mel_edges(settings.n_mels, settings.fmin, settings.highest)
    return mel_figure(recordings, edges[1:-1], title=place.title, size=place.size)


def _mfcc(recordings: Sequence[Frames], place: Place, settings: Settings) -> Figure:
    return mfcc_figure(recordings, title=place.title, size=place.size)


def _chroma(recordings: Sequence[Frames], place: Place, settings: Settings) -> Figure:
    return chroma_figure(recordings, title=place.title, size=place.size)


def _contrast(recordings: Sequence[Frames], place: Place, settings: Settings) -> Figure:
    edges = _octaves(settings)
    return contrast_figure(recordings, edges, title=place.title, size=place.size)


def _octaves(settings: Settings) -> np.ndarray:
    """Return where the bands of spectral contrast begin and end: at half the rate in the end."""
    import numpy as np

    octaves = settings.contrast_lowest * 2.0 ** np.arange(settings.contrast_bands)
    return np.array([0, *octaves, settings.sample_rate / 2])


def _read_all(inputs: Sequence[Input], read: Callable[[Input], T]) -> list[T]:
    """Read what can be read; name the rest on standard error."""
    done = []
    for source in with_progress(inputs):
        try:
            done.append(read(source))
        except AudioError as error:
            complain(str(error))
    return done


def _named(recordings: Sequence[Recording]) -> list[Recording]:
    """Return recordings under names that fit into titles."""
    names = short_names([recording.name for recording in recordings])
    return [replace(recording, name=name) for recording, name in zip(recordings, names, strict=True)]


def _warn(source: str, warnings: Sequence[str]) -> None:
    for warning in warnings:
        complain(f"{source}: {warning}")


def few_inputs(paths: Sequence[str], place: Place) -> tuple[list[Input], int]:
    """Expand folders; return the recordings of one picture, and how many paths failed.

    Raises
    ------
    ConfigError
        If they are too many for one picture, or the picture would take the place of one.
    """
    inputs, failed = gather(paths)
    if len(inputs) > MOST_RECORDINGS:
        raise ConfigError(
            f"a picture shows at most {MOST_RECORDINGS} recordings; got {len(inputs):,}: name fewer"
        )
    place.refuse_overwriting(inputs)
    return inputs, failed


def short_names(sources: Sequence[str]) -> list[str]:
    """Return the last parts of some paths: as many as tell them apart.

    Examples
    --------
    >>> short_names(["a/one.wav", "b/two.wav"]), short_names(["a/one.wav", "b/one.wav"])
    (['one.wav', 'two.wav'], ['a/one.wav', 'b/one.wav'])
    """
    parts = [PurePath(source).parts or (source,) for source in sources]
    different = len(set(sources))
    for depth in range(1, max(map(len, parts), default=0) + 1):
        names = [str(PurePath(*own[-depth:])) for own in parts]
        if len(set(names)) == different:
            return names
    return list(sources)


def told(kind: str, count: int) -> str:
    """Say what a picture shows."""
    return f"{kind} of {count} recording{'s' if count > 1 else ''}"


DRAWN: dict[str, tuple[str, Callable[[Sequence[Input], Place], tuple[Figure | None, int]]]] = {
    "waveform": ("Draw the samples over time, each channel by itself.", _waveforms),
    "mel": ("Draw the power in mel bands, in decibels.", _measured("log_mel", _mel)),
    "mfcc": ("Draw mel-frequency cepstral coefficients, from the 1st on.", _measured("mfcc", _mfcc)),
    "chroma": ("Draw how strong the twelve pitch classes are.", _measured("chroma", _chroma)),
    "contrast": ("Draw by how much peaks rise over valleys in bands.", _measured("contrast", _contrast)),
}


def _command(kind: str) -> Callable[..., int]:
    """Return the command of one kind of picture."""
    words, draw = DRAWN[kind]

    def command(
        paths: PathsArgument,
        output: OutputOption = None,
        title: TitleOption = None,
        size: SizeOption = None,
        dpi: DpiOption = None,
    ) -> int:
        place = Place.of(output, title, size, dpi)
        inputs, failed = few_inputs(paths, place)
        figure, done = draw(inputs, place)
        if figure is not None:
            place.put(figure, told(kind, done))
        return status_of(done, failed + len(inputs) - done)

    command.__doc__ = words
    return command


KINDS: dict[str, Callable[..., int]] = {kind: _command(kind) for kind in DRAWN}
"""Kind of picture -> its command."""
