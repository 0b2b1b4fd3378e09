"""What this room announces. No event carries words of anybody: ids only; the month's figures are public."""

from __future__ import annotations

from dataclasses import dataclass

from gongzhi.kernel.events import Event, event


@dataclass(frozen=True, kw_only=True)
class CaseEvent(Event):
    """Parent of what moves the moderators' queue."""

    case_id: str

    def topics(self) -> tuple[str, ...]:
        """The private topic of the queue."""
        return ("moderation",)


@event("moderation.reported")
@dataclass(frozen=True, kw_only=True)
class ReportFiled(CaseEvent):
    """Somebody reported a thing; who is not told, not even here."""

    urgent: bool = False
    first: bool = True


@event("moderation.claimed")
@dataclass(frozen=True, kw_only=True)
class CaseClaimed(CaseEvent):
    """A moderator works on the case, or no longer."""


@event("moderation.measure_taken")
@dataclass(frozen=True, kw_only=True)
class MeasureTaken(CaseEvent):
    """A measure was taken or ended; `measure` names its kind, `account_id` whom it concerns."""

    measure_id: str
    measure: str
    subject_kind: str
    subject_id: str
    account_id: str | None = None


@event("moderation.appealed")
@dataclass(frozen=True, kw_only=True)
class AppealFiled(CaseEvent):
    """The author appeals."""

    appeal_id: str
    measure_id: str
    decided_by_id: str | None = None


@event("moderation.appeal_decided")
@dataclass(frozen=True, kw_only=True)
class AppealDecided(CaseEvent):
    """Another moderator upheld, reversed or changed the measure."""

    appeal_id: str
    measure_id: str
    account_id: str
    decided_by_id: str | None
    outcome: str


@event("moderation.appeal_overdue")
@dataclass(frozen=True, kw_only=True)
class AppealOverdue(CaseEvent):
    """Nobody decided the appeal in time: it goes to the administrators."""

    appeal_id: str
    measure_id: str


@event("moderation.statistics_published")
@dataclass(frozen=True, kw_only=True)
class ModerationStatisticsPublished(Event):
    """The figures of a month, as canonical JSON: sorted keys, no spaces, small numbers as "<5"."""

    month: str
    statistics: str
