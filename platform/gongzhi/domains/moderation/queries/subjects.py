"""What can be moderated: kinds register how to get one, whose it is, its words, and how to replace them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import Lazy, excerpt


@dataclass(frozen=True)
class About:
    """Whose words these are, where they stand, and what they speak about."""

    author_id: str | None
    organisation_id: str | None = None
    office_id: str | None = None
    place_path: str = ""
    thread: tuple[str, str] | None = None
    """The discussion it belongs to, as (kind, id): who wrote there does not decide on it."""


Words = Mapping[str, str]
Replace = Callable[[Session, Actor, Any, Words, str | None, str | None], None]
"""`replace(session, actor, thing, words, mark, ground)`: the room's own action."""


@dataclass(frozen=True)
class Subject:
    """A kind of thing that can be reported and moderated."""

    kind: str
    label: Lazy
    access: Callable[[Session, Actor, str], Any]
    about: Callable[[Session, Any], About]
    words: Callable[[Session, Any], dict[str, str]]
    replace: Replace
    address: Callable[[Any], tuple[str, dict[str, Any]]]
    """Endpoint and values of its page."""
    can_hold: bool = False
    """Whether its room shows a thing that waits to be checked folded up."""


_subjects: dict[str, Subject] = {}


def register_subject(subject: Subject) -> None:
    """Let things of this kind be reported and moderated."""
    _subjects[subject.kind] = subject


def registered(kind: str) -> Subject:
    """What is known of a kind. Raises `NotFound` for an unknown one."""
    found = _subjects.get(kind)
    if found is None:
        raise NotFound
    return found


def kinds() -> tuple[Subject, ...]:
    """All kinds, in the order they were registered."""
    return tuple(_subjects.values())


def access_reported(session: Session, actor: Actor, kind: str, subject_id: str) -> tuple[Subject, Any]:
    """The thing to report, as this actor may see it. Raises `NotFound`."""
    subject = registered(kind)
    return subject, subject.access(session, actor, subject_id)


def excerpt_of(words: Words, length: int = 160) -> str:
    """The beginning of what is said, without pictures and earlier versions."""
    said = (text for part, text in words.items() if ":" not in part and not part.startswith("photo") and text)
    return excerpt(" — ".join(said), length)
