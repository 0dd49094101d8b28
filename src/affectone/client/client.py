"""`Client`: a service's predictions and timelines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import numpy.typing as npt

from affectone.audio import AudioSource, Channels, RawFormat
from affectone.client.jobs import ClientJob, Task, named_as
from affectone.client.stream import ClientStream
from affectone.client.talk import Talk, as_bytes, understood
from affectone.errors import ConfigError
from affectone.recognition import Prediction, Timeline
from affectone.recognition.live import LIVE
from affectone.registry import require_extra
from affectone.units import Hertz, Seconds

if TYPE_CHECKING:
    from httpx import Response

__all__ = ["Client"]

LONGEST_NAME = 200
"""Letters of a recording's name that a service takes."""


class Client:
    """A service that runs somewhere, asked as a `Recognizer` is.

    Parameters
    ----------
    url : str, default "http://127.0.0.1:8000"
    api_key : str, optional
        One of the keys of the service.
    timeout : float, default 150
        How long to wait for an answer, in seconds.
    retries : int, default 5
        How often to ask again, after the time it says, where the service is busy.

    Raises
    ------
    ConfigError
        If one of them is impossible.
    MissingExtraError
        If the extra ``client`` is not installed.

    Examples
    --------
    >>> with Client() as client:  # doctest: +SKIP
    ...     client.predict("call.wav").label
    'angry'
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        api_key: str | None = None,
        timeout: Seconds = 150.0,
        retries: int = 5,
    ) -> None:
        require_extra("client", "asking a service")
        self._talk = Talk(url, api_key, timeout, retries)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._talk.close()

    @overload
    def predict(
        self,
        source: AudioSource | npt.ArrayLike,
        *,
        sample_rate: Hertz | None = None,
        channels: Literal["mix"] | int = "mix",
        model: str | None = None,
        labels: str | None = None,
        adapt: Literal["self"] | None = None,
        raw: RawFormat | None = None,
    ) -> Prediction: ...

    @overload
    def predict(
        self,
        source: AudioSource | npt.ArrayLike,
        *,
        sample_rate: Hertz | None = None,
        channels: Literal["split"],
        model: str | None = None,
        labels: str | None = None,
        adapt: Literal["self"] | None = None,
        raw: RawFormat | None = None,
    ) -> list[Prediction]: ...

    def predict(
        self,
        source: AudioSource | npt.ArrayLike,
        *,
        sample_rate: Hertz | None = None,
        channels: Channels = "mix",
        model: str | None = None,
        labels: str | None = None,
        adapt: Literal["self"] | None = None,
        raw: RawFormat | None = None,
    ) -> Prediction | list[Prediction]:
        """Tell what a recording sounds like, as `Recognizer.predict` does.

        Parameters
        ----------
        source : path, bytes, binary file object, Signal, or array of shape (samples,) or (channels, samples)
            Its bytes are sent as they are; an array as a WAV file.
        sample_rate : int, optional
            Of an array, in Hz.
        channels : "mix", "split" or int, default "mix"
        model : str, optional
            One of `models`.
        labels : str, optional
            A view of labels, such as ``"4"``.
        adapt : "self", optional
            Fit the model to the recording first.
        raw : RawFormat, optional
            What headerless samples are.

        Raises
        ------
        AudioError
            If the recording cannot be read here.
        ServiceError
            If the service cannot be reached, or refuses.
        """
        answer, name = self._sent(
            "/v1/predict",
            source,
            sample_rate,
            channels=channels,
            model=model,
            labels=labels,
            adapt=adapt,
            raw=raw,
        )
        with understood(self._talk.url):
            told = [replace(Prediction.from_dict(row), file=name) for row in answer.json()]
            return told if channels == "split" and told else told[0]

    def timeline(
        self,
        source: AudioSource | npt.ArrayLike,
        *,
        window: Seconds = 3.0,
        hop: Seconds = 1.0,
        channels: Channels = "split",
        names: Sequence[str] | None = None,
        speakers: int | None = None,
        sample_rate: Hertz | None = None,
        model: str | None = None,
        labels: str | None = None,
        adapt: Literal["self"] | None = None,
        raw: RawFormat | None = None,
    ) -> Timeline:
        """Tell what a recording sounds like over time, as `Recognizer.timeline` does.

        The parameters are those of `predict` and of `Recognizer.timeline`. The timeline has no outlines: a
        picture of it has no waveform.

        Raises
        ------
        AudioError
            If the recording cannot be read here.
        ServiceError
            If the service cannot be reached, or refuses.
        """
        answer, name = self._sent(
            "/v1/timeline",
            source,
            sample_rate,
            window=window,
            hop=hop,
            channels=channels,
            names=joined(names),
            speakers=speakers,
            model=model,
            labels=labels,
            adapt=adapt,
            raw=raw,
        )
        with understood(self._talk.url):
            return named_as(Timeline.from_dict(answer.json()), name)

    def submit(
        self,
        source: AudioSource | npt.ArrayLike,
        task: Task = "timeline",
        *,
        window: Seconds = 3.0,
        hop: Seconds = 1.0,
        channels: Channels | None = None,
        names: Sequence[str] | None = None,
        speakers: int | None = None,
        sample_rate: Hertz | None = None,
        model: str | None = None,
        labels: str | None = None,
        adapt: Literal["self"] | None = None,
        raw: RawFormat | None = None,
    ) -> ClientJob:
        """Leave a recording with the service, which hears it when its turn comes, however long it is.

        Parameters
        ----------
        source : recording
        task : "timeline" or "predict", default "timeline"
        window, hop, channels, names, speakers, sample_rate, model, labels, adapt, raw : optional
            As `timeline` and `predict` take them.

        Raises
        ------
        AudioError
            If the recording cannot be read here.
        ServiceError
            If the service cannot be reached, or refuses.

        Examples
        --------
        >>> Client().submit("archive.wav").wait().to_csv()  # doctest: +SKIP
        """
        answer, name = self._sent(
            "/v1/jobs",
            source,
            sample_rate,
            task=task,
            window=window,
            hop=hop,
            channels=channels,
            names=joined(names),
            speakers=speakers,
            model=model,
            labels=labels,
            adapt=adapt,
            raw=raw,
        )
        with understood(self._talk.url):
            return ClientJob(self._talk, answer.json(), name)

    def jobs(self, limit: int = 1000) -> list[ClientJob]:
        """Return the jobs that were left with the service, the newest first.

        Parameters
        ----------
        limit : int
            How many at most; a service tells no more than 1000.

        Raises
        ------
        ServiceError
            If the service cannot be reached, or refuses.
        """
        answer = self._talk.ask("GET", "/v1/jobs", limit=limit)
        with understood(self._talk.url):
            return [ClientJob(self._talk, row, row["file"]) for row in answer.json()["jobs"]]

    def models(self) -> list[dict[str, Any]]:
        """Return the models that are served, the default first.

        Raises
        ------
        ServiceError
            If the service cannot be reached, or refuses.
        """
        answer = self._talk.ask("GET", "/v1/models")
        with understood(self._talk.url):
            return list(answer.json()["models"])

    def stream(
        self,
        sample_rate: Hertz,
        *,
        channels: int = 1,
        names: Sequence[str] | None = None,
        window: Seconds = 3.0,
        hop: Seconds = 1.0,
        model: str | None = None,
        labels: str | None = None,
        adapt: Literal["self"] | None = None,
        file: str = LIVE,
    ) -> ClientStream:
        """Let the service hear sound that comes in block by block, as `Recognizer.stream` does.

        Raises
        ------
        ServiceError
            If the service cannot be reached, or refuses.

        Examples
        --------
        >>> with Client().stream(8000) as live:  # doctest: +SKIP
        ...     for block in microphone:
        ...         for segment in live.push(block):
        ...             print(segment.start, segment.prediction.label)
        ...     rest = live.finish()
        """
        hello = {
            "channels": channels,
            "names": None if names is None else list(names),
            "window": window,
            "hop": hop,
            "model": model,
            "labels": labels,
            "adapt": adapt,
            "name": file,
        }
        return ClientStream(self._talk, sample_rate, channels, hello)

    def _sent(
        self, path: str, source: AudioSource | npt.ArrayLike, sample_rate: Hertz | None, **asked: Any
    ) -> tuple[Response, str]:
        """Send a recording; return the answer, and what the recording is called here."""
        with as_bytes(source, sample_rate) as sound:  # type: ignore[arg-type]
            # Which folders there are here is nobody else's business.
            name = re.split(r"[\\/]", sound.name)[-1][-LONGEST_NAME:]
            return self._talk.ask("POST", path, sound=sound, name=name or None, **asked), sound.name


def joined(names: Sequence[str] | None) -> str | None:
    """Return names as a request has them; with a comma in it, a name would be two there."""
    if names is None:
        return None
    for name in names:
        if "," in name:
            raise ConfigError(f"the name of a channel has no comma; got {name!r}")
    return ",".join(names)
