"""uvicorn's WebSockets, with two ends that it does not come to."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["AnsweringProtocol"]


class AnsweringProtocol(WebSocketsSansIOProtocol):
    """Answers a handshake that is too large, and ends a socket whose other side does not read.

    uvicorn keeps the first open and silent, and fails on it when the server ends. Of the second it waits
    until all has been read that was sent before, also when it closes.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.conn.debug = False  # It would write every header to the log, the keys among them.

    def data_received(self, data: bytes) -> None:
        """Take what comes."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    async def send(self, message: Any) -> None:
        """Send what the application says."""
        if message["type"] == "websocket.close":
            self.loop.call_later(self.close_timeout, self.transport.abort)
        await super().send(message)
