"""`create_app`: the service as an ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.staticfiles import StaticFiles
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from affectone import __version__
from affectone.serving import about, live, packaged, recordings
from affectone.serving.around import REQUEST_ID, Around
from affectone.serving.jobs.routes import router as jobs
from affectone.serving.options import bearer
from affectone.serving.problems import handle_problems
from affectone.serving.service import Service
from affectone.serving.settings import ServiceSettings, service_settings

__all__ = ["create_app"]

PAGE = Path(__file__).parent / "page"
WORDS = """Tells what a voice sounds like to listeners: which emotion, how sure that is, and when.

Recordings are the body of a request, as a form's file or as the bytes themselves; their content tells
the format. Errors are `application/problem+json`. Live sound goes through the WebSocket `/v1/live`."""


def create_app(settings: ServiceSettings | None = None) -> FastAPI:
    """Return the service; its models are loaded here.

    Parameters
    ----------
    settings : ServiceSettings, optional
        Those of the environment if not given.

    Raises
    ------
    ConfigError
        If a setting is wrong.
    AffectoneError
        If a model or the database of jobs cannot be used.

    Examples
    --------
    ``uvicorn --factory affectone.serving:create_app``, or, with settings:

    >>> app = create_app(ServiceSettings(model=("edge",), port=9000))  # doctest: +SKIP
    """
    settings = settings or service_settings()
    service = Service(settings)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(service.start)
        try:
            yield
        finally:
            await run_in_threadpool(service.stop)

    app = FastAPI(
        title="affectone",
        version=__version__,
        description=WORDS,
        lifespan=life,
        root_path=settings.root_path,
        # Their pages load scripts from elsewhere; /openapi.json is there for any viewer.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[Middleware(Around, metrics=service.metrics), *_cors(settings)],
    )
    app.state.service = service
    handle_problems(app)
    for router in (recordings.router, jobs, about.router, packaged.router):
        app.include_router(router, dependencies=[Depends(bearer)])
    app.include_router(live.router)
    page = settings.page or PAGE
    if page.is_dir():
        app.mount("/", _Page(directory=page, html=True), name="page")
    return app


class _Page(StaticFiles):
    """The page's files, asked about each time: those of two releases have the same names."""

    def file_response(self, *given: Any, **named: Any) -> Response:
        """Return the answer with a file."""
        response = super().file_response(*given, **named)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response


def _cors(settings: ServiceSettings) -> list[Middleware]:
    """Let pages of other origins ask, if any may."""
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", REQUEST_ID],
            expose_headers=[REQUEST_ID, "Retry-After", "Location"],
        )
    ]
