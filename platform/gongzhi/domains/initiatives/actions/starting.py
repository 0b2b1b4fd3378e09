"""Starting an initiative, and changing its words and needs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gongzhi.domains.decisions.models import Decision
from gongzhi.domains.decisions.rules import PUBLIC_STATES
from gongzhi.domains.issues.models import Issue, IssueState
from gongzhi.domains.people.actions import spend_allowance
from gongzhi.domains.people.models import Account
from gongzhi.domains.places.models import Place
from gongzhi.kernel import clock, events
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import Message
from gongzhi.kernel.text import lazy as _l

from .. import rules
from ..events import InitiativeChanged, InitiativeStarted
from ..models import Initiative, InitiativeNeed, InitiativeState, NeedKind
from ..permissions import COORDINATE, START_INITIATIVE
from ..rules import NeedWanted, Words
from .steps import about, check_open, check_version, lock, note_step, take_part, tell_issues

GONE = (IssueState.MERGED, IssueState.WITHDRAWN)


def start_initiative(
    session: Session,
    actor: Actor,
    place: Place,
    words: Words,
    *,
    needs: Sequence[NeedWanted] = (),
    issue: Issue | None = None,
    decision: Decision | None = None,
    once: str | None = None,
) -> Initiative:
    """Call for joint work, from an issue, from a decision, or on its own; whoever starts it coordinates.

    The same `once` of the same account gives the initiative it started before. Raises `Invalid` field by
    field (needs as `needs.0.description`), `Conflict` for an issue that is gone or a decision not public.
    """
    require(actor, START_INITIATIVE, place)
    words = rules.checked(words, clock.today())
    wanted = _checked_needs(needs)
    if issue is not None and (issue.district_id != actor.district_id or issue.state in GONE):
        raise Conflict(_l("This issue was merged or withdrawn; start from one that stands."))
    if decision is not None and (decision.district_id != actor.district_id or decision.state not in PUBLIC_STATES):
        raise Conflict(_l("An initiative can start from a decision once it is public."))
    before = _started_before(session, actor, once)
    if before is not None:
        return before
    spend_allowance(session, actor, "initiative", words.title, words.goal)
    initiative = Initiative(
        district_id=actor.district_id,
        place_id=place.id,
        place_path=place.path,
        issue_id=issue.id if issue else None,
        decision_id=decision.id if decision else None,
        starter_id=actor.account_id,
        starter_organisation_id=actor.organisation_id,
        once=once,
        coordinator_key=actor.voter_key,
        coordinator_id=actor.account_id,
        coordinator_organisation_id=actor.organisation_id,
        helper_keys=[],
        title=words.title,
        goal=words.goal,
        ends_on=words.ends_on,
        state=InitiativeState.PLANNING,
        created_at=clock.now(),
        residents=0,
        enterprises=0,
        ngos=0,
        offices=0,
    )
    session.add(initiative)
    session.flush()
    for position, need in enumerate(wanted, start=1):
        _add(session, initiative, position, need)
    take_part(session, actor, initiative, None)
    note_step(session, actor, initiative, "start", InitiativeState.PLANNING, first=True)
    session.flush()
    tell_issues(session, actor, initiative, "initiative_started")
    events.record(session, InitiativeStarted(**about(session, actor, initiative)))
    return initiative


def _started_before(session: Session, actor: Actor, once: str | None) -> Initiative | None:
    if once is None:
        return None
    # The account's row is the lock that keeps two posts of one form from starting twice.
    session.execute(select(Account.id).where(Account.id == actor.account_id).with_for_update())
    return session.scalar(select(Initiative).where(Initiative.starter_id == actor.account_id, Initiative.once == once))


def _checked_needs(needs: Sequence[NeedWanted]) -> list[NeedWanted]:
    if len(needs) > rules.MOST_NEEDS:
        raise Invalid.of("needs", _l("At most 20 needs."))
    checked: list[NeedWanted] = []
    errors: dict[str, list[Message]] = {}
    for place, need in enumerate(needs):
        try:
            checked.append(rules.checked_need(need))
        except Invalid as invalid:
            errors |= {f"needs.{place}.{name}": messages for name, messages in invalid.errors.items()}
    if errors:
        raise Invalid(errors)
    return checked


def _add(session: Session, initiative: Initiative, position: int, need: NeedWanted) -> InitiativeNeed:
    added = InitiativeNeed(
        initiative_id=initiative.id,
        position=position,
        kind=need.kind,
        description=need.description,
        required=need.required,
        unit=need.unit,
        covered=0,
    )
    session.add(added)
    return added


def edit_initiative(session: Session, actor: Actor, initiative: Initiative, words: Words, *, version: int) -> None:
    """Change title, goal and planned end while the work is open. `Stale` for an older version."""
    lock(session, initiative)
    require(actor, COORDINATE, initiative)
    check_open(initiative)
    _check_unmarked(initiative)
    check_version(initiative, version)
    today = clock.today()
    unchanged_end = words.ends_on is not None and words.ends_on == initiative.ends_on
    cleaned = rules.checked(Words(words.title, words.goal) if unchanged_end else words, today)
    initiative.title, initiative.goal = cleaned.title, cleaned.goal
    initiative.ends_on = words.ends_on
    initiative.version += 1
    events.record(session, InitiativeChanged(**about(session, actor, initiative), what="words"))


def add_need(session: Session, actor: Actor, initiative: Initiative, need: NeedWanted) -> InitiativeNeed:
    """Ask for one thing more. The same need added twice in a row is one."""
    lock(session, initiative)
    require(actor, COORDINATE, initiative)
    check_open(initiative)
    wanted = rules.checked_need(need)
    same = session.scalar(
        select(InitiativeNeed).where(
            InitiativeNeed.initiative_id == initiative.id,
            InitiativeNeed.kind == wanted.kind,
            InitiativeNeed.description == wanted.description,
            InitiativeNeed.unit == wanted.unit,
        )
    )
    if same is not None:
        return same
    last, number = session.execute(
        select(func.coalesce(func.max(InitiativeNeed.position), 0), func.count()).where(
            InitiativeNeed.initiative_id == initiative.id
        )
    ).one()
    if number >= rules.MOST_NEEDS:
        raise Invalid.of("needs", _l("At most 20 needs."))
    added = _add(session, initiative, last + 1, wanted)
    session.flush()
    events.record(session, InitiativeChanged(**about(session, actor, initiative), what="needs"))
    return added


def change_need(
    session: Session, actor: Actor, need: InitiativeNeed, *, description: str, required: int, unit: str
) -> None:
    """Correct a need; its kind stays, and its unit too once somebody has pledged."""
    initiative = session.get_one(Initiative, need.initiative_id)
    lock(session, initiative)
    session.refresh(need)
    require(actor, COORDINATE, initiative)
    check_open(initiative)
    _check_unmarked(initiative)
    cleaned = rules.checked_need(NeedWanted(NeedKind(need.kind), description, required, unit))
    if need.covered and cleaned.unit != need.unit:
        raise Invalid.of("unit", _l("There are pledges in this unit already."))
    if (need.description, need.required, need.unit) == (cleaned.description, cleaned.required, cleaned.unit):
        return
    need.description, need.required, need.unit = cleaned.description, cleaned.required, cleaned.unit
    events.record(session, InitiativeChanged(**about(session, actor, initiative), what="needs"))


def _check_unmarked(initiative: Initiative) -> None:
    if initiative.mark is not None:
        raise Conflict(_l("Moderation has marked this initiative: its words cannot be edited now."))
