"""From the name of an encoder to a module with its weights."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectone.errors import ConfigError, ModelNotFoundError, unknown_name
from affectone.features.encoder.catalogue import ENCODERS, EncoderInfo
from affectone.registry import require_extra

if TYPE_CHECKING:
    from affectone.features.encoder.base import Encoder

__all__ = ["WEIGHTS", "load_encoder"]

WEIGHTS = "AFFECTONE_WEIGHTS"
"""Names a folder of weights that are to be taken from there and not from the hub."""


def load_encoder(name: str, *, layers: int | None = None) -> Encoder:
    """Return a pretrained encoder in evaluation mode, frozen.

    Its weights are those in the folder that ``AFFECTONE_WEIGHTS`` names (``<name>-encoder-fp16.safetensors``
    with ``<name>-config.json``, or ``<name>-encoder-int8.onnx`` of Moonshine), else those of the Hugging Face
    hub, which transformers fetches and keeps.

    Parameters
    ----------
    name : str
        One of `ENCODERS`.
    layers : int, optional
        Cut it after this layer, counted from 1.

    Raises
    ------
    ConfigError
        If there is no such encoder or no such layer.
    ModelNotFoundError
        If its weights are to be had from nowhere.
    MissingExtraError
        Without the extra `train`.
    """
    if name not in ENCODERS:
        raise ConfigError(unknown_name("encoder", name, ENCODERS))
    require_extra("train", "running a pretrained encoder")
    info = ENCODERS[name]
    told = os.environ.get(WEIGHTS)
    local = None if told is None else _local(info, Path(told))
    encoder = _FAMILIES[info.family](_from_hub(info) if local is None else local, layers)
    return encoder.eval().requires_grad_(False)


def _whisper(model: Any, layers: int | None) -> Encoder:
    from affectone.features.encoder.whisper import WhisperStates

    return WhisperStates(model, layers)


def _moonshine(model: Any, layers: int | None) -> Encoder:
    from affectone.features.encoder.moonshine import MoonshineStates

    return MoonshineStates(model, layers)


def _wav2vec2(model: Any, layers: int | None) -> Encoder:
    from affectone.features.encoder.wav2vec2 import Wav2Vec2States

    return Wav2Vec2States(model, layers)


_FAMILIES: dict[str, Callable[[Any, int | None], Encoder]] = {
    "whisper": _whisper,
    "moonshine": _moonshine,
    "wav2vec2": _wav2vec2,
}


def _from_hub(info: EncoderInfo) -> Any:
    import transformers

    try:
        model = transformers.AutoModel.from_pretrained(info.hub)
    except OSError as error:
        reason = str(error).splitlines()[0]
        raise ModelNotFoundError(
            f"the weights of {info.name} are neither in a folder that {WEIGHTS} names nor to be had from the "
            f"hub as {info.hub}: {reason}"
        ) from None
    return model if info.family == "wav2vec2" else model.get_encoder()


def _local(info: EncoderInfo, folder: Path) -> Any | None:
    """Return the encoder with the weights of a folder, or None where it has none."""
    if not folder.is_dir():
        raise ModelNotFoundError(f"{WEIGHTS} names {str(folder)!r}, which is no folder")
    tensors = folder / f"{info.name}-encoder-fp16.safetensors"
    if info.family == "whisper" and tensors.exists():
        return _local_whisper(tensors, folder / f"{info.name}-config.json")
    small = folder / f"{info.name}-encoder-int8.onnx"
    if info.family == "moonshine" and small.exists():
        return _local_moonshine(info, small)
    return None


def _local_whisper(tensors: Path, settings: Path) -> Any:
    from safetensors.torch import load_file
    from transformers import WhisperConfig
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    encoder = WhisperEncoder(WhisperConfig(**json.loads(settings.read_text(encoding="utf-8"))))
    encoder.load_state_dict({name: values.float() for name, values in load_file(tensors).items()})
    return encoder


def _local_moonshine(info: EncoderInfo, small: Path) -> Any:
    from transformers import MoonshineConfig
    from transformers.models.moonshine.modeling_moonshine import MoonshineEncoder

    from affectone.features.encoder.moonshine import moonshine_weights

    # The ONNX file does not hold them.
    settings: dict[str, Any] = {
        "hidden_size": info.dims,
        "intermediate_size": 4 * info.dims,
        "encoder_num_hidden_layers": info.layers,
        "encoder_num_attention_heads": 8,
        "decoder_num_attention_heads": 8,
        "partial_rotary_factor": 0.62 if info.name == "moonshine-base" else 0.9,
    }
    encoder = MoonshineEncoder(MoonshineConfig(**settings))
    encoder.load_state_dict(moonshine_weights(small))
    return encoder
