"""What becomes of a person's issues, votes and drafts when the account is erased (decisions/0014)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import String, cast, delete, select, update
from sqlalchemy.orm import Session

from gongzhi.kernel.db import dialect
from gongzhi.kernel.events import record
from gongzhi.kernel.personal import Parting, Sheet, move_voices, rows_of, voice_of

from ..events import VoteCast
from ..models import (
    Answer,
    Choice,
    Follow,
    Issue,
    IssueDraft,
    IssuePhoto,
    IssueTransition,
    IssueVersion,
    Rating,
    ReopenRequest,
    Vote,
    VoteTally,
)
from ..queries.tallies import COUNTED
from ..rules.scores import slot_of
from .voting import recount


def export_issues(session: Session, account_id: str) -> Iterable[Sheet]:
    """All that this room keeps about a person, for the person."""
    mine = select(Issue.id).where(Issue.author_id == account_id)
    photos = rows_of(session, IssuePhoto, IssuePhoto.issue_id.in_(mine))
    drafts = rows_of(session, IssueDraft, IssueDraft.account_id == account_id)
    keys = [str(row["key"]) for row in photos]
    keys += [str(photo["key"]) for row in drafts for photo in row["photos"] if "key" in photo]
    yield Sheet("issues", rows_of(session, Issue, Issue.author_id == account_id), tuple(keys))
    yield Sheet("versions", rows_of(session, IssueVersion, IssueVersion.editor_id == account_id))
    yield Sheet("photos", photos)
    yield Sheet("drafts", drafts)
    yield Sheet("votes", rows_of(session, Vote, Vote.account_id == account_id))
    yield Sheet("ratings", rows_of(session, Rating, Rating.account_id == account_id))
    yield Sheet("requests_to_reopen", rows_of(session, ReopenRequest, ReopenRequest.account_id == account_id))
    yield Sheet("follows", rows_of(session, Follow, Follow.account_id == account_id))
    yield Sheet("answers", rows_of(session, Answer, Answer.author_id == account_id))
    yield Sheet("steps", rows_of(session, IssueTransition, IssueTransition.actor_id == account_id))


def erase_issues(session: Session, parting: Parting) -> None:
    """Drafts with their pictures and what was followed go; published words and pictures stay, without a name."""
    drafts = session.scalars(select(IssueDraft).where(IssueDraft.account_id == parting.account_id)).all()
    keys = {str(photo["key"]) for draft in drafts for photo in draft.photos if "key" in photo}
    session.execute(delete(IssueDraft).where(IssueDraft.account_id == parting.account_id))
    session.execute(delete(Follow).where(Follow.account_id == parting.account_id))
    parting.files.extend(sorted(key for key in keys if not _shown(session, key)))


def _shown(session: Session, key: str) -> bool:
    """Whether the same picture is kept for something else: files are named by their content."""
    public = session.scalar(select(IssuePhoto.issue_id).where(IssuePhoto.key == key).limit(1))
    drafted = session.scalar(select(IssueDraft.id).where(cast(IssueDraft.photos, String).contains(key)).limit(1))
    return public is not None or drafted is not None


def move_votes(session: Session, before: str, after: str) -> None:
    """Votes, ratings and requests to reopen go over to another account; what is counted stays the same.

    Where both voted on an issue the older account's vote is retracted: nobody has two voices. Locks the issues
    (`FOR SHARE`) in the order of their ids, then the tallies, as a vote does.
    """
    name = dialect(session)
    there = set(session.scalars(select(Vote.issue_id).where(Vote.voter_key == voice_of(after))))
    mine = session.scalars(select(Vote).where(Vote.voter_key == voice_of(before)).order_by(Vote.issue_id)).all()
    for vote in mine:
        session.execute(select(Issue.id).where(Issue.id == vote.issue_id).with_for_update(read=True))
        if vote.issue_id in there:
            _retract(session, vote, before)
            continue
        slots = slot_of(voice_of(before), name), slot_of(voice_of(after), name)
        session.execute(
            update(Vote)
            .where(Vote.issue_id == vote.issue_id, Vote.voter_key == voice_of(before))
            .values(voter_key=voice_of(after), account_id=after)
            .execution_options(synchronize_session=False)
        )
        if vote.choice != Choice.NONE and slots[0] != slots[1]:
            _change(session, vote, slots[0], -1)
            _change(session, vote, slots[1], 1)
    # What was cast for an organisation stays the organisation's; who clicked is forgotten.
    session.execute(
        update(Vote)
        .where(Vote.account_id == before, Vote.voter_key != voice_of(before))
        .values(account_id=after)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    move_voices(session, Rating, before, after, one_for=("issue_id", "round"))
    move_voices(session, ReopenRequest, before, after, one_for=("issue_id", "round"))


def _change(session: Session, vote: Vote, slot: int, change: int) -> None:
    column = getattr(VoteTally, vote.choice)
    moved: Any = session.execute(
        update(VoteTally)
        .where(VoteTally.issue_id == vote.issue_id, VoteTally.chamber == vote.chamber, VoteTally.slot == slot)
        .values({column: column + change})
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount == 0:
        counts = {str(choice): int(choice == vote.choice) for choice in COUNTED}
        session.add(VoteTally(issue_id=vote.issue_id, chamber=vote.chamber, slot=slot, version=1, **counts))
        session.flush()


def _retract(session: Session, vote: Vote, account_id: str) -> None:
    if vote.choice == Choice.NONE:
        return
    said = vote.choice
    session.execute(
        update(Vote)
        .where(Vote.issue_id == vote.issue_id, Vote.voter_key == vote.voter_key)
        .values(choice=Choice.NONE)
        .execution_options(synchronize_session=False)
    )
    recount(session, vote.issue_id)
    record(
        session,
        VoteCast(
            district_id=vote.district_id,
            actor=account_id,
            issue_id=vote.issue_id,
            chamber=str(vote.chamber),
            choice=Choice.NONE,
            before=str(said),
        ),
    )
