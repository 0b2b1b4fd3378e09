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
from datetime import timedelta

import structlog
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.db import dialect, isolated, session, write
from gongzhi.kernel.events import Event, ListenerState, OutboxEvent, StuckDelivery, load, on_recorded

log = structlog.get_logger(__name__)

BATCH = 200
RETRY_AFTER = timedelta(seconds=30)
RELAY_LOCK = 7_206_001
IDLE_SECONDS = 0.25
BUSY_SECONDS = 0.05


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
        with write() as current:
            if dialect(current) == "postgresql":
                current.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": RELAY_LOCK})
            fresh = list(
                current.scalars(
                    select(OutboxEvent.id).where(OutboxEvent.seq.is_(None)).order_by(OutboxEvent.id).limit(BATCH * 5)
                )
            )
            last = current.scalar(select(func.max(OutboxEvent.seq))) or 0
            rows = [{"id": key, "seq": last + place} for place, key in enumerate(fresh, start=1)]
            if rows:
                current.execute(update(OutboxEvent), rows)
            return len(rows)

    def _serve(self, name: str, handler: Handler) -> bool:
        state = session().get(ListenerState, name)
        last = state.last_seq if state else 0
        if not session().scalar(select(OutboxEvent.id).where(OutboxEvent.seq > last).limit(1)):
            return False
        try:
            with write() as current:
                return self._deliver(current, name, handler, BATCH)
        except Exception as error:  # noqa: BLE001 - whatever a listener raises, the others go on
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
        rows = current.scalars(
            select(OutboxEvent).where(OutboxEvent.seq > state.last_seq).order_by(OutboxEvent.seq).limit(limit)
        ).all()
        if not rows:
            return False
        handler(current, _delivered(rows))
        state.last_seq = rows[-1].seq or state.last_seq
        return True

    def _locked_state(self, current: Session, name: str) -> ListenerState:
        state = current.scalar(select(ListenerState).where(ListenerState.listener == name).with_for_update())
        if state is None:
            state = ListenerState(listener=name, last_seq=0)
            current.add(state)
            current.flush()
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
                    row = current.get(OutboxEvent, event_id)
                    if row is not None:
                        handler(current, _delivered([row]))
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


def _delivered(rows: Sequence[OutboxEvent]) -> list[Delivered]:
    batch = []
    for row in rows:
        happened = load(row)
        if happened is not None and row.seq is not None:
            batch.append(Delivered(row.id, row.seq, row.at.isoformat(), happened, tuple(row.topics)))
    return batch


def lag(current: Session) -> dict[str, int]:
    """Events not yet numbered, behind for the slowest listener, and stuck: for `/readyz`, metrics, doctor."""
    newest = current.scalar(select(func.max(OutboxEvent.seq))) or 0
    slowest = current.scalar(select(func.min(ListenerState.last_seq)))
    return {
        "unnumbered": current.scalar(select(func.count()).select_from(OutboxEvent).where(OutboxEvent.seq.is_(None)))
        or 0,
        "behind": newest - (slowest if slowest is not None else newest),
        "stuck": current.scalar(select(func.count()).select_from(StuckDelivery)) or 0,
    }
