"""The checks on the real corpora: the known defects are found where they are."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile as sf

from affectone.corpora import load_corpora, load_corpus
from affectone.corpora.checks import Finding, Kind, Severity, check_manifest
from affectone.corpora.checks.counts import count_findings
from affectone.corpora.checks.part import parts_of

if TYPE_CHECKING:
    import pandas as pd

pytestmark = pytest.mark.corpora

Check = Callable[["pd.DataFrame"], list[Finding]]
Some = Callable[..., "pd.DataFrame"]

EQUAL_PAIRS = (
    ("1006_TIE_HAP_XX", "1006_TIE_NEU_XX"),
    ("1013_WSI_DIS_XX", "1013_WSI_SAD_XX"),
    ("1017_IWW_ANG_XX", "1017_IWW_FEA_XX"),
)
"""Of CREMA-D: the same samples under two labels."""
SHIFTED_PAIRS = (
    ("1017_IWL_ANG_XX", "1017_IWL_FEA_XX"),
    ("1067_IEO_DIS_LO", "1067_IEO_FEA_LO"),
)
"""One take, shifted, under two labels: their cross-correlation peaks at 0.98, that of other takes at 0.16."""


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Return `check_manifest` with a cache of its own."""
    return lambda manifest: check_manifest(manifest, cache=tmp_path / "heard", jobs=1)


def named(findings: Iterable[Finding], kind: Kind) -> Finding:
    """Return the one finding of that kind."""
    (found,) = (finding for finding in findings if finding.kind is kind)
    return found


@pytest.fixture
def some(corpora_root: Path, tmp_path: Path) -> Some:
    """Return what makes a folder of some clips of a corpus, and others beside them, and reads the first."""

    def link(corpus: str, *names: str, beside: Iterable[str] = ()) -> pd.DataFrame:
        paths = {path.stem: path for path in (corpora_root / corpus).rglob("*.*")}
        (tmp_path / corpus).mkdir()
        for name in (*names, *beside):
            (tmp_path / corpus / paths[name].name).symlink_to(paths[name])
        manifest = load_corpus(corpus, tmp_path / corpus)
        return manifest[manifest["id"].isin([f"{corpus}/{name}" for name in names])]

    return link


def test_crema_d_says_different_things_of_equal_sounds(some: Some, check: Check) -> None:
    pairs = (*EQUAL_PAIRS, *SHIFTED_PAIRS)
    names = [name for pair in pairs for name in pair]
    odd, beside = ("1001_DFA_ANG_XX", "1076_MTI_SAD_XX"), ("1001_IEO_ANG_HI", "1001_IEO_FEA_LO")
    findings = check(some("crema_d", *names, *odd, beside=beside))
    found = named(findings, Kind.CONTRADICTION)
    assert found.severity is Severity.ERROR
    assert set(found.groups) == {tuple(f"crema_d/{name}" for name in pair) for pair in pairs}
    assert found.message.endswith("10 rows, 2 of them changed copies")
    assert named(findings, Kind.SILENT).ids == ("crema_d/1076_MTI_SAD_XX",)
    assert named(findings, Kind.LEFT_OUT).ids == tuple(f"crema_d/{name}" for name in beside)


def test_ravdess_repeats_a_recording_and_has_a_faint_one(some: Some, check: Check) -> None:
    pair = ("03-01-03-01-02-01-07", "03-01-03-01-02-02-07")
    faint = "03-01-02-02-02-02-20"
    findings = check(some("ravdess", *pair, faint, "03-01-03-01-01-01-07"))
    equal = named(findings, Kind.EQUAL)
    assert (equal.severity, equal.groups) == (Severity.WARNING, (tuple(f"ravdess/{name}" for name in pair),))
    assert named(findings, Kind.FAINT).ids == (f"ravdess/{faint}",)


def test_most_clips_of_ravdess_are_half_silence(some: Some, check: Check) -> None:
    names = [f"03-01-0{emotion}-01-01-01-{actor:02}" for emotion in (1, 3, 5) for actor in range(1, 9)]
    found = named(check(some("ravdess", *names)), Kind.PAUSES)
    assert found.severity is Severity.NOTE
    assert len(found.ids) >= len(names) / 2


def test_savee_is_half_there(corpora_root: Path) -> None:
    manifest = load_corpus("savee", corpora_root / "savee")
    (part,) = parts_of(manifest, [None] * len(manifest))
    findings = list(count_findings(part))
    assert named(findings, Kind.COUNTS).message == (
        "226 of 480 clips of release 1.0; neutral 90 of 120, angry 44 of 60, happy 46 of 60, "
        "sad 46 of 60; disgust, fearful, surprised absent"
    )
    assert named(findings, Kind.SEXES).message == "none of 4 speakers is female"
    assert {finding.severity for finding in findings} == {Severity.WARNING, Severity.NOTE}


@pytest.fixture
def quirks(corpora_root: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return what copies original files under their published names."""

    def copy(*names: str) -> Path:
        for name in names:
            source = next((corpora_root / "quirks").glob(f"{name}*"))
            shutil.copyfile(source, tmp_path / f"{name}.wav")
        return tmp_path

    return copy


def test_original_files_of_tess(quirks: Callable[..., Path], check: Check) -> None:
    root = quirks("YAF_germ_angry", "YAF_neat_fear", "OAF_food_fear")
    for seed, name in enumerate(("OAF_germ_angry", "OAF_neat_fear", "YAF_food_fear")):
        noise = np.random.default_rng(seed).standard_normal(12000).clip(-3, 3)
        sf.write(root / f"{name}.wav", 0.1 * noise, 24414)
    findings = check(load_corpus("tess", root))
    assert set(named(findings, Kind.CONTAINER).ids) == {"tess/YAF_germ_angry", "tess/YAF_neat_fear"}
    assert named(findings, Kind.RATE).ids == ("tess/OAF_food_fear",)
    assert named(findings, Kind.RATE).message.endswith("than 24414 Hz: 1 at 96000 Hz")
    assert [finding for finding in findings if finding.kind is Kind.RESAMPLED] == []


def test_original_files_of_ravdess(quirks: Callable[..., Path], check: Check) -> None:
    findings = check(load_corpus("ravdess", quirks("03-01-02-01-01-02-01", "03-01-05-02-01-01-08")))
    assert named(findings, Kind.CHANNELS).ids == ("ravdess/03-01-02-01-01-02-01",)
    assert {finding.kind for finding in findings} & {Kind.RATE, Kind.RESAMPLED, Kind.CONTAINER} == set()


def test_original_files_of_crema_d(quirks: Callable[..., Path], check: Check) -> None:
    findings = check(load_corpus("crema_d", quirks("1001_DFA_ANG_XX", "1076_MTI_SAD_XX")))
    assert named(findings, Kind.POINTER).ids == ("crema_d/1001_DFA_ANG_XX",)
    assert named(findings, Kind.SILENT).ids == ("crema_d/1076_MTI_SAD_XX",)


@pytest.mark.soak
def test_all_corpora(corpora_root: Path, tmp_path: Path) -> None:
    names = ("ravdess", "crema_d", "tess", "savee", "emodb", "nemo", "turev")
    manifest = load_corpora({name: corpora_root / name for name in names})
    findings = check_manifest(manifest, cache=tmp_path / "heard")
    (error,) = (finding for finding in findings if finding.severity is Severity.ERROR)
    assert (error.corpus, error.kind) == ("crema_d", Kind.CONTRADICTION)
    assert set(error.groups) == {
        tuple(f"crema_d/{name}" for name in pair) for pair in (*EQUAL_PAIRS, *SHIFTED_PAIRS)
    }
    assert [finding.corpus for finding in findings if finding.kind is Kind.COUNTS] == ["savee"]
    faint = named(findings, Kind.FAINT)
    assert (faint.corpus, faint.message.rpartition(" ")[2]) == ("ravdess", "0.0046")
    assert named(findings, Kind.SPELLING).ids == ("tess/OAF_bite_neutral",)
