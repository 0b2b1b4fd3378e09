"""The full-text index, and the two functions that migrations call."""

from __future__ import annotations

from typing import Any

from gongzhi.kernel.search import FullTextIndex

WORDS = FullTextIndex("search_fts")


def create_index(op: Any) -> None:
    """Create the full-text index; `op` is Alembic's, or anything with `get_bind`."""
    WORDS.create(op.get_bind())


def drop_index(op: Any) -> None:
    """Drop it."""
    WORDS.drop(op.get_bind())
