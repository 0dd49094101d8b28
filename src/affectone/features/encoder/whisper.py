"""Whisper's encoder on the true length of a recording, from samples to states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from affectone.features.encoder.base import Encoder

__all__ = ["LogMelWhisper", "WhisperStates"]

RATE, WINDOW, HOP = 16_000, 400, 160
QUIETEST = 1e-10
RANGE = 8.0
"""Decades below the loudest value that count."""


class LogMelWhisper(nn.Module):
    """Whisper's log-mel spectrogram, of convolutions and products alone, so that every runtime has it.

    25 ms windows (Hann) every 10 ms, mirrored at the ends; Slaney's mel bands; decades, at most 8 below the
    loudest; ``(x + 4) / 4`` (Radford et al. 2023, section 2.2, and OpenAI's code).

    Parameters
    ----------
    bands : int
    """

    filters: Tensor
    fourier: Tensor

    def __init__(self, bands: int) -> None:
        super().__init__()
        from transformers.audio_utils import mel_filter_bank

        filters = mel_filter_bank(
            WINDOW // 2 + 1, bands, 0.0, RATE / 2, RATE, norm="slaney", mel_scale="slaney"
        )
        self.register_buffer("filters", torch.tensor(filters, dtype=torch.float32), persistent=False)
        phase = 2 * torch.pi * torch.arange(WINDOW)[:, None] * torch.arange(WINDOW // 2 + 1) / WINDOW
        window = torch.hann_window(WINDOW, dtype=torch.float64)[:, None]
        fourier = torch.cat((phase.double().cos() * window, phase.double().sin() * window), dim=1)
        self.register_buffer("fourier", fourier.T[:, None].float(), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """Map ``(batch, samples)`` to ``(batch, bands, frames)``, an even number of frames."""
        padded = nn.functional.pad(waveform[:, None], (WINDOW // 2, WINDOW // 2), mode="reflect")
        power = nn.functional.conv1d(padded, self.fourier, stride=HOP).square()
        half = power.shape[1] // 2
        power = power[:, :half] + power[:, half:]
        # The last frame lies beyond the end, and the second convolution takes two at a time.
        power = power[..., : (power.shape[2] - 1) // 2 * 2]
        mel = (power.transpose(1, 2) @ self.filters).clamp_min(QUIETEST).log10()
        loudest = mel.amax(dim=(1, 2), keepdim=True)
        return ((torch.maximum(mel, loudest - RANGE) + 4) / 4).transpose(1, 2)


class WhisperStates(Encoder):
    """Whisper's encoder; positions are those of the first frames, not of 30 s that were padded.

    Parameters
    ----------
    encoder : transformers.WhisperEncoder
    keep : int or None
        Layers to keep.
    """

    positions: Tensor

    def __init__(self, encoder: Any, keep: int | None) -> None:
        super().__init__(encoder.layers, encoder.config.d_model, keep)
        self.frontend = LogMelWhisper(encoder.config.num_mel_bins)
        self.conv1, self.conv2 = encoder.conv1, encoder.conv2
        self.register_buffer("positions", encoder.embed_positions.weight.detach().clone())

    def states(self, waveform: Tensor) -> Iterator[Tensor]:
        """Yield log-mel frames through both convolutions with their positions, then each layer's states."""
        states = nn.functional.gelu(self.conv1(self.frontend(waveform)))
        states = nn.functional.gelu(self.conv2(states)).transpose(1, 2)  # (batch, frames / 2, dims)
        states = states + self.positions[: states.shape[1]]
        yield states
        for layer in self.layers:
            states = layer(states, None)
            yield states
