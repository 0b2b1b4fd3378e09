"""What this room announces."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import ClassVar

from gongzhi.kernel.events import Event, event


@dataclasses.dataclass(frozen=True, kw_only=True)
class IssueEvent(Event):
    """Parent of the room's events: each belongs to one issue."""

    issue_id: str

    def topics(self) -> tuple[str, ...]:
        """The issue's own topic."""
        return (f"issue:{self.issue_id}",)


@event("issue.published")
@dataclasses.dataclass(frozen=True, kw_only=True)
class IssuePublished(IssueEvent):
    """A new issue, and the office it was routed to."""

    title: str
    category_id: str
    place_id: str
    office_id: str | None = None

    def topics(self) -> tuple[str, ...]:
        """Also the list, and the desk of the office."""
        return (f"issue:{self.issue_id}", "issues", *_desk(self.office_id))


@event("issue.edited")
@dataclasses.dataclass(frozen=True, kw_only=True)
class IssueEdited(IssueEvent):
    """The words changed, or the author added a note; `number` is the new public version."""

    number: int


@event("issue.moderated")
@dataclasses.dataclass(frozen=True, kw_only=True)
class IssueModerated(IssueEvent):
    """Moderation held, covered, hid or gave back its words; `mark` is how it stands now."""

    mark: str | None = None

    def topics(self) -> tuple[str, ...]:
        """Also the list."""
        return (f"issue:{self.issue_id}", "issues")


@event("issue.state_changed")
@dataclasses.dataclass(frozen=True, kw_only=True)
class IssueStateChanged(IssueEvent):
    """A step of the trace other than those with an event of their own. `action` is the machine's name.

    States may be equal: a pause, an extension, a triage or a new office is a step as well.
    """

    transition_id: str
    action: str
    from_state: str
    to_state: str
    office_id: str | None = None
    previous_office_id: str | None = None
    reason: str = ""
    due: date | None = None

    def topics(self) -> tuple[str, ...]:
        """Also the list, and the desks that lose or gain the issue."""
        return (
            f"issue:{self.issue_id}",
            "issues",
            *_desk(self.office_id),
            *(_desk(self.previous_office_id) if self.previous_office_id != self.office_id else ()),
        )


@event("issue.answered")
@dataclasses.dataclass(frozen=True, kw_only=True)
class IssueAnswered(IssueEvent):
    """An office answered."""

    answer_id: str
    office_id: str

    def topics(self) -> tuple[str, ...]:
        """Also the list and the office's desk."""
        return (f"issue:{self.issue_id}", "issues", *_desk(self.office_id))


@event("issue.vote_cast")
@dataclasses.dataclass(frozen=True, kw_only=True)
class VoteCast(IssueEvent):
    """A voice changed. The tallies carry their own version, so recording bumps nothing."""

    versioned: ClassVar[bool] = False

    chamber: str
    choice: str
    before: str | None = None


@event("issue.merged")
@dataclasses.dataclass(frozen=True, kw_only=True)
class IssueMerged(IssueEvent):
    """`issue_id` was united with `into_id`, which now carries its votes."""

    into_id: str
    reason: str

    def topics(self) -> tuple[str, ...]:
        """Both issues and the list."""
        return (f"issue:{self.issue_id}", f"issue:{self.into_id}", "issues")


@event("issue.rated")
@dataclasses.dataclass(frozen=True, kw_only=True)
class IssueRated(IssueEvent):
    """Somebody concerned rated the outcome."""

    solved: str
    satisfaction: int
    office_id: str | None = None

    def topics(self) -> tuple[str, ...]:
        """Also the office's desk."""
        return (f"issue:{self.issue_id}", *_desk(self.office_id))


@event("issue.reopened")
@dataclasses.dataclass(frozen=True, kw_only=True)
class IssueReopened(IssueEvent):
    """Open again, at the office above. `by` is `author` or `supporters`."""

    by: str
    reason: str
    office_id: str | None = None
    previous_office_id: str | None = None

    def topics(self) -> tuple[str, ...]:
        """Also the list and both desks."""
        return (
            f"issue:{self.issue_id}",
            "issues",
            *_desk(self.office_id),
            *(_desk(self.previous_office_id) if self.previous_office_id != self.office_id else ()),
        )


@event("issue.deadline_near")
@dataclasses.dataclass(frozen=True, kw_only=True)
class DeadlineNear(IssueEvent):
    """A reminder to the office: `deadline` is accept or answer, `mark` 50, 80 or 100 (per cent).

    For `deadline` promise, the next step an answer promised, `mark` is near or due.
    """

    office_id: str
    deadline: str
    mark: str
    due: date

    def topics(self) -> tuple[str, ...]:
        """The desk only: residents see the date anyway."""
        return _desk(self.office_id)


@event("issue.escalated")
@dataclasses.dataclass(frozen=True, kw_only=True)
class IssueEscalated(IssueEvent):
    """A deadline was missed by `days` working days; the office above steps in, publicly."""

    office_id: str
    above_id: str | None
    deadline: str
    days: int
    due: date

    def topics(self) -> tuple[str, ...]:
        """The issue, the list and both desks."""
        return (f"issue:{self.issue_id}", "issues", *_desk(self.office_id), *_desk(self.above_id))


def _desk(office_id: str | None) -> tuple[str, ...]:
    return (f"office:{office_id}",) if office_id else ()
