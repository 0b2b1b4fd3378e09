"""What all pages of ballots share: the blueprint, words and tones, and the page of a ballot itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gongzhi.domains.comments.views import offer_thread
from gongzhi.kernel import secrets
from gongzhi.kernel.db import moment, session
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.panels import panels
from gongzhi.kernel.policy import allows

from .. import permissions
from ..forms import ReasonForm
from ..models import Ballot, BallotState
from ..queries import (
    BallotPage,
    access_ballot_subject,
    ballot_page,
    rules_intact,
    rules_of,
    running_count,
    sees_count,
    subject_of,
)
from ..rules import course
from ..rules.choices import Method, keys_of
from ..rules.course import Phase
from ..rules.sentences import quorum_sentence, rule_sentences, spoken, threshold_sentence
from ..rules.templates import BY_CODE

blueprint = Blueprint("ballots", __name__, url_prefix="/ballots")
offer_thread("ballot")

Answer = Response | str | tuple[str, int]

TONES = {
    Phase.DRAFT: ("done", "pencil"),
    Phase.IN_REVIEW: ("wait", "clock"),
    Phase.ANNOUNCED: ("blue", "megaphone"),
    Phase.OPEN: ("brand", "card-checklist"),
    Phase.COUNTING: ("wait", "clock"),
    Phase.CLOSED: ("ok", "check-circle"),
    Phase.CANCELLED: ("done", "x-circle"),
    Phase.WITHDRAWN: ("done", "x-circle"),
}
STATUS_TONES = {
    "passed": "ok",
    "elected": "ok",
    "failed": "late",
    "tie": "wait",
    "no_quorum": "late",
    "no_votes": "done",
}
CHAMBER_ORDER = ("resident", "enterprise", "ngo")
LABELS: dict[str, Any] = {
    "phase_labels": course.PHASE_LABELS,
    "status_labels": course.STATUS_LABELS,
    "choice_labels": course.CHOICE_LABELS,
    "method_labels": course.METHOD_LABELS,
    "results_labels": course.RESULTS_LABELS,
    "reasons_labels": course.REASONS_LABELS,
    "how_labels": course.HOW_LABELS,
    "tones": TONES,
    "status_tones": STATUS_TONES,
    "templates": BY_CODE,
    "spoken": spoken,
    "quorum_sentence": quorum_sentence,
    "threshold_sentence": threshold_sentence,
    "rule_sentences": rule_sentences,
}


def square_metres(area: int) -> str:
    """An area kept in 0.01 m², as people read it."""
    return f"{area // 100:,}.{area % 100:02d} m²"


blueprint.add_app_template_filter(square_metres, "square_metres")


def language() -> str:
    """The reader's: `zh` or `en`."""
    return "en" if str(get_locale()) == "en" else "zh"


def show_page(ballot: Ballot, status: int = 200, **more: Any) -> tuple[str, int]:
    """The page of a ballot; a form that was refused takes the place of the empty one."""
    who = actor()
    page = ballot_page(session(), who, ballot, moment(session()))
    rules = rules_of(ballot) if ballot.frozen else None
    shown = sees_count(ballot, voted=page.mine.how is not None)
    outcome = None
    if shown and page.phase != Phase.ANNOUNCED:
        outcome = ballot.outcome or running_count(session(), ballot)
    certified = ballot.state == BallotState.CERTIFIED
    state = BallotState(ballot.state)
    may = {
        name: allows(who, getattr(permissions, f"{name.upper()}_BALLOT"), ballot)
        for name in ("edit", "approve", "cancel", "vote")
    }
    wrote = any(step.actor_id == who.account_id and step.action in course.WRITING for step in page.steps)
    may["approve"] = may["approve"] and not wrote
    may["papers"] = ballot.paper and allows(who, permissions.COUNT_PAPERS, ballot)
    context: dict[str, Any] = {"reason_form": ReasonForm(formdata=None), **more}
    return render_template(
        "ballots/show.html",
        page=page,
        ballot=ballot,
        mine=page.mine,
        rules=rules,
        intact=rules_intact(ballot),
        outcome=outcome,
        certified=certified,
        may=may,
        can=lambda action: course.MACHINE.allows(state, action),
        why_not=why_not(page),
        subject=about_of(ballot),
        steps=_course(page),
        voting=voting_context(ballot, page),
        small=_small(rules) if may["edit"] and ballot.secret else [],
        method=Method(ballot.method),
        paper_due=_papers_wait(page),
        threads=panels("ballot.thread", session(), who, ballot) if rules else [],
        language=language(),
        **LABELS,
        **context,
    ), status


def _papers_wait(page: BallotPage) -> bool:
    ballot = page.ballot
    return ballot.paper and ballot.paper_counts is None and page.phase in (Phase.OPEN, Phase.COUNTING)


def _small(rules: dict[str, Any] | None) -> list[str]:
    """The groups so small that the result by itself may show who voted how."""
    if rules is None:
        return []
    electorate = rules["electorate"]
    groups = list(electorate["chambers"].items()) if any("chamber" in one for one in rules["thresholds"]) else []
    groups.append(("all", electorate["number"]))
    return [name for name, number in groups if 0 < number < course.SMALL_GROUP]


def voting_context(ballot: Ballot, page: BallotPage) -> dict[str, Any]:
    """What the voting form needs: options, what was chosen before in an open ballot, and a fresh nonce."""
    return {
        "nonce": secrets.random_token(),
        "chosen": page.mine.choice,
        "places": range(1, len(ballot.options) + 1),
        "scores": range(ballot.score_max + 1),
        "ranks": ranks_of(page.mine.choice),
        "keys": keys_of(ballot.options),
    }


def ranks_of(choice: Any) -> dict[str, int]:
    """The place of each option in a ranking chosen before."""
    if not isinstance(choice, list):
        return {}
    return {key: place for place, group in enumerate(choice, start=1) if isinstance(group, list) for key in group}


def why_not(page: BallotPage) -> str | None:
    """Why this reader cannot vote now, in a sentence; None for whoever can, and for visitors."""
    who, mine = actor(), page.mine
    if not who.signed_in or page.phase not in (Phase.ANNOUNCED, Phase.OPEN):
        return None
    if who.acts_for_government:
        return str(_("Government offices do not vote. Switch to yourself to vote as a resident."))
    if not mine.on_roll:
        if who.organisation_id is None and who.level < page.ballot.level:
            return str(_("You were not verified when the roll was drawn up, so you cannot vote in this ballot."))
        return str(_("You are not on the roll of this ballot as it stood when it was opened."))
    if mine.how == "paper":
        return str(_("You were ticked off as having voted on paper."))
    return None


def about_of(ballot: Ballot) -> dict[str, Any]:
    """What it is held on: its kind, and a link where the reader may see it."""
    label = str(subject_of(ballot.subject_kind).label)
    try:
        subject, thing = access_ballot_subject(session(), actor(), ballot.subject_kind, ballot.subject_id)
    except NotFound:
        return {"label": label, "title": None, "url": None}
    values: dict[str, Any] = {f"{subject.kind}_id": thing.id}
    return {"label": label, "title": thing.title, "url": url_for(subject.endpoint, **values)}


def _course(page: BallotPage) -> list[dict[str, Any]]:
    """The course so far and what comes next, as the macro `trace` takes them."""
    steps: list[dict[str, Any]] = [
        {
            "at": step.at,
            "label": course.ACTION_LABELS[step.action],
            "who": step.office.name_for(language()) if step.office else step.name,
            "note": step.reason,
            "state": "done",
        }
        for step in page.steps
    ]
    ahead = {
        Phase.DRAFT: (Phase.IN_REVIEW, Phase.OPEN, Phase.CLOSED),
        Phase.IN_REVIEW: (Phase.OPEN, Phase.CLOSED),
        Phase.ANNOUNCED: (Phase.OPEN, Phase.CLOSED),
        Phase.OPEN: (Phase.CLOSED,),
        Phase.COUNTING: (Phase.CLOSED,),
    }.get(page.phase, ())
    if steps and ahead:
        steps[-1]["state"] = "now"
    return steps + [{"at": None, "label": course.PHASE_LABELS[phase], "state": "todo"} for phase in ahead]


def home(ballot: Ballot, message: str | None = None) -> Response:
    """Back to the page of the ballot."""
    if message:
        flash(message, "success")
    return redirect(url_for("ballots.show", ballot_id=ballot.id))
