"""How all pictures look: one colour per emotion, sizes of text, and the way a picture is begun and saved."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectone.errors import ConfigError, unknown_name
from affectone.files import replaced
from affectone.labels import COMMON
from affectone.registry import require_extra

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "GRID",
    "INK",
    "PAPER",
    "PICTURE_SUFFIXES",
    "UNKNOWN",
    "check_pixels",
    "colour_of",
    "ink_on",
    "need_matplotlib",
    "new_figure",
    "ordered",
    "picture_suffix",
    "save_figure",
    "styled",
    "tint",
]

COLOURS: Mapping[str, str] = {
    "neutral": "#bcd4ce",
    "calm": "#49c7ff",
    "happy": "#f0e442",
    "sad": "#0052d2",
    "angry": "#d16816",
    "fearful": "#4a1b70",
    "disgust": "#049462",
    "surprised": "#876896",
    "bored": "#5f3600",
    "other": "#000000",
    "positive": "#f0e442",
    "negative": "#d16816",
}
"""Label -> colour. Begun from the palette of Okabe and Ito and moved until any two of the common labels
differ by more than 25 in CIELAB for usual sight, protanopia, deuteranopia and tritanopia (the matrices of
Machado et al. 2009). Valence, which never stands beside the emotions, has those of happy and angry."""

INK, PAPER, GRID = "#1f2328", "#ffffff", "#d9dce1"
UNKNOWN = "#8c8c8c"
"""Colour of a label that has none of its own."""

PICTURE_SUFFIXES = (".png", ".svg", ".pdf")
DPI = 150
"""Dots per inch of what is saved, where nothing else is asked for."""
MOST_PIXELS = 100_000_000
"""They need half a gigabyte while they are drawn."""

STYLE: Mapping[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.w_pad": 0.08,
    "figure.facecolor": PAPER,
    "figure.titlesize": 13,
    "figure.titleweight": "bold",
    "font.sans-serif": ["DejaVu Sans", "Verdana"],  # nearly as wide, for SVG where the first is missing
    "font.size": 10,
    "grid.color": GRID,
    "hatch.linewidth": 0.6,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "savefig.dpi": DPI,
    "svg.fonttype": "none",
    "svg.hashsalt": "affectone",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "xtick.labelsize": 9,
    "ytick.color": INK,
    "ytick.labelsize": 9,
}
"""What is set over matplotlib's defaults. Names of corpora and files are shown as they are: a dollar sign
begins no formula. Text in SVG is text, and the same picture is the same bytes."""


def colour_of(label: str) -> str:
    """Return the colour of a label, as ``#rrggbb``; a label of one's own is grey."""
    return COLOURS.get(label, UNKNOWN)


def tint(colour: str) -> str:
    """Return a colour half way to white.

    Examples
    --------
    >>> tint("#000000")
    '#808080'
    """
    return "#" + "".join(f"{(part + 256) // 2:02x}" for part in bytes.fromhex(colour[1:]))


def ink_on(colour: str) -> str:
    """Return the colour, dark or white, in which text on a colour can be read."""
    red, green, blue = bytes.fromhex(colour[1:])
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else PAPER


def ordered(labels: Iterable[str]) -> list[str]:
    """Return the different labels in the order used everywhere; those of one's own come after, by name.

    Examples
    --------
    >>> ordered(["sad", "odd", "neutral", "sad"])
    ['neutral', 'sad', 'odd']
    """
    places = {label: place for place, label in enumerate((*COMMON, "positive", "negative"))}
    return sorted(set(labels), key=lambda label: (places.get(label, len(places)), label))


def need_matplotlib() -> None:
    """Load matplotlib, or say why that cannot be.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    ConfigError
        If the environment names a backend that it does not know, as a notebook's does for other programs.
    """
    require_extra("plots", "a picture")
    try:
        import matplotlib  # noqa: F401 - it reads its settings now
    except ValueError:
        named = os.environ.get("MPLBACKEND")
        raise ConfigError(
            f"matplotlib does not start with MPLBACKEND={named}; unset that environment variable"
        ) from None


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Draw as all pictures are drawn, whatever a user's own matplotlibrc says; afterwards all is as before.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    need_matplotlib()
    from matplotlib import style

    with style.context(["default", dict(STYLE)]), warnings.catch_warnings():
        # A name in letters that the font lacks shows boxes in PNG and PDF; in SVG it is text.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        # Where a size is given that is too small, that is told in words.
        warnings.filterwarnings("ignore", message="constrained_layout not applied")
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure that belongs to no window; its parts make room for each other.

    Parameters
    ----------
    width, height : float
        In inches.

    Raises
    ------
    ConfigError
        If it would be too large for the memory.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    check_pixels(width, height, mpl.rcParams["figure.dpi"])
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def check_pixels(width: float, height: float, dpi: float | None) -> None:
    """Raise `ConfigError` if a picture of so many inches has more dots than may be drawn.

    Without `dpi` those are meant in which pictures are saved.
    """
    dpi = DPI if dpi is None else dpi
    pixels = width * height * dpi**2
    if pixels > MOST_PIXELS:
        raise ConfigError(
            f"{width:g}x{height:g} inches at {dpi:g} dots per inch are {pixels / 1e6:,.0f} million pixels; "
            f"at most {MOST_PIXELS // 10**6} million can be drawn: take fewer inches or fewer dots"
        )


def picture_suffix(path: Path) -> str:
    """Return how a picture's name ends, in small letters, or raise `ConfigError` if it is no picture's."""
    suffix = path.suffix.lower()
    if suffix not in PICTURE_SUFFIXES:
        raise ConfigError(f"{path}: {unknown_name('picture format', suffix, PICTURE_SUFFIXES)}")
    return suffix


def save_figure(figure: Figure, path: str | Path, *, dpi: int | None = None) -> None:
    """Save a figure as PNG, SVG or PDF, by the end of the name; it appears whole or not at all.

    The same figure gives the same bytes: no date is written.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : str or Path
    dpi : int, optional
        Dots per inch of a PNG, and of images within the other formats; 150 by default.

    Raises
    ------
    ConfigError
        If the name ends otherwise or is that of a folder, a device or a pipe, or there would be more than 100
        million pixels.
    """
    path = Path(path)
    suffix = picture_suffix(path)
    check_pixels(figure.get_figwidth(), figure.get_figheight(), dpi)
    undated = {".png": "Software", ".svg": "Date", ".pdf": "CreationDate"}[suffix]
    with styled(), replaced(path) as part:
        figure.savefig(part, format=suffix[1:], metadata={undated: None}, dpi=dpi)
