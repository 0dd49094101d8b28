"""What the service's doors share: settings, models, keys, the gate, jobs and counters."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus

import numpy as np
from starlette.requests import HTTPConnection

from affectone.serving.admission import Gate
from affectone.serving.decoding import DecodeLimits, processes
from affectone.serving.jobs import JobWorkers, open_store
from affectone.serving.keys import Keys
from affectone.serving.metrics import Metrics
from affectone.serving.problems import ProblemError
from affectone.serving.served import ServedModels
from affectone.serving.settings import ServiceSettings
from affectone.units import Seconds

__all__ = ["Service", "service_of"]

DECODING = 4
"""Of the time of a request, so much of it may be a processor's for decoding."""


class Service:
    """One service.

    Parameters
    ----------
    settings : ServiceSettings

    Raises
    ------
    AffectoneError
        If a model or the database of jobs cannot be used.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings, self.metrics = settings, Metrics()
        self.keys = Keys(settings.api_keys)
        self.models = ServedModels(settings, self.metrics.together.observe)
        self.gate = Gate(settings.workers, settings.queue, settings.request_seconds, self.metrics)
        self.limits = self._limits(settings.max_seconds, settings.request_seconds)
        self.live_limits = self._limits(settings.max_live_seconds, settings.max_live_seconds)
        self.store = open_store(settings.database, settings.max_jobs)
        self.workers = JobWorkers(
            self.store,
            self.models,
            self._limits(settings.max_job_seconds, settings.max_job_seconds),
            settings.job_workers,
            timedelta(days=settings.keep_days),
            self.metrics,
        )
        self.ready = False
        # A socket's sound comes in by one thread and is heard in another.
        self.live_threads = ThreadPoolExecutor(
            2 * max(1, settings.max_sockets), thread_name_prefix="affectone-live"
        )
        self._sockets = 0

    def start(self) -> None:
        """Load what the first request would have to wait for, and begin with jobs."""
        for _, recognizer in self.models:
            recognizer.predict(np.zeros(recognizer.card.sample_rate), sample_rate=recognizer.card.sample_rate)
        first = processes().Process(target=_nothing)  # type: ignore[attr-defined]
        first.start()
        first.join()
        self.workers.start()
        self.ready = True

    def stop(self) -> None:
        """End what is under way."""
        self.ready = False
        self.workers.stop()
        self.gate.close()
        self.live_threads.shutdown(cancel_futures=True)
        self.models.close()
        self.store.close()

    @contextmanager
    def socket(self) -> Iterator[None]:
        """Count a live socket in.

        Raises
        ------
        ProblemError
            429, where there are as many as there may be.
        """
        if self._sockets >= self.settings.max_sockets:
            words = f"{self._sockets} live sockets are open, which is all there may be"
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, words, retry_after=10)
        self._sockets += 1
        try:
            with self.metrics.sockets.track_inprogress():
                yield
        finally:
            self._sockets -= 1

    def _limits(self, sound: Seconds, time: Seconds) -> DecodeLimits:
        memory, channels = int(self.settings.decode_memory), self.settings.max_channels
        return DecodeLimits(memory, max(1, round(time / DECODING)), sound, channels)


def service_of(connection: HTTPConnection) -> Service:
    """Return the service that a request or a socket came to."""
    service: Service = connection.app.state.service
    return service


def _nothing() -> None:
    """Do nothing, in the first process: to make it loads the decoders that all others share."""
