"""The close: envelopes opened in memory, emptied into the urn, counted, certified; keys and envelopes destroyed.

All of it is one transaction under `FOR UPDATE` on the ballot, so it happens once or not at all, whoever starts it.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Account, Organisation
from gongzhi.kernel import events
from gongzhi.kernel.db import dialect, moment
from gongzhi.kernel.masks import mask_name
from gongzhi.kernel.policy import SYSTEM
from gongzhi.kernel.secrets import decrypt

from ..events import BallotCertified
from ..models import Ballot, BallotEntry, BallotReason, BallotState, BallotVote, BallotVoter
from ..queries.standing import rules_of
from ..rules.canonical import canonical
from ..rules.counting import counts_area, counts_chambers
from ..rules.course import MACHINE, due_at
from ..rules.document import make_document
from ..rules.sealing import CannotOpen, Vote, commitment_of, unseal
from .course import KEY_PURPOSE
from .steps import about, end_step, tell_issues

CHUNK = 2_000


def certify_if_due(session: Session, ballot_id: str) -> bool:
    """For the job: count it if its time has come. Whether it was counted now."""
    ballot = session.get(Ballot, ballot_id, with_for_update=True)
    if ballot is None or ballot.state != BallotState.OPEN or due_at(ballot) > moment(session):
        return False
    certify(session, ballot)
    return True


def certify(session: Session, ballot: Ballot) -> None:
    """Count and certify. The caller holds the lock and has checked that it is due."""
    step = MACHINE.check(BallotState(ballot.state), "certify")
    _wipe_what_is_deleted(session)
    now = moment(session)
    rules = rules_of(ballot)
    entries, reasons, spoiled = _empty(session, ballot, rules)
    _keep(session, ballot, entries, reasons)
    session.execute(delete(BallotVote).where(BallotVote.ballot_id == ballot.id))
    document = make_document(
        rules,
        entries=entries,
        paper=ballot.paper_counts or [],
        reasons=reasons,
        certified_at=now.isoformat(),
        spoiled=spoiled,
    )
    ballot.outcome, ballot.spoiled, ballot.ended_at = document["outcome"], spoiled, now
    ballot.result_hash = document["hash"]
    ballot.private_key = ballot.nonce_key = None
    end_step(session, SYSTEM, ballot, step)
    session.flush()
    tell_issues(session, SYSTEM, ballot, "ballot_certified", status=document["outcome"]["status"])
    events.record(session, BallotCertified(**about(SYSTEM, ballot), result_hash=document["hash"]))


def _wipe_what_is_deleted(session: Session) -> None:
    """On SQLite deleted rows would stay readable in free pages of the file until these are used again."""
    if dialect(session) == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete=ON")


def _empty(session: Session, ballot: Ballot, rules: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str], int]:
    """Entries and reasons in an order that has nothing to do with the voters, and how many could not be opened."""
    rows = session.execute(
        select(
            BallotVote.voter_key, BallotVote.envelope, BallotVote.choice, BallotVote.salt, BallotVote.reason,
            BallotVoter.chamber, BallotVoter.area, BallotVoter.unit, Account.name, Organisation.name_zh,
        )
        .join(
            BallotVoter,
            (BallotVoter.ballot_id == BallotVote.ballot_id) & (BallotVoter.voter_key == BallotVote.voter_key),
        )
        .join(Account, Account.id == BallotVote.account_id)
        .outerjoin(Organisation, Organisation.id == BallotVoter.organisation_id)
        .where(BallotVote.ballot_id == ballot.id)
    ).all()  # fmt: skip
    private = bytes.fromhex(decrypt(ballot.private_key, KEY_PURPOSE)) if ballot.private_key else b""
    entries: list[dict[str, Any]] = []
    reasons: list[str] = []
    spoiled = 0
    for row in rows:
        if row.envelope is None:
            vote = Vote(json.loads(row.choice), row.salt, row.reason)
        else:
            try:
                vote = unseal(private, ballot.id, row.voter_key, row.envelope)
            except CannotOpen:
                spoiled += 1
                continue
        entry: dict[str, Any] = {
            "commitment": commitment_of(ballot.id, vote.choice, vote.salt),
            "salt": vote.salt,
            "choice": vote.choice,
        }
        if counts_chambers(rules):
            entry["chamber"] = row.chamber
        if counts_area(rules):
            entry["area"] = row.area
        if not ballot.secret:
            entry["voter"] = " ".join(filter(None, (row.name_zh or mask_name(row.name), row.unit)))
            entry["reason"] = vote.reason
        elif vote.reason:
            reasons.append(vote.reason)
        entries.append(entry)
    secrets.SystemRandom().shuffle(entries)
    secrets.SystemRandom().shuffle(reasons)
    return entries, reasons, spoiled


def _keep(session: Session, ballot: Ballot, entries: list[dict[str, Any]], reasons: list[str]) -> None:
    rows = [
        {
            "ballot_id": ballot.id,
            "commitment": entry["commitment"],
            "salt": entry["salt"],
            "choice": canonical(entry["choice"]),
            "chamber": entry.get("chamber", ""),
            "area": entry.get("area"),
            "voter": entry.get("voter"),
            "reason": entry.get("reason", ""),
        }
        for entry in entries
    ]
    for start in range(0, len(rows), CHUNK):
        session.execute(insert(BallotEntry), rows[start : start + CHUNK])
    if reasons:
        session.execute(
            insert(BallotReason),
            [{"ballot_id": ballot.id, "key": secrets.token_hex(32), "body": reason} for reason in reasons],
        )
