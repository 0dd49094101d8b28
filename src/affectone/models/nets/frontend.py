"""Log-mel inside the graph: from waveform to frames, with operations every runtime has."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from affectone.features import mel_filters

__all__ = ["LogMel"]


class LogMel(nn.Module):
    """Log-mel spectrogram of a waveform at one level.

    The clip is brought to unit RMS, so that its level does not matter; windows of twice the hop (Hann) go
    through a Fourier transform written as a matrix product: ONNX's own STFT operator was measured 2.4 times
    slower in onnxruntime. In an exported graph the matrix is made from one table of cosines, which runtimes
    do once as they load it, so that it takes no room in the file.

    Parameters
    ----------
    sample_rate, hop, n_fft, bands : int
        In Hz, samples, samples and filters. The window is ``2 * hop`` samples long.
    lowest, highest : float
        Edges of the mel filters in Hz.
    floor : float
        Added to the mel energies before the logarithm.
    """

    cosines: Tensor
    frequency: Tensor
    sample: Tensor
    window: Tensor
    filters: Tensor
    fourier: Tensor

    def __init__(
        self,
        *,
        sample_rate: int = 16_000,
        hop: int = 320,
        n_fft: int = 1024,
        bands: int = 64,
        lowest: float = 50.0,
        highest: float = 7600.0,
        floor: float = 1e-3,
    ) -> None:
        super().__init__()
        self.hop, self.n_fft, self.bands, self.floor = hop, n_fft, bands, floor
        angle = 2 * torch.pi * torch.arange(n_fft, dtype=torch.float64) / n_fft
        self.register_buffer("cosines", torch.cos(angle).float(), persistent=False)
        self.register_buffer("window", torch.hann_window(2 * hop, periodic=True), persistent=False)
        self.register_buffer("frequency", torch.arange(n_fft // 2 + 1), persistent=False)
        self.register_buffer("sample", torch.arange(2 * hop), persistent=False)
        filters = mel_filters(
            sample_rate=sample_rate, n_fft=n_fft, bands=bands, lowest=lowest, highest=highest
        )
        self.register_buffer("filters", torch.from_numpy(filters), persistent=False)
        self.register_buffer("fourier", self._fourier_matrix(), persistent=False)

    def _fourier_matrix(self) -> Tensor:
        phase = self.sample[:, None] * self.frequency[None, :]
        real = self.cosines[phase % self.n_fft]
        # A quarter of a turn on, the cosine is the sine (but for the sign, which the power has no use for).
        imaginary = self.cosines[(phase + self.n_fft // 4) % self.n_fft]
        return torch.cat((real, imaginary), dim=1)

    def forward(self, waveform: Tensor) -> Tensor:
        """Map ``(batch, samples)`` to ``(batch, frames, bands)``, ``frames = samples // hop + 1``."""
        level = waveform.square().mean(dim=1, keepdim=True).sqrt()
        padded = nn.functional.pad(waveform / (level + 1e-7), (self.hop, self.hop))
        hops = padded.shape[1] // self.hop
        halves = padded[:, : hops * self.hop].reshape(padded.shape[0], hops, self.hop)
        frames = torch.cat((halves[:, :-1], halves[:, 1:]), dim=2) * self.window
        fourier = self._fourier_matrix() if torch.compiler.is_compiling() else self.fourier
        power = (frames @ fourier).square()
        count = self.filters.shape[0]
        mel = (power[..., :count] + power[..., count:]) @ self.filters
        return torch.log10(mel + self.floor)
