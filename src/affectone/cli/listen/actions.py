"""What happens when something is heard: a command is run, a message is sent."""

from __future__ import annotations

import contextlib
import json
import math
import os
import shlex
import subprocess
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from affectone.cli.status import complain
from affectone.errors import AffectoneError, ConfigError, unknown_name
from affectone.labels import LabelSet
from affectone.recognition import Segment
from affectone.registry import require_extra
from affectone.units import Seconds

__all__ = ["Command", "Publisher", "Trigger"]

PORTS = {"mqtt": 1883, "mqtts": 8883}
MOST_QUEUED = 1000
"""Messages that wait for a broker that is away."""
PATIENCE = 5.0
"""Seconds that the last messages, and commands that still run, are waited for."""


@dataclass(slots=True)
class Trigger:
    """Tells when a step begins to sound like something: once, until one does not, or nobody speaks.

    Parameters
    ----------
    label : str
    share : float
        Least probability.
    pause : float
        Seconds without a step after which what sounds so begins anew.
    """

    label: str
    share: float
    pause: Seconds = math.inf
    _holds: bool = False
    _end: Seconds = 0.0

    @classmethod
    def parse(cls, text: str, labels: LabelSet, pause: Seconds) -> Trigger:
        """Read ``LABEL:SHARE``.

        Raises
        ------
        ConfigError
            If it is not written so, or the model does not know the label.
        """
        label, _, share = text.partition(":")
        try:
            least = float(share)
        except ValueError:
            least = 0.0
        if not 0 < least <= 1:
            raise ConfigError(f"--on is written LABEL:SHARE, such as angry:0.8; got {text!r}")
        if label not in labels:
            raise ConfigError(f"--on {text}: {unknown_name('label', label, labels)}")
        return cls(label, least, pause)

    def __str__(self) -> str:
        return f"{self.label}:{self.share:g}"

    def fires(self, step: Segment) -> bool:
        """Tell whether a step is the first of those that sound so."""
        before = self._holds and step.start - self._end <= self.pause
        self._end = step.end
        self._holds = step.prediction.scores.get(self.label, 0.0) >= self.share
        return self._holds and not before


class Command:
    """A command that is run with an event as JSON on its standard input, beside the listening.

    ``AFFECTONE_LABEL``, ``AFFECTONE_CONFIDENCE`` and ``AFFECTONE_START`` (seconds) in its environment say
    what was asked for, how probable it is and when it was heard.

    Parameters
    ----------
    line : str
        Split as a shell does; no shell is asked.

    Raises
    ------
    ConfigError
        If the line is empty or a quote is not closed.
    """

    def __init__(self, line: str) -> None:
        try:
            self._words = shlex.split(line)
        except ValueError as error:
            raise ConfigError(f"--run {line!r}: {error}") from None
        if not self._words:
            raise ConfigError("--run needs a command")
        self._running: list[subprocess.Popen[bytes]] = []

    def take(self, message: dict[str, Any]) -> None:
        """Start the command if the message is an event; what goes wrong is said and ends nothing."""
        if message["type"] == "event":
            self._start(message)

    def close(self) -> None:
        """Give what still runs a moment to end; what takes longer goes on by itself."""
        deadline = time.monotonic() + PATIENCE
        for process in self._running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))

    def _start(self, event: dict[str, Any]) -> None:
        self._running = [process for process in self._running if process.poll() is None]
        label = event["on"].partition(":")[0]
        told = {"LABEL": label, "CONFIDENCE": event["scores"][label], "START": event["start"]}
        named = {f"AFFECTONE_{name}": str(value) for name, value in told.items()}
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command
                self._words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=os.environ | named
            )
        except OSError as error:
            complain(f"--run {self._words[0]}: {error.strerror or error}")
            return
        self._running.append(process)
        assert process.stdin is not None  # noqa: S101 - it was asked for
        # It may not want to know. An event is far smaller than a pipe holds, so this does not wait.
        with contextlib.suppress(BrokenPipeError), process.stdin as place:
            place.write(json.dumps(event).encode() + b"\n")


class Publisher:
    """Sends messages to an MQTT broker, to topics below one of its own.

    Parameters
    ----------
    url : str
        ``mqtt://[user:password@]host[:port]/topic``; ``mqtts`` is encrypted.

    Raises
    ------
    ConfigError
        If the URL is none of these.
    MissingExtraError
        If paho-mqtt is not installed.
    AffectoneError
        If the broker cannot be reached.
    """

    def __init__(self, url: str) -> None:
        require_extra("mqtt", "sending to an MQTT broker")
        from paho.mqtt import client as mqtt
        from paho.mqtt.enums import CallbackAPIVersion

        host, port, self._topic = _parts(url)
        place = urlsplit(url)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.max_queued_messages_set(MOST_QUEUED)
        if place.username:
            self._client.username_pw_set(unquote(place.username), unquote(place.password or ""))
        if place.scheme == "mqtts":
            self._client.tls_set()
        try:
            self._client.connect(host, port)
        except OSError as error:
            raise AffectoneError(f"MQTT broker {host}:{port}: {error.strerror or error}") from None
        self._client.loop_start()
        self._last: mqtt.MQTTMessageInfo | None = None

    def send(self, message: dict[str, Any]) -> None:
        """Send a message to the topic of its type."""
        self._last = self._client.publish(f"{self._topic}/{message['type']}", json.dumps(message), qos=1)

    def close(self) -> None:
        """Let the last message arrive, and leave."""
        try:
            if self._last is not None:
                self._last.wait_for_publish(PATIENCE)
                if not self._last.is_published():
                    complain("the MQTT broker did not take the last messages")
        except (RuntimeError, ValueError) as error:
            complain(f"the MQTT broker did not take the last messages: {error}")
        self._client.disconnect()
        self._client.loop_stop()


def _parts(url: str) -> tuple[str, int, str]:
    """Return host, port and topic of a URL, or raise `ConfigError`, which keeps a password to itself."""
    told = url.rpartition("@")[2]
    wanted = ConfigError(f"--mqtt is written mqtt://host:port/topic or mqtts://...; got {told!r}")
    try:
        place = urlsplit(url)
        port = place.port
    except ValueError:
        raise wanted from None
    topic = place.path.strip("/")
    odd = place.query or place.fragment or "+" in topic or "#" in url
    if place.scheme not in PORTS or not place.hostname or not topic or odd:
        raise wanted
    return place.hostname, port or PORTS[place.scheme], topic
