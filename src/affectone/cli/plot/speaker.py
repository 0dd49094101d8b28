"""`affectone plot speaker`: all emotions of one speaker on one sheet."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affectone.cli.inputs import named_path
from affectone.cli.plot.place import DpiOption, OutputOption, Place, SizeOption, TitleOption
from affectone.cli.status import complain, status_of
from affectone.errors import AudioError, ConfigError, unknown_name
from affectone.registry import require_extra
from affectone.views import Example, examples_figure

if TYPE_CHECKING:
    import pandas as pd

    from affectone.audio import FloatArray

__all__ = ["RATE", "example", "row", "speaker"]

RATE = 16000
N_FFT, WINDOW, HOP = 1024, 400, 160
BANDS, LOWEST, HIGHEST = 80, 50.0, 8000.0
"""How the spectrograms of sheets are made, in Hz and samples."""
MOST_NAMED = 12
"""Speakers that are listed where one is not known."""


def speaker(
    manifest: Annotated[
        Path,
        typer.Argument(metavar="MANIFEST", parser=named_path, help="What affectone corpora scan wrote."),
    ],
    who: Annotated[str, typer.Option("--speaker", metavar="CORPUS/ID", help="Such as ravdess/03.")],
    output: OutputOption = None,
    title: TitleOption = None,
    size: SizeOption = None,
    dpi: DpiOption = None,
) -> int:
    """Draw one clip of each emotion of a speaker: its waveform and its mel spectrogram."""
    from affectone.views.theme import ordered

    place = Place.of(output, who if title is None else title, size, dpi)
    require_extra("data", "a manifest")
    from affectone.corpora import read_manifest
    from affectone.corpora.examples import choose_examples

    clips = _clips_of(read_manifest(manifest), who, manifest)
    chosen = {str(clip["emotion"]): clip for clip in choose_examples(clips).to_dict("records")}
    rows = []
    for emotion in ordered(chosen):
        try:
            rows.append(example(emotion, chosen[emotion]))
        except AudioError as error:
            complain(f"no {emotion}: {error}")
    if rows:
        place.put(
            examples_figure(rows, title=place.title, size=place.size),
            f"{len(rows)} emotion{'s' if len(rows) > 1 else ''} of {who}",
        )
    return status_of(len(rows), len(chosen) - len(rows))


def _clips_of(table: pd.DataFrame, who: str, manifest: Path) -> pd.DataFrame:
    """Return the clips of a speaker, or raise `ConfigError` with those that there are."""
    names = table["corpus"] + "/" + table["speaker"]
    clips = table[(names == who) & table["emotion"].notna()]
    if clips.empty:
        raise ConfigError(f"{manifest}: {_unknown_speaker(who, sorted(names.dropna().unique()))}")
    return clips


def _unknown_speaker(who: str, known: list[str]) -> str:
    words = unknown_name("speaker", who, known)
    if len(known) <= MOST_NAMED:
        return words
    hint = words.partition(" known: ")[0]
    return f"{hint} {len(known)} are known, among them {', '.join(known[:MOST_NAMED])}"


def example(label: str, clip: Mapping[Hashable, Any]) -> Example:
    """Read a clip of a manifest for a sheet.

    Raises
    ------
    AudioError
        If it cannot be read.
    """
    from affectone.audio import load_audio

    samples = load_audio(clip["path"], sample_rate=RATE).samples[0]
    return row(label, clip["id"], f"{clip['corpus']}/{clip['speaker']}", samples)


def row(label: str, name: str, voice: str, samples: FloatArray) -> Example:
    """Return sound of one channel at `RATE` as a row of a sheet."""
    import numpy as np

    from affectone.features import hertz_to_mel, mel_decibels, mel_to_hertz

    power = mel_decibels(
        samples,
        sample_rate=RATE,
        n_fft=N_FFT,
        window=WINDOW,
        hop=HOP,
        bands=BANDS,
        lowest=LOWEST,
        highest=HIGHEST,
    )
    middles = mel_to_hertz(np.linspace(hertz_to_mel(LOWEST), hertz_to_mel(HIGHEST), BANDS + 2)[1:-1])
    return Example(label, name, voice, samples, RATE, power, HOP / RATE, middles)
