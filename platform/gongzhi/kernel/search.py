"""A full-text index over any kind of text: FTS5 on SQLite, a GIN index on PostgreSQL.

An index is a table of its own with the id of each text and its tokens. Ids are sorted by time, so
the newest texts come first without another column to sort by. The statements are the same on
both databases except for how tokens are written and asked for.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    String,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Session

from gongzhi.kernel.ids import Id
from gongzhi.kernel.text.query import Terms, to_fts5, to_tsquery
from gongzhi.kernel.text.words import bigrams, to_tsvector

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class FullTextIndex:
    """One index, known by the name of its table."""

    def __init__(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            msg = f"{name!r} cannot be the name of an index."
            raise ValueError(msg)
        self.name = name
        self.row_id: ColumnElement[str] = column("rowid", Id())
        self._table = table(name, self.row_id, column("tokens", String()))

    def create(self, connection: Connection) -> None:
        """Create the table and its index; for migrations."""
        if _is_postgresql(connection):
            connection.execute(text(f"CREATE TABLE {self.name} (rowid BIGINT PRIMARY KEY, tokens TSVECTOR NOT NULL)"))
            connection.execute(text(f"CREATE INDEX ix_{self.name}_tokens ON {self.name} USING gin (tokens)"))
            return
        # The tokenizer "ascii" leaves all other characters alone, where "unicode61" drops rare
        # ones. No prefix index: it doubles the size, and a query of one Chinese character takes
        # under 4 ms at 100,000 texts without it.
        connection.execute(
            text(f"CREATE VIRTUAL TABLE {self.name} USING fts5(tokens, tokenize = 'ascii', columnsize = 0)")
        )

    def drop(self, connection: Connection) -> None:
        """Drop the table; for migrations."""
        connection.execute(text(f"DROP TABLE IF EXISTS {self.name}"))

    def put(self, session: Session, row_id: str, words: str) -> None:
        """Index a plain text, in place of what was indexed under this id."""
        self.remove(session, row_id)
        tokens: Any = bigrams(words)
        if _is_postgresql(session.connection()):
            tokens = cast(literal(to_tsvector(words)), TSVECTOR)
        session.execute(insert(self._table).values(rowid=row_id, tokens=tokens))

    def remove(self, session: Session, row_id: str) -> None:
        """Forget a text."""
        session.execute(delete(self._table).where(self.row_id == row_id))

    def matching(self, session: Session, terms: Terms, joined_by: Literal["AND", "OR"] = "AND") -> Select[str]:
        """The ids of texts with these terms; order and page them by ``row_id``."""
        if _is_postgresql(session.connection()):
            asked = cast(literal(to_tsquery(terms, joined_by)), TSQUERY)
            condition = self._table.c.tokens.op("@@", is_comparison=True)(asked)
        else:
            condition = literal_column(self.name).op("MATCH", is_comparison=True)(to_fts5(terms, joined_by))
        return select(self.row_id).select_from(self._table).where(condition)

    def ranked(self, session: Session, terms: Terms, joined_by: Literal["AND", "OR"] = "OR") -> Select[str, float]:
        """The ids of texts with these terms, and how well each fits as ``fit``: the more, the better."""
        fit: ColumnElement[float]
        if _is_postgresql(session.connection()):
            fit = func.ts_rank(self._table.c.tokens, cast(literal(to_tsquery(terms, joined_by)), TSQUERY))
        else:
            fit = literal_column(f"-bm25({self.name})", Float)
        return self.matching(session, terms, joined_by).add_columns(fit.label("fit"))

    def count(self, session: Session, terms: Terms, at_most: int = 1000) -> int:
        """How many texts match, counting no further than ``at_most``."""
        some = self.matching(session, terms).limit(at_most).subquery()
        return session.scalar(select(func.count()).select_from(some)) or 0


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
