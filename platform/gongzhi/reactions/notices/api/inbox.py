"""Notices over the JSON API."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from gongzhi.kernel.api import ApiIn, ApiOut, ListQuery, operation
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.pages import Page
from gongzhi.reactions.notices import inbox as box
from gongzhi.reactions.notices.letters import sentence
from gongzhi.reactions.notices.permissions import READ_NOTICES


class NoticeOut(ApiOut):
    """A notice in the reader's language."""

    id: str
    kind: str
    text: str
    subject_kind: str
    subject_id: str
    at: datetime
    read_at: datetime | None


class ReadIn(ApiIn):
    """Which notice was read; all of them without `id`."""

    id: str | None = Field(None, max_length=13)


@operation("GET", "/me/notices", READ_NOTICES, query=ListQuery, answer=NoticeOut, lists=True, tag="me")
def list_my_notices(query: ListQuery) -> Page[NoticeOut]:
    """One's own notices, newest first."""
    page = box.inbox(session(), actor(), after=query.cursor, limit=query.limit)
    items = [
        NoticeOut(
            id=row.id,
            kind=row.kind,
            text=sentence(row),
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            at=row.at,
            read_at=row.read_at,
        )
        for row in page.items
    ]
    return Page(items, page.next_cursor)


@operation("POST", "/me/notices/read", READ_NOTICES, body=ReadIn, tag="me")
def read_my_notices(body: ReadIn) -> None:
    """Count one notice or all as read."""
    if body.id is not None and box.own_notice(session(), actor(), body.id) is None:
        raise NotFound
    with write() as current:
        box.mark_read(current, actor(), body.id)
