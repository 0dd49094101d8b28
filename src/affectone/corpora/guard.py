"""The leak guard: which speakers and recordings stand in two parts of a split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.corpora.protocol import LEAKY, speaker_keys
from affectone.errors import LeakError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Guard", "Leak", "Split", "describe_leaks", "few", "refuse_leaks", "speaker_leaders"]

Rows = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int64]

SPEAKERS, EQUAL, ALTERED = "speakers", "equal audio", "altered copies of a recording"
SIDES = (("training", "test"), ("training", "validation"), ("validation", "test"))
SOUND = ("content_hash", "recording")
"""Columns of a manifest in which clips that sound alike have the same value."""
SHOWN = 3
"""A message names so many."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One fold as row numbers of a manifest."""

    train: Rows
    validation: Rows
    test: Rows

    @property
    def parts(self) -> dict[str, Rows]:
        """The parts by the names that messages and reports have for them."""
        return {"training": self.train, "validation": self.validation, "test": self.test}


@dataclass(frozen=True, slots=True)
class Leak:
    """What stands in two parts of one fold.

    Parameters
    ----------
    what : str
        Speakers, equal audio, or altered copies of a recording.
    sides : tuple of str
        The two parts.
    fold : int or None
        From 1 up; None for a split that is nobody's fold.
    names : tuple of str
        Who or what it is, sorted.
    clips : tuple of pairs of str
        For each name, the id of a clip in the one part and of one in the other.
    """

    what: str
    sides: tuple[str, str]
    fold: int | None
    names: tuple[str, ...]
    clips: tuple[tuple[str, str], ...]


class Guard:
    """Finds what leaks between the parts of splits of one manifest.

    Parameters
    ----------
    manifest : pandas.DataFrame
        Equal audio is looked for among clips with a ``content_hash``, altered copies among those with a
        ``recording``.
    """

    def __init__(self, manifest: pd.DataFrame) -> None:
        import pandas as pd

        nothing = pd.Series(np.nan, index=manifest.index, dtype=object)
        columns = [pd.Series(speaker_keys(manifest)), *(manifest.get(name, nothing) for name in SOUND)]
        self._speakers, self._audio, self._recordings = map(_Column, columns)
        self._names = speaker_keys(manifest).tolist()
        self._ids = manifest["id"].tolist() if "id" in manifest else self._names

    def leaks(self, split: Split, *, fold: int | None = None) -> list[Leak]:
        """Return what stands in two parts of a split; a part may be empty."""
        found = []
        for sides in SIDES:
            one, other = (split.parts[side] for side in sides)
            for what, pairs in (
                (SPEAKERS, _firsts(self._speakers.shared(one, other))),
                (EQUAL, _firsts(self._audio.shared(one, other))),
                (ALTERED, self._altered(one, other)),
            ):
                if pairs:
                    found.append(self._leak(what, sides, fold, pairs))
        return found

    def _altered(self, one: Rows, other: Rows) -> list[tuple[int, int]]:
        """Return a pair of rows of each recording in both parts that does not sound equal in them."""
        pairs = (self._differing(left, right) for left, right in self._recordings.shared(one, other))
        return [pair for pair in pairs if pair]

    def _differing(self, left: Rows, right: Rows) -> tuple[int, int] | None:
        """Return the first rows of both sides that are not known to sound equal."""
        audio = self._audio.codes
        sound = audio[left[0]]
        odd = right[(audio[right] != sound) | (sound < 0)]
        if odd.size:
            return int(left[0]), int(odd[0])
        # The other side sounds like this row: one that sounds otherwise differs from all of it.
        strange = left[audio[left] != sound]
        return (int(strange[0]), int(right[0])) if strange.size else None

    def _leak(
        self, what: str, sides: tuple[str, str], fold: int | None, pairs: list[tuple[int, int]]
    ) -> Leak:
        names = self._names if what == SPEAKERS else self._ids
        ordered = sorted(pairs, key=lambda pair: names[pair[0]])
        clips = tuple((self._ids[left], self._ids[right]) for left, right in ordered)
        return Leak(what, sides, fold, tuple(names[left] for left, _ in ordered), clips)


class _Column:
    """One column as numbers: equal values have equal ones, and what is missing has -1."""

    def __init__(self, column: pd.Series) -> None:
        import pandas as pd

        self.codes: Codes = pd.factorize(column)[0]
        self._totals = np.bincount(self.codes[self.codes >= 0])

    def shared(self, one: Rows, other: Rows) -> list[tuple[Rows, Rows]]:
        """Return, for each value in both parts, its rows in the one and in the other."""
        found, counts = np.unique(self.codes[min(one, other, key=len)], return_counts=True)
        known = found >= 0
        found, counts = found[known], counts[known]
        # What has all its rows in the smaller part has none in the larger: mostly, nothing is left here.
        astray = found[counts < self._totals[found]]
        if not astray.size:
            return []
        wanted = np.zeros(self._totals.size + 1, dtype=np.bool_)
        wanted[astray] = True
        lefts, rights = (self._groups(rows[wanted[self.codes[rows]]]) for rows in (one, other))
        return [(lefts[code], rights[code]) for code in astray.tolist() if code in lefts and code in rights]

    def _groups(self, rows: Rows) -> dict[int, Rows]:
        """Return the rows of each code, in their order."""
        ordered = rows[np.argsort(self.codes[rows], kind="stable")]
        found, starts = np.unique(self.codes[ordered], return_index=True)
        return dict(zip(found.tolist(), np.split(ordered, starts[1:]), strict=True)) if rows.size else {}


def _firsts(pairs: Iterable[tuple[Rows, Rows]]) -> list[tuple[int, int]]:
    return [(int(left[0]), int(right[0])) for left, right in pairs]


def describe_leaks(leaks: Iterable[Leak]) -> list[str]:
    """Return a sentence for each kind of leak and pair of parts, over all folds."""
    kinds: dict[tuple[str, tuple[str, str]], list[Leak]] = {}
    for leak in leaks:
        kinds.setdefault((leak.what, leak.sides), []).append(leak)
    return [_sentence(found) for found in kinds.values()]


def _sentence(leaks: Sequence[Leak]) -> str:
    one, other = leaks[0].sides
    where = f"{leaks[0].what} in both {one} and {other}{_of_folds(leaks)}"
    pairs = _pairs(leaks)
    if leaks[0].what == SPEAKERS:
        names = sorted({name for leak in leaks for name in leak.names})
        return f"{where}: {few(names)}; such as the clips {' and '.join(pairs[0])}"
    return f"{where}: {few([' and '.join(pair) for pair in pairs], '; ')}"


def _pairs(leaks: Iterable[Leak]) -> list[tuple[str, str]]:
    """Return the pairs of clips once, also those that another fold has the other way round."""
    found: dict[frozenset[str], tuple[str, str]] = {}
    for leak in leaks:
        for pair in leak.clips:
            found.setdefault(frozenset(pair), pair)
    return list(found.values())


def _of_folds(leaks: Sequence[Leak]) -> str:
    folds = [leak.fold for leak in leaks if leak.fold is not None]
    if not folds:
        return ""
    if len(folds) == 1:
        return f" of fold {folds[0]}"
    if len(folds) == 2:
        return f" of folds {folds[0]} and {folds[1]}"
    if folds == list(range(folds[0], folds[-1] + 1)):
        return f" of folds {folds[0]} to {folds[-1]}"
    return f" of folds {few([str(fold) for fold in folds])}"


def few(names: Sequence[str], mark: str = ", ") -> str:
    """Name the first few.

    Examples
    --------
    >>> few(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return mark.join(names[:SHOWN]) + more


def refuse_leaks(leaks: Sequence[Leak], name: str = "the split") -> None:
    """Raise `LeakError`, naming the clips and what to do, if there is a leak.

    Parameters
    ----------
    leaks : sequence of Leak
    name : str
        Of the protocol, as the message says it.
    """
    if not leaks:
        return
    copies = [pair[0] for pair in _pairs(leak for leak in leaks if leak.what != SPEAKERS)]
    advice = []
    if copies:
        advice.append(f"leave out one of each pair: {few(copies)}")
    if any(leak.what == SPEAKERS for leak in leaks):
        advice.append(f"a protocol that shares speakers on purpose has a name that ends in {LEAKY[0]}")
    raise LeakError(f"{name} leaks: {'; '.join(describe_leaks(leaks))}. What to do: {'; '.join(advice)}")


def speaker_leaders(manifest: pd.DataFrame) -> dict[str, str]:
    """Return, for each ``corpus/speaker``, the first by name of those they share recordings with.

    Speakers with the same leader belong on one side of every split. Nearly everybody is their own.
    """
    import pandas as pd

    speakers = speaker_keys(manifest)
    leader = {name: name for name in sorted(set(speakers.tolist()))}

    def root(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for column in SOUND:
        if column in manifest:
            table = pd.DataFrame({"speaker": speakers, "sound": manifest[column].to_numpy()})
            table = table.dropna().drop_duplicates()
            for _, together in table[table["sound"].duplicated(keep=False)].groupby("sound"):
                first, *others = sorted(root(name) for name in together["speaker"])
                leader.update(dict.fromkeys(others, first))
    return {name: root(name) for name in leader}
