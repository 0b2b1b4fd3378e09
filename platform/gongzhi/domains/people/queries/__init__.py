"""What can be asked about people, one file per meaning."""

from .identity import (
    ActingChoice,
    Identified,
    SessionInForce,
    actor_for_token,
    actors_of_sessions,
    districts,
    grant_in_force,
    identify_token,
    membership_in_force,
)

__all__ = [
    "ActingChoice",
    "Identified",
    "SessionInForce",
    "actor_for_token",
    "actors_of_sessions",
    "districts",
    "grant_in_force",
    "identify_token",
    "membership_in_force",
]
