"""The papers of a meeting: voters ticked off the roll, papers counted by two officials who do not see each other.

Nobody is counted twice: whoever voted online cannot be ticked off, whoever is ticked off cannot vote online, and the
papers must be exactly as many as the ticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from gongzhi.domains.issues.rules.scores import slot_of
from gongzhi.kernel import clock, events
from gongzhi.kernel.db import dialect, moment
from gongzhi.kernel.errors import AlreadyClosed, Conflict, Invalid, NotFound, NotPermitted
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import lazy as _l

from ..events import BallotPaperChanged
from ..models import Ballot, BallotPaper, BallotState, BallotTurnout, BallotVoter, How
from ..permissions import COUNT_PAPERS
from ..queries.standing import paper_entries, paper_voters, rules_of
from ..rules.canonical import canonical
from ..rules.choices import INVALID, NotAChoice, canonical_choice
from ..rules.counting import counts_area
from .steps import about, note_step
from .voting import MOVE_TURNOUT

LARGESTMOVE_TURNOUT = 1_000_000


def tick_off(session: Session, actor: Actor, ballot: Ballot, voter_key: str, *, on: bool) -> None:
    """Note that somebody on the roll voted on paper, or take that back. `Conflict` for an online voter."""
    _begin(session, actor, ballot)
    if paper_entries(session, ballot):
        raise Conflict(_l("The papers are being counted: the list of paper voters is closed."))
    voter = session.get(BallotVoter, (ballot.id, voter_key), with_for_update=True)
    if voter is None:
        raise NotFound
    if voter.how == How.ONLINE:
        raise Conflict(_l("This voter has voted online already."))
    if (voter.how == How.PAPER) == on:
        return
    voter.how = How.PAPER if on else None
    slot = slot_of(voter_key, dialect(session))
    if on:
        row = {"ballot_id": ballot.id, "slot": slot, "voted": 1, "version": 1}
        session.execute(MOVE_TURNOUT[dialect(session)], row)
    else:
        session.execute(
            update(BallotTurnout)
            .where(BallotTurnout.ballot_id == ballot.id, BallotTurnout.slot == slot)
            .values(voted=BallotTurnout.voted - 1, version=BallotTurnout.version + 1)
        )
    events.record(session, BallotPaperChanged(**about(actor, ballot), office_id=ballot.office_id, result="roll"))


def enter_papers(
    session: Session, actor: Actor, ballot: Ballot, counts: Sequence[dict[str, Any]], *, sheet: str | None = None
) -> str:
    """Enter the papers as this official counted them: `first`, `confirmed` or `differs`.

    `counts` are lines of choice, number and, where the rule counts by area, area. The first one brings the photo of
    the tally sheet. Equal counts are taken; where they differ both are told which figures, and both count again.
    Raises `Invalid` unless there are as many papers as voters ticked off, `NotPermitted` for the same official twice.
    """
    _begin(session, actor, ballot)
    if ballot.paper_counts is not None:
        raise AlreadyClosed(_l("The papers of this ballot are confirmed."))
    lines = _checked(rules_of(ballot), counts)
    _check_against_roll(session, ballot, lines)
    entered = paper_entries(session, ballot)
    if any(one.account_id == actor.account_id for one in entered):
        raise NotPermitted(_l("Another official must count the papers independently of you."))
    if not entered and not sheet:
        raise Invalid.of("sheet", _l("Add a photo of the tally sheet."))
    session.add(
        BallotPaper(
            ballot_id=ballot.id,
            round=ballot.paper_round,
            place=len(entered) + 1,
            account_id=actor.account_id,
            organisation_id=actor.organisation_id,
            counts=lines,
            sheet=sheet,
            at=clock.now(),
        )
    )
    result = "first" if not entered else _compare(ballot, entered[0].counts, lines)
    note_step(session, actor, ballot, f"paper_{result}")
    events.record(session, BallotPaperChanged(**about(actor, ballot), office_id=ballot.office_id, result=result))
    session.flush()
    return result


def _begin(session: Session, actor: Actor, ballot: Ballot) -> None:
    session.refresh(ballot, with_for_update=True)
    require(actor, COUNT_PAPERS, ballot)
    if not ballot.paper:
        raise Conflict(_l("This ballot takes no papers."))
    if ballot.state != BallotState.OPEN:
        raise AlreadyClosed(_l("Voting in this ballot has ended."))
    now = moment(session)
    if ballot.opens_at is None or now < ballot.opens_at:
        raise Conflict(_l("Voting has not begun yet."))
    if ballot.paper_until is None or now >= ballot.paper_until:
        raise AlreadyClosed(_l("The time for entering papers is over."))


def _checked(rules: dict[str, Any], counts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Equal choices added up, in a fixed order, so that two counts can be compared."""
    by_area = counts_area(rules)
    found: dict[str, dict[str, Any]] = {}
    for line in counts:
        number, area = line["number"], line.get("area", 0)
        if not 0 <= number <= LARGESTMOVE_TURNOUT or area < 0:
            raise Invalid.of("counts", _l("Enter numbers of zero or more."))
        if number == 0 and area == 0:
            continue
        if by_area and (number == 0) != (area == 0):
            raise Invalid.of("counts", _l("Enter number and area together."))
        try:
            choice = line["choice"] if line["choice"] == INVALID else canonical_choice(rules, line["choice"])
        except NotAChoice:
            raise Invalid.of("counts", _l("This cannot be chosen in this ballot.")) from None
        kept = found.setdefault(canonical(choice), {"choice": choice, "number": 0} | ({"area": 0} if by_area else {}))
        kept["number"] += number
        if by_area:
            kept["area"] += area
    return [found[key] for key in sorted(found)]


def _check_against_roll(session: Session, ballot: Ballot, lines: Sequence[dict[str, Any]]) -> None:
    ticked, area = paper_voters(session, ballot)
    papers = sum(line["number"] for line in lines)
    if papers != ticked:
        raise Invalid.of(
            "counts",
            _l(
                "%(papers)s papers, but %(ticked)s voters are ticked off as having voted on paper.",
                papers=papers,
                ticked=ticked,
            ),
        )
    if counts_area(rules_of(ballot)) and sum(line.get("area", 0) for line in lines) != area:
        raise Invalid.of("counts", _l("The areas do not add up to those of the voters ticked off."))


def _compare(ballot: Ballot, first: list[dict[str, Any]], second: list[dict[str, Any]]) -> str:
    if first == second:
        ballot.paper_counts, ballot.paper_difference = second, None
        return "confirmed"
    one = {canonical(line["choice"]): line for line in first}
    other = {canonical(line["choice"]): line for line in second}
    ballot.paper_difference = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
    ballot.paper_round += 1
    return "differs"
