"""What can be watched, by whom, and what an event becomes on the wire: two registries.

A topic is `prefix:<id>` for one object, `prefix` alone for a list of the district, or `me` for what
concerns the account itself. Each declares the permission that guards it (house.md, Policy).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from gongzhi.kernel.errors import DomainError
from gongzhi.kernel.events import Event, kept_name
from gongzhi.kernel.policy import Actor, Permission, allows

LONGEST_TOPIC = 60

Load = Callable[[Session, Actor, str], Any]
State = Callable[[Session, Actor, Any], dict[str, Any]]
Data = Callable[[Session, Actor, Any], dict[str, Any]]


@dataclass(frozen=True)
class Topic:
    """A family of topics.

    `load` gets the object of `prefix:<id>` as this reader may see it, or raises; None for a list. `state`
    is what `resync` answers, `tally` what coalesced messages (called `tally_name`) carry. `name` is the message
    for events without an entry of their own, and for what a sweep heals. A topic that is not `public` never carries
    data.
    """

    prefix: str
    permission: Permission
    name: str
    load: Load | None = None
    state: State | None = None
    tally: State | None = None
    tally_name: str = "tally"
    public: bool = True
    personal: bool = False


@dataclass(frozen=True)
class Watched:
    """A topic as one reader watches it.

    `wire` is what the client calls it; `inner` is the name its version is kept under, for a list with the
    district of the reader, for `me` with the account.
    """

    wire: str
    inner: str
    district_id: str
    family: Topic

    @property
    def room(self) -> str:
        """Districts never share a room."""
        return room_of(self.district_id, self.inner)


@dataclass(frozen=True)
class Becomes:
    """The message an event turns into. A coalesced one is read once for however many events, all others sent each."""

    name: str
    data: Data | None = None
    only: str | None = None
    """The prefix of topics this is for; None for all the event's topics."""
    coalesced: bool = False


_families: dict[str, Topic] = {}
_messages: dict[type[Event], list[Becomes]] = {}


def register_topic(topic: Topic) -> None:
    """Let topics of this family be watched."""
    _families[topic.prefix] = topic


def register_message(
    event: type[Event], name: str, data: Data | None = None, *, only: str | None = None, coalesced: bool | None = None
) -> None:
    """Say what an event becomes on the wire. `data` gets the session, a visitor and the event.

    Coalesced, what `Topic.tally` reads is sent once for many events; a `tally` always is.
    """
    entry = Becomes(name, data, only, coalesced if coalesced is not None else name == "tally")
    entries = _messages.setdefault(event, [])
    if entry not in entries:
        entries.append(entry)


def families() -> tuple[Topic, ...]:
    """All families of topics."""
    return tuple(_families.values())


def family_of(inner: str) -> Topic | None:
    """The family of a topic by its inner name."""
    return _families.get(inner.partition(":")[0])


def messages_of(happened: Event, inner: str) -> list[Becomes]:
    """What this event becomes on this topic."""
    prefix = inner.partition(":")[0]
    entries = [e for e in _messages.get(type(happened), ()) if e.only in (None, prefix)]
    if entries:
        return entries
    family = _families.get(prefix)
    return [] if family is None else [Becomes(family.name)]


def wire_name(inner: str) -> str:
    """How clients call a topic: `me` and the lists bear neither account nor district there."""
    family = family_of(inner)
    return family.prefix if family is not None and (family.personal or family.load is None) else inner


def room_of(district_id: str, inner: str) -> str:
    """The Socket.IO room of a topic."""
    return f"{district_id}/{inner}"


def resolve(session: Session, actor: Actor, wire: object) -> Watched | None:
    """The topic if it exists and this reader may watch it now, else None: both look the same from outside."""
    if not isinstance(wire, str) or len(wire) > LONGEST_TOPIC:
        return None
    prefix, colon, key = wire.partition(":")
    family = _families.get(prefix)
    if family is None or bool(colon) != (family.load is not None):
        return None
    if family.personal:
        inner = f"{prefix}:{actor.account_id}"
        return Watched(wire, inner, actor.district_id, family) if allows(actor, family.permission) else None
    try:
        subject = family.load(session, actor, key) if family.load is not None else None
    except DomainError:
        return None
    if not allows(actor, family.permission, subject):
        return None
    return Watched(wire, kept_name(wire, actor.district_id), actor.district_id, family)


def state_of(session: Session, actor: Actor, watched: Watched) -> dict[str, Any]:
    """What the topic shows now, to this reader; empty where the client fetches over HTTP. Raises like `load`."""
    family = watched.family
    if family.state is None:
        return {}
    key = watched.inner.partition(":")[2]
    return family.state(session, actor, family.load(session, actor, key) if family.load else None)
