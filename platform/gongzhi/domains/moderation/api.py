"""Reports, measures, appeals and figures over the JSON API; the moderators' queue too."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from gongzhi.domains.people.rules import Ground
from gongzhi.kernel import clock
from gongzhi.kernel.api import ApiIn, ApiOut, ListQuery, operation
from gongzhi.kernel.db import session, write
from gongzhi.kernel.guard import actor
from gongzhi.kernel.pages import Page
from gongzhi.kernel.policy import PUBLIC

from . import actions, queries
from .models import AppealOutcome, MeasureKind, ModerationCase, ModerationMeasure
from .permissions import (
    APPEAL,
    DECIDE_APPEAL,
    DECIDE_CASE,
    OWN_MEASURES,
    OWN_REPORTS,
    READ_CASE,
    READ_ORIGINAL,
    REPORT,
    WORK_QUEUE,
)
from .queries import AppealInHand, CaseFilters, OwnMeasure, access_appeal, access_case, access_own_measure

ByHand = Literal["dismiss", "hide", "redact", "warn", "suspend", "restore"]


class FiledReportIn(ApiIn):
    """What is reported, and why."""

    kind: str = Field(max_length=16)
    subject: str = Field(max_length=13)
    ground: Ground
    words: str = Field("", max_length=1000)


class FiledReport(ApiOut):
    """A report of one's own and what became of it."""

    id: str
    kind: str
    subject: str
    ground: Ground
    words: str
    at: datetime
    outcome: str | None


class AppealOut(ApiOut):
    """An appeal and how it ended."""

    id: str
    words: str
    at: datetime
    due_at: datetime
    outcome: AppealOutcome | None
    reason: str


class MeasureOut(ApiOut):
    """A measure that concerns oneself."""

    id: str
    kind: MeasureKind
    ground: Ground
    reason: str
    days: int | None
    subject_kind: str
    subject: str
    at: datetime
    appeal_until: datetime | None
    appeal: AppealOut | None


class CaseOut(ApiOut):
    """A case of the queue."""

    id: str
    subject_kind: str
    subject: str
    state: str
    mark: str | None
    ground: Ground
    urgent: bool
    reports: int
    weight: float
    excerpt: str
    opened_at: datetime
    due_at: datetime


class CaseQuery(ListQuery):
    """What narrows the queue."""

    state: Literal["open", "decided"] = "open"
    kind: str | None = Field(None, max_length=16)
    ground: Ground | None = None
    urgent: bool = False


class MeasureIn(ApiIn):
    """A measure on a case."""

    kind: ByHand
    ground: Ground
    reason: str = Field(min_length=1, max_length=1000)
    passages: list[str] = Field(default_factory=list, max_length=50)
    days: Literal[1, 7, 30] | None = None


class AppealIn(ApiIn):
    """Why a measure is wrong."""

    words: str = Field(min_length=1, max_length=2000)


class AppealDecisionIn(ApiIn):
    """What another moderator finds."""

    outcome: AppealOutcome
    reason: str = Field(min_length=1, max_length=1000)
    passages: list[str] = Field(default_factory=list, max_length=50)
    days: Literal[1, 7, 30] | None = None


class OriginalsOut(ApiOut):
    """The author's own words by part."""

    parts: dict[str, str]


class StatisticsOut(ApiOut):
    """The figures of the running month and of those published."""

    running: dict[str, Any]
    published: list[dict[str, Any]]


def _measure(own: OwnMeasure) -> MeasureOut:
    return MeasureOut(
        id=own.measure.id,
        kind=own.measure.kind,
        ground=Ground(own.measure.ground),
        reason=own.measure.reason,
        days=own.measure.days,
        subject_kind=own.case.subject_kind,
        subject=own.case.subject_id,
        at=own.measure.at,
        appeal_until=own.measure.appeal_until,
        appeal=AppealOut.model_validate(own.appeal) if own.appeal else None,
    )


def _case(case: ModerationCase) -> CaseOut:
    return CaseOut(
        id=case.id,
        subject_kind=case.subject_kind,
        subject=case.subject_id,
        state=case.state,
        mark=case.mark,
        ground=Ground(case.ground),
        urgent=case.is_urgent,
        reports=case.reports,
        weight=case.weight,
        excerpt=case.excerpt,
        opened_at=case.opened_at,
        due_at=case.due_at,
    )


def _report(report: Any, case: ModerationCase) -> FiledReport:
    return FiledReport(
        id=report.id,
        kind=case.subject_kind,
        subject=case.subject_id,
        ground=report.ground,
        words=report.words,
        at=report.at,
        outcome=report.outcome,
    )


@operation("POST", "/reports", REPORT, body=FiledReportIn, answer=FiledReport, status=201, tag="moderation")
def report_thing(body: FiledReportIn) -> FiledReport:
    """Report what breaks the community's rules; in danger call 110, 119 or 120."""
    with write() as current:
        report = actions.file_report(current, actor(), body.kind, body.subject, ground=body.ground, words=body.words)
        return _report(report, current.get_one(ModerationCase, report.case_id))


@operation("GET", "/me/reports", OWN_REPORTS, query=ListQuery, answer=FiledReport, lists=True, tag="moderation")
def list_my_reports(query: ListQuery) -> Page[FiledReport]:
    """What one reported and what became of it."""
    page = queries.own_reports(session(), actor(), after=query.cursor, limit=query.limit)
    return Page([_report(*row) for row in page.items], page.next_cursor)


@operation("GET", "/me/measures", OWN_MEASURES, query=ListQuery, answer=MeasureOut, lists=True, tag="moderation")
def list_my_measures(query: ListQuery) -> Page[MeasureOut]:
    """Measures that concern oneself, newest first."""
    page = queries.own_measures(session(), actor(), after=query.cursor, limit=query.limit)
    return Page([_measure(own) for own in page.items], page.next_cursor)


@operation(
    "POST", "/measures/<measure_id>/appeal", APPEAL, body=AppealIn, answer=AppealOut, status=201, tag="moderation",
    measure=access_own_measure,
)  # fmt: skip
def appeal_measure(measure: ModerationMeasure, body: AppealIn) -> AppealOut:
    """Appeal within 15 days; another moderator decides."""
    with write() as current:
        return AppealOut.model_validate(actions.file_appeal(current, actor(), measure, words=body.words))


@operation("GET", "/moderation/statistics", PUBLIC, answer=StatisticsOut, tag="moderation")
def moderation_statistics() -> StatisticsOut:
    """Public figures by month; what is below five is "<5"."""
    district_id = actor().district_id
    return StatisticsOut(
        running=queries.month_statistics(session(), district_id, f"{clock.today():%Y-%m}"),
        published=[month.statistics for month in queries.published_months(session(), district_id)],
    )


@operation("GET", "/moderation/cases", WORK_QUEUE, query=CaseQuery, answer=CaseOut, lists=True, tag="moderation")
def list_cases(query: CaseQuery) -> Page[CaseOut]:
    """What was reported, the most pressing first."""
    filters = CaseFilters(state=query.state, kind=query.kind, ground=query.ground, urgent=query.urgent)
    page = queries.queue(session(), actor(), filters, after=query.cursor, limit=query.limit)
    return Page([_case(row.case) for row in page.items], page.next_cursor)


@operation("GET", "/moderation/cases/<case_id>", READ_CASE, answer=CaseOut, tag="moderation", case=access_case)
def read_case(case: ModerationCase) -> CaseOut:
    """A case."""
    return _case(case)


@operation("POST", "/moderation/cases/<case_id>/claim", DECIDE_CASE, answer=CaseOut, tag="moderation", case=access_case)
def claim_case(case: ModerationCase) -> CaseOut:
    """Take a case for half an hour, or give it back."""
    with write() as current:
        actions.claim(current, actor(), case)
        return _case(case)


@operation(
    "POST", "/moderation/cases/<case_id>/measures", DECIDE_CASE, body=MeasureIn, answer=CaseOut, status=201, fresh=True,
    tag="moderation", case=access_case,
)  # fmt: skip
def take_measure(case: ModerationCase, body: MeasureIn) -> CaseOut:
    """Hide, show again, cover a part, warn, suspend, or take no measure: always with a reason."""
    with write() as current:
        actions.decide(
            current, actor(), case,
            kind=body.kind, ground=body.ground, reason=body.reason, passages=body.passages, days=body.days,
        )  # fmt: skip
        return _case(case)


@operation(
    "POST", "/moderation/cases/<case_id>/originals", READ_ORIGINAL, answer=OriginalsOut, tag="moderation",
    case=access_case,
)  # fmt: skip
def read_originals(case: ModerationCase) -> OriginalsOut:
    """The author's own words; each time is noted for the auditors."""
    with write() as current:
        return OriginalsOut(parts=actions.look_at_originals(current, actor(), case))


@operation(
    "POST", "/moderation/appeals/<appeal_id>/decision", DECIDE_APPEAL, body=AppealDecisionIn, answer=AppealOut,
    fresh=True, tag="moderation", appeal=access_appeal,
)  # fmt: skip
def decide_on_appeal(appeal: AppealInHand, body: AppealDecisionIn) -> AppealOut:
    """Uphold, reverse or change a measure somebody else took."""
    with write() as current:
        return AppealOut.model_validate(
            actions.decide_appeal(
                current,
                actor(),
                appeal,
                outcome=body.outcome,
                reason=body.reason,
                passages=body.passages,
                days=body.days,
            )
        )
