"""The rules of the checks over made-up rows: counts, balance, and any mix of defects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.corpora import CORPORA
from affectone.corpora.checks import Finding, Kind, Severity
from affectone.corpora.checks.counts import count_findings
from affectone.corpora.checks.equal import equal_findings
from affectone.corpora.checks.files import file_findings
from affectone.corpora.checks.part import Part, Row
from affectone.corpora.checks.sound import sound_findings
from affectone.corpora.facts import Facts, Unreadable

RATE = 16000


def named(findings: Iterable[Finding], kind: Kind) -> Finding:
    """Return the one finding of that kind."""
    (found,) = (finding for finding in findings if finding.kind is kind)
    return found


def heard(number: int, **changes: Any) -> Facts:
    """Return what is heard in a clean clip."""
    facts = {
        **{"file_hash": f"f{number}", "content_hash": f"c{number}", "duration": 2.0, "rate": RATE},
        **{"channels": 1, "identical_channels": False, "format": "wav", "peak": 0.5, "clipped_share": 0.0},
        **{"silence_share": 0.2, "warnings": (), "signature": b""},
    }
    return Facts(**(facts | changes))


def row(number: int, **changes: Any) -> Row:
    values = {
        **{"id": f"mine/{number}", "path": f"{number}.wav", "corpus": "mine", "emotion": "happy"},
        **{"original": None, "speaker": "ada", "sex": None, "recording": None, "sound": heard(number)},
    }
    return Row(**(values | changes))


def rows_of(corpus: str, classes: dict[str, int], speakers: int) -> Part:
    """Return so many clips of each class as a corpus writes it, dealt to speakers in turn."""
    labels = CORPORA.get(corpus).labels
    originals = [original for original, count in classes.items() for _ in range(count)]
    rows = (
        row(at, corpus=corpus, original=original, emotion=str(labels[original]), speaker=str(at % speakers))
        for at, original in enumerate(originals)
    )
    return Part(corpus, tuple(rows))


@pytest.mark.parametrize(
    ("corpus", "version"), [(e.name, r.version) for e in CORPORA for r in e.value.info.releases if r.classes]
)
def test_a_corpus_as_published_has_no_finding_about_counts(corpus: str, version: str) -> None:
    (release,) = (one for one in CORPORA.get(corpus).info.releases if one.version == version)
    part = rows_of(corpus, dict(release.classes), release.speakers)
    assert [finding for finding in count_findings(part) if finding.kind is Kind.COUNTS] == []


def test_counts_name_what_is_there_and_what_is_absent() -> None:
    part = rows_of("savee", {"a": 44, "h": 46, "n": 90, "sa": 46}, 4)
    assert named(count_findings(part), Kind.COUNTS).message == (
        "226 of 480 clips of release 1.0; "
        "neutral 90 of 120, angry 44 of 60, happy 46 of 60, sad 46 of 60; disgust, fearful, surprised absent"
    )


def test_counts_name_too_many_clips_and_too_few_speakers() -> None:
    part = rows_of("savee", {"n": 125, **dict.fromkeys(("a", "d", "f", "h", "sa", "su"), 60)}, 3)
    assert named(count_findings(part), Kind.COUNTS).message == (
        "485 instead of 480 clips of release 1.0; 3 of 4 speakers; neutral 125 instead of 120"
    )


@pytest.mark.parametrize("release", CORPORA.get("emodb").info.releases, ids=lambda one: str(one.clips))
def test_the_release_that_fits_best_is_named(release: Any) -> None:
    less = {label: count - 1 for label, count in release.classes.items()}
    message = named(count_findings(rows_of("emodb", less, 10)), Kind.COUNTS).message
    assert message.startswith(f"{release.clips - 7} of {release.clips} clips of release {release.version}; ")


def test_recordings_of_ones_own_have_no_published_counts() -> None:
    part = Part("mine", (row(1), row(2)))
    assert [finding for finding in count_findings(part) if finding.kind is Kind.COUNTS] == []


def mine(classes: dict[str, int], speakers: int = 1, **changes: Any) -> Part:
    labels = [label for label, count in classes.items() for _ in range(count)]
    return Part(
        "mine",
        tuple(
            row(at, emotion=label, speaker=str(at % speakers), **changes) for at, label in enumerate(labels)
        ),
    )


@pytest.mark.parametrize(
    ("part", "kind", "severity", "words"),
    [
        (
            mine({"angry": 30, "sad": 20}, 2),
            *(Kind.CLASSES, Severity.NOTE, "30 clips are angry, 20 sad: 1.5 to 1"),
        ),
        (
            mine({"angry": 200, "sad": 20}, 2),
            *(Kind.CLASSES, Severity.WARNING, "200 clips are angry, 20 sad: 10.0 to 1"),
        ),
        (
            mine({"angry": 30}, 2),
            Kind.CLASSES,
            Severity.WARNING,
            "all 30 clips have one label, angry: there is nothing to tell apart",
        ),
        (
            mine({"angry": 5, "sad": 5}),
            *(Kind.SPEAKERS, Severity.WARNING, "one speaker, 0: nobody is left to test on"),
        ),
        (
            mine({"angry": 2, "sad": 2}, 4),
            Kind.LACKING,
            Severity.NOTE,
            "all 4 speakers lack classes that others have: "
            "0 lacks sad, 1 lacks sad, 2 lacks angry and 1 more",
        ),
        (
            mine({"angry": 4, "sad": 4}, 4, sex="male"),
            *(Kind.SEXES, Severity.NOTE, "none of 4 speakers is female"),
        ),
    ],
)
def test_balance(part: Part, kind: Kind, severity: Severity, words: str) -> None:
    (finding,) = count_findings(part)
    assert (finding.kind, finding.severity, finding.message) == (kind, severity, words)


def test_a_speaker_with_most_of_the_clips_is_told() -> None:
    rows = (
        row(at, emotion=("angry", "sad")[at % 2], speaker="big" if at < 16 else f"s{at // 2}")
        for at in range(20)
    )
    (finding,) = count_findings(Part("mine", tuple(rows)))
    assert finding.kind is Kind.SPEAKERS
    assert finding.message == "speaker big has 80 % of the clips of 3 speakers"


SOUNDS: dict[Kind, Callable[[Row, Row], tuple[Row, Row]]] = {
    Kind.MISSING: lambda one, other: (replace(one, sound=None), other),
    Kind.UNREADABLE: lambda one, other: (replace(one, sound=Unreadable(Path(one.path), "is empty")), other),
    Kind.SILENT: lambda one, other: (changed(one, peak=0.0), other),
    Kind.FAINT: lambda one, other: (changed(one, peak=0.005), other),
    Kind.PAUSES: lambda one, other: (changed(one, silence_share=0.6), other),
    Kind.CLIPPED: lambda one, other: (changed(one, clipped_share=0.01), other),
    Kind.CHANNELS: lambda one, other: (changed(one, channels=2), other),
    Kind.RATE: lambda one, other: (changed(one, rate=8000), other),
    Kind.CONTAINER: lambda one, other: (changed(one, format="aiff"), other),
    Kind.DAMAGED: lambda one, other: (changed(one, warnings=("cut short: promised 2 s",)), other),
    Kind.EQUAL: lambda one, other: (one, changed(other, content_hash=one.sound.content_hash)),
}


def changed(one: Row, **changes: Any) -> Row:
    return replace(one, sound=replace(one.sound, **changes))


@given(
    speakers=st.integers(2, 6),
    takes=st.integers(3, 6),
    kinds=st.lists(st.sampled_from(list(SOUNDS)), unique=True),
)
def test_any_mix_of_defects_gives_one_finding_each(speakers: int, takes: int, kinds: list[Kind]) -> None:
    labels = ("happy", "sad", "angry", "neutral")
    people = [(f"s{at}", label) for at in range(speakers) for label in labels for _ in range(takes)]
    rows = [row(at, speaker=who, emotion=label) for at, (who, label) in enumerate(people)]
    expected = {}
    # The two first takes of a speaker's label are spoilt; those two differ in nothing but their sound.
    for at, kind in zip(range(0, len(rows), takes), kinds[: len(rows) // takes], strict=False):
        rows[at], rows[at + 1] = SOUNDS[kind](rows[at], rows[at + 1])
        both = kind is Kind.EQUAL
        expected[kind] = tuple(one.id for one in (rows[at : at + 2] if both else rows[at : at + 1]))
    part = Part("mine", tuple(rows))
    checks = (file_findings, count_findings, sound_findings)
    findings = [finding for look in checks for finding in look(part)] + list(equal_findings([part]))
    assert {finding.kind: finding.ids for finding in findings} == expected
