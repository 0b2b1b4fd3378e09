"""Who may do what among people, in one table."""

from __future__ import annotations

from typing import Any

from gongzhi.kernel.policy import Actor, Predicate, acting_as, level, permission, role, signed_in

from .models import MemberRole, OrganisationState


def _covers(actor: Actor, subject: Any) -> bool:
    """An office without a place is the district's; an organisation without one concerns those only."""
    own = actor.organisation_place_path
    return subject is None or own is None or (getattr(subject, "place_path", None) or "").startswith(own)


def _member(*roles: MemberRole) -> Predicate:
    """Acts for this very organisation in one of these roles."""

    def test(actor: Actor, organisation: Any) -> bool:
        wanted = actor.organisation_id if organisation is None else organisation.id
        return (
            wanted is not None
            and actor.organisation_id == wanted
            and any(actor.has(f"member:{one}", organisation_id=wanted) for one in roles)
        )

    return Predicate(f"acting for it as {'/'.join(roles)}", test)


in_its_area = Predicate("in the office's area", _covers)
official = acting_as("government")
not_about_oneself = Predicate(
    "not about oneself", lambda a, s: s is None or getattr(s, "account_id", None) != a.account_id
)
not_ones_own_application = Predicate(
    "not one's own application", lambda a, s: s is None or s.applied_by_id != a.account_id
)
in_use = Predicate("verified organisation", lambda _a, s: s is None or s.state == OrganisationState.VERIFIED)
government_office = Predicate("government office", lambda _a, s: s is None or s.kind == "government")
no_office = Predicate("enterprise or social organisation", lambda _a, s: s is None or s.kind != "government")
admin = role("admin")


def _works_there(actor: Actor, subject: Any) -> bool:
    """A grid lies within its community, so its worker may answer for the community too."""
    path = getattr(subject, "place_path", None)
    return any(
        held.role == "grid_worker"
        and (
            path is None
            or held.place_path is None
            or path.startswith(held.place_path)
            or held.place_path.startswith(path)
        )
        for held in actor.roles
    )


grid_worker = Predicate("grid worker there", _works_there)

MANAGE_OWN_ACCOUNT = permission(
    "people:account:manage",
    holders=signed_in,
    about="Change one's own settings, contact, password and sessions",
    when_suspended=True,
)
SWITCH_ACTING = permission(
    "people:account:act_for",
    holders=signed_in,
    about="Switch between acting for oneself and for an organisation",
    when_suspended=True,
)
ASK_VERIFICATION = permission(
    "people:verification:ask", holders=level(1), about="Ask to be verified as a resident of a community"
)
VERIFY_RESIDENTS = permission(
    "people:verification:decide",
    holders=(grid_worker | official & in_its_area) & not_about_oneself,
    about="Verify residents of the communities one is responsible for",
)
READ_PERSONAL_DATA = permission(
    "people:personal_data:read",
    holders=(grid_worker | official & in_its_area) & not_about_oneself,
    about="Read unmasked personal data for a stated reason, shown to the person",
)
APPLY_ORGANISATION = permission(
    "people:organisation:apply", holders=level(1), about="Apply for an enterprise or social organisation"
)
VERIFY_ORGANISATIONS = permission(
    "people:organisation:decide",
    holders=(official & in_its_area | admin) & not_ones_own_application,
    about="Verify or refuse organisations of the office's area",
)
SEE_MEMBERS = permission(
    "people:member:read",
    holders=_member(*MemberRole) | admin,
    about="See who may act for the organisation",
    when_suspended=True,
)
MANAGE_MEMBERS = permission(
    "people:member:manage",
    holders=_member(MemberRole.OWNER) & no_office & in_use,
    about="Invite and remove representatives, hand the organisation over",
)
APPOINT_OFFICIALS = permission(
    "people:official:appoint",
    holders=(_member(MemberRole.LEADER) | admin) & government_office & in_use,
    about="Appoint officials to an office and end appointments",
)
LEAVE_ORGANISATION = permission(
    "people:member:leave", holders=_member(*MemberRole), about="Stop acting for an organisation"
)
ADMINISTER_ACCOUNTS = permission(
    "people:account:administer", holders=admin, about="Search, disable and enable accounts"
)
GRANT_ROLES = permission("people:role:grant", holders=admin, about="Grant and take back roles, never to oneself")
MODERATE_PEOPLE = permission(
    "people:account:moderate",
    holders=(role("moderator") | admin) & Predicate("somebody else", lambda a, s: getattr(s, "id", "") != a.account_id),
    about="Suspend an account, cover words of a profile or an organisation, as moderation decided",
)
ADMINISTER_ORGANISATIONS = permission(
    "people:organisation:administer", holders=admin, about="Create offices, suspend and resume organisations"
)
