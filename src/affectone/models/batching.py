"""One model for many threads that ask at the same time: what waits and is of one length is run together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import numpy.typing as npt

from affectone.models.runner import (
    MOST_THREADS,
    FloatArray,
    OnnxRunner,
    RawScores,
    StateScale,
    whole_number,
)
from affectone.models.store import ModelArtefact

__all__ = ["BatchingRunner"]

MOST_TOGETHER = 8
"""More gain nothing, and whoever asked first would wait for the others."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A stretch that waits for its scores."""

    stretch: FloatArray
    scale: StateScale | None
    answer: Future[RawScores] = field(default_factory=Future)

    def goes_with(self, other: _Asked) -> bool:
        return self.scale is other.scale and self.stretch.size == other.stretch.size


class BatchingRunner(OnnxRunner):
    """A model that runs on so many cores, however many threads ask it.

    Stretches that wait at the same time and are of one length are run as one batch; nobody waits for a batch
    to fill up. Scores are those of `OnnxRunner` but for rounding: there is no padding.

    Parameters
    ----------
    artefact : ModelArtefact
    workers : int
        Batches that are run at once, from 1 to 256.
    watch : callable, optional
        Is told how many stretches were run together, each time.
    """

    def __init__(
        self, artefact: ModelArtefact, *, workers: int, watch: Callable[[int], object] = lambda count: None
    ) -> None:
        whole_number("workers", workers, MOST_THREADS)
        super().__init__(artefact)
        self._lock = Lock()
        self._waiting: list[_Asked] = []
        self._watch = watch
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=f"affectone-{artefact.card.name}")

    def run(self, waveform: npt.ArrayLike, scale: StateScale | None = None) -> RawScores:
        """Score one stretch of sound, as `OnnxRunner.run` does, in its turn."""
        asked = _Asked(self.prepared(waveform), scale)
        with self._lock:
            self._waiting.append(asked)
        # One turn for each that asks: where another turn has taken it along, there is nothing left to do.
        self._pool.submit(self._turn)
        return asked.answer.result()

    def close(self) -> None:
        """End its threads, once what waits is answered."""
        self._pool.shutdown()

    def _turn(self) -> None:
        together = self._next()
        if not together:
            return
        try:
            scores = self.run_batch(np.stack([one.stretch for one in together]), together[0].scale)
        except BaseException as error:
            for one in together:
                one.answer.set_exception(error)
            return
        for one, found in zip(together, scores, strict=True):
            one.answer.set_result(found)
        self._watch(len(together))

    def _next(self) -> list[_Asked]:
        """Take who has waited longest, and who goes with that one."""
        with self._lock:
            together = [one for one in self._waiting if one.goes_with(self._waiting[0])][:MOST_TOGETHER]
            self._waiting = [one for one in self._waiting if one not in together]
            return together
