"""The inbox as pages, and what is wanted in it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.events import stream_version
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.text import Lazy
from gongzhi.reactions.notices import inbox as box
from gongzhi.reactions.notices.models import MANDATORY, Notice, NoticeKind
from gongzhi.reactions.notices.permissions import READ_NOTICES
from gongzhi.reactions.notices.texts import KIND_LABELS, TEXTS

blueprint = Blueprint("notices", __name__, url_prefix="/notices")

ICONS = {
    NoticeKind.ANSWER: "megaphone",
    NoticeKind.DECISION: "check2-square",
    NoticeKind.BALLOT: "card-checklist",
    NoticeKind.STATUS: "arrow-repeat",
    NoticeKind.COMMENT: "chat-left-text",
    NoticeKind.REPLY: "reply",
    NoticeKind.MENTION: "at",
    NoticeKind.INITIATIVE: "people",
    NoticeKind.TASK: "inboxes",
    NoticeKind.ACCOUNT: "person",
}


def sentence(notice: Notice) -> str:
    """A notice in the reader's language."""
    known = TEXTS.get(notice.text)
    details = {"title": "", "who": "", **notice.details}
    return str(Lazy(known.msgid, tuple(details.items()))) if known else notice.text


def destination(notice: Notice) -> str:
    """The page a notice leads to."""
    endpoint = f"{notice.subject_kind}s.show"
    comment = notice.details.get("comment")
    if comment:
        return url_for("comments.find", comment_id=comment)
    if notice.kind == NoticeKind.ACCOUNT:
        return url_for("people.my_organisations")
    if endpoint in current_app.view_functions:
        place: dict[str, Any] = {f"{notice.subject_kind}_id": notice.subject_id}
        return url_for(endpoint, **place)
    return url_for(".inbox")


@blueprint.app_context_processor
def unread() -> dict[str, Any]:
    """The count at the bell, which came with the identity."""
    identified = g.get("identified")
    return {"unread": identified.counts.get("unread", 0) if identified else 0}


@blueprint.get("")
@guard(READ_NOTICES)
def inbox() -> str:
    """One's notices, newest first."""
    page = box.inbox(session(), actor(), after=request.args.get("cursor"))
    return render_template(
        "notices/inbox.html",
        notices=[{"row": row, "text": sentence(row), "icon": ICONS[NoticeKind(row.kind)]} for row in page.items],
        next_url=url_for(".inbox", cursor=page.next_cursor) if page.next_cursor else None,
        version=stream_version(session(), f"me:{actor().account_id}"),
    )


@blueprint.get("/<notice_id>")
@guard(READ_NOTICES)
def open_notice(notice_id: str) -> Response:
    """Go to what a notice is about, and count it as read."""
    notice = box.own_notice(session(), actor(), notice_id)
    if notice is None:
        raise NotFound
    target = destination(notice)
    if notice.read_at is None:
        with write() as current:
            box.mark_read(current, actor(), notice_id)
    return redirect(target)


@blueprint.post("/read")
@guard(READ_NOTICES)
def read_all() -> Response:
    """Count all as read."""
    with write() as current:
        box.mark_read(current, actor())
    return redirect(url_for(".inbox"))


@blueprint.route("/preferences", methods=["GET", "POST"])
@guard(READ_NOTICES)
def preferences() -> Response | str:
    """What one wants to be told."""
    form = FlaskForm()
    if form.validate_on_submit():
        chosen = set(request.form.getlist("kind"))
        with write() as current:
            box.prefer(
                current,
                actor(),
                {kind: kind.value in chosen for kind in NoticeKind if kind not in MANDATORY},
            )
        flash(_("Saved."), "success")
        return redirect(url_for(".preferences"))
    return render_template(
        "notices/preferences.html",
        wanted=box.preferences(session(), actor()),
        labels=KIND_LABELS,
        mandatory=MANDATORY,
    )
