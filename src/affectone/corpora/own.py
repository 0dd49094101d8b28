"""Recordings of one's own: what is said about them, what is guessed, and the loader that reads any root."""

from __future__ import annotations

import difflib
import re
import shlex
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from affectone.corpora.clip import Clip
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.corpora.words import guess_label, nearest_label
from affectone.errors import ConfigError, CorpusError, unknown_name
from affectone.labels import COMMON

__all__ = [
    "TABLE_FIELDS",
    "OwnCorpus",
    "OwnLabels",
    "listed",
    "map_option",
    "number",
    "open_corpus",
    "parse_own",
    "quoted",
    "tidy",
]

TABLE_FIELDS: Mapping[str, str] = {
    "path": "file filename filepath wav wavfile wavpath audio audiofile audiopath",
    "label": "emotion emo emotionlabel class target category",
    "speaker": "speakerid spk spkid actor actorid subject subjectid",
    "sex": "gender",
    "age": "",
    "ethnicity": "race",
    "language": "lang",
    "text": "transcript transcription utterance",
    "sentence": "sentenceid prompt",
    "take": "repetition",
    "intensity": "",
    "id": "",
    "votes": "",
    "raters": "",
    "heard_intensity": "",
    "original": "",
    "corpus": "",
    "recording": "",
}
"""What a table may say of a clip -> the other names that a column of it may have."""

MOST_NAMED = 10
"""How many names a message lists."""
LONGEST_SHOWN = 60
"""Characters of a name in a message."""
LONGEST_PATTERN = 500


@dataclass(frozen=True, slots=True)
class OwnLabels:
    """What a user says about recordings of their own.

    Parameters
    ----------
    name : str
        Name of the corpus in the manifest, of letters, digits, ``_``, ``-`` and ``.``; not a published one's.
    label_map : mapping of str to str
        The user's label -> common label. Labels that are not in it are guessed.
    columns : mapping of str to str
        What a column says, a key of `TABLE_FIELDS` -> its name in the user's table, where they differ.
    speaker : str or None
        A regular expression that finds the speaker in a path below the root: its group ``speaker``, else its
        first group, else the whole match.
    keep : bool
        Whether labels stay what the user calls them, instead of being mapped to common ones.

    Raises
    ------
    ConfigError
        If the name is odd or taken, a label or a column is none that is known, the map has a word twice, or
        the pattern is no regular expression, or a very long one; if labels are to be both kept and mapped.
    """

    name: str = "mine"
    label_map: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    speaker: str | None = None
    keep: bool = False

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.keep and self.label_map:
            raise ConfigError(
                "--own-labels keeps labels as they are, and --map changes them; give one of the two"
            )
        for word, label in self.label_map.items():
            _check_label(word, label)
        _check_case(self.label_map)
        for told, column in self.columns.items():
            if told not in TABLE_FIELDS:
                raise ConfigError(f"column {told}={column}: {unknown_name('column', told, TABLE_FIELDS)}")
        _check_speaker(self.speaker, self.columns)


def _check_name(name: str) -> None:
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise ConfigError(f"name {name!r}: letters, digits, '_', '-' and '.' make a name")
    if name in CORPORA:
        raise ConfigError(
            f"name {name!r} is that of a corpus affectone knows; choose another, such as 'mine'"
        )


def _check_label(word: str, label: str) -> None:
    if label in COMMON:
        return
    near = guess_label(label) or nearest_label(label)
    hint = f"; did you mean {near!r}?" if near else ";"
    raise ConfigError(f"map {word}={label}: unknown label {label!r}{hint} known: {', '.join(COMMON)}")


def _check_case(label_map: Mapping[str, str]) -> None:
    seen: dict[str, str] = {}
    for word, label in label_map.items():
        first = seen.setdefault(_folded(word), word)
        if label_map[first] != label:
            raise ConfigError(
                f"map {first}={label_map[first]} and {word}={label}: the words differ in case alone, which "
                f"does not count; give one of them"
            )


def _folded(word: str) -> str:
    return tidy(word).casefold()


def _check_speaker(speaker: str | None, columns: Mapping[str, str]) -> None:
    if speaker is None:
        return
    if "speaker" in columns:
        raise ConfigError("a column for the speaker and a pattern for the speaker: give one of the two")
    if not 0 < len(speaker) <= LONGEST_PATTERN:
        raise ConfigError(
            f"speaker {quoted(speaker)}: a pattern has 1 to {LONGEST_PATTERN} characters; this one has "
            f"{len(speaker)}"
        )
    try:
        re.compile(speaker)
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigError(f"speaker {quoted(speaker)} is no regular expression: {error}") from None


class OwnCorpus(Corpus):
    """Recordings of one's own. A subclass says where their labels are written.

    Parameters
    ----------
    root : Path
    own : OwnLabels or None
        None guesses everything.
    """

    labels: ClassVar[Mapping[str, str]] = {label: label for label in COMMON}

    def __init__(self, root: Path, own: OwnLabels | None = None) -> None:
        super().__init__(root)
        self.own = own or OwnLabels()
        self._told = {_folded(word): str(label) for word, label in self.own.label_map.items()}
        self._speaker = re.compile(self.own.speaker) if self.own.speaker is not None else None

    def told(self, word: str) -> str | None:
        """Return the label that the user's map has for a word, in any case."""
        return self._told.get(_folded(word))

    def label_of(self, word: str) -> str | None:
        """Return the label of a word: itself if labels are kept, else the user's, else a guess, or None."""
        if self.own.keep:
            return tidy(word) or None
        return self.told(word) or guess_label(word)

    def speaker_in(self, path: str) -> str | None:
        """Return the speaker that the user's pattern finds in a path, or None."""
        match = self._speaker.search(path) if self._speaker else None
        if match is None:
            return None
        group = "speaker" if "speaker" in match.re.groupindex else min(1, match.re.groups)
        return tidy(match[group] or "") or None

    def label_notes(self, words: Mapping[str, int], present: Iterable[str]) -> Iterator[str]:
        """Yield a sentence for each label that was taken, and for each of the map that occurs nowhere.

        Parameters
        ----------
        words : mapping of str to int
            The user's label -> files.
        present : iterable of str
            All words that could have been labels.
        """
        for word, files in sorted(words.items()):
            if self.own.keep:
                yield f"kept {word!r} as it is ({number(files, 'file')})"
                continue
            source = ", as told" if self.told(word) else ""
            yield f"taken {word!r} for {self.label_of(word)} ({number(files, 'file')}{source})"
        present = list(present)
        folded = {_folded(word) for word in present}
        for word in self.own.label_map:
            if _folded(word) not in folded:
                near = difflib.get_close_matches(word, present, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                yield f"{word!r} of the label map occurs nowhere{hint}"

    def speaker_notes(self, clips: Sequence[Clip], paths: Sequence[str]) -> Iterator[str]:
        """Yield what is to be said about who speaks.

        Parameters
        ----------
        clips : sequence of Clip
        paths : sequence of str
            That of each clip, as the pattern sees it.

        Raises
        ------
        CorpusError
            If there is a pattern, and it finds nobody.
        """
        unknown = [path for clip, path in zip(clips, paths, strict=True) if clip.speaker is None]
        if self._speaker is not None and len(unknown) == len(clips):
            raise CorpusError(
                f"{self.name}: the speaker pattern {quoted(self.own.speaker or '')} finds nobody in any of "
                f"{number(len(clips), 'path')}, such as {unknown[0]!r}"
            )
        if self._speaker is not None:
            people = Counter(clip.speaker for clip in clips if clip.speaker is not None)
            yield f"the speaker pattern finds {number(len(people), 'speaker')}: {listed(people)}"
        if unknown:
            which = "any clip" if len(unknown) == len(clips) else f"{len(unknown)} of {len(clips)} clips"
            remedy = (
                "the pattern finds nobody in"
                if self._speaker
                else "--speaker REGEX finds one in a path such as"
            )
            yield (
                f"no speaker is known of {which}, and protocols that keep speakers apart need one; "
                f"{remedy} {unknown[0]!r}"
            )


def open_corpus(name: str, root: Path, own: OwnLabels) -> Corpus:
    """Return the loader of a registered corpus.

    Parameters
    ----------
    name : str
        Registered name.
    root : Path
        A folder; for ``table`` a file.
    own : OwnLabels
        For ``folder`` and ``table`` alone.

    Raises
    ------
    CorpusError
        If there is no such corpus.
    ConfigError
        If `own` says something about a published corpus, which says all of it itself.
    """
    loader = CORPORA.get(name)
    if issubclass(loader, OwnCorpus):
        return loader(root, own)
    if own != OwnLabels():
        raise ConfigError(
            f"name, map, column, speaker and own-labels are for folder=... and table=... alone: {name} is a "
            f"published corpus, whose labels and speakers are known"
        )
    return loader(root)


def parse_own(
    maps: Sequence[str] = (),
    columns: Sequence[str] = (),
    speaker: str | None = None,
    name: str | None = None,
    *,
    keep: bool = False,
) -> OwnLabels:
    """Read what a command line says about recordings of one's own.

    Parameters
    ----------
    maps, columns : sequence of str
        Each one or more of ``yours=LABEL``, or ``COLUMN=yours``, with commas between.
    speaker, name : str or None
        As `OwnLabels` takes them; None is its default.
    keep : bool
        Whether labels stay as they are.

    Raises
    ------
    ConfigError
        If a form is wrong, or says two things at once, or `OwnLabels` refuses what it says.

    Examples
    --------
    >>> parse_own(maps=["joy=happy,meh=other"]).label_map
    {'joy': 'happy', 'meh': 'other'}
    """
    return OwnLabels(
        name=OwnLabels().name if name is None else name,
        label_map=_pairs(maps, "map", "YOURS=LABEL, as in --map joy=happy"),
        columns=_pairs(columns, "column", "COLUMN=YOURS, as in --column label=emo"),
        speaker=speaker,
        keep=keep,
    )


def _pairs(texts: Sequence[str], option: str, form: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in (part for whole in texts for part in whole.split(",")):
        key, _, value = (part.strip() for part in text.rpartition("="))
        if not key or not value:
            raise ConfigError(f"--{option} {text.strip()!r}: write {form}")
        if pairs.setdefault(key, value) != value:
            raise ConfigError(f"--{option} says two things of {key!r}: {pairs[key]} and {value}")
    return pairs


def map_option(counts: Mapping[str, int]) -> str:
    """Return an option that maps words to common labels, to be copied from a message.

    Examples
    --------
    >>> map_option({"meh": 3, "angrry": 1}), map_option({"so so": 2})
    ('--map meh=other,angrry=angry', "--map 'so so=other'")

    Numbers are labels of which nobody else knows anything:

    >>> map_option({"0": 3, "1": 3, "2": 2})
    '--map 0=neutral'
    """
    words = _commonest(counts)
    pairs = [f"{word}={nearest_label(word) or 'other'}" for word in words if not word.isdecimal()]
    pairs = pairs or [f"{words[0]}=neutral"]
    return f"--map {shlex.quote(','.join(pairs[:MOST_NAMED]))}"


def number(count: int, word: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> number(1, "clip"), number(1440, "clip")
    ('1 clip', '1440 clips')
    """
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def listed(counts: Mapping[str, int]) -> str:
    """Return words with their counts, the commonest first, and no more than a message can hold.

    Examples
    --------
    >>> listed({"meh": 1, "joy": 12})
    "'joy' (12), 'meh' (1)"
    """
    ordered = _commonest(counts)
    words = ", ".join(f"{quoted(word)} ({counts[word]})" for word in ordered[:MOST_NAMED])
    return f"{words} and {len(ordered) - MOST_NAMED} more" if len(ordered) > MOST_NAMED else words


def quoted(word: str) -> str:
    """Return a word in quotation marks, and of a long one its beginning."""
    return repr(word if len(word) <= LONGEST_SHOWN else f"{word[: LONGEST_SHOWN - 3]}...")


def tidy(name: str) -> str:
    """Return a name without spaces around it, its accents composed (Unicode NFC)."""
    return unicodedata.normalize("NFC", name.strip())


def _commonest(counts: Mapping[str, int]) -> list[str]:
    return sorted(counts, key=lambda word: (-counts[word], word))
