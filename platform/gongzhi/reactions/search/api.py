"""Search over the JSON API."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from gongzhi.kernel.api import ApiOut, ListQuery, operation
from gongzhi.kernel.db import session
from gongzhi.kernel.guard import actor
from gongzhi.kernel.pages import Page

from . import queries
from .permissions import SEARCH
from .queries import Hit, Order
from .views import LONGEST_QUERY, read_filters


class SearchQuery(ListQuery):
    """What to search for, and what narrows it."""

    q: str = Field(min_length=1, max_length=LONGEST_QUERY, description="Words; in quotation marks a phrase")
    kind: str | None = Field(None, max_length=16)
    place: str | None = Field(None, max_length=40, description="id of a place; everything below it counts")
    category: str | None = Field(None, max_length=40)
    since: date | None = None
    until: date | None = None
    order: Order = Order.BEST


class HitOut(ApiOut):
    """A hit; `excerpt_html` has the words in `<mark>` and is otherwise escaped."""

    kind: str
    id: str
    url: str
    title: str
    excerpt_html: str
    state: str
    at: datetime


@operation("GET", "/search", SEARCH, query=SearchQuery, answer=HitOut, lists=True, tag="search")
def search(query: SearchQuery) -> Page[HitOut]:
    """Search everything public of the district."""
    given = {key: str(value) for key, value in query.model_dump().items() if value is not None}
    page = queries.find(
        session(),
        actor(),
        query.q,
        read_filters(given),
        order=query.order,
        after=query.cursor,
        limit=query.limit,
    )
    return Page([_shown(hit) for hit in page.items], page.next_cursor)


def _shown(hit: Hit) -> HitOut:
    document = hit.document
    return HitOut(
        kind=document.kind,
        id=document.id,
        url=document.path,
        title=document.title,
        excerpt_html=str(hit.excerpt),
        state=document.state,
        at=document.at,
    )
