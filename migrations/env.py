"""Alembic's environment: one connection, batch mode for SQLite, all rooms' tables."""

from typing import Any

from alembic import context

from gongzhi.kernel import db
from gongzhi.web.app import load_models

load_models()

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
    """Run the migrations asked for on the configured engine."""
    with db.engine().connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=False,
            render_item=plain_type,
            transaction_per_migration=True,
            include_object=lambda _o, name, kind, _r, _c: not (kind == "table" and str(name).startswith(FULL_TEXT)),
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
