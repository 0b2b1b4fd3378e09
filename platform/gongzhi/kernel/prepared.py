"""Statements of the busiest paths: written in SQLAlchemy Core, compiled once, sent to the driver as they are.

Going through `Session.execute` costs about 100 µs of Python each time, more than the database needs for the work
of a vote (hard-won.md, 8 and 9). What is lost with it is lost on purpose: no ORM objects, no events, no cache of
statements. For statements on single rows only, inside a session's own transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Dialect
from sqlalchemy.orm import Session

Row = tuple[Any, ...]
Change = Callable[[Any], Any]


class Prepared:
    """One statement; `of` is the statement, or makes it for a dialect's name."""

    def __init__(self, of: Any) -> None:
        self._of = of
        self._compiled: dict[str, _Compiled] = {}

    def on(self, dialect: Dialect) -> _Compiled:
        """For this dialect."""
        found = self._compiled.get(dialect.name)
        if found is None:
            statement = self._of(dialect.name) if callable(self._of) else self._of
            found = self._compiled[dialect.name] = _Compiled(statement, dialect)
        return found


class _Compiled:
    """Text, the order of its places, and how values go in and come out."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text: str = str(compiled)
        self.names: list[str] | None = compiled.positiontup if compiled.positional else None
        self.fixed: dict[str, Any] = {}
        self.into: dict[str, Change] = {}
        for bind, name in compiled.bind_names.items():
            change = bind.type._cached_bind_processor(dialect)  # noqa: SLF001 - the same SQLAlchemy itself uses
            if change is not None:
                self.into[name] = change
            if not bind.required:
                self.fixed[name] = bind.effective_value
        returned = getattr(statement, "_all_selected_columns", ()) or getattr(statement, "_returning", ())
        self.out: list[Change | None] = [
            column.type._cached_result_processor(dialect, None)  # noqa: SLF001
            for column in returned
        ]
        self.changes = any(self.out)

    def values(self, given: Mapping[str, Any]) -> Any:
        """What the driver takes: a tuple in the order of the places, or a mapping by name."""
        whole = {**self.fixed, **given}
        for name, change in self.into.items():
            whole[name] = change(whole[name])
        return whole if self.names is None else tuple(whole[name] for name in self.names)

    def row(self, raw: Row) -> Row:
        """The values as Python knows them."""
        if not self.changes:
            return raw
        return tuple(value if change is None else change(value) for value, change in zip(raw, self.out, strict=True))


Step = tuple[Prepared, Mapping[str, Any]]


class Driver:
    """The driver's own cursor inside the session's transaction; what waits in the session is sent first."""

    def __init__(self, session: Session) -> None:
        session.flush()
        connection = session.connection()
        self.dialect = connection.dialect
        self._connection: Any = connection.connection.dbapi_connection
        self._later: list[Step] = []

    def run(self, statement: Prepared, values: Mapping[str, Any]) -> int:
        """Execute; the number of rows it changed."""
        return self.together((statement, values))[0].changed

    def rows(self, statement: Prepared, values: Mapping[str, Any]) -> list[Row]:
        """Execute and read all rows."""
        return self.together((statement, values))[0].rows

    def row(self, statement: Prepared, values: Mapping[str, Any]) -> Row | None:
        """Execute and read the one row there may be."""
        found = self.rows(statement, values)
        return found[0] if found else None

    def later(self, statement: Prepared, values: Mapping[str, Any]) -> None:
        """Execute with whatever is executed next, and before it; nothing is read."""
        self._later.append((statement, values))

    def together(self, *steps: Step) -> list[Outcome]:
        """Execute in this order, on PostgreSQL in one round trip; none may depend on what another one finds."""
        whole = [*self._later, *steps]
        first = len(self._later)
        self._later = []
        if len(whole) > 1 and self.dialect.name == "postgresql":
            with self._connection.pipeline():
                sent = [self._send(statement, values) for statement, values in whole]
        else:
            sent = [self._send(statement, values) for statement, values in whole]
        return [
            Outcome(
                [made.row(raw) for raw in cursor.fetchall()] if cursor.description else [],
                int(cursor.rowcount),
            )
            for made, cursor in sent[first:]
        ]

    def _send(self, statement: Prepared, values: Mapping[str, Any]) -> tuple[_Compiled, Any]:
        made = statement.on(self.dialect)
        cursor = self._connection.cursor()
        cursor.execute(made.text, made.values(values))
        return made, cursor


class Outcome(NamedTuple):
    """What came of a statement."""

    rows: list[Row]
    changed: int
