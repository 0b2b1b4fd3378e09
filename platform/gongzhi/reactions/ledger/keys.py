"""The keys a log is signed with: made, encrypted, used, followed by another one."""

from __future__ import annotations

import base64
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel import clock, db, events, secrets

from . import records
from .events import LedgerKeyRotated
from .models import LedgerKey, LedgerLog

PURPOSE = "ledger.key"


def make_key(session: Session, district_id: str, district_code: str) -> str:
    """The first key of a log, which endorses itself; answers the log's name."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    name = records.log_id(district_code, public)
    _store(session, district_id, name, private, by=private, by_id=records.key_id(public), at=clock.now())
    return name


def rotate_key(session: Session, log: LedgerLog) -> LedgerKey:
    """Sign with a new key from now on. Locks the log; the old key signs the new one and loses its private part."""
    session.refresh(log, with_for_update=True)
    now = clock.now()
    old = key_in_use(session, log.district_id)
    signer = _private(old)
    old.private_key, old.valid_until = None, now
    session.flush()
    new = _store(session, log.district_id, log.name, Ed25519PrivateKey.generate(), by=signer, by_id=old.key_id, at=now)
    events.record(
        session,
        LedgerKeyRotated(district_id=log.district_id, key_row_id=new.id, key_id=new.key_id, previous_key_id=old.key_id),
    )
    return new


def key_in_use(session: Session, district_id: str) -> LedgerKey:
    """The key that signs now; a log has exactly one."""
    return session.scalars(
        select(LedgerKey).where(LedgerKey.district_id == district_id, LedgerKey.valid_until.is_(None))
    ).one()


def keys_of(session: Session, district_id: str) -> list[LedgerKey]:
    """All keys of a log, the first one first."""
    return list(
        session.scalars(
            select(LedgerKey).where(LedgerKey.district_id == district_id).order_by(LedgerKey.valid_from, LedgerKey.id)
        )
    )


def sign(key: LedgerKey, text: str) -> bytes:
    """Sign with the key in use. Raises `Undecipherable` when the installation's secret is another one."""
    return _private(key).sign(text.encode())


def _private(key: LedgerKey) -> Ed25519PrivateKey:
    raw = base64.b64decode(secrets.decrypt(key.private_key or b"", PURPOSE))
    return Ed25519PrivateKey.from_private_bytes(raw)


def _store(
    session: Session,
    district_id: str,
    log_name: str,
    private: Ed25519PrivateKey,
    *,
    by: Ed25519PrivateKey,
    by_id: str,
    at: datetime,
) -> LedgerKey:
    public = private.public_key().public_bytes_raw()
    text = records.key_text(log=log_name, public_key=public, valid_from=records.moment(at))
    made = LedgerKey(
        id=db.new_id(),
        district_id=district_id,
        key_id=records.key_id(public),
        algorithm=records.ALGORITHM,
        public_key=public,
        private_key=secrets.encrypt(base64.b64encode(private.private_bytes_raw()).decode(), PURPOSE),
        valid_from=at,
        endorsed_by=by_id,
        endorsement=by.sign(text.encode()),
    )
    session.add(made)
    session.flush()
    return made
