"""What the API of decisions takes and answers."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from gongzhi.domains.decisions.models import Adoption, CommitmentState, Decision, DecisionState
from gongzhi.domains.decisions.queries import DecisionRow, decision_page
from gongzhi.domains.decisions.rules import LONGEST_NOTICE, MOST_MONEY_FEN, NOTICE_DAYS, SHORTEST_NOTICE
from gongzhi.domains.issues.models import Solved
from gongzhi.kernel.api import ApiIn, ApiOut, ListQuery
from gongzhi.kernel.db import session
from gongzhi.kernel.guard import actor
from gongzhi.kernel.masks import mask_name


class PromiseIn(ApiIn):
    """A commitment with a date."""

    text: str = Field(min_length=2, max_length=300)
    responsible: str = Field("", max_length=120)
    due_on: date


class MoneyIn(ApiIn):
    """Integer fen of CNY and where it comes from."""

    fen: int = Field(ge=0, le=MOST_MONEY_FEN)
    currency: str = Field("CNY", pattern="^CNY$")
    source: str = Field(min_length=1, max_length=200)


class DecisionIn(ApiIn):
    """A draft of one's own office."""

    title: str = Field(min_length=4, max_length=120)
    body: str = Field(min_length=10, max_length=20_000)
    grounds: str = Field("", max_length=20_000)
    adopted: str = Field("", max_length=20_000)
    not_adopted: str = Field("", max_length=20_000)
    issues: list[str] = Field(min_length=1, max_length=50)
    commitments: list[PromiseIn] = Field([], max_length=20)
    place: str | None = Field(None, max_length=13)
    money: MoneyIn | None = None
    notice_days: int = Field(NOTICE_DAYS, ge=SHORTEST_NOTICE, le=LONGEST_NOTICE)


class AdoptionIn(ApiIn):
    """What was done with a comment, and why."""

    adoption: Adoption
    reason: str = Field("", max_length=500)


class DecisionPatch(ApiIn):
    """What changes in a draft; `version` is the one the writer saw."""

    version: int
    title: str | None = Field(None, min_length=4, max_length=120)
    body: str | None = Field(None, min_length=10, max_length=20_000)
    grounds: str | None = Field(None, max_length=20_000)
    adopted: str | None = Field(None, max_length=20_000)
    not_adopted: str | None = Field(None, max_length=20_000)
    issues: list[str] | None = Field(None, min_length=1, max_length=50)
    commitments: list[PromiseIn] | None = Field(None, max_length=20)
    responsible: str | None = Field(None, max_length=13)
    money: MoneyIn | None = None
    notice_days: int | None = Field(None, ge=SHORTEST_NOTICE, le=LONGEST_NOTICE)
    adoptions: dict[str, AdoptionIn] | None = Field(None, max_length=200)
    """By the comment's id; replaces what was said of comments before."""


class DecisionStepIn(ApiIn):
    """A step without words; with `version` it is refused when the decision has changed meanwhile."""

    version: int | None = None


class DecisionReasonedStepIn(DecisionStepIn):
    """A step with its reason."""

    reason: str = Field(min_length=1, max_length=1000)


class SettleIn(ApiIn):
    """What became of a commitment; a missed one needs a note."""

    state: CommitmentState
    note: str = Field("", max_length=500)


class ObjectionIn(ApiIn):
    """An objection."""

    body: str = Field(min_length=5, max_length=2000)


class ObjectionAnswerIn(ApiIn):
    """The answer to an objection."""

    answer: str = Field(min_length=5, max_length=2000)


class DecisionRatingIn(ApiIn):
    """What somebody concerned says of the outcome."""

    solved: Solved
    satisfaction: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=1000)


class DecisionQuery(ListQuery):
    """Which decisions."""

    state: DecisionState | None = None
    place: str | None = Field(None, max_length=13)


class PromiseOut(ApiOut):
    """A commitment and what became of it."""

    id: str
    text: str
    responsible: str
    due_on: date
    state: str
    note: str


class ReportOut(ApiOut):
    """A report of progress."""

    id: str
    body: str
    organisation: str
    at: datetime


class ObjectionOut(ApiOut):
    """An objection and its answer; `notice_round` is the public notice it was raised in."""

    id: str
    notice_round: int
    name: str
    body: str
    at: datetime
    answer: str
    answered_at: datetime | None


class CourseStepOut(ApiOut):
    """A step of its course: `create`, `edit`, `submit`, `return`, `approve`, `reconsider`, `publish`, …"""

    action: str
    to_state: DecisionState
    reason: str
    at: datetime
    office: str | None


class DecisionOut(ApiOut):
    """A decision as in a list."""

    id: str
    number: str | None
    title: str
    state: DecisionState
    office: str
    place: str
    notice_until: date | None
    published_at: datetime | None
    done_at: datetime | None
    comment_count: int
    version: int


class DecisionDetail(DecisionOut):
    """A decision with all it rests on."""

    body: str
    grounds: str
    adopted: str
    not_adopted: str
    money_fen: int | None
    currency: str
    money_source: str
    issues: list[str]
    commitments: list[PromiseOut]
    progress: list[ReportOut]
    notice_from: date | None
    notice_days: int
    notice_round: int
    responsible: str
    objections: list[ObjectionOut]
    course: list[CourseStepOut]


class ProgressIn(ApiIn):
    """A report of progress."""

    body: str = Field(min_length=2, max_length=5000)
    commitment: str | None = Field(None, max_length=13)


def row_out(row: DecisionRow) -> DecisionOut:
    return DecisionOut(
        id=row.decision.id,
        number=row.decision.number,
        title=row.decision.title,
        state=DecisionState(row.decision.state),
        office=row.office.name_zh,
        place=row.place.id,
        notice_until=row.decision.notice_until,
        published_at=row.decision.published_at,
        done_at=row.decision.done_at,
        comment_count=row.decision.comment_count,
        version=row.decision.version,
    )


def detail(decision: Decision) -> DecisionDetail:
    page = decision_page(session(), actor(), decision)
    return DecisionDetail(
        **row_out(DecisionRow(decision, page.office, page.place)).model_dump(),
        body=decision.body,
        grounds=decision.grounds,
        adopted=decision.adopted,
        not_adopted=decision.not_adopted,
        money_fen=decision.money_fen,
        currency="CNY",
        money_source=decision.money_source,
        issues=[issue.id for issue in page.issues],
        commitments=[PromiseOut.model_validate(one) for one in page.commitments],
        progress=[
            ReportOut(id=report.id, body=report.body, organisation=report.office, at=report.at)
            for report in page.reports
        ],
        notice_from=decision.notice_from,
        notice_days=decision.notice_days,
        notice_round=decision.notice_round,
        responsible=page.responsible.id,
        objections=[
            ObjectionOut(
                id=one.id,
                notice_round=one.notice_round,
                name=mask_name(one.name),
                body=one.body,
                at=one.at,
                answer=one.answer,
                answered_at=one.answered_at,
            )
            for one in page.objections
        ],
        course=[CourseStepOut.model_validate(step) for step in page.steps],
    )
