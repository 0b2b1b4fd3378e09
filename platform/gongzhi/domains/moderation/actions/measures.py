"""What moderators do: claim, decide, look at originals; and what ends by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gongzhi.domains.people.actions import suspend_account
from gongzhi.domains.people.models import Account
from gongzhi.domains.people.queries import admins_in_force
from gongzhi.domains.people.rules import Ground, Mark
from gongzhi.kernel import clock, events
from gongzhi.kernel.errors import Conflict, Invalid, NotPermitted
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import clean_line
from gongzhi.kernel.text import lazy as _l

from .. import rules
from ..events import CaseClaimed
from ..models import (
    CaseState,
    MeasureKind,
    ModerationCase,
    ModerationMeasure,
    ModerationReport,
    OriginalLook,
    Outcome,
)
from ..permissions import DECIDE_CASE, READ_ORIGINAL
from ..queries import conflict_of_interest, originals, system_for
from .steps import (
    checked_reason,
    keep_originals,
    let_go,
    note_measure,
    own_words,
    role_of,
    thing_of,
    withhold_pictures,
)

CLAIMED = _l("Another moderator is working on this.")
UPHOLDING = (MeasureKind.HIDE, MeasureKind.REDACT, MeasureKind.WARN, MeasureKind.SUSPEND)


def lock_case(session: Session, actor: Actor, case: ModerationCase) -> None:
    """Lock the case for a decision. Raises `NotPermitted` for a party, `Conflict` where somebody else works."""
    session.refresh(case, with_for_update=True)
    require(actor, DECIDE_CASE, case)
    if reason := conflict_of_interest(session, actor, case):
        raise NotPermitted(reason)
    busy = case.claimed_until is not None and case.claimed_until > clock.now()
    if busy and case.claimed_by_id != actor.account_id:
        raise Conflict(CLAIMED)


def claim(session: Session, actor: Actor, case: ModerationCase) -> None:
    """Take a case for half an hour; again by the same person: give it back."""
    lock_case(session, actor, case)
    if case.claimed_by_id == actor.account_id and case.claimed_until is not None:
        case.claimed_by_id = case.claimed_until = None
    else:
        case.claimed_by_id, case.claimed_until = actor.account_id, clock.now() + rules.CLAIM
    session.flush()
    events.record(session, CaseClaimed(district_id=case.district_id, actor=actor.account_id, case_id=case.id))


def decide(
    session: Session,
    actor: Actor,
    case: ModerationCase,
    *,
    kind: str,
    ground: str,
    reason: str,
    passages: Sequence[str] = (),
    days: int | None = None,
) -> ModerationMeasure:
    """Take a measure on a case, with its ground and the reason the author reads.

    Locks the case. Every measure is written down for good; the author is told, and so are those who reported.
    Raises `Invalid` by field, `NotPermitted` for a party, `Conflict` in a state that does not allow it.
    """
    lock_case(session, actor, case)
    if kind not in rules.BY_HAND:
        raise Invalid.of("kind", _l("This is not one of the choices."))
    if ground not in tuple(Ground):
        raise Invalid.of("ground", _l("This is not one of the choices."))
    words = checked_reason(reason)
    if kind in (MeasureKind.HIDE, MeasureKind.REDACT):
        measure = _cover(session, actor, case, MeasureKind(kind), ground, words, passages)
    elif kind == MeasureKind.SUSPEND:
        measure = _suspend(session, actor, case, ground, words, days)
    else:
        measure = _speak(session, actor, case, MeasureKind(kind), ground, words)
    _close(session, case, measure)
    return measure


def _cover(
    session: Session,
    actor: Actor,
    case: ModerationCase,
    kind: MeasureKind,
    ground: str,
    reason: str,
    passages: Sequence[str],
) -> ModerationMeasure:
    subject, thing = thing_of(session, case)
    words = own_words(session, case, subject, thing)
    if kind == MeasureKind.HIDE:
        if case.mark == Mark.HIDDEN:
            raise Conflict(_l("This is hidden already."))
        shown = {part: rules.placeholder(part, text, ground) for part, text in words.items()}
        mark = Mark.HIDDEN
    else:
        shown, mark = rules.cover(words, passages), Mark.REDACTED
    measure = note_measure(session, actor, case, kind, ground=ground, reason=reason, passages=tuple(passages))
    if case.originals_of is None:
        keep_originals(session, case, measure, words)
    withhold_pictures(session, case, words if mark == Mark.HIDDEN else {})
    subject.replace(session, actor, thing, shown, mark, ground)
    case.mark, case.held_until = mark, None
    return measure


def _suspend(
    session: Session, actor: Actor, case: ModerationCase, ground: str, reason: str, days: int | None
) -> ModerationMeasure:
    account = session.get(Account, case.author_id) if case.author_id else None
    if account is None:
        raise Conflict(_l("Nobody here is its author."))
    if account.id in {grant.account_id for grant in admins_in_force(session, account.district_id)}:
        raise Conflict(_l("An administrator cannot be suspended here; another administrator takes the role back."))
    length = rules.check_days(days, earlier=len(suspensions(session, account.id)), ground=ground)
    _end_hold(session, actor, case)
    measure = note_measure(session, actor, case, MeasureKind.SUSPEND, ground=ground, reason=reason, days=length)
    suspend_account(session, actor, account, until=still_suspended(session, account.id))
    return measure


def suspensions(session: Session, account_id: str) -> list[ModerationMeasure]:
    """The suspensions of an account that no appeal has undone."""
    undone = select(ModerationMeasure.reverses_id).where(ModerationMeasure.reverses_id.is_not(None))
    return list(
        session.scalars(
            select(ModerationMeasure).where(
                ModerationMeasure.account_id == account_id,
                ModerationMeasure.kind == MeasureKind.SUSPEND,
                ModerationMeasure.id.not_in(undone),
            )
        )
    )


def still_suspended(session: Session, account_id: str) -> datetime | None:
    """Until when the account's suspensions last; None when none is in force."""
    ends = [one.at + timedelta(days=one.days or 0) for one in suspensions(session, account_id)]
    last = max(ends, default=None)
    return last if last is not None and last > clock.now() else None


def _speak(
    session: Session, actor: Actor, case: ModerationCase, kind: MeasureKind, ground: str, reason: str
) -> ModerationMeasure:
    """Warn, take no measure, or show again."""
    covered = case.mark in (Mark.HIDDEN, Mark.REDACTED)
    if kind == MeasureKind.RESTORE and case.mark is None:
        raise Conflict(_l("This is shown already."))
    if kind == MeasureKind.DISMISS and covered:
        raise Conflict(_l("It is covered: show it again, or leave it."))
    if kind == MeasureKind.WARN and case.author_id is None:
        raise Conflict(_l("Nobody here is its author."))
    if kind in (MeasureKind.RESTORE, MeasureKind.DISMISS):
        let_go(session, actor, case)
    else:
        _end_hold(session, actor, case)
    return note_measure(session, actor, case, kind, ground=ground, reason=reason)


def _end_hold(session: Session, actor: Actor, case: ModerationCase) -> None:
    if case.mark == Mark.HELD:
        let_go(session, actor, case)


def _close(session: Session, case: ModerationCase, measure: ModerationMeasure) -> None:
    """Decided: whoever reported it is answered, and their record moves with it."""
    case.state, case.decided_at, case.ground = CaseState.DECIDED, clock.now(), measure.ground
    case.claimed_by_id = case.claimed_until = None
    case.is_urgent = False
    outcome = Outcome.UPHELD if measure.kind in UPHOLDING else Outcome.REJECTED
    session.execute(
        update(ModerationReport)
        .where(ModerationReport.case_id == case.id, ModerationReport.outcome.is_(None))
        .values(outcome=outcome, measure_id=measure.id)
    )
    session.flush()


def release_expired(session: Session) -> int:
    """Show again what nobody has decided in 24 hours, and never hold these words again; returns how many."""
    over = session.scalars(
        select(ModerationCase)
        .where(ModerationCase.mark == Mark.HELD, ModerationCase.held_until <= clock.now())
        .with_for_update(skip_locked=True)
    ).all()
    for case in over:
        system = system_for(case)
        let_go(session, system, case)
        note_measure(
            session,
            system,
            case,
            MeasureKind.RELEASE,
            ground=case.ground,
            reason=rules.RELEASE_REASON.msgid,
        )
    return len(over)


def look_at_originals(session: Session, actor: Actor, case: ModerationCase) -> dict[str, str]:
    """The author's own words of a case. Who looked, in which role and when, is noted first and for good."""
    require(actor, READ_ORIGINAL, case)
    session.add(
        OriginalLook(
            district_id=case.district_id,
            case_id=case.id,
            reader_id=actor.account_id,
            role=role_of(actor, case),
            at=clock.now(),
        )
    )
    session.flush()
    kept = originals(session, case.originals_of)
    if kept:
        return kept
    subject, thing = thing_of(session, case)
    return subject.words(session, thing)


def passages_of(text: str) -> list[str]:
    """The passages to cover, one a line, as typed or selected."""
    return [passage for line in text.splitlines() if (passage := clean_line(line))]
