"""What moderation does to an initiative's words and news: the rows themselves keep only what may be read."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require

from ..events import InitiativeModerated
from ..models import Initiative, InitiativeNeed, InitiativeRating, Update
from ..permissions import MODERATE_INITIATIVE


def words_of_initiative(session: Session, initiative: Initiative) -> dict[str, str]:
    """Title, goal, report, and each need's description."""
    needs = session.scalars(select(InitiativeNeed).where(InitiativeNeed.initiative_id == initiative.id))
    words = {"title": initiative.title, "goal": initiative.goal, "report": initiative.report}
    return words | {f"need:{need.id}": need.description for need in needs}


def words_of_update(update: Update) -> dict[str, str]:
    """The news and its pictures, as JSON."""
    return {"body": update.body, "photos": json.dumps(update.photos, ensure_ascii=False)}


def moderate_initiative(
    session: Session,
    actor: Actor,
    initiative: Initiative,
    words: Mapping[str, str],
    *,
    mark: str | None,
    ground: str | None,
) -> None:
    """Replace its words by what may be read. Locks it; its version rises."""
    session.refresh(initiative, with_for_update=True)
    require(actor, MODERATE_INITIATIVE, initiative)
    initiative.title = words.get("title", initiative.title)
    initiative.goal = words.get("goal", initiative.goal)
    initiative.report = words.get("report", initiative.report)
    for need in session.scalars(select(InitiativeNeed).where(InitiativeNeed.initiative_id == initiative.id)):
        need.description = words.get(f"need:{need.id}", need.description)
    initiative.mark, initiative.mark_ground = mark, ground
    initiative.version += 1
    session.flush()
    _announce(session, initiative, mark)


def moderate_update(session: Session, actor: Actor, update: Update, words: Mapping[str, str]) -> None:
    """Replace the words and pictures of a piece of news by what may be read."""
    initiative = session.get_one(Initiative, update.initiative_id)
    session.refresh(update, with_for_update=True)
    require(actor, MODERATE_INITIATIVE, initiative)
    update.body = words.get("body", update.body)
    if "photos" in words:
        update.photos = json.loads(words["photos"] or "[]")
    session.flush()
    _announce(session, initiative, initiative.mark)


def reword_rating(session: Session, actor: Actor, rating: InitiativeRating, *, comment: str) -> None:
    """Replace what a rating says in words; what it says in numbers stays."""
    initiative = session.get_one(Initiative, rating.initiative_id)
    session.refresh(rating, with_for_update=True)
    require(actor, MODERATE_INITIATIVE, initiative)
    rating.comment = comment
    session.flush()
    _announce(session, initiative, initiative.mark)


def _announce(session: Session, initiative: Initiative, mark: str | None) -> None:
    issues = (initiative.issue_id,) if initiative.issue_id else ()
    record(
        session,
        InitiativeModerated(
            district_id=initiative.district_id,
            initiative_id=initiative.id,
            issue_id=initiative.issue_id,
            issues=issues,
            mark=mark,
        ),
    )
