"""The issue page, the heart of the site; voting, following, versions, the poster for the community's board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import segno
from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from gongzhi.kernel import storage
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError, NotFound
from gongzhi.kernel.guard import actor, guard, kept
from gongzhi.kernel.panels import Panel, offer, panels
from gongzhi.kernel.policy import PUBLIC, Actor, allows

from .. import actions, queries
from ..forms import NoteForm, RateForm, ReasonForm, StepForm
from ..models import Choice, Issue
from ..permissions import (
    ANSWER_ISSUE,
    CAST_VOTE,
    EDIT_ISSUE,
    FOLLOW_ISSUE,
    HANDLE_ISSUE,
    MERGE_ISSUES,
    RATE_ISSUE,
    READ_HIDDEN,
    REOPEN_ISSUE,
    TRIAGE_ISSUE,
    WITHDRAW_ISSUE,
)
from ..queries import IssuePage
from ..rules.lifecycle import Act
from .handling import offered_steps
from .shown import clock_of, steps_of
from .uploads import is_picture

SLOTS = ("thread", "chain", "aside")
RETRACT = "retract"


def install(blueprint: Blueprint) -> None:
    """The routes of this part."""
    blueprint.add_url_rule("/issues/<issue_id>", "show", show)
    blueprint.add_url_rule("/issues/<issue_id>/vote", "vote", vote, methods=["POST"])
    blueprint.add_url_rule("/issues/<issue_id>/follow", "follow", follow, methods=["POST"])
    blueprint.add_url_rule("/issues/<issue_id>/versions", "versions", versions)
    blueprint.add_url_rule("/issues/<issue_id>/poster", "poster", poster)
    blueprint.add_url_rule("/issues/<issue_id>/documents/<key>", "document", document)


def register_panel(slot: str, make: Callable[[Session, Actor, Any], Panel | None], *, order: int = 50) -> None:
    """Let a room above fill `thread`, `chain` (below the answers) or `aside` of the issue page.

    `make(session, actor, issue)` may cost one statement. Rooms that may not import this one use
    `kernel.panels.offer("issue.<slot>", make)`, which is the same.
    """
    if slot not in SLOTS:
        raise ValueError(f"the issue page has no slot {slot!r}")
    offer(f"issue.{slot}", make, order=order)


@kept
@guard(PUBLIC, issue=queries.access_shown_issue)
def show(issue: IssuePage) -> str:
    """The issue with everything that happened to it; of a hidden one, only why."""
    if issue.issue.is_hidden and not allows(actor(), READ_HIDDEN, issue.issue):
        return render_template("issues/hidden.html", page=issue, topic=f"issue:{issue.id}")
    return render_issue(issue)


def render_issue(page: IssuePage, forms: dict[str, StepForm] | None = None) -> str:
    """The page; `forms` are those that were refused, with their errors."""
    who = actor()
    rights = _rights(page)
    filled = {
        slot: [
            Markup(render_template(panel.template, **panel.context))  # noqa: S704 - our own template
            for panel in panels(f"issue.{slot}", session(), who, page.issue)
        ]
        for slot in SLOTS
    }
    return render_template(
        "issues/show.html",
        page=page,
        issue=page.issue,
        clock=clock_of(page),
        steps=steps_of(page),
        panels=filled,
        vote=_vote_box(page),
        can=rights,
        topic=f"issue:{page.id}",
        is_picture=is_picture,
        photos=[
            {
                "url": url_for("files.show", key=photo.key),
                "thumb": url_for("files.show", key=photo.thumb_key),
                "alt": photo.alt,
            }
            for photo in page.photos
        ],
        forms=forms or {},
        blank=_blank_forms(page),
        office_steps=offered_steps(page, "", forms) if rights["handle"] else [],
    )


def _blank_forms(page: IssuePage) -> dict[str, StepForm]:
    """The forms of authors and supporters, not yet filled in."""
    seen = str(page.issue.version)
    kinds: dict[str, type[StepForm]] = {
        "note": NoteForm,
        "withdraw": ReasonForm,
        "rate": RateForm,
        "reopen": ReasonForm,
    }
    return {name: kind(formdata=None, prefix=name, version=seen) for name, kind in kinds.items()}


def _rights(page: IssuePage) -> dict[str, bool]:
    """What this reader may do now: permission and state together."""
    who, issue = actor(), page.issue
    edits = allows(who, EDIT_ISSUE, issue)
    supports = issue.author_key == who.voter_key or page.my_vote == Choice.SUPPORT
    handles = allows(who, HANDLE_ISSUE, issue) or allows(who, TRIAGE_ISSUE, issue)
    return {
        "edit": edits and page.allows(Act.EDIT) and page.issue.mark is None,
        "note": edits and page.allows(Act.NOTE) and not page.allows(Act.EDIT),
        "withdraw": allows(who, WITHDRAW_ISSUE, issue) and page.allows(Act.WITHDRAW),
        "follow": allows(who, FOLLOW_ISSUE, issue),
        "rate": supports and allows(who, RATE_ISSUE, issue) and page.allows(Act.RATE),
        "reopen": supports and allows(who, REOPEN_ISSUE, issue) and page.allows(Act.REOPEN),
        "answer": allows(who, ANSWER_ISSUE, issue),
        "handle": handles or allows(who, MERGE_ISSUES, issue),
    }


def _vote_box(page: IssuePage) -> dict[str, Any]:
    """The voting box: the buttons, or the sentence that says why there are none."""
    who = actor()
    why_not = None
    if not page.takes_votes:
        why_not = _("Voting has ended. The numbers stay.")
    elif who.acts_for_government:
        why_not = _("Government offices do not vote. They answer and decide.")
    elif who.signed_in and not allows(who, CAST_VOTE, page.issue):
        why_not = _("Confirm your e-mail address or mobile number to vote.")
    return {
        "action": url_for("issues.vote", issue_id=page.id),
        "chamber": who.chamber,
        "mine": page.my_vote,
        "why_not": why_not,
        "sign_in": None if who.signed_in else url_for("people.sign_in", next=url_for("issues.show", issue_id=page.id)),
    }


@guard(CAST_VOTE)
def vote(issue_id: str) -> AnyResponse:
    """Support, oppose, be neutral, or take it back; the tally with this vote in it, for the page's script."""
    choice = request.form.get("choice", "")
    try:
        tally = actions.vote_now(actor(), issue_id, choice=Choice.NONE if choice == RETRACT else choice)
    except NotFound:
        raise
    except DomainError as refused:
        if _wants_json():
            raise
        flash(str(refused), "warning")
        return redirect(_back_to(issue_id))
    if _wants_json():
        return jsonify(**tally, mine=None if choice in (RETRACT, Choice.NONE) else choice)
    flash(_("Your vote is taken back.") if choice == RETRACT else _("Your vote is counted."), "success")
    return redirect(_back_to(issue_id))


def _back_to(issue_id: str) -> str:
    """The issue; or the page that asked to be led back to, when it is one of ours."""
    target = request.form.get("next", "")
    inside = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if inside else url_for("issues.show", issue_id=issue_id) + "#tally"


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


@guard(FOLLOW_ISSUE, issue=queries.access_issue)
def follow(issue: Issue) -> AnyResponse:
    """Follow the issue, or no longer."""
    issue_id = issue.id
    stop = request.form.get("stop") == "1"
    with write() as current:
        (actions.unfollow_issue if stop else actions.follow_issue)(current, actor(), issue)
    flash(_("You no longer follow this issue.") if stop else _("You will be told of every step."), "success")
    return redirect(url_for("issues.show", issue_id=issue_id))


@guard(PUBLIC, issue=queries.access_issue)
def versions(issue: Issue) -> str:
    """What the issue said before it was edited."""
    found = queries.versions(session(), issue)
    return render_template("issues/versions.html", issue=issue, versions=found)


@guard(PUBLIC, issue=queries.access_issue_page)
def poster(issue: IssuePage) -> str:
    """One A4 page for the community's board, with a QR code that leads to the issue."""
    address = current_app.config["SETTINGS"].public_url + url_for("issues.show", issue_id=issue.id)
    code = segno.make(address, error="m").svg_inline(scale=4, border=2, omitsize=True, svgclass="qr", lineclass=None)
    return render_template(
        "issues/poster.html",
        page=issue,
        issue=issue.issue,
        clock=clock_of(issue),
        address=address,
        code=Markup(code),  # noqa: S704 - made here, from our own address
    )


@guard(PUBLIC, issue=queries.access_issue_page)
def document(issue: IssuePage, key: str) -> Response:
    """A document of an answer or of a step, under its own name, to be kept rather than run."""
    names = {each["key"]: each["name"] for answer in issue.answers for each in answer.attachments}
    names |= {step.document_key: "" for step in issue.trace if step.document_key}
    if key not in names:
        raise NotFound
    response = send_file(
        storage.open_file(key),
        mimetype=storage.media_type(key),
        as_attachment=not is_picture(key),
        download_name=names[key] or key,
        etag=False,
    )
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
