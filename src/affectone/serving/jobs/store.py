"""Jobs in a database, which several servers may share: each is worked on by one, and none is lost."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy import Engine, create_engine, delete, event, func, insert, make_url, select, update
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session, undefer

from affectone.errors import AffectoneError, ConfigError
from affectone.models.store import data_folder
from affectone.registry import require_extra
from affectone.serving.answers import Answer, Asked, as_json, from_json
from affectone.serving.jobs.tables import JobPiece, JobRow, Status, Tables, now
from affectone.serving.problems import ProblemError

__all__ = ["LEASE", "MOST_ATTEMPTS", "Job", "JobStore", "open_store"]

LEASE: Final = timedelta(seconds=15)
"""A job whose worker was not seen alive for so long is given to another one."""
MOST_ATTEMPTS: Final = 3
"""Servers that a job may outlive. One that ends them all is told as failed."""
WAIT_SECONDS = 30
NONE_LEFT = "the server ended {0} times while it was heard"


@dataclass(frozen=True, slots=True)
class Job:
    """A job that is to be worked on."""

    id: str
    file: str
    asked: Asked


class JobStore:
    """The jobs of a database.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    most : int
        Jobs that may wait.
    """

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine, self._most = engine, most
        Tables.metadata.create_all(engine)

    def add(self, owner: str, file: str, asked: Asked, pieces: Iterable[bytes]) -> dict[str, Any]:
        """Keep a recording and what is asked of it; return the job as JSON has it.

        Raises
        ------
        ProblemError
            429, if too many wait.
        """
        row = JobRow(
            id=uuid.uuid4().hex,
            owner=owner,
            file=file,
            asked=json.dumps(asked.to_dict()),
            status=Status.QUEUED,
            created=now(),
        )
        with Session(self._engine) as session, session.begin():
            waiting = session.scalar(
                select(func.count()).select_from(JobRow).where(JobRow.status == Status.QUEUED)
            )
            if (waiting or 0) >= self._most:
                raise ProblemError(
                    HTTPStatus.TOO_MANY_REQUESTS, f"{waiting} jobs wait already", retry_after=60
                )
            session.add(row)
            session.flush()
            for number, piece in enumerate(pieces):
                session.execute(insert(JobPiece).values(job_id=row.id, number=number, data=piece))
            return _told(row)

    def listed(self, owner: str, most: int) -> list[dict[str, Any]]:
        """Return an owner's jobs as JSON has them, the newest first."""
        newest = select(JobRow).where(JobRow.owner == owner).order_by(JobRow.created.desc()).limit(most)
        with Session(self._engine) as session:
            return [_told(row) for row in session.scalars(newest)]

    def told(self, owner: str, job: str) -> dict[str, Any]:
        """Return an owner's job as JSON has it.

        Raises
        ------
        ProblemError
            404, if there is none.
        """
        with Session(self._engine) as session:
            return _told(_of(session, owner, job))

    def answer(self, owner: str, job: str) -> Answer:
        """Return what a job has found.

        Raises
        ------
        ProblemError
            404, if there is none; 409, if it has found nothing.
        """
        with Session(self._engine) as session:
            row = _of(session, owner, job)
            if row.status != Status.DONE or row.answer is None:
                why = f": {row.error}" if row.error else ""
                raise ProblemError(HTTPStatus.CONFLICT, f"this job is {row.status} and has no result{why}")
            return from_json(_asked(row).task, row.answer)

    def cancel(self, owner: str, job: str) -> dict[str, Any]:
        """Work no more on a job; one that has ended stays as it is.

        Raises
        ------
        ProblemError
            404, if there is none.
        """
        with Session(self._engine) as session, session.begin():
            row = _of(session, owner, job)
            if row.status == Status.QUEUED:
                _end(session, row, Status.CANCELLED)
            elif row.status == Status.RUNNING:
                row.cancel = True
            return _told(row)

    def remove(self, owner: str, job: str) -> None:
        """Forget a job, its recording and what it has found. Who works on it stops.

        Raises
        ------
        ProblemError
            404, if there is none.
        """
        with Session(self._engine) as session, session.begin():
            row = _of(session, owner, job)
            _forget_sound(session, row.id)
            session.delete(row)

    def claim(self, worker: str) -> Job | None:
        """Give the job that has waited longest to a worker; None where none waits."""
        with Session(self._engine) as session, session.begin():
            oldest = select(JobRow.id).where(JobRow.status == Status.QUEUED).order_by(JobRow.created).limit(1)
            found = session.scalar(oldest)
            if found is None:
                return None
            # Another server may have been quicker: then no row is changed.
            taken = session.execute(
                update(JobRow)
                .where(JobRow.id == found, JobRow.status == Status.QUEUED)
                .values(
                    status=Status.RUNNING,
                    worker=worker,
                    started=now(),
                    beat=now(),
                    attempts=JobRow.attempts + 1,
                    seconds_heard=0.0,
                )
                .returning(JobRow.file, JobRow.asked)
            ).one_or_none()
            if taken is None:
                return None
            try:
                return Job(found, taken.file, Asked.from_dict(json.loads(taken.asked)))
            except (AffectoneError, ValueError, KeyError, TypeError):
                row = session.get_one(JobRow, found)
                row.error = (
                    "another release of the service was asked for this, in words that are not known here"
                )
                _end(session, row, Status.FAILED)
                return None

    def pieces(self, job: str) -> Iterator[bytes]:
        """Yield a job's recording from its beginning."""
        number = 0
        while True:
            with Session(self._engine) as session:
                piece = session.get(JobPiece, (job, number))
            if piece is None:
                return
            yield piece.data
            number += 1

    def beat(self, worker: str, job: str, heard: float, total: float | None) -> bool:
        """Say that a worker is alive and how far it has come; return whether it shall go on."""
        with Session(self._engine) as session, session.begin():
            wanted = session.execute(
                update(JobRow)
                .where(JobRow.id == job, JobRow.worker == worker, JobRow.status == Status.RUNNING)
                .values(beat=now(), seconds_heard=heard, seconds_total=total)
                .returning(JobRow.cancel)
            ).scalar_one_or_none()
            return wanted is False

    def done(self, worker: str, job: str, answer: Answer, heard: float) -> None:
        """Keep what a job has found, and forget its recording."""
        self._ended(
            worker, job, Status.DONE, answer=as_json(answer), seconds_heard=heard, seconds_total=heard
        )

    def failed(self, worker: str, job: str, words: str) -> None:
        """Say why a job has found nothing, and forget its recording."""
        self._ended(worker, job, Status.FAILED, error=words)

    def stopped(self, worker: str, job: str) -> None:
        """End a job that was cancelled."""
        self._ended(worker, job, Status.CANCELLED)

    def give_back(self, worker: str, job: str) -> None:
        """Let another server work on a job: this one ends, which counts as no attempt."""
        with Session(self._engine) as session, session.begin():
            row = session.get(JobRow, job)
            if row is None or row.worker != worker or row.status != Status.RUNNING:
                return
            if row.cancel:
                _end(session, row, Status.CANCELLED)
            else:
                row.status, row.worker, row.attempts = Status.QUEUED, None, row.attempts - 1

    def recover(self, *, but: Collection[str] = ()) -> None:
        """Take back jobs whose worker was not seen alive; one that too many have ended with has failed.

        Those that the caller works on are left: a busy database may hold up the signs of their life.
        """
        with Session(self._engine) as session, session.begin():
            lost = select(JobRow).where(JobRow.status == Status.RUNNING, JobRow.beat < now() - LEASE)
            for row in session.scalars(lost.where(JobRow.id.not_in(but))):
                if row.cancel:
                    _end(session, row, Status.CANCELLED)
                elif row.attempts >= MOST_ATTEMPTS:
                    row.error = NONE_LEFT.format(row.attempts)
                    _end(session, row, Status.FAILED)
                else:
                    row.status, row.worker = Status.QUEUED, None

    def forget(self, older: timedelta) -> None:
        """Forget jobs that ended longer ago."""
        with Session(self._engine) as session, session.begin():
            session.execute(delete(JobRow).where(JobRow.finished < now() - older))

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def _ended(self, worker: str, job: str, status: Status, **told: Any) -> None:
        with Session(self._engine) as session, session.begin():
            row = session.get(JobRow, job)
            # Else it was removed, or another server has taken it for lost.
            if row is not None and row.worker == worker and row.status == Status.RUNNING:
                for name, value in told.items():
                    setattr(row, name, value)
                _end(session, row, status)


def open_store(url: SecretStr | None, most: int) -> JobStore:
    """Open the database of jobs, and make what it lacks.

    Parameters
    ----------
    url : SecretStr or None
        As SQLAlchemy has it; None is a file in the user's data folder.
    most : int
        Jobs that may wait.

    Raises
    ------
    ConfigError
        If the URL is none.
    MissingExtraError
        If it is PostgreSQL's, without the extra ``postgres``.
    AffectoneError
        If the database cannot be used.
    """
    try:
        made = make_url(_own_file() if url is None else url.get_secret_value())
        if made.get_backend_name() == "postgresql":
            require_extra("postgres", "jobs in PostgreSQL")
        engine = create_engine(made, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        # SQLAlchemy's own words would repeat the URL, and so the password in it.
        raise ConfigError(
            "database of the service is no URL that SQLAlchemy knows, such as sqlite:///jobs.sqlite or "
            f"postgresql+psycopg://user:password@host/name ({type(error).__name__})"
        ) from None
    if made.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    try:
        return JobStore(engine, most)
    except SQLAlchemyError as error:
        place = made.render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise AffectoneError(f"the database of jobs, {place}, cannot be used: {reason}") from None


def _own_file() -> str:
    try:
        folder = data_folder() / "affectone"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        raise AffectoneError(
            f"no folder of yours for the database of jobs: {error}; name a database"
        ) from None
    return f"sqlite:///{folder / 'jobs.sqlite'}"


def _prepare_sqlite(connection: Any, record: object) -> None:
    """Let readers and a writer work at the same time, and leave nothing of what is deleted in the file."""
    for line in (
        "auto_vacuum = FULL",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "secure_delete = ON",
        "foreign_keys = ON",
        f"busy_timeout = {1000 * WAIT_SECONDS}",
    ):
        connection.execute(f"PRAGMA {line}")


def _of(session: Session, owner: str, job: str) -> JobRow:
    row = session.get(JobRow, job, options=[undefer(JobRow.answer)])
    if row is None or row.owner != owner:
        raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no job {job}")
    return row


def _end(session: Session, row: JobRow, status: Status) -> None:
    row.status, row.finished, row.worker = status, now(), None
    _forget_sound(session, row.id)


def _forget_sound(session: Session, job: str) -> None:
    session.execute(delete(JobPiece).where(JobPiece.job_id == job))


def _asked(row: JobRow) -> Asked:
    return Asked.from_dict(json.loads(row.asked))


def _told(row: JobRow) -> dict[str, Any]:
    """Return a job as JSON has it."""
    asked, total = json.loads(row.asked), row.seconds_total
    times = {name: getattr(row, name) for name in ("created", "started", "finished")}
    return {
        "id": row.id,
        "task": asked.get("task"),
        "status": row.status,
        "file": row.file,
        "model": asked.get("model"),
        **{
            name: None if time is None else time.isoformat(timespec="milliseconds") + "Z"
            for name, time in times.items()
        },
        "seconds_heard": row.seconds_heard or 0.0,
        "seconds_total": total,
        "progress": min(1.0, (row.seconds_heard or 0.0) / total) if total else None,
        "attempts": row.attempts or 0,
        "error": row.error,
    }
