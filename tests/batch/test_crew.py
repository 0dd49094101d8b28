"""Processes of this machine: a recording that brings one down is lost alone, and none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("pebble")

import pyarrow as pa

from affectone.audio import AudioSource, RawFormat
from affectone.batch import crew as crew_module
from affectone.batch.crew import AHEAD, Crew
from affectone.batch.tasks import Answer, Task
from affectone.batch.worker import Failure, Item, Job, Outcome
from affectone.errors import AffectoneError, ModelNotFoundError
from affectone.recognition import Recognizer

TIMEOUT = 60.0


@dataclass(frozen=True)
class Poison(Task):
    """Does what the name of a recording says; where it is a path, another thing when it comes again."""

    name = "poison"
    table = "poison"
    hears = False

    def answer(self, recognizer: Recognizer | None, source: AudioSource, raw: RawFormat | None) -> Answer:
        told = Path(str(source))
        what = told.name.partition(" ")[0]
        if what.startswith("once-"):
            if not told.exists():
                told.touch()
                do(what.removeprefix("once-"))
        else:
            do(what)
        return Answer(pa.record_batch({"pid": pa.array([os.getpid()])}), 1, 1.0, None)


ENDS = ("segfault", "killed", "exit")


def do(what: str) -> None:
    if what in ENDS:
        # As a decoder, not at once: pebble knows no reason for the end of a process that was over before its
        # acknowledgement was read, and gives the recording up when its time is over.
        time.sleep(0.2)
    if what == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "exit":
        os._exit(7)
    if what == "sleep":
        time.sleep(600)
    if what == "RuntimeError":
        raise RuntimeError("no more")
    if what == "MemoryError":
        raise MemoryError
    if what == "TimeoutError":
        raise TimeoutError("a server is slow")
    if what == "interrupt":
        raise KeyboardInterrupt


def items(names: list[str]) -> Iterator[Item]:
    return (Item(row, name) for row, name in enumerate(names))


def worked(names: list[str], processes: int = 2, timeout: float = TIMEOUT) -> list[Outcome]:
    """Return what comes of recordings, in their order."""
    with Crew(Job(Poison(), ""), processes, timeout) as crew:
        found = sorted(crew.work(items(names)), key=lambda outcome: outcome.row)
    assert [outcome.row for outcome in found] == list(range(len(names)))
    return found


def pids_of(found: list[Outcome]) -> set[int]:
    return {outcome.answer.rows["pid"][0].as_py() for outcome in found if outcome.answer is not None}


def gone(pid: int, within: float = 5.0) -> bool:
    """Tell whether a process ends within some seconds."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

BAD = {
    "segfault": Failure("WorkerCrashed", "segfault 3: the process that worked on it ended by signal 11"),
    "killed": Failure(
        "WorkerCrashed",
        "killed 3: the process that worked on it ended by signal 9, as where memory runs out",
    ),
    "exit": Failure("WorkerCrashed", "exit 3: the process that worked on it ended with status 7"),
    "RuntimeError": Failure("RuntimeError", "RuntimeError 3: RuntimeError: no more"),
    "MemoryError": Failure("MemoryError", "MemoryError 3: MemoryError: "),
    "TimeoutError": Failure("TimeoutError", "TimeoutError 3: TimeoutError: a server is slow"),
}


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_a_poisonous_recording_is_lost_alone() -> None:
    names = [f"{what} {row}" for what in BAD for row in range(6)]
    names = [name if name.endswith("3") else f"good {name}" for name in names]
    found = worked(names)
    told = {name: outcome.failure for name, outcome in zip(names, found, strict=True) if outcome.failure}
    assert told == {f"{what} 3": failure for what, failure in BAD.items()}


def test_what_takes_too_long_is_given_up() -> None:
    begun = time.monotonic()
    names = ["good", "sleep 1", *["good"] * 5]
    found = worked(names, timeout=1.5)
    assert [outcome.failure for outcome in found if outcome.failure] == [
        Failure("WorkerTimeout", "sleep 1: took more than 1.5 s and was given up")
    ]
    assert time.monotonic() - begun < 20


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize("what", ["once-killed", "once-segfault", "once-exit"])
def test_what_a_process_was_ended_with_once_is_tried_again(tmp_path: Path, what: str) -> None:
    found = worked(["good", str(tmp_path / what), "good"])
    assert all(outcome.answer is not None for outcome in found)


@linux
def test_a_process_that_is_killed_while_it_waits_is_replaced() -> None:
    names = ["good"] * (AHEAD + 5)
    with Crew(Job(Poison(), ""), 1, TIMEOUT) as crew:
        seen: list[Outcome] = []
        for outcome in crew.work(items(names)):
            seen.append(outcome)
            if len(seen) == 1:
                time.sleep(1.0)  # All that was given is done, and the process waits for more.
                os.kill(min(pids_of(seen)), signal.SIGKILL)
                time.sleep(0.5)
    assert sorted(outcome.row for outcome in seen) == list(range(len(names)))
    assert len(pids_of(seen)) == 2


def test_processes_that_end_before_they_work_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew_module, "_begin", os._exit)
    with (
        pytest.raises(AffectoneError, match=r"end before they have done anything.*__main__"),
        Crew(3, 2, TIMEOUT) as crew,  # type: ignore[arg-type]
    ):
        list(crew.work(items(["good"] * 3)))


def test_a_model_that_cannot_be_loaded_is_an_error_of_the_run(tmp_path: Path) -> None:
    from affectone.batch import PredictTask

    with (
        Crew(Job(PredictTask(), str(tmp_path / "none")), 1, TIMEOUT) as crew,
        pytest.raises(ModelNotFoundError, match="none"),
    ):
        list(crew.work(items(["x.wav"])))


@pytest.mark.parametrize("processes", [1, 2])
def test_items_are_taken_as_fast_as_they_are_worked_on(processes: int) -> None:
    taken = 0

    def endless() -> Iterator[Item]:
        nonlocal taken
        while True:
            yield Item(taken, "good")
            taken += 1

    with Crew(Job(Poison(), ""), processes, TIMEOUT) as crew, closing(crew.work(endless())) as found:
        for count, _ in enumerate(found, 1):
            assert taken <= count + AHEAD * processes
            if count == 60:
                break


def test_nothing_to_do_starts_nothing() -> None:
    assert worked([]) == []


def test_as_many_processes_as_are_asked_for() -> None:
    assert len(pids_of(worked(["good"] * 200, processes=2))) <= 2


@linux
def test_who_stops_listening_ends_the_processes() -> None:
    begun = time.monotonic()
    with Crew(Job(Poison(), ""), 2, TIMEOUT) as crew:
        first = next(crew.work(items(["good", "sleep", *["good"] * 50])))
    assert time.monotonic() - begun < 15
    assert all(map(gone, pids_of([first])))


SCRIPT = """
import sys
sys.path.insert(0, {root!r})
from tests.batch.test_crew import Poison, items
from affectone.batch.crew import Crew
from affectone.batch.worker import Job

if __name__ == "__main__":
    with Crew(Job(Poison(), ""), 2, 600.0) as crew:
        for outcome in crew.work(items(["good"] * 20 + ["sleep"] * 20)):
            print(outcome.answer.rows["pid"][0].as_py(), flush=True)
            if outcome.row == 19:
                print("asleep", flush=True)
"""


@linux
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_processes_end_with_the_first_one(repo_root: Path, tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(root=str(repo_root)), encoding="utf-8")
    command = [sys.executable, script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines: list[str] = []
        while "asleep\n" not in lines:
            line = running.stdout.readline()
            assert line, running.communicate()[1]
            lines.append(line)
        begun = time.monotonic()
        running.send_signal(how)
        _, words = running.communicate(timeout=20)
    assert time.monotonic() - begun < 6
    assert all(gone(int(line)) for line in set(lines) - {"asleep\n"})
    if how == signal.SIGINT:
        assert words.count("Traceback") == 1
        assert words.endswith("KeyboardInterrupt\n")
    else:
        assert "Traceback" not in words
