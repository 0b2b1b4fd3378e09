"""Whether anything at all was committed since: one cheap question that lets a page made before be given again.

SQLite counts for each connection what others committed (`PRAGMA data_version`). On PostgreSQL two equal
snapshots (`pg_current_snapshot()`: the oldest running transaction, the next one, those running between) show
the same rows. Both look at the whole database, so an unrelated write makes the answer differ as well: that
costs one page made anew and can never show an old one.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from itertools import count
from typing import Any

import psycopg
from sqlalchemy.engine import URL

RIGHTS = "SELECT COALESCE(SUM(version), 0) FROM stream_version WHERE topic = 'rights'"
MOST_CONNECTIONS = 4
PATIENCE = 1.0
_numbers = count()


class Lookout:
    """Watches one database from connections of its own, outside every transaction."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._number = next(_numbers)
        self._lock = threading.Lock()
        self._asking = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._sqlite: tuple[int, sqlite3.Connection] | None = None
        self._rights: tuple[str, str] | None = None
        self._idle: deque[tuple[int, psycopg.Connection[Any]]] = deque()

    def standing(self) -> str | None:
        """A text that is the same only as long as nothing was committed; None where that cannot be told.

        Ask before reading: what is read afterwards is at least as new.
        """
        if self._url.get_backend_name() == "sqlite":
            return self._of_sqlite()
        found = self._ask_postgresql("SELECT pg_current_snapshot()::text")
        return None if found is None else f"{self._number}:{found}"

    def close(self) -> None:
        """Let the connections go."""
        if self._sqlite is not None and self._sqlite[0] == os.getpid():
            self._sqlite[1].close()
        self._sqlite = None
        while self._idle:
            process, connection = self._idle.pop()
            if process == os.getpid():
                connection.close()

    def rights(self) -> str | None:
        """A text that is the same only as long as nobody's rights changed; None where that cannot be told.

        The number behind it is raised by triggers on the tables that rights are made of.
        """
        if self._url.get_backend_name() != "sqlite":
            found = self._ask_postgresql(RIGHTS)
            return None if found is None else f"{self._number}:{found}"
        standing = self._of_sqlite()
        if standing is None:
            return None
        with self._lock:
            if self._rights is None or self._rights[0] != standing:
                try:
                    found = self._reader().execute(RIGHTS).fetchone()[0]
                except sqlite3.Error:
                    return None
                self._rights = (standing, f"{self._number}:{found}")
            return self._rights[1]

    def _reader(self) -> sqlite3.Connection:
        """This process's own connection to SQLite: one does not survive a fork."""
        if self._sqlite is None or self._sqlite[0] != os.getpid():
            made = sqlite3.connect(f"file:{self._url.database}?mode=ro", uri=True, check_same_thread=False)
            self._sqlite = (os.getpid(), made)
        return self._sqlite[1]

    def _of_sqlite(self) -> str | None:
        if not self._url.database or self._url.database == ":memory:":
            return None
        with self._lock:
            try:
                version = self._reader().execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error:
                self._sqlite = None
                return None
        return f"{self._number}:{os.getpid()}:{version}"

    def _ask_postgresql(self, question: str) -> Any:
        # A crowd that asks at once shares a few connections: the answer takes less than a millisecond, and one
        # connection for each would take from the server what the sessions need.
        if not self._asking.acquire(timeout=PATIENCE):
            return None
        try:
            return self._answer(question)
        finally:
            self._asking.release()

    def _answer(self, question: str) -> Any:
        try:
            process, connection = self._idle.pop()
        except IndexError:
            process, connection = 0, None
        try:
            if connection is None or process != os.getpid():
                plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
                connection = psycopg.connect(plain, autocommit=True, connect_timeout=5)
            row = connection.execute(question).fetchone()
        except psycopg.Error:
            if connection is not None:
                connection.close()
            return None
        self._idle.append((os.getpid(), connection))
        return row[0] if row else None
