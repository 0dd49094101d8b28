"""`ClientStream`: sound that a service hears while it comes in."""

from __future__ import annotations

import json
import selectors
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import connect

from affectone.audio.signal import valid_rate, valid_samples
from affectone.client.talk import Talk, printable, refusal, understood
from affectone.errors import AudioValueError, ServiceError
from affectone.recognition import Segment
from affectone.units import Hertz

__all__ = ["ClientStream"]

PATH = "/v1/live"
PROTOCOL = "affectone.v1"
PIECE = 2**13
"""Bytes of a message at most; where a socket has room, it has room for so many."""
PATIENCE = 0.05
"""Seconds that room is waited for before what has come is looked at."""


class ClientStream:
    """Sound that a service hears while it comes in; made by `Client.stream`, and used as a `LiveSession` is.

    Segments come back a little later than they end: what `push` returns is what has come since.

    Attributes
    ----------
    channels : int
    model : str
        Name and version.
    """

    def __init__(self, talk: Talk, sample_rate: Hertz, channels: int, hello: Mapping[str, Any]) -> None:
        self._url, self._timeout, self.channels = talk.url, talk.timeout, channels
        self._current: list[Segment | None] = [None] * channels
        said = {"type": "hello", "format": "f32le", "sample_rate": valid_rate(sample_rate), **hello}
        with ExitStack() as opened:
            with self._told():
                self._socket = opened.enter_context(
                    connect(
                        f"ws{talk.url.removeprefix('http')}{PATH}",
                        additional_headers=talk.headers,
                        subprotocols=[PROTOCOL],  # type: ignore[list-item]
                        max_size=None,
                        open_timeout=talk.timeout,
                        ping_interval=None,  # What has to wait to be heard is no dead connection.
                        max_queue=None,  # Answers are taken when they come, and not when they are asked for.
                    )
                )
            self._room = opened.enter_context(selectors.DefaultSelector())
            self._room.register(self._socket.socket, selectors.EVENT_WRITE)
            self._send(json.dumps(said))
            with self._told(), understood(self._url):
                self.model = str(self._read(self._socket.recv(talk.timeout))["model"])
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def push(self, samples: npt.ArrayLike) -> list[Segment]:
        """Send the next samples, and return the segments that have come back.

        Parameters
        ----------
        samples : array_like, shape (samples,) or (channels, samples)
            Floats in [-1, 1], or integers; as many or as few as there are.

        Raises
        ------
        AudioValueError
            If they are no samples of so many channels.
        ServiceError
            If the service is gone, or refuses.
        """
        come: list[Segment] = []
        if np.size(samples):
            sound = valid_samples(samples)
            if sound.shape[0] != self.channels:
                raise AudioValueError(f"this stream has {self.channels} channels; got {sound.shape[0]}")
            data = np.ascontiguousarray(sound.T, "<f4").tobytes()
            for start in range(0, len(data), PIECE):
                come += self._room_to_send()
                self._send(data[start : start + PIECE])
        return come + self._come()

    def finish(self) -> list[Segment]:
        """Say that the sound has ended, and return the segments that remain.

        Raises
        ------
        ServiceError
            If the service is gone, or refuses.
        """
        self._send(json.dumps({"type": "end"}))
        rest: list[Segment] = []
        with self._told():
            while (message := self._read(self._socket.recv(self._timeout)))["type"] != "end":
                rest += self._noted(message)
        self._opened.close()
        return rest

    def current(self, channel: int = 0) -> Segment | None:
        """Return the newest step of a channel that has come back, before smoothing; None before the first."""
        return self._current[channel]

    def _come(self) -> list[Segment]:
        come: list[Segment] = []
        with self._told():
            while True:
                message = self._waiting()
                if message is None:
                    return come
                come += self._noted(message)

    def _room_to_send(self) -> list[Segment]:
        """Wait until a piece can be sent at once, and return what has come meanwhile.

        While websockets sends it takes no answers, and a service stops hearing where these are not taken:
        both would wait for the other one.
        """
        come: list[Segment] = []
        with suppress(OSError, ValueError):  # Of a socket that is closed: sending says why.
            while not self._room.select(PATIENCE):
                come += self._come()
        return come

    def _waiting(self) -> dict[str, Any] | None:
        """Return a message that has come, or None."""
        try:
            return self._read(self._socket.recv(timeout=0))
        except TimeoutError:
            return None

    def _noted(self, message: dict[str, Any]) -> list[Segment]:
        kind = message.pop("type")
        if kind not in ("segment", "step"):
            return []
        with understood(self._url):
            segment = Segment.from_dict(message)
        if kind == "step":
            self._current[segment.channel or 0] = segment
            return []
        return [segment]

    def _send(self, message: str | bytes) -> None:
        try:
            self._socket.send(message)
        except ConnectionClosed:
            # Why stands in what has come, if anything does.
            self._come()
            raise ServiceError(f"{self._url}: the service has ended the stream") from None

    def _read(self, message: str | bytes) -> dict[str, Any]:
        with understood(self._url):
            told: dict[str, Any] = json.loads(message)
            if told["type"] != "error":
                return told
            error = printable(told["detail"]), int(told["status"]), printable(told["request_id"])
        raise ServiceError(*error)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the socket raises into errors of ours."""
        try:
            yield
        except InvalidStatus as error:
            response = error.response
            raise refusal(
                response.status_code, bytes(response.body or b""), response.headers, self._url
            ) from None
        except ConnectionClosed:
            raise ServiceError(f"{self._url}: the service has ended the stream") from None
        except TimeoutError:
            raise ServiceError(f"{self._url}: no answer came in time") from None
        except (OSError, ValueError, InvalidHandshake) as error:
            raise ServiceError(f"{self._url}: cannot be reached: {error}") from None
