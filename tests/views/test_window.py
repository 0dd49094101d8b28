"""A window where there is a display, and plain words where there is none."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot

from affectone.errors import ConfigError, MissingExtraError
from affectone.registry import EXTRA_MODULES
from affectone.views import Waveform, has_display, show_figure, waveform_figure, window


@pytest.fixture(autouse=True)
def _backend():  # type: ignore[no-untyped-def]
    """Put matplotlib's way to windows back as it was."""
    before = mpl.get_backend()
    yield
    pyplot.close("all")
    pyplot.switch_backend(before)


def figure():  # type: ignore[no-untyped-def]
    return waveform_figure([Waveform("a.wav", np.zeros(100), 100)], size=(5, 3))


@pytest.mark.parametrize("backend", ["agg", "svg", "template"])
def test_what_only_writes_files_is_no_display(backend: str) -> None:
    pyplot.switch_backend(backend)
    assert not has_display()
    with pytest.raises(ConfigError, match="there is no display to open a window on"):
        show_figure(figure())


def test_a_way_to_windows_that_cannot_run_here_is_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise ImportError("headless")

    monkeypatch.setattr(pyplot, "switch_backend", refuse)
    assert not has_display()
    monkeypatch.undo()


def test_one_that_can_is_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpl, "get_backend", lambda: "QtAgg")
    monkeypatch.setattr(pyplot, "switch_backend", lambda name: None)
    assert has_display()
    monkeypatch.undo()


def test_the_window_holds_the_figure_in_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    pyplot.switch_backend("agg")
    shown = []

    def show() -> None:
        (number,) = pyplot.get_fignums()
        canvas = pyplot.figure(number).canvas.manager.canvas
        shown.append((canvas.figure, canvas.figure.get_size_inches().tolist()))

    monkeypatch.setattr(window, "has_display", lambda: True)
    monkeypatch.setattr(pyplot, "show", show)
    mine = figure()
    show_figure(mine)
    assert shown == [(mine, [5, 3])]
    assert mine.canvas.manager is not None


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRA_MODULES, "plots", ("no_such_module_anywhere",))
    with pytest.raises(MissingExtraError, match=r"a picture needs the extra 'plots': pip install"):
        has_display()
