"""The thresholds of the templates and their basis, as the district sets them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gongzhi.kernel.db import session
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.panels import Panel, offer
from gongzhi.kernel.policy import Actor, allows

from .. import actions
from ..forms import TemplateForm
from ..permissions import SET_RULES
from ..queries import template_of, templates
from ..rules.templates import BY_CODE
from .page import LABELS, Answer


def door(_current: Session, who: Actor, _subject: object) -> Panel | None:
    """The door on the page of the administration."""
    if not allows(who, SET_RULES):
        return None
    said = {"url": url_for("ballot_templates.index"), "icon": "card-checklist", "text": _("Thresholds and their basis")}
    return Panel("", said, _("Templates of ballots"))


offer("admin.door", door)

blueprint = Blueprint("ballot_templates", __name__, url_prefix="/admin/ballots")


@blueprint.get("")
@guard(SET_RULES)
def index() -> str:
    """All templates with their figures."""
    return render_template("ballots/templates.html", rows=templates(session(), actor().district_id), **LABELS)


@blueprint.route("/<code>", methods=["GET", "POST"])
@guard(SET_RULES)
def edit(code: str) -> Answer:
    """Set the figures of one."""
    if code not in BY_CODE:
        raise NotFound
    template = template_of(session(), actor().district_id, code)
    form = TemplateForm(data=None if request.method == "POST" else {"basis": template.basis, "in_use": template.in_use})
    quorum = [one["share"] for one in template.quorum]
    thresholds = [one["share"] for one in template.thresholds]
    status = 200
    if request.method == "POST":
        quorum = [text[:20] for text in request.form.getlist("quorum")]
        thresholds = [text[:20] for text in request.form.getlist("threshold")]
        status = form.attempt(
            lambda current: actions.set_template(
                current,
                actor(),
                code,
                basis=form.basis.data or "",
                quorum=quorum,
                thresholds=thresholds,
                in_use=bool(form.in_use.data),
            ),
        )
        if status == 302:
            flash(_("Saved. Ballots opened from now on use these figures."), "success")
            return redirect(url_for(".index"))
    return render_template(
        "ballots/template.html", template=template, form=form, quorum=quorum, thresholds=thresholds, **LABELS
    ), status
