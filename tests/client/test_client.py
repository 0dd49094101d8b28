"""A service answers a client as the library answers."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from websockets.sync.server import ServerConnection, serve

from affectone.audio import RawFormat, load_audio
from affectone.client import Client
from affectone.client.stream import PIECE, PROTOCOL
from affectone.errors import AudioNotFoundError, AudioValueError, ConfigError, ServiceError
from affectone.recognition import Recognizer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CLIPS = sorted(path for path in EXAMPLES.iterdir() if path.suffix in (".wav", ".opus", ".flac"))


@pytest.mark.parametrize("clip", CLIPS, ids=lambda path: path.name)
def test_predictions_and_timelines_are_the_librarys(client: Client, clip: Path) -> None:
    edge = Recognizer("edge")
    assert client.predict(clip, model="edge") == edge.predict(clip)
    assert client.timeline(clip, model="edge", hop=0.5) == edge.timeline(clip, hop=0.5)


def test_any_source_is_sent(client: Client, recognizer: Recognizer, call: Path) -> None:
    samples, rate = sf.read(call, dtype="float32")
    with call.open("rb") as handle:
        for source in (call, str(call), call.read_bytes(), handle, io.BytesIO(call.read_bytes())):
            assert client.predict(source).scores == recognizer.predict(call).scores
    assert client.predict(samples.T, sample_rate=rate) == recognizer.predict(samples.T, sample_rate=rate)
    signal = load_audio(call, sample_rate=None, channels="split")
    assert client.predict(signal) == recognizer.predict(signal)
    data = (samples * 32767).astype("<i2").tobytes()
    raw = RawFormat("s16le", rate, 2)
    assert client.predict(data, raw=raw) == recognizer.predict(data, raw=raw)


def test_channels_labels_and_names_are_passed_on(client: Client, recognizer: Recognizer, call: Path) -> None:
    assert client.predict(call, channels="split") == recognizer.predict(call, channels="split")
    assert client.predict(call, channels=1) == recognizer.predict(call, channels=1)
    assert client.predict(call, labels="valence") == recognizer.relabelled("valence").predict(call)
    names = ["agent", "customer"]
    assert client.timeline(call, names=names) == recognizer.timeline(call, names=names)


def test_a_path_may_be_long_and_stays_here(client: Client, call: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120) / ("e" * 120) / "call.wav"
    deep.parent.mkdir(parents=True)
    deep.write_bytes(call.read_bytes())
    assert client.predict(deep) == replace(client.predict(call), file=str(deep))
    assert [one.file for one in [client.submit(deep).wait(60)]] == [str(deep)]
    assert str(tmp_path) not in str(client._talk.ask("GET", "/v1/jobs").json())


def test_a_name_that_would_be_two_is_refused(client: Client, call: Path) -> None:
    with pytest.raises(ConfigError, match="the name of a channel has no comma; got 'Lee, Ann'"):
        client.timeline(call, names=["Lee, Ann", "agent"])


@pytest.mark.parametrize("task", ["timeline", "predict"])
def test_a_job_is_waited_for(client: Client, recognizer: Recognizer, call: Path, task: Any) -> None:
    job = client.submit(call, task, channels="split")
    assert job.id in [one.id for one in client.jobs()]
    found = job.wait(60)
    assert job.status == "done"
    expected = recognizer.timeline(call) if task == "timeline" else recognizer.predict(call, channels="split")
    assert found == expected
    later = client.submit(call, task)
    assert [one.id for one in client.jobs(limit=1)] == [later.id]
    later.delete()
    job.delete()
    assert job.id not in [one.id for one in client.jobs()]


def test_a_stream_is_heard_as_the_library_hears_it(
    client: Client, recognizer: Recognizer, call: Path
) -> None:
    samples, rate = sf.read(call, dtype="float32")
    with recognizer.stream(rate, channels=2, names=["a", "b"]) as live:
        expected = live.push(samples.T) + live.finish()
    with client.stream(rate, channels=2, names=["a", "b"]) as live:
        told = [one for at in range(0, len(samples), 1111) for one in live.push(samples[at : at + 1111].T)]
        told += live.finish()
        assert live.model == recognizer.artefact.title
        assert live.current(1) is not None
    assert sorted(told, key=lambda one: (one.channel, one.start)) == sorted(
        expected, key=lambda one: (one.channel, one.start)
    )


def test_models_are_told(client: Client) -> None:
    assert [row["name"] for row in client.models()] == ["tiny", "edge"]


def test_a_refusal_has_the_services_words(client: Client, call: Path) -> None:
    with pytest.raises(ServiceError, match="did you mean 'edge'") as caught:
        client.predict(call, model="egde")
    assert caught.value.status == 404
    assert caught.value.request_id
    with pytest.raises(ServiceError, match="is text, not audio") as caught:
        client.predict(b"These are words.")
    assert caught.value.status == 422
    with pytest.raises(ServiceError, match="hop") as caught:
        client.stream(8000, hop=9.0)
    assert caught.value.status == 422


def test_a_job_that_fails_says_why(client: Client) -> None:
    job = client.submit(b"These are words.")
    with pytest.raises(ServiceError, match="is text, not audio"):
        job.wait(60)


def test_a_wrong_key_opens_nothing(server: Any, call: Path) -> None:
    with Client(server.url, api_key="none") as client:
        for ask in (lambda: client.predict(call), lambda: client.stream(8000)):
            with pytest.raises(ServiceError, match="this API key is not known") as caught:
                ask()
            assert caught.value.status == 401


def test_what_cannot_be_read_is_not_sent(client: Client, tmp_path: Path) -> None:
    with pytest.raises(AudioNotFoundError):
        client.predict(tmp_path / "none.wav")
    with pytest.raises(AudioValueError, match="sample_rate"):
        client.predict(np.zeros(100))
    with client.stream(8000) as live, pytest.raises(AudioValueError, match="1 channels"):
        live.push(np.zeros((2, 100)))


def test_where_nobody_listens_is_said(call: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}") as client:
        for ask in (lambda: client.predict(call), lambda: client.stream(8000)):
            with pytest.raises(ServiceError, match="cannot be reached") as caught:
                ask()
            assert caught.value.status is None


def test_a_busy_service_is_asked_again(
    running_server: Callable[..., Any], tiny_model: Path, call: Path, recognizer: Recognizer
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    flags = ("--model", tiny_model, "--workers", 1, "--queue", 0)
    with running_server(*flags) as server, ThreadPoolExecutor(12) as pool:
        with Client(server.url, retries=100) as client:
            told = list(pool.map(lambda _: client.timeline(call), range(24)))
        assert all(one.labels == recognizer.timeline(call).labels for one in told)
        with Client(server.url, retries=0) as client:
            asked = [pool.submit(client.timeline, call, hop=0.1) for _ in range(12)]
            refused = [one.exception() for one in asked if one.exception() is not None]
        assert {one.status for one in refused} == {429}
        assert all(one.retry_after >= 1 for one in refused)


def test_requests_are_logged_on_stderr_alone(client: Client, server: Any) -> None:
    client.models()
    assert '"GET /v1/models HTTP/1.1" 200' in server.log.read_text()
    assert server.stdout.read_text() == ""


def test_what_comes_back_is_read_while_sound_is_sent() -> None:
    """A service that stops hearing where its answers are not taken."""
    pieces = 1000

    def answer(opened: ServerConnection) -> None:
        opened.recv()
        opened.send(json.dumps({"type": "hello", "model": "made@1"}))
        end = threading.Timer(20, opened.socket.shutdown, [socket.SHUT_RDWR])  # Rather than wait for ever.
        end.start()
        while isinstance(opened.recv(), bytes):
            opened.send(json.dumps({"type": "note", "text": "x" * 2**14}))
        opened.send(json.dumps({"type": "end"}))
        end.cancel()

    plain: dict[str, Any] = {"subprotocols": [PROTOCOL], "compression": None}
    with serve(answer, "127.0.0.1", 0, **plain) as service:
        threading.Thread(target=service.serve_forever).start()
        try:
            with (
                Client(f"http://127.0.0.1:{service.socket.getsockname()[1]}") as client,
                client.stream(16_000) as live,
            ):
                assert live.push(np.zeros(pieces * PIECE // 4, np.float32)) == []
                assert live.finish() == []
        finally:
            service.shutdown()
