"""Drafting: the words, what they rest on, what they promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gongzhi.domains.comments.models import Comment
from gongzhi.domains.decisions import rules
from gongzhi.domains.decisions.actions.steps import check_version, note_step
from gongzhi.domains.decisions.models import (
    Adoption,
    Commitment,
    Decision,
    DecisionComment,
    DecisionIssue,
    DecisionState,
)
from gongzhi.domains.decisions.permissions import DRAFT_DECISION, EDIT_DECISION
from gongzhi.domains.decisions.queries import wrote_on
from gongzhi.domains.decisions.rules import Promise, Words
from gongzhi.domains.issues.models import Issue
from gongzhi.domains.issues.queries.people import title_of
from gongzhi.domains.people.models import Organisation
from gongzhi.domains.places.models import Place
from gongzhi.kernel import clock
from gongzhi.kernel.errors import AlreadyClosed, Invalid
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import clean_line
from gongzhi.kernel.text import lazy as _l

MOST_ISSUES = 50


def draft_decision(
    session: Session,
    actor: Actor,
    place: Place,
    words: Words,
    *,
    issues: Sequence[Issue],
    promises: Sequence[Promise] = (),
    responsible: Organisation | None = None,
    attachments: Sequence[dict[str, Any]] = (),
) -> Decision:
    """A draft of one's own office, seen by that office only. Raises `Invalid` field by field."""
    require(actor, DRAFT_DECISION, place)
    words = rules.checked(words)
    office_id = actor.organisation_id
    assert office_id is not None
    decision = Decision(
        district_id=place.district_id,
        place_id=place.id,
        place_path=place.path,
        office_id=office_id,
        author_id=actor.account_id,
        author_title=title_of(session, actor),
        responsible_id=_responsible(actor, responsible, office_id),
        attachments=list(attachments),
        created_at=clock.now(),
        notice_days=words.notice_days,
        title=words.title,
        body=words.body,
        state=DecisionState.DRAFT,
    )
    _set_words(decision, words)
    session.add(decision)
    session.flush()
    note_step(session, actor, decision, "create", DecisionState.DRAFT)
    _set_issues(session, actor, decision, issues)
    _set_promises(session, decision, promises)
    return decision


def edit_decision(
    session: Session,
    actor: Actor,
    decision: Decision,
    words: Words,
    *,
    version: int,
    issues: Sequence[Issue],
    promises: Sequence[Promise],
    responsible: Organisation | None = None,
    adoptions: Mapping[str, tuple[Adoption, str]] | None = None,
    attachments: Sequence[dict[str, Any]] | None = None,
) -> Decision:
    """Change a draft. `Stale` for an older version, `AlreadyClosed` once it is submitted.

    Whoever writes on it is noted, as they cannot be the second official who reviews it.
    """
    session.refresh(decision, with_for_update=True)
    require(actor, EDIT_DECISION, decision)
    if decision.state != DecisionState.DRAFT:
        raise AlreadyClosed(_l("Only a draft can be edited."))
    check_version(decision, version)
    _set_words(decision, rules.checked(words))
    decision.responsible_id = _responsible(actor, responsible, decision.office_id)
    if attachments is not None:
        decision.attachments = list(attachments)
    _set_issues(session, actor, decision, issues)
    _set_promises(session, decision, promises)
    if adoptions is not None:
        _set_adoptions(session, decision, adoptions)
    if not wrote_on(session, actor, decision):
        note_step(session, actor, decision, "edit", DecisionState.DRAFT)
    decision.version += 1
    return decision


def _responsible(actor: Actor, responsible: Organisation | None, office_id: str) -> str:
    if responsible is None:
        return office_id
    if responsible.district_id != actor.district_id or responsible.kind != "government":
        raise Invalid.of("responsible", _l("Choose an office of this district."))
    return responsible.id


def _set_words(decision: Decision, words: Words) -> None:
    decision.title, decision.body, decision.grounds = words.title, words.body, words.grounds
    decision.adopted, decision.not_adopted = words.adopted, words.not_adopted
    decision.money_fen, decision.money_source = words.money_fen, words.money_source
    decision.notice_days = words.notice_days


def _set_issues(session: Session, actor: Actor, decision: Decision, issues: Sequence[Issue]) -> None:
    if len(issues) > MOST_ISSUES:
        raise Invalid.of("issues", _l("At most 50 issues."))
    if any(issue.district_id != actor.district_id for issue in issues):
        raise Invalid.of("issues", _l("There is no such issue."))
    session.execute(delete(DecisionIssue).where(DecisionIssue.decision_id == decision.id))
    for issue_id in dict.fromkeys(issue.id for issue in issues):
        session.add(DecisionIssue(decision_id=decision.id, issue_id=issue_id))


def _set_promises(session: Session, decision: Decision, promises: Sequence[Promise]) -> None:
    cleaned = rules.checked_promises(tuple(promises), clock.today())
    session.execute(delete(Commitment).where(Commitment.decision_id == decision.id))
    for position, promise in enumerate(cleaned, start=1):
        session.add(
            Commitment(
                decision_id=decision.id,
                position=position,
                text=promise.text,
                responsible=promise.responsible,
                due_on=promise.due_on,
            )
        )


def _set_adoptions(session: Session, decision: Decision, adoptions: Mapping[str, tuple[Adoption, str]]) -> None:
    linked = select(DecisionIssue.issue_id).where(DecisionIssue.decision_id == decision.id)
    known = set(
        session.scalars(
            select(Comment.id).where(
                Comment.id.in_(tuple(adoptions)), Comment.subject_kind == "issue", Comment.subject_id.in_(linked)
            )
        )
    )
    if known != set(adoptions):
        raise Invalid.of("comments", _l("A comment does not belong to the issues this rests on."))
    session.execute(delete(DecisionComment).where(DecisionComment.decision_id == decision.id))
    for comment_id, (adoption, reason) in adoptions.items():
        words = clean_line(reason)
        if adoption != Adoption.ADOPTED and not words:
            raise Invalid.of("comments", _l("Say why a comment was not or only partly adopted."))
        session.add(
            DecisionComment(decision_id=decision.id, comment_id=comment_id, adoption=adoption, reason=words[:500])
        )
