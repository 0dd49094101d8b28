"""Decoders that several threads start and end at the same time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import wait
from pathlib import Path
from threading import Event, Thread, current_thread

import pytest

from affectone.serving.decoding import DecodeLimits, Recording
from affectone.serving.watch import Watch

LATE = 0.5
"""Seconds for which a thread does not go on."""
SOON = 30.0


@pytest.fixture
def recording(repo_root: Path) -> Recording:
    data = (repo_root / "examples" / "train.wav").read_bytes()

    def pieces() -> Iterator[bytes]:
        yield data

    limits = DecodeLimits(memory=2**31, cpu_seconds=60, seconds=60)
    return Recording(pieces, "train.wav", None, limits, Watch())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere processes are no copies of one")
def test_a_decoder_is_not_forgotten_while_another_thread_looks_whether_it_has_ended(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Starting a process asks all that were started before. If the number of a pipe is another's by then,
    # what is read is what that other's own thread waits for, for ever.
    looking = Event()
    pipes: list[int] = []
    read_signed = forkserver.read_signed

    def read_late(file: int) -> int:
        if current_thread().name == "late" and not looking.is_set():
            pipes.append(os.fstat(file).st_ino)
            looking.set()
            Event().wait(LATE)
            with suppress(OSError):
                pipes.append(os.fstat(file).st_ino)
        found: int = read_signed(file)
        return found

    monkeypatch.setattr(forkserver, "read_signed", read_late)
    ended, _ = recording.open()
    assert sum(block.shape[1] for block in ended.chunks()) > 0
    wait([ended._child._process.sentinel], SOON)  # type: ignore[attr-defined]
    late = Thread(target=lambda: recording.open()[0].close(), name="late", daemon=True)
    late.start()
    assert looking.wait(SOON)
    ended.close()
    late.join(SOON)
    assert not late.is_alive()
    assert len(pipes) == 2
    assert len(set(pipes)) == 1
