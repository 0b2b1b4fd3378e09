"""Triggers that come with their tables where no migration makes them, as in tests.

A migration has the same statements word for word; tests/house/test_migrations.py compares what both make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import FromClause, MetaData, event


def with_tables(target: FromClause | MetaData, statements: Callable[[str], Iterable[str]]) -> None:
    """Whenever this table, or all of them, was made: execute `statements(dialect)` on that database."""

    def make(_target: Any, connection: Any, **_rest: Any) -> None:
        for statement in statements(connection.dialect.name):
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})

    event.listen(target, "after_create", make)
