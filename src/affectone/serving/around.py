"""Around every request: an id, what browsers may do with the answer, counting, and the answer to a bug."""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from http import HTTPStatus
from time import monotonic
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from affectone.serving.metrics import Metrics
from affectone.serving.problems import ProblemError, problem_response

__all__ = ["Around"]

log = logging.getLogger("affectone.serving")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Counted by their names; anybody may make up others."""
GONE = 499
"""Counted where who asked has not waited for the answer."""
ENDS = ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "the service ends", retry_after=5)
REQUEST_ID = "X-Request-ID"
_FIT = re.compile(r"[\w.-]{1,64}", re.ASCII)
_HEADERS: Final = {
    # "wasm-unsafe-eval" lets the page run WebAssembly, and no text as a program.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; "
    "media-src 'self' blob:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self' ws: wss:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}


class Around:
    """What stands around the app.

    Parameters
    ----------
    app : ASGI app
    metrics : Metrics
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _FIT.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        await self._counted(scope, receive, send, request_id)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        begun, status = monotonic(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except ClientDisconnect:
            status = status or GONE
        except asyncio.CancelledError:
            # The server ends, and has waited for this request as long as it may.
            if status:
                raise
            await problem_response(ENDS, scope["path"], request_id)(scope, receive, noted)
        except Exception:
            log.exception("request %s: a bug", request_id)
            if status:
                raise
            words = f"the service failed; its log says how, under the request {request_id}"
            problem = ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, words)
            await problem_response(problem, scope["path"], request_id)(scope, receive, noted)
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.requests.labels(method, route, status).inc()
        self._metrics.latency.labels(method, route).observe(monotonic() - begun)
