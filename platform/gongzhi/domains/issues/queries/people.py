"""Who is concerned by an issue, and as what somebody acts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import CompoundSelect, or_, select, union
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Membership
from gongzhi.kernel import clock
from gongzhi.kernel.policy import Actor

from ..models import Choice, Follow, Issue, Vote

CHUNK = 1_000


def title_of(session: Session, actor: Actor) -> str:
    """The public function of the actor in the organisation they act for, such as 城管专员; else nothing."""
    if actor.organisation_id is None or actor.account_id is None:
        return ""
    now = clock.now()
    return (
        session.scalar(
            select(Membership.title).where(
                Membership.account_id == actor.account_id,
                Membership.organisation_id == actor.organisation_id,
                Membership.ended_at.is_(None),
                or_(Membership.ends_at.is_(None), Membership.ends_at > now),
            )
        )
        or ""
    )


def participants(session: Session, issue_id: str) -> Iterator[str]:
    """The accounts that wrote, voted on or follow the issue, each once. Commenters: see the comments room."""
    everybody: CompoundSelect[Any] = union(
        select(Issue.author_id).where(Issue.id == issue_id, Issue.author_id.is_not(None)),
        select(Vote.account_id).where(Vote.issue_id == issue_id, Vote.choice != Choice.NONE),
        select(Follow.account_id).where(Follow.subject_kind == "issue", Follow.subject_id == issue_id),
    )
    yield from session.scalars(everybody).yield_per(CHUNK)
