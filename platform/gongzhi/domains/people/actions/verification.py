"""Residents verified to a community; one verified person has one voice."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Conflict, Invalid, NotFound, Stale
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import blind_index, blind_indexes, decrypt, encrypt
from gongzhi.kernel.text import Message, clean_line
from gongzhi.kernel.text import lazy as _l

from ..events import RightsChanged, VerificationDecided, VerificationRequested
from ..models import Account, VerificationRequest, VerificationState
from ..permissions import ASK_VERIFICATION, READ_PERSONAL_DATA, VERIFY_RESIDENTS
from ..queries import contact_of, own_request, place_named
from ..rules import check_identity_number
from .access_log import note_access
from .erasing import take_back_voices
from .messages import write_message
from .organisations import needed_reason
from .sessions import by

SECOND_VOICE = _l(
    "This identity number is verified for another account of this district. One person has one voice: "
    "refuse this request and tell the person to use the other account."
)


def ask_verification(
    session: Session, actor: Actor, *, community_id: str | None, real_name: str, identity: str, note: str
) -> VerificationRequest:
    """Ask to be verified as a resident of a community. Raises `Conflict` while an earlier request waits."""
    require(actor, ASK_VERIFICATION)
    name = clean_line(real_name)
    errors: dict[str, list[Message]] = {}
    if not 2 <= len(name) <= 40:
        errors["real_name"] = [_l("Enter your name as on your identity card.")]
    try:
        number = check_identity_number(identity)
    except Invalid as error:
        errors.update(error.errors)
        number = ""
    community = None
    try:
        community = place_named(session, actor.district_id, community_id, kinds=("community",), field="community_id")
        if community is None:
            errors["community_id"] = [_l("Choose the community you live or work in.")]
    except Invalid as error:
        errors.update(error.errors)
    if errors or community is None:
        raise Invalid(errors)
    made = VerificationRequest(
        district_id=actor.district_id,
        account_id=actor.account_id or "",
        community_id=community,
        real_name=encrypt(name, "people.real_name"),
        identity=encrypt(number, "people.identity"),
        identity_index=blind_index("people.identity", number),
        note=clean_line(note)[:300],
        state=VerificationState.WAITING,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(_l("Your earlier request is still waiting for an answer.")) from None
    record(
        session,
        VerificationRequested(**by(actor), request_id=made.id, account_id=made.account_id, community_id=community),
    )
    return made


def withdraw_request(session: Session, actor: Actor) -> None:
    """Take one's waiting request back; what it held is forgotten."""
    require(actor, ASK_VERIFICATION)
    found = own_request(session, actor)
    if found is None:
        raise NotFound
    session.refresh(found, with_for_update=True)
    if found.state != VerificationState.WAITING:
        raise Stale(_l("This request was answered already."), current={"state": str(found.state)})
    _close(found, VerificationState.WITHDRAWN, "", actor)


def approve_request(session: Session, actor: Actor, request: VerificationRequest) -> None:
    """Verify the person: level 2, the community, and the identity that no other account may hold.

    The unique index decides between officials who approve at once. Raises `Conflict` for a second voice,
    `Stale` when the request was answered already.
    """
    _lock(session, actor, request)
    account = session.get_one(Account, request.account_id, with_for_update=True, populate_existing=True)
    number = decrypt(request.identity or b"", "people.identity")
    others = session.scalar(
        select(Account.id).where(
            Account.district_id == request.district_id,
            Account.identity_index.in_(blind_indexes("people.identity", number)),
            Account.id != account.id,
        )
    )
    if others is not None:
        raise Conflict(SECOND_VOICE)
    account.identity, account.identity_index = request.identity, request.identity_index
    account.real_name = request.real_name
    account.level = max(account.level, 2)
    account.community_id = request.community_id
    account.verified_at, account.verified_by_id = clock.now(), actor.account_id
    account.verified_by_organisation_id = actor.organisation_id
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise Conflict(SECOND_VOICE) from None
    take_back_voices(session, account, number)
    _close(request, VerificationState.APPROVED, "", actor)
    _announce(session, actor, request)
    record(session, RightsChanged(**by(actor), account_id=account.id))


def refuse_request(session: Session, actor: Actor, request: VerificationRequest, *, reason: str) -> None:
    """Refuse for a reason the person reads; what the request held is forgotten."""
    _lock(session, actor, request)
    _close(request, VerificationState.REFUSED, needed_reason(reason), actor)
    _announce(session, actor, request)


@dataclass(frozen=True)
class Revealed:
    """Personal data as it is, for one look."""

    real_name: str
    identity: str


def reveal_request(session: Session, actor: Actor, request: VerificationRequest, *, reason: str) -> Revealed:
    """Read name and identity number unmasked; who did it and why is kept and shown to the person."""
    require(actor, READ_PERSONAL_DATA, request)
    if request.real_name is None or request.identity is None:
        raise NotFound
    note_access(session, actor, account_id=request.account_id, fields=["real_name", "identity"], reason=reason)
    return Revealed(decrypt(request.real_name, "people.real_name"), decrypt(request.identity, "people.identity"))


def _lock(session: Session, actor: Actor, request: VerificationRequest) -> None:
    session.refresh(request, with_for_update=True)
    require(actor, VERIFY_RESIDENTS, request)
    if request.state != VerificationState.WAITING:
        raise Stale(_l("This request was answered already."), current={"state": str(request.state)})


def _close(request: VerificationRequest, state: VerificationState, reason: str, actor: Actor) -> None:
    request.state, request.reason = state, reason
    request.decided_at, request.decided_by_id = clock.now(), actor.account_id
    request.real_name = request.identity = None


def _announce(session: Session, actor: Actor, request: VerificationRequest) -> None:
    record(
        session,
        VerificationDecided(
            **by(actor),
            request_id=request.id,
            account_id=request.account_id,
            community_id=request.community_id,
            state=str(request.state),
            reason=request.reason,
        ),
    )
    person = session.get_one(Account, request.account_id)
    approved = request.state == VerificationState.APPROVED
    write_message(
        session,
        contact_of(person),
        district_id=request.district_id,
        subject=_l("Your request to be verified was answered"),
        body=_l("You are verified as a resident of your community now.")
        if approved
        else _l(
            "Your request to be verified was refused: %(reason)s You can correct it and ask again.",
            reason=request.reason,
        ),
    )
