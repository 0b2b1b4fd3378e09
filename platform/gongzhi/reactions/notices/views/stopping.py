"""The stop link of a mail, an SMS or a push: a page with one button, which does one thing."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response

from gongzhi.kernel.db import write
from gongzhi.kernel.guard import guard
from gongzhi.kernel.policy import PUBLIC
from gongzhi.reactions.notices import stopping
from gongzhi.reactions.notices.models import DIGEST, NoticeKind
from gongzhi.reactions.notices.texts import CHANNEL_LABELS, KIND_LABELS
from gongzhi.reactions.notices.views.inbox import blueprint

ONE_CLICK = "One-Click"


@blueprint.get("/stop/<token>")
@guard(PUBLIC)
def stop(token: str) -> str:
    """Ask first: a scanner of mails that opens every link must not stop anything."""
    return _page(stopping.read_token(token), done=False)


@blueprint.post("/stop/<token>")
@guard(PUBLIC)
def stop_now(token: str) -> Response | str:
    """Stop this kind on this channel, from the page or from the mail program itself (RFC 8058)."""
    wanted = stopping.read_token(token)
    with write() as current:
        stopping.stop(current, wanted)
    if request.form.get("List-Unsubscribe") == ONE_CLICK:
        return Response("ok\n", mimetype="text/plain")
    return _page(wanted, done=True)


def _page(wanted: stopping.Stop, *, done: bool) -> str:
    return render_template(
        "notices/stop.html",
        kind=None if wanted.kind == DIGEST else KIND_LABELS[NoticeKind(wanted.kind)],
        channel=CHANNEL_LABELS[wanted.channel],
        done=done,
    )
