"""The two databases as a backup sees them: copied as of one moment, built anew beside, exchanged in one step."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from gongzhi.kernel import clock, db
from gongzhi.kernel.settings import Settings
from gongzhi.web.app import load_models
from gongzhi.web.backup.archive import CHUNK, BadBackup, flush_folder
from gongzhi.web.leader import FileLead

BOOKKEEPING = frozenset({"alembic_version", "listener_state"})
"""Tables that have rows before anybody did anything."""


@dataclass(frozen=True)
class Snapshot:
    """What the copied database was: its moment, its revision, and the rows of each table."""

    at: datetime
    revision: str
    rows: dict[str, int]


class Database(Protocol):
    """One kind of database. `prepare` gives the settings of a new one beside the one in use, which `exchange` puts
    in its place and `discard` removes.
    """

    kind: str

    def copy_to(self, path: Path) -> Snapshot:
        """Write a consistent copy while others write."""

    def is_empty(self) -> bool:
        """Whether the database in use is missing or holds nothing."""

    def check_unused(self) -> None:
        """Raise `BadBackup` while the platform runs on it."""

    def prepare(self, content: IO[bytes]) -> Settings:
        """Build a new one beside it from a copy."""

    def count(self, tables: list[str]) -> dict[str, int]:
        """The rows of these tables of the new one."""

    def exchange(self) -> str:
        """Put the new one in place; where the former one is kept, or nothing if it was empty."""

    def discard(self) -> None:
        """Remove the new one, if it is there."""


def database_of(settings: Settings) -> Database:
    """The kind the settings name."""
    load_models()
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        return _Sqlite(settings)
    return _Postgresql(settings)


def _stamp() -> str:
    return clock.now().strftime("%Y%m%d%H%M%S")


class _Sqlite:
    kind = "sqlite"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = Path(make_url(settings.database_url).database or "")
        self._new = self._path.with_name(f"{self._path.name}.restoring")

    def copy_to(self, path: Path) -> Snapshot:
        if not self._path.is_file():
            raise BadBackup(f"there is no database {self._path}")
        at = clock.now()
        # In one step: a copy in steps begins anew with every write of somebody else and may never end.
        with closing(_open(self._path)) as source, closing(sqlite3.connect(path)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            damage = copy.execute("PRAGMA quick_check").fetchone()[0]
            if damage != "ok":
                raise BadBackup(f"the database is damaged: {damage}")
            return Snapshot(at, _revision(copy), _counted(copy))

    def is_empty(self) -> bool:
        if not self._path.is_file():
            return True
        with closing(_open(self._path)) as connection:
            there = _tables(connection) - BOOKKEEPING
            return not any(connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for name in there)  # noqa: S608 - our own tables

    def check_unused(self) -> None:
        lead = FileLead(self._settings.data_dir / "leader.lock")
        if not lead.take():
            raise BadBackup("the platform is running on this database: stop it first")
        lead.release()
        if not self._path.is_file():
            return
        try:
            with closing(_open(self._path, timeout=1)) as connection:
                # Only whoever is alone can leave WAL; the file is then whole without its neighbours.
                left = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        except sqlite3.OperationalError:
            left = "wal"
        if left == "wal":
            raise BadBackup("the database is in use: stop the platform first")

    def prepare(self, content: IO[bytes]) -> Settings:
        self.discard()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as new:
            shutil.copyfileobj(content, new, CHUNK)
            new.flush()
            os.fsync(new.fileno())
        with closing(_open(self._new)) as connection:
            damage = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if damage != "ok":
            raise BadBackup(f"the database of the backup is damaged: {damage}")
        return replace(self._settings, database_url=f"sqlite:///{self._new}")

    def count(self, tables: list[str]) -> dict[str, int]:
        with closing(_open(self._new)) as connection:
            return _counted(connection, tables)

    def exchange(self) -> str:
        with closing(_open(self._new)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        kept = ""
        empty = self.is_empty()
        self.check_unused()
        if not empty:
            kept = f"{self._path}.before-restore-{_stamp()}"
            os.link(self._path, kept)
        self._new.replace(self._path)
        flush_folder(self._path.parent)
        return kept

    def discard(self) -> None:
        for ending in ("", "-wal", "-shm", "-journal", ".migrating"):
            Path(f"{self._new}{ending}").unlink(missing_ok=True)


def _open(path: Path, timeout: float = 15) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=timeout, isolation_level=None)


def _tables(connection: sqlite3.Connection) -> set[str]:
    found = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return found & (set(db.Base.metadata.tables) | {"alembic_version"})


def _counted(connection: sqlite3.Connection, tables: list[str] | None = None) -> dict[str, int]:
    names = sorted(_tables(connection)) if tables is None else tables
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608 - our own tables


def _revision(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        row = None
    if row is None:
        raise BadBackup("the database has no tables yet: there is nothing to back up")
    return str(row[0])


class _Postgresql:
    kind = "postgresql"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = make_url(settings.database_url).set(drivername="postgresql")
        self._name = self._url.database or ""
        self._new_name = f"{self._name[:40]}_restoring"

    def copy_to(self, path: Path) -> Snapshot:
        with _connect(self._url) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            at = clock.now()
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            there = _pg_tables(connection)
            if "alembic_version" not in there:
                raise BadBackup("the database has no tables yet: there is nothing to back up")
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            rows = _pg_counted(connection, sorted(there))
            # pg_dump sees exactly this snapshot, as long as this transaction lives.
            _tool(
                self._url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
                f"--snapshot={row[0] if row else ''}", f"--file={path}",
            )  # fmt: skip
            return Snapshot(at, str(revision[0]) if revision else "", rows)

    def is_empty(self) -> bool:
        if not self._exists(self._name):
            return True
        with _connect(self._url) as connection:
            there = _pg_tables(connection) - BOOKKEEPING
            first = sql.SQL("SELECT 1 FROM {} LIMIT 1")
            return not any(connection.execute(first.format(sql.Identifier(name))).fetchone() for name in there)

    def check_unused(self) -> None:
        with self._server() as server:
            users = server.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [self._name]).fetchone()
        if users and users[0]:
            raise BadBackup(f"the database {self._name} is in use by {users[0]} connections: stop the platform first")

    def prepare(self, content: IO[bytes]) -> Settings:
        self.discard()
        with self._server() as server:
            alike = server.execute(
                "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = %s",
                [self._name],
            ).fetchone()
            create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._new_name))
            if alike:
                create += sql.SQL(" TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(
                    *(sql.Literal(value) for value in alike)
                )
            try:
                server.execute(create)
            except psycopg.errors.InsufficientPrivilege:
                raise BadBackup(
                    f"the role may not create databases: ALTER ROLE {self._url.username} CREATEDB"
                ) from None
        new = self._url.set(database=self._new_name)
        _tool(
            new, "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", given=content
        )
        return replace(
            self._settings,
            database_url=make_url(self._settings.database_url)
            .set(database=self._new_name)
            .render_as_string(hide_password=False),
        )

    def count(self, tables: list[str]) -> dict[str, int]:
        with _connect(self._url.set(database=self._new_name)) as connection:
            return _pg_counted(connection, tables)

    def exchange(self) -> str:
        old = f"{self._name[:30]}_before_restore_{_stamp()}"
        empty, exists = self.is_empty(), self._exists(self._name)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        with self._server() as server:
            try:
                with server.transaction():
                    if exists:
                        server.execute(rename.format(sql.Identifier(self._name), sql.Identifier(old)))
                    server.execute(rename.format(sql.Identifier(self._new_name), sql.Identifier(self._name)))
            except psycopg.errors.ObjectInUse:
                raise BadBackup(f"the database {self._name} is in use: stop the platform first") from None
            if exists and empty:
                server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(old)))
        return "" if empty else f"database {old}"

    def discard(self) -> None:
        with self._server() as server:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            server.execute(drop.format(sql.Identifier(self._new_name)))

    def _exists(self, name: str) -> bool:
        with self._server() as server:
            return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None

    @contextmanager
    def _server(self) -> Iterator[psycopg.Connection[Any]]:
        """Connected to the server beside the database in question."""
        with _connect(self._url.set(database="postgres")) as connection:
            yield connection


@contextmanager
def _connect(url: URL) -> Iterator[psycopg.Connection[Any]]:
    try:
        connection = psycopg.connect(url.render_as_string(hide_password=False), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise BadBackup(f"the database cannot be reached: {str(error).strip().splitlines()[0]}") from None
    with closing(connection):
        yield connection


def _pg_tables(connection: psycopg.Connection[Any]) -> set[str]:
    found = {
        row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    }
    return found & (set(db.Base.metadata.tables) | {"alembic_version"})


def _pg_counted(connection: psycopg.Connection[Any], tables: list[str]) -> dict[str, int]:
    counting = sql.SQL("SELECT count(*) FROM {}")
    rows = {name: connection.execute(counting.format(sql.Identifier(name))).fetchone() for name in tables}
    return {name: row[0] if row else 0 for name, row in rows.items()}


def _tool(url: URL, name: str, *options: str, given: IO[bytes] | None = None) -> None:
    """Run one of PostgreSQL's own programs; the password goes through the environment, where no list shows it."""
    program = shutil.which(name)
    if program is None:
        raise BadBackup(f"{name} is not installed: apt-get install postgresql-client (as new as the server)")
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    address = url.set(password=None).render_as_string(hide_password=False)
    running = subprocess.Popen(  # noqa: S603 - a fixed program, no shell
        [program, *options, f"--dbname={address}"],
        env=environment,
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if given is not None and running.stdin is not None:
        with suppress(BrokenPipeError):  # it says why below
            shutil.copyfileobj(given, running.stdin, CHUNK)
    _, told = running.communicate()
    if running.returncode:
        reason = told.decode("utf-8", "replace").strip().splitlines() or [f"status {running.returncode}"]
        raise BadBackup(f"{name}: {reason[0]}")
