"""Corpora that are made up: the published names over one tiny recording; and the real ones."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile as sf

if TYPE_CHECKING:
    import pandas as pd

REAL = ("ravdess", "crema_d", "tess", "savee", "emodb", "nemo", "turev")


def _tiny_wav() -> bytes:
    buffer = io.BytesIO()
    sf.write(buffer, np.zeros(160, np.float32), 16000, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


TINY = _tiny_wav()


@pytest.fixture
def folder_of(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a tiny recording at each path and returns their root."""

    def write(*names: str, root: str = "root") -> Path:
        for name in names:
            path = tmp_path / root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(TINY)
        return tmp_path / root

    return write


@pytest.fixture(scope="session")
def real_manifest(corpora_root: Path) -> pd.DataFrame:
    """Return the seven real corpora as one manifest."""
    pytest.importorskip("pandas")
    from affectone.corpora import load_corpora

    return load_corpora({name: corpora_root / name for name in REAL})
