"""Erasure: the salts of words that are gone are destroyed, so that nobody can guess the words from their hash."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_
from sqlalchemy.orm import Session

from .models import LedgerSalt


def forget_words(session: Session, object_id: str) -> int:
    """Destroy the salts of all entries about an object, or a part of one; how many there were.

    Every leaf, subtree, head and proof stays as it is: what remains is a hash of unguessable bytes.
    """
    result = session.execute(
        delete(LedgerSalt).where(or_(LedgerSalt.subject_id == object_id, LedgerSalt.part_id == object_id))
    )
    return cast("CursorResult[Any]", result).rowcount
