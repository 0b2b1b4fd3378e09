"""Live as one object: sockets of this process, the way messages take, and who sends them.

In one process without Redis the flusher sends to its own sockets; any process that serves does so, the one
that leads at once and others by their sweep. With Redis the leader sends through the queue to all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from flask import Flask
from flask_socketio import SocketIO
from gevent import monkey
from sqlalchemy.orm import Session

from gongzhi.kernel.db import after_commit
from gongzhi.kernel.events import on_recorded
from gongzhi.kernel.relay import Delivered, Relay
from gongzhi.kernel.settings import Settings

from .flusher import Flusher, RoomSeen
from .queue import Queue
from .sockets import MOST_BYTES, NAMESPACE, Sockets, may_come_from

RECHECK_EVERY = 2.0

log = structlog.get_logger(__name__)


class Live:
    """What web/background.py starts and stops, and the relay feeds."""

    def __init__(self, app: Flask, settings: Settings, relay: Relay, visited_district: Callable[[], str]) -> None:
        queue = settings.redis_url
        self._io = SocketIO()
        self._io.init_app(
            app,
            async_mode="gevent" if monkey.is_module_patched("socket") else "threading",
            message_queue=queue,
            channel=f"{settings.namespace}-live",
            transports=["websocket"],
            cors_allowed_origins=may_come_from(settings.public_url),
            max_http_buffer_size=MOST_BYTES,
            manage_session=False,
            always_connect=False,
        )
        self._sockets = Sockets(self._io, visited_district)
        self._queue = Queue(queue, settings.namespace, relay.wake, self._recheck_accounts) if queue else None
        self._flusher = Flusher(self)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    # -- lives of a process

    def serve(self) -> None:
        """This process holds sockets."""
        self._thread(self._recheck_all)
        if self._queue is None:
            self._flusher.start()
        else:
            self._sockets.on_watched = self._tell_rooms
            on_recorded(self._queue.wake_leader)
            self._thread(partial(self._queue.hear_rights, self._stop))

    def lead(self) -> None:
        """This process sends from now on."""
        if self._queue is not None:
            self._flusher.start()
            self._queue.lead()

    def follow(self) -> None:
        """Another process sends."""
        if self._queue is not None:
            self._queue.follow()
            self._flusher.stop()

    def stop(self) -> None:
        """Send what is marked, end the sockets."""
        self._stop.set()
        self._flusher.stop()
        self._sockets.drop_all()

    def _thread(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name="live", daemon=True)
        self._threads.append(thread)
        thread.start()

    # -- from the relay

    def listen(self, session: Session, batch: Sequence[Delivered]) -> None:
        """The relay's listener: once its cursor is on disk, topics are dirty and changed rights are asked again."""
        after_commit(session, partial(self._committed, list(batch)))

    def _committed(self, batch: list[Delivered]) -> None:
        accounts: set[str] = set()
        for delivered in batch:
            if delivered.topics:
                self._flusher.mark(delivered.event, delivered.topics, delivered.at)
            account = getattr(delivered.event, "account_id", None)
            if isinstance(account, str) and delivered.event.kind.startswith("people."):
                accounts.add(account)
        if accounts and self._queue is not None:
            self._queue.tell_rights(accounts)
        elif accounts:
            self._recheck_accounts(accounts)

    # -- for the flusher

    def emit(self, name: str, message: dict[str, Any], room: str) -> None:
        """Send to everybody in the room, whichever process holds the socket."""
        self._io.server.emit(name, message, room=room, namespace=NAMESPACE)

    def rooms(self) -> Mapping[str, RoomSeen] | None:
        """The rooms somebody watches; None when Redis cannot tell."""
        return self._own_rooms() if self._queue is None else self._queue.rooms()

    def _own_rooms(self) -> dict[str, RoomSeen]:
        return {
            name: RoomSeen(room.watched.district_id, room.watched.inner, room.watchers, room.since)
            for name, room in list(self._sockets.connections.rooms.items())
        }

    # -- rights

    def _recheck_accounts(self, accounts: set[str]) -> None:
        self._sockets.recheck(self._sockets.connections.signed_in(accounts))

    def _recheck_all(self) -> None:
        while not self._stop.wait(RECHECK_EVERY):
            try:
                self._sockets.recheck(self._sockets.connections.signed_in())
                self._tell_rooms()
            except Exception:
                log.exception("recheck_failed")

    def _tell_rooms(self) -> None:
        if self._queue is not None:
            self._queue.tell_rooms(self._own_rooms())
