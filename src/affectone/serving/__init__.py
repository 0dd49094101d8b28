"""The service: HTTP and WebSocket, jobs, and the page.

Its settings need no extra, so that the command line can show them; the app is loaded when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from affectone.serving.settings import ServiceSettings, service_settings

if TYPE_CHECKING:
    from affectone.serving.app import create_app as create_app

__all__ = ["ServiceSettings", "create_app", "service_settings"]


def __getattr__(name: str) -> object:
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from affectone.registry import require_extra

    require_extra("serve", "a service")
    from affectone.serving.app import create_app

    return create_app
