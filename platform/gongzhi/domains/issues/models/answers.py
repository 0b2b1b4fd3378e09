"""Official answers and the templates an office writes them from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, Json, UtcDateTime, new_id


class AnswerTemplate(Base):
    """A text an office uses again and again."""

    __tablename__ = "answer_template"
    __table_args__ = (UniqueConstraint("office_id", "name"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    office_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    changed_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Answer(Base):
    """An office's answer: its words, what comes next and by when, its documents."""

    __tablename__ = "answer"
    __table_args__ = (
        Index("ix_answer_issue", "issue_id", "id"),
        Index("ix_answer_promise", "district_id", "next_step_due", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    issue_id: Mapped[str] = mapped_column(Id, ForeignKey("issue.id"))
    transition_id: Mapped[str] = mapped_column(Id, ForeignKey("issue_transition.id"), unique=True)
    """The step of the trace this answer is: page and trace read both in one statement."""
    author_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    role_title: Mapped[str] = mapped_column(String(60), default="")
    body: Mapped[str] = mapped_column(Text)
    next_step: Mapped[str] = mapped_column(String(300), default="")
    next_step_due: Mapped[date | None] = mapped_column(Date)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    """Each `{key, name, size, media_type}` as the storage gave it."""
    template_id: Mapped[str | None] = mapped_column(Id, ForeignKey("answer_template.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
