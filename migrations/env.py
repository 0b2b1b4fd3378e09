"""Alembic's environment: one connection, batch mode for SQLite, all rooms' tables."""

from alembic import context

from gongzhi.kernel import db
from gongzhi.web.app import load_models

load_models()


def run() -> None:
    """Run the migrations asked for on the configured engine."""
    with db.engine().connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=False,
            transaction_per_migration=True,
            include_object=lambda _o, name, kind, _r, _c: not (kind == "table" and str(name).startswith("search_fts")),
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
