"""The tables of jobs, for any database that SQLAlchemy speaks to."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import DateTime, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["JobPiece", "JobRow", "Status", "Tables", "now"]


class Status(StrEnum):
    """Where a job is on its way."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


def now() -> datetime:
    """Return the time, in UTC and without a zone: not every database keeps one."""
    return datetime.now(UTC).replace(tzinfo=None)


class Tables(DeclarativeBase):
    """All tables."""


class JobRow(Tables):
    """One job. Its recording is in `JobPiece` until it has ended."""

    __tablename__ = "affectone_jobs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(32), index=True)
    """Which key it was given with; empty where all are let in."""
    file: Mapped[str] = mapped_column(Text)
    asked: Mapped[str] = mapped_column(Text)
    """`Asked`, as JSON."""
    status: Mapped[str] = mapped_column(String(16), index=True)
    created: Mapped[datetime] = mapped_column(DateTime, index=True)
    started: Mapped[datetime | None] = mapped_column(DateTime)
    finished: Mapped[datetime | None] = mapped_column(DateTime)
    seconds_heard: Mapped[float] = mapped_column(default=0.0)
    seconds_total: Mapped[float | None]
    attempts: Mapped[int] = mapped_column(default=0)
    cancel: Mapped[bool] = mapped_column(default=False)
    """Its owner wants it no more; who works on it looks here."""
    worker: Mapped[str | None] = mapped_column(String(32))
    beat: Mapped[datetime | None] = mapped_column(DateTime)
    """When its worker was last seen alive."""
    error: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text, deferred=True)
    """As JSON."""


class JobPiece(Tables):
    """A piece of a job's recording."""

    __tablename__ = "affectone_job_pieces"

    job_id: Mapped[str] = mapped_column(ForeignKey("affectone_jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
