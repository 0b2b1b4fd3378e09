"""Who plays in the demo: offices, organisations and people. All but the names of authorities' kinds is fictional."""

from __future__ import annotations

from dataclasses import dataclass

CENTRE = "区数字化城市运行和治理中心"

# Name, English name, code. All answer for the whole district; the first stands above the others.
DEPARTMENTS = (
    (CENTRE, "District Urban Operations and Governance Centre", "QZX"),
    ("区城市管理局", "District Urban Management Bureau", "QCG"),
    ("区住房城乡建委", "District Housing and Urban-Rural Committee", "QZJ"),
    ("区民政局", "District Civil Affairs Bureau", "QMZ"),
    ("区司法局", "District Justice Bureau", "QSF"),
    ("区公安分局", "District Public Security Branch", "QGA"),
    ("区消防救援支队", "District Fire and Rescue Brigade", "QXF"),
    ("区市场监管局", "District Market Regulation Bureau", "QSC"),
    ("区生态环境局", "District Ecology and Environment Bureau", "QST"),
    ("区教委", "District Education Committee", "QJW"),
    ("区卫健委", "District Health Committee", "QWJ"),
    ("区委社会工作部", "District Party Social Work Department", "QSG"),
    ("区财政局", "District Finance Bureau", "QCZ"),
    ("区审计局", "District Audit Office", "QSJ"),
)


@dataclass(frozen=True)
class Body:
    """An enterprise or a social organisation, and who speaks for it."""

    name_zh: str
    name_en: str
    about: str
    owner: str
    owner_name: str
    place: str | None = None


ENTERPRISES = (
    Body(
        "江岸物业服务有限公司（演示）",
        "Riverbank Property Services Ltd (demo)",
        "住宅小区物业服务。",
        "enterprise",
        "周启明",
        "大溪沟街道",
    ),
    Body("朝门商业管理公司", "Chaomen Commercial Management", "商场与夜间街区运营。", "e2", "吴立群", "解放碑街道"),
    Body("半岛公交广告公司", "Peninsula Transit Advertising", "候车亭维护与广告。", "e3", "郑小满"),
    Body("嘉陵餐饮连锁", "Jialing Catering", "社区餐饮与食堂运营。", "e4", "孙可为", "上清寺街道"),
    Body("山城智停科技", "Mountain City Smart Parking", "停车与充电设施运营。", "e5", "钱多福", "石油路街道"),
    Body("渝江保险互助社区部", "Yujiang Mutual Insurance, Community Department", "公共责任与意外险。", "e6", "赵一诺"),
)
SOCIAL_ORGANISATIONS = (
    Body(
        "渝中山茶社会工作服务中心",
        "Yuzhong Camellia Social Work Centre",
        "社会工作服务机构，评估等级 3A（演示）。",
        "ngo",
        "何静",
    ),
    Body(
        "母城暖巷老年服务中心", "Warm Lane Services for the Elderly", "独居老人探访与助餐。", "n2", "施慧", "南纪门街道"
    ),
    Body(
        "石阶青年社区营造中心",
        "Stone Steps Youth Community Centre",
        "社区营造与议事协商陪跑。",
        "n3",
        "韩冬",
        "解放碑街道",
    ),
    Body("黄葛心理健康服务中心", "Banyan Mental Health Centre", "心理辅导与危机干预转介。", "n4", "沈宁"),
    Body("半岛公益法律服务中心", "Peninsula Public-Interest Law Centre", "法律咨询与人民调解。", "n5", "杨正"),
    Body("晨光困境儿童关爱中心", "Morning Light Centre for Children", "困境儿童关爱服务。", "n6", "朱晨"),
    Body(
        "两江社区发展基金会（演示）",
        "Two Rivers Community Foundation (demo)",
        "资助社区项目，无公开募捐资格。",
        "n7",
        "秦川",
    ),
    Body(
        "嘉陵大学社会治理研究院（演示）",
        "Institute of Social Governance, Jialing University (demo)",
        "治理评估与研究。",
        "evaluator",
        "许研",
    ),
    Body("山城公共政策评估中心（演示）", "Mountain City Policy Evaluation Centre (demo)", "第三方评估。", "n9", "尤佳"),
    Body("两江民意调查所", "Two Rivers Opinion Survey", "抽样调查。", "n10", "何数"),
    Body("半坡院楼栋互助队", "Hillside Court Mutual Aid Team", "楼栋志愿者。", "n11", "吕大姐", "人和街社区"),
    Body("老街规矩议事团", "Old Street Deliberation Circle", "坝坝茶议事。", "n12", "张老三", "七牌坊社区"),
    Body("石阶摄影队", "Stone Steps Photographers", "记录社区变化。", "n13", "孔光"),
    Body("银龄巡防队", "Silver Patrol", "老年志愿巡防。", "n14", "曹爷爷", "中山二路社区"),
    Body("妈妈读书会", "Mothers' Reading Circle", "亲子阅读与图书角值守。", "n15", "严书", "学田湾社区"),
)


OFFERED = (
    ("resident", "陈小渝"), ("resident2", "林晓岚"), ("enterprise", "周启明"), ("ngo", "何静"),
    ("official", "刘建国"), ("reviewer", "冯敏"), ("department", "蒋涛"), ("grid", "罗永强"), ("social", "唐欣"),
    ("auditor", "方正"), ("evaluator", "许研"), ("moderator", "温和"), ("admin", "管一平"),
)  # fmt: skip
"""product.md, demo accounts, in the order of the sign-in page. The second official of the sub-district is
needed because nobody approves a draft of their own."""
OFFICIALS = (
    # login, name, office, part, title
    ("official", "刘建国", "大溪沟街道办事处", "handler", "城市管理办经办"),
    ("reviewer", "冯敏", "大溪沟街道办事处", "reviewer", "办公室复核"),
    ("department", "蒋涛", "区城市管理局", "handler", "市政设施科经办"),
    ("department2", "魏岚", "区城市管理局", "reviewer", "市政设施科复核"),
    ("centre", "彭程", CENTRE, "leader", "值班长"),
)
HOMES = (("resident", "陈小渝", "人和街社区"), ("resident2", "林晓岚", "七牌坊社区"))
COMMITTEES = ("人和街社区", "七牌坊社区", "中山二路社区")

SURNAMES = "王李张杨黄周吴徐孙马朱胡郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟"
GIVEN = (
    "雨桐",
    "建华",
    "秀英",
    "志强",
    "晓彤",
    "国梁",
    "玉兰",
    "子涵",
    "明远",
    "桂芳",
    "思琪",
    "立新",
    "春梅",
    "浩然",
    "淑珍",
    "一鸣",
    "素芬",
    "俊杰",
    "冬梅",
    "家豪",
)
"""Put together by the seeded generator: any likeness to a real person is chance."""
RESIDENT_COUNT = 40
