"""What the demo's district decides and does together: the words of decisions and initiatives. Fictional.

Days count back from the present; a day of a promise or pledge counts from the day it is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from gongzhi.web.demo.stories import (
    CAMELLIA,
    CANTEEN,
    LAW,
    MARKET,
    MUTUAL_AID,
    PARKING,
    PATROL,
    PROPERTY,
    READERS,
    STONE_STEPS,
    WARM_LANE,
)
from gongzhi.web.demo.talk import Said, reply


@dataclass(frozen=True)
class Vow:
    """A promise of a decision: due so many days after the draft; `kept` so many days ago, or `missed`."""

    text: str
    responsible: str
    due_in: int
    kept: float | None = None
    missed: tuple[float, str] | None = None


@dataclass(frozen=True)
class Resolution:
    """A decision and how far it has come: each stage so many days ago, None when it has not come so far."""

    name: str
    office: str
    issues: tuple[int, ...]
    title: str
    body: str
    grounds: str
    adopted: str
    not_adopted: str
    money_yuan: int | None
    money_source: str
    vows: tuple[Vow, ...]
    drafted: float
    submitted: float | None = None
    approved: float | None = None
    published: float | None = None
    done: float | None = None
    reports: tuple[tuple[float, str], ...] = ()
    adoptions: tuple[tuple[int, int, str, str], ...] = ()
    """Issue, number of its comment, what became of it, and why."""
    objection: tuple[float, str, str] | None = None
    renewed: tuple[float, str, str] | None = None
    """Taken back from public notice for this reason and announced again the same day; then somebody objects anew."""
    said: tuple[Said, ...] = ()


DECISIONS = (
    Resolution(
        "stairs", "大溪沟街道办事处", (1,),
        "半坡院至公交站梯坎扶手检修与防滑改造",
        "对半坡院至公交站60级梯坎进行检修和防滑改造：\n\n1. 加固三处松动立柱，更换锈蚀连接件；\n2. 全段踏面加装嵌入式防滑条；\n3. 中段增设一盏路灯。\n\n施工分段进行，左侧通道始终保留。",
        "居民议题得到三个组别多数支持；现场核查发现三处立柱基础松脱，雨天有滑倒风险。",
        "采纳了分段施工、防滑条与踏面齐平、中段补灯三条意见；物业公司承担小区门口至第一平台的防滑条材料。",
        "两侧同时加装扶手：左侧为居民楼外墙，涉及外墙权属，先做右侧，待征得业主同意后再议。",
        86_000, "民生微实事资金（演示）",
        (
            Vow("完成三处立柱加固", "大溪沟街道城市管理办", 11, kept=10),
            Vow("全段加装嵌入式防滑条", "大溪沟街道城市管理办", 30),
            Vow("中段增设路灯并通电", "区城市管理局", 42),
        ),
        drafted=20, submitted=20, approved=19, published=11,
        reports=(
            (10, "三处立柱已加固并做拉拔检测，全部合格。警示带撤除。"),
            (4, "防滑条样板已铺5级，请大家走一走、提意见；其余材料已到场。"),
        ),
        adoptions=((1, 1, "adopted", "中段补灯，与防滑条一起施工。"), (1, 3, "adopted", "感谢物业承担材料。"), (1, 4, "adopted", "选用嵌入式，样板先公开。")),
        objection=(16, "左侧通道很窄，推婴儿车过不去，能不能安排人帮忙？", "施工期间安排两名志愿者值守，需要时帮忙抬车；作业避开接送时段。"),
        said=(
            Said("for", "样板走过了，不绊脚，可以。", "resident"),
            Said("neutral", "灯最好用暖色的，不要照到二楼窗户。", replies=(reply("会加遮光罩，角度装好后请二楼住户确认。", "official", "大溪沟街道办事处"),)),
        ),
    ),
    Resolution(
        "slope", "区住房城乡建委", (13,),
        "李子坝步道边坡治理",
        "对李子坝步道旁堡坎和边坡进行勘查治理：裂缝灌浆、挂网防护、增设排水孔与两处监测点。治理期间步道封闭，设绕行路线。",
        "议题反映雨后落石；专业机构勘查认定为浅层风化与排水不畅。",
        "采纳了夜间照明绕行路线和工期公示的意见。",
        "",
        1_280_000, "区级地灾治理专项（演示）",
        (
            Vow("公布勘查结论", "区住房城乡建委", 10, kept=79),
            Vow("完成灌浆与挂网", "区住房城乡建委", 50, kept=43),
            Vow("设立监测点并公开读数", "区住房城乡建委", 54, kept=40),
        ),
        drafted=90, submitted=90, approved=89, published=80, done=38,
        reports=((70, "钻孔与物探完成，结论已公布。"), (55, "灌浆完成六成，挂网开始。"), (41, "防护工程完工验收，监测点已设。")),
        said=(Said("for", "现在走着放心多了，谢谢施工的师傅。"), Said("neutral", "监测读数能不能放到社区公告栏？")),
    ),
    Resolution(
        "lift", "两路口街道办事处", (2,),
        "江风花园2单元加装电梯协商安排",
        "按照业主共同决定事项的要求组织表决；电梯井位置采用北侧方案，减少对一层采光的影响；由法律服务中心全程指导协商与公示。",
        "协商会两次，设计单位出具采光分析；多数住户支持，一层住户提出采光和补偿要求。",
        "采纳了北侧方案、运行费用按楼层分摊的意见。",
        "一次性补偿的具体数额由业主自行协商，街道不作统一规定。",
        None, "",
        (Vow("组织业主表决并公示结果", "两路口街道办事处", 35), Vow("协助办理规划手续", "区住房城乡建委", 90)),
        drafted=6, submitted=6, approved=4,
        objection=(3, "井道离我家卧室窗只有一米多，噪声谁来测？", "已写入方案：安装前后各测一次夜间噪声，超标由施工方整改。"),
        renewed=(2, "把夜间噪声检测写进方案，重新公示。", "检测结果要贴在楼道里，不能只发文件。"),
        said=(Said("against", "北侧好一些，但噪声还没说清楚。"), Said("for", "支持北侧方案，尽快表决吧。")),
    ),
    Resolution(
        "parking", "石油路街道办事处", (10,),
        "民乐村夜间错时停车共享办法",
        "与附近商场约定每晚20:00至次日8:00开放80个车位，居民登记车牌后按月优惠停放；同时划设消防通道禁停线。",
        "夜间车位缺口约60个，消防通道多次被占。", "采纳了登记车牌、超时提醒的意见。", "",
        45_000, "街道配套资金（演示）",
        (Vow("开放80个夜间车位", "石油路街道办事处", 30), Vow("划设消防通道禁停线", "石油路街道办事处", 14)),
        drafted=3, submitted=3,
    ),
    Resolution(
        "night market", "解放碑街道办事处", (5,),
        "较场口夜市时段与区域约定（草案）",
        "拟划定两段经营区域，22:30收摊，油烟净化后排放，由摊主自治小组与住户代表共同巡查。",
        "现场踏勘尚在进行。", "", "", None, "",
        (Vow("公布区域示意图", "解放碑街道办事处", 10),),
        drafted=1,
    ),
    Resolution(
        "gas riser", "大溪沟街道办事处", (27,),
        "嘉陵苑户外燃气立管更换配合事项",
        "配合燃气企业更换嘉陵苑户外锈蚀立管：停气时间提前24小时告知，为高龄和行动不便住户安排临时供餐。",
        "议题反映立管锈蚀并有轻微异味，燃气企业已排险，需尽快更换。", "", "", 12_000, "街道应急资金（演示）",
        (Vow("完成立管更换并恢复供气", "大溪沟街道办事处", 6),),
        drafted=1, submitted=1,
    ),
    Resolution(
        "canteen", "上清寺街道办事处", (20,),
        "春森路社区食堂委托运营",
        "利用闲置门面开办社区食堂，公开选择运营方；70岁以上和困难老人享受优惠价，菜价与食材来源公示，低龄老人志愿助餐。",
        "支持票在三个组别均占多数；门面闲置两年，水电气具备条件。",
        "采纳了软食、少油盐窗口和最短运营期两年的意见。", "免费供餐不可持续，改为优惠加困难补助。",
        320_000, "街道配套与社区基金会资助（演示）",
        (
            Vow("完成门面改造", "上清寺街道办事处", 25, kept=36),
            Vow("食堂试营业", "上清寺街道办事处", 32, missed=(26, "排烟设备到货延迟，试营业推迟十天，已公布新日期。")),
            Vow("公布首月收支", "上清寺街道办事处", 75),
        ),
        drafted=60, submitted=60, approved=59, published=50,
        reports=((40, "改造完成，通过消防检查。"), (15, "食堂已开门，日均用餐130人次，优惠用餐占四成。")),
        adoptions=((20, 1, "adopted", "设软食和少油盐窗口。"),),
        said=(Said("for", "菜很软，我妈妈吃得惯。"), Said("neutral", "周末也开就更好了。", replies=(reply("正在和运营方商量，下个月试开周六。"),))),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """A need of an initiative: kind, words, how much, of what."""

    kind: str
    text: str
    required: int
    unit: str = ""


@dataclass(frozen=True)
class Offer:
    """A pledge so many days ago for the need of this number; settled as `kept` or `missed`, or open."""

    who: str
    of: str | None
    need: int
    amount: int
    days_ago: float
    due_in: int
    settled: str = ""
    text: str = ""


@dataclass(frozen=True)
class Task:
    """A step: who does it, due so many days after it is planned, how far it is."""

    title: str
    who: str
    of: str | None
    due_in: int
    state: str = "todo"


@dataclass(frozen=True)
class Together:
    """An initiative: from which issue or decision, what it needs, who joined, what was done."""

    name: str
    title: str
    goal: str
    who: str
    of: str | None
    place: str
    began: float
    needs: tuple[Wanted, ...]
    offers: tuple[Offer, ...] = ()
    tasks: tuple[Task, ...] = ()
    news: tuple[tuple[float, str, str | None], ...] = ()
    issue: int | None = None
    decision: str | None = None
    running: float | None = None
    finished: tuple[float, str] | None = None
    ends_in: int = 60
    said: tuple[Said, ...] = ()


INITIATIVES = (
    Together(
        "stairs", "梯坎安全行动",
        "在街道检修梯坎的同时，邻里一起做三件事：雨天值守搀扶、清理青苔、给老人发防滑鞋套。目标是一个月内不再有人在这里摔倒。",
        "ngo", CAMELLIA, "半坡院", 17,
        (Wanted("people", "雨天值守志愿者", 20, "人"), Wanted("material", "嵌入式防滑条（门口至第一平台）", 60, "条"), Wanted("skill", "会焊接的师傅", 2, "人")),
        (
            Offer("enterprise", PROPERTY, 2, 60, 15, 8, "kept"), Offer("n11", MUTUAL_AID, 1, 8, 15, 20),
            Offer("resident", None, 1, 1, 14, 12, "kept"), Offer("resident2", None, 1, 1, 13, 30), Offer("r03", None, 1, 2, 12, 5, "missed", "临时出差，改由邻居顶班。"),
            Offer("r06", None, 3, 1, 11, 15), Offer("n2", WARM_LANE, 1, 3, 9, 25),
        ),
        (Task("排出雨天值守表", "ngo", CAMELLIA, 6, "done"), Task("清理青苔", "n11", MUTUAL_AID, 14, "done"), Task("发放防滑鞋套80双", "resident", None, 24, "doing"), Task("回访20位老人", "ngo", CAMELLIA, 40)),
        ((12, "值守表排好了，第一周有12位邻居报名。", None), (6, "周末清理了全段青苔，物业送来的60条防滑条已经入库。", "stairs")),
        issue=1, decision="stairs", running=14,
        said=(Said("for", "周三下午我可以值守。"), Said("for", "鞋套能不能多要几双放在门卫室？", replies=(reply("可以，已经留了十双。", "ngo", CAMELLIA),))),
    ),
    Together(
        "gardens", "一米微花园", "把楼栋门口的硬地变成一米见方的小花园，每栋认养一处，种好管好。", "n3", STONE_STEPS, "人和街社区", 9,
        (Wanted("people", "认养楼栋", 12, "栋"), Wanted("material", "花箱", 24, "个"), Wanted("skill", "懂园艺的邻居", 3, "人")),
        (Offer("resident", None, 1, 1, 7, 40), Offer("r09", None, 3, 1, 6, 40), Offer("n7", "两江社区发展基金会（演示）", 2, 10, 5, 30)),
        ends_in=90,
    ),
    Together(
        "parking", "错时停车共享", "让商场夜里空着的车位和小区夜里缺的车位见面：登记、引导、互相监督，先试三个月。", "e5", PARKING, "民乐村社区", 24,
        (Wanted("venue", "夜间车位", 80, "个"), Wanted("people", "居民引导员", 6, "人")),
        (Offer("e2", MARKET, 1, 80, 20, 25), Offer("r12", None, 2, 1, 18, 25), Offer("r15", None, 2, 1, 17, 25)),
        (Task("车位编号与登记系统", "e5", PARKING, 12, "done"), Task("三个月试运行", "e5", PARKING, 95, "doing")),
        ((10, "登记系统上线，已有43辆车登记。", "street"),),
        issue=10, running=18,
    ),
    Together(
        "lift talks", "加装电梯协商工作坊", "请设计、法律和社工一起，把采光、噪声、补偿和费用分摊一件一件谈清楚，形成各方都能签字的协议草案。", "n5", LAW, "江风花园", 30,
        (Wanted("skill", "设计与采光分析", 1, "份"), Wanted("venue", "晚间会议室", 4, "次"), Wanted("people", "楼层代表", 8, "人")),
        (Offer("n3", STONE_STEPS, 2, 4, 27, 40), Offer("enterprise", PROPERTY, 1, 1, 26, 12, "kept"), Offer("r18", None, 3, 1, 25, 35), Offer("r21", None, 3, 1, 24, 35)),
        (Task("第一次工作坊：采光与噪声", "n5", LAW, 10, "done"), Task("第二次工作坊：补偿与分摊", "n5", LAW, 34, "doing")),
        ((19, "第一次工作坊来了14户，采光图已发到各户。", None),),
        issue=2, running=25,
    ),
    Together(
        "silver classes", "银龄智慧课堂", "教老人用手机挂号、缴费、识别诈骗，一对一手把手，每周一次，共八次。", "n2", WARM_LANE, "七牌坊社区", 100,
        (Wanted("people", "手把手志愿者", 10, "人"), Wanted("venue", "教室", 8, "次")),
        (Offer("resident2", None, 1, 1, 96, 40, "kept"), Offer("n3", STONE_STEPS, 2, 8, 95, 60, "kept"), Offer("r24", None, 1, 2, 94, 40, "kept")),
        (Task("开课八次", "n2", WARM_LANE, 56, "done"),),
        ((80, "第一课来了26位老人，最想学的是视频通话。", "court"), (50, "八次课上了五次，反诈那一课大家问得最多。", None)),
        running=92, finished=(34, "八次课全部完成，累计参加194人次。课后测验中，九成老人能独立完成挂号和缴费；有三位老人成功识破了诈骗电话。教材留在社区，供下一期使用。"),
        said=(Said("for", "我妈妈现在会自己视频了，谢谢志愿者。"),),
    ),
    Together(
        "half past four", "四点半课堂", "放学到六点，孩子有人看、有书读、有作业辅导。家长轮值，社工带班。", "ngo", CAMELLIA, "马家堡社区", 26,
        (Wanted("people", "带班志愿者", 12, "人"), Wanted("material", "课外书", 200, "本"), Wanted("venue", "教室", 1, "间")),
        (Offer("n15", READERS, 2, 120, 22, 30), Offer("n6", "晨光困境儿童关爱中心", 1, 3, 21, 30), Offer("r27", None, 1, 1, 20, 25), Offer("r30", None, 1, 1, 19, 25), Offer("social", CAMELLIA, 1, 2, 18, 25, "kept")),
        (Task("排课表与接送登记", "ngo", CAMELLIA, 12, "done"), Task("图书上架", "n15", READERS, 25, "doing")),
        ((9, "开班第一周，17个孩子，5位家长轮值。", "court"),),
        issue=21, running=15,
    ),
    Together(
        "tea table", "邻里调解茶座（坝坝茶议事）", "每周六下午一碗盖碗茶，邻里小矛盾先坐下来谈，调解员旁听，谈好写在纸上。", "n12", "老街规矩议事团", "七牌坊社区", 45,
        (Wanted("people", "茶座主持人", 4, "人"), Wanted("skill", "调解员", 2, "人")),
        (Offer("n5", LAW, 2, 2, 40, 60), Offer("resident2", None, 1, 1, 38, 60), Offer("r33", None, 1, 1, 37, 60)),
        (Task("每周六开茶座", "n12", "老街规矩议事团", 90, "doing"),),
        ((25, "三次茶座谈成两件：晒被子和楼道鞋柜。", None),), running=40,
    ),
    Together(
        "nothing thrown", "高空抛物零行动", "入户提醒、儿童画海报、楼栋互相约定，争取一百天零抛物。", "n14", PATROL, "金汤街社区", 11,
        (Wanted("people", "楼栋宣传员", 10, "人"), Wanted("material", "提醒海报", 100, "张")),
        (Offer("enterprise", PROPERTY, 2, 100, 8, 20), Offer("r36", None, 1, 1, 7, 30)),
        issue=3, ends_in=100,
    ),
    Together(
        "neighbours' pact", "社区公约共创", "遛狗、晾晒、停车、噪声，大家一条一条写，写得出、做得到、看得见。", "resident2", None, "枇杷山正街社区", 10,
        (Wanted("people", "执笔小组", 7, "人"), Wanted("venue", "议事场地", 3, "次")),
        (Offer("n3", STONE_STEPS, 2, 3, 8, 40), Offer("r39", None, 1, 1, 6, 40), Offer("resident", None, 1, 1, 5, 40)),
        issue=30,
    ),
    Together(
        "night market", "夜市友好约定", "商户、摊主和住户一起商定时段、区域和油烟，互相留一条活路，也留一个好觉。", "e2", MARKET, "较场口社区", 12,
        (Wanted("venue", "商场外摆区", 30, "个摊位"), Wanted("material", "油烟净化炉", 12, "台"), Wanted("money", "净化炉补贴意向", 2_400_000)),
        (Offer("e2", MARKET, 1, 18, 11, 30), Offer("e4", CANTEEN, 2, 3, 9, 25), Offer("n7", "两江社区发展基金会（演示）", 3, 800_000, 6, 40)),
        issue=5,
    ),
)  # fmt: skip
