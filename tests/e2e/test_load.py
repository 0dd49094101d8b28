"""Many requests and many sockets at the same time: nothing is lost, and memory stays as it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import soundfile as sf

pytest.importorskip("httpx")
pytest.importorskip("fastapi")

from affectone.client import Client
from affectone.recognition import Recognizer, Segment

CLIP = Path(__file__).resolve().parents[2] / "examples" / "train.wav"


@pytest.fixture(scope="module")
def server(running_server: Callable[..., Any]) -> Any:
    with running_server("--model", "edge", "--workers", 2) as running:
        yield running


def test_forty_requests_and_twelve_sockets_at_once_lose_nothing(server: Any) -> None:
    samples, rate = sf.read(CLIP, dtype="float32")
    edge = Recognizer("edge")
    expected = edge.predict(CLIP)
    with edge.stream(rate) as live:
        whole = live.push(samples) + live.finish()

    def speak(number: int) -> list[Segment]:
        length = 800 + 37 * number
        with client.stream(rate) as live:
            told = [
                one for at in range(0, samples.size, length) for one in live.push(samples[at : at + length])
            ]
            return told + live.finish()

    with Client(server.url) as client, ThreadPoolExecutor(52) as pool:
        asked = [pool.submit(client.predict, CLIP) for _ in range(40)]
        spoken = [pool.submit(speak, number) for number in range(12)]
        for prediction in (one.result() for one in asked):
            assert prediction.label == expected.label
            assert prediction.confidence == pytest.approx(expected.confidence, abs=1e-5)
        for told in (one.result() for one in spoken):
            assert [(one.start, one.end) for one in told] == [(one.start, one.end) for one in whole]


@pytest.mark.soak
def test_the_promised_load_is_carried(repo_root: Path, tmp_path: Path) -> None:
    line = [sys.executable, repo_root / "benchmarks" / "service.py", "--output", tmp_path / "service.json"]
    assert subprocess.run(line).returncode == 0


@pytest.mark.soak
@pytest.mark.corpora
def test_archives_are_worked_through_as_promised(repo_root: Path, tmp_path: Path, corpora_root: Path) -> None:
    line = [sys.executable, repo_root / "benchmarks" / "batch.py", "--output", tmp_path / "batch.json"]
    done = subprocess.run([*line, "engines", "alone", "kills", "many", "--corpora", corpora_root])
    assert done.returncode == 0
