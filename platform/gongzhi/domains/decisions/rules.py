"""States and words of decisions, and how long the public notice lasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from gongzhi.domains.decisions.models import Adoption, CommitmentState, DecisionState
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.text import check_length, clean_line, clean_text
from gongzhi.kernel.text import lazy as _l
from gongzhi.kernel.workflow import Machine, Transition

NOTICE_DAYS = 7
"""Calendar days of public notice; basis: domain.md 6.2, publicity of resolutions of at least 7 days."""
SHORTEST_NOTICE, LONGEST_NOTICE = 3, 60
LONGEST_TEXT = 20_000
MOST_COMMITMENTS = 20
MOST_MONEY_FEN = 10**14

STATE_LABELS = {
    DecisionState.DRAFT: _l("Draft"),
    DecisionState.IN_REVIEW: _l("In review"),
    DecisionState.PUBLIC_NOTICE: _l("On public notice"),
    DecisionState.PUBLISHED: _l("Being carried out"),
    DecisionState.DONE: _l("Carried out"),
    DecisionState.WITHDRAWN: _l("Withdrawn"),
}
COMMITMENT_LABELS = {
    CommitmentState.OPEN: _l("Open"),
    CommitmentState.KEPT: _l("Kept"),
    CommitmentState.MISSED: _l("Missed"),
}
ADOPTION_LABELS = {
    Adoption.ADOPTED: _l("Adopted"),
    Adoption.PARTLY: _l("Partly adopted"),
    Adoption.NOT_ADOPTED: _l("Not adopted"),
}
ACTION_LABELS = {
    "create": _l("Drafted"),
    "edit": _l("Worked on by a colleague"),
    "submit": _l("Submitted for review"),
    "return": _l("Returned to the author"),
    "approve": _l("Approved by a second official, on public notice"),
    "reconsider": _l("Taken back into drafting after objections"),
    "publish": _l("Decision published"),
    "complete": _l("Carried out"),
    "withdraw": _l("Withdrawn"),
}
PUBLIC_STATES = (DecisionState.PUBLIC_NOTICE, DecisionState.PUBLISHED, DecisionState.DONE)

ENDS_OF_NOTICE = ("reconsider", "publish", "withdraw")
"""Steps that end a public notice."""

WRITING = ("create", "edit")
"""Steps by which somebody becomes one of its writers, who cannot review it."""

COURSE = (DecisionState.IN_REVIEW, *PUBLIC_STATES)
"""The states on the straight way, after the draft."""

S = DecisionState
MACHINE: Machine[DecisionState] = Machine(
    "decision",
    S.DRAFT,
    (
        Transition("submit", (S.DRAFT,), S.IN_REVIEW),
        Transition("return", (S.IN_REVIEW,), S.DRAFT, reason_required=True),
        Transition("approve", (S.IN_REVIEW,), S.PUBLIC_NOTICE),
        Transition("reconsider", (S.PUBLIC_NOTICE,), S.DRAFT, reason_required=True),
        Transition("publish", (S.PUBLIC_NOTICE,), S.PUBLISHED),
        Transition("complete", (S.PUBLISHED,), S.DONE),
        Transition("withdraw", (S.DRAFT, S.IN_REVIEW, S.PUBLIC_NOTICE), S.WITHDRAWN, reason_required=True),
    ),
    STATE_LABELS,
)


@dataclass(frozen=True)
class Words:
    """The words of a decision, as typed or cleaned."""

    title: str
    body: str
    grounds: str = ""
    adopted: str = ""
    not_adopted: str = ""
    money_fen: int | None = None
    money_source: str = ""
    notice_days: int = NOTICE_DAYS


@dataclass(frozen=True)
class Promise:
    """A commitment as typed."""

    text: str
    responsible: str
    due_on: date


def checked(words: Words) -> Words:
    """Cleaned words. Raises `Invalid` with all that is wrong, field by field."""
    cleaned = Words(
        clean_line(words.title),
        clean_text(words.body),
        clean_text(words.grounds),
        clean_text(words.adopted),
        clean_text(words.not_adopted),
        words.money_fen,
        clean_line(words.money_source),
        words.notice_days,
    )
    wrong = {
        "title": check_length(cleaned.title, 4, 120),
        "body": check_length(cleaned.body, 10, LONGEST_TEXT),
        "grounds": check_length(cleaned.grounds, 0, LONGEST_TEXT),
        "adopted": check_length(cleaned.adopted, 0, LONGEST_TEXT),
        "not_adopted": check_length(cleaned.not_adopted, 0, LONGEST_TEXT),
        "money_source": check_length(cleaned.money_source, 0, 200),
    }
    if cleaned.money_fen is not None and not 0 <= cleaned.money_fen <= MOST_MONEY_FEN:
        wrong["money"] = _l("Enter an amount of zero or more.")
    if cleaned.money_fen and not cleaned.money_source:
        wrong["money_source"] = _l("Say where the money comes from.")
    if not SHORTEST_NOTICE <= cleaned.notice_days <= LONGEST_NOTICE:
        wrong["notice_days"] = _l("Public notice lasts 3 to 60 days.")
    if errors := {name: [message] for name, message in wrong.items() if message}:
        raise Invalid(errors)
    return cleaned


def checked_promises(promises: tuple[Promise, ...], today: date) -> tuple[Promise, ...]:
    """Cleaned commitments, at most twenty, none due in the past. Raises `Invalid` on `commitments`."""
    if len(promises) > MOST_COMMITMENTS:
        raise Invalid.of("commitments", _l("At most 20 commitments."))
    cleaned = tuple(Promise(clean_line(p.text), clean_line(p.responsible), p.due_on) for p in promises)
    for promise in cleaned:
        if wrong := check_length(promise.text, 2, 300) or check_length(promise.responsible, 1, 120):
            raise Invalid.of("commitments", wrong)
        if promise.due_on < today:
            raise Invalid.of("commitments", _l("A commitment cannot be due in the past."))
        if promise.due_on > today + timedelta(days=3660):
            raise Invalid.of("commitments", _l("A commitment must be due within ten years."))
    return cleaned
