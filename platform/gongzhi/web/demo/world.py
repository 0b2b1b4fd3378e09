"""The demo's stage: who and what is there by a short name, and the timeline on which things are made to happen.

Everything is done through the rooms' own actions, in the order in which it would have happened and at that
moment, so that votes, tallies, deadlines, events and ids fit each other as in a real district.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Account, Organisation, Role
from gongzhi.domains.places.models import Place
from gongzhi.kernel import clock
from gongzhi.kernel.policy import Actor, RoleHeld

PASSWORD = "gongzhi-demo"  # noqa: S105 - published on purpose, for demo accounts only
SEED = 500103


@dataclass
class World:
    """What has been made so far, found by its Chinese name or a short one."""

    session: Session
    now: datetime
    district_id: str = ""
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 - repeatable, not secret
    places: dict[str, Place] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    grants: dict[str, tuple[RoleHeld, ...]] = field(default_factory=dict)
    member_roles: dict[tuple[str, str], str] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    """Issues, comments, decisions and initiatives, by a short name."""
    _plan: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)

    def at(self, moment: datetime, happens: Callable[[], None]) -> None:
        """Plan something; what would lie in the future does not happen."""
        if moment <= self.now:
            self._plan.append((moment, len(self._plan), happens))

    def day(self, days_ago: float, hour: float) -> datetime:
        """`hour` o'clock of the district so many days ago."""
        there = clock.to_local(self.now - timedelta(days=days_ago)).date()
        return (datetime.combine(there, time(0), clock.LOCAL) + timedelta(hours=hour)).astimezone(UTC)

    def office_hours(self, moment: datetime) -> datetime:
        """The moment itself when offices are open, else about when they open next."""
        there = clock.to_local(moment)
        while there.weekday() >= 5 or not 9 <= there.hour < 18:
            there = datetime.combine(there.date(), time(9), clock.LOCAL) + timedelta(
                days=1 if there.hour >= 9 else 0, minutes=self.rng.randint(5, 170)
            )
        return there.astimezone(UTC)

    def between(self, start: datetime, end: datetime) -> datetime:
        """Some moment in between, rather sooner than later, as voices come in."""
        return start + (end - start) * float(self.rng.random() ** 1.7)

    def play(self) -> None:
        """Let everything planned happen, in order of time."""
        plan, self._plan = sorted(self._plan, key=lambda entry: entry[:2]), []
        for moment, _number, happens in plan:
            with clock.as_of(moment):
                happens()
                self.session.flush()

    def act(self, who: str, organisation: str | None = None) -> Actor:
        """The actor of an account, for itself or for an organisation it belongs to."""
        account = self.accounts[who]
        home = self.session.get(Place, account.community_id) if account.community_id else None
        person = Actor(
            account_id=account.id,
            name=account.name,
            district_id=account.district_id,
            level=account.level,
            roles=self.grants.get(who, ()),
            locale=account.locale,
            place_id=account.community_id,
            place_path=home.path if home else None,
        )
        if organisation is None:
            return person
        acting = self.organisations[organisation]
        office = self.session.get(Place, acting.place_id) if acting.place_id else None
        path = office.path if office else None
        part = self.member_roles[who, organisation]
        return replace(
            person,
            level=3 if acting.kind == "government" else max(account.level, 2),
            organisation_id=acting.id,
            organisation_kind=str(acting.kind),
            organisation_name=acting.name_zh,
            organisation_place_path=path,
            roles=(*person.roles, RoleHeld(f"member:{part}", path, acting.id)),
        )

    def hold(self, who: str, role: Role, place: Place | None) -> None:
        """Remember a role that was granted, for the actors made later."""
        held = RoleHeld(str(role), place.path if place else None)
        self.grants[who] = (*self.grants.get(who, ()), held)
