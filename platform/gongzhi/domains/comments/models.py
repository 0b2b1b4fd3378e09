"""Comments, the trace of their edits, the reactions to them and who was mentioned in them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, UtcDateTime, new_id


class Stance(StrEnum):
    """Where a comment stands."""

    FOR = "for"
    NEUTRAL = "neutral"
    AGAINST = "against"


class ReactionKind(StrEnum):
    """What a reader says of a comment; a reaction taken back is kept as `none`."""

    AGREE = "agree"
    DISAGREE = "disagree"
    NONE = "none"


class Comment(Base):
    """A comment on a subject of any kind, or a reply to one (never to a reply)."""

    __tablename__ = "comment"
    __table_args__ = (
        CheckConstraint("agree >= 0 AND disagree >= 0 AND replies >= 0", name="counts"),
        Index("ix_comment_best", "subject_kind", "subject_id", "parent_id", "score", "id"),
        Index("ix_comment_newest", "subject_kind", "subject_id", "parent_id", "id"),
        Index("ix_comment_by_account", "account_id", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    subject_kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(Id)
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("comment.id"), index=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    is_official: Mapped[bool] = mapped_column(Boolean, default=False)
    stance: Mapped[Stance] = mapped_column(String(8), default=Stance.NEUTRAL)
    body: Mapped[str] = mapped_column(Text)
    agree: Mapped[int] = mapped_column(Integer, default=0)
    disagree: Mapped[int] = mapped_column(Integer, default=0)
    score: Mapped[float] = mapped_column(Float, default=0.0)
    """Lower Wilson bound of `agree` among the reactions: the order "best"."""
    replies: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Taken back by its author: its words go, its place and replies stay."""
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When moderation hid it: its words are not here any more, but with moderation's originals."""
    mark: Mapped[str | None] = mapped_column(String(12))
    """What moderation has done: `people.rules.Mark`."""
    mark_ground: Mapped[str | None] = mapped_column(String(16))


class CommentVersion(Base):
    """What a comment said before an edit: public, so that nobody is answered on words they never wrote."""

    __tablename__ = "comment_version"

    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comment.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    stance: Mapped[Stance] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CommentReaction(Base):
    """One reaction a voice and comment."""

    __tablename__ = "comment_reaction"

    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comment.id"), primary_key=True)
    voter_key: Mapped[str] = mapped_column(String(16), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    kind: Mapped[ReactionKind] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CommentMention(Base):
    """A person of the thread who was named in a comment."""

    __tablename__ = "comment_mention"

    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comment.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True)
