"""What is shown of a hit without asking its room; the words themselves are in the full-text index beside it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from gongzhi.kernel.db import Base, Id, UtcDateTime

from .schema import WORDS


class SearchDocument(Base):
    """One public object; `id` is the object's own, by which the newest come first."""

    __tablename__ = "search_document"
    __table_args__ = (
        # No index on what searches filter by: SQLite would walk it and ask the words of each document.
        Index("ix_search_document_within", "within_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    district_id: Mapped[str] = mapped_column(Id, ForeignKey("district.id"))
    within_id: Mapped[str | None] = mapped_column(Id)
    """The object this one belongs to, as a comment to its issue: it is public only as long as that is."""
    place_path: Mapped[str] = mapped_column(String(120), default="")
    category_id: Mapped[str | None] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(16), default="")
    path: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    """Plain words, cut at a length that is enough to show the surroundings of a hit."""
    language: Mapped[str] = mapped_column(String(12), default="zh_Hans_CN")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


# The words have a table of their own kind, which comes and goes with this one where migrations do not make it.
event.listen(SearchDocument.__table__, "after_create", lambda _table, connection, **_rest: WORDS.create(connection))
event.listen(SearchDocument.__table__, "before_drop", lambda _table, connection, **_rest: WORDS.drop(connection))
