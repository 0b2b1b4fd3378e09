"""Passwords and contacts replaced; each change ends the other sessions and is told to the person."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongzhi.kernel.errors import Conflict, Invalid, NotFound
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import hash_password, verify_password
from gongzhi.kernel.text import lazy as _l

from ..events import ContactChanged, ContactRemoved, PasswordChanged
from ..models import Account, AccountState
from ..permissions import MANAGE_OWN_ACCOUNT
from ..queries import account_by_contact, contact_of, contacts_of, own_account
from ..rules import Contact, check_password_choice
from .codes import redeem_code, send_code
from .messages import write_message
from .registration import clear_contact, set_contact
from .sessions import end_all_sessions


def begin_reset(session: Session, contact: Contact, *, district_id: str) -> str:
    """Send a code for a new password, if there is an account; the page is the same if there is none."""
    account = account_by_contact(session, contact)
    usable = account is not None and account.state == AccountState.ACTIVE
    return send_code(
        session,
        contact,
        purpose="reset",
        district_id=account.district_id if account else district_id,
        payload={"account_id": account.id if account else None},
        usable=usable,
    )


def reset_password(session: Session, code_id: str, code: str, *, password_hash: str) -> Account | None:
    """Set the new password and end all sessions when the code is right; None otherwise."""
    held = redeem_code(session, code_id, "reset", code)
    if held is None:
        return None
    account = session.get(Account, held["account_id"], with_for_update=True, populate_existing=True)
    if account is None or account.state != AccountState.ACTIVE:
        return None
    _set_password(session, account, password_hash, but=None)
    return account


def new_password_hash(password: str, *, contact: str = "", name: str = "") -> str:
    """Check and hash a new password, outside any transaction. Raises `Invalid`."""
    check_password_choice(password, contact=contact, name=name)
    return hash_password(password)


def check_own_password(session: Session, actor: Actor, password: str, field: str = "current_password") -> None:
    """Raises `Invalid` beside `field` when this is not one's password."""
    require(actor, MANAGE_OWN_ACCOUNT)
    if not verify_password(own_account(session, actor).password_hash, password[:1000]):
        raise Invalid.of(field, _l("This is not your present password."))


def change_password(session: Session, actor: Actor, *, password_hash: str) -> None:
    """Set a new password, checked before, and end all sessions but this one."""
    require(actor, MANAGE_OWN_ACCOUNT)
    _set_password(session, own_account(session, actor), password_hash, but=actor.session_id)


def begin_contact_change(session: Session, actor: Actor, contact: Contact) -> str:
    """Send a code to the new contact; one that has an account gets none, and the page is the same."""
    require(actor, MANAGE_OWN_ACCOUNT)
    return send_code(
        session,
        contact,
        purpose="contact",
        district_id=actor.district_id,
        payload={"account_id": actor.account_id},
        usable=account_by_contact(session, contact) is None,
    )


def confirm_contact_change(session: Session, actor: Actor, code_id: str, code: str) -> bool:
    """Replace the contact when the code is right, and tell the old one. Raises `Conflict` when it was taken."""
    require(actor, MANAGE_OWN_ACCOUNT)
    held = redeem_code(session, code_id, "contact", code)
    if held is None or held["account_id"] != actor.account_id:
        return False
    account = own_account(session, actor)
    before = contact_of(account)
    new = Contact(held["kind"], held["value"])
    try:
        with session.begin_nested():
            set_contact(account, new)
    except IntegrityError:
        raise Conflict(_l("There is already an account with this contact.")) from None
    write_message(
        session,
        before,
        district_id=account.district_id,
        subject=_l("Your contact was changed"),
        body=_l(
            "The contact of your Gongzhi account is now %(contact)s. If this was not you, "
            "choose a new password at once.",
            contact=new.masked,
        ),
    )
    record(session, ContactChanged(district_id=account.district_id, actor=actor.account_id, account_id=account.id))
    return True


def remove_contact(session: Session, actor: Actor, kind: str) -> None:
    """Remove the `email` or `phone` of one's account, under its lock, and tell both contacts.

    The caller has checked the password. Raises `NotFound` without such a contact, `Conflict` for the last one.
    """
    require(actor, MANAGE_OWN_ACCOUNT)
    account = own_account(session, actor)
    session.refresh(account, with_for_update=True)
    removed = contacts_of(account).get(kind)
    if removed is None:
        raise NotFound
    if len(contacts_of(account)) == 1:
        raise Conflict(_l("This is your last contact. Add another one first."))
    for contact in contacts_of(account).values():
        write_message(
            session,
            contact,
            district_id=account.district_id,
            subject=_l("A contact was removed"),
            body=_l(
                "%(contact)s no longer belongs to your Gongzhi account. If this was not you, "
                "choose a new password at once.",
                contact=removed.masked,
            ),
        )
    clear_contact(account, kind)
    record(session, ContactRemoved(district_id=account.district_id, account_id=account.id, contact_kind=kind))


def _set_password(session: Session, account: Account, password_hash: str, *, but: str | None) -> None:
    account.password_hash = password_hash
    end_all_sessions(session, account, ended_by=account.id, but=but)
    write_message(
        session,
        contact_of(account),
        district_id=account.district_id,
        subject=_l("Your password was changed"),
        body=_l(
            "The password of your Gongzhi account was changed, and other devices were signed out. "
            "If this was not you, choose a new password at once."
        ),
    )
    record(session, PasswordChanged(district_id=account.district_id, actor=account.id, account_id=account.id))
