"""Who starts, joins, organises and rates initiatives: anyone verified starts, everybody may join."""

from __future__ import annotations

from typing import Any

from gongzhi.kernel.policy import PUBLIC, Actor, Predicate, acting_as, level, permission, role


def _coordinates(actor: Actor, initiative: Any) -> bool:
    return actor.signed_in and initiative is not None and actor.voter_key == initiative.coordinator_key


def _organises(actor: Actor, initiative: Any) -> bool:
    return _coordinates(actor, initiative) or (
        actor.signed_in and initiative is not None and actor.voter_key in initiative.helper_keys
    )


def _made_it(actor: Actor, pledge: Any) -> bool:
    return actor.signed_in and pledge is not None and actor.voter_key == pledge.voter_key


def _was_asked(actor: Actor, initiative: Any) -> bool:
    return actor.signed_in and initiative is not None and actor.voter_key == initiative.successor_key


def _owns_step(actor: Actor, step: Any) -> bool:
    return actor.signed_in and step is not None and actor.voter_key == step.owner_key


coordinator = Predicate("its coordinator", _coordinates)
organiser = Predicate("its coordinator or a helper", _organises)
pledger = Predicate("who pledged it", _made_it)
asked = Predicate("asked to coordinate", _was_asked)
step_owner = Predicate("owner of the step", _owns_step)

READ_INITIATIVE = PUBLIC
START_INITIATIVE = permission(
    "initiatives:initiative:start", holders=level(2), about="Start an initiative, for oneself or an organisation"
)
JOIN_INITIATIVE = permission(
    "initiatives:initiative:join", holders=level(1), about="Join with a pledge, and change it until it is settled"
)
COORDINATE = permission(
    "initiatives:initiative:coordinate",
    holders=level(1) & coordinator,
    about="Begin, finish or stop the work, change its words and needs, name helpers, hand over",
)
ORGANISE = permission(
    "initiatives:initiative:organise",
    holders=level(1) & organiser,
    about="Plan steps, post news, say whether pledges were kept",
)
ACCEPT_COORDINATION = permission(
    "initiatives:initiative:accept", holders=level(1) & asked, about="Take over as coordinator when asked"
)
OWN_PLEDGE = permission(
    "initiatives:pledge:own", holders=level(1) & pledger, about="Withdraw one's pledge, or object to what is said of it"
)
MOVE_OWN_STEP = permission("initiatives:step:move", holders=level(1) & step_owner, about="Move one's own step on")
RATE_INITIATIVE = permission(
    "initiatives:initiative:rate",
    holders=level(1) & ~acting_as("government"),
    about="Rate a finished initiative one took part in, or whose issue one supported",
)
MODERATE_INITIATIVE = permission(
    "initiatives:initiative:moderate",
    holders=(role("moderator") | role("admin")) & ~coordinator,
    about="Cover or hide an initiative or its news, as moderation decided",
)
