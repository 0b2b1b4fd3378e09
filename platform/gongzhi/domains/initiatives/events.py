"""What this room announces. `issues` are the issues an initiative serves: their pages show it too."""

from __future__ import annotations

from dataclasses import dataclass

from gongzhi.kernel.events import Event, event


@dataclass(frozen=True, kw_only=True)
class InitiativeEvent(Event):
    """Parent of the room's events."""

    initiative_id: str
    issue_id: str | None = None
    issues: tuple[str, ...] = ()

    def topics(self) -> tuple[str, ...]:
        """The initiative, the list of initiatives and each issue it serves."""
        return (f"initiative:{self.initiative_id}", "initiatives", *(f"issue:{key}" for key in self.issues))


@event("initiative.started")
@dataclass(frozen=True, kw_only=True)
class InitiativeStarted(InitiativeEvent):
    """Somebody calls for joint work."""


@event("initiative.changed")
@dataclass(frozen=True, kw_only=True)
class InitiativeChanged(InitiativeEvent):
    """Its words, needs, organisers or state changed; `what` says which."""

    what: str = ""


@event("initiative.moderated")
@dataclass(frozen=True, kw_only=True)
class InitiativeModerated(InitiativeEvent):
    """Moderation held, covered, hid or gave back words of it or of its news; `mark` is how it stands now."""

    mark: str | None = None


@event("initiative.joined")
@dataclass(frozen=True, kw_only=True)
class InitiativeJoined(InitiativeEvent):
    """A pledge was made or changed; `join_id` is the pledge, `first` whether its voice is new here."""

    join_id: str
    first: bool = True


@event("initiative.left")
@dataclass(frozen=True, kw_only=True)
class InitiativeLeft(InitiativeEvent):
    """A pledge was withdrawn; `gone` when its voice takes no part any more."""

    join_id: str
    gone: bool = True


@event("initiative.pledge_settled")
@dataclass(frozen=True, kw_only=True)
class PledgeSettled(InitiativeEvent):
    """The organisers said in public whether a pledge was kept or missed."""

    pledge_id: str
    state: str


@event("initiative.pledge_disputed")
@dataclass(frozen=True, kw_only=True)
class PledgeDisputed(InitiativeEvent):
    """Who pledged objects to what was said of the pledge."""

    pledge_id: str


@event("initiative.pledge_overdue")
@dataclass(frozen=True, kw_only=True)
class PledgeOverdue(InitiativeEvent):
    """The day of a pledge has passed and nobody has said how it stands."""

    pledge_id: str


@event("initiative.step_changed")
@dataclass(frozen=True, kw_only=True)
class StepChanged(InitiativeEvent):
    """A step was added, changed or moved on."""

    step_id: str
    state: str


@event("initiative.update_posted")
@dataclass(frozen=True, kw_only=True)
class UpdatePosted(InitiativeEvent):
    """News of the work."""

    update_id: str


@event("initiative.closed")
@dataclass(frozen=True, kw_only=True)
class InitiativeClosed(InitiativeEvent):
    """The work has ended: `finished` with a report, `stopped` with a reason, or `closed` after the ratings."""

    state: str


@event("initiative.rated")
@dataclass(frozen=True, kw_only=True)
class InitiativeRated(InitiativeEvent):
    """Somebody concerned rated the outcome."""

    satisfaction: int = 0
