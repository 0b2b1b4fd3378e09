"""Drafting: a decision from issues, and its changes until it is submitted."""

from __future__ import annotations

import re
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from gongzhi.domains.comments.queries import thread
from gongzhi.domains.decisions import actions
from gongzhi.domains.decisions.forms import DecisionForm
from gongzhi.domains.decisions.models import Adoption, Decision
from gongzhi.domains.decisions.permissions import DRAFT_DECISION, EDIT_DECISION
from gongzhi.domains.decisions.queries import access_decision, decision_page
from gongzhi.domains.decisions.rules import ADOPTION_LABELS
from gongzhi.domains.decisions.views.page import Answer, blueprint
from gongzhi.domains.issues.models import Issue
from gongzhi.domains.issues.queries import access_issue, offices
from gongzhi.domains.people.models import Organisation
from gongzhi.domains.places.models import Place
from gongzhi.domains.places.queries import district_place
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, NotFound, NotPermitted
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.text import lazy as _l

_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{13}")
SHOWN_COMMENTS = 20


def _issues(typed: str) -> list[Issue]:
    """The issues named by address or id. Raises `Invalid` for one that is not there."""
    found = []
    for word in typed.split():
        keys = _ID.findall(word.lower())
        if not keys:
            raise Invalid.of("issues", _l("There is no such issue."))
        try:
            found.append(access_issue(session(), actor(), keys[-1]))
        except NotFound:
            raise Invalid.of("issues", _l("There is no such issue.")) from None
    return found


def _prepare(form: DecisionForm) -> None:
    form.responsible.choices = [SelectChoice(office.id, office.name_zh) for office in offices(session(), actor())]


def _office() -> Organisation:
    office = session().get(Organisation, actor().organisation_id)
    if office is None:
        raise NotPermitted
    return office


def _place(issues: list[Issue]) -> Place:
    place = session().get(Place, issues[0].place_id) if issues else None
    if place is None and (own := _office().place_id):
        place = session().get(Place, own)
    place = place or district_place(session(), actor().district_id)
    if place is None:
        raise NotFound
    return place


@blueprint.route("/new", methods=["GET", "POST"])
@guard(DRAFT_DECISION)
def new() -> Answer:
    """Draft a decision; `?issue=` names what it rests on."""
    form = DecisionForm()
    _prepare(form)
    office = _office()
    if request.method == "GET":
        form.responsible.data = office.id
        form.issues.data = " ".join(request.args.getlist("issue"))[:800]
    if form.validate_on_submit():
        try:
            issues = _issues(form.issues.data or "")
            place = _place(issues)
            with write() as current:
                decision = actions.draft_decision(
                    current,
                    actor(),
                    place,
                    form.words(),
                    issues=issues,
                    promises=form.typed_promises(office.name_zh),
                    responsible=current.get(Organisation, form.responsible.data),
                )
            return redirect(url_for(".show", decision_id=decision.id))
        except Invalid as wrong:
            form.take(wrong)
    return _page(form, None, 422 if request.method == "POST" else 200)


@blueprint.route("/<decision_id>/edit", methods=["GET", "POST"])
@guard(EDIT_DECISION, decision=access_decision)
def edit(decision: Decision) -> Answer:
    """Change a draft, and say what was done with the comments it rests on."""
    form = DecisionForm(data=None if request.method == "POST" else _typed(decision))
    _prepare(form)
    if form.validate_on_submit():
        try:
            issues = _issues(form.issues.data or "")
            with write() as current:
                actions.edit_decision(
                    current,
                    actor(),
                    decision,
                    form.words(),
                    version=form.version.data or 0,
                    issues=issues,
                    promises=form.typed_promises(_office().name_zh),
                    responsible=current.get(Organisation, form.responsible.data),
                    adoptions=_adoptions(),
                )
            return _done(decision)
        except Conflict as conflict:
            form.take(conflict)
            # Whoever has now been told that it changed may look, and save over it.
            form.version.raw_data, form.version.data = None, decision.version
            return _page(form, decision, 409)
        except Invalid as wrong:
            form.take(wrong)
    return _page(form, decision, 422 if request.method == "POST" else 200)


def _done(decision: Decision) -> Response:
    return redirect(url_for(".show", decision_id=decision.id))


def _adoptions() -> dict[str, tuple[Adoption, str]]:
    found = {}
    for name, value in request.form.items():
        if name.startswith("adoption-") and value in list(Adoption):
            key = name.removeprefix("adoption-")
            found[key] = (Adoption(value), request.form.get(f"adoption_reason-{key}", "")[:500])
    return found


def _typed_adoptions() -> dict[str, tuple[str, str]]:
    """Outcome and reason of each comment just as they were sent."""
    return {
        name.removeprefix("adoption-"): (
            value,
            request.form.get(f"adoption_reason-{name.removeprefix('adoption-')}", ""),
        )
        for name, value in request.form.items()
        if name.startswith("adoption-")
    }


def _typed(decision: Decision) -> dict[str, Any]:
    shown = decision_page(session(), actor(), decision)
    return {
        "title": decision.title,
        "body": decision.body,
        "grounds": decision.grounds,
        "adopted": decision.adopted,
        "not_adopted": decision.not_adopted,
        "responsible": decision.responsible_id,
        "money": f"{decision.money_fen / 100:.2f}" if decision.money_fen is not None else "",
        "money_source": decision.money_source,
        "notice_days": decision.notice_days,
        "version": decision.version,
        "issues": " ".join(issue.id for issue in shown.issues),
        "promises": [
            {"text": one.text, "responsible": one.responsible, "due_on": one.due_on} for one in shown.commitments
        ]
        + [{}],
    }


def _page(form: DecisionForm, decision: Decision | None, status: int) -> tuple[str, int]:
    comments: list[Any] = []
    handled: dict[str, tuple[str, str]] = {}
    if decision is not None:
        shown = decision_page(session(), actor(), decision)
        handled = (
            _typed_adoptions()
            if request.method == "POST"
            else {one.comment_id: (one.adoption, one.reason) for one in shown.comments}
        )
        for issue in shown.issues:
            comments += thread(session(), actor(), "issue", issue.id, limit=SHOWN_COMMENTS).items
    return render_template(
        "decisions/edit.html",
        form=form,
        decision=decision,
        comments=comments,
        handled=handled,
        adoption_labels=ADOPTION_LABELS,
    ), status
