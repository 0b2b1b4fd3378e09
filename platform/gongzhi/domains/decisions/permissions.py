"""Who drafts, reviews, carries out, objects to and rates decisions: author ≠ reviewer, always."""

from __future__ import annotations

from typing import Any

from gongzhi.domains.decisions.models import DecisionState
from gongzhi.kernel.policy import Actor, Predicate, acting_as, level, permission, role


def _of_its_office(actor: Actor, decision: Any) -> bool:
    return actor.acts_for_government and decision is not None and actor.organisation_id == decision.office_id


def _of_its_or_responsible_office(actor: Actor, decision: Any) -> bool:
    return _of_its_office(actor, decision) or (
        actor.acts_for_government and decision is not None and actor.organisation_id == decision.responsible_id
    )


def _somebody_else(actor: Actor, decision: Any) -> bool:
    return decision is not None and actor.account_id != decision.author_id


def _may_read(actor: Actor, decision: Any) -> bool:
    if decision is None:
        return False
    public = decision.shown_at is not None and decision.state not in (
        DecisionState.DRAFT,
        DecisionState.IN_REVIEW,
    )
    return public or _of_its_office(actor, decision)


official = acting_as("government")
of_its_office = Predicate("acting for its office", _of_its_office)
carrying_out = Predicate("acting for its or the responsible office", _of_its_or_responsible_office)
somebody_else = Predicate("not its author", _somebody_else)
readable = Predicate("public, or of one's own office", _may_read)
voice = level(1) & ~official
outside = Predicate("outside its office", lambda a, s: s is None or a.organisation_id != s.office_id)

READ_DECISION = permission("decisions:decision:read", holders=readable, about="Read a decision", when_suspended=True)
DRAFT_DECISION = permission("decisions:decision:draft", holders=official, about="Draft a decision for one's office")
EDIT_DECISION = permission("decisions:decision:edit", holders=of_its_office, about="Edit, submit, withdraw a draft")
REVIEW_DECISION = permission(
    "decisions:decision:review",
    holders=of_its_office & somebody_else,
    about="Approve or return a decision somebody else drafted",
)
PUBLISH_DECISION = permission(
    "decisions:decision:publish", holders=of_its_office, about="Publish after the public notice; answer objections"
)
REPORT_PROGRESS = permission(
    "decisions:decision:report", holders=carrying_out, about="Report progress, settle commitments, call it done"
)
OBJECT_DECISION = permission("decisions:decision:object", holders=voice, about="Object to a decision on public notice")
RATE_DECISION = permission(
    "decisions:decision:rate", holders=voice, about="Rate a decision carried out on an issue one took part in"
)
MODERATE_OBJECTION = permission(
    "decisions:objection:moderate",
    holders=(role("moderator") | role("admin")) & outside,
    about="Cover or hide words of an objection, as moderation decided; never by the office it objects to",
)
