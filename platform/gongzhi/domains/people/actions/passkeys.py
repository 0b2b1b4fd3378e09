"""Passkeys (WebAuthn): added, used as a second step, alone at sign-in, and to prove oneself again.

A challenge is a row that its answer deletes: it is answered once, for one purpose, within five minutes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import webauthn
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import token_hash
from gongzhi.kernel.text import clean_line
from gongzhi.kernel.text import lazy as _l

from ..models import Account, AccountState, Passkey, PasskeyChallenge
from ..permissions import MANAGE_OWN_ACCOUNT
from ..queries import own_account
from ..rules import CHALLENGE_LIFE, PASSKEYS_MOST
from .second_steps import step_added

FIELD = "passkey"
NOT_ACCEPTED = _l("This passkey was not accepted. Please try again.")
LONGEST_ANSWER = 20_000
LONGEST_NAME = 60


@dataclass(frozen=True)
class Site:
    """What a passkey is bound to: the host name, the address pages come from, and the name shown by the browser."""

    rp_id: str
    origin: str
    name: str


def registration_options(session: Session, actor: Actor, site: Site) -> dict[str, Any]:
    """What the browser needs to make a passkey for oneself. Raises `Conflict` when there are too many."""
    require(actor, MANAGE_OWN_ACCOUNT)
    own = own_account(session, actor)
    present = session.scalars(select(Passkey).where(Passkey.account_id == own.id)).all()
    if len(present) >= PASSKEYS_MOST:
        raise Conflict(_l("You have %(num)s passkeys. Remove one first.", num=PASSKEYS_MOST))
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=own.id.encode(),
        user_name=own.name,
        user_display_name=own.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[_descriptor(one) for one in present],
    )
    _remember(session, options.challenge, "register", own.id)
    return _plain(options)


def add_passkey(session: Session, actor: Actor, site: Site, answer: str, name: str) -> list[str]:
    """Keep the passkey the browser made; returns recovery codes when there were none. Raises `Invalid`."""
    require(actor, MANAGE_OWN_ACCOUNT)
    own = own_account(session, actor)
    credential, challenge = _answered(session, answer, "register", own.id)
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise Invalid.of(FIELD, NOT_ACCEPTED) from None
    shown = clean_line(name)[:LONGEST_NAME]
    made = Passkey(
        account_id=own.id,
        credential_id=bytes_to_base64url(verified.credential_id),
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=_transports(credential),
        backed_up=verified.credential_backed_up,
        name=shown or str(_l("Passkey")),
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Invalid.of(FIELD, _l("This passkey is in use already.")) from None
    return step_added(session, actor, own, "passkey")


def sign_in_options(session: Session, site: Site) -> dict[str, Any]:
    """A challenge for whoever it may be: the device offers the passkeys it has for this site."""
    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id, user_verification=UserVerificationRequirement.REQUIRED
    )
    _remember(session, options.challenge, "sign_in", None)
    return _plain(options)


def check_options(session: Session, site: Site, account_id: str, purpose: str) -> dict[str, Any]:
    """A challenge for one account's passkeys: as its second step, or to prove who it is."""
    present = session.scalars(select(Passkey).where(Passkey.account_id == account_id)).all()
    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id,
        allow_credentials=[_descriptor(one) for one in present],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    _remember(session, options.challenge, purpose, account_id)
    return _plain(options)


def use_passkey(session: Session, site: Site, answer: str, *, purpose: str, account_id: str | None) -> Account:
    """The account whose passkey answered the challenge; for `sign_in` with the person verified by the device.

    Raises `Invalid` beside `passkey` for anything that is not right, such as a counter that did not grow: the
    key may have been copied.
    """
    credential, challenge = _answered(session, answer, purpose, account_id)
    row = session.scalar(
        select(Passkey).where(Passkey.credential_id == str(credential.get("id", ""))).with_for_update()
    )
    if row is None or (account_id is not None and row.account_id != account_id):
        raise Invalid.of(FIELD, NOT_ACCEPTED)
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=account_id is None,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise Invalid.of(FIELD, NOT_ACCEPTED) from None
    if account_id is None and not _same_person(credential, row.account_id):
        raise Invalid.of(FIELD, NOT_ACCEPTED)
    row.sign_count, row.used_at, row.backed_up = verified.new_sign_count, clock.now(), verified.credential_backed_up
    account = session.get_one(Account, row.account_id)
    if account.state == AccountState.ERASED:
        raise Invalid.of(FIELD, NOT_ACCEPTED)
    return account


def _same_person(credential: dict[str, Any], account_id: str) -> bool:
    """Whether the device names the account it made the key for (WebAuthn 7.2, step 6)."""
    handle = credential.get("response", {}).get("userHandle")
    return handle is None or handle == bytes_to_base64url(account_id.encode())


def _remember(session: Session, challenge: bytes, purpose: str, account_id: str | None) -> None:
    session.add(
        PasskeyChallenge(
            challenge_hash=token_hash(bytes_to_base64url(challenge)),
            purpose=purpose,
            account_id=account_id,
            expires_at=clock.now() + CHALLENGE_LIFE,
        )
    )
    session.flush()


def _answered(session: Session, answer: str, purpose: str, account_id: str | None) -> tuple[dict[str, Any], bytes]:
    """The browser's answer and the challenge it answers, which nobody can answer again."""
    try:
        credential: dict[str, Any] = json.loads(answer[:LONGEST_ANSWER])
        data = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        challenge = str(data["challenge"])
        wanted = base64url_to_bytes(challenge)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid.of(FIELD, NOT_ACCEPTED) from None
    given = session.execute(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge_hash == token_hash(challenge),
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.account_id.is_(None) if account_id is None else PasskeyChallenge.account_id == account_id,
            PasskeyChallenge.expires_at > clock.now(),
        )
        .returning(PasskeyChallenge.challenge_hash)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if given is None:
        raise Invalid.of(FIELD, NOT_ACCEPTED)
    return credential, wanted


def _transports(credential: dict[str, Any]) -> list[str]:
    given = credential.get("response", {}).get("transports")
    return [str(one)[:20] for one in given[:8]] if isinstance(given, list) else []


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential_id))


def _plain(options: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return plain
