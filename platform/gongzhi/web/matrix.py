"""The permission matrix: every declared permission against the kinds of actors, as text to read."""

from __future__ import annotations

from collections.abc import Iterator

from gongzhi.kernel.policy import Actor, RoleHeld, allows, declared

ACCOUNT = "0000000000001"
OFFICE = "0000000000002"


def archetypes() -> dict[str, Actor]:
    """One actor of each kind, in no particular place."""

    def person(level: int, *roles: str) -> Actor:
        return Actor(ACCOUNT, "", level=level, roles=tuple(RoleHeld(role) for role in roles))

    def member(kind: str, role: str) -> Actor:
        held = RoleHeld(f"member:{role}", organisation_id=OFFICE)
        return Actor(
            ACCOUNT,
            level=3 if kind == "government" else 2,
            organisation_id=OFFICE,
            organisation_kind=kind,
            roles=(held,),
        )

    return {
        "visitor": Actor(),
        "contact confirmed": person(1),
        "resident": person(2),
        "enterprise": member("enterprise", "representative"),
        "ngo": member("ngo", "representative"),
        "official": member("government", "handler"),
        "reviewer": member("government", "reviewer"),
        "grid worker": person(2, "grid_worker"),
        "care worker": person(2, "care_worker"),
        "moderator": person(2, "moderator"),
        "auditor": person(2, "auditor"),
        "evaluator": person(2, "evaluator"),
        "admin": person(2, "admin"),
    }


def cells() -> Iterator[tuple[str, str, bool]]:
    """(permission, kind of actor, whether held with no particular subject)."""
    for permission in declared():
        for kind, actor in archetypes().items():
            yield permission.name, kind, allows(actor, permission)


def rows() -> Iterator[str]:
    """One line a permission: its name, who holds it, the condition in words."""
    for permission in declared():
        holders = [kind for kind, actor in archetypes().items() if allows(actor, permission)]
        shown = "everybody" if len(holders) == len(archetypes()) else ", ".join(holders) or "depends on subject"
        yield f"{permission.name:<44} {shown}\n{'':<44} when {permission.holders.name}: {permission.about}"
