"""`affectone listen`: what comes through a pipe or a microphone is answered as a file is, and acted upon."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from affectone.audio import live
from affectone.audio.live import Microphone
from affectone.cli.listen.actions import Command, Publisher, Trigger
from affectone.cli.listen.view import LiveView
from affectone.errors import AudioError, ConfigError
from affectone.labels import LabelSet
from affectone.models import store
from affectone.recognition import Prediction, Recognizer, Segment

RATE = 16000
RAW = ("--raw", "s16le:16000:1")


@pytest.fixture(scope="module")
def talk(tiny: ModuleType) -> np.ndarray:
    """Return loud speech, a pause, soft speech, as 16-bit samples."""
    parts = [tiny.speech(4.0, level=0.9), np.zeros(40000), tiny.speech(3.0, level=0.2)]
    return (32767 * np.concatenate(parts)).astype("<i2")


@pytest.fixture
def segments(affectone, talk: np.ndarray) -> list[dict[str, Any]]:
    """Return what a timeline says of the same samples."""
    told = Recognizer(store.PACKAGED / "base").timeline(talk, sample_rate=RATE)
    return [one.to_dict() | {"file": "-"} for one in told]


def messages(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def of_type(kind: str, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in one.items() if name != "type"} for one in told if one["type"] == kind
    ]


def test_json_lines_have_the_segments_of_a_timeline(affectone, talk: np.ndarray, segments) -> None:
    result = affectone("listen", "-", *RAW, "--format", "jsonl", stdin=talk.tobytes())
    assert (result.exit_code, result.stderr) == (0, "")
    told = messages(result.stdout)
    assert [one | {"file": "-"} for one in of_type("segment", told)] == segments
    steps = of_type("step", told)
    assert len(steps) >= 5
    assert [one["start"] for one in steps] == sorted({one["start"] for one in steps})


def test_words_where_there_is_no_terminal(affectone, talk: np.ndarray, segments) -> None:
    lines = affectone("listen", "-", *RAW, stdin=talk.tobytes()).stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [
        [f"{one['start']:.2f}", f"{one['end']:.2f}", one["label"]] for one in segments
    ]


def test_it_ends_after_so_many_seconds(affectone, talk: np.ndarray) -> None:
    result = affectone("listen", "-", *RAW, "--format", "jsonl", "--seconds", "2.5", stdin=talk.tobytes())
    (only,) = of_type("segment", messages(result.stdout))
    assert only["end"] == pytest.approx(2.5, abs=0.04)


def test_bytes_of_half_a_sample_wait_for_the_rest(tmp_path: Path) -> None:
    from affectone.audio import RawFormat

    class Odd:
        """Gives three bytes at a time."""

        def __init__(self, data: bytes) -> None:
            self._data = data

        def read(self, count: int) -> bytes:
            block, self._data = self._data[:3], self._data[3:]
            return block

    samples = np.arange(-20, 20, dtype="<i2") * 1000
    blocks = live.raw_blocks(Odd(samples.tobytes() + b"x"), RawFormat("s16le", RATE, 2), "pipe")
    np.testing.assert_array_equal(np.concatenate(list(blocks), axis=1), samples.reshape(-1, 2).T / 32768)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
def test_ctrl_c_ends_it_and_what_remains_is_told(tiny_model: Path, talk: np.ndarray) -> None:
    line = [
        sys.executable,
        "-m",
        "affectone",
        "listen",
        "-",
        *RAW,
        "--model",
        str(tiny_model),
        "--format",
        "jsonl",
    ]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(line, **pipes) as process:
        try:
            process.stdin.write(talk[: 4 * RATE].tobytes())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["type"] == "step"
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
            assert process.stderr.read() == b""
            assert messages(process.stdout.read().decode())[-1]["type"] == "segment"
        finally:
            process.kill()


class TestEvents:
    """What is told once when it begins."""

    @pytest.fixture
    def likeliest(self, affectone, talk: np.ndarray) -> str:
        """Return the label of the first step."""
        result = affectone("listen", "-", *RAW, "--format", "jsonl", stdin=talk.tobytes())
        return str(of_type("step", messages(result.stdout))[0]["label"])

    def test_an_event_is_told_when_a_step_begins_to_sound_so(
        self, affectone, talk: np.ndarray, likeliest: str
    ) -> None:
        asked = f"{likeliest}:0.01"
        line = ("listen", "-", *RAW, "--format", "jsonl", "--on", asked)
        told = messages(affectone(*line, stdin=talk.tobytes()).stdout)
        (event,) = of_type("event", told)
        first = of_type("step", told)[0]
        assert event == {"on": asked, **first}

    def test_a_trigger_fires_again_after_it_was_over(self) -> None:
        trigger = Trigger("angry", 0.8)
        shares = [0.1, 0.8, 0.9, 0.7, 0.85]
        steps = [Segment(0, 1, Prediction("x", scores={"angry": share})) for share in shares]
        assert [trigger.fires(step) for step in steps] == [False, True, False, False, True]

    def test_a_trigger_fires_again_after_nobody_spoke(self) -> None:
        trigger = Trigger("angry", 0.8, pause=1.0)
        angry = Prediction("x", scores={"angry": 0.9})
        steps = [Segment(start, start + 0.9, angry) for start in (0.0, 1.0, 2.9, 4.9)]
        assert [trigger.fires(step) for step in steps] == [True, False, False, True]

    def test_an_outburst_after_a_silence_is_told_again(
        self, affectone, talk: np.ndarray, likeliest: str
    ) -> None:
        sound = np.concatenate([talk, np.zeros(8 * RATE, talk.dtype), talk])
        line = ("listen", "-", *RAW, "--format", "jsonl", "--on", f"{likeliest}:0.01")
        events = of_type("event", messages(affectone(*line, stdin=sound.tobytes()).stdout))
        assert len(events) == 2
        assert events[1]["start"] > len(talk) / RATE + 8

    def test_it_listens_for_ever(self, affectone, talk: np.ndarray) -> None:
        line = ("listen", "-", *RAW, "--format", "jsonl")
        told = affectone(*line, "--seconds", "inf", stdin=talk.tobytes())
        assert told.exit_code == 0
        assert told.stdout == affectone(*line, stdin=talk.tobytes()).stdout

    def test_a_command_is_given_the_event(
        self, affectone, talk: np.ndarray, likeliest: str, tmp_path: Path
    ) -> None:
        script = tmp_path / "note me.py"
        script.write_text(
            "import os, pathlib, sys\n"
            "told = os.environ['AFFECTONE_LABEL'] + '\\n' + sys.stdin.read()\n"
            f"pathlib.Path({str(tmp_path)!r}, 'told').write_text(told)\n"
        )
        run = f"{sys.executable} '{script}'"
        line = ("listen", "-", *RAW, "--on", f"{likeliest}:0.01", "--run", run)
        assert affectone(*line, stdin=talk.tobytes()).exit_code == 0
        place = tmp_path / "told"
        deadline = time.monotonic() + 20
        while not (place.is_file() and place.read_text().count("\n") == 2) and time.monotonic() < deadline:
            time.sleep(0.05)
        label, event = place.read_text().splitlines()
        assert label == likeliest
        assert json.loads(event)["type"] == "event"

    def test_a_command_that_is_not_there_ends_nothing(
        self, affectone, talk: np.ndarray, likeliest: str
    ) -> None:
        line = ("listen", "-", *RAW, "--on", f"{likeliest}:0.01", "--run", "no-such-command now")
        result = affectone(*line, stdin=talk.tobytes())
        assert result.exit_code == 0
        assert result.stderr == "affectone: --run no-such-command: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-",), "samples through a pipe need both - and --raw: affectone listen - --raw s16le:16000:1"),
        (RAW, "samples through a pipe need both - and --raw: affectone listen - --raw s16le:16000:1"),
        (
            ("x.wav", *RAW),
            "samples through a pipe need both - and --raw: affectone listen - --raw s16le:16000:1",
        ),
        (("-", *RAW, "--run", "true"), "--run needs --on, which says when"),
        (("-", *RAW, "--on", "angry"), "--on is written LABEL:SHARE, such as angry:0.8; got 'angry'"),
        (("-", *RAW, "--on", "angry:1.5"), "--on is written LABEL:SHARE, such as angry:0.8; got 'angry:1.5'"),
        (("-", *RAW, "--on", "angry:0.5", "--run", " "), "--run needs a command"),
        (("-", *RAW, "--on", "angry:0.5", "--run", "'"), '--run "\'": No closing quotation'),
        (("-", *RAW, "--channel-names", "a,b"), "2 channel names for 1 channel"),
        (("-", *RAW, "--hop", "9"), "hop must be from 0.1 s to the window's 3 s; got 9.0"),
        (
            ("-", *RAW, "--mqtt", "http://broker/x"),
            "--mqtt is written mqtt://host:port/topic or mqtts://...; got 'http://broker/x'",
        ),
    ],
)
def test_a_wrong_command_line_is_status_2(affectone, arguments: tuple[str, ...], words: str) -> None:
    result = affectone("listen", *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"affectone: {words}\n")


@pytest.mark.parametrize(
    "url", ["mqtt://host", "mqtt:///topic", "mqtt://h:x/t", "mqtt://h/a/#", "mqtt://h/+/a"]
)
def test_urls_that_are_no_place_to_send_to_are_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="--mqtt is written mqtt://host:port/topic"):
        Publisher(url)


def test_a_password_is_not_told() -> None:
    with pytest.raises(ConfigError) as caught:
        Publisher("mqtt://me:secret@host")
    assert "secret" not in str(caught.value)


def test_a_broker_that_is_not_there_is_status_3(affectone) -> None:
    result = affectone("listen", "-", *RAW, "--mqtt", "mqtt://127.0.0.1:1/x")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "affectone: MQTT broker 127.0.0.1:1: Connection refused\n"


def test_an_unknown_label_is_told(affectone) -> None:
    result = affectone("listen", "-", *RAW, "--on", "angri:0.5")
    assert result.exit_code == 2
    assert result.stderr.startswith("affectone: --on angri:0.5: unknown label 'angri'; did you mean 'angry'?")


def test_the_view_shows_probabilities_and_the_last_segments() -> None:
    from rich.console import Console

    view = LiveView(LabelSet(("sad", "angry")), blocks=False)
    view.close()
    said = Prediction("x", 0, "angry", 0.75, {"sad": 0.25, "angry": 0.75}, True, "low confidence")
    step = Segment(1.0, 2.0, said, "[red]agent").to_dict()
    for kind in ("step", "segment"):
        view.show({"type": kind, **step})
    view.show({"type": "event", "on": "angry:0.5", **step})
    console = Console(width=100)
    with console.capture() as text:
        console.print(view._drawn())
    lines = [line.split() for line in text.get().splitlines()]
    assert lines[0] == ["listening", "[red]agent"]
    assert lines[1:3] == [["sad", "##........", "25%"], ["angry", "########..", "75%"]]
    assert lines[3] == ["unsure:", "low", "confidence"]
    assert lines[4][:4] == ["1.00", "2.00", "[red]agent", "angry"]
    assert lines[5] == ["1.00", "angry:0.5"]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """Start Mosquitto on a free port of this machine and return the port."""
    import socket

    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        pytest.skip("needs the MQTT broker mosquitto")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = tmp_path / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([program, "-c", settings], **quiet) as process:
        try:
            deadline = time.monotonic() + 20
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
            yield port
        finally:
            process.terminate()


def test_a_broker_is_sent_everything(affectone, talk: np.ndarray, broker: int, segments) -> None:
    from paho.mqtt import client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion

    came: list[tuple[str, dict[str, Any]]] = []
    listening: list[bool] = []
    subscriber = mqtt.Client(CallbackAPIVersion.VERSION2)
    subscriber.on_message = lambda client, data, message: came.append(
        (message.topic, json.loads(message.payload))
    )
    subscriber.on_subscribe = lambda *_: listening.append(True)
    subscriber.connect("127.0.0.1", broker)
    subscriber.subscribe("car/seat/#", qos=1)
    subscriber.loop_start()
    try:
        deadline = time.monotonic() + 20
        while not listening and time.monotonic() < deadline:
            time.sleep(0.02)
        result = affectone(
            "listen", "-", *RAW, "--mqtt", f"mqtt://127.0.0.1:{broker}/car/seat", stdin=talk.tobytes()
        )
        assert (result.exit_code, result.stderr) == (0, "")
        while len([1 for topic, _ in came if topic.endswith("segment")]) < len(segments):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        subscriber.disconnect()
        subscriber.loop_stop()
    told = [message for topic, message in came if topic == "car/seat/segment"]
    assert [one | {"file": "-"} for one in of_type("segment", told)] == segments
    assert "car/seat/step" in {topic for topic, _ in came}


class FakeSound:
    """As sounddevice, with two devices; what it hears is given to it."""

    class PortAudioError(Exception):
        """What PortAudio complains about."""

    def __init__(self, sound: np.ndarray | None, rate: int = 8000) -> None:
        self.sound, self.rate = sound, rate

    def query_devices(self, device: object = None, kind: str | None = None) -> Any:
        devices = [
            {"name": "Lautsprecher", "max_input_channels": 0},
            {"name": "Jabra [red]", "max_input_channels": 1, "default_samplerate": float(self.rate)},
        ]
        if self.sound is None:
            devices.pop()
        if kind is None:
            return devices
        if self.sound is None or device not in (None, "Jabra", 1):
            raise ValueError(f"No input device matching {device!r}\nmore")
        return devices[1]

    def InputStream(self, *, callback: Callable[..., None], channels: int, **settings: Any) -> Any:  # noqa: N802 - its name
        if channels > 1:
            raise self.PortAudioError("Invalid number of channels [PaErrorCode -9998]")
        stream = SimpleNamespace(active=True, close=lambda: None)

        def start() -> None:
            for block in np.array_split(self.sound, 40):
                # The memory is used again, as PortAudio does.
                memory = block[:, np.newaxis].copy()
                callback(memory, len(memory), None, SimpleNamespace(input_overflow=False))
                memory[:] = 0
            stream.active = False

        stream.start = start
        return stream


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tiny: ModuleType) -> Callable[[FakeSound], None]:
    return lambda sound: monkeypatch.setattr(live, "_sounddevice", lambda: sound)


def test_a_microphone_is_heard(affectone, fake, tiny: ModuleType) -> None:
    sound = tiny.speech(3.0, rate=8000)
    fake(FakeSound(sound))
    result = affectone("listen", "--format", "jsonl", "--device", "Jabra", "--seconds", "3")
    assert (result.exit_code, result.stderr) == (0, "")
    told = of_type("segment", messages(result.stdout))
    expected = Recognizer(store.PACKAGED / "base").timeline(sound, sample_rate=8000)
    assert told == [one.to_dict() | {"file": "<microphone>"} for one in expected]


def test_microphones_are_named(affectone, fake) -> None:
    fake(FakeSound(np.zeros(10)))
    assert affectone("listen", "--list-devices").stdout == "Jabra [red]\n"


def test_a_microphone_that_is_unplugged_is_an_error(affectone, fake, tiny: ModuleType) -> None:
    fake(FakeSound(tiny.speech(3.0, rate=8000)))
    result = affectone("listen", "--format", "jsonl")
    assert result.exit_code == 3
    assert result.stderr == "affectone: Jabra [red]: no more sound comes; was it unplugged?\n"


@pytest.mark.parametrize(
    ("sound", "asked", "words"),
    [
        (None, {}, "there is no microphone here that the system knows of"),
        (
            np.zeros(10),
            {"device": "Sony"},
            "microphone 'Sony' cannot be opened: No input device matching 'Sony'",
        ),
        (np.zeros(10), {"channels": 2}, r"the microphone cannot be opened: Invalid number of channels"),
    ],
)
def test_microphones_that_cannot_be_opened(
    fake, sound: np.ndarray | None, asked: dict[str, Any], words: str
) -> None:
    fake(FakeSound(sound))
    with pytest.raises(AudioError, match=words):
        Microphone(**asked)


def test_what_comes_too_fast_is_counted(fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_WAITING", 10)
    fake(FakeSound(np.zeros(8000, np.float32)))
    with Microphone() as microphone:
        assert microphone.lost == 30


def test_a_command_is_split_as_a_shell_does() -> None:
    assert Command("a 'b c' d")._words == ["a", "b c", "d"]
