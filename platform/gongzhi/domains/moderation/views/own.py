"""What concerns oneself: measures with one's own words, and the appeal."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gongzhi.kernel import clock
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.guard import actor, guard

from .. import actions, queries, rules
from ..forms import AppealForm
from ..models import ModerationMeasure
from ..permissions import APPEAL, OWN_MEASURE, OWN_MEASURES
from .base import NO_STORE, address_of, blueprint, in_chinese


@blueprint.get("/mine")
@guard(OWN_MEASURES)
def my_measures() -> str:
    """All measures that concern me."""
    page = queries.own_measures(session(), actor(), after=request.args.get("cursor"))
    return render_template(
        "moderation/my_measures.html",
        rows=page.items,
        suspended_until=actor().suspended_until,
        next_url=url_for(".my_measures", cursor=page.next_cursor) if page.next_cursor else None,
    )


@blueprint.get("/measures/<measure_id>")
@guard(OWN_MEASURE, measure=queries.access_own_measure)
def own_measure(measure: ModerationMeasure) -> Response:
    """One of them: what, why, by which rule, my own words, until when I can appeal."""
    return Response(_page(measure, AppealForm(formdata=None)), mimetype="text/html", headers=NO_STORE)


def _page(measure: ModerationMeasure, form: AppealForm) -> str:
    own = queries.own_measure(session(), measure)
    words = queries.originals(session(), measure.id)
    return render_template(
        "moderation/measure.html",
        own=own,
        measure=measure,
        form=form,
        words={part: text for part, text in words.items() if ":" not in part and not part.startswith("photo")},
        rule=next(rule for rule in rules.COMMUNITY_RULES if rule.ground == measure.ground),
        chinese=in_chinese(),
        page_url=address_of(own.case),
        can_appeal=own.appeal is None
        and measure.kind in rules.APPEALABLE
        and measure.appeal_until is not None
        and clock.now() <= measure.appeal_until,
    )


@blueprint.post("/measures/<measure_id>/appeal")
@guard(APPEAL, measure=queries.access_own_measure)
def appeal(measure: ModerationMeasure) -> Response | tuple[str, int]:
    """Appeal to another moderator."""
    form = AppealForm()
    measure_id = measure.id
    status = 422
    if form.validate_on_submit():
        try:
            with write() as current:
                actions.file_appeal(current, actor(), measure, words=form.words.data or "")
            flash(_("Your appeal goes to another moderator."), "success")
            return redirect(url_for(".own_measure", measure_id=measure_id))
        except (Invalid, Conflict) as wrong:
            form.take(wrong)
            status = wrong.status
    return _page(measure, form), status
