"""Follow and unfollow anything that has a kind and an id; rooms above use the same table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.db import dialect
from gongzhi.kernel.policy import Actor, require

from ..models import Follow, Issue
from ..permissions import FOLLOW_ISSUE

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def follow_issue(session: Session, actor: Actor, issue: Issue) -> None:
    """Hear of everything that happens to the issue. Twice is once."""
    require(actor, FOLLOW_ISSUE, issue)
    follow(session, actor, subject_kind="issue", subject_id=issue.id)


def unfollow_issue(session: Session, actor: Actor, issue: Issue) -> None:
    """Hear no more of it."""
    require(actor, FOLLOW_ISSUE, issue)
    unfollow(session, actor, subject_kind="issue", subject_id=issue.id)


def follow(session: Session, actor: Actor, *, subject_kind: str, subject_id: str) -> None:
    """Follow a thing of any room, which has checked that the actor may see it."""
    session.execute(
        _INSERTS[dialect(session)](Follow)
        .values(
            subject_kind=subject_kind,
            subject_id=subject_id,
            account_id=actor.account_id,
            district_id=actor.district_id,
            at=clock.now(),
        )
        .on_conflict_do_nothing()
    )


def unfollow(session: Session, actor: Actor, *, subject_kind: str, subject_id: str) -> None:
    """Follow it no more."""
    session.execute(
        delete(Follow).where(
            Follow.subject_kind == subject_kind,
            Follow.subject_id == subject_id,
            Follow.account_id == actor.account_id,
        )
    )
