"""Who is told of initiatives: the organisers of what comes in, those who take part of what goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from gongzhi.domains.initiatives import events
from gongzhi.domains.initiatives.models import Initiative, InitiativeState, Participant, Pledge, Step
from gongzhi.domains.issues.models import Choice, Issue, Vote
from gongzhi.kernel.events import Event
from gongzhi.reactions.notices.audience import (
    Message,
    followers,
    just,
    members,
    of_issue,
    register_titles,
    teller,
    who,
)
from gongzhi.reactions.notices.models import NoticeKind


def everybody(*audiences: Any) -> Any:
    """All of several audiences; SQLite takes no union inside a union."""
    return union(*(select(one.subquery().c[0]) for one in audiences))


def of_voice(key: str | None) -> Any:
    """The person, or who may act for the organisation, behind a voice."""
    kind, _colon, key_id = (key or "").partition(":")
    return members(key_id) if kind == "o" else just(key_id)


def organisers(initiative: Initiative) -> Any:
    """Coordinator and helpers."""
    return everybody(*(of_voice(key) for key in (initiative.coordinator_key, *initiative.helper_keys)))


def taking_part(initiative_id: str) -> Any:
    """Participants and followers."""
    return union(
        select(Participant.account_id).where(Participant.initiative_id == initiative_id, Participant.left_at.is_(None)),
        followers("initiative", initiative_id),
    )


def supporters(issues: tuple[str, ...]) -> Any:
    """Who wrote or supported these issues."""
    return union(
        select(Issue.author_id).where(Issue.id.in_(issues), Issue.author_id.is_not(None)),
        select(Vote.account_id).where(Vote.issue_id.in_(issues), Vote.choice == Choice.SUPPORT),
    )


def _title(session: Session, initiative_id: str) -> tuple[str, str | None]:
    row = session.execute(
        select(Initiative.title, Initiative.coordinator_id).where(Initiative.id == initiative_id)
    ).first()
    return (row[0], row[1]) if row else ("", None)


register_titles("initiative", _title)

Audience = Callable[[Session, Initiative, Any], Any]


def _tell(cls: type[Event], text: str, audience: Audience, *, named: bool = False) -> None:
    """Register one sentence to one audience; `named` says who did it."""

    @teller(cls)
    def tell(session: Session, happened: Any) -> list[Message]:
        initiative = session.get(Initiative, happened.initiative_id)
        if initiative is None:
            return []
        details = {"title": initiative.title}
        if named:
            details["who"] = who(session, happened)
        accounts = audience(session, initiative, happened)
        return [Message(NoticeKind.INITIATIVE, text, "initiative", initiative.id, accounts, details)]


def _maker(session: Session, pledge_id: str) -> Any:
    return of_voice(session.scalar(select(Pledge.voter_key).where(Pledge.id == pledge_id)))


def _owner(session: Session, step_id: str) -> Any:
    return of_voice(session.scalar(select(Step.owner_key).where(Step.id == step_id)))


_tell(events.InitiativeJoined, "initiative.joined", lambda _s, one, _e: organisers(one), named=True)
_tell(events.InitiativeLeft, "initiative.left", lambda _s, one, _e: organisers(one), named=True)
_tell(events.PledgeSettled, "initiative.pledge", lambda session, _one, event: _maker(session, event.pledge_id))
_tell(events.PledgeDisputed, "initiative.disputed", lambda _s, one, _e: organisers(one), named=True)
_tell(
    events.PledgeOverdue,
    "initiative.overdue",
    lambda session, one, event: everybody(_maker(session, event.pledge_id), organisers(one)),
)
_tell(
    events.StepChanged,
    "initiative.step",
    lambda session, one, event: everybody(_owner(session, event.step_id), organisers(one)),
)
_tell(events.UpdatePosted, "initiative.update", lambda _s, one, _e: taking_part(one.id))


def _message(initiative: Initiative, text: str, accounts: Any) -> Message:
    return Message(NoticeKind.INITIATIVE, text, "initiative", initiative.id, accounts, {"title": initiative.title})


@teller(events.InitiativeStarted)
def _started(session: Session, happened: events.InitiativeStarted) -> list[Message]:
    initiative = session.get(Initiative, happened.initiative_id)
    if initiative is None:
        return []
    return [_message(initiative, "initiative.started", of_issue(key)) for key in happened.issues]


@teller(events.InitiativeChanged)
def _changed(session: Session, happened: events.InitiativeChanged) -> list[Message]:
    initiative = session.get(Initiative, happened.initiative_id)
    if initiative is None:
        return []
    if happened.what == "begin":
        return [_message(initiative, "initiative.begun", taking_part(initiative.id))]
    if happened.what == "successor":
        return [_message(initiative, "initiative.asked", of_voice(initiative.successor_key))]
    return []


@teller(events.InitiativeClosed)
def _closed(session: Session, happened: events.InitiativeClosed) -> list[Message]:
    initiative = session.get(Initiative, happened.initiative_id)
    if initiative is None:
        return []
    concerned = everybody(taking_part(initiative.id), supporters(happened.issues))
    if happened.state == InitiativeState.FINISHED:
        return [_message(initiative, "initiative.closed", concerned)]
    if happened.state == InitiativeState.STOPPED:
        return [_message(initiative, "initiative.stopped", concerned)]
    return []
