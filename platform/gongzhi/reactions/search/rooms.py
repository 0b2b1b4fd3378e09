"""How the rooms' objects become documents: what is public of each, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Select, func, literal, select, update
from sqlalchemy.orm import Session

from gongzhi.domains.ballots.events import BallotClosingSoon, BallotPaperChanged, BallotVoteCast
from gongzhi.domains.ballots.models import Ballot
from gongzhi.domains.comments.events import CommentReacted
from gongzhi.domains.comments.models import Comment
from gongzhi.domains.decisions.models import Decision
from gongzhi.domains.decisions.rules import PUBLIC_STATES
from gongzhi.domains.initiatives.models import Initiative
from gongzhi.domains.initiatives.queries import not_hidden
from gongzhi.domains.issues.events import DeadlineNear, IssueRated, VoteCast
from gongzhi.domains.issues.models import Answer, Category, Issue
from gongzhi.domains.people.models import Organisation, OrganisationState
from gongzhi.domains.places.events import DistrictLoaded, PlaceMoved
from gongzhi.domains.places.models import Place
from gongzhi.kernel import clock
from gongzhi.kernel.text import excerpt, plain

from .indexing import BATCH, Document, Source, follow, ignore, refresh, register_source
from .models import SearchDocument

TITLE_OF_COMMENT = 60


def register_rooms() -> None:
    """Fill the registry; safe to repeat."""
    register_source(Source("issue", _issues, _ids(select(Issue.id))))
    register_source(Source("ballot", _ballots, _ids(select(Ballot.id))))
    register_source(Source("decision", _decisions, _ids(select(Decision.id))))
    register_source(Source("initiative", _initiatives, _ids(select(Initiative.id))))
    register_source(Source("comment", _comments, _ids(select(Comment.id)), within=_comments_within))
    register_source(Source("organisation", _organisations, _ids(select(Organisation.id))))
    register_source(Source("place", _places, _ids(select(Place.id))))
    follow(DistrictLoaded, _district_loaded)
    follow(PlaceMoved, _place_moved)
    ignore(VoteCast, IssueRated, DeadlineNear, CommentReacted, BallotVoteCast, BallotClosingSoon, BallotPaperChanged)


def _ids(statement: Select[Any]) -> Callable[[Session], Iterator[str]]:
    def every(session: Session) -> Iterator[str]:
        for (key,) in session.execute(statement.order_by(statement.selected_columns[0])):
            yield key

    return every


def _issues(session: Session, ids: Sequence[str]) -> list[Document]:
    rows = session.execute(
        select(Issue, Category.name_zh, Category.name_en)
        .join(Category, Category.id == Issue.category_id)
        .where(Issue.id.in_(ids), Issue.is_hidden.is_(False))
    ).all()
    answers: dict[str, list[str]] = {}
    for issue_id, body in session.execute(
        select(Answer.issue_id, Answer.body).where(Answer.issue_id.in_(ids)).order_by(Answer.id)
    ):
        answers.setdefault(issue_id, []).append(plain(body))
    return [
        Document(
            id=issue.id,
            district_id=issue.district_id,
            path=f"/issues/{issue.id}",
            title=issue.title,
            text="\n".join([plain(issue.body), *answers.get(issue.id, ()), f"{name_zh} {name_en}"]),
            at=issue.published_at,
            place_path=issue.place_path,
            category_id=issue.category_id,
            state=issue.state,
            language=issue.language,
        )
        for issue, name_zh, name_en in rows
    ]


_Subject = tuple[str, str, str | None, str]
"""Title, place, category and address of what a comment belongs to."""


def _subjects(session: Session, kind: str, ids: Sequence[str]) -> dict[str, _Subject]:
    """Those of these subjects that are public."""
    documents = _BY_KIND[kind](session, ids) if kind in _BY_KIND else []
    return {one.id: (one.title, one.place_path, one.category_id, one.path) for one in documents}


def _comments(session: Session, ids: Sequence[str]) -> list[Document]:
    """Comments that stand, on what is public itself."""
    comments = session.scalars(
        select(Comment).where(Comment.id.in_(ids), Comment.hidden_at.is_(None), Comment.removed_at.is_(None))
    ).all()
    by_kind: dict[str, set[str]] = {}
    for comment in comments:
        by_kind.setdefault(comment.subject_kind, set()).add(comment.subject_id)
    public: dict[str, _Subject] = {}
    for kind, subject_ids in by_kind.items():
        public |= _subjects(session, kind, sorted(subject_ids))
    return [_comment(comment, public[comment.subject_id]) for comment in comments if comment.subject_id in public]


def _comment(comment: Comment, subject: _Subject) -> Document:
    title, place_path, category_id, path = subject
    return Document(
        id=comment.id,
        district_id=comment.district_id,
        path=f"{path}#comment-{comment.id}",
        title=excerpt(comment.body, TITLE_OF_COMMENT),
        text=f"{plain(comment.body)}\n{title}",
        at=comment.created_at,
        place_path=place_path,
        category_id=category_id,
        within_id=comment.subject_id,
    )


def _comments_within(session: Session, subject_id: str) -> list[str]:
    return list(session.scalars(select(Comment.id).where(Comment.subject_id == subject_id)))


def _ballots(session: Session, ids: Sequence[str]) -> list[Document]:
    """What was asked, never how it stands: an index is no place to learn a sealed result from."""
    rows = session.scalars(select(Ballot).where(Ballot.id.in_(ids), Ballot.rules_hash.is_not(None))).all()
    return [
        Document(
            id=ballot.id,
            district_id=ballot.district_id,
            path=f"/ballots/{ballot.id}",
            title=ballot.title,
            text="\n".join(
                [plain(ballot.body), *(f"{option['label']} {option['about']}" for option in ballot.options)]
            ),
            at=ballot.frozen_at or ballot.created_at,
            place_path=ballot.place_path,
            state=ballot.state,
        )
        for ballot in rows
    ]


def _decisions(session: Session, ids: Sequence[str]) -> list[Document]:
    rows = session.scalars(
        select(Decision).where(Decision.id.in_(ids), Decision.shown_at.is_not(None), Decision.state.in_(PUBLIC_STATES))
    ).all()
    return [
        Document(
            id=decision.id,
            district_id=decision.district_id,
            path=f"/decisions/{decision.id}",
            title=decision.title,
            text="\n".join(
                plain(words)
                for words in (
                    decision.number or "",
                    decision.body,
                    decision.grounds,
                    decision.adopted,
                    decision.not_adopted,
                )
                if words
            ),
            at=decision.shown_at or decision.created_at,
            place_path=decision.place_path,
            state=decision.state,
        )
        for decision in rows
    ]


def _initiatives(session: Session, ids: Sequence[str]) -> list[Document]:
    rows = session.scalars(select(Initiative).where(Initiative.id.in_(ids), not_hidden())).all()
    return [
        Document(
            id=initiative.id,
            district_id=initiative.district_id,
            path=f"/initiatives/{initiative.id}",
            title=initiative.title,
            text="\n".join(plain(words) for words in (initiative.goal, initiative.report) if words),
            at=initiative.created_at,
            place_path=initiative.place_path,
            state=initiative.state,
        )
        for initiative in rows
    ]


def _organisations(session: Session, ids: Sequence[str]) -> list[Document]:
    rows = session.execute(
        select(Organisation, Place.path)
        .outerjoin(Place, Place.id == Organisation.place_id)
        .where(Organisation.id.in_(ids), Organisation.state == OrganisationState.VERIFIED)
    ).all()
    return [
        Document(
            id=organisation.id,
            district_id=organisation.district_id,
            path=f"/organisations/{organisation.id}",
            title=organisation.name_zh,
            text=f"{organisation.name_en}\n{organisation.about}",
            at=organisation.created_at,
            place_path=path or "",
            state=organisation.kind,
        )
        for organisation, path in rows
    ]


def _places(session: Session, ids: Sequence[str]) -> list[Document]:
    now = clock.now()
    rows = session.scalars(select(Place).where(Place.id.in_(ids), Place.retired_at.is_(None))).all()
    return [
        Document(
            id=place.id,
            district_id=place.district_id,
            path=f"/places/{place.id}",
            title=place.name_zh,
            text=f"{place.name_en}\n{place.code}",
            at=now,
            place_path=place.path,
            state=place.kind,
        )
        for place in rows
    ]


_BY_KIND = {"issue": _issues, "ballot": _ballots, "decision": _decisions, "initiative": _initiatives}


def _district_loaded(session: Session, happened: DistrictLoaded) -> None:
    ids = list(session.scalars(select(Place.id).where(Place.district_id == happened.district_id)))
    for start in range(0, len(ids), BATCH):
        refresh(session, "place", ids[start : start + BATCH])


def _place_moved(session: Session, happened: PlaceMoved) -> None:
    """Everything below the place is now found below its new parent."""
    rest = func.substr(SearchDocument.place_path, len(happened.old_path) + 1)
    session.execute(
        update(SearchDocument)
        .where(SearchDocument.place_path.startswith(happened.old_path, autoescape=True))
        .values(place_path=literal(happened.new_path) + rest)
    )
