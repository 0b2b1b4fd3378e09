"""What the office does with an issue, from its page and from the work desk: one form and one address a step.

Every step is a POST that works without script. It leads back to where the form stood; refused, that page is
shown again with the errors beside the fields: 422, or 409 with the present state when somebody was faster.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse
from wtforms.fields.choices import SelectChoice

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, NotFound, NotPermitted
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.policy import Actor, Permission, allows
from gongzhi.kernel.text import Lazy
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..actions.assigning import assign_to_me
from ..forms import (
    AnswerForm,
    ExtendForm,
    FinishForm,
    MergeForm,
    ReasonForm,
    RouteForm,
    StartForm,
    StepForm,
    TriageForm,
    chosen,
)
from ..models import Issue
from ..permissions import ANSWER_ISSUE, HANDLE_ISSUE, MERGE_ISSUES, TRIAGE_ISSUE
from ..queries import IssuePage, access_issue
from ..rules.lifecycle import MACHINE, Act
from .merging import merge_page, merge_search
from .options import options
from .shown import name
from .uploads import attachments_of

Run = Callable[[Session, Actor, Issue, Any], Any]


@dataclass(frozen=True)
class OfficeStep:
    """A step an office may take: its form, its permission, what it does and says."""

    form: type[StepForm]
    permission: Permission
    run: Run
    label: Lazy
    done: Lazy
    act: Act | None = None
    """The step of the machine; None where the state does not matter."""
    icon: str = "chevron-right"


def _answer(current: Session, who: Actor, issue: Issue, form: Any) -> Any:
    return actions.answer_issue(
        current,
        who,
        issue,
        body=form.body.data or "",
        next_step=form.next_step.data or "",
        next_step_due=form.next_step_due.data,
        attachments=form.stored,
        template_id=_template_id(current, who, chosen(form.template)),
        version=form.seen,
    )


def _template_id(current: Session, who: Actor, template_id: str) -> str | None:
    if not template_id:
        return None
    return next((one.id for one in queries.templates(current, who) if one.id == template_id), None)


def _route(current: Session, who: Actor, issue: Issue, form: Any) -> Any:
    category, office = chosen(form.category), chosen(form.office)
    if category not in ("", issue.category_id) and office == issue.office_id:
        # Only the category was corrected: the routing table says which office that means.
        office = ""
    return actions.correct_routing(
        current,
        who,
        issue,
        reason=form.reason.data or "",
        office_id=office or None,
        category_id=category or None,
        version=form.seen,
    )


def _triage(current: Session, who: Actor, issue: Issue, form: Any) -> Any:
    if form.kind is None:
        raise Invalid.of("triage", _l("This is required."))
    return actions.triage_issue(
        current,
        who,
        issue,
        triage=form.kind,
        reason=form.reason.data or "",
        guidance=form.guidance.data or "",
        version=form.seen,
    )


def _merge(current: Session, who: Actor, issue: Issue, form: Any) -> Any:
    # People paste the address of the other issue, or its id.
    wanted = chosen(form.into).partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2].lower()
    try:
        into = access_issue(current, who, wanted)
    except NotFound:
        raise Invalid.of("into", _l("There is no such issue.")) from None
    return actions.merge_issues(current, who, issue, into=into, reason=form.reason.data or "", version=form.seen)


def _finish(act: Callable[..., Any]) -> Run:
    def run(current: Session, who: Actor, issue: Issue, form: Any) -> Any:
        proof = form.stored[0]["key"] if form.stored else None
        return act(current, who, issue, reason=form.reason.data or "", document_key=proof, version=form.seen)

    return run


STEPS: dict[str, OfficeStep] = {
    "accept": OfficeStep(
        StepForm,
        HANDLE_ISSUE,
        lambda current, who, issue, form: actions.accept_issue(current, who, issue, version=form.seen),
        _l("Accept"),
        _l("Accepted. The time to answer runs."),
        Act.ACCEPT,
        "clipboard-check",
    ),
    "assign": OfficeStep(
        StepForm,
        HANDLE_ISSUE,
        lambda current, who, issue, form: assign_to_me(current, who, issue, version=form.seen),
        _l("Assign to me"),
        _l("You are in charge of this issue now."),
        None,
        "person-check",
    ),
    "answer": OfficeStep(
        AnswerForm,
        ANSWER_ISSUE,
        _answer,
        _l("Answer"),
        _l("Answered. Everybody concerned is told."),
        Act.ANSWER,
        "megaphone",
    ),
    "start": OfficeStep(
        StartForm,
        HANDLE_ISSUE,
        lambda current, who, issue, form: actions.start_work(
            current, who, issue, note=form.note.data or "", version=form.seen
        ),
        _l("Start work"),
        _l("Work has begun; the issue page says so."),
        Act.START,
        "play-circle",
    ),
    "triage": OfficeStep(
        TriageForm,
        TRIAGE_ISSUE,
        _triage,
        _l("Sort: government, common or private"),
        _l("Sorted; the reason stands in the trace."),
        Act.TRIAGE,
        "signpost",
    ),
    "route": OfficeStep(
        RouteForm,
        TRIAGE_ISSUE,
        _route,
        _l("Correct office or category"),
        _l("Handed over; the new office has been told."),
        Act.ROUTE,
        "arrow-repeat",
    ),
    "pause": OfficeStep(
        ReasonForm,
        HANDLE_ISSUE,
        lambda current, who, issue, form: actions.pause_issue(
            current, who, issue, reason=form.reason.data or "", version=form.seen
        ),
        _l("Pause the deadline"),
        _l("The deadline is paused; everybody can read why."),
        Act.PAUSE,
        "pause-circle",
    ),
    "resume": OfficeStep(
        StepForm,
        HANDLE_ISSUE,
        lambda current, who, issue, form: actions.resume_issue(current, who, issue, version=form.seen),
        _l("Let the deadline go on"),
        _l("The deadline runs again."),
        Act.RESUME,
        "play-circle",
    ),
    "extend": OfficeStep(
        ExtendForm,
        HANDLE_ISSUE,
        lambda current, who, issue, form: actions.extend_deadline(
            current, who, issue, days=form.days.data or 0, reason=form.reason.data or "", version=form.seen
        ),
        _l("Extend the deadline"),
        _l("The deadline is extended; everybody can read why."),
        Act.EXTEND,
        "calendar-event",
    ),
    "resolve": OfficeStep(
        FinishForm,
        HANDLE_ISSUE,
        _finish(actions.resolve_issue),
        _l("Declare resolved"),
        _l("Resolved. Those concerned are asked to rate it."),
        Act.RESOLVE,
        "check-circle",
    ),
    "decline": OfficeStep(
        FinishForm,
        HANDLE_ISSUE,
        _finish(actions.declare_not_possible),
        _l("Declare not possible"),
        _l("The reason stands on the issue page."),
        Act.DECLINE,
        "x-circle",
    ),
    "merge": OfficeStep(
        MergeForm,
        MERGE_ISSUES,
        _merge,
        _l("Merge with another issue"),
        _l("Merged; nobody is counted twice."),
        Act.MERGE,
        "diagram-3",
    ),
}


def install(blueprint: Blueprint) -> None:
    """One address for each step, and the search that merging begins with."""
    blueprint.add_url_rule("/issues/<issue_id>/merge", "merge_search", merge_search, methods=["GET"])
    for step_name, step in STEPS.items():
        blueprint.add_url_rule(f"/issues/<issue_id>/{step_name}", step_name, _view(step_name, step), methods=["POST"])


def _view(step_name: str, step: OfficeStep) -> Callable[..., Any]:
    @guard(step.permission, issue=access_issue)
    def view(issue: Issue) -> AnyResponse | tuple[str, int]:
        return _take(step_name, step, issue)

    return view


def _take(step_name: str, step: OfficeStep, issue: Issue) -> AnyResponse | tuple[str, int]:
    """Take the step in a write of its own."""
    issue_id = issue.id
    form = step.form(prefix=step_name)
    valid = form.validate()
    files = getattr(form, "attachments", None) or getattr(form, "document", None)
    if files is not None:
        form.stored = attachments_of(files)
        valid = valid and not files.errors
    status = 422
    if valid:
        try:
            with write() as current:
                moved = step.run(current, actor(), issue, form)
            flash(str(step.done), "success")
            if step_name == "merge":
                return redirect(url_for("issues.show", issue_id=moved.id))
            return redirect(_back(form, issue_id))
        except (Invalid, NotPermitted) as refused:
            form.take(refused)
            status = 403 if isinstance(refused, NotPermitted) else 422
        except Conflict as refused:
            form.take(refused)
            status = 409
    return _again(step_name, form, issue_id), status


def _back(form: StepForm, issue_id: str) -> str:
    queue = chosen(form.back)
    if queue:
        return url_for("desk.index", queue=queue)
    return url_for("issues.show", issue_id=issue_id)


def _again(step_name: str, form: StepForm, issue_id: str) -> str:
    """The page the form stood on, as things are now."""
    from .desk import render_desk
    from .page import render_issue

    page = queries.access_issue_page(session(), actor(), issue_id)
    form.version.raw_data = None
    form.version.data = str(page.issue.version)
    if isinstance(form, MergeForm) and "asked" in request.form:
        return merge_page(page, form, request.form["asked"][:200])
    if chosen(form.back):
        return render_desk(chosen(form.back), page, forms={step_name: form})
    return render_issue(page, forms={step_name: form})


@dataclass(frozen=True)
class Offered:
    """A step on offer, with its form ready to be shown."""

    name: str
    step: OfficeStep
    form: StepForm
    url: str

    @property
    def simple(self) -> bool:
        """Nothing to fill in: one button."""
        return type(self.form) is StepForm


def offered_steps(page: IssuePage, back: str, forms: dict[str, StepForm] | None = None) -> list[Offered]:
    """The steps this actor can take on the issue now; a form that was refused is always among them."""
    found = []
    for step_name, step in STEPS.items():
        refused = (forms or {}).get(step_name)
        if refused is None and not (allows(actor(), step.permission, page.issue) and _possible(page, step)):
            continue
        form = refused or step.form(formdata=None, prefix=step_name, version=str(page.issue.version), back=back)
        _fill(form, page, fresh=refused is None)
        found.append(Offered(step_name, step, form, url_for(f"issues.{step_name}", issue_id=page.id)))
    return found


def _possible(page: IssuePage, step: OfficeStep) -> bool:
    if step.act is None:
        # Taking it over makes sense while there is something to do and somebody else has it.
        return page.takes_votes and page.issue.handler_id != actor().account_id
    if step.act == Act.ANSWER:
        # An answer accepts on the way what nobody has accepted yet.
        return MACHINE.allows(page.state, Act.ANSWER) or MACHINE.allows(page.state, Act.ACCEPT)
    if step.act == Act.EXTEND and page.issue.answer_due is None:
        return False
    return page.allows(step.act)


def _fill(form: StepForm, page: IssuePage, *, fresh: bool) -> None:
    """The choices of lists, and what a list shows when nothing was chosen yet."""
    if isinstance(form, RouteForm):
        from .compose import category_choices

        form.office.choices = [SelectChoice(office.id, name(office)) for office in queries.offices(session(), actor())]
        form.category.choices = category_choices(options(session(), actor()), blank=_("(as it is)"))
        if fresh:
            form.office.data, form.category.data = page.issue.office_id, page.issue.category_id
    if isinstance(form, TriageForm) and fresh:
        form.triage.data = page.issue.triage
        form.guidance.data = page.issue.guidance
    if isinstance(form, AnswerForm) and fresh:
        _from_template(form)


def _from_template(form: AnswerForm) -> None:
    """The text of the template that was asked for."""
    wanted = request.args.get("template", "")
    for template in queries.templates(session(), actor()) if wanted else ():
        if template.id == wanted:
            form.body.data, form.template.data = template.body, template.id
