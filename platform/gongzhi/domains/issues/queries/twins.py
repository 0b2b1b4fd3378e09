"""The same words sent twice: a double click, or a page sent again after a lost line."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import clean_line, clean_text

from ..models import Issue

WITHIN = timedelta(minutes=10)


def sent_before(session: Session, actor: Actor, *, title: str, body: str, place_id: str) -> Issue | None:
    """The issue this voice published with the same words at the same place a moment ago, if there is one."""
    found: Issue | None = session.scalar(
        select(Issue)
        .where(
            Issue.author_key == actor.voter_key,
            Issue.district_id == actor.district_id,
            Issue.published_at > clock.now() - WITHIN,
            Issue.place_id == place_id,
            Issue.title == clean_line(title),
            Issue.body == clean_text(body),
        )
        .order_by(Issue.published_at.desc())
        .limit(1)
    )
    return found
