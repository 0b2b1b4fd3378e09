"""The inbox and what each account wants to find in it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, Json, UtcDateTime, new_id


class NoticeKind(StrEnum):
    """What a notice is about; each can be switched off, except those that are duties."""

    ANSWER = "answer"
    DECISION = "decision"
    BALLOT = "ballot"
    STATUS = "status"
    COMMENT = "comment"
    REPLY = "reply"
    MENTION = "mention"
    INITIATIVE = "initiative"
    TASK = "task"
    ACCOUNT = "account"


MANDATORY = (NoticeKind.TASK, NoticeKind.ACCOUNT)


class Notice(Base):
    """One thing one account is told. The unique key makes a second delivery of the event harmless."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("account_id", "event_id"),
        Index("ix_notice_inbox", "account_id", "id"),
        Index(
            "ix_notice_unread",
            "account_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    event_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[NoticeKind] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(String(40))
    """Name of the sentence, in `texts.TEXTS`."""
    subject_kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(Id)
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NoticePreference(Base):
    """A kind an account has switched off (or on again)."""

    __tablename__ = "notice_preference"

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True)
    kind: Mapped[NoticeKind] = mapped_column(String(12), primary_key=True)
    wanted: Mapped[bool] = mapped_column(Boolean)
