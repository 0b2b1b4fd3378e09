"""The voices of those concerned: objections during the notice, ratings afterwards, following."""

from __future__ import annotations

from sqlalchemy import delete, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.domains.decisions.actions.steps import about
from gongzhi.domains.decisions.events import DecisionRated, ObjectionChanged, ObjectionModerated
from gongzhi.domains.decisions.models import Decision, DecisionRating, DecisionState, Objection
from gongzhi.domains.decisions.permissions import (
    MODERATE_OBJECTION,
    OBJECT_DECISION,
    PUBLISH_DECISION,
    RATE_DECISION,
)
from gongzhi.domains.decisions.queries import took_part
from gongzhi.domains.issues.models import Follow, Solved
from gongzhi.kernel import clock, events
from gongzhi.kernel.db import dialect
from gongzhi.kernel.errors import AlreadyClosed, Conflict, Invalid
from gongzhi.kernel.policy import SIGNED_IN, Actor, require
from gongzhi.kernel.text import check_length, clean_text
from gongzhi.kernel.text import lazy as _l

LONGEST_OBJECTION = 2000
LONGEST_COMMENT = 1000
BEST = 5


def object_to(session: Session, actor: Actor, decision: Decision, *, body: str) -> Objection:
    """Raise an objection during the public notice, one a voice in each; it must be answered before publication."""
    session.refresh(decision, with_for_update=True)
    require(actor, OBJECT_DECISION, decision)
    over = decision.notice_until is not None and decision.notice_until < clock.today()
    if decision.state != DecisionState.PUBLIC_NOTICE or over:
        raise AlreadyClosed(_l("Objections are possible during the public notice."))
    words = clean_text(body)
    if wrong := check_length(words, 5, LONGEST_OBJECTION):
        raise Invalid({"body": [wrong]})
    before = session.scalar(
        select(Objection.id).where(
            Objection.decision_id == decision.id,
            Objection.voter_key == actor.voter_key,
            Objection.notice_round == decision.notice_round,
        )
    )
    if before is not None:
        raise Conflict(_l("You have already objected; one objection a person or organisation."))
    objection = Objection(
        decision_id=decision.id,
        voter_key=actor.voter_key,
        notice_round=decision.notice_round,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        body=words,
        at=clock.now(),
    )
    session.add(objection)
    session.flush()
    events.record(session, ObjectionChanged(**about(session, actor, decision), objection_id=objection.id))
    return objection


def answer_objection(session: Session, actor: Actor, objection: Objection, *, answer: str) -> None:
    """Answer an objection in public. Raises `AlreadyClosed` when it has been answered."""
    decision = session.get_one(Decision, objection.decision_id)
    session.refresh(decision, with_for_update=True)
    session.refresh(objection, with_for_update=True)
    require(actor, PUBLISH_DECISION, decision)
    if objection.answered_at is not None:
        raise AlreadyClosed(_l("This objection has been answered."))
    words = clean_text(answer)
    if wrong := check_length(words, 5, LONGEST_OBJECTION):
        raise Invalid({"answer": [wrong]})
    objection.answer, objection.answered_at = words, clock.now()
    objection.answered_by_id = actor.account_id
    events.record(session, ObjectionChanged(**about(session, actor, decision), objection_id=objection.id))


def rate(
    session: Session, actor: Actor, decision: Decision, *, solved: Solved, satisfaction: int, comment: str = ""
) -> None:
    """Rate the outcome, 1 to 5; one a voice, changeable. Only those who took part in its issues."""
    require(actor, RATE_DECISION, decision)
    if decision.state != DecisionState.DONE:
        raise Conflict(_l("A decision is rated once it is carried out."))
    if not took_part(session, actor, decision):
        raise Conflict(_l("Those who wrote, commented or voted on its issues rate a decision."))
    words = clean_text(comment)
    errors = {}
    if not 1 <= satisfaction <= BEST:
        errors["satisfaction"] = [_l("Choose 1 to 5.")]
    if wrong := check_length(words, 0, LONGEST_COMMENT):
        errors["comment"] = [wrong]
    if errors:
        raise Invalid(errors)
    values = {"solved": solved, "satisfaction": satisfaction, "comment": words, "at": clock.now()}
    module = sqlite if dialect(session) == "sqlite" else postgresql
    columns = DecisionRating.__table__.c
    new = session.scalar(
        module.insert(DecisionRating.__table__)
        .values(
            decision_id=decision.id,
            voter_key=actor.voter_key,
            account_id=actor.account_id,
            organisation_id=actor.organisation_id,
            **values,
        )
        .on_conflict_do_update(
            index_elements=["decision_id", "voter_key"],
            set_=values,
            where=or_(*(columns[name] != values[name] for name in ("solved", "satisfaction", "comment"))),
        )
        .returning(literal(1))
    )
    if new is not None:  # None: the same again
        events.record(session, DecisionRated(**about(session, actor, decision), satisfaction=satisfaction))


def follow(session: Session, actor: Actor, decision: Decision, *, on: bool) -> None:
    """Follow or no longer follow a decision. Idempotent."""
    require(actor, SIGNED_IN, decision)
    if not on:
        session.execute(
            delete(Follow).where(
                Follow.subject_kind == "decision",
                Follow.subject_id == decision.id,
                Follow.account_id == actor.account_id,
            )
        )
        return
    module = sqlite if dialect(session) == "sqlite" else postgresql
    session.execute(
        module.insert(Follow.__table__)
        .values(
            subject_kind="decision",
            subject_id=decision.id,
            account_id=actor.account_id,
            district_id=decision.district_id,
            at=clock.now(),
        )
        .on_conflict_do_nothing()
    )


def reword_objection(session: Session, actor: Actor, objection: Objection, *, body: str) -> None:
    """Replace the words of an objection, as moderation decided. It stands all the same and needs its answer."""
    decision = session.get_one(Decision, objection.decision_id)
    session.refresh(objection, with_for_update=True)
    require(actor, MODERATE_OBJECTION, decision)
    objection.body = body
    session.flush()
    told = {**about(session, actor, decision), "actor": None, "organisation": None}
    events.record(session, ObjectionModerated(**told, objection_id=objection.id))
