"""Writing an issue: one page without script, steps on the phone with it; drafts, and what is similar nearby."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse
from wtforms.fields.choices import SelectChoice

from gongzhi.domains.places import queries as places
from gongzhi.domains.places.models import Place
from gongzhi.kernel.db import one_at_a_time, session, write
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.policy import PUBLIC, allows

from .. import actions, queries
from ..actions import PhotoIn
from ..forms import ComposeForm, chosen
from ..models import Category, IssueDraft
from ..permissions import OWN_DRAFT, PUBLISH_ISSUE, WRITE_DRAFT
from ..queries.twins import sent_before
from ..rules.words import MOST_PHOTOS
from .options import Options, options
from .shown import name
from .uploads import kept_photos, photos_of

SIMILAR = 4
LONGEST_LOOK = 400


def install(blueprint: Blueprint) -> None:
    """The routes of this part."""
    blueprint.add_url_rule("/issues/new", "compose", compose, methods=["GET", "POST"])
    blueprint.add_url_rule("/issues/similar", "similar", similar)
    blueprint.add_url_rule("/issues/drafts", "save_draft", save_draft, methods=["POST"])
    blueprint.add_url_rule("/issues/drafts/<draft_id>/drop", "drop_draft", drop_draft, methods=["POST"])


def category_choices(offered: Options, *, blank: str) -> list[SelectChoice]:
    """Main categories as groups of a list, with what the page must know of each: danger and deadlines."""
    found = [SelectChoice("", blank)]
    for group in offered.categories:
        title = name(group.category)
        found += [_choice(child, name(child), title) for child in group.children]
        rest = _("%(category)s: other", category=title) if group.children else title
        found.append(_choice(group.category, rest, title))
    return found


def _choice(category: Category, label: str, group: str) -> SelectChoice:
    about = {"data-accept": str(category.accept_days), "data-answer": str(category.answer_days)}
    if category.urgency:
        about["data-urgency"] = str(category.urgency)
    return SelectChoice(category.id, label, about, group)


@guard(WRITE_DRAFT)
def compose() -> AnyResponse | str | tuple[str, int]:
    """A new issue. Posting publishes it at once; errors stand beside the fields and nothing typed is lost."""
    if not allows(actor(), PUBLISH_ISSUE):
        return render_template("issues/cannot_compose.html")
    form = ComposeForm()
    form.category.choices = category_choices(options(session(), actor()), blank=_("Choose…"))
    if request.method == "GET":
        return _fresh(form)
    valid = form.validate()
    place = places.picked(session(), actor(), request.form.getlist("place_id"))
    photos = photos_of(form.photos, form.photo_texts)
    if request.form.get("look"):
        found = _similar(f"{form.title.data}\n{form.body.data}", form)
        return _page(form, place, photos, similar=found)
    if request.form.get("keep"):
        _keep(form, place, photos)
        flash(_("Your draft is kept. You find it under “Mine”."), "success")
        return redirect(url_for("home.mine"))
    place_errors: list[str] = []
    if valid and not form.photos.errors:
        try:
            issue_id = _publish(form, place, photos)
            flash(_("Published. The office has been told; you will hear of every step."), "success")
            return redirect(url_for("issues.show", issue_id=issue_id))
        except Invalid as refused:
            place_errors = [str(text) for text in refused.errors.get("place", ())]
            form.take(refused)
    return _page(form, place, photos, place_errors=place_errors), 422


def _publish(form: ComposeForm, place: Place | None, photos: list[PhotoIn]) -> str:
    """The id of the published issue; of the one there is already, when the same page was sent twice."""
    title, body = form.title.data or "", form.body.data or ""
    place_id = place.id if place else ""
    with write() as current:
        one_at_a_time(current, "publish", actor().account_id or "")
        before = sent_before(current, actor(), title=title, body=body, place_id=place_id) if place_id else None
        if before is not None:
            return before.id
        issue = actions.publish_issue(
            current,
            actor(),
            category_id=chosen(form.category),
            place_id=place_id,
            title=title,
            body=body,
            latitude=form.latitude.data,
            longitude=form.longitude.data,
            photos=photos,
            draft=_draft_of(form),
        )
        return issue.id


def _fresh(form: ComposeForm) -> str:
    """An empty form, or the draft that was asked for."""
    draft_id = request.args.get("draft", "")
    if draft_id:
        draft = queries.access_draft(session(), actor(), draft_id)
        form.process(None, obj=None, data=_data_of(draft))
        form.category.choices = category_choices(options(session(), actor()), blank=_("Choose…"))
        place = session().get(Place, draft.place_id) if draft.place_id else None
        kept = [PhotoIn(photo["key"], photo.get("alt", "")) for photo in draft.photos]
        return _page(form, place, kept, draft=draft)
    form.client_key.data = secrets.token_urlsafe(12)
    form.category.data = request.args.get("category", "")
    wanted = [value for value in request.args.getlist("place_id") if value]
    place = None
    if wanted:
        try:
            place = places.access_place(session(), actor(), wanted[-1])
        except NotFound:
            place = None
    elif actor().place_id:
        place = session().get(Place, actor().place_id)
    drafts = queries.drafts(session(), actor(), limit=3)
    return _page(form, place, [], drafts=drafts)


def _data_of(draft: IssueDraft) -> dict[str, Any]:
    return {
        "category": draft.category_id or "",
        "title": draft.title,
        "body": draft.body,
        "latitude": draft.latitude,
        "longitude": draft.longitude,
        "draft": draft.id,
        "client_key": draft.client_key or "",
    }


def _page(form: ComposeForm, place: Place | None, photos: list[PhotoIn], **more: Any) -> str:
    return render_template(
        "issues/compose.html",
        form=form,
        picker=places.picker(session(), actor(), place),
        photos=photos,
        room_for=MOST_PHOTOS - len(photos),
        map_url=url_for("places.outline"),
        **{"place_errors": [], "similar": None, "drafts": [], "draft": None, **more},
    )


def _draft_of(form: ComposeForm) -> IssueDraft | None:
    """The draft this was written as: by its id, or by the key of the browser."""
    account = actor().account_id or ""
    key = chosen(form.draft)
    by_key = chosen(form.client_key)[:64]
    statement = select(IssueDraft).where(IssueDraft.account_id == account)
    if key:
        draft = session().scalar(statement.where(IssueDraft.id == key))
    elif by_key:
        draft = session().scalar(statement.where(IssueDraft.client_key == by_key))
    else:
        return None
    return draft if draft is not None and allows(actor(), OWN_DRAFT, draft) else None


def _keep(form: ComposeForm, place: Place | None, photos: list[PhotoIn]) -> IssueDraft:
    with write() as current:
        return actions.save_draft(
            current,
            actor(),
            draft=_draft_of(form),
            client_key=chosen(form.client_key) or None,
            category_id=chosen(form.category) or None,
            place_id=place.id if place else None,
            title=form.title.data or "",
            body=form.body.data or "",
            latitude=form.latitude.data,
            longitude=form.longitude.data,
            photos=photos,
        )


@guard(WRITE_DRAFT)
def save_draft() -> Response:
    """Keep what is being written, from the page's script, every few seconds."""
    form = ComposeForm()
    place = places.picked(session(), actor(), request.form.getlist("place_id"))
    draft = _keep(form, place, kept_photos())
    return jsonify(id=draft.id, saved_at=draft.updated_at.isoformat())


@guard(OWN_DRAFT, draft=queries.access_draft)
def drop_draft(draft: IssueDraft) -> AnyResponse:
    """Throw a draft away."""
    with write() as current:
        actions.drop_draft(current, actor(), draft)
    flash(_("The draft is gone."), "success")
    return redirect(url_for("home.mine"))


@guard(PUBLIC)
def similar() -> str:
    """Open issues like the one being written, as a fragment: support one instead of posting a twin."""
    form = ComposeForm(formdata=request.args)
    text = f"{form.title.data or ''}\n{form.body.data or ''}"[:LONGEST_LOOK]
    return render_template("issues/similar.html", similar=_similar(text, form))


def _similar(text: str, form: ComposeForm) -> list[queries.SimilarIssue]:
    latitude, longitude = form.latitude.data, form.longitude.data
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        latitude = longitude = None
    return queries.similar_issues(
        session(),
        actor(),
        text,
        category=options(session(), actor()).category_by_id.get(chosen(form.category)),
        latitude=latitude,
        longitude=longitude,
        limit=SIMILAR,
    )
