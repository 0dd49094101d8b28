"""The first message of a live socket: what is going to come, and how it shall be heard."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from affectone.audio.live import PIECES
from affectone.errors import ConfigError

__all__ = ["MOST_CHANNELS", "Hello", "hello_of"]

MOST_CHANNELS = 8
MOST_OF_OPUS = 2
UNNAMED = "<live>"


class Hello(BaseModel):
    """What a sender says first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["hello"] = "hello"
    format: Literal["s16le", "f32le", "opus", "webm", "ogg"]
    """Samples, channel beside channel; packets of Opus, one a message; or pieces of a container."""
    sample_rate: int | None = Field(None, ge=100, le=768_000)
    """Of samples."""
    channels: int = Field(1, ge=1, le=MOST_CHANNELS)
    """Of samples."""
    names: list[Annotated[str, Field(max_length=200)]] | None = Field(None, max_length=MOST_CHANNELS)
    model: str | None = Field(None, max_length=200)
    labels: str | None = Field(None, max_length=200)
    adapt: Literal["self"] | None = None
    window: float = Field(3.0, gt=0, le=120, allow_inf_nan=False)
    hop: float = Field(1.0, gt=0, le=120, allow_inf_nan=False)
    name: str = Field(UNNAMED, max_length=200)
    """What answers call the sound."""

    @property
    def encoded(self) -> bool:
        """Whether what comes has to be decoded, and knows its own rate and channels."""
        return self.format in PIECES

    @property
    def known_channels(self) -> int | None:
        """How many channels will come; None where the recording says so itself."""
        return None if self.format in ("webm", "ogg") else self.channels

    @model_validator(mode="after")
    def _is_sound(self) -> Hello:
        if self.format == "opus" and self.channels > MOST_OF_OPUS:
            raise ValueError(f"packets of opus have {MOST_OF_OPUS} channels at most")
        if not self.encoded and self.sample_rate is None:
            raise ValueError(f"{self.format} needs a sample_rate")
        return self


def hello_of(text: str) -> Hello:
    """Read the first message.

    Raises
    ------
    ConfigError
        If it is none.
    """
    try:
        return Hello.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigError(f"hello: {place + ': ' if place else ''}{first['msg']}") from None
