"""Merging: two issues about the same thing become one, supports united, nobody counted twice."""

from __future__ import annotations

from sqlalchemy import and_, exists, insert, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import lazy as _l

from ..events import IssueMerged
from ..models import Choice, Follow, Issue, Vote
from ..permissions import MERGE_ISSUES
from ..rules.lifecycle import OPEN_STATES, Act
from ..rules.words import REASON_LENGTH, check_text
from .scores import refresh_scores
from .steps import check_step, lock_issue, stop_clock, take_step
from .voting import recount


def merge_issues(
    session: Session, actor: Actor, issue: Issue, *, into: Issue, reason: str, version: int | None = None
) -> Issue:
    """Unite `issue` with `into`, which carries on; returns the latter. One transaction.

    Of somebody's votes on both the newest stays (a retracted one gives way). Both rows are locked in the
    order of their ids, so two opposite mergers cannot wait for each other; votes under way finish first.
    """
    if issue.id == into.id:
        raise Invalid.of("into", _l("An issue cannot be merged into itself."))
    for each in sorted((issue, into), key=lambda one: one.id):
        lock_issue(session, actor, each, MERGE_ISSUES)
    issue = lock_issue(session, actor, issue, MERGE_ISSUES, version=version)
    into = session.get_one(Issue, into.id)
    require(actor, MERGE_ISSUES, into)
    check_step(issue, Act.MERGE, reason)
    reason = check_text("reason", reason, REASON_LENGTH)
    if into.state not in OPEN_STATES or into.district_id != issue.district_id:
        raise Conflict(_l("The other issue is not open any more, so nothing can be merged into it."))
    stop_clock(session, actor, issue)
    issue.merged_into_id = into.id
    issue.closed_at = clock.now()
    with session.no_autoflush:  # state and target change together: the table's check wants both or neither
        take_step(session, actor, issue, Act.MERGE, reason=reason, details={"into": into.id, "title": into.title})
    take_step(session, actor, into, Act.UNITE, reason=reason, details={"merged": issue.id, "title": issue.title})
    session.execute(
        update(Issue)
        .where(Issue.merged_into_id == issue.id)
        .values(merged_into_id=into.id)
        .execution_options(synchronize_session=False)
    )
    _unite_votes(session, issue.id, into.id)
    _unite_followers(session, issue.id, into.id)
    refresh_scores(session, [issue.id, into.id])
    record(
        session,
        IssueMerged(
            district_id=issue.district_id,
            actor=actor.account_id,
            organisation=actor.organisation_id,
            issue_id=issue.id,
            into_id=into.id,
            reason=reason,
        ),
    )
    return into


def _unite_votes(session: Session, source_id: str, target_id: str) -> None:
    """Move the votes; where a voice has spoken on both, the newer choice stays on the target."""
    there, here = aliased(Vote), aliased(Vote)
    newer = select(here.choice, here.changed_at, here.account_id).where(
        here.issue_id == source_id, here.voter_key == Vote.voter_key
    )
    wins = (
        select(literal(1))
        .where(
            here.issue_id == source_id,
            here.voter_key == Vote.voter_key,
            here.choice != Choice.NONE,
            or_(Vote.choice == Choice.NONE, here.changed_at > Vote.changed_at),
        )
        .correlate(Vote)
    )
    no_sync = {"synchronize_session": False}
    session.execute(
        update(Vote)
        .where(Vote.issue_id == target_id, exists(wins))
        .values(
            choice=newer.with_only_columns(here.choice).correlate(Vote).scalar_subquery(),
            account_id=newer.with_only_columns(here.account_id).correlate(Vote).scalar_subquery(),
            changed_at=newer.with_only_columns(here.changed_at).correlate(Vote).scalar_subquery(),
        )
        .execution_options(**no_sync)
    )
    on_both = exists(
        select(literal(1)).where(there.issue_id == target_id, there.voter_key == Vote.voter_key).correlate(Vote)
    )
    session.execute(
        update(Vote)
        .where(and_(Vote.issue_id == source_id, on_both))
        .values(choice=Choice.NONE)
        .execution_options(**no_sync)
    )
    session.execute(
        update(Vote)
        .where(and_(Vote.issue_id == source_id, ~on_both))
        .values(issue_id=target_id)
        .execution_options(**no_sync)
    )
    session.expire_all()
    recount(session, source_id)
    recount(session, target_id)


def _unite_followers(session: Session, source_id: str, target_id: str) -> None:
    """Who followed the one follows the other."""
    there = aliased(Follow)
    new = select(
        Follow.subject_kind,
        literal(target_id, Follow.subject_id.type),
        Follow.account_id,
        Follow.district_id,
        Follow.at,
    ).where(
        Follow.subject_kind == "issue",
        Follow.subject_id == source_id,
        ~exists(
            select(literal(1)).where(
                there.subject_kind == "issue",
                there.subject_id == target_id,
                there.account_id == Follow.account_id,
            )
        ),
    )
    session.execute(insert(Follow).from_select(["subject_kind", "subject_id", "account_id", "district_id", "at"], new))
