"""The things people do here: comment, reply, edit, take back, react."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.domains.comments import rules
from gongzhi.domains.comments.events import (
    CommentEdited,
    CommentModerated,
    CommentPosted,
    CommentReacted,
    CommentRemoved,
)
from gongzhi.domains.comments.models import (
    Comment,
    CommentMention,
    CommentReaction,
    CommentVersion,
    ReactionKind,
    Stance,
)
from gongzhi.domains.comments.permissions import COMMENT, EDIT_COMMENT, MODERATE_COMMENT, REACT, REMOVE_COMMENT
from gongzhi.domains.comments.queries import Subject, access_subject, people_of_thread, registered, said_before
from gongzhi.domains.people.actions import spend_allowance
from gongzhi.domains.people.models import Account
from gongzhi.domains.people.rules import Mark
from gongzhi.kernel import clock, events
from gongzhi.kernel.db import dialect, one_at_a_time
from gongzhi.kernel.errors import AlreadyClosed, Conflict, Invalid, Stale
from gongzhi.kernel.masks import mask_name
from gongzhi.kernel.personal import Parting, Sheet, move_voices, rows_of, voice_of
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import lazy as _l

HIDDEN = _l("This comment was hidden by moderation.")


def post_comment(
    session: Session,
    actor: Actor,
    subject: Subject,
    thing: Any,
    *,
    body: str,
    stance: Stance = Stance.NEUTRAL,
    parent: Comment | None = None,
    twice_is_once: bool = False,
) -> Comment:
    """Comment on a thing, or reply to a comment on it.

    Outcomes: the comment; `Invalid` for its words or a parent that takes no replies; `AlreadyClosed` when
    the thing no longer takes comments. Those it concerns are told by the event. With `twice_is_once` the same
    words said a moment ago are given back: for a form whose button was pressed twice.
    """
    require(actor, COMMENT, thing)
    if not subject.is_open(thing):
        raise AlreadyClosed(_l("The discussion is closed."))
    words = rules.checked_body(body)
    if parent is not None:
        _check_parent(parent, subject, thing)
    if twice_is_once:
        one_at_a_time(session, "comment", actor.account_id or "", thing.id)
        before = said_before(session, actor, subject, thing.id, parent_id=parent.id if parent else None, body=words)
        if before is not None:
            return before
    spend_allowance(session, actor, "comment", words)
    comment = Comment(
        district_id=thing.district_id,
        subject_kind=subject.kind,
        subject_id=thing.id,
        parent_id=parent.id if parent else None,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        is_official=actor.acts_for_government,
        stance=stance,
        body=words,
        created_at=clock.now(),
    )
    session.add(comment)
    session.flush()
    if parent is not None:
        session.execute(update(Comment).where(Comment.id == parent.id).values(replies=Comment.replies + 1))
    if subject.count is not None:
        subject.count(session, thing.id, 1)
    named = _remember_mentions(session, comment, thing)
    events.record(
        session,
        CommentPosted(
            district_id=thing.district_id,
            actor=actor.account_id,
            organisation=actor.organisation_id,
            comment_id=comment.id,
            subject_kind=subject.kind,
            subject_id=thing.id,
            parent_id=comment.parent_id,
            official=comment.is_official,
            mentioned=named,
        ),
    )
    return comment


def _check_parent(parent: Comment, subject: Subject, thing: Any) -> None:
    if (parent.subject_kind, parent.subject_id) != (subject.kind, thing.id):
        raise Invalid.of("parent", _l("There is no such comment here."))
    if parent.parent_id is not None:
        raise Invalid.of("parent", _l("Reply to the comment itself: there are two levels."))
    if parent.removed_at is not None:
        raise Invalid.of("parent", _l("This comment was taken back."))
    if parent.hidden_at is not None:
        raise Invalid.of("parent", HIDDEN)


def _remember_mentions(session: Session, comment: Comment, thing: Any) -> tuple[str, ...]:
    """Note who is named in the words; returns those who were not named in it before."""
    if not rules.may_name_somebody(comment.body):
        return ()
    people = people_of_thread(session, comment.subject_kind, comment.subject_id)
    author_id = getattr(thing, "author_id", None)
    if author_id:
        author = session.get(Account, author_id)
        if author is not None:
            people.append((author.id, author.name))
    people += [(key, mask_name(name)) for key, name in people]  # names are shown masked
    known = set(session.scalars(select(CommentMention.account_id).where(CommentMention.comment_id == comment.id))) | {
        comment.account_id
    }
    found = tuple(key for key in rules.mentioned(comment.body, people) if key not in known)
    for account_id in found:
        session.add(CommentMention(comment_id=comment.id, account_id=account_id))
    return found


def edit_comment(
    session: Session, actor: Actor, comment: Comment, *, body: str, stance: Stance, version: int
) -> Comment:
    """Change one's words within the edit window; the old ones stay public. `Stale` on another version."""
    session.refresh(comment, with_for_update=True)
    require(actor, EDIT_COMMENT, comment)
    if comment.removed_at is not None or not rules.may_still_edit(comment.created_at, clock.now()):
        raise AlreadyClosed(_l("A comment can be edited for 30 minutes after it was posted."))
    if comment.mark is not None:
        raise Conflict(_l("Moderation has marked this comment: it cannot be edited now."))
    if comment.version != version:
        raise Stale(_l("It was changed meanwhile."), {"version": comment.version, "body": comment.body})
    words = rules.checked_body(body)
    if (words, stance) == (comment.body, comment.stance):
        return comment
    session.add(
        CommentVersion(
            comment_id=comment.id,
            version=comment.version,
            stance=comment.stance,
            body=comment.body,
            replaced_at=clock.now(),
        )
    )
    comment.body, comment.stance = words, stance
    comment.version += 1
    comment.edited_at = clock.now()
    session.flush()
    _subject, thing = access_subject(session, actor, comment.subject_kind, comment.subject_id)
    named = _remember_mentions(session, comment, thing)
    events.record(session, CommentEdited(**_about(actor, comment), mentioned=named))
    return comment


def remove_comment(session: Session, actor: Actor, comment: Comment) -> None:
    """Take back one's own comment: its words are no longer shown, its replies stay. Idempotent."""
    session.refresh(comment, with_for_update=True)
    require(actor, REMOVE_COMMENT, comment)
    if comment.removed_at is not None:
        return
    comment.removed_at = clock.now()
    subject = registered(comment.subject_kind)
    if subject.count is not None and comment.hidden_at is None:
        subject.count(session, comment.subject_id, -1)
    events.record(session, CommentRemoved(**_about(actor, comment)))


def words_of_comment(session: Session, comment: Comment) -> dict[str, str]:
    """All that was ever public of it: its words and, by their number, its earlier versions."""
    earlier = session.scalars(select(CommentVersion).where(CommentVersion.comment_id == comment.id))
    return {"body": comment.body} | {f"version:{one.version}": one.body for one in earlier}


def moderate_comment(
    session: Session, actor: Actor, comment: Comment, words: Mapping[str, str], *, mark: str | None, ground: str | None
) -> None:
    """Replace its words, and those of earlier versions, by what may be read, and say why.

    The words go from the row itself, so that no page, list, message, search or export can show them.
    Locks the comment; the number of comments moves with it.
    """
    session.refresh(comment, with_for_update=True)
    require(actor, MODERATE_COMMENT, comment)
    for version in session.scalars(select(CommentVersion).where(CommentVersion.comment_id == comment.id)):
        version.body = words.get(f"version:{version.version}", version.body)
    comment.body = words.get("body", comment.body)
    hides, hidden = mark == Mark.HIDDEN, comment.hidden_at is not None
    comment.mark, comment.mark_ground = mark, ground
    comment.hidden_at = (comment.hidden_at or clock.now()) if hides else None
    subject = registered(comment.subject_kind)
    if hides != hidden and comment.removed_at is None and subject.count is not None:
        subject.count(session, comment.subject_id, -1 if hides else 1)
    session.flush()
    events.record(
        session, CommentModerated(**{**_about(actor, comment), "actor": None, "organisation": None}, mark=mark)
    )


def _insert(module: Any) -> Any:
    return module.insert(CommentReaction.__table__).on_conflict_do_nothing().returning(CommentReaction.__table__.c.kind)


_INSERT = {"sqlite": _insert(sqlite), "postgresql": _insert(postgresql)}


def react(session: Session, actor: Actor, comment: Comment, kind: ReactionKind) -> Comment:
    """Agree, disagree or take that back; one reaction a voice, the counts move by the difference.

    Locks the comment. Outcomes: the comment; `Invalid` on one's own, `AlreadyClosed` when it was taken back
    or its discussion is closed.
    """
    require(actor, REACT, comment)
    subject, thing = access_subject(session, actor, comment.subject_kind, comment.subject_id)
    if not subject.is_open(thing):
        raise AlreadyClosed(_l("The discussion is closed."))
    if comment.account_id == actor.account_id:
        raise Invalid.of("kind", _l("You cannot react to your own comment."))
    session.refresh(comment, with_for_update=True)
    if comment.removed_at is not None:
        raise AlreadyClosed(_l("This comment was taken back."))
    if comment.hidden_at is not None:
        raise AlreadyClosed(HIDDEN)
    row = {
        "comment_id": comment.id,
        "voter_key": actor.voter_key,
        "account_id": actor.account_id,
        "organisation_id": actor.organisation_id,
        "kind": kind,
        "at": clock.now(),
    }
    before = ReactionKind.NONE
    if session.execute(_INSERT[dialect(session)], row).first() is None:
        kept = session.execute(
            select(CommentReaction)
            .where(CommentReaction.comment_id == comment.id, CommentReaction.voter_key == actor.voter_key)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).scalar_one()
        before = ReactionKind(kept.kind)
        kept.kind, kept.at = kind, clock.now()
    if before == kind:
        return comment
    comment.agree += (kind == ReactionKind.AGREE) - (before == ReactionKind.AGREE)
    comment.disagree += (kind == ReactionKind.DISAGREE) - (before == ReactionKind.DISAGREE)
    comment.score = rules.wilson(comment.agree, comment.disagree)
    events.record(
        session,
        CommentReacted(**_about(actor, comment), agree=comment.agree, disagree=comment.disagree),
    )
    return comment


def _about(actor: Actor, comment: Comment) -> dict[str, Any]:
    return {
        "district_id": comment.district_id,
        "actor": actor.account_id,
        "organisation": actor.organisation_id,
        "comment_id": comment.id,
        "subject_kind": comment.subject_kind,
        "subject_id": comment.subject_id,
    }


def export_comments(session: Session, account_id: str) -> Iterable[Sheet]:
    """All that this room keeps about a person, for the person."""
    mine = select(Comment.id).where(Comment.account_id == account_id)
    yield Sheet("comments", rows_of(session, Comment, Comment.account_id == account_id))
    yield Sheet("earlier_versions", rows_of(session, CommentVersion, CommentVersion.comment_id.in_(mine)))
    yield Sheet("reactions", rows_of(session, CommentReaction, CommentReaction.account_id == account_id))
    yield Sheet("mentions_of_me", rows_of(session, CommentMention, CommentMention.account_id == account_id))


def erase_comments(session: Session, parting: Parting) -> None:
    """Comments stay as public words without a name; that the person was mentioned is forgotten."""
    session.execute(delete(CommentMention).where(CommentMention.account_id == parting.account_id))


def move_reactions(session: Session, before: str, after: str) -> None:
    """Reactions go over to another account; where both reacted, the older one no longer counts."""
    there = select(CommentReaction.comment_id).where(CommentReaction.voter_key == voice_of(after))
    twice = session.scalars(
        select(CommentReaction)
        .where(CommentReaction.voter_key == voice_of(before), CommentReaction.comment_id.in_(there))
        .order_by(CommentReaction.comment_id)
    ).all()
    for reaction in twice:
        comment = session.get_one(Comment, reaction.comment_id, with_for_update=True, populate_existing=True)
        comment.agree -= reaction.kind == ReactionKind.AGREE
        comment.disagree -= reaction.kind == ReactionKind.DISAGREE
        comment.score = rules.wilson(comment.agree, comment.disagree)
    session.flush()
    move_voices(session, CommentReaction, before, after, one_for=("comment_id",))
