"""The first page: what moves now, what awaits you, your community, the district's figures; and "Mine"."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gongzhi.domains.issues import queries
from gongzhi.domains.issues.permissions import READ_DESK
from gongzhi.domains.issues.queries import IssueFilters, Order
from gongzhi.domains.issues.queries.listing import IssueRow
from gongzhi.domains.issues.queries.mine import (
    Figures,
    figures,
    followed_by_me,
    move_label,
    newest_moves,
    to_rate,
    written_by_me,
)
from gongzhi.domains.issues.queries.piles import Pile, pile_counts
from gongzhi.domains.places.models import Place
from gongzhi.kernel.db import session
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.guard import actor, guard, kept
from gongzhi.kernel.panels import panels
from gongzhi.kernel.policy import PUBLIC, SIGNED_IN, Actor, allows

blueprint = Blueprint("home", __name__)

FIGURES_KEPT = 60.0
_figures: dict[str, tuple[float, Figures]] = {}


@blueprint.get("/")
@kept
@guard(PUBLIC)
def index() -> str:
    """Home."""
    who = actor()
    community = session().get(Place, who.place_id) if who.place_id else None
    return render_template(
        "home/index.html",
        moves=[(move, move_label(move.action)) for move in newest_moves(session(), who)],
        hot=queries.list_issues(session(), who, order=Order.HOT, limit=4).items,
        community=community,
        near=_near(session(), who, community),
        awaiting=awaiting(session(), who),
        figures=_kept_figures(session(), who),
        panels=panels("home", session(), who, None),
    )


@blueprint.get("/home/moves")
@kept
@guard(PUBLIC)
def moves() -> str:
    """What moves now, as a fragment: fetched again when something moved."""
    found = [(move, move_label(move.action)) for move in newest_moves(session(), actor())]
    return render_template("home/moves.html", moves=found)


@blueprint.get("/my")
@guard(SIGNED_IN)
def mine() -> Response | str:
    """What I wrote, follow and must do."""
    who = actor()
    after = request.args.get("cursor") or None
    try:
        written = written_by_me(session(), who, after=after)
    except Invalid:
        return redirect(url_for("home.mine"))
    return render_template(
        "home/mine.html",
        written=written.items,
        next_url=url_for("home.mine", cursor=written.next_cursor) if written.next_cursor else None,
        first_page=after is None,
        followed=followed_by_me(session(), who),
        rate=to_rate(session(), who),
        drafts=queries.drafts(session(), who, limit=20),
        awaiting=awaiting(session(), who),
        panels=panels("mine", session(), who, None),
    )


def awaiting(current: Session, who: Actor) -> list[dict[str, Any]]:
    """What this person must or can do now: label, url, count, icon; rooms above add theirs (`awaiting`)."""
    if not who.signed_in:
        return []
    found: list[dict[str, Any]] = []
    if who.level < 2 and who.organisation_id is None and "people.my_verification" in current_app.view_functions:
        found.append(
            {
                "label": _("Have your community verify you: then your voice counts fully."),
                "url": url_for("people.my_verification"),
                "icon": "person-check",
            }
        )
    if who.acts_for_government:
        counted = queries.desk_counts(current, who)
        piles = pile_counts(current, who)
        for queue, count, label, icon in (
            ("overdue", counted.overdue, _("issues are overdue"), "exclamation-triangle"),
            ("to_accept", counted.to_accept, _("issues to accept"), "clipboard-check"),
            ("to_answer", counted.to_answer, _("issues to answer"), "megaphone"),
            ("promised", piles[Pile.PROMISED], _("promises with a date"), "calendar-event"),
        ):
            if count:
                found.append({"label": label, "url": url_for("desk.index", queue=queue), "count": count, "icon": icon})
    elif allows(who, READ_DESK):
        count = pile_counts(current, who)[Pile.AREA]
        if count:
            found.append(
                {
                    "label": _("issues open in your grids"),
                    "url": url_for("desk.index"),
                    "count": count,
                    "icon": "inboxes",
                }
            )
    if not who.acts_for_government:
        ratings = to_rate(current, who)
        found += [
            {
                "label": _("Rate the result: %(title)s", title=row.title),
                "url": url_for("issues.show", issue_id=row.id) + "#rate",
                "icon": "star",
            }
            for row in ratings[:3]
        ]
    for panel in panels("awaiting", current, who, None):
        found.append({"label": panel.title, **panel.context})
    return found


def _near(current: Session, who: Actor, community: Place | None) -> list[IssueRow]:
    if community is None:
        return []
    return list(queries.list_issues(current, who, IssueFilters(place=community), order=Order.NEW, limit=4).items)


def _kept_figures(current: Session, who: Actor) -> Figures:
    """At most a minute old: they are sums over all issues."""
    kept = _figures.get(who.district_id)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    made = figures(current, who)
    _figures[who.district_id] = (time.monotonic() + FIGURES_KEPT, made)
    return made
