"""How clips are dealt to models that have not heard them, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from affectone.corpora import Split
from affectone.errors import ConfigError
from affectone.training.config import ClassicConfig
from affectone.training.logits import Logits
from affectone.training.out_of_fold import answer_out_of_fold, plan_out_of_fold
from affectone.training.session import Session

ALL = "; this model was trained on all clips"


class Remembering(Session[Any]):
    """A model is the rows it has learned from; its answers are how many there were."""

    def __init__(self, manifest: pd.DataFrame, hashes: Sequence[str] | None = None) -> None:
        labels = tuple(sorted(set(manifest["emotion"])))
        config = ClassicConfig(model="knn").model_copy(update={"labels": labels})
        super().__init__(config, manifest)
        self._hashes = hashes or [str(row) for row in range(len(manifest))]
        self.learned: list[list[int]] = []

    @property
    def hashes(self) -> Sequence[str]:
        return self._hashes

    @property
    def parameters(self) -> None:
        return

    def learn(self, split: Split, folder: Path, seed: int) -> list[int]:
        assert not split.validation.size, "what is asked about must not be watched"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "last.ckpt").write_bytes(b"weights")
        self.learned.append(split.train.tolist())
        return self.learned[-1]

    def predict(self, model: list[int], rows: np.ndarray) -> Logits:
        assert not set(model) & set(rows.tolist()), "a model is asked about what it has learned"
        return Logits(
            np.repeat([[float(len(model)), 0.0]], len(rows), axis=0).astype(np.float32),
            np.zeros((len(rows), 2), np.float32),
        )

    def predict_changed(self, model: Any, rows: Any, changes: Any) -> Any:
        raise NotImplementedError

    def export(self, model: Any, file: Path, rows: Any) -> Any:
        raise NotImplementedError

    def checks(self, model: Any, rows: Any) -> Any:
        raise NotImplementedError


def manifest_of(speakers: str, labels: str, **columns: list[str | None]) -> pd.DataFrame:
    """Return a manifest; a speaker or a label is a letter, and an unknown speaker a point."""
    table = pd.DataFrame(
        {
            "id": [f"mine/{row:02}" for row in range(len(labels))],
            "corpus": "mine",
            "speaker": [None if speaker == "." else speaker for speaker in speakers],
            "emotion": list(labels),
            "sex": None,
        }
    )
    return table.assign(**columns)


def session_of(speakers: str, labels: str, **columns: list[str | None]) -> Remembering:
    return Remembering(manifest_of(speakers, labels, **columns))


def test_no_model_is_asked_about_a_speaker_it_has_heard() -> None:
    session = session_of("aabbccddeeffgg", "xyxyxyxyxyxyxy")
    plan = plan_out_of_fold(session)
    speakers = session.manifest["speaker"].to_numpy()
    assert (len(plan.folds), plan.by_speaker) == (5, True)
    assert sorted(plan.rows.tolist()) == list(range(14))
    for fold in plan.folds:
        assert not set(speakers[fold.train]) & set(speakers[fold.validation])
        assert fold.train.size + fold.validation.size == 14
    assert plan.fitted_on == (
        f"14 clips of 7 speakers, each answered by one of 5 models that had not heard its speaker{ALL}"
    )


def test_where_nobody_is_known_no_model_is_asked_about_a_recording_it_has_heard() -> None:
    plan = plan_out_of_fold(session_of("." * 12, "xy" * 6))
    assert (len(plan.folds), plan.by_speaker) == (5, False)
    assert sorted(plan.rows.tolist()) == list(range(12))
    assert plan.fitted_on == (
        "12 clips, each answered by one of 5 models that had not heard the recording but may have heard the "
        f"speaker{ALL}"
    )


def test_one_speaker_is_dealt_by_recording() -> None:
    plan = plan_out_of_fold(session_of("a" * 6, "xyxyxy"))
    assert (plan.by_speaker, len(plan.folds)) == (False, 3)
    assert plan.fitted_on.startswith("6 clips of 1 speaker, each answered by one of 3 models that had not ")


def test_clips_of_unknown_speakers_stand_alone_beside_known_ones() -> None:
    plan = plan_out_of_fold(session_of("aabb....", "xyxyxyxy"))
    assert plan.by_speaker
    assert plan.fitted_on.startswith(
        "8 clips of 2 speakers, each answered by one of 4 models that had not heard its speaker (where that "
        "is unknown, of 4 clips, the recording)"
    )


def test_a_label_that_one_speaker_alone_has_calibrates_nothing_and_that_is_said() -> None:
    session = session_of("aabbccc", "xyxyxyz")
    plan = plan_out_of_fold(session)
    assert plan.by_speaker
    assert 6 not in plan.rows
    assert plan.fitted_on.endswith(f"; 1 clip had no such model: 'z' (1){ALL}")


def test_where_each_label_has_a_speaker_of_its_own_recordings_are_dealt() -> None:
    plan = plan_out_of_fold(session_of("aabb", "xxyy"))
    assert not plan.by_speaker
    assert sorted(plan.rows.tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize("column", ["content_hash", "recording"])
def test_what_sounds_alike_stays_together(column: str) -> None:
    sounds: list[str | None] = [f"sound {row}" for row in range(10)]
    sounds[7] = sounds[2]
    plan = plan_out_of_fold(session_of("." * 10, "xy" * 5, **{column: sounds}))
    for fold in plan.folds:
        assert len({2, 7} & set(fold.validation.tolist())) in (0, 2)


def test_equal_files_stay_together_where_nobody_listened() -> None:
    hashes = [str(row) for row in range(10)]
    hashes[7] = hashes[2]
    plan = plan_out_of_fold(Remembering(manifest_of("." * 10, "xy" * 5), hashes))
    for fold in plan.folds:
        assert len({2, 7} & set(fold.validation.tolist())) in (0, 2)


def test_speakers_who_share_a_recording_stay_together() -> None:
    sounds: list[str | None] = [f"sound {row}" for row in range(8)]
    sounds[4] = sounds[0]
    session = session_of("aabbccdd", "xyxyxyxy", content_hash=sounds)
    for fold in plan_out_of_fold(session).folds:
        asked = set(session.manifest["speaker"].to_numpy()[fold.validation])
        assert len(asked & {"a", "c"}) in (0, 2)


@pytest.mark.parametrize(("speakers", "labels"), [("ab", "xy"), ("..", "xy"), ("aab", "xxy"), ("aa", "xx")])
def test_too_few_clips_are_refused(speakers: str, labels: str) -> None:
    session = (
        session_of(speakers, labels) if len(set(labels)) > 1 else session_of(speakers + "b", labels + "y")
    )
    with pytest.raises(ConfigError, match="cannot be calibrated: no two labels have clips of two recordings"):
        plan_out_of_fold(session)


@pytest.fixture
def answered(tmp_path: Path) -> Callable[[Remembering], Logits]:
    return lambda session: answer_out_of_fold(session, plan_out_of_fold(session), tmp_path)


def test_answers_stand_in_the_order_of_the_rows_asked(answered: Callable[[Remembering], Logits]) -> None:
    session = session_of("aabbbb", "xyxyxy")
    plan, logits = plan_out_of_fold(session), answered(session)
    trained = {row: float(fold.train.size) for fold in plan.folds for row in fold.validation}
    assert logits.emotion[:, 0].tolist() == [trained[row] for row in plan.rows]
    assert logits.voice.shape == (6, 2)


def test_folds_that_are_done_are_not_learned_again(
    answered: Callable[[Remembering], Logits], tmp_path: Path
) -> None:
    session = session_of("aabbcc", "xyxyxy")
    first = answered(session)
    assert len(session.learned) == 3
    assert list(tmp_path.rglob("*.ckpt")) == []
    (tmp_path / "fold2" / "logits.npz").unlink()
    again = answered(session)
    assert len(session.learned) == 4
    assert again.emotion.tolist() == first.emotion.tolist()
