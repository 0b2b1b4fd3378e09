"""The API about oneself: tokens, `GET /me`, second steps, a copy of one's data and the erasure of the account."""

from __future__ import annotations

from datetime import datetime

from flask import g, request
from pydantic import Field

from gongzhi.kernel.api import ApiIn, ApiOut, operation
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l

from . import actions, queries
from .doors import address, public_url, spend, terms
from .models import Account, AccountState, CopyState, DataCopy
from .permissions import MANAGE_OWN_ACCOUNT
from .rules import COPIES_PER_ACCOUNT, SECOND_PER_ACCOUNT, SIGN_IN_PER_ADDRESS, SIGN_IN_PER_LOGIN


class TokenIn(ApiIn):
    """Who asks for a token."""

    login: str = Field(min_length=1, max_length=320, description="E-mail address or mobile number")
    password: str = Field(min_length=1, max_length=200)
    code: str | None = Field(
        None,
        max_length=40,
        description="Needed for accounts with a second step: what the authenticator app shows, or a recovery code",
    )


class TokenOut(ApiOut):
    """The token, shown this once."""

    token: str
    expires_at: datetime


class OrganisationOut(ApiOut):
    """An organisation one may act for: send its id as `X-Acting-For`."""

    id: str
    kind: str
    name_zh: str
    name_en: str
    member_role: str
    title: str


class RoleOut(ApiOut):
    """A role held, for a place and all below it or for the district."""

    role: str
    place_path: str | None
    organisation_id: str | None


class MeOut(ApiOut):
    """Oneself; contacts are masked."""

    id: str
    name: str
    email: str | None
    phone: str | None
    level: int
    district_id: str
    community_id: str | None
    acting_for: str | None
    chamber: str | None
    organisations: list[OrganisationOut]
    roles: list[RoleOut]


@operation("POST", "/tokens", PUBLIC, body=TokenIn, answer=TokenOut, status=201, tag="people")
def create_token(body: TokenIn) -> TokenOut:
    """Sign a program in with login and password."""
    spend((SIGN_IN_PER_LOGIN, body.login), (SIGN_IN_PER_ADDRESS, address()))
    account = queries.account_with_password(session(), body.login, body.password)
    if account is None or account.state != AccountState.ACTIVE:
        raise Invalid.of("password", _l("Login or password is not right."))
    _check_second_step(account, body.code)
    with write() as current:
        actions.forgive(current, SIGN_IN_PER_LOGIN, body.login)
        fresh = current.get_one(Account, account.id)
        if queries.erasure_of(current, fresh.id) is not None:
            raise Conflict(_l("This account is about to be erased. Sign in on the site to keep it."))
        token, opened = actions.open_session(
            current,
            fresh,
            kind="token",
            device=request.headers.get("User-Agent", ""),
            address=request.remote_addr or "",
            password=body.password,
            terms=terms(fresh),
        )
        return TokenOut(token=token, expires_at=opened.expires_at)


def _check_second_step(account: Account, code: str | None) -> None:
    """Raises `Invalid` beside `code` when the account has a second step and this is not it; `TooMany`."""
    if not actions.has_step(session(), account.id):
        return
    if not code:
        raise Invalid.of("code", _l("This account has a second step: send the code of its app, or a recovery code."))
    spend((SECOND_PER_ACCOUNT, account.id))
    with write() as current:
        if not actions.use_code(current, account.id, code):
            raise Invalid.of("code", _l("This code is not right, or it was used already."))
        actions.forgive(current, SECOND_PER_ACCOUNT, account.id)


@operation("DELETE", "/tokens/current", MANAGE_OWN_ACCOUNT, status=204, tag="people")
def delete_token() -> None:
    """End the token this request carries."""
    held = g.identified.session
    if held.kind != "token":
        raise Conflict(_l("This request carries no token."))
    with write() as current:
        actions.end_session(current, actor(), held.id)


@operation("GET", "/me", MANAGE_OWN_ACCOUNT, answer=MeOut, tag="people")
def me() -> MeOut:
    """Who acts, with level, organisations and roles."""
    identified = g.identified
    if identified is None:
        raise NotFound
    own = queries.own_account(session(), actor())
    contacts = queries.masked_contacts(own)
    return MeOut(
        id=own.id,
        name=own.name,
        email=contacts.get("email"),
        phone=contacts.get("phone"),
        level=actor().level,
        district_id=own.district_id,
        community_id=own.community_id,
        acting_for=actor().organisation_id,
        chamber=actor().chamber,
        organisations=[
            OrganisationOut(
                id=one.organisation_id,
                kind=one.kind,
                name_zh=one.name_zh,
                name_en=one.name_en,
                member_role=one.member_role,
                title=one.title,
            )
            for one in identified.choices
        ],
        roles=[
            RoleOut(role=one.role, place_path=one.place_path, organisation_id=one.organisation_id)
            for one in identified.grants
        ],
    )


class PasskeyOut(ApiOut):
    """A passkey, without its key."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


class SecondStepsOut(ApiOut):
    """The second steps of one's account."""

    needed: bool
    """Whether one's office or role needs one."""
    authenticator_app: bool
    passkeys: list[PasskeyOut]
    recovery_codes_left: int


@operation("GET", "/me/second-steps", MANAGE_OWN_ACCOUNT, answer=SecondStepsOut, tag="people")
def list_second_steps() -> SecondStepsOut:
    """One's second steps of sign-in."""
    account_id = actor().account_id or ""
    steps = queries.second_steps(session(), account_id)
    return SecondStepsOut(
        needed=queries.needs_second_step_since(session(), account_id) is not None,
        authenticator_app=steps.totp is not None,
        passkeys=[PasskeyOut.model_validate(one) for one in steps.passkeys],
        recovery_codes_left=steps.recovery_left,
    )


@operation("DELETE", "/me/second-steps/<step_id>", MANAGE_OWN_ACCOUNT, status=204, fresh=True, tag="people")
def remove_second_step(step_id: str) -> None:
    """Remove a passkey by its id, or the authenticator app by the word `app`."""
    with write() as current:
        if step_id == "app":
            actions.remove_totp(current, actor())
        else:
            actions.remove_passkey(current, actor(), queries.access_passkey(current, actor(), step_id))


class DataCopyOut(ApiOut):
    """A copy of one's own data; a person downloads it on the site."""

    id: str
    state: CopyState
    size: int
    requested_at: datetime
    expires_at: datetime | None


class DataCopiesOut(ApiOut):
    """The copies asked for, newest first."""

    copies: list[DataCopyOut]
    page: str
    """Where the person downloads them."""


@operation("GET", "/me/data", MANAGE_OWN_ACCOUNT, answer=DataCopiesOut, tag="people")
def list_data_copies() -> DataCopiesOut:
    """The copies of one's own data."""
    copies = [_copy(one) for one in queries.own_copies(session(), actor())]
    return DataCopiesOut(copies=copies, page=f"{public_url()}/account/data")


@operation("POST", "/me/data", MANAGE_OWN_ACCOUNT, answer=DataCopyOut, status=201, fresh=True, tag="people")
def request_data_copy() -> DataCopyOut:
    """Ask for a copy of all of one's own data."""
    spend((COPIES_PER_ACCOUNT, actor().account_id or ""))
    with write() as current:
        return _copy(actions.ask_for_copy(current, actor()))


def _copy(copy: DataCopy) -> DataCopyOut:
    return DataCopyOut.model_validate(copy)


class ErasureOut(ApiOut):
    """Whether the account will be erased, and what stands against asking for it."""

    due_at: datetime | None
    obstacles: list[str]


@operation("GET", "/me/erasure", MANAGE_OWN_ACCOUNT, answer=ErasureOut, tag="people")
def get_erasure() -> ErasureOut:
    """How one's erasure stands."""
    account_id = actor().account_id or ""
    asked = queries.erasure_of(session(), account_id)
    against = [str(one) for one in actions.obstacles(session(), account_id)]
    return ErasureOut(due_at=asked.due_at if asked else None, obstacles=against)


@operation("POST", "/me/erasure", MANAGE_OWN_ACCOUNT, answer=ErasureOut, status=201, fresh=True, tag="people")
def request_erasure() -> ErasureOut:
    """Ask to have one's account erased after fifteen days.

    All sessions and tokens end at once. Signing in on the site before the day cancels it.
    """
    with write() as current:
        asked = actions.ask_erasure(current, actor())
        return ErasureOut(due_at=asked.due_at, obstacles=[])
