"""What pages and API of this room share: limits, the site's own address, and the terms of a sign-in."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request
from sqlalchemy.orm import Session

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import TooMany
from gongzhi.kernel.text import lazy as _l

from . import actions, queries
from .actions import Site
from .models import Account
from .rules import Limit


def public_url() -> str:
    """Where links in messages lead."""
    url: str = current_app.config["SETTINGS"].public_url
    return url


def site() -> Site:
    """What passkeys are bound to: the host name and origin of the public address."""
    parts = urlsplit(public_url())
    return Site(parts.hostname or "localhost", f"{parts.scheme}://{parts.netloc}", str(_l("Gongzhi")))


def terms(account: Account) -> queries.Terms:
    """On which terms a session of this account is opened."""
    settings = current_app.config["SETTINGS"]
    return queries.terms_for(session(), account, grace_days=settings.grace_days, demo=settings.demo)


def cap_sessions(current: Session, account_id: str) -> None:
    """After an appointment: no session of somebody without a needed second step outlives the grace."""
    until = terms(current.get_one(Account, account_id)).until
    if until is not None:
        actions.cap_sessions(current, account_id, until)


def address() -> str:
    """Where the request comes from, as far as limits need it."""
    return request.remote_addr or "unknown"


def spend(*limits: tuple[Limit, str]) -> None:
    """Count one try against each limit, whatever comes of it. Raises `TooMany`."""
    with write() as current:
        waits = [actions.spend(current, limit, about) for limit, about in limits]
    if any(waits):
        wait = max(waits)
        raise TooMany(wait, _l("Too many tries. Please wait %(num)s minutes.", num=-(-wait // 60)))
