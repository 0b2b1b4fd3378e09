"""Voting: one voice, one envelope, the last one counts; none lands after the close (hard-won.md, 3 and 8).

Lock order: the ballot (`FOR SHARE`, so that the count waits for us or we for it), the voter's line of the roll,
the vote, the turnout. The statements are built once. In a secret ballot nothing is written down but that this voice
took part, and the sealed envelope: no time, no receipt, no name in the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.domains.issues.rules.scores import slot_of
from gongzhi.kernel.batch import gather
from gongzhi.kernel.db import dialect, moment
from gongzhi.kernel.errors import AlreadyClosed, Conflict, Invalid, NotFound, NotPermitted
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import decrypt
from gongzhi.kernel.text import check_length, clean_text
from gongzhi.kernel.text import lazy as _l

from ..events import BallotVoteCast
from ..models import Ballot, BallotState, BallotTurnout, BallotVote, BallotVoter, How, Reasons
from ..permissions import VOTE_BALLOT
from ..rules.canonical import canonical
from ..rules.choices import Choice, NotAChoice, canonical_choice
from ..rules.sealing import (
    LONGEST_NONCE,
    LONGEST_REASON,
    SHORTEST_NONCE,
    Vote,
    commitment_of,
    nonce_for,
    salt_of,
    seal,
)
from .course import NONCE_PURPOSE

_BALLOT: Table = Ballot.__table__  # type: ignore[assignment]
_VOTER: Table = BallotVoter.__table__  # type: ignore[assignment]
_VOTE: Table = BallotVote.__table__  # type: ignore[assignment]
_TURNOUT: Table = BallotTurnout.__table__  # type: ignore[assignment]

_OPEN = (
    select(
        _BALLOT.c.state, _BALLOT.c.opens_at, _BALLOT.c.closes_at, _BALLOT.c.method, _BALLOT.c.options,
        _BALLOT.c.score_max, _BALLOT.c.secret, _BALLOT.c.reasons, _BALLOT.c.public_key, _BALLOT.c.nonce_key,
        _BALLOT.c.district_id,
    )
    .where(_BALLOT.c.id == bindparam("ballot_id"))
    .with_for_update(read=True)
)  # fmt: skip
_ROLL = (
    select(_VOTER.c.how)
    .where(_VOTER.c.ballot_id == bindparam("ballot_id"), _VOTER.c.voter_key == bindparam("voter_key"))
    .with_for_update()
)
_TAKE_PART = (
    update(_VOTER)
    .where(_VOTER.c.ballot_id == bindparam("on_ballot"), _VOTER.c.voter_key == bindparam("by_voter"))
    .values(how=How.ONLINE)
)


def _put_vote(module: Any) -> Any:
    insert = module.insert(_VOTE).values({column.name: bindparam(column.name) for column in _VOTE.c})
    changed = ("account_id", "envelope", "choice", "salt", "reason")
    return insert.on_conflict_do_update(
        index_elements=["ballot_id", "voter_key"], set_={name: insert.excluded[name] for name in changed}
    )


def _move_turnout(module: Any) -> Any:
    insert = module.insert(_TURNOUT).values({column.name: bindparam(column.name) for column in _TURNOUT.c})
    return insert.on_conflict_do_update(
        index_elements=["ballot_id", "slot"],
        set_={"voted": _TURNOUT.c.voted + insert.excluded.voted, "version": _TURNOUT.c.version + 1},
    )


_PUT = {"sqlite": _put_vote(sqlite), "postgresql": _put_vote(postgresql)}
MOVE_TURNOUT = {"sqlite": _move_turnout(sqlite), "postgresql": _move_turnout(postgresql)}


class BallotRef(NamedTuple):
    """What a vote needs to know of a ballot that was loaded elsewhere."""

    id: str
    district_id: str


@dataclass(frozen=True)
class Receipt:
    """What only the voter is told, once: nothing of it is kept in readable form."""

    ballot_id: str
    commitment: str
    salt: str
    nonce: str
    voter: str
    choice: Choice
    reason: str


def vote_now(actor: Actor, ballot: Ballot, *, choice: Any, reason: str = "", nonce: str = "", key: str = "") -> Receipt:
    """Vote in a write of its own, grouped with others on SQLite: the receipt once the vote is on disk."""
    require(actor, VOTE_BALLOT, ballot)
    plain = BallotRef(ballot.id, ballot.district_id)
    return gather(
        lambda session: cast_ballot(session, actor, plain, choice=choice, reason=reason, nonce=nonce, key=key)
    )


def cast_ballot(
    session: Session,
    actor: Actor,
    ballot: Ballot | BallotRef,
    *,
    choice: Any,
    reason: str = "",
    nonce: str = "",
    key: str = "",
) -> Receipt:
    """Vote, or change one's vote: the last one counts. The same request gives the same receipt.

    Raises `NotPermitted` for whoever is not on the roll, `AlreadyClosed` after the close (by the database's
    clock), `Conflict` before the opening and for whoever voted on paper, `Invalid` for what cannot be chosen.
    """
    require(actor, VOTE_BALLOT, ballot)
    open_now = session.execute(_OPEN, {"ballot_id": ballot.id}).mappings().first()
    if open_now is None:
        raise NotFound
    _check_time(session, open_now)
    chosen, words = _checked(open_now, choice, reason)
    who = {"ballot_id": ballot.id, "voter_key": actor.voter_key}
    on_roll = session.execute(_ROLL, who).first()
    if on_roll is None:
        raise NotPermitted(_l("You are not on the roll of this ballot as it stood when it was opened."))
    if on_roll.how == How.PAPER:
        raise Conflict(_l("You were ticked off as having voted on paper."))
    nonce = _nonce(open_now, actor, chosen, nonce, key)
    salt = salt_of(ballot.id, actor.voter_key, nonce)
    vote = Vote(chosen, salt, words)
    session.execute(_PUT[dialect(session)], _row(open_now, ballot.id, actor, vote))
    first = on_roll.how is None
    if first:
        session.execute(_TAKE_PART, {"on_ballot": ballot.id, "by_voter": actor.voter_key})
    session.execute(
        MOVE_TURNOUT[dialect(session)],
        {
            "ballot_id": ballot.id,
            "slot": slot_of(actor.voter_key, dialect(session)),
            "voted": int(first),
            "version": 1,
        },
    )
    secret = open_now["secret"]
    record(
        session,
        BallotVoteCast(
            district_id=ballot.district_id,
            actor=None if secret else actor.account_id,
            organisation=None if secret else actor.organisation_id,
            ballot_id=ballot.id,
        ),
    )
    return Receipt(ballot.id, commitment_of(ballot.id, chosen, salt), salt, nonce, actor.voter_key, chosen, words)


def _check_time(session: Session, open_now: Mapping[Any, Any]) -> None:
    """After the lock, so that whoever waited for it is judged by the time it got it."""
    if open_now["state"] != BallotState.OPEN:
        if open_now["state"] in (BallotState.CERTIFIED, BallotState.CANCELLED):
            raise AlreadyClosed(_l("Voting in this ballot has ended."))
        raise NotFound
    now = moment(session)
    if now < open_now["opens_at"]:
        raise Conflict(_l("Voting has not begun yet."))
    if now >= open_now["closes_at"]:
        raise AlreadyClosed(_l("Voting in this ballot has ended."))


def _checked(rules: Mapping[Any, Any], choice: Any, reason: str) -> tuple[Choice, str]:
    try:
        chosen = canonical_choice(rules, choice)
    except NotAChoice:
        raise Invalid.of("choice", _l("This cannot be chosen in this ballot.")) from None
    words = clean_text(reason)
    if words and rules["reasons"] == Reasons.OFF:
        raise Invalid.of("reason", _l("This ballot takes no reasons."))
    if not words and rules["reasons"] == Reasons.REQUIRED:
        raise Invalid.of("reason", _l("Please give a reason."))
    if wrong := check_length(words, 0, LONGEST_REASON):
        raise Invalid({"reason": [wrong]})
    return chosen, words


def _nonce(open_now: Mapping[Any, Any], actor: Actor, choice: Choice, nonce: str, key: str) -> str:
    if nonce:
        if not SHORTEST_NONCE <= len(nonce) <= LONGEST_NONCE or not nonce.isascii() or not nonce.isprintable():
            raise Invalid.of("nonce", _l("Use 22 to 100 random characters."))
        return nonce
    return nonce_for(decrypt(open_now["nonce_key"], NONCE_PURPOSE).encode(), actor.voter_key, choice, key)


def _row(open_now: Mapping[Any, Any], ballot_id: str, actor: Actor, vote: Vote) -> dict[str, Any]:
    row: dict[str, Any] = {"ballot_id": ballot_id, "voter_key": actor.voter_key, "account_id": actor.account_id}
    if open_now["secret"]:
        sealed = seal(
            open_now["public_key"],
            ballot_id,
            actor.voter_key,
            vote,
            with_reasons=open_now["reasons"] != Reasons.OFF,
        )
        return {**row, "envelope": sealed, "choice": None, "salt": None, "reason": ""}
    return {**row, "envelope": None, "choice": canonical(vote.choice), "salt": vote.salt, "reason": vote.reason}
