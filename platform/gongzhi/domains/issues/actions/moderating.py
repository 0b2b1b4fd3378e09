"""What moderation does to an issue's words and pictures: the rows themselves keep only what may be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gongzhi.domains.people.rules import Mark
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require

from ..events import IssueModerated
from ..models import Issue, IssuePhoto, IssueVersion
from ..permissions import MODERATE_ISSUE


def words_of_issue(session: Session, issue: Issue) -> dict[str, str]:
    """All that was ever public of it: title, body, every version of both, and its pictures as JSON."""
    words = {"title": issue.title, "body": issue.body}
    for version in session.scalars(select(IssueVersion).where(IssueVersion.issue_id == issue.id)):
        words[f"title:{version.number}"] = version.title
        words[f"body:{version.number}"] = version.body
    for photo in session.scalars(select(IssuePhoto).where(IssuePhoto.issue_id == issue.id)):
        kept = {"key": photo.key, "alt": photo.alt, "at": photo.added_at.isoformat()}
        words[f"photo:{photo.position}"] = json.dumps(kept, ensure_ascii=False)
    return words


def moderate_issue(
    session: Session, actor: Actor, issue: Issue, words: Mapping[str, str], *, mark: str | None, ground: str | None
) -> None:
    """Replace words and pictures by what may be read, in all versions. Locks the issue; its version rises."""
    session.refresh(issue, with_for_update=True)
    require(actor, MODERATE_ISSUE, issue)
    issue.title, issue.body = words.get("title", issue.title), words.get("body", issue.body)
    for version in session.scalars(select(IssueVersion).where(IssueVersion.issue_id == issue.id)):
        version.title = words.get(f"title:{version.number}", version.title)
        version.body = words.get(f"body:{version.number}", version.body)
    _put_pictures(session, issue, words)
    issue.mark, issue.mark_ground, issue.is_hidden = mark, ground, mark == Mark.HIDDEN
    issue.version += 1
    session.flush()
    record(session, IssueModerated(district_id=issue.district_id, issue_id=issue.id, mark=mark))


def _put_pictures(session: Session, issue: Issue, words: Mapping[str, str]) -> None:
    there = set(session.scalars(select(IssuePhoto.position).where(IssuePhoto.issue_id == issue.id)))
    for name, text in words.items():
        if not name.startswith("photo:"):
            continue
        position = int(name.partition(":")[2])
        if not text:
            session.execute(delete(IssuePhoto).where(IssuePhoto.issue_id == issue.id, IssuePhoto.position == position))
        elif position not in there:
            kept = json.loads(text)
            session.add(
                IssuePhoto(
                    issue_id=issue.id,
                    position=position,
                    key=kept["key"],
                    alt=kept["alt"],
                    added_at=datetime.fromisoformat(kept["at"]),
                )
            )
