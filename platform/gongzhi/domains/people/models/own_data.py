"""A person's own data: copies asked for, accounts to be erased, and what keeps one voice one voice afterwards."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, UtcDateTime, new_id


class CopyState(StrEnum):
    """How far the copy of somebody's data is."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"


class DataCopy(Base):
    """A copy of one's own data, asked for and made by a job; kept encrypted, and for a week."""

    __tablename__ = "data_copy"
    __table_args__ = (
        Index("ix_data_copy_mine", "account_id", "id"),
        Index("ix_data_copy_state", "state", "id"),
        Index(
            "uq_data_copy_waiting",
            "account_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    state: Mapped[CopyState] = mapped_column(String(8), default=CopyState.WAITING)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    key: Mapped[str | None] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(Integer, default=0)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Erasure(Base):
    """The wish to have one's account erased: waiting, taken back by signing in, or carried out."""

    __tablename__ = "erasure"
    __table_args__ = (
        Index(
            "uq_erasure_open",
            "account_id",
            unique=True,
            sqlite_where=text("cancelled_at IS NULL AND done_at IS NULL"),
            postgresql_where=text("cancelled_at IS NULL AND done_at IS NULL"),
        ),
        Index("ix_erasure_due", "due_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Tombstone(Base):
    """A keyed hash of an erased person's identity, made with a key of its own, and where the voices lie that still
    count. Who is verified with this identity again takes them over, and so votes once (decisions/0014).
    """

    __tablename__ = "tombstone"
    __table_args__ = (UniqueConstraint("district_id", "hash", "voice_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    hash: Mapped[str] = mapped_column(String(64))
    voice_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
