"""The bar that a later model must not miss, and the clips and noises that it is measured with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

pytest.importorskip("torch")
pytest.importorskip("audiomentations")


CLEAN, NOISY = ("clean", "as recorded"), ("babble", "0 dB SNR")


@pytest.fixture
def bench(bench_module: Callable[[str], ModuleType]) -> ModuleType:
    return bench_module("robustness")


@pytest.fixture
def noises(bench_module: Callable[[str], ModuleType]) -> ModuleType:
    return bench_module("robustness_noises")


def rows(**scores: float) -> list[dict[str, Any]]:
    """Return rows of a clean and of a noisy score."""
    where = {"clean": CLEAN, "noisy": NOISY}
    return [{"by": by, "of": of, "uar": scores[name]} for name, (by, of) in where.items() if name in scores]


def lost(uar: float) -> list[dict[str, Any]]:
    """Return the noisy row as one that was 50 once."""
    return [{"by": NOISY[0], "of": NOISY[1], "bar": 50.0, "uar": uar}]


def test_two_points_may_be_lost_and_no_more(bench: ModuleType) -> None:
    bar = rows(clean=70.0, noisy=50.0)
    assert bench.find_lost(rows(clean=68.0, noisy=48.0), bar, 2.0) == []
    assert bench.find_lost(rows(clean=75.0, noisy=47.9), bar, 2.0) == lost(47.9)


def test_a_condition_that_is_not_measured_any_more_is_lost(bench: ModuleType) -> None:
    assert bench.find_lost(rows(clean=70.0), rows(clean=70.0, noisy=50.0), 2.0) == lost(0.0)


def test_what_is_no_number_is_lost(bench: ModuleType) -> None:
    bar = rows(clean=70.0, noisy=50.0)
    assert len(bench.find_lost(rows(clean=70.0, noisy=float("nan")), bar, 2.0)) == 1


def test_small_losses_do_not_add_up(bench: ModuleType) -> None:
    bar = bench.raised([], rows(clean=70.0, noisy=50.0), [])
    for uar in (49.0, 48.0):
        bar = bench.raised(bar, rows(clean=70.0, noisy=uar), [])
    assert bench.find_lost(rows(clean=70.0, noisy=47.0), bar, 2.0) != []
    assert bench.raised(bar, rows(clean=71.0, noisy=40.0), []) == rows(clean=71.0, noisy=50.0)


@pytest.fixture
def measured(bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that measures `edge` as having some scores, and gives the status and the file."""

    def run(*arguments: str, **scores: float) -> tuple[int, dict[str, Any]]:
        found = {"version": "1", "together": rows(**scores)}
        monkeypatch.setattr(bench.Trial, "measure", lambda self: found)
        file = tmp_path / "robustness.json"
        line = ["--corpora", "x", "--models", "edge", "--output", str(file), *arguments]
        status = bench.main(line)
        return status, pd.read_json(file, typ="series")["models"]["edge"]

    return run


def test_a_model_that_lost_is_not_written(measured: Any) -> None:
    assert measured(clean=70.0, noisy=50.0)[0] == 0
    status, kept = measured(clean=80.0, noisy=47.0)
    assert (status, kept["together"]) == (1, rows(clean=70.0, noisy=50.0))
    status, kept = measured(clean=80.0, noisy=48.5)
    assert (status, kept["bar"]) == (0, rows(clean=80.0, noisy=50.0))


def test_a_loss_can_be_accepted_with_its_reason(measured: Any) -> None:
    measured(clean=70.0, noisy=50.0)
    status, kept = measured("--accept", "half the size", clean=69.0, noisy=40.0)
    # Only what was lost is given up.
    assert (status, kept["bar"]) == (0, rows(clean=70.0, noisy=40.0))
    assert kept["accepted"] == [{"version": "1", "lost": lost(40.0), "reason": "half the size"}]


def test_answers_belong_to_what_was_asked(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = bench.Trial("edge", tmp_path, tmp_path, 1)
    before = trial.folder
    assert trial.folder == before
    monkeypatch.setattr(bench, "CLIPS", 16)
    assert trial.folder != before


def test_the_sample_has_so_many_clips_of_each_emotion_of_a_corpus(bench: ModuleType) -> None:
    emotions = np.repeat(["happy", "sad", "angry"], [40, 20, 9])
    manifest = pd.DataFrame({"id": [f"clip {place}" for place in range(69)], "emotion": emotions})
    manifest = pd.concat([manifest.assign(corpus=corpus, id=corpus + manifest["id"]) for corpus in "ab"])
    chosen = bench.sample(manifest)
    counts = chosen.groupby(["corpus", "emotion"]).size().unstack().to_dict("list")
    assert counts == {"angry": [9, 9], "happy": [15, 15], "sad": [15, 15]}
    again = bench.sample(manifest.sample(frac=1, random_state=3))
    assert set(chosen["id"]) == set(again["id"])


def test_babble_is_of_equally_loud_people(noises: ModuleType, tiny: ModuleType, tmp_path: Path) -> None:
    said = []
    for speaker in range(7):
        file = tmp_path / f"{speaker}.wav"
        sf.write(file, tiny.spoken_clip(1.0) * 0.1 * (speaker + 1), 16000)
        said.append({"corpus": "made", "speaker": str(speaker), "path": str(file), "emotion": "neutral"})
    sounds = list(noises.babbles(pd.DataFrame(said)))
    assert len(sounds) == noises.RECORDINGS
    assert {sound.size for sound in sounds} == {160_000}
    assert all(np.abs(sound).max() == pytest.approx(0.5) for sound in sounds)
    assert len({sound.tobytes() for sound in sounds}) == noises.RECORDINGS


def test_noises_are_written_once_and_whole(noises: ModuleType, tmp_path: Path) -> None:
    noises.write(noises.tunes(), tmp_path / "music")
    files = sorted((tmp_path / "music").iterdir())
    assert len(files) == noises.RECORDINGS
    assert not (tmp_path / "music.part").exists()
    assert all(sf.info(file).duration == 16.0 for file in files)
