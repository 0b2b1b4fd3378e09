"""The demo's initiatives put on the timeline: started, joined with pledges, worked on, told of, rated."""

from __future__ import annotations

import io
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from gongzhi.domains.initiatives import actions
from gongzhi.domains.initiatives.models import (
    Initiative,
    InitiativeNeed,
    NeedKind,
    Pledge,
    PledgeState,
    StepState,
)
from gongzhi.domains.initiatives.rules import RATING_DAYS, NeedWanted, Words
from gongzhi.domains.issues.models import Solved
from gongzhi.kernel import clock
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.storage import store_image
from gongzhi.web.demo.comments import plan_comments
from gongzhi.web.demo.issues import RESIDENTS
from gongzhi.web.demo.pictures import scene
from gongzhi.web.demo.works import INITIATIVES, Offer, Task, Together
from gongzhi.web.demo.world import World


def plan_initiatives(world: World) -> None:
    """Put every initiative on the timeline."""
    for wanted in INITIATIVES:
        _plan(world, wanted)


def _plan(world: World, wanted: Together) -> None:
    world.at(world.day(wanted.began, 19), partial(_start, world, wanted))
    for offer in wanted.offers:
        world.at(world.day(offer.days_ago, 18 + offer.amount % 4), partial(_join, world, wanted, offer))
        if offer.settled:
            after = max(offer.days_ago - offer.due_in, 0.02)
            world.at(world.day(after, 21), partial(_settle, world, wanted, offer))
    if wanted.running is not None:
        world.at(world.day(wanted.running, 20), partial(_begin, world, wanted))
        for number, task in enumerate(wanted.tasks):
            world.at(world.day(wanted.running, 20.1 + number / 100), partial(_task, world, wanted, task))
            if task.state in ("doing", "done"):
                world.at(world.day(wanted.running - 1, 9), partial(_move, world, wanted, task, StepState.DOING))
            if task.state == "done":
                ended = max(wanted.running - task.due_in, 0.5)
                world.at(world.day(ended, 17), partial(_move, world, wanted, task, StepState.DONE))
    for days_ago, body, picture in wanted.news:
        world.at(world.day(days_ago, 20.5), partial(_tell, world, wanted, body, picture))
    if wanted.finished is not None:
        days_ago, report = wanted.finished
        world.at(world.day(days_ago, 18), partial(_finish, world, wanted, report))
        world.at(world.day(days_ago - 2, 19), partial(_rate, world, wanted))
        closes = world.day(days_ago - RATING_DAYS - 1, 3)
        world.at(closes, lambda: _close(world))
    start = world.day(wanted.began, 21)
    plan_comments(world, "initiative", _key(wanted), wanted.said, start, world.now, RESIDENTS)


def _key(wanted: Together) -> str:
    return f"initiative {wanted.name}"


def _made(world: World, wanted: Together) -> Initiative:
    found: Initiative = world.made[_key(wanted)]
    return found


def _lead(world: World, wanted: Together) -> Actor:
    return world.act(wanted.who, wanted.of)


def _start(world: World, wanted: Together) -> None:
    world.made[_key(wanted)] = actions.start_initiative(
        world.session,
        _lead(world, wanted),
        world.places[wanted.place],
        Words(wanted.title, wanted.goal, clock.today() + timedelta(days=wanted.ends_in)),
        needs=[NeedWanted(NeedKind(need.kind), need.text, need.required, need.unit) for need in wanted.needs],
        issue=world.made[f"issue {wanted.issue}"] if wanted.issue else None,
        decision=world.made.get(f"decision {wanted.decision}") if wanted.decision else None,
    )


def _need(world: World, wanted: Together, number: int) -> InitiativeNeed:
    return world.session.scalars(
        select(InitiativeNeed).where(
            InitiativeNeed.initiative_id == _made(world, wanted).id,
            InitiativeNeed.description == wanted.needs[number - 1].text,
        )
    ).one()


def _join(world: World, wanted: Together, offer: Offer) -> None:
    world.made[f"{_key(wanted)} pledge {offer.who} {offer.need}"] = actions.join(
        world.session,
        world.act(offer.who, offer.of),
        _made(world, wanted),
        need=_need(world, wanted, offer.need),
        amount=offer.amount,
        due_on=clock.today() + timedelta(days=offer.due_in),
    )


def _settle(world: World, wanted: Together, offer: Offer) -> None:
    pledge: Pledge = world.made[f"{_key(wanted)} pledge {offer.who} {offer.need}"]
    actions.settle_pledge(
        world.session, _lead(world, wanted), pledge, state=PledgeState(offer.settled), note=offer.text
    )


def _begin(world: World, wanted: Together) -> None:
    actions.begin(world.session, _lead(world, wanted), _made(world, wanted))


def _task(world: World, wanted: Together, task: Task) -> None:
    world.made[f"{_key(wanted)} step {task.title}"] = actions.add_step(
        world.session,
        _lead(world, wanted),
        _made(world, wanted),
        title=task.title,
        owner_key=world.act(task.who, task.of).voter_key,
        due_on=clock.today() + timedelta(days=task.due_in),
    )


def _move(world: World, wanted: Together, task: Task, state: StepState) -> None:
    step = world.made[f"{_key(wanted)} step {task.title}"]
    actions.move_step(world.session, world.act(task.who, task.of), step, state=state)


def _tell(world: World, wanted: Together, body: str, picture: str | None) -> None:
    photos = []
    if picture is not None:
        drawn = scene(picture, len(body))
        photos.append((store_image(io.BytesIO(drawn), f"{picture}.jpg"), "现场照片（示意）"))
    actions.post_update(world.session, _lead(world, wanted), _made(world, wanted), body=body, photos=photos)


def _finish(world: World, wanted: Together, report: str) -> None:
    actions.finish(world.session, _lead(world, wanted), _made(world, wanted), report=report)


def _rate(world: World, wanted: Together) -> None:
    """Those who joined say how it went."""
    for offer in wanted.offers:
        actions.rate(
            world.session,
            world.act(offer.who, offer.of),
            _made(world, wanted),
            solved=Solved.YES,
            satisfaction=world.rng.choice((4, 5, 5)),
            comment="一起做，值得。",
        )


def _close(world: World) -> None:
    actions.close_rated(world.session)
