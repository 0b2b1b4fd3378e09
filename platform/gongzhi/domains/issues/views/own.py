"""What authors and supporters do with an issue: edit, add a note, withdraw, rate, reopen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from gongzhi.domains.places import queries as places
from gongzhi.domains.places.models import Place
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, NotPermitted
from gongzhi.kernel.guard import actor, guard

from .. import actions, queries
from ..actions import PhotoIn
from ..forms import ComposeForm, NoteForm, RateForm, ReasonForm, StepForm, chosen, solved_of
from ..models import Issue
from ..permissions import EDIT_ISSUE, RATE_ISSUE, REOPEN_ISSUE, WITHDRAW_ISSUE
from ..queries import IssuePage, access_issue, access_issue_page
from ..rules.lifecycle import Act
from ..rules.words import MOST_PHOTOS
from .compose import category_choices
from .options import options
from .page import render_issue
from .uploads import photos_of


def install(blueprint: Blueprint) -> None:
    """The routes of this part."""
    blueprint.add_url_rule("/issues/<issue_id>/edit", "edit", edit, methods=["GET", "POST"])
    for name, view in (("note", note), ("withdraw", withdraw), ("rate", rate), ("reopen", reopen)):
        blueprint.add_url_rule(f"/issues/<issue_id>/{name}", name, view, methods=["POST"])


@guard(EDIT_ISSUE, issue=access_issue_page)
def edit(issue: IssuePage) -> AnyResponse | str | tuple[str, int]:
    """Change one's words until an office has accepted them; every edit is a public version."""
    if not issue.allows(Act.EDIT):
        flash(_("An office has accepted this issue, so its words stay. You can add a note."), "warning")
        return redirect(url_for("issues.show", issue_id=issue.id))
    form = ComposeForm(data=_words_of(issue))
    form.category.choices = category_choices(options(session(), actor()), blank=_("Choose…"))
    if request.method == "GET":
        return _edit_page(form, issue, issue.places[-1], [PhotoIn(photo.key, photo.alt) for photo in issue.photos])
    valid = form.validate()
    place = places.picked(session(), actor(), request.form.getlist("place_id"))
    photos = photos_of(form.photos, form.photo_texts)
    place_errors: list[str] = [] if place else [_("Please choose one of the places.")]
    status = 422
    if valid and place is not None and not form.photos.errors:
        try:
            with write() as current:
                actions.edit_issue(
                    current,
                    actor(),
                    issue.issue,
                    version=form.version.data,
                    title=form.title.data or "",
                    body=form.body.data or "",
                    category_id=chosen(form.category),
                    place_id=place.id,
                    latitude=form.latitude.data,
                    longitude=form.longitude.data,
                    photos=photos,
                    note=form.note.data or "",
                )
            flash(_("Changed. Readers can see what was there before."), "success")
            return redirect(url_for("issues.show", issue_id=issue.id))
        except Invalid as refused:
            form.take(refused)
        except Conflict as refused:
            # Somebody (perhaps oneself, elsewhere) was faster: show how it is now, keep what was typed.
            form.take(refused)
            form.version.raw_data = None
            form.version.data = access_issue(session(), actor(), issue.id).version
            status = 409
    return _edit_page(form, issue, place, photos, place_errors=place_errors), status


def _words_of(page: IssuePage) -> dict[str, Any]:
    issue = page.issue
    return {
        "category": issue.category_id,
        "title": issue.title,
        "body": issue.body,
        "latitude": issue.latitude,
        "longitude": issue.longitude,
        "version": issue.version,
    }


def _edit_page(form: ComposeForm, page: IssuePage, place: Place | None, photos: list[PhotoIn], **more: Any) -> str:
    return render_template(
        "issues/edit.html",
        form=form,
        page=page,
        issue=page.issue,
        picker=places.picker(session(), actor(), place),
        photos=photos,
        room_for=MOST_PHOTOS - len(photos),
        map_url=url_for("places.outline"),
        **{"place_errors": [], **more},
    )


@guard(EDIT_ISSUE, issue=access_issue)
def note(issue: Issue) -> AnyResponse | tuple[str, int]:
    """Add to an issue that an office has accepted."""
    form = NoteForm(prefix="note")
    return take(
        issue,
        "note",
        form,
        lambda current: actions.add_note(current, actor(), issue, text=form.note.data or "", version=form.seen),
        _("Your note stands in the trace."),
    )


@guard(WITHDRAW_ISSUE, issue=access_issue)
def withdraw(issue: Issue) -> AnyResponse | tuple[str, int]:
    """Take one's issue back."""
    form = ReasonForm(prefix="withdraw")
    return take(
        issue,
        "withdraw",
        form,
        lambda current: actions.withdraw_issue(
            current, actor(), issue, reason=form.reason.data or "", version=form.seen
        ),
        _("Your issue is withdrawn. It is in no list any more."),
    )


@guard(RATE_ISSUE, issue=access_issue)
def rate(issue: Issue) -> AnyResponse | tuple[str, int]:
    """Rate the outcome; may be changed until the issue closes."""
    form = RateForm(prefix="rate")
    satisfaction = chosen(form.satisfaction)
    return take(
        issue,
        "rate",
        form,
        lambda current: actions.rate_issue(
            current,
            actor(),
            issue,
            solved=solved_of(form.solved),  # type: ignore[arg-type] # the action refuses what is no answer
            satisfaction=int(satisfaction) if satisfaction in "12345" and satisfaction else 0,
            comment=form.comment.data or "",
        ),
        _("Thank you. Your rating counts; you can change it until the issue closes."),
    )


@guard(REOPEN_ISSUE, issue=access_issue)
def reopen(issue: Issue) -> AnyResponse | tuple[str, int]:
    """Open the issue again, or ask for it together with other supporters."""
    form = ReasonForm(prefix="reopen")
    outcome: list[actions.Reopening] = []
    answer = take(
        issue,
        "reopen",
        form,
        lambda current: outcome.append(actions.reopen_issue(current, actor(), issue, reason=form.reason.data or "")),
        None,
    )
    if outcome and outcome[0].reopened:
        flash(_("The issue is open again, and the office above has been told."), "success")
    elif outcome:
        flash(
            _(
                "%(asked)s of %(needed)s supporters have asked to open it again.",
                asked=outcome[0].requests,
                needed=outcome[0].needed,
            ),
            "success",
        )
    return answer


def take(
    issue: Issue, name: str, form: StepForm, act: Callable[[Session], Any], done: str | None
) -> AnyResponse | tuple[str, int]:
    """One step in a write of its own: back to the issue, or the page again with the errors beside the fields."""
    issue_id = issue.id
    status = 422
    if form.validate():
        try:
            with write() as current:
                act(current)
            if done:
                flash(done, "success")
            return redirect(url_for("issues.show", issue_id=issue_id))
        except (Invalid, NotPermitted) as refused:
            form.take(refused)
            status = 403 if isinstance(refused, NotPermitted) else 422
        except Conflict as refused:
            form.take(refused)
            status = 409
    page = queries.access_issue_page(session(), actor(), issue_id)
    form.version.raw_data = None
    form.version.data = str(page.issue.version)
    return render_issue(page, forms={name: form}), status
