"""What authors do: publish, edit, add a note, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gongzhi.domains.people.actions import spend_allowance
from gongzhi.domains.people.models import District
from gongzhi.domains.places.models import Place
from gongzhi.kernel import clock
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.events import record
from gongzhi.kernel.ids import new_id
from gongzhi.kernel.policy import SYSTEM, Actor, require
from gongzhi.kernel.text import clean_line, clean_text, shorten
from gongzhi.kernel.text import lazy as _l

from ..events import IssueEdited, IssuePublished
from ..models import (
    Category,
    Issue,
    IssueDraft,
    IssuePhoto,
    IssueState,
    IssueTransition,
    IssueVersion,
    Source,
    put_words,
)
from ..permissions import EDIT_ISSUE, PUBLISH_ISSUE, WITHDRAW_ISSUE
from ..queries.catalogue import office_for, publishable_category
from ..queries.people import title_of
from ..rules.days import deadlines
from ..rules.lifecycle import Act
from ..rules.scores import hot_score
from ..rules.words import (
    ALT_LENGTH,
    BODY_LENGTH,
    MOST_PHOTOS,
    NOTE_LENGTH,
    TITLE_LENGTH,
    Errors,
    check_position,
    check_text,
)
from .drafts import PhotoIn, drop_draft, is_stored_image
from .steps import announce, check_step, lock_issue, one_at_a_time, stop_clock, take_step

IMPORT_KEY = "i:"


@dataclass(frozen=True, slots=True)
class _Checked:
    """What was written, found to be valid."""

    title: str
    body: str
    category: Category
    places: list[Place]
    photos: list[PhotoIn]


def publish_issue(
    session: Session,
    actor: Actor,
    *,
    category_id: str,
    place_id: str,
    title: str,
    body: str,
    latitude: float | None = None,
    longitude: float | None = None,
    photos: Sequence[PhotoIn] = (),
    source: Source = Source.WEB,
    draft: IssueDraft | None = None,
) -> Issue:
    """Publish: route to the responsible office and set both deadlines. Raises `Invalid` by field."""
    require(actor, PUBLISH_ISSUE)
    checked = _check(session, actor, category_id, place_id, title, body, latitude, longitude, photos)
    spend_allowance(session, actor, "issue", checked.title, checked.body)
    issue = _place_issue(
        session,
        actor,
        checked,
        author_key=actor.voter_key,
        chamber=actor.chamber or "resident",
        position=(latitude, longitude),
        source=source,
        at=clock.now(),
    )
    _put_photos(session, issue, checked.photos)
    if draft is not None:
        drop_draft(session, actor, draft)
    return issue


def import_issue(
    session: Session,
    actor: Actor,
    *,
    import_key: str,
    category_id: str,
    place_id: str,
    title: str,
    body: str,
    published_at: datetime,
    source_support: int | None = None,
    source_oppose: int | None = None,
) -> Issue | None:
    """Publish a message that came by another way; None when this `import_key` is here already.

    Over-long words are cut rather than refused, and nobody is its author.
    """
    require(actor, PUBLISH_ISSUE)
    one_at_a_time(session, District, actor.district_id)
    known = session.scalar(
        select(Issue.id).where(Issue.district_id == actor.district_id, Issue.import_key == import_key)
    )
    if known is not None:
        return None
    short, long = shorten(clean_line(title), TITLE_LENGTH[1]), shorten(clean_text(body), BODY_LENGTH[1])
    checked = _check(session, actor, category_id, place_id, short, long, None, None, ())
    issue = _place_issue(
        session,
        SYSTEM,
        checked,
        author_key=IMPORT_KEY,
        chamber="resident",
        position=(None, None),
        source=Source.IMPORT,
        at=min(published_at, clock.now()),
        import_key=import_key,
    )
    issue.source_support, issue.source_oppose = source_support, source_oppose
    return issue


def edit_issue(
    session: Session,
    actor: Actor,
    issue: Issue,
    *,
    version: int | None = None,
    title: str | None = None,
    body: str | None = None,
    category_id: str | None = None,
    place_id: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    photos: Sequence[PhotoIn] | None = None,
    note: str = "",
) -> Issue:
    """Change one's words until an office has accepted them; None leaves a thing as it is.

    Every edit is a public version. Raises `Conflict` once accepted, `Stale`, `Invalid`.
    """
    issue = lock_issue(session, actor, issue, EDIT_ISSUE, version=version)
    if issue.mark is not None:
        raise Conflict(_l("Moderation has marked this issue: it cannot be edited now."))
    if issue.state != IssueState.PUBLISHED or issue.reopened:
        raise Conflict(_l("An office has accepted this issue, so its words stay. You can add a note."))
    moved = (category_id or issue.category_id, place_id or issue.place_id) != (issue.category_id, issue.place_id)
    lat = issue.latitude if latitude is None else latitude
    lon = issue.longitude if longitude is None else longitude
    checked = _check(
        session,
        actor,
        category_id or issue.category_id,
        place_id or issue.place_id,
        issue.title if title is None else title,
        issue.body if body is None else body,
        lat,
        lon,
        photos or (),
    )
    previous = issue.office_id
    issue.title, issue.body, issue.latitude, issue.longitude = checked.title, checked.body, lat, lon
    issue.edited_at = clock.now()
    if moved:
        _set_place(issue, checked.places)
        issue.category_id = checked.category.id
        issue.office_id = office_for(session, checked.category, checked.places)
        _set_deadlines(issue, checked.category)
    if photos is not None:
        session.execute(delete(IssuePhoto).where(IssuePhoto.issue_id == issue.id))
        _put_photos(session, issue, checked.photos)
    number = _next_number(session, issue)
    step = take_step(session, actor, issue, Act.EDIT, reason=note, details={"version": number})
    _keep_version(session, actor, issue, number, note)
    _announce_edit(session, actor, issue, number)
    if issue.office_id != previous:
        announce(session, actor, issue, step, previous_office_id=previous)
    return issue


def add_note(session: Session, actor: Actor, issue: Issue, *, text: str, version: int | None = None) -> IssueTransition:
    """Add to one's issue after an office has accepted it; the note is a public step of the trace."""
    issue = lock_issue(session, actor, issue, EDIT_ISSUE, version=version)
    check_step(issue, Act.NOTE, text or "-")
    step = take_step(session, actor, issue, Act.NOTE, reason=check_text("note", text, NOTE_LENGTH))
    _announce_edit(session, actor, issue, _next_number(session, issue) - 1)
    return step


def withdraw_issue(session: Session, actor: Actor, issue: Issue, *, reason: str, version: int | None = None) -> Issue:
    """Take one's issue back: it leaves the lists, its page stays and says so."""
    issue = lock_issue(session, actor, issue, WITHDRAW_ISSUE, version=version)
    step = take_step(session, actor, issue, Act.WITHDRAW, reason=reason)
    stop_clock(session, actor, issue)
    issue.closed_at = clock.now()
    announce(session, actor, issue, step)
    return issue


def _check(
    session: Session,
    actor: Actor,
    category_id: str,
    place_id: str,
    title: str,
    body: str,
    latitude: float | None,
    longitude: float | None,
    photos: Sequence[PhotoIn],
) -> _Checked:
    errors = Errors()
    title = errors.line("title", title, TITLE_LENGTH)
    body = errors.text("body", body, BODY_LENGTH)
    check_position(errors, latitude, longitude)
    category = publishable_category(session, actor.district_id, category_id)
    if category is None:
        errors.add("category", _l("Please choose one of the categories."))
    places = place_chain(session, actor.district_id, place_id)
    if not places:
        errors.add("place", _l("Please choose one of the places."))
    if len(photos) > MOST_PHOTOS:
        errors.add("photos", _l("Please choose at most %(most)s photos.", most=MOST_PHOTOS))
    elif not all(is_stored_image(photo.key) for photo in photos):
        errors.add("photos", _l("One of the photos is not here any more. Please add it again."))
    kept = [PhotoIn(photo.key, errors.line("photos", photo.alt, ALT_LENGTH)) for photo in photos]
    errors.done()
    if category is None:
        raise Invalid.of("category", _l("Please choose one of the categories."))
    return _Checked(title, body, category, places, kept)


def place_chain(session: Session, district_id: str, place_id: str) -> list[Place]:
    """The place in use with all above it, district first; empty when there is none of that id here."""
    place = session.scalar(
        select(Place).where(Place.id == place_id, Place.district_id == district_id, Place.retired_at.is_(None))
    )
    if place is None:
        return []
    above = [key for key in place.path.split("/") if key and key != place.id]
    found = list(session.scalars(select(Place).where(Place.id.in_(above)))) if above else []
    return sorted([*found, place], key=lambda each: len(each.path))


def _place_issue(
    session: Session,
    actor: Actor,
    checked: _Checked,
    *,
    author_key: str,
    chamber: str,
    position: tuple[float | None, float | None],
    source: Source,
    at: datetime,
    import_key: str | None = None,
) -> Issue:
    issue = Issue(
        id=new_id(),
        district_id=checked.category.district_id,
        author_id=actor.account_id,
        organisation_id=actor.organisation_id,
        author_key=author_key,
        chamber=chamber,
        category_id=checked.category.id,
        title=checked.title,
        body=checked.body,
        latitude=position[0],
        longitude=position[1],
        language=actor.locale or "zh_Hans_CN",
        state=IssueState.PUBLISHED,
        office_id=office_for(session, checked.category, checked.places),
        published_at=at,
        hot_score=hot_score(at, 0, 0, 0, 0),
        source=source,
        import_key=import_key,
        version=1,
        reopened=0,
    )
    _set_place(issue, checked.places)
    _set_deadlines(issue, checked.category)
    session.add(issue)
    session.flush()
    _keep_version(session, actor, issue, 1, "")
    session.add(
        IssueTransition(
            district_id=issue.district_id,
            issue_id=issue.id,
            action=Act.PUBLISH,
            from_state=None,
            to_state=IssueState.PUBLISHED,
            actor_id=actor.account_id,
            organisation_id=actor.organisation_id,
            role_title=title_of(session, actor),
            office_id=issue.office_id,
            at=at,
        )
    )
    record(
        session,
        IssuePublished(
            district_id=issue.district_id,
            actor=actor.account_id,
            organisation=actor.organisation_id,
            issue_id=issue.id,
            title=issue.title,
            category_id=issue.category_id,
            place_id=issue.place_id,
            office_id=issue.office_id,
        ),
    )
    return issue


def _set_place(issue: Issue, places: Sequence[Place]) -> None:
    by_kind = {str(place.kind): place.id for place in places}
    issue.place_id, issue.place_path = places[-1].id, places[-1].path
    issue.subdistrict_id = by_kind.get("subdistrict")
    issue.community_id = by_kind.get("community")
    issue.grid_id = by_kind.get("grid")


def _set_deadlines(issue: Issue, category: Category) -> None:
    start = clock.to_local(issue.published_at).date()
    due = deadlines(start, category.accept_days, category.answer_days)
    issue.accept_due, issue.answer_due = due.accept, due.answer
    issue.due_on, issue.due_from = due.accept, start


def _put_photos(session: Session, issue: Issue, photos: Sequence[PhotoIn]) -> None:
    now = clock.now()
    session.add_all(
        IssuePhoto(issue_id=issue.id, position=number, key=photo.key, alt=photo.alt, added_at=now)
        for number, photo in enumerate(photos)
    )


def _next_number(session: Session, issue: Issue) -> int:
    newest = session.scalar(
        select(IssueVersion.number)
        .where(IssueVersion.issue_id == issue.id)
        .order_by(IssueVersion.number.desc())
        .limit(1)
    )
    return (newest or 0) + 1


def _keep_version(session: Session, actor: Actor, issue: Issue, number: int, note: str) -> None:
    put_words(session, issue.id, issue.title, issue.body)
    session.add(
        IssueVersion(
            issue_id=issue.id,
            number=number,
            title=issue.title,
            body=issue.body,
            category_id=issue.category_id,
            place_id=issue.place_id,
            editor_id=actor.account_id,
            note=shorten(clean_line(note), 300),
            at=clock.now(),
        )
    )


def _announce_edit(session: Session, actor: Actor, issue: Issue, number: int) -> None:
    record(
        session,
        IssueEdited(
            district_id=issue.district_id,
            actor=actor.account_id,
            organisation=actor.organisation_id,
            issue_id=issue.id,
            number=number,
        ),
    )
