"""Places on a page that rooms above may fill, without the page's own room knowing them.

A room offers a function for a slot, such as ``issue.thread``; the page calls it for what it shows and
draws the panel it returns, if any. Each panel says how many statements it may cost; pages add them up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from gongzhi.kernel.policy import Actor


@dataclass(frozen=True, slots=True)
class Panel:
    """A template and what it shows; `title` names it where panels are listed."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""


Maker: TypeAlias = Callable[[Session, Actor, Any], Panel | None]

_offers: dict[str, dict[str, tuple[int, Maker]]] = {}


def offer(slot: str, make: Maker, *, order: int = 50) -> None:
    """Fill a slot: `make(session, actor, subject)` answers a panel or None. Offering twice replaces."""
    _offers.setdefault(slot, {})[f"{make.__module__}.{make.__qualname__}"] = (order, make)


def panels(slot: str, session: Session, actor: Actor, subject: Any) -> list[Panel]:
    """The panels of a slot for this actor and subject, in their order."""
    makers = sorted(_offers.get(slot, {}).items(), key=lambda entry: (entry[1][0], entry[0]))
    made = (make(session, actor, subject) for _name, (_order, make) in makers)
    return [panel for panel in made if panel is not None]
