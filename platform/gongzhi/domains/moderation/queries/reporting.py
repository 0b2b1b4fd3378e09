"""What is known of those who reported a thing: the material of `rules.holds`, in a few statements."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.people.models import Account, Membership, Organisation, OrganisationKind
from gongzhi.domains.people.queries import membership_in_force
from gongzhi.kernel import clock

from ..models import ModerationCase, ModerationMeasure, ModerationReport, Outcome
from ..rules import COMPANIONS_FROM, Reporter


def reporters_of(session: Session, found: ModerationCase) -> list[Reporter]:
    """Everybody whose report of this case is not answered yet, with record and companions: four statements."""
    rows = session.execute(
        select(ModerationReport, Account.created_at, Account.community_id)
        .join(Account, Account.id == ModerationReport.reporter_id)
        .where(ModerationReport.case_id == found.id, ModerationReport.outcome.is_(None))
    ).all()
    ids = [report.reporter_id for report, _created, _community in rows]
    records = _records(session, ids)
    companions = _companions(session, ids, found.id)
    officials = _officials(session, ids)
    return [
        Reporter(
            account_id=report.reporter_id,
            level=report.level,
            registered_at=created_at,
            reported_at=report.at,
            upheld=records.get(report.reporter_id, (0, 0))[0],
            rejected=records.get(report.reporter_id, (0, 0))[1],
            community_id=community_id,
            network=report.network,
            counts_not=report.is_official or report.reporter_id in officials,
            companions=companions[report.reporter_id],
        )
        for report, created_at, community_id in rows
    ]


def _records(session: Session, ids: list[str]) -> dict[str, tuple[int, int]]:
    rows = session.execute(
        select(
            ModerationReport.reporter_id,
            func.sum(case((ModerationReport.outcome == Outcome.UPHELD, 1), else_=0)),
            func.sum(case((ModerationReport.outcome == Outcome.REJECTED, 1), else_=0)),
        )
        .where(ModerationReport.reporter_id.in_(ids), ModerationReport.outcome.is_not(None))
        .group_by(ModerationReport.reporter_id)
    )
    return {account_id: (int(upheld), int(rejected)) for account_id, upheld, rejected in rows}


def _companions(session: Session, ids: list[str], case_id: str) -> dict[str, frozenset[str]]:
    """With whom each of these reported at least three other things."""
    mine, theirs = aliased(ModerationReport), aliased(ModerationReport)
    rows = session.execute(
        select(mine.reporter_id, theirs.reporter_id)
        .join(theirs, (theirs.case_id == mine.case_id) & (theirs.reporter_id != mine.reporter_id))
        .where(mine.reporter_id.in_(ids), theirs.reporter_id.in_(ids), mine.case_id != case_id)
        .group_by(mine.reporter_id, theirs.reporter_id)
        .having(func.count() >= COMPANIONS_FROM)
    )
    found: dict[str, set[str]] = defaultdict(set)
    for one, other in rows:
        found[one].add(other)
    return defaultdict(frozenset, {one: frozenset(others) for one, others in found.items()})


def _officials(session: Session, ids: list[str]) -> set[str]:
    """Who of these may act for any government office, the one concerned or another."""
    return set(
        session.scalars(
            select(Membership.account_id)
            .join(Organisation, Organisation.id == Membership.organisation_id)
            .where(
                Membership.account_id.in_(ids),
                Organisation.kind == OrganisationKind.GOVERNMENT,
                membership_in_force(clock.now()),
            )
        )
    )


def holds_of_author(session: Session, author_id: str, kind: str) -> int:
    """How often things of this author were held by themselves in the last seven days."""
    return (
        session.scalar(
            select(func.count())
            .select_from(ModerationMeasure)
            .where(
                ModerationMeasure.account_id == author_id,
                ModerationMeasure.kind == kind,
                ModerationMeasure.at > clock.now() - timedelta(days=7),
            )
        )
        or 0
    )
