"""Sends what changed, coalesced: a dirty topic is read once per interval, however many events made it dirty.

An emit per vote drowns the process at 500 votes a second and 1,000 watchers (hard-won.md, 7). The first
change of a quiet topic goes out at once, further ones together at the end of the interval; the interval
grows with the number of watchers, so that sending takes at most 40 % of a core. A sweep compares the
versions of watched topics with what was sent, and heals what a crash, or another process, left unsent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.db import isolated, session
from gongzhi.kernel.errors import DomainError
from gongzhi.kernel.events import Event, kept_name, stream_version, stream_versions
from gongzhi.kernel.policy import Actor

from .topics import Becomes, family_of, messages_of, room_of, wire_name

SHORTEST_INTERVAL = 0.150
SECONDS_PER_WATCHER = 60e-6
SHARE_OF_A_CORE = 0.4
MOST_CHANGES = 20
SWEEP_EVERY = 3.0
FORGET_AFTER = 600.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RoomSeen:
    """Watchers of a room over all processes, and the lowest version any of them was told."""

    district_id: str
    inner: str
    watchers: int
    since: int


class Out(Protocol):
    """Where messages go and who is there to get them."""

    def emit(self, name: str, message: dict[str, Any], room: str) -> None:
        """Send to everybody in the room, whichever process holds the socket."""

    def rooms(self) -> Mapping[str, RoomSeen] | None:
        """The rooms somebody watches; None when that cannot be known now."""


@dataclass
class Mark:
    """A dirty topic: what happened since it was last read."""

    district_id: str
    inner: str
    changes: list[tuple[Becomes, Event, str]] = field(default_factory=list)
    tally: bool = False
    overflow: set[str] = field(default_factory=set)
    heal: bool = False

    def add(self, becomes: Becomes, happened: Event, at: str) -> None:
        """One more event; too many of them become "fetch again"."""
        if becomes.coalesced:
            self.tally = True
        elif len(self.changes) >= MOST_CHANGES:
            self.overflow.add(becomes.name)
        else:
            self.changes.append((becomes, happened, at))


def interval(watchers: int, messages: int) -> float:
    """Seconds until a topic may be sent again."""
    return max(SHORTEST_INTERVAL, watchers * messages * SECONDS_PER_WATCHER / SHARE_OF_A_CORE)


class Flusher:
    """Marks, the thread that sends them, and the sweep. Only one thread reads and sends."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._marks: dict[str, Mark] = {}
        self._not_before: dict[str, float] = {}
        self._sent: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._rooms: Mapping[str, RoomSeen] | None = {}

    def start(self) -> None:
        """Send from now on."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="flusher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send what is marked, then end."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def mark(self, happened: Event, topics: tuple[str, ...], at: str) -> None:
        """An event was committed: its topics are dirty."""
        with self._lock:
            for topic in topics:
                inner = kept_name(topic, happened.district_id)
                room = room_of(happened.district_id, inner)
                mark = self._marks.setdefault(room, Mark(happened.district_id, inner))
                for becomes in messages_of(happened, inner):
                    mark.add(becomes, happened, at)
        self._wake.set()

    def _run(self) -> None:
        next_sweep = time.monotonic() + SWEEP_EVERY
        while True:
            pause = self._send_due()
            now = time.monotonic()
            if now >= next_sweep and not self._stop.is_set():
                self._sweep()
                next_sweep = time.monotonic() + SWEEP_EVERY
            if self._stop.is_set() and pause is None:
                return
            self._wake.wait(min(pause if pause is not None else SWEEP_EVERY, max(next_sweep - now, 0.01)))
            self._wake.clear()

    def _send_due(self) -> float | None:
        """Send every topic whose time has come; seconds until the next one's, None without any."""
        now = time.monotonic()
        with self._lock:
            due = [room for room in self._marks if self._not_before.get(room, 0.0) <= now]
            taken = {room: self._marks.pop(room) for room in due}
        if taken:
            self._rooms = self._out.rooms()
        for room, mark in taken.items():
            self._send(room, mark)
        with self._lock:
            waiting = [self._not_before.get(room, 0.0) for room in self._marks]
        return max(min(waiting) - time.monotonic(), 0.0) if waiting else None

    def _send(self, room: str, mark: Mark) -> None:
        seen = self._rooms.get(room) if self._rooms is not None else None
        if self._rooms is not None and seen is None:
            return
        try:
            with isolated():
                version, messages = self._compose(session(), room, mark)
            for name, message in messages:
                self._out.emit(name, message, room)
        except Exception:
            # The sweep finds the version unsent and sends "fetch again".
            log.exception("live_message_failed", topic=mark.inner)
            return
        now = time.monotonic()
        self._not_before[room] = now + interval(seen.watchers if seen else 0, len(messages))
        self._sent[room] = (version, now)

    def _compose(self, current: Session, room: str, mark: Mark) -> tuple[int, list[tuple[str, dict[str, Any]]]]:
        """The version first, then the data: a newer state under an older version is sent again, never missed."""
        version = stream_version(current, mark.inner)
        reader = _Reader(current, mark)
        found: list[tuple[str, dict[str, Any]]] = []
        for becomes, happened, at in () if mark.overflow else mark.changes:
            data = {"event": happened.kind, **reader.data(becomes, happened)}
            found.append((becomes.name, {"at": at, "data": data if reader.public else {}}))
        again = {becomes.name for becomes, _event, _at in mark.changes} | mark.overflow if mark.overflow else set()
        if mark.heal and reader.family is not None:
            again.add(reader.family.name)
        found += [(name, {"at": _now(), "data": {}, "limited": True}) for name in sorted(again)]
        if mark.tally or mark.heal:
            tally = reader.tally()
            if tally is not None:
                version = max(version, int(tally.get("version", 0)))
                found.append((reader.tally_name, {"at": _now(), "data": tally}))
        return version, _numbered(found, wire_name(mark.inner), self._sent.get(room, (None,))[0], version)

    def _sweep(self) -> None:
        """Mark watched topics whose version is beyond what was sent."""
        try:
            rooms = self._out.rooms() or {}
            with isolated():
                versions = stream_versions(session(), {seen.inner for seen in rooms.values()})
        except Exception:
            log.exception("live_sweep_failed")
            return
        now = time.monotonic()
        for room, seen in rooms.items():
            sent = max(self._sent.get(room, (0, 0.0))[0], seen.since)
            if versions[seen.inner] > sent:
                with self._lock:
                    self._marks.setdefault(room, Mark(seen.district_id, seen.inner)).heal = True
        for room in [r for r, (_v, at) in self._sent.items() if r not in rooms and now - at > FORGET_AFTER]:
            self._sent.pop(room)
            self._not_before.pop(room, None)


class _Reader:
    """What a visitor of the district may read of a topic at this moment: the audience of a public message."""

    def __init__(self, current: Session, mark: Mark) -> None:
        self._session = current
        self._visitor = Actor(district_id=mark.district_id)
        self.family = family_of(mark.inner)
        self._subject: Any = None
        self.public = self.family is not None and self.family.public
        if self.family is not None and self.family.load is not None and self.public:
            try:
                self._subject = self.family.load(current, self._visitor, mark.inner.partition(":")[2])
            except DomainError:
                self.public = False

    @property
    def tally_name(self) -> str:
        """What the coalesced message of this topic is called."""
        return self.family.tally_name if self.family is not None else ""

    def data(self, becomes: Becomes, happened: Event) -> dict[str, Any]:
        """Of one event; empty when what it is about cannot be read any more."""
        if becomes.data is None or not self.public:
            return {}
        try:
            return becomes.data(self._session, self._visitor, happened)
        except DomainError:
            return {}

    def tally(self) -> dict[str, Any] | None:
        """What `GET …/tally` answers now; None for topics without one."""
        if self.family is None or self.family.tally is None:
            return None
        return self.family.tally(self._session, self._visitor, self._subject) if self.public else {}


def _numbered(
    found: list[tuple[str, dict[str, Any]]], topic: str, before: int | None, version: int
) -> list[tuple[str, dict[str, Any]]]:
    """Give the messages of one moment rising versions, the last one the topic's own.

    `prev` is the version sent before, by which a client sees that it missed something. There are enough
    numbers in between, one for each change, except when one was counted before its event arrived.
    """
    messages = []
    for place, (name, message) in enumerate(found, start=1):
        number = max(version - len(found) + place, before or 0, 0)
        linked = {} if before is None else {"prev": before}
        messages.append((name, {"topic": topic, "version": number, **message, **linked}))
        before = number
    return messages


def _now() -> str:
    return clock.now().isoformat()
