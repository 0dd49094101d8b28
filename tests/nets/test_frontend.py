"""Log-mel in torch: against librosa, against known tones, and at any level."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from affectone.features import hertz_to_mel, mel_to_hertz  # noqa: E402
from affectone.models.nets import LogMel, level_frames  # noqa: E402

RATE = 16000


@pytest.fixture(scope="module")
def speech(tiny: ModuleType) -> np.ndarray:
    """Return a second and a bit of made-up speech, shape (samples,)."""
    sound: np.ndarray = tiny.speech(1.23)
    return sound


def frames_of(samples: np.ndarray, **settings: float) -> np.ndarray:
    """Return the frames of one clip."""
    with torch.inference_mode():
        found = LogMel(**settings)(torch.from_numpy(np.atleast_2d(samples)))  # type: ignore[arg-type]
    return found.numpy()


@pytest.mark.parametrize(
    "settings",
    [
        {"hop": 320, "n_fft": 1024, "bands": 64, "lowest": 50.0, "highest": 7600.0, "floor": 1e-3},
        {"hop": 160, "n_fft": 512, "bands": 40, "lowest": 20.0, "highest": 8000.0, "floor": 1e-3},
    ],
)
def test_it_is_what_librosa_computes(speech: np.ndarray, settings: dict[str, float]) -> None:
    librosa = pytest.importorskip("librosa")
    hop, n_fft = int(settings["hop"]), int(settings["n_fft"])
    spectrum = librosa.stft(
        speech / np.sqrt(np.mean(speech**2)),
        n_fft=n_fft,
        hop_length=hop,
        win_length=2 * hop,
        window="hann",
        center=True,
        pad_mode="constant",
    )
    mel = librosa.filters.mel(
        sr=RATE,
        n_fft=n_fft,
        n_mels=int(settings["bands"]),
        fmin=settings["lowest"],
        fmax=settings["highest"],
        htk=True,
        norm=None,
    )
    expected = np.log10(mel @ np.abs(spectrum) ** 2 + settings["floor"]).T
    np.testing.assert_allclose(frames_of(speech, **settings)[0], expected, atol=1e-4)


@pytest.mark.parametrize("level", [0.01, 0.1, 3.0])
def test_the_level_of_a_clip_does_not_matter(speech: np.ndarray, level: float) -> None:
    np.testing.assert_allclose(frames_of(speech * np.float32(level)), frames_of(speech), atol=1e-3)


def test_a_clip_alone_is_as_in_a_batch(speech: np.ndarray) -> None:
    noise = np.random.default_rng(1).standard_normal(speech.size).astype(np.float32)
    batch = frames_of(np.stack([noise, speech, 0.1 * noise]))
    np.testing.assert_allclose(batch[1:2], frames_of(speech), atol=1e-5)


@pytest.mark.parametrize("hertz", [200.0, 1000.0, 4000.0])
def test_a_tone_peaks_in_its_band(hertz: float) -> None:
    time = np.arange(RATE) / RATE
    frames = frames_of(np.sin(2 * np.pi * hertz * time).astype(np.float32))[0]
    centres = mel_to_hertz(np.linspace(hertz_to_mel(50.0), hertz_to_mel(7600.0), 66))[1:-1]
    assert set(frames[2:-2].argmax(axis=1)) == {np.abs(centres - hertz).argmin()}


@pytest.mark.parametrize("samples", [320, 1599, 1600, 1601, 16000, 16319])
@pytest.mark.parametrize("hop", [160, 320])
def test_the_number_of_frames(samples: int, hop: int) -> None:
    sound = np.random.default_rng(2).standard_normal(samples).astype(np.float32)
    assert frames_of(sound, hop=hop).shape == (1, samples // hop + 1, 64)


def test_silence_is_the_floor() -> None:
    np.testing.assert_allclose(frames_of(np.zeros(3200, np.float32), floor=1e-3), -3.0, atol=1e-6)


def test_an_event_is_in_the_frame_of_its_time() -> None:
    sound = np.zeros(RATE, np.float32)
    sound[320 * 17] = 1.0
    assert frames_of(sound)[0].mean(axis=1).argmax() == 17


def test_levelling_takes_the_mean_of_each_clip(speech: np.ndarray) -> None:
    frames = torch.from_numpy(frames_of(np.stack([speech, speech[::-1]])))
    levelled = level_frames(frames)
    np.testing.assert_allclose(levelled.mean(dim=(1, 2)), 0.0, atol=1e-6)
    # The spectrum's tilt stays: bands keep their distances.
    np.testing.assert_allclose(levelled.diff(dim=2), frames.diff(dim=2), atol=1e-6)


def test_it_holds_nothing_to_learn_and_nothing_to_save() -> None:
    frontend = LogMel()
    assert (list(frontend.parameters()), dict(frontend.state_dict())) == ([], {})
