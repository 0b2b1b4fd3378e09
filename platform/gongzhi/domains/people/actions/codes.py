"""Six-digit codes: sent to a contact, tried at most five times, used once."""

from __future__ import annotations

import hmac
import json
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.db import new_id
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.secrets import blind_index, decrypt, encrypt
from gongzhi.kernel.text import lazy as _l

from ..models import ConfirmationCode
from ..rules import CODE_ATTEMPTS, CODE_LIFE, Contact, new_code
from .messages import write_message

PURPOSE = "people.code"


def send_code(
    session: Session, contact: Contact, *, purpose: str, district_id: str, payload: dict[str, Any], usable: bool
) -> str:
    """Make a code for the contact and send it if it is usable; returns the id of the page to enter it on."""
    made = ConfirmationCode(
        id=new_id(),
        contact_index=blind_index(f"people.{contact.kind}", contact.value),
        purpose=purpose,
        account_id=payload.get("account_id"),
        code_hash="",
        payload=encrypt(
            json.dumps({**payload, "kind": contact.kind, "value": contact.value, "district_id": district_id}),
            PURPOSE,
        ),
        usable=usable,
        created_at=clock.now(),
        expires_at=clock.now() + CODE_LIFE,
    )
    session.add(made)
    _issue(session, made, contact, district_id)
    return made.id


def send_code_again(session: Session, code_id: str, purpose: str, account_id: str | None = None) -> None:
    """A new code for the same page; the old one is void. Raises `NotFound` when the page has expired."""
    made = session.get(ConfirmationCode, code_id, with_for_update=True, populate_existing=True)
    made, held = _open(made, purpose, account_id)
    made.attempts, made.expires_at = 0, clock.now() + CODE_LIFE
    _issue(session, made, Contact(held["kind"], held["value"]), held["district_id"])


def contact_of_code(session: Session, code_id: str, purpose: str, account_id: str | None = None) -> Contact:
    """The contact a code was sent to. Raises `NotFound` when there is no such page, or no longer, or not one's own."""
    _made, held = _open(session.get(ConfirmationCode, code_id), purpose, account_id)
    return Contact(held["kind"], held["value"])


def _open(
    made: ConfirmationCode | None, purpose: str, account_id: str | None
) -> tuple[ConfirmationCode, dict[str, Any]]:
    if (
        made is None
        or made.purpose != purpose
        or made.used_at is not None
        or made.expires_at <= clock.now()
        or (account_id is not None and made.account_id != account_id)
    ):
        raise NotFound
    held: dict[str, Any] = json.loads(decrypt(made.payload, PURPOSE))
    return made, held


def redeem_code(session: Session, code_id: str, purpose: str, typed: str) -> dict[str, Any] | None:
    """What waited for this code; None when it is wrong, used, expired or was tried too often.

    Every try is counted, so the caller must let its transaction commit.
    """
    row = session.execute(
        update(ConfirmationCode)
        .where(
            ConfirmationCode.id == code_id,
            ConfirmationCode.purpose == purpose,
            ConfirmationCode.used_at.is_(None),
            ConfirmationCode.attempts < CODE_ATTEMPTS,
            ConfirmationCode.expires_at > clock.now(),
        )
        .values(attempts=ConfirmationCode.attempts + 1)
        .returning(ConfirmationCode.code_hash, ConfirmationCode.usable, ConfirmationCode.payload)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if row is None:
        return None
    digits = "".join(typed.split())
    right = hmac.compare_digest(row.code_hash, _hash(code_id, digits))
    if not right or not row.usable:
        return None
    session.execute(
        update(ConfirmationCode)
        .where(ConfirmationCode.id == code_id)
        .values(used_at=clock.now(), payload=b"")
        .execution_options(synchronize_session=False)
    )
    held: dict[str, Any] = json.loads(decrypt(row.payload, PURPOSE))
    return held


def _issue(session: Session, made: ConfirmationCode, contact: Contact, district_id: str) -> None:
    code = new_code()
    made.code_hash = _hash(made.id, code)
    if made.usable:
        write_message(
            session,
            contact,
            district_id=district_id,
            subject=_l("Your code: %(code)s", code=code),
            body=_l(
                "Your code for Gongzhi is %(code)s. It is valid for 15 minutes. "
                "Nobody from the platform will ever ask you for it.",
                code=code,
            ),
        )


def _hash(code_id: str, code: str) -> str:
    return blind_index(PURPOSE, f"{code_id}:{code}")
