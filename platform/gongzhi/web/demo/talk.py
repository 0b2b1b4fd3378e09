"""What people say under the demo's issues, decisions and initiatives. Fictional, like those who say it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """A comment and the replies to it. `who` is an account, or empty for any resident; `of` an organisation."""

    stance: str
    text: str
    who: str = ""
    of: str | None = None
    replies: tuple[Said, ...] = ()


def reply(text: str, who: str = "", of: str | None = None) -> Said:
    """An answer to a comment."""
    return Said("neutral", text, who, of)


PROPERTY, CAMELLIA = "江岸物业服务有限公司（演示）", "渝中山茶社会工作服务中心"
OFFICE, BUREAU = "大溪沟街道办事处", "区城市管理局"

# By the number of the issue.
TALK: dict[int, tuple[Said, ...]] = {
    1: (
        Said("for", "我母亲每天从这里去买菜，扶手一推就晃。建议顺便把中段那盏灯也修一修。", replies=(
            reply("同意，晚上那一段最黑。", "resident"),
            reply("灯已报给市政维护，与防滑条一起施工。", "official", OFFICE),
        )),
        Said("for", "我们可以派人在施工期间帮老人提东西、走左侧通道。", "n11", "半坡院楼栋互助队"),
        Said("for", "物业愿意承担小区门口到第一平台这一段的防滑条材料。", "enterprise", PROPERTY, (
            reply("太好了，那可以早点开工。", "resident2"),
        )),
        Said("neutral", "防滑条要选不绊脚的，先前有一种翘起来反而绊人。", replies=(
            reply("采用嵌入式，表面与踏面齐平，样板会先给大家看。", "official", OFFICE),
        )),
        Said("for", "梯坎两边能不能各装一道？下坡的人也要扶。"),
        Said("for", "上周摔倒的是我们楼的张婆婆，幸好没有骨折，请尽快。"),
        Said("against", "不反对修，但是不要全封，绕路要多走二十分钟。", replies=(reply("会分段施工，左侧一直可以走。", "official", OFFICE),)),
    ),
    2: (
        Said("for", "家里老人八十二了，六楼下不来，真的等不起。"),
        Said("against", "我是一楼，采光本来就差，挡一点就要整天开灯。补偿怎么算，请先说清楚。", replies=(
            reply("理解，所以才请设计单位把采光做成图给大家看。"),
            reply("法律上没有统一的补偿数，常见做法是楼层系数加一次性补偿，协商会上我们会介绍。", "n5", "半岛公益法律服务中心"),
        )),
        Said("neutral", "能不能考虑装在另一侧？虽然贵一点，但是不挡一楼客厅。"),
        Said("for", "电费和维护费按楼层分摊，一楼不出钱，这样比较公平。"),
    ),
    3: (
        Said("for", "接孩子都贴着墙走，太吓人了。"),
        Said("neutral", "监控只拍外立面可以，但录像谁能看、保存多久要写清楚。", replies=(reply("同意，隐私要先说好。"),)),
        Said("for", "我们可以为整栋楼提供公共责任险的方案供参考。", "e6", "渝江保险互助社区部"),
    ),
    5: (
        Said("for", "十一点以后真的没法睡，孩子还要上学。"),
        Said("against", "夜市是很多人的饭碗，一刀切不行，希望划好区域让大家都能过。", replies=(reply("没有要取缔，划时段和区域就好。"),)),
        Said("neutral", "商场门前的外摆区晚上可以让出来一部分，条件可以谈。", "e2", "朝门商业管理公司"),
        Said("for", "建议摊主统一用净化炉，街道补贴一半。"),
    ),
    6: (
        Said("for", "不是不让跳，是声音太大。轮流用音箱就很好。"),
        Said("against", "我们这把年纪也就这点乐趣，九点结束可以商量。", replies=(reply("九点可以接受，谢谢理解。", "resident2"),)),
    ),
    10: (
        Said("for", "商场晚上空着上百个车位，真的浪费。"),
        Said("neutral", "共享要有人管，外来车辆进来怎么识别？", replies=(reply("可以登记车牌，超时由系统提醒并加价。", "e5", "山城智停科技"),)),
        Said("for", "消防通道必须先画线，谁占拖谁。"),
    ),
    14: (
        Said("for", "成本明细从来没见过，先公开再谈涨不涨。"),
        Said("against", "人工和电费三年涨了不少，我们会公开明细，也接受表决结果。", "enterprise", PROPERTY, (
            reply("愿意公开就好，请把电梯维保也列出来。", "resident2"),
        )),
    ),
    20: (
        Said("for", "最好有软一点、少油少盐的菜。"),
        Said("for", "我退休前是厨师，可以来帮忙。"),
        Said("for", "门面装修我们可以先垫，餐价接受公示和监督。", "e4", "嘉陵餐饮连锁"),
        Said("neutral", "运营亏了怎么办？不要开三个月就关门。", replies=(reply("方案里写明了最短运营期和退出交接，会公开。"),)),
    ),
    21: (
        Said("for", "两个孩子，六点之前真的没人管，太需要了。"),
        Said("for", "我们有六位持证社工，可以排班。", "ngo", CAMELLIA),
        Said("neutral", "安全责任和接送登记要先定好。"),
    ),
    27: (Said("for", "我家也闻到过，已经关了总阀。", "resident2"), Said("neutral", "请先不要开火、不要开关电器。", "official", OFFICE)),
    30: (
        Said("for", "孩子被扑过一次，现在见到大狗就哭。"),
        Said("against", "遛犬时段太死了，上班族怎么办？", replies=(reply("早七点前、晚九点后两段，应该够了。"),)),
    ),
    32: (Said("for", "候车亭可以由我们改造，遮阳加座椅，换一块公益广告位。", "e3", "半岛公交广告公司"), Said("for", "座椅要有扶手，老人好起身。")),
}  # fmt: skip

USUAL = (
    ("for", "支持，我们这边也有同样的情况。"),
    ("for", "希望早点有回音。"),
    ("neutral", "请说明一下大概要多久。"),
    ("for", "感谢提出来，已经转给楼里邻居看了。"),
    ("neutral", "施工或处理时请提前贴个通知。"),
    ("for", "办好了我们会来评价。"),
    ("against", "理解诉求，但也请照顾另一边的难处。"),
)
"""Said under the other issues."""
