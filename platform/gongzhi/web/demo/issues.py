"""The demo's issues put on the timeline: published, voted on, discussed, handled, answered, rated."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from gongzhi.domains.issues import actions
from gongzhi.domains.issues.models import NO_DEADLINE, Category, Choice, Issue, Solved, Triage, Vote
from gongzhi.domains.issues.rules.lifecycle import takes_votes
from gongzhi.kernel import clock
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.storage import store_image
from gongzhi.web.demo.comments import plan_talk
from gongzhi.web.demo.pictures import scene
from gongzhi.web.demo.registry import RESIDENT_COUNT
from gongzhi.web.demo.stories import STORIES, TWIN, Step, Story
from gongzhi.web.demo.world import World

RESIDENTS = ("resident", "resident2", *(f"r{number:02d}" for number in range(1, RESIDENT_COUNT + 1)))
CLOSES_AFTER = timedelta(days=30, hours=1)
GUIDANCE = "先由双方约定查漏时间，可请社区人民调解员到场；调解协议可申请司法确认。半岛公益法律服务中心提供免费咨询。"

# Category (code of the main one, colon, Chinese name of the finer one) and the office that answers for it.
ROUTES = (
    ("SAFE:消防通道堵塞", "区消防救援支队"),
    ("SAFE:边坡、堡坎隐患", "区住房城乡建委"),
    ("SAFE:井盖缺失", "区城市管理局"),
    ("FAC:路灯", "区城市管理局"),
    ("TRA:公交站", "区城市管理局"),
    ("SEC", "区公安分局"),
)


def install_catalogue(world: World) -> None:
    """Categories, and who answers for what; the rest is the sub-district offices'."""
    admin = world.act("admin")
    actions.install_categories(world.session, admin, world.district_id)
    for name, office in ROUTES:
        actions.set_routing(world.session, admin, category=category(world, name), office=world.organisations[office])


def category(world: World, name: str) -> Category:
    """`FAC:路灯` or its main category, where the catalogue does not go so far."""
    code, _colon, finer = name.partition(":")
    main = world.session.scalars(
        select(Category).where(Category.district_id == world.district_id, Category.code == code)
    ).one()
    below = world.session.scalars(
        select(Category).where(Category.parent_id == main.id, Category.name_zh == finer)
    ).first()
    return below or main


def plan_issues(world: World) -> None:
    """Put every story on the timeline, and the twin of one that is merged into it."""
    for story in (*STORIES, TWIN):
        _plan_story(world, story)
    merged = world.office_hours(_published(world, TWIN) + timedelta(days=1))
    world.at(merged, partial(_merge, world, TWIN.number, 34))
    overdue_from = world.now - timedelta(days=60)
    for number in range(61):
        world.at(overdue_from + timedelta(days=number), partial(_look_at_deadlines, world))


def _published(world: World, story: Story) -> datetime:
    return world.day(story.days_ago, 8 + (story.number * 37 % 110) / 10)


def _plan_story(world: World, story: Story) -> None:
    start = _published(world, story)
    author = story.author or RESIDENTS[2 + story.number * 7 % RESIDENT_COUNT]
    world.at(start, partial(_publish, world, story, author))
    moment, ends = start, world.now
    for step in story.steps:
        planned = start + timedelta(days=step.day)
        if step.day >= 0.5 and step.act not in ("rate", "reopen"):
            planned = world.office_hours(planned)
        moment = max(planned, moment + timedelta(minutes=9))
        world.at(moment, partial(_do, world, story.number, step))
        if step.act in ("resolve", "decline"):
            ends = moment
            world.at(moment + CLOSES_AFTER, lambda: _close(world))
    ends = min(ends, world.now)
    _plan_votes(world, story, start, ends, author)
    plan_talk(world, story.number, start, ends, RESIDENTS)


def _publish(world: World, story: Story, author: str) -> None:
    place = world.places[story.place]
    photos = []
    if story.picture is not None:
        kind, words = story.picture
        stored = store_image(io.BytesIO(scene(kind, story.number)), f"{kind}.jpg")
        photos.append(actions.PhotoIn(stored.key, words))
    shift = world.rng.uniform(-0.0006, 0.0006), world.rng.uniform(-0.0006, 0.0006)
    world.made[f"issue {story.number}"] = actions.publish_issue(
        world.session,
        world.act(author, story.author_for),
        category_id=category(world, story.category).id,
        place_id=place.id,
        title=story.title,
        body=story.body,
        latitude=round((place.latitude or 0) + shift[0], 6),
        longitude=round((place.longitude or 0) + shift[1], 6),
        photos=photos,
    )


def _plan_votes(world: World, story: Story, start: datetime, ends: datetime, author: str) -> None:
    voters = [one for one in RESIDENTS if one != author]
    world.rng.shuffle(voters)
    choices = [
        choice
        for choice, count in zip(("support", "oppose", "neutral"), story.votes, strict=True)
        for _ in range(count)
    ]
    for voter, choice in zip(voters, choices, strict=False):
        world.at(world.between(start, ends), partial(_vote, world, story.number, voter, None, choice))
    speakers = {name: who for (who, name), part in world.member_roles.items() if part == "owner"}
    for organisation, choice in story.voices:
        voter = speakers[organisation]
        world.at(world.between(start, ends), partial(_vote, world, story.number, voter, organisation, choice))
    for follower in voters[:3]:
        world.at(world.between(start, ends), partial(_follow, world, story.number, follower))


def _vote(world: World, number: int, voter: str, organisation: str | None, choice: str) -> None:
    issue: Issue = world.made[f"issue {number}"]
    if takes_votes(issue.state):
        actions.cast_vote(world.session, world.act(voter, organisation), issue.id, choice=choice)


def _follow(world: World, number: int, who: str) -> None:
    actions.follow_issue(world.session, world.act(who), world.made[f"issue {number}"])


def handler_of(world: World, office_id: str | None, part: str = "handler") -> Actor:
    """An official of the office in charge; of the centre it is whoever leads the shift."""
    office = next(name for name, one in world.organisations.items() if one.id == office_id)
    staff = {role: who for (who, where), role in world.member_roles.items() if where == office}
    return world.act(staff.get(part) or staff["handler"], office)


def _do(world: World, number: int, step: Step) -> None:
    issue: Issue = world.made[f"issue {number}"]
    session = world.session
    if step.act == "rate":
        _rate(world, issue)
        return
    if step.act == "reopen":
        author = next(who for who, account in world.accounts.items() if account.id == issue.author_id)
        actions.reopen_issue(session, world.act(author), issue, reason=step.text)
        return
    official = handler_of(world, issue.office_id)
    match step.act:
        case "accept":
            actions.accept_issue(session, official, issue)
        case "start":
            actions.start_work(session, official, issue)
        case "pause":
            actions.pause_issue(session, official, issue, reason=step.text)
        case "triage":
            kind = Triage(step.next_step)
            actions.triage_issue(
                session,
                official,
                issue,
                triage=kind,
                reason=step.text,
                guidance=GUIDANCE if kind == Triage.PRIVATE else "",
            )
        case "answer":
            due = clock.today() + timedelta(days=step.next_in) if step.next_in else None
            actions.answer_issue(session, official, issue, body=step.text, next_step=step.next_step, next_step_due=due)
        case "resolve":
            actions.resolve_issue(session, official, issue, reason=step.text)
        case "decline":
            actions.declare_not_possible(session, official, issue, reason=step.text)
        case _:
            raise ValueError(step.act)


def _rate(world: World, issue: Issue) -> None:
    """Some of those who supported it say what they think, most of them pleased."""
    for who in _supporters(world, issue)[:14]:
        pleased = world.rng.random()
        solved = Solved.YES if pleased > 0.2 else Solved.PARTLY if pleased > 0.06 else Solved.NO
        satisfaction = {Solved.YES: world.rng.choice((5, 5, 4)), Solved.PARTLY: 3, Solved.NO: 2}[solved]
        actions.rate_issue(
            world.session,
            world.act(who),
            issue,
            solved=solved,
            satisfaction=satisfaction,
            comment=""
            if world.rng.random() < 0.7
            else "处理得及时，谢谢。"
            if solved == Solved.YES
            else "还差一点，请继续跟进。",
        )


def _supporters(world: World, issue: Issue) -> list[str]:
    by_account = {world.accounts[one].id: one for one in RESIDENTS}
    found = world.session.scalars(
        select(Vote.account_id)
        .where(Vote.issue_id == issue.id, Vote.choice == Choice.SUPPORT, Vote.organisation_id.is_(None))
        .order_by(Vote.account_id)
    )
    return [by_account[account_id] for account_id in found if account_id in by_account]


def _merge(world: World, number: int, into: int) -> None:
    target: Issue = world.made[f"issue {into}"]
    actions.merge_issues(
        world.session,
        handler_of(world, target.office_id),
        world.made[f"issue {number}"],
        into=target,
        reason="与同一楼道的议题重复，支持数合并计算。",
    )


def _close(world: World) -> None:
    actions.close_finished(clock.now())
    world.session.expire_all()


def _look_at_deadlines(world: World) -> None:
    """What the nightly job does, for those that are late."""
    today = clock.today()
    for issue in list(world.made.values()):
        if isinstance(issue, Issue) and issue.due_on < min(today, NO_DEADLINE):
            actions.sweep_issue(world.session, issue.id, today)
