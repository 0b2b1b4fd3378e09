"""The gunicorn worker that serves pages and sockets: gevent, with frames of a bounded size.

gevent-websocket reads a frame of any announced length into memory before anybody can refuse it, and
upgrades any address. Here a message ends the connection when it is longer than a client of ours ever
sends, and only the live address is upgraded.
"""

from __future__ import annotations

from typing import Any

from geventwebsocket.gunicorn.workers import GeventWebSocketWorker
from geventwebsocket.handler import WebSocketHandler
from geventwebsocket.websocket import Stream, WebSocket

MOST_BYTES = 16 * 1024
LIVE_PATH = "/socket.io/"


class BoundedWebSocket(WebSocket):  # type: ignore[misc]
    """A socket that reads at most `MOST_BYTES` for one message, however it is cut into frames."""

    def __init__(self, environ: dict[str, Any], stream: Stream, handler: WebSocketHandler) -> None:
        super().__init__(environ, stream, handler)
        self._read_all = self.raw_read
        self._left = MOST_BYTES
        self.raw_read = self._read_within

    def read_message(self) -> Any:
        """The next message; the connection ends when it is too long."""
        self._left = MOST_BYTES
        return super().read_message()

    def _read_within(self, wanted: int) -> bytes:
        self._left -= wanted
        # Nothing read is "unexpected end" to the caller, who then closes.
        return b"" if self._left < 0 else self._read_all(wanted)


class LiveHandler(WebSocketHandler):  # type: ignore[misc]
    """Upgrades the live address only, to bounded sockets."""

    def upgrade_websocket(self) -> Any:
        """None where the request is to be answered like any other."""
        if not self.environ.get("PATH_INFO", "").startswith(LIVE_PATH):
            return None
        return super().upgrade_websocket()

    def upgrade_connection(self) -> Any:
        """Shake hands, then put the bounded socket in place of the plain one."""
        refusal = super().upgrade_connection()
        if hasattr(self, "websocket"):
            self.websocket = BoundedWebSocket(self.environ, Stream(self), self)
            self.environ["wsgi.websocket"] = self.websocket
        return refusal

    def log_request(self) -> None:
        """The application logs its requests itself."""


class Worker(GeventWebSocketWorker):  # type: ignore[misc]
    """The worker class named in gunicorn_conf.py."""

    wsgi_handler = LiveHandler
