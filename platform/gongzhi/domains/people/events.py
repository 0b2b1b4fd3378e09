"""What people announce. No event carries a name, a contact or an identity number: ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gongzhi.kernel.events import Event, event


@event("people.rights_changed")
@dataclass(frozen=True, kw_only=True)
class RightsChanged(Event):
    """What this account may do has changed or ended: open pages and sockets must ask again."""

    account_id: str


@event("people.account_registered")
@dataclass(frozen=True, kw_only=True)
class AccountRegistered(Event):
    """A person confirmed a contact and has an account now."""

    account_id: str


@event("people.account_disabled")
@dataclass(frozen=True, kw_only=True)
class AccountDisabled(Event):
    """An administrator closed the account to use."""

    account_id: str
    reason: str


@event("people.account_enabled")
@dataclass(frozen=True, kw_only=True)
class AccountEnabled(Event):
    """An administrator opened the account again."""

    account_id: str
    reason: str


@event("people.account_suspended")
@dataclass(frozen=True, kw_only=True)
class AccountSuspended(Event):
    """Moderation lets the account read and appeal only, `until` then; None: it has all its rights again."""

    account_id: str
    until: datetime | None = None


@event("people.organisation_reworded")
@dataclass(frozen=True, kw_only=True)
class OrganisationReworded(Event):
    """Moderation covered or gave back words of an organisation."""

    organisation_id: str


@event("people.password_changed")
@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event):
    """The password was changed or reset; other sessions ended with it."""

    account_id: str


@event("people.contact_changed")
@dataclass(frozen=True, kw_only=True)
class ContactChanged(Event):
    """The e-mail address or mobile number was replaced by a confirmed one."""

    account_id: str


@event("people.second_step_changed")
@dataclass(frozen=True, kw_only=True)
class SecondStepChanged(Event):
    """A second step of sign-in was added, removed or reset (`change`): `totp`, `passkey`, `recovery` or `all`."""

    account_id: str
    step: str
    change: str


@event("people.provider_linked")
@dataclass(frozen=True, kw_only=True)
class ProviderLinked(Event):
    """Another provider may sign this account in from now on, or (`linked` False) no more."""

    account_id: str
    provider: str
    linked: bool


@event("people.data_copy_requested")
@dataclass(frozen=True, kw_only=True)
class DataCopyRequested(Event):
    """A person asked for a copy of the own data."""

    account_id: str
    copy_id: str


@event("people.data_copy_made")
@dataclass(frozen=True, kw_only=True)
class DataCopyMade(Event):
    """The copy is ready to be downloaded."""

    account_id: str
    copy_id: str


@event("people.erasure_requested")
@dataclass(frozen=True, kw_only=True)
class ErasureRequested(Event):
    """A person wants the account erased; it is after the time to think again."""

    account_id: str


@event("people.erasure_cancelled")
@dataclass(frozen=True, kw_only=True)
class ErasureCancelled(Event):
    """The person signed in again, or something stands against it: the account stays."""

    account_id: str


@event("people.account_erased")
@dataclass(frozen=True, kw_only=True)
class AccountErased(Event):
    """The account was erased: no name, contact or identity is left."""

    account_id: str


@event("people.contact_removed")
@dataclass(frozen=True, kw_only=True)
class ContactRemoved(Event):
    """One of two contacts was removed. Recorded without an actor: the person is told on all devices."""

    account_id: str
    contact_kind: str


@event("people.organisation_applied")
@dataclass(frozen=True, kw_only=True)
class OrganisationApplied(Event):
    """An enterprise or social organisation asks to take part."""

    organisation_id: str


@event("people.organisation_decided")
@dataclass(frozen=True, kw_only=True)
class OrganisationDecided(Event):
    """The application was verified or refused (`state`)."""

    organisation_id: str
    applicant_id: str
    state: str
    reason: str


@event("people.organisation_suspended")
@dataclass(frozen=True, kw_only=True)
class OrganisationSuspended(Event):
    """The organisation may not act for the time being."""

    organisation_id: str
    reason: str


@event("people.organisation_resumed")
@dataclass(frozen=True, kw_only=True)
class OrganisationResumed(Event):
    """The organisation may act again."""

    organisation_id: str
    reason: str


@event("people.office_created")
@dataclass(frozen=True, kw_only=True)
class OfficeCreated(Event):
    """There is a new government office."""

    organisation_id: str


@event("people.member_invited")
@dataclass(frozen=True, kw_only=True)
class MemberInvited(Event):
    """An organisation invited somebody to represent it."""

    organisation_id: str
    invitation_id: str


@event("people.membership_began")
@dataclass(frozen=True, kw_only=True)
class MembershipBegan(Event):
    """An account may act for the organisation: by verification, invitation or appointment."""

    organisation_id: str
    account_id: str
    role: str


@event("people.membership_changed")
@dataclass(frozen=True, kw_only=True)
class MembershipChanged(Event):
    """What the member may do for the organisation, or until when, has changed."""

    organisation_id: str
    account_id: str
    role: str


@event("people.membership_ended")
@dataclass(frozen=True, kw_only=True)
class MembershipEnded(Event):
    """The account acts for the organisation no more."""

    organisation_id: str
    account_id: str
    reason: str


@event("people.role_granted")
@dataclass(frozen=True, kw_only=True)
class RoleGranted(Event):
    """An account holds a role, for a place or the whole district."""

    account_id: str
    role: str
    place_id: str | None
    reason: str


@event("people.role_revoked")
@dataclass(frozen=True, kw_only=True)
class RoleRevoked(Event):
    """The role was taken back."""

    account_id: str
    role: str
    reason: str


@event("people.verification_requested")
@dataclass(frozen=True, kw_only=True)
class VerificationRequested(Event):
    """A resident asks to be verified to a community."""

    request_id: str
    account_id: str
    community_id: str


@event("people.verification_decided")
@dataclass(frozen=True, kw_only=True)
class VerificationDecided(Event):
    """The request was approved or refused (`state`)."""

    request_id: str
    account_id: str
    community_id: str
    state: str
    reason: str


@event("people.personal_data_read")
@dataclass(frozen=True, kw_only=True)
class PersonalDataRead(Event):
    """Somebody read personal data unmasked; the person sees who and why."""

    account_id: str
    reason: str
