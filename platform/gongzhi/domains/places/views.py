"""Pages of places: my community and grid for everybody, the place picker, maps; and their administration."""

from __future__ import annotations

import re
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from gongzhi.domains.places import actions, queries, rules
from gongzhi.domains.places.forms import BoundaryForm, ChangeForm, EmptyForm, MoveForm, PlaceForm
from gongzhi.domains.places.models import Place, PlaceKind
from gongzhi.domains.places.permissions import MANAGE_PLACES, READ_PLACES
from gongzhi.domains.places.queries import Surroundings, access_place, access_surroundings
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, NotFound, Stale
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.panels import panels
from gongzhi.kernel.policy import allows

blueprint = Blueprint("places", __name__)

GEOJSON = "application/geo+json"
_NAME = re.compile(r"[a-z_]{1,40}")


def place_name(place: Any) -> str:
    """The name of a place, office or district in the reader's language."""
    return str(place.name_for("en" if str(get_locale()) == "en" else "zh"))


blueprint.add_app_template_filter(place_name, "place_name")
blueprint.add_app_template_filter(lambda kind: rules.LABELS[PlaceKind(kind)], "place_kind")


@blueprint.get("/places")
@guard(READ_PLACES)
def index() -> str:
    """All sub-districts and communities."""
    root = queries.tree(session(), actor().district_id, down_to=PlaceKind.COMMUNITY)
    return render_template("places/index.html", root=root)


@blueprint.get("/places/<place_id>")
@guard(READ_PLACES, place=access_surroundings)
def show(place: Surroundings) -> str:
    """My community, my grid: its chain, offices, grid workers and what is below."""
    return _public_page(place.place, place)


def _public_page(place: Place, around: Surroundings) -> str:
    return render_template(
        "places/show.html",
        place=place,
        chain=around.chain,
        below=around.below,
        offices=queries.offices_for(session(), place),
        workers=queries.grid_workers(session(), place) if _is_local(place) else [],
        contact=_posted(around.chain, "contact_phone"),
        supervision=_posted(around.chain, "supervision_phone"),
        issues_url=_url_if_there("issues.index", place=place.id),
        compose_url=_url_if_there("issues.compose", place_id=place.id),
        panels=panels("place.page", session(), actor(), place),
        may_manage=allows(actor(), MANAGE_PLACES, place),
    )


def _is_local(place: Place) -> bool:
    return place.kind not in (PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT)


def _posted(chain: list[Place], field: str) -> tuple[str, Place] | None:
    """The telephone of the nearest place that has one, and which place that is."""
    for place in reversed(chain):
        if number := getattr(place, field):
            return number, place
    return None


def _url_if_there(endpoint: str, **values: Any) -> str | None:
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


@blueprint.get("/places/select")
@guard(READ_PLACES)
def select() -> str | BaseResponse:
    """The picker: a fragment for a form with script, else a page of its own leading back to `next`."""
    name = request.args.get("name", "place_id")
    if not _NAME.fullmatch(name):
        raise NotFound
    chosen = queries.picked(session(), actor(), request.args.getlist(name))
    back = _local(request.args.get("next", ""))
    if chosen is not None and back and request.args.get("use"):
        return redirect(f"{back}{'&' if '?' in back else '?'}{name}={chosen.id}")
    shown = queries.picker(session(), actor(), chosen)
    template = "places/select_fragment.html" if request.headers.get("HX-Request") else "places/select.html"
    return render_template(template, picker=shown, name=name, back=back)


def _local(target: str) -> str | None:
    """The address if it stays on this site."""
    inside = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if inside else None


@blueprint.get("/places/at")
@guard(READ_PLACES)
def at() -> Response:
    """The place at the device's position, for forms: ids of the chain from the district down, and names."""
    latitude = rules.read_number("latitude", request.args.get("latitude", ""))
    longitude = rules.read_number("longitude", request.args.get("longitude", ""))
    point = rules.check_point(latitude, longitude)
    if point is None:
        raise Invalid.of("latitude", _("Enter both latitude and longitude, or neither."))
    place = queries.place_at(session(), actor().district_id, *point)
    if place is None:
        raise NotFound(_("This position lies outside the district."))
    chain = queries.chain(session(), place)
    return jsonify(
        id=place.id, name=place_name(place), chain=[{"id": one.id, "name": place_name(one)} for one in chain]
    )


@blueprint.get("/places/outline.geojson")
@guard(READ_PLACES)
def outline() -> Response:
    """The district's outline for maps."""
    drawn = queries.outline(session(), actor().district_id)
    features = [] if drawn is None else [{"type": "Feature", "properties": {}, "geometry": drawn}]
    return _geojson(features)


@blueprint.get("/places/<place_id>.geojson")
@guard(READ_PLACES, place=access_place)
def geojson(place: Place) -> Response:
    """The place and what is directly below it; `?show=areas` or `?show=points` gives only these."""
    only = request.args.get("show")
    below = queries.children_with_boundaries(session(), place)
    features = []
    for one in [place, *below]:
        features.extend(_features(one, only, is_self=one.id == place.id))
    return _geojson(features)


def _features(place: Place, only: str | None, *, is_self: bool) -> list[dict[str, Any]]:
    properties = {
        "id": place.id,
        "kind": place.kind,
        "label": place_name(place),
        "url": url_for("places.show", place_id=place.id),
        "self": is_self,
    }
    if place.boundary is not None and only != "points":
        return [{"type": "Feature", "properties": properties, "geometry": place.boundary}]
    if place.boundary is None and place.latitude is not None and only != "areas":
        point = {"type": "Point", "coordinates": [place.longitude, place.latitude]}
        return [{"type": "Feature", "properties": properties, "geometry": point}]
    return []


def _geojson(features: list[dict[str, Any]]) -> Response:
    response = jsonify(type="FeatureCollection", features=features)
    response.mimetype = GEOJSON
    response.headers["Vary"] = "Cookie, Accept-Language"
    response.headers["Cache-Control"] = "private, max-age=0, must-revalidate"
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/admin/places")
@guard(MANAGE_PLACES)
def admin_index() -> str:
    """The whole tree, to be administered."""
    root = queries.tree(session(), actor().district_id, down_to=PlaceKind.COMMUNITY)
    return render_template("places/admin_index.html", root=root)


@blueprint.get("/admin/places/<place_id>")
@guard(MANAGE_PLACES, place=access_place)
def admin_show(place: Place) -> str:
    """One place with all that can be done to it."""
    return _admin_page(place)


def _admin_page(place: Place, **forms: Any) -> str:
    change = forms.get("change")
    if change is None:
        change = ChangeForm(formdata=None, prefix="change", obj=place)
        change.seen.data = rules.fingerprint(place)
        change.latitude.data = "" if place.latitude is None else str(place.latitude)
        change.longitude.data = "" if place.longitude is None else str(place.longitude)
    around = queries.access_surroundings(session(), actor(), place.id)
    move = forms.get("move") or MoveForm(formdata=None, prefix="move")
    move.parent_id.choices = [
        ("", _("Choose…")),
        *((parent.id, f"{parent.code} {place_name(parent)}") for parent in queries.possible_parents(session(), place)),
    ]
    return render_template(
        "places/admin_show.html",
        place=place,
        chain=around.chain,
        below=around.below,
        below_kind=rules.BELOW.get(PlaceKind(place.kind)),
        add=forms.get("add") or PlaceForm(formdata=None, prefix="add"),
        change=change,
        move=move,
        boundary=forms.get("boundary") or BoundaryForm(formdata=None, prefix="boundary"),
        bare=EmptyForm(formdata=None),
    )


def _done(place: Place, message: str) -> BaseResponse:
    flash(message, "success")
    return redirect(url_for("places.admin_show", place_id=place.id))


@blueprint.post("/admin/places/<place_id>/add")
@guard(MANAGE_PLACES, place=access_place)
def admin_add(place: Place) -> Any:
    """Add a place below this one."""
    form = PlaceForm(prefix="add")
    if form.validate():
        try:
            with write() as current:
                added = actions.add_place(
                    current,
                    actor(),
                    place,
                    name_zh=form.name_zh.data or "",
                    name_en=form.name_en.data or "",
                    code=form.code.data or "",
                    latitude=rules.read_number("latitude", form.latitude.data or ""),
                    longitude=rules.read_number("longitude", form.longitude.data or ""),
                )
            return _done(added, _("%(place)s was added.", place=place_name(added)))
        except Invalid as invalid:
            form.take(invalid)
    return _admin_page(place, add=form), 422


@blueprint.post("/admin/places/<place_id>/change")
@guard(MANAGE_PLACES, place=access_place)
def admin_change(place: Place) -> Any:
    """Change names, posted numbers and point."""
    form = ChangeForm(prefix="change")
    status = 422
    if form.validate():
        try:
            with write() as current:
                actions.change_place(
                    current,
                    actor(),
                    place,
                    seen=form.seen.data or "",
                    name_zh=form.name_zh.data or "",
                    name_en=form.name_en.data or "",
                    contact_phone=form.contact_phone.data or "",
                    supervision_phone=form.supervision_phone.data or "",
                    latitude=rules.read_number("latitude", form.latitude.data or ""),
                    longitude=rules.read_number("longitude", form.longitude.data or ""),
                )
            return _done(place, _("Saved."))
        except Stale as stale:
            form.form_errors.append(str(stale.message))
            form.form_errors.append(_("It is now called %(name)s.", name=str(stale.current["name_zh"])))
            form.seen.data = rules.fingerprint(place)
            status = 409
        except Invalid as invalid:
            form.take(invalid)
    return _admin_page(place, change=form), status


@blueprint.post("/admin/places/<place_id>/move")
@guard(MANAGE_PLACES, place=access_place)
def admin_move(place: Place) -> Any:
    """Move it, with all below it, under another parent."""
    form = MoveForm(prefix="move")
    if form.validate():
        try:
            parent = access_place(session(), actor(), form.parent_id.data or "")
            with write() as current:
                actions.move_place(current, actor(), place, parent)
            return _done(place, _("%(place)s was moved.", place=place_name(place)))
        except NotFound:
            form.parent_id.errors = [_("Choose one of the places in the list.")]
        except Invalid as invalid:
            form.take(invalid)
    return _admin_page(place, move=form), 422


@blueprint.post("/admin/places/<place_id>/retire")
@guard(MANAGE_PLACES, place=access_place)
def admin_retire(place: Place) -> BaseResponse:
    """Take it out of use."""
    return _change_use(place, actions.retire_place, _("The place is out of use."))


@blueprint.post("/admin/places/<place_id>/restore")
@guard(MANAGE_PLACES, place=access_place)
def admin_restore(place: Place) -> BaseResponse:
    """Bring it back into use."""
    return _change_use(place, actions.restore_place, _("The place is in use again."))


def _change_use(place: Place, act: Any, message: str) -> BaseResponse:
    try:
        with write() as current:
            act(current, actor(), place)
    except Conflict as conflict:
        flash(str(conflict.message), "error")
        return redirect(url_for("places.admin_show", place_id=place.id))
    return _done(place, message)


@blueprint.post("/admin/places/<place_id>/boundary")
@guard(MANAGE_PLACES, place=access_place)
def admin_boundary(place: Place) -> Any:
    """Import a boundary, or take it away."""
    form = BoundaryForm(prefix="boundary")
    if request.form.get("remove"):
        with write() as current:
            actions.remove_boundary(current, actor(), place)
        return _done(place, _("The boundary was removed."))
    if form.validate():
        try:
            with write() as current:
                overlaps = actions.set_boundary(current, actor(), place, form.boundary.data or "")
            for overlap in overlaps:
                flash(
                    _(
                        "It overlaps %(place)s by %(share)s %%.",
                        place=overlap.name,
                        share=round(overlap.share * 100, 1),
                    ),
                    "warning",
                )
            return _done(place, _("The boundary was saved."))
        except Invalid as invalid:
            form.take(invalid)
    return _admin_page(place, boundary=form), 422
