"""What this room announces. `issues` are the issues a decision rests on: their pages show it too."""

from __future__ import annotations

from dataclasses import dataclass

from gongzhi.kernel.events import Event, event


@dataclass(frozen=True, kw_only=True)
class DecisionEvent(Event):
    """Parent of the room's events."""

    decision_id: str
    office_id: str
    issues: tuple[str, ...] = ()

    def topics(self) -> tuple[str, ...]:
        """The decision, the list of decisions and each issue."""
        return (f"decision:{self.decision_id}", "decisions", *(f"issue:{key}" for key in self.issues))


@dataclass(frozen=True, kw_only=True)
class _Inside(DecisionEvent):
    """Before the public sees it: only the office's desk moves."""

    def topics(self) -> tuple[str, ...]:
        """The desk of the office."""
        return (f"office:{self.office_id}",)


@event("decision.submitted")
@dataclass(frozen=True, kw_only=True)
class DecisionSubmitted(_Inside):
    """A draft waits for a second official."""


@event("decision.returned")
@dataclass(frozen=True, kw_only=True)
class DecisionReturned(_Inside):
    """The draft went back to its author."""

    author_id: str
    reason: str


@event("decision.on_notice")
@dataclass(frozen=True, kw_only=True)
class DecisionOnNotice(DecisionEvent):
    """Approved by a second official and on public notice until the date given."""

    until: str


@event("decision.published")
@dataclass(frozen=True, kw_only=True)
class DecisionPublished(DecisionEvent):
    """In force."""


@event("decision.progress")
@dataclass(frozen=True, kw_only=True)
class DecisionProgress(DecisionEvent):
    """The office reported progress, or a commitment was kept or missed."""

    report_id: str | None = None
    commitment_id: str | None = None
    settled: str | None = None
    """`kept` or `missed` when the commitment was settled; None for a report."""


@event("decision.done")
@dataclass(frozen=True, kw_only=True)
class DecisionDone(DecisionEvent):
    """All commitments are settled; those concerned may rate."""


@event("decision.withdrawn")
@dataclass(frozen=True, kw_only=True)
class DecisionWithdrawn(DecisionEvent):
    """Taken back with a reason."""

    reason: str
    was_public: bool = False

    def topics(self) -> tuple[str, ...]:
        """Public only when it had been shown."""
        return super().topics() if self.was_public else (f"office:{self.office_id}",)


@event("decision.rated")
@dataclass(frozen=True, kw_only=True)
class DecisionRated(DecisionEvent):
    """Somebody concerned rated the outcome."""

    satisfaction: int = 0


@event("decision.objection")
@dataclass(frozen=True, kw_only=True)
class ObjectionChanged(DecisionEvent):
    """An objection was raised or answered."""

    objection_id: str


@event("decision.objection_moderated")
@dataclass(frozen=True, kw_only=True)
class ObjectionModerated(DecisionEvent):
    """Moderation covered, hid or gave back words of an objection; it still needs its answer."""

    objection_id: str


@event("decision.promise_due")
@dataclass(frozen=True, kw_only=True)
class PromiseDue(_Inside):
    """A commitment is due and not settled."""

    commitment_id: str
