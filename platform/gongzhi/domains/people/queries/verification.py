"""Requests of residents to be verified: one's own, and the queue of those who answer them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor, allows
from gongzhi.kernel.secrets import decrypt, mask_identity, mask_name

from ..models import PLACE, Account, VerificationRequest, VerificationState
from ..permissions import VERIFY_RESIDENTS


def access_request(session: Session, actor: Actor, request_id: str) -> VerificationRequest:
    """A request: for the person and for those who answer it. Raises `NotFound` to all others."""
    found = session.get(VerificationRequest, request_id)
    if found is None or found.district_id != actor.district_id:
        raise NotFound
    if found.account_id == actor.account_id or allows(actor, VERIFY_RESIDENTS, found):
        return found
    raise NotFound


def own_request(session: Session, actor: Actor) -> VerificationRequest | None:
    """One's latest request."""
    return session.scalar(
        select(VerificationRequest)
        .where(VerificationRequest.account_id == actor.account_id)
        .order_by(VerificationRequest.id.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class Waiting:
    """A request in the queue: masked, as everything that is only looked through."""

    id: str
    account_name: str
    real_name: str
    identity: str
    community_zh: str
    community_en: str
    note: str
    created_at: datetime

    def community_for(self, locale: str) -> str:
        """The community's name in the reader's language."""
        return self.community_en if locale == "en" and self.community_en else self.community_zh


def waiting_requests(session: Session, actor: Actor, *, after: str | None = None, limit: int = 20) -> Page[Waiting]:
    """What waits for this grid worker or office, the oldest first."""
    statement = (
        select(VerificationRequest, Account.name, PLACE.c.name_zh, PLACE.c.name_en)
        .join(Account, Account.id == VerificationRequest.account_id)
        .join(PLACE, PLACE.c.id == VerificationRequest.community_id)
        .where(
            VerificationRequest.district_id == actor.district_id,
            VerificationRequest.state == VerificationState.WAITING,
            VerificationRequest.account_id != actor.account_id,
            _within_reach(actor),
        )
    )
    rows = session.execute(keyset(statement, VerificationRequest.id.asc(), after=after, limit=limit)).all()
    page = slice_page(rows, limit, lambda row: (row[0].id,))
    return Page([shown_masked(*row) for row in page.items], page.next_cursor)


def shown_masked(request: VerificationRequest, account_name: str, zh: str, en: str) -> Waiting:
    """The request as a row of the queue; empty where it was decided and forgotten."""
    name = decrypt(request.real_name, "people.real_name") if request.real_name else ""
    identity = decrypt(request.identity, "people.identity") if request.identity else ""
    return Waiting(
        id=request.id,
        account_name=account_name,
        real_name=mask_name(name),
        identity=mask_identity(identity),
        community_zh=zh,
        community_en=en,
        note=request.note,
        created_at=request.created_at,
    )


def waiting_request(session: Session, request: VerificationRequest) -> Waiting:
    """One request as a row of the queue."""
    name = session.scalar(select(Account.name).where(Account.id == request.account_id)) or ""
    zh, en = session.execute(select(PLACE.c.name_zh, PLACE.c.name_en).where(PLACE.c.id == request.community_id)).one()
    return shown_masked(request, name, zh, en)


def _within_reach(actor: Actor) -> ColumnElement[bool]:
    """The communities of one's office, and those of one's grids or above them."""
    reach: list[ColumnElement[bool]] = []
    if actor.acts_for_government:
        own = actor.organisation_place_path
        reach.append(true() if own is None else PLACE.c.path.startswith(own, autoescape=True))
    for held in actor.roles:
        if held.role != "grid_worker":
            continue
        if held.place_path is None:
            reach.append(true())
            continue
        steps = held.place_path.strip("/").split("/")
        above = ["/".join(steps[: count + 1]) + "/" for count in range(len(steps))]
        reach.append(or_(PLACE.c.path.startswith(held.place_path, autoescape=True), PLACE.c.path.in_(above)))
    return and_(true(), or_(*reach)) if reach else false()
