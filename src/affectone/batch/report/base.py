"""The tables that all others are made of: `recordings`, and `spoken`, which is read from the parts once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from affectone.batch.places import parquet_table
from affectone.batch.report.contents import ArchiveError, Contents
from affectone.batch.report.database import PARQUET, Database, column
from affectone.batch.report.meaning import anger_labels, valence_signs
from affectone.batch.schema import FILES

__all__ = ["count_repeated", "load_recordings", "load_spoken", "parts_named"]

SCORE = "score_"
ZONE = re.compile(r"^timestamp.*tz=([^\]]+)\]")
"""In the name of a type of Arrow."""
OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")


def load_recordings(db: Database, contents: Contents) -> dict[str, str]:
    """Make the table ``raw``: one row a recording, with what was carried through from the input.

    Returns
    -------
    dict of str to str
        Column of the input -> its name in SQL, which is one of ours: an input may call a column anything.
    """
    parts = contents.readable(contents.done)
    with parts_named(contents, contents.done):
        found = [name for name in db.columns(parts) if name not in FILES]
        carried = {name: name for name in contents.columns if name in found}
        if len(carried) < len(contents.columns) == len(found):
            # DuckDB tells no capitals apart and numbers such names, but their order stays.
            carried = dict(zip(contents.columns, found, strict=True))
        names = {name: f"carried_{place}" for place, name in enumerate(carried)}
        chosen = "".join(
            f", {_on_a_clock(column(carried[name]), contents.columns[name])} AS {names[name]}"
            for name in carried
        )
        db.run(
            "CREATE TABLE raw AS SELECT row_number() OVER (ORDER BY file)::INTEGER AS call, * FROM ("
            f"SELECT DISTINCT ON (file) file, channels, duration_seconds AS duration{chosen} FROM {PARQUET})",
            parts,
        )
    return names


def _on_a_clock(place: str, kind: str) -> str:
    """Return SQL for a column as it is, or for a time in a zone as a clock there shows it."""
    zone = ZONE.search(kind)
    if zone is None:
        return place
    offset = OFFSET.fullmatch(zone[1])
    if offset is not None:
        sign, hours, minutes = offset.groups()
        return f"(({place} AT TIME ZONE 'UTC') + to_minutes({sign}{60 * int(hours) + int(minutes)}))"
    named = zone[1].replace("'", "''")
    return f"({place} AT TIME ZONE '{named}')"


def count_repeated(db: Database, contents: Contents) -> int:
    """Return how many recordings stand in an archive more than once."""
    with parts_named(contents, contents.done):
        (count,) = db.one(
            f"SELECT count(*) FROM (SELECT file FROM {PARQUET} GROUP BY file HAVING count(*) > 1)",
            contents.readable(contents.done),
        )
    return int(count)


def load_spoken(db: Database, contents: Contents) -> list[str]:
    """Make the table ``spoken``: one row for each time that somebody speaks, who, and what it sounds like.

    ``place`` is that of its label, ``s0``, ``s1``... are the scores, in the same order; ``anger`` and
    ``valence`` are what they say, or null.
    Music and recordings without speech are not in it.

    Returns
    -------
    list of str
        The labels, in order.
    """
    parts = contents.readable(contents.rows)
    with parts_named(contents, contents.rows):
        labels = [name[len(SCORE) :] for name in db.columns(parts) if name.startswith(SCORE)]
        when = 'p.start AS "first", p."end" AS "last"'
        if not contents.over_time:
            when = '0.0::DOUBLE AS "first", p.duration_seconds AS "last"'
        scores = "".join(f", p.{column(SCORE + label)} AS s{place}" for place, label in enumerate(labels))
        db.run(
            f"CREATE TABLE spoken AS SELECT r.call, {when}, p.channel, {_who(contents)} AS who, p.label, "
            "list_position(?, p.label) - 1 AS place, "
            "p.confidence, coalesce(p.unsure, false) AS unsure, p.reason, "
            "coalesce(p.speech_seconds, 0) AS speech"
            f"{scores}, {_anger(labels)} AS anger, {_valence(labels)} AS valence "
            f"FROM {PARQUET} AS p JOIN raw AS r USING (file) WHERE p.label IS NOT NULL",
            labels,
            parts,
        )
    db.run("CREATE TABLE labels (place INTEGER, label VARCHAR)")
    for place, label in enumerate(labels):
        db.run("INSERT INTO labels VALUES (?, ?)", place, label)
    return labels


def _who(contents: Contents) -> str:
    """Return SQL for who speaks: a name, or the channel; it stands before "speaker 1" of several channels."""
    channel = "CASE WHEN p.channel IS NULL THEN 'all channels' ELSE 'channel ' || p.channel END"
    if not contents.over_time:
        return channel
    numbered = "r.channels > 1 AND p.channel IS NOT NULL AND regexp_full_match(p.speaker, 'speaker [0-9]+')"
    return (
        f"CASE WHEN p.speaker IS NULL THEN {channel} "
        f"WHEN {numbered} THEN 'channel ' || p.channel || ', ' || p.speaker ELSE p.speaker END"
    )


def _anger(labels: Sequence[str]) -> str:
    meant = [f"p.{column(SCORE + label)}" for label in anger_labels(labels)]
    return f"({' + '.join(meant)})" if meant else "NULL::DOUBLE"


def _valence(labels: Sequence[str]) -> str:
    signs = valence_signs(labels)
    meant = [f"{'+' if sign > 0 else '-'} p.{column(SCORE + label)}" for label, sign in signs.items()]
    return f"({' '.join(meant)})" if meant else "NULL::DOUBLE"


@contextmanager
def parts_named(contents: Contents, names: tuple[str, ...]) -> Iterator[None]:
    """Turn what DuckDB says about files into the name of the one that cannot be read.

    Raises
    ------
    ArchiveError
    """
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        told = str(error).partition("\n")[0]
        broken = next((name for name in names if not _readable(contents, name)), None)
        if broken is None:
            raise ArchiveError(f"{contents.place.name}: its tables cannot be read: {told}") from None
        raise ArchiveError(
            f"{contents.place.name}: {broken} is damaged; delete it and run affectone batch again"
        ) from None


def _readable(contents: Contents, name: str) -> bool:
    """Tell whether a part can be read to its end."""
    import pyarrow as pa

    try:
        content = contents.place.read(name)
        return content is not None and bool(parquet_table(content).num_columns)
    except (pa.ArrowException, OSError):
        return False
