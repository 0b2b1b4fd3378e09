"""The demo's ballots: one running in secret, one closed with its result, one of owners counted by area with papers."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from gongzhi.domains.ballots import actions
from gongzhi.domains.ballots.actions import RollLine
from gongzhi.domains.ballots.models import Ballot, BallotVoter, Reasons
from gongzhi.domains.ballots.queries import access_ballot_subject, template_of
from gongzhi.domains.ballots.rules.course import Words
from gongzhi.domains.issues.models import Issue
from gongzhi.domains.places.models import Place
from gongzhi.domains.places.queries import district_place
from gongzhi.kernel import clock
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.storage import store_image
from gongzhi.web.demo.issues import RESIDENTS, handler_of
from gongzhi.web.demo.people import login
from gongzhi.web.demo.pictures import scene
from gongzhi.web.demo.world import SEED, World

OFFICE = "区城市管理局"
REASONS = (
    "先把最陡的那一段修好，老人每天都要走。",
    "扶手花钱不多，见效快。",
    "晚上看不清台阶，路灯最要紧。",
    "希望施工避开早晚高峰。",
)


def plan_ballots(world: World) -> None:
    """Put the three on the timeline."""
    world.at(world.day(3.2, 9), partial(_running, world))
    world.at(world.day(24, 9), partial(_closed, world))
    world.at(world.day(14, 9), partial(_certify, world, "closed"))
    world.at(world.day(9, 9), partial(_owners, world))
    world.at(world.day(1, 9), partial(_certify, world, "owners"))


def _open(
    world: World, name: str, number: int, office: str | None, template: str, words: Words, *, days: float, everywhere: bool = False,
    roll: list[RollLine] | None = None, **more: Any,
) -> Ballot:  # fmt: skip
    """On an issue, by an office (the issue's own for None): drafted, submitted and approved by two officials."""
    session = world.session
    issue: Issue = world.made[f"issue {number}"]
    office_id = world.organisations[office].id if office is not None else issue.office_id
    official, second = handler_of(world, office_id), handler_of(world, office_id, "reviewer")
    subject, thing = access_ballot_subject(session, official, "issue", issue.id)
    chosen = template_of(session, world.district_id, template)
    now = clock.now()
    terms = replace(
        actions.usual_terms(chosen, now),
        opens_at=now,
        closes_at=now + timedelta(days=days),
        paper_until=now + timedelta(days=days) if chosen.paper else None,
        **more,
    )
    place = district_place(session, world.district_id) if everywhere else None
    place = place or session.get_one(Place, issue.place_id)
    ballot = actions.draft_ballot(session, official, subject, thing, place, chosen, words, terms=terms, places=[place])
    if roll is not None:
        actions.import_roll(session, official, ballot, roll)
    actions.submit(session, official, ballot)
    actions.approve(session, second, ballot)
    world.made[f"ballot {name}"] = ballot
    return ballot


def _running(world: World) -> None:
    words = Words(
        "今年先给哪一处公交站加装遮阳棚和座椅",
        "今年的经费只够先做一处，其余两处列入明年计划。请按您认为的先后给三处排序。\n\n"
        "投票采用**无记名**方式，选票封存到截止；截止前可以更改。",
        (
            ("七牌坊站", "候车老人最多，日均约三千人次"),
            ("人和街站", "夏季西晒最重"),
            ("石油路站", "无任何遮挡，需先迁移一处广告牌"),
        ),
    )
    ballot = _open(world, "running", 32, OFFICE, "schulze", words, days=7, everywhere=True)
    orders = ([["o1"], ["o3"], ["o2"]], [["o3"], ["o1"]], [["o2"], ["o1"], ["o3"]], [["o3"], ["o2"], ["o1"]])
    _vote_over(world, ballot, orders, until=world.now, leave=("resident", "enterprise"))


def _closed(world: World) -> None:
    words = Words(
        "是否同意社区坝子活动限时限音",
        "试行三个月：19:00—20:30 分区活动，音量不超过 55 分贝，20:30 后停用音响。试行期满后再评议一次。",
    )
    ballot = _open(world, "closed", 6, OFFICE, "simple", words, days=7, everywhere=True)
    choices = ("for", "for", "for", "against", "for", "abstain", "against")
    _vote_over(world, ballot, choices, until=clock.now() + timedelta(days=6.5), leave=())


def _vote_over(world: World, ballot: Ballot, choices: Any, *, until: datetime, leave: tuple[str, ...]) -> None:
    """Votes of those on the roll, some with a reason; not everybody takes part."""
    by_account: dict[str | None, str] = {world.accounts[name].id: name for name in (*RESIDENTS, "enterprise", "ngo")}
    keys = world.session.execute(
        select(BallotVoter.account_id).where(BallotVoter.ballot_id == ballot.id, BallotVoter.account_id.is_not(None))
        .order_by(BallotVoter.account_id)
    )  # fmt: skip
    start = clock.now()
    # Dice of its own: the other rooms' stories stay as they are.
    rng = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    for number, (account_id,) in enumerate(keys):
        name = by_account.get(account_id)
        if name is None or name in leave or rng.random() > 0.7:
            continue
        reason = REASONS[number % len(REASONS)] if rng.random() < 0.15 else ""
        choice = rng.choice(choices)
        with clock.as_of(start + (until - start) * rng.random()):
            actions.cast_ballot(world.session, world.act(name), ballot, choice=choice, reason=reason)


def _certify(world: World, name: str) -> None:
    """The job counts what is over."""
    ballot = world.made.get(f"ballot {name}")
    if ballot is not None:
        actions.certify_if_due(world.session, ballot.id)


def _owners(world: World) -> None:
    words = Words(
        "是否同意三号楼加装电梯",
        "预算 46 万元，二层以上业主按楼层系数分摊，一层不出资；低层采光和补偿方案见议题下的协商记录。",
    )
    owners = RESIDENTS[:9]
    areas = ("89.50", "76.20", "102.35", "64.00", "89.50", "118.80", "76.20", "92.10", "64.00")
    roll = [
        RollLine(number, contact=login(name), unit=f"3-{number}01", area=area)
        for number, (name, area) in enumerate(zip(owners, areas, strict=True), start=2)
    ]
    roll += [
        RollLine(20, name="周某某", unit="3-1101", area="89.50"),
        RollLine(21, name="吴某某", unit="3-1201", area="102.35"),
    ]
    ballot = _open(world, "owners", 2, None, "owners_special", words, days=6, roll=roll, reasons=Reasons.OPTIONAL)
    start = clock.now()
    for number, name in enumerate(owners[:8]):
        with clock.as_of(start + timedelta(days=1 + number / 3)):
            actions.cast_ballot(
                world.session, world.act(name), ballot, choice="against" if number == 5 else "for",
                reason="家里老人上下楼太难了。" if number == 1 else "",
            )  # fmt: skip
    with clock.as_of(start + timedelta(days=4)):
        _papers(world, ballot)


def _papers(world: World, ballot: Ballot) -> None:
    """The two without an account voted at a meeting; two officials counted."""
    first: Actor = handler_of(world, ballot.office_id)
    second: Actor = handler_of(world, ballot.office_id, "reviewer")
    for key in ("r:20", "r:21"):
        actions.tick_off(world.session, first, ballot, key, on=True)
    counts = [{"choice": "for", "number": 2, "area": 8950 + 10235}]
    actions.enter_papers(world.session, first, ballot, counts, sheet=_sheet())
    actions.enter_papers(world.session, second, ballot, counts)


def _sheet() -> str:
    """A drawn picture stands for the photo of the tally sheet."""
    return store_image(io.BytesIO(scene("court", 278)), "tally.jpg").key
