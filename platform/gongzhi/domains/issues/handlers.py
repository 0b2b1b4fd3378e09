"""What this room listens to: its own votes, to refresh the scores of lists, and places that are moved."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from gongzhi.domains.places.actions import follow_move
from gongzhi.domains.places.events import PlaceMoved
from gongzhi.domains.places.rules import path_ids
from gongzhi.kernel.events import register_version_source, subscribe
from gongzhi.kernel.personal import register_personal_data
from gongzhi.kernel.relay import Delivered, Relay

from .actions import erase_issues, export_issues, move_votes, refresh_scores
from .events import VoteCast
from .models import Issue
from .queries import tally_version


def connect() -> None:
    """The tallies' own version counts for the topic of their issue; moved places take their issues along."""
    register_version_source("issue", tally_version)
    register_personal_data("issues", export_issues, erase_issues, move=move_votes)
    subscribe(PlaceMoved, _place_moved)


def _place_moved(session: Session, moved: PlaceMoved) -> None:
    """Issues of a moved grid or community are found below the new parents, in the same transaction."""
    follow_move(session, Issue.place_path, moved)
    _district, *below = path_ids(moved.new_path)
    above = dict(zip(("subdistrict_id", "community_id", "grid_id"), below, strict=False))
    session.execute(
        update(Issue)
        .where(Issue.place_path.startswith(moved.new_path))
        .values(**above)
        .execution_options(synchronize_session=False)
    )


def listen(relay: Relay) -> None:
    """Hear of votes after their commit."""
    relay.add("issue_scores", _refresh)


def _refresh(session: Session, batch: Sequence[Delivered]) -> None:
    voted = {delivered.event.issue_id for delivered in batch if isinstance(delivered.event, VoteCast)}
    if voted:
        refresh_scores(session, voted)
