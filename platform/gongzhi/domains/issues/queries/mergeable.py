"""Into which issues one may be merged: found by number or words, or the similar ones while nothing is asked."""

from __future__ import annotations

import re

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gongzhi.kernel.ids import LENGTH
from gongzhi.kernel.policy import Actor, allows
from gongzhi.kernel.text import search_query

from ..models import WORDS, Issue
from ..permissions import MERGE_ISSUES
from ..rules.lifecycle import OPEN_STATES
from .listing import IssueRow, issues_by_id
from .page import IssuePage
from .similar import similar_issues

LOOKED_AT = 60
SHOWN = 20
_NUMBER = re.compile(rf"(?<![0-9a-z])[0-9a-z]{{{LENGTH}}}(?![0-9a-z])")


def mergeable_issues(session: Session, actor: Actor, page: IssuePage, asked: str = "") -> list[IssueRow]:
    """Open issues of the same district that this actor may merge `page` into, at most twenty, best first.

    `asked` is the number or address of one, or words of its title or text; without it those alike are offered.
    """
    if not asked.strip():
        alike = similar_issues(
            session,
            actor,
            f"{page.issue.title}\n{page.issue.body}",
            category=page.category,
            latitude=page.issue.latitude,
            longitude=page.issue.longitude,
            limit=SHOWN,
        )
        keys = [found.row.id for found in alike]
    else:
        keys = _NUMBER.findall(asked.lower()) or _by_words(session, actor, page.id, asked)
    chosen = _open_issues(actor, page.id).where(Issue.id.in_(keys))
    may = {issue.id for issue in session.scalars(chosen) if allows(actor, MERGE_ISSUES, issue)}
    return issues_by_id(session, actor, [key for key in dict.fromkeys(keys) if key in may][:SHOWN])


def _by_words(session: Session, actor: Actor, issue_id: str, asked: str) -> list[str]:
    """All words must occur; a title that has them fits better than a long text."""
    terms = search_query(asked)
    if not terms:
        return []
    fitting = WORDS.ranked(session, terms, "AND").subquery()
    chosen = _open_issues(actor, issue_id).join(fitting, fitting.c.rowid == Issue.id)
    return [
        issue.id for issue in session.scalars(chosen.order_by(fitting.c.fit.desc(), Issue.id.desc()).limit(LOOKED_AT))
    ]


def _open_issues(actor: Actor, but: str) -> Select[Issue]:
    return select(Issue).where(
        Issue.district_id == actor.district_id,
        Issue.state.in_(OPEN_STATES),
        Issue.is_hidden.is_(False),
        Issue.id != but,
    )
