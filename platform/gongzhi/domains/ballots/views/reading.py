"""Reading: the list, a ballot, its urn and certificate; and what other pages show of ballots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gongzhi.domains.places.queries import access_place
from gongzhi.kernel import clock
from gongzhi.kernel.db import moment, session
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.events import stream_version
from gongzhi.kernel.guard import actor, guard, kept
from gongzhi.kernel.panels import Panel, offer
from gongzhi.kernel.policy import PUBLIC, Actor, allows

from ..models import Ballot, BallotState
from ..permissions import DRAFT_BALLOT, READ_BALLOT
from ..queries import (
    LISTED,
    access_ballot,
    awaiting_my_vote,
    ballots_on,
    certificate,
    drafts_of_office,
    entries,
    find_entry,
    list_ballots,
    reasons_of,
    waiting_for_office,
)
from ..rules.choices import Method
from ..rules.course import PHASE_LABELS, Phase
from .page import LABELS, Answer, blueprint, show_page


@blueprint.get("")
@kept
@guard(PUBLIC)
def index() -> str:
    """Public ballots in one phase, those open now first."""
    phase = Phase.OPEN
    with suppress(ValueError):
        phase = Phase(request.args.get("status", Phase.OPEN))
    place = access_place(session(), actor(), request.args["place"]) if request.args.get("place") else None
    now = moment(session())
    page = list_ballots(session(), actor(), now, phase=phase, place=place, after=request.args.get("cursor"))
    return render_template(
        "ballots/index.html",
        rows=page.items,
        phase=phase,
        place=place,
        tabs=[
            {
                "label": PHASE_LABELS[one],
                "url": url_for(".index", status=one, place=place.id if place else None),
                "current": one == phase,
            }
            for one in LISTED
        ],
        next_url=url_for(".index", cursor=page.next_cursor, status=phase, place=place.id if place else None)
        if page.next_cursor
        else None,
        drafts=drafts_of_office(session(), actor()),
        may_draft=allows(actor(), DRAFT_BALLOT),
        version=stream_version(session(), "ballots"),
        **LABELS,
    )


@blueprint.get("/<ballot_id>")
@guard(READ_BALLOT, ballot=access_ballot)
def show(ballot: Ballot) -> Answer:
    """One ballot. Never kept: each form has a nonce of its own."""
    return show_page(ballot)


def _certified(ballot: Ballot) -> Ballot:
    if ballot.state != BallotState.CERTIFIED:
        raise NotFound
    return ballot


@blueprint.get("/<ballot_id>/votes")
@kept
@guard(READ_BALLOT, ballot=access_ballot)
def votes(ballot: Ballot) -> str:
    """The urn after the close, page by page."""
    return _votes(_certified(ballot))


@blueprint.post("/<ballot_id>/votes")
@guard(READ_BALLOT, ballot=access_ballot)
def find(ballot: Ballot) -> str:
    """Find the vote of a receipt. By POST, so that no address and no log holds the receipt."""
    typed = request.form.get("receipt", "")[:100]
    return _votes(_certified(ballot), typed=typed, found=find_entry(session(), ballot, typed))


def _votes(ballot: Ballot, typed: str | None = None, found: Any = None) -> str:
    page = entries(session(), ballot, after=request.args.get("cursor"))
    return render_template(
        "ballots/votes.html",
        ballot=ballot,
        rows=[(entry, json.loads(entry.choice)) for entry in page.items],
        typed=typed,
        found=found,
        found_choice=json.loads(found.choice) if found else None,
        next_url=url_for(".votes", ballot_id=ballot.id, cursor=page.next_cursor) if page.next_cursor else None,
        method=Method(ballot.method),
        reasons=reasons_of(session(), ballot),
        **LABELS,
    )


@blueprint.get("/<ballot_id>/certificate")
@guard(READ_BALLOT, ballot=access_ballot)
def document(ballot: Ballot) -> Response:
    """The certificate as a file: everything to recount it, for `gongzhi verify` or any other program."""
    text = json.dumps(certificate(session(), _certified(ballot)), ensure_ascii=False, indent=1, sort_keys=True)
    response = Response(text, mimetype="application/json")
    response.headers["Content-Disposition"] = f"attachment; filename=gongzhi-ballot-{ballot.id}.json"
    return response


@blueprint.get("/<ballot_id>/paper")
@guard(READ_BALLOT, ballot=access_ballot)
def paper(ballot: Ballot) -> str:
    """A paper to print and fill in at a meeting."""
    if not ballot.paper:
        raise NotFound
    return render_template("ballots/paper.html", ballot=ballot, method=Method(ballot.method), **LABELS)


def panel_on(current: Session, who: Actor, kind: str, subject: Any, issues: Sequence[str] = ()) -> Panel | None:
    """The ballots held on an issue or a decision, with the decision's issues; and the way to a new one."""
    subjects = [(kind, subject.id), *(("issue", key) for key in issues)]
    rows = ballots_on(current, who, clock.now(), subjects, drafts=True)
    may_draft = allows(who, DRAFT_BALLOT, subject)
    if not rows and not may_draft:
        return None
    start = url_for("ballots.new", subject=f"{kind}:{subject.id}") if may_draft else None
    return Panel("ballots/panel.html", {"ballots": rows, "start_url": start, **LABELS})


def on_issue(current: Session, who: Actor, issue: Any) -> Panel | None:
    """At the side of an issue."""
    return panel_on(current, who, "issue", issue)


def at_home(current: Session, who: Actor, _subject: object) -> Panel | None:
    """The next ballots to close, on the first page."""
    rows = list_ballots(current, who, clock.now(), limit=3).items
    return Panel("ballots/home.html", {"ballots": rows, **LABELS}) if rows else None


def awaiting_vote(current: Session, who: Actor, _subject: object) -> Panel | None:
    """What awaits one: a ballot one may vote in, the next to close."""
    if not who.signed_in or who.acts_for_government:
        return None
    mine = awaiting_my_vote(current, who, clock.now())
    if not mine:
        return None
    first = mine[0]
    more = {"count": len(mine)} if len(mine) > 1 else {}
    return Panel(
        "",
        {"url": url_for("ballots.show", ballot_id=first.id), "icon": "card-checklist", **more},
        _("Vote: %(title)s", title=first.title),
    )


def to_approve(current: Session, who: Actor, _subject: object) -> Panel | None:
    """The pile on the desk: ballots that wait for this official's approval, or whose papers are to be counted."""
    if not who.acts_for_government:
        return None
    approve, papers = waiting_for_office(current, who, clock.now())
    return Panel("", {"url": url_for("ballots.index"), "count": approve + papers}, _("Ballots to approve or count"))


offer("issue.aside", on_issue, order=40)
offer("home", at_home)
offer("awaiting", awaiting_vote)
offer("desk.queue", to_approve)
