"""The packaged suites, what rebuilt protocols do to a manifest, and results that fit the rows of today."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from affectone.audio import load_audio
from affectone.corpora import CORPORA, Guard, load_protocol, split_manifest
from affectone.corpora.generic import generic_protocol
from affectone.evaluation.rebuilt import COPIES, find_row_protocol, label_by_voice, with_copies
from affectone.evaluation.suite import Row, Suite, list_suites, load_suite
from affectone.labels import EIGHT, FOURTEEN, SIXTEEN
from affectone.models.nets import NETWORKS
from affectone.training.config import TrainConfig, read_config
from affectone.training.kinds import check_model, model_names

SUITES = [load_suite(name) for name in list_suites()]
ROWS = [pytest.param(row, id=f"{suite.name}-{row.name}") for suite in SUITES for row in suite.rows]
READY = [param for param in ROWS if param.values[0].missing is None]  # type: ignore[union-attr]


def test_these_suites_are_packaged() -> None:
    assert list_suites() == ["base", "edge", "honest", "precursors", "tuned"]


def test_honest_has_every_model_by_one_recipe() -> None:
    rows = {row.model: row for row in load_suite("honest").rows if row.name == row.model}
    assert sorted(map(str, rows)) == sorted(model_names())
    (recipe,) = {str(row.settings): row.settings for name, row in rows.items() if name in NETWORKS}.values()
    for name, row in rows.items():
        assert row.config == read_config(None, model=name, **(recipe if name in NETWORKS else {}))
        assert (row.protocol, row.corpora, row.seeds) == ("ravdess:luna5", ("ravdess",), (0,))


def test_the_three_best_are_tested_on_every_protocol_by_the_same_recipe() -> None:
    rows = load_suite("honest").rows
    of_luna5 = {row.model: row.config for row in rows if row.name == row.model}
    best = [row for row in rows if row.name != row.model]
    names = {row.model for row in best}
    assert len(names) == 3
    tested = {name: {row.protocol: row.seeds for row in best if row.model == name} for name in names}
    (protocols,) = {str(one): one for one in tested.values()}.values()
    assert protocols.pop("ravdess:luna5") == (0, 1, 2, 3, 4)
    assert {*protocols} >= {"ravdess:emobox6", "crema_d:group5", "emodb:loso10", "tess:cross2", "four:group5"}
    assert set(protocols.values()) == {(0,)}
    assert [row.name for row in best if row.config != of_luna5[row.model]] == []


@pytest.mark.parametrize("name", ["base", "base-commercial"])
def test_base_is_tested_as_its_configuration_trains(name: str, repo_root: Path) -> None:
    config = read_config(repo_root / "benchmarks" / "configs" / f"{name}.toml")
    rows = [row for row in load_suite("base").rows if row.name.startswith("commercial-") == (name != "base")]
    assert rows
    assert [row.name for row in rows if row.config != config] == []


def test_tuned_is_base_but_for_the_tuning() -> None:
    rows = {row.name: row for row in load_suite("base").rows}
    for row in load_suite("tuned").rows:
        base = rows[row.name]
        assert isinstance(row.config, TrainConfig)
        assert row.config.tuning is not None
        assert row.config.model_copy(update={"tuning": None}) == base.config
        assert (row.corpora, row.protocol, row.adaptation) == (base.corpora, base.protocol, base.adaptation)


def test_edge_is_tested_twice_and_differs_by_its_teacher_alone(repo_root: Path) -> None:
    rows = {row.name: row for row in load_suite("edge").rows}
    plain = {name.removeprefix("plain-"): row for name, row in rows.items() if name.startswith("plain-")}
    taught = {name.removeprefix("taught-"): row for name, row in rows.items() if name.startswith("taught-")}
    assert list(plain) == list(taught)
    assert len(rows) == 2 * len(plain) == 8
    base = read_config(repo_root / "benchmarks" / "configs" / "base.toml")
    (recipe,) = {row.config.digest: row.config for row in taught.values()}.values()
    assert isinstance(recipe, TrainConfig)
    assert recipe.teacher is not None
    assert recipe.teacher.config == base
    assert recipe == read_config(repo_root / "benchmarks" / "configs" / "edge.toml")
    assert {row.config.digest for row in plain.values()} == {
        recipe.model_copy(update={"teacher": None}).digest
    }
    for name, row in plain.items():
        assert (row.corpora, row.protocol, row.seeds) == (
            taught[name].corpora,
            taught[name].protocol,
            taught[name].seeds,
        )


@pytest.mark.parametrize("row", READY)
def test_the_model_of_a_row_can_be_made(row: Row) -> None:
    check_model(row.config)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_about_corpora_and_a_protocol_that_are_known(row: Row) -> None:
    find_row_protocol(row.protocol)
    assert set(row.corpora) <= {entry.name for entry in CORPORA}
    if ":" in row.protocol:
        known = set(load_protocol(row.protocol).corpora)
        assert set(row.corpora) > known if row.others else set(row.corpora) == known


@pytest.mark.parametrize("row", ROWS)
def test_only_protocols_that_say_so_leak(row: Row) -> None:
    assert (row.number == "unseen speakers") == (not row.protocol.endswith(("random", "shared")))


def test_the_three_numbers_of_a_line_are_of_one_model() -> None:
    rows = load_suite("precursors").rows
    for shows in {row.shows for row in rows}:
        line = [row for row in rows if row.shows == shows]
        assert [row.number for row in line] == ["leak", "no leak", "unseen speakers"]
        assert len({(row.model, row.labels, str(row.settings)) for row in line}) == 1
        # The same clip once more is the leak itself.
        assert len({row.copies for row in line} - {"same"}) == 1
        assert all(row.number == "leak" for row in line if row.copies == "same")
        assert [row.published is None for row in line] == [False, True, True]


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_committed_results_are_of_the_rows_as_they_are(suite: Suite, repo_root: Path) -> None:
    folder = repo_root / "benchmarks" / "results" / "accuracy" / suite.name
    files = [file for file in folder.glob("*.json") if not file.name.endswith(".machine.json")]
    found = {file.stem: json.loads(file.read_text(encoding="utf-8"))["row_sha256"] for file in files}
    digests = {row.name: row.digest for row in suite.rows if row.missing is None}
    assert {name: digest for name, digest in found.items() if digests.get(name) != digest} == {}


def row_of(**changes: object) -> Row:
    told = {"name": "one", "shows": "it", "corpora": ["ravdess"], "protocol": "random", "model": "svm_rbf"}
    return Row.model_validate(told | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": {"classifier": {"c": 2.0}}},
        {"model": "knn"},
        {"protocol": "loso"},
        {"seeds": [1]},
        {"labels": "4"},
        {"copies": "noise"},
        {"copies": "noise+stretch"},
        {"copies": "same"},
        {"others": True},
        {"adaptation": True},
    ],
)
def test_what_decides_scores_decides_the_digest(changes: dict[str, object]) -> None:
    assert row_of(**changes).digest != row_of().digest


SUITE_WITH_RECIPES = """
title = "T"
[recipes.small]
epochs = 3
network = { width = 64 }
[recipes.long]
epochs = 9
[[rows]]
name = "by-recipes"
shows = "it"
model = "cnn_tcn"
corpora = ["ravdess"]
protocol = "loso"
recipes = ["small", "long"]
settings = { batch_size = 8 }
[[rows]]
name = "by-itself"
shows = "it"
model = "cnn_tcn"
corpora = ["ravdess"]
protocol = "loso"
settings = { epochs = 9, network = { width = 64 }, batch_size = 8 }
[[rows]]
name = "but-one"
shows = "it"
model = "cnn_tcn"
corpora = ["ravdess"]
protocol = "loso"
recipes = ["small"]
settings = { epochs = 5 }
"""


def test_recipes_are_settings_that_rows_have_in_common(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(SUITE_WITH_RECIPES, encoding="utf-8")
    by_recipes, by_itself, but_one = load_suite(str(file)).rows
    assert by_recipes.config == by_itself.config
    assert isinstance(but_one.config, TrainConfig)
    assert (but_one.config.epochs, but_one.config.batch_size) == (5, read_config(None).batch_size)
    # Whether a setting stands in the row or in a recipe changes nothing but where it is written.
    assert by_recipes.model_copy(update={"name": "by-itself"}).digest == by_itself.digest
    assert but_one.digest != by_recipes.digest


def test_words_about_a_row_change_no_digest() -> None:
    assert row_of(shows="another", published=3.0, number="leak").digest == row_of().digest


def test_labels_of_emotion_and_voice_are_those_of_the_row() -> None:
    assert row_of(labels="14").config.labels == FOURTEEN.names
    assert row_of(labels="16").config.labels == SIXTEEN.names
    assert (len(FOURTEEN), len(SIXTEEN)) == (14, 16)


def people(sexes: Sequence[str | None], emotions: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({"sex": sexes, "emotion": emotions})


def test_calm_counts_as_neutral_among_fourteen() -> None:
    table = people(["female", "male", "male"], ["calm", "neutral", "happy"])
    assert label_by_voice(table, FOURTEEN)["emotion"].tolist() == [
        "female_neutral",
        "male_neutral",
        "male_happy",
    ]
    assert label_by_voice(table, SIXTEEN)["emotion"].tolist()[0] == "female_calm"


def test_a_voice_that_is_not_known_has_no_place() -> None:
    table = label_by_voice(people([None, "female"], ["sad", "angry"]), FOURTEEN)
    assert table["emotion"].tolist() == ["female_angry"]


@pytest.fixture
def spoken(tmp_path: Path) -> pd.DataFrame:
    """Return a manifest of forty tones by four people."""
    rows = []
    for number in range(40):
        path = tmp_path / f"{number}.wav"
        sf.write(path, 0.3 * np.sin(np.arange(4000) * (0.05 + 0.005 * number)), 16000)
        name = f"own/{number:02}"
        rows.append((name, str(path), "own", f"s{number % 4}", EIGHT[number % 8], name, f"hash{number}"))
    columns = ["id", "path", "corpus", "speaker", "emotion", "recording", "content_hash"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def doubled(spoken: pd.DataFrame, tmp_path: Path) -> pd.DataFrame:
    """Return the same with noise copies."""
    return with_copies(spoken, COPIES["noise"], tmp_path, jobs=1)


def test_a_noise_copy_names_its_clip(doubled: pd.DataFrame, spoken: pd.DataFrame) -> None:
    copies = doubled[40:]
    assert copies["id"].tolist() == [f"{name}+noise" for name in spoken["id"]]
    assert copies["recording"].tolist() == spoken["id"].tolist()
    assert copies["content_hash"].isna().all()


def test_a_noise_copy_is_its_clip_and_a_little_noise(doubled: pd.DataFrame) -> None:
    for clip, copy in zip(doubled["path"][:40], doubled["path"][40:], strict=True):
        clean, noisy = (load_audio(path, sample_rate=16000).samples[0] for path in (clip, copy))
        spread = float(np.std(noisy - clean))
        assert 0 < spread < 0.035 * 0.3 * 1.1


def test_noise_copies_are_the_same_wherever_they_are_made(
    doubled: pd.DataFrame, spoken: pd.DataFrame, tmp_path: Path
) -> None:
    again = with_copies(spoken, COPIES["noise"], tmp_path / "elsewhere", jobs=1)
    for one, other in zip(doubled["path"][40:], again["path"][40:], strict=True):
        assert one != other
        assert Path(one).read_bytes() == Path(other).read_bytes()


def test_stretched_copies_come_after_noisy_ones(spoken: pd.DataFrame, tmp_path: Path) -> None:
    table = with_copies(spoken, COPIES["noise+stretch"], tmp_path, jobs=1)
    assert table["id"].tolist() == [
        *spoken["id"],
        *(f"{name}+noise" for name in spoken["id"]),
        *(f"{name}+stretch" for name in spoken["id"]),
    ]
    assert table["recording"].tolist() == spoken["id"].tolist() * 3


def test_a_stretched_copy_is_slower_and_higher(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    sf.write(path, 0.3 * np.sin(2 * np.pi * 500 * np.arange(32000) / 16000), 16000)
    row = {"id": "own/1", "path": str(path), "recording": "own/1", "content_hash": "hash"}
    table = with_copies(pd.DataFrame([row]), ["stretch"], tmp_path, jobs=1)
    samples = load_audio(table["path"][1], sample_rate=16000).samples[0]
    assert samples.size == pytest.approx(32000 / 0.8, rel=0.01)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    found = float(np.argmax(spectrum)) * 16000 / samples.size
    assert found == pytest.approx(500 * 2 ** (0.7 / 12), rel=0.005)


@pytest.fixture
def twice(spoken: pd.DataFrame, tmp_path: Path) -> pd.DataFrame:
    """Return the same with each clip once more."""
    return with_copies(spoken, COPIES["same"], tmp_path, jobs=1)


def test_the_same_once_more_is_the_same_file(twice: pd.DataFrame, spoken: pd.DataFrame) -> None:
    assert twice["path"].tolist() == spoken["path"].tolist() * 2
    assert twice["content_hash"].tolist() == spoken["content_hash"].tolist() * 2
    assert twice["id"].is_unique


def test_without_copies_a_manifest_is_what_it_was(spoken: pd.DataFrame, tmp_path: Path) -> None:
    pd.testing.assert_frame_equal(with_copies(spoken, COPIES["none"], tmp_path, jobs=1), spoken)


def test_originals_random_tests_each_clip_once_and_trains_on_it(
    twice: pd.DataFrame, spoken: pd.DataFrame
) -> None:
    protocol = find_row_protocol("originals-random")(twice)
    assert sorted(name for fold in protocol.folds for name in fold.test) == sorted(spoken["id"])
    for split in split_manifest(twice, protocol).folds:
        tested, learned = (set(twice["path"].iloc[rows]) for rows in (split.test, split.train))
        assert tested < learned
        assert not twice["id"].iloc[split.test].str.endswith("+same").any()


def test_originals_random_says_what_leaks(twice: pd.DataFrame) -> None:
    splits = split_manifest(twice, find_row_protocol("originals-random")(twice))
    assert any(words.startswith("equal audio in both training and test") for words in splits.warnings)
    assert "40 of 80 clips are tested in no fold" in splits.warnings


def leaking(table: pd.DataFrame, name: str) -> set[str]:
    """Return what leaks under a protocol."""
    guard = Guard(table.assign(content_hash=[f"sound {number}" for number in range(len(table))]))
    splits = split_manifest(table, find_row_protocol(name)(table))
    return {leak.what for split in splits.folds for leak in guard.leaks(split)}


def test_random_parts_a_copy_from_its_clip(doubled: pd.DataFrame) -> None:
    assert "altered copies of a recording" in leaking(doubled, "random")


def test_recordings_random_keeps_copies_with_their_clips(doubled: pd.DataFrame) -> None:
    assert leaking(doubled, "recordings-random") == {"speakers"}


def test_recordings_random_deals_every_clip_and_copy_once(doubled: pd.DataFrame) -> None:
    protocol = find_row_protocol("recordings-random")(doubled)
    assert sorted(name for fold in protocol.folds for name in fold.test) == sorted(doubled["id"])
    assert protocol.may_leak


def test_without_copies_recordings_random_is_random(spoken: pd.DataFrame) -> None:
    assert find_row_protocol("recordings-random")(spoken).digest == generic_protocol("random", spoken).digest
