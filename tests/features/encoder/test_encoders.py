"""Encoders against transformers' own code, on models of random weights: no download, no corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from affectone.errors import AudioValueError, ConfigError, ModelNotFoundError  # noqa: E402
from affectone.features.encoder import (  # noqa: E402
    ENCODERS,
    WEIGHTS,
    cached_states,
    encoder_states,
    load_encoder,
    pad_states,
)
from affectone.features.encoder.base import LEVEL, Encoder  # noqa: E402
from affectone.features.encoder.moonshine import MoonshineStates  # noqa: E402
from affectone.features.encoder.wav2vec2 import Wav2Vec2States  # noqa: E402
from affectone.features.encoder.whisper import LogMelWhisper, WhisperStates  # noqa: E402

pytestmark = pytest.mark.train

RATE = 16_000
SMALL = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 64}
CONVOLUTIONS = {"conv_dim": (16,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4}


def whisper() -> Any:
    config = transformers.WhisperConfig(
        d_model=32, encoder_layers=3, encoder_attention_heads=4, encoder_ffn_dim=64, decoder_layers=1,
        decoder_attention_heads=4, decoder_ffn_dim=64, vocab_size=100, pad_token_id=0, bos_token_id=1,
        eos_token_id=2, decoder_start_token_id=1,
    )  # fmt: skip
    return transformers.WhisperModel(config).get_encoder()


def moonshine() -> Any:
    config = transformers.MoonshineConfig(
        hidden_size=32, intermediate_size=64, encoder_num_hidden_layers=3, encoder_num_attention_heads=4,
        decoder_num_hidden_layers=1, decoder_num_attention_heads=4, vocab_size=100,
    )  # fmt: skip
    return transformers.MoonshineModel(config).get_encoder()


def wav2vec2() -> Any:
    return transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(**SMALL, **CONVOLUTIONS, vocab_size=100))


def hubert() -> Any:
    return transformers.HubertModel(transformers.HubertConfig(**SMALL, **CONVOLUTIONS, vocab_size=100))


def wavlm() -> Any:
    return transformers.WavLMModel(transformers.WavLMConfig(**SMALL, **CONVOLUTIONS, vocab_size=100))


FAMILIES: dict[str, tuple[Any, type[Encoder]]] = {
    "whisper": (whisper, WhisperStates),
    "moonshine": (moonshine, MoonshineStates),
    "wav2vec2": (wav2vec2, Wav2Vec2States),
    "hubert": (hubert, Wav2Vec2States),
    "wavlm": (wavlm, Wav2Vec2States),
}


def made(family: str, keep: int | None = None) -> Encoder:
    torch.manual_seed(0)
    model, states = FAMILIES[family]
    return states(model().eval(), keep).eval().requires_grad_(False)


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))).astype(np.float32)


@pytest.mark.parametrize("family", FAMILIES)
def test_states_are_those_before_the_first_layer_and_after_each(family: str) -> None:
    states = encoder_states(made(family), noise(1.3))
    layers, frames, dims = states.shape
    assert (layers, dims) == (4, 32)
    assert 40 <= frames <= 70
    assert np.isfinite(states).all()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("keep", [1, 2])
def test_cutting_changes_nothing_before_the_cut(family: str, keep: int) -> None:
    whole, cut = (encoder_states(made(family, layers), noise(0.9)) for layers in (None, keep))
    assert cut.shape[0] == keep + 1
    np.testing.assert_allclose(cut, whole[: keep + 1], atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_neither_the_level_nor_the_batch_matters(family: str) -> None:
    encoder, one, other = made(family), noise(0.8), noise(0.8, seed=1)
    alone = encoder_states(encoder, one)
    np.testing.assert_allclose(encoder_states(encoder, 0.03 * one), alone, atol=2e-4)
    both = encoder(torch.from_numpy(np.stack([one, 8 * other])))[0].numpy()
    np.testing.assert_allclose(both, alone, atol=2e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_there_is_no_layer_beyond_the_last(family: str) -> None:
    for keep in (0, 4):
        with pytest.raises(ConfigError, match=rf"the encoder has layers 1 to 3; got {keep}"):
            made(family, keep)


def levelled(samples: np.ndarray) -> Any:
    return torch.from_numpy(samples * np.float32(LEVEL / np.sqrt(np.mean(samples**2))))[None]


def test_moonshine_is_transformers() -> None:
    samples, encoder = noise(1.1), made("moonshine")
    torch.manual_seed(0)
    theirs = moonshine().eval()
    with torch.inference_mode():
        expected = theirs(levelled(samples)).last_hidden_state[0]
        ours = theirs.layer_norm(torch.from_numpy(encoder_states(encoder, samples)[-1]))
    np.testing.assert_allclose(ours, expected, atol=1e-5)


@pytest.mark.parametrize("family", ["wav2vec2", "hubert", "wavlm"])
def test_wav2vec2_and_its_kin_are_transformers(family: str) -> None:
    samples, encoder = noise(1.1), made(family)
    torch.manual_seed(0)
    theirs = FAMILIES[family][0]().eval()
    normal = torch.from_numpy((samples - samples.mean()) / samples.std())[None]
    with torch.inference_mode():
        expected = theirs(normal, output_hidden_states=True).hidden_states
    np.testing.assert_allclose(encoder_states(encoder, samples), torch.cat(expected), atol=1e-3)


def test_whisper_is_transformers_on_thirty_seconds() -> None:
    # Theirs takes nothing but 30 s; on so many ours has to be the same, mel spectrogram included.
    samples, encoder = noise(30.0), made("whisper")
    torch.manual_seed(0)
    theirs = whisper().eval()
    extractor = transformers.WhisperFeatureExtractor()
    mel = extractor(levelled(samples)[0].numpy(), sampling_rate=RATE, return_tensors="pt").input_features
    with torch.inference_mode():
        expected = theirs(mel).last_hidden_state[0]
        ours = theirs.layer_norm(torch.from_numpy(encoder_states(encoder, samples)[-1]))
    np.testing.assert_allclose(ours, expected, atol=2e-3)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.345])
def test_the_mel_spectrogram_is_whispers(seconds: float) -> None:
    samples = noise(seconds)
    extractor = transformers.WhisperFeatureExtractor()
    theirs = extractor(samples, sampling_rate=RATE, padding="do_not_pad", return_tensors="np")
    expected = theirs.input_features[0]
    ours = LogMelWhisper(80)(torch.from_numpy(samples)[None])[0].numpy()
    assert ours.shape[1] == expected.shape[1] // 2 * 2
    np.testing.assert_allclose(ours, expected[:, : ours.shape[1]], atol=1e-3)


def test_states_of_several_lengths_share_an_array_with_a_mask() -> None:
    encoder = made("moonshine")
    states = [encoder_states(encoder, noise(seconds)) for seconds in (0.5, 1.2, 0.8)]
    padded, mask = pad_states(states)
    assert padded.shape == (3, 4, states[1].shape[1], 32)
    assert mask.sum(axis=1).tolist() == [clip.shape[1] for clip in states]
    for row, clip in enumerate(states):
        np.testing.assert_array_equal(padded[row][:, mask[row]], clip)
        assert not padded[row][:, ~mask[row]].any()


@pytest.mark.parametrize(("seconds", "words"), [(0.05, "got 0.050 s"), (30.1, "got 30.100 s")])
def test_too_short_and_too_long_recordings_are_refused(seconds: float, words: str) -> None:
    with pytest.raises(AudioValueError, match=words):
        encoder_states(made("moonshine"), noise(seconds))


def test_several_channels_are_refused() -> None:
    with pytest.raises(AudioValueError, match=r"one channel, shape \(samples,\); got \(2, 16000\)"):
        encoder_states(made("moonshine"), np.zeros((2, RATE)))


def test_states_are_kept_by_content(tmp_path: Path) -> None:
    import soundfile

    encoder, calls = made("moonshine"), []
    encoder.register_forward_hook(lambda *_: calls.append(1))
    for name in ("one.wav", "same.wav"):
        soundfile.write(tmp_path / name, noise(0.7), RATE)
    first = cached_states(tmp_path / "one.wav", encoder, name="made", folder=tmp_path / "cache")
    again = cached_states(tmp_path / "same.wav", encoder, name="made", folder=tmp_path / "cache")
    assert len(calls) == 1
    np.testing.assert_allclose(again, first, atol=2e-3, rtol=1e-3)
    cached_states(tmp_path / "one.wav", encoder, name="other", folder=tmp_path / "cache")
    assert len(calls) == 2


def test_an_unknown_encoder_is_told_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match=r"'whisper-bse'; did you mean 'whisper-base'\?"):
        load_encoder("whisper-bse")


def test_weights_in_no_folder_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(WEIGHTS, str(tmp_path / "nowhere"))
    with pytest.raises(ModelNotFoundError, match="nowhere', which is no folder"):
        load_encoder("whisper-base")


def test_weights_that_are_nowhere_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def offline(hub: str) -> None:
        raise OSError(f"cannot reach the hub for {hub}\nand much more")

    monkeypatch.setenv(WEIGHTS, str(tmp_path))
    monkeypatch.setattr(transformers.AutoModel, "from_pretrained", offline)
    with pytest.raises(ModelNotFoundError, match=r"as openai/whisper-tiny: cannot reach the hub .*tiny$"):
        load_encoder("whisper-tiny")


def test_the_catalogue_says_where_each_comes_from() -> None:
    for name, info in ENCODERS.items():
        assert info.name == name
        assert info.hub.count("/") == 1
        assert info.layers > 0
        assert info.dims > 0
        assert info.licence in ("MIT", "Apache-2.0")
        assert info.paper[-4:].isdigit()


@pytest.mark.parametrize(("name", "frames_a_second"), [("whisper-base", 50), ("moonshine-base", 41.7)])
def test_real_weights_hear_speech(
    name: str, frames_a_second: float, weights: Path, monkeypatch: pytest.MonkeyPatch, repo_root: Path
) -> None:
    from affectone.audio import load_audio

    monkeypatch.setenv(WEIGHTS, str(weights))
    samples = load_audio(repo_root / "examples" / "train.wav", sample_rate=RATE).samples[0][: 3 * RATE]
    states = encoder_states(load_encoder(name, layers=3), samples)
    assert states.shape[0] == 4
    assert states.shape[2] == ENCODERS[name].dims
    assert states.shape[1] == pytest.approx(samples.size / RATE * frames_a_second, rel=0.03)
    assert np.isfinite(states).all()


def test_moonshines_file_is_what_a_runtime_makes_of_it(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    monkeypatch.setenv(WEIGHTS, str(weights))
    encoder, samples = load_encoder("moonshine-base"), levelled(noise(2.0))
    session = onnxruntime.InferenceSession(weights / "moonshine-base-encoder-int8.onnx")
    theirs = session.run(None, {"input_values": samples.numpy()})[0][0]
    states = encoder_states(encoder, samples[0].numpy())[-1]
    ours = (states - states.mean(axis=1, keepdims=True)) / states.std(axis=1, keepdims=True)
    theirs = (theirs - theirs.mean(axis=1, keepdims=True)) / theirs.std(axis=1, keepdims=True)
    # It multiplies in 8 bits, and its last norm has weights: near, not equal.
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.9
