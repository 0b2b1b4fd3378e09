"""The moderators' queue, a case with all that belongs to it, appeals that wait, and what concerns oneself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.people.models import Account
from gongzhi.kernel import clock
from gongzhi.kernel.masks import mask_name
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor

from ..models import (
    CaseState,
    ModerationAppeal,
    ModerationCase,
    ModerationMeasure,
    ModerationOriginal,
    ModerationReport,
    OriginalLook,
)

PAGE = 20
DESK_ROLES = ("moderator", "admin", "auditor")


@dataclass(frozen=True)
class CaseFilters:
    """What narrows the queue."""

    state: str = CaseState.OPEN
    kind: str | None = None
    ground: str | None = None
    place_path: str | None = None
    mark: str | None = None
    urgent: bool = False


@dataclass(frozen=True)
class CaseRow:
    """A row of the queue: the case, who wrote it (masked), who works on it, the author's earlier measures."""

    case: ModerationCase
    author: str
    claimed_by: str | None
    earlier: int


def in_scope(actor: Actor, roles: Sequence[str] = DESK_ROLES) -> ColumnElement[bool]:
    """Cases of the district within the places for which the actor holds one of these roles."""
    held = [role for role in actor.roles if role.role in roles]
    paths = [ModerationCase.place_path.startswith(role.place_path, autoescape=True) for role in held if role.place_path]
    everywhere = any(role.place_path is None for role in held)
    scope = ModerationCase.district_id == actor.district_id
    return scope if everywhere else and_(scope, or_(false(), *paths))


def queue(
    session: Session, actor: Actor, filters: CaseFilters, *, after: str | None = None, limit: int = PAGE
) -> Page[CaseRow]:
    """Cases by deadline, the most pressing first; one's own words are left to others. One statement."""
    wanted = [in_scope(actor), ModerationCase.state == filters.state]
    wanted += [or_(ModerationCase.author_id.is_(None), ModerationCase.author_id != actor.account_id)]
    for column, value in (
        (ModerationCase.subject_kind, filters.kind),
        (ModerationCase.ground, filters.ground),
        (ModerationCase.mark, filters.mark),
    ):
        if value:
            wanted.append(column == value)
    if filters.urgent:
        wanted.append(ModerationCase.is_urgent.is_(True))
    if filters.place_path:
        wanted.append(ModerationCase.place_path.startswith(filters.place_path, autoescape=True))
    claimer = aliased(Account)
    earlier = (
        select(func.count())
        .where(
            ModerationMeasure.account_id == ModerationCase.author_id,
            ModerationMeasure.kind.in_(("hide", "redact", "warn", "suspend")),
        )
        .correlate(ModerationCase)
        .scalar_subquery()
    )
    statement = (
        select(ModerationCase, Account.name, claimer.name, earlier)
        .outerjoin(Account, Account.id == ModerationCase.author_id)
        .outerjoin(
            claimer,
            (claimer.id == ModerationCase.claimed_by_id) & (ModerationCase.claimed_until > clock.now()),
        )
        .where(*wanted)
    )
    rows = session.execute(
        keyset(statement, ModerationCase.due_at.asc(), ModerationCase.id.asc(), after=after, limit=limit)
    ).all()
    page = slice_page(rows, limit, lambda row: (row[0].due_at, row[0].id))
    return Page(
        [CaseRow(case, mask_name(name or ""), claimed, count) for case, name, claimed, count in page.items],
        page.next_cursor,
    )


@dataclass(frozen=True)
class Waiting:
    """How much waits."""

    open: int
    urgent: int
    held: int
    appeals: int


def waiting(session: Session, actor: Actor) -> Waiting:
    """Counts of the desk, in one statement."""
    appeals = (
        select(func.count())
        .select_from(ModerationAppeal)
        .join(ModerationCase, ModerationCase.id == ModerationAppeal.case_id)
        .where(in_scope(actor), ModerationAppeal.outcome.is_(None))
        .scalar_subquery()
    )
    mine = or_(ModerationCase.author_id.is_(None), ModerationCase.author_id != actor.account_id)
    row = session.execute(
        select(
            func.count(),
            func.count().filter(ModerationCase.is_urgent.is_(True)),
            func.count().filter(ModerationCase.mark == "held"),
            appeals,
        ).where(in_scope(actor), mine, ModerationCase.state == CaseState.OPEN)
    ).one()
    return Waiting(*map(int, row))


@dataclass(frozen=True)
class CaseFile:
    """A case with its reports, measures, appeals, looks, and the author as moderators see them."""

    case: ModerationCase
    author: Account | None
    reports: list[tuple[ModerationReport, str]]
    measures: list[tuple[ModerationMeasure, str]]
    appeals: dict[str, ModerationAppeal]
    looks: list[tuple[OriginalLook, str]]
    earlier: list[ModerationMeasure]


def case_file(session: Session, case: ModerationCase) -> CaseFile:
    """All of a case, names masked: six statements, however much there is."""

    def named(table: Any, who: Any, where: Any) -> list[tuple[Any, str]]:
        rows = session.execute(
            select(table, Account.name).outerjoin(Account, Account.id == who).where(where).order_by(table.id)
        )
        return [(row, mask_name(name or "")) for row, name in rows]

    appeals = session.scalars(select(ModerationAppeal).where(ModerationAppeal.case_id == case.id))
    earlier = select(ModerationMeasure).where(
        ModerationMeasure.account_id == case.author_id,
        ModerationMeasure.case_id != case.id,
        ModerationMeasure.kind.in_(("hide", "redact", "warn", "suspend")),
    )
    return CaseFile(
        case=case,
        author=session.get(Account, case.author_id) if case.author_id else None,
        reports=named(ModerationReport, ModerationReport.reporter_id, ModerationReport.case_id == case.id),
        measures=named(ModerationMeasure, ModerationMeasure.decided_by_id, ModerationMeasure.case_id == case.id),
        appeals={appeal.measure_id: appeal for appeal in appeals},
        looks=named(OriginalLook, OriginalLook.reader_id, OriginalLook.case_id == case.id),
        earlier=list(session.scalars(earlier.order_by(ModerationMeasure.id.desc()).limit(10)))
        if case.author_id
        else [],
    )


def originals(session: Session, measure_id: str | None) -> dict[str, str]:
    """The parts of a thing as they were before a measure."""
    if measure_id is None:
        return {}
    rows = session.execute(
        select(ModerationOriginal.part, ModerationOriginal.text)
        .where(ModerationOriginal.measure_id == measure_id)
        .order_by(ModerationOriginal.part)
    )
    return {row.part: row.text for row in rows}


@dataclass(frozen=True)
class AppealRow:
    """An appeal that waits, with its measure and case."""

    appeal: ModerationAppeal
    measure: ModerationMeasure
    case: ModerationCase


def appeals_waiting(session: Session, actor: Actor, *, after: str | None = None, limit: int = PAGE) -> Page[AppealRow]:
    """Appeals not decided yet, by deadline."""
    statement = (
        select(ModerationAppeal, ModerationMeasure, ModerationCase)
        .join(ModerationMeasure, ModerationMeasure.id == ModerationAppeal.measure_id)
        .join(ModerationCase, ModerationCase.id == ModerationAppeal.case_id)
        .where(in_scope(actor), ModerationAppeal.outcome.is_(None))
    )
    rows = session.execute(
        keyset(statement, ModerationAppeal.due_at.asc(), ModerationAppeal.id.asc(), after=after, limit=limit)
    ).all()
    page = slice_page(rows, limit, lambda row: (row[0].due_at, row[0].id))
    return Page([AppealRow(*row) for row in page.items], page.next_cursor)


@dataclass(frozen=True)
class OwnMeasure:
    """A measure that concerns oneself, with its case and appeal."""

    measure: ModerationMeasure
    case: ModerationCase
    appeal: ModerationAppeal | None


def own_measures(session: Session, actor: Actor, *, after: str | None = None, limit: int = PAGE) -> Page[OwnMeasure]:
    """What was done with one's words or account, newest first."""
    statement = (
        select(ModerationMeasure, ModerationCase, ModerationAppeal)
        .join(ModerationCase, ModerationCase.id == ModerationMeasure.case_id)
        .outerjoin(ModerationAppeal, ModerationAppeal.measure_id == ModerationMeasure.id)
        .where(ModerationMeasure.account_id == actor.account_id, ModerationMeasure.kind != "dismiss")
    )
    rows = session.execute(keyset(statement, ModerationMeasure.id.desc(), after=after, limit=limit)).all()
    page = slice_page(rows, limit, lambda row: (row[0].id,))
    return Page([OwnMeasure(*row) for row in page.items], page.next_cursor)


def own_measure(session: Session, measure: ModerationMeasure) -> OwnMeasure:
    """One of them."""
    appeal = session.scalar(select(ModerationAppeal).where(ModerationAppeal.measure_id == measure.id))
    return OwnMeasure(measure, session.get_one(ModerationCase, measure.case_id), appeal)


def own_reports(
    session: Session, actor: Actor, *, after: str | None = None, limit: int = PAGE
) -> Page[tuple[ModerationReport, ModerationCase]]:
    """What one reported and what became of it, newest first."""
    statement = (
        select(ModerationReport, ModerationCase)
        .join(ModerationCase, ModerationCase.id == ModerationReport.case_id)
        .where(ModerationReport.reporter_id == actor.account_id)
    )
    rows = session.execute(keyset(statement, ModerationReport.id.desc(), after=after, limit=limit)).all()
    page = slice_page(rows, limit, lambda row: (row[0].id,))
    return Page([(report, case) for report, case in page.items], page.next_cursor)
