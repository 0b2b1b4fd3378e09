"""Signing in through another provider (OpenID Connect): the way there and back, and whose account it opens.

The provider only vouches for its own person. An account is never opened, nor linked, because an e-mail
address is the same: whoever links must prove to own the account here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Conflict, Invalid, NotFound
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import decrypt, encrypt, mask_email, mask_name, random_token, token_hash
from gongzhi.kernel.text import lazy as _l

from ..events import AccountRegistered, ProviderLinked
from ..models import Account, Passkey, ProviderLink, ProviderVisit
from ..permissions import MANAGE_OWN_ACCOUNT
from ..queries import account_by_contact, contact_of, own_account
from ..rules import NAME_MOST, VISIT_LIFE, Contact, check_name, parse_contact
from .messages import write_message
from .proving import UNUSABLE
from .registration import Registration, add_account
from .sessions import by

SECRET = "people.visit"  # noqa: S105 - the name of a purpose
CLAIMS = "people.visit_claims"


@dataclass(frozen=True)
class Departure:
    """What goes with the person to the provider, and into the cookie (`browser`)."""

    state: str
    nonce: str
    verifier: str
    browser: str


@dataclass(frozen=True)
class Vouched:
    """Who the provider says it is; `email` only where the provider has confirmed it."""

    issuer: str
    subject: str
    email: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        """What the person recognises it by."""
        return mask_email(self.email) if self.email else mask_name(self.name)


def depart(session: Session, provider: str, next_page: str) -> Departure:
    """Remember a way to the provider; it is walked once, by this browser, within fifteen minutes."""
    made = Departure(*(random_token() for _ in range(4)))
    session.add(
        ProviderVisit(
            provider=provider,
            state_hash=token_hash(made.state),
            browser_hash=token_hash(made.browser),
            secret=encrypt(json.dumps([made.nonce, made.verifier]), SECRET),
            next=next_page[:2000],
            expires_at=clock.now() + VISIT_LIFE,
        )
    )
    return made


def come_back(session: Session, provider: str, state: str, browser: str) -> tuple[ProviderVisit, str, str]:
    """The way that ends here, with its nonce and verifier. Raises `NotFound` unless it is this browser's and unused.

    Call it in a `write` of its own: it is used up whatever the provider says.
    """
    row = session.scalar(select(ProviderVisit).where(ProviderVisit.state_hash == token_hash(state)).with_for_update())
    if (
        row is None
        or row.provider != provider
        or row.browser_hash != token_hash(browser)
        or row.returned_at is not None
        or row.expires_at <= clock.now()
    ):
        raise NotFound
    row.returned_at = clock.now()
    nonce, verifier = json.loads(decrypt(row.secret, SECRET))
    return row, nonce, verifier


def keep_vouched(session: Session, visit: ProviderVisit, vouched: Vouched) -> None:
    """Whom the provider vouched for, until the person has said which account is meant."""
    row = session.get_one(ProviderVisit, visit.id, with_for_update=True)
    row.claims = encrypt(json.dumps([vouched.issuer, vouched.subject, vouched.email, vouched.name]), CLAIMS)


def open_visit(session: Session, visit_id: str, browser: str) -> tuple[ProviderVisit, Vouched]:
    """A visit that came back to this browser and was not settled yet. Raises `NotFound` otherwise."""
    row = session.get(ProviderVisit, visit_id)
    if (
        row is None
        or row.claims is None
        or row.used_at is not None
        or row.browser_hash != token_hash(browser)
        or row.expires_at <= clock.now()
    ):
        raise NotFound
    return row, Vouched(*json.loads(decrypt(row.claims, CLAIMS)))


def link_provider(session: Session, account: Account, visit: ProviderVisit, vouched: Vouched) -> None:
    """The provider opens this account from now on. Raises `Conflict` when it opens another one, or this has another.

    The caller has made sure that the person owns the account.
    """
    settled = session.get_one(ProviderVisit, visit.id, with_for_update=True, populate_existing=True)
    if settled.used_at is not None:
        raise NotFound
    settled.used_at, settled.claims = clock.now(), None
    try:
        with session.begin_nested():
            session.add(
                ProviderLink(
                    account_id=account.id,
                    issuer=vouched.issuer,
                    subject=vouched.subject,
                    provider=visit.provider,
                    label=vouched.label[:120],
                    created_at=clock.now(),
                )
            )
    except IntegrityError:
        raise Conflict(
            _l("This sign-in belongs to another account, or your account has one of this provider.")
        ) from None
    write_message(
        session,
        contact_of(account),
        district_id=account.district_id,
        subject=_l("The sign-in of your account was changed"),
        body=_l(
            "Your Gongzhi account can be opened through %(provider)s now. If this was not you, "
            "choose a new password at once.",
            provider=visit.provider,
        ),
    )
    record(
        session,
        ProviderLinked(
            district_id=account.district_id,
            actor=account.id,
            account_id=account.id,
            provider=visit.provider,
            linked=True,
        ),
    )


def register_vouched(
    session: Session, visit: ProviderVisit, vouched: Vouched, *, name: str, district_id: str, locale: str
) -> Account:
    """A new account with the e-mail address the provider has confirmed, and no password.

    Raises `Conflict` when the address has an account here: that one must be linked, with its password.
    """
    contact = _contact(vouched)
    if contact is None:
        raise Conflict(_l("The provider has confirmed no e-mail address. Register here first, then link it."))
    shown = check_name(name)
    if shown is None:
        raise Invalid.of("name", _l("Enter a name of at most %(num)s characters.", num=NAME_MOST))
    account = add_account(session, Registration(contact, shown, UNUSABLE), district_id=district_id)
    account.locale = locale
    record(session, AccountRegistered(district_id=account.district_id, actor=account.id, account_id=account.id))
    link_provider(session, account, visit, vouched)
    return account


def may_register(session: Session, vouched: Vouched) -> bool:
    """Whether a new account can be made: a confirmed address that nobody has here."""
    contact = _contact(vouched)
    return contact is not None and account_by_contact(session, contact) is None


def _contact(vouched: Vouched) -> Contact | None:
    if not vouched.email:
        return None
    try:
        return parse_contact(vouched.email)
    except Invalid:
        return None


def note_link_used(session: Session, link: ProviderLink) -> None:
    """Remember when it was used last."""
    session.get_one(ProviderLink, link.id).used_at = clock.now()


def unlink_provider(session: Session, actor: Actor, link: ProviderLink) -> None:
    """The provider opens the account no more. Raises `Conflict` when there would be no way in left."""
    require(actor, MANAGE_OWN_ACCOUNT)
    own = own_account(session, actor)
    session.refresh(own, with_for_update=True)
    if link.account_id != own.id:
        raise NotFound
    others = session.scalar(
        select(ProviderLink.id).where(ProviderLink.account_id == own.id, ProviderLink.id != link.id).limit(1)
    )
    passkey = session.scalar(select(Passkey.id).where(Passkey.account_id == own.id).limit(1))
    if own.password_hash == UNUSABLE and others is None and passkey is None:
        raise Conflict(_l("Choose a password first: otherwise you could not sign in any more."))
    session.execute(delete(ProviderLink).where(ProviderLink.id == link.id))
    record(session, ProviderLinked(**by(actor), account_id=own.id, provider=link.provider, linked=False))
