"""Networks on an encoder's states, heard, kept, learned and exported; the encoder is small and random."""

from __future__ import annotations

import hashlib
import io
import pickle
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
import torch

transformers = pytest.importorskip("transformers")

import affectone.audio  # noqa: E402
from affectone.audio.augment import Augmentation  # noqa: E402
from affectone.corpora import Split  # noqa: E402
from affectone.corpora.protocol import Fold, Protocol  # noqa: E402
from affectone.errors import (  # noqa: E402
    AudioValueError,
    ConfigError,
    ModelIntegrityError,
    ModelNotFoundError,
)
from affectone.evaluation.answers import read_run  # noqa: E402
from affectone.evaluation.protocol_run import run_protocol  # noqa: E402
from affectone.evaluation.report import evaluate  # noqa: E402
from affectone.models.card import ModelCard  # noqa: E402
from affectone.models.nets import StateStatistics, VectorNetwork  # noqa: E402
from affectone.models.runner import OnnxRunner, StateScale  # noqa: E402
from affectone.models.store import read_artefact  # noqa: E402
from affectone.speech import speech_span  # noqa: E402
from affectone.training import statistics  # noqa: E402
from affectone.training.config import (  # noqa: E402
    ArtefactConfig,
    StatesConfig,
    TrainConfig,
    config_of_run,
    read_config,
    with_own_labels,
)
from affectone.training.deliver import export_run  # noqa: E402
from affectone.training.fit import load_network  # noqa: E402
from affectone.training.kinds import open_session  # noqa: E402
from affectone.training.quiet import quiet  # noqa: E402
from affectone.training.release import release_model  # noqa: E402
from affectone.training.speech import speech_of  # noqa: E402
from affectone.training.states import StatesSession  # noqa: E402
from affectone.training.statistics import clip_statistics, state_statistics  # noqa: E402
from affectone.views.report import report_page  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.usefixtures("random_encoder")]

RATE, SIZE, LAYERS = 16_000, 416, (0, 1)
STATES = StatesConfig(encoder="moonshine-base", layers=LAYERS, copies=1)
QUIETER = Augmentation.read({"steps": [{"kind": "gain", "decibels": [-6.0, -3.0]}]})


@pytest.fixture(scope="module")
def graph(random_encoder: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache in which there is the graph alone; making it takes seconds."""
    folder = tmp_path_factory.mktemp("graph")
    statistics.statistics_graph(STATES, folder)
    return folder


@pytest.fixture
def cache(graph: Path, tmp_path: Path) -> Path:
    """Return a cache of a test's own that has the graph and has heard nothing."""
    return shutil.copytree(graph, tmp_path / "cache")


def heard(paths: list[str], cache: Path, states: StatesConfig = STATES) -> list[Any]:
    return clip_statistics(paths, states, QUIETER, cache=cache, jobs=1)


def test_the_graph_says_what_the_module_says(table: pd.DataFrame, cache: Path) -> None:
    module = state_statistics(STATES)
    for path, clip in zip(table["path"][:3], heard(list(table["path"][:3]), cache), strict=True):
        samples = affectone.audio.load_audio(path, sample_rate=RATE).samples[0]
        start, end = speech_span(samples, RATE) or (0, samples.size)
        with torch.inference_mode():
            expected = module(torch.from_numpy(samples[start:end].copy())[None])[0].numpy()
        assert clip.copies[0].shape == (STATES.numbers,) == (2 * 2 * SIZE,)
        assert np.corrcoef(clip.copies[0], expected)[0, 1] > 0.999  # Its weights are of 8 bits.


def test_statistics_are_means_then_deviations_of_the_layers() -> None:
    states = torch.arange(2 * 3 * 5 * 2.0).square().reshape(2, 3, 5, 2)
    found = StateStatistics(torch.nn.Identity(), (0, 2))(states)
    chosen = states[:, [0, 2]]
    expected = torch.cat((chosen.mean(dim=2), chosen.std(dim=2, correction=0)), dim=1).flatten(1)
    torch.testing.assert_close(found, expected)


def test_a_copy_differs_from_its_clip_and_its_level_does_not_matter(table: pd.DataFrame, cache: Path) -> None:
    (clip,) = heard([table["path"][0]], cache)
    assert len(clip.copies) == 2
    np.testing.assert_allclose(clip.copies[1], clip.copies[0], atol=0.02)
    noisy = Augmentation.read({"steps": [{"kind": "noise", "snr": [5, 5]}]})
    (other,) = clip_statistics([table["path"][0]], STATES, noisy, cache=cache, jobs=1)
    assert np.abs(other.copies[1] - other.copies[0]).max() > 0.05


def test_what_was_heard_is_kept_by_content(
    table: pd.DataFrame, random_encoder: list[str], tmp_path: Path
) -> None:
    paths = list(table["path"][:2])
    random_encoder.clear()
    first = heard(paths, tmp_path)
    twin = tmp_path / "twin.wav"
    twin.write_bytes(Path(paths[0]).read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "heard_statistics", lambda *_, **__: pytest.fail("heard again"))
        again = heard([str(twin), *paths], tmp_path)
    assert [clip.content_hash for clip in again[:2]] == [first[0].content_hash] * 2
    for one, other in zip([first[0], *first], again, strict=True):
        np.testing.assert_array_equal(one.copies, other.copies)
    assert random_encoder == ["moonshine-base"]


def test_other_layers_are_other_numbers(table: pd.DataFrame, cache: Path) -> None:
    path, alone = table["path"][0], StatesConfig(encoder="moonshine-base", layers=(1,), copies=0)
    (both,), (one,) = heard([path], cache), heard([path], cache, alone)
    # Two graphs may round the last bit of half precision in two ways.
    np.testing.assert_allclose(
        one.copies[0], both.copies[0].reshape(2, 2, SIZE)[:, 1].ravel(), rtol=2e-3, atol=1e-5
    )


CONFIG = {
    **{"model": "pooled_mlp", "labels": ["happy", "angry"], "epochs": 15, "batch_size": 8, "averaging": 0.5},
    **{
        "network": {"width": 16, "degrees": True},
        "mixup_share": 0.0,
        "learning_rate": 0.01,
        "validation_share": 0.2,
    },
    **{"features": {"encoder": "moonshine-base", "layers": [0, 1], "copies": 0}},
}


@dataclass(frozen=True)
class Kept:
    """A model on states that was trained to be kept, and all that it came from."""

    session: StatesSession
    card: ModelCard
    run: Path
    network: VectorNetwork

    @property
    def artefact(self) -> Path:
        return self.run / "model"


@pytest.fixture(scope="module")
def kept(table: pd.DataFrame, graph: Path, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("kept")
    shutil.copytree(graph, folder / "cache")
    config = TrainConfig.model_validate(CONFIG)
    with quiet():
        made = open_session(config, table, cache=folder / "cache", jobs=1)
        assert isinstance(made, StatesSession)
        card = release_model(
            made, name="s", version="1", summary="", arguments=["train"], folder=folder / "run", tell=print
        )
        network = load_network(config, folder / "run" / "final" / "last.ckpt")
    assert isinstance(network, VectorNetwork)
    return Kept(made, card, folder / "run", network)


def test_a_model_to_keep_answers_from_a_recording(kept: Kept, table: pd.DataFrame) -> None:
    assert kept.card.input == "waveform"
    assert kept.card.parity["torch_to_float32"] < 1e-3
    assert kept.card.parity["torch_to_int8"] < 0.02
    recognizer = affectone.Recognizer(kept.artefact)
    answers = [recognizer.predict(path) for path in table["path"]]
    assert (
        np.mean([one.label == emotion for one, emotion in zip(answers, table["emotion"], strict=True)]) > 0.9
    )
    sound = affectone.audio.load_audio(table["path"][0]).samples[0]
    quieter = recognizer.predict(0.1 * sound, sample_rate=RATE)
    assert quieter.scores["angry"] == pytest.approx(answers[0].scores["angry"], abs=2e-3)


def test_the_degree_that_clips_had_is_told_and_the_other_is_not(kept: Kept, table: pd.DataFrame) -> None:
    assert kept.card.degrees == ("agreement",)
    recognizer = affectone.Recognizer(kept.artefact)
    answers = [recognizer.predict(path) for path in table["path"]]
    assert {answer.intensity for answer in answers} == {None}
    told = pd.Series([answer.agreement for answer in answers]).groupby(table["emotion"]).mean()
    assert told["angry"] > told["happy"] + 0.2


def test_the_artefact_has_the_states_of_the_session(kept: Kept, table: pd.DataFrame) -> None:
    runner = OnnxRunner(read_artefact(kept.artefact))
    rows = np.array([0, 7, 30])
    expected = kept.session.states(kept.network, rows)
    for row, states in zip(rows, expected, strict=True):
        found = runner.run(speech_of(table["path"][row])).states
        np.testing.assert_allclose(found, states, atol=0.05)
    effects = kept.session.emotion_states(kept.network, np.arange(len(table)))
    np.testing.assert_allclose(runner.emotion_states, effects, atol=np.abs(effects).max() / 100)


def test_an_adapted_artefact_answers_as_the_session(kept: Kept, table: pd.DataFrame) -> None:
    runner = OnnxRunner(read_artefact(kept.artefact))
    happy, angry = runner.emotion_states
    spread = np.random.default_rng(0).uniform(0.8, 1.2, happy.size).astype(np.float32)
    scale = StateScale(angry - happy, spread)  # As if all anger were the voice.
    rows = np.array([0, 7, 30])
    expected = kept.session.predict_adapted(kept.network, rows, scale).emotion
    plain = kept.session.predict(kept.network, rows).emotion
    assert np.abs(expected - plain).max() > 0.5
    for row, logits in zip(rows, expected, strict=True):
        found = runner.run(speech_of(table["path"][row]), scale).emotion_logits
        np.testing.assert_allclose(found, logits, atol=0.05)


def test_nothing_is_adapted_to_the_average_speaker(kept: Kept) -> None:
    rows = np.arange(len(kept.session.manifest))
    numbers = len(kept.network.mean)
    nothing = StateScale(np.zeros(numbers, np.float32), np.ones(numbers, np.float32))
    np.testing.assert_allclose(
        kept.session.predict_adapted(kept.network, rows, nothing).emotion,
        kept.session.predict(kept.network, rows).emotion,
        atol=1e-4,
    )


def test_a_recogniser_is_adapted_to_recordings_and_to_each_by_itself(kept: Kept, table: pd.DataFrame) -> None:
    recognizer = affectone.Recognizer(kept.artefact)
    own = list(table["path"][:4])
    adapted, each = recognizer.adapt(own), recognizer.adapt("self")
    plain, fitted = recognizer.predict(own[0]), adapted.predict(own[0])
    assert (plain.adapted, fitted.adapted) == (False, True)
    assert fitted.scores != plain.scores
    assert pickle.loads(pickle.dumps(adapted)).predict(own[0]) == fitted  # noqa: S301
    assert adapted.adapt(own).predict(own[0]) == fitted  # Not adapted twice.
    alone = each.predict(own[0])
    assert alone == recognizer.adapt([own[0]]).predict(own[0])
    piped = io.BufferedReader(_Pipe(Path(own[0]).read_bytes()))
    assert each.predict(piped).scores == alone.scores
    many = list(each.predict_many(own, jobs=2))
    assert many[0] == alone


class _Pipe(io.RawIOBase):
    """Bytes that can be read once."""

    def __init__(self, content: bytes) -> None:
        self._rest = content

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def test_adapting_needs_speech_and_a_list(kept: Kept, table: pd.DataFrame) -> None:
    recognizer = affectone.Recognizer(kept.artefact)
    with pytest.raises(AudioValueError, match="no speech to adapt to"):
        recognizer.adapt([(np.zeros(RATE), RATE)])
    with pytest.raises(AudioValueError, match="adapt takes a list of recordings; got one str: pass a list"):
        recognizer.adapt(table["path"][0])
    silence = recognizer.adapt("self").predict(np.zeros(RATE), sample_rate=RATE)
    assert (silence.label, silence.adapted) == (None, False)


def test_a_card_that_promises_adaptation_is_held_to_it(kept: Kept, tmp_path: Path) -> None:
    graph = onnx.load(kept.artefact / "model.onnx")
    kept_inputs = [port for port in graph.graph.input if port.name == "waveform"]
    del graph.graph.input[:]
    graph.graph.input.extend(kept_inputs)
    content = graph.SerializeToString()
    (tmp_path / "model.onnx").write_bytes(content)
    card = kept.card.model_copy(update={"sha256": hashlib.sha256(content).hexdigest()})
    (tmp_path / "card.json").write_text(card.model_dump_json())
    with pytest.raises(ModelIntegrityError, match="lacks the optional inputs state_mean and state_scale"):
        affectone.Recognizer(tmp_path)


def test_sound_unlike_the_training_data_is_doubted(kept: Kept, table: pd.DataFrame, tmp_path: Path) -> None:
    """The limit is what nearly all clips learned from stay under; the recogniser measures as it did."""
    own = [
        float(np.square(kept.session.states(kept.network, np.array([row]))).mean())
        for row in range(len(table))
    ]
    limit = kept.card.calibration.novelty
    assert limit == pytest.approx(np.quantile(own, 0.999), rel=0.01)
    shutil.copy(kept.artefact / "model.onnx", tmp_path)
    calibration = kept.card.calibration.model_copy(
        update={"novelty": float(np.median(own)), "threshold": 0.0}
    )
    card = kept.card.model_copy(update={"calibration": calibration})
    (tmp_path / "card.json").write_text(card.model_dump_json())
    recognizer = affectone.Recognizer(tmp_path)
    answers = [recognizer.predict(path) for path in table["path"]]
    doubted = [answer.reason == "unlike the training data" for answer in answers]
    told = [novelty > np.median(own) for novelty in own]
    assert np.mean(np.equal(doubted, told)) > 0.9
    assert {answer.reason for answer in answers} == {None, "unlike the training data"}
    assert [answer.unsure for answer in answers] == doubted


def test_a_new_head_is_trained_on_the_states_of_a_kept_model(
    kept: Kept, table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labels of any names, and no weights of the encoder: what stands before the head is in the model."""
    shutil.copytree(kept.artefact, tmp_path / "models" / "grown")
    monkeypatch.setenv("AFFECTONE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("affectone.training.statistics.load_encoder", None)
    names = {"happy": "delighted", "angry": "furious"}
    own = table.assign(emotion=table["emotion"].map(names))
    config = read_config(None, model="grown", own_labels=True)
    config = with_own_labels(config, ["delighted", "furious"]).model_copy(update={"epochs": 20})
    with quiet():
        made = open_session(config, own, cache=tmp_path / "cache", jobs=1)
        told = {"name": "t", "version": "1", "summary": "", "arguments": ["train"]}
        card = release_model(made, **told, folder=tmp_path / "run", tell=print)
    assert isinstance(made, StatesSession)
    for row in (0, 20):
        np.testing.assert_allclose(
            made.clips[row].copies[0], kept.session.clips[row].copies[0], rtol=2e-3, atol=2e-3
        )
    assert card.labels == ("delighted", "furious")
    recognizer = affectone.Recognizer(tmp_path / "run" / "model")
    answers = [recognizer.predict(path).label for path in own["path"]]
    assert np.mean([one == emotion for one, emotion in zip(answers, own["emotion"], strict=True)]) > 0.9
    assert recognizer.adapt(own["path"][:2]).predict(own["path"][0]).adapted
    export_run(tmp_path / "run", tmp_path / "again", print)


def test_a_model_that_is_another_one_now_is_refused(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(kept.artefact, tmp_path / "grown")
    monkeypatch.setenv("AFFECTONE_MODELS", str(tmp_path))
    config = read_config(None, model="grown").model_dump(mode="json")
    assert config["features"]["numbers"] == len(kept.network.mean)
    assert config_of_run(config).model == "pooled_mlp"
    config["features"]["sha256"] = "0" * 64
    with pytest.raises(ConfigError, match=r"features.sha256: model s@1 is another one now"):
        config_of_run(config)


def test_a_model_to_stand_on_may_be_a_folder(kept: Kept, tmp_path: Path) -> None:
    config = read_config(None, model=str(kept.artefact))
    assert isinstance(config, TrainConfig)
    assert isinstance(config.states, ArtefactConfig)
    assert config.states.artefact == str(kept.artefact)
    assert config.states.sha256 == read_artefact(kept.artefact).card.sha256
    with pytest.raises(ModelNotFoundError, match=r"no model folder at .*away"):
        read_config(None, model=str(tmp_path / "away"))


def test_a_head_stands_on_states_alone() -> None:
    with pytest.raises(ConfigError, match=r"model edge@.* is given no encoder's states"):
        read_config(None, model="edge")


def test_the_kept_model_is_exported_again(kept: Kept, tmp_path: Path) -> None:
    said: list[str] = []
    export_run(kept.run, tmp_path / "out", said.append)
    assert any("answers as recorded" in words for words in said)


def test_a_protocol_tests_the_adapted_model_too(kept: Kept, tmp_path: Path) -> None:
    people = sorted(kept.session.manifest["speaker"].unique())
    folds = tuple(Fold(tuple(f"own/{name}" for name in people[part::2])) for part in (0, 1))
    protocol = Protocol("own:halves", "a test", ("own",), folds)
    with quiet():
        result = run_protocol(
            kept.session, protocol, seeds=(0, 1), folder=tmp_path, report=print, adaptation=True
        )
    rows = {row["sample"]: row for row in result["adaptation"]["own"]}
    assert rows["all clips of the speaker"]["clips"] == len(kept.session.manifest)
    assert rows["1 clips of the speaker"]["clips"] == len(kept.session.manifest) - len(people)
    assert "10 clips of the speaker, angry only" in rows
    assert "10 clips of the speaker, sad only" not in rows  # Nobody is sad.
    for row in rows.values():
        assert row["difference"] == pytest.approx(row["uar"] - row["unadapted"], abs=0.011)
    again = run_protocol(kept.session, protocol, seeds=(0, 1), folder=tmp_path, report=print, adaptation=True)
    assert again == result
    report = evaluate(read_run(tmp_path))
    assert report["corpora"][0]["adaptation"] == result["adaptation"]["own"]
    page = report_page(report, [])
    assert "Adapted without labels" in page
    assert "10 clips of the speaker, angry only" in page


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (
            {"encoder": "moonshine-bse"},
            r"encoder: unknown encoder 'moonshine-bse'; did you mean 'moonshine-base'",
        ),
        ({"encoder": "moonshine-base", "layers": [2, 9]}, r"rising numbers from 0 to 8 .* got \[2, 9\]"),
        ({"encoder": "moonshine-base", "layers": [3, 2]}, r"rising numbers .* got \[3, 2\]"),
        ({"encoder": "moonshine-base", "layers": [0]}, r"one above 0 among them; got \[0\]"),
        ({"encoder": "moonshine-base", "copys": 1}, r"'features.copys'; did you mean 'features.copies'"),
    ],
)
def test_states_that_cannot_be_are_told(features: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=words):
        read_config(None, features=features)


def test_masks_are_for_frames() -> None:
    with pytest.raises(
        ConfigError, match="masking changes log-mel frames, and a network on states is given none"
    ):
        read_config(None, features={"encoder": "moonshine-base"}, masking={"shift": 3})


def test_speakers_are_adapted_to_by_states_alone() -> None:
    with pytest.raises(ConfigError, match="adapted_share adapts states, and features name no encoder"):
        read_config(None, adapted_share=0.5)


def test_draws_are_adapted_where_it_is_wanted(kept: Kept, tmp_path: Path) -> None:
    """Other weights come out, and the same each time."""
    session, rows = kept.session, np.arange(len(kept.session.manifest))
    split = Split(rows, rows[:0], rows[:0])
    weights = []
    for number, share in enumerate((0.0, 1.0, 1.0)):
        config = session.config.model_copy(update={"adapted_share": share, "epochs": 1})
        with quiet():
            network = session.with_config(config).learn(split, tmp_path / str(number), seed=0)
        weights.append(torch.cat([value.flatten() for value in network.parameters()]))
    assert not torch.equal(weights[0], weights[1])
    assert torch.equal(weights[1], weights[2])
