"""Speaker turns: steps cut where the speaker changes, and who speaks where the truth is known."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from affectone.audio import load_audio
from affectone.errors import ConfigError
from affectone.models import OnnxRunner, find_model, store
from affectone.recognition import Recognizer, Timeline
from affectone.recognition.hearing import Heard
from affectone.recognition.segments import Told
from affectone.recognition.turns import Turn, in_order_of_appearance, parts_of
from affectone.recognition.voices import SPACE, VoiceSpace, VoicesTrack, cepstrum_of

FloatArray = npt.NDArray[np.float32]
RATE = 16000
NOTHING = np.zeros(0)
HEARD = Heard(np.ones(1), np.ones(1), NOTHING, NOTHING, np.full(3, 2.0, np.float32), 0)


def step(start: int, end: int, speech: int) -> Told:
    return Told(start, end, speech, HEARD, np.ones(1))


def test_a_step_is_cut_where_another_one_speaks() -> None:
    turns = [Turn(0, 150, 0), Turn(170, 300, 1)]
    steps = [step(0, 100, 100), step(100, 200, 80), step(200, 290, 90)]
    parts = [(who, one.start, one.end, one.speech_samples) for who, one in parts_of(steps, turns)]
    assert parts == [(0, 0, 100, 100), (0, 100, 150, 50), (1, 170, 200, 30), (1, 200, 290, 90)]


def test_several_may_speak_in_one_step() -> None:
    turns = [Turn(0, 30, 0), Turn(30, 60, 1), Turn(60, 100, 0)]
    assert [who for who, _ in parts_of([step(0, 100, 90)], turns)] == [0, 1, 0]


def test_nobody_speaks_in_music() -> None:
    music = Told(100, 200, 0, None, None)
    assert list(parts_of([step(0, 100, 90), music], [Turn(0, 300, 0)]))[-1] == (None, music)


def test_speakers_are_counted_as_they_are_first_heard() -> None:
    assert in_order_of_appearance(np.array([3, 3, 1, 0, 1])).tolist() == [0, 0, 1, 2, 1]


def test_what_is_kept_of_a_step_is_as_unlike_as_the_step() -> None:
    kept = step(0, 100, 90).without_states().heard
    assert kept is not None
    assert (kept.states.size, kept.novelty) == (1, pytest.approx(HEARD.novelty))


@pytest.fixture
def by_pitch(monkeypatch: pytest.MonkeyPatch, tiny: ModuleType) -> None:
    """Let models know a voice by how often the sound changes sign."""
    space = VoiceSpace(np.ones((1, 2), np.float32), np.ones((1, 2), np.float32), np.full(2, 10.0))
    monkeypatch.setattr(VoiceSpace, "of", lambda _: space)

    def row(_: VoicesTrack, samples: FloatArray) -> FloatArray:
        high = tiny.measures(samples)[1] > 0.12
        return np.array([5.0, -5.0] if high else [-5.0, 5.0], np.float32)

    monkeypatch.setattr(VoicesTrack, "_row", row)


def hiss(sound: FloatArray) -> FloatArray:
    """Return speech with breath in it, which changes sign often."""
    return sound + (0.02 * np.random.default_rng(0).standard_normal(sound.size)).astype(np.float32)


@pytest.fixture
def talk(tiny: ModuleType) -> FloatArray:
    """Low, breathy, low: 4, 3 and 4 s, with 0.4 s between them."""
    pause = np.zeros(6400, np.float32)
    low = tiny.speech(4.0, pitch=110)
    return np.concatenate([low, pause, hiss(tiny.speech(3.0, pitch=110)), pause, low])


def speakers_of(told: Timeline) -> list[str | None]:
    """Return who speaks, one after the other."""
    return [who for who, _ in itertools.groupby(one.speaker for one in told)]


@pytest.mark.usefixtures("by_pitch")
class TestTimeline:
    """With a model that knows voices by hand."""

    @pytest.mark.parametrize("wanted", [2, 3])
    def test_segments_end_where_another_one_speaks(
        self, recognizer: Recognizer, talk: FloatArray, wanted: Any
    ) -> None:
        told = recognizer.timeline(talk, sample_rate=RATE, speakers=wanted)
        assert speakers_of(told) == ["speaker 1", "speaker 2", "speaker 1"]
        for one in told:
            middle = (one.start + one.end) / 2
            assert one.speaker == ("speaker 2" if 4.2 < middle < 7.6 else "speaker 1")
        changes = [
            (one.end, other.start) for one, other in itertools.pairwise(told) if one.speaker != other.speaker
        ]
        np.testing.assert_allclose(changes, [(4.0, 4.4), (7.4, 7.8)], atol=0.15)
        assert (told.channels, told.speakers, told.turned) == ((0,), (None,), True)

    def test_all_else_is_as_without(self, recognizer: Recognizer, talk: FloatArray) -> None:
        plain, told = (recognizer.timeline(talk, sample_rate=RATE, speakers=n) for n in (None, 2))
        assert told.windows == plain.windows
        assert not plain.turned
        spoken, known = (sum(one.prediction.speech_seconds or 0 for one in line) for line in (told, plain))
        assert spoken == pytest.approx(known, abs=0.05)
        for one in told:
            assert sum(one.prediction.scores.values()) == pytest.approx(1)
            assert 0 < (one.prediction.speech_seconds or 0) <= one.duration + 1e-9

    def test_several_windows_at_once_change_nothing(self, recognizer: Recognizer, talk: FloatArray) -> None:
        one, three = (recognizer.timeline(talk, sample_rate=RATE, speakers=2, jobs=n) for n in (1, 3))
        assert one == three

    def test_one_voice_gives_what_there_is_without(self, recognizer: Recognizer, tiny: ModuleType) -> None:
        sound = tiny.speech(5.0)
        plain, told = (recognizer.timeline(sound, sample_rate=RATE, speakers=n) for n in (None, 2))
        assert set(speakers_of(told)) == {"speaker 1"}
        assert [one.prediction for one in told] == [one.prediction for one in plain]

    def test_silence_has_no_speakers(self, recognizer: Recognizer) -> None:
        assert len(recognizer.timeline(np.zeros(2 * RATE), sample_rate=RATE, speakers=2)) == 0

    def test_names_are_those_of_the_speakers(self, recognizer: Recognizer, talk: FloatArray) -> None:
        told = recognizer.timeline(talk, sample_rate=RATE, speakers=2, names=["Ada", "Bo"])
        assert speakers_of(told) == ["Ada", "Bo", "Ada"]
        assert told.to_vtt().count("<v Bo>") == sum(one.speaker == "Bo" for one in told)
        assert "\nAda: " in told.to_srt()

    def test_it_is_read_back(self, recognizer: Recognizer, talk: FloatArray) -> None:
        told = recognizer.timeline(talk, sample_rate=RATE, speakers=2)
        again = Timeline.from_dict(json.loads(told.to_json()))
        assert (again, again.turned) == (told, True)
        assert set(told.to_frame()["speaker"]) == {"speaker 1", "speaker 2"}

    def test_each_channel_has_its_own(self, recognizer: Recognizer, talk: FloatArray) -> None:
        told = recognizer.timeline(np.stack([talk, talk[::-1].copy()]), sample_rate=RATE, speakers=2)
        assert {one.speaker for one in told if one.channel == 1} <= {"speaker 1", "speaker 2"}
        assert "channel 0, speaker 2: " in told.to_srt()

    def test_a_page_has_each_speaker(self, recognizer: Recognizer, talk: FloatArray) -> None:
        page = recognizer.timeline(talk, sample_rate=RATE, speakers=2).to_html()
        for who in ("speaker 1", "speaker 2"):
            assert f'<p class="lane">{who}</p>' in page
            assert f"<h3>{who}</h3>" in page
            assert f"<td>{who}</td>" in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"speakers": 1}, "speakers must be a number from 2 to 8; got 1"),
        ({"speakers": 9}, "speakers must be a number from 2 to 8; got 9"),
        ({"speakers": True}, "speakers must be a number from 2 to 8; got True"),
        ({"speakers": "auto"}, "speakers must be a number from 2 to 8; got 'auto'"),
        ({"speakers": 2, "names": ["a"]}, "1 speaker names for 2 speakers"),
        ({"speakers": 2, "names": ["a", "a"]}, "speaker names must differ and none be empty; got 'a', 'a'"),
        ({"speakers": 2}, "model tiny@0.0.1 tells no speakers apart; base does"),
    ],
)
def test_what_cannot_be_is_refused(recognizer: Recognizer, given: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        recognizer.timeline(np.zeros(RATE), sample_rate=RATE, **given)


def test_names_of_two_channels_do_not_go_with_speakers(recognizer: Recognizer) -> None:
    with pytest.raises(ConfigError, match="name those of one channel; got 2 channels"):
        recognizer.timeline(np.zeros((2, RATE)), sample_rate=RATE, names=["a", "b"], speakers=2)


def test_edge_tells_no_speakers_apart(tiny: ModuleType) -> None:
    with pytest.raises(ConfigError, match=r"model edge@[0-9.]+ tells no speakers apart; base does"):
        Recognizer(store.PACKAGED / "edge").timeline(tiny.speech(2.0), sample_rate=RATE, speakers=2)


def test_the_space_is_for_the_packaged_models() -> None:
    """Where this fails, a model with an encoder was made anew: run benchmarks/voices.py."""
    with np.load(SPACE) as kept:
        known, space = kept["models"].tolist(), dict(kept)
    cards = [find_model(folder).card for folder in store.model_folders().values()]
    assert sorted(known) == sorted(card.sha256 for card in cards if card.name in ("base", "base-commercial"))
    dim = space["spread"].size
    assert space["states"].shape == (space["scales"].shape[1], dim)
    assert space["cepstrum"].shape == (48, dim)
    assert all(np.isfinite(space[name]).all() for name in ("states", "cepstrum", "scales", "spread"))
    assert SPACE.stat().st_size < 1_000_000


def test_both_models_see_voices_alike(tiny: ModuleType) -> None:
    """Their encoder is one: two voices lie equally far apart."""
    sounds = [tiny.speech(1.0, pitch=pitch) for pitch in (100, 230)]
    apart = []
    for name in ("base", "base-commercial"):
        runner = OnnxRunner(find_model(store.PACKAGED / name))
        space = VoiceSpace.of(runner.artefact)
        low, high = (space(runner.run(sound).states, cepstrum_of(sound)) for sound in sounds)
        apart.append(high - low)
    np.testing.assert_allclose(*apart, atol=0.02)


def test_the_cepstrum_is_that_of_librosa(tiny: ModuleType) -> None:
    librosa = pytest.importorskip("librosa")
    sound = tiny.speech(1.0)
    bands = librosa.feature.melspectrogram(
        y=sound, sr=RATE, n_fft=512, hop_length=160, n_mels=40, center=False
    )
    loud = bands[:, bands.sum(axis=0) >= 0.02 * np.quantile(bands.sum(axis=0), 0.95)]
    cepstrum = librosa.feature.mfcc(S=np.log(loud / bands.mean() + 1e-7), n_mfcc=25)[1:]
    expected = np.concatenate([cepstrum.mean(axis=1), cepstrum.std(axis=1)])
    np.testing.assert_allclose(cepstrum_of(sound), expected, atol=1e-3)


def test_a_voice_is_the_same_at_any_level(tiny: ModuleType) -> None:
    sound = tiny.speech(1.0)
    np.testing.assert_allclose(cepstrum_of(sound), cepstrum_of(0.01 * sound), atol=1e-3)


def test_silence_and_a_moment_have_a_cepstrum() -> None:
    for sound in (np.zeros(RATE, np.float32), np.zeros(1, np.float32)):
        assert np.isfinite(cepstrum_of(sound)).all()


def test_made_voices_are_told_apart(tiny: ModuleType) -> None:
    pause = np.zeros(8000, np.float32)
    low, high = tiny.speech(4.0, pitch=100), tiny.speech(4.0, pitch=230)
    sound = np.concatenate([low, pause, high, pause, low, pause, high])
    told = Recognizer(store.PACKAGED / "base").timeline(sound, sample_rate=RATE, speakers=2)
    assert speakers_of(told) == ["speaker 1", "speaker 2", "speaker 1", "speaker 2"]


@pytest.mark.corpora
@pytest.mark.parametrize("people", [("01", "02"), ("03", "05")])
def test_speakers_of_a_corpus_are_told_apart(corpora_root: Path, people: tuple[str, str]) -> None:
    """RAVDESS took no part in learning where voices differ; eight emotions, each turn of two clips."""
    sound, truth = [], []
    for emotion in range(1, 9):
        number = emotion % 2
        folder = corpora_root / "ravdess" / f"Actor_{people[number]}"
        for clip in sorted(folder.glob(f"03-01-0{emotion}-01-*"))[:2]:
            samples = load_audio(clip).samples[0]
            sound.append(samples)
            truth.append(np.full(samples.size, number))
    whole = np.concatenate(truth)
    recognizer = Recognizer(store.PACKAGED / "base")
    told = recognizer.timeline(np.concatenate(sound), sample_rate=RATE, speakers=2)
    right = total = 0
    for one in told:
        part = whole[round(one.start * RATE) : round(one.end * RATE)]
        # The emotions begin with the odd one, number 1.
        right += int((part == (1 if one.speaker == "speaker 1" else 0)).sum())
        total += part.size
    assert right / total > 0.9
