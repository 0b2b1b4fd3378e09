"""The demo's issues: what was written, and what came of each. Everything told here is fictional.

A step is a day after publication, what was done, and its words. Days stand still at the present: a step that
would lie in the future is left out, so an issue of five days ago has come as far as five days take it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One thing done by the responsible office, or by those concerned (`rate`, `reopen`)."""

    day: float
    act: str
    text: str = ""
    next_step: str = ""
    next_in: int | None = None


@dataclass(frozen=True)
class Story:
    """An issue. `votes` are residents for, against and neutral; `voices` organisations with their choice."""

    number: int
    title: str
    body: str
    category: str
    place: str
    days_ago: float
    votes: tuple[int, int, int]
    steps: tuple[Step, ...] = ()
    author: str = ""
    author_for: str | None = None
    picture: tuple[str, str] | None = None
    voices: tuple[tuple[str, str], ...] = ()


def accepted(day: float) -> Step:
    """The office takes it."""
    return Step(day, "accept")


def started(day: float) -> Step:
    """Work begins."""
    return Step(day, "start")


def answered(day: float, text: str, next_step: str = "", next_in: int | None = None) -> Step:
    """An official answer, perhaps with the next step and its day."""
    return Step(day, "answer", text, next_step, next_in)


def resolved(day: float, text: str) -> Step:
    """The office calls it finished."""
    return Step(day, "resolve", text)


def rated(day: float) -> Step:
    """Those who supported it rate the outcome."""
    return Step(day, "rate")


PROPERTY = "江岸物业服务有限公司（演示）"
MARKET = "朝门商业管理公司"
PARKING = "山城智停科技"
CANTEEN = "嘉陵餐饮连锁"
BUS_SHELTERS = "半岛公交广告公司"
CAMELLIA = "渝中山茶社会工作服务中心"
WARM_LANE = "母城暖巷老年服务中心"
STONE_STEPS = "石阶青年社区营造中心"
LAW = "半岛公益法律服务中心"
MUTUAL_AID = "半坡院楼栋互助队"
READERS = "妈妈读书会"
PATROL = "银龄巡防队"

STORIES = (
    Story(
        1, "梯坎扶手松动老人易摔",
        "半坡院到公交站一段约60级梯坎，右侧扶手三处松动，下雨天更滑，上周有老人滑倒。希望检修并加防滑条。",
        "FAC:梯坎扶手", "半坡院", 41, (33, 1, 2),
        (
            accepted(0.2), started(1),
            answered(3, "已到现场查看，三处立柱基础松脱属实，当天设置了警示带。近期先加固三处立柱，再对全段加装防滑条；施工期间保留左侧通行。", "完成三处立柱加固", 27),
            answered(31, "三处立柱已加固并检测合格，决定已发布，防滑条样板铺了5级，请大家走一走。", "全段防滑条完工", 22),
        ),
        author="resident", picture=("stairs", "半坡院外的梯坎，右侧扶手有一段歪斜"),
        voices=((PROPERTY, "support"), (CAMELLIA, "support"), (MUTUAL_AID, "support"), (WARM_LANE, "support")),
    ),
    Story(
        2, "老旧住宅增设电梯低层有异议",
        "江风花园2单元共16户，12户同意加装电梯，一楼担心采光和噪声，请社区组织协商补偿方案。",
        "DIS:加装电梯", "江风花园", 52, (21, 9, 4),
        (
            accepted(0.5), Step(1, "triage", "涉及一栋楼多户业主的共同事务，适合组织协商。", "small"), started(2),
            answered(5, "已与三方约定协商会：请设计单位到场说明采光影响，由法律服务中心介绍补偿的通行做法。协商纪要会在这里公开。", "召开第二次协商会", 24),
            answered(28, "两次协商会纪要已公开，电梯井改到北侧；办理意见正在形成决定，公示后组织表决。", "组织业主表决", 45),
        ),
        voices=((LAW, "neutral"), (STONE_STEPS, "support"), (PROPERTY, "neutral")),
    ),
    Story(
        3, "高空抛物险伤行人",
        "本周两次有烟头和饮料瓶从高层掉落，楼下是幼儿通道。请加强提醒并考虑朝上监控（仅拍外立面）。",
        "SAFE:高空抛物", "金汤街社区", 16, (27, 2, 3),
        (accepted(0.3), started(1), Step(3, "pause", "监控安装位置需征求整栋楼住户意见，征求期内暂停计时。")),
        voices=((PROPERTY, "support"), ("渝江保险互助社区部", "support")),
    ),
    Story(
        4, "电动车楼道充电",
        "3栋一楼楼道有5辆电动车飞线充电，消防通道被占，请检查并增设充电棚。",
        "SAFE:电动车飞线充电", "石油路社区", 63, (24, 3, 1),
        (
            accepted(0.1), started(0.5),
            answered(2, "消防救援与街道已联合检查，5辆车当天移出。选定3栋北侧空地建充电棚，12个车位。", "充电棚通电", 18),
            resolved(24, "充电棚已通电启用，楼道设置了阻车杆并每周巡查。"), rated(26),
        ),
        picture=("court", "住宅楼之间的空地，拟建充电棚"), voices=((PARKING, "support"), (PATROL, "support")),
    ),
    Story(
        5, "夜市占道油烟大",
        "晚上十点后摊位占人行道，油烟进屋，噪声到凌晨一点，希望划定时段和区域。",
        "ENV:占道经营", "较场口社区", 19, (30, 12, 5),
        (
            accepted(0.5), Step(1.2, "triage", "摊主、商户与住户都有合理诉求，先共同协商时段和区域。", "small"), started(2),
            answered(7, "已划出两段候选区域，拟定22:30收摊、油烟须净化后排放。下周与摊主和住户代表一起走一遍现场。", "现场共同踏勘", 15),
        ),
        picture=("street", "夜晚的街道，两侧是住宅楼"), voices=((MARKET, "oppose"), (CANTEEN, "neutral"), (STONE_STEPS, "support")),
    ),
    Story(
        6, "广场舞音量过大",
        "坝子晚七点到九点半多队同时放音乐，孩子无法写作业，建议分时分区并限音量。",
        "NOI:广场舞", "七牌坊社区第2网格", 28, (18, 7, 6),
        (
            accepted(0.4), started(1.5),
            answered(6, "已与四支队伍约定：轮流使用音箱，音量不超过60分贝，21:00结束。社区配了一台分贝显示牌放在坝子边。", "一个月后回访", 25),
        ),
        author="resident2", voices=(("老街规矩议事团", "support"),),
    ),
    Story(
        7, "独居老人三天未出门",
        "邻居反映5楼独居老人三天没见，敲门无应，请网格员上门看看。",
        "CARE:独居老人", "凉亭子社区", 35, (9, 0, 0),
        (
            accepted(0.05), started(0.1),
            answered(0.3, "网格员已上门，老人因感冒卧床，家人已赶到，社区医生看过，没有危险。已列入每日电话问候。"),
            resolved(1, "老人已康复，暖巷中心每周上门一次。"), rated(3),
        ),
        voices=((WARM_LANE, "support"),),
    ),
    Story(
        8, "流浪犬聚集伤人风险",
        "后山步道有6只流浪犬，早晚接送孩子害怕，请联系收容并提醒不要投喂。",
        "SAFE:其他", "珊瑚湾社区", 12, (14, 4, 2), (accepted(0.6), started(2), Step(2.2, "pause", "收容单位排期中，预计下周到场；期间每天巡查步道并张贴不要投喂的提示。")),
    ),
    Story(
        9, "垃圾分类点满溢异味",
        "分类点下午就满，夏天异味大，建议增加清运次数并调整开放时间。",
        "ENV:垃圾堆放", "学田湾社区", 70, (22, 1, 2),
        (
            accepted(0.5), started(1), answered(4, "清运由每天两次增加到三次，开放时间延长到21:00，并加装除臭装置。", "试行两周", 14),
            resolved(20, "试行两周未再满溢，转为常态。"), rated(22),
        ),
        voices=((CANTEEN, "support"),),
    ),
    Story(
        10, "小区停车抢位",
        "老小区只有18个车位，夜间堵住消防通道，希望与附近商场协商错时共享。",
        "TRA:停车位", "民乐村社区", 33, (28, 3, 4),
        (
            accepted(0.3), Step(1, "triage", "车位是共同事务，请商场、物业和住户一起商量。", "small"), started(2),
            answered(6, "附近商场同意夜间开放80个车位，价格与管理办法正在商议。", "公布共享办法草案", 20),
            answered(25, "登记系统已上线，43辆车完成登记；共享办法正在复核。", "发布共享办法", 21),
        ),
        voices=((PARKING, "support"), (MARKET, "neutral"), (PROPERTY, "support")),
    ),
    Story(
        11, "下水管返水",
        "一楼厨房连续返水，物业说是公共管，维修资金要签字，请协调。",
        "FAC:管网堵塞", "中山二路社区第4网格", 4, (8, 0, 1), (accepted(0.4),),
    ),
    Story(
        12, "路灯不亮",
        "石阶里上段4盏路灯坏了两周，晚归很怕。",
        "FAC:路灯", "石阶里", 48, (19, 0, 0),
        (
            accepted(0.3), started(0.8), answered(2, "线路老化所致，明天更换电缆和灯头。", "夜间复查", 3),
            resolved(4, "4盏路灯全部恢复，并加亮了转角。"), rated(6),
        ),
        picture=("stairs", "傍晚的石阶路，路灯未亮"),
    ),
    Story(
        13, "边坡落石",
        "雨后步道旁堡坎掉小石块，有裂缝，请封闭并请专业机构勘查。",
        "SAFE:边坡、堡坎隐患", "李子坝社区", 96, (26, 0, 1),
        (
            accepted(0.05), started(0.1), answered(0.5, "步道当天封闭，专业机构已进场勘查，绕行路线见现场告示。", "公布勘查结论", 10),
            resolved(60, "裂缝灌浆与挂网防护完工，监测点已设，步道恢复通行。"), rated(63),
        ),
        picture=("slope", "步道旁的堡坎，表面有一道裂缝"), voices=(("渝江保险互助社区部", "support"),),
    ),
    Story(
        14, "物业费涨价未征求意见",
        "物业贴通知下月起涨0.3元，没有开业主大会，请指导依法表决。",
        "PRO:物业费", "山茶里", 15, (23, 5, 2),
        (
            accepted(0.5), started(2),
            answered(5, "已约谈物业公司，涨价通知暂缓执行。街道指导业主按规定表决，人数和面积都要达到要求，表决前公开成本明细。", "业主代表会议", 12),
        ),
        author="resident2", voices=((PROPERTY, "oppose"), (LAW, "support")),
    ),
    Story(
        15, "希望成立业主委员会",
        "小区建成9年无业委会，公共收益不公开，申请街道指导筹备组。",
        "PRO:业委会组建", "双钢路社区", 6, (20, 2, 3), (accepted(0.9),), voices=((LAW, "support"),),
    ),
    Story(
        16, "民宿噪声扰民",
        "楼内5户改民宿，深夜拖行李，门禁被外人掌握，请管理。",
        "NOI:邻里", "民生路社区", 40, (17, 6, 2), (accepted(0.8), started(3)),
        voices=((MARKET, "oppose"),),
    ),
    Story(
        17, "洪崖洞周边节假日人流影响出入",
        "节假日限流时居民回家绕行，希望有居民通道凭证。",
        "POL:建议", "沧白路社区", 36, (25, 4, 3),
        (
            accepted(1), started(3),
            answered(6, "限流由现场指挥统一调度，凭证式通道存在被转让和拥堵的风险，已与指挥方商议改为居民引导岗。", "研究引导岗方案", 8),
            Step(14, "decline", "凭证通道在最大客流时不能保证安全，不予设置；改为节假日设两处居民引导岗，出示居住信息即可由工作人员带行。"),
        ),
    ),
    Story(
        18, "健身器材损坏", "太空漫步机脱焊，有孩子攀爬，请先围挡。",
        "FAC:健身器材", "石板坡社区", 22, (11, 0, 0),
        (accepted(0.2), started(0.5), answered(1, "当天已围挡，厂家两天内更换踏板。", "更换后验收", 3), resolved(4, "器材已更换并验收，张贴了使用提示。")),
    ),
    Story(
        19, "无障碍坡道被占", "便利店货架占坡道，轮椅无法进入社区食堂。",
        "FAC:无障碍设施", "十八梯社区", 5, (16, 0, 1), (accepted(0.3), started(1.5)), voices=((WARM_LANE, "support"), (CANTEEN, "support")),
    ),
    Story(
        20, "希望增设社区食堂",
        "老人做饭难，建议利用闲置门面办食堂，低龄老人志愿助餐。",
        "CARE:独居老人", "春森路社区", 75, (34, 3, 4),
        (
            accepted(0.6), started(3),
            answered(6, "已核实有一处120平方米闲置门面可用。拟委托有资质的餐饮企业运营，价格公示，对高龄和困难老人有优惠。", "形成运营方案", 25),
            answered(62, "食堂已开门，日均用餐130人次；运营决定与进展可在下方查看。", "公布首月收支", 28),
        ),
        picture=("street", "一排临街门面，其中一间卷帘门关着"), voices=((CANTEEN, "support"), (WARM_LANE, "support"), ("两江社区发展基金会（演示）", "support")),
    ),
    Story(
        21, "课后托管需求",
        "双职工家庭放学到六点无人看管，想在党群服务中心开四点半课堂。",
        "CARE:托幼", "马家堡社区", 38, (29, 1, 2),
        (accepted(0.7), started(2), answered(7, "党群服务中心二楼每周一至五15:30至18:00可用，请愿意参加的家庭和志愿者报名。", "公布课表", 18), answered(26, "课堂已开班两周，17个孩子，家长轮值。", "学期末回访家长", 40)),
        voices=((CAMELLIA, "support"), (READERS, "support"), ("晨光困境儿童关爱中心", "support")),
    ),
    Story(
        22, "楼上漏水三年未解决", "上户卫生间漏水，多次沟通无果，愿意调解。",
        "DIS:漏水", "领事巷社区", 13, (6, 0, 2),
        (accepted(0.6), Step(1.5, "triage", "邻里之间的相邻关系纠纷，由人民调解协助，当事双方自行约定。", "private"), started(2)),
        voices=((LAW, "support"),),
    ),
    Story(
        23, "装修时间过早", "早上七点电钻，群里说不听，请物业执行装修管理约定。",
        "NOI:装修", "虎头岩社区", 17, (13, 3, 1),
        (accepted(0.4), started(1), answered(3, "物业已按约定告知施工方：工作日8:00前、12:00至14:30和节假日不得有噪声作业，再犯停工。")),
        voices=((PROPERTY, "support"),),
    ),
    Story(
        24, "家庭养鸡异味", "楼顶养鸡打鸣，气味大，请劝导。",
        "ENV:其他", "白象街社区", 30, (10, 2, 3),
        (accepted(0.8), started(2), answered(4, "社区上门两次，养户答应一周内移走。"), resolved(11, "楼顶已清理消毒。"), rated(13)),
    ),
    Story(
        25, "楼顶违建棚", "楼顶搭彩钢棚占用公共屋面，下雨声大。",
        "SAFE:其他", "陕西路社区", 37, (15, 4, 2), (accepted(0.9),),
    ),
    Story(
        26, "老人疑似遭电信诈骗", "父亲要给“客服”汇款两万，请社区民警协助劝阻。",
        "SEC:电信诈骗", "凯旋路社区", 25, (7, 0, 0),
        (accepted(0.02), started(0.05), answered(0.2, "民警已到场劝阻，款项没有汇出。请告诉身边老人：客服不会让你转账，拿不准就打110。"), resolved(1, "已止付，并给老人装好了反诈提醒。"), rated(2)),
    ),
    Story(
        27, "燃气管道锈蚀", "户外立管锈蚀有轻微异味（已离开并通知燃气公司），请跟进。",
        "SAFE:燃气异味", "嘉陵苑", 2, (12, 0, 0), (accepted(0.05), started(0.2)), author="resident",
        voices=((PROPERTY, "support"),),
    ),
    Story(
        28, "快递柜占用绿地", "新装快递柜未告知业主，收入去向不明。",
        "PRO:物业服务差", "嘉博路社区", 1.4, (9, 2, 4), (),
    ),
    Story(
        29, "公共晾衣架不够", "老院坝无处晾晒，被子搭在电线上，有危险。",
        "FAC:其他", "平安街社区", 1.1, (8, 0, 1), (), picture=("court", "老院坝，树下有长凳"),
    ),
    Story(
        30, "犬只不牵绳", "小区内大型犬不牵绳，建议设遛犬时段并写入居民公约。",
        "ENV:其他", "枇杷山正街社区", 21, (19, 8, 4),
        (accepted(0.7), Step(1.5, "triage", "适合写进居民公约，由居民共同商定。", "small"), started(3), answered(5, "社区将在公约修订中增加遛犬时段和牵绳条款，欢迎在讨论里留下意见。", "公约征求意见稿", 24)),
    ),
    Story(
        31, "社区图书角周末不开", "学生周末没地方看书，愿意轮流志愿值守。",
        "CARE:其他", "学田湾社区", 3, (15, 0, 1), (accepted(0.8),), author="n15", author_for=READERS, voices=((CAMELLIA, "support"),),
    ),
    Story(
        32, "公交站遮阳棚", "夏季候车暴晒，老人多，建议加遮阳和座椅。",
        "TRA:公交站", "捍卫路社区", 5, (17, 1, 2), (accepted(0.9),), voices=((BUS_SHELTERS, "support"),),
    ),
    Story(
        33, "井盖下沉", "主路井盖下沉3厘米，电动车已摔一次。",
        "SAFE:井盖缺失", "茶亭北路社区", 18, (16, 0, 0),
        (
            accepted(0.1), started(0.2), answered(0.6, "已放置警示锥，当晚垫平。", "更换井座", 5), resolved(6, "井座已更换，路面恢复。"), rated(7),
            Step(11, "reopen", "雨后又下沉了约2厘米，旁边路面也有裂缝，请查一查下面的管道。"), accepted(11.3), started(12), answered(13.5, "已对下方管道做内窥检测，发现一处接口渗漏，正在换管，完工后重新铺面。", "换管完工", 9),
        ),
    ),
    Story(
        34, "违规张贴小广告", "楼道满是开锁贷款广告，清了又贴。",
        "ENV:乱贴小广告", "棉花街社区", 8, (12, 0, 3),
        (accepted(0.6), started(2), answered(4, "已安排保洁每日清理，并把号码移交城管部门依规处理；楼道口准备设一块便民信息栏。", "信息栏上墙", 10)),
    ),
    Story(
        35, "外来务工子女入学咨询", "想知道居住证和入学材料，求清单。",
        "POL:咨询", "交通街社区", 26, (5, 0, 1),
        (
            accepted(0.5), started(0.8),
            answered(1.5, "需要：居住证、父母务工证明或营业执照、户口簿、居住地证明、儿童预防接种证。材料不齐也可以先登记，教委窗口会一次性告知。"),
            resolved(3, "清单已寄到交通街社区公告栏，并有专人电话解答。"), rated(4),
        ),
    ),
    Story(
        36, "残疾人两项补贴咨询", "邻居行动不便，不会用手机，请代办员上门。",
        "CARE:残疾人", "黄葛树院", 1.8, (6, 0, 0), (accepted(0.4),), voices=((CAMELLIA, "support"),),
    ),
)  # fmt: skip

TWIN = Story(
    37, "楼道小广告又贴满了", "刚清理完的楼道，三天又贴满开锁和贷款广告，能不能查一查是谁贴的？",
    "ENV:乱贴小广告", "棉花街社区", 6, (5, 0, 0),
)  # fmt: skip
"""The same thing posted again: it is merged into number 34, and its supporters with it."""
