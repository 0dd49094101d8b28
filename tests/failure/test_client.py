"""What a client says where nobody, or somebody else, answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("httpx")

from websockets.sync.server import serve as serve_socket

from affectone.client import Client
from affectone.errors import ConfigError, ServiceError

NONSENSE = [
    b"",
    b"<html>",
    b"null",
    b"[]",
    b"{}",
    b"[" * 5000,
    b"9" * 5000,
    b"\xff",
    b'{"id": 1}',
    b'[{"label": 1}]',
]


@pytest.fixture
def nonsense() -> Iterator[Callable[[bytes], str]]:
    """Return a maker of servers that answer the same to all."""
    servers: list[ThreadingHTTPServer] = []

    def made(body: bytes) -> str:
        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield made
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_an_answer_that_makes_no_sense_is_told_so(
    nonsense: Callable[[bytes], str], call: Path, body: bytes
) -> None:
    with Client(nonsense(body)) as client:
        for ask in (
            lambda: client.predict(call),
            lambda: client.predict(call, channels="split"),
            lambda: client.timeline(call),
            lambda: client.submit(call),
            client.jobs,
            client.models,
        ):
            with pytest.raises(ServiceError, match="answers otherwise than a service of affectone does"):
                ask()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "ftp://x",
        "http://",
        "//x",
        "http://[",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:abc",
        "http://\x00",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="a service's address is such as"):
        Client(url)


def test_a_key_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(ConfigError, match="ASCII"):
        Client(api_key="schlüssel")


@pytest.mark.parametrize("timeout", [0, -1.0, float("nan"), float("inf"), "1"])
def test_a_time_to_wait_that_is_none_is_refused(timeout: Any) -> None:
    with pytest.raises(ConfigError, match=r"timeout is .*; it is a number of seconds above 0"):
        Client(timeout=timeout)


@pytest.mark.parametrize("retries", [-1, 0.5, "1"])
def test_a_number_of_retries_that_is_none_is_refused(retries: Any) -> None:
    with pytest.raises(ConfigError, match=r"retries is .*; it is a number of times, 0 or more"):
        Client(retries=retries)


@pytest.mark.parametrize("message", ["junk", "[]", "{}", '{"type": "error"}', '{"type": "segment"}', None])
def test_a_stream_that_makes_no_sense_is_told_so(message: str | None) -> None:
    def answer(socket: Any) -> None:
        socket.recv()
        if message is not None:
            socket.send(message)
            socket.recv()
        socket.recv(5)

    with serve_socket(answer, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        with Client(url, timeout=1) as client, pytest.raises(ServiceError, match=r"otherwise|in time|ended"):
            client.stream(8000)
        server.shutdown()
