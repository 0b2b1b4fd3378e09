"""Finding documents: phrases of bigrams, filters, newest or best first, a page at a time.

Newest first walks the index backwards and stops when the page is full. Best first judges the newest
`JUDGED` hits by where and how often the words stand, which is cheap and the same on both databases;
FTS5's bm25 and PostgreSQL's ts_rank would read every hit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from markupsafe import Markup
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gongzhi.domains.issues.models import Category
from gongzhi.domains.places.models import Place
from gongzhi.kernel.clock import LOCAL
from gongzhi.kernel.pages import Page, decode_cursor, encode_cursor
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import Terms, highlight, search_query
from gongzhi.kernel.text import lazy as _l

from .models import SearchDocument
from .schema import WORDS

JUDGED = 300
MOST_COUNTED = 1_000
HIT_LENGTH = 160
TITLE_LENGTH = 200
IN_TITLE = 8
MOST_TIMES = 5
_APART = re.compile(r"[\s\"“”„«»「」『』,，、;；。!！?？()（）]+")


class Order(StrEnum):
    """What comes first."""

    BEST = "best"
    NEWEST = "newest"


ORDER_LABELS = {Order.BEST: _l("Best match first"), Order.NEWEST: _l("Newest first")}


@dataclass(frozen=True)
class Filters:
    """What narrows a search; dates are days of the district's calendar, both included."""

    kind: str | None = None
    place: Place | None = None
    category: Category | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Hit:
    """A document as found, with the words marked."""

    document: SearchDocument
    title: Markup
    excerpt: Markup


def find(
    session: Session,
    actor: Actor,
    query: str,
    filters: Filters,
    *,
    order: Order = Order.BEST,
    after: str | None = None,
    limit: int = 20,
) -> Page[Hit]:
    """A page of what matches all phrases; empty without any."""
    terms = search_query(query)
    if not terms:
        return Page([])
    hits = _matching(session, actor, terms, filters, SearchDocument)
    newest = order is Order.NEWEST
    page = _newest(session, hits, after, limit) if newest else _best(session, hits, query, after, limit)
    return Page([_hit(document, terms) for document in page.items], page.next_cursor)


def count(session: Session, actor: Actor, query: str, filters: Filters) -> int:
    """How many match, counted up to `MOST_COUNTED`."""
    terms = search_query(query)
    if not terms:
        return 0
    some = _matching(session, actor, terms, filters, SearchDocument.id).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def category_tree(session: Session, category: Category) -> list[str]:
    """The category and the finer ones below it."""
    below = select(Category.id).where(Category.parent_id == category.id)
    return [category.id, *session.scalars(below)]


def _matching(session: Session, actor: Actor, terms: Terms, filters: Filters, what: Any) -> Select[Any]:
    statement = (
        WORDS.matching(session, terms)
        .with_only_columns(what)
        .join(SearchDocument, SearchDocument.id == WORDS.row_id)
        .where(SearchDocument.district_id == actor.district_id)
    )
    if filters.kind:
        statement = statement.where(SearchDocument.kind == filters.kind)
    if filters.place is not None:
        statement = statement.where(SearchDocument.place_path.startswith(filters.place.path, autoescape=True))
    if filters.category is not None:
        statement = statement.where(SearchDocument.category_id.in_(category_tree(session, filters.category)))
    if filters.since is not None:
        statement = statement.where(SearchDocument.at >= _midnight(filters.since))
    if filters.until is not None:
        statement = statement.where(SearchDocument.at < _midnight(filters.until + timedelta(days=1)))
    return statement


def _newest(session: Session, hits: Select[Any], after: str | None, limit: int) -> Page[SearchDocument]:
    statement = hits.order_by(WORDS.row_id.desc()).limit(limit + 1)
    if after is not None:
        (last,) = decode_cursor(after, str)
        statement = statement.where(WORDS.row_id < last)
    found = list(session.scalars(statement))
    if len(found) <= limit:
        return Page(found)
    return Page(found[:limit], encode_cursor(found[limit - 1].id))


def _best(session: Session, hits: Select[Any], query: str, after: str | None, limit: int) -> Page[SearchDocument]:
    words = _words(query)
    found = session.scalars(hits.order_by(WORDS.row_id.desc()).limit(JUDGED)).all()
    judged = sorted(((_worth(one, words), one.id, one) for one in found), key=lambda it: it[:2], reverse=True)
    if after is not None:
        worth, last = decode_cursor(after, int, str)
        judged = [entry for entry in judged if entry[:2] < (worth, last)]
    items = [document for _worth_, _id, document in judged[:limit]]
    if len(judged) <= limit:
        return Page(items)
    worth, last, _document = judged[limit - 1]
    return Page(items, encode_cursor(worth, last))


def _worth(document: SearchDocument, words: list[str]) -> int:
    title, text = document.title.casefold(), document.text.casefold()
    return sum(IN_TITLE * _times(title, word) + _times(text, word) for word in words)


def _times(text: str, word: str) -> int:
    return min(text.count(word), MOST_TIMES)


def _words(query: str) -> list[str]:
    """What was typed, piece by piece, to judge where it stands; how it is written differs little enough."""
    return [word.casefold() for word in _APART.split(query) if word]


def _hit(document: SearchDocument, terms: Terms) -> Hit:
    return Hit(
        document,
        highlight(document.title, terms, TITLE_LENGTH),
        highlight(" ".join(document.text.split()), terms, HIT_LENGTH),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def subdistricts(session: Session, actor: Actor) -> Sequence[Place]:
    """The places offered as a filter: the sub-districts."""
    return session.scalars(
        select(Place)
        .where(Place.district_id == actor.district_id, Place.kind == "subdistrict", Place.retired_at.is_(None))
        .order_by(Place.code)
    ).all()


def main_categories(session: Session, actor: Actor) -> Sequence[Category]:
    """The categories offered as a filter: the main ones that can be public."""
    return session.scalars(
        select(Category)
        .where(
            Category.district_id == actor.district_id,
            Category.parent_id.is_(None),
            Category.is_active.is_(True),
            Category.is_public.is_(True),
        )
        .order_by(Category.position, Category.code)
    ).all()
