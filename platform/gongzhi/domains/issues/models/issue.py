"""The issue, its public versions, photos, pauses, and every change of its state."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, Json, UtcDateTime, new_id
from gongzhi.kernel.storage import small_key

NO_DEADLINE = date(9999, 12, 31)
"""Kept in `due_on` where nothing is due, so that the column can order a list."""


class IssueState(StrEnum):
    """From publication to the end; drafts are a table of their own."""

    PUBLISHED = "published"
    ACCEPTED = "accepted"
    UNDER_WAY = "under_way"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    NOT_POSSIBLE = "not_possible"
    RATED = "rated"
    CLOSED = "closed"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class Triage(StrEnum):
    """三事分流: the office's affair, a common one, or a private one (domain.md, 3.6)."""

    BIG = "big"
    SMALL = "small"
    PRIVATE = "private"


class Source(StrEnum):
    """The door an issue came through."""

    WEB = "web"
    API = "api"
    IMPORT = "import"


class IssueDraft(Base):
    """What somebody is still writing; private to the account."""

    __tablename__ = "issue_draft"
    __table_args__ = (
        UniqueConstraint("account_id", "client_key"),
        Index("ix_issue_draft_newest", "account_id", "updated_at", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    client_key: Mapped[str] = mapped_column(String(64))
    """Made by the browser, so that a draft sent twice after being offline is one draft."""
    category_id: Mapped[str | None] = mapped_column(Id, ForeignKey("category.id"))
    place_id: Mapped[str | None] = mapped_column(Id, ForeignKey("place.id"))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    title: Mapped[str] = mapped_column(String(80), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    photos: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Issue(Base):
    """An issue. Scores are copies for ordering lists; the numbers people see come from the tallies.

    `support_score`, `hot_score` are refreshed by a listener of the relay, many votes at a time: a counter
    on this row, moved by each vote, would make all voters of a hot issue queue up behind one another.
    """

    __tablename__ = "issue"
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="position"),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged"),
        Index("ix_issue_district_new", "district_id", "published_at", "id"),
        Index("ix_issue_district_hot", "district_id", "hot_score", "id"),
        Index("ix_issue_district_support", "district_id", "support_score", "id"),
        Index("ix_issue_district_due", "district_id", "due_on", "id"),
        Index("ix_issue_subdistrict_new", "subdistrict_id", "published_at", "id"),
        Index("ix_issue_subdistrict_hot", "subdistrict_id", "hot_score", "id"),
        Index("ix_issue_subdistrict_support", "subdistrict_id", "support_score", "id"),
        Index("ix_issue_community_new", "community_id", "published_at", "id"),
        Index("ix_issue_community_hot", "community_id", "hot_score", "id"),
        Index("ix_issue_community_support", "community_id", "support_score", "id"),
        Index("ix_issue_grid_new", "grid_id", "published_at", "id"),
        Index("ix_issue_place_new", "place_id", "published_at", "id"),
        Index("ix_issue_category_new", "category_id", "published_at", "id"),
        Index("ix_issue_category_hot", "category_id", "hot_score", "id"),
        Index("ix_issue_category_support", "category_id", "support_score", "id"),
        Index("ix_issue_office_due", "office_id", "due_on", "id"),
        Index("ix_issue_escalated_due", "escalated_office_id", "due_on", "id"),
        Index("ix_issue_author_new", "author_key", "published_at", "id"),
        Index("ix_issue_state_due", "state", "due_on", "id"),
        Index("ix_issue_near", "district_id", "latitude", "longitude"),
        UniqueConstraint("district_id", "import_key"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    author_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    """None for imported messages, whose writers have no account here."""
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    author_key: Mapped[str] = mapped_column(String(20))
    """Whose voice this is: `a:<account>`, `o:<organisation>`, or `i:` for an import."""
    chamber: Mapped[str] = mapped_column(String(12))
    category_id: Mapped[str] = mapped_column(Id, ForeignKey("category.id"))
    place_id: Mapped[str] = mapped_column(Id, ForeignKey("place.id"))
    place_path: Mapped[str] = mapped_column(String(120))
    subdistrict_id: Mapped[str | None] = mapped_column(Id, ForeignKey("place.id"))
    community_id: Mapped[str | None] = mapped_column(Id, ForeignKey("place.id"))
    grid_id: Mapped[str | None] = mapped_column(Id, ForeignKey("place.id"))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(12), default="zh_Hans_CN")
    state: Mapped[IssueState] = mapped_column(String(12), default=IssueState.PUBLISHED)
    triage: Mapped[Triage | None] = mapped_column(String(8))
    guidance: Mapped[str] = mapped_column(Text, default="")
    """For a private matter: where to turn, and who mediates."""
    office_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    handler_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    escalated_office_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    """The office above that stepped in when a deadline was missed; it may act as well."""
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the office called it finished, resolved or not possible; reopening counts from here."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accept_due: Mapped[date | None] = mapped_column(Date)
    answer_due: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date, default=NO_DEADLINE)
    """The deadline that runs now, or `NO_DEADLINE`."""
    due_from: Mapped[date | None] = mapped_column(Date)
    """The day the running deadline began, for reminders at 50 and 80 %."""
    extended_days: Mapped[int] = mapped_column(SmallInteger, default=0)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pause_reason: Mapped[str] = mapped_column(String(500), default="")
    reopened: Mapped[int] = mapped_column(SmallInteger, default=0)
    merged_into_id: Mapped[str | None] = mapped_column(Id, ForeignKey("issue.id"), index=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    """Raised by every change; a writer who saw an older one gets `Stale`."""
    support_score: Mapped[int] = mapped_column(Integer, default=0)
    hot_score: Mapped[float] = mapped_column(Float, default=0.0)
    comment_count: Mapped[int] = mapped_column(Integer, default=0)
    is_hidden: Mapped[bool] = mapped_column(Boolean, default=False)
    mark: Mapped[str | None] = mapped_column(String(12))
    """What moderation has done: `people.rules.Mark`. A hidden issue's words are not here any more."""
    mark_ground: Mapped[str | None] = mapped_column(String(16))
    source: Mapped[Source] = mapped_column(String(8), default=Source.WEB)
    import_key: Mapped[str | None] = mapped_column(String(80))
    source_support: Mapped[int | None] = mapped_column(Integer)
    """Likes an imported message had where it came from: a fact about the source, never part of a tally."""
    source_oppose: Mapped[int | None] = mapped_column(Integer)


class IssueVersion(Base):
    """A public version of the words: the first and each edit."""

    __tablename__ = "issue_version"

    issue_id: Mapped[str] = mapped_column(Id, ForeignKey("issue.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    category_id: Mapped[str] = mapped_column(Id, ForeignKey("category.id"))
    place_id: Mapped[str] = mapped_column(Id, ForeignKey("place.id"))
    editor_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    note: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class IssueTransition(Base):
    """One step of the trace: what was done, by whom, on whose behalf, why, with which document."""

    __tablename__ = "issue_transition"
    __table_args__ = (Index("ix_issue_transition_trace", "issue_id", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    issue_id: Mapped[str] = mapped_column(Id, ForeignKey("issue.id"))
    action: Mapped[str] = mapped_column(String(24))
    from_state: Mapped[IssueState | None] = mapped_column(String(12))
    to_state: Mapped[IssueState] = mapped_column(String(12))
    actor_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    """None when the system did it, as with a missed deadline."""
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    role_title: Mapped[str] = mapped_column(String(60), default="")
    office_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    """The office responsible after this step."""
    reason: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """What the sentence needs besides: a new due date, the other issue of a merger, a category."""
    document_key: Mapped[str | None] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class IssuePhoto(Base):
    """A picture shown with the issue, already re-encoded by the storage."""

    __tablename__ = "issue_photo"

    issue_id: Mapped[str] = mapped_column(Id, ForeignKey("issue.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    key: Mapped[str] = mapped_column(String(100), index=True)
    alt: Mapped[str] = mapped_column(String(200), default="")
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def thumb_key(self) -> str:
        """The key of the small version."""
        return small_key(self.key)


class Pause(Base):
    """Days that do not count, and why."""

    __tablename__ = "issue_pause"
    __table_args__ = (Index("ix_issue_pause_issue", "issue_id", "started_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    issue_id: Mapped[str] = mapped_column(Id, ForeignKey("issue.id"))
    reason: Mapped[str] = mapped_column(String(500))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    working_days: Mapped[int] = mapped_column(SmallInteger, default=0)


class DeadlineMark(Base):
    """A reminder or escalation that was given, once however many workers sweep."""

    __tablename__ = "issue_deadline_mark"

    issue_id: Mapped[str] = mapped_column(Id, ForeignKey("issue.id"), primary_key=True)
    deadline: Mapped[str] = mapped_column(String(8), primary_key=True)
    """`accept`, `answer`, or `promise` for the next step an answer promised."""
    due: Mapped[date] = mapped_column(Date, primary_key=True)
    mark: Mapped[str] = mapped_column(String(8), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
