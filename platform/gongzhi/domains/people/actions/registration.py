"""Accounts begin: a contact is confirmed by a code, and only then does the account exist."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import SYSTEM
from gongzhi.kernel.secrets import blind_index, encrypt, hash_password
from gongzhi.kernel.text import lazy as _l

from ..events import AccountRegistered, RightsChanged, RoleGranted
from ..models import Account, Role, RoleGrant
from ..queries import account_by_contact
from ..rules import NAME_MOST, Contact, check_name, check_password_choice, parse_contact
from .codes import redeem_code, send_code
from .messages import write_message


@dataclass(frozen=True)
class Registration:
    """A checked wish to register; the password is hashed already."""

    contact: Contact
    name: str
    password_hash: str


def prepare_registration(*, contact: str, name: str, password: str) -> Registration:
    """Check what was typed and hash the password, outside any transaction because that takes its time.

    Raises `Invalid` with all messages by field.
    """
    errors = {}
    parsed = None
    try:
        parsed = parse_contact(contact)
    except Invalid as error:
        errors.update(error.errors)
    shown = check_name(name) or ""
    if not shown:
        errors["name"] = [_l("Enter a name of at most %(num)s characters.", num=NAME_MOST)]
    try:
        check_password_choice(password, contact=contact, name=name)
    except Invalid as error:
        errors.update(error.errors)
    if errors or parsed is None:
        raise Invalid(errors)
    return Registration(parsed, shown, hash_password(password))


def begin_registration(
    session: Session, wanted: Registration, *, district_id: str, locale: str, public_url: str
) -> str:
    """Send a code to the contact; returns the id of the page where it is entered.

    A contact that has an account gets a notice instead, and the page is the same.
    """
    taken = account_by_contact(session, wanted.contact) is not None
    if taken:
        _tell_taken(session, wanted.contact, district_id=district_id, public_url=public_url)
    return send_code(
        session,
        wanted.contact,
        purpose="register",
        district_id=district_id,
        payload={"name": wanted.name, "password_hash": wanted.password_hash, "locale": locale},
        usable=not taken,
    )


def confirm_registration(session: Session, code_id: str, code: str) -> Account | None:
    """The new account at level 1 when the code is right; None otherwise.

    Raises `Conflict` when the contact was confirmed for another account in the meantime.
    """
    held = redeem_code(session, code_id, "register", code)
    if held is None:
        return None
    account = add_account(
        session,
        Registration(Contact(held["kind"], held["value"]), held["name"], held["password_hash"]),
        district_id=held["district_id"],
    )
    account.locale = held["locale"]
    record(session, AccountRegistered(district_id=account.district_id, actor=account.id, account_id=account.id))
    return account


def add_account(
    session: Session, wanted: Registration, *, district_id: str, level: int = 1, is_demo: bool = False
) -> Account:
    """Write an account with a confirmed contact. Raises `Conflict` when the contact has one."""
    account = Account(
        district_id=district_id,
        name=wanted.name,
        password_hash=wanted.password_hash,
        level=level,
        is_demo=is_demo,
        created_at=clock.now(),
    )
    set_contact(account, wanted.contact)
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError:
        raise Conflict(_l("There is already an account with this contact.")) from None
    return account


def set_contact(account: Account, contact: Contact) -> None:
    """Encrypt the contact into the account, with its blind index."""
    sealed = encrypt(contact.value, f"people.{contact.kind}")
    index = blind_index(f"people.{contact.kind}", contact.value)
    if contact.kind == "email":
        account.email, account.email_index = sealed, index
    else:
        account.phone, account.phone_index = sealed, index


def clear_contact(account: Account, kind: str) -> None:
    """Forget the `email` or `phone`, so that somebody else may register with it."""
    if kind == "email":
        account.email = account.email_index = None
    else:
        account.phone = account.phone_index = None


def _tell_taken(session: Session, contact: Contact, *, district_id: str, public_url: str) -> None:
    write_message(
        session,
        contact,
        district_id=district_id,
        subject=_l("You already have an account"),
        body=_l(
            "Somebody, perhaps you, wanted to register on Gongzhi with this contact. You already have an account. "
            "Sign in at %(url)s/sign-in, or choose a new password at %(url)s/password/forgotten.",
            url=public_url,
        ),
    )


def create_admin(session: Session, *, login: str, password: str, name: str, district_id: str) -> Account:
    """Make an administrator from the command line: a new account, or one that exists.

    An account that is there keeps its password; that it holds the role is all that is made sure of.
    """
    wanted = prepare_registration(contact=login, name=name, password=password)
    account = account_by_contact(session, wanted.contact)
    if account is None:
        account = add_account(session, wanted, district_id=district_id, level=2)
    if account.district_id != district_id:
        raise Conflict(_l("This account belongs to another district."))
    held = session.scalar(
        select(RoleGrant).where(
            RoleGrant.account_id == account.id,
            RoleGrant.role == Role.ADMIN,
            RoleGrant.revoked_at.is_(None),
            RoleGrant.ends_at.is_(None),
            RoleGrant.place_id.is_(None),
        )
    )
    if held is None:
        session.add(
            RoleGrant(
                district_id=district_id,
                account_id=account.id,
                role=Role.ADMIN,
                reason="command line",
                starts_at=clock.now(),
            )
        )
        record(
            session,
            RoleGranted(
                district_id=district_id,
                actor=SYSTEM.account_id,
                account_id=account.id,
                role=Role.ADMIN,
                place_id=None,
                reason="command line",
            ),
        )
        record(session, RightsChanged(district_id=district_id, account_id=account.id))
    session.flush()
    return account
