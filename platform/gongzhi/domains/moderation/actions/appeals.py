"""Appeals: the author's words, another moderator's decision, and what a reversal gives back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongzhi.domains.people.actions import suspend_account
from gongzhi.domains.people.models import Account
from gongzhi.domains.people.rules import Mark
from gongzhi.kernel import clock, events
from gongzhi.kernel.errors import AlreadyClosed, Conflict, Invalid, NotPermitted
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import check_length, clean_text
from gongzhi.kernel.text import lazy as _l

from .. import rules
from ..events import AppealDecided, AppealFiled, AppealOverdue
from ..models import (
    AppealOutcome,
    MeasureKind,
    ModerationAppeal,
    ModerationCase,
    ModerationMeasure,
    ModerationReport,
    Outcome,
)
from ..permissions import APPEAL, DECIDE_APPEAL
from ..queries import AppealInHand, conflict_of_interest
from .measures import still_suspended
from .steps import checked_reason, let_go, local_now, note_measure, own_words, thing_of, withhold_pictures

LONGEST_APPEAL = 2000
SAME_PERSON = _l("You took this measure yourself: another moderator decides the appeal.")


def file_appeal(session: Session, actor: Actor, measure: ModerationMeasure, *, words: str) -> ModerationAppeal:
    """Appeal within 15 days, once a measure. Raises `Invalid`, `Conflict`, `AlreadyClosed`."""
    require(actor, APPEAL, measure)
    if measure.kind not in rules.APPEALABLE or measure.appeal_until is None:
        raise Conflict(_l("There is nothing to appeal against here."))
    if clock.now() > measure.appeal_until:
        raise AlreadyClosed(_l("The time to appeal is over."))
    text = clean_text(words)
    if wrong := check_length(text, 5, LONGEST_APPEAL):
        raise Invalid({"words": [wrong]})
    appeal = ModerationAppeal(
        district_id=measure.district_id,
        measure_id=measure.id,
        case_id=measure.case_id,
        account_id=actor.account_id,
        words=text,
        at=clock.now(),
        due_at=rules.appeal_due(local_now()),
    )
    try:
        with session.begin_nested():
            session.add(appeal)
            session.flush()
    except IntegrityError:
        raise Conflict(_l("You have appealed already.")) from None
    events.record(
        session,
        AppealFiled(
            district_id=measure.district_id,
            case_id=measure.case_id,
            appeal_id=appeal.id,
            measure_id=measure.id,
            decided_by_id=measure.decided_by_id,
        ),
    )
    return appeal


def decide_appeal(
    session: Session,
    actor: Actor,
    found: AppealInHand,
    *,
    outcome: str,
    reason: str,
    days: int | None = None,
    passages: Sequence[str] = (),
) -> ModerationAppeal:
    """Uphold, reverse or change a measure somebody else took. Locks appeal and case.

    Changed: hidden words are shown again but for `passages`, or wholly with a warning; a suspension becomes a
    shorter one of `days`. Raises `NotPermitted` for whoever took the measure or is a party, `Invalid`,
    `AlreadyClosed` for an appeal decided before.
    """
    appeal, measure, case = found.appeal, found.measure, found.case
    session.refresh(appeal, with_for_update=True)
    session.refresh(case, with_for_update=True)
    require(actor, DECIDE_APPEAL, found)
    if measure.decided_by_id == actor.account_id:
        raise NotPermitted(SAME_PERSON)
    if conflict := conflict_of_interest(session, actor, case):
        raise NotPermitted(conflict)
    if appeal.outcome is not None:
        raise AlreadyClosed(_l("This appeal has been decided."))
    if outcome not in tuple(AppealOutcome):
        raise Invalid.of("outcome", _l("This is not one of the choices."))
    words = checked_reason(reason)
    if outcome == AppealOutcome.REVERSED:
        _reverse(session, actor, case, measure, words)
    elif outcome == AppealOutcome.CHANGED:
        _change(session, actor, case, measure, words, days, passages)
    appeal.outcome, appeal.reason = AppealOutcome(outcome), words
    appeal.decided_by_id, appeal.decided_at = actor.account_id, clock.now()
    session.flush()
    events.record(
        session,
        AppealDecided(
            district_id=case.district_id,
            actor=actor.account_id,
            case_id=case.id,
            appeal_id=appeal.id,
            measure_id=measure.id,
            account_id=appeal.account_id,
            decided_by_id=measure.decided_by_id,
            outcome=outcome,
        ),
    )
    return appeal


def _reverse(session: Session, actor: Actor, case: ModerationCase, measure: ModerationMeasure, reason: str) -> None:
    """All as before: words back, suspension ended, and the reports no longer count as right."""
    if measure.kind in (MeasureKind.HIDE, MeasureKind.REDACT) and case.mark is not None:
        let_go(session, actor, case)
    note_measure(
        session, actor, case, MeasureKind.RESTORE, ground=measure.ground, reason=reason, reverses_id=measure.id
    )
    if measure.kind == MeasureKind.SUSPEND:
        _suspend_anew(session, actor, case)
    session.execute(
        update(ModerationReport).where(ModerationReport.measure_id == measure.id).values(outcome=Outcome.REJECTED)
    )


def _change(
    session: Session,
    actor: Actor,
    case: ModerationCase,
    measure: ModerationMeasure,
    reason: str,
    days: int | None,
    passages: Sequence[str],
) -> None:
    if measure.kind == MeasureKind.WARN:
        raise Invalid.of("outcome", _l("A warning is the mildest measure: uphold or reverse it."))
    if measure.kind == MeasureKind.SUSPEND:
        if days not in rules.SUSPENSIONS or days >= (measure.days or 0):
            raise Invalid.of("days", _l("Choose a shorter suspension."))
        note_measure(
            session, actor, case, MeasureKind.SUSPEND, ground=measure.ground, reason=reason, days=days,
            reverses_id=measure.id,
        )  # fmt: skip
        _suspend_anew(session, actor, case)
        return
    if case.mark not in (Mark.HIDDEN, Mark.REDACTED):
        raise Conflict(_l("This is shown already."))
    if not passages:
        let_go(session, actor, case)
        note_measure(
            session, actor, case, MeasureKind.WARN, ground=measure.ground, reason=reason, reverses_id=measure.id
        )
        return
    subject, thing = thing_of(session, case)
    covered = rules.cover(own_words(session, case, subject, thing), passages)
    note_measure(
        session, actor, case, MeasureKind.REDACT, ground=measure.ground, reason=reason,
        passages=tuple(passages), reverses_id=measure.id,
    )  # fmt: skip
    withhold_pictures(session, case, {})
    subject.replace(session, actor, thing, covered, Mark.REDACTED, measure.ground)
    case.mark = Mark.REDACTED


def _suspend_anew(session: Session, actor: Actor, case: ModerationCase) -> None:
    if case.author_id is not None:
        account = session.get_one(Account, case.author_id)
        suspend_account(session, actor, account, until=still_suspended(session, account.id))


def escalate_overdue(session: Session) -> int:
    """Hand appeals nobody decided in time to the administrators, once; returns how many."""
    overdue = session.scalars(
        select(ModerationAppeal)
        .where(
            ModerationAppeal.outcome.is_(None),
            ModerationAppeal.escalated_at.is_(None),
            ModerationAppeal.due_at < clock.now(),
        )
        .with_for_update(skip_locked=True)
    ).all()
    for appeal in overdue:
        appeal.escalated_at = clock.now()
        events.record(
            session,
            AppealOverdue(
                district_id=appeal.district_id,
                case_id=appeal.case_id,
                appeal_id=appeal.id,
                measure_id=appeal.measure_id,
            ),
        )
    session.flush()
    return len(overdue)
