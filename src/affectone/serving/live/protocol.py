"""uvicorn's WebSockets, with an answer to a handshake that is too large."""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["AnsweringProtocol"]


class AnsweringProtocol(WebSocketsSansIOProtocol):
    """Sends the refusal of a handshake, and closes.

    uvicorn keeps such a connection open and silent, and fails on it when the server ends.
    """

    def data_received(self, data: bytes) -> None:
        """Take what comes."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()
