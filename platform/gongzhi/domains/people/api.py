"""The API about oneself: tokens and `GET /me`."""

from __future__ import annotations

from datetime import datetime

from flask import g, request
from pydantic import Field

from gongzhi.kernel.api import ApiIn, ApiOut, operation
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, NotFound, TooMany
from gongzhi.kernel.guard import actor
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l

from . import actions, queries
from .models import Account, AccountState
from .permissions import MANAGE_OWN_ACCOUNT
from .rules import SIGN_IN_PER_ADDRESS, SIGN_IN_PER_LOGIN


class TokenIn(ApiIn):
    """Who asks for a token."""

    login: str = Field(min_length=1, max_length=320, description="E-mail address or mobile number")
    password: str = Field(min_length=1, max_length=200)


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
    limits = (SIGN_IN_PER_LOGIN, body.login), (SIGN_IN_PER_ADDRESS, request.remote_addr or "unknown")
    with write() as current:
        waits = [actions.spend(current, limit, about) for limit, about in limits]
    if any(waits):
        raise TooMany(max(waits))
    account = queries.account_with_password(session(), body.login, body.password)
    if account is None or account.state != AccountState.ACTIVE:
        raise Invalid.of("password", _l("Login or password is not right."))
    with write() as current:
        actions.forgive(current, SIGN_IN_PER_LOGIN, body.login)
        fresh = current.get_one(Account, account.id)
        token, opened = actions.open_session(
            current,
            fresh,
            kind="token",
            device=request.headers.get("User-Agent", ""),
            address=request.remote_addr or "",
            password=body.password,
        )
        return TokenOut(token=token, expires_at=opened.expires_at)


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
