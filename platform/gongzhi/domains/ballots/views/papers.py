"""The papers of a meeting: tick off who voted on paper, enter what was counted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gongzhi.kernel import storage
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, NotFound, NotPermitted
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.masks import mask_name
from gongzhi.kernel.secrets import decrypt
from gongzhi.kernel.text import lazy as _l

from .. import actions
from ..actions.roll import NAME_PURPOSE, area_of
from ..forms import PapersForm
from ..models import Ballot
from ..permissions import COUNT_PAPERS
from ..queries import RollLineView, access_ballot, paper_entries, paper_voters, roll_lines, rules_of
from ..rules.choices import ABSTAIN, AGAINST, FOR, INVALID, Method, paper_lines
from ..rules.counting import counts_area
from ..rules.sentences import spoken
from .page import LABELS, Answer, blueprint

MOTION_LINES = (FOR, AGAINST, ABSTAIN, INVALID)


@blueprint.get("/<ballot_id>/papers")
@guard(COUNT_PAPERS, ballot=access_ballot)
def papers(ballot: Ballot) -> Answer:
    """The desk of a meeting's papers."""
    return _page(ballot, PapersForm(formdata=None), 200)


def _page(ballot: Ballot, form: PapersForm, status: int) -> tuple[str, int]:
    if not ballot.paper or ballot.frozen is None:
        raise NotFound
    rules = rules_of(ballot)
    page = roll_lines(
        session(), ballot, search=request.args.get("q", "").strip()[:60], after=request.args.get("cursor")
    )
    entered = paper_entries(session(), ballot)
    ticked, area = paper_voters(session(), ballot)
    return render_template(
        "ballots/papers.html",
        ballot=ballot,
        form=form,
        by_area=counts_area(rules),
        is_motion=ballot.method == Method.MOTION,
        motion_lines=MOTION_LINES,
        typed=request.form,
        lines=[_named(line) for line in page.items],
        q=request.args.get("q", ""),
        next_url=url_for(".papers", ballot_id=ballot.id, cursor=page.next_cursor, q=request.args.get("q"))
        if page.next_cursor
        else None,
        ticked=ticked,
        area=area,
        entered=entered,
        by_me=any(one.account_id == actor().account_id for one in entered),
        differing=[_spoken(ballot, key) for key in ballot.paper_difference or ()],
        **LABELS,
    ), status


def _spoken(ballot: Ballot, key: str) -> str:
    return spoken(ballot.options, json.loads(key), ballot.method)


def _named(line: RollLineView) -> RollLineView:
    """Masked, as an official needs no more than to recognise a name somebody gives."""
    name = decrypt(line.sealed_name, NAME_PURPOSE) if line.sealed_name else line.name or ""
    return replace(line, name=name if line.voter_key.startswith("o:") else mask_name(name))


@blueprint.post("/<ballot_id>/papers/roll")
@guard(COUNT_PAPERS, ballot=access_ballot)
def tick(ballot: Ballot) -> Answer:
    """Tick a voter off, or take that back."""
    key, on = request.form.get("voter", "")[:20], request.form.get("on", "1") == "1"
    try:
        with write() as current:
            actions.tick_off(current, actor(), ballot, key, on=on)
    except Conflict as wrong:
        flash(str(wrong), "danger")
    return redirect(url_for(".papers", ballot_id=ballot.id, q=request.form.get("q") or None) + "#roll")


@blueprint.post("/<ballot_id>/papers")
@guard(COUNT_PAPERS, ballot=access_ballot)
def enter(ballot: Ballot) -> Answer:
    """Enter the papers as this official counted them."""
    form = PapersForm()
    form.validate()
    if not ballot.paper or ballot.frozen is None:
        raise NotFound
    try:
        counts = _counts(ballot, form)
        upload = request.files.get("sheet")
        sheet = None
        if upload is not None and upload.filename:
            sheet = storage.store_image(upload.stream, upload.filename).key
        result = _enter(ballot, counts, sheet)
    except (Invalid, Conflict, NotPermitted) as wrong:
        form.take(wrong, {"counts": "lines", "file": "sheet", "area": "lines"})
        return _page(ballot, form, wrong.status)
    said = {
        "first": _("Entered. A second official must count the papers without seeing your figures."),
        "confirmed": _("Both counts are equal. The papers are part of the result."),
        "differs": _("The two counts differ. Both of you count again."),
    }[result]
    flash(said, "danger" if result == "differs" else "success")
    return redirect(url_for(".papers", ballot_id=ballot.id))


def _enter(ballot: Ballot, counts: list[dict[str, Any]], sheet: str | None) -> str:
    def act(current: Session) -> str:
        return actions.enter_papers(current, actor(), ballot, counts, sheet=sheet)

    with write() as current:
        return act(current)


def _counts(ballot: Ballot, form: PapersForm) -> list[dict[str, Any]]:
    """What was typed, in the lines the action takes. Raises `Invalid` on `counts`."""
    if ballot.method != Method.MOTION:
        lines, wrong = paper_lines(rules_of(ballot), form.lines.data or "")
        if wrong:
            place, text = wrong[0]
            raise Invalid.of("counts", _l("Line %(line)s cannot be read: %(text)s", line=place, text=text))
        return [{"choice": choice, "number": number} for choice, number in lines]
    return [
        {
            "choice": name,
            "number": _whole(request.form.get(f"number-{name}", "")),
            "area": area_of(request.form.get(f"area-{name}", "")[:20]),
        }
        for name in MOTION_LINES
    ]


def _whole(text: str) -> int:
    plain = text.strip()
    if not plain:
        return 0
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 7:
        raise Invalid.of("counts", _l("Enter numbers of zero or more."))
    return int(plain)
