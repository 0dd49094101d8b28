"""The search for settings: seeded, resumed to the same end, and never shown a test row."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("optuna")

from affectone.audio.augment import Augmentation
from affectone.corpora import Split
from affectone.errors import ConfigError
from affectone.models.classic import classic_settings
from affectone.training.checks import Checks
from affectone.training.classic.fit import FittedClassic, fit_classic
from affectone.training.config import ClassicConfig, TrainConfig, read_config
from affectone.training.export import Exported
from affectone.training.logits import Logits
from affectone.training.search import search_settings, search_space, searched, with_values
from affectone.training.session import Rows, Session

EMOTIONS = ("happy", "sad", "angry")
CLIPS = 90
SPLIT = Split(train=np.arange(40), validation=np.arange(40, 60), test=np.arange(60, CLIPS))


class PowerCutError(Exception):
    """What interrupts the searches of these tests."""


class Numbers(Session[FittedClassic]):
    """Clips that are rows of noisy numbers; it keeps book of who was learned from and who was asked."""

    def __init__(self, config: ClassicConfig) -> None:
        rng = np.random.default_rng(8)
        emotions = [EMOTIONS[number % 3] for number in range(CLIPS)]
        manifest = pd.DataFrame({"emotion": emotions, "corpus": "made", "sex": "female"})
        self.values = rng.normal(0, 1, (CLIPS, 6)).astype(np.float32)
        self.values[:, 0] += [3 * EMOTIONS.index(name) for name in emotions]
        self.learned: list[list[int]] = []
        self.asked: list[list[int]] = []
        self.cut_at: int | None = None
        super().__init__(config, manifest)

    @property
    def hashes(self) -> Sequence[str]:
        return [f"{number:064x}" for number in range(CLIPS)]

    @property
    def parameters(self) -> None:
        return

    def learn(self, split: Split, folder: Path, seed: int) -> FittedClassic:
        if len(self.learned) == self.cut_at:
            raise PowerCutError
        assert split.test.size == 0
        self.learned.append(split.train.tolist())
        config = self.config
        assert isinstance(config, ClassicConfig)
        settings = classic_settings(config.model, config.classifier)
        own = self.targets.take(split.train)
        return fit_classic(settings, self.values[split.train], own, self.labels, seed=seed)

    def predict(self, model: FittedClassic, rows: Rows) -> Logits:
        self.asked.append(rows.tolist())
        return model.logits(self.values[rows])

    def predict_changed(self, model: FittedClassic, rows: Rows, changes: Augmentation) -> Logits:
        raise NotImplementedError

    def export(self, model: FittedClassic, file: Path, rows: Rows) -> Exported:
        raise NotImplementedError

    def checks(self, model: FittedClassic, rows: Rows) -> Checks:
        raise NotImplementedError


CONFIG = ClassicConfig(model="decision_tree", classifier={"max_depth": 1})


def searching(
    folder: Path,
    config: ClassicConfig = CONFIG,
    *,
    trials: int = 14,
    seed: int = 0,
    cut_at: int | None = None,
) -> tuple[Any, Numbers, list[str]]:
    """Search, and return what was chosen, the session, and what was told."""
    session, told = Numbers(config), list[str]()
    session.cut_at = cut_at
    best = search_settings(session, SPLIT, trials=trials, folder=folder, seed=seed, tell=told.append)
    return best, session, told


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "search" / "trials.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Numbers, list[str], Path]:
    folder = tmp_path_factory.mktemp("search")
    return *searching(folder), folder


Found = tuple[Any, Numbers, list[str], Path]


def test_only_training_rows_are_learned_and_only_validation_rows_asked(undisturbed: Found) -> None:
    _, session, _, _ = undisturbed
    assert session.learned == [SPLIT.train.tolist()] * 14
    assert session.asked == [SPLIT.validation.tolist()] * 14


def test_each_trial_is_a_row_of_the_table(undisturbed: Found) -> None:
    rows = table(undisturbed[3])
    assert [row["trial"] for row in rows] == [str(number) for number in range(1, 15)]
    assert list(rows[0]) == [
        *("trial", "uar", "classifier.max_depth", "classifier.min_samples_leaf", "refused")
    ]
    assert all(3 <= int(row["classifier.max_depth"]) <= 30 for row in rows[1:])
    assert len({row["classifier.min_samples_leaf"] for row in rows}) > 5


def test_the_first_trial_is_the_settings_as_given(undisturbed: Found) -> None:
    folder = undisturbed[3]
    row = table(folder)[0]
    assert (row["classifier.max_depth"], row["classifier.min_samples_leaf"]) == ("", "")
    session = Numbers(CONFIG)
    model = session.learn(Split(SPLIT.train, SPLIT.validation, SPLIT.test[:0]), folder, 0)
    answers = session.predict(model, SPLIT.validation).emotion.argmax(axis=1)
    meant = session.targets.emotion[SPLIT.validation]
    recalls = [np.mean(answers[meant == label] == label) for label in np.unique(meant)]
    assert float(row["uar"]) == pytest.approx(100 * np.mean(recalls), abs=0.01)


def test_the_best_is_kept_for_train_and_for_the_result(undisturbed: Found) -> None:
    best, _, told, folder = undisturbed
    rows = table(folder)
    scores = [float(row["uar"]) for row in rows]
    winner = rows[scores.index(max(scores))]
    assert best.classifier["max_depth"] == int(winner["classifier.max_depth"])
    assert read_config(folder / "search" / "best.toml").digest == best.digest
    found = searched(folder)
    assert found is not None
    assert (found["trials"], found["best"], found["uar"]) == (14, int(winner["trial"]), max(scores))
    assert found["uar_as_given"] == scores[0] < found["uar"]
    assert told[-1] == (
        f"search, trial 14 of 14: UAR {scores[-1]:.2f} on validation speakers, best {max(scores):.2f}"
    )


@pytest.mark.parametrize("number", [0, 1, 6, 12])
def test_an_interrupted_search_ends_as_an_undisturbed_one(
    undisturbed: Found, tmp_path: Path, number: int
) -> None:
    with pytest.raises(PowerCutError):
        searching(tmp_path, cut_at=number)
    best, session, told = searching(tmp_path)
    assert len(session.learned) == len(told) == 14 - number
    assert best == undisturbed[0]
    for name in ("trials.csv", "best.toml", "search.json"):
        assert (tmp_path / "search" / name).read_bytes() == (undisturbed[3] / "search" / name).read_bytes()


def test_half_a_line_in_the_journal_is_no_end(undisturbed: Found, tmp_path: Path) -> None:
    with pytest.raises(PowerCutError):
        searching(tmp_path, cut_at=5)
    with (tmp_path / "search" / "optuna.log").open("ab") as journal:
        journal.write(b'{"op_code":6,"wor')
    assert searching(tmp_path)[0] == undisturbed[0]


def test_a_search_that_is_done_is_not_made_again(undisturbed: Found) -> None:
    best, session, told = searching(undisturbed[3])
    assert (session.learned, told) == ([], [])
    assert best == undisturbed[0]


def test_another_seed_tries_other_settings(undisturbed: Found, tmp_path: Path) -> None:
    searching(tmp_path, seed=1)
    one, other = (
        [(row["classifier.max_depth"], row["classifier.min_samples_leaf"]) for row in table(folder)]
        for folder in (tmp_path, undisturbed[3])
    )
    assert one[0] == other[0]
    assert one[1:] != other[1:]


def test_settings_that_cannot_be_trained_with_are_told_and_passed_over(tmp_path: Path) -> None:
    best, _, told = searching(tmp_path, ClassicConfig(model="knn"), trials=8)
    rows = table(tmp_path)
    many = [row for row in rows[1:] if int(row["classifier.neighbours"]) > 40]
    assert many
    for row in many:
        assert row["uar"] == ""
        assert row["refused"].startswith(f"classifier.neighbours: {row['classifier.neighbours']} cannot be ")
    assert any("refused: classifier.neighbours: " in words for words in told)
    assert best.classifier["neighbours"] <= 40


def test_a_search_in_which_nothing_could_be_trained(tmp_path: Path) -> None:
    config = ClassicConfig(model="knn", classifier={"neighbours": 50})
    with pytest.raises(ConfigError, match=r"^no trial of the search could be trained: classifier\.neighb"):
        searching(tmp_path, config, trials=1)


@pytest.mark.parametrize("trials", [0, -1])
def test_a_search_of_nothing(tmp_path: Path, trials: int) -> None:
    with pytest.raises(ConfigError, match=f"^a search makes at least one trial; got {trials}$"):
        searching(tmp_path, trials=trials)


def test_nobody_to_choose_by(tmp_path: Path) -> None:
    nobody = Split(SPLIT.train, SPLIT.validation[:0], SPLIT.test)
    with pytest.raises(
        ConfigError, match=r"^no speaker is set aside to choose settings by: raise validation"
    ):
        search_settings(Numbers(CONFIG), nobody, trials=3, folder=tmp_path, seed=0, tell=str)


def test_what_a_file_said_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'model = "cnn1d"\nepochs = 7\naugment = "classic"\n[features]\nbands = 40\n[network]\nsize = 3\n'
    )
    config = read_config(file, seed=4)
    changed = with_values(config, {"network.dropout": 0.25, "learning_rate": 1e-3})
    assert isinstance(changed, TrainConfig)
    assert changed.network == {"dropout": 0.25, "size": 3}
    assert changed.learning_rate == 1e-3
    same = {"network", "learning_rate"}
    assert changed.model_dump(exclude=same) == config.model_dump(exclude=same)


def test_networks_are_searched_in_their_training_too() -> None:
    names = set(search_space(TrainConfig(model="gru")))
    assert {"learning_rate", "network.width", "network.dropout"} <= names


def test_the_summary_is_json_of_plain_values(undisturbed: Found) -> None:
    content = json.loads((undisturbed[3] / "search" / "search.json").read_text())
    assert set(content) == {"trials", "best", "uar", "uar_as_given", "settings"}
