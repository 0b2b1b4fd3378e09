"""Drafting: the question and its options, who may vote, when and how. Nothing here after the opening."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from gongzhi.domains.issues.queries.people import title_of
from gongzhi.domains.places.models import Place
from gongzhi.kernel import clock
from gongzhi.kernel.errors import AlreadyClosed, Invalid, NotPermitted
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import lazy as _l

from ..models import Ballot, BallotState, Reasons, Results, RollKind
from ..permissions import DRAFT_BALLOT, EDIT_BALLOT
from ..queries.standing import wrote_on
from ..queries.subjects import BallotSubject
from ..rules.choices import Method
from ..rules.counting import share_of
from ..rules.course import Terms, Words, checked_terms, checked_words, option_rows
from ..rules.templates import Template, quorum
from .steps import check_version, note_step

NOTICE = timedelta(days=3)
"""Announced at least so long before: domain.md 6.2, a meeting is called three days before. Only prefilled."""
USUAL_LENGTH = timedelta(days=7)
MOST_PLACES = 50


def draft_ballot(
    session: Session,
    actor: Actor,
    subject: BallotSubject,
    thing: Any,
    place: Place,
    template: Template,
    words: Words,
    *,
    terms: Terms | None = None,
    places: Sequence[Place] = (),
) -> Ballot:
    """A draft of one's own office, seen by that office only. Raises `Invalid` field by field."""
    require(actor, DRAFT_BALLOT, place)
    if thing.district_id != actor.district_id:
        raise NotPermitted
    if not template.in_use:
        raise Invalid.of("template", _l("This template is not in use."))
    words = checked_words(words, template.method)
    assert actor.organisation_id is not None
    ballot = Ballot(
        district_id=place.district_id,
        subject_kind=subject.kind,
        subject_id=thing.id,
        place_id=place.id,
        place_path=place.path,
        office_id=actor.organisation_id,
        author_id=actor.account_id,
        author_title=title_of(session, actor),
        template=template.code,
        basis=template.basis,
        method=template.method,
        binding=template.binding,
        quorum=list(template.quorum),
        thresholds=list(template.thresholds),
        roll=RollKind.IMPORTED if template.imported else RollKind.CRITERIA,
        title=words.title,
        body=words.body,
        options=option_rows(words.options),
        state=BallotState.DRAFT,
        created_at=clock.now(),
    )
    session.add(ballot)
    _set_terms(ballot, terms or usual_terms(template, clock.now()), template)
    _set_places(actor, ballot, places or [place])
    session.flush()
    note_step(session, actor, ballot, "create", BallotState.DRAFT)
    return ballot


def usual_terms(template: Template, now: datetime) -> Terms:
    """What the form is prefilled with: from nine o'clock in three days, for a week."""
    day = (clock.to_local(now) + NOTICE).date() + timedelta(days=1)
    opens = datetime.combine(day, time(9), clock.LOCAL)
    closes = datetime.combine(day + USUAL_LENGTH, time(18), clock.LOCAL)
    return Terms(
        chambers=template.chambers,
        level=template.level,
        secret=template.secret,
        reasons=Reasons.OPTIONAL,
        results=Results.CLOSED,
        paper=template.paper,
        opens_at=opens,
        closes_at=closes,
        paper_until=closes + timedelta(days=3) if template.paper else None,
    )


def edit_words(session: Session, actor: Actor, ballot: Ballot, words: Words, *, version: int | None = None) -> None:
    """Change the question and its options. `Stale` for an older version, `AlreadyClosed` once submitted."""
    _begin_edit(session, actor, ballot, version)
    words = checked_words(words, ballot.method)
    ballot.title, ballot.body = words.title, words.body
    if ballot.method != Method.MOTION:
        ballot.options = option_rows(words.options)
    _end_edit(session, actor, ballot)


def edit_terms(
    session: Session,
    actor: Actor,
    ballot: Ballot,
    terms: Terms,
    template: Template,
    *,
    places: Sequence[Place],
    version: int | None = None,
) -> None:
    """Change who may vote, when and how; the template's figures are taken over as they are now."""
    _begin_edit(session, actor, ballot, version)
    ballot.basis, ballot.thresholds = template.basis, list(template.thresholds)
    ballot.quorum = list(template.quorum)
    _set_terms(ballot, terms, template)
    _set_places(actor, ballot, places)
    _end_edit(session, actor, ballot)


def _begin_edit(session: Session, actor: Actor, ballot: Ballot, version: int | None) -> None:
    session.refresh(ballot, with_for_update=True)
    require(actor, EDIT_BALLOT, ballot)
    if ballot.state != BallotState.DRAFT:
        raise AlreadyClosed(_l("Only a draft can be edited."))
    check_version(ballot, version)


def _end_edit(session: Session, actor: Actor, ballot: Ballot) -> None:
    if not wrote_on(session, actor, ballot):
        note_step(session, actor, ballot, "edit")
    ballot.version += 1


def _set_terms(ballot: Ballot, terms: Terms, template: Template) -> None:
    if terms.quorum is not None and not template.fixed:
        ballot.quorum = _typed_quorum(terms.quorum)
    rule = {"method": ballot.method, "quorum": ballot.quorum, "thresholds": ballot.thresholds}
    checked_terms(terms, rule, imported=template.imported)
    ballot.chambers = [name for name in ("resident", "enterprise", "ngo") if name in terms.chambers]
    ballot.level, ballot.secret, ballot.reasons = terms.level, terms.secret, terms.reasons
    ballot.results, ballot.paper = terms.results, terms.paper
    ballot.opens_at, ballot.closes_at = terms.opens_at, terms.closes_at
    ballot.paper_until = (terms.paper_until or terms.closes_at) if terms.paper else None


def _typed_quorum(text: str) -> list[dict[str, Any]]:
    if not text.strip():
        return []
    try:
        share_of(text.strip())
    except ValueError:
        raise Invalid.of("quorum", _l("Enter a share such as 1/2.")) from None
    return [quorum(text.strip())]


def _set_places(actor: Actor, ballot: Ballot, places: Sequence[Place]) -> None:
    """The places whose people may vote: of this district, and within the office's own area."""
    if not places:
        raise Invalid.of("places", _l("Choose at least one place."))
    if len(places) > MOST_PLACES:
        raise Invalid.of("places", _l("At most %(most)s places.", most=MOST_PLACES))
    own = actor.organisation_place_path or ""
    if any(place.district_id != ballot.district_id or not place.path.startswith(own) for place in places):
        raise Invalid.of("places", _l("An office opens ballots within its own area."))
    ballot.places = list(dict.fromkeys(place.id for place in places))
