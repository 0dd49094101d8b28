"""What was heard: silence, pauses, clipping, odd channels and rates, a container unlike the name, damage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from affectone.audio.containers import CONTAINERS, named_wrongly
from affectone.audio.levels import SILENT_PEAK
from affectone.audio.quality import CLIPPED_SHARE
from affectone.corpora.checks.finding import Finding, Kind, Severity
from affectone.corpora.checks.part import Part
from affectone.corpora.checks.words import alike, number, of_all, share
from affectone.corpora.facts import Facts

__all__ = ["is_silent", "sound_findings"]

FAINT_PEAK = 0.01
"""Of full scale, -40 dB: soft speech in 16 bits still has 300 steps there."""
LONG_SILENCE = 0.5
"""Share of a recording; speech that is not cut close has up to a third."""
TOLD_ELSEWHERE = ("silent", "named ")
"""How those warnings of the decoder begin that have a finding of their own here."""


def is_silent(facts: Facts) -> bool:
    """Return whether nothing is to be heard."""
    return facts.peak < SILENT_PEAK


def sound_findings(part: Part) -> Iterator[Finding]:
    """Look at level, pauses, channels, rate, container and damage of the recordings of a corpus."""
    yield from _levels(part)
    yield from _pauses(part)
    yield from _channels(part)
    yield from _rates(part)
    yield from _containers(part)
    yield from _damage(part)


def _levels(part: Part) -> Iterator[Finding]:
    heard = part.heard
    silent = [row for row, facts in heard if is_silent(facts)]
    faint = [(row, facts.peak) for row, facts in heard if SILENT_PEAK <= facts.peak < FAINT_PEAK]
    clipped = [(row, facts.clipped_share) for row, facts in heard if facts.clipped_share > CLIPPED_SHARE]
    if silent:
        words = f"{of_all(len(silent), len(heard), 'recording')} silent: no sample reaches {SILENT_PEAK:g}"
        yield part.finding(Kind.SILENT, Severity.WARNING, words, silent)
    if faint:
        lowest = min(peak for _, peak in faint)
        words = (
            f"{of_all(len(faint), len(heard), 'recording')} nearly silent: the lowest peak is {lowest:.2g}"
        )
        yield part.finding(Kind.FAINT, Severity.NOTE, words, [row for row, _ in faint])
    if clipped:
        worst = max(clipped_share for _, clipped_share in clipped)
        words = (
            f"{of_all(len(clipped), len(heard), 'recording')} clipped: at most {share(worst)} of the samples"
        )
        rows = [row for row, _ in clipped]
        yield part.finding(Kind.CLIPPED, Severity.WARNING, f"{words} stand at full scale", rows)


def _pauses(part: Part) -> Iterator[Finding]:
    # What is faint lies below the level at which speech is told from silence.
    heard = [(row, facts.silence_share) for row, facts in part.heard if facts.peak >= FAINT_PEAK]
    empty = [(row, silence) for row, silence in heard if silence >= LONG_SILENCE]
    if empty:
        words = f"{of_all(len(empty), len(heard), 'recording')} without sound for half of the time or more"
        words += f": at most {share(max(silence for _, silence in empty))} of it"
        yield part.finding(Kind.PAUSES, Severity.NOTE, words, [row for row, _ in empty])


def _channels(part: Part) -> Iterator[Finding]:
    heard = part.heard
    several = [(row, facts) for row, facts in heard if facts.channels > 1]
    if not several:
        return
    same = sum(facts.identical_channels for _, facts in several)
    most = max(facts.channels for _, facts in several)
    words = f"{of_all(len(several), len(heard), 'recording')} of {number(most, 'channel')}"
    words += {0: ", all different", len(several): ", all identical"}.get(
        same, f", identical in {same} of them"
    )
    severity = Severity.NOTE if same == len(several) else Severity.WARNING
    yield part.finding(Kind.CHANNELS, severity, words, [row for row, _ in several])


def _rates(part: Part) -> Iterator[Finding]:
    heard = part.heard
    rates = Counter(facts.rate for _, facts in heard).most_common()
    if not rates:
        return
    usual, odd = rates[0][0], rates[1:]
    if odd:
        told = ", ".join(f"{count} at {rate} Hz" for rate, count in odd)
        rows = [row for row, facts in heard if facts.rate != usual]
        words = f"{of_all(len(rows), len(heard), 'recording')} of another rate than {usual} Hz: {told}"
        yield part.finding(Kind.RATE, Severity.WARNING, words, rows)
    published = part.loader.info.rate if part.loader else None
    if published is not None and usual != published:
        words = f"a resampled copy: {usual} Hz instead of the published {published} Hz"
        yield part.finding(Kind.RESAMPLED, Severity.NOTE, words)


def _containers(part: Part) -> Iterator[Finding]:
    told = []
    for row, facts in part.heard:
        # Facts are kept by content, so that only the row knows what the file is called.
        container = CONTAINERS.get(facts.format.partition("/")[0])
        wrong = container and named_wrongly(Path(row.path).suffix.lower(), container)
        if wrong:
            told.append((row, wrong))
    for group in alike(told).values():
        words = f"{of_all(len(group), len(part.heard), 'recording')}: {group[0][1]}"
        yield part.finding(Kind.CONTAINER, Severity.WARNING, words, [row for row, _ in group])


def _damage(part: Part) -> Iterator[Finding]:
    warned = [
        (row, warning)
        for row, facts in part.heard
        for warning in facts.warnings
        if not warning.startswith(TOLD_ELSEWHERE)
    ]
    for group in alike(warned).values():
        words = f"{of_all(len(group), len(part.heard), 'recording')}: {group[0][1]}"
        words += " (the others likewise)" if len(group) > 1 else ""
        yield part.finding(Kind.DAMAGED, Severity.WARNING, words, [row for row, _ in group])
