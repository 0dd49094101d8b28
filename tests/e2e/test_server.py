"""The service as a process: it is killed, ended and started again, and loses nothing."""

from __future__ import annotations

import base64
import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

pytest.importorskip("httpx")
pytest.importorskip("fastapi")

import httpx
from websockets.frames import Frame, Opcode
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from affectone.recognition import Recognizer

KEY = "a-key-that-nobody-sees"
SLOW = {"task": "timeline", "hop": 0.1, "window": 3.0, "model": "edge"}


@pytest.fixture(scope="module")
def long_call(tmp_path_factory: pytest.TempPathFactory, tiny: Any) -> Path:
    """Return a minute of speech, which takes some seconds to hear ten times a second."""
    path: Path = tmp_path_factory.mktemp("long") / "long.wav"
    sf.write(path, np.tile(tiny.spoken_clip(7.0), 8), 16000)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/jobs.sqlite"
    url: str = request.getfixturevalue("postgres")
    return url


def job_at(url: str, job: str) -> dict[str, Any]:
    told: dict[str, Any] = httpx.get(f"{url}/v1/jobs/{job}").json()
    return told


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_job_outlives_a_server_that_is_killed(
    running_server: Callable[..., Any], long_call: Path, database: str
) -> None:
    flags = ("--model", "edge", "--database", database)
    with running_server(*flags) as server:
        given = httpx.post(f"{server.url}/v1/jobs", params=SLOW, content=long_call.read_bytes(), timeout=60)
        job = given.json()["id"]
        waiting = httpx.post(f"{server.url}/v1/jobs", params=SLOW, content=long_call.read_bytes(), timeout=60)
        wait_until(lambda: job_at(server.url, job)["seconds_heard"] > 0, 60)
        server.process.kill()
        server.process.wait()
    with running_server(*flags) as server:
        assert job_at(server.url, job)["status"] == "running"  # Nobody has said otherwise yet.
        wait_until(lambda: job_at(server.url, job)["status"] == "done", 120)
        told = job_at(server.url, job)
        assert told["attempts"] == 2
        wait_until(lambda: job_at(server.url, waiting.json()["id"])["status"] == "done", 120)
        found = httpx.get(f"{server.url}/v1/jobs/{job}/result", timeout=60).json()
    expected = Recognizer("edge").timeline(long_call.read_bytes(), hop=0.1).to_dict()
    assert found["duration_seconds"] == expected["duration_seconds"]
    assert [one["start"] for one in found["segments"]] == [one["start"] for one in expected["segments"]]


def test_a_server_that_is_ended_answers_first_and_gives_its_job_back(
    running_server: Callable[..., Any], long_call: Path, tmp_path: Path
) -> None:
    flags = ("--model", "edge", "--database", f"sqlite:///{tmp_path}/jobs.sqlite")
    with running_server(*flags) as server:
        job = httpx.post(f"{server.url}/v1/jobs", params=SLOW, content=long_call.read_bytes()).json()["id"]
        wait_until(lambda: job_at(server.url, job)["seconds_heard"] > 0, 60)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
    with running_server(*flags) as server:
        wait_until(lambda: job_at(server.url, job)["status"] == "done", 120)
        assert job_at(server.url, job)["attempts"] == 1


def test_a_request_under_way_is_answered_before_the_end(
    running_server: Callable[..., Any], long_call: Path
) -> None:
    with running_server("--model", "edge") as server:
        ask = [
            "curl",
            "-s",
            "-m",
            "60",
            "--data-binary",
            f"@{long_call}",
            f"{server.url}/v1/timeline?hop=0.1",
        ]
        with subprocess.Popen(ask, stdout=subprocess.PIPE) as asking:
            wait_until(lambda: "affectone_requests_inside 1.0" in httpx.get(f"{server.url}/metrics").text, 30)
            server.process.send_signal(signal.SIGTERM)
            answer, _ = asking.communicate(timeout=60)
        assert json.loads(answer)["segments"]
        assert server.process.wait(60) == 0


def test_a_handshake_that_is_too_large_is_answered_and_ends_nothing(
    running_server: Callable[..., Any], tiny_model: Path
) -> None:
    head = b"GET /v1/live HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    with running_server("--model", tiny_model) as server:
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        for line in (b"X: " + b"a" * 9000 + b"\r\n", b"a:b\r\n" * 300):
            with socket.create_connection(address, timeout=30) as opened:
                opened.sendall(head + line + b"\r\n")
                assert opened.recv(100).startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
        with socket.create_connection(address, timeout=30) as opened:
            opened.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\nX: " + b"a" * 200_000)
            assert opened.recv(100).startswith(b"HTTP/1.1 4")
        with socket.create_connection(address, timeout=30) as left_open:
            left_open.sendall(head + b"X: " + b"a" * 9000 + b"\r\n\r\n")
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(60) == 0
    assert "Traceback" not in server.log.read_text()


def test_ctrl_c_ends_it_in_order_and_no_key_was_written_down(
    running_server: Callable[..., Any], tiny_model: Path
) -> None:
    with running_server("--model", tiny_model, "--log-level", "debug", "--api-keys", KEY) as server:
        live = f"ws{server.url.removeprefix('http')}/v1/live"
        encoded = base64.urlsafe_b64encode(KEY.encode()).decode().rstrip("=")
        with connect(live, additional_headers={"Authorization": f"Bearer {KEY}"}):
            pass
        with connect(live, subprotocols=[Subprotocol("affectone.v1"), Subprotocol(f"bearer.{encoded}")]):
            pass
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(60) == 0
        log = server.log.read_text()
        assert "Traceback" not in log
        assert "/v1/live" in log
        assert KEY not in log
        assert encoded not in log


def frame(kind: Opcode, data: bytes) -> bytes:
    return Frame(kind, data).serialize(mask=True)


def send_for_ever(narrow: socket.socket, data: bytes) -> None:
    while True:
        narrow.sendall(data)


def test_who_sends_and_never_reads_holds_no_socket_for_ever(
    running_server: Callable[..., Any], long_call: Path, tiny_model: Path
) -> None:
    samples, rate = sf.read(long_call, dtype="int16")
    hello = {"format": "s16le", "sample_rate": rate, "window": 1.0, "hop": 0.1}
    with running_server("--model", tiny_model, "--idle-seconds", 1) as server, socket.socket() as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        narrow.settimeout(60)
        narrow.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
        narrow.sendall(
            b"GET /v1/live HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += narrow.recv(1)
        assert answer.startswith(b"HTTP/1.1 101 ")
        narrow.sendall(frame(Opcode.TEXT, json.dumps(hello).encode()))
        with pytest.raises(ConnectionError):
            send_for_ever(narrow, frame(Opcode.BINARY, samples[: 10 * rate].tobytes()))
        wait_until(lambda: "affectone_live_sockets 0.0" in httpx.get(f"{server.url}/metrics").text, 30)
