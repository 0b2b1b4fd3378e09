"""How the sending of notices goes, for administrators; its door on their page."""

from __future__ import annotations

from flask import render_template, url_for
from sqlalchemy.orm import Session

from gongzhi.kernel.db import session
from gongzhi.kernel.guard import guard
from gongzhi.kernel.panels import Panel, offer
from gongzhi.kernel.policy import Actor, allows
from gongzhi.kernel.text import lazy as _l
from gongzhi.reactions.notices import channels, watching
from gongzhi.reactions.notices.models import DeliveryState
from gongzhi.reactions.notices.permissions import WATCH_SENDING
from gongzhi.reactions.notices.texts import CHANNEL_LABELS
from gongzhi.reactions.notices.views.inbox import blueprint

STATE_LABELS = {
    DeliveryState.PENDING: _l("Waiting"),
    DeliveryState.SENDING: _l("Being handed over"),
    DeliveryState.SENT: _l("Sent out"),
    DeliveryState.FAILED: _l("Failed"),
    DeliveryState.DROPPED: _l("Not sent on purpose"),
}


@blueprint.get("/sending")
@guard(WATCH_SENDING)
def sending() -> str:
    """Counts by channel and state, large audiences with their progress, and what carriers said."""
    return render_template(
        "notices/sending.html",
        sending=watching.sending(session()),
        channels=CHANNEL_LABELS,
        states=STATE_LABELS,
        offered=channels.offered(),
    )


def _door(_session: Session, actor: Actor, _subject: object) -> Panel | None:
    if not allows(actor, WATCH_SENDING):
        return None
    context = {"url": url_for("notices.sending"), "icon": "send", "text": _l("Mail, SMS and push on their way.")}
    return Panel("", context, title=str(_l("Notices going out")))


offer("admin.door", _door)
