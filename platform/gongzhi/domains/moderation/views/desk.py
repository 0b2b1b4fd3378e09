"""The moderators' desk: queue, case, measures, appeals; auditors read along."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gongzhi.domains.people.models import Account
from gongzhi.domains.people.rules import GROUND_LABELS, Mark
from gongzhi.domains.places.models import PlaceKind
from gongzhi.domains.places.queries import tree
from gongzhi.kernel import clock
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError, NotFound
from gongzhi.kernel.events import stream_version
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.policy import allows

from .. import actions, queries, rules
from ..forms import AppealDecisionForm, BulkForm, MeasureForm
from ..models import CaseState, MeasureKind, ModerationCase
from ..permissions import DECIDE_APPEAL, DECIDE_CASE, READ_CASE, READ_ORIGINAL, WORK_QUEUE
from ..queries import AppealInHand, CaseFilters, access_appeal, access_case
from .base import NO_STORE, address_of, blueprint, in_chinese

Answer = Response | str | tuple[str, int]


def _filters() -> tuple[CaseFilters, dict[str, Any]]:
    """What narrows the queue; what is not known here is left out, never an error."""
    known = {
        "kind": {subject.kind for subject in queries.kinds()},
        "ground": set(GROUND_LABELS),
        "mark": {"held", "hidden", "redacted"},
        "state": {"decided"},
        "urgent": {"1"},
    }
    kept: dict[str, Any] = {
        name: value for name, allowed in known.items() if (value := request.args.get(name, "")) in allowed
    }
    path = ""
    wanted = request.args.get("place", "")
    for place in _places():
        if place.id == wanted:
            path, kept["place"] = place.path, place.id
    return (
        CaseFilters(
            state=kept.get("state", CaseState.OPEN),
            kind=kept.get("kind"),
            ground=kept.get("ground"),
            mark=kept.get("mark"),
            place_path=path or None,
            urgent="urgent" in kept,
        ),
        kept,
    )


def _places() -> list[Any]:
    top = tree(session(), actor().district_id, down_to=PlaceKind.SUBDISTRICT)
    return [below.place for below in top.children] if top else []


@blueprint.get("/desk")
@guard(WORK_QUEUE)
def index() -> str:
    """What was reported, the most pressing first."""
    return _queue(BulkForm(formdata=None))


def _queue(form: BulkForm) -> str:
    filters, kept = _filters()
    page = queries.queue(session(), actor(), filters, after=request.args.get("cursor"))
    return render_template(
        "moderation/queue.html",
        rows=page.items,
        kept=kept,
        form=form,
        now=clock.now(),
        waiting=queries.waiting(session(), actor()),
        filters=_offered(kept),
        here=url_for(".index", **kept),
        next_url=url_for(".index", cursor=page.next_cursor, **kept) if page.next_cursor else None,
        version=stream_version(session(), "moderation"),
    )


def _offered(kept: dict[str, Any]) -> list[dict[str, Any]]:
    zh = in_chinese()
    return [
        {
            "name": "kind",
            "label": _("Kind"),
            "value": kept.get("kind"),
            "options": [("", _("All kinds")), *((one.kind, str(one.label)) for one in queries.kinds())],
        },
        {
            "name": "ground",
            "label": _("Ground"),
            "value": kept.get("ground"),
            "options": [("", _("All grounds")), *((one, str(label)) for one, label in GROUND_LABELS.items())],
        },
        {
            "name": "place",
            "label": _("Place"),
            "value": kept.get("place"),
            "options": [
                ("", _("All places")),
                *((place.id, place.name_zh if zh or not place.name_en else place.name_en) for place in _places()),
            ],
        },
        {
            "name": "mark",
            "label": _("How it stands"),
            "value": kept.get("mark"),
            "options": [
                ("", _("Any")),
                ("held", _("Held for checking")),
                ("hidden", _("Hidden")),
                ("redacted", _("A part covered")),
            ],
        },
        {
            "name": "state",
            "label": _("State"),
            "value": kept.get("state"),
            "options": [("", _("To decide")), ("decided", _("Decided"))],
        },
        {
            "name": "urgent",
            "label": _("Urgency"),
            "value": kept.get("urgent"),
            "options": [("", _("All")), ("1", _("Urgent only"))],
        },
    ]


@blueprint.post("/desk")
@guard(WORK_QUEUE, fresh=True)
def bulk() -> Answer:
    """One measure with one reason on the chosen cases; each is decided for itself, what cannot be is named."""
    form = BulkForm()
    chosen = list(dict.fromkeys(request.form.getlist("case")))[: rules.MOST_BULK]
    if not form.validate_on_submit() or not chosen:
        if not chosen:
            form.form_errors = [*form.form_errors, _("Choose at least one row.")]
        return _queue(form), 422
    done, refused = 0, []
    for case_id in chosen:
        try:
            with write() as current:
                case = access_case(current, actor(), case_id)
                actions.decide(
                    current, actor(), case,
                    kind=form.kind.data, ground=form.ground.data, reason=form.reason.data or "",
                )  # fmt: skip
            done += 1
        except DomainError as wrong:
            refused.append(str(wrong))
    if done:
        flash(_("Decided: %(count)s.", count=done), "success")
    for sentence in dict.fromkeys(refused):
        flash(_("Not decided (%(count)s): %(why)s", count=refused.count(sentence), why=sentence), "warning")
    return redirect(url_for(".index"))


def kinds_for(case: ModerationCase) -> tuple[str, ...]:
    """The measures that make sense as the case stands."""
    covered = case.mark in (Mark.HIDDEN, Mark.REDACTED)
    subject = queries.registered(case.subject_kind)
    kinds = [MeasureKind.RESTORE if covered else MeasureKind.DISMISS]
    if case.mark != Mark.HIDDEN:
        kinds.append(MeasureKind.HIDE)
    if subject.kind != "account":
        kinds.append(MeasureKind.REDACT)
    if case.author_id:
        kinds += [MeasureKind.WARN, MeasureKind.SUSPEND]
    return tuple(kinds)


@blueprint.get("/cases/<case_id>")
@guard(READ_CASE, case=access_case)
def case(case: ModerationCase) -> Response:
    """A case: who wrote what where, why it was reported, what was done."""
    form = MeasureForm(kinds_for(case), formdata=None, data={"ground": case.ground})
    return Response(_case(case, form), mimetype="text/html", headers=NO_STORE)


def _case(case: ModerationCase, form: MeasureForm, words: dict[str, str] | None = None, **more: Any) -> str:
    current, who = session(), actor()
    found = queries.case_file(current, case)
    conflict = queries.conflict_of_interest(current, who, case)
    subject = queries.registered(case.subject_kind)
    try:
        shown = subject.words(current, subject.access(current, queries.system_for(case), case.subject_id))
    except NotFound:
        shown = {}
    reporters = queries.reporters_of(current, case)
    return render_template(
        "moderation/case.html",
        case=case,
        file=found,
        form=form,
        shown=_readable(shown),
        originals=_readable(words) if words is not None else None,
        signals=queries.signals(current, case, words or queries.originals(current, case.originals_of) or shown),
        groups=len(rules.groups(reporters)),
        weight=rules.weight(reporters),
        threshold=rules.THRESHOLD,
        conflict=conflict,
        can_decide=allows(who, DECIDE_CASE, case) and conflict is None,
        may_work=allows(who, WORK_QUEUE),
        can_read_originals=allows(who, READ_ORIGINAL, case),
        claimed_by=_claimer(case),
        page_url=address_of(case),
        earlier_suspensions=sum(one.kind == MeasureKind.SUSPEND for one in found.earlier),
        advised=rules.advised_days(sum(one.kind == MeasureKind.SUSPEND for one in found.earlier)),
        now=clock.now(),
        **more,
    )


def _readable(words: dict[str, str]) -> dict[str, str]:
    """Parts worth reading: the present words and earlier versions that differ, without pictures' JSON."""
    return {part: text for part, text in words.items() if text and not part.startswith("photo")}


def _claimer(case: ModerationCase) -> str | None:
    if case.claimed_by_id is None or case.claimed_until is None or case.claimed_until <= clock.now():
        return None
    if case.claimed_by_id == actor().account_id:
        return ""
    return session().get_one(Account, case.claimed_by_id).name


@blueprint.post("/cases/<case_id>")
@guard(DECIDE_CASE, fresh=True, case=access_case)
def decide(case: ModerationCase) -> Answer:
    """Take a measure."""
    form = MeasureForm(kinds_for(case))
    status = 422
    if form.validate_on_submit():
        try:
            with write() as current:
                actions.decide(
                    current,
                    actor(),
                    case,
                    kind=form.kind.data,
                    ground=form.ground.data,
                    reason=form.reason.data or "",
                    passages=actions.passages_of(form.passages.data or ""),
                    days=int(form.days.data) if form.days.data else None,
                )
            flash(_("Decided. The author is told, and those who reported it too."), "success")
            return redirect(url_for(".index"))
        except DomainError as wrong:
            form.take(wrong)
            status = wrong.status
    return _case(case, form), status


@blueprint.post("/cases/<case_id>/claim")
@guard(DECIDE_CASE, case=access_case)
def claim(case: ModerationCase) -> Response:
    """Take the case for half an hour, or give it back."""
    case_id = case.id
    with write() as current:
        actions.claim(current, actor(), case)
    return redirect(url_for(".case", case_id=case_id))


@blueprint.post("/cases/<case_id>/originals")
@guard(READ_ORIGINAL, case=access_case)
def originals(case: ModerationCase) -> Response:
    """The author's own words; that they were read is noted before they are shown."""
    case_id = case.id
    with write() as current:
        words = actions.look_at_originals(current, actor(), case)
    fresh = access_case(session(), actor(), case_id)
    form = MeasureForm(kinds_for(fresh), formdata=None, data={"ground": fresh.ground})
    return Response(_case(fresh, form, words), mimetype="text/html", headers=NO_STORE)


@blueprint.post("/cases/<case_id>/name")
@guard(DECIDE_CASE, case=access_case)
def check_name(case: ModerationCase) -> Response:
    """Open a case about the author's display name."""
    if case.author_id is None:
        raise NotFound
    with write() as current:
        subject, thing = queries.access_reported(current, actor(), "account", case.author_id)
        about = subject.about(current, thing)
        opened = actions.open_case(current, case.district_id, subject, thing, about, "other").id
    return redirect(url_for(".case", case_id=opened))


@blueprint.get("/appeals")
@guard(WORK_QUEUE)
def appeals() -> str:
    """Appeals that wait, by deadline."""
    page = queries.appeals_waiting(session(), actor(), after=request.args.get("cursor"))
    return render_template(
        "moderation/appeals.html",
        rows=page.items,
        now=clock.now(),
        waiting=queries.waiting(session(), actor()),
        next_url=url_for(".appeals", cursor=page.next_cursor) if page.next_cursor else None,
    )


@blueprint.get("/appeals/<appeal_id>")
@guard(READ_CASE, appeal=access_appeal)
def appeal_page(appeal: AppealInHand) -> str:
    """An appeal in hand."""
    return _appeal(appeal, AppealDecisionForm(formdata=None))


def _appeal(found: AppealInHand, form: AppealDecisionForm) -> str:
    who = actor()
    conflict = queries.conflict_of_interest(session(), who, found.case)
    same = found.measure.decided_by_id == who.account_id
    return render_template(
        "moderation/appeal.html",
        found=found,
        form=form,
        conflict=conflict,
        same=same,
        can_decide=allows(who, DECIDE_APPEAL, found) and conflict is None and not same,
        now=clock.now(),
    )


@blueprint.post("/appeals/<appeal_id>")
@guard(DECIDE_APPEAL, fresh=True, appeal=access_appeal)
def decide_appeal(appeal: AppealInHand) -> Answer:
    """Uphold, reverse or change."""
    form = AppealDecisionForm()
    status = 422
    if form.validate_on_submit():
        try:
            with write() as current:
                actions.decide_appeal(
                    current,
                    actor(),
                    appeal,
                    outcome=form.outcome.data,
                    reason=form.reason.data or "",
                    days=int(form.days.data) if form.days.data else None,
                    passages=actions.passages_of(form.passages.data or ""),
                )
            flash(_("Decided. Author and first moderator are told."), "success")
            return redirect(url_for(".appeals"))
        except DomainError as wrong:
            form.take(wrong)
            status = wrong.status
    return _appeal(appeal, form), status
