"""The demo's moderation: what was reported, hidden, covered, appealed against, and what still waits."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from gongzhi.domains.comments.actions import post_comment
from gongzhi.domains.comments.models import Comment
from gongzhi.domains.comments.queries import registered
from gongzhi.domains.issues.models import Issue
from gongzhi.domains.moderation import actions
from gongzhi.domains.moderation.models import ModerationCase, ModerationMeasure
from gongzhi.domains.moderation.queries import access_case, month_before
from gongzhi.domains.people.rules import Ground
from gongzhi.kernel import clock
from gongzhi.web.demo.world import World

# Name, issue, who, words, days ago, ground, who reported, in which words.
SAID = (
    ("spam", 1, "r10", "专业开锁换锁，二十四小时上门，全城最低价，详见 http://www.example.com/lock", 12, Ground.ADVERTISING, ("r11", "r14"), "与步道无关的广告。"),
    ("number", 2, "r13", "这事找罗师傅就行，他住三单元，电话13800000000，什么都能修。", 9, Ground.PRIVACY, ("r15",), "公开了别人的电话。"),
    ("heated", 1, "resident", "拖了这么久还没修好，办事的人是不是根本不走这条路？拿居民当傻子！", 4, Ground.INSULT, ("r16", "r17"), "语气伤人。"),
    ("copy", 3, "r18", "同样的话我在每个议题下都要说一遍：先把停车的事情办了！同样的话我在每个议题下都要说一遍！", 2, Ground.FLOODING, ("r19", "r20"), ""),
    ("child", 2, "r21", "就是这家的小孩天天在楼道里闹，就在育才小学三年级二班。", 0.2, Ground.MINORS, ("r22",), "写出了孩子的班级。"),
)  # fmt: skip


def plan_moderation(world: World) -> None:
    """Put it on the timeline: three cases decided, an appeal and two reports that wait, last month's figures."""
    for name, number, who, words, days, ground, reporters, why in SAID:
        moment = world.day(days, 10) if days >= 1 else world.now - (world.now - world.day(0, 0)) * days
        world.at(moment, partial(_say, world, name, number, who, words))
        for place, reporter in enumerate(reporters, start=1):
            later = moment + min(timedelta(hours=3), (world.now - moment) * 0.2) * place
            world.at(later, partial(_report, world, name, reporter, ground, why if place == 1 else ""))
    world.at(world.day(11, 15), partial(_decide, world, "spam", "hide", Ground.ADVERTISING, "商业广告，与本议题无关。"))
    world.at(
        world.day(8, 9.5),
        partial(
            _decide, world, "number", "redact", Ground.PRIVACY, "公开了他人的住处和电话。", ("三单元", "13800000000")
        ),
    )
    world.at(
        world.day(3, 11),
        partial(_decide, world, "heated", "hide", Ground.INSULT, "「拿居民当傻子」带有贬损，请就事论事。"),
    )
    world.at(
        world.day(2, 20),
        partial(_appeal, world, "heated", "我说的是进度太慢，没有骂哪一个人。批评办事拖延不该被隐藏。"),
    )
    world.at(world.now, partial(_publish, world))


def _say(world: World, name: str, number: int, who: str, words: str) -> None:
    issue: Issue | None = world.made.get(f"issue {number}")
    subject = registered("issue")
    if issue is not None and subject.is_open(issue):
        world.made[f"moderated {name}"] = post_comment(world.session, world.act(who), subject, issue, body=words)


def _report(world: World, name: str, reporter: str, ground: Ground, why: str) -> None:
    comment: Comment | None = world.made.get(f"moderated {name}")
    if comment is not None and comment.account_id != world.accounts[reporter].id:
        filed = actions.file_report(world.session, world.act(reporter), "comment", comment.id, ground=ground, words=why)
        world.made[f"case {name}"] = filed.case_id


def _decide(world: World, name: str, kind: str, ground: Ground, reason: str, passages: tuple[str, ...] = ()) -> None:
    case_id: str | None = world.made.get(f"case {name}")
    if case_id is not None:
        moderator = world.act("moderator")
        case: ModerationCase = access_case(world.session, moderator, case_id)
        world.made[f"measure {name}"] = actions.decide(
            world.session, moderator, case, kind=kind, ground=ground, reason=reason, passages=passages
        )


def _appeal(world: World, name: str, words: str) -> None:
    measure: ModerationMeasure | None = world.made.get(f"measure {name}")
    if measure is not None:
        actions.file_appeal(world.session, world.act("resident"), measure, words=words)


def _publish(world: World) -> None:
    actions.publish_statistics(world.session, world.district_id, month_before(f"{clock.today():%Y-%m}"))
