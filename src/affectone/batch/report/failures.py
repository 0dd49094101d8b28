"""What failed, and why."""

from __future__ import annotations

from affectone.batch.report.base import parts_named
from affectone.batch.report.contents import Contents
from affectone.batch.report.database import PARQUET, Database
from affectone.batch.report.result import Column, Table
from affectone.batch.report.tables import made_table

__all__ = ["failed_recordings", "failures_by_kind"]


def failed_recordings(db: Database, contents: Contents, most: int) -> Table:
    """Return the recordings that the model could not judge, without those that were done later."""
    columns = (Column("file", "recording"), Column("kind", "kind"), Column("reason", "why"))
    db.run("CREATE TABLE failed (file VARCHAR, kind VARCHAR, reason VARCHAR)")
    if contents.failed:
        with parts_named(contents, contents.failed):
            db.run(
                f"INSERT INTO failed SELECT DISTINCT file, kind, reason FROM {PARQUET} AS f "
                "WHERE coalesce(model, ?) = ? "
                "AND NOT EXISTS (SELECT 1 FROM recordings AS r WHERE r.file = f.file)",
                contents.readable(contents.failed),
                contents.model,
                contents.model,
            )
    return made_table(
        db, "failures", "Recordings that failed", columns, "SELECT * FROM failed", "file, kind, reason", most
    )


def failures_by_kind(db: Database) -> Table:
    """Return how many recordings failed in each way; `failed_recordings` is made before."""
    columns = (Column("kind", "kind"), Column("recordings", "recordings", "count"))
    sql = (
        "SELECT coalesce(kind, 'not told') AS kind, count(DISTINCT file) AS recordings "
        "FROM failed GROUP BY ALL"
    )
    return made_table(db, "failure-kinds", "Failures", columns, sql, "recordings DESC, kind")
