"""What happens by itself: publication after the notice, reminders of promises."""

from __future__ import annotations

import structlog

from gongzhi.domains.decisions.actions import publish_if_due, remind_of_commitments
from gongzhi.domains.decisions.queries import due_for_publication
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict

log = structlog.get_logger(__name__)


def sweep() -> None:
    """Publish what is due, each in a write of its own, then remind of promises; safe in two workers at once."""
    for decision_id in due_for_publication(session()):
        try:
            with write() as current:
                publish_if_due(current, decision_id)
        except Conflict as conflict:
            log.warning("not_published", decision=decision_id, reason=conflict.slug)
    with write() as current:
        remind_of_commitments(current)
