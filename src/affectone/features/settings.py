"""How sound is measured: one frozen, checked object."""

from __future__ import annotations

import hashlib
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator

from affectone.errors import ConfigError, shown, unknown_name

__all__ = ["Settings"]


class Settings(BaseModel):
    """Rate, frames, filters and limits of every feature set; librosa's names and values where it has them.

    An unknown name or a value out of range is a `ConfigError`.

    Examples
    --------
    >>> Settings(n_mels=64).n_mels
    64
    >>> Settings(n_mel=64)
    Traceback (most recent call last):
    affectone.errors.ConfigError: unknown setting 'n_mel'; did you mean 'n_mels'? known: ...
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    sample_rate: int = Field(default=16_000, ge=1000, le=768_000)
    """Rate at which the sound is heard, in Hz."""
    n_fft: int = Field(default=2048, ge=32, le=65_536, multiple_of=2)
    """Length of a frame and of its Fourier transform, in samples."""
    hop: int = Field(default=512, ge=1, le=65_536)
    """Distance of two frames in samples."""
    window: Literal["hann", "hamming", "blackman", "boxcar"] = "hann"
    n_mels: int = Field(default=128, ge=1, le=1024)
    """Number of mel bands."""
    fmin: float = Field(default=0.0, ge=0)
    """Lower edge of the first mel band in Hz."""
    fmax: float | None = Field(default=None, gt=0)
    """Upper edge of the last mel band in Hz; None is half the rate."""
    top_db: float = Field(default=80.0, gt=0)
    """Decibels further below the loudest value of a recording count as this many."""
    n_mfcc: int = Field(default=40, ge=1, le=1024)
    """Number of MFCC. Projects of this field keep 40; librosa's 20 are the first 20 of them."""
    delta_width: int = Field(default=9, ge=3, le=255)
    """Frames over which the change of the MFCC is measured; odd."""
    chroma_of: Literal["power", "magnitude"] = "power"
    """What is summed into pitch classes; scripts that pass ``S=np.abs(stft)`` to librosa sum magnitudes."""
    contrast_bands: int = Field(default=6, ge=1, le=16)
    """Octaves above `contrast_lowest`; there is one value more, for what lies below it."""
    contrast_lowest: float = Field(default=200.0, gt=0)
    """In Hz."""
    contrast_quantile: float = Field(default=0.02, gt=0, lt=1)
    """Share of a band's frequencies that make its peak, and its valley."""
    rolloff: float = Field(default=0.85, gt=0, lt=1)
    """Share of the magnitude below the rolloff."""
    pitch_lowest: float = Field(default=75.0, ge=10)
    """In Hz."""
    pitch_highest: float = Field(default=600.0, gt=0)
    """In Hz."""

    @model_validator(mode="wrap")
    @classmethod
    def _in_our_words(cls, given: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(given, dict):
            for name in given:
                if name not in cls.model_fields:
                    raise ConfigError(unknown_name("setting", name, cls.model_fields))
        try:
            settings = build(given)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "settings"
            raise ConfigError(f"{where}: {first['msg']}; got {shown(first['input'])}") from None
        settings._check_together()
        return settings

    def _check_together(self) -> None:
        if not self.fmin < self.highest <= self.sample_rate / 2:
            raise ConfigError(
                f"mel bands need fmin < fmax <= {self.sample_rate / 2:g} Hz; "
                f"got {self.fmin:g} and {self.highest:g}"
            )
        if self.n_mfcc > self.n_mels:
            raise ConfigError(
                f"n_mfcc must be at most n_mels, which is {self.n_mels}; got {self.n_mfcc}; "
                "set both or take fewer coefficients"
            )
        if self.delta_width % 2 == 0:
            raise ConfigError(f"delta_width must be odd, such as 9; got {self.delta_width}")
        if not self.pitch_lowest < self.pitch_highest:
            raise ConfigError(
                f"pitch needs pitch_lowest < pitch_highest; got {self.pitch_lowest:g} and "
                f"{self.pitch_highest:g} Hz"
            )

    @property
    def highest(self) -> float:
        """Upper edge of the last mel band in Hz."""
        return self.sample_rate / 2 if self.fmax is None else self.fmax

    @property
    def digest(self) -> str:
        """SHA-256 over all settings: equal settings, equal digest."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def changed(self, **changes: object) -> Self:
        """Return these settings with some changed, checked again."""
        return type(self).model_validate(self.model_dump(exclude_unset=True) | changes)
