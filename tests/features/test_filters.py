"""Windows and filters are those of scipy and librosa, which are not loaded for them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from affectone.features import Settings
from affectone.features.filters import COSINES, chroma_filters, mel_edges, mel_filter_bank, window_of

signal = pytest.importorskip("scipy.signal")
librosa = pytest.importorskip("librosa")


@pytest.mark.parametrize("name", COSINES)
@pytest.mark.parametrize("length", [400, 2048])
def test_windows(name: str, length: int) -> None:
    np.testing.assert_allclose(window_of(name, length), signal.get_window(name, length), atol=1e-15)


MEL = [
    {},
    {"n_fft": 512, "n_mels": 40, "fmin": 50.0, "fmax": 7000.0, "n_mfcc": 13},
    {"sample_rate": 48_000, "n_fft": 4096, "n_mels": 100, "fmin": 1200.0, "fmax": 20_000.0},
    {"n_mels": 20, "fmax": 900.0, "n_mfcc": 13},
]


@pytest.mark.parametrize("changes", MEL, ids=str)
def test_mel(changes: dict[str, float]) -> None:
    chosen = Settings(**changes)  # type: ignore[arg-type]
    theirs = librosa.filters.mel(
        sr=chosen.sample_rate, n_fft=chosen.n_fft, n_mels=chosen.n_mels, fmin=chosen.fmin, fmax=chosen.highest
    )
    np.testing.assert_allclose(mel_filter_bank(chosen).filters.T, theirs, rtol=1e-5, atol=1e-9)
    edges = librosa.mel_frequencies(n_mels=chosen.n_mels + 2, fmin=chosen.fmin, fmax=chosen.highest)
    np.testing.assert_allclose(mel_edges(chosen.n_mels, chosen.fmin, chosen.highest), edges)


@pytest.mark.parametrize("tuning", [0.0, -0.5, 0.37])
@pytest.mark.parametrize(("rate", "n_fft"), [(16_000, 2048), (48_000, 512), (22_050, 2050)])
def test_chroma(rate: int, n_fft: int, tuning: float) -> None:
    theirs = librosa.filters.chroma(sr=rate, n_fft=n_fft, tuning=tuning)
    np.testing.assert_allclose(chroma_filters(rate, n_fft, tuning).T, theirs, rtol=1e-6, atol=1e-12)


def test_measuring_loads_neither_librosa_nor_the_signal_part_of_scipy() -> None:
    program = (
        "import sys, numpy, affectone; sets = ['mfcc', 'chroma', 'contrast', 'rms']; "
        "affectone.extract(numpy.ones(16000), sets, sample_rate=16000); "
        "print({'librosa', 'scipy.signal', 'numba', 'scipy.fft'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "{'scipy.fft'}\n"
