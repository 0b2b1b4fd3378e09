"""A decision, what it rests on, what it promises, how it went, and what those concerned say of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, Json, UtcDateTime, new_id


class DecisionState(StrEnum):
    """From the draft to the end."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLIC_NOTICE = "public_notice"
    PUBLISHED = "published"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class CommitmentState(StrEnum):
    """What became of a promise."""

    OPEN = "open"
    KEPT = "kept"
    MISSED = "missed"


class Adoption(StrEnum):
    """What was done with a comment."""

    ADOPTED = "adopted"
    PARTLY = "partly"
    NOT_ADOPTED = "not_adopted"


class Decision(Base):
    """A decision (决定). `version` is raised by every change of its words: an older writer gets `Stale`."""

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("district_id", "number"),
        CheckConstraint("money_fen IS NULL OR money_fen >= 0", name="money"),
        CheckConstraint("reviewer_id IS NULL OR reviewer_id <> author_id", name="second_official"),
        Index("ix_decision_new", "district_id", "shown_at", "id"),
        Index("ix_decision_office", "office_id", "state", "id"),
        Index("ix_decision_notice", "state", "notice_until"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    number: Mapped[str | None] = mapped_column(String(24))
    """Given when it goes on public notice: year and count within the district, such as 2026-0007."""
    place_id: Mapped[str] = mapped_column(Id, ForeignKey("place.id"))
    place_path: Mapped[str] = mapped_column(String(120))
    office_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    author_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    author_title: Mapped[str] = mapped_column(String(60), default="")
    reviewer_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    reviewer_title: Mapped[str] = mapped_column(String(60), default="")
    responsible_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    grounds: Mapped[str] = mapped_column(Text, default="")
    adopted: Mapped[str] = mapped_column(Text, default="")
    not_adopted: Mapped[str] = mapped_column(Text, default="")
    money_fen: Mapped[int | None] = mapped_column(BigInteger)
    money_source: Mapped[str] = mapped_column(String(200), default="")
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    state: Mapped[DecisionState] = mapped_column(String(16), default=DecisionState.DRAFT)
    notice_days: Mapped[int] = mapped_column(SmallInteger)
    notice_round: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    """Which public notice it stands on or goes to: raised when one ends by taking the decision back into drafting."""
    notice_from: Mapped[date | None] = mapped_column(Date)
    notice_until: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was first shown to everybody; lists are in this order."""
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)
    comment_count: Mapped[int] = mapped_column(Integer, default=0)


class DecisionIssue(Base):
    """An issue a decision rests on, with the tallies as they stood when it was submitted."""

    __tablename__ = "decision_issue"

    decision_id: Mapped[str] = mapped_column(Id, ForeignKey("decision.id"), primary_key=True)
    issue_id: Mapped[str] = mapped_column(Id, ForeignKey("issue.id"), primary_key=True)
    tally: Mapped[dict[str, Any] | None] = mapped_column(Json)
    __table_args__ = (Index("ix_decision_issue_issue", "issue_id"),)


class DecisionComment(Base):
    """A comment a decision deals with: adopted, partly, or not, and why."""

    __tablename__ = "decision_comment"

    decision_id: Mapped[str] = mapped_column(Id, ForeignKey("decision.id"), primary_key=True)
    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comment.id"), primary_key=True)
    adoption: Mapped[Adoption] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(500), default="")


class Commitment(Base):
    """A promise with a date and somebody responsible."""

    __tablename__ = "commitment"
    __table_args__ = (
        Index("ix_commitment_decision", "decision_id", "position"),
        Index("ix_commitment_due", "state", "due_on"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    decision_id: Mapped[str] = mapped_column(Id, ForeignKey("decision.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    text: Mapped[str] = mapped_column(String(300))
    responsible: Mapped[str] = mapped_column(String(120))
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[CommitmentState] = mapped_column(String(8), default=CommitmentState.OPEN)
    note: Mapped[str] = mapped_column(String(500), default="")
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_on: Mapped[date | None] = mapped_column(Date)


class ProgressReport(Base):
    """What has been done, in the office's words."""

    __tablename__ = "progress_report"
    __table_args__ = (Index("ix_progress_report_decision", "decision_id", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    decision_id: Mapped[str] = mapped_column(Id, ForeignKey("decision.id"))
    commitment_id: Mapped[str | None] = mapped_column(Id, ForeignKey("commitment.id"))
    author_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    body: Mapped[str] = mapped_column(Text)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DecisionStep(Base):
    """A change of state: who, on whose behalf, when, why."""

    __tablename__ = "decision_step"
    __table_args__ = (Index("ix_decision_step_decision", "decision_id", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    decision_id: Mapped[str] = mapped_column(Id, ForeignKey("decision.id"))
    action: Mapped[str] = mapped_column(String(24))
    from_state: Mapped[DecisionState | None] = mapped_column(String(16))
    to_state: Mapped[DecisionState] = mapped_column(String(16))
    actor_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Objection(Base):
    """An objection (异议) to one public notice, one a voice; it must be answered before publication."""

    __tablename__ = "decision_objection"
    __table_args__ = (UniqueConstraint("decision_id", "voter_key", "notice_round"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    decision_id: Mapped[str] = mapped_column(Id, ForeignKey("decision.id"))
    voter_key: Mapped[str] = mapped_column(String(20))
    notice_round: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    body: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DecisionRating(Base):
    """What somebody concerned says of the outcome; one a voice, changeable."""

    __tablename__ = "decision_rating"
    __table_args__ = (CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),)

    decision_id: Mapped[str] = mapped_column(Id, ForeignKey("decision.id"), primary_key=True)
    voter_key: Mapped[str] = mapped_column(String(20), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    solved: Mapped[str] = mapped_column(String(8))
    satisfaction: Mapped[int] = mapped_column(SmallInteger)
    comment: Mapped[str] = mapped_column(String(1000), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
