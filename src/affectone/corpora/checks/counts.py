"""How many: clips, speakers and classes against the published ones, and how evenly they are spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from affectone.corpora.cells import spellings
from affectone.corpora.checks.finding import Finding, Kind, Severity
from affectone.corpora.checks.part import Part
from affectone.corpora.checks.words import listed, number, of_all, share
from affectone.corpora.clip import Published

__all__ = ["count_findings"]

UNEVEN = 1.5
"""Ratio of the largest class to the smallest from which on it is told."""
LOPSIDED = 10.0
"""Ratio from which on a model may ignore the smallest class."""
RARE_SEX = 0.25


def count_findings(part: Part) -> Iterator[Finding]:
    """Compare a corpus with its best fitting release, and look at its balance."""
    yield from _spelt_twice(part)
    yield from _published(part)
    yield from _classes(part)
    yield from _speakers(part)
    yield from _sexes(part)


def _spelt_twice(part: Part) -> Iterator[Finding]:
    """Tell the speakers whose names differ in case, space or zeros alone: a split would take one for two."""
    pairs = spellings(f"{part.name}/{speaker}" for speaker in part.people)
    if pairs:
        told = [" and ".join(repr(name.partition("/")[2]) for name in pair) for pair in pairs]
        words = f"{number(len(pairs), 'speaker')} spelt in two ways: {listed(told)}: write each in one way"
        odd = {other.partition("/")[2] for _, other in pairs}
        rows = [row for row in part.rows if row.speaker in odd]
        yield part.finding(Kind.SPELT_TWICE, Severity.ERROR, words, rows)


def _published(part: Part) -> Iterator[Finding]:
    if part.loader is None:
        return
    classes = _original_counts(part)
    release = min(
        reversed(part.loader.info.releases), key=lambda one: _distance(len(part.rows), classes, one)
    )
    differing = {
        label: count for label, count in release.classes.items() if classes.get(label, 0) != count and classes
    }
    speakers = len(part.people)
    clips_differ, speakers_differ = len(part.rows) != release.clips, speakers != release.speakers
    if not (clips_differ or differing or speakers_differ):
        return
    words = [f"{_against(len(part.rows), release.clips)} clips of release {release.version}"]
    words += [f"{_against(speakers, release.speakers)} speakers"] if speakers_differ else []
    names = _class_names(part.loader.labels)
    words += _class_words(
        {names[label]: (classes.get(label, 0), count) for label, count in differing.items()}
    )
    yield part.finding(Kind.COUNTS, Severity.WARNING, "; ".join(words))


def _original_counts(part: Part) -> Counter[str]:
    """Count the clips of each label as the corpus writes it; nothing where the manifest lacks such labels."""
    originals = [row.original for row in part.rows if row.original is not None]
    return Counter(originals if len(originals) == len(part.rows) else ())


def _distance(clips: int, classes: Mapping[str, int], release: Published) -> int:
    off = abs(clips - release.clips)
    if not release.classes or not classes:
        return 2 * off
    labels = {*classes, *release.classes}
    return off + sum(abs(classes.get(label, 0) - release.classes.get(label, 0)) for label in labels)


def _against(have: int, published: int) -> str:
    return f"{have} of {published}" if have <= published else f"{have} instead of {published}"


def _class_names(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the corpus's label -> the common label, with the corpus's own where two share the common one."""
    common = Counter(labels.values())
    return {own: word if common[word] == 1 else f"{word} ({own})" for own, word in labels.items()}


def _class_words(differing: Mapping[str, tuple[int, int]]) -> list[str]:
    some = [f"{name} {_against(have, count)}" for name, (have, count) in differing.items() if have]
    none = [name for name, (have, _) in differing.items() if not have]
    return [words for words in (", ".join(some), f"{', '.join(none)} absent" if none else "") if words]


def _classes(part: Part) -> Iterator[Finding]:
    counts = Counter(row.emotion for row in part.rows).most_common()
    (largest, most), (smallest, least) = counts[0], counts[-1]
    if len(counts) == 1:
        words = f"{of_all(most, most, 'clip')} have one label, {largest}: there is nothing to tell apart"
        yield part.finding(Kind.CLASSES, Severity.WARNING, words)
    elif most / least >= UNEVEN:
        severity = Severity.WARNING if most / least >= LOPSIDED else Severity.NOTE
        words = f"{number(most, 'clip')} are {largest}, {least} {smallest}: {most / least:.1f} to 1"
        yield part.finding(Kind.CLASSES, severity, words)


def _speakers(part: Part) -> Iterator[Finding]:
    nameless = [row for row in part.rows if row.speaker is None]
    if nameless:
        words = f"{of_all(len(nameless), len(part.rows), 'clip')} without a speaker: no split can keep their "
        yield part.finding(Kind.NO_SPEAKER, Severity.WARNING, f"{words}speakers apart", nameless)
    people = {speaker: len(rows) for speaker, rows in part.people.items()}
    named = sum(people.values())
    if len(people) == 1 and not nameless:
        words = f"one speaker, {next(iter(people))}: nobody is left to test on"
        yield part.finding(Kind.SPEAKERS, Severity.WARNING, words)
    elif people and max(people.values()) > 2 * named / len(people):
        largest = max(people, key=people.__getitem__)
        words = (
            f"speaker {largest} has {share(people[largest] / named)} of the clips of {len(people)} speakers"
        )
        yield part.finding(Kind.SPEAKERS, Severity.NOTE, words)
    yield from _lacking(part)


def _lacking(part: Part) -> Iterator[Finding]:
    """Tell the speakers who lack a class that others have."""
    labels = dict.fromkeys(row.emotion for row in part.rows)
    lacks = {
        speaker: [label for label in labels if label not in {row.emotion for row in rows}]
        for speaker, rows in part.people.items()
    }
    told = [f"{speaker} lacks {', '.join(absent)}" for speaker, absent in lacks.items() if absent]
    if told:
        verb = "lacks" if len(told) == 1 else "lack"
        who = of_all(len(told), len(lacks), "speaker")
        words = f"{who} {verb} classes that others have: {listed(told)}"
        yield part.finding(Kind.LACKING, Severity.NOTE, words)


def _sexes(part: Part) -> Iterator[Finding]:
    sexes = Counter(rows[0].sex for rows in part.people.values() if rows[0].sex is not None)
    known = sum(sexes.values())
    if known < 2:
        return
    rarer = min(("female", "male"), key=lambda sex: sexes[sex])
    if sexes[rarer] < RARE_SEX * known:
        words = f"{sexes[rarer] or 'none'} of {known} speakers {'is' if sexes[rarer] < 2 else 'are'} {rarer}"
        yield part.finding(Kind.SEXES, Severity.NOTE, words)
