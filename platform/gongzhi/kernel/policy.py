"""Who may do what: permissions declared once, composed of named predicates, default-deny.

A permission is an object, not a string: a name nobody declared cannot be imported. The same object
guards pages, API operations, live topics and the buttons in templates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gongzhi.kernel import clock
from gongzhi.kernel.errors import NeedsProof, NeedsSignIn, NotPermitted, Suspended

PROOF_HOLDS = timedelta(minutes=10)
"""How long after a sign-in or a proof decisive acts are not asked about again."""


@dataclass(frozen=True)
class RoleHeld:
    """A role in force: for a place and all below it, for an organisation, or for the district."""

    role: str
    place_path: str | None = None
    organisation_id: str | None = None


@dataclass(frozen=True)
class Actor:
    """Who acts now: an account, for itself or for an organisation, with all roles in force."""

    account_id: str | None = None
    name: str = ""
    district_id: str = ""
    level: int = 0
    organisation_id: str | None = None
    organisation_kind: str | None = None
    organisation_name: str | None = None
    organisation_place_path: str | None = None
    roles: tuple[RoleHeld, ...] = ()
    locale: str | None = None
    place_id: str | None = None
    place_path: str | None = None
    session_id: str | None = None
    proved_at: datetime | None = None
    """When the person behind this session last proved to be the one: at sign-in, or when asked again."""
    is_system: bool = False
    suspended_until: datetime | None = None
    """While this is set the actor may only do what is declared `when_suspended`."""

    @property
    def signed_in(self) -> bool:
        """Whether an account stands behind this actor."""
        return self.account_id is not None

    @property
    def acts_for_government(self) -> bool:
        """An official on behalf of an office."""
        return self.organisation_kind == "government"

    @property
    def chamber(self) -> str | None:
        """The chamber in which this actor's voice counts; the government has none."""
        if not self.signed_in or self.acts_for_government:
            return None
        return self.organisation_kind or "resident"

    @property
    def voter_key(self) -> str:
        """One voice: the organisation's when acting for one, else the person's."""
        return f"o:{self.organisation_id}" if self.organisation_id else f"a:{self.account_id}"

    def has(self, role: str, place_path: str | None = None, organisation_id: str | None = None) -> bool:
        """Whether the role is held, and for this place (or one above it) and organisation if given."""
        return any(
            held.role == role
            and (place_path is None or held.place_path is None or place_path.startswith(held.place_path))
            and (organisation_id is None or held.organisation_id in (None, organisation_id))
            for held in self.roles
        )


VISITOR = Actor()
SYSTEM = Actor(name="system", is_system=True, level=3)


@dataclass(frozen=True)
class Predicate:
    """A named condition on actor and subject; combines with `&`, `|` and `~`."""

    name: str
    test: Callable[[Actor, Any], bool]

    def __and__(self, other: Predicate) -> Predicate:
        return Predicate(f"{self.name} and {other.name}", lambda a, s: self.test(a, s) and other.test(a, s))

    def __or__(self, other: Predicate) -> Predicate:
        return Predicate(f"({self.name} or {other.name})", lambda a, s: self.test(a, s) or other.test(a, s))

    def __invert__(self) -> Predicate:
        return Predicate(f"not {self.name}", lambda a, s: not self.test(a, s))


anyone = Predicate("anyone", lambda _a, _s: True)
nobody = Predicate("nobody", lambda _a, _s: False)
signed_in = Predicate("signed in", lambda a, _s: a.signed_in)
for_oneself = Predicate("acting for oneself", lambda a, _s: a.organisation_id is None)


def level(least: int) -> Predicate:
    """Verification level at least this: 1 contact confirmed, 2 verified, 3 official (product.md)."""
    return Predicate(f"level {least}", lambda a, _s: a.level >= least)


def role(name: str) -> Predicate:
    """Holds the role; where the subject has a `place_path`, for that place or one above it."""
    return Predicate(f"role {name}", lambda a, s: a.has(name, getattr(s, "place_path", None)))


def acting_as(*kinds: str) -> Predicate:
    """Acts on behalf of an organisation of one of these kinds."""
    return Predicate(f"acting for {'/'.join(kinds)}", lambda a, _s: a.organisation_kind in kinds)


@dataclass(frozen=True, eq=False)
class Permission:
    """`scope:resource:action`, who holds it, and what it is about in a sentence."""

    name: str
    holders: Predicate
    about: str
    when_suspended: bool = False
    """Whether a suspended account keeps it: reading, appealing and what concerns its own data."""

    def __repr__(self) -> str:
        return f"<Permission {self.name}>"


_declared: dict[str, Permission] = {}


def permission(name: str, *, holders: Predicate, about: str, when_suspended: bool = False) -> Permission:
    """Declare a permission. Raises ValueError for a malformed name or one declared twice."""
    if name.count(":") != 2:
        raise ValueError(f"permission {name!r} is not scope:resource:action")
    if name in _declared:
        raise ValueError(f"permission {name!r} is declared twice")
    made = _declared[name] = Permission(name, holders, about, when_suspended)
    return made


def declared() -> tuple[Permission, ...]:
    """All permissions, by name."""
    return tuple(_declared[name] for name in sorted(_declared))


PUBLIC = permission("kernel:site:read", holders=anyone, about="Read what is public", when_suspended=True)
SIGNED_IN = permission(
    "kernel:site:use", holders=signed_in, about="Use what belongs to one's own account", when_suspended=True
)


def allows(actor: Actor, wanted: Permission, subject: Any = None) -> bool:
    """Whether the actor holds the permission for this subject. Another district's subject: never."""
    if actor.is_system:
        return True
    if actor.suspended_until is not None and not wanted.when_suspended:
        return False
    if subject is not None:
        district = getattr(subject, "district_id", None)
        if district is not None and district != actor.district_id:
            return False
    return wanted.holders.test(actor, subject)


def require(actor: Actor, wanted: Permission, subject: Any = None) -> None:
    """Raises `NeedsSignIn` for a visitor, `Suspended` or `NotPermitted` for anybody else who does not hold it."""
    if allows(actor, wanted, subject):
        return
    if not actor.signed_in:
        raise NeedsSignIn
    if actor.suspended_until is not None and not wanted.when_suspended:
        raise Suspended(actor.suspended_until)
    raise NotPermitted


def proved_lately(actor: Actor) -> bool:
    """Whether the person proved to be the one within the last ten minutes."""
    return actor.is_system or (actor.proved_at is not None and clock.now() - actor.proved_at < PROOF_HOLDS)


def require_fresh(actor: Actor) -> None:
    """Raises `NeedsProof` when the last proof is too old for a decisive act, `NeedsSignIn` for a visitor."""
    if proved_lately(actor):
        return
    if not actor.signed_in:
        raise NeedsSignIn
    raise NeedsProof
