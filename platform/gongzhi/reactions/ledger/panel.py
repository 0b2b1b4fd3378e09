"""「在公开账本中」: from an issue or a decision to its entries. A link only: these pages have no statement to spare."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gongzhi.kernel.panels import Panel
from gongzhi.kernel.policy import Actor


def about_issue(_session: Session, _actor: Actor, issue: Any) -> Panel | None:
    """To the entries about an issue, once an office has taken it on."""
    return _about("issue", issue.id) if issue.accepted_at is not None else None


def about_decision(_session: Session, _actor: Actor, decision: Any) -> Panel:
    """To the entries about a decision."""
    return _about("decision", decision.id)


def _about(kind: str, subject_id: str) -> Panel:
    return Panel("ledger/panel.html", {"kind": kind, "subject_id": subject_id})
