"""The inbox as pages."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.events import stream_version
from gongzhi.kernel.guard import actor, guard
from gongzhi.reactions.notices import inbox as box
from gongzhi.reactions.notices.letters import sentence
from gongzhi.reactions.notices.models import Notice, NoticeKind
from gongzhi.reactions.notices.permissions import READ_NOTICES
from gongzhi.reactions.notices.things import THINGS

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
    NoticeKind.AREA: "geo-alt",
    NoticeKind.TASK: "inboxes",
    NoticeKind.ACCOUNT: "person",
}

MODERATION = {
    "measure": ("moderation.own_measure", "measure_id"),
    "case": ("moderation.case", "case_id"),
    "appeal": ("moderation.appeal_page", "appeal_id"),
    "report": ("moderation.my_reports", ""),
}


def page_of(notice: Notice, build: Callable[..., str], known: Collection[str]) -> str:
    """The page a notice leads to; `build` makes a path of an endpoint and its values, `known` are the endpoints."""
    endpoint = f"{notice.subject_kind}s.show"
    if notice.subject_kind in MODERATION:
        endpoint, name = MODERATION[notice.subject_kind]
        named: dict[str, Any] = {name: notice.subject_id} if name else {}
        return build(endpoint, named)
    comment = notice.details.get("comment")
    if comment:
        return build("comments.find", {"comment_id": comment})
    if notice.kind == NoticeKind.ACCOUNT:
        return build("people.my_organisations")
    if endpoint in known:
        return build(endpoint, {f"{notice.subject_kind}_id": notice.subject_id})
    return build("notices.inbox")


def destination(notice: Notice) -> str:
    """The page a notice leads to, from a page of this site."""

    def build(endpoint: str, values: dict[str, Any] | None = None) -> str:
        return url_for(endpoint, **(values or {}))

    return page_of(notice, build, current_app.view_functions)


def choosable(notice: Notice) -> str | None:
    """Where to choose what comes of this one thing; None where there is no single thing."""
    if notice.kind == NoticeKind.ACCOUNT or notice.subject_kind not in THINGS:
        return None
    return url_for("notices.thing", kind=notice.subject_kind, subject_id=notice.subject_id)


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
        notices=[
            {"row": row, "text": sentence(row), "icon": ICONS[NoticeKind(row.kind)], "choose": choosable(row)}
            for row in page.items
        ],
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
