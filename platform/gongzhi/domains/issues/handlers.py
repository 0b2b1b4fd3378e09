"""What this room listens to: its own votes, to refresh the scores of lists, many votes at a time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from gongzhi.kernel.events import register_version_source
from gongzhi.kernel.relay import Delivered, Relay

from .actions import refresh_scores
from .events import VoteCast
from .queries import tally_version


def connect() -> None:
    """The tallies' own version counts for the topic of their issue."""
    register_version_source("issue", tally_version)


def listen(relay: Relay) -> None:
    """Hear of votes after their commit."""
    relay.add("issue_scores", _refresh)


def _refresh(session: Session, batch: Sequence[Delivered]) -> None:
    voted = {delivered.event.issue_id for delivered in batch if isinstance(delivered.event, VoteCast)}
    if voted:
        refresh_scores(session, voted)
