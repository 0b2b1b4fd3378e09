"""What makes an account strong: second steps of sign-in, passkeys, and other providers who vouch for a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, Json, UtcDateTime, new_id


class Totp(Base):
    """An authenticator app (RFC 6238). It counts once a first code was right; `last_step` bars codes used before."""

    __tablename__ = "totp"

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """One of ten codes for the day the phone is gone: hashed, used once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("account_id", "code_hash"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A key pair on somebody's device (WebAuthn); we hold the public half."""

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    """Base64url, as browsers send it."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    transports: Mapped[list[str]] = mapped_column(Json, default=list)
    backed_up: Mapped[bool] = mapped_column(Boolean, default=False)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasskeyChallenge(Base):
    """A challenge given to a browser; answering it deletes the row, so it is answered once."""

    __tablename__ = "passkey_challenge"

    challenge_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(12))
    """`register`, `second`, `prove`, or `sign_in` where nobody is known yet."""
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ProviderLink(Base):
    """Somebody else's account that opens this one (OpenID Connect): issuer and subject, nothing more."""

    __tablename__ = "provider_link"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("account_id", "issuer"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    issuer: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(255))
    provider: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(120), default="")
    """What the person recognises it by, masked."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProviderVisit(Base):
    """A way to a provider and back: `state` and browser belong to it, and it is used once.

    Once back, `claims` hold (encrypted) who the provider says it is, until the person has said which account.
    """

    __tablename__ = "provider_visit"
    __table_args__ = (Index("ix_provider_visit_over", "expires_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    provider: Mapped[str] = mapped_column(String(20))
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    """Nonce and PKCE verifier."""
    next: Mapped[str] = mapped_column(String(2000), default="")
    claims: Mapped[bytes | None] = mapped_column(LargeBinary)
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
