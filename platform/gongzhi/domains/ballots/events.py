"""What this room announces. The opening, the cancelling and the certificate are public acts: they go to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gongzhi.kernel.events import Event, event


@dataclass(frozen=True, kw_only=True)
class BallotEvent(Event):
    """Parent of the room's events."""

    ballot_id: str

    def topics(self) -> tuple[str, ...]:
        """The ballot and the list."""
        return (f"ballot:{self.ballot_id}", "ballots")


@dataclass(frozen=True, kw_only=True)
class _Inside(BallotEvent):
    """Before the public sees it: only the office's desk moves."""

    office_id: str

    def topics(self) -> tuple[str, ...]:
        """The desk of the office."""
        return (f"office:{self.office_id}",)


@event("ballot.submitted")
@dataclass(frozen=True, kw_only=True)
class BallotSubmitted(_Inside):
    """A draft waits for a second official."""


@event("ballot.returned")
@dataclass(frozen=True, kw_only=True)
class BallotReturned(_Inside):
    """The draft went back to its author."""

    author_id: str
    reason: str


@event("ballot.opened")
@dataclass(frozen=True, kw_only=True)
class BallotOpened(BallotEvent):
    """Approved by a second official: rules and roll are frozen. A leaf of the ledger."""

    rules_hash: str


@event("ballot.started")
@dataclass(frozen=True, kw_only=True)
class BallotStarted(BallotEvent):
    """The announced time has come: votes are taken."""


@event("ballot.vote_cast")
@dataclass(frozen=True, kw_only=True)
class BallotVoteCast(BallotEvent):
    """Somebody voted or changed a vote. In a secret ballot it does not say who."""

    versioned: ClassVar[bool] = False

    def topics(self) -> tuple[str, ...]:
        """The list does not move with every vote."""
        return (f"ballot:{self.ballot_id}",)


@event("ballot.closing_soon")
@dataclass(frozen=True, kw_only=True)
class BallotClosingSoon(BallotEvent):
    """Those who may vote and have not are reminded once."""

    def topics(self) -> tuple[str, ...]:
        """Nothing that is shown changes."""
        return ()


@event("ballot.paper_changed")
@dataclass(frozen=True, kw_only=True)
class BallotPaperChanged(_Inside):
    """An official entered papers; `result` is first, confirmed or differs."""

    result: str


@event("ballot.cancelled")
@dataclass(frozen=True, kw_only=True)
class BallotCancelled(BallotEvent):
    """Stopped with a public reason. A leaf of the ledger."""

    reason: str


@event("ballot.certified")
@dataclass(frozen=True, kw_only=True)
class BallotCertified(BallotEvent):
    """Closed, counted, certified. A leaf of the ledger."""

    result_hash: str


@event("ballot.moved_on")
@dataclass(frozen=True, kw_only=True)
class BallotMovedOn(BallotEvent):
    """The pages of the issues it is about show its new state too."""

    issues: tuple[str, ...] = ()
    status: str = ""

    def topics(self) -> tuple[str, ...]:
        """The issues only: its own topics hear of what happened itself."""
        return tuple(f"issue:{key}" for key in self.issues)
