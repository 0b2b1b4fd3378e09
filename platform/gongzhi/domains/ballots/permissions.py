"""Who drafts, approves, votes in and counts ballots: author ≠ approver, first counter ≠ second, offices never vote."""

from __future__ import annotations

from typing import Any

from gongzhi.kernel.policy import Actor, Predicate, acting_as, level, permission, role

from .models import BallotState

_INSIDE = (BallotState.DRAFT, BallotState.IN_REVIEW, BallotState.WITHDRAWN)


def _of_its_office(actor: Actor, ballot: Any) -> bool:
    return actor.acts_for_government and ballot is not None and actor.organisation_id == ballot.office_id


def _somebody_else(actor: Actor, ballot: Any) -> bool:
    return ballot is not None and actor.account_id != ballot.author_id


def _may_read(actor: Actor, ballot: Any) -> bool:
    return ballot is not None and (ballot.state not in _INSIDE or _of_its_office(actor, ballot))


official = acting_as("government")
of_its_office = Predicate("acting for its office", _of_its_office)
somebody_else = Predicate("not its author", _somebody_else)
readable = Predicate("public, or of one's own office", _may_read)
voice = level(1) & ~official

READ_BALLOT = permission("ballots:ballot:read", holders=readable, about="Read a ballot")
DRAFT_BALLOT = permission("ballots:ballot:draft", holders=official, about="Draft a ballot for one's office")
EDIT_BALLOT = permission(
    "ballots:ballot:edit", holders=of_its_office, about="Edit, submit, withdraw a draft; import its roll"
)
APPROVE_BALLOT = permission(
    "ballots:ballot:approve",
    holders=of_its_office & somebody_else,
    about="Open or return a ballot somebody else drafted",
)
CANCEL_BALLOT = permission(
    "ballots:ballot:cancel", holders=of_its_office, about="Stop an opened ballot with a public reason"
)
VOTE_BALLOT = permission("ballots:ballot:vote", holders=voice, about="Vote in a ballot on whose roll one stands")
COUNT_PAPERS = permission(
    "ballots:paper:count",
    holders=of_its_office,
    about="Tick off paper voters and enter a meeting's papers, two officials independently",
)
SET_RULES = permission(
    "ballots:template:write", holders=role("admin"), about="Set the thresholds of the templates and their basis"
)
