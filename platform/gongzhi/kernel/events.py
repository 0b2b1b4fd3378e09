"""What happened, told once: events are rows of the transaction that made them happen.

`record` writes the event into the outbox, bumps the version of the topics it belongs to and calls the
subscribers that must commit with it. After commit the relay (kernel/relay.py), alone in giving sequence
numbers, hands it to every listener. A cursor over an auto-increment id would skip rows that commit late
(hard-won.md, 4): `seq` is therefore given after commit, by one process holding a lock.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import BigInteger, Identity, Integer, String, bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from gongzhi.kernel import clock
from gongzhi.kernel.db import Base, Id, Json, UtcDateTime, after_commit, dialect
from gongzhi.kernel.prepared import Driver, Prepared

STREAM_SLOTS = 8


class OutboxEvent(Base):
    """One event as recorded; `seq` is empty until the relay has seen it committed."""

    __tablename__ = "outbox_event"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), Identity(always=False), primary_key=True
    )
    seq: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    kind: Mapped[str] = mapped_column(String(60), index=True)
    district_id: Mapped[str] = mapped_column(Id)
    actor_id: Mapped[str | None] = mapped_column(Id)
    organisation_id: Mapped[str | None] = mapped_column(Id)
    topics: Mapped[list[str]] = mapped_column(Json)
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ListenerState(Base):
    """How far one listener has come."""

    __tablename__ = "listener_state"

    listener: Mapped[str] = mapped_column(String(40), primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInteger, default=0)


class StuckDelivery(Base):
    """An event a listener could not digest: retried later, visible in `gongzhi doctor`."""

    __tablename__ = "stuck_delivery"

    listener: Mapped[str] = mapped_column(String(40), primary_key=True)
    event_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    attempts: Mapped[int] = mapped_column(Integer, default=1)
    error: Mapped[str] = mapped_column(String(400))
    next_try: Mapped[datetime] = mapped_column(UtcDateTime)


class StreamVersion(Base):
    """The version of a topic, kept in slots so that busy topics do not queue on one row."""

    __tablename__ = "stream_version"

    topic: Mapped[str] = mapped_column(String(80), primary_key=True)
    slot: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """Parent of all events. `actor` and `organisation` are ids of who did it, on whose behalf."""

    kind: ClassVar[str] = ""
    versioned: ClassVar[bool] = True
    """Whether recording bumps the topics' version; False where the room keeps versions itself."""

    district_id: str
    actor: str | None = None
    organisation: str | None = None

    def topics(self) -> tuple[str, ...]:
        """The live topics this event belongs to."""
        return ()


EventType = TypeVar("EventType", bound=Event)
_kinds: dict[str, type[Event]] = {}
_subscribers: dict[type[Event], list[Callable[[Session, Any], None]]] = {}
_version_sources: dict[str, Callable[[Session, str], int]] = {}
_wakers: list[Callable[[], None]] = []


def event(kind: str) -> Callable[[type[EventType]], type[EventType]]:
    """Class decorator: `@event("issue.published")` names a frozen dataclass. Names are unique."""

    def name(cls: type[EventType]) -> type[EventType]:
        if kind in _kinds and _kinds[kind].__qualname__ != cls.__qualname__:
            raise ValueError(f"event {kind!r} is declared twice")
        cls.kind = kind
        _kinds[kind] = cls
        return cls

    return name


def subscribe(cls: type[EventType], handler: Callable[[Session, EventType], None]) -> None:
    """Call `handler` inside the transaction of every event of this class (idempotent registration)."""
    handlers = _subscribers.setdefault(cls, [])
    if handler not in handlers:
        handlers.append(handler)


def kept_name(topic: str, district_id: str) -> str:
    """The name a topic's version is kept under: a list, `issues`, is one of each district, `issues:<district>`."""
    return topic if ":" in topic else f"{topic}:{district_id}"


def register_version_source(prefix: str, source: Callable[[Session, str], int]) -> None:
    """Add a room's own counter (such as its tallies') to the version of topics `prefix:<id>`."""
    _version_sources[prefix] = source


def on_recorded(wake: Callable[[], None]) -> None:
    """Call `wake` after each commit that recorded events: how the relay of this process wakes up."""
    if wake not in _wakers:
        _wakers.append(wake)


# Every write announces something: a statement built once, not the unit of work.
_RECORD = Prepared(
    insert(OutboxEvent.__table__)  # type: ignore[arg-type]
    .inline()
    .values(
        {
            name: bindparam(name)
            for name in (column.name for column in OutboxEvent.__table__.c)
            if name not in ("id", "seq")
        }
    )
)


def record(session: Session, happened: Event, *, driver: Driver | None = None) -> None:
    """Write the event into the outbox of this transaction and tell those who must commit with it.

    With a `driver` the row is written with the driver's next statement.
    """
    topics = happened.topics()
    put = Driver(session).run if driver is None else driver.later
    put(
        _RECORD,
        {
            "kind": happened.kind,
            "district_id": happened.district_id,
            "actor_id": happened.actor,
            "organisation_id": happened.organisation,
            "topics": list(topics),
            "payload": _payload(happened),
            "at": clock.now(),
        },
    )
    if happened.versioned:
        for topic in topics:
            bump(session, kept_name(topic, happened.district_id))
    for handler in _subscribers.get(type(happened), ()):
        handler(session, happened)
    if _wake not in session.info.get("after_commit", ()):
        after_commit(session, _wake)


def _wake() -> None:
    for wake in _wakers:
        wake()


def _payload(happened: Event) -> dict[str, Any]:
    return {
        field.name: _plain(getattr(happened, field.name))
        for field in dataclasses.fields(happened)
        if field.name not in ("district_id", "actor", "organisation")
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


class Stored(Protocol):
    """What `load` needs of an event's row."""

    @property
    def kind(self) -> str: ...
    @property
    def district_id(self) -> str: ...
    @property
    def actor_id(self) -> str | None: ...
    @property
    def organisation_id(self) -> str | None: ...
    @property
    def payload(self) -> dict[str, Any]: ...


def load(row: Stored) -> Event | None:
    """The event behind a row; None when its kind is no longer known. Unknown fields are dropped."""
    cls = _kinds.get(row.kind)
    if cls is None:
        return None
    known = {field.name: field for field in dataclasses.fields(cls)}
    values = {name: _revive(known[name].type, value) for name, value in row.payload.items() if name in known}
    return cls(district_id=row.district_id, actor=row.actor_id, organisation=row.organisation_id, **values)


def _revive(declared: Any, value: Any) -> Any:
    if isinstance(value, str):
        if "datetime" in str(declared):
            return datetime.fromisoformat(value)
        if "date" in str(declared):
            return date.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value


_table = StreamVersion.__table__


def _bump_statement(module: Any) -> Any:
    insert = module.insert(_table).values(topic=bindparam("topic"), slot=bindparam("slot"), version=1)
    return insert.on_conflict_do_update(index_elements=["topic", "slot"], set_={"version": _table.c.version + 1})


_BUMP = {"sqlite": _bump_statement(sqlite), "postgresql": _bump_statement(postgresql)}


def bump(session: Session, topic: str) -> None:
    """Raise the version of a topic by one."""
    name = dialect(session)
    slot = 0 if name == "sqlite" else secrets.randbelow(STREAM_SLOTS)
    session.execute(_BUMP[name], {"topic": topic, "slot": slot})


def stream_version(session: Session, topic: str) -> int:
    """The version of a topic by its `kept_name`: it only grows, and does so with every change of what it shows."""
    kept = session.scalar(select(func.coalesce(func.sum(StreamVersion.version), 0)).where(StreamVersion.topic == topic))
    prefix, _, key = topic.partition(":")
    source = _version_sources.get(prefix)
    return int(kept or 0) + (source(session, key) if source else 0)


def stream_versions(session: Session, topics: Collection[str]) -> dict[str, int]:
    """The versions of many topics; one statement for all, and the rooms' own counters."""
    versions = dict.fromkeys(topics, 0)
    if not versions:
        return versions
    kept = select(StreamVersion.topic, func.sum(StreamVersion.version)).group_by(StreamVersion.topic)
    for topic, version in session.execute(kept.where(StreamVersion.topic.in_(versions))):
        versions[topic] = int(version)
    for topic in versions:
        prefix, _, key = topic.partition(":")
        if prefix in _version_sources:
            versions[topic] += _version_sources[prefix](session, key)
    return versions
