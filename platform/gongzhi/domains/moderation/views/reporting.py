"""Reporting, one's own reports, and the public page: rules, how it works, figures."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gongzhi.kernel import clock
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, TooMany
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.policy import PUBLIC, allows

from .. import actions, queries, rules
from ..forms import ReportForm
from ..permissions import OWN_REPORTS, REPORT
from .base import blueprint, in_chinese

Answer = Response | str | tuple[str, int] | tuple[str, int, dict[str, str]]


@blueprint.get("/report/<kind>/<subject_id>")
@guard(PUBLIC)
def report(kind: str, subject_id: str) -> str:
    """Say what is wrong with something; in danger, whom to call."""
    return _page(kind, subject_id, ReportForm(formdata=None))


def _page(kind: str, subject_id: str, form: ReportForm) -> str:
    subject, thing = queries.access_reported(session(), actor(), kind, subject_id)
    endpoint, values = subject.address(thing)
    return render_template(
        "moderation/report.html",
        form=form,
        subject=subject,
        subject_id=subject_id,
        excerpt=queries.excerpt_of(subject.words(session(), thing)),
        back=url_for(endpoint, **values),
        can_report=allows(actor(), REPORT),
        rules_by_ground={rule.ground: rule for rule in rules.COMMUNITY_RULES},
        chinese=in_chinese(),
    )


@blueprint.post("/report/<kind>/<subject_id>")
@guard(REPORT)
def file_report(kind: str, subject_id: str) -> Answer:
    """Report it."""
    form = ReportForm()
    if not form.validate_on_submit():
        return _page(kind, subject_id, form), 422
    try:
        with write() as current:
            actions.file_report(
                current, actor(), kind, subject_id, ground=form.ground.data, words=form.words.data or ""
            )
    except (Invalid, Conflict, TooMany) as wrong:
        form.take(wrong)
        headers = {"Retry-After": str(wrong.retry_after)} if isinstance(wrong, TooMany) else {}
        return _page(kind, subject_id, form), wrong.status, headers
    flash(_("Thank you. A moderator will look at it, and you will be told what became of it."), "success")
    return redirect(url_for(".my_reports"))


@blueprint.get("/reports")
@guard(OWN_REPORTS)
def my_reports() -> str:
    """What I reported and what became of it."""
    page = queries.own_reports(session(), actor(), after=request.args.get("cursor"))
    return render_template(
        "moderation/my_reports.html",
        rows=page.items,
        next_url=url_for(".my_reports", cursor=page.next_cursor) if page.next_cursor else None,
    )


@blueprint.get("")
@guard(PUBLIC)
def public() -> str:
    """The community's rules, how moderation works, and its figures month by month."""
    months = queries.published_months(session(), actor().district_id)
    this_month = f"{clock.today():%Y-%m}"
    figures: list[dict[str, Any]] = [
        {"running": True, **queries.month_statistics(session(), actor().district_id, this_month)},
        *({"running": False, **month.statistics} for month in months),
    ]
    return render_template(
        "moderation/public.html",
        community_rules=rules.COMMUNITY_RULES,
        chinese=in_chinese(),
        figures=figures,
        rules=rules,
    )
