"""Who may ask: API keys, and pages that were not loaded from here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from affectone.serving.problems import ProblemError

__all__ = ["PROTOCOL", "Keys", "check_origin", "offered_protocols"]

PROTOCOL = "affectone.v1"
"""Subprotocol of live sockets."""
KEY_PROTOCOL = "bearer."
"""Begins the subprotocol that holds a key: browsers let pages set no header of a socket."""


class Keys:
    """The keys that open the service; without any it is open.

    Only their hashes are kept, and each request is compared with all of them, in a time that does not depend
    on how much of a key is right.
    """

    def __init__(self, keys: Iterable[SecretStr]) -> None:
        self._hashes = [_hash(key.get_secret_value()) for key in keys]

    @property
    def required(self) -> bool:
        """Whether a request has to bring one."""
        return bool(self._hashes)

    def owner(self, connection: HTTPConnection) -> str:
        """Return who asks, as jobs know their owner; empty where all are let in.

        Raises
        ------
        ProblemError
            401, without a key or with a wrong one.
        """
        if not self._hashes:
            return ""
        given = _given(connection)
        if given is None:
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "an API key is needed: Authorization: Bearer KEY")
        found = _hash(given)
        # All are compared, so that the time tells nothing.
        if not any([hmac.compare_digest(found, known) for known in self._hashes]):
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "this API key is not known")
        return found.hex()[:32]


def check_origin(connection: HTTPConnection, allowed: Iterable[str]) -> None:
    """Refuse what another site's page asks: browsers send some requests, and open sockets, without asking.

    Raises
    ------
    ProblemError
        403.
    """
    origin = connection.headers.get("origin")
    if origin is None or {"*", origin} & set(allowed):
        return
    try:
        own = urlsplit(origin).netloc == connection.headers.get("host")
    except ValueError:
        own = False
    if not own:
        raise ProblemError(HTTPStatus.FORBIDDEN, f"pages of {origin} may not ask here")


def offered_protocols(connection: HTTPConnection) -> list[str]:
    """Return the subprotocols that a socket's opener speaks."""
    return [word.strip() for word in connection.headers.get("sec-websocket-protocol", "").split(",")]


def _given(connection: HTTPConnection) -> str | None:
    kind, _, key = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and key.strip():
        return key.strip()
    if connection.scope["type"] == "websocket":
        for word in offered_protocols(connection):
            if word.startswith(KEY_PROTOCOL):
                return _decoded(word.removeprefix(KEY_PROTOCOL))
    return None


def _decoded(word: str) -> str | None:
    try:
        return base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode()
    except (binascii.Error, ValueError):
        return None


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
