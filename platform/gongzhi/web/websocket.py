"""The gunicorn worker that serves pages and sockets: gevent, with frames of a bounded size.

gevent-websocket reads a frame of any announced length into memory before anybody can refuse it, and
upgrades any address. Here a message ends the connection when it is longer than a client of ours ever
sends, and only the live address is upgraded.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from geventwebsocket.gunicorn.workers import GeventWebSocketWorker
from geventwebsocket.handler import WebSocketHandler
from geventwebsocket.websocket import WebSocket

MOST_BYTES = 16 * 1024
LIVE_PATH = "/socket.io/"


class _BoundedRead:
    """Reads from the connection while the message at hand may still grow."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self.left = MOST_BYTES

    def __call__(self, wanted: int) -> bytes:
        self.left -= wanted
        # Nothing read is an "unexpected end" to the caller, who then closes.
        return b"" if self.left < 0 else self._read(wanted)


class BoundedWebSocket(WebSocket):
    """A socket that reads at most `MOST_BYTES` for one message, however it is cut into frames."""

    __slots__ = ()

    @classmethod
    def bound(cls, socket: WebSocket) -> None:
        """Turn a socket just made into a bounded one; a second object would close it when the first goes."""
        socket.__class__ = cls
        socket.raw_read = _BoundedRead(socket.raw_read)

    def read_message(self) -> Any:
        """The next message; the connection ends when it is too long."""
        self.raw_read.left = MOST_BYTES
        return super().read_message()


class LiveHandler(WebSocketHandler):
    """Upgrades the live address only, to bounded sockets; sends what it has at once."""

    def handle(self) -> None:
        """Serve one connection. Head and body are two writes: without this the second waits 40 ms for an
        acknowledgement that the other side delays.
        """
        if self.socket.family != socket.AF_UNIX:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().handle()

    def upgrade_websocket(self) -> Any:
        """None where the request is to be answered like any other."""
        if not self.environ.get("PATH_INFO", "").startswith(LIVE_PATH):
            return None
        return super().upgrade_websocket()

    def upgrade_connection(self) -> Any:
        """Shake hands, and bound the socket."""
        refusal = super().upgrade_connection()
        if hasattr(self, "websocket"):
            BoundedWebSocket.bound(self.websocket)
        return refusal

    def log_request(self) -> None:
        """The application logs its requests itself."""


class Worker(GeventWebSocketWorker):
    """The worker class named in gunicorn_conf.py."""

    wsgi_handler = LiveHandler
