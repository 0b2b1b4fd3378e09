"""One leader among all processes of an installation: it numbers events, flushes live messages, keeps the clock.

On PostgreSQL the lead is an advisory lock of a connection of its own, so that it ends with the process or
the connection; on SQLite a lock on a file in the data folder.
"""

from __future__ import annotations

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from gongzhi.kernel import db
from gongzhi.kernel.settings import Settings

LEADER_LOCK = 7_206_002

log = structlog.get_logger(__name__)


class Lead(Protocol):
    """The lead, to be taken by one process at a time."""

    def take(self) -> bool:
        """Whether this process has the lead, taking it if nobody has it."""

    def release(self) -> None:
        """Let another process lead."""


def lead(settings: Settings) -> Lead:
    """The kind of lead that fits the database."""
    if db.engine().dialect.name == "postgresql":
        return _PostgresLead()
    return FileLead(settings.data_dir / "leader.lock")


class FileLead:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: IO[str] | None = None

    def take(self) -> bool:
        if self._held is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = self._path.open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            return False
        self._held = handle
        return True

    def release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


class _PostgresLead:
    def __init__(self) -> None:
        self._connection: Connection | None = None

    def take(self) -> bool:
        try:
            if self._connection is not None:
                # The lock lives as long as the connection: asking for anything proves both.
                self._connection.execute(text("SELECT 1"))
                return True
            connection = db.engine().connect().execution_options(isolation_level="AUTOCOMMIT")
        except SQLAlchemyError as error:
            log.warning("lead_lost", error=type(error).__name__)
            self._drop()
            return False
        if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LEADER_LOCK}):
            self._connection = connection
            return True
        connection.close()
        return False

    def release(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LEADER_LOCK})
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.invalidate()
                self._connection.close()
            self._connection = None
