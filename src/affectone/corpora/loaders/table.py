"""Recordings of one's own, listed in a table with their labels."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Votes
from affectone.corpora.corpus import CORPORA, Scan, Skipped
from affectone.corpora.kept import refuse_odd_labels
from affectone.corpora.own import MOST_NAMED, OwnCorpus, listed, map_option, quoted, tidy
from affectone.corpora.own_cells import CellReader, choose_columns, column_notes, read_votes
from affectone.corpora.own_paths import Finder, short_names
from affectone.corpora.own_tables import Row, read_rows
from affectone.errors import CorpusError
from affectone.labels import COMMON

__all__ = ["Table"]

FREE = frozenset({"path", "label", "id", "original"})
"""What two rows of one recording may write in two ways; a label may have two words."""
OF_A_MANIFEST = frozenset({"original", "emotion", "content_hash"})
"""Columns by which a table is known for a manifest, which may name published corpora."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row whose recording was found: where, the path as written (with slashes), and what its cells say."""

    path: Path
    written: str
    cells: Mapping[str, str]

    @property
    def label(self) -> str:
        """The label as the user writes it."""
        return self.cells["label"]


@CORPORA.register("table")
class Table(OwnCorpus):
    """Recordings of one's own: a table of paths and labels, as CSV, TSV, Parquet or JSON lines.

    The root is the table. Its paths are relative to the folder it lies in, or else to the working directory.
    """

    name = "table"
    info = CorpusInfo(
        title="Recordings of one's own, listed in a table",
        language=None,
        licence="yours",
        commercial_use=False,
        citation=None,
        home=None,
    )
    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "calls/a_01.wav": {
            "id": "mine/calls/a_01",
            "corpus": "mine",
            "speaker": "lena",
            "emotion": "happy",
            "original": "joy",
            "sex": "female",
            "age": 34,
            "ethnicity": "Sorbian",
            "heard_intensity": 0.75,
        },
        "calls/a_02.wav": {
            "id": "mine/calls/a_02",
            "corpus": "mine",
            "speaker": None,
            "emotion": "sad",
            "original": "sadness",
            "sex": None,
            "age": None,
            "ethnicity": None,
            "heard_intensity": None,
        },
    }
    example_tables: ClassVar[Mapping[str, str]] = {
        "calls.csv": "file,emotion,speaker,gender,age,ethnicity,heard_intensity\n"
        "calls/a_01.wav,joy,lena,F,34,Sorbian,0.75\n"
        "calls/a_02.wav,sadness,,,,,\n"
    }
    example_root = "calls.csv"

    def parse(self, path: Path) -> Clip | None:
        """Return the clip of a file that the table names, or None for any other."""
        return self._clips.get(os.path.abspath(path))

    @cached_property
    def _clips(self) -> dict[str, Clip]:
        return {os.path.abspath(clip.path): clip for clip in self.scan().clips}

    def files(self) -> Iterator[Path]:
        """Yield the recordings of the table, in order of their ids."""
        yield from (clip.path for clip in self.scan().clips)

    def scan(self) -> Scan:
        """Read the table.

        Raises
        ------
        CorpusError
            If it is no table, needed columns are missing, a label cannot be guessed, two rows differ about a
            recording, a corpus has the name of a published one, or most recordings are not there.
        """
        if not os.path.lexists(self.root):
            raise CorpusError(f"table: no file {self.root}")
        if self.root.is_dir():
            raise CorpusError(
                f"table: {self.root} is a folder; folder={self.root} reads one whose folders name emotions"
            )
        table = read_rows(self.root)
        chosen = choose_columns(self.root.name, table.columns, self.own.columns)
        if self.own.speaker is not None:
            chosen.pop("speaker", None)
        rows, skipped = self._complete(table.rows, chosen)
        self._check_corpora(rows, table.columns)
        finder, reader = Finder(self.root.parent), CellReader()
        entries = self._once(self._located(rows, finder, skipped), skipped)
        ids = self._ids(entries)
        copies = self._copies(entries, ids)
        clips = [
            self._clip(entry, name, copied, reader)
            for entry, name, copied in zip(entries, ids, copies, strict=True)
        ]
        notes = [
            *table.notes,
            *column_notes(table.columns, chosen),
            *self._corpus_notes(clips),
            *finder.notes(),
            *self._id_notes(entries),
            *_lone_notes(copies, ids),
            *self.label_notes(Counter(entry.label for entry in entries), {entry.label for entry in entries}),
            *self.speaker_notes(clips, [entry.written for entry in entries]),
            *reader.notes(),
        ]
        return Scan(tuple(sorted(clips, key=lambda clip: clip.id)), tuple(skipped), tuple(notes))

    def _complete(
        self, rows: Iterable[Row], chosen: Mapping[str, str]
    ) -> tuple[list[dict[str, str]], list[Skipped]]:
        """Return the cells, by what they say, of the rows with a path and a label that is known."""
        complete: list[dict[str, str]] = []
        skipped: list[Skipped] = []
        for row in rows:
            cells = {told: row.cells[column] for told, column in chosen.items() if column in row.cells}
            if "path" not in cells:
                skipped.append(Skipped(self.root, f"{row.place} names no recording", lost=True))
            elif "label" not in cells:
                skipped.append(Skipped(self._place(cells["path"]), f"{row.place} has no label", lost=True))
            else:
                complete.append(cells)
        if not complete:
            raise CorpusError(f"table: no row of {self.root} has both a path and a label")
        self._check_labels(complete, chosen["label"])
        return complete, skipped

    def _check_corpora(self, rows: Iterable[Mapping[str, str]], columns: Iterable[str]) -> None:
        """Refuse a name with a slash, and a published corpus's name where that is not its manifest's."""
        manifest = OF_A_MANIFEST.issubset(columns)
        for name in dict.fromkeys(cells["corpus"] for cells in rows if "corpus" in cells):
            if "/" in name:
                raise CorpusError(
                    f"table: corpus {name!r} in {self.root.name}: the name of a corpus has no '/'"
                )
            if name in CORPORA and not manifest:
                raise CorpusError(
                    f"table: corpus {name!r} in {self.root.name} is one that affectone knows, and the table "
                    f"is no manifest; give yours another name, or scan {name}=FOLDER"
                )

    def _place(self, written: str) -> Path:
        return self.root.parent / written

    def _check_labels(self, rows: Iterable[Mapping[str, str]], column: str) -> None:
        words = Counter(cells["label"] for cells in rows)
        for cells in rows:
            words.update((read_votes(cells.get("votes", "")) or {}).keys() - words.keys())
        if self.own.keep:
            kept = Counter({tidy(word): 0 for word in words})
            for word, count in words.items():
                kept[tidy(word)] += count
            refuse_odd_labels(kept, where=f"table: column {column!r} of {self.root.name}")
            return
        unknown = Counter({word: count for word, count in words.items() if self.label_of(word) is None})
        if not unknown:
            return
        hint = (
            ""
            if len(unknown) <= MOST_NAMED
            else "; or does --column label=NAME name the column of the labels?"
        )
        raise CorpusError(
            f"table: column {column!r} of {self.root.name} has labels that cannot be guessed: "
            f"{listed(unknown)}; say what each means: {map_option(unknown)}{hint}"
        )

    def _located(self, rows: list[dict[str, str]], finder: Finder, skipped: list[Skipped]) -> Iterator[Entry]:
        """Yield the rows whose recording is there; the others are skipped, if they are not the most."""
        found = [(cells, finder.find(cells["path"])) for cells in rows]
        gone = [cells["path"] for cells, path in found if path is None]
        if 2 * len(gone) > len(rows):
            raise CorpusError(
                f"table: {len(gone)} of {len(rows)} recordings in {self.root.name} "
                f"{'is' if len(gone) == 1 else 'are'} not there; "
                f"the first was looked for at {finder.tried(gone[0])}; write paths as they are seen from the "
                f"folder of the table, or move the table"
            )
        for cells, path in found:
            if path is None:
                skipped.append(Skipped(self._place(cells["path"]), "no such file", lost=True))
            else:
                yield Entry(path, self._written(cells["path"], path), cells)

    def _written(self, text: str, path: Path) -> str:
        """Return a path as ids and the speaker pattern see it: from the table's folder if it is below."""
        if not Path(text).is_absolute():
            return os.path.normpath(text.replace("\\", "/")).replace(os.sep, "/")
        folder = self.root.absolute().parent
        return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()

    def _once(self, entries: Iterable[Entry], skipped: list[Skipped]) -> list[Entry]:
        """Return one entry a recording."""
        kept: dict[str, Entry] = {}
        for entry in entries:
            first = kept.setdefault(os.path.abspath(entry.path), entry)
            if self.label_of(first.label) != self.label_of(entry.label):
                raise CorpusError(
                    f"table: {self.root.name} says both {first.label!r} and {entry.label!r} of "
                    f"{entry.written}; keep one row, and put what several listeners heard into a column "
                    f'votes, such as {{"happy": 3, "sad": 1}}'
                )
            if first is not entry:
                self._check_equal(first, entry)
                skipped.append(Skipped(entry.path, "the table names it more than once", lost=True))
        return list(kept.values())

    def _check_equal(self, first: Entry, again: Entry) -> None:
        for field in sorted((first.cells.keys() | again.cells.keys()) - FREE):
            one, other = (entry.cells.get(field) for entry in (first, again))
            if one != other and not (field == "speaker" and one and other and tidy(one) == tidy(other)):
                said = " and ".join("none" if told is None else quoted(told) for told in (one, other))
                raise CorpusError(
                    f"table: {self.root.name} says two things of {again.written}: {field} {said}; keep one "
                    f"row"
                )

    def _corpus(self, entry: Entry) -> str:
        return entry.cells.get("corpus", self.own.name)

    def _corpus_notes(self, clips: Iterable[Clip]) -> Iterator[str]:
        counts = Counter(clip.corpus for clip in clips)
        if set(counts) != {self.own.name}:
            yield f"the column of the corpora names {listed(counts)}"

    def _told_ids(self, entries: list[Entry]) -> list[str]:
        return [entry.cells.get("id", "").removeprefix(f"{self._corpus(entry)}/") for entry in entries]

    def _ids(self, entries: list[Entry]) -> list[str]:
        """Return ids from the column of that name if they tell all clips apart, else from the paths."""
        told = self._told_ids(entries)
        for names in (told, short_names([entry.written for entry in entries])):
            ids = [f"{self._corpus(entry)}/{name}" for entry, name in zip(entries, names, strict=True)]
            if all(names) and len(set(ids)) == len(ids):
                break
        return ids

    def _id_notes(self, entries: list[Entry]) -> Iterator[str]:
        """Yield why the column of the ids is not taken."""
        told = self._told_ids(entries)
        if not any(told):
            return
        firsts: dict[str, Entry] = {}
        for entry, name in zip(entries, told, strict=True):
            first = firsts.setdefault(f"{self._corpus(entry)}/{name}", entry)
            if not name or first is not entry:
                both = f"{quoted(name)} stands for both {first.written} and {entry.written}"
                yield f"ids are made of the paths: {both if name else f'{entry.written} has none'}"
                return

    def _copies(self, entries: list[Entry], ids: list[str]) -> list[str | None]:
        """Return, for each clip, of which clip it is a copy, or what its copies have in common, where told.

        A clip of which another is a copy names itself.
        """
        known, copies = set(ids), []
        for entry in entries:
            told = entry.cells.get("recording")
            whole = f"{self._corpus(entry)}/{told}"
            # What has a slash and is no clip here may be one of another corpus.
            copies.append(whole if told and (whole in known or "/" not in told) else told)
        named = set(copies)
        return [told or (name if name in named else None) for told, name in zip(copies, ids, strict=True)]

    def _clip(self, entry: Entry, name: str, copied: str | None, reader: CellReader) -> Clip:
        cells = entry.cells
        emotion = self.label_of(entry.label)
        assert emotion is not None  # noqa: S101 - unknown labels are refused before
        original = cells.get("original", entry.label)
        if self.own.keep and emotion not in COMMON:
            original = emotion  # A manifest says by this that the label is the user's own.
        speaker = tidy(cells.get("speaker", "")) or None
        return Clip(
            id=name,
            path=entry.path,
            corpus=self._corpus(entry),
            speaker=speaker if self.own.speaker is None else self.speaker_in(entry.written),
            emotion=emotion,
            original=original,
            sex=reader.sex(cells.get("sex")),
            age=reader.age(cells.get("age")),
            ethnicity=cells.get("ethnicity"),
            language=reader.language(cells.get("language")),
            text=cells.get("text"),
            sentence=cells.get("sentence"),
            take=cells.get("take"),
            intensity=cells.get("intensity"),
            votes=self._votes(cells, reader),
            heard_intensity=reader.heard_intensity(cells.get("heard_intensity")),
            recording=copied,
        )

    def _votes(self, cells: Mapping[str, str], reader: CellReader) -> Votes | None:
        votes = reader.votes(cells.get("votes"))
        if votes is None:
            return None
        shares: dict[str, float] = {}
        for word, share in votes.items():
            label = str(self.label_of(word))
            shares[label] = shares.get(label, 0.0) + share / sum(votes.values())
        counted = all(isinstance(count, int) for count in votes.values())
        raters = int(sum(votes.values())) if counted else reader.raters(cells.get("raters"))
        return Votes(shares, raters)


def _lone_notes(copies: Sequence[str | None], ids: Iterable[str]) -> Iterator[str]:
    """Yield the first recording that a clip is said to be a copy of and that nothing else is or has."""
    counts = Counter(told for told in copies if told)
    lone = [told for told in counts.keys() - set(ids) if counts[told] == 1]
    if lone:
        yield (
            f"{quoted(min(lone))} in the column of the recordings is the id of no clip, and no other row has "
            f"it"
        )
