"""`check_manifest`: what is wrong with the corpora of a manifest, in plain sentences."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from affectone.corpora.checks.counts import count_findings
from affectone.corpora.checks.equal import equal_findings
from affectone.corpora.checks.extras import Hear, extra_findings
from affectone.corpora.checks.files import file_findings
from affectone.corpora.checks.finding import Finding, Kind, Severity
from affectone.corpora.checks.part import Part, files_of, parts_of
from affectone.corpora.checks.sound import sound_findings
from affectone.corpora.facts import listen

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Finding", "Kind", "Severity", "check_manifest"]


def check_manifest(
    manifest: pd.DataFrame,
    *,
    cache: Path | None = None,
    jobs: int | None = None,
    tell: Callable[[str], None] = warnings.warn,
) -> list[Finding]:
    """Look for what is wrong with every corpus of a manifest.

    Every recording is listened to, once: what was heard is kept by the content of the files, so that a corpus
    which was scanned costs little.

    Parameters
    ----------
    manifest : pandas.DataFrame
    cache : Path, optional
        Folder for what was heard; by default that of `scan_corpora`.
    jobs : int, optional
        Processes that listen; by default one for each core. They are spawned, so a script that calls this
        keeps its own work under ``if __name__ == "__main__":``.
    tell : callable
        Takes a sentence about the cache; by default it becomes a Python warning.

    Returns
    -------
    list of Finding
        The worst first; those of one severity in the order of the corpora and of `Kind`. Empty where nothing
        is wrong.

    Raises
    ------
    CorpusError
        If the manifest holds no clip, or a cell holds what no manifest holds.
    """
    files = files_of(manifest)
    there = [path for path in files if os.path.isfile(path)]  # Never raises, as Path.is_file does.
    hear = partial(listen, cache=cache, jobs=jobs, tell=_once(tell))
    heard = dict(zip(there, hear(there), strict=True))
    parts = parts_of(manifest, [heard.get(path) for path in files])
    known = frozenset(os.path.abspath(path) for path in files)
    findings = [finding for part in parts for finding in _findings(part, known, hear)]
    return _ordered([*findings, *equal_findings(parts)], parts)


def _once(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Return what tells each sentence once: a cache that cannot be used is met again for every corpus."""
    told: set[str] = set()

    def tell_new(sentence: str) -> None:
        if sentence not in told:
            told.add(sentence)
            tell(sentence)

    return tell_new


def _findings(part: Part, known: frozenset[str], hear: Hear) -> Iterator[Finding]:
    yield from file_findings(part)
    yield from count_findings(part)
    yield from sound_findings(part)
    yield from extra_findings(part, known, hear)


def _ordered(findings: list[Finding], parts: Sequence[Part]) -> list[Finding]:
    severities, kinds, names = list(Severity), list(Kind), [part.name for part in parts]

    def place(finding: Finding) -> tuple[int, int, int]:
        # Of several corpora, the first decides.
        corpus = next(at for at, name in enumerate(names) if f"{finding.corpus}, ".startswith(f"{name}, "))
        return severities.index(finding.severity), corpus, kinds.index(finding.kind)

    return sorted(findings, key=place)
