"""Who is told of ballots: the office while it is inside, those who may vote and care, at last all who have not."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, or_, select, union
from sqlalchemy.orm import Session

from gongzhi.domains.ballots import events
from gongzhi.domains.ballots.models import Ballot, BallotVoter, RollKind
from gongzhi.domains.people.models import Membership
from gongzhi.kernel import clock
from gongzhi.reactions.notices.audience import (
    Message,
    commenters,
    followers,
    just,
    members,
    of_issue,
    register_titles,
    teller,
)
from gongzhi.reactions.notices.models import NoticeKind
from gongzhi.reactions.notices.of_decisions import of_decision


def _title(session: Session, ballot_id: str) -> tuple[str, str | None]:
    row = session.execute(select(Ballot.title, Ballot.author_id).where(Ballot.id == ballot_id)).first()
    return (row[0], row[1]) if row else ("", None)


register_titles("ballot", _title)


def _message(session: Session, happened: events.BallotEvent, kind: NoticeKind, text: str, accounts: Any) -> Message:
    title, _author = _title(session, happened.ballot_id)
    return Message(kind, text, "ballot", happened.ballot_id, accounts, {"title": title})


def _on_roll(ballot_id: str, *, waiting: bool = False) -> Any:
    """The accounts behind the roll: people for themselves, and whoever may act for an organisation now."""
    line = BallotVoter.ballot_id == ballot_id
    if waiting:
        line = and_(line, BallotVoter.how.is_(None))
    people = select(BallotVoter.account_id).where(line, BallotVoter.account_id.is_not(None))
    organisations = (
        select(Membership.account_id)
        .join(BallotVoter, BallotVoter.organisation_id == Membership.organisation_id)
        .where(
            line,
            Membership.ended_at.is_(None),
            or_(Membership.ends_at.is_(None), Membership.ends_at > clock.now()),
        )
    )
    return union(people, organisations)


def _concerned(session: Session, ballot_id: str) -> Any:
    """Those who may vote and took part in what it is held on; on an imported roll all, as they were named for it."""
    ballot = session.get(Ballot, ballot_id)
    roll = _on_roll(ballot_id).subquery()
    if ballot is None or ballot.roll == RollKind.IMPORTED:
        return select(roll.c[0])
    told = of_issue(ballot.subject_id) if ballot.subject_kind == "issue" else of_decision(ballot.subject_id)
    # A union within a union is no SQL for SQLite: each arm is one plain SELECT.
    care = union(
        select(told.subquery().c[0]), commenters("ballot", ballot_id), followers(ballot.subject_kind, ballot.subject_id)
    ).subquery()
    return select(roll.c[0]).where(roll.c[0].in_(select(care.c[0])))


def _took_part(session: Session, ballot_id: str) -> Any:
    """Those concerned, and everybody who voted."""
    voted = select(BallotVoter.account_id).where(
        BallotVoter.ballot_id == ballot_id, BallotVoter.account_id.is_not(None), BallotVoter.how.is_not(None)
    )
    concerned = _concerned(session, ballot_id).subquery()
    return union(select(concerned.c[0]), voted)


@teller(events.BallotSubmitted)
def _submitted(session: Session, happened: events.BallotSubmitted) -> list[Message]:
    return [_message(session, happened, NoticeKind.TASK, "ballot.to_approve", members(happened.office_id))]


@teller(events.BallotReturned)
def _returned(session: Session, happened: events.BallotReturned) -> list[Message]:
    return [_message(session, happened, NoticeKind.TASK, "ballot.returned", just(happened.author_id))]


@teller(events.BallotPaperChanged)
def _papers(session: Session, happened: events.BallotPaperChanged) -> list[Message]:
    text = {"first": "ballot.papers", "differs": "ballot.papers_differ"}.get(happened.result)
    return [_message(session, happened, NoticeKind.TASK, text, members(happened.office_id))] if text else []


@teller(events.BallotOpened)
def _opened(session: Session, happened: events.BallotOpened) -> list[Message]:
    told = _concerned(session, happened.ballot_id)
    return [_message(session, happened, NoticeKind.BALLOT, "ballot.opened", told)]


@teller(events.BallotStarted)
def _started(session: Session, happened: events.BallotStarted) -> list[Message]:
    told = _concerned(session, happened.ballot_id)
    return [_message(session, happened, NoticeKind.BALLOT, "ballot.started", told)]


@teller(events.BallotClosingSoon)
def _closing(session: Session, happened: events.BallotClosingSoon) -> list[Message]:
    roll = _on_roll(happened.ballot_id, waiting=True).subquery()
    return [_message(session, happened, NoticeKind.BALLOT, "ballot.closing", select(roll.c[0]))]


@teller(events.BallotCancelled)
def _cancelled(session: Session, happened: events.BallotCancelled) -> list[Message]:
    told = _took_part(session, happened.ballot_id)
    return [_message(session, happened, NoticeKind.BALLOT, "ballot.cancelled", told)]


@teller(events.BallotCertified)
def _certified(session: Session, happened: events.BallotCertified) -> list[Message]:
    told = _took_part(session, happened.ballot_id)
    return [_message(session, happened, NoticeKind.BALLOT, "ballot.certified", told)]
