"""States of pretrained speech encoders: what each of their layers makes of a recording."""

from affectone.features.encoder.catalogue import ENCODERS, EncoderInfo
from affectone.features.encoder.states import cached_states, encoder_states, pad_states
from affectone.features.encoder.weights import WEIGHTS, load_encoder

__all__ = [
    "ENCODERS",
    "WEIGHTS",
    "EncoderInfo",
    "cached_states",
    "encoder_states",
    "load_encoder",
    "pad_states",
]
