"""What goes in and comes out of the operations on issues."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from gongzhi.kernel.api import ApiIn, ApiOut, ListQuery

from ..models import Choice, IssueState, Solved, Triage
from ..queries import IssuePage, IssueRow, Named, Order
from ..rules.lifecycle import StateGroup
from ..rules.words import ANSWER_LENGTH, BODY_LENGTH, MOST_PHOTOS, NOTE_LENGTH, TITLE_LENGTH

IdText = Annotated[str, Field(min_length=1, max_length=40)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="The version that was read; an older one answers 409")]
Reason = Annotated[str, Field(min_length=1, max_length=2_000)]


class IssuesQuery(ListQuery):
    """What narrows and orders the list."""

    place: IdText | None = Field(None, description="id of a place; all below it belongs to it")
    category: IdText | None = Field(None, description="id of a category; a main one holds its finer ones")
    state: StateGroup | None = None
    triage: Triage | None = None
    office: IdText | None = None
    order: Order = Order.HOT


class PhotoIn(ApiIn):
    """A picture uploaded before."""

    key: str = Field(max_length=100)
    alt: str = Field("", max_length=200)


class IssueIn(ApiIn):
    """An issue to publish."""

    category: IdText
    place: IdText
    title: str = Field(min_length=1, max_length=TITLE_LENGTH[1])
    body: str = Field(min_length=1, max_length=BODY_LENGTH[1])
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    photos: list[PhotoIn] = Field(default_factory=list, max_length=MOST_PHOTOS)


class IssuePatch(ApiIn):
    """What changes; left out or null stays as it is."""

    version: Version | None = None
    category: IdText | None = None
    place: IdText | None = None
    title: str | None = Field(None, max_length=TITLE_LENGTH[1])
    body: str | None = Field(None, max_length=BODY_LENGTH[1])
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    photos: list[PhotoIn] | None = Field(None, max_length=MOST_PHOTOS)
    note: str = Field("", max_length=300, description="Why it was changed")


class NoteIn(ApiIn):
    """Something to add to one's issue."""

    note: str = Field(min_length=1, max_length=NOTE_LENGTH[1])
    version: Version | None = None


class ReasonIn(ApiIn):
    """A public reason."""

    reason: Reason
    version: Version | None = None


class MergeIn(ReasonIn):
    """Into which issue, and why."""

    into: IdText


class VoteIn(ApiIn):
    """A voice."""

    choice: Literal["support", "oppose", "neutral"]


class AnswerIn(ApiIn):
    """An official answer."""

    body: str = Field(min_length=1, max_length=ANSWER_LENGTH[1])
    next_step: str = Field("", max_length=300)
    next_step_due: date | None = None
    version: Version | None = None


class RatingIn(ApiIn):
    """What one thinks of the outcome."""

    solved: Solved
    satisfaction: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=1_000)


class StepIn(ApiIn):
    """A step of the responsible office. Which of the others are needed depends on the action."""

    action: Literal["accept", "start", "pause", "resume", "extend", "resolve", "decline", "route", "triage"]
    reason: str = Field("", max_length=2_000)
    days: int | None = Field(None, ge=1, le=365)
    office: IdText | None = None
    category: IdText | None = None
    triage: Triage | None = None
    guidance: str = Field("", max_length=2_000)
    version: Version | None = None


class NamedOut(ApiOut):
    """A thing with a name in two languages."""

    id: str
    name_zh: str
    name_en: str


class Counts(ApiOut):
    """The voices of one chamber."""

    support: int
    oppose: int
    neutral: int


class Chambers(ApiOut):
    """The voices by chamber."""

    resident: Counts
    enterprise: Counts
    ngo: Counts


class TallyOut(ApiOut):
    """The tally; its version only grows and is that of the live topic."""

    version: int
    chambers: Chambers
    total: int


class Numbers(ApiOut):
    """A tally inside a list, without a version."""

    chambers: Chambers
    total: int


class CategoryOut(NamedOut):
    """A category that can be chosen."""

    code: str
    parent: str | None
    level: int
    accept_days: int
    answer_days: int
    basis: str
    urgency: str


class IssueShort(ApiOut):
    """An issue in a list."""

    id: str
    title: str
    excerpt: str
    state: IssueState
    triage: Triage | None
    category: NamedOut
    place: NamedOut
    community: NamedOut | None
    subdistrict: NamedOut | None
    office: NamedOut | None
    author: str
    organisation: NamedOut | None
    chamber: str
    published_at: datetime
    due_on: date | None
    paused: bool
    reopened: int
    comment_count: int
    latitude: float | None
    longitude: float | None
    tally: Numbers
    my_vote: Choice | None

    @classmethod
    def of(cls, row: IssueRow) -> IssueShort:
        """Out of a row of the list."""
        return cls.model_validate(
            {
                "author": row.author_name,
                "paused": row.is_paused,
                "tally": {"chambers": row.tally["chambers"], "total": row.tally["total"]},
                **{name: getattr(row, name) for name in cls.model_fields if name not in ("author", "paused", "tally")},
            }
        )


class PhotoOut(ApiOut):
    """A picture of an issue."""

    key: str
    thumb_key: str
    alt: str


class IssueOut(ApiOut):
    """An issue in full."""

    id: str
    version: int
    title: str
    body: str
    language: str
    state: IssueState
    triage: Triage | None
    guidance: str
    category: NamedOut
    places: list[NamedOut]
    office: NamedOut | None
    escalated_office: NamedOut | None
    author: str
    organisation: NamedOut | None
    chamber: str
    source: str
    source_support: int | None
    source_oppose: int | None
    """What the platform it came from had counted; no part of the tally."""
    published_at: datetime
    edited_at: datetime | None
    accept_due: date | None
    answer_due: date | None
    paused: bool
    pause_reason: str
    answered_at: datetime | None
    resolved_at: datetime | None
    reopened: int
    merged_into: str | None
    latitude: float | None
    longitude: float | None
    comment_count: int
    version_count: int
    photos: list[PhotoOut]
    tally: TallyOut
    my_vote: Choice | None
    follows: bool
    mark: str | None
    mark_ground: str | None

    @classmethod
    def of(cls, page: IssuePage) -> IssueOut:
        """Out of what the page shows."""
        issue = page.issue
        return cls.model_validate(
            {
                **{name: getattr(issue, name) for name in cls.model_fields if hasattr(issue, name)},
                "category": page.category,
                "places": list(page.places),
                "office": page.office,
                "escalated_office": page.escalated_office,
                "author": page.author_name,
                "organisation": page.organisation,
                "paused": issue.paused_at is not None,
                "merged_into": issue.merged_into_id,
                "version_count": page.version_count,
                "photos": page.photos,
                "tally": page.tally,
                "my_vote": page.my_vote,
                "follows": page.follows,
            }
        )


class AnswerOut(ApiOut):
    """An official answer."""

    id: str
    body: str
    next_step: str
    next_step_due: date | None
    attachments: list[dict[str, Any]]
    organisation: NamedOut | None
    title: str
    author: str
    at: datetime


class TraceOut(ApiOut):
    """A link of the trace: who, when, why and the document."""

    kind: str
    action: str
    label: str
    at: datetime
    from_state: str | None
    to_state: str | None
    by: str
    organisation: NamedOut | None
    title: str
    office: NamedOut | None
    reason: str
    details: dict[str, Any]
    document_key: str | None
    subject_id: str | None
    answer: AnswerOut | None


class TraceListOut(ApiOut):
    """The whole trace, oldest link first."""

    items: list[TraceOut]


class ReopenOut(ApiOut):
    """Whether it is open again, and how many supporters have asked."""

    reopened: bool
    requests: int
    needed: int


def named(thing: Any) -> Named | None:
    """The name of an organisation, place or category."""
    return None if thing is None else Named(thing.id, thing.name_zh, thing.name_en)
