"""The demo's decisions put on the timeline: drafted, reviewed by a second official, noticed, carried out."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import select

from gongzhi.domains.decisions import actions, queries
from gongzhi.domains.decisions.models import Adoption, CommitmentState, Decision, DecisionState
from gongzhi.domains.decisions.rules import Promise, Words
from gongzhi.domains.issues.models import Choice, Issue, Solved, Vote
from gongzhi.domains.places.models import Place
from gongzhi.kernel import clock
from gongzhi.kernel.policy import SYSTEM
from gongzhi.web.demo.comments import plan_comments
from gongzhi.web.demo.issues import RESIDENTS, handler_of
from gongzhi.web.demo.works import DECISIONS, Resolution, Vow
from gongzhi.web.demo.world import World

FEN = 100


def plan_decisions(world: World) -> None:
    """Put every decision on the timeline."""
    for wanted in DECISIONS:
        _plan(world, wanted)


def _plan(world: World, wanted: Resolution) -> None:
    world.at(world.day(wanted.drafted, 10), partial(_draft, world, wanted))
    stages = (
        (wanted.submitted, 15, _submit),
        (wanted.approved, 11, _approve),
        (wanted.published, 9, _publish),
        (wanted.done, 17, _complete),
    )
    for days_ago, hour, act in stages:
        if days_ago is not None:
            world.at(world.day(days_ago, hour), partial(act, world, wanted))
    for days_ago, body in wanted.reports:
        world.at(world.day(days_ago, 14), partial(_report, world, wanted, body))
    for vow in wanted.vows:
        if vow.kept is not None:
            world.at(world.day(vow.kept, 16), partial(_settle, world, wanted, vow))
        elif vow.missed is not None:
            world.at(world.day(vow.missed[0], 16), partial(_settle, world, wanted, vow))
    if wanted.objection is not None:
        days_ago, body, answer = wanted.objection
        world.at(world.day(days_ago, 20), partial(_object, world, wanted, body))
        world.at(world.day(days_ago - 1, 10), partial(_answer, world, wanted, answer))
    if wanted.renewed is not None:
        days_ago, reason, body = wanted.renewed
        world.at(world.day(days_ago, 14), partial(_renew, world, wanted, reason))
        world.at(world.day(days_ago - 1, 20), partial(_object, world, wanted, body))
    if wanted.approved is not None:
        start = world.day(wanted.approved, 12)
        ends = world.now if wanted.done is None else world.day(wanted.done, 12)
        plan_comments(world, "decision", _key(wanted), wanted.said, start, ends, RESIDENTS)
    if wanted.done is not None:
        world.at(world.day(wanted.done - 1, 19), partial(_rate, world, wanted))


def _key(wanted: Resolution) -> str:
    return f"decision {wanted.name}"


def _made(world: World, wanted: Resolution) -> Decision:
    found: Decision = world.made[_key(wanted)]
    return found


def _draft(world: World, wanted: Resolution) -> None:
    office = world.organisations[wanted.office]
    official = handler_of(world, office.id)
    issues: list[Issue] = [world.made[f"issue {number}"] for number in wanted.issues]
    words = Words(
        wanted.title,
        wanted.body,
        wanted.grounds,
        wanted.adopted,
        wanted.not_adopted,
        None if wanted.money_yuan is None else wanted.money_yuan * FEN,
        wanted.money_source,
    )
    promises = [Promise(vow.text, vow.responsible, clock.today() + timedelta(days=vow.due_in)) for vow in wanted.vows]
    place = world.session.get_one(Place, issues[0].place_id)
    decision = actions.draft_decision(world.session, official, place, words, issues=issues, promises=promises)
    world.made[_key(wanted)] = decision
    adoptions = {
        world.made[name].id: (Adoption(adoption), reason)
        for number, position, adoption, reason in wanted.adoptions
        if (name := f"issue {number} comment {position}") in world.made
    }
    if adoptions:
        actions.edit_decision(
            world.session,
            official,
            decision,
            words,
            version=decision.version,
            issues=issues,
            promises=promises,
            adoptions=adoptions,
        )


def _submit(world: World, wanted: Resolution) -> None:
    decision = _made(world, wanted)
    actions.submit(world.session, handler_of(world, decision.office_id), decision)


def _approve(world: World, wanted: Resolution) -> None:
    decision = _made(world, wanted)
    actions.approve(world.session, handler_of(world, decision.office_id, "reviewer"), decision)


def _renew(world: World, wanted: Resolution, reason: str) -> None:
    """Taken back, mended and put on notice again."""
    decision = _made(world, wanted)
    actions.reconsider(world.session, handler_of(world, decision.office_id), decision, reason=reason)
    _submit(world, wanted)
    _approve(world, wanted)


def _publish(world: World, wanted: Resolution) -> None:
    """The nightly job publishes what was on notice long enough."""
    decision = _made(world, wanted)
    if decision.state == DecisionState.PUBLIC_NOTICE:
        actions.publish(world.session, SYSTEM, decision)


def _report(world: World, wanted: Resolution, body: str) -> None:
    decision = _made(world, wanted)
    actions.report_progress(world.session, handler_of(world, decision.office_id), decision, body=body)


def _settle(world: World, wanted: Resolution, vow: Vow) -> None:
    decision = _made(world, wanted)
    commitment = next(one for one in queries.commitments(world.session, decision) if one.text == vow.text)
    actions.settle_commitment(
        world.session,
        handler_of(world, decision.office_id),
        commitment,
        state=CommitmentState.KEPT if vow.missed is None else CommitmentState.MISSED,
        note="" if vow.missed is None else vow.missed[1],
    )


def _complete(world: World, wanted: Resolution) -> None:
    decision = _made(world, wanted)
    actions.complete(world.session, handler_of(world, decision.office_id), decision)


def _object(world: World, wanted: Resolution, body: str) -> None:
    decision = _made(world, wanted)
    world.made[f"{_key(wanted)} objection"] = actions.object_to(world.session, world.act("r10"), decision, body=body)


def _answer(world: World, wanted: Resolution, answer: str) -> None:
    decision = _made(world, wanted)
    actions.answer_objection(
        world.session,
        handler_of(world, decision.office_id),
        world.made[f"{_key(wanted)} objection"],
        answer=answer,
    )


def _rate(world: World, wanted: Resolution) -> None:
    """Some of those who voted on its issues say what they think of it."""
    decision = _made(world, wanted)
    by_account = {world.accounts[one].id: one for one in RESIDENTS}
    voters = world.session.scalars(
        select(Vote.account_id)
        .where(
            Vote.issue_id.in_([world.made[f"issue {number}"].id for number in wanted.issues]),
            Vote.choice == Choice.SUPPORT,
            Vote.organisation_id.is_(None),
        )
        .order_by(Vote.account_id)
        .limit(16)
    )
    for account_id in voters:
        pleased = world.rng.random() > 0.2
        actions.rate(
            world.session,
            world.act(by_account[account_id]),
            decision,
            solved=Solved.YES if pleased else Solved.PARTLY,
            satisfaction=world.rng.choice((4, 5)) if pleased else 3,
        )
