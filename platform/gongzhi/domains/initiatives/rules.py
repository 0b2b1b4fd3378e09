"""States and words of initiatives, needs and pledges: what is valid, and how amounts are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from gongzhi.domains.initiatives.models import InitiativeState, NeedKind, PledgeState, StepState
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.text import Message, check_length, clean_line, clean_text
from gongzhi.kernel.text import lazy as _l
from gongzhi.kernel.workflow import Machine, Transition

RATING_DAYS = 14
"""Days of rating after the report; basis: the same time as for issues, after which silence counts as none."""
MOST_NEEDS = 20
MOST_STEPS = 100
MOST_HELPERS = 10
MOST_PHOTOS = 6
MOST_AMOUNT = 10**12
LONGEST_GOAL = 10_000
LONGEST_REPORT = 10_000
LONGEST_UPDATE = 5_000
LONGEST_NOTE = 500
LONGEST_REASON = 1_000
LONGEST_COMMENT = 1_000
LONGEST_PLEDGE = 300
LONGEST_UNIT = 20
LONGEST_TITLE = 120
BEST = 5
FARTHEST = timedelta(days=3 * 366)
FEN = 100

STATE_LABELS = {
    InitiativeState.PLANNING: _l("Looking for partners"),
    InitiativeState.RUNNING: _l("Work under way"),
    InitiativeState.FINISHED: _l("Finished, open for ratings"),
    InitiativeState.CLOSED: _l("Closed"),
    InitiativeState.STOPPED: _l("Stopped"),
}
NEED_LABELS = {
    NeedKind.PEOPLE: _l("Helping hands"),
    NeedKind.MONEY: _l("Money (intention only)"),
    NeedKind.MATERIAL: _l("Material"),
    NeedKind.VENUE: _l("Venue"),
    NeedKind.SKILL: _l("Skills"),
}
PLEDGE_LABELS = {
    PledgeState.OPEN: _l("Pledged"),
    PledgeState.KEPT: _l("Pledge kept"),
    PledgeState.MISSED: _l("Pledge missed"),
    PledgeState.WITHDRAWN: _l("Withdrawn"),
    PledgeState.RELEASED: _l("Released, as the work was stopped"),
}
STEP_LABELS = {
    StepState.TODO: _l("To do"),
    StepState.DOING: _l("Being done"),
    StepState.DONE: _l("Done"),
    StepState.DROPPED: _l("Dropped"),
}
ACTION_LABELS = {
    "start": _l("Initiative started"),
    "begin": _l("Work began"),
    "finish": _l("Finished with a report"),
    "close": _l("Ratings closed"),
    "stop": _l("Stopped"),
    "hand_over": _l("Coordination handed over"),
}
OPEN_STATES = (InitiativeState.PLANNING, InitiativeState.RUNNING)
COUNTING = (PledgeState.OPEN, PledgeState.KEPT)
"""Pledges in these states count as covering a need."""

S = InitiativeState
MACHINE: Machine[InitiativeState] = Machine(
    "initiative",
    S.PLANNING,
    (
        Transition("begin", (S.PLANNING,), S.RUNNING),
        Transition("finish", (S.RUNNING,), S.FINISHED),
        Transition("close", (S.FINISHED,), S.CLOSED),
        Transition("stop", (S.PLANNING, S.RUNNING), S.STOPPED, reason_required=True),
    ),
    STATE_LABELS,
)
P = StepState
STEPS: Machine[StepState] = Machine(
    "initiative step",
    P.TODO,
    (
        Transition(P.DOING, (P.TODO,), P.DOING),
        Transition(P.DONE, (P.TODO, P.DOING), P.DONE),
        Transition(P.DROPPED, (P.TODO, P.DOING), P.DROPPED, reason_required=True),
        Transition(P.TODO, (P.DOING, P.DONE, P.DROPPED), P.TODO),
    ),
    STEP_LABELS,
)


@dataclass(frozen=True)
class Words:
    """The words of an initiative, as typed or cleaned."""

    title: str
    goal: str
    ends_on: date | None = None


@dataclass(frozen=True)
class NeedWanted:
    """A need as typed; `required` is in fen for money."""

    kind: NeedKind
    description: str
    required: int
    unit: str = ""


def checked(words: Words, today: date) -> Words:
    """Cleaned words. Raises `Invalid` with all that is wrong, field by field."""
    cleaned = Words(clean_line(words.title), clean_text(words.goal), words.ends_on)
    refuse(
        {
            "title": check_length(cleaned.title, 4, LONGEST_TITLE),
            "goal": check_length(cleaned.goal, 10, LONGEST_GOAL),
            "ends_on": check_day(cleaned.ends_on, today) if cleaned.ends_on else None,
        }
    )
    return cleaned


def checked_need(need: NeedWanted) -> NeedWanted:
    """A cleaned need; money has no unit of its own. Raises `Invalid` on its fields."""
    cleaned = NeedWanted(
        need.kind,
        clean_line(need.description),
        need.required,
        "" if need.kind == NeedKind.MONEY else clean_line(need.unit),
    )
    refuse(
        {
            "description": check_length(cleaned.description, 2, 200),
            "required": check_amount(cleaned.required),
            "unit": check_length(cleaned.unit, 0, LONGEST_UNIT),
        }
    )
    return cleaned


def check_day(day: date, today: date) -> Message | None:
    """The sentence for a day in the past or beyond three years."""
    if day < today:
        return _l("Choose a day that is not over yet.")
    if day > today + FARTHEST:
        return _l("Choose a day within three years.")
    return None


def check_amount(amount: int) -> Message | None:
    """The sentence for an amount that is none."""
    if not 1 <= amount <= MOST_AMOUNT:
        return _l("Enter a number greater than zero.")
    return None


def read_amount(typed: str, kind: NeedKind | None, field: str) -> int:
    """The number typed: whole, or for money yuan with at most two decimals, kept in fen. Raises `Invalid`."""
    wrong = Invalid.of(field, _l("Enter a whole number, such as 12."))
    if kind == NeedKind.MONEY:
        wrong = Invalid.of(field, _l("Enter an amount in yuan, such as 500 or 99.50."))
    plain = typed.strip().replace(",", "").replace("，", "")
    if not plain.isascii() or len(plain) > 16:
        raise wrong
    try:
        value = Decimal(plain) * (FEN if kind == NeedKind.MONEY else 1)
    except InvalidOperation:
        raise wrong from None
    if not value.is_finite() or value != value.to_integral_value():
        raise wrong
    if message := check_amount(int(value)):
        raise Invalid.of(field, message)
    return int(value)


def refuse(wrong: dict[str, Message | None]) -> None:
    """Raises `Invalid` with the sentences that are there."""
    if errors := {name: [message] for name, message in wrong.items() if message}:
        raise Invalid(errors)
