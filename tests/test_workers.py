"""Work over several processes: in order, as it comes, and ended at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from affectone.errors import AffectoneError, AudioError
from affectone.workers import AHEAD, all_cores, over_workers

SLEEPER = """
import sys, time
from affectone.workers import over_workers

def work(seconds):
    sys.stdout.write("begun\\n")
    sys.stdout.flush()
    time.sleep(seconds)

if __name__ == "__main__":
    list(over_workers(work, [60.0, 60.0], jobs=2, label="sleeping"))
"""

IN_A_CALLBACK = """
import ctypes, sys, time
from affectone.workers import over_workers

def inside():
    sys.stdout.write("begun\\n")
    sys.stdout.flush()
    for _ in range(6000):
        time.sleep(0.01)

def work(_):
    ctypes.CFUNCTYPE(None)(inside)()

if __name__ == "__main__":
    list(over_workers(work, [1, 2], jobs=2, label="calling"))
"""


def square(number: int) -> int:
    return number * number


def pid(_: int) -> int:
    return os.getpid()


def refuse(number: int) -> int:
    if number == 3:
        raise AudioError("three is no recording")
    return number


def vanish(_: int) -> int:
    os._exit(7)


def vanish_while_another_waits(number: int) -> int:
    if number == 0:
        time.sleep(0.5)
        os._exit(7)
    return number


def wait_then_touch(path: str) -> None:
    time.sleep(0.5)
    Path(path).touch()


@pytest.mark.parametrize(("jobs", "threads"), [(1, False), (2, False), (3, True)])
def test_results_are_in_the_order_of_the_items(jobs: int, threads: bool) -> None:
    found = over_workers(square, range(50), jobs=jobs, label="squares", threads=threads)
    assert list(found) == [number * number for number in range(50)]


def test_nothing_to_do() -> None:
    assert list(over_workers(square, [], jobs=4, label="squares")) == []


def test_one_item_starts_no_process() -> None:
    assert list(over_workers(pid, [0], jobs=4, label="pids")) == [os.getpid()]


def test_several_items_are_done_by_other_processes() -> None:
    assert os.getpid() not in set(over_workers(pid, [0, 1], jobs=2, label="pids"))


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_the_work_raises_is_raised(jobs: int) -> None:
    found = over_workers(refuse, range(5), jobs=jobs, label="numbers")
    with pytest.raises(AudioError, match="three is no recording"):
        list(found)


def test_a_process_that_vanishes_is_told() -> None:
    with pytest.raises(AffectoneError, match="gone: a worker process ended without an answer"):
        list(over_workers(vanish, [0, 1], jobs=2, label="gone"))


def test_a_process_that_vanishes_is_told_while_another_waits_for_work() -> None:
    begun = time.monotonic()
    with pytest.raises(AffectoneError, match="a worker process ended without an answer"):
        list(over_workers(vanish_while_another_waits, [0, 1], jobs=2, label="gone"))
    assert time.monotonic() - begun < 10


def test_who_stops_listening_ends_the_work(tmp_path: Path) -> None:
    paths = [str(tmp_path / f"{number}") for number in range(8)]
    with closing(over_workers(wait_then_touch, paths, jobs=2, label="files")) as found:
        next(found)
    count = len(list(tmp_path.iterdir()))
    time.sleep(0.8)
    assert count == len(list(tmp_path.iterdir())) < len(paths)


def test_an_interrupt_ends_what_was_begun(tmp_path: Path) -> None:
    script = tmp_path / "sleeper.py"
    script.write_text(SLEEPER, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "begun\n"
        begun = time.monotonic()
        running.send_signal(signal.SIGINT)
        _, words = running.communicate(timeout=20)
    assert time.monotonic() - begun < 10
    assert words.count("Traceback") == 1
    assert words.endswith("KeyboardInterrupt\n")


def test_an_interrupt_is_quiet_about_what_libraries_call_back(tmp_path: Path) -> None:
    script = tmp_path / "caller.py"
    script.write_text(IN_A_CALLBACK, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "begun\n"
        begun = time.monotonic()
        running.send_signal(signal.SIGINT)
        _, words = running.communicate(timeout=20)
    assert time.monotonic() - begun < 10
    assert "ignored" not in words
    assert words.endswith("KeyboardInterrupt\n")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_workers_do_not_outlive_a_killed_process(tmp_path: Path) -> None:
    script = tmp_path / "sleeper.py"
    script.write_text(SLEEPER, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "begun\n"
        running.kill()
        # Its end comes when the last process that holds the pipe has ended.
        running.communicate(timeout=20)
    assert running.returncode == -signal.SIGKILL


def test_workers_are_only_so_far_ahead_of_who_listens() -> None:
    begun: list[int] = []
    with closing(over_workers(begun.append, range(5000), jobs=2, label="", threads=True, at_once=1)) as found:
        next(found)
        time.sleep(0.2)
        assert 2 <= len(begun) <= 2 * AHEAD + 1


def test_there_is_at_least_one_core() -> None:
    assert 1 <= all_cores() <= (os.cpu_count() or 1)
