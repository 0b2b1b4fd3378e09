"""What a ballot can be about: an issue; rooms above register their own kinds, such as the draft of a decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import Message


@dataclass(frozen=True)
class BallotSubject:
    """A kind of thing ballots are held on: how to get one, its page, and what a ballot needs of it."""

    kind: str
    access: Callable[[Session, Actor, str], Any]
    endpoint: str
    label: Message
    issues: Callable[[Session, Any], tuple[str, ...]]
    """The issues it is about: their traces and their people hear of the ballot."""


_subjects: dict[str, BallotSubject] = {}


def register_ballot_subject(subject: BallotSubject) -> None:
    """Let ballots be held on things of this kind. They have `id`, `title`, `place_id` and `district_id`."""
    _subjects[subject.kind] = subject


def subject_of(kind: str) -> BallotSubject:
    """What is known of a kind. Raises `NotFound`."""
    found = _subjects.get(kind)
    if found is None:
        raise NotFound
    return found


def access_ballot_subject(session: Session, actor: Actor, kind: str, subject_id: str) -> tuple[BallotSubject, Any]:
    """The thing a ballot is to be about. Raises `NotFound` for an unknown kind or what the actor may not see."""
    subject = subject_of(kind)
    return subject, subject.access(session, actor, subject_id)
