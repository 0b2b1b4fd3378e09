"""Who is told of moderation: the author of every measure, reporters of its outcome, moderators of what presses."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.domains.moderation import events
from gongzhi.domains.moderation.models import ModerationCase, ModerationReport
from gongzhi.domains.people.models import RoleGrant
from gongzhi.domains.people.queries import grant_in_force
from gongzhi.kernel import clock
from gongzhi.reactions.notices.audience import Message, just, teller
from gongzhi.reactions.notices.models import NoticeKind


def holders(district_id: str, *roles: str) -> Any:
    """Who holds one of these roles in the district now."""
    return select(RoleGrant.account_id).where(
        RoleGrant.district_id == district_id, RoleGrant.role.in_(roles), grant_in_force(clock.now())
    )


@teller(events.ReportFiled)
def _reported(_session: Session, happened: events.ReportFiled) -> list[Message]:
    """Only what cannot wait; the rest is in the queue, which moves live."""
    if not happened.urgent:
        return []
    told = holders(happened.district_id, "moderator")
    return [Message(NoticeKind.TASK, "moderation.urgent", "case", happened.case_id, told)]


@teller(events.MeasureTaken)
def _measure(_session: Session, happened: events.MeasureTaken) -> list[Message]:
    found = []
    if happened.account_id and happened.measure != "dismiss":
        author = just(happened.account_id)
        text = f"moderation.{happened.measure}"
        found.append(Message(NoticeKind.ACCOUNT, text, "measure", happened.measure_id, author))
    reporters = select(ModerationReport.reporter_id).where(ModerationReport.measure_id == happened.measure_id)
    answered = "moderation.report_upheld"
    if happened.measure in ("dismiss", "restore"):
        answered = "moderation.report_rejected"
    found.append(Message(NoticeKind.STATUS, answered, "report", happened.case_id, reporters))
    if happened.measure == "hold":
        moderators = holders(happened.district_id, "moderator")
        found.append(Message(NoticeKind.TASK, "moderation.held", "case", happened.case_id, moderators))
    return found


@teller(events.AppealFiled)
def _appealed(_session: Session, happened: events.AppealFiled) -> list[Message]:
    """Everybody who may decide it: not whoever took the measure."""
    told = holders(happened.district_id, "moderator").where(RoleGrant.account_id != (happened.decided_by_id or ""))
    return [Message(NoticeKind.TASK, "moderation.appeal", "appeal", happened.appeal_id, told)]


@teller(events.AppealDecided)
def _appeal_decided(_session: Session, happened: events.AppealDecided) -> list[Message]:
    text = f"moderation.appeal_{happened.outcome}"
    found = [Message(NoticeKind.ACCOUNT, text, "measure", happened.measure_id, just(happened.account_id))]
    if happened.decided_by_id:
        first = just(happened.decided_by_id)
        found.append(Message(NoticeKind.TASK, "moderation.appeal_answered", "appeal", happened.appeal_id, first))
    return found


@teller(events.AppealOverdue)
def _appeal_overdue(session: Session, happened: events.AppealOverdue) -> list[Message]:
    admins = holders(happened.district_id, "admin")
    own = select(ModerationCase.author_id).where(ModerationCase.id == happened.case_id)
    author = just(*[one for one in session.scalars(own) if one])
    return [
        Message(NoticeKind.TASK, "moderation.appeal_overdue", "appeal", happened.appeal_id, admins),
        Message(NoticeKind.ACCOUNT, "moderation.appeal_escalated", "measure", happened.measure_id, author),
    ]
