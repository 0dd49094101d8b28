"""The command line over the tiny model: the only one that is packaged, and thus the default `base`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import soundfile as sf
from typer.testing import Result

from affectone.models import store


@pytest.fixture(scope="session")
def packaged_tiny(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of packaged models with one named `base`."""
    folder: Path = tiny.write_model(tmp_path_factory.mktemp("packaged"), "base")
    return folder.parent


@pytest.fixture
def affectone(
    invoke: Callable[..., Result], packaged_tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Return a function that runs `affectone ARGUMENTS` in this process."""
    monkeypatch.setattr(store, "PACKAGED", packaged_tiny)
    monkeypatch.setenv("AFFECTONE_MODELS", "")

    def run(*arguments: object, stdin: bytes = b"") -> Result:
        return invoke(arguments, stdin)

    return run


@pytest.fixture
def clip(tiny: ModuleType, tmp_path: Path) -> Path:
    """Return a WAV with two seconds of speech, in an otherwise empty folder."""
    path = tmp_path / "clips" / "clip.wav"
    path.parent.mkdir()
    sf.write(path, tiny.spoken_clip(2.0), 16000)
    return path
