"""Works on the jobs of a database, while the service runs."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from affectone.errors import AffectoneError
from affectone.serving.answers import Answer
from affectone.serving.decoding import DecodeLimits, Recording, TooLongError
from affectone.serving.jobs.store import Job, JobStore
from affectone.serving.metrics import Metrics
from affectone.serving.served import ServedModels
from affectone.serving.watch import StoppedError, Watch
from affectone.units import Seconds

__all__ = ["JobWorkers"]

LOOK: Seconds = 1.0
"""How often the database is asked for new jobs, and told of those under way."""
AFTER_FAILURE: Seconds = 5.0
"""How long a database that cannot be used is left alone."""

log = logging.getLogger("affectone.serving")


@dataclass(slots=True)
class _UnderWay:
    """A job that this server works on."""

    job: Job
    watch: Watch = field(default_factory=Watch)


class JobWorkers:
    """Threads that take jobs and hear them, and one that says they are alive.

    Parameters
    ----------
    store : JobStore
    models : ServedModels
    limits : DecodeLimits
        Of a job's recording.
    count : int
        Jobs at once.
    keep : timedelta
        How long jobs that ended are kept.
    metrics : Metrics
    """

    def __init__(
        self,
        store: JobStore,
        models: ServedModels,
        limits: DecodeLimits,
        count: int,
        keep: timedelta,
        metrics: Metrics,
    ) -> None:
        self._store, self._models, self._limits, self._keep, self._metrics = (
            store,
            models,
            limits,
            keep,
            metrics,
        )
        self._name = uuid.uuid4().hex
        self._ends, self._new = Event(), Event()
        self._lock = Lock()
        self._under_way: dict[str, _UnderWay] = {}
        self._workers = [Thread(target=self._work, name=f"affectone-job-{n}") for n in range(count)]
        self._keeper = Thread(target=self._keep_alive, name="affectone-jobs")

    def start(self) -> None:
        """Begin."""
        for thread in (self._keeper, *self._workers):
            thread.start()

    def look(self) -> None:
        """Look for new jobs at once."""
        self._new.set()

    def stop(self) -> None:
        """End; what is under way is given back, for the next server to hear."""
        self._ends.set()
        self._new.set()
        with self._lock:
            for one in self._under_way.values():
                one.watch.stop.set()
        for thread in (*self._workers, self._keeper):
            if thread.ident is not None:
                thread.join()

    def _work(self) -> None:
        while not self._ends.is_set():
            with self._despite_failures():
                job = self._store.claim(self._name)
                if job is not None:
                    self._hear(job)
                    continue
            self._new.wait(LOOK)
            self._new.clear()

    def _hear(self, job: Job) -> None:
        one = _UnderWay(job)
        with self._lock:
            self._under_way[job.id] = one
            if self._ends.is_set():  # It was claimed while the others were told to stop.
                one.watch.stop.set()
        try:
            self._end(job, one.watch, self._found(job, one.watch))
        finally:
            with self._lock:
                del self._under_way[job.id]

    def _found(self, job: Job, watch: Watch) -> Answer | str | None:
        """Return what was found, or why nothing was; None where nobody wants it any more."""
        asked = job.asked
        recording = Recording(lambda: self._store.pieces(job.id), job.file, asked.raw, self._limits, watch)
        try:
            with watch.kept():
                return asked.hear(self._models.asked(asked.model, asked.labels, asked.adapt), recording)
        except StoppedError:
            return None
        except (AffectoneError, TooLongError) as error:
            return str(error)
        except SQLAlchemyError:
            raise
        except Exception:
            # A bug: it is told, and ends no other job.
            log.exception("job %s: a bug", job.id)
            return "the service failed on this recording; its log says how"

    def _end(self, job: Job, watch: Watch, found: Answer | str | None) -> None:
        if found is None:
            if self._ends.is_set():
                self._store.give_back(self._name, job.id)
                return
            self._store.stopped(self._name, job.id)
            status = "cancelled"
        elif isinstance(found, str):
            self._store.failed(self._name, job.id, found)
            status = "failed"
        else:
            self._store.done(self._name, job.id, found, watch.heard)
            status = "done"
        self._metrics.jobs.labels(status).inc()
        self._metrics.sound.labels("jobs").inc(watch.heard)

    def _keep_alive(self) -> None:
        """Say which jobs are under way, stop those that nobody wants, and take back those that were lost."""
        while not self._ends.is_set():
            with self._despite_failures():
                with self._lock:
                    running = list(self._under_way.values())
                for one in running:
                    if not self._store.beat(self._name, one.job.id, one.watch.heard, one.watch.total):
                        one.watch.stop.set()
                self._store.recover(but=[one.job.id for one in running])
                self._store.forget(self._keep)
            self._ends.wait(LOOK)

    @contextmanager
    def _despite_failures(self) -> Iterator[None]:
        """Go on after a failure of the database, which may come back, and after a bug: others wait."""
        try:
            yield
        except SQLAlchemyError as error:
            log.error("the database of jobs: %s", str(error).splitlines()[0])
            self._ends.wait(AFTER_FAILURE)
        except Exception:
            log.exception("jobs: a bug")
            self._ends.wait(AFTER_FAILURE)
