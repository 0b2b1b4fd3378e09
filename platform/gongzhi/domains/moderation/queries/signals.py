"""Hints for moderators: links, copies, accounts that look as if one person ran them. Never a ground by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.comments.models import Comment
from gongzhi.domains.issues.models import Choice, Vote
from gongzhi.domains.people.models import Account, AccountSession
from gongzhi.domains.people.rules import SETTLED_AFTER
from gongzhi.kernel.text import Lazy, links_in
from gongzhi.kernel.text import lazy as _l

from ..models import ModerationCase
from ..rules import ALIKE, BORN_TOGETHER, likeness, shingles

RECENT = 500
"""How many of the district's newest comments are compared: enough for a wave, and a few milliseconds."""
VOTES_TOGETHER = 3


@dataclass(frozen=True)
class Signal:
    """What was noticed, in plain words."""

    name: str
    text: Lazy


def signals(session: Session, case: ModerationCase, words: dict[str, str]) -> list[Signal]:
    """What is worth a second look about this thing and its author; five statements at most."""
    author = session.get(Account, case.author_id) if case.author_id else None
    body = "\n".join(text for part, text in words.items() if ":" not in part and not part.startswith("photo"))
    found = _of_text(session, case, author, body)
    if author is not None:
        found += _of_accounts(session, author)
    return found


def _of_text(session: Session, case: ModerationCase, author: Account | None, body: str) -> list[Signal]:
    found: list[Signal] = []
    links = set(links_in(body))
    if links and author is not None and case.opened_at - author.created_at < SETTLED_AFTER:
        found.append(Signal("new-link", _l("A new account posts links to other sites.")))
    own, same_link, copies = shingles(body), 0, set()
    newest = select(Comment.id, Comment.account_id, Comment.body).where(
        Comment.district_id == case.district_id, Comment.id != case.subject_id
    )
    for _key, account_id, other in session.execute(newest.order_by(Comment.id.desc()).limit(RECENT)):
        same_link += bool(links and links & set(links_in(other)))
        if len(body) >= 12 and likeness(own, shingles(other)) >= ALIKE:
            copies.add(account_id)
    if same_link:
        found.append(Signal("same-link", _l("The same link stands in %(count)s other comments.", count=same_link)))
    if copies:
        found.append(
            Signal("copies", _l("Almost the same words were posted by %(count)s accounts lately.", count=len(copies)))
        )
    return found


def _of_accounts(session: Session, author: Account) -> list[Signal]:
    mine, theirs = aliased(AccountSession), aliased(AccountSession)
    neighbours = set(
        session.scalars(
            select(theirs.account_id)
            .join(mine, mine.network == theirs.network)
            .where(mine.account_id == author.id, mine.network != "", theirs.account_id != author.id)
            .distinct()
            .limit(50)
        )
    )
    born = session.scalar(
        select(func.count())
        .select_from(Account)
        .where(
            Account.district_id == author.district_id,
            Account.id != author.id,
            Account.created_at.between(author.created_at - BORN_TOGETHER, author.created_at + BORN_TOGETHER),
        )
    )
    found: list[Signal] = []
    if neighbours:
        found.append(
            Signal(
                "network",
                _l(
                    "%(count)s other accounts came from the same network this month. Families, offices and "
                    "internet cafés share one too.",
                    count=len(neighbours),
                ),
            )
        )
        alike = _voting_alike(session, author.id, neighbours)
        if alike:
            found.append(
                Signal("votes", _l("%(count)s of them voted like this account at least three times.", count=alike))
            )
    if born:
        found.append(
            Signal("born", _l("%(count)s other accounts were registered within an hour of this one.", count=born))
        )
    return found


def _voting_alike(session: Session, author_id: str, neighbours: set[str]) -> int:
    mine, theirs = aliased(Vote), aliased(Vote)
    rows = session.execute(
        select(theirs.account_id)
        .join(mine, (mine.issue_id == theirs.issue_id) & (mine.choice == theirs.choice))
        .where(mine.account_id == author_id, theirs.account_id.in_(neighbours), mine.choice != Choice.NONE)
        .group_by(theirs.account_id)
        .having(func.count() >= VOTES_TOGETHER)
    )
    return len(rows.all())
