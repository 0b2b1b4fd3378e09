"""The relay: gives committed events their sequence and hands them to each listener, at least once.

One relay at a time numbers events: it holds SQLite's write lock, or an advisory lock on PostgreSQL. A
listener's work on the database commits together with its cursor, so it happens exactly once; what it does
outside (an emit) may repeat. An event it cannot digest is set aside with its error and retried later, so
that one bad event never stops the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Integer, bindparam, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.db import dialect, isolated, session, write
from gongzhi.kernel.events import Event, ListenerState, OutboxEvent, StuckDelivery, load, on_recorded
from gongzhi.kernel.prepared import Driver, Prepared

log = structlog.get_logger(__name__)

BATCH = 200
RETRY_AFTER = timedelta(seconds=30)
RELAY_LOCK = 7_206_001
IDLE_SECONDS = 0.25
BUSY_SECONDS = 0.1


@dataclass(frozen=True)
class Delivered:
    """An event as a listener gets it: with its id, its place in the sequence and its time."""

    id: int
    seq: int
    at: str
    event: Event
    topics: tuple[str, ...]


Handler = Callable[[Session, Sequence[Delivered]], None]


class Relay:
    """Numbers events and serves listeners. `add` before `start`; `drain` runs once, for tests and commands."""

    def __init__(self) -> None:
        self.listeners: dict[str, Handler] = {}
        self._latest: list[Delivered] = []
        self._range = (0, 0)
        """The numbers that `_latest` covers without a gap: after the first, up to the second."""
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, name: str, handler: Handler) -> None:
        """`handler` gets batches in order, inside a write that also moves the listener's cursor."""
        self.listeners[name] = handler

    def start(self) -> None:
        """Run in the background of this process until `stop`; may be started again after it."""
        self._stop.clear()
        on_recorded(self._wake.set)
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the batch at hand."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def wake(self) -> None:
        """Look for events now."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                busy = self.step()
            except Exception:
                log.exception("relay_failed")
                busy = False
                self._stop.wait(1)
            if busy:
                # What happens in this moment goes together: a write for each event would slow the writers down.
                self._stop.wait(BUSY_SECONDS)
            else:
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()

    def drain(self) -> None:
        """Deliver everything recorded so far."""
        while self.step():
            pass

    def step(self) -> bool:
        """One round: number what committed, then a batch for each listener. Whether there was anything."""
        with isolated():
            if not session().scalar(select(OutboxEvent.id).where(OutboxEvent.seq.is_(None)).limit(1)):
                busy = False
            else:
                busy = self._number() > 0
        for name, handler in self.listeners.items():
            with isolated():
                busy = self._serve(name, handler) or busy
                self._retry(name, handler)
        return busy

    def _number(self) -> int:
        """Give numbers to what committed; those events are kept at hand, so that no listener reads them again."""
        with write() as current:
            if dialect(current) == "postgresql":
                current.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": RELAY_LOCK})
            last = current.scalar(select(func.max(OutboxEvent.seq))) or 0
            driver = Driver(current)
            latest = []
            for place, row in enumerate(driver.rows(_UNNUMBERED, {}), start=1):
                numbered = _Row(*row)._replace(seq=last + place)
                driver.run(_NUMBER, {"event": numbered.id, "number": numbered.seq})
                latest.append(numbered)
        self._latest = _delivered(latest)
        self._range = (last, last + len(latest))
        return len(latest)

    def _serve(self, name: str, handler: Handler) -> bool:
        state = session().get(ListenerState, name)
        last = state.last_seq if state else 0
        if not session().scalar(select(OutboxEvent.id).where(OutboxEvent.seq > last).limit(1)):
            return False
        try:
            with write() as current:
                return self._deliver(current, name, handler, BATCH)
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise  # the database went away, which is no fault of an event
            log.warning("listener_failed", listener=name, error=type(error).__name__)
        # Something in the batch is indigestible: go one by one and set aside what fails.
        for _ in range(BATCH):
            try:
                with write() as current:
                    if not self._deliver(current, name, handler, 1):
                        break
            except Exception as error:
                log.exception("delivery_stuck", listener=name)
                self._set_aside(name, error)
        return True

    def _deliver(self, current: Session, name: str, handler: Handler, limit: int) -> bool:
        state = self._locked_state(current, name)
        before, newest = self._range
        if before <= state.last_seq < newest:
            reached = min(state.last_seq + limit, newest)
            batch = [one for one in self._latest if state.last_seq < one.seq <= reached]
        else:
            rows = Driver(current).rows(_NEXT, {"after": state.last_seq, "most": limit})
            if not rows:
                return False
            batch = _delivered([_Row(*row) for row in rows])
            reached = rows[-1][1]
        if batch:
            handler(current, batch)
        state.last_seq = reached
        return True

    def _locked_state(self, current: Session, name: str) -> ListenerState:
        """How far this listener has come, locked; made by whoever comes first, of two relays that meet."""
        locked = select(ListenerState).where(ListenerState.listener == name).with_for_update()
        state = current.scalar(locked)
        if state is None:
            module = sqlite if dialect(current) == "sqlite" else postgresql
            made = module.insert(ListenerState.__table__).values(listener=name, last_seq=0)
            current.execute(made.on_conflict_do_nothing(index_elements=["listener"]))
            state = current.scalars(locked).one()
        return state

    def _set_aside(self, name: str, error: Exception) -> None:
        with write() as current:
            state = self._locked_state(current, name)
            row = current.scalar(
                select(OutboxEvent).where(OutboxEvent.seq > state.last_seq).order_by(OutboxEvent.seq).limit(1)
            )
            if row is None or row.seq is None:
                return
            current.merge(
                StuckDelivery(
                    listener=name,
                    event_id=row.id,
                    attempts=1,
                    error=f"{type(error).__name__}: {error}"[:400],
                    next_try=clock.now() + RETRY_AFTER,
                )
            )
            state.last_seq = row.seq

    def _retry(self, name: str, handler: Handler) -> None:
        due = (
            session()
            .scalars(
                select(StuckDelivery)
                .where(StuckDelivery.listener == name, StuckDelivery.next_try <= clock.now())
                .limit(20)
            )
            .all()
        )
        for event_id in [stuck.event_id for stuck in due]:
            try:
                with write() as current:
                    for row in Driver(current).rows(_ONE, {"event": event_id}):
                        handler(current, _delivered([_Row(*row)]))
                    current.execute(
                        delete(StuckDelivery).where(StuckDelivery.listener == name, StuckDelivery.event_id == event_id)
                    )
            except Exception as error:  # noqa: BLE001 - kept with the event, tried again later
                with write() as current:
                    stuck_row = current.get(StuckDelivery, (name, event_id))
                    if stuck_row is not None:
                        stuck_row.attempts += 1
                        stuck_row.error = f"{type(error).__name__}: {error}"[:400]
                        stuck_row.next_try = clock.now() + RETRY_AFTER * min(stuck_row.attempts, 60)


class _Row(NamedTuple):
    """An event as stored."""

    id: int
    seq: int
    kind: str
    district_id: str
    actor_id: str | None
    organisation_id: str | None
    topics: list[str]
    payload: dict[str, Any]
    at: datetime


_OUTBOX: Any = OutboxEvent.__table__
_STORED = select(*(_OUTBOX.c[name] for name in _Row._fields))
_UNNUMBERED = Prepared(_STORED.where(_OUTBOX.c.seq.is_(None)).order_by(_OUTBOX.c.id).limit(BATCH * 5))
_NUMBER = Prepared(update(_OUTBOX).where(_OUTBOX.c.id == bindparam("event")).values(seq=bindparam("number")))
_NEXT = Prepared(
    _STORED.where(_OUTBOX.c.seq > bindparam("after")).order_by(_OUTBOX.c.seq).limit(bindparam("most", type_=Integer()))
)
_ONE = Prepared(_STORED.where(_OUTBOX.c.id == bindparam("event"), _OUTBOX.c.seq.is_not(None)))


def _delivered(rows: Sequence[_Row]) -> list[Delivered]:
    batch = []
    for row in rows:
        happened = load(row)
        if happened is not None:
            batch.append(Delivered(row.id, row.seq, row.at.isoformat(), happened, tuple(row.topics)))
    return batch


@dataclass(frozen=True)
class Backlog:
    """What waits: events, and the seconds since the oldest one that some listener has not had."""

    unnumbered: int
    behind: dict[str, int]
    stuck: dict[str, int]
    oldest: float

    def totals(self) -> dict[str, int]:
        """Not yet numbered, behind for the slowest listener, and stuck."""
        return {
            "unnumbered": self.unnumbered,
            "behind": max(self.behind.values(), default=0),
            "stuck": sum(self.stuck.values()),
        }


def backlog(current: Session) -> Backlog:
    """Events not yet numbered; behind and stuck by listener; in five statements, each on an index."""
    newest = current.scalar(select(func.max(OutboxEvent.seq))) or 0
    reached = dict(current.execute(select(ListenerState.listener, ListenerState.last_seq)).all())
    stuck = select(StuckDelivery.listener, func.count()).group_by(StuckDelivery.listener)
    unnumbered, since = current.execute(
        select(func.count(), func.min(OutboxEvent.at)).where(OutboxEvent.seq.is_(None))
    ).one()
    slowest = min(reached.values(), default=newest)
    undelivered = current.scalar(
        select(OutboxEvent.at).where(OutboxEvent.seq > slowest).order_by(OutboxEvent.seq).limit(1)
    )
    oldest = min((at for at in (since, undelivered) if at is not None), default=None)
    return Backlog(
        unnumbered=unnumbered,
        behind={name: max(0, newest - last) for name, last in reached.items()},
        stuck=dict(current.execute(stuck).all()),
        oldest=0.0 if oldest is None else max(0.0, (clock.now() - oldest).total_seconds()),
    )
