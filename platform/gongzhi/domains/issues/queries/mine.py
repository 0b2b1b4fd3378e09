"""What somebody has to do with: what they wrote, supported or follow, and what waits for them; and the figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.places.models import Place
from gongzhi.kernel import clock
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import Message

from ..models import Choice, Follow, Issue, IssueState, IssueTransition, Rating, Vote
from ..rules.days import CLOSE_AFTER
from ..rules.lifecycle import ACT_LABELS, ANSWER_STATES, RATEABLE_STATES, Act
from .listing import IssueRow, issues_by_id
from .trace import _links

FIGURES_SINCE = timedelta(days=90)


def written_by_me(session: Session, actor: Actor, *, after: str | None = None, limit: int = 10) -> Page[IssueRow]:
    """What this voice has published, also what was merged or withdrawn; newest first."""
    chosen = select(Issue.id, Issue.published_at).where(
        Issue.author_key == actor.voter_key, Issue.district_id == actor.district_id
    )
    ids = session.execute(keyset(chosen, Issue.published_at.desc(), Issue.id.desc(), after=after, limit=limit)).all()
    page = slice_page(ids, limit, lambda row: (row.published_at, row.id))
    return Page(issues_by_id(session, actor, [row.id for row in page.items]), page.next_cursor)


def followed_by_me(session: Session, actor: Actor, *, limit: int = 10) -> list[IssueRow]:
    """What the account follows, newest first."""
    ids = session.scalars(
        select(Follow.subject_id)
        .where(Follow.account_id == (actor.account_id or ""), Follow.subject_kind == "issue")
        .order_by(Follow.at.desc())
        .limit(limit)
    ).all()
    return issues_by_id(session, actor, ids)


def to_rate(session: Session, actor: Actor, *, limit: int = 10) -> list[IssueRow]:
    """Finished issues this voice wrote or supported and has not rated yet."""
    rated = (
        select(Rating.issue_id)
        .where(Rating.issue_id == Issue.id, Rating.voter_key == actor.voter_key, Rating.round == Issue.reopened)
        .exists()
    )
    supported = (
        select(Vote.issue_id)
        .where(Vote.issue_id == Issue.id, Vote.voter_key == actor.voter_key, Vote.choice == Choice.SUPPORT)
        .exists()
    )
    ids = session.scalars(
        select(Issue.id)
        .where(
            Issue.district_id == actor.district_id,
            Issue.state.in_(RATEABLE_STATES),
            Issue.resolved_at > clock.now() - CLOSE_AFTER,
            or_(Issue.author_key == actor.voter_key, supported),
            ~rated,
        )
        .order_by(Issue.resolved_at)
        .limit(limit)
    ).all()
    return issues_by_id(session, actor, ids)


@dataclass(frozen=True)
class Move:
    """A step of an issue that just happened."""

    id: str
    issue_id: str
    title: str
    action: str
    state: IssueState
    place: Place
    at: datetime


MOVES_SHOWN = (
    Act.PUBLISH,
    Act.ACCEPT,
    Act.START,
    Act.ANSWER,
    Act.RESOLVE,
    Act.DECLINE,
    Act.REOPEN,
    Act.ESCALATE,
    Act.UNITE,
)
MOVES_WITHIN = timedelta(days=30)


def move_label(action: str) -> Message:
    """What happened, in words, also for the steps of rooms above."""
    known = _links.get(action)
    return known[1] if known else ACT_LABELS[Act(action)]


def newest_moves(session: Session, actor: Actor, *, limit: int = 8) -> list[Move]:
    """The newest steps of all issues of the district, each issue once."""
    community = aliased(Place)
    rows = session.execute(
        select(
            IssueTransition.id,
            Issue.id,
            Issue.title,
            IssueTransition.action,
            Issue.state,
            community,
            IssueTransition.at,
        )
        .join(Issue, Issue.id == IssueTransition.issue_id)
        .join(community, community.id == func.coalesce(Issue.community_id, Issue.place_id))
        .where(
            IssueTransition.district_id == actor.district_id,
            IssueTransition.action.in_((*MOVES_SHOWN, *_links)),
            IssueTransition.at > clock.now() - MOVES_WITHIN,
            Issue.is_hidden.is_(False),
        )
        .order_by(IssueTransition.id.desc())
        .limit(limit * 4)
    ).all()
    seen: dict[str, Move] = {}
    for key, issue_id, title, action, state, place, at in rows:
        seen.setdefault(issue_id, Move(key, issue_id, title, action, IssueState(state), place, at))
    return list(seen.values())[:limit]


@dataclass(frozen=True)
class Figures:
    """What the district did in the last three months."""

    raised: int
    open: int
    finished: int
    answered: int
    on_time: int
    votes: int

    @property
    def on_time_share(self) -> int | None:
        """Per cent of the answers that came in time; hidden under ten answers (interface.md, Honest face)."""
        return round(100 * self.on_time / self.answered) if self.answered >= 10 else None


def figures(session: Session, actor: Actor) -> Figures:
    """The district's figures; merged and withdrawn issues count nowhere."""
    since = clock.now() - FIGURES_SINCE
    here = and_(
        Issue.district_id == actor.district_id,
        Issue.is_hidden.is_(False),
        Issue.state.not_in((IssueState.MERGED, IssueState.WITHDRAWN)),
    )
    open_states = (IssueState.PUBLISHED, *ANSWER_STATES, IssueState.ANSWERED)
    row = session.execute(
        select(
            func.count().filter(Issue.published_at > since),
            func.count().filter(Issue.state.in_(open_states)),
            func.count().filter(Issue.resolved_at > since),
            func.count().filter(Issue.answered_at > since),
            func.coalesce(func.sum(Issue.support_score).filter(Issue.published_at > since), 0),
        ).where(here)
    ).one()
    return Figures(
        raised=row[0],
        open=row[1],
        finished=row[2],
        answered=row[3],
        on_time=_on_time(session, actor),
        votes=int(row[4]),
    )


def _on_time(session: Session, actor: Actor) -> int:
    """Answers given on or before the day they were due, by the calendar of the district."""
    rows = session.execute(
        select(Issue.answered_at, Issue.answer_due).where(
            Issue.district_id == actor.district_id,
            Issue.is_hidden.is_(False),
            Issue.answered_at > clock.now() - FIGURES_SINCE,
            Issue.answer_due.is_not(None),
        )
    )
    return sum(clock.to_local(answered).date() <= due for answered, due in rows if answered and due)
