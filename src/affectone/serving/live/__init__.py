"""`/v1/live`: sound that is heard while it comes through a socket."""

from affectone.serving.live.socket import router

__all__ = ["router"]
