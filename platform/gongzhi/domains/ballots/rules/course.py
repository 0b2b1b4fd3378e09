"""States, phases and words of ballots, and what makes a draft fit to be opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.text import Message, check_length, clean_line, clean_text
from gongzhi.kernel.text import lazy as _l
from gongzhi.kernel.workflow import Machine, Transition

from ..models import Ballot, BallotState, How, Reasons, Results, RollKind
from .choices import ABSTAIN, AGAINST, FOR, INVALID, MOST_OPTIONS, Method
from .counting import counts_area, counts_chambers

LONGEST_BODY = 20_000
LONGEST_LABEL = 120
SHORTEST_VOTE = timedelta(hours=1)
LONGEST_VOTE = timedelta(days=92)
LONGEST_PAPER = timedelta(days=14)
REMIND_BEFORE = timedelta(hours=24)
"""When those who have not voted are reminded; a ballot shorter than three times that reminds in its last third."""
SMALL_GROUP = 5
"""Below this a result by itself may show who voted how; the officials are warned before they open a secret ballot."""


class Phase(StrEnum):
    """What the public sees: the state, and where it is open, what the clock says."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    ANNOUNCED = "announced"
    OPEN = "open"
    COUNTING = "counting"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


PHASE_LABELS = {
    Phase.DRAFT: _l("Draft"),
    Phase.IN_REVIEW: _l("In review"),
    Phase.ANNOUNCED: _l("Announced"),
    Phase.OPEN: _l("Voting is open"),
    Phase.COUNTING: _l("Being counted"),
    Phase.CLOSED: _l("Closed and certified"),
    Phase.CANCELLED: _l("Cancelled"),
    Phase.WITHDRAWN: _l("Withdrawn"),
}
STATE_LABELS = {
    BallotState.DRAFT: _l("Draft"),
    BallotState.IN_REVIEW: _l("In review"),
    BallotState.OPEN: _l("Opened"),
    BallotState.CERTIFIED: _l("Closed and certified"),
    BallotState.CANCELLED: _l("Cancelled"),
    BallotState.WITHDRAWN: _l("Withdrawn"),
}
STATUS_LABELS = {
    "passed": _l("Passed"),
    "failed": _l("Not passed"),
    "elected": _l("Elected"),
    "tie": _l("Tie"),
    "no_quorum": _l("Not valid: too few took part"),
    "no_votes": _l("Nobody voted"),
}
CHOICE_LABELS = {FOR: _l("In favour"), AGAINST: _l("Against"), ABSTAIN: _l("Abstain"), INVALID: _l("Invalid paper")}
REASONS_LABELS = {
    Reasons.OFF: _l("No reasons"),
    Reasons.OPTIONAL: _l("A reason may be given"),
    Reasons.REQUIRED: _l("A reason must be given"),
}
RESULTS_LABELS = {
    Results.LIVE: _l("Shown to everybody while voting goes on"),
    Results.VOTED: _l("Shown to those who have voted"),
    Results.CLOSED: _l("Shown after the close"),
}
METHOD_LABELS = {
    Method.MOTION: _l("For or against"),
    Method.APPROVAL: _l("Approval"),
    Method.SCHULZE: _l("Ranking (Schulze)"),
    Method.IRV: _l("Ranking (instant run-off)"),
    Method.SCORE: _l("Scores"),
}
HOW_LABELS = {How.ONLINE: _l("online"), How.PAPER: _l("on paper")}
ACTION_LABELS = {
    "create": _l("Drafted"),
    "edit": _l("Worked on by a colleague"),
    "submit": _l("Submitted for review"),
    "return": _l("Returned to the author"),
    "approve": _l("Approved by a second official; rules and roll are frozen"),
    "cancel": _l("Cancelled"),
    "withdraw": _l("Withdrawn"),
    "certify": _l("Closed, counted and certified"),
    "paper_first": _l("Papers entered by a first official"),
    "paper_confirmed": _l("Papers entered alike by a second official"),
    "paper_differs": _l("The two counts of the papers differed"),
}
WRITING = ("create", "edit")
"""Steps by which somebody becomes one of its writers, who cannot approve it."""
PUBLIC_STATES = (BallotState.OPEN, BallotState.CERTIFIED, BallotState.CANCELLED)

S = BallotState
MACHINE: Machine[BallotState] = Machine(
    "ballot",
    S.DRAFT,
    (
        Transition("submit", (S.DRAFT,), S.IN_REVIEW),
        Transition("return", (S.IN_REVIEW,), S.DRAFT, reason_required=True),
        Transition("approve", (S.IN_REVIEW,), S.OPEN),
        Transition("withdraw", (S.DRAFT, S.IN_REVIEW), S.WITHDRAWN, reason_required=True),
        Transition("cancel", (S.OPEN,), S.CANCELLED, reason_required=True),
        Transition("certify", (S.OPEN,), S.CERTIFIED),
    ),
    STATE_LABELS,
)


def phase_of(ballot: Ballot, now: datetime) -> Phase:
    """What the public sees at this moment."""
    if ballot.state != BallotState.OPEN:
        return Phase.CLOSED if ballot.state == BallotState.CERTIFIED else Phase(ballot.state)
    # The table holds to it: frozen rules have both times.
    assert ballot.opens_at is not None
    assert ballot.closes_at is not None
    if now < ballot.opens_at:
        return Phase.ANNOUNCED
    return Phase.OPEN if now < ballot.closes_at else Phase.COUNTING


def due_at(ballot: Ballot) -> datetime:
    """When it is counted: at the close, or when the time for papers is over and none were confirmed."""
    assert ballot.closes_at is not None
    if ballot.paper and ballot.paper_counts is None and ballot.paper_until is not None:
        return ballot.paper_until
    return ballot.closes_at


def remind_at(opens_at: datetime, closes_at: datetime) -> datetime:
    """When those who have not voted are reminded."""
    return closes_at - min(REMIND_BEFORE, (closes_at - opens_at) / 3)


@dataclass(frozen=True)
class Words:
    """What is asked: the question, what to know about it, and the options, each a label and a sentence."""

    title: str
    body: str = ""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Terms:
    """Who may vote, when and how."""

    chambers: tuple[str, ...]
    level: int
    secret: bool
    reasons: Reasons
    results: Results
    paper: bool
    opens_at: datetime | None
    closes_at: datetime | None
    paper_until: datetime | None = None
    quorum: str | None = None
    """A share such as `1/2` of those entitled who must take part; None keeps the template's."""


def checked_words(words: Words, method: str) -> Words:
    """Cleaned. Raises `Invalid` field by field."""
    options = tuple(
        (clean_line(label), clean_line(about)) for label, about in words.options if label.strip() or about.strip()
    )
    cleaned = Words(clean_line(words.title), clean_text(words.body), () if method == Method.MOTION else options)
    wrong: dict[str, Message | None] = {
        "title": check_length(cleaned.title, 4, 120),
        "body": check_length(cleaned.body, 0, LONGEST_BODY),
    }
    for label, about in cleaned.options:
        wrong["options"] = wrong.get("options") or check_length(label, 1, LONGEST_LABEL) or check_length(about, 0, 300)
    labels = [label for label, _about in cleaned.options]
    if len(set(labels)) != len(labels):
        wrong["options"] = _l("Two options have the same name.")
    if method != Method.MOTION and not 2 <= len(labels) <= MOST_OPTIONS:
        wrong["options"] = _l("Give 2 to %(most)s options.", most=MOST_OPTIONS)
    if errors := {name: [message] for name, message in wrong.items() if message}:
        raise Invalid(errors)
    return cleaned


def checked_terms(terms: Terms, rule: Mapping[str, Any], *, imported: bool) -> None:
    """Raises `Invalid` for terms that contradict each other or the rule (`method`, `quorum`, `thresholds`)."""
    wrong: dict[str, Message] = {}
    if not terms.chambers or not set(terms.chambers) <= {"resident", "enterprise", "ngo"}:
        wrong["chambers"] = _l("Choose who may vote.")
    elif imported and set(terms.chambers) != {"resident"}:
        wrong["chambers"] = _l("An imported roll is one of residents.")
    elif counts_chambers(rule) and ("resident" not in terms.chambers or len(terms.chambers) < 2):
        wrong["chambers"] = _l("This rule counts residents and at least one other chamber.")
    if terms.level not in (1, 2):
        wrong["level"] = _l("This is not one of the choices.")
    if terms.secret and counts_area(rule):
        # Areas are nearly unique: a published list of votes with their areas would name their owners.
        wrong["secret"] = _l("A vote counted by area cannot be secret: the areas would show who voted how.")
    if terms.secret and terms.results != Results.CLOSED:
        wrong["results"] = _l("The votes of a secret ballot are sealed until the close.")
    if terms.paper and counts_chambers(rule):
        wrong["paper"] = _l("Papers cannot be counted by chamber.")
    wrong |= _wrong_times(terms)
    if wrong:
        raise Invalid({name: [message] for name, message in wrong.items()})


def _wrong_times(terms: Terms) -> dict[str, Message]:
    if terms.opens_at is None or terms.closes_at is None:
        missing = "opens_at" if terms.opens_at is None else "closes_at"
        return {missing: _l("This is required.")}
    if not SHORTEST_VOTE <= terms.closes_at - terms.opens_at <= LONGEST_VOTE:
        return {"closes_at": _l("Voting lasts from one hour to 92 days.")}
    if terms.paper_until is not None and not (timedelta() <= terms.paper_until - terms.closes_at <= LONGEST_PAPER):
        return {"paper_until": _l("Papers are entered within 14 days after the close.")}
    return {}


def option_rows(options: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """The options with the keys they have in votes."""
    return [
        {"key": f"o{place}", "label": label, "about": about} for place, (label, about) in enumerate(options, start=1)
    ]


def has_imported_roll(ballot: Ballot) -> bool:
    """Whether its roll is a file instead of a description."""
    return ballot.roll == RollKind.IMPORTED
