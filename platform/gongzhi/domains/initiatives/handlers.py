"""How initiatives appear elsewhere: in the trace of issues, and as something to comment on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from gongzhi.domains.comments.queries import Subject, register_subject
from gongzhi.domains.initiatives.actions.leaving import erase_initiatives, export_initiatives, holds_back, move_ratings
from gongzhi.domains.initiatives.models import Initiative, InitiativeState
from gongzhi.domains.initiatives.queries import access_initiative
from gongzhi.domains.issues.queries import register_link
from gongzhi.domains.places.actions import follow_move
from gongzhi.domains.places.events import PlaceMoved
from gongzhi.kernel import events
from gongzhi.kernel.personal import register_personal_data
from gongzhi.kernel.text import lazy as _l

LINKS = {
    "initiative_started": _l("Initiative started"),
    "initiative_joined": _l("Joined the initiative"),
    "initiative_begun": _l("Joint work began"),
    "initiative_done": _l("Initiative finished"),
    "initiative_stopped": _l("Initiative stopped"),
}
ENDED = (InitiativeState.CLOSED, InitiativeState.STOPPED)


def _is_open(initiative: Any) -> bool:
    return initiative.state not in ENDED


def _count(session: Session, initiative_id: str, change: int) -> None:
    session.execute(
        update(Initiative).where(Initiative.id == initiative_id).values(comment_count=Initiative.comment_count + change)
    )


def _place_moved(session: Session, moved: PlaceMoved) -> None:
    follow_move(session, Initiative.place_path, moved)


def connect() -> None:
    """Register with the rooms below."""
    for action, label in LINKS.items():
        register_link(action, "initiative", label)
    events.subscribe(PlaceMoved, _place_moved)
    register_subject(Subject("initiative", access_initiative, "initiatives.show", _is_open, _count))
    register_personal_data("initiatives", export_initiatives, erase_initiatives, move=move_ratings, holds=holds_back)
