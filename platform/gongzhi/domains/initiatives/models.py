"""An initiative, what it needs, who takes part and pledges what, its steps and news, and how it was rated."""

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

from gongzhi.domains.people.rules import mark_sentence
from gongzhi.kernel.db import Base, Id, Json, UtcDateTime, new_id
from gongzhi.kernel.text import Lazy


class InitiativeState(StrEnum):
    """From the first call to the end of the ratings."""

    PLANNING = "planning"
    RUNNING = "running"
    FINISHED = "finished"
    CLOSED = "closed"
    STOPPED = "stopped"


class NeedKind(StrEnum):
    """What an initiative may need. Money is only an intention: the platform collects none (慈善法 Art 22-27)."""

    PEOPLE = "people"
    MONEY = "money"
    MATERIAL = "material"
    VENUE = "venue"
    SKILL = "skill"


class PledgeState(StrEnum):
    """What became of a pledge; `released` when the initiative was stopped."""

    OPEN = "open"
    KEPT = "kept"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"
    RELEASED = "released"


class StepState(StrEnum):
    """How far a step is."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"
    DROPPED = "dropped"


class Initiative(Base):
    """An initiative. Its row is the lock under which pledges, counts and states move together.

    Counts of participants and of ratings are kept here, moved by the difference, never counted anew.
    """

    __tablename__ = "initiative"
    __table_args__ = (
        UniqueConstraint("starter_id", "once"),
        CheckConstraint("residents >= 0 AND enterprises >= 0 AND ngos >= 0 AND offices >= 0", name="participants"),
        CheckConstraint("solved_yes >= 0 AND solved_partly >= 0 AND solved_no >= 0", name="ratings"),
        CheckConstraint("state <> 'stopped' OR stop_reason <> ''", name="stopped"),
        CheckConstraint("state NOT IN ('finished', 'closed') OR report <> ''", name="reported"),
        Index("ix_initiative_new", "district_id", "created_at", "id"),
        Index("ix_initiative_state_new", "district_id", "state", "created_at", "id"),
        Index("ix_initiative_finished", "state", "finished_at"),
        Index("ix_initiative_issue", "issue_id"),
        Index("ix_initiative_decision", "decision_id"),
        Index("ix_initiative_coordinator", "coordinator_key", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    place_id: Mapped[str] = mapped_column(Id, ForeignKey("place.id"))
    place_path: Mapped[str] = mapped_column(String(120))
    issue_id: Mapped[str | None] = mapped_column(Id, ForeignKey("issue.id"))
    decision_id: Mapped[str | None] = mapped_column(Id, ForeignKey("decision.id"))
    starter_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    starter_organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    once: Mapped[str | None] = mapped_column(String(40))
    """Made with the form, so that a form sent twice starts one initiative."""
    coordinator_key: Mapped[str] = mapped_column(String(20))
    """Whose voice coordinates: `a:<account>` or `o:<organisation>`, always a participant."""
    coordinator_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    coordinator_organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    successor_key: Mapped[str | None] = mapped_column(String(20))
    """The participant who was asked to coordinate and has not answered yet."""
    helper_keys: Mapped[list[str]] = mapped_column(Json, default=list)
    title: Mapped[str] = mapped_column(String(120))
    goal: Mapped[str] = mapped_column(Text)
    ends_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[InitiativeState] = mapped_column(String(12), default=InitiativeState.PLANNING)
    stop_reason: Mapped[str] = mapped_column(String(1000), default="")
    report: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)
    """Raised by every change of its words; a writer who saw an older one gets `Stale`."""
    comment_count: Mapped[int] = mapped_column(Integer, default=0)
    residents: Mapped[int] = mapped_column(Integer, default=0)
    enterprises: Mapped[int] = mapped_column(Integer, default=0)
    ngos: Mapped[int] = mapped_column(Integer, default=0)
    offices: Mapped[int] = mapped_column(Integer, default=0)
    solved_yes: Mapped[int] = mapped_column(Integer, default=0)
    solved_partly: Mapped[int] = mapped_column(Integer, default=0)
    solved_no: Mapped[int] = mapped_column(Integer, default=0)
    satisfaction_sum: Mapped[int] = mapped_column(Integer, default=0)
    mark: Mapped[str | None] = mapped_column(String(12))
    """What moderation has done: `people.rules.Mark`. A hidden initiative's words are not here any more."""
    mark_ground: Mapped[str | None] = mapped_column(String(16))

    @property
    def mark_sentence(self) -> Lazy | None:
        """What moderation has done, in a sentence."""
        return mark_sentence(self.mark, self.mark_ground)

    @property
    def participants(self) -> int:
        """How many take part, of all kinds."""
        return self.residents + self.enterprises + self.ngos + self.offices

    @property
    def ratings(self) -> int:
        """How many have rated."""
        return self.solved_yes + self.solved_partly + self.solved_no


class InitiativeNeed(Base):
    """Something needed. `covered` is the sum of its pledges open or kept; money counts in fen."""

    __tablename__ = "initiative_need"
    __table_args__ = (
        CheckConstraint("required > 0", name="required"),
        CheckConstraint("covered >= 0", name="covered"),
        Index("ix_initiative_need_of", "initiative_id", "position"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    initiative_id: Mapped[str] = mapped_column(Id, ForeignKey("initiative.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[NeedKind] = mapped_column(String(12))
    description: Mapped[str] = mapped_column(String(200))
    required: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str] = mapped_column(String(20), default="")
    covered: Mapped[int] = mapped_column(BigInteger, default=0)

    @property
    def is_covered(self) -> bool:
        """Whether enough is pledged."""
        return self.covered >= self.required


class Participant(Base):
    """A voice that takes part: by a pledge, or by coordinating. Whoever leaves stays on record."""

    __tablename__ = "initiative_participant"
    __table_args__ = (
        UniqueConstraint("initiative_id", "voter_key"),
        CheckConstraint("chamber IN ('resident', 'enterprise', 'ngo', 'government')", name="chamber"),
        Index("ix_initiative_participant_of", "initiative_id", "id"),
        Index("ix_initiative_participant_mine", "voter_key", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    initiative_id: Mapped[str] = mapped_column(Id, ForeignKey("initiative.id"))
    voter_key: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    chamber: Mapped[str] = mapped_column(String(12))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Pledge(Base):
    """What a voice promises until when: one row a voice and need, or one in its own words (`own`)."""

    __tablename__ = "initiative_pledge"
    __table_args__ = (
        UniqueConstraint("initiative_id", "voter_key", "need_key"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(need_id IS NULL) = (need_key = 'own')", name="need"),
        Index("ix_initiative_pledge_of", "initiative_id", "id"),
        Index("ix_initiative_pledge_due", "state", "due_on"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    initiative_id: Mapped[str] = mapped_column(Id, ForeignKey("initiative.id"))
    need_id: Mapped[str | None] = mapped_column(Id, ForeignKey("initiative_need.id"))
    need_key: Mapped[str] = mapped_column(String(16))
    voter_key: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    chamber: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(String(300), default="")
    amount: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str] = mapped_column(String(20), default="")
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[PledgeState] = mapped_column(String(12), default=PledgeState.OPEN)
    note: Mapped[str] = mapped_column(String(500), default="")
    """What the organisers say of it; for a withdrawn one the reason its maker gave."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by_key: Mapped[str | None] = mapped_column(String(20))
    objection: Mapped[str] = mapped_column(String(1000), default="")
    objected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    flagged_on: Mapped[date | None] = mapped_column(Date)
    """The day it was found overdue and its maker and the organisers were told."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def is_own_words(self) -> bool:
        """Whether it answers no listed need."""
        return self.need_id is None


class Step(Base):
    """A step of the work, owned by a participant."""

    __tablename__ = "initiative_step"
    __table_args__ = (
        UniqueConstraint("initiative_id", "once"),
        Index("ix_initiative_step_of", "initiative_id", "due_on", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    initiative_id: Mapped[str] = mapped_column(Id, ForeignKey("initiative.id"))
    title: Mapped[str] = mapped_column(String(120))
    owner_key: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[StepState] = mapped_column(String(8), default=StepState.TODO)
    reason: Mapped[str] = mapped_column(String(500), default="")
    once: Mapped[str | None] = mapped_column(String(40))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Update(Base):
    """News of the work, with photos already re-encoded by the storage: key, width, height, alt."""

    __tablename__ = "initiative_update"
    __table_args__ = (
        UniqueConstraint("initiative_id", "once"),
        Index("ix_initiative_update_of", "initiative_id", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    initiative_id: Mapped[str] = mapped_column(Id, ForeignKey("initiative.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    body: Mapped[str] = mapped_column(Text)
    photos: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    once: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class InitiativeTransition(Base):
    """A change of state or of coordinator: who, on whose behalf, when, why."""

    __tablename__ = "initiative_transition"
    __table_args__ = (Index("ix_initiative_transition_of", "initiative_id", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    initiative_id: Mapped[str] = mapped_column(Id, ForeignKey("initiative.id"))
    action: Mapped[str] = mapped_column(String(16))
    from_state: Mapped[InitiativeState | None] = mapped_column(String(12))
    to_state: Mapped[InitiativeState] = mapped_column(String(12))
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    """None when a job did it."""
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(String(1000), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class InitiativeRating(Base):
    """What a voice says of the outcome; one a voice, changeable until it is closed."""

    __tablename__ = "initiative_rating"
    __table_args__ = (
        UniqueConstraint("initiative_id", "voter_key"),
        CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),
        CheckConstraint("solved IN ('yes', 'partly', 'no')", name="solved"),
        Index("ix_initiative_rating_of", "initiative_id", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    initiative_id: Mapped[str] = mapped_column(Id, ForeignKey("initiative.id"))
    voter_key: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    chamber: Mapped[str] = mapped_column(String(12))
    solved: Mapped[str] = mapped_column(String(8))
    satisfaction: Mapped[int] = mapped_column(SmallInteger)
    comment: Mapped[str] = mapped_column(String(1000), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
