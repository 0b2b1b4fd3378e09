"""The words of issues, for finding those about the same thing: a full-text index of this room's own.

The search of the site is told of an issue some moments later and knows public objects of all rooms; whoever
writes or merges asks for open issues as they stand now.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from gongzhi.kernel.search import FullTextIndex

from .issue import Issue

WORDS = FullTextIndex("issue_words")


def put_words(session: Session, issue_id: str, title: str, body: str) -> None:
    """Index an issue as it now reads."""
    WORDS.put(session, issue_id, f"{title}\n{body}")


def _create(_table: Any, connection: Any, **_rest: Any) -> None:
    WORDS.create(connection)


def _drop(_table: Any, connection: Any, **_rest: Any) -> None:
    WORDS.drop(connection)


# It comes and goes with the issues where migrations do not make it.
event.listen(Issue.__table__, "after_create", _create)
event.listen(Issue.__table__, "before_drop", _drop)
