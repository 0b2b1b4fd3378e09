"""How issues are put into words and tones for templates: states, deadlines, who must act, the trace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, current_app, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from gongzhi.kernel import clock
from gongzhi.kernel.masks import mask_name
from gongzhi.kernel.text import Message, excerpt, render_markdown
from gongzhi.kernel.workdays import working_days_between, working_days_left

from ..models import NO_DEADLINE, IssueState, Triage
from ..queries import IssuePage, TraceLink
from ..rules.days import CLOSE_AFTER
from ..rules.lifecycle import SOLVED_LABELS, STATE_LABELS, TRIAGE_LABELS, Act

S = IssueState

TONES = {
    S.PUBLISHED: ("blue", "megaphone"),
    S.ACCEPTED: ("wait", "clipboard-check"),
    S.UNDER_WAY: ("wait", "tools"),
    S.ANSWERED: ("blue", "chat-square-text"),
    S.RESOLVED: ("ok", "check-circle"),
    S.NOT_POSSIBLE: ("done", "x-circle"),
    S.RATED: ("ok", "star"),
    S.CLOSED: ("done", "archive"),
    S.MERGED: ("done", "diagram-3"),
    S.WITHDRAWN: ("done", "dash-circle"),
}
NOTE_LENGTH = 160
RESULTS = ("decision_done", "initiative_done")
"""Links of rooms above that end the work on the issue."""
AMBER = 0.7
"""domain.md, 14: amber at 70 % of the time."""


def install(blueprint: Blueprint) -> None:
    """Offer the words to all templates."""
    blueprint.add_app_template_filter(lambda state: STATE_LABELS[IssueState(state)], "issue_state")
    blueprint.add_app_template_filter(lambda state: TONES[IssueState(state)][0], "issue_tone")
    blueprint.add_app_template_filter(lambda state: TONES[IssueState(state)][1], "issue_icon")
    blueprint.add_app_template_filter(lambda kind: TRIAGE_LABELS[Triage(kind)], "issue_triage")
    blueprint.add_app_template_filter(lambda answer: SOLVED_LABELS[answer], "issue_solved")
    blueprint.add_app_template_filter(name, "name")
    blueprint.add_app_template_filter(mask_name, "masked")
    blueprint.add_app_template_filter(render_markdown, "markdown")
    blueprint.add_app_template_filter(days_left, "days_left")
    blueprint.add_app_template_filter(few, "few")


def name(thing: Any) -> str:
    """The name of a place, category or office in the reader's language."""
    return "" if thing is None else str(thing.name_for("en" if str(get_locale()) == "en" else "zh"))


def days_left(due: date) -> int:
    """Working days that remain after today; negative when it is over."""
    return working_days_left(clock.today(), due)


def few(count: int) -> str:
    """Small numbers of ratings could tell who rated how: under five they are not shown."""
    return "<5" if 0 < count < 5 else str(count)


@dataclass(frozen=True)
class Clock:
    """The running deadline: until when, who must act, and how much of the time is gone."""

    label: str
    due: date | None
    left: int | None
    tone: str
    used: int = 0
    whole: int = 0
    who: str = ""
    note: str = ""


def clock_of(page: IssuePage) -> Clock:
    """What happens next, who must act and until when, in every state."""
    issue, office = page.issue, name(page.office)
    if issue.paused_at is not None:
        return Clock(_("The deadline is paused"), None, None, "wait", who=office, note=issue.pause_reason)
    match page.state:
        case S.PUBLISHED:
            return _running(_("Accept by"), issue.due_on, issue.due_from, office)
        case S.ACCEPTED | S.UNDER_WAY:
            return _running(_("Answer by"), issue.due_on, issue.due_from, office)
        case S.ANSWERED:
            last = page.answers[-1] if page.answers else None
            promised = last.next_step_due if last else None
            if last and any(link.kind == "decision" and link.at > last.at for link in page.trace):
                # What was promised is carried out under a decision, which keeps its own dates.
                promised = None
            return _running(_("Next step by"), promised, None, office)
        case S.RESOLVED | S.NOT_POSSIBLE | S.RATED if issue.resolved_at is not None:
            until = clock.to_local(issue.resolved_at + CLOSE_AFTER).date()
            return Clock(_("Open for ratings until"), until, None, "ok", who=_("those who wrote or supported it"))
    return Clock("", None, None, "done")


def _running(label: str, due: date | None, begun: date | None, office: str) -> Clock:
    if due is None or due == NO_DEADLINE:
        return Clock("", None, None, "done", who=office)
    left = days_left(due)
    whole = max(working_days_between(begun, due), 1) if begun else 0
    used = max(min(whole - left, whole), 0)
    tone = "late" if left < 0 else "wait" if whole and used >= whole * AMBER else "ok"
    return Clock(label, due, left, tone, used=used, whole=whole, who=office)


@dataclass(frozen=True)
class Step:
    """A step of the trace as `ui.trace` takes it."""

    at: datetime | None
    label: Message
    state: str = "done"
    who: str = ""
    note: str = ""
    url: str | None = None


def steps_of(page: IssuePage) -> list[Step]:
    """The whole chain: what was done, and what is still to come."""
    done = [_step(page, link) for link in page.trace]
    to_come = _to_come(page)
    if done and page.state not in (S.CLOSED, S.MERGED, S.WITHDRAWN):
        last = done[-1]
        done[-1] = Step(last.at, last.label, "late" if last.state == "late" else "now", last.who, last.note, last.url)
    return [*done, *to_come]


def _step(page: IssuePage, link: TraceLink) -> Step:
    return Step(
        at=link.at,
        label=_label(link),
        state="late" if link.action == Act.ESCALATE else "done",
        who=_who(link),
        note=_note(link),
        url=_url(page, link),
    )


def _label(link: TraceLink) -> Message:
    if link.action == Act.PUBLISH and link.organisation is None:
        return str(_("Published by a resident"))
    return link.label


def _who(link: TraceLink) -> str:
    if link.organisation is not None:
        return " · ".join(part for part in (name(link.organisation), link.role_title) if part)
    if link.action == Act.PUBLISH:
        return mask_name(link.actor_name)
    return mask_name(link.actor_name) if link.actor_name else ""


def _note(link: TraceLink) -> str:
    if link.answer is not None and link.answer.next_step:
        due = link.answer.next_step_due
        until = _("by %(date)s: ", date=_day(due)) if due else ""
        return until + link.answer.next_step
    parts = []
    if link.action in (Act.ROUTE, Act.ESCALATE, Act.REOPEN) and link.office is not None:
        parts.append(_("To %(office)s", office=name(link.office)))
    if link.action in (Act.RESUME, Act.EXTEND) and link.details.get("due"):
        parts.append(_("Answer due %(date)s", date=_day(date.fromisoformat(link.details["due"]))))
    if link.action == Act.TRIAGE and link.details.get("triage"):
        parts.append(str(TRIAGE_LABELS[Triage(link.details["triage"])]))
    if link.details.get("title"):
        parts.append(str(link.details["title"]))
    if link.reason:
        parts.append(excerpt(link.reason, NOTE_LENGTH))
    return " · ".join(parts)


def _url(page: IssuePage, link: TraceLink) -> str | None:
    if link.answer is not None:
        return f"#answer-{link.answer.id}"
    if link.document_key:
        return url_for("issues.document", issue_id=page.id, key=link.document_key)
    other = link.details.get("into") or link.details.get("merged")
    if other:
        return url_for("issues.show", issue_id=other)
    endpoint = f"{link.kind}s.show"
    if link.subject_id and endpoint in current_app.view_functions:
        place: dict[str, Any] = {f"{link.kind}_id": link.subject_id}
        return url_for(endpoint, **place)
    return None


def _day(day: date) -> str:
    """By the reader's calendar, as everywhere on the site."""
    return str(current_app.jinja_env.filters["date"](day))


def _work_ahead(page: IssuePage) -> Message:
    """What lies between the answer and the rating, as far as decisions and initiatives have not done it."""
    work = [link.action for link in page.trace if link.kind in ("decision", "initiative")]
    if not work:
        return str(_("Decision, joint work and result"))
    if work[-1] in RESULTS:
        return str(_("The office says whether it is solved"))
    return str(_("The result"))


def _to_come(page: IssuePage) -> list[Step]:
    issue = page.issue
    ahead: list[tuple[Message, date | None]] = [
        (_("The office accepts it"), issue.accept_due),
        (_("The office answers"), issue.answer_due),
        (_work_ahead(page), None),
        (_("Those who wrote or supported it rate the result"), None),
    ]
    reached = {
        S.PUBLISHED: 0,
        S.ACCEPTED: 1,
        S.UNDER_WAY: 1,
        S.ANSWERED: 2,
        S.RESOLVED: 3,
        S.NOT_POSSIBLE: 3,
    }.get(page.state, len(ahead))
    return [
        Step(None, label, "todo", note=_("by %(date)s", date=_day(due)) if due else "")
        for label, due in ahead[reached:]
    ]
