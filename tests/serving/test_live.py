"""`/v1/live` tells what the library's stream tells, whatever the messages; and what it refuses."""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from affectone.recognition import Recognizer

if TYPE_CHECKING:
    from starlette.testclient import TestClient, WebSocketTestSession

pytest.importorskip("fastapi")
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

Told = list[dict[str, Any]]


def talk(client: TestClient, hello: dict[str, Any], messages: list[bytes]) -> Told:
    """Say hello, send all messages, and return all that is told."""
    with client.websocket_connect("/v1/live") as socket:
        socket.send_json(hello)
        for message in messages:
            socket.send_bytes(message)
        socket.send_json({"type": "end"})
        return list(heard(socket))


def heard(socket: WebSocketTestSession) -> Iterator[dict[str, Any]]:
    """Yield what is told, until the end or an error."""
    while True:
        message = socket.receive_json()
        yield message
        if message["type"] in ("end", "error"):
            return


def events(told: Told) -> Told:
    return [message for message in told if message["type"] in ("segment", "step")]


def expected(recognizer: Recognizer, samples: Any, rate: int, **how: Any) -> Told:
    with recognizer.stream(rate, channels=len(samples), file="mine", **how) as live:
        told = [{"type": kind, **one.to_dict()} for kind, one in live.events(samples)]
        return told + [{"type": kind, **one.to_dict()} for kind, one in live.last_events()]


@pytest.fixture(scope="module")
def sound(call: Path) -> tuple[Any, int]:
    samples, rate = sf.read(call, dtype="float32")
    return np.ascontiguousarray(samples.T), rate


@pytest.mark.parametrize(("form", "kind", "scale"), [("f32le", "<f4", 1), ("s16le", "<i2", 32768)])
def test_samples_are_told_as_the_librarys_stream_tells_them(
    client: TestClient, recognizer: Recognizer, sound: tuple[Any, int], form: str, kind: str, scale: int
) -> None:
    samples, rate = sound
    data = np.ascontiguousarray((samples * scale).T.astype(kind)).tobytes()
    hello = {"type": "hello", "format": form, "sample_rate": rate, "channels": 2, "names": ["a", "b"]}
    told = talk(client, {**hello, "name": "mine", "hop": 0.5}, [data])
    same = np.frombuffer(data, kind).reshape(-1, 2).T.astype(np.float32) / scale
    assert told[0]["type"] == "ready"
    assert (told[0]["channels"], told[0]["hop_seconds"]) == (2, 0.5)
    assert events(told) == expected(recognizer, same, rate, names=["a", "b"], hop=0.5)
    assert len(events(told)) > 10
    assert told[-1] == {"type": "end", "seconds": pytest.approx(samples.shape[1] / rate)}
    assert [one["seconds"] for one in told if one["type"] == "heard"][-1] == pytest.approx(8, abs=0.1)


@settings(max_examples=8)
@given(data=st.data())
def test_the_length_of_messages_changes_nothing(
    client: TestClient, recognizer: Recognizer, sound: tuple[Any, int], data: st.DataObject
) -> None:
    samples, rate = sound[0][:1], sound[1]
    whole = samples[0].astype("<f4").tobytes()
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=12).map(sorted))
    edges = [0, *cuts, len(whole)]
    pieces = [whole[start:end] for start, end in itertools.pairwise(edges)]
    told = talk(client, {"format": "f32le", "sample_rate": rate, "name": "mine"}, pieces)
    segments = [one for one in events(told) if one["type"] == "segment"]
    assert segments == [one for one in expected(recognizer, samples, rate) if one["type"] == "segment"]


def encoded(samples: Any, rate: int, form: str) -> bytes:
    import av

    place = io.BytesIO()
    with av.open(place, "w", format=form) as output:
        stream = output.add_stream("libopus", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
        frame.sample_rate, frame.pts = rate, 0
        for piece in av.AudioResampler("fltp", "mono", 48000, 960).resample(frame):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return place.getvalue()


def packets(data: bytes) -> list[bytes]:
    import av

    with av.open(io.BytesIO(data)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


@pytest.mark.parametrize("form", ["webm", "ogg", "opus"])
def test_what_browsers_record_is_heard_while_it_comes(
    client: TestClient, recognizer: Recognizer, sound: tuple[Any, int], form: str
) -> None:
    samples, rate = sound[0][:1], sound[1]
    data = encoded(samples, rate, "webm" if form == "opus" else form)
    pieces = packets(data) if form == "opus" else [data[at : at + 700] for at in range(0, len(data), 700)]
    with client.websocket_connect("/v1/live") as socket:
        socket.send_json({"type": "hello", "format": form, "name": "mine"})
        assert socket.receive_json()["channels"] == (1 if form == "opus" else None)
        for piece in pieces[: 3 * len(pieces) // 4]:
            socket.send_bytes(piece)
        first = socket.receive_json()  # Comes although the end has not.
        for piece in pieces[3 * len(pieces) // 4 :]:
            socket.send_bytes(piece)
        socket.send_json({"type": "end"})
        told = [first, *heard(socket)]
    assert told[-1]["seconds"] == pytest.approx(8, abs=0.1)
    (plain,) = [one for one in expected(recognizer, samples, rate) if one["type"] == "segment"]
    (segment,) = [one for one in events(told) if one["type"] == "segment"]
    assert segment["label"] == plain["label"]
    assert segment["confidence"] == pytest.approx(plain["confidence"], abs=0.1)


def test_no_sound_at_all_is_no_error(client: TestClient) -> None:
    told = talk(client, {"format": "s16le", "sample_rate": 8000}, [])
    assert [one["type"] for one in told] == ["ready", "end"]


HELLOS = [
    ({}, "format"),
    ({"format": "mp3"}, "format"),
    ({"format": "s16le"}, "s16le needs a sample_rate"),
    ({"format": "s16le", "sample_rate": 8000, "channels": 99}, "channels"),
    ({"format": "s16le", "sample_rate": 8000, "rate": 8000}, "rate"),
    ({"format": "s16le", "sample_rate": 8000, "model": "tiyn"}, "did you mean 'tiny'"),
    ({"format": "s16le", "sample_rate": 8000, "hop": 9}, "hop"),
    ({"format": "s16le", "sample_rate": 8000, "labels": "99"}, "99"),
]


@pytest.mark.parametrize(("hello", "words"), HELLOS)
def test_a_wrong_hello_is_told_before_the_socket_is_closed(
    client: TestClient, hello: dict[str, Any], words: str
) -> None:
    with client.websocket_connect("/v1/live") as socket:
        socket.send_json(hello)
        told = socket.receive_json()
        assert (told["type"], told["status"]) == ("error", 404 if "model" in hello else 422)
        assert words in told["detail"]
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1008


@pytest.mark.parametrize("first", ["no json", "[1]", '"hello"', b"\x00\x01"])
def test_what_is_no_hello_is_told_so(client: TestClient, first: str | bytes) -> None:
    with client.websocket_connect("/v1/live") as socket:
        socket.send_bytes(first) if isinstance(first, bytes) else socket.send_text(first)
        assert "hello" in socket.receive_json()["detail"]


MIDDLE = [
    ("f32le", np.full(4000, np.nan, "<f4").tobytes(), "NaN"),
    ("webm", b"These are words." * 1000, "no webm that can be decoded"),
    ("opus", b"\xff" * 100, "no opus that can be decoded"),
    ("s16le", "stop", 'or {"type": "end"}'),
]


@pytest.mark.parametrize(("form", "message", "words"), MIDDLE)
def test_what_cannot_be_heard_is_told(client: TestClient, form: str, message: Any, words: str) -> None:
    with client.websocket_connect("/v1/live") as socket:
        socket.send_json({"format": form, "sample_rate": 16000})
        assert socket.receive_json()["type"] == "ready"
        socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message)
        if form != "s16le":
            socket.send_json({"type": "end"})
        told = list(heard(socket))[-1]
    assert words in told["detail"]
    assert told["status"] == 422


def test_a_socket_takes_so_much_and_waits_so_long(serve: Callable[..., TestClient]) -> None:
    client = serve(max_live_seconds=2, idle_seconds=0.3)
    told = talk(client, {"format": "s16le", "sample_rate": 8000}, [bytes(2 * 8000 * 5)])
    assert "takes 2 s of sound" in told[-1]["detail"]
    with client.websocket_connect("/v1/live") as socket:
        socket.send_json({"format": "s16le", "sample_rate": 8000})
        assert "nothing came for 0.3 s" in list(heard(socket))[-1]["detail"]


@contextmanager
def refused() -> Iterator[list[Any]]:
    """Expect a socket that is refused before it is accepted; the answer is in the list afterwards."""
    answers: list[Any] = []
    with pytest.raises(WebSocketDenialResponse) as caught:
        yield answers
    answers.append(caught.value)


def test_a_socket_too_many_is_refused_before_it_is_accepted(serve: Callable[..., TestClient]) -> None:
    client = serve(max_sockets=1)
    with client.websocket_connect("/v1/live"), refused() as answers, client.websocket_connect("/v1/live"):
        pass
    assert answers[0].status_code == 429
    assert int(answers[0].headers["retry-after"]) >= 1
    assert answers[0].json()["detail"] == "1 live sockets are open, which is all there may be"
    assert talk(client, {"format": "s16le", "sample_rate": 8000}, [])[-1]["type"] == "end"


def test_a_page_of_another_origin_is_refused_unless_it_may(serve: Callable[..., TestClient]) -> None:
    client, open_client = serve(), serve(cors_origins=("https://elsewhere.example",))
    header = {"Origin": "https://elsewhere.example"}
    with refused() as answers, client.websocket_connect("/v1/live", headers=header):
        pass
    assert answers[0].status_code == 403
    with open_client.websocket_connect("/v1/live", headers=header):
        pass
    with client.websocket_connect("/v1/live", headers={"Origin": "http://testserver"}):
        pass


def test_a_key_opens_a_socket_by_header_or_by_protocol(serve: Callable[..., TestClient]) -> None:
    client = serve(api_keys=("secret+/1",))
    with refused() as answers, client.websocket_connect("/v1/live"):
        pass
    assert answers[0].status_code == 401
    with (
        refused() as answers,
        client.websocket_connect("/v1/live", subprotocols=["affectone.v1", "bearer.AAAA"]),
    ):
        pass
    assert answers[0].status_code == 401
    word = base64.urlsafe_b64encode(b"secret+/1").decode().rstrip("=")
    with client.websocket_connect("/v1/live", subprotocols=["affectone.v1", f"bearer.{word}"]) as socket:
        assert socket.accepted_subprotocol == "affectone.v1"
