"""What becomes of a person's part in ballots when the account is erased (decisions/0014).

A roll is frozen and a result certified: both stay as they are, under the number of an account that is empty by then.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from gongzhi.kernel.personal import Parting, Sheet, rows_of

from ..models import Ballot, BallotPaper, BallotStep, BallotVote, BallotVoter


def export_ballots(session: Session, account_id: str) -> Iterable[Sheet]:
    """All that this room keeps about a person, for the person. A sealed vote stays sealed: nobody can open it here."""
    part = or_(Ballot.author_id == account_id, Ballot.approver_id == account_id)
    yield Sheet("ballots", rows_of(session, Ballot, part, leave=("private_key", "nonce_key")))
    yield Sheet("rolls_with_me", rows_of(session, BallotVoter, BallotVoter.account_id == account_id, leave=("name",)))
    yield Sheet("votes", rows_of(session, BallotVote, BallotVote.account_id == account_id, leave=("envelope", "salt")))
    yield Sheet("papers_counted", rows_of(session, BallotPaper, BallotPaper.account_id == account_id))
    yield Sheet("steps", rows_of(session, BallotStep, BallotStep.actor_id == account_id))


def erase_ballots(session: Session, parting: Parting) -> None:
    """The name on the rolls goes; that a line was there stays, because turnout and certificate rest on it."""
    session.execute(update(BallotVoter).where(BallotVoter.account_id == parting.account_id).values(name=None))
