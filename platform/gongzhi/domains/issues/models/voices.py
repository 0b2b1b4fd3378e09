"""What people say with a click: votes and their tallies, ratings, joint requests to reopen, following."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, UtcDateTime


class Choice(StrEnum):
    """A voice on an issue. A retracted vote is a choice, never a deleted row."""

    SUPPORT = "support"
    OPPOSE = "oppose"
    NEUTRAL = "neutral"
    NONE = "none"


class Chamber(StrEnum):
    """The three chambers in which voices count; the government has none."""

    RESIDENT = "resident"
    ENTERPRISE = "enterprise"
    NGO = "ngo"


class Solved(StrEnum):
    """Whether those concerned find the issue solved."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Vote(Base):
    """One voice of one person or organisation on one issue."""

    __tablename__ = "vote"
    __table_args__ = (
        CheckConstraint("chamber IN ('resident', 'enterprise', 'ngo')", name="chamber"),
        CheckConstraint("choice IN ('support', 'oppose', 'neutral', 'none')", name="choice"),
        Index("ix_vote_mine", "account_id", "changed_at"),
    )

    issue_id: Mapped[str] = mapped_column(Id, ForeignKey("issue.id"), primary_key=True)
    voter_key: Mapped[str] = mapped_column(String(20), primary_key=True)
    district_id: Mapped[str] = mapped_column(Id)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    chamber: Mapped[Chamber] = mapped_column(String(12))
    choice: Mapped[Choice] = mapped_column(String(8))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VoteTally(Base):
    """The votes of a chamber, in slots: a voter always moves the same one, different voters rarely meet."""

    __tablename__ = "vote_tally"
    __table_args__ = (CheckConstraint("support >= 0 AND oppose >= 0 AND neutral >= 0", name="counts"),)

    issue_id: Mapped[str] = mapped_column(Id, ForeignKey("issue.id"), primary_key=True)
    chamber: Mapped[Chamber] = mapped_column(String(12), primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    support: Mapped[int] = mapped_column(Integer, default=0)
    oppose: Mapped[int] = mapped_column(Integer, default=0)
    neutral: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(Integer, default=1)


class Rating(Base):
    """What a supporter says of the outcome; one for each round, as a reopened issue is rated anew."""

    __tablename__ = "issue_rating"
    __table_args__ = (CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),)

    issue_id: Mapped[str] = mapped_column(Id, ForeignKey("issue.id"), primary_key=True)
    voter_key: Mapped[str] = mapped_column(String(20), primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    chamber: Mapped[Chamber] = mapped_column(String(12))
    solved: Mapped[Solved] = mapped_column(String(8))
    satisfaction: Mapped[int] = mapped_column(SmallInteger)
    comment: Mapped[str] = mapped_column(String(1000), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReopenRequest(Base):
    """A supporter asks for the issue to be opened again; the tenth opens it."""

    __tablename__ = "issue_reopen_request"

    issue_id: Mapped[str] = mapped_column(Id, ForeignKey("issue.id"), primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    voter_key: Mapped[str] = mapped_column(String(20), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Follow(Base):
    """An account wants to hear of something: an issue, a decision, an initiative."""

    __tablename__ = "follow"
    __table_args__ = (Index("ix_follow_account", "account_id", "at"),)

    subject_kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True)
    district_id: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
