"""Refusals and errors as `application/problem+json` (RFC 9457), each with the id of its request."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from affectone.errors import AffectoneError, ModelNotFoundError
from affectone.serving.decoding import TooLongError
from affectone.serving.watch import StoppedError

__all__ = ["MEDIA_TYPE", "ProblemError", "handle_problems", "problem_of", "problem_response"]

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """Why a request gets no answer.

    Parameters
    ----------
    status : int
        Of HTTP.
    detail : str
        In words for who asked.
    retry_after : float, optional
        Seconds after which asking again may help.
    """

    def __init__(self, status: int, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.retry_after = status, detail, retry_after

    @property
    def headers(self) -> dict[str, str]:
        """What belongs into the answer's head."""
        told = {} if self.retry_after is None else {"Retry-After": str(max(1, math.ceil(self.retry_after)))}
        return told | ({"WWW-Authenticate": "Bearer"} if self.status == HTTPStatus.UNAUTHORIZED else {})

    def body(self, instance: str, request_id: str) -> dict[str, object]:
        """Return what is answered."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "request_id": request_id,
        }


def problem_of(error: Exception) -> ProblemError | None:
    """Return what an error of ours is for who asked; None of a bug."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, TooLongError):
        return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{error}; send it to /v1/jobs")
    if isinstance(error, StoppedError):
        return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "the server ends", retry_after=5)
    if isinstance(error, ModelNotFoundError):
        return ProblemError(HTTPStatus.NOT_FOUND, str(error))
    if isinstance(error, AffectoneError):
        return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
    if isinstance(error, SQLAlchemyError):
        return ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE, "the database of jobs cannot be used", retry_after=5
        )
    return None


def problem_response(problem: ProblemError, instance: str, request_id: str) -> JSONResponse:
    """Return a problem as an answer."""
    return JSONResponse(
        problem.body(instance, request_id), problem.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def handle_problems(app: FastAPI) -> None:
    """Let an app answer all of them alike."""

    async def answer(request: Request, error: Exception) -> JSONResponse:
        problem = problem_of(error) or _of_framework(error)
        response = problem_response(problem, request.url.path, request.state.request_id)
        response.headers.update(_headers(error))
        return response

    ours = (ProblemError, TooLongError, StoppedError, AffectoneError, SQLAlchemyError)
    for kind in (*ours, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)


def _of_framework(error: Exception) -> ProblemError:
    if isinstance(error, HTTPException):
        return ProblemError(error.status_code, error.detail)
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{place}: {first['msg']}")
    raise error


def _headers(error: Exception) -> Mapping[str, str]:
    return (error.headers or {}) if isinstance(error, HTTPException) else {}
