"""One log for each district: its leaves, the complete subtrees above them, its signed heads and its keys.

Leaves, subtrees and heads are only ever added. The database itself refuses to change or remove them
(triggers below, the same as in the migration), so that a mistake here cannot rewrite what was public.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, UtcDateTime, new_id
from gongzhi.kernel.triggers import with_tables

from .immutable import guarded

INDEX_BITS = 56


def number_of(level: int, index: int) -> int:
    """The number under which a subtree is stored: its level in front of its index."""
    return level << INDEX_BITS | index


def node_at(number: int) -> tuple[int, int]:
    """The level and index in a number."""
    return number >> INDEX_BITS, number & (1 << INDEX_BITS) - 1


class LedgerLog(Base):
    """The log of a district. Its row is the lock under which the log grows: two writers cannot fork it."""

    __tablename__ = "ledger_log"

    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    """District code and id of the first key; stands in everything that is signed."""
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    grown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LedgerLeaf(Base):
    """One public act. `record` is hashed exactly as it stands here; nothing in it is about a person."""

    __tablename__ = "ledger_leaf"
    __table_args__ = (
        Index("ix_ledger_leaf_kind", "district_id", "subject_kind", "position"),
        Index("ix_ledger_leaf_subject", "subject_id", "position"),
    )

    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    event_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    """The event's name."""
    subject_kind: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[str] = mapped_column(Id)
    record: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class LedgerNode(Base):
    """The hash of a complete subtree above the leaves: one row for each leaf all in all, never changed.

    Level and index are one number, so that any set of subtrees is read by one IN over one key: SQLite walks the
    whole log for `(level, index) IN (…)`.
    """

    __tablename__ = "ledger_node"

    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class LedgerSalt(Base):
    """What makes the hash of words that may speak of a person unguessable; destroyed when they are erased."""

    __tablename__ = "ledger_salt"
    __table_args__ = (Index("ix_ledger_salt_subject", "subject_id"),)

    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id)
    part_id: Mapped[str | None] = mapped_column(Id)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))


class LedgerHead(Base):
    """A signed tree head: at this size the log had this root."""

    __tablename__ = "ledger_head"
    __table_args__ = (CheckConstraint("size > 0", name="size"),)

    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    time: Mapped[datetime] = mapped_column(UtcDateTime)
    key_id: Mapped[str] = mapped_column(String(16), ForeignKey("ledger_key.key_id"))
    algorithm: Mapped[str] = mapped_column(String(16))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))


class LedgerKey(Base):
    """A key of a log. Its private part is encrypted, and destroyed once another key has followed it."""

    __tablename__ = "ledger_key"
    __table_args__ = (
        Index(
            "uq_ledger_key_in_use",
            "district_id",
            unique=True,
            sqlite_where=text("valid_until IS NULL"),
            postgresql_where=text("valid_until IS NULL"),
        ),
        CheckConstraint("(valid_until IS NULL) = (private_key IS NOT NULL)", name="private"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    key_id: Mapped[str] = mapped_column(String(16), unique=True)
    algorithm: Mapped[str] = mapped_column(String(16))
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    private_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    endorsed_by: Mapped[str] = mapped_column(String(16))
    """The key before; the first one endorses itself."""
    endorsement: Mapped[bytes] = mapped_column(LargeBinary(64))


for _model in (LedgerLeaf, LedgerNode, LedgerHead):
    with_tables(_model.__table__, partial(guarded, table=_model.__tablename__))
