"""`affectone serve`: the service, until it is ended."""

from __future__ import annotations

import contextlib
import inspect
import signal
import socket
from typing import Annotated, Any, get_args, get_origin

import typer
from pydantic import ByteSize
from pydantic.fields import FieldInfo

from affectone.cli.status import complain
from affectone.errors import AffectoneError
from affectone.registry import require_extra
from affectone.serving.settings import ServiceSettings, service_settings

__all__ = ["serve"]

WAITING = 2048


def serve(**given: Any) -> int:
    """Answer over HTTP and WebSocket, with a page at /. All flags are also variables AFFECTONE_SERVE_NAME."""
    require_extra("serve", "a service")
    settings = service_settings(**{name: value or None for name, value in given.items()})
    import uvicorn
    from uvicorn.config import LOGGING_CONFIG

    from affectone.serving.app import create_app
    from affectone.serving.live.protocol import AnsweringProtocol

    with _listening(settings) as place:
        config = uvicorn.Config(
            create_app(settings),
            log_config=_on_stderr(LOGGING_CONFIG),
            log_level=settings.log_level,
            # Bounds the head of a request, as the other parser does not.
            http="h11",
            ws=AnsweringProtocol,
            ws_max_size=int(settings.max_block_bytes),
            # A sender that is faster than it is heard has to wait, and so has its answer to a ping: it would
            # pass for dead. Who is silent is found by `idle_seconds`.
            ws_ping_interval=None,
            timeout_graceful_shutdown=settings.shutdown_seconds,
            backlog=WAITING,
            proxy_headers=True,
            forwarded_allow_ips=list(settings.trusted_proxies),
            server_header=False,
        )
        host, port = place.getsockname()[:2]
        complain(f"listening on http://{f'[{host}]' if ':' in host else host}:{port}")
        # uvicorn raises the signal anew that has ended it in good order.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda signum, frame: None)
        uvicorn.Server(config).run(sockets=[place])
    return 0


def _on_stderr(logging: dict[str, Any]) -> dict[str, Any]:
    """Return uvicorn's logging with that of requests on stderr, too: its own place for it is stdout."""
    handlers = {name: one | {"stream": "ext://sys.stderr"} for name, one in logging["handlers"].items()}
    return logging | {"handlers": handlers}


def _listening(settings: ServiceSettings) -> socket.socket:
    """Take the address before anything is loaded: an error of it is the user's first."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with contextlib.ExitStack() as stack:
            place = stack.enter_context(socket.socket(family, kind))
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            place.bind(address)
            stack.pop_all()
            return place
    except OSError as error:
        reason = error.strerror or error
        raise AffectoneError(f"cannot listen on {settings.host}:{settings.port}: {reason}") from None


def _option(name: str, about: FieldInfo) -> inspect.Parameter:
    """Return the flag of a setting: text, which the settings themselves read and check."""
    several = tuple in (get_origin(about.annotation), *map(get_origin, get_args(about.annotation)))
    kind: Any = list[str] | None if several else str | None
    shown = (
        "" if about.default_factory or about.default in (None, "", ()) else f"  [{_default(about.default)}]"
    )
    flag = typer.Option(
        f"--{name.replace('_', '-')}",
        metavar="WORD" if several else "VALUE",
        help=f"{about.description}{shown}",
    )
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, flag]
    )


def _default(value: object) -> str:
    if isinstance(value, ByteSize):
        return value.human_readable().replace(".0", "")
    return ",".join(value) if isinstance(value, tuple) else str(value)


_options = [_option(*field) for field in ServiceSettings.model_fields.items()]
serve.__signature__ = inspect.Signature(_options, return_annotation=int)  # type: ignore[attr-defined]
serve.__annotations__ = {one.name: one.annotation for one in _options}
