"""Threads: a page of comments with their first replies in one statement, scoped by what is commented on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, case, func, literal, or_, select, union
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.comments.models import Comment, CommentReaction, CommentVersion, ReactionKind, Stance
from gongzhi.domains.people.models import Account, Organisation
from gongzhi.domains.people.rules import Mark, mark_sentence
from gongzhi.kernel import clock
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.masks import mask_name
from gongzhi.kernel.pages import Page, encode_cursor, keyset, slice_page
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import lazy as _l
from gongzhi.kernel.text import render_markdown

PAGE = 20
FIRST_REPLIES = 5
MOMENT = timedelta(minutes=1)
"""Within which the same words in the same place are one press of a button too many."""

Access = Callable[[Session, Actor, str], Any]


@dataclass(frozen=True)
class Subject:
    """A kind of thing that can be commented on: how to get one, its page, whether it takes comments."""

    kind: str
    access: Access
    endpoint: str
    is_open: Callable[[Any], bool]
    count: Callable[[Session, str, int], None] | None = None
    """Called with the change of the number of comments, inside the transaction."""


_subjects: dict[str, Subject] = {}


def register_subject(subject: Subject) -> None:
    """Let things of this kind be commented on."""
    _subjects[subject.kind] = subject


def registered(kind: str) -> Subject:
    """What is known of a kind. Raises `NotFound` for an unknown one."""
    subject = _subjects.get(kind)
    if subject is None:
        raise NotFound
    return subject


def access_subject(session: Session, actor: Actor, kind: str, subject_id: str) -> tuple[Subject, Any]:
    """The thing commented on. Raises `NotFound` for an unknown kind or what the actor may not see."""
    subject = registered(kind)
    return subject, subject.access(session, actor, subject_id)


def access_parent(session: Session, actor: Actor, comment_id: str) -> Comment:
    """The comment a reply names as its parent. Raises `Invalid` beside the field `parent`."""
    try:
        return access_comment(session, actor, comment_id)
    except NotFound:
        raise Invalid.of("parent", _l("There is no such comment here.")) from None


def said_before(
    session: Session, actor: Actor, subject: Subject, subject_id: str, *, parent_id: str | None, body: str
) -> Comment | None:
    """The comment in which this voice said the same in the same place a moment ago, if there is one."""
    found: Comment | None = session.scalar(
        select(Comment)
        .where(
            Comment.subject_kind == subject.kind,
            Comment.subject_id == subject_id,
            Comment.parent_id.is_not_distinct_from(parent_id),
            Comment.account_id == actor.account_id,
            Comment.organisation_id.is_not_distinct_from(actor.organisation_id),
            Comment.created_at > clock.now() - MOMENT,
            Comment.removed_at.is_(None),
            Comment.body == body,
        )
        .limit(1)
    )
    return found


def access_comment(session: Session, actor: Actor, comment_id: str) -> Comment:
    """A comment whose subject the actor may see; of a hidden one only its place is left. Raises `NotFound`."""
    comment = session.get(Comment, comment_id)
    if comment is None or comment.district_id != actor.district_id:
        raise NotFound
    access_subject(session, actor, comment.subject_kind, comment.subject_id)
    return comment


@dataclass(frozen=True)
class CommentView:
    """A comment as shown, with its first replies."""

    id: str
    parent_id: str | None
    author_name: str
    account_id: str
    organisation_id: str | None
    organisation_name_zh: str | None
    organisation_name_en: str | None
    organisation_kind: str | None
    is_official: bool
    stance: Stance
    body: str
    agree: int
    disagree: int
    score: float
    mine: str | None
    created_at: datetime
    edited_at: datetime | None
    removed: bool
    mark: Mark | None
    mark_ground: str | None
    version: int
    reply_count: int
    replies: tuple[CommentView, ...] = ()

    @property
    def gone(self) -> bool:
        """Taken back or hidden: nothing can be done with it."""
        return self.removed or self.mark == Mark.HIDDEN

    @property
    def more_replies(self) -> int:
        """How many replies are not shown yet."""
        return self.reply_count - len(self.replies)

    def shown(self, language: str) -> dict[str, Any]:
        """As the macro `ui.comment` takes it."""
        return {
            "id": self.id,
            "name": self.author_name,
            "kind": self.organisation_kind or "resident",
            "organisation": self.organisation_name(language),
            "label": None,
            "url": f"#comment-{self.id}",
            "stance": self.stance,
            "at": self.created_at,
            "edited_at": self.edited_at,
            "html": render_markdown(self.body),
            "official": self.is_official,
            "hidden_reason": _l("Taken back by its author.")
            if self.removed
            else mark_sentence(self.mark, self.mark_ground)
            if self.mark == Mark.HIDDEN
            else None,
            "mark": self.mark,
            "mark_reason": mark_sentence(self.mark, self.mark_ground),
        }

    def organisation_name(self, language: str) -> str | None:
        """In the reader's language where there is a name in it."""
        if language == "en" and self.organisation_name_en:
            return self.organisation_name_en
        return self.organisation_name_zh


def thread(
    session: Session,
    actor: Actor,
    kind: str,
    subject_id: str,
    *,
    order: str = "best",
    after: str | None = None,
    limit: int = PAGE,
) -> Page[CommentView]:
    """A page of top comments, each with its first replies: one statement. Order `best` or `newest`."""
    if order not in ("best", "newest"):
        raise Invalid.of("order", _l("Choose best or newest."))
    tops = _tops(kind, subject_id, order, after, limit)
    ranked = _ranked_replies(tops)
    wanted = union(
        select(tops.c.id.label("id")),
        select(ranked.c.id.label("id")).where(ranked.c.place <= FIRST_REPLIES),
    ).subquery()
    rows = session.execute(_shown(actor).join(wanted, wanted.c.id == Comment.id)).all()
    return _assemble(rows, order, limit)


def replies(
    session: Session, actor: Actor, parent: Comment, *, after: str | None = None, limit: int = PAGE
) -> Page[CommentView]:
    """The replies to a comment, oldest first."""
    statement = _shown(actor).where(Comment.parent_id == parent.id)
    rows = session.execute(keyset(statement, Comment.id.asc(), after=after, limit=limit)).all()
    return slice_page([_view(row) for row in rows], limit, lambda view: (view.id,))


def before(session: Session, reply: Comment, *, page: int = PAGE) -> str | None:
    """The cursor with which the page of replies begins at this one; None where the first page has it."""
    earlier = session.scalars(
        select(Comment.id)
        .where(Comment.parent_id == reply.parent_id, Comment.id < reply.id)
        .order_by(Comment.id.desc())
        .limit(page)
    ).all()
    return encode_cursor(earlier[0]) if len(earlier) == page else None


def _tops(kind: str, subject_id: str, order: str, after: str | None, limit: int) -> Any:
    order_by = (Comment.score.desc(), Comment.id.desc()) if order == "best" else (Comment.id.desc(),)
    statement = select(Comment.id, Comment.score).where(
        Comment.subject_kind == kind,
        Comment.subject_id == subject_id,
        Comment.parent_id.is_(None),
        or_(Comment.removed_at.is_(None), Comment.replies > 0),
    )
    return keyset(statement, *order_by, after=after, limit=limit).cte("tops")


def _ranked_replies(tops: Any) -> Any:
    reply = aliased(Comment)
    return (
        select(
            reply.id,
            func.row_number().over(partition_by=reply.parent_id, order_by=reply.id).label("place"),
        )
        .where(reply.parent_id.in_(select(tops.c.id)))
        .subquery()
    )


def _shown(actor: Actor) -> Any:
    mine = and_(
        CommentReaction.comment_id == Comment.id,
        CommentReaction.voter_key == literal(actor.voter_key if actor.signed_in else ""),
    )
    return (
        select(
            Comment,
            Account.name,
            Organisation.name_zh,
            Organisation.name_en,
            Organisation.kind,
            case((CommentReaction.kind == ReactionKind.NONE, None), else_=CommentReaction.kind),
        )
        .join(Account, Account.id == Comment.account_id)
        .outerjoin(Organisation, Organisation.id == Comment.organisation_id)
        .outerjoin(CommentReaction, mine)
    )


def _view(row: Row[Any], shown_replies: tuple[CommentView, ...] = ()) -> CommentView:
    comment, name, name_zh, name_en, kind, mine = tuple(row)
    removed = comment.removed_at is not None
    return CommentView(
        id=comment.id,
        parent_id=comment.parent_id,
        author_name=mask_name(name),
        account_id=comment.account_id,
        organisation_id=comment.organisation_id,
        organisation_name_zh=name_zh,
        organisation_name_en=name_en,
        organisation_kind=kind,
        is_official=comment.is_official,
        stance=Stance(comment.stance),
        body="" if removed or comment.hidden_at is not None else comment.body,
        agree=comment.agree,
        disagree=comment.disagree,
        score=comment.score,
        mine=mine,
        created_at=comment.created_at,
        edited_at=comment.edited_at,
        removed=removed,
        mark=Mark(comment.mark) if comment.mark else None,
        mark_ground=comment.mark_ground,
        version=comment.version,
        reply_count=comment.replies,
        replies=shown_replies,
    )


def _assemble(rows: Any, order: str, limit: int) -> Page[CommentView]:
    below: dict[str, list[CommentView]] = {}
    for row in sorted(rows, key=lambda row: str(row[0].id)):
        if row[0].parent_id is not None:
            below.setdefault(row[0].parent_id, []).append(_view(row))
    tops = [_view(row, tuple(below.get(row[0].id, ()))) for row in rows if row[0].parent_id is None]
    if order == "best":
        tops.sort(key=lambda view: (view.score, view.id), reverse=True)
    else:
        tops.sort(key=lambda view: view.id, reverse=True)
    return slice_page(tops, limit, lambda view: (view.score, view.id) if order == "best" else (view.id,))


def view_of(session: Session, actor: Actor, comment_id: str) -> CommentView:
    """One comment as shown."""
    row = session.execute(_shown(actor).where(Comment.id == comment_id)).one()
    return _view(row)


def versions(session: Session, comment: Comment) -> list[CommentVersion]:
    """What it said before, newest first."""
    return list(
        session.scalars(
            select(CommentVersion)
            .where(CommentVersion.comment_id == comment.id)
            .order_by(CommentVersion.version.desc())
        )
    )


def commenters(session: Session, kind: str, subject_id: str) -> set[str]:
    """Accounts that wrote in a thread."""
    return set(
        session.scalars(
            select(Comment.account_id).where(Comment.subject_kind == kind, Comment.subject_id == subject_id).distinct()
        )
    )


def people_of_thread(session: Session, kind: str, subject_id: str) -> list[tuple[str, str]]:
    """(account id, name) of everybody who wrote in a thread: who can be mentioned."""
    return [
        (account_id, name)
        for account_id, name in session.execute(
            select(Account.id, Account.name)
            .join(Comment, Comment.account_id == Account.id)
            .where(Comment.subject_kind == kind, Comment.subject_id == subject_id)
            .distinct()
            .limit(500)
        )
    ]
