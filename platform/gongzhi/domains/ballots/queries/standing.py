"""What steps, votes and jobs ask of a ballot: its rules, turnout, what is due, who wrote on it, where I stand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gongzhi.kernel.db import moment
from gongzhi.kernel.events import stream_version
from gongzhi.kernel.policy import Actor

from ..models import Ballot, BallotPaper, BallotState, BallotStep, BallotTurnout, BallotVote, BallotVoter, How, Results
from ..rules.counting import Bundle, count, counts_chambers
from ..rules.course import WRITING, due_at, phase_of, remind_at


def rules_of(ballot: Ballot) -> dict[str, Any]:
    """The frozen rules."""
    found: dict[str, Any] = json.loads(ballot.frozen or "{}")
    return found


def turnout(session: Session, ballot_id: str) -> int:
    """How many took part so far, online and on paper."""
    voted = select(func.coalesce(func.sum(BallotTurnout.voted), 0)).where(BallotTurnout.ballot_id == ballot_id)
    return int(session.scalar(voted) or 0)


def turnout_version(session: Session, ballot_id: str) -> int:
    """Grows with every vote, a changed one too: the ballot's own part of its topic's version."""
    return int(
        session.scalar(
            select(func.coalesce(func.sum(BallotTurnout.version), 0)).where(BallotTurnout.ballot_id == ballot_id)
        )
        or 0
    )


@dataclass(frozen=True)
class Standing:
    """Where the actor stands: on the roll or not, and whether it has taken part."""

    on_roll: bool
    chamber: str = ""
    area: int = 0
    how: How | None = None
    choice: Any = None
    """What was chosen, in an open ballot while it runs."""
    reason: str = ""


def standing(session: Session, actor: Actor, ballot: Ballot) -> Standing:
    """One statement; nothing for visitors and offices."""
    if actor.chamber is None or ballot.rules_hash is None:
        return Standing(on_roll=False)
    row = session.execute(
        select(BallotVoter.chamber, BallotVoter.area, BallotVoter.how, BallotVote.choice, BallotVote.reason)
        .outerjoin(
            BallotVote,
            (BallotVote.ballot_id == BallotVoter.ballot_id) & (BallotVote.voter_key == BallotVoter.voter_key),
        )
        .where(BallotVoter.ballot_id == ballot.id, BallotVoter.voter_key == actor.voter_key)
    ).first()
    if row is None:
        return Standing(on_roll=False)
    choice = json.loads(row.choice) if row.choice else None
    return Standing(True, row.chamber, row.area, How(row.how) if row.how else None, choice, row.reason or "")


def sees_count(ballot: Ballot, *, voted: bool) -> bool:
    """Whether the running count may be shown: never of a sealed ballot, nor before one's own vote where so ruled."""
    if ballot.state == BallotState.CERTIFIED:
        return True
    if ballot.state != BallotState.OPEN or ballot.secret:
        return False
    return ballot.results == Results.LIVE or (ballot.results == Results.VOTED and voted)


def running_count(session: Session, ballot: Ballot) -> dict[str, Any]:
    """The outcome as it would be now, of an open ballot: votes grouped in the database, then counted."""
    rules = rules_of(ballot)
    chamber = BallotVoter.chamber if counts_chambers(rules) else func.coalesce(None, "")
    rows = session.execute(
        select(BallotVote.choice, chamber, func.count(), func.sum(BallotVoter.area))
        .join(
            BallotVoter,
            (BallotVoter.ballot_id == BallotVote.ballot_id) & (BallotVoter.voter_key == BallotVote.voter_key),
        )
        .where(BallotVote.ballot_id == ballot.id, BallotVote.choice.is_not(None))
        .group_by(BallotVote.choice, *([BallotVoter.chamber] if counts_chambers(rules) else []))
    ).all()
    bundles = [
        Bundle(json.loads(choice), where, number, int(area or 0)) for choice, where, number, area in rows if choice
    ]
    return count(rules, bundles)


def wrote_on(session: Session, actor: Actor, ballot: Ballot) -> bool:
    """Whether the actor drafted or edited it: then somebody else must approve."""
    wrote = select(BallotStep.id).where(
        BallotStep.ballot_id == ballot.id,
        BallotStep.actor_id == actor.account_id,
        BallotStep.action.in_(WRITING),
    )
    return bool(session.scalar(select(wrote.exists())))


def paper_entries(session: Session, ballot: Ballot) -> list[BallotPaper]:
    """What was entered in this round."""
    return list(
        session.scalars(
            select(BallotPaper)
            .where(BallotPaper.ballot_id == ballot.id, BallotPaper.round == ballot.paper_round)
            .order_by(BallotPaper.place)
        )
    )


def paper_voters(session: Session, ballot: Ballot) -> tuple[int, int]:
    """How many were ticked off as having voted on paper, and the area they own."""
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(BallotVoter.area), 0)).where(
            BallotVoter.ballot_id == ballot.id, BallotVoter.how == How.PAPER
        )
    ).one()
    return int(row[0]), int(row[1])


def to_start(session: Session, now: datetime) -> list[str]:
    """Announced ballots whose time has come and that nobody was told of yet."""
    return list(
        session.scalars(
            select(Ballot.id).where(
                Ballot.state == BallotState.OPEN, Ballot.started_at.is_(None), Ballot.opens_at <= now
            )
        )
    )


def to_remind(session: Session, now: datetime) -> list[str]:
    """Running ballots near their close whose voters were not reminded yet."""
    running = session.scalars(
        select(Ballot).where(
            Ballot.state == BallotState.OPEN,
            Ballot.reminded_at.is_(None),
            Ballot.opens_at <= now,
            Ballot.closes_at > now,
        )
    )
    return [
        one.id for one in running if one.opens_at and one.closes_at and remind_at(one.opens_at, one.closes_at) <= now
    ]


def to_certify(session: Session, now: datetime) -> list[str]:
    """Ballots that are over, and whose papers are confirmed or too late."""
    over = session.scalars(
        select(Ballot).where(Ballot.state == BallotState.OPEN, Ballot.closes_at <= now).order_by(Ballot.closes_at)
    )
    return [ballot.id for ballot in over if due_at(ballot) <= now]


def live_state(session: Session, _reader: Actor, ballot: Ballot) -> dict[str, Any]:
    """What everybody may know now: the phase, how many took part, and the count where the rules show it."""
    shown = sees_count(ballot, voted=False)
    return {
        "version": stream_version(session, f"ballot:{ballot.id}"),
        "ballot_id": ballot.id,
        "title": ballot.title,
        "status": str(phase_of(ballot, moment(session))),
        "entitled": ballot.entitled,
        "voted": turnout(session, ballot.id),
        "tally": (ballot.outcome or running_count(session, ballot)) if shown else None,
        "comment_count": ballot.comment_count,
    }
