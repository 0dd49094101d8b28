"""Feature sets of openSMILE, with its own frames and its own functionals."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

from affectone.errors import AudioValueError
from affectone.features.sets import FEATURES, FeatureSet, Measured
from affectone.features.sound import Sound

FULL_SCALE = 32767 / 32768
"""openSMILE multiplies by 32768 and casts to 16 bits: +1 would become -1."""
STEP = 0.01
"""Distance of its frames in seconds."""


@lru_cache(maxsize=4)
def _smile(kind: str, level: str) -> Any:
    import opensmile

    return opensmile.Smile(getattr(opensmile.FeatureSet, kind), getattr(opensmile.FeatureLevel, level))


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let Ctrl-C wait until openSMILE is done: it calls back, and what is raised there is lost."""
    alone = multiprocessing.parent_process() is None  # Processes of ours raise nothing; they end at once.
    held: list[int] = []
    before = {}
    if alone and threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if callable(signal.getsignal(number)):  # Neither ignored nor deadly.
                before[number] = signal.signal(number, lambda number, _: held.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for waiting in held[:1]:
            signal.raise_signal(waiting)


def _table(sound: Sound, name: str, kind: str, level: str) -> Any:
    samples = np.minimum(sound.samples, np.float32(FULL_SCALE))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Segment too short", UserWarning)  # Told below, as an error.
        with _signals_held():
            table = _smile(kind, level).process_signal(samples, sound.settings.sample_rate)
    if table.isna().to_numpy().any():
        raise AudioValueError(f"{sound.source}: {sound.duration:.3f} s are too short for {name}")
    return table


def _register(name: str, kind: str, doc: str) -> None:
    def frames(sound: Sound) -> Measured:
        table = _table(sound, name, kind, "LowLevelDescriptors")
        # Of the times only the first frame's are right: the last one's end is set to that of the sound.
        first_middle = sum(time.total_seconds() for time in table.index[0]) / 2
        return Measured(tuple(table.columns), table.to_numpy(), first_middle + STEP * np.arange(len(table)))

    def clip(sound: Sound) -> Measured:
        table = _table(sound, name, kind, "Functionals")
        return Measured(tuple(table.columns), table.to_numpy()[0])

    FEATURES.register(name, extra="features")(FeatureSet(name, doc, frames, clip, own_frames=True))


_register(
    "egemaps",
    "eGeMAPSv02",
    "The extended Geneva minimalistic set (eGeMAPSv02): 25 descriptors, 88 functionals.",
)
_register(
    "compare", "ComParE_2016", "The set of the ComParE challenges (2016): 65 descriptors, 6373 functionals."
)
