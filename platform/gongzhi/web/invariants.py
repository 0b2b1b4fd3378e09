"""What must always hold, as questions to the database: `gongzhi doctor --deep` asks them all (hard-won.md)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union_all
from sqlalchemy.orm import Session

from gongzhi.domains.ballots.models import Ballot, BallotState, BallotTurnout, BallotVote, BallotVoter
from gongzhi.domains.ballots.queries import rules_intact
from gongzhi.domains.comments.models import Comment, CommentReaction, ReactionKind
from gongzhi.domains.decisions.models import Decision, DecisionState, Objection
from gongzhi.domains.initiatives.models import Initiative, Update
from gongzhi.domains.issues.models import Choice, Issue, IssuePhoto, IssueTransition, Vote, VoteTally
from gongzhi.domains.people.models import Organisation
from gongzhi.kernel import clock, storage
from gongzhi.kernel.events import ListenerState, OutboxEvent, StuckDelivery
from gongzhi.reactions.ledger.checks import acts_without_leaf, deep_problems
from gongzhi.reactions.notices.models import Delivery, DigestItem, Notice
from gongzhi.web.doctor import Finding, register_invariant

MOST_NAMED = 5
NUMBERED_WITHIN = timedelta(minutes=5)


def register() -> None:
    """Make them known to the doctor."""
    for check in (
        votes,
        reactions,
        replies,
        discussions,
        notices,
        deliveries,
        events,
        listeners,
        decisions,
        turnouts,
        ballots,
        ledger,
        acts,
        files,
    ):
        register_invariant(check)


def votes(session: Session) -> Finding:
    """Every tally equals its votes, chamber by chamber and choice by choice."""
    choices = (Choice.SUPPORT, Choice.OPPOSE, Choice.NEUTRAL)
    cast = select(
        Vote.issue_id.label("key"),
        Vote.chamber.label("part"),
        *(_count(Vote.choice == choice).label(choice) for choice in choices),
    ).group_by(Vote.issue_id, Vote.chamber)
    kept = select(
        VoteTally.issue_id,
        VoteTally.chamber,
        *(-func.sum(getattr(VoteTally, choice)) for choice in choices),
    ).group_by(VoteTally.issue_id, VoteTally.chamber)
    return _finding("tally = votes", _differing(session, cast, kept, by=("key", "part")))


def reactions(session: Session) -> Finding:
    """The counts of every comment equal the reactions to it."""
    given = select(
        CommentReaction.comment_id.label("key"),
        _count(CommentReaction.kind == ReactionKind.AGREE).label("agree"),
        _count(CommentReaction.kind == ReactionKind.DISAGREE).label("disagree"),
    ).group_by(CommentReaction.comment_id)
    kept = select(Comment.id, -Comment.agree, -Comment.disagree)
    return _finding("reaction counts = reactions", _differing(session, given, kept))


def replies(session: Session) -> Finding:
    """Every comment knows how many replies it has."""
    there = (
        select(Comment.parent_id.label("key"), func.count().label("n"))
        .where(Comment.parent_id.is_not(None))
        .group_by(Comment.parent_id)
    )
    kept = select(Comment.id, -Comment.replies)
    return _finding("reply counts = replies", _differing(session, there, kept))


def discussions(session: Session) -> Finding:
    """Whatever is discussed knows how many comments stand."""
    wrong: list[Any] = []
    for kind, model in (("issue", Issue), ("ballot", Ballot), ("decision", Decision), ("initiative", Initiative)):
        there = (
            select(Comment.subject_id.label("key"), func.count().label("n"))
            .where(Comment.subject_kind == kind, Comment.removed_at.is_(None), Comment.hidden_at.is_(None))
            .group_by(Comment.subject_id)
        )
        kept = select(model.id, -model.comment_count)
        wrong += _differing(session, there, kept)
    return _finding("comment counts = comments", wrong)


def notices(session: Session) -> Finding:
    """Nobody is told of one event twice, nor of an event that never was."""
    twice = select(Notice.event_id).group_by(Notice.account_id, Notice.event_id).having(func.count() > 1)
    never = select(Notice.id).where(~select(OutboxEvent.id).where(OutboxEvent.id == Notice.event_id).exists())
    return _finding("one notice an event", [*_some(session, twice), *_some(session, never)])


def deliveries(session: Session) -> Finding:
    """Nobody gets one thing twice on a channel, and no item of a digest is in a digest of somebody else."""
    twice = (
        select(Delivery.account_id)
        .where(Delivery.notice_id.is_not(None))
        .group_by(Delivery.account_id, Delivery.channel, Delivery.notice_id)
        .having(func.count() > 1)
    )
    both = select(DigestItem.notice_id).join(
        Delivery,
        and_(
            Delivery.notice_id == DigestItem.notice_id,
            Delivery.account_id == DigestItem.account_id,
            Delivery.channel == DigestItem.channel,
        ),
    )
    strange = select(DigestItem.notice_id).join(Delivery, Delivery.id == DigestItem.delivery_id)
    strange = strange.where(Delivery.account_id != DigestItem.account_id)
    wrong = [*_some(session, twice), *_some(session, both), *_some(session, strange)]
    return _finding("one message a person, channel and notice", wrong)


def events(session: Session) -> Finding:
    """Events are numbered soon, and without a gap."""
    waiting = select(OutboxEvent.id).where(OutboxEvent.seq.is_(None), OutboxEvent.at < clock.now() - NUMBERED_WITHIN)
    numbers = select(func.max(OutboxEvent.seq) - func.min(OutboxEvent.seq) + 1 - func.count(OutboxEvent.seq))
    gap = ["gap"] if session.scalar(numbers) else []
    return _finding("events numbered", [*_some(session, waiting), *gap])


def listeners(session: Session) -> Finding:
    """No listener is ahead of the events, and nothing is set aside that never was."""
    newest = session.scalar(select(func.max(OutboxEvent.seq))) or 0
    ahead = select(ListenerState.listener).where(ListenerState.last_seq > newest)
    lost = select(StuckDelivery.event_id).where(
        ~select(OutboxEvent.id).where(OutboxEvent.id == StuckDelivery.event_id).exists()
    )
    return _finding("listeners", [*_some(session, ahead), *_some(session, lost)])


def decisions(session: Session) -> Finding:
    """What is public was approved by a second official, and no objection was passed over."""
    public = Decision.state.in_((DecisionState.PUBLIC_NOTICE, DecisionState.PUBLISHED, DecisionState.DONE))
    unanswered = select(Objection.id).where(Objection.decision_id == Decision.id, Objection.answered_at.is_(None))
    wrong = select(Decision.id).where(
        or_(
            and_(public, or_(Decision.reviewer_id.is_(None), Decision.reviewer_id == Decision.author_id)),
            and_(public, Decision.number.is_(None)),
            and_(Decision.state.in_((DecisionState.PUBLISHED, DecisionState.DONE)), unanswered.exists()),
        )
    )
    return _finding("decisions reviewed and answered", _some(session, wrong))


def turnouts(session: Session) -> Finding:
    """The turnout of every ballot is the number of those on its roll who took part."""
    there = (
        select(BallotVoter.ballot_id.label("key"), func.count().label("n"))
        .where(BallotVoter.how.is_not(None))
        .group_by(BallotVoter.ballot_id)
    )
    kept = select(BallotTurnout.ballot_id, -func.sum(BallotTurnout.voted)).group_by(BallotTurnout.ballot_id)
    return _finding("turnout = those who took part", _differing(session, there, kept))


def ballots(session: Session) -> Finding:
    """Frozen rules have their hash, a second official approved, and after the close neither vote nor key is left."""
    over = Ballot.state.in_((BallotState.CERTIFIED, BallotState.CANCELLED))
    votes_left = select(BallotVote.ballot_id).where(BallotVote.ballot_id == Ballot.id)
    wrong = select(Ballot.id).where(
        or_(
            and_(over, or_(Ballot.private_key.is_not(None), Ballot.nonce_key.is_not(None), votes_left.exists())),
            and_(Ballot.rules_hash.is_not(None), Ballot.approver_id.is_(None)),
        )
    )
    frozen = session.scalars(select(Ballot).where(Ballot.rules_hash.is_not(None)))
    changed = [ballot.id for ballot in frozen if not rules_intact(ballot)][:MOST_NAMED]
    return _finding("ballots frozen and emptied", [*_some(session, wrong), *changed])


def ledger(session: Session) -> Finding:
    """Every log extends every head it ever signed, from its first leaf on."""
    return _finding("ledger extends its heads", deep_problems(session))


def acts(session: Session) -> Finding:
    """Every public act that was delivered stands in the ledger."""
    return _finding("public acts in the ledger", acts_without_leaf(session))


def files(session: Session) -> Finding:
    """Every upload that something refers to is in the store."""
    there = set(storage.stored_keys())
    named: Any = union_all(
        select(IssuePhoto.key),
        select(IssueTransition.document_key).where(IssueTransition.document_key.is_not(None)),
        select(Organisation.proof_key).where(Organisation.proof_key.is_not(None)),
    )
    wanted = set(session.scalars(named))
    for photos in session.scalars(select(Update.photos)).yield_per(1000):
        wanted |= {photo["key"] for photo in photos or ()}
    return _finding("uploads referred to", sorted(wanted - there)[:MOST_NAMED])


def _count(condition: ColumnElement[bool]) -> Any:
    """How many rows of a group the condition holds for."""
    return func.sum(case((condition, 1), else_=0))


def _differing(session: Session, counted: Any, kept: Any, *, by: tuple[str, ...] = ("key",)) -> list[Any]:
    """The keys for which what is counted and what is kept (given as negative numbers) do not cancel out."""
    both = union_all(counted, kept).subquery()
    sums = [func.sum(column) != 0 for column in both.c if column.name not in by]
    return _some(session, select(both.c.key).group_by(*(both.c[name] for name in by)).having(or_(*sums)))


def _some(session: Session, wrong: Select[Any]) -> list[Any]:
    """A few of the wrong ones; more would not help."""
    return list(session.scalars(wrong.limit(MOST_NAMED)))


def _finding(what: str, wrong: Iterable[Any]) -> Finding:
    named = ", ".join(str(key) for key in wrong)
    return Finding(what, not named, f"wrong: {named}" if named else "holds")
