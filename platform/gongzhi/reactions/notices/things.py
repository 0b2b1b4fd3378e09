"""Single things: which kinds there are, their titles, and what somebody has chosen for which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.domains.decisions.models import Decision
from gongzhi.domains.initiatives.models import Initiative
from gongzhi.domains.issues.models import Follow, Issue
from gongzhi.kernel.policy import Actor
from gongzhi.reactions.notices.models import INBOX, ThingPreference

MOST = 50
THINGS: dict[str, Any] = {
    "issue": select(Issue.id, Issue.title).where(Issue.is_hidden.is_(False)),
    "decision": select(Decision.id, Decision.title).where(Decision.shown_at.is_not(None)),
    "initiative": select(Initiative.id, Initiative.title),
}
"""By kind, the titles of what everybody may see."""


@dataclass(frozen=True)
class Chosen:
    """What one has chosen for one thing."""

    kind: str
    id: str
    title: str
    muted: bool
    follows: bool
    channels: dict[str, bool]


def chosen_things(session: Session, actor: Actor) -> list[Chosen]:
    """What one follows or has chosen something for, the newest first; at most five statements."""
    wanted: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    preferences = session.scalars(
        select(ThingPreference)
        .where(ThingPreference.account_id == actor.account_id)
        .order_by(ThingPreference.at.desc())
        .limit(MOST * 4)
    )
    for row in preferences:
        wanted[(row.subject_kind, row.subject_id)][row.channel] = row.wanted
    followed = session.execute(
        select(Follow.subject_kind, Follow.subject_id)
        .where(Follow.account_id == actor.account_id)
        .order_by(Follow.at.desc())
        .limit(MOST)
    )
    follows = {(row.subject_kind, row.subject_id) for row in followed}
    keys = list(dict.fromkeys([*wanted, *follows]))[: MOST * 2]
    titles = _titles(session, keys)
    return [
        Chosen(
            kind=kind,
            id=subject_id,
            title=titles[(kind, subject_id)],
            muted=wanted.get((kind, subject_id), {}).get(INBOX) is False,
            follows=(kind, subject_id) in follows,
            channels={name: on for name, on in wanted.get((kind, subject_id), {}).items() if name != INBOX},
        )
        for kind, subject_id in keys
        if (kind, subject_id) in titles
    ]


def _titles(session: Session, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    by_kind = defaultdict(list)
    for kind, subject_id in keys:
        by_kind[kind].append(subject_id)
    return {
        (kind, row.id): row.title
        for kind, ids in by_kind.items()
        if kind in THINGS
        for row in session.execute(THINGS[kind].where(THINGS[kind].selected_columns.id.in_(ids)))
    }
