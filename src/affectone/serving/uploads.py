"""Recordings that are sent, as a form's file or as the body itself: within limits, and nameless on disk."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.types import Message, Receive

from affectone.audio.sources import source_name
from affectone.serving.problems import ProblemError

__all__ = ["Upload", "received", "until_gone"]

IN_MEMORY = 2**20
PATIENCE = 20.0
"""Seconds for which nothing of an upload may come."""
PIECE = 2**20
MOST_NAME = 200
UNNAMED = "<upload>"


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent.

    Parameters
    ----------
    file : binary file
        In memory while it is small, else a temporary file without a name.
    name : str
        As the sender calls it: a word for answers, no path.
    """

    file: IO[bytes]
    name: str

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes from their beginning."""
        self.file.seek(0)
        while piece := self.file.read(PIECE):
            yield piece


@asynccontextmanager
async def received(request: Request, name: str | None, most: int) -> AsyncIterator[Upload]:
    """Take in what a request sends, and forget it afterwards.

    Parameters
    ----------
    request : Request
    name : str or None
        Of a recording that is no form's file.
    most : int
        Bytes that are taken.

    Raises
    ------
    ProblemError
        413 where there are more, 422 of a form without a file, 400 of one that is broken.
    """
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise _too_large(most)
    limited = Request(request.scope, _limited(request.receive, most))
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        async with _form(limited) as form:
            for field in form:
                if field != "file":
                    words = f"the form has a field {field!r}; what is asked stands in the query"
                    raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, words)
            file = form.get("file")
            if not isinstance(file, UploadFile):
                words = "the form has no file in its field 'file'"
                raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, words)
            yield Upload(file.file, _plain(file.filename))
        return
    with SpooledTemporaryFile(IN_MEMORY) as body:
        async for piece in limited.stream():
            with _room():
                body.write(piece)
        yield Upload(body, _plain(name))


async def until_gone(request: Request) -> None:
    """Wait until who asked does not wait for the answer any more."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    try:
        with _room():
            form = await request.form(max_files=1, max_fields=1)
    except (UnicodeError, LookupError):
        words = "the form's names are in no encoding that can be read"
        raise ProblemError(HTTPStatus.BAD_REQUEST, words) from None
    try:
        yield form
    finally:
        await form.close()


@contextmanager
def _room() -> Iterator[None]:
    """Say so where the disk is full."""
    try:
        yield
    except OSError as error:
        words = f"there is no room for this upload: {error.strerror}"
        raise ProblemError(HTTPStatus.INSUFFICIENT_STORAGE, words) from None


def _limited(receive: Receive, most: int) -> Receive:
    """Count what comes, and refuse what is too much."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        try:
            async with asyncio.timeout(PATIENCE):
                message = await receive()
        except TimeoutError:
            words = f"nothing of this upload came for {PATIENCE:g} s"
            raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, words) from None
        taken += len(message.get("body", b""))
        if taken > most:
            raise _too_large(most)
        return message

    return counted


def _too_large(most: int) -> ProblemError:
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"this is larger than the {most:,} bytes that are taken here"
    )


def _plain(name: str | None) -> str:
    """Return the last part of a name, safe to print."""
    return source_name(re.split(r"[\\/]", name or "")[-1][-MOST_NAME:] or UNNAMED)
