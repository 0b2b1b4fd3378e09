"""「在公开账本中」: the entries about an issue or a decision, at the side of its page."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gongzhi.kernel.panels import Panel
from gongzhi.kernel.policy import Actor

from .queries import entries_about
from .words import shown

MOST = 5


def about_issue(session: Session, actor: Actor, issue: Any) -> Panel | None:
    """The newest entries about an issue: one statement."""
    return _about(session, actor, "issue", issue)


def about_decision(session: Session, actor: Actor, decision: Any) -> Panel | None:
    """The newest entries about a decision: one statement."""
    return _about(session, actor, "decision", decision)


def _about(session: Session, _actor: Actor, kind: str, subject: Any) -> Panel | None:
    found = entries_about(session, subject.district_id, kind, subject.id, MOST + 1)
    if not found:
        return None
    return Panel(
        "ledger/panel.html",
        {
            "entries": [shown(leaf) for leaf in found[:MOST]],
            "more": len(found) > MOST,
            "kind": kind,
            "subject_id": subject.id,
        },
    )
