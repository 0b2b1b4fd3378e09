"""Who is told what: one table from events to sentences and audiences, each audience one SELECT of accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, false, or_, select, union
from sqlalchemy.orm import Session

from gongzhi.domains.comments.events import CommentEdited, CommentPosted
from gongzhi.domains.comments.models import Comment
from gongzhi.domains.issues import events as issue_events
from gongzhi.domains.issues.models import Choice, Follow, Issue, Vote
from gongzhi.domains.people.events import ContactRemoved, RightsChanged
from gongzhi.domains.people.models import Account, Membership, Organisation
from gongzhi.kernel import clock
from gongzhi.kernel.events import Event
from gongzhi.kernel.masks import mask_name
from gongzhi.reactions.notices.models import NoticeKind
from gongzhi.reactions.notices.of_areas import around

Accounts = Select[str]


@dataclass(frozen=True)
class Message:
    """One sentence to one audience about one thing."""

    kind: NoticeKind
    text: str
    subject_kind: str
    subject_id: str
    accounts: Any
    details: dict[str, Any] = field(default_factory=dict)


Teller = Callable[[Session, Any], list[Message]]
_tellers: dict[type[Event], Teller] = {}


def teller(cls: type[Event]) -> Callable[[Teller], Teller]:
    """Register the function that says who is told of an event of this class."""

    def register(tell: Teller) -> Teller:
        _tellers[cls] = tell
        return tell

    return register


def messages(session: Session, happened: Event) -> list[Message]:
    """What to tell of an event; the first message an account is in wins."""
    tell = _tellers.get(type(happened))
    return tell(session, happened) if tell else []


def who(session: Session, happened: Event) -> str:
    """The organisation acted for, else the person, masked as everywhere."""
    if happened.organisation:
        return session.scalar(select(Organisation.name_zh).where(Organisation.id == happened.organisation)) or ""
    return mask_name(session.scalar(select(Account.name).where(Account.id == happened.actor)) or "")


def of_issue(issue_id: str) -> Any:
    """Author, voters, commenters and followers of an issue."""
    return union(
        select(Issue.author_id).where(Issue.id == issue_id, Issue.author_id.is_not(None)),
        select(Vote.account_id).where(Vote.issue_id == issue_id, Vote.choice != Choice.NONE),
        commenters("issue", issue_id),
        followers("issue", issue_id),
    )


def commenters(kind: str, subject_id: str) -> Accounts:
    """Who wrote in a thread."""
    return select(Comment.account_id).where(Comment.subject_kind == kind, Comment.subject_id == subject_id)


def followers(kind: str, subject_id: str) -> Accounts:
    """Who follows a thing."""
    return select(Follow.account_id).where(Follow.subject_kind == kind, Follow.subject_id == subject_id)


def members(office_id: str | None) -> Accounts:
    """Who may act for an office now."""
    if office_id is None:
        return select(Membership.account_id).where(false())
    return select(Membership.account_id).where(
        Membership.organisation_id == office_id,
        Membership.ended_at.is_(None),
        or_(Membership.ends_at.is_(None), Membership.ends_at > clock.now()),
    )


def just(*accounts: str) -> Accounts:
    """These accounts."""
    return select(Account.id).where(Account.id.in_(accounts))


def _title(session: Session, issue_id: str) -> dict[str, Any]:
    return {"title": session.scalar(select(Issue.title).where(Issue.id == issue_id)) or ""}


def _issue(session: Session, happened: Any, kind: NoticeKind, text: str, accounts: Any, **details: Any) -> Message:
    return Message(kind, text, "issue", happened.issue_id, accounts, {**_title(session, happened.issue_id), **details})


@teller(issue_events.IssuePublished)
def _published(session: Session, happened: issue_events.IssuePublished) -> list[Message]:
    task = _issue(session, happened, NoticeKind.TASK, "issue.new_task", members(happened.office_id))
    found = session.execute(
        select(Issue.place_path, Issue.latitude, Issue.longitude).where(Issue.id == happened.issue_id)
    ).first()
    if found is None:
        return [task]
    position = (found.latitude, found.longitude) if found.latitude is not None else None
    near = around(happened.district_id, found.place_path, position)
    return [task, _issue(session, happened, NoticeKind.AREA, "area.issue", near)]


@teller(issue_events.IssueAnswered)
def _answered(session: Session, happened: issue_events.IssueAnswered) -> list[Message]:
    told = of_issue(happened.issue_id)
    author = select(Issue.author_id).where(Issue.id == happened.issue_id)
    by = who(session, happened)
    return [
        _issue(session, happened, NoticeKind.ANSWER, "issue.answered_yours", author, who=by),
        _issue(session, happened, NoticeKind.ANSWER, "issue.answered", told, who=by),
    ]


STATE_TEXTS = {
    "accept": "issue.accept",
    "start": "issue.start",
    "resolve": "issue.resolve",
    "declare_not_possible": "issue.not_possible",
    "not_possible": "issue.not_possible",
    "pause": "issue.pause",
}
QUIET = {"assign", "note", "add_note", "follow"}


@teller(issue_events.IssueStateChanged)
def _state(session: Session, happened: issue_events.IssueStateChanged) -> list[Message]:
    found = []
    if happened.office_id and happened.previous_office_id not in (None, happened.office_id):
        found.append(_issue(session, happened, NoticeKind.TASK, "issue.new_task", members(happened.office_id)))
    if happened.action not in QUIET:
        text = STATE_TEXTS.get(happened.action, "issue.changed")
        found.append(_issue(session, happened, NoticeKind.STATUS, text, of_issue(happened.issue_id)))
    return found


@teller(issue_events.IssueMerged)
def _merged(session: Session, happened: issue_events.IssueMerged) -> list[Message]:
    told = of_issue(happened.issue_id)
    return [_issue(session, happened, NoticeKind.STATUS, "issue.merged", told, into=happened.into_id)]


@teller(issue_events.IssueReopened)
def _reopened(session: Session, happened: issue_events.IssueReopened) -> list[Message]:
    return [
        _issue(session, happened, NoticeKind.TASK, "issue.reopened", members(happened.office_id)),
        _issue(session, happened, NoticeKind.STATUS, "issue.reopened", of_issue(happened.issue_id)),
    ]


@teller(issue_events.IssueEscalated)
def _escalated(session: Session, happened: issue_events.IssueEscalated) -> list[Message]:
    offices = union(members(happened.above_id), members(happened.office_id))
    told = of_issue(happened.issue_id)
    return [
        _issue(session, happened, NoticeKind.TASK, "issue.escalated", offices),
        _issue(session, happened, NoticeKind.STATUS, "issue.escalated", told),
    ]


PROMISE_TEXTS = {"near": "issue.promise_near", "due": "issue.promise_due"}


@teller(issue_events.DeadlineNear)
def _near(session: Session, happened: issue_events.DeadlineNear) -> list[Message]:
    text = PROMISE_TEXTS[happened.mark] if happened.deadline == "promise" else "issue.deadline"
    return [_issue(session, happened, NoticeKind.TASK, text, members(happened.office_id))]


@teller(issue_events.IssueRated)
def _rated(session: Session, happened: issue_events.IssueRated) -> list[Message]:
    if happened.solved != "no":
        return []
    return [_issue(session, happened, NoticeKind.TASK, "issue.rated_badly", members(happened.office_id))]


@teller(RightsChanged)
def _rights(_session: Session, happened: RightsChanged) -> list[Message]:
    account = just(happened.account_id)
    return [Message(NoticeKind.ACCOUNT, "account.rights", "account", happened.account_id, account)]


@teller(ContactRemoved)
def _contact_removed(_session: Session, happened: ContactRemoved) -> list[Message]:
    account = just(happened.account_id)
    return [Message(NoticeKind.ACCOUNT, "account.contact_removed", "account", happened.account_id, account)]


Titles = Callable[[Session, str], tuple[str, str | None]]
_titles: dict[str, Titles] = {}


def register_titles(kind: str, find: Titles) -> None:
    """How to get (title, author's account) of a thing of this kind, for notices on its comments."""
    _titles[kind] = find


def _issue_title(session: Session, issue_id: str) -> tuple[str, str | None]:
    row = session.execute(select(Issue.title, Issue.author_id).where(Issue.id == issue_id)).first()
    return (row[0], row[1]) if row else ("", None)


register_titles("issue", _issue_title)


def _of_thread(session: Session, happened: CommentPosted | CommentEdited) -> tuple[str | None, dict[str, Any]]:
    """The author of what is talked about, and the details of notices on a comment to it."""
    kind = happened.subject_kind
    title, author = _titles[kind](session, happened.subject_id) if kind in _titles else ("", None)
    return author, {"title": title, "who": who(session, happened), "comment": happened.comment_id}


@teller(CommentEdited)
def _edited(session: Session, happened: CommentEdited) -> list[Message]:
    if not happened.mentioned:
        return []
    _author, details = _of_thread(session, happened)
    told = just(*happened.mentioned)
    kind, subject_id = happened.subject_kind, happened.subject_id
    return [Message(NoticeKind.MENTION, "comment.mention", kind, subject_id, told, details)]


@teller(CommentPosted)
def _comment(session: Session, happened: CommentPosted) -> list[Message]:
    kind, subject_id = happened.subject_kind, happened.subject_id
    author, details = _of_thread(session, happened)

    def message(sort: NoticeKind, text: str, accounts: Any) -> Message:
        return Message(sort, text, kind, subject_id, accounts, details)

    found = []
    if happened.mentioned:
        found.append(message(NoticeKind.MENTION, "comment.mention", just(*happened.mentioned)))
    if happened.parent_id:
        writer = select(Comment.account_id).where(Comment.id == happened.parent_id)
        found.append(message(NoticeKind.REPLY, "comment.reply", writer))
    if happened.official and kind == "issue":
        found.append(message(NoticeKind.ANSWER, "comment.official", of_issue(subject_id)))
    elif author:
        told = union(just(author), followers(kind, subject_id))
        found.append(message(NoticeKind.COMMENT, "comment.on_yours", told))
    else:
        found.append(message(NoticeKind.COMMENT, "comment.on_yours", followers(kind, subject_id)))
    return found
