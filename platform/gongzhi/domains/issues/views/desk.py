"""The work desk: piles, the list of one, and the issue in hand side by side. Queues with deadlines, not menus."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, NotFound
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.pages import Page
from gongzhi.kernel.panels import panels
from gongzhi.kernel.policy import SIGNED_IN, Permission, allows
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..forms import StepForm, TemplateForm
from ..models import AnswerTemplate
from ..permissions import READ_DESK, WRITE_TEMPLATE
from ..queries import DeskQueue, IssuePage, IssueRow
from ..queries.desk import QUEUE_LABELS
from ..queries.piles import PILE_LABELS, Pile, pile, pile_counts
from .handling import offered_steps
from .shown import clock_of

blueprint = Blueprint("desk", __name__)

PAGE = 30
MINE = (Pile.MINE, DeskQueue.TO_ANSWER, Pile.PROMISED, Pile.PAUSED)
OFFICE = (DeskQueue.TO_ACCEPT, DeskQueue.OVERDUE, DeskQueue.ESCALATED, DeskQueue.ANSWERED, Pile.RATED_BADLY)
WIDE = (Pile.AREA, DeskQueue.FINISHED)
URGENT_FIRST = (DeskQueue.OVERDUE, DeskQueue.ESCALATED, DeskQueue.TO_ACCEPT, DeskQueue.TO_ANSWER)
LATE = (DeskQueue.OVERDUE, DeskQueue.ESCALATED, Pile.RATED_BADLY)
PEOPLE = (
    ("people.resident_queue", _l("Residents to verify")),
    ("people.organisation_queue", _l("Organisations to verify")),
)


@blueprint.get("/desk")
@guard(SIGNED_IN)
def index() -> str:
    """A pile and its list; with `issue` also the issue in hand. Who acts for no office chooses one first."""
    if not allows(actor(), READ_DESK):
        return render_template("desk/choose.html")
    chosen = None
    wanted = request.args.get("issue", "")
    if wanted:
        try:
            chosen = queries.access_issue_page(session(), actor(), wanted)
        except NotFound:
            flash(_("This issue is not on your desk any more."), "warning")
    return render_desk(request.args.get("queue", ""), chosen)


def render_desk(queue: str, page: IssuePage | None, forms: dict[str, StepForm] | None = None) -> str:
    """The desk with a pile open; `forms` are those that were refused."""
    which = _queue(queue)
    rows = _rows(which)
    return render_template(
        "desk/index.html",
        queue=which,
        queue_label=_label(which),
        groups=_groups(which),
        rows=rows.items,
        next_url=url_for("desk.index", queue=which, cursor=rows.next_cursor) if rows.next_cursor else None,
        page=page,
        issue=page.issue if page else None,
        clock=clock_of(page) if page else None,
        steps=offered_steps(page, which, forms) if page else [],
        forms=forms or {},
        templates=queries.templates(session(), actor()) if page and _is_office() else [],
        similar=_similar(page) if page else [],
        panels=panels("desk.item", session(), actor(), page.issue) if page else [],
        office_topic=f"office:{actor().organisation_id}" if _is_office() else None,
    )


def _is_office() -> bool:
    return actor().acts_for_government


def _queue(text: str) -> DeskQueue | Pile:
    """The pile that was asked for; a grid worker has the area only."""
    if not _is_office():
        return Pile.AREA
    if text in list(Pile):
        return Pile(text)
    return DeskQueue(text) if text in list(DeskQueue) else _first_to_do()


def _first_to_do() -> DeskQueue:
    """Where nothing was asked for: the first pile with something to do."""
    counted = queries.desk_counts(session(), actor())
    return next((each for each in URGENT_FIRST if counted.of(each)), DeskQueue.TO_ACCEPT)


def _label(which: DeskQueue | Pile) -> str:
    if isinstance(which, Pile):
        return str(PILE_LABELS[which]) if _is_office() or which != Pile.AREA else _("Open in my grids")
    return str(QUEUE_LABELS[which])


def _rows(which: DeskQueue | Pile) -> Page[IssueRow]:
    after = request.args.get("cursor") or None
    try:
        return _read(which, after)
    except Invalid:
        return _read(which, None)


def _read(which: DeskQueue | Pile, after: str | None) -> Page[IssueRow]:
    if isinstance(which, Pile):
        return pile(session(), actor(), which, after=after, limit=PAGE)
    return queries.office_queue(session(), actor(), which, after=after, limit=PAGE)


def _groups(which: DeskQueue | Pile) -> list[dict[str, Any]]:
    more = pile_counts(session(), actor())
    if not _is_office():
        return [{"title": _("My grids"), "items": [_entry(Pile.AREA, which, more[Pile.AREA])]}, *_people_group()]
    counted = queries.desk_counts(session(), actor())

    def entries(piles: tuple[DeskQueue | Pile, ...]) -> list[dict[str, Any]]:
        return [_entry(each, which, more[each] if isinstance(each, Pile) else counted.of(each)) for each in piles]

    groups = [
        {"title": _("Mine"), "items": entries(MINE)},
        {"title": _("Our office"), "items": entries(OFFICE)},
        {"title": _("Our area"), "items": entries(WIDE)},
    ]
    offered = [
        {"label": panel.title, "late": False, **panel.context}
        for panel in panels("desk.queue", session(), actor(), None)
    ]
    if offered:
        groups.append({"title": _("Decisions and joint work"), "items": offered})
    groups.append(
        {"title": _("Often used"), "items": [{"label": _("Answer templates"), "url": url_for("desk.templates")}]}
    )
    return groups + _people_group()


def _people_group() -> list[dict[str, Any]]:
    """The ways to the people's room, for those who verify."""
    known = current_app.view_functions
    entries = [
        {"label": label, "url": url_for(endpoint)}
        for endpoint, label in PEOPLE
        if endpoint in known and allows(actor(), _permission_of(known[endpoint]))
    ]
    return [{"title": _("People"), "items": entries}] if entries else []


def _permission_of(view: Any) -> Permission:
    """What `guard` declared for it."""
    declared: Permission = view.permission
    return declared


def _entry(pile_name: DeskQueue | Pile, current: DeskQueue | Pile, count: int | None) -> dict[str, Any]:
    return {
        "label": _label(pile_name),
        "url": url_for("desk.index", queue=pile_name),
        "count": count,
        "current": pile_name == current,
        "late": pile_name in LATE,
    }


def _similar(page: IssuePage) -> list[queries.SimilarIssue]:
    found = queries.similar_issues(
        session(),
        actor(),
        f"{page.issue.title}\n{page.issue.body}",
        category=page.category,
        latitude=page.issue.latitude,
        longitude=page.issue.longitude,
    )
    return [each for each in found if each.row.id != page.id]


@blueprint.route("/desk/templates", methods=["GET", "POST"])
@guard(WRITE_TEMPLATE)
def templates() -> AnyResponse | str | tuple[str, int]:
    """The office's answer templates: all of them, and a form for a new one."""
    form = TemplateForm()
    if request.method == "POST":
        return _save_template(form, None)
    return _templates_page(form, None)


@blueprint.route("/desk/templates/<template_id>", methods=["GET", "POST"])
@guard(WRITE_TEMPLATE, template=queries.access_template)
def template(template: AnswerTemplate) -> AnyResponse | str | tuple[str, int]:
    """Change a template."""
    form = TemplateForm(data={"name": template.name, "body": template.body})
    if request.method == "POST":
        return _save_template(form, template)
    return _templates_page(form, template)


@blueprint.post("/desk/templates/<template_id>/retire")
@guard(WRITE_TEMPLATE, template=queries.access_template)
def retire_template(template: AnswerTemplate) -> AnyResponse:
    """Offer a template no more; answers written from it stay."""
    with write() as current:
        actions.retire_template(current, actor(), template)
    flash(_("The template is offered no more."), "success")
    return redirect(url_for("desk.templates"))


def _save_template(form: TemplateForm, changed: AnswerTemplate | None) -> AnyResponse | tuple[str, int]:
    status = 422
    if form.validate():
        try:
            with write() as current:
                actions.save_template(
                    current, actor(), template=changed, name=form.name.data or "", body=form.body.data or ""
                )
            flash(_("The template is saved."), "success")
            return redirect(url_for("desk.templates"))
        except Invalid as refused:
            form.take(refused)
        except Conflict as refused:
            form.take(refused)
            status = 409
    return _templates_page(form, changed), status


def _templates_page(form: TemplateForm, changed: AnswerTemplate | None) -> str:
    return render_template(
        "desk/templates.html",
        form=form,
        changed=changed,
        templates=queries.templates(session(), actor()),
        allowed=allows(actor(), WRITE_TEMPLATE),
    )
