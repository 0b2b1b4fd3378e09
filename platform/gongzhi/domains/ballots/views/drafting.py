"""Drafting in steps: the template, the question, who votes when and how, the roll, and the check."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gongzhi.domains.places.models import Place
from gongzhi.domains.places.queries import access_place, picked, picker
from gongzhi.kernel import clock
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, NotFound
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.tables import rows_of
from gongzhi.kernel.text import lazy as _l

from .. import actions
from ..actions import Fault, RollLine
from ..forms import RollForm, TermsForm, WordsForm
from ..models import Ballot
from ..permissions import DRAFT_BALLOT, EDIT_BALLOT
from ..queries import access_ballot, access_ballot_subject, template_of, templates
from ..rules.choices import Method
from ..rules.course import has_imported_roll
from .page import LABELS, Answer, blueprint

HEADINGS = {
    "contact": ("账号", "手机号", "手机", "邮箱", "account", "contact"),
    "name": ("姓名", "业主", "name"),
    "unit": ("房号", "房屋", "单元", "unit"),
    "area": ("面积", "建筑面积", "专有面积", "area"),
}
LARGEST_FILE = 5 * 1024 * 1024
MOST_ROWS = 100_000
"""More than the adults of any sub-district: a small file may unpack to millions."""


def _steps(now: str, ballot: Ballot | None, *, imported: bool) -> list[dict[str, Any]]:
    names = [("template", _("Template")), ("words", _("Question")), ("terms", _("Voters and times"))]
    names += [("roll", _("Roll"))] if imported else []
    names += [("check", _("Check and submit"))]
    keys = [key for key, _label in names]
    at = keys.index(now)
    urls = {}
    if ballot is not None:
        for key, endpoint in (("words", ".edit"), ("terms", ".edit_terms"), ("roll", ".roll")):
            urls[key] = url_for(endpoint, ballot_id=ballot.id)
    return [
        {"label": label, "state": "done" if place < at else "now" if place == at else "todo", "url": urls.get(key)}
        for place, (key, label) in enumerate(names)
    ]


def _subject(name: str) -> tuple[Any, Any]:
    kind, _colon, key = name.partition(":")
    return access_ballot_subject(session(), actor(), kind, key)


@blueprint.route("/new", methods=["GET", "POST"])
@guard(DRAFT_BALLOT)
def new() -> Answer:
    """Choose a template, then write the question: `?subject=issue:<id>&template=<code>`."""
    name = request.args.get("subject", "")
    subject, thing = _subject(name)
    code = request.args.get("template", "")
    if not code:
        offered = [one for one in templates(session(), actor().district_id) if one.in_use]
        return render_template(
            "ballots/choose.html",
            offered=offered,
            thing=thing,
            name=name,
            steps=_steps("template", None, imported=False),
            **LABELS,
        )
    template = template_of(session(), actor().district_id, code)
    form = WordsForm()
    if request.method == "POST":
        made: list[Ballot] = []

        def draft(current: Any) -> None:
            place = access_place(current, actor(), thing.place_id)
            made.append(actions.draft_ballot(current, actor(), subject, thing, place, template, form.words()))

        status = form.attempt(draft)
        if status == 302:
            return redirect(url_for(".edit_terms", ballot_id=made[0].id))
    else:
        status, form.title.data = 200, ""
    return render_template(
        "ballots/words.html",
        form=form,
        ballot=None,
        thing=thing,
        template=template,
        is_motion=template.method == Method.MOTION,
        steps=_steps("words", None, imported=template.imported),
        **LABELS,
    ), status


@blueprint.route("/<ballot_id>/edit", methods=["GET", "POST"])
@guard(EDIT_BALLOT, ballot=access_ballot)
def edit(ballot: Ballot) -> Answer:
    """Change the question and its options."""
    form = WordsForm(data=None if request.method == "POST" else _typed_words(ballot))
    status = 200
    if request.method == "POST":
        status = form.attempt(
            lambda current: actions.edit_words(current, actor(), ballot, form.words(), version=form.version.data or 0),
        )
        if status == 302:
            return redirect(url_for(".edit_terms", ballot_id=ballot.id))
        if status == 409:
            form.version.raw_data, form.version.data = None, ballot.version
    return render_template(
        "ballots/words.html",
        form=form,
        ballot=ballot,
        thing=None,
        template=template_of(session(), ballot.district_id, ballot.template),
        is_motion=ballot.method == Method.MOTION,
        steps=_steps("words", ballot, imported=has_imported_roll(ballot)),
        **LABELS,
    ), status


def _typed_words(ballot: Ballot) -> dict[str, Any]:
    options = [{"label": option["label"], "about": option["about"]} for option in ballot.options]
    return {"title": ballot.title, "body": ballot.body, "options": [*options, {}], "version": ballot.version}


@blueprint.route("/<ballot_id>/terms", methods=["GET", "POST"])
@guard(EDIT_BALLOT, ballot=access_ballot)
def edit_terms(ballot: Ballot) -> Answer:
    """Who may vote, when and how."""
    template = template_of(session(), ballot.district_id, ballot.template)
    form = TermsForm(data=None if request.method == "POST" else TermsForm.typed(ballot))
    chosen = _places(ballot)
    status = 200
    if request.method == "POST":
        typed = picked(session(), actor(), request.form.getlist("place_id"))
        chosen = [typed] if typed is not None else chosen
        ids = [place.id for place in chosen]
        status = form.attempt(
            lambda current: actions.edit_terms(
                current,
                actor(),
                ballot,
                form.terms(),
                template,
                places=[access_place(current, actor(), key) for key in ids],
                version=form.version.data or 0,
            ),
        )
        if status == 302:
            return redirect(url_for(".roll" if template.imported else ".show", ballot_id=ballot.id))
        if status == 409:
            form.version.raw_data, form.version.data = None, ballot.version
    return render_template(
        "ballots/terms.html",
        form=form,
        ballot=ballot,
        template=template,
        picker=picker(session(), actor(), chosen[0] if chosen else None),
        chosen=chosen,
        steps=_steps("terms", ballot, imported=template.imported),
        **LABELS,
    ), status


def _places(ballot: Ballot) -> list[Place]:
    return [access_place(session(), actor(), key) for key in ballot.places]


@blueprint.route("/<ballot_id>/roll", methods=["GET", "POST"])
@guard(EDIT_BALLOT, ballot=access_ballot)
def roll(ballot: Ballot) -> Answer:
    """Import the electoral roll of a draft; what is wrong is told line by line, and then nothing changes."""
    if not has_imported_roll(ballot):
        raise NotFound
    form, status = RollForm(), 200
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            lines = _lines(request.files.get("file"))
            with write() as current:
                number, faults = actions.import_roll(current, actor(), ballot, lines)
            if not faults:
                flash(_("%(num)s voices are on the roll.", num=number), "success")
                return redirect(url_for(".show", ballot_id=ballot.id))
            status = 422
        except (Invalid, Conflict) as wrong:
            form.validate()
            form.take(wrong)
            status = wrong.status
    return _roll_page(ballot, form, faults, status)


def _roll_page(ballot: Ballot, form: RollForm, faults: Sequence[Fault], status: int) -> tuple[str, int]:
    return render_template(
        "ballots/roll.html",
        ballot=ballot,
        form=form,
        faults=faults,
        steps=_steps("roll", ballot, imported=True),
        **LABELS,
    ), status


def _lines(upload: Any) -> list[RollLine]:
    """The rows of an uploaded table, by its headings. Raises `Invalid` on `file`."""
    if upload is None or not upload.filename:
        raise Invalid.of("file", _l("Choose a table."))
    suffix = Path(upload.filename).suffix.lower()
    data = upload.stream.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise Invalid.of("file", _l("This file is too large. The limit is %(megabytes)s MB.", megabytes=5))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"roll{suffix}"
        path.write_bytes(data)
        return _read(path)


def _read(path: Path) -> list[RollLine]:
    columns: dict[str, int] = {}
    lines: list[RollLine] = []
    for number, row in rows_of(path):
        cells = ["" if cell is None else str(cell).strip() for cell in row]
        if not columns:
            columns = _columns(cells)
            continue
        found = {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}
        if len(lines) == MOST_ROWS:
            raise Invalid.of("file", _l("This table is too large. Please divide it, or send it as CSV."))
        lines.append(RollLine(number, **found))
    return lines


def _columns(cells: Sequence[str]) -> dict[str, int]:
    found = {
        name: place
        for name, words in HEADINGS.items()
        for place, cell in enumerate(cells)
        if any(cell.casefold().startswith(word) for word in words)
    }
    if not {"contact", "name"} & set(found):
        raise Invalid.of("file", _l("The first line must name the columns: account or name, and unit, area."))
    return found


@blueprint.get("/roll-template.csv")
@guard(DRAFT_BALLOT)
def roll_template() -> Response:
    """An empty table to fill in."""
    text = "\ufeff账号,姓名,房号,面积\r\n"
    name = f"roll-{clock.today().isoformat()}.csv"
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f"attachment; filename={name}"})
