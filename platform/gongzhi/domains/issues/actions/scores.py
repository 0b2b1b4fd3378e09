"""The copies of numbers by which lists are ordered, and the count of comments."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..models import Issue
from ..queries.tallies import tallies
from ..rules.scores import hot_score


def refresh_scores(session: Session, issue_ids: Iterable[str]) -> None:
    """Write the scores of these issues from their tallies. Rows are taken in the order of their ids."""
    wanted = sorted(set(issue_ids))
    counted = tallies(session, wanted)
    rows = session.execute(
        select(Issue.id, Issue.published_at, Issue.comment_count, Issue.support_score, Issue.hot_score).where(
            Issue.id.in_(wanted)
        )
    ).all()
    changed = []
    for row in sorted(rows, key=lambda one: one.id):
        chambers = counted[row.id]["chambers"].values()
        support, oppose, neutral = (
            sum(chamber[choice] for chamber in chambers) for choice in ("support", "oppose", "neutral")
        )
        hot = hot_score(row.published_at, support, oppose, neutral, row.comment_count)
        if (support, hot) != (row.support_score, row.hot_score):
            changed.append({"id": row.id, "support_score": support, "hot_score": hot})
    if changed:
        session.execute(update(Issue), changed)


def count_comment(session: Session, issue_id: str, *, by: int) -> None:
    """Move the number of comments: for the comments room, inside its own write."""
    session.execute(
        update(Issue)
        .where(Issue.id == issue_id)
        .values(comment_count=Issue.comment_count + by)
        .execution_options(synchronize_session=False)
    )
    refresh_scores(session, [issue_id])
