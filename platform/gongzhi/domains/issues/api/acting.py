"""Operations that change issues: publish, edit, vote, answer, rate, reopen, and the steps of an office."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gongzhi.kernel.api import operation
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.guard import actor
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..models import Choice, Issue, Source
from ..permissions import (
    ANSWER_ISSUE,
    CAST_VOTE,
    EDIT_ISSUE,
    FOLLOW_ISSUE,
    MERGE_ISSUES,
    PUBLISH_ISSUE,
    RATE_ISSUE,
    READ_DESK,
    REOPEN_ISSUE,
    WITHDRAW_ISSUE,
)
from ..queries import access_issue
from .reading import answer_out
from .shapes import (
    AnswerIn,
    AnswerOut,
    IssueIn,
    IssueOut,
    IssuePatch,
    MergeIn,
    NoteIn,
    PhotoIn,
    RatingIn,
    ReasonIn,
    ReopenOut,
    StepIn,
    TallyOut,
    VoteIn,
)


@operation("POST", "/issues", PUBLISH_ISSUE, body=IssueIn, answer=IssueOut, status=201, tag="issues")
def publish_issue(body: IssueIn) -> IssueOut:
    """Publish an issue; it is routed to the responsible office"""
    with write() as current:
        issue = actions.publish_issue(
            current,
            actor(),
            category_id=body.category,
            place_id=body.place,
            title=body.title,
            body=body.body,
            latitude=body.latitude,
            longitude=body.longitude,
            photos=_photos(body.photos),
            source=Source.API,
        )
        issue_id = issue.id
    return _shown(issue_id)


@operation(
    "PATCH", "/issues/<issue_id>", EDIT_ISSUE, body=IssuePatch, answer=IssueOut, tag="issues", issue=access_issue
)
def edit_issue(issue: Issue, body: IssuePatch) -> IssueOut:
    """Change one's own issue until an office accepts it"""
    issue_id = issue.id
    with write() as current:
        actions.edit_issue(
            current,
            actor(),
            issue,
            version=body.version,
            title=body.title,
            body=body.body,
            category_id=body.category,
            place_id=body.place,
            latitude=body.latitude,
            longitude=body.longitude,
            photos=None if body.photos is None else _photos(body.photos),
            note=body.note,
        )
    return _shown(issue_id)


@operation(
    "POST",
    "/issues/<issue_id>/notes",
    EDIT_ISSUE,
    body=NoteIn,
    answer=IssueOut,
    status=201,
    tag="issues",
    issue=access_issue,
)
def add_note(issue: Issue, body: NoteIn) -> IssueOut:
    """Add a note to one's own issue"""
    issue_id = issue.id
    with write() as current:
        actions.add_note(current, actor(), issue, text=body.note, version=body.version)
    return _shown(issue_id)


@operation(
    "POST",
    "/issues/<issue_id>/withdraw",
    WITHDRAW_ISSUE,
    body=ReasonIn,
    answer=IssueOut,
    tag="issues",
    issue=access_issue,
)
def withdraw_issue(issue: Issue, body: ReasonIn) -> IssueOut:
    """Withdraw one's own issue"""
    issue_id = issue.id
    with write() as current:
        actions.withdraw_issue(current, actor(), issue, reason=body.reason, version=body.version)
    return _shown(issue_id)


@operation("PUT", "/issues/<issue_id>/vote", CAST_VOTE, body=VoteIn, answer=TallyOut, tag="issues")
def cast_vote(issue_id: str, body: VoteIn) -> TallyOut:
    """Support, oppose or be neutral; the last choice counts"""
    # The issue is looked for with the vote, in the same transaction.
    return TallyOut.model_validate(actions.vote_now(actor(), issue_id, choice=body.choice))


@operation("DELETE", "/issues/<issue_id>/vote", CAST_VOTE, answer=TallyOut, tag="issues")
def retract_vote(issue_id: str) -> TallyOut:
    """Take one's vote back"""
    return TallyOut.model_validate(actions.vote_now(actor(), issue_id, choice=Choice.NONE))


@operation("PUT", "/issues/<issue_id>/follow", FOLLOW_ISSUE, status=204, tag="issues", issue=access_issue)
def follow_issue(issue: Issue) -> None:
    """Follow an issue"""
    with write() as current:
        actions.follow_issue(current, actor(), issue)


@operation("DELETE", "/issues/<issue_id>/follow", FOLLOW_ISSUE, status=204, tag="issues", issue=access_issue)
def unfollow_issue(issue: Issue) -> None:
    """Follow it no more"""
    with write() as current:
        actions.unfollow_issue(current, actor(), issue)


@operation(
    "POST",
    "/issues/<issue_id>/answers",
    ANSWER_ISSUE,
    body=AnswerIn,
    answer=AnswerOut,
    status=201,
    tag="issues",
    issue=access_issue,
)
def answer_issue(issue: Issue, body: AnswerIn) -> AnswerOut:
    """Answer an issue on behalf of the responsible office; one not yet accepted is accepted on the way"""
    with write() as current:
        answer = actions.answer_issue(
            current,
            actor(),
            issue,
            body=body.body,
            next_step=body.next_step,
            next_step_due=body.next_step_due,
            version=body.version,
        )
        answer_id = answer.id
    links = queries.trace(session(), issue)
    return next(answer_out(link.answer) for link in links if link.answer is not None and link.answer.id == answer_id)


@operation(
    "POST", "/issues/<issue_id>/steps", READ_DESK, body=StepIn, answer=IssueOut, tag="issues", issue=access_issue
)
def take_step(issue: Issue, body: StepIn) -> IssueOut:
    """A step of the responsible office: accept, start, pause, resume, extend, resolve, decline, route, triage"""
    issue_id = issue.id
    with write() as current:
        _step(current, issue, body)
    return _shown(issue_id)


def _step(current: Session, issue: Issue, body: StepIn) -> None:
    who, version = actor(), body.version
    match body.action:
        case "accept":
            actions.accept_issue(current, who, issue, version=version)
        case "start":
            actions.start_work(current, who, issue, note=body.reason, version=version)
        case "pause":
            actions.pause_issue(current, who, issue, reason=body.reason, version=version)
        case "resume":
            actions.resume_issue(current, who, issue, version=version)
        case "extend":
            if body.days is None:
                raise Invalid.of("days", _l("This is required."))
            actions.extend_deadline(current, who, issue, days=body.days, reason=body.reason, version=version)
        case "resolve":
            actions.resolve_issue(current, who, issue, reason=body.reason, version=version)
        case "decline":
            actions.declare_not_possible(current, who, issue, reason=body.reason, version=version)
        case "route":
            actions.correct_routing(
                current,
                who,
                issue,
                reason=body.reason,
                office_id=body.office,
                category_id=body.category,
                version=version,
            )
        case "triage":
            if body.triage is None:
                raise Invalid.of("triage", _l("This is required."))
            actions.triage_issue(
                current,
                who,
                issue,
                triage=body.triage,
                reason=body.reason,
                guidance=body.guidance,
                version=version,
            )


@operation(
    "POST", "/issues/<issue_id>/merge", MERGE_ISSUES, body=MergeIn, answer=IssueOut, tag="issues", issue=access_issue
)
def merge_issues(issue: Issue, body: MergeIn) -> IssueOut:
    """Unite this issue with another one, which is answered"""
    with write() as current:
        into = access_issue(current, actor(), body.into)
        into_id = into.id
        actions.merge_issues(current, actor(), issue, into=into, reason=body.reason, version=body.version)
    return _shown(into_id)


@operation(
    "PUT", "/issues/<issue_id>/rating", RATE_ISSUE, body=RatingIn, answer=IssueOut, tag="issues", issue=access_issue
)
def rate_issue(issue: Issue, body: RatingIn) -> IssueOut:
    """Rate the outcome of an issue one wrote or supported"""
    issue_id = issue.id
    with write() as current:
        actions.rate_issue(
            current,
            actor(),
            issue,
            solved=body.solved,
            satisfaction=body.satisfaction,
            comment=body.comment,
        )
    return _shown(issue_id)


@operation(
    "POST", "/issues/<issue_id>/reopen", REOPEN_ISSUE, body=ReasonIn, answer=ReopenOut, tag="issues", issue=access_issue
)
def reopen_issue(issue: Issue, body: ReasonIn) -> ReopenOut:
    """Reopen one's own issue, or ask to together with other supporters"""
    with write() as current:
        return ReopenOut.model_validate(actions.reopen_issue(current, actor(), issue, reason=body.reason))


def _shown(issue_id: str) -> IssueOut:
    return IssueOut.of(queries.access_issue_page(session(), actor(), issue_id))


def _photos(photos: list[PhotoIn]) -> list[actions.PhotoIn]:
    return [actions.PhotoIn(photo.key, photo.alt) for photo in photos]
