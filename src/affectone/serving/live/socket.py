"""The socket of `/v1/live`."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import ExitStack, suppress
from functools import partial
from http import HTTPStatus
from threading import Event
from time import monotonic
from typing import Any

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from affectone.recognition import Recognizer
from affectone.recognition.windows import Grid
from affectone.serving.keys import PROTOCOL, check_origin, offered_protocols
from affectone.serving.live.hearing import Coming, coming, hear
from affectone.serving.live.hello import Hello, hello_of
from affectone.serving.problems import ProblemError, problem_of, problem_response
from affectone.serving.service import Service, service_of
from affectone.serving.watch import StoppedError

__all__ = ["router"]

router = APIRouter()
log = logging.getLogger("affectone.serving")

DONE, REFUSED, FAILED = 1000, 1008, 1011
HELLO_SECONDS = 10.0
PATIENCE = 0.2
REASON_SECONDS = 1.0
"""In which the reason for an end may be read. Who reads nothing would keep the socket for ever."""
PATH = "/v1/live"


@router.websocket(PATH)
async def live(websocket: WebSocket) -> None:
    """Hear the sound that comes, and tell of it while it does."""
    service, request_id = service_of(websocket), websocket.state.request_id
    with ExitStack() as counted:
        try:
            service.keys.owner(websocket)
            check_origin(websocket, service.settings.cors_origins)
            counted.enter_context(service.socket())
        except ProblemError as problem:
            # Before it is accepted: what is refused costs nothing.
            await websocket.send_denial_response(problem_response(problem, PATH, request_id))
            return
        with suppress(WebSocketDisconnect):
            await websocket.accept(PROTOCOL if PROTOCOL in offered_protocols(websocket) else None)
            await _told(websocket, service, request_id)


async def _told(websocket: WebSocket, service: Service, request_id: str) -> None:
    """Talk to the end; whatever goes wrong is told before the socket is closed."""
    try:
        await _talk(websocket, service, request_id)
        await websocket.close(DONE)
        return
    except (WebSocketDisconnect, StoppedError):
        if service.ready:
            return
        problem: ProblemError | None = problem_of(StoppedError())
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            log.exception("socket %s: a bug", request_id)
    code = FAILED if problem is None else REFUSED
    told = problem or ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "the service failed; its log says how")
    if websocket.application_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError, WebSocketDisconnect):
            with suppress(TimeoutError):
                async with asyncio.timeout(REASON_SECONDS):
                    await websocket.send_text(json.dumps({**told.body(PATH, request_id), "type": "error"}))
            await websocket.close(code)


async def _talk(websocket: WebSocket, service: Service, request_id: str) -> None:
    hello = await _hello(websocket)
    recognizer = service.models.asked(hello.model, hello.labels, hello.adapt)
    await websocket.send_text(json.dumps(_ready(hello, recognizer, service, request_id)))
    loop, stop, idle = asyncio.get_running_loop(), Event(), service.settings.idle_seconds
    in_thread = partial(loop.run_in_executor, service.live_threads)

    def tell(message: dict[str, Any]) -> None:
        """Send a message and wait until it is gone, so that who does not read is not sent more and more."""
        sending = asyncio.run_coroutine_threadsafe(websocket.send_text(json.dumps(message)), loop)
        end = monotonic() + idle
        while True:
            try:
                return sending.result(PATIENCE)
            except TimeoutError:
                if stop.is_set():
                    raise StoppedError from None
                if monotonic() > end:
                    words = f"the answers were not read for {idle:g} s"
                    raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, words) from None

    source = await in_thread(coming, hello, service.live_limits, stop)
    longest = service.settings.max_live_seconds
    hearing = in_thread(hear, source, hello, recognizer, longest, tell)
    taking = asyncio.create_task(_take(websocket, source, in_thread, idle))
    try:
        either: tuple[asyncio.Future[Any], ...] = (hearing, taking)
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if taking.done():
            taking.result()
        seconds = await hearing
        service.metrics.sound.labels("live").inc(seconds)
    finally:
        stop.set()
        taking.cancel()
        with suppress(Exception):
            await hearing
        await in_thread(source.close)


async def _hello(websocket: WebSocket) -> Hello:
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            message = await _next(websocket)
    except TimeoutError:
        raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, f"no hello came within {HELLO_SECONDS:g} s") from None
    if not isinstance(message, str):
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "the first message is a hello in JSON, before any sound"
        )
    return hello_of(message)


def _ready(hello: Hello, recognizer: Recognizer, service: Service, request_id: str) -> dict[str, Any]:
    Grid.of(recognizer.card, hello.window, hello.hop)  # Refused now, not with the first sound.
    return {
        "type": "ready",
        "session": request_id,
        "model": recognizer.artefact.title,
        "labels": list(recognizer.labels),
        "channels": hello.known_channels,
        "window_seconds": hello.window,
        "hop_seconds": hello.hop,
        "max_seconds": service.settings.max_live_seconds,
    }


async def _take(websocket: WebSocket, source: Coming, in_thread: Any, idle: float) -> None:
    """Pass on what comes, until its end is told."""
    while True:
        try:
            async with asyncio.timeout(idle):
                message = await _next(websocket)
        except TimeoutError:
            raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, f"nothing came for {idle:g} s") from None
        if isinstance(message, bytes):
            if message:
                await in_thread(source.give, message)
            continue
        if _is_end(message):
            await in_thread(source.give, b"")
            return
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, 'after the hello comes sound, or {"type": "end"}')


async def _next(websocket: WebSocket) -> str | bytes:
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", DONE))
    text: str | None = message.get("text")
    data: bytes = message.get("bytes") or b""
    return data if text is None else text


def _is_end(text: str) -> bool:
    try:
        told = json.loads(text)
    except ValueError:
        return False
    return isinstance(told, dict) and told.get("type") == "end"
