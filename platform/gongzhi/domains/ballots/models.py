"""A ballot, its roll, its sealed votes, the urn they are emptied into, and the papers of a meeting.

What was frozen at the opening cannot be changed by anybody: `schema.py` says so to the database itself.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, Json, UtcDateTime, new_id

from .schema import attach


class BallotState(StrEnum):
    """From the draft to the end. `OPEN` begins when the rules are frozen, before the first vote."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    OPEN = "open"
    CERTIFIED = "certified"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


class Reasons(StrEnum):
    """Whether a reason goes with the vote."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Results(StrEnum):
    """When the count is shown."""

    LIVE = "live"
    VOTED = "voted"
    CLOSED = "closed"


class RollKind(StrEnum):
    """Where the electoral roll comes from."""

    CRITERIA = "criteria"
    IMPORTED = "imported"


class How(StrEnum):
    """How somebody on the roll took part."""

    ONLINE = "online"
    PAPER = "paper"


class Ballot(Base):
    """A ballot (表决). Everything up to `rules_hash` is frozen when that is set."""

    __tablename__ = "ballot"
    __table_args__ = (
        CheckConstraint("approver_id IS NULL OR approver_id <> author_id", name="second_official"),
        CheckConstraint("opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", name="times"),
        CheckConstraint("rules_hash IS NULL OR (opens_at IS NOT NULL AND closes_at IS NOT NULL)", name="frozen_times"),
        CheckConstraint("paper_until IS NULL OR paper_until >= closes_at", name="paper_times"),
        CheckConstraint("(rules_hash IS NULL) = (state IN ('draft', 'in_review', 'withdrawn'))", name="frozen"),
        CheckConstraint("(result_hash IS NULL) = (state <> 'certified')", name="certified"),
        CheckConstraint("state = 'open' OR private_key IS NULL", name="key_destroyed"),
        Index("ix_ballot_closing", "state", "closes_at", "id"),
        Index("ix_ballot_new", "district_id", "state", "closes_at", "id"),
        Index("ix_ballot_subject", "subject_kind", "subject_id"),
        Index("ix_ballot_office", "office_id", "state", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    subject_kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(Id)
    place_id: Mapped[str] = mapped_column(Id, ForeignKey("place.id"))
    place_path: Mapped[str] = mapped_column(String(120))
    """Not frozen: a place that is moved takes its ballots along. Who may vote stands in the roll."""
    office_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    author_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    author_title: Mapped[str] = mapped_column(String(60), default="")
    approver_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    approver_title: Mapped[str] = mapped_column(String(60), default="")
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text, default="")
    template: Mapped[str] = mapped_column(String(30))
    basis: Mapped[str] = mapped_column(String(500), default="")
    method: Mapped[str] = mapped_column(String(10))
    binding: Mapped[bool] = mapped_column(Boolean, default=True)
    options: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list)
    """`key`, `label`, `about`; empty for a motion, which is for or against."""
    score_max: Mapped[int] = mapped_column(SmallInteger, default=5)
    quorum: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    thresholds: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    secret: Mapped[bool] = mapped_column(Boolean, default=True)
    reasons: Mapped[Reasons] = mapped_column(String(8), default=Reasons.OFF)
    results: Mapped[Results] = mapped_column(String(8), default=Results.CLOSED)
    paper: Mapped[bool] = mapped_column(Boolean, default=False)
    roll: Mapped[RollKind] = mapped_column(String(8), default=RollKind.CRITERIA)
    chambers: Mapped[list[str]] = mapped_column(Json, default=list)
    places: Mapped[list[str]] = mapped_column(Json, default=list)
    """Ids of the places whose people and organisations may vote, with all below them."""
    level: Mapped[int] = mapped_column(SmallInteger, default=2)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paper_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when the papers of a meeting may be entered; the result waits for them that long."""
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    entitled: Mapped[int | None] = mapped_column(Integer)
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    frozen: Mapped[str | None] = mapped_column(Text)
    """The rules in their canonical form, of which `rules_hash` is the hash."""
    rules_hash: Mapped[str | None] = mapped_column(String(64))

    state: Mapped[BallotState] = mapped_column(String(10), default=BallotState.DRAFT)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    private_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Wrapped by `kernel.secrets`; destroyed with the close."""
    nonce_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Wrapped likewise: makes receipts repeatable for those who bring no nonce; destroyed with the close."""
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paper_counts: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    """Confirmed by two officials."""
    paper_round: Mapped[int] = mapped_column(SmallInteger, default=1)
    paper_difference: Mapped[list[str] | None] = mapped_column(Json)
    """Which figures differed in the round before: both officials count again."""
    comment_count: Mapped[int] = mapped_column(Integer, default=0)
    reason: Mapped[str] = mapped_column(String(1000), default="")
    """Why it was cancelled or withdrawn."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[dict[str, Any] | None] = mapped_column(Json)
    spoiled: Mapped[int] = mapped_column(Integer, default=0)
    """Envelopes that could not be opened: zero, unless the database was tampered with."""
    result_hash: Mapped[str | None] = mapped_column(String(64))


class BallotVoter(Base):
    """A voice on the roll as it stood at the opening, and afterwards whether and how it took part."""

    __tablename__ = "ballot_voter"
    __table_args__ = (
        CheckConstraint("how IN ('online', 'paper')", name="how"),
        CheckConstraint("area >= 0", name="area"),
        Index("ix_ballot_voter_account", "account_id", "ballot_id"),
        Index("ix_ballot_voter_organisation", "organisation_id", "ballot_id"),
        Index(
            "ix_ballot_voter_paper",
            "ballot_id",
            sqlite_where=text("how = 'paper'"),
            postgresql_where=text("how = 'paper'"),
        ),
    )

    ballot_id: Mapped[str] = mapped_column(Id, ForeignKey("ballot.id"), primary_key=True)
    voter_key: Mapped[str] = mapped_column(String(20), primary_key=True)
    """`a:<account>`, `o:<organisation>`, or `r:<line>` for an imported name without an account."""
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    chamber: Mapped[str] = mapped_column(String(12))
    area: Mapped[int] = mapped_column(BigInteger, default=0)
    """In 0.01 m²."""
    unit: Mapped[str] = mapped_column(String(60), default="")
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    """An imported name, encrypted."""
    how: Mapped[How | None] = mapped_column(String(6))


class BallotTurnout(Base):
    """How many took part so far, in slots: a voter always moves the same one, different voters rarely meet."""

    __tablename__ = "ballot_turnout"
    __table_args__ = (CheckConstraint("voted >= 0", name="voted"),)

    ballot_id: Mapped[str] = mapped_column(Id, ForeignKey("ballot.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    voted: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(Integer, default=1)
    """Grows with changed votes too."""


class BallotVote(Base):
    """A vote while the ballot is open: sealed in a secret one, readable in an open one. Gone after the close.

    No time is kept: in a secret ballot it would be one more thing to compare with.
    """

    __tablename__ = "ballot_vote"
    __table_args__ = (CheckConstraint("(envelope IS NULL) <> (choice IS NULL)", name="sealed_or_open"),)

    ballot_id: Mapped[str] = mapped_column(Id, ForeignKey("ballot.id"), primary_key=True)
    voter_key: Mapped[str] = mapped_column(String(20), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    envelope: Mapped[bytes | None] = mapped_column(LargeBinary)
    choice: Mapped[str | None] = mapped_column(Text)
    """In its canonical form."""
    salt: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text, default="")


class BallotEntry(Base):
    """A vote after the close, as anybody may read it. In a secret ballot nothing in it comes from the voter.

    The key is the commitment, and SQLite keeps no row number beside it: rows lie in no order of voting.
    """

    __tablename__ = "ballot_entry"

    ballot_id: Mapped[str] = mapped_column(Id, ForeignKey("ballot.id"), primary_key=True)
    commitment: Mapped[str] = mapped_column(String(64), primary_key=True)
    salt: Mapped[str] = mapped_column(String(64))
    choice: Mapped[str] = mapped_column(Text)
    chamber: Mapped[str] = mapped_column(String(12), default="")
    """Only where the rule counts by chamber."""
    area: Mapped[int | None] = mapped_column(BigInteger)
    voter: Mapped[str | None] = mapped_column(String(200))
    """In an open ballot: the roll call."""
    reason: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = ({"sqlite_with_rowid": False},)


class BallotReason(Base):
    """A reason given in a secret ballot, linked to no choice and no voter; its key is random."""

    __tablename__ = "ballot_reason"

    ballot_id: Mapped[str] = mapped_column(Id, ForeignKey("ballot.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    __table_args__ = ({"sqlite_with_rowid": False},)


class BallotPaper(Base):
    """The papers of a meeting as one official counted them. Two different officials must agree."""

    __tablename__ = "ballot_paper"
    __table_args__ = (
        UniqueConstraint("ballot_id", "round", "place"),
        UniqueConstraint("ballot_id", "round", "account_id"),
        CheckConstraint("place IN (1, 2)", name="place"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    ballot_id: Mapped[str] = mapped_column(Id, ForeignKey("ballot.id"))
    round: Mapped[int] = mapped_column(SmallInteger)
    place: Mapped[int] = mapped_column(SmallInteger)
    """The first or the second of this round."""
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    counts: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    sheet: Mapped[str | None] = mapped_column(String(100))
    """The photo of the tally sheet, as kernel.storage keeps it."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class BallotStep(Base):
    """A step of its course: who, on whose behalf, when, why."""

    __tablename__ = "ballot_step"
    __table_args__ = (Index("ix_ballot_step_ballot", "ballot_id", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    ballot_id: Mapped[str] = mapped_column(Id, ForeignKey("ballot.id"))
    action: Mapped[str] = mapped_column(String(24))
    to_state: Mapped[BallotState] = mapped_column(String(10))
    actor_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class BallotTemplate(Base):
    """A district's own figures for one of the standard templates, with the basis they rest on."""

    __tablename__ = "ballot_template"

    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(30), primary_key=True)
    basis: Mapped[str] = mapped_column(String(500), default="")
    quorum: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    thresholds: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    in_use: Mapped[bool] = mapped_column(Boolean, default=True)
    changed_by_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


attach(Base.metadata.tables)
