"""Voting from a form, with or without script; the answer is the receipt, shown once and kept nowhere."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _

from gongzhi.kernel.errors import Conflict, Invalid, NotPermitted
from gongzhi.kernel.guard import actor, guard

from .. import actions
from ..models import Ballot
from ..permissions import VOTE_BALLOT
from ..queries import access_ballot
from ..rules.choices import ABSTAIN, RANKED, Method, keys_of
from .page import LABELS, Answer, blueprint, show_page


@blueprint.post("/<ballot_id>/vote")
@guard(VOTE_BALLOT, ballot=access_ballot)
def vote(ballot: Ballot) -> Answer:
    """Vote or change one's vote. Answered directly, not by a redirect: nothing may keep the receipt for a next page."""
    try:
        receipt = actions.vote_now(
            actor(),
            ballot,
            choice=_chosen(ballot),
            reason=request.form.get("reason", "")[:2000],
            nonce=request.form.get("nonce", "")[:200],
        )
    except (Invalid, Conflict, NotPermitted) as wrong:
        problems = [str(text) for texts in wrong.errors.values() for text in texts] or [str(wrong)]
        return show_page(ballot, wrong.status, problems=problems, typed=request.form)
    answer = make_response(
        render_template("ballots/receipt.html", ballot=ballot, receipt=receipt, method=Method(ballot.method), **LABELS)
    )
    return _private(answer)


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _chosen(ballot: Ballot) -> Any:
    """The choice as the form of this method sends it."""
    form = request.form
    if form.get("choice") == ABSTAIN or form.get("abstain"):
        return ABSTAIN
    keys = keys_of(ballot.options)
    method = Method(ballot.method)
    if method == Method.MOTION:
        return form.get("choice", "")
    if method == Method.APPROVAL:
        return form.getlist("approve")
    if method in RANKED:
        return _ranking({key: form.get(f"rank-{key}", "") for key in keys}, len(keys))
    return {key: _number(form.get(f"score-{key}", "0")) for key in keys}


def _ranking(typed: dict[str, str], most: int) -> list[list[str]]:
    places: dict[int, list[str]] = {}
    for key, text in typed.items():
        if text.strip():
            place = _number(text)
            if not 1 <= place <= most:
                raise Invalid.of("choice", _("Give places from 1 to %(most)s.", most=most))
            places.setdefault(place, []).append(key)
    return [places[place] for place in sorted(places)]


def _number(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit()) or len(text.strip()) > 3:
        raise Invalid.of("choice", _("Enter whole numbers."))
    return int(text)
