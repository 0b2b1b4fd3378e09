"""The life of an issue as one declared machine, and the words for its states and steps."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from gongzhi.kernel.text import lazy as _l
from gongzhi.kernel.workflow import Machine, Transition

from ..models import Chamber, Choice, IssueState, Solved, Triage


class Act(StrEnum):
    """The steps of the trace."""

    PUBLISH = "publish"
    EDIT = "edit"
    NOTE = "note"
    ACCEPT = "accept"
    ROUTE = "route"
    TRIAGE = "triage"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    ESCALATE = "escalate"
    ANSWER = "answer"
    RESOLVE = "resolve"
    DECLINE = "decline"
    RATE = "rate"
    CLOSE = "close"
    REOPEN = "reopen"
    MERGE = "merge"
    UNITE = "unite"
    WITHDRAW = "withdraw"


class StateGroup(StrEnum):
    """How lists sort the states for readers."""

    OPEN = "open"
    ANSWERED = "answered"
    DONE = "done"


S = IssueState
OPEN_STATES = (S.PUBLISHED, S.ACCEPTED, S.UNDER_WAY, S.ANSWERED)
"""Votes are taken, and offices can act."""
DONE_STATES = (S.RESOLVED, S.NOT_POSSIBLE, S.RATED, S.CLOSED)
RATEABLE_STATES = (S.RESOLVED, S.NOT_POSSIBLE, S.RATED)
GONE_STATES = (S.MERGED, S.WITHDRAWN)
"""Not in any list; the page stays and says where to go."""
ACCEPT_STATES = (S.PUBLISHED,)
"""The time to accept runs."""
ANSWER_STATES = (S.ACCEPTED, S.UNDER_WAY)
"""The time to answer runs, unless paused."""

GROUPS: dict[StateGroup, tuple[IssueState, ...]] = {
    StateGroup.OPEN: (S.PUBLISHED, S.ACCEPTED, S.UNDER_WAY),
    StateGroup.ANSWERED: (S.ANSWERED,),
    StateGroup.DONE: DONE_STATES,
}

STATE_LABELS = {
    S.PUBLISHED: _l("Published"),
    S.ACCEPTED: _l("Accepted"),
    S.UNDER_WAY: _l("Under way"),
    S.ANSWERED: _l("Answered"),
    S.RESOLVED: _l("Resolved"),
    S.NOT_POSSIBLE: _l("Not possible"),
    S.RATED: _l("Rated"),
    S.CLOSED: _l("Closed"),
    S.MERGED: _l("Merged"),
    S.WITHDRAWN: _l("Withdrawn"),
}
GROUP_LABELS = {
    StateGroup.OPEN: _l("In progress"),
    StateGroup.ANSWERED: _l("Answered"),
    StateGroup.DONE: _l("Completed"),
}
TRIAGE_LABELS = {
    Triage.BIG: _l("Government matter"),
    Triage.SMALL: _l("Common matter"),
    Triage.PRIVATE: _l("Private matter"),
}
CHOICE_LABELS = {
    Choice.SUPPORT: _l("Support"),
    Choice.OPPOSE: _l("Oppose"),
    Choice.NEUTRAL: _l("Neutral"),
    Choice.NONE: _l("No vote"),
}
CHAMBER_LABELS = {
    Chamber.RESIDENT: _l("Residents"),
    Chamber.ENTERPRISE: _l("Enterprises"),
    Chamber.NGO: _l("Social organisations"),
}
SOLVED_LABELS = {
    Solved.YES: _l("Solved"),
    Solved.PARTLY: _l("Partly solved"),
    Solved.NO: _l("Not solved"),
}
ACT_LABELS = {
    Act.PUBLISH: _l("Published the issue"),
    Act.EDIT: _l("Edited the issue"),
    Act.NOTE: _l("Added a note"),
    Act.ACCEPT: _l("Accepted the issue"),
    Act.ROUTE: _l("Corrected the responsible office"),
    Act.TRIAGE: _l("Sorted the issue"),
    Act.START: _l("Started work"),
    Act.PAUSE: _l("Paused the deadline"),
    Act.RESUME: _l("Resumed the deadline"),
    Act.EXTEND: _l("Extended the deadline"),
    Act.ESCALATE: _l("Deadline missed: escalated to the office above"),
    Act.ANSWER: _l("Answered the issue"),
    Act.RESOLVE: _l("Declared the issue resolved"),
    Act.DECLINE: _l("Declared the issue not possible"),
    Act.RATE: _l("Rated by those concerned"),
    Act.CLOSE: _l("Closed the issue"),
    Act.REOPEN: _l("Reopened the issue"),
    Act.MERGE: _l("Merged into another issue"),
    Act.UNITE: _l("Another issue was merged into this one"),
    Act.WITHDRAW: _l("Withdrew the issue"),
}


def _stays(act: Act, states: tuple[IssueState, ...]) -> Iterator[Transition[IssueState]]:
    """A step that leaves the state as it is, possible in each of these."""
    for state in states:
        yield Transition(act, (state,), state)


def _stays_with_reason(act: Act, states: tuple[IssueState, ...]) -> Iterator[Transition[IssueState]]:
    """Such a step that needs a reason."""
    for state in states:
        yield Transition(act, (state,), state, reason_required=True)


MACHINE: Machine[IssueState] = Machine(
    "issue",
    S.PUBLISHED,
    (
        *_stays(Act.EDIT, (S.PUBLISHED,)),
        *_stays_with_reason(Act.NOTE, OPEN_STATES),
        Transition(Act.ACCEPT, (S.PUBLISHED,), S.ACCEPTED),
        Transition(Act.ROUTE, (S.PUBLISHED, S.ACCEPTED, S.UNDER_WAY), S.PUBLISHED, reason_required=True),
        *_stays_with_reason(Act.TRIAGE, OPEN_STATES),
        Transition(Act.START, (S.ACCEPTED, S.ANSWERED), S.UNDER_WAY),
        *_stays_with_reason(Act.PAUSE, ANSWER_STATES),
        *_stays(Act.RESUME, ANSWER_STATES),
        *_stays_with_reason(Act.EXTEND, ANSWER_STATES),
        *_stays(Act.ESCALATE, (S.PUBLISHED, S.ACCEPTED, S.UNDER_WAY)),
        Transition(Act.ANSWER, (S.ACCEPTED, S.UNDER_WAY, S.ANSWERED), S.ANSWERED),
        Transition(Act.RESOLVE, (S.UNDER_WAY, S.ANSWERED), S.RESOLVED),
        Transition(Act.DECLINE, (S.ACCEPTED, S.UNDER_WAY, S.ANSWERED), S.NOT_POSSIBLE, reason_required=True),
        Transition(Act.RATE, RATEABLE_STATES, S.RATED),
        Transition(Act.CLOSE, RATEABLE_STATES, S.CLOSED),
        Transition(Act.REOPEN, DONE_STATES, S.PUBLISHED, reason_required=True),
        Transition(Act.MERGE, OPEN_STATES, S.MERGED, reason_required=True),
        *_stays(Act.UNITE, OPEN_STATES),
        Transition(Act.WITHDRAW, (S.PUBLISHED, S.ACCEPTED, S.UNDER_WAY), S.WITHDRAWN, reason_required=True),
    ),
    STATE_LABELS,
)


def takes_votes(state: str) -> bool:
    """Whether voices still count."""
    return state in OPEN_STATES
