"""Many recordings: read again where that is needed, refused where one is given, worked on side by side."""

from __future__ import annotations

import io
import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import islice
from threading import Event

import numpy as np

from affectone.audio import AudioSource, Signal
from affectone.audio.sources import DecodedElsewhere, is_seekable, open_bytes
from affectone.errors import AudioValueError
from affectone.recognition.prediction import Prediction
from affectone.units import is_number

__all__ = ["check_several", "flat_answers", "in_order", "readable_twice"]

AHEAD = 2
"""Recordings that wait for each worker, so that none idles and few are held."""


def readable_twice(source: AudioSource) -> AudioSource:
    """Take what comes through a pipe into memory: it cannot be read again."""
    if not _comes_once(source):
        return source
    with closing(open_bytes(source)) as opened:
        opened.handle.seek(0)
        copied = io.BytesIO(opened.handle.read())
        copied.name = opened.name
    return copied


def _comes_once(source: AudioSource) -> bool:
    if isinstance(source, str | os.PathLike):
        with suppress(OSError, ValueError):
            return stat.S_ISFIFO(os.stat(source).st_mode)
        return False
    return hasattr(source, "read") and not getattr(source, "closed", False) and not is_seekable(source)


def check_several(sources: object, method: str) -> None:
    """Refuse one recording where several are wanted: text would be taken for a list of letters."""
    one = (str, os.PathLike, bytes, bytearray, memoryview, np.ndarray, Signal, io.IOBase, DecodedElsewhere)
    array = isinstance(sources, tuple) and len(sources) == 2 and is_number(sources[1])  # And its rate.
    if array or isinstance(sources, one) or not isinstance(sources, Iterable):
        raise AudioValueError(
            f"{method} takes a list of recordings; got one {type(sources).__name__}: pass a list"
            f"{', or use predict' if method == 'predict_many' else ''}"
        )


def flat_answers(answers: Iterable[list[Prediction]]) -> Iterator[Prediction]:
    """Yield the answers of all sources, one after the other."""
    for of_one_source in answers:
        yield from of_one_source


def in_order(
    work: Callable[[AudioSource], list[Prediction]], sources: Iterable[AudioSource], jobs: int, stop: Event
) -> Iterator[list[Prediction]]:
    """Work on `jobs` sources at once, in threads: decoding and the networks let go of the interpreter.

    Where nobody wants the rest, as after an interruption, `stop` ends what is under way.
    """
    waiting: deque[Future[list[Prediction]]] = deque()
    remaining = iter(sources)
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="affectone")
    try:
        waiting.extend(pool.submit(work, source) for source in islice(remaining, AHEAD * jobs))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(work, source) for source in islice(remaining, 1))
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
