"""Waveforms: every peak is there, on scales that can be compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from affectone.errors import ConfigError
from affectone.views import Waveform, colour_of, save_figure, waveform_figure

RATE = 16000


def tone(seconds: float = 1.0, level: float = 0.5, channels: int = 1) -> np.ndarray:
    sine = level * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)
    return np.tile(sine, (channels, 1))


def test_axes_have_names_and_units() -> None:
    (axes,) = waveform_figure([Waveform("a.wav", tone(), RATE)]).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (s)", "amplitude")
    assert axes.get_title(loc="left") == "a.wav, 1.00 s"


def test_one_sample_that_is_loud_is_seen_at_its_time() -> None:
    samples = np.zeros(100 * RATE)
    samples[30 * RATE] = 0.75
    (axes,) = waveform_figure([Waveform("a.wav", samples, RATE)]).axes
    (band,) = axes.collections
    corners = band.get_paths()[0].vertices
    assert corners[:, 1].max() == 0.75
    assert corners[corners[:, 1].argmax(), 0] == pytest.approx(30, abs=0.1)


def test_a_long_recording_is_drawn_with_as_few_points_as_a_short_one() -> None:
    (axes,) = waveform_figure([Waveform("a.wav", tone(600), RATE)]).axes
    assert len(axes.collections[0].get_paths()[0].vertices) < 3000


def test_few_samples_are_a_line_through_each() -> None:
    (axes,) = waveform_figure([Waveform("a.wav", tone(0.1), RATE)]).axes
    (line,) = axes.lines
    assert np.array_equal(line.get_ydata(), tone(0.1)[0])
    assert line.get_xdata()[-1] == pytest.approx(0.1 - 1 / RATE)


def test_a_single_sample_is_a_dot() -> None:
    (axes,) = waveform_figure([Waveform("a.wav", np.array([0.5]), RATE)]).axes
    assert axes.lines[0].get_marker() == "."


def test_each_channel_has_a_panel_with_its_number() -> None:
    first, second = waveform_figure([Waveform("a.wav", tone(channels=2), RATE)]).axes
    assert [axes.texts[0].get_text() for axes in (first, second)] == ["channel 0", "channel 1"]
    assert (first.get_title(loc="left"), second.get_title(loc="left")) == ("a.wav, 1.00 s", "")


def test_all_share_the_scale_of_the_loudest() -> None:
    loud, quiet = Waveform("a.wav", tone(level=0.8), RATE), Waveform("b.wav", tone(level=0.01), RATE)
    limits = [axes.get_ylim() for axes in waveform_figure([quiet, loud]).axes]
    assert limits[0] == limits[1]
    assert limits[0][1] == pytest.approx(0.84, rel=1e-3)


def test_a_quiet_recording_fills_its_picture() -> None:
    (axes,) = waveform_figure([Waveform("a.wav", tone(level=0.001), RATE)]).axes
    assert axes.get_ylim()[1] == pytest.approx(0.00105, rel=1e-3)


def test_silence_is_a_flat_line_on_the_full_scale_and_said() -> None:
    (axes,) = waveform_figure([Waveform("a.wav", np.full(RATE, 1e-5), RATE)]).axes
    assert axes.get_ylim() == (-1.05, 1.05)
    assert axes.get_title(loc="left") == "a.wav, 1.00 s, silent"


def test_the_emotion_is_the_colour() -> None:
    from matplotlib.colors import to_hex

    recordings = [Waveform("a.wav", tone(), RATE, label) for label in ("angry", "calm", None)]
    colours = [to_hex(axes.collections[0].get_facecolor()[0]) for axes in waveform_figure(recordings).axes]
    assert colours[:2] == [colour_of("angry"), colour_of("calm")]
    assert colours[2] not in (colour_of("angry"), colour_of("calm"))


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros((2, 0)), np.zeros((1, 1, 5))])
def test_no_samples_are_refused(samples: np.ndarray) -> None:
    with pytest.raises(ConfigError, match=r"a\.wav: samples need the shape"):
        Waveform("a.wav", samples, RATE)


@pytest.mark.parametrize(("count", "channels"), [(1, 1), (1, 6), (2, 2), (7, 1)])
def test_nothing_is_cut_small_or_under_something_else(faults, count: int, channels: int) -> None:
    names = [f"{'a long name ' * (1 + 5 * (number % 2))}{number}.wav" for number in range(count)]
    recordings = [
        Waveform(name, tone(0.1 + 9.0**number, 10.0**-number, channels), RATE / 50)
        for number, name in enumerate(names[:4])
    ]
    recordings += [Waveform(name, tone(), RATE) for name in names[4:]]
    assert faults(waveform_figure(recordings, title="Recordings of one afternoon")) == []


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_recording_is_the_same_small_file(tmp_path: Path, suffix: str) -> None:
    for name in "ab":
        save_figure(waveform_figure([Waveform("a.wav", tone(60), RATE)]), tmp_path / f"{name}{suffix}")
    first, second = ((tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")
    assert first == second
    assert 5_000 < len(first) < 200_000
