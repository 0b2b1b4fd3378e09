"""The page of an initiative in two statements: its head, and all its parts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased, defer

from gongzhi.domains.decisions.models import Decision
from gongzhi.domains.issues.models import Follow, Issue
from gongzhi.domains.people.models import Account, Organisation
from gongzhi.domains.places.models import Place
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.events import StreamVersion
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor

from ..models import (
    Initiative,
    InitiativeNeed,
    InitiativeRating,
    InitiativeTransition,
    Participant,
    Pledge,
    Step,
    Update,
)

MOST_SHOWN = 60


@dataclass(frozen=True)
class Who:
    """Somebody who took part in it: a person, or a person on behalf of an organisation."""

    name: str
    chamber: str
    organisation: Organisation | None = None
    key: str = ""


@dataclass(frozen=True)
class PledgeView:
    """A pledge with who made it and the need it answers, if any."""

    pledge: Pledge
    who: Who
    need: InitiativeNeed | None


@dataclass(frozen=True)
class InitiativePage:
    """All that the page shows of this room; also the subject of permissions, as the initiative itself is."""

    initiative: Initiative
    place: Place
    issue: Issue | None
    decision: Decision | None
    coordinator: Who
    follows: bool
    version: int
    """The version of its live topic."""
    my_rating: InitiativeRating | None
    needs: list[InitiativeNeed] = field(default_factory=list)
    participants: list[tuple[Participant, Who]] = field(default_factory=list)
    """The newest who take part now, at most `MOST_SHOWN`."""
    pledges: list[PledgeView] = field(default_factory=list)
    """The newest, and all of the reader's own."""
    steps: list[tuple[Step, Who]] = field(default_factory=list)
    updates: list[tuple[Update, Who]] = field(default_factory=list)
    history: list[tuple[InitiativeTransition, Who | None]] = field(default_factory=list)
    comments: list[InitiativeRating] = field(default_factory=list)
    """The newest ratings with words."""
    mine: list[PledgeView] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The initiative's id."""
        return self.initiative.id

    @property
    def district_id(self) -> str:
        """For the policy."""
        return self.initiative.district_id

    @property
    def coordinator_key(self) -> str:
        """For the policy."""
        return self.initiative.coordinator_key

    @property
    def successor_key(self) -> str | None:
        """For the policy."""
        return self.initiative.successor_key

    @property
    def helper_keys(self) -> list[str]:
        """For the policy."""
        return self.initiative.helper_keys


def access_initiative_page(session: Session, actor: Actor, initiative_id: str) -> InitiativePage:
    """The page of an initiative; a loader for `@guard`. `NotFound` exactly as `access_initiative`."""
    me = actor.voter_key if actor.signed_in else ""
    version = (
        select(func.coalesce(func.sum(StreamVersion.version), 0))
        .where(StreamVersion.topic == f"initiative:{initiative_id}")
        .scalar_subquery()
    )
    head = session.execute(
        select(
            Initiative, Place, Issue, Decision, Account.name, Organisation, Follow.account_id, InitiativeRating, version
        )
        .join(Place, Place.id == Initiative.place_id)
        .join(Account, Account.id == Initiative.coordinator_id)
        .outerjoin(Organisation, Organisation.id == Initiative.coordinator_organisation_id)
        .outerjoin(Issue, (Issue.id == Initiative.issue_id) & Issue.is_hidden.is_(False))
        .outerjoin(Decision, Decision.id == Initiative.decision_id)
        .outerjoin(
            Follow,
            (Follow.subject_kind == "initiative")
            & (Follow.subject_id == Initiative.id)
            & (Follow.account_id == literal(actor.account_id or "", Initiative.id.type)),
        )
        .outerjoin(
            InitiativeRating,
            (InitiativeRating.initiative_id == Initiative.id) & (InitiativeRating.voter_key == me),
        )
        .options(defer(Place.boundary))
        .where(Initiative.id == initiative_id, Initiative.district_id == actor.district_id)
    ).one_or_none()  # fmt: skip
    if head is None:
        raise NotFound
    initiative, place, name = head[0], head[1], head[4]
    issue: Issue | None = head[2]
    decision: Decision | None = head[3]
    organisation: Organisation | None = head[5]
    follower: str | None = head[6]
    rating: InitiativeRating | None = head[7]
    page = InitiativePage(
        initiative=initiative,
        place=place,
        issue=issue,
        decision=decision if decision is not None and decision.shown_at is not None else None,
        coordinator=Who(name, _chamber(organisation), organisation, initiative.coordinator_key),
        follows=follower is not None,
        version=int(head[8]),
        my_rating=rating,
    )
    _fill(session, page, me)
    return page


def _chamber(organisation: Organisation | None) -> str:
    return "resident" if organisation is None else str(organisation.kind)


def _newest(model: Any, initiative_id: str, most: int, *conditions: Any) -> Select[Any]:
    some = (
        select(model.id)
        .where(model.initiative_id == initiative_id, *conditions)
        .order_by(model.id.desc())
        .limit(most)
        .subquery()
    )
    return select(some.c.id)


def _fill(session: Session, page: InitiativePage, me: str) -> None:
    """Parts of all kinds in one statement: their ids differ, so each row finds exactly one of them."""
    key = page.initiative.id
    part = union_all(
        select(InitiativeNeed.id).where(InitiativeNeed.initiative_id == key),
        select(Step.id).where(Step.initiative_id == key),
        select(InitiativeTransition.id).where(InitiativeTransition.initiative_id == key),
        _newest(Update, key, MOST_SHOWN),
        _newest(InitiativeRating, key, MOST_SHOWN, InitiativeRating.comment != ""),
        _newest(Participant, key, MOST_SHOWN, Participant.left_at.is_(None)),
        _newest(Pledge, key, MOST_SHOWN),
        select(Pledge.id).where(Pledge.initiative_id == key, Pledge.voter_key == me),
    ).subquery()
    account = aliased(Account)
    account_id = func.coalesce(
        Pledge.account_id, Participant.account_id, Step.account_id, Update.account_id, InitiativeTransition.account_id
    )
    organisation_id = func.coalesce(
        Pledge.organisation_id,
        Participant.organisation_id,
        Step.organisation_id,
        Update.organisation_id,
        InitiativeTransition.organisation_id,
    )
    rows: Sequence[Any] = session.execute(
        select(
            InitiativeNeed, Step, InitiativeTransition, Update, InitiativeRating, Participant, Pledge,
            account.name, Organisation,
        )
        .select_from(part)
        .outerjoin(InitiativeNeed, InitiativeNeed.id == part.c.id)
        .outerjoin(Step, Step.id == part.c.id)
        .outerjoin(InitiativeTransition, InitiativeTransition.id == part.c.id)
        .outerjoin(Update, Update.id == part.c.id)
        .outerjoin(InitiativeRating, InitiativeRating.id == part.c.id)
        .outerjoin(Participant, Participant.id == part.c.id)
        .outerjoin(Pledge, Pledge.id == part.c.id)
        .outerjoin(account, account.id == account_id)
        .outerjoin(Organisation, Organisation.id == organisation_id)
    ).all()  # fmt: skip
    page.needs.extend(sorted({row[0] for row in rows if row[0] is not None}, key=lambda need: need.position))
    by_id = {need.id: need for need in page.needs}
    pledges: dict[str, PledgeView] = {}
    for _need, step, transition, news, rating, taking_part, pledge, name, organisation in rows:
        who = Who(name or "", _chamber(organisation), organisation)
        if step is not None:
            page.steps.append((step, who))
        elif transition is not None:
            page.history.append((transition, who if name else None))
        elif news is not None:
            page.updates.append((news, who))
        elif rating is not None:
            page.comments.append(rating)
        elif taking_part is not None:
            member = Who(who.name, taking_part.chamber, organisation, taking_part.voter_key)
            page.participants.append((taking_part, member))
        elif pledge is not None:
            maker = Who(who.name, pledge.chamber, organisation, pledge.voter_key)
            pledges[pledge.id] = PledgeView(pledge, maker, by_id.get(pledge.need_id or ""))
    newest_first = sorted(pledges.values(), key=lambda view: view.pledge.id, reverse=True)
    page.pledges.extend(newest_first)
    page.mine.extend(view for view in newest_first if view.pledge.voter_key == me)
    page.steps.sort(key=lambda pair: (pair[0].due_on, pair[0].id))
    page.history.sort(key=lambda pair: str(pair[0].id))
    page.updates.sort(key=lambda pair: str(pair[0].id), reverse=True)
    page.comments.sort(key=lambda rating: str(rating.id), reverse=True)
    page.participants.sort(key=lambda pair: str(pair[0].id))


def list_pledges(
    session: Session, initiative: Initiative, *, after: str | None = None, limit: int = 50
) -> Page[PledgeView]:
    """All pledges of an initiative, newest first."""
    statement = _pledge_views().where(Pledge.initiative_id == initiative.id)
    rows = session.execute(keyset(statement, Pledge.id.desc(), after=after, limit=limit)).all()
    page = slice_page(rows, limit, lambda row: (row[0].id,))
    return Page([_pledge_view(row) for row in page.items], page.next_cursor)


def pledge_view(session: Session, pledge: Pledge) -> PledgeView:
    """One pledge as shown."""
    return _pledge_view(session.execute(_pledge_views().where(Pledge.id == pledge.id)).one())


def _pledge_views() -> Select[*tuple[Any, ...]]:
    return (
        select(Pledge, Account.name, Organisation, InitiativeNeed)
        .join(Account, Account.id == Pledge.account_id)
        .outerjoin(Organisation, Organisation.id == Pledge.organisation_id)
        .outerjoin(InitiativeNeed, InitiativeNeed.id == Pledge.need_id)
    )


def _pledge_view(row: Any) -> PledgeView:
    pledge, name, organisation, need = row
    return PledgeView(pledge, Who(name, pledge.chamber, organisation, pledge.voter_key), need)


def participants_to_choose(session: Session, initiative: Initiative, limit: int = 200) -> Sequence[Who]:
    """Who takes part now, in the order of joining, to be chosen as owner, helper or successor."""
    rows = session.execute(
        select(Participant, Account.name, Organisation)
        .join(Account, Account.id == Participant.account_id)
        .outerjoin(Organisation, Organisation.id == Participant.organisation_id)
        .where(Participant.initiative_id == initiative.id, Participant.left_at.is_(None))
        .order_by(Participant.id)
        .limit(limit)
    )
    return [Who(name, row.chamber, organisation, row.voter_key) for row, name, organisation in rows]
