"""Who is connected to this process, as whom, watching what; and how often a client may ask."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from gongzhi.kernel.policy import Actor

from .topics import Watched

MOST_TOPICS = 100
MOST_CALLS = 60
CALLS_SECONDS = 10.0


@dataclass(eq=False)
class Connection:
    """One socket, and who is behind it: `acting_for` is what an API client asked for beside its token."""

    sid: str
    actor: Actor
    acting_for: str | None = None
    topics: dict[str, Watched] = field(default_factory=dict)
    calls: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_CALLS))

    def may_call(self) -> bool:
        """Whether one more call is within the limit; counts it."""
        now = time.monotonic()
        if len(self.calls) == MOST_CALLS and now - self.calls[0] < CALLS_SECONDS:
            return False
        self.calls.append(now)
        return True


@dataclass
class Room:
    """How many watch a room here, and the lowest version any of them was told when it began to watch."""

    watched: Watched
    watchers: int = 0
    since: int = 0


class Connections:
    """All sockets of this process."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Connection] = {}
        self.rooms: dict[str, Room] = {}

    def add(self, connection: Connection) -> None:
        """A socket came."""
        self._by_sid[connection.sid] = connection

    def get(self, sid: str) -> Connection | None:
        """The socket of this id."""
        return self._by_sid.get(sid)

    def remove(self, sid: str) -> None:
        """A socket went, and with it what it watched."""
        connection = self._by_sid.pop(sid, None)
        for watched in list(connection.topics.values()) if connection else ():
            self._leave(watched)

    def all(self) -> list[Connection]:
        """Every socket."""
        return list(self._by_sid.values())

    def signed_in(self, account_ids: Iterable[str] | None = None) -> list[Connection]:
        """Sockets with an account behind them, of these accounts if given."""
        wanted = None if account_ids is None else set(account_ids)
        return [
            one
            for one in self._by_sid.values()
            if one.actor.account_id is not None and (wanted is None or one.actor.account_id in wanted)
        ]

    def watch(self, connection: Connection, watched: Watched, version: int) -> None:
        """Note that a socket watches; `version` is what it is told now."""
        if watched.wire in connection.topics or connection.sid not in self._by_sid:
            return
        connection.topics[watched.wire] = watched
        room = self.rooms.setdefault(watched.room, Room(watched, since=version))
        room.watchers += 1

    def unwatch(self, connection: Connection, wire: str) -> Watched | None:
        """Note that a socket no longer watches; what it was."""
        watched = connection.topics.pop(wire, None)
        if watched is not None:
            self._leave(watched)
        return watched

    def _leave(self, watched: Watched) -> None:
        room = self.rooms.get(watched.room)
        if room is None:
            return
        room.watchers -= 1
        if room.watchers <= 0:
            del self.rooms[watched.room]
