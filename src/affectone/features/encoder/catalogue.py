"""Which encoders are known, where their weights come from, and on what terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["ENCODERS", "EncoderInfo"]


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """One pretrained encoder.

    Parameters
    ----------
    name : str
    family : "whisper", "moonshine" or "wav2vec2"
        How it is run; HuBERT and WavLM are run as wav2vec 2.0 is.
    hub : str
        Its id on the Hugging Face hub.
    layers, dims : int
        Transformer layers, and numbers in a frame of each.
    licence : str
        Of the weights.
    paper : str
    """

    name: str
    family: Literal["whisper", "moonshine", "wav2vec2"]
    hub: str
    layers: int
    dims: int
    licence: str
    paper: str


_WHISPER = "Radford et al.: Robust speech recognition via large-scale weak supervision. ICML 2023"
_MOONSHINE = "Jeffries et al.: Moonshine: speech recognition for live transcription. arXiv 2410.15608, 2024"
_WAV2VEC2 = "Baevski et al.: wav2vec 2.0. NeurIPS 2020"
_HUBERT = "Hsu et al.: HuBERT. IEEE/ACM TASLP 29, 2021"
_WAVLM = "Chen et al.: WavLM. IEEE JSTSP 16, 2022"

_ALL = (
    EncoderInfo("whisper-tiny", "whisper", "openai/whisper-tiny", 4, 384, "MIT", _WHISPER),
    EncoderInfo("whisper-base", "whisper", "openai/whisper-base", 6, 512, "MIT", _WHISPER),
    EncoderInfo("whisper-small", "whisper", "openai/whisper-small", 12, 768, "MIT", _WHISPER),
    EncoderInfo("whisper-medium", "whisper", "openai/whisper-medium", 24, 1024, "MIT", _WHISPER),
    EncoderInfo("whisper-large-v3", "whisper", "openai/whisper-large-v3", 32, 1280, "Apache-2.0", _WHISPER),
    EncoderInfo("moonshine-tiny", "moonshine", "UsefulSensors/moonshine-tiny", 6, 288, "MIT", _MOONSHINE),
    EncoderInfo("moonshine-base", "moonshine", "UsefulSensors/moonshine-base", 8, 416, "MIT", _MOONSHINE),
    EncoderInfo("wav2vec2-base", "wav2vec2", "facebook/wav2vec2-base", 12, 768, "Apache-2.0", _WAV2VEC2),
    EncoderInfo("hubert-base", "wav2vec2", "facebook/hubert-base-ls960", 12, 768, "Apache-2.0", _HUBERT),
    EncoderInfo("hubert-large", "wav2vec2", "facebook/hubert-large-ll60k", 24, 1024, "Apache-2.0", _HUBERT),
    EncoderInfo("wavlm-base", "wav2vec2", "microsoft/wavlm-base", 12, 768, "MIT", _WAVLM),
    EncoderInfo("wavlm-large", "wav2vec2", "microsoft/wavlm-large", 24, 1024, "MIT", _WAVLM),
)

ENCODERS: Mapping[str, EncoderInfo] = {info.name: info for info in _ALL}
"""Every encoder by name."""
