"""The things people do about accounts, organisations and rights, one file per meaning."""

from .sessions import (
    act_for,
    check_preferences,
    end_all_sessions,
    end_other_sessions,
    end_session,
    keep_preferences,
    note_seen,
    open_session,
)

__all__ = [
    "act_for",
    "check_preferences",
    "end_all_sessions",
    "end_other_sessions",
    "end_session",
    "keep_preferences",
    "note_seen",
    "open_session",
]
