"""`affectone plot augment`: a recording, and what augmentation makes of it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from affectone.audio import source_name
from affectone.cli.inputs import named_path
from affectone.cli.plot.place import DpiOption, OutputOption, Place, SizeOption, TitleOption
from affectone.cli.plot.speaker import RATE, row
from affectone.cli.status import ALL_DONE, complain
from affectone.errors import AudioValueError, ConfigError, unknown_name
from affectone.registry import require_extra
from affectone.units import Seconds
from affectone.views import MOST_RECORDINGS, variants_figure

if TYPE_CHECKING:
    from affectone.audio import FloatArray
    from affectone.audio.augment import Augmentation

__all__ = ["augment"]

LONGEST: Seconds = 60.0
"""More of a recording cannot be seen in a row, and each copy is held whole."""


def augment(
    path: Annotated[Path, typer.Argument(metavar="PATH", parser=named_path, help="One recording.")],
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="WHAT",
            help="A preset (field, classic), a kind of step (noise, pitch ...) or a training's CONFIG.toml. "
            "Repeat for more.  [default: field]",
        ),
    ] = None,
    copies: Annotated[
        int, typer.Option(min=1, max=MOST_RECORDINGS - 1, help="How many copies each of them makes.")
    ] = 1,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31, help="Of the first copy; the next ones count on from it.")
    ] = 0,
    output: OutputOption = None,
    title: TitleOption = None,
    size: SizeOption = None,
    dpi: DpiOption = None,
) -> int:
    """Draw a recording before and after augmentation: waveforms and mel spectrograms."""
    place = Place.of(output, title, size, dpi)
    require_extra("features", "augmentation")
    chosen = {what: _augmentation(what) for what in by or ["field"]}
    if len(chosen) * copies >= MOST_RECORDINGS:
        raise ConfigError(
            f"a sheet shows at most {MOST_RECORDINGS - 1} copies beside the recording; "
            f"got {len(chosen) * copies}: take fewer"
        )
    place.refuse_overwriting([path, *map(Path, chosen)])
    samples, name = _samples(path), source_name(path.name)
    rows = [row("as it is", name, "", samples)]
    for (what, changes), number in itertools.product(chosen.items(), range(seed, seed + copies)):
        rows.append(row(what, f"seed {number}", "", changes(samples, RATE, seed=number)))
    figure = variants_figure(rows, title=place.title, size=place.size)
    place.put(figure, f"{name} and {len(rows) - 1} cop{'y' if len(rows) == 2 else 'ies'}")
    return ALL_DONE


def _augmentation(what: str) -> Augmentation:
    """Return what a preset, a kind of step or a configuration's file makes copies with."""
    from affectone.audio.augment import PRESETS, STEPS, Augmentation

    if what in PRESETS:
        return Augmentation.preset(what)
    if what in STEPS:
        return Augmentation([{"kind": what}])
    if Path(what).suffix.lower() == ".toml":
        return _configured(Path(what))
    known = [*PRESETS, *(entry.name for entry in STEPS)]
    raise ConfigError(f"{unknown_name('augmentation', what, known)}; or the name of a .toml file")


def _configured(file: Path) -> Augmentation:
    from affectone.training.config import TrainConfig, read_config

    settings = read_config(file)
    if not isinstance(settings, TrainConfig):
        raise ConfigError(f"{file}: {settings.model} is a classic model, which learns from no copies")
    return settings.augment


def _samples(path: Path) -> FloatArray:
    """Read one channel, and not more than can be shown."""
    from affectone.audio import open_audio

    with open_audio(path, sample_rate=RATE) as stream:
        blocks = stream.blocks(LONGEST)
        samples: FloatArray = next(blocks)[0]
        if next(blocks, None) is not None:
            raise AudioValueError(
                f"{stream.source}: is longer than {LONGEST:g} s, more than a row shows; cut it"
            )
        for warning in stream.warnings:
            complain(f"{stream.source}: {warning}")
    return samples
