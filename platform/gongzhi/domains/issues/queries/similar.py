"""Open issues about the same thing nearby, shown while somebody writes, so that they support instead of posting
a twin.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import Session

from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import Terms, similar_terms, tokens

from ..models import WORDS, Category, Issue
from ..rules.lifecycle import OPEN_STATES
from ..rules.words import NEARBY_METRES, box_around, metres_between
from .listing import IssueRow, issues_by_id

COMPARED = 200
"""So many of those that fit best by their words, and so many of those nearby, are looked at closely."""
LONGEST_BODY = 1_000
LEAST_OVERLAP = 0.25

Candidate = tuple[str, str, str, float | None, float | None]
"""Id, title, body, latitude and longitude."""


@dataclass(frozen=True)
class SimilarIssue:
    """A row as in the list, how alike the words are (0 to 1), and how far it is, where both have a position."""

    row: IssueRow
    likeness: float
    metres: float | None


def similar_issues(
    session: Session,
    actor: Actor,
    text: str,
    *,
    category: Category | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    limit: int = 5,
) -> list[SimilarIssue]:
    """Open issues that share words with the text, or lie within 250 m and are of the same kind; best first.

    All open issues of the district are candidates, those of the same main category where one is given; the
    full-text index finds them, so that old ones come up as well as new ones.
    """
    here = (latitude, longitude) if latitude is not None and longitude is not None else None
    terms = similar_terms(text) if text.strip() else ()
    wanted = {" ".join(phrase.tokens) for phrase in terms}
    if not wanted and here is None:
        return []
    scored: list[tuple[float, float | None, str]] = []
    for issue_id, title, body, lat, lon in _candidates(session, actor, terms, category, here):
        metres = metres_between(here, (lat, lon)) if here and lat is not None and lon is not None else None
        likeness = _likeness(wanted, f"{title}\n{body[:LONGEST_BODY]}")
        near = metres is not None and metres <= NEARBY_METRES
        if likeness >= LEAST_OVERLAP or (near and category is not None):
            scored.append((likeness + (0.3 if near else 0.0), metres if near else None, issue_id))
    scored.sort(key=lambda entry: (-entry[0], entry[2]))
    best = scored[:limit]
    rows = {row.id: row for row in issues_by_id(session, actor, [entry[2] for entry in best])}
    return [SimilarIssue(rows[key], min(score, 1.0), metres) for score, metres, key in best if key in rows]


def _candidate(row: Row[str, str, str, float | None, float | None]) -> Candidate:
    key, title, body, latitude, longitude = row
    return key, title, body, latitude, longitude


def _candidates(
    session: Session, actor: Actor, terms: Terms, category: Category | None, here: tuple[float, float] | None
) -> list[Candidate]:
    found: dict[str, Candidate] = {}
    if terms:
        fitting = WORDS.ranked(session, terms).subquery()
        alike = _open_issues(actor, category).join(fitting, fitting.c.rowid == Issue.id)
        alike = alike.order_by(fitting.c.fit.desc(), Issue.id.desc()).limit(COMPARED)
        found |= {row[0]: _candidate(row) for row in session.execute(alike)}
    if here is not None:
        south, north, west, east = box_around(*here, NEARBY_METRES)
        near = _open_issues(actor, category).where(
            Issue.latitude.between(south, north), Issue.longitude.between(west, east)
        )
        found |= {row[0]: _candidate(row) for row in session.execute(near.order_by(Issue.id.desc()).limit(COMPARED))}
    return list(found.values())


def _open_issues(actor: Actor, category: Category | None) -> Select[str, str, str, float | None, float | None]:
    statement = select(Issue.id, Issue.title, Issue.body, Issue.latitude, Issue.longitude).where(
        Issue.district_id == actor.district_id, Issue.state.in_(OPEN_STATES), Issue.is_hidden.is_(False)
    )
    if category is None:
        return statement
    main = category.parent_id or category.id
    kind = select(Category.id).where(or_(Category.id == main, Category.parent_id == main))
    return statement.where(Issue.category_id.in_(kind))


def _likeness(wanted: set[str], text: str) -> float:
    """The share of the wanted words that occur in the text."""
    if not wanted:
        return 0.0
    there = f" {' '.join(tokens(text))} "
    return sum(f" {words} " in there for words in wanted) / len(wanted)
