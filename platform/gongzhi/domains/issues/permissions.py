"""Who may do what with issues: one table to read. Government offices answer; they never vote."""

from __future__ import annotations

from typing import Any

from gongzhi.kernel.policy import (
    Actor,
    Predicate,
    acting_as,
    level,
    permission,
    role,
    signed_in,
)


def _is_author(actor: Actor, issue: Any) -> bool:
    return actor.signed_in and issue is not None and issue.author_key == actor.voter_key


def _is_responsible(actor: Actor, issue: Any) -> bool:
    if not actor.acts_for_government or issue is None:
        return False
    return actor.organisation_id in (issue.office_id, issue.escalated_office_id)


def _covers(actor: Actor, issue: Any) -> bool:
    path = actor.organisation_place_path
    return actor.acts_for_government and issue is not None and bool(path) and issue.place_path.startswith(path)


def _is_own_office(actor: Actor, office: Any) -> bool:
    return actor.acts_for_government and office is not None and actor.organisation_id == office.id


def _owns(actor: Actor, thing: Any) -> bool:
    return actor.signed_in and thing is not None and thing.account_id == actor.account_id


def _belongs_to_own_office(actor: Actor, thing: Any) -> bool:
    return actor.acts_for_government and (thing is None or thing.office_id == actor.organisation_id)


author = Predicate("author", _is_author)
responsible = Predicate("acting for the responsible office", _is_responsible)
covering = Predicate("acting for an office of this place or above", _covers)
own_office = Predicate("acting for this office", _is_own_office)
owner = Predicate("owner", _owns)
of_own_office = Predicate("of one's own office", _belongs_to_own_office)
official = acting_as("government")
voice = level(1) & ~official

WRITE_DRAFT = permission("issues:draft:write", holders=signed_in, about="Keep drafts of issues")
OWN_DRAFT = permission("issues:draft:own", holders=owner, about="Open, change and drop one's own draft")
PUBLISH_ISSUE = permission("issues:issue:publish", holders=voice, about="Publish an issue")
EDIT_ISSUE = permission(
    "issues:issue:edit",
    holders=author,
    about="Edit one's own issue until an office accepts it, then add notes",
)
WITHDRAW_ISSUE = permission("issues:issue:withdraw", holders=author, about="Withdraw one's own issue")
CAST_VOTE = permission("issues:issue:vote", holders=voice, about="Support, oppose or be neutral")
FOLLOW_ISSUE = permission("issues:issue:follow", holders=signed_in, about="Follow an issue")
RATE_ISSUE = permission("issues:issue:rate", holders=voice, about="Rate the outcome of an issue one wrote or supported")
REOPEN_ISSUE = permission(
    "issues:issue:reopen", holders=voice, about="Reopen one's own issue, or ask to with other supporters"
)
HANDLE_ISSUE = permission(
    "issues:issue:handle",
    holders=responsible,
    about="Accept, work on, pause, extend, resolve an issue of one's own office",
)
ANSWER_ISSUE = permission(
    "issues:issue:answer", holders=responsible, about="Answer an issue on behalf of one's own office"
)
TRIAGE_ISSUE = permission(
    "issues:issue:triage",
    holders=responsible | covering | role("admin"),
    about="Sort an issue (三事分流) and correct its category and office",
)
MERGE_ISSUES = permission(
    "issues:issue:merge",
    holders=responsible | covering | role("moderator") | role("admin"),
    about="Unite an issue with another one about the same thing",
)
MODERATE_ISSUE = permission(
    "issues:issue:moderate",
    holders=(role("moderator") | role("admin")) & ~author,
    about="Cover or hide an issue, as moderation decided",
)
READ_HIDDEN = permission(
    "issues:issue:read-hidden",
    holders=author | role("moderator") | role("admin") | responsible,
    about="See an issue that moderation has hidden",
    when_suspended=True,
)
READ_DESK = permission(
    "issues:desk:read",
    holders=official | role("grid_worker"),
    about="See the queue of one's own office; as a grid worker, the issues of one's grids",
)
WATCH_OFFICE = permission("issues:desk:watch", holders=own_office, about="Follow live what reaches one's own office")
WRITE_TEMPLATE = permission(
    "issues:template:write", holders=of_own_office, about="Write the answer templates of one's own office"
)
MANAGE_CATALOGUE = permission(
    "issues:catalogue:manage",
    holders=role("admin") | (official & level(3)),
    about="Edit categories, their deadlines and the routing table",
)
