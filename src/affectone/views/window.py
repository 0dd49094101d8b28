"""A picture in a window, where there is a display."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affectone.errors import ConfigError
from affectone.views.theme import need_matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["has_display", "show_figure"]


def has_display() -> bool:
    """Tell whether matplotlib can open a window here.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    need_matplotlib()
    import matplotlib as mpl
    from matplotlib import pyplot
    from matplotlib.backends.registry import BackendFilter, backend_registry

    try:
        pyplot.switch_backend(mpl.get_backend())
    except ImportError:  # It was named, by MPLBACKEND or a settings file, and cannot run here.
        return False
    windows: list[str] = backend_registry.list_builtin(BackendFilter.INTERACTIVE)  # type: ignore[no-untyped-call]
    return mpl.get_backend().lower() in windows


def show_figure(figure: Figure) -> None:
    """Open a window with a figure, and wait until it is closed.

    Raises
    ------
    ConfigError
        If there is no display.
    """
    if not has_display():
        raise ConfigError("there is no display to open a window on")
    from matplotlib import pyplot

    # Figures are made without a window; this one takes the place of the one in a new window.
    manager = pyplot.figure(figsize=tuple(figure.get_size_inches())).canvas.manager
    assert manager is not None  # noqa: S101 - pyplot gives every figure one
    manager.canvas.figure = figure
    figure.set_canvas(manager.canvas)
    pyplot.show()
