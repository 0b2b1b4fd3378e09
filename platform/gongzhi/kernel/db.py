"""The database: one session per request or job, and one door through which everything is written.

SQLite and PostgreSQL run through the same code. On SQLite a writer begins IMMEDIATE behind a lock of
this process: under gevent a second `BEGIN IMMEDIATE` would otherwise block the whole loop, and with it
the greenlet that holds the first (hard-won.md, 7 and 8).
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Engine, MetaData, create_engine, event, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from gongzhi.kernel import clock
from gongzhi.kernel.ids import Id, new_id
from gongzhi.kernel.lookout import Lookout

__all__ = [
    "Base",
    "Id",
    "Json",
    "UtcDateTime",
    "after_commit",
    "asset_root",
    "close_session",
    "configure",
    "dialect",
    "disconnect",
    "engine",
    "isolated",
    "moment",
    "new_id",
    "one_at_a_time",
    "release_reads",
    "rights",
    "session",
    "standing",
    "write",
    "writing",
]

BUSY_TIMEOUT_MS = 15_000
ASK_AFTER = 1.0
"""Seconds after which an idle connection is asked whether it still lives."""
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python; `timestamptz` on PostgreSQL, naive UTC text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they are always a mistake here."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given to the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy\'s signature
        """Aware again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Parent of every table; constraints are named so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class _Database:
    """The engine in use and the lock that makes SQLite's writers queue up inside this process."""

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self.writer = threading.RLock()
        self.lookout: Lookout | None = None


_database = _Database()
_session: ContextVar[Session | None] = ContextVar("gongzhi_session", default=None)
_writing: ContextVar[Session | None] = ContextVar("gongzhi_writing", default=None)


def configure(url: str | URL, *, pool_size: int = 20) -> Engine:
    """Open the database at `url` and make it the one in use; returns its engine."""
    address = make_url(url)
    if _database.engine is not None:
        _database.engine.dispose()
    if address.get_backend_name() == "sqlite":
        made = _sqlite_engine(address)
    else:
        made = create_engine(
            address.set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=pool_size,
            connect_args={"options": "-c timezone=utc -c lock_timeout=15000"},
        )
        _look_after(made)
    _database.engine = made
    if _database.lookout is not None:
        _database.lookout.close()
    _database.lookout = Lookout(made.url)
    _session.set(None)
    return made


def _look_after(made: Engine) -> None:
    """Ask a connection whether it still lives before it is used, unless it was used a moment ago.

    SQLAlchemy's own `pool_pre_ping` asks every time, which is one more way to the server in each request.
    """

    @event.listens_for(made, "checkin")
    def put_back(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(made, "checkout")
    def take(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", 0.0) < ASK_AFTER:
            return
        try:
            alive = made.dialect.do_ping(connection)
        except made.dialect.loaded_dbapi.Error:
            alive = False
        if not alive:
            raise DisconnectionError


def _sqlite_engine(address: URL) -> Engine:
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    # Readers must never wait for a connection that waits for the writer: there is no upper limit.
    made = create_engine(
        address, max_overflow=-1, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}
    )

    @event.listens_for(made, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "cache_size=-16384",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(made, "begin")
    def begin(connection: Any) -> None:
        writing = connection.get_execution_options().get("gongzhi_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return made


def engine() -> Engine:
    """The engine in use. Raises RuntimeError when nothing was configured."""
    if _database.engine is None:
        raise RuntimeError("the database is not configured")
    return _database.engine


def session() -> Session:
    """The session of this request or job; made when first asked for."""
    current = _session.get()
    if current is None:
        current = Session(engine(), expire_on_commit=False)
        _session.set(current)
    return current


def disconnect() -> None:
    """Let go of every connection; they are opened again when needed."""
    engine().dispose()
    if _database.lookout is not None:
        _database.lookout.close()


def standing() -> str | None:
    """See `Lookout.standing`; None when no database is configured."""
    return None if _database.lookout is None else _database.lookout.standing()


def rights() -> str | None:
    """See `Lookout.rights`; None when no database is configured."""
    return None if _database.lookout is None else _database.lookout.rights()


def close_session() -> None:
    """End the session of this request or job, whatever it read."""
    current = _session.get()
    if current is not None:
        current.close()
        _session.set(None)


def release_reads() -> None:
    """Give the connection of this session's reads back before waiting for another one; objects are re-read after."""
    current = _session.get()
    if current is not None and _writing.get() is None and current.in_transaction():
        current.rollback()


@contextmanager
def isolated() -> Iterator[None]:
    """Run with a session of one's own: for jobs, listeners and commands inside a longer life."""
    outer, outer_writing = _session.get(), _writing.get()
    _session.set(None)
    _writing.set(None)
    try:
        yield
    finally:
        close_session()
        _session.set(outer)
        _writing.set(outer_writing)


@contextmanager
def write() -> Iterator[Session]:
    """The one transaction that writes: commits at the end, rolls everything back on an exception.

    What was read before is forgotten, so that objects used inside are read afresh under the lock.
    A `write` inside a `write` joins it.
    """
    outer = _writing.get()
    if outer is not None:
        yield outer
        return
    current = session()
    if current.in_transaction():
        current.rollback()
    current.expire_all()
    lock = _database.writer if dialect(current) == "sqlite" else None
    if lock is not None:
        lock.acquire()
    token = _writing.set(current)
    try:
        if lock is not None:
            current.connection(execution_options={"gongzhi_write": True})
        yield current
        current.commit()
    except BaseException:
        current.rollback()
        current.info.pop("after_commit", None)
        raise
    finally:
        _writing.reset(token)
        if lock is not None:
            lock.release()
    for call in current.info.pop("after_commit", ()):
        call()


def writing() -> Session | None:
    """The session of the write under way in this context; None outside of one."""
    return _writing.get()


def after_commit(current: Session, call: Callable[[], None]) -> None:
    """Call this once the write of `current` is on disk; never, if it is rolled back."""
    current.info.setdefault("after_commit", []).append(call)


def moment(current: Session) -> datetime:
    """The database's now, for deadlines: one clock for all processes, read at this instant (hard-won.md, S4).

    SQLite runs inside this process and has its clock. Read it after taking the lock the deadline depends on.
    """
    if clock.moved() or dialect(current) == "sqlite":
        return clock.now()
    return current.scalars(select(func.clock_timestamp(type_=UtcDateTime()))).one()


def dialect(current: Session) -> str:
    """`sqlite` or `postgresql`."""
    return current.get_bind().dialect.name


def one_at_a_time(current: Session, *names: str) -> None:
    """Let writes that give the same names wait for each other, to the end of their transactions.

    For what is looked for before it is made and has no key of its own. SQLite's writes are one at a time anyhow.
    """
    if dialect(current) == "postgresql":
        key = hashlib.sha256("|".join(names).encode()).digest()[:8]
        current.execute(select(func.pg_advisory_xact_lock(int.from_bytes(key, signed=True))))


@cache
def asset_root() -> Path:
    """Where templates/, static/ and migrations/ lie: the checkout, or the package of an installed wheel."""
    package = Path(__file__).resolve().parents[1]
    checkout = package.parents[1]
    return checkout if (checkout / "templates").is_dir() else package
