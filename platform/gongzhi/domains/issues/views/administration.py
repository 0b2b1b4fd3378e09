"""Administration: its index, the categories with their deadlines, and the routing table."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse
from wtforms.fields.choices import SelectChoice

from gongzhi.domains.people.models import Organisation
from gongzhi.domains.places.models import Place
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, DomainError, Invalid
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.panels import panels
from gongzhi.kernel.text import Lazy
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..forms import CategoryForm, RoutingForm, chosen
from ..models import Category, Routing, Urgency
from ..permissions import MANAGE_CATALOGUE
from ..queries.catalogue import all_categories
from .options import forget_options, options
from .shown import name

blueprint = Blueprint("admin", __name__)

DOORS = (
    (
        "admin.categories",
        "list-check",
        _l("Categories and deadlines"),
        _l("What issues can be about, and by when offices act."),
    ),
    ("admin.routing", "signpost", _l("Routing table"), _l("Which office answers for what, and where.")),
    ("places.admin_index", "geo-alt", _l("Places"), _l("Sub-districts, communities, grids, their boundaries.")),
    ("people.accounts", "people", _l("Accounts and roles"), _l("Search accounts, grant roles with an end date.")),
    (
        "people.organisation_admin",
        "building",
        _l("Organisations"),
        _l("Offices, enterprises and social organisations."),
    ),
)


@blueprint.get("/admin")
@guard(MANAGE_CATALOGUE)
def index() -> str:
    """What can be administered here."""
    known = current_app.view_functions
    doors = [
        {"url": url_for(endpoint), "icon": icon, "label": label, "text": text}
        for endpoint, icon, label, text in DOORS
        if endpoint in known
    ]
    doors += [dict(panel.context) | {"label": panel.title} for panel in panels("admin.door", session(), actor(), None)]
    return render_template("admin/index.html", doors=doors)


@blueprint.get("/admin/categories")
@guard(MANAGE_CATALOGUE)
def categories() -> str:
    """All categories, also those that are offered no more."""
    return render_template("admin/categories.html", groups=all_categories(session(), actor()))


@blueprint.route("/admin/categories/new", methods=["GET", "POST"])
@guard(MANAGE_CATALOGUE)
def new_category() -> AnyResponse | str | tuple[str, int]:
    """Add a category."""
    data = {"accept_days": 1, "answer_days": 5, "level": "3", "is_active": True, "position": 0}
    form = CategoryForm(data=data | {"parent": request.args.get("parent", "")})
    return _category_page(form, None)


@blueprint.route("/admin/categories/<category_id>", methods=["GET", "POST"])
@guard(MANAGE_CATALOGUE, category=queries.access_category)
def category(category: Category) -> AnyResponse | str | tuple[str, int]:
    """Change a category or retire it: issues already in it keep the deadlines they have."""
    form = CategoryForm(
        data={
            "code": category.code,
            "parent": category.parent_id or "",
            "name_zh": category.name_zh,
            "name_en": category.name_en,
            "accept_days": category.accept_days,
            "answer_days": category.answer_days,
            "basis": category.basis,
            "level": str(category.level),
            "urgency": str(category.urgency),
            "position": category.position,
            "is_active": category.is_active,
        }
    )
    return _category_page(form, category)


def _category_page(form: CategoryForm, changed: Category | None) -> AnyResponse | str | tuple[str, int]:
    mains = [group.category for group in all_categories(session(), actor())]
    form.parent.choices = [
        SelectChoice("", _("(a main category)")),
        *(SelectChoice(main.id, name(main)) for main in mains),
    ]
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            refused = _save_category(form, changed)
            if refused is None:
                forget_options()
                flash(_("The category is saved."), "success")
                return redirect(url_for("admin.categories"))
            form.take(refused)
            status = refused.status
    return render_template("admin/category.html", form=form, changed=changed), status


def _save_category(form: CategoryForm, changed: Category | None) -> DomainError | None:
    """Save it; or why not."""
    urgency, level = chosen(form.urgency), chosen(form.level)
    try:
        if urgency not in list(Urgency):
            raise Invalid.of("urgency", _l("This is not one of the choices."))
        with write() as current:
            parent_id = chosen(form.parent)
            parent = queries.access_category(current, actor(), parent_id) if parent_id and changed is None else None
            actions.save_category(
                current,
                actor(),
                category=changed,
                code=form.code.data or "",
                parent=parent,
                name_zh=form.name_zh.data or "",
                name_en=form.name_en.data or "",
                accept_days=form.accept_days.data or 0,
                answer_days=form.answer_days.data or 0,
                basis=form.basis.data or "",
                level=int(level) if level in "12345" and level else 0,
                urgency=Urgency(urgency),
                is_active=bool(form.is_active.data),
                position=max(-32_000, min(form.position.data or 0, 32_000)),
            )
    except (Invalid, Conflict) as refused:
        return refused
    return None


@blueprint.route("/admin/routing", methods=["GET", "POST"])
@guard(MANAGE_CATALOGUE)
def routing() -> AnyResponse | str | tuple[str, int]:
    """The routing table, and a form for a line: the most specific place wins, then the finer category."""
    form = RoutingForm()
    _fill_routing(form)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            refused = _set_routing(form)
            if refused is None:
                flash(_("The line is saved. Issues already routed stay where they are."), "success")
                return redirect(url_for("admin.routing"))
            form.take(refused)
            status = refused.status
    return render_template("admin/routing.html", form=form, lines=queries.routing_table(session(), actor())), status


def _fill_routing(form: RoutingForm) -> None:
    choices = [SelectChoice("", _("Choose…"))]
    for group in all_categories(session(), actor()):
        choices.append(SelectChoice(group.category.id, name(group.category)))
        choices.extend(SelectChoice(child.id, f"\u3000{name(child)}") for child in group.children)
    form.category.choices = choices
    places = options(session(), actor()).places
    form.place.choices = [
        SelectChoice("", _("The whole district")),
        *(SelectChoice(one.id, f"\u3000{name(one)}" if one.kind == "community" else name(one)) for one in places),
    ]
    form.office.choices = [
        SelectChoice("", _("Choose…")),
        *(SelectChoice(office.id, name(office)) for office in queries.offices(session(), actor())),
    ]


def _set_routing(form: RoutingForm) -> DomainError | None:
    """Write the line; or why not."""
    try:
        with write() as current:
            category, place, office = _line_of(form, current)
            actions.set_routing(current, actor(), category=category, place=place, office=office)
    except (Invalid, Conflict) as refused:
        return refused
    return None


def _line_of(form: RoutingForm, current: Session) -> tuple[Category, Place | None, Organisation]:
    """What was chosen, all of this district. Raises `Invalid` for everything that is not."""
    district_id, place_id = actor().district_id, chosen(form.place)
    category = current.get(Category, chosen(form.category))
    place = current.get(Place, place_id) if place_id else None
    office = current.get(Organisation, chosen(form.office))
    errors: dict[str, list[Lazy]] = {}
    if category is None or category.district_id != district_id:
        errors["category"] = [_l("Please choose one of the categories.")]
    if place_id and (place is None or place.district_id != district_id):
        errors["place"] = [_l("Please choose one of the places.")]
    if office is None or office.district_id != district_id:
        errors["office"] = [_l("Please choose one of the offices.")]
    if errors or category is None or office is None:
        raise Invalid(errors)
    return category, place, office


@blueprint.post("/admin/routing/<line_id>/remove")
@guard(MANAGE_CATALOGUE, line=queries.access_routing)
def remove_routing(line: Routing) -> AnyResponse:
    """Take a line out; the next less specific one applies."""
    with write() as current:
        actions.remove_routing(current, actor(), line)
    flash(_("The line is gone."), "success")
    return redirect(url_for("admin.routing"))
