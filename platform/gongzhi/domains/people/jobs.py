"""What a clock starts in this room: copies of one's own data, erasures whose day has come, and forgetting."""

from __future__ import annotations

import structlog

from gongzhi.kernel.db import isolated, session, write

from . import actions

log = structlog.get_logger(__name__)


def make_copies() -> int:
    """Make the copies of their data people asked for; each in a transaction of its own. Returns how many."""
    made = 0
    with isolated():
        for copy_id in actions.waiting_copies(session()):
            try:
                with write() as current:
                    actions.make_copy(current, copy_id)
                made += 1
            except Exception:
                # Whatever is wrong with one person's data, all others get theirs; it is tried again, then told.
                log.exception("copy_not_made", copy=copy_id)
                with write() as current:
                    actions.note_failure(current, copy_id)
    return made


def carry_out_erasures() -> int:
    """Erase the accounts whose fifteen days are over; each in one transaction, and twice is once."""
    done = 0
    with isolated():
        for erasure_id in actions.due_erasures(session()):
            try:
                with write() as current:
                    done += actions.carry_out(current, erasure_id)
            except Exception:
                # Nothing of it was erased: it stays due, and holds up nobody else's.
                log.exception("account_not_erased", erasure=erasure_id)
    return done


def forget() -> None:
    """Copies whose week is over, keyed hashes and old reads whose years are, and ways never walked to the end."""
    with isolated(), write() as current:
        actions.drop_copies(current, actions.outdated_copies(current))
        actions.forget_graves(current)
        actions.forget_by_clock(current)


JOBS = (
    ("people.copies", 5, make_copies),
    ("people.erasures", 600, carry_out_erasures),
    ("people.own_data", 3600, forget),
)
