"""Places as one tree; the materialised path makes "this place and all below it" one indexed comparison."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, Json, UtcDateTime, new_id


class PlaceKind(StrEnum):
    """The levels of the administration, from above (domain.md, 2.1)."""

    DISTRICT = "district"
    SUBDISTRICT = "subdistrict"
    COMMUNITY = "community"
    GRID = "grid"
    BUILDING = "building"


class Place(Base):
    """A place. `path` is the ids from the district down, each ended by a slash."""

    __tablename__ = "place"
    __table_args__ = (
        UniqueConstraint("district_id", "code"),
        Index("ix_place_path", "path"),
        Index("ix_place_siblings", "parent_id", "code"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("place.id"))
    kind: Mapped[PlaceKind] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(24))
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(120), default="")
    path: Mapped[str] = mapped_column(String(120))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    boundary: Mapped[dict[str, Any] | None] = mapped_column(Json)
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    """Whom to call about this place: to be posted publicly, of an office, never of a private person."""
    supervision_phone: Mapped[str] = mapped_column(String(40), default="")
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def place_path(self) -> str:
        """So that roles scoped to a place can be asked about the place itself."""
        return self.path

    def name_for(self, locale: str) -> str:
        """The name in the reader's language, the Chinese one where there is no other."""
        return self.name_en if locale == "en" and self.name_en else self.name_zh
