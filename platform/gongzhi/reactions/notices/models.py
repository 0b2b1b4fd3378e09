"""The inbox, what each account wants to be told and on which channel, and what goes out on them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
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
    AREA = "area"
    TASK = "task"
    ACCOUNT = "account"


MANDATORY = (NoticeKind.TASK, NoticeKind.ACCOUNT)


class Channel(StrEnum):
    """The ways beside the inbox."""

    MAIL = "mail"
    SMS = "sms"
    PUSH = "push"


INBOX = "inbox"
DIGEST = "digest"
"""In the place of a kind: everything that is not urgent, gathered once a day."""


class DeliveryState(StrEnum):
    """Of one message on one channel; what each promises is in docs/decisions/0013."""

    PENDING = "pending"
    """Not handed over yet; a lease says that a worker holds it."""
    SENDING = "sending"
    """Written before it is handed over: whoever finds it so knows that it may have gone."""
    SENT = "sent"
    FAILED = "failed"
    """Refused for good, or tried too often."""
    DROPPED = "dropped"
    """Not sent on purpose: nobody wants it any more, or nobody knows whether it went."""


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


class ChannelPreference(Base):
    """Whether an account wants a kind (or the digest) on a channel, where it differs from the default."""

    __tablename__ = "channel_preference"

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    """A `NoticeKind`, or `DIGEST`."""
    channel: Mapped[Channel] = mapped_column(String(8), primary_key=True)
    wanted: Mapped[bool] = mapped_column(Boolean)


class ThingPreference(Base):
    """What an account wants of one thing, before its kinds are asked: `INBOX` unwanted mutes it everywhere."""

    __tablename__ = "thing_preference"
    __table_args__ = (Index("ix_thing_preference_thing", "subject_kind", "subject_id", "channel"),)

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    wanted: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class NoticeSchedule(Base):
    """When an account may be disturbed and when its digest comes; minutes and hours of the district's clock."""

    __tablename__ = "notice_schedule"
    __table_args__ = (
        CheckConstraint("quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439", name="quiet"),
        CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour"),
    )

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True)
    quiet_from: Mapped[int] = mapped_column(SmallInteger)
    quiet_until: Mapped[int] = mapped_column(SmallInteger)
    """The same as `quiet_from`: no quiet hours."""
    digest_hour: Mapped[int] = mapped_column(SmallInteger)


class AreaAlert(Base):
    """New things in a place and all below it, or around a point."""

    __tablename__ = "area_alert"
    __table_args__ = (
        CheckConstraint("(place_id IS NULL) <> (radius_m IS NULL)", name="shape"),
        CheckConstraint(
            "(latitude IS NULL) = (radius_m IS NULL) AND (longitude IS NULL) = (radius_m IS NULL)", name="centre"
        ),
        CheckConstraint("radius_m BETWEEN 100 AND 5000", name="radius"),
        Index("ix_area_alert_account", "account_id", "id"),
        Index("ix_area_alert_place", "place_id"),
        Index("ix_area_alert_near", "district_id", "latitude", "longitude"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(40), default="")
    place_id: Mapped[str | None] = mapped_column(Id, ForeignKey("place.id"))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    radius_m: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PushSubscription(Base):
    """A browser that takes web push; it ends with the session it was made in."""

    __tablename__ = "push_subscription"
    __table_args__ = (Index("ix_push_subscription_account", "account_id", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    session_id: Mapped[str | None] = mapped_column(Id, index=True)
    """No foreign key: old sessions are deleted, and a subscription may outlive one that merely expired."""
    endpoint_hash: Mapped[str] = mapped_column(String(64), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Address and keys, encrypted: whoever knows them can write to the device."""
    device: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PushKey(Base):
    """The key pair by which push services know this installation (VAPID, RFC 8292); one row."""

    __tablename__ = "push_key"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    public: Mapped[str] = mapped_column(String(100))
    private: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Delivery(Base):
    """One message to one account on one channel: an urgent notice, or the digest of a day. Unique as such."""

    __tablename__ = "notice_delivery"
    __table_args__ = (
        UniqueConstraint("account_id", "channel", "notice_id"),
        UniqueConstraint("account_id", "channel", "digest_on"),
        CheckConstraint("(notice_id IS NULL) <> (digest_on IS NULL)", name="what"),
        Index("ix_notice_delivery_due", "state", "due_at"),
        Index("ix_notice_delivery_notice", "notice_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    channel: Mapped[Channel] = mapped_column(String(8))
    notice_id: Mapped[str | None] = mapped_column(Id, ForeignKey("notice.id"))
    digest_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[DeliveryState] = mapped_column(String(8), default=DeliveryState.PENDING)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(16))
    """The worker's own word; with `lease_until` it says who may hand this over now."""
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(80), default="")


class DigestItem(Base):
    """A notice that waits for the digest of a channel, and the digest it went into."""

    __tablename__ = "digest_item"
    __table_args__ = (
        Index(
            "ix_digest_item_waiting",
            "account_id",
            "channel",
            "due_at",
            sqlite_where=text("delivery_id IS NULL"),
            postgresql_where=text("delivery_id IS NULL"),
        ),
        Index("ix_digest_item_delivery", "delivery_id", "notice_id"),
    )

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True)
    channel: Mapped[Channel] = mapped_column(String(8), primary_key=True)
    notice_id: Mapped[str] = mapped_column(Id, ForeignKey("notice.id"), primary_key=True)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    delivery_id: Mapped[str | None] = mapped_column(Id, ForeignKey("notice_delivery.id"))


class FanOut(Base):
    """An event with more readers than one transaction should tell: how far the telling has come."""

    __tablename__ = "notice_fan_out"
    __table_args__ = (Index("ix_notice_fan_out_open", "finished_at", "event_id"),)

    event_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    position: Mapped[int] = mapped_column(SmallInteger, default=0)
    """Which of the event's messages is being told."""
    last_account_id: Mapped[str | None] = mapped_column(Id)
    """The last account told of it; the next page begins after."""
    audience: Mapped[int] = mapped_column(Integer)
    told: Mapped[int] = mapped_column(Integer, default=0)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    moved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
