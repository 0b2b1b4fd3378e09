"""Cases, reports, measures, originals, appeals, looks at originals, and the months' statistics.

Measures, originals and looks are append-only: the database itself refuses to change or delete them.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Float,
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
from gongzhi.kernel.triggers import with_tables


class CaseState(StrEnum):
    """Whether somebody has to look at it."""

    OPEN = "open"
    DECIDED = "decided"


class MeasureKind(StrEnum):
    """What moderation does; `hold` and `release` happen by themselves, `restore` also by an appeal."""

    DISMISS = "dismiss"
    HIDE = "hide"
    REDACT = "redact"
    WARN = "warn"
    SUSPEND = "suspend"
    RESTORE = "restore"
    HOLD = "hold"
    RELEASE = "release"


class Outcome(StrEnum):
    """What became of a report."""

    UPHELD = "upheld"
    REJECTED = "rejected"


class AppealOutcome(StrEnum):
    """What another moderator found."""

    UPHELD = "upheld"
    REVERSED = "reversed"
    CHANGED = "changed"


class ModerationCase(Base):
    """One reported thing, however many reported it. Its row is the lock under which measures are taken."""

    __tablename__ = "moderation_case"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id"),
        CheckConstraint("state IN ('open', 'decided')", name="state"),
        CheckConstraint("reports >= 0", name="reports"),
        Index("ix_moderation_case_queue", "district_id", "state", "due_at", "id"),
        Index("ix_moderation_case_author", "author_id", "id"),
        Index("ix_moderation_case_held", "held_until"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    subject_kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(Id)
    author_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    office_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    """The office the thing speaks about: its members' reports hold nothing, and its members decide nothing."""
    place_path: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[CaseState] = mapped_column(String(8), default=CaseState.OPEN)
    mark: Mapped[str | None] = mapped_column(String(12))
    """How the thing stands: `people.rules.Mark`."""
    ground: Mapped[str] = mapped_column(String(16))
    """The most serious ground reported, or the one decided on."""
    is_urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    reports: Mapped[int] = mapped_column(Integer, default=0)
    weight: Mapped[float] = mapped_column(Float, default=0.0)
    excerpt: Mapped[str] = mapped_column(String(200), default="")
    """The beginning of the words as reported, for the queue only."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    immune_digest: Mapped[str | None] = mapped_column(String(64))
    """Words once found to be in order are never held by themselves again."""
    originals_of: Mapped[str | None] = mapped_column(Id)
    """The measure whose originals are the thing's own words, while they are covered."""


class ModerationReport(Base):
    """One person's report of one thing; who it was is shown to nobody but moderators and auditors."""

    __tablename__ = "moderation_report"
    __table_args__ = (
        UniqueConstraint("case_id", "reporter_id"),
        Index("ix_moderation_report_reporter", "reporter_id", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    case_id: Mapped[str] = mapped_column(Id, ForeignKey("moderation_case.id"))
    reporter_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    is_official: Mapped[bool] = mapped_column(Boolean, default=False)
    level: Mapped[int] = mapped_column(SmallInteger, default=0)
    ground: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(String(1000), default="")
    network: Mapped[str] = mapped_column(String(32), default="")
    """The session's network mark, forgotten after 30 days."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[Outcome | None] = mapped_column(String(8))
    measure_id: Mapped[str | None] = mapped_column(Id)
    """The measure that answered it."""


class ModerationMeasure(Base):
    """What was done, by whom in which role, on which ground and why; append-only."""

    __tablename__ = "moderation_measure"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(kind = 'suspend') = (days IS NOT NULL)", name="days"),
        Index("ix_moderation_measure_case", "case_id", "id"),
        Index("ix_moderation_measure_account", "account_id", "id"),
        Index("ix_moderation_measure_month", "district_id", "at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    case_id: Mapped[str] = mapped_column(Id, ForeignKey("moderation_case.id"))
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    """Whom it concerns: the author."""
    kind: Mapped[MeasureKind] = mapped_column(String(8))
    ground: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(1000))
    days: Mapped[int | None] = mapped_column(SmallInteger)
    passages: Mapped[list[str]] = mapped_column(Json, default=list)
    role: Mapped[str] = mapped_column(String(16))
    """In which role it was decided: moderator, admin, or system."""
    decided_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    reverses_id: Mapped[str | None] = mapped_column(Id, ForeignKey("moderation_measure.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    appeal_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ModerationOriginal(Base):
    """A part of a thing as it was before a measure; append-only, kept for author, moderators and auditors."""

    __tablename__ = "moderation_original"

    measure_id: Mapped[str] = mapped_column(Id, ForeignKey("moderation_measure.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class OriginalLook(Base):
    """Each time somebody read originals: who, in which role, of which case; append-only."""

    __tablename__ = "moderation_look"
    __table_args__ = (Index("ix_moderation_look_case", "case_id", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    case_id: Mapped[str] = mapped_column(Id, ForeignKey("moderation_case.id"))
    reader_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    role: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ModerationAppeal(Base):
    """The author's appeal against a measure: one a measure, decided by somebody else."""

    __tablename__ = "moderation_appeal"
    __table_args__ = (
        UniqueConstraint("measure_id"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("outcome IS NULL OR reason <> ''", name="reason"),
        Index("ix_moderation_appeal_queue", "district_id", "due_at", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    measure_id: Mapped[str] = mapped_column(Id, ForeignKey("moderation_measure.id"))
    case_id: Mapped[str] = mapped_column(Id, ForeignKey("moderation_case.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    words: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[AppealOutcome | None] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(1000), default="")
    decided_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WithheldFile(Base):
    """A picture that is hidden with its thing: its address answers only those who may read originals."""

    __tablename__ = "moderation_withheld_file"

    case_id: Mapped[str] = mapped_column(Id, ForeignKey("moderation_case.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True, index=True)


class ModerationMonth(Base):
    """The public figures of a month, as they were published."""

    __tablename__ = "moderation_month"

    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    statistics: Mapped[dict[str, Any]] = mapped_column(Json)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


APPEND_ONLY = ("moderation_measure", "moderation_original", "moderation_look")
"""The same triggers stand in the migration; these serve databases made from the tables' descriptions."""


def _kept(table: str, dialect: str) -> list[str]:
    """The statements that refuse UPDATE and DELETE on a table."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            for act in ("UPDATE", "DELETE")
        ]
    refuse = "$$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
    return [
        f"CREATE OR REPLACE FUNCTION {table}_keep() RETURNS trigger LANGUAGE plpgsql AS {refuse}",
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_keep()",
    ]


for _name in APPEND_ONLY:
    with_tables(Base.metadata.tables[_name], partial(_kept, _name))
