"""The sheet of examples: what is drawn where, on which scales."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import ConfigError
from affectone.labels import COMMON
from affectone.views import Example, examples_figure, save_figure, variants_figure
from affectone.views.examples import envelope

RATE = 1000


def example(label: str = "sad", *, seconds: float = 2.0, level: float = 0.5, voice: str = "a") -> Example:
    samples = level * np.sin(np.arange(round(seconds * RATE)))
    decibels = np.full((1 + int(seconds * 100), 20), -50.0)
    decibels[7, 3] = 20 * np.log10(level)
    return Example(
        label, f"{voice}/{label}", voice, samples, RATE, decibels, 0.01, np.linspace(100, 4900, 20)
    )


def test_each_clip_has_a_waveform_and_a_spectrogram_with_titles() -> None:
    figure = examples_figure([example("sad"), example("happy", seconds=1.5)])
    titles = [axes.get_title(loc="left") for axes in figure.axes[:4]]
    assert titles == ["sad", "a/sad, 2.00 s", "happy", "a/happy, 1.50 s"]


def test_axes_have_names_and_units() -> None:
    figure = examples_figure([example()])
    left, right, bar = figure.axes
    assert (left.get_xlabel(), left.get_ylabel()) == ("time (s)", "amplitude")
    assert (right.get_xlabel(), right.get_ylabel()) == ("time (s)", "frequency (Hz)")
    assert bar.get_ylabel() == "power in mel bands\n(dB, 0 = loudest of the voice)"


def test_a_band_stands_at_its_frequency_and_a_frame_at_its_time() -> None:
    _, right, _ = examples_figure([example()]).axes
    (image,) = right.images
    left, end, bottom, top = image.get_extent()
    frames, bands = 201, 20
    assert left + (end - left) * 7.5 / frames == pytest.approx(0.07)
    assert bottom + (top - bottom) * 3.5 / bands == pytest.approx(3)
    ticks = dict(
        zip([label.get_text() for label in right.get_yticklabels()], right.get_yticks(), strict=True)
    )
    spacing = 4800 / 19
    assert ticks == pytest.approx({f"{hz:,}": (hz - 100) / spacing for hz in (250, 1000, 2000, 4000)})


def test_0_decibels_is_the_loudest_point_of_the_voice() -> None:
    quiet, loud = example(level=0.05), example("angry", level=0.5)
    _, first, _, second, _ = examples_figure([quiet, loud]).axes
    assert float(second.images[0].get_array().max()) == 0
    assert float(first.images[0].get_array().max()) == pytest.approx(-20)


def test_clips_of_one_voice_share_the_scale_of_amplitude_and_others_do_not() -> None:
    clips = [example(level=0.1), example("angry", level=0.8), example("bored", level=0.01, voice="b")]
    heights = [axes.get_ylim()[1] for axes in examples_figure(clips).axes[0:6:2]]
    assert heights == pytest.approx([0.84, 0.84, 0.0105], rel=1e-3)


def test_all_share_the_axis_of_time() -> None:
    figure = examples_figure([example(seconds=1), example("happy", seconds=3)])
    assert {axes.get_xlim() for axes in figure.axes[:4]} == {(0, 3)}


def test_silence_is_flat_and_dark() -> None:
    silent = example(level=1e-9)
    silent.decibels[:] = -100
    left, right, _ = examples_figure([silent]).axes
    assert left.get_ylim()[1] > 1e-4
    assert float(right.images[0].get_array().max()) == -80


def test_nothing_is_cut_small_or_under_something_else(faults) -> None:
    clips = [
        example(label, seconds=0.3 + 4 * place, level=10.0 ** -(place % 5), voice=f"corpus_{place % 3}/actor")
        for place, label in enumerate(COMMON)
    ]
    assert faults(examples_figure(clips)) == []
    assert faults(examples_figure(clips[:1])) == []


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_it_can_be_saved_and_stays_small(tmp_path: Path, suffix: str) -> None:
    save_figure(examples_figure([example(seconds=60)]), tmp_path / f"a{suffix}")
    assert 5000 < (tmp_path / f"a{suffix}").stat().st_size < 500_000


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=300), st.integers(1, 50))
def test_an_envelope_holds_every_sample_and_no_more(samples: list[float], columns: int) -> None:
    times, low, high = envelope(np.array(samples), RATE, columns=columns)
    assert (low.min(), high.max()) == (min(samples), max(samples))
    assert times.size == low.size == high.size == min(columns, len(samples))
    assert times[0] >= 0
    assert times[-1] <= len(samples) / RATE
    assert np.all(np.diff(times) > 0)
    assert np.all(low <= high)


def test_words_can_stand_over_the_sheet() -> None:
    assert examples_figure([example()], title="corpus/ann").get_suptitle() == "corpus/ann"
    assert examples_figure([example()]).get_suptitle() == ""


def test_a_long_name_is_shortened_in_its_middle() -> None:
    figure = examples_figure([example(voice="recordings_of_the_call_centre_" * 5)])
    title = figure.axes[1].get_title(loc="left")
    assert title.startswith("recordings_of")
    assert title.endswith("sad, 2.00 s")
    assert "\N{HORIZONTAL ELLIPSIS}" in title


def test_a_long_clip_has_no_more_frames_than_dots() -> None:
    figure = examples_figure([example(seconds=600)])
    assert figure.axes[1].images[0].get_array().shape[1] <= 600


def test_variants_share_all_scales_whatever_their_voice() -> None:
    before, after = example("as recorded", level=0.8), example("noise at 10 dB", level=0.08, voice="b")
    left, right, quiet_left, quiet_right, bar = variants_figure([before, after], title="Noise").axes
    assert left.get_ylim() == quiet_left.get_ylim()
    assert float(right.images[0].get_array().max()) == 0
    assert float(quiet_right.images[0].get_array().max()) == pytest.approx(-20)
    assert bar.get_ylabel() == "power in mel bands\n(dB, 0 = loudest of all)"
    assert quiet_left.get_title(loc="left") == "noise at 10 dB"


@pytest.mark.parametrize("draw", [examples_figure, variants_figure])
@pytest.mark.parametrize("count", [0, 25])
def test_nothing_and_too_much_are_refused(draw, count: int) -> None:
    with pytest.raises(ConfigError, match=f"a sheet shows 1 to 24 recordings; got {count}"):
        draw([example()] * count)
