"""Counting tries in the database, so that limits hold over restarts and processes and never fail open.

Keys are hashes of what was typed or of the address it came from: whether an account exists plays no part.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

from sqlalchemy import case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.db import dialect

from ..models import Throttle
from ..rules import Limit

_table = Throttle.__table__


def spend(session: Session, limit: Limit, about: str) -> int:
    """Count one try; 0 when it is allowed, else the seconds to wait.

    Call it in a `write` of its own before the try, so that the count stays whatever comes of it.
    """
    now = clock.now()
    module: Any = sqlite if dialect(session) == "sqlite" else postgresql
    insert = module.insert(_table).values(key=_key(limit, about), count=1, window_ends=now + limit.window)
    over = _table.c.window_ends <= now
    statement = insert.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "count": case((over, 1), else_=_table.c.count + 1),
            "window_ends": case((over, now + limit.window), else_=_table.c.window_ends),
        },
    ).returning(_table.c.count, _table.c.window_ends)
    count, ends = session.execute(statement).one()
    if count <= limit.most:
        return 0
    seconds: float = (ends - now).total_seconds()
    return max(1, math.ceil(seconds))


def forgive(session: Session, limit: Limit, about: str) -> None:
    """Forget the tries, after one that was right."""
    session.execute(delete(Throttle).where(Throttle.key == _key(limit, about)))


def _key(limit: Limit, about: str) -> str:
    return f"{limit.name}:{hashlib.sha256(about.casefold().strip().encode('utf-8', 'replace')).hexdigest()[:48]}"
