"""The blueprint, and the words its templates need."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, url_for

from gongzhi.domains.people.rules import GROUND_LABELS, mark_sentence
from gongzhi.kernel.db import session
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.panels import Panel, offer
from gongzhi.kernel.policy import Actor, allows
from gongzhi.kernel.text import lazy as _l

from .. import queries
from ..models import ModerationCase
from ..permissions import WORK_QUEUE
from ..rules import APPEAL_LABELS, MEASURE_LABELS

NO_STORE = {"Cache-Control": "no-store"}
"""Words shown to few stay in no cache."""

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")


@blueprint.app_template_filter("ground")
def _ground(value: str) -> str:
    return str(GROUND_LABELS[value])


@blueprint.app_template_filter("measure")
def _measure(value: str) -> str:
    return str(MEASURE_LABELS[value])


@blueprint.app_template_filter("appeal_outcome")
def _outcome(value: str) -> str:
    return str(APPEAL_LABELS[value])


@blueprint.app_template_filter("moderated_kind")
def _kind(value: str) -> str:
    return str(queries.registered(value).label)


@blueprint.app_template_filter("case_mark")
def _mark(case: ModerationCase) -> str:
    sentence = mark_sentence(case.mark, case.ground)
    return str(sentence) if sentence else str(_l("Shown"))


def in_chinese() -> bool:
    """Whether the reader reads Chinese."""
    return str(g.locale).startswith("zh")


def address_of(case: ModerationCase) -> str | None:
    """The page of the thing, where the reader can see it."""
    subject = queries.registered(case.subject_kind)
    try:
        thing = subject.access(session(), actor(), case.subject_id)
    except NotFound:
        return None
    endpoint, values = subject.address(thing)
    return url_for(endpoint, **values)


def _awaiting(current: Any, who: Actor, _subject: Any) -> Panel | None:
    """On Home and Mine: how much waits for this moderator."""
    if not allows(who, WORK_QUEUE):
        return None
    waits = queries.waiting(current, who)
    count = waits.open + waits.appeals
    if not count:
        return None
    return Panel(
        "",
        {"url": url_for("moderation.index"), "count": count, "icon": "flag"},
        str(_l("reports and appeals to decide")),
    )


offer("awaiting", _awaiting)
