"""Ballots in the ledger: the hash of their rules, the hash of their result, and why one was cancelled."""

from __future__ import annotations

from gongzhi.domains.ballots.events import BallotCancelled, BallotCertified, BallotOpened

from .leaves import facts_of, register_leaf


def register() -> None:
    """Make them entries."""
    register_leaf(BallotOpened, facts_of("ballot", "ballot_id", "rules_hash"))
    register_leaf(BallotCancelled, facts_of("ballot", "ballot_id", words=("reason",)))
    register_leaf(BallotCertified, facts_of("ballot", "ballot_id", "result_hash"))
