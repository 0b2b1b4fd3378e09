"""What all measures share: writing them down, finding the thing, keeping and giving back its own words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from gongzhi.kernel import clock, events
from gongzhi.kernel.errors import Conflict, Invalid, NotFound
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.storage import small_key
from gongzhi.kernel.text import check_length, clean_text
from gongzhi.kernel.text import lazy as _l

from .. import rules
from ..events import MeasureTaken
from ..models import MeasureKind, ModerationCase, ModerationMeasure, ModerationOriginal, WithheldFile
from ..queries import Subject, originals, registered, system_for

LONGEST_REASON = 1000


def local_now() -> datetime:
    """Now on the district's clock."""
    return clock.to_local(clock.now())


def checked_reason(reason: str, field: str = "reason") -> str:
    """The words the author will read. Raises `Invalid`."""
    words = clean_text(reason)
    if wrong := check_length(words, 4, LONGEST_REASON):
        raise Invalid({field: [wrong]})
    return words


def role_of(actor: Actor, case: ModerationCase) -> str:
    """In which role somebody acts on a case."""
    if actor.is_system:
        return "system"
    return next((role for role in ("moderator", "admin") if actor.has(role, case.place_path)), "auditor")


def note_measure(
    session: Session,
    actor: Actor,
    case: ModerationCase,
    kind: MeasureKind,
    *,
    ground: str,
    reason: str,
    passages: tuple[str, ...] = (),
    days: int | None = None,
    reverses_id: str | None = None,
) -> ModerationMeasure:
    """Write the measure down for good, and announce it."""
    measure = ModerationMeasure(
        district_id=case.district_id,
        case_id=case.id,
        account_id=case.author_id,
        kind=kind,
        ground=ground,
        reason=reason,
        passages=list(passages),
        days=days,
        role=role_of(actor, case),
        decided_by_id=actor.account_id,
        reverses_id=reverses_id,
        at=clock.now(),
        appeal_until=rules.appeal_until(local_now()) if kind in rules.APPEALABLE else None,
    )
    session.add(measure)
    session.flush()
    events.record(
        session,
        MeasureTaken(
            district_id=case.district_id,
            actor=actor.account_id,
            case_id=case.id,
            measure_id=measure.id,
            measure=kind,
            subject_kind=case.subject_kind,
            subject_id=case.subject_id,
            account_id=case.author_id,
        ),
    )
    return measure


def thing_of(session: Session, case: ModerationCase) -> tuple[Subject, Any]:
    """The kind and the thing itself. Raises `Conflict` when it is gone."""
    subject = registered(case.subject_kind)
    try:
        return subject, subject.access(session, system_for(case), case.subject_id)
    except NotFound:
        raise Conflict(_l("The thing itself is gone.")) from None


def own_words(session: Session, case: ModerationCase, subject: Subject, thing: Any) -> dict[str, str]:
    """What the author wrote: the originals while something is covered, else what stands there."""
    return originals(session, case.originals_of) or subject.words(session, thing)


def keep_originals(
    session: Session, case: ModerationCase, measure: ModerationMeasure, words: Mapping[str, str]
) -> None:
    """Keep the words with the measure, and stop the addresses of their pictures."""
    session.add_all(ModerationOriginal(measure_id=measure.id, part=part, text=text) for part, text in words.items())
    case.originals_of = measure.id
    session.flush()


def withhold_pictures(session: Session, case: ModerationCase, words: Mapping[str, str]) -> None:
    """Their addresses answer only those who may read originals, until the thing is shown again."""
    session.execute(delete(WithheldFile).where(WithheldFile.case_id == case.id))
    for key in sorted(set(_pictures(words))):
        session.add_all(WithheldFile(case_id=case.id, key=one) for one in (key, small_key(key)))
    session.flush()


def _pictures(words: Mapping[str, str]) -> Iterator[str]:
    for part, text in words.items():
        if part.startswith("photo") and text:
            kept = json.loads(text)
            yield from (one["key"] for one in (kept if isinstance(kept, list) else [kept]))


def let_go(session: Session, actor: Actor, case: ModerationCase) -> None:
    """Give the thing its own words back; these words are never held by themselves again."""
    subject, thing = thing_of(session, case)
    words = own_words(session, case, subject, thing)
    if case.mark is not None:
        subject.replace(session, actor, thing, words, None, None)
    session.execute(delete(WithheldFile).where(WithheldFile.case_id == case.id))
    case.mark, case.held_until, case.originals_of = None, None, None
    case.immune_digest = rules.digest(words)
    session.flush()
