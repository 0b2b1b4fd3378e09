"""Alembic's environment: one connection, batch mode for SQLite, all rooms' tables."""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from gongzhi.kernel import db
from gongzhi.web.app import load_models

load_models()

LOCK_WAIT = "'2s'"
"""Whoever waits for the lock of a table holds up all who come after: step back soon and try again."""
PLAIN = {"Id": "sa.BigInteger()", "UtcDateTime": "sa.DateTime(timezone=True)"}

FULL_TEXT = ("search_fts", "issue_words")
"""Tables that no model describes: full-text indexes, and what SQLite keeps beside them."""


def plain_type(kind: str, item: Any, context_of: Any) -> Any:
    """Write the product's own column types as plain ones: a migration must not change when they do."""
    if kind != "type":
        return False
    if type(item).__name__ == "JSON":
        context_of.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')"
    return PLAIN.get(type(item).__name__, False)


def run() -> None:
    """Run the migrations asked for on the configured engine, each in a transaction of its own.

    SQLite: a migration begins as a writer, or what somebody else commits meanwhile would end it; and foreign keys
    are off, since batch mode drops and renames tables, which would delete or refuse the rows that refer to them.
    They are all checked at the end of each migration instead. PostgreSQL: see `LOCK_WAIT`; schema.py tries again.
    """
    with db.engine().connect().execution_options(gongzhi_write=True) as connection:
        sqlite = connection.dialect.name == "sqlite"
        _say(connection, "PRAGMA foreign_keys=OFF" if sqlite else f"SET lock_timeout = {LOCK_WAIT}")
        context.configure(
            connection=connection,
            target_metadata=db.Base.metadata,
            render_as_batch=sqlite,
            compare_type=False,
            render_item=plain_type,
            transaction_per_migration=True,
            on_version_apply=_unbroken if sqlite else None,
            include_object=lambda _o, name, kind, _r, _c: not (kind == "table" and str(name).startswith(FULL_TEXT)),
        )
        try:
            with context.begin_transaction():
                context.run_migrations()
            connection.commit()
        finally:
            connection.rollback()
            _say(connection, "PRAGMA foreign_keys=ON" if sqlite else "RESET lock_timeout")


def _say(connection: Connection, statement: str) -> None:
    """Say something about the connection itself, outside of every transaction."""
    raw = connection.connection
    raw.cursor().execute(statement)
    raw.commit()


def _unbroken(ctx: Any, **_more: Any) -> None:
    """Undo a migration that leaves a row without what it refers to."""
    broken = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
    if broken:
        raise RuntimeError(f"rows refer to what is not there: {broken}")


run()
