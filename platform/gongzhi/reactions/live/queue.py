"""Between processes, over Redis: who watches what, whose rights changed, and that there is something to send.

Messages themselves travel on Socket.IO's own queue. Nothing here must arrive: rights are asked again every
two seconds and the relay looks for events by itself; Redis only makes it faster.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

import redis
import structlog

from .flusher import RoomSeen

ROOMS_LIVE = 10
WAKE_EVERY = 0.02

log = structlog.get_logger(__name__)


class Queue:
    """This process's part in the conversation."""

    def __init__(self, url: str, namespace: str, wake: Callable[[], None], recheck: Callable[[set[str]], None]) -> None:
        self._redis = redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=30)
        self._rooms_prefix = f"{namespace}:rooms:"
        self._own_rooms = f"{self._rooms_prefix}{os.getpid()}-{secrets.token_hex(4)}"
        self._rights = f"{namespace}:rights"
        self._wakes = f"{namespace}:wake"
        self._wake = wake
        self._recheck = recheck
        self._woken = 0.0
        self._following = threading.Event()

    # -- serving processes

    def wake_leader(self) -> None:
        """An event was committed here: the leader need not wait for its next look."""
        now = time.monotonic()
        if now - self._woken >= WAKE_EVERY:
            self._woken = now
            self._try(lambda: self._redis.publish(self._wakes, b""))

    def tell_rooms(self, rooms: dict[str, RoomSeen]) -> None:
        """Say who watches what here; forgotten after a while if this process dies."""
        told: dict[Any, Any] = {
            name: json.dumps([seen.district_id, seen.inner, seen.watchers, seen.since]) for name, seen in rooms.items()
        }

        def tell() -> None:
            pipe = self._redis.pipeline()
            pipe.delete(self._own_rooms)
            if told:
                pipe.hset(self._own_rooms, mapping=told)
                pipe.expire(self._own_rooms, ROOMS_LIVE)
            pipe.execute()

        self._try(tell)

    def hear_rights(self, stop: threading.Event) -> None:
        """Ask again about accounts whose rights changed, until `stop`."""
        self._hear(self._rights, stop, lambda data: self._recheck(set(json.loads(data))))

    # -- the leader

    def lead(self) -> None:
        """Wake the relay of this process when others commit."""
        following = self._following = threading.Event()
        threading.Thread(
            target=self._hear, args=(self._wakes, following, lambda _data: self._wake()), name="wake", daemon=True
        ).start()

    def follow(self) -> None:
        """Another process leads."""
        self._following.set()

    def rooms(self) -> dict[str, RoomSeen] | None:
        """Who watches what over all serving processes; None when Redis does not answer."""
        found: dict[str, RoomSeen] = {}
        try:
            for key in self._redis.scan_iter(match=f"{self._rooms_prefix}*", count=100):
                for name, value in _items(self._redis.hgetall(key)):
                    district_id, inner, watchers, since = json.loads(value)
                    before = found.get(name)
                    found[name] = RoomSeen(
                        district_id,
                        inner,
                        watchers + (before.watchers if before else 0),
                        min(since, before.since) if before else since,
                    )
        except redis.RedisError as error:
            log.warning("redis_away", error=type(error).__name__)
            return None
        return found

    def tell_rights(self, accounts: set[str]) -> None:
        """Have every serving process ask again about these accounts."""
        self._try(lambda: self._redis.publish(self._rights, json.dumps(sorted(accounts))))

    # -- both

    def _hear(self, channel: str, stop: threading.Event, act: Callable[[Any], None]) -> None:
        while not stop.is_set():
            try:
                with self._redis.pubsub(ignore_subscribe_messages=True) as heard:  # type: ignore[no-untyped-call]
                    heard.subscribe(channel)
                    while not stop.is_set():
                        message = heard.get_message(timeout=1.0)
                        if message is not None:
                            act(message["data"])
            except redis.RedisError as error:
                log.warning("redis_away", error=type(error).__name__)
                stop.wait(1)
            except Exception:
                log.exception("redis_message_failed", channel=channel)

    def _try(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except redis.RedisError as error:
            log.warning("redis_away", error=type(error).__name__)


def _items(raw: Any) -> list[tuple[str, str]]:
    return [(name.decode(), value.decode()) for name, value in raw.items()]
