"""From events to leaves: which events are public acts, and what of them goes into the ledger.

`register_leaf(EventType, make)`; `make(session, happened)` answers an `Act`, or None when this one is no public
act. An act names offices, never people. Words that somebody wrote freely go in as a salted hash
(`private=True`), words that are official documents as a plain one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gongzhi.domains.people.models import District, Organisation, OrganisationKind
from gongzhi.kernel.events import Event, EventType, OutboxEvent, load

from .records import LEAF_FORMAT, PLAIN_HASH, SALTED_HASH, canonical, content_hash, moment


@dataclass(frozen=True, kw_only=True)
class Act:
    """One public act as its maker describes it.

    `subject_kind` and `subject_id` name what it is about, `part` what of it (kind and id), such as one answer.
    `content` is the published words as a plain value; only its hash goes into the leaf. `facts` go in as they
    are: states, dates, numbers, hashes, ids. `office_id` is the office responsible where the event names none.
    """

    subject_kind: str
    subject_id: str
    part: tuple[str, str] | None = None
    content: Any = None
    private: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    office_id: str | None = None


Maker = Callable[[Session, Any], Act | None]
_makers: dict[type[Event], Maker] = {}


def register_leaf(cls: type[EventType], make: Callable[[Session, EventType], Act | None]) -> None:
    """Every event of this class that `make` answers with an act gets a leaf. Registering twice replaces."""
    _makers[cls] = make


def leaf_kinds() -> list[str]:
    """The names of the events that may get leaves."""
    return sorted(cls.kind for cls in _makers)


def act_of(session: Session, happened: Event) -> Act | None:
    """The public act this event is, if it is one."""
    make = _makers.get(type(happened))
    return make(session, happened) if make else None


def facts_of(subject_kind: str, id_field: str, *facts: str, words: Sequence[str] = ()) -> Callable[[Session, Any], Act]:
    """A maker for events that say all themselves: the fields named become facts, `words` a salted hash.

    As in `register_leaf(BallotOpened, facts_of("ballot", "ballot_id", "rules_hash"))`.
    """

    def make(_session: Session, happened: Any) -> Act:
        return Act(
            subject_kind=subject_kind,
            subject_id=getattr(happened, id_field),
            facts={name: plain(getattr(happened, name)) for name in facts},
            content={name: plain(getattr(happened, name)) for name in words} if words else None,
            private=True,
            office_id=getattr(happened, "office_id", None),
        )

    return make


def plain(value: Any) -> Any:
    """A value as canonical JSON may hold it."""
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


@dataclass(frozen=True)
class Made:
    """A leaf's record, and the salt in it if there is one."""

    act: Act
    record: str
    salt: bytes | None


def record_of(session: Session, happened: Event, act: Act, *, at: datetime, salt: bytes) -> Made:
    """The record of an act. `salt` is used when its words are private."""
    record: dict[str, Any] = {
        "format": LEAF_FORMAT,
        "event": happened.kind,
        "at": moment(at),
        "district": session.get_one(District, happened.district_id).code,
        "by": _by(session, happened, act),
        "object": {"kind": act.subject_kind, "id": act.subject_id},
        "facts": {name: value for name, value in act.facts.items() if value is not None},
    }
    if act.part:
        record["object"]["part"] = {"kind": act.part[0], "id": act.part[1]}
    used = None
    if act.content is not None:
        used = salt if act.private else None
        record["content"] = {
            "hash": SALTED_HASH if act.private else PLAIN_HASH,
            "value": content_hash(canonical(act.content), used or b""),
        }
    return Made(act, canonical(record), used)


def _by(session: Session, happened: Event, act: Act) -> dict[str, Any]:
    """The office and in which role it acted: an official's, the platform's staff's, or by a deadline's clock."""
    acting = session.get(Organisation, happened.organisation) if happened.organisation else None
    official = acting is not None and acting.kind == OrganisationKind.GOVERNMENT
    role = "official" if official else "staff" if happened.actor else "system"
    office = acting if official else session.get(Organisation, act.office_id) if act.office_id else None
    if office is None or office.kind != OrganisationKind.GOVERNMENT:
        return {"role": role}
    return {"role": role, "office": office.id, "name": office.name_zh}


def content_now(session: Session, event_id: int) -> str | None:
    """The words an act was about, in canonical form, as they are published now; None when they are gone."""
    row = session.get(OutboxEvent, event_id)
    happened = load(row) if row is not None else None
    act = act_of(session, happened) if happened is not None else None
    return canonical(act.content) if act is not None and act.content is not None else None
