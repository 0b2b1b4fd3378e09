"""What issues are about, and which office answers for what where: both are data that officials edit."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, UtcDateTime, new_id


class Urgency(StrEnum):
    """The number to call first when a category may mean danger (domain.md, 3.2, product rule)."""

    NONE = ""
    FIRE = "119"
    POLICE = "110"
    AMBULANCE = "120"


class Category(Base):
    """A category of two levels. Days are working days, parameters of the district with their basis (依据)."""

    __tablename__ = "category"
    __table_args__ = (
        UniqueConstraint("district_id", "code"),
        CheckConstraint("accept_days > 0 AND answer_days > 0", name="days"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("category.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))
    level: Mapped[int] = mapped_column(SmallInteger, default=3)
    """The level of urgency and complexity, 1 to 5 (domain.md, 3.3)."""
    accept_days: Mapped[int] = mapped_column(SmallInteger)
    answer_days: Mapped[int] = mapped_column(SmallInteger)
    basis: Mapped[str] = mapped_column(String(300), default="")
    urgency: Mapped[Urgency] = mapped_column(String(4), default=Urgency.NONE)
    is_public: Mapped[bool] = mapped_column(Boolean, default=True)
    """False for what never belongs into a public list: it is not offered and cannot be published."""
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    position: Mapped[int] = mapped_column(SmallInteger, default=0)

    def name_for(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_en if locale == "en" and self.name_en else self.name_zh


class Routing(Base):
    """Category × place → office. The most specific place wins, then the more specific category."""

    __tablename__ = "routing"
    __table_args__ = (
        Index(
            "uq_routing_place",
            "district_id",
            "category_id",
            "place_id",
            unique=True,
            sqlite_where=text("place_id IS NOT NULL"),
            postgresql_where=text("place_id IS NOT NULL"),
        ),
        Index(
            "uq_routing_district",
            "district_id",
            "category_id",
            unique=True,
            sqlite_where=text("place_id IS NULL"),
            postgresql_where=text("place_id IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    category_id: Mapped[str] = mapped_column(Id, ForeignKey("category.id"))
    place_id: Mapped[str | None] = mapped_column(Id, ForeignKey("place.id"), index=True)
    """None: the whole district."""
    office_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    changed_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
