"""All that can be set of the service: by flags of `affectone serve`, environment variables, or in Python."""

from __future__ import annotations

import os
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    DirectoryPath,
    Field,
    SecretStr,
    ValidationError,
)

from affectone.errors import ConfigError, unknown_name
from affectone.registry import require_extra

__all__ = ["PREFIX", "ServiceSettings", "service_settings"]

PREFIX = "AFFECTONE_SERVE_"
"""Of the environment variables: ``AFFECTONE_SERVE_PORT`` is `ServiceSettings.port`."""


def _listed(value: object) -> object:
    """Read a list as environment variables hold it: words between commas."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return value


def _keys(value: object) -> object:
    """Read keys; none at all, where some were given, would let everybody in."""
    given = _listed(value)
    if value and isinstance(value, str | list) and not given:
        raise ValueError("holds no key")
    for key in given if isinstance(given, list | tuple) else ():
        text = key.get_secret_value() if isinstance(key, SecretStr) else str(key)
        if not (text.isascii() and text.isprintable() and text and " " not in text):
            raise ValueError("a key is letters, digits and signs of ASCII, without spaces, and not empty")
    return given


Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_keys)]
Span = Annotated[float, Field(gt=0, le=365 * 86_400)]
"""Seconds that come to an end."""


class ServiceSettings(BaseModel):
    """Settings of the service. Sizes are bytes, also as ``100MiB``; lists are words between commas."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 lets others in.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    model: Words = Field(
        ("base",), min_length=1, description="Models to answer with, the first by default; names or folders."
    )
    labels: str | None = Field(None, description="Labels to answer with unless asked otherwise, such as 4.")
    adapt: Words = Field((), description="Recordings of a voice or an archive to fit the models to, or self.")
    api_keys: Secrets = Field(
        (), description="Keys, one of which each request has to bring; none lets all in."
    )
    cors_origins: Words = Field((), description="Pages of other origins that may ask, or * for all.")
    root_path: str = Field("", description="Path at which a proxy in front shows the service.")
    trusted_proxies: Words = Field(
        ("127.0.0.1",), description="Addresses of proxies whose X-Forwarded headers are believed."
    )
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=1, le=256, description="Cores that models may use."
    )
    queue: int = Field(
        256, ge=0, le=100_000, description="Requests that may wait; more are refused with 429."
    )
    request_seconds: Span = Field(120, description="Time for a request, its upload included; else 504.")
    max_bytes: ByteSize = Field(
        ByteSize(100 * 2**20), gt=0, description="Longest upload that is answered at once; else 413."
    )
    max_seconds: Span = Field(900, description="Longest recording that is answered at once; else 413.")
    max_channels: int = Field(16, ge=1, le=1024, description="Channels of a recording at most.")
    decode_memory: ByteSize = Field(
        ByteSize(2**30), ge=64 * 2**20, description="Memory that decoding one recording may take."
    )
    max_sockets: int = Field(
        64, ge=0, le=10_000, description="Live sockets at once; more are refused with 429."
    )
    max_live_seconds: Span = Field(4 * 3600, description="Longest sound of one live socket.")
    idle_seconds: Span = Field(60, description="Silence of a live socket's sender that ends it.")
    max_block_bytes: ByteSize = Field(ByteSize(2**20), gt=0, description="Largest message of a live socket.")
    database: SecretStr | None = Field(
        None,
        description="Where jobs are kept, as SQLAlchemy names it: sqlite:///jobs.sqlite, "
        "postgresql+psycopg://user:password@host/name. A SQLite file in the user's data folder if not given.",
    )
    job_workers: int = Field(1, ge=0, le=64, description="Jobs that this server works on at once.")
    max_jobs: int = Field(1000, ge=1, description="Jobs that may wait; more are refused with 429.")
    max_job_bytes: ByteSize = Field(ByteSize(2 * 2**30), gt=0, description="Largest upload of a job.")
    max_job_seconds: Span = Field(24 * 3600, description="Longest recording of a job.")
    keep_days: float = Field(7, gt=0, le=36_500, description="How long the results of jobs are kept.")
    shutdown_seconds: int = Field(
        30, ge=0, le=86_400, description="Time that requests have to end when the server does."
    )
    log_level: str = Field(
        "info", pattern="^(critical|error|warning|info|debug)$", description="What is written to stderr."
    )
    page: DirectoryPath | None = Field(
        None, description="Folder of another page than the one that comes along."
    )


def service_settings(**given: Any) -> ServiceSettings:
    """Return the settings given here, then those of the environment, then the defaults.

    Parameters
    ----------
    **given : object
        Fields of `ServiceSettings`; None is not given.

    Raises
    ------
    ConfigError
        If a value, or a variable of the environment, is none of them or out of range.
    MissingExtraError
        If the extra ``serve`` is not installed.
    """
    require_extra("serve", "a service")
    from pydantic_settings import BaseSettings, SettingsConfigDict

    class FromEnvironment(BaseSettings, ServiceSettings):
        model_config = SettingsConfigDict(env_prefix=PREFIX, enable_decoding=False, env_ignore_empty=True)

    for variable in os.environ:
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX) and name not in ServiceSettings.model_fields:
            known = [PREFIX + field.upper() for field in ServiceSettings.model_fields]
            raise ConfigError(unknown_name("setting of the service", variable, known))
    if not given.get("api_keys") and os.environ.get(f"{PREFIX}API_KEYS", "set").strip() == "":
        raise ConfigError(f"{PREFIX}API_KEYS holds no key; without one everybody may ask: unset it for that")
    try:
        return FromEnvironment(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise ConfigError(_first_words(error)) from None


def _first_words(error: ValidationError) -> str:
    """Say what is wrong first; what a secret is stays unsaid."""
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "settings"
    if first["type"] == "extra_forbidden":
        return unknown_name("setting of the service", name, ServiceSettings.model_fields)
    value = "" if name in ("api_keys", "database") else f"; got {first['input']!r}"
    return f"{name} of the service: {first['msg'].lower().removeprefix('value error, ')}{value}"
