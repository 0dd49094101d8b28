"""Classic models in a session: training rows alone teach, features are those of speech, once measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import soundfile as sf

from affectone.corpora import Split, load_corpora
from affectone.errors import AudioError, ConfigError, CorpusError, LeakError, ModelIntegrityError
from affectone.features.plan import Plan
from affectone.features.settings import Settings
from affectone.models.feature_input import MeasuredInput, feature_input
from affectone.training.classic import export as export_module
from affectone.training.classic import measured as measured_module
from affectone.training.classic import session as session_module
from affectone.training.classic.measured import MeasuredClips, measured_clips
from affectone.training.classic.session import ClassicSession
from affectone.training.config import ClassicConfig, read_config

EMPTY = np.array([], dtype=np.int64)
TRAIN, VALIDATION, TEST = np.arange(8), np.arange(8, 12), np.arange(12, 16)
SPLIT = Split(TRAIN, VALIDATION, TEST)
EMOTIONS = ["neutral", "happy", "sad", "angry"]
Values = npt.NDArray[np.float32]
Make = Callable[..., ClassicSession]


def features() -> Values:
    """Return 16 clips of four speakers whose emotions lift one column each, and women's voices another."""
    values = np.random.default_rng(8).normal(0, 0.3, (16, 6))
    for row in range(16):
        values[row, row % 4] += 3
        values[row, 4] += 3 * (row // 4 % 2 == 0)
    return values.astype(np.float32)


@pytest.fixture
def session(make_clips: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return a maker of sessions over made-up features."""
    world = make_clips(speakers=4)

    def make(
        values: Values | None = None, changes: dict[str, list[Any]] | None = None, **settings: Any
    ) -> ClassicSession:
        rows = features() if values is None else values
        measured = MeasuredClips(rows, [f"{row:064x}" for row in range(16)])
        monkeypatch.setattr(session_module, "measured_clips", lambda *_, **__: measured)
        table = world.manifest.assign(path=[str(row) for row in range(16)], corpus="savee")
        for column, cells in (changes or {}).items():
            table[column] = pd.Series(cells)
        config = ClassicConfig.model_validate({"model": "logistic_regression"} | settings)
        return ClassicSession(config, table, cache=Path("unused"), jobs=1)

    return make


def test_it_learns_and_is_calibrated_on_validation_speakers(session: Make, tmp_path: Path) -> None:
    made = session()
    fitted = made.fit(SPLIT, tmp_path, seed=0)
    assert fitted.temperature is not None
    assert fitted.voice_temperature is not None
    assert fitted.validation is not None
    assert fitted.validation.emotion.shape == (4, 8)
    answers = made.predict(fitted.model, TEST).emotion.argmax(axis=1)
    assert [made.labels[index] for index in answers] == EMOTIONS


def test_scales_come_from_training_rows_alone(session: Make, tmp_path: Path) -> None:
    values = features()
    values[8:] = 1e6 * (values[8:] + 1)
    scale = session(values).fit(SPLIT, tmp_path, seed=0).model.scale.pooled
    np.testing.assert_allclose(scale.mean, values[:8].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(scale.std, values[:8].std(axis=0), rtol=1e-5)
    assert scale.n == 8


@pytest.mark.parametrize("model", ["logistic_regression", "svm_rbf", "knn", "random_forest"])
def test_nothing_of_other_rows_changes_a_model(session: Make, tmp_path: Path, model: str) -> None:
    values = features()
    values[8:] = -7 * values[8:]
    settings: dict[str, Any] = {"model": model}
    if model == "knn":
        settings["classifier"] = {"neighbours": 3}
    one, other = (session(rows, **settings).fit(SPLIT, tmp_path, seed=0).model for rows in (None, values))
    np.testing.assert_array_equal(one.logits(features()).emotion, other.logits(features()).emotion)


def test_a_leak_is_refused_before_anything_is_learned(session: Make, tmp_path: Path) -> None:
    with pytest.raises(LeakError, match="speakers in both training and test"):
        session().fit(Split(np.arange(6), EMPTY, np.arange(6, 16)), tmp_path, seed=0)


def test_answers_that_a_corpus_lacks_are_impossible(session: Make, tmp_path: Path) -> None:
    corpora = ["savee"] * 8 + ["crema_d"] * 8
    emotions = [*["happy", "sad"] * 4, *["neutral", "angry"] * 4]
    made = session(changes={"corpus": corpora, "emotion": emotions})
    model = made.learn(Split(np.arange(16), EMPTY, EMPTY), tmp_path, 0)
    masked = made.masked(made.predict(model, np.array([0, 15])).emotion, np.array([0, 15]))
    possible = [{made.labels[index] for index in np.flatnonzero(row > -1000)} for row in masked]
    assert possible == [{"happy", "sad"}, {"neutral", "angry"}]


def test_voices_that_nobody_knows_are_answered_evenly(session: Make, tmp_path: Path) -> None:
    made = session(changes={"sex": [None] * 16})
    fitted = made.fit(SPLIT, tmp_path, seed=0)
    assert fitted.model.voice is None
    assert (made.predict(fitted.model, TEST).voice == 0).all()
    assert fitted.voice_temperature == 1.0


def test_it_exports_without_voices_too(session: Make, tmp_path: Path) -> None:
    import onnxruntime

    made = session(changes={"sex": [None] * 16})
    exported = made.export(made.fit(SPLIT, tmp_path, seed=0).model, tmp_path / "model.onnx", TEST)
    network = onnxruntime.InferenceSession(exported.path, providers=["CPUExecutionProvider"])
    assert network.run(["voice_logits"], {"features": features()[:1]})[0].tolist() == [[0.0, 0.0]]


def test_one_emotion_alone_teaches_nothing(session: Make, tmp_path: Path) -> None:
    made = session(changes={"emotion": ["sad"] * 8 + EMOTIONS * 2})
    with pytest.raises(CorpusError) as refusal:
        made.fit(SPLIT, tmp_path, seed=0)
    assert str(refusal.value) == "a model needs clips of two emotions to learn from; got 8 of one"


def test_more_neighbours_than_clips_are_refused(session: Make, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refusal:
        session(model="knn").fit(SPLIT, tmp_path, seed=0)
    assert str(refusal.value) == (
        "classifier.neighbours: 31 cannot be found among 8 training clips; ask for fewer"
    )


def test_an_export_that_answers_differently_is_refused(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = session()
    model = made.fit(SPLIT, tmp_path, seed=0).model
    monkeypatch.setattr(
        export_module, "_add_scale", lambda graph, _: graph.node("Neg", ["features"], "embedding")
    )
    with pytest.raises(
        ModelIntegrityError, match=r"sklearn_to_onnx: probabilities differ by 0\.\d{4}, over 0\.001"
    ):
        made.export(model, tmp_path / "model.onnx", TEST)
    assert not (tmp_path / "model.onnx").exists()


def test_its_parameters_are_not_counted(session: Make) -> None:
    assert session().parameters is None


MFCC = Plan.of("mfcc13", Settings(), "clip")


@pytest.fixture(scope="module")
def clips(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return two recordings of speech amid silence, one of them very short, and one without speech."""
    folder = tmp_path_factory.mktemp("clips")
    noise = 0.01 * np.random.default_rng(1).standard_normal(16000).astype(np.float32)
    sounds = {"long": tiny.spoken_clip(1.5), "short": tiny.spoken_clip(0.25), "none": noise}
    for name, sound in sounds.items():
        sf.write(folder / f"{name}.wav", sound, 16000)
    return [str(folder / f"{name}.wav") for name in sounds]


def test_speech_is_measured_as_the_recogniser_measures_it(
    clips: list[str], tiny: ModuleType, session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    from affectone import Recognizer

    learned = measured_clips(clips, MFCC, shortest=0.5, cache=tmp_path, jobs=1).values
    made = session(np.random.default_rng(2).normal(0, 1, (16, 13)).astype(np.float32), features="mfcc13")
    exported = made.export(made.fit(SPLIT, tmp_path, seed=0).model, tmp_path / "model.onnx", TEST)
    card = tiny.card("mfcc", made.labels.names, exported.path.read_bytes(), voices=["female", "male"])
    card |= {"input": "features:mfcc13", "features": feature_input("mfcc13", MFCC).model_dump(mode="json")}
    (tmp_path / "card.json").write_text(json.dumps(card))
    heard: list[Values] = []
    measure = MeasuredInput.__call__

    def spied(self: MeasuredInput, samples: Values) -> Values:
        heard.append(measure(self, samples))
        return heard[-1]

    monkeypatch.setattr(MeasuredInput, "__call__", spied)
    answers = [Recognizer(tmp_path).predict(path) for path in clips[:2]]
    np.testing.assert_array_equal(heard, learned[:2])
    assert [answer.reason for answer in answers if answer.reason == "too short"] == ["too short"]


def test_a_clip_without_speech_is_measured_whole(clips: list[str], tmp_path: Path) -> None:
    whole = MFCC.over_clip(clips[2]).values
    found = measured_clips(clips, MFCC, shortest=0.5, cache=tmp_path, jobs=1).values[2]
    np.testing.assert_array_equal(found, whole)


def test_what_was_measured_is_not_measured_again(
    clips: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = measured_clips(clips, MFCC, shortest=0.5, cache=tmp_path, jobs=1)
    monkeypatch.setattr(measured_module, "speech_features", lambda *_, **__: pytest.fail("measured again"))
    again = measured_clips([clips[1], clips[0], clips[1]], MFCC, shortest=0.5, cache=tmp_path, jobs=1)
    np.testing.assert_array_equal(again.values, first.values[[1, 0, 1]])
    assert again.hashes == [first.hashes[1], first.hashes[0], first.hashes[1]]


@pytest.mark.parametrize(("plan", "shortest"), [(Plan.of("mfcc20", Settings(), "clip"), 0.5), (MFCC, 0.6)])
def test_other_features_are_measured_anew(
    clips: list[str], tmp_path: Path, plan: Plan, shortest: float
) -> None:
    before = measured_clips(clips[1:2], MFCC, shortest=0.5, cache=tmp_path, jobs=1).values
    after = measured_clips(clips[1:2], plan, shortest=shortest, cache=tmp_path, jobs=1).values
    assert not np.array_equal(before, after)


def test_a_recording_that_cannot_be_read_stops_all(clips: list[str], tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF nothing")
    with pytest.raises(AudioError, match=r"broken\.wav"):
        measured_clips([*clips, str(tmp_path / "broken.wav")], MFCC, shortest=0.5, cache=tmp_path, jobs=1)


def test_a_configuration_is_read_by_the_name_of_its_model(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        'model = "svm_rbf"\nseed = 3\nfeatures = ["mfcc", "pitch"]\n[classifier]\nc = 2.0\n', encoding="utf-8"
    )
    config = read_config(file)
    assert isinstance(config, ClassicConfig)
    assert (config.seed, config.classifier) == (3, {"c": 2.0, "gamma": "scale"})
    assert config.features.plan.sets == ("mfcc", "pitch")
    assert config.features.title == "mfcc,pitch"


def test_features_can_be_told_in_full() -> None:
    told = {"sets": ["mfcc"], "functionals": ["mean", "std"], "settings": {"n_mfcc": 20}}
    plan = ClassicConfig.model_validate({"model": "knn", "features": told}).features.plan
    assert (plan.functionals, plan.settings.n_mfcc) == (("mean", "std"), 20)


def test_defaults_of_a_model_are_part_of_the_settings() -> None:
    one = ClassicConfig(model="knn")
    other = ClassicConfig.model_validate({"model": "knn", "classifier": one.classifier})
    assert one == other
    assert (
        one.digest != ClassicConfig.model_validate({"model": "knn", "classifier": {"neighbours": 3}}).digest
    )


@pytest.mark.corpora
def test_a_machine_learns_from_three_real_speakers_what_a_fourth_feels(
    corpora_root: Path, tmp_path: Path
) -> None:
    manifest = load_corpora({"savee": corpora_root / "savee"}).iloc[::4].reset_index(drop=True)
    config = ClassicConfig.model_validate({"model": "svm_rbf", "features": "classic180"})
    made = ClassicSession(config, manifest, cache=tmp_path, jobs=1)
    tested = (made.manifest["speaker"] == made.manifest["speaker"].iloc[0]).to_numpy()
    split = Split(np.flatnonzero(~tested), EMPTY, np.flatnonzero(tested))
    model = made.fit(split, tmp_path, seed=0).model
    right = made.predict(model, split.test).emotion.argmax(axis=1) == made.targets.emotion[split.test]
    assert right.mean() > 0.25  # Seven emotions: chance is a seventh, always "neutral" a quarter.
    assert made.export(model, tmp_path / "model.onnx", split.test).parity["sklearn_to_onnx"] < 1e-4
