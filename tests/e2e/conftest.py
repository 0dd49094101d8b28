"""A browser, whose microphone hears synthetic speech."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile as sf

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--use-fake-ui-for-media-stream"),
    "--use-fake-device-for-media-stream",
)


@pytest.fixture(scope="module")
def microphone(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what the browser's microphone hears, over and over: synthetic speech and a pause."""
    samples, rate = sf.read(repo_root / "examples" / "train.wav", dtype="float32")
    path: Path = tmp_path_factory.mktemp("microphone") / "heard.wav"
    sf.write(path, np.concatenate([samples, np.zeros(3 * rate, np.float32)]), rate, subtype="PCM_16")
    return path


@pytest.fixture(scope="module")
def browser(microphone: Path) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here: on Debian and Ubuntu, apt-get install chromium")
    from playwright.sync_api import sync_playwright

    heard = f"--use-file-for-fake-audio-capture={microphone}"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, heard])
        yield started
        started.close()
