"""Migrations by Alembic, run from the checkout or an installed wheel, on either database."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from gongzhi.kernel import db
from gongzhi.kernel.settings import Settings

MIGRATION_LOCK = 7_206_003
MOST_TRIES = 60
PAUSE = 1.0
BUSY = ("locked", "lock timeout", "deadlock")

log = structlog.get_logger(__name__)


def config(url: str) -> Config:
    """Alembic's configuration for the database at `url`."""
    made = Config()
    made.set_main_option("script_location", str(db.asset_root() / "migrations"))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Bring the tables up to `revision`, also while the platform serves; another upgrade under way is waited for."""
    _run(settings, command.upgrade, revision)


def downgrade(settings: Settings, revision: str) -> None:
    """Take the tables back to `revision`."""
    _run(settings, command.downgrade, revision)


def known(revision: str) -> bool:
    """Whether this version of the program has the migration."""
    scripts = ScriptDirectory.from_config(config("sqlite://"))
    return any(script.revision == revision for script in scripts.walk_revisions())


def _run(settings: Settings, step: Callable[[Config, str], None], revision: str) -> None:
    """Each migration is one transaction, so that a try that met a lock goes on after the last one that is whole."""
    engine = db.configure(settings.database_url)
    with _alone(engine):
        for left in reversed(range(MOST_TRIES)):
            try:
                step(config(settings.database_url), revision)
            except OperationalError as error:
                if not left or not any(word in str(error.orig) for word in BUSY):
                    raise
                log.warning("migration_waits", error=str(error.orig).splitlines()[0])
                time.sleep(PAUSE)
            else:
                return


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """One at a time: an advisory lock on PostgreSQL, a lock on a file beside SQLite's; both end with the process."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
            try:
                yield
            finally:
                connection.invalidate()
        return
    with Path(f"{engine.url.database}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
