"""Reading: the list and the page of a decision."""

from __future__ import annotations

from contextlib import suppress

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gongzhi.domains.decisions import rules
from gongzhi.domains.decisions.models import Decision, DecisionState
from gongzhi.domains.decisions.permissions import DRAFT_DECISION, READ_DECISION
from gongzhi.domains.decisions.queries import access_decision, drafts_of_office, list_decisions, waiting_for_review
from gongzhi.domains.decisions.views.page import LABELS, Answer, blueprint, show_page
from gongzhi.domains.places.queries import access_place
from gongzhi.kernel.db import session
from gongzhi.kernel.events import kept_name, stream_version
from gongzhi.kernel.guard import actor, guard, kept
from gongzhi.kernel.panels import Panel, offer
from gongzhi.kernel.policy import PUBLIC, Actor, allows


def to_review(current: Session, who: Actor, _subject: object) -> Panel | None:
    """The pile on the desk: decisions that wait for this official's review."""
    if not who.acts_for_government:
        return None
    review = waiting_for_review(current, who)
    return Panel("", {"url": url_for("decisions.index"), "count": review}, _("Decisions to review"))


def awaiting(current: Session, who: Actor, _subject: object) -> Panel | None:
    """What awaits one: decisions to review, where there are any."""
    pile = to_review(current, who, None)
    if pile is None or not pile.context["count"]:
        return None
    return Panel("", {**pile.context, "icon": "check2-square"}, pile.title)


offer("desk.queue", to_review)
offer("awaiting", awaiting)


@blueprint.get("")
@kept
@guard(PUBLIC)
def index() -> str:
    """Public decisions, newest first."""
    state = None
    with suppress(ValueError):
        state = DecisionState(request.args.get("state", ""))
    place = access_place(session(), actor(), request.args["place"]) if request.args.get("place") else None
    page = list_decisions(session(), actor(), state=state, place=place, after=request.args.get("cursor"))
    return render_template(
        "decisions/index.html",
        rows=page.items,
        state=state,
        place=place,
        tabs=[
            {
                "label": rules.STATE_LABELS[one] if one else _("All"),
                "url": url_for(".index", state=one, place=place.id if place else None),
                "current": one == state,
            }
            for one in (None, *rules.PUBLIC_STATES)
        ],
        next_url=url_for(".index", cursor=page.next_cursor, state=state, place=place.id if place else None)
        if page.next_cursor
        else None,
        drafts=drafts_of_office(session(), actor()),
        may_draft=allows(actor(), DRAFT_DECISION),
        version=stream_version(session(), kept_name("decisions", actor().district_id)),
        **LABELS,
    )


@blueprint.get("/<decision_id>")
@kept
@guard(READ_DECISION, decision=access_decision)
def show(decision: Decision) -> Answer:
    """One decision with all it rests on and all that became of it."""
    return show_page(decision)
