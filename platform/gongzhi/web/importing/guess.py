"""Which category a message belongs to: by the label of the system it came from, else by its words.

A guess, which triage can correct; nothing is ever guessed into a category that is not public.
"""

from __future__ import annotations

LABELS = {
    "城乡建设": "FAC",
    "环境保护": "ENV",
    "交通运输": "TRA",
    "国土资源": "FAC",
    "劳动和社会保障": "CARE",
    "教育文体": "CARE",
    "卫生计生": "CARE",
    "民政": "CARE",
    "农村农业": "POL",
    "商贸旅游": "POL",
    "经济管理": "POL",
    "党务政务": "POL",
    "科技与信息产业": "FAC",
    "政法": "SEC",
    "纪检监察": "OTH",
}

WORDS = {
    "SAFE": "安全隐患 消防 通道堵塞 飞线 高空抛物 坠落 边坡 堡坎 燃气 煤气 危房 井盖 火灾 触电 坍塌 漏电",
    "NOI": "噪音 噪声 扰民 广场舞 喇叭 夜间施工 狗叫 音响 震动 睡不着",
    "ENV": "垃圾 污水 油烟 异味 臭 占道 小广告 绿化 积水 环境卫生 污染 粉尘 扬尘 废气 脏乱 公厕 下水道",
    "FAC": "路灯 电梯 停水 停电 管网 自来水 供水 水压 健身器材 无障碍 扶手 道路破损 路面 修路 网络 基站 施工 烂尾 "
    "拆迁 规划 公园",
    "TRA": "停车 违停 公交 地铁 堵车 拥堵 红绿灯 斑马线 人行道 交通 车位 出租车 的士 班车 限行 路口",
    "PRO": "物业 业委会 业主 维修资金 物业费 开发商 交房 房产证 小区管理 购房",
    "DIS": "纠纷 邻居 漏水 拖欠工资 欠薪 劳资 赔偿 退款 加装电梯 合同 维权",
    "CARE": "低保 养老 老人 残疾 社保 医保 医院 学校 幼儿园 入学 招生 就业 补贴 公积金 托育 教师 救助 户口",
    "SEC": "诈骗 传销 打架 偷 盗窃 赌博 派出所 治安 非法集资",
    "POL": "咨询 请问 建议 政策 能否 何时 什么时候 是否 规定 希望能",
}
_WORDS = {code: tuple(words.split()) for code, words in WORDS.items()}

IN_TITLE = 3
LONGEST_BODY = 1_000
OTHER = "OTH"


def category_code(label: str, title: str, body: str) -> str:
    """The code of the standard category that fits best; `OTH` when nothing tells."""
    scores = {code: _score(words, title, body) for code, words in _WORDS.items()}
    # A question about a thing belongs to the thing.
    scores["POL"] = min(scores["POL"], 1)
    best = max(scores, key=lambda code: scores[code])
    if scores[best] > 1:
        return best
    for known, code in LABELS.items():
        if known in label:
            return code
    return best if scores[best] else OTHER


def _score(words: tuple[str, ...], title: str, body: str) -> int:
    text = body[:LONGEST_BODY]
    return sum(IN_TITLE * (word in title) + (word in text) for word in words)
