"""Reporting a thing, and what may follow by itself: a hold until somebody has looked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongzhi.domains.people.actions import spend_allowance
from gongzhi.domains.people.models import AccountSession
from gongzhi.domains.people.rules import Ground, Mark
from gongzhi.kernel import clock, events
from gongzhi.kernel.db import dialect, new_id
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import check_length, clean_text
from gongzhi.kernel.text import lazy as _l

from .. import rules
from ..events import ReportFiled
from ..models import CaseState, MeasureKind, ModerationCase, ModerationReport
from ..permissions import REPORT
from ..queries import (
    About,
    Subject,
    access_reported,
    excerpt_of,
    holds_of_author,
    reporters_of,
    system_for,
)
from .steps import local_now, note_measure

LONGEST_WORDS = 1000
ALREADY = _l("You have reported this already. You will be told what became of it.")


def file_report(
    session: Session, actor: Actor, kind: str, subject_id: str, *, ground: str, words: str = ""
) -> ModerationReport:
    """Report something one can see. One report a person and thing; the author never learns whose it was.

    Locks the case. Outcomes: the report, by which the thing may now be held; `NotFound`, `Invalid`,
    `Conflict` for a second report or a thing hidden already, `TooMany` past the day's allowance.
    """
    require(actor, REPORT)
    subject, thing = access_reported(session, actor, kind, subject_id)
    about = subject.about(session, thing)
    if about.author_id == actor.account_id:
        raise Invalid.of("subject", _l("These are your own words: you can edit them or take them back."))
    if ground not in tuple(Ground):
        raise Invalid.of("ground", _l("This is not one of the choices."))
    text = clean_text(words)
    if wrong := check_length(text, 0, LONGEST_WORDS):
        raise Invalid({"words": [wrong]})
    if ground == Ground.OTHER and not text:
        raise Invalid.of("words", _l("Please say in a few words what is wrong."))
    spend_allowance(session, actor, "report")
    case = open_case(session, actor.district_id, subject, thing, about, ground)
    if case.mark == Mark.HIDDEN:
        raise Conflict(_l("This is hidden already."))
    report = ModerationReport(
        district_id=case.district_id,
        case_id=case.id,
        reporter_id=actor.account_id,
        organisation_id=actor.organisation_id,
        is_official=actor.acts_for_government,
        level=actor.level,
        ground=ground,
        words=text,
        network=_network(session, actor),
        at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(report)
            session.flush()
    except IntegrityError:
        raise Conflict(ALREADY) from None
    first = case.reports == 0
    _count(session, case, subject, thing, ground)
    events.record(
        session,
        ReportFiled(district_id=case.district_id, case_id=case.id, urgent=rules.is_urgent(ground), first=first),
    )
    _hold_if_due(session, case, subject, thing)
    return report


def open_case(
    session: Session, district_id: str, subject: Subject, thing: Any, about: About, ground: str
) -> ModerationCase:
    """The case of a thing, made where there is none, and locked."""
    module: Any = sqlite if dialect(session) == "sqlite" else postgresql
    now = clock.now()
    session.execute(
        module.insert(ModerationCase.__table__)
        .values(
            id=new_id(),
            district_id=district_id,
            subject_kind=subject.kind,
            subject_id=thing.id,
            author_id=about.author_id,
            organisation_id=about.organisation_id,
            office_id=about.office_id,
            place_path=about.place_path,
            state=CaseState.OPEN,
            ground=ground,
            is_urgent=False,
            reports=0,
            weight=0.0,
            excerpt=excerpt_of(subject.words(session, thing)),
            opened_at=now,
            due_at=rules.due_at(ground, local_now()),
        )
        .on_conflict_do_nothing(index_elements=["subject_kind", "subject_id"])
    )
    return session.execute(
        select(ModerationCase)
        .where(ModerationCase.subject_kind == subject.kind, ModerationCase.subject_id == thing.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def _network(session: Session, actor: Actor) -> str:
    if actor.session_id is None:
        return ""
    return session.scalar(select(AccountSession.network).where(AccountSession.id == actor.session_id)) or ""


def _count(session: Session, case: ModerationCase, subject: Subject, thing: Any, ground: str) -> None:
    """One more report; a case that was decided lies open again."""
    due = rules.due_at(ground, local_now())
    if case.state == CaseState.DECIDED:
        case.state, case.opened_at, case.due_at, case.decided_at = CaseState.OPEN, clock.now(), due, None
        case.ground = ground
        case.claimed_by_id = case.claimed_until = None
    else:
        case.ground = rules.most_serious((case.ground, ground))
        case.due_at = min(case.due_at, due)
    case.is_urgent = rules.is_urgent(case.ground)
    case.reports += 1
    if case.mark is None:
        case.excerpt = excerpt_of(subject.words(session, thing))
    session.flush()


def _hold_if_due(session: Session, case: ModerationCase, subject: Subject, thing: Any) -> None:
    """Fold the thing up until somebody has looked, when enough independent voices ask for it.

    Never again for words that were found in order, and not more than three times a week for one author.
    """
    reporters = reporters_of(session, case)
    case.weight = rules.weight(reporters)
    if not subject.can_hold or case.mark is not None or not rules.holds(reporters):
        return
    if case.immune_digest == rules.digest(subject.words(session, thing)):
        return
    if case.author_id and holds_of_author(session, case.author_id, MeasureKind.HOLD) >= rules.HOLDS_PER_AUTHOR:
        return
    system = system_for(case)
    case.mark, case.held_until = Mark.HELD, clock.now() + rules.HOLD
    subject.replace(session, system, thing, {}, Mark.HELD, case.ground)
    note_measure(session, system, case, MeasureKind.HOLD, ground=case.ground, reason=rules.HOLD_REASON.msgid)


def forget_networks(session: Session) -> None:
    """Drop the network marks of reports older than 30 days."""
    session.execute(
        update(ModerationReport)
        .where(ModerationReport.at < clock.now() - rules.KEEP_NETWORKS, ModerationReport.network != "")
        .values(network="")
    )
