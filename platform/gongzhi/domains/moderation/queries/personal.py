"""What this room keeps about a person, for the person: never who reported, nor who decided."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel.personal import Sheet, rows_of

from ..models import (
    ModerationAppeal,
    ModerationCase,
    ModerationMeasure,
    ModerationOriginal,
    ModerationReport,
    OriginalLook,
)


def export_moderation(session: Session, account_id: str) -> Iterable[Sheet]:
    """Cases about one's words, measures with the words they were taken against, appeals, and one's own reports.

    All of it stays after an erasure: it is the account of what the platform did, without the person's name.
    """
    measures = ModerationMeasure.account_id == account_id
    mine = select(ModerationMeasure.id).where(measures)
    yield Sheet(
        "cases", rows_of(session, ModerationCase, ModerationCase.author_id == account_id, leave=("claimed_by_id",))
    )
    yield Sheet("measures", rows_of(session, ModerationMeasure, measures, leave=("decided_by_id",)))
    yield Sheet("words", rows_of(session, ModerationOriginal, ModerationOriginal.measure_id.in_(mine)))
    yield Sheet(
        "appeals",
        rows_of(session, ModerationAppeal, ModerationAppeal.account_id == account_id, leave=("decided_by_id",)),
    )
    yield Sheet("my_reports", rows_of(session, ModerationReport, ModerationReport.reporter_id == account_id))
    yield Sheet("originals_i_read", rows_of(session, OriginalLook, OriginalLook.reader_id == account_id))
