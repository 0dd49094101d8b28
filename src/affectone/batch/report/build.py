"""`reported`: from the folder of a batch to its report, one table after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from affectone.batch.places import Place
from affectone.batch.report.base import count_repeated, load_recordings, load_spoken
from affectone.batch.report.calls import LEAST_SECONDS, angriest, call_table, falling
from affectone.batch.report.channels import judge
from affectone.batch.report.contents import ArchiveError, Contents, read_contents
from affectone.batch.report.database import MEMORY, Database, Row
from affectone.batch.report.failures import failed_recordings, failures_by_kind
from affectone.batch.report.meaning import anger_labels, valence_signs
from affectone.batch.report.moments import escalations, find_moments
from affectone.batch.report.people import AT_WORK_NOTICE, COMPARED_NOTICE, refuse_people
from affectone.batch.report.result import Head, Table, as_json
from affectone.batch.report.shares import (
    by_column,
    by_day,
    by_hour,
    cut_table,
    emotions,
    unsure_reasons,
)
from affectone.batch.report.spreads import confidences, durations, spread_of_calls, talk
from affectone.batch.report.times import Began, find_time, keep_time
from affectone.errors import ConfigError, unknown_name
from affectone.registry import require_extra

__all__ = ["Choices", "Report", "reported"]

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Choices:
    """What a report is asked for.

    Parameters
    ----------
    model : str or None
        Whose answers, as ``NAME@VERSION``, where the archive holds several.
    channel : str or None
        Who is judged: a name, the number of a channel, or ``"all"``; by default the customer.
    by : sequence of str
        Columns of the input by which the judged speech is grouped.
    by_agent : str or None
        One that names people at work.
    time : str or None
        The column that tells when a recording began; by default it is looked for.
    top : int
        How many recordings and moments the page shows.
    """

    model: str | None = None
    channel: str | None = None
    by: Sequence[str] = ()
    by_agent: str | None = None
    time: str | None = None
    top: int = SHOWN


@dataclass(frozen=True, slots=True)
class Report:
    """What an archive says.

    Parameters
    ----------
    head : Head
    notices, notes : tuple of str
        What has to be seen first, and what else there is to know.
    tables : dict of str to Table
        By name, in the order of the page.
    """

    head: Head
    notices: tuple[str, ...]
    notes: tuple[str, ...]
    tables: dict[str, Table]
    database: Database

    def rows(self, table: Table) -> Iterator[Row]:
        """Yield all rows of a table, also those that are not held; one table at a time."""
        return self.database.stream(table.query)

    def to_dict(self) -> dict[str, Any]:
        """Return what `json.dumps` takes: of the tables, the rows that are held."""
        head = {name: as_json(value) for name, value in asdict(self.head).items()}
        tables = {name: table.to_dict() for name, table in self.tables.items()}
        return {**head, "notices": list(self.notices), "notes": list(self.notes), "tables": tables}


@contextmanager
def reported(
    place: Place, choices: Choices, *, memory: str = MEMORY, threads: int | None = None
) -> Iterator[Report]:
    """Yield the report on an archive; its tables can be read until the context ends.

    Parameters
    ----------
    place : Place
        The folder that a batch wrote.
    choices : Choices
    memory : str
        What DuckDB may take, such as ``"1GB"``; the rest is on disk.
    threads : int, optional
        By default as many as there are cores; each needs some of the memory.

    Raises
    ------
    MissingExtraError
        If the extra ``batch`` is not installed.
    ConfigError
        If a choice is not possible, or the folder is not that of a batch.
    ArchiveError
        If no recording is done, or a table cannot be read.
    """
    require_extra("batch", "a report on an archive")
    contents = read_contents(place, choices.model)
    refuse_people(list(choices.by))
    with Database(contents.system, memory=memory, threads=threads) as database, _enough_room():
        yield _Builder(database, contents, choices).build()


@contextmanager
def _enough_room() -> Iterator[None]:
    """Raise `ArchiveError` where memory or the disk for what is made meanwhile does not suffice."""
    import duckdb

    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        told = str(error).partition("\n")[0]
        raise ArchiveError(f"the report needs more memory or temporary room on disk: {told}") from None


class _Builder:
    """Makes the tables of one report, each from those before."""

    def __init__(self, db: Database, contents: Contents, choices: Choices) -> None:
        self._db, self._contents, self._choices = db, contents, choices
        self._notes: list[str] = []
        self._tables: dict[str, Table] = {}
        self._carried = load_recordings(db, contents)
        self._check_columns()
        self._began = find_time(db, self._carried, contents.columns, choices.time)
        self._labels = load_spoken(db, contents)
        keep_time(db, self._began, self._carried, contents.columns)
        self._judged = judge(db, choices.channel)
        self._begun = find_moments(db, self._labels)
        self._moments = contents.over_time and bool(anger_labels(self._labels))

    def build(self) -> Report:
        self._add_emotions()
        self._add_times()
        self._add_groups()
        calls = self._add_calls()
        self._add_moments()
        self._add_spreads(calls)
        self._add_failures()
        head = self._head()
        self._note_head(head)
        return Report(head, self._notices(), tuple(self._notes), self._tables, self._db)

    def _check_columns(self) -> None:
        """Raise `ConfigError` if a column to group by is not there."""
        for flag, name in [("--by", name) for name in self._choices.by] + [
            ("--by-agent", self._choices.by_agent)
        ]:
            if name is not None and name not in self._carried:
                raise ConfigError(f"{flag}: {unknown_name('column', name, self._carried)}")

    def _add(self, *tables: Table) -> None:
        self._tables |= {table.name: table for table in tables}

    def _add_emotions(self) -> None:
        self._add(emotions(self._db, self._labels), unsure_reasons(self._db))

    def _add_times(self) -> None:
        if self._began is None:
            self._notes.append(
                "When the recordings began is not known, so nothing is told over the day or the days: "
                "name the column that tells it with --time COLUMN."
            )
            return
        self._note_time(self._began)
        over_time = self._contents.over_time and self._began.clock
        days = by_day(self._db, over_time)
        cuts = [*([by_hour(over_time)] if self._began.clock else []), *([] if days is None else [days])]
        self._add(*(cut_table(self._db, cut, self._labels, moments=self._moments) for cut in cuts))

    def _note_time(self, began: Began) -> None:
        if not began.clock:
            self._notes.append(
                f"{began.name} tells dates and no time of day, so nothing is told over the day."
            )
        if began.unread:
            self._notes.append(
                f"{began.unread:,} recordings have no time in {began.name} that can be read; "
                "they are left out over the day and the days."
            )

    def _add_groups(self) -> None:
        agent = self._choices.by_agent
        names = [(name, None) for name in dict.fromkeys(self._choices.by)]
        titled = [*names, *([] if agent is None else [(agent, f"Customers by {agent}")])]
        for number, (name, title) in enumerate(titled, start=1):
            cut = by_column(self._db, name, self._carried[name], number, title)
            self._add(cut_table(self._db, cut, self._labels, moments=self._moments))

    def _add_calls(self) -> Table:
        db, top = self._db, self._choices.top
        calls = call_table(
            db,
            self._labels,
            self._carried,
            top,
            over_time=self._contents.over_time,
            timed=self._began is not None,
            by_agent=self._choices.by_agent,
        )
        if anger_labels(self._labels):
            self._add(angriest(db, calls, top))
        else:
            self._notes.append("None of the model's labels is anger, so no recordings are ranked by it.")
        if not valence_signs(self._labels):
            self._notes.append("The model's labels are not both good and bad, so no fall is told.")
        elif self._contents.over_time:
            self._add(falling(db, calls, top))
        self._add(calls)
        return calls

    def _add_moments(self) -> None:
        if not self._contents.over_time:
            self._notes.append(
                "The archive holds predictions, one a recording and channel: moments of escalation, falls "
                "within a recording and names of channels need affectone batch --task timeline."
            )
        if self._moments:
            timed = self._began is not None and self._began.clock
            self._add(escalations(self._db, self._choices.top, others=self._judged.others, timed=timed))
            if self._begun:
                self._notes.append(
                    f"In {self._begun:,} recordings a judged voice sounds angry from the first thing it "
                    "says; these are no moments of escalation."
                )

    def _add_spreads(self, calls: Table) -> None:
        db = self._db
        self._add(talk(db))
        if self._judged.others:
            self._add(
                spread_of_calls(
                    db, calls, "judged_percent", "Share of the speech that is judged", 0.0, 10.0, 10
                )
            )
        self._add(confidences(db), durations(db))
        if "angriest" in self._tables:
            self._add(spread_of_calls(db, calls, "anger", "Anger of the recordings", 0.0, 0.05, 20))
        if "falling" in self._tables:
            self._add(spread_of_calls(db, calls, "fall", "Fall from good to bad", -2.0, 0.1, 40))

    def _add_failures(self) -> None:
        failed = failed_recordings(self._db, self._contents, self._choices.top)
        self._add(failures_by_kind(self._db), failed)

    def _head(self) -> Head:
        from affectone import __version__

        db, began = self._db, self._began
        recordings, audio, begins, ends = db.one(
            "SELECT count(*), sum(duration), min(began), max(began) FROM recordings"
        )
        (speech,) = db.one("SELECT coalesce(sum(speech), 0) FROM spoken")
        judged, unsure = db.one(
            "SELECT coalesce(sum(speech), 0), 100.0 * coalesce(sum(speech) FILTER (unsure), 0) / "
            "nullif(sum(speech), 0) FROM judged"
        )
        silent, short = db.one(
            "SELECT count(*) FILTER (judged_seconds = 0), "
            f'count(*) FILTER (judged_seconds < {LEAST_SECONDS}) FROM "table calls"'
        )
        return Head(
            archive=self._contents.place.name,
            model=self._contents.model,
            task=self._contents.task,
            affectone=__version__,
            judged=self._judged.words,
            labels=tuple(self._labels),
            recordings=recordings,
            failed=self._tables["failures"].total,
            silent=silent,
            short=short,
            audio_seconds=round(audio or 0.0, 3),
            speech_seconds=round(speech, 3),
            judged_seconds=round(judged, 3),
            unsure_percent=None if unsure is None else round(unsure, 6),
            time_column=None if began is None else began.name,
            begins=begins,
            ends=ends,
        )

    def _note_head(self, head: Head) -> None:
        if not head.judged_seconds:
            self._notes.insert(0, "No speech was found that could be judged.")
        repeated = count_repeated(self._db, self._contents)
        if repeated:
            self._notes.append(
                f"{repeated:,} recordings stand in the archive more than once: their speech counts as often."
            )
        if head.short:
            self._notes.append(
                f"{head.short:,} recordings hold less than {LEAST_SECONDS} s of judged speech and are "
                "not ranked."
            )

    def _notices(self) -> tuple[str, ...]:
        agent = self._choices.by_agent is not None
        at_work = agent or self._judged.at_work
        return (*((AT_WORK_NOTICE,) if at_work else ()), *((COMPARED_NOTICE,) if agent else ()))
