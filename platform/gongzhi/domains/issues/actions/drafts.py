"""Drafts: kept on the server so that nothing typed is lost, and the pictures that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.domains.places.models import Place
from gongzhi.kernel import clock, storage
from gongzhi.kernel.db import dialect
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.ids import new_id
from gongzhi.kernel.images import IMAGE_TYPES
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import clean_line, clean_text, shorten

from ..models import Category, IssueDraft
from ..permissions import OWN_DRAFT, WRITE_DRAFT
from ..rules.words import BODY_LENGTH, MOST_PHOTOS, TITLE_LENGTH, Errors, check_position

MOST_DRAFTS = 50
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class PhotoIn:
    """A picture that the storage holds already, and the words that stand for it."""

    key: str
    alt: str = ""


def save_draft(
    session: Session,
    actor: Actor,
    *,
    draft: IssueDraft | None = None,
    client_key: str | None = None,
    category_id: str | None = None,
    place_id: str | None = None,
    title: str = "",
    body: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
    photos: Sequence[PhotoIn] = (),
) -> IssueDraft:
    """Keep what is being written, however unfinished. The same `client_key` is the same draft."""
    require(actor, WRITE_DRAFT)
    if draft is None:
        draft = _new_draft(session, actor, client_key)
        _drop_oldest_drafts(session, actor)
    require(actor, OWN_DRAFT, draft)
    errors = Errors()
    check_position(errors, latitude, longitude)
    errors.done()
    draft.organisation_id = actor.organisation_id
    draft.category_id = _existing(session, Category, actor, category_id)
    draft.place_id = _existing(session, Place, actor, place_id)
    draft.title = shorten(clean_line(title), TITLE_LENGTH[1])
    draft.body = clean_text(body)[: BODY_LENGTH[1]]
    draft.latitude, draft.longitude = latitude, longitude
    kept = [photo for photo in photos[:MOST_PHOTOS] if is_stored_image(photo.key)]
    draft.photos = [{"key": photo.key, "alt": photo.alt} for photo in kept]
    draft.updated_at = clock.now()
    session.flush()
    return draft


def _new_draft(session: Session, actor: Actor, client_key: str | None) -> IssueDraft:
    """An empty draft; the one there is already, when the browser sent this key before or sends it twice at once."""
    now = clock.now()
    key = client_key[:64] if client_key else f"server-{new_id()}"
    session.execute(
        _INSERTS[dialect(session)](IssueDraft)
        .values(
            id=new_id(),
            district_id=actor.district_id,
            account_id=actor.account_id,
            client_key=key,
            title="",
            body="",
            photos=[],
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["account_id", "client_key"])
    )
    return session.scalars(
        select(IssueDraft)
        .where(IssueDraft.account_id == actor.account_id, IssueDraft.client_key == key)
        .with_for_update()
    ).one()


def drop_draft(session: Session, actor: Actor, draft: IssueDraft) -> None:
    """Throw a draft away."""
    require(actor, OWN_DRAFT, draft)
    session.execute(delete(IssueDraft).where(IssueDraft.id == draft.id))


def is_stored_image(key: str) -> bool:
    """Whether the storage holds a picture under this key."""
    try:
        if storage.media_type(key) not in IMAGE_TYPES.values():
            return False
        storage.open_file(key).close()
    except NotFound:
        return False
    return True


def _existing(session: Session, model: Any, actor: Actor, key: str | None) -> str | None:
    """The id, if there is such a thing in this district; a draft forgets what is not there."""
    if key is None:
        return None
    found: str | None = session.scalar(select(model.id).where(model.id == key, model.district_id == actor.district_id))
    return found


def _drop_oldest_drafts(session: Session, actor: Actor) -> None:
    """An account keeps a limited number of drafts; the oldest go."""
    session.flush()
    too_old = session.scalars(
        select(IssueDraft.id)
        .where(IssueDraft.account_id == actor.account_id)
        .order_by(IssueDraft.created_at.desc(), IssueDraft.id.desc())
        .offset(MOST_DRAFTS)
    ).all()
    if too_old:
        session.execute(delete(IssueDraft).where(IssueDraft.id.in_(too_old)))
