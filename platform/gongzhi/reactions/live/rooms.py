"""Which topics the rooms have, and what their events become: the one table that knows both sides."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gongzhi.domains.ballots import events as ballot_events
from gongzhi.domains.ballots.models import Ballot
from gongzhi.domains.ballots.permissions import READ_BALLOT
from gongzhi.domains.ballots.queries import access_ballot, live_state
from gongzhi.domains.comments import events as comment_events
from gongzhi.domains.comments.queries import access_comment, view_of
from gongzhi.domains.decisions import events as decision_events
from gongzhi.domains.decisions.models import Decision
from gongzhi.domains.decisions.permissions import READ_DECISION
from gongzhi.domains.decisions.queries import access_decision
from gongzhi.domains.initiatives import events as initiative_events
from gongzhi.domains.initiatives.models import Initiative
from gongzhi.domains.initiatives.permissions import READ_INITIATIVE
from gongzhi.domains.initiatives.queries import access_initiative
from gongzhi.domains.issues import events as issue_events
from gongzhi.domains.issues.models import Issue
from gongzhi.domains.issues.permissions import WATCH_OFFICE
from gongzhi.domains.issues.queries import access_issue, tally
from gongzhi.domains.moderation.permissions import WORK_QUEUE
from gongzhi.domains.people.models import Organisation
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.policy import PUBLIC, SIGNED_IN, Actor

from .topics import Topic, register_message, register_topic


def register_rooms() -> None:
    """Fill the registries; safe to repeat."""
    register_topic(Topic("me", SIGNED_IN, "notice", public=False, personal=True))
    register_topic(Topic("office", WATCH_OFFICE, "notice", load=_office, public=False))
    register_topic(Topic("moderation", WORK_QUEUE, "notice", public=False))
    register_topic(Topic("issue", PUBLIC, "status", load=access_issue, state=_issue_state, tally=_issue_tally))
    register_topic(Topic("issues", PUBLIC, "status"))
    register_topic(Topic("decision", READ_DECISION, "decision", load=access_decision, state=_decision_state))
    register_topic(Topic("decisions", PUBLIC, "decision"))
    register_topic(
        Topic(
            "ballot",
            READ_BALLOT,
            "ballot",
            load=access_ballot,
            state=_ballot_state,
            tally=_ballot_state,
            tally_name="ballot",
        )
    )
    register_topic(Topic("ballots", PUBLIC, "ballot"))
    register_topic(Topic("initiative", READ_INITIATIVE, "status", load=access_initiative, state=_initiative_state))
    register_topic(Topic("initiatives", PUBLIC, "status"))

    register_message(issue_events.VoteCast, "tally", only="issue")
    register_message(issue_events.IssueMerged, "tally", only="issue")
    register_message(issue_events.IssueMerged, "status", _issue)
    register_message(issue_events.IssueAnswered, "answer", _answer)
    for changed in (
        issue_events.IssuePublished,
        issue_events.IssueEdited,
        issue_events.IssueStateChanged,
        issue_events.IssueRated,
        issue_events.IssueReopened,
        issue_events.IssueEscalated,
        issue_events.IssueModerated,
    ):
        register_message(changed, "status", _issue)
    for decided in (
        decision_events.DecisionOnNotice,
        decision_events.DecisionPublished,
        decision_events.DecisionDone,
        decision_events.DecisionWithdrawn,
        decision_events.DecisionRated,
        decision_events.ObjectionChanged,
        decision_events.ObjectionModerated,
    ):
        register_message(decided, "decision", _decision)
    register_message(decision_events.DecisionProgress, "progress", _decision)
    register_message(initiative_events.InitiativeJoined, "joined", _initiative)
    register_message(initiative_events.InitiativeLeft, "joined", _initiative)
    for worked in (
        initiative_events.StepChanged,
        initiative_events.UpdatePosted,
        initiative_events.PledgeSettled,
        initiative_events.InitiativeClosed,
    ):
        register_message(worked, "progress", _initiative)
    for altered in (
        initiative_events.InitiativeStarted,
        initiative_events.InitiativeChanged,
        initiative_events.InitiativeModerated,
        initiative_events.InitiativeRated,
    ):
        register_message(altered, "status", _initiative)
    register_message(ballot_events.BallotVoteCast, "ballot", only="ballot", coalesced=True)
    for balloted in (
        ballot_events.BallotOpened,
        ballot_events.BallotStarted,
        ballot_events.BallotCancelled,
        ballot_events.BallotCertified,
    ):
        register_message(balloted, "ballot", _ballot)
    register_message(ballot_events.BallotMovedOn, "ballot", _ballot)
    for said in (
        comment_events.CommentPosted,
        comment_events.CommentEdited,
        comment_events.CommentRemoved,
        comment_events.CommentModerated,
        comment_events.CommentReacted,
    ):
        register_message(said, "comment", _comment)


def _office(session: Session, actor: Actor, office_id: str) -> Organisation:
    office = session.get(Organisation, office_id)
    if office is None or office.district_id != actor.district_id:
        raise NotFound
    return office


def _issue_tally(session: Session, _actor: Actor, issue: Issue) -> dict[str, Any]:
    return tally(session, issue.id)


def _issue_state(session: Session, _actor: Actor, issue: Issue) -> dict[str, Any]:
    return {"tally": tally(session, issue.id), **_about(issue)}


def _issue(session: Session, visitor: Actor, happened: Any) -> dict[str, Any]:
    return _about(access_issue(session, visitor, happened.issue_id))


def _about(issue: Issue) -> dict[str, Any]:
    return {
        "issue_id": issue.id,
        "title": issue.title,
        "status": issue.state,
        "office_id": issue.office_id,
        "comment_count": issue.comment_count,
    }


def _answer(session: Session, visitor: Actor, happened: issue_events.IssueAnswered) -> dict[str, Any]:
    about = _about(access_issue(session, visitor, happened.issue_id))
    return {**about, "answer_id": happened.answer_id, "office_id": happened.office_id}


def _comment(session: Session, visitor: Actor, happened: Any) -> dict[str, Any]:
    """The comment as everybody may read it now; only its id when it is gone or hidden."""
    about = {"id": happened.comment_id}
    try:
        access_comment(session, visitor, happened.comment_id)
    except NotFound:
        return {**about, "removed": True}
    view = view_of(session, visitor, happened.comment_id)
    return {
        **about,
        "parent": view.parent_id,
        "author": view.author_name,
        "organisation": view.organisation_name_zh,
        "official": view.is_official,
        "stance": view.stance,
        "body": view.body,
        "agree": view.agree,
        "disagree": view.disagree,
        "removed": view.removed,
        "moderation": view.mark,
        "moderation_ground": view.mark_ground,
        "created_at": view.created_at.isoformat(),
    }


def _decision_state(_session: Session, _actor: Actor, decision: Decision) -> dict[str, Any]:
    return {
        "decision_id": decision.id,
        "title": decision.title,
        "status": decision.state,
        "comment_count": decision.comment_count,
    }


def _decision(session: Session, visitor: Actor, happened: decision_events.DecisionEvent) -> dict[str, Any]:
    return _decision_state(session, visitor, access_decision(session, visitor, happened.decision_id))


def _ballot_state(session: Session, visitor: Actor, ballot: Ballot) -> dict[str, Any]:
    return live_state(session, visitor, ballot)


def _ballot(session: Session, visitor: Actor, happened: ballot_events.BallotEvent) -> dict[str, Any]:
    return live_state(session, visitor, access_ballot(session, visitor, happened.ballot_id))


def _initiative_state(_session: Session, _actor: Actor, initiative: Initiative) -> dict[str, Any]:
    return {
        "initiative_id": initiative.id,
        "title": initiative.title,
        "status": initiative.state,
        "participants": {
            "resident": initiative.residents,
            "enterprise": initiative.enterprises,
            "ngo": initiative.ngos,
            "government": initiative.offices,
        },
    }


def _initiative(session: Session, visitor: Actor, happened: initiative_events.InitiativeEvent) -> dict[str, Any]:
    return _initiative_state(session, visitor, access_initiative(session, visitor, happened.initiative_id))
