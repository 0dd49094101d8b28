"""Requests and their answers: what goes wrong is a `ServiceError`; what may go well later is asked again."""

from __future__ import annotations

import io
import json
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import httpx
import soundfile

from affectone.audio import AudioSource, Signal, load_audio
from affectone.audio.sources import ByteSource, open_bytes, source_name, with_rate
from affectone.errors import ConfigError, ServiceError
from affectone.units import Hertz, Seconds, is_number

__all__ = ["Talk", "as_bytes", "refusal", "understood"]

LATER = (429, 503)
"""What a service says that cannot answer now."""
LONGEST_WAIT: Seconds = 60.0
PIECE = 2**20


class Talk:
    """A connection to a service.

    Parameters
    ----------
    url : str
    api_key : str or None
    timeout : float
        In seconds, for one request.
    retries : int
        How often a request is sent again that the service cannot answer now.

    Raises
    ------
    ConfigError
        If one of them is impossible.
    """

    def __init__(self, url: str, api_key: str | None, timeout: Seconds, retries: int) -> None:
        if not (is_number(timeout) and 0 < timeout < math.inf):
            raise ConfigError(f"timeout is {timeout!r}; it is a number of seconds above 0")
        if not isinstance(retries, int) or retries < 0:
            raise ConfigError(f"retries is {retries!r}; it is a number of times, 0 or more")
        self.url, self.headers, self.timeout = _address(url), {}, timeout
        if api_key is not None:
            if not (api_key.isascii() and api_key.isprintable()):
                raise ConfigError("an API key is letters, digits and signs of ASCII")
            self.headers = {"Authorization": f"Bearer {api_key}"}
        self._retries = retries
        self._http = httpx.Client(base_url=self.url, headers=self.headers, timeout=timeout)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def ask(
        self, method: str, path: str, *, sound: ByteSource | None = None, **params: Any
    ) -> httpx.Response:
        """Send a request, with a recording as its body, and return the answer.

        Raises
        ------
        ServiceError
            If the service cannot be reached, or refuses.
        """
        asked = {name: value for name, value in params.items() if value is not None}
        for left in range(self._retries, -1, -1):
            answer = self._sent(method, path, sound, asked)
            if answer.is_success:
                return answer
            error = refusal(answer.status_code, answer.content, answer.headers, self.url)
            if answer.status_code not in LATER or not left:
                raise error
            time.sleep(min(LONGEST_WAIT, error.retry_after or 1.0))
        raise AssertionError

    def _sent(
        self, method: str, path: str, sound: ByteSource | None, params: Mapping[str, Any]
    ) -> httpx.Response:
        body = {} if sound is None else {"content": _pieces(sound.handle), "headers": _head(sound)}
        try:
            return self._http.request(method, path, params=params, **body)  # type: ignore[arg-type]
        except httpx.TimeoutException:
            raise ServiceError(f"{self.url}: no answer came in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceError(f"{self.url}: cannot be reached: {error}") from None


@contextmanager
def understood(url: str) -> Iterator[None]:
    """Say of an answer that makes no sense that it makes none."""
    try:
        yield
    except (ConfigError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ServiceError(f"{url}: answers otherwise than a service of affectone does") from None


def _address(url: str) -> str:
    """Return a service's address without a slash at its end.

    Raises
    ------
    ConfigError
        If it is none.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except (ValueError, AttributeError):
        good = False
    if not good or not url.isprintable():
        raise ConfigError(f"a service's address is such as http://127.0.0.1:8000; got {url!r}")
    return url.rstrip("/")


@contextmanager
def as_bytes(source: AudioSource, sample_rate: Hertz | None) -> Iterator[ByteSource]:
    """Open a recording as the bytes that are sent; an array becomes a WAV file of 32-bit floats.

    Raises
    ------
    AudioError
        If it cannot be read, or is no sound.
    """
    given = with_rate(source, sample_rate)
    if isinstance(given, Signal | tuple):
        opened = open_bytes(_as_wav(load_audio(given, sample_rate=None, channels="split")))
        opened = ByteSource(opened.handle, source_name(given), ".wav", opened.size, opened.owned)
    else:
        opened = open_bytes(given)
    try:
        yield opened
    finally:
        opened.close()


def _as_wav(signal: Signal) -> bytes:
    place = io.BytesIO()
    soundfile.write(place, signal.samples.T, signal.sample_rate, format="WAV", subtype="FLOAT")
    return place.getvalue()


def _pieces(handle: BinaryIO) -> Iterator[bytes]:
    handle.seek(0)
    while piece := handle.read(PIECE):
        yield piece


def _head(sound: ByteSource) -> dict[str, str]:
    return {"Content-Length": str(sound.size), "Content-Type": "application/octet-stream"}


def printable(words: str) -> str:
    """Return a service's words as any terminal can show them."""
    return words.encode("utf-8", "backslashreplace").decode()


def refusal(status: int, body: bytes, headers: Mapping[str, str], url: str) -> ServiceError:
    """Return a service's refusal as an error, with its own words where it has some."""
    try:
        told = json.loads(body)
        words, request = printable(str(told["detail"])), printable(str(told["request_id"]))
    except (ValueError, LookupError, TypeError, RecursionError):
        words, request = f"{url}: answered with the status {status}", None
    wait = headers.get("retry-after", "")
    return ServiceError(
        words, status=status, request_id=request, retry_after=float(wait) if wait.isdecimal() else None
    )
