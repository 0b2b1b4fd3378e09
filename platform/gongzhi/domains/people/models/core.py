"""Accounts, their sessions and proofs; organisations and who may act for them; roles and who verified whom."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    column,
    select,
    table,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from gongzhi.kernel.db import Base, Id, Json, UtcDateTime, new_id
from gongzhi.kernel.text import Lazy
from gongzhi.kernel.text import lazy as _l

PLACE = table(
    "place",
    column("id", Id),
    column("district_id", Id),
    column("parent_id", Id),
    column("kind", String),
    column("code", String),
    column("name_zh", String),
    column("name_en", String),
    column("path", String),
    column("retired_at", UtcDateTime),
)
"""The places as far as people need them. The room of places stands above this one and is not imported."""


class AccountState(StrEnum):
    """Whether an account may be used."""

    ACTIVE = "active"
    DISABLED = "disabled"
    ERASED = "erased"


class OrganisationKind(StrEnum):
    """The three kinds that speak, and the government that answers."""

    ENTERPRISE = "enterprise"
    NGO = "ngo"
    GOVERNMENT = "government"


class OrganisationState(StrEnum):
    """From application to the end."""

    APPLIED = "applied"
    VERIFIED = "verified"
    REFUSED = "refused"
    SUSPENDED = "suspended"


class Role(StrEnum):
    """Scoped roles beside the right to act for an organisation (product.md, Actors)."""

    ADMIN = "admin"
    MODERATOR = "moderator"
    AUDITOR = "auditor"
    EVALUATOR = "evaluator"
    GRID_WORKER = "grid_worker"
    CARE_WORKER = "care_worker"


class VerificationState(StrEnum):
    """A request to be verified: waiting for an answer, or answered, or taken back."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class MemberRole(StrEnum):
    """What a member may do for the organisation."""

    OWNER = "owner"
    REPRESENTATIVE = "representative"
    HANDLER = "handler"
    REVIEWER = "reviewer"
    LEADER = "leader"


KIND_LABELS: dict[str, Lazy] = {
    OrganisationKind.ENTERPRISE: _l("Enterprise"),
    OrganisationKind.NGO: _l("Social organisation"),
    OrganisationKind.GOVERNMENT: _l("Government office"),
}
ORGANISATION_STATE_LABELS: dict[str, Lazy] = {
    OrganisationState.APPLIED: _l("Waiting to be verified"),
    OrganisationState.VERIFIED: _l("Verified"),
    OrganisationState.REFUSED: _l("Refused"),
    OrganisationState.SUSPENDED: _l("Suspended"),
}
ACCOUNT_STATE_LABELS: dict[str, Lazy] = {
    AccountState.ACTIVE: _l("In use"),
    AccountState.DISABLED: _l("Disabled"),
    AccountState.ERASED: _l("Erased"),
}
ROLE_LABELS: dict[str, Lazy] = {
    Role.ADMIN: _l("Administrator"),
    Role.MODERATOR: _l("Moderator"),
    Role.AUDITOR: _l("Auditor"),
    Role.EVALUATOR: _l("Evaluator"),
    Role.GRID_WORKER: _l("Grid worker"),
    Role.CARE_WORKER: _l("Care worker"),
}
MEMBER_ROLE_LABELS: dict[str, Lazy] = {
    MemberRole.OWNER: _l("Owner"),
    MemberRole.REPRESENTATIVE: _l("Representative"),
    MemberRole.HANDLER: _l("Case officer"),
    MemberRole.REVIEWER: _l("Reviewing officer"),
    MemberRole.LEADER: _l("Head of office"),
}
VERIFICATION_STATE_LABELS: dict[str, Lazy] = {
    VerificationState.WAITING: _l("Waiting for an answer"),
    VerificationState.APPROVED: _l("Approved"),
    VerificationState.REFUSED: _l("Refused"),
    VerificationState.WITHDRAWN: _l("Withdrawn"),
}
LEVEL_LABELS: dict[int, Lazy] = {
    0: _l("Visitor"),
    1: _l("Contact confirmed"),
    2: _l("Verified"),
    3: _l("Official"),
}


class District(Base):
    """A district of this installation; nothing of one is ever seen in another."""

    __tablename__ = "district"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    host: Mapped[str | None] = mapped_column(String(200), unique=True)
    outline: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Account(Base):
    """A person's one account. E-mail, phone and identity number are encrypted; blind indexes find them."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("district_id", "identity_index"),
        CheckConstraint("level BETWEEN 0 AND 3", name="level"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    email: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    real_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    identity: Mapped[bytes | None] = mapped_column(LargeBinary)
    identity_index: Mapped[str | None] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(200))
    level: Mapped[int] = mapped_column(SmallInteger, default=0)
    state: Mapped[AccountState] = mapped_column(String(12), default=AccountState.ACTIVE)
    community_id: Mapped[str | None] = mapped_column(Id, ForeignKey("place.id"), index=True)
    locale: Mapped[str | None] = mapped_column(String(12))
    theme: Mapped[str] = mapped_column(String(8), default="auto")
    type_size: Mapped[str] = mapped_column(String(8), default="normal")
    auth_epoch: Mapped[int] = mapped_column(Integer, default=0)
    suspended_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when moderation lets it read and appeal only."""
    usual_organisation_id: Mapped[str | None] = mapped_column(Id)
    """For whom the account acted last: the next sign-in begins there while the membership is in force."""
    is_demo: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verified_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    verified_by_organisation_id: Mapped[str | None] = mapped_column(Id)
    """No foreign key: organisations point at accounts already, and a circle of keys cannot be migrated on SQLite."""


class AccountSession(Base):
    """A signed-in browser or an API token: the cookie or header holds a random key, the row its hash."""

    __tablename__ = "account_session"
    __table_args__ = (Index("ix_account_session_network", "network"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    """`browser` or `token`."""
    device: Mapped[str] = mapped_column(String(120), default="")
    network: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """Keyed hash of the address's prefix, renewed every month and forgotten after 30 days (decisions/0012)."""
    acting_for_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    auth_epoch: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the person last proved to be the one: at sign-in, or when a decisive act asked again."""
    limited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Set where the account needs a second step and its time to set one up is over: until it has one, it acts
    for no office and holds no role."""


class ConfirmationCode(Base):
    """A code sent to an e-mail address or a phone: to confirm it or to reset a password.

    What is to happen once it is confirmed waits, encrypted, in `payload`: an account exists only after its
    contact is confirmed, so nobody can occupy another person's address. Where the contact cannot be used for
    the purpose (it is taken, or unknown) the row exists all the same with `usable` False, so that the pages
    look alike.
    """

    __tablename__ = "confirmation_code"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    contact_index: Mapped[str] = mapped_column(String(64), index=True)
    purpose: Mapped[str] = mapped_column(String(12))
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    usable: Mapped[bool] = mapped_column(Boolean, default=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Throttle(Base):
    """Failures counted in the database, for what must never fail open: sign-in, codes, messages."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    window_ends: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OutgoingMessage(Base):
    """Mail and SMS as rows of the transaction that caused them; a job hands them to the relay or gateway."""

    __tablename__ = "outgoing_message"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    channel: Mapped[str] = mapped_column(String(8))
    recipient: Mapped[bytes] = mapped_column(LargeBinary)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When to hand it over (again); None once it was sent or given up."""
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    error: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (
        Index("ix_outgoing_message_waiting", "next_try_at"),
        Index("ix_outgoing_message_newest", "district_id", "id"),
    )


class Organisation(Base):
    """An enterprise, NGO or government office. Offices stand for a place and may have an office above."""

    __tablename__ = "organisation"
    __table_args__ = (
        UniqueConstraint("district_id", "registration_number"),
        Index("ix_organisation_state", "district_id", "state", "id"),
        CheckConstraint("kind IN ('enterprise', 'ngo', 'government')", name="kind"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"), index=True)
    kind: Mapped[OrganisationKind] = mapped_column(String(12))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    registration_number: Mapped[str] = mapped_column(String(30))
    """18-character unified social credit code; for offices an internal code."""
    proof_key: Mapped[str | None] = mapped_column(String(100))
    about: Mapped[str] = mapped_column(Text, default="")
    place_id: Mapped[str | None] = mapped_column(Id, ForeignKey("place.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    """The office above, to which overdue things escalate."""
    state: Mapped[OrganisationState] = mapped_column(String(12), default=OrganisationState.APPLIED)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    applied_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    verified_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    memberships: Mapped[list[Membership]] = relationship(back_populates="organisation")
    place_path: Mapped[str | None] = column_property(
        select(PLACE.c.path).where(PLACE.c.id == place_id).correlate_except(PLACE).scalar_subquery(), deferred=True
    )
    """So that roles and offices scoped to a place can be asked about the organisation."""

    def name_for(self, locale: str) -> str:
        """The name in the reader's language, the Chinese one where there is no other."""
        return self.name_en if locale == "en" and self.name_en else self.name_zh


class Membership(Base):
    """The right of an account to act for an organisation, from appointment or invitation to its end."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_in_force",
            "account_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_membership_owner",
            "organisation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND role = 'owner'"),
            postgresql_where=text("ended_at IS NULL AND role = 'owner'"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    role: Mapped[MemberRole] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(60), default="")
    """The public function shown beside official words, such as 城管专员."""
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    granted_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))

    organisation: Mapped[Organisation] = relationship(back_populates="memberships")


class Invitation(Base):
    """An invitation to represent an organisation, sent to a contact, used once."""

    __tablename__ = "invitation"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    role: Mapped[MemberRole] = mapped_column(String(16))
    contact: Mapped[bytes] = mapped_column(LargeBinary)
    contact_index: Mapped[str] = mapped_column(String(64), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RoleGrant(Base):
    """A role held by an account, for a place and all below it (or the district), with an end date."""

    __tablename__ = "role_grant"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), index=True)
    role: Mapped[Role] = mapped_column(String(20))
    place_id: Mapped[str | None] = mapped_column(Id, ForeignKey("place.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    granted_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    revoked_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))


class VerificationRequest(Base):
    """A resident asks to be verified to a community; a grid worker or the office answers."""

    __tablename__ = "verification_request"
    __table_args__ = (
        Index(
            "uq_verification_request_waiting",
            "account_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_verification_request_queue", "district_id", "state", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), index=True)
    community_id: Mapped[str] = mapped_column(Id, ForeignKey("place.id"), index=True)
    real_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    identity: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Both are forgotten with the decision: what was approved lives on in the account only."""
    identity_index: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[VerificationState] = mapped_column(String(12), default="waiting")
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    place_path: Mapped[str | None] = column_property(
        select(PLACE.c.path).where(PLACE.c.id == community_id).correlate_except(PLACE).scalar_subquery(),
        deferred=True,
    )
    """So that grid workers and offices can be asked whether the community is theirs."""


class PersonalDataAccess(Base):
    """Each read of unmasked personal data: who, of whom, what, why (domain.md, 4.5); append-only."""

    __tablename__ = "personal_data_access"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), index=True)
    reader_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    reader_organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    fields: Mapped[list[str]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(String(300))
    capacity: Mapped[str | None] = mapped_column(String(20))
    """In which part the reader read: `office`, or a role such as `grid_worker`."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
