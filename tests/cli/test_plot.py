"""`affectone plot`: pictures of recordings that show what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile as sf
from typer.testing import Result

from affectone.cli.plot import place
from affectone.corpora import Clip, to_manifest, write_manifest
from affectone.models import store
from affectone.recognition import Recognizer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

pytest.importorskip("matplotlib")
pytest.importorskip("librosa")

RATE = 16000
MEASURED = ("mel", "mfcc", "chroma", "contrast")
KINDS = ("waveform", *MEASURED, "scores")


def tone(seconds: float = 1.0, rate: int = RATE, hertz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


@pytest.fixture
def a440(tmp_path: Path) -> Path:
    """Return a WAV with one second of the A of 440 Hz."""
    sf.write(tmp_path / "a440.wav", tone(), RATE)
    return tmp_path / "a440.wav"


@pytest.fixture
def plot(affectone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Result, Figure]]:
    """Return a function that runs `affectone plot ARGUMENTS` and returns the result and what was drawn."""
    drawn: list[Figure] = []

    def keep(figure: Figure, path: Path, **how: object) -> None:
        drawn.append(figure)

    def run(*arguments: object, **how: bytes) -> tuple[Result, Figure]:
        monkeypatch.setattr(place, "save_figure", keep)
        result = affectone("plot", *arguments, "-o", tmp_path / "a.png", **how)
        return result, drawn.pop()

    return run


def titles(figure: Figure) -> list[str]:
    return [title for axes in figure.axes if (title := axes.get_title(loc="left"))]


def loudest_row(axes: Axes) -> float:
    """Return where on the vertical axis most of the picture's value is."""
    (image,) = axes.images
    _, _, bottom, top = image.get_extent()
    rows = image.get_array().mean(axis=1)
    return float(bottom + (rows.argmax() + 0.5) * (top - bottom) / rows.size)


def mark(axes: Axes, place: float) -> str:
    """Return the mark of a vertical axis that stands at a place."""
    names = [label.get_text() for label in axes.get_yticklabels()]
    return names[int(np.abs(axes.get_yticks() - place).argmin())]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_writes_a_picture_and_tells_where(affectone, a440: Path, tmp_path: Path, kind: str) -> None:
    result = affectone("plot", kind, a440, "-o", tmp_path / "new" / "a.png")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"affectone: {tmp_path / 'new' / 'a.png'}: {kind} of 1 recording\n"
    assert (tmp_path / "new" / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("PNG", b"\x89PNG")])
def test_the_name_is_the_format(affectone, a440: Path, tmp_path: Path, suffix: str, start: bytes) -> None:
    assert affectone("plot", "waveform", a440, "-o", tmp_path / f"a.{suffix}").exit_code == 0
    assert (tmp_path / f"a.{suffix}").read_bytes().startswith(start)


def test_a_tone_is_a_line_in_its_mel_band(plot, a440: Path) -> None:
    _, figure = plot("mel", a440)
    axes = figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    hertz = [float(name.replace(",", "")) for name in names]
    assert names == ["250", "500", "1,000", "2,000", "4,000"]
    assert np.interp(loudest_row(axes), axes.get_yticks(), hertz) == pytest.approx(440, abs=30)


def test_a_tone_of_440_hertz_is_an_a(plot, a440: Path) -> None:
    _, figure = plot("chroma", a440)
    assert mark(figure.axes[0], loudest_row(figure.axes[0])) == "A"


def test_a_tone_stands_out_of_its_band_of_contrast(plot, a440: Path) -> None:
    _, figure = plot("contrast", a440)
    assert mark(figure.axes[0], loudest_row(figure.axes[0])) == "400\N{EN DASH}800"
    assert len(figure.axes[0].get_yticks()) == 7
    assert figure.axes[0].get_yticklabels()[-1].get_text() == "6,400\N{EN DASH}8,000"


@pytest.mark.parametrize("kind", MEASURED)
def test_colours_are_what_features_measures(plot, clip: Path, kind: str) -> None:
    from affectone.features import extract

    _, figure = plot(kind, clip)
    values = extract(clip, {"mel": "log_mel"}.get(kind, kind)).values.T
    values = {"mel": values - values.max(), "mfcc": values[1:]}.get(kind, values)
    assert np.array_equal(figure.axes[0].images[0].get_array(), values)


def test_mfcc_start_at_the_1st(plot, a440: Path) -> None:
    _, figure = plot("mfcc", a440)
    assert figure.axes[0].get_ylim() == (0.5, 39.5)


@pytest.mark.parametrize("seconds", [4.3, 4.8, 3.2, 0.81])  # Of pieces of 0.8 s.
@pytest.mark.parametrize("kind", MEASURED)
def test_long_recordings_are_measured_in_pieces_as_if_at_once(
    plot, tmp_path: Path, monkeypatch, kind: str, seconds: float
) -> None:
    from affectone.cli.plot import recordings

    noise = 1e-7 * np.random.default_rng(1).standard_normal(round(seconds * RATE))
    samples = tone(seconds, hertz=446) + noise
    samples[samples.size // 2 :] *= 1e-4  # Under the floor of the whole, above that of a quiet piece.
    sf.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")
    whole = plot(kind, tmp_path / "a.wav")[1].axes[0].images[0]
    monkeypatch.setattr(recordings, "HOPS", 25)
    pieces = plot(kind, tmp_path / "a.wav")[1].axes[0].images[0]
    assert pieces.get_extent() == whole.get_extent()
    np.testing.assert_allclose(pieces.get_array(), whole.get_array(), atol=1e-3)


def test_long_waveforms_keep_their_peaks_and_their_length(plot, tmp_path: Path, monkeypatch) -> None:
    from affectone.cli.plot import recordings

    samples = 0.1 * tone(3.21)
    samples[40_000] = -0.9
    sf.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")
    monkeypatch.setattr(recordings, "BLOCK", 2**13)
    axes = plot("waveform", tmp_path / "a.wav")[1].axes[0]
    (line,) = axes.lines
    assert len(line.get_xdata()) == pytest.approx(2 * 3.21 * RATE / recordings.STRETCH, abs=2)
    assert line.get_ydata().min() == pytest.approx(-0.9)
    assert line.get_xdata()[line.get_ydata().argmin()] == pytest.approx(2.5, abs=0.02)
    assert titles(axes.figure) == ["a.wav, 3.21 s"]


def test_a_waveform_keeps_the_rate_and_the_channels_of_its_recording(plot, tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", np.stack([tone(0.01, 48000), np.zeros(480)], axis=1), 48000)
    _, figure = plot("waveform", tmp_path / "a.wav")
    first, second = figure.axes
    assert len(first.lines[0].get_ydata()) == 480
    assert (first.lines[0].get_ydata().max() > 0.4, second.lines[0].get_ydata().max()) == (True, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_several_stand_side_by_side(plot, clip: Path, a440: Path, kind: str) -> None:
    result, figure = plot(kind, clip, a440)
    assert [title.split(",")[0].split("\n")[0] for title in titles(figure)] == ["clip.wav", "a440.wav"]
    assert result.stderr.endswith(f"{kind} of 2 recordings\n")


def test_recordings_of_one_name_are_told_apart_by_their_folders(plot, a440: Path, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.wav").write_bytes(a440.read_bytes())
    _, figure = plot("waveform", tmp_path / "one", tmp_path / "two")
    assert [re.split(r"[/\\,]", title)[0] for title in titles(figure)] == ["one", "two"]


def test_a_dash_is_standard_input(plot, a440: Path) -> None:
    result, figure = plot("waveform", "-", stdin=a440.read_bytes())
    assert result.exit_code == 0
    assert titles(figure)[0].endswith(", 1.00 s")


def test_scores_are_those_of_the_model(plot, clip: Path) -> None:
    _, figure = plot("scores", clip)
    expected = Recognizer(store.PACKAGED / "base").predict(clip)
    assert [bar.get_width() for bar in figure.axes[0].patches] == list(expected.scores.values())
    assert titles(figure)[0].startswith(f"clip.wav\n{expected.label}")


def test_scores_without_speech_have_no_bars(plot, a440: Path) -> None:
    _, figure = plot("scores", a440)
    assert titles(figure) == ["a440.wav\nunsure: no speech"]
    assert list(figure.axes[0].patches) == []
    assert len(figure.axes[0].get_yticks()) == 8


def test_scores_can_be_in_other_labels_and_of_another_model(plot, clip: Path, tiny_model: Path) -> None:
    _, figure = plot("scores", clip, "--labels", "valence", "--model", tiny_model)
    expected = Recognizer(tiny_model, labels="valence").predict(clip)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert dict(zip(names, widths, strict=True)) == expected.scores
    assert names == ["neutral", "positive", "negative"]


def test_title_size_and_dots_can_be_chosen(affectone, a440: Path, tmp_path: Path) -> None:
    from matplotlib.image import imread

    target = tmp_path / "a.png"
    how = ("--size", "5x3", "--dpi", 40, "--title", "An A")
    assert affectone("plot", "waveform", a440, "-o", target, *how).exit_code == 0
    assert imread(target).shape[:2] == (120, 200)
    affectone("plot", "waveform", a440, "-o", tmp_path / "a.svg", "--title", "An A")
    assert ">An A<" in (tmp_path / "a.svg").read_text("utf-8")


@pytest.mark.parametrize("kind", ["mel", "scores"])
def test_the_same_recording_gives_the_same_bytes(affectone, clip: Path, tmp_path: Path, kind: str) -> None:
    for name in "ab":
        affectone("plot", kind, clip, "-o", tmp_path / f"{name}.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_window_opens_where_there_is_a_display(affectone, a440: Path, monkeypatch) -> None:
    shown: list[Figure] = []
    monkeypatch.setattr(place, "has_display", lambda: True)
    monkeypatch.setattr(place, "show_figure", shown.append)
    result = affectone("plot", "waveform", a440)
    assert (result.exit_code, result.stderr) == (0, "")
    assert titles(shown[0]) == ["a440.wav, 1.00 s"]


@pytest.fixture
def manifest(tiny: ModuleType, tmp_path: Path) -> Path:
    """Return a manifest of two speakers, one of whom is happy twice."""
    clips = []
    for number, (who, emotion) in enumerate(
        [("ann", "sad"), ("ann", "happy"), ("ann", "happy"), ("bob", "calm")]
    ):
        path = tmp_path / f"{number}.wav"
        sf.write(path, tiny.speech(0.5 + 0.1 * number), RATE)
        clips.append(Clip(f"mine/{number}", path, "mine", who, emotion, emotion))
    write_manifest(to_manifest(clips).assign(duration=[0.5, 0.6, 0.7, 0.8]), tmp_path / "m.csv")
    return tmp_path / "m.csv"


def test_a_speakers_sheet_has_a_row_for_each_emotion(plot, manifest: Path, tmp_path: Path) -> None:
    result, figure = plot("speaker", manifest, "--speaker", "mine/ann")
    assert titles(figure) == ["happy", "mine/1, 0.60 s", "sad", "mine/0, 0.50 s"]
    assert figure.get_suptitle() == "mine/ann"
    assert result.stderr == f"affectone: {tmp_path / 'a.png'}: 2 emotions of mine/ann\n"


def test_a_speakers_sheet_can_have_another_title(plot, manifest: Path) -> None:
    assert plot("speaker", manifest, "--speaker", "mine/bob", "--title", "Bob")[1].get_suptitle() == "Bob"


@pytest.mark.corpora
def test_real_clips_can_be_drawn(plot, corpora_root: Path) -> None:
    first = next((corpora_root / "ravdess").rglob("03-01-05-01-01-01-01.*"))
    second = next((corpora_root / "emodb").rglob("03a01Fa.*"))
    for kind in MEASURED:
        result, figure = plot(kind, first, second)
        assert result.exit_code == 0
        assert len(titles(figure)) == 2
