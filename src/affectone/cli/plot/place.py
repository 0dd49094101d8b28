"""Where a picture goes, how large it is, and what stands over it: the options that all pictures share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from affectone.cli.inputs import Input, named_path, refuse_overwriting
from affectone.cli.output import UnwritableError
from affectone.cli.status import complain, unwritable
from affectone.errors import ConfigError
from affectone.files import check_place
from affectone.registry import require_extra
from affectone.views import has_display, picture_suffix, save_figure, show_figure
from affectone.views.theme import check_pixels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure

__all__ = [
    "DpiOption",
    "OutputOption",
    "Place",
    "SizeOption",
    "TitleOption",
    "save_picture",
]

LEAST_INCHES, MOST_INCHES = 2.0, 60.0
LEAST_DPI, MOST_DPI = 30, 1200

OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        parser=named_path,
        help="A name that ends in .png, .svg or .pdf; a window without it.",
    ),
]
TitleOption = Annotated[str | None, typer.Option(help="Words over the picture.")]
SizeOption = Annotated[str | None, typer.Option(metavar="WxH", help="Of the picture in inches, such as 8x4.")]
DpiOption = Annotated[
    int | None, typer.Option(min=LEAST_DPI, max=MOST_DPI, help="Dots per inch of a PNG; 150 by default.")
]


@dataclass(frozen=True, slots=True)
class Place:
    """A file or a window for one picture.

    Parameters
    ----------
    output : Path or None
        A file; None is a window.
    title : str or None
        Over the picture.
    size : tuple of float or None
        Width and height in inches.
    dpi : int or None
    """

    output: Path | None
    title: str | None
    size: tuple[float, float] | None
    dpi: int | None

    @classmethod
    def of(cls, output: Path | None, title: str | None, size: str | None, dpi: int | None) -> Place:
        """Check the options before anything is read.

        Raises
        ------
        ConfigError
            If the name ends in no picture's format or is that of a folder, there is neither a name nor a
            display, or the picture would have too many pixels.
        """
        require_extra("plots", "a picture")
        if output is not None:
            picture_suffix(output)
            check_place(output)
        elif not has_display():
            raise ConfigError(
                "there is no display to open a window on; give -o FILE, which ends in .png, .svg or .pdf"
            )
        inches = None if size is None else _inches(size)
        if inches is not None:
            check_pixels(*inches, dpi)
        return cls(output, title, inches, dpi)

    def refuse_overwriting(self, inputs: Iterable[Input]) -> None:
        """Raise `ConfigError` if the picture would take the place of a recording."""
        refuse_overwriting(self.output, inputs)

    def put(self, figure: Figure, words: str) -> None:
        """Save a picture and tell so on standard error, or show it until its window is closed.

        Raises
        ------
        UnwritableError
            If the file cannot be written.
        """
        if self.output is None:
            show_figure(figure)
        else:
            save_picture(figure, self.output, dpi=self.dpi)
            complain(f"{self.output}: {words}")


def save_picture(figure: Figure, path: Path, *, dpi: int | None = None) -> None:
    """Save a picture, and make its folder where there is none.

    Raises
    ------
    UnwritableError
        If it cannot be written; the message says why.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_figure(figure, path, dpi=dpi)
    except OSError as error:
        raise UnwritableError(unwritable(str(path), error)) from error


def _inches(text: str) -> tuple[float, float]:
    """Read ``--size``; a wrong one is a wrong command line."""
    parts = text.lower().split("x")
    try:
        width, height = map(float, parts)
    except ValueError:
        width = height = 0.0
    if not (LEAST_INCHES <= width <= MOST_INCHES and LEAST_INCHES <= height <= MOST_INCHES):
        raise typer.BadParameter(
            f"{text!r} is no width and height from {LEAST_INCHES:g} to {MOST_INCHES:g} inches, such as 8x4",
            param_hint="--size",
        )
    return width, height
