"""Which topics the rooms have, and what their events become: the one table that knows both sides."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gongzhi.domains.comments import events as comment_events
from gongzhi.domains.comments.queries import access_comment, view_of
from gongzhi.domains.issues import events as issue_events
from gongzhi.domains.issues.models import Issue
from gongzhi.domains.issues.permissions import WATCH_OFFICE
from gongzhi.domains.issues.queries import access_issue, tally
from gongzhi.domains.people.models import Organisation
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.policy import PUBLIC, SIGNED_IN, Actor

from .topics import Topic, register_message, register_topic


def register_rooms() -> None:
    """Fill the registries; safe to repeat."""
    register_topic(Topic("me", SIGNED_IN, "notice", public=False, personal=True))
    register_topic(Topic("office", WATCH_OFFICE, "notice", load=_office, public=False))
    register_topic(Topic("issue", PUBLIC, "status", load=access_issue, state=_issue_state, tally=_issue_tally))
    register_topic(Topic("issues", PUBLIC, "status"))

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
    ):
        register_message(changed, "status", _issue)
    for said in (
        comment_events.CommentPosted,
        comment_events.CommentEdited,
        comment_events.CommentRemoved,
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
        "created_at": view.created_at.isoformat(),
    }
