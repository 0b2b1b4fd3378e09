"""Comments over the JSON API: `/issues/{id}/comments`, threads by `parent`; the same for other kinds."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from gongzhi.domains.comments import actions, queries
from gongzhi.domains.comments.models import Comment, ReactionKind, Stance
from gongzhi.domains.comments.permissions import COMMENT, EDIT_COMMENT, REACT, REMOVE_COMMENT
from gongzhi.domains.comments.rules import LONGEST
from gongzhi.domains.issues.models import Issue
from gongzhi.domains.issues.queries import access_issue
from gongzhi.kernel.api import ApiIn, ApiOut, ListQuery, operation
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.guard import actor
from gongzhi.kernel.pages import Page
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l


class CommentIn(ApiIn):
    """A comment to post; with `parent` a reply to that comment."""

    body: str = Field(min_length=1, max_length=LONGEST)
    stance: Stance = Stance.NEUTRAL
    parent: str | None = Field(None, max_length=13)


class CommentQuery(ListQuery):
    """Which part of a thread: the top comments, or with `parent` the replies to one."""

    order: Literal["best", "newest"] = "best"
    parent: str | None = Field(None, max_length=13)


class CommentPatch(ApiIn):
    """New words, and the version that was read."""

    body: str = Field(min_length=1, max_length=LONGEST)
    stance: Stance = Stance.NEUTRAL
    version: int = Field(ge=1, le=2**31 - 1)


class ReactionIn(ApiIn):
    """A reaction to a comment."""

    kind: ReactionKind


class CommentOut(ApiOut):
    """A comment with its first replies."""

    id: str
    parent: str | None
    author: str
    organisation: str | None
    official: bool
    stance: Stance
    body: str
    agree: int
    disagree: int
    mine: str | None
    created_at: datetime
    edited_at: datetime | None
    version: int
    removed: bool
    moderation: str | None
    moderation_ground: str | None
    reply_count: int
    replies: list[CommentOut]


def _shown(view: queries.CommentView) -> CommentOut:
    return CommentOut(
        id=view.id,
        parent=view.parent_id,
        author=view.author_name,
        organisation=view.organisation_name_zh,
        official=view.is_official,
        stance=view.stance,
        body=view.body,
        agree=view.agree,
        disagree=view.disagree,
        mine=view.mine,
        created_at=view.created_at,
        edited_at=view.edited_at,
        version=view.version,
        removed=view.removed,
        moderation=view.mark,
        moderation_ground=view.mark_ground,
        reply_count=view.reply_count,
        replies=[_shown(reply) for reply in view.replies],
    )


def list_of(kind: str, thing: Any, query: CommentQuery) -> Page[CommentOut]:
    """A page of a thing's comments, or of the replies to one."""
    if query.parent is not None:
        parent = queries.access_parent(session(), actor(), query.parent)
        if (parent.subject_kind, parent.subject_id) != (kind, thing.id):
            raise Invalid.of("parent", _l("There is no such comment here."))
        page = queries.replies(session(), actor(), parent, after=query.cursor, limit=query.limit)
    else:
        page = queries.thread(
            session(), actor(), kind, thing.id, order=query.order, after=query.cursor, limit=query.limit
        )
    return Page([_shown(view) for view in page.items], page.next_cursor)


def post_on(kind: str, thing: Any, body: CommentIn) -> CommentOut:
    """Post a comment on a thing of this kind."""
    with write() as current:
        parent = queries.access_parent(current, actor(), body.parent) if body.parent else None
        comment = actions.post_comment(
            current,
            actor(),
            queries.registered(kind),
            thing,
            body=body.body,
            stance=body.stance,
            parent=parent,
        )
    return _shown(queries.view_of(session(), actor(), comment.id))


@operation(
    "GET",
    "/issues/<issue_id>/comments",
    PUBLIC,
    query=CommentQuery,
    answer=CommentOut,
    lists=True,
    tag="comments",
    issue=access_issue,
)
def list_issue_comments(issue: Issue, query: CommentQuery) -> Page[CommentOut]:
    """Comments on an issue."""
    return list_of("issue", issue, query)


@operation(
    "POST",
    "/issues/<issue_id>/comments",
    COMMENT,
    body=CommentIn,
    answer=CommentOut,
    status=201,
    tag="comments",
    issue=access_issue,
)
def post_issue_comment(issue: Issue, body: CommentIn) -> CommentOut:
    """Comment on an issue."""
    return post_on("issue", issue, body)


@operation(
    "PUT",
    "/comments/<comment_id>/reaction",
    REACT,
    body=ReactionIn,
    answer=CommentOut,
    tag="comments",
    comment=queries.access_comment,
)
def react_to_comment(comment: Comment, body: ReactionIn) -> CommentOut:
    """Agree or disagree with a comment, or take that back."""
    with write() as current:
        actions.react(current, actor(), comment, body.kind)
    return _shown(queries.view_of(session(), actor(), comment.id))


@operation(
    "PATCH",
    "/comments/<comment_id>",
    EDIT_COMMENT,
    body=CommentPatch,
    answer=CommentOut,
    tag="comments",
    comment=queries.access_comment,
)
def edit_comment(comment: Comment, body: CommentPatch) -> CommentOut:
    """Edit one's own comment within 30 minutes; earlier versions stay public."""
    with write() as current:
        actions.edit_comment(current, actor(), comment, body=body.body, stance=body.stance, version=body.version)
    return _shown(queries.view_of(session(), actor(), comment.id))


@operation("DELETE", "/comments/<comment_id>", REMOVE_COMMENT, tag="comments", comment=queries.access_comment)
def take_back_comment(comment: Comment) -> None:
    """Take back one's own comment."""
    with write() as current:
        actions.remove_comment(current, actor(), comment)
