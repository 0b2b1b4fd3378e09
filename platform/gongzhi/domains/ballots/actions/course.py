"""The way of a ballot: review by a second official, opening with everything frozen, cancelling with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from gongzhi.domains.issues.queries.people import title_of
from gongzhi.kernel import clock, events
from gongzhi.kernel.db import moment
from gongzhi.kernel.errors import Invalid, NotPermitted
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.secrets import encrypt, random_token
from gongzhi.kernel.text import lazy as _l

from ..events import (
    BallotCancelled,
    BallotClosingSoon,
    BallotOpened,
    BallotReturned,
    BallotStarted,
    BallotSubmitted,
)
from ..models import Ballot, BallotState, BallotVote
from ..permissions import APPROVE_BALLOT, CANCEL_BALLOT, EDIT_BALLOT
from ..queries.standing import wrote_on
from ..rules.canonical import canonical, digest_of_text
from ..rules.choices import Method
from ..rules.counting import counts_area
from ..rules.course import SHORTEST_VOTE, has_imported_roll
from ..rules.sealing import ALGORITHM, new_key
from .roll import draw_up, electorate
from .steps import about, begin_step, end_step, tell_issues

KEY_PURPOSE = "ballots.private_key"
NONCE_PURPOSE = "ballots.nonce_key"


def submit(session: Session, actor: Actor, ballot: Ballot, *, version: int | None = None) -> None:
    """Hand the draft to a second official. Raises `Invalid` where something is missing, `Stale` when it changed."""
    step, _reason = begin_step(session, actor, ballot, "submit", EDIT_BALLOT, version=version)
    _check_complete(session, ballot)
    end_step(session, actor, ballot, step)
    events.record(session, BallotSubmitted(**about(actor, ballot), office_id=ballot.office_id))


def return_draft(session: Session, actor: Actor, ballot: Ballot, *, reason: str, version: int | None = None) -> None:
    """A second official sends it back with a reason."""
    step, words = begin_step(session, actor, ballot, "return", APPROVE_BALLOT, version=version, reason=reason)
    end_step(session, actor, ballot, step, words)
    events.record(
        session,
        BallotReturned(**about(actor, ballot), office_id=ballot.office_id, author_id=ballot.author_id, reason=words),
    )


def withdraw(session: Session, actor: Actor, ballot: Ballot, *, reason: str, version: int | None = None) -> None:
    """Give a draft up. Nobody outside the office has seen it."""
    step, words = begin_step(session, actor, ballot, "withdraw", EDIT_BALLOT, version=version, reason=reason)
    end_step(session, actor, ballot, step, words)
    ballot.reason, ballot.ended_at = words, clock.now()


def approve(session: Session, actor: Actor, ballot: Ballot, *, version: int | None = None) -> None:
    """A second official opens it: the roll is drawn up, rules and roll are frozen, the hash goes to the ledger.

    Voting begins at its time, or now where that has passed. Locks it. Raises `NotPermitted` for whoever
    worked on it, `Invalid` where nobody may vote or too little time is left.
    """
    step, _reason = begin_step(session, actor, ballot, "approve", APPROVE_BALLOT, version=version)
    if wrote_on(session, actor, ballot):
        raise NotPermitted(_l("You worked on this draft. Somebody else of your office must approve it."))
    now = moment(session)
    ballot.opens_at = max(ballot.opens_at or now, now)
    if ballot.closes_at is None or ballot.closes_at - ballot.opens_at < SHORTEST_VOTE:
        raise Invalid.of("closes_at", _l("Voting lasts from one hour to 92 days."))
    title = title_of(session, actor)
    draw_up(session, ballot)
    counted = _check_complete(session, ballot)
    if not counted["number"]:
        raise Invalid.of("roll", _l("Nobody could vote: there is no verified voice in these places."))
    # From here on nothing is asked of the database until all of it is set: its checks look at the whole row.
    private, public = new_key()
    ballot.approver_id, ballot.approver_title = actor.account_id, title
    ballot.public_key, ballot.private_key = public, encrypt(private.hex(), KEY_PURPOSE)
    ballot.nonce_key = encrypt(random_token(), NONCE_PURPOSE)
    ballot.frozen_at, ballot.entitled = now, counted["number"]
    ballot.frozen = canonical(frozen_rules(ballot, counted))
    ballot.rules_hash = digest_of_text(ballot.frozen)
    end_step(session, actor, ballot, step)
    if ballot.opens_at <= now:
        ballot.started_at = now
    session.flush()
    tell_issues(
        session, actor, ballot, "ballot_opened",
        opens=ballot.opens_at.isoformat(), closes=ballot.closes_at.isoformat(),
    )  # fmt: skip
    events.record(session, BallotOpened(**about(actor, ballot), rules_hash=ballot.rules_hash or ""))


def _check_complete(session: Session, ballot: Ballot) -> dict[str, Any]:
    """The electorate so far. Raises `Invalid` on `roll` where the rule needs more of it."""
    counted = electorate(session, ballot)
    if has_imported_roll(ballot) and not counted["number"]:
        raise Invalid.of("roll", _l("Import the electoral roll first."))
    if counts_area({"quorum": ballot.quorum, "thresholds": ballot.thresholds}) and not counted["area"]:
        raise Invalid.of("roll", _l("This rule counts by area, and the roll has none."))
    return counted


def frozen_rules(ballot: Ballot, counted: dict[str, Any]) -> dict[str, Any]:
    """All that matters, as it is hashed: a name in it never changes its meaning (`version` would)."""
    return {
        "kind": "gongzhi-ballot-rules",
        "version": 1,
        "ballot": ballot.id,
        "district": ballot.district_id,
        "office": ballot.office_id,
        "subject": {"kind": ballot.subject_kind, "id": ballot.subject_id},
        "question": ballot.title,
        "about": ballot.body,
        "template": ballot.template,
        "basis": ballot.basis,
        "binding": ballot.binding,
        "method": str(ballot.method),
        "options": ballot.options,
        "score_max": ballot.score_max if ballot.method == Method.SCORE else None,
        "quorum": ballot.quorum,
        "thresholds": ballot.thresholds,
        "secret": ballot.secret,
        "reasons": str(ballot.reasons),
        "results": str(ballot.results),
        "paper": ballot.paper,
        "roll": str(ballot.roll),
        "chambers": ballot.chambers,
        "places": ballot.places,
        "level": ballot.level,
        "electorate": counted,
        "opens_at": _text(ballot.opens_at),
        "closes_at": _text(ballot.closes_at),
        "paper_until": _text(ballot.paper_until),
        "envelope": ALGORITHM if ballot.secret else None,
        "public_key": ballot.public_key.hex() if ballot.secret and ballot.public_key else None,
        "frozen_at": _text(ballot.frozen_at),
    }


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def cancel(session: Session, actor: Actor, ballot: Ballot, *, reason: str, version: int | None = None) -> None:
    """Stop an opened ballot with a public reason. No vote is counted: sealed ones are destroyed with their key."""
    step, words = begin_step(session, actor, ballot, "cancel", CANCEL_BALLOT, version=version, reason=reason)
    end_step(session, actor, ballot, step, words)
    ballot.reason, ballot.ended_at = words, clock.now()
    ballot.private_key = ballot.nonce_key = None
    session.execute(delete(BallotVote).where(BallotVote.ballot_id == ballot.id))
    session.flush()
    tell_issues(session, actor, ballot, "ballot_cancelled", reason=words)
    events.record(session, BallotCancelled(**about(actor, ballot), reason=words))


def start_if_due(session: Session, actor: Actor, ballot_id: str) -> bool:
    """For the job: say once that voting has begun."""
    ballot = session.get(Ballot, ballot_id, with_for_update=True)
    now = moment(session)
    if ballot is None or ballot.state != BallotState.OPEN or ballot.started_at is not None:
        return False
    if ballot.opens_at is None or ballot.opens_at > now:
        return False
    ballot.started_at = now
    events.record(session, BallotStarted(**about(actor, ballot)))
    return True


def remind(session: Session, actor: Actor, ballot_id: str) -> bool:
    """For the job: remind those who have not voted, once."""
    ballot = session.get(Ballot, ballot_id, with_for_update=True)
    now = moment(session)
    if ballot is None or ballot.state != BallotState.OPEN or ballot.reminded_at is not None:
        return False
    if ballot.closes_at is None or ballot.closes_at <= now:
        return False
    ballot.reminded_at = now
    events.record(session, BallotClosingSoon(**about(actor, ballot)))
    return True
