"""Proving again that it is you: by password, by a code of the second step, or by a passkey."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import verify_password
from gongzhi.kernel.text import lazy as _l

from ..permissions import MANAGE_OWN_ACCOUNT
from ..queries import own_account, second_steps
from .passkeys import Site, use_passkey
from .second_steps import use_totp
from .sessions import note_proof

UNUSABLE = "!"
"""The password hash of an account that has none: no password fits it."""


@dataclass(frozen=True)
class Proof:
    """What was given as a proof; one of them is enough."""

    password: str = ""
    code: str = ""
    passkey: str = ""

    @property
    def given(self) -> bool:
        """Whether anything was."""
        return bool(self.password or self.code or self.passkey)


def check_password(session: Session, actor: Actor, password: str) -> bool:
    """Whether this is one's password; slow on purpose, so asked outside of a write."""
    return verify_password(own_account(session, actor).password_hash, password[:1000])


def prove(session: Session, actor: Actor, proof: Proof, site: Site, *, password_right: bool) -> None:
    """Note in this session that it is the person. Raises `Invalid` beside what was not right."""
    require(actor, MANAGE_OWN_ACCOUNT)
    account_id = actor.account_id or ""
    if proof.passkey:
        use_passkey(session, site, proof.passkey, purpose="prove", account_id=account_id)
    elif proof.code:
        if not use_totp(session, account_id, proof.code):
            raise Invalid.of("code", _l("This code is not right, or it was used already."))
    elif not password_right:
        raise Invalid.of("password", _l("This is not your present password."))
    note_proof(session, actor)


@dataclass(frozen=True)
class Ways:
    """How this person can prove to be the one."""

    password: bool
    code: bool
    passkey: bool


def ways_to_prove(session: Session, actor: Actor) -> Ways:
    """What the page asks for."""
    steps = second_steps(session, actor.account_id or "")
    return Ways(
        password=own_account(session, actor).password_hash != UNUSABLE,
        code=steps.totp is not None,
        passkey=bool(steps.passkeys),
    )
