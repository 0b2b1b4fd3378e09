"""How ballots appear elsewhere: in the trace of issues, as something to comment on, and what they are held on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from gongzhi.domains.comments.queries import Subject, register_subject
from gongzhi.domains.issues.queries import access_issue, register_link
from gongzhi.domains.places.actions import follow_move
from gongzhi.domains.places.events import PlaceMoved
from gongzhi.kernel import events
from gongzhi.kernel.personal import register_personal_data
from gongzhi.kernel.text import lazy as _l

from .actions.leaving import erase_ballots, export_ballots
from .models import Ballot, BallotState
from .queries import BallotSubject, access_ballot, register_ballot_subject, turnout_version

LINKS = {
    "ballot_opened": _l("Formal ballot announced, its rules frozen"),
    "ballot_cancelled": _l("Formal ballot cancelled"),
    "ballot_certified": _l("Formal ballot closed and certified"),
}


def _is_open(ballot: Any) -> bool:
    return ballot.state in (BallotState.OPEN, BallotState.CERTIFIED)


def _count(session: Session, ballot_id: str, change: int) -> None:
    session.execute(update(Ballot).where(Ballot.id == ballot_id).values(comment_count=Ballot.comment_count + change))


def _place_moved(session: Session, moved: PlaceMoved) -> None:
    follow_move(session, Ballot.place_path, moved)


def connect() -> None:
    """Register with the rooms below."""
    for action, label in LINKS.items():
        register_link(action, "ballot", label)
    events.subscribe(PlaceMoved, _place_moved)
    events.register_version_source("ballot", turnout_version)
    register_subject(Subject("ballot", access_ballot, "ballots.show", _is_open, _count))
    register_ballot_subject(
        BallotSubject("issue", access_issue, "issues.show", _l("Issue"), lambda _session, issue: (issue.id,))
    )
    register_personal_data("ballots", export_ballots, erase_ballots)
