"""The issue page in two statements (three once there are ratings): the head with tally and photos, and the trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, ScalarSelect, Select, String, bindparam, cast, func, select
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.people.models import Account, Organisation
from gongzhi.domains.people.rules import mark_sentence
from gongzhi.domains.places.models import Place
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.events import StreamVersion
from gongzhi.kernel.policy import Actor, allows
from gongzhi.kernel.storage import small_key
from gongzhi.kernel.text import Message

from ..models import (
    Category,
    Choice,
    Follow,
    Issue,
    IssuePhoto,
    IssueState,
    IssueVersion,
    Rating,
    ReopenRequest,
    Solved,
    Triage,
    Vote,
    VoteTally,
)
from ..permissions import READ_HIDDEN
from ..rules.lifecycle import DONE_STATES, MACHINE, Act, takes_votes
from ..rules.words import DiffPiece, diff
from .tallies import Tally, fold_rows
from .trace import AnswerView, TraceLink, trace

FIELD_MARK, ROW_MARK = "\x1f", "\x1e"


@dataclass(frozen=True)
class Photo:
    """A picture as shown."""

    key: str
    thumb_key: str
    alt: str


@dataclass(frozen=True)
class RatingSummary:
    """What those concerned say of the outcome, in the present round."""

    count: int = 0
    solved: dict[str, int] = field(default_factory=dict)
    satisfaction: float | None = None


@dataclass(frozen=True)
class IssuePage:
    """All the issue page shows of this room; also the subject of permissions, as the issue itself is."""

    issue: Issue
    category: Category
    category_parent: Category | None
    places: Sequence[Place]
    """From the sub-district down to the issue's own place."""
    office: Organisation | None
    escalated_office: Organisation | None
    author_name: str
    organisation: Organisation | None
    handler_name: str
    merged_into_title: str | None
    photos: list[Photo]
    tally: Tally
    my_vote: Choice | None
    follows: bool
    version_count: int
    reopen_requests: int
    my_reopen_request: bool
    ratings: RatingSummary
    trace: list[TraceLink]

    @property
    def id(self) -> str:
        """The issue's id."""
        return self.issue.id

    @property
    def district_id(self) -> str:
        """For the policy."""
        return self.issue.district_id

    @property
    def place_path(self) -> str:
        """For the policy."""
        return self.issue.place_path

    @property
    def office_id(self) -> str | None:
        """For the policy."""
        return self.issue.office_id

    @property
    def escalated_office_id(self) -> str | None:
        """For the policy."""
        return self.issue.escalated_office_id

    @property
    def author_key(self) -> str:
        """For the policy."""
        return self.issue.author_key

    @property
    def answers(self) -> list[AnswerView]:
        """The official answers, oldest first."""
        return [link.answer for link in self.trace if link.answer is not None]

    @property
    def state(self) -> IssueState:
        """The present state."""
        return IssueState(self.issue.state)

    @property
    def triage(self) -> Triage | None:
        """How the issue was sorted, if it was."""
        return Triage(self.issue.triage) if self.issue.triage else None

    @property
    def takes_votes(self) -> bool:
        """Whether voices still count."""
        return takes_votes(self.issue.state)

    @property
    def mark_sentence(self) -> Message | None:
        """What moderation has done, in a sentence."""
        return mark_sentence(self.issue.mark, self.issue.mark_ground)

    def allows(self, act: str) -> bool:
        """Whether the machine allows this step in the present state; the permission is asked besides."""
        if not MACHINE.allows(self.state, act):
            return False
        paused = self.issue.paused_at is not None
        if act == Act.RESUME:
            return paused
        if act in (Act.PAUSE, Act.EXTEND):
            return not paused and (act == Act.PAUSE or not self.issue.extended_days)
        return not (act == Act.EDIT and self.issue.reopened)


def issue_page(session: Session, actor: Actor, issue: Issue) -> IssuePage:
    """The page of an issue one already has."""
    return access_issue_page(session, actor, issue.id)


def access_issue_page(session: Session, actor: Actor, issue_id: str) -> IssuePage:
    """The page of an issue; a loader for `@guard`. `NotFound` exactly as `access_issue`."""
    page = access_shown_issue(session, actor, issue_id)
    if page.issue.is_hidden and not allows(actor, READ_HIDDEN, page.issue):
        raise NotFound
    return page


def access_shown_issue(session: Session, actor: Actor, issue_id: str) -> IssuePage:
    """Also the page of one that moderation has hidden: its words are gone, and the page may say why."""
    head = _head(session, actor, issue_id)
    if head is None:
        raise NotFound
    issue: Issue = head.Issue
    return IssuePage(
        issue=issue,
        category=head.Category,
        category_parent=head.parent,
        places=_chain(head.subdistrict, head.community, head.grid, head.place),
        office=head.office,
        escalated_office=head.escalated,
        author_name=head.author_name or "",
        organisation=head.organisation,
        handler_name=head.handler_name or "",
        merged_into_title=head.merged_title,
        photos=_photos(head.photos),
        tally=_tally(head.tallies, head.stream_version),
        my_vote=Choice(head.my_choice) if head.my_choice not in (None, Choice.NONE) else None,
        follows=head.follower is not None,
        version_count=head.version_count,
        reopen_requests=head.reopen_requests,
        my_reopen_request=head.my_request is not None,
        ratings=_ratings(session, issue) if issue.state in DONE_STATES else RatingSummary(),
        trace=trace(session, issue),
    )


def _head(session: Session, actor: Actor, issue_id: str) -> Any:
    return session.execute(
        _head_statement(),
        {
            "this_issue": issue_id,
            "topic": f"issue:{issue_id}",
            "district": actor.district_id,
            "voter_key": actor.voter_key,
            "account": actor.account_id or "",
        },
    ).one_or_none()


@cache
def _head_statement() -> Select[*tuple[Any, ...]]:
    """Built once: putting so many tables together costs more than asking them (hard-won.md, 9)."""
    place, grid, community, subdistrict = (
        aliased(Place, name=n) for n in ("place", "grid", "community", "subdistrict")
    )
    office, escalated, organisation = (
        aliased(Organisation, name=name) for name in ("office", "escalated", "organisation")
    )
    parent = aliased(Category, name="parent")
    handler, target = aliased(Account), aliased(Issue)
    counted = aliased(ReopenRequest)
    versions_of = select(func.count()).where(IssueVersion.issue_id == Issue.id).correlate(Issue).scalar_subquery()
    requests = (
        select(func.count())
        .where(counted.issue_id == Issue.id, counted.round == Issue.reopened)
        .correlate(Issue)
        .scalar_subquery()
    )
    voter_key, account_id = bindparam("voter_key", type_=String()), bindparam("account", type_=Issue.id.type)
    return (
        select(
            Issue,
            Category,
            parent,
            place,
            grid,
            community,
            subdistrict,
            office,
            escalated,
            organisation,
            Account.name.label("author_name"),
            handler.name.label("handler_name"),
            target.title.label("merged_title"),
            Vote.choice.label("my_choice"),
            Follow.account_id.label("follower"),
            ReopenRequest.voter_key.label("my_request"),
            versions_of.label("version_count"),
            requests.label("reopen_requests"),
            _photos_of(IssuePhoto.issue_id == Issue.id).label("photos"),
            _tallies_of(VoteTally.issue_id == Issue.id).label("tallies"),
            _stream().label("stream_version"),
        )
        .join(Category, Category.id == Issue.category_id)
        .outerjoin(parent, parent.id == Category.parent_id)
        .join(place, place.id == Issue.place_id)
        .outerjoin(grid, grid.id == Issue.grid_id)
        .outerjoin(community, community.id == Issue.community_id)
        .outerjoin(subdistrict, subdistrict.id == Issue.subdistrict_id)
        .outerjoin(office, office.id == Issue.office_id)
        .outerjoin(escalated, escalated.id == Issue.escalated_office_id)
        .outerjoin(organisation, organisation.id == Issue.organisation_id)
        .outerjoin(Account, Account.id == Issue.author_id)
        .outerjoin(handler, handler.id == Issue.handler_id)
        .outerjoin(target, target.id == Issue.merged_into_id)
        .outerjoin(Vote, (Vote.issue_id == Issue.id) & (Vote.voter_key == voter_key))
        .outerjoin(
            Follow,
            (Follow.subject_kind == "issue") & (Follow.subject_id == Issue.id) & (Follow.account_id == account_id),
        )
        .outerjoin(
            ReopenRequest,
            (ReopenRequest.issue_id == Issue.id)
            & (ReopenRequest.round == Issue.reopened)
            & (ReopenRequest.voter_key == voter_key),
        )
        .where(Issue.id == bindparam("this_issue"), Issue.district_id == bindparam("district"))
    )


def _chain(*places: Place | None) -> list[Place]:
    """The places from above without gaps and repetition."""
    return list({place.id: place for place in places if place is not None}.values())


def _strung(table_filter: ColumnElement[bool], *values: Any) -> ScalarSelect[str | None]:
    """Rows of another table as one string, so that the head needs no further statement for them.

    Nothing that people write here can contain the separators: control characters are cleaned away.
    """
    whole: Any = cast(values[0], String)
    for value in values[1:]:
        whole = whole + FIELD_MARK + cast(value, String)
    return select(func.aggregate_strings(whole, ROW_MARK)).where(table_filter).correlate(Issue).scalar_subquery()


def _unstrung(text: str | None) -> list[list[str]]:
    return [row.split(FIELD_MARK) for row in text.split(ROW_MARK)] if text else []


def _photos_of(those: ColumnElement[bool]) -> ScalarSelect[str | None]:
    return _strung(those, IssuePhoto.position, IssuePhoto.key, IssuePhoto.alt)


def _photos(text: str | None) -> list[Photo]:
    rows = sorted(_unstrung(text), key=lambda row: int(row[0]))
    return [Photo(key, small_key(key), alt) for _position, key, alt in rows]


def _tallies_of(those: ColumnElement[bool]) -> ScalarSelect[str | None]:
    return _strung(those, VoteTally.chamber, VoteTally.support, VoteTally.oppose, VoteTally.neutral, VoteTally.version)


def _stream() -> ScalarSelect[int]:
    """The version of the topic beside the tallies' own; read together with the numbers (see `tallies.tally`)."""
    return (
        select(cast(func.coalesce(func.sum(StreamVersion.version), 0), BigInteger))
        .where(StreamVersion.topic == bindparam("topic"))
        .scalar_subquery()
    )


def _tally(text: str | None, stream_version: int) -> Tally:
    rows = [(row[0], int(row[1]), int(row[2]), int(row[3]), int(row[4])) for row in _unstrung(text)]
    return fold_rows([*rows, ("", 0, 0, 0, stream_version)])


def _ratings(session: Session, issue: Issue) -> RatingSummary:
    rows = session.execute(
        select(Rating.solved, func.count(), cast(func.sum(Rating.satisfaction), Integer))
        .where(Rating.issue_id == issue.id, Rating.round == issue.reopened)
        .group_by(Rating.solved)
    ).all()
    count = sum(row[1] for row in rows)
    if not count:
        return RatingSummary()
    solved = {answer.value: 0 for answer in Solved} | {row[0]: row[1] for row in rows}
    return RatingSummary(count, solved, sum(row[2] for row in rows) / count)


@dataclass(frozen=True)
class VersionView:
    """A public version with what changed since the one before."""

    version: IssueVersion
    editor_name: str
    title_diff: list[DiffPiece]
    body_diff: list[DiffPiece]


def versions(session: Session, issue: Issue, *, limit: int = 50) -> list[VersionView]:
    """The newest public versions, newest first."""
    rows = session.execute(
        select(IssueVersion, Account.name)
        .outerjoin(Account, Account.id == IssueVersion.editor_id)
        .where(IssueVersion.issue_id == issue.id)
        .order_by(IssueVersion.number.desc())
        .limit(limit + 1)
    ).all()
    found = []
    for place, (version, name) in enumerate(rows[:limit]):
        before = rows[place + 1][0] if place + 1 < len(rows) else None
        found.append(
            VersionView(
                version,
                name or "",
                diff(before.title, version.title) if before else [],
                diff(before.body, version.body) if before else [],
            )
        )
    return found
