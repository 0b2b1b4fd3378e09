"""The messages a journey imports: the real ones where they are at hand, else invented ones."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook, load_workbook

from tests.journeys.site import ROOT

REAL = Path("data") / "zh_messages" / "messages_4326.xlsx"
HEADER = ("留言编号", "留言主题", "留言时间", "留言详情", "反对数", "点赞数")
INVENTED = (
    ("北门公交站雨棚漏雨已有半年", "每逢下雨,候车的人只能撑伞站在雨棚下面,座椅也都是湿的,请尽快修缮。"),
    ("菜市场周边早晚高峰拥堵严重", "送货车停在路中央,公交车过不去,建议划定卸货时段。"),
    ("建议在滨江步道增加夜间照明", "步道转角处没有路灯,晚上散步的老人看不清台阶。"),
    ("小区自来水夜间水压不足", "六楼以上晚上八点后几乎没有水,热水器打不着火。"),
    ("学校门口斑马线磨损看不清", "孩子过马路时车辆不减速,请重新施划并设置提示牌。"),
    ("楼下餐馆油烟直排影响居民生活", "油烟从窗户飘进来,夏天不敢开窗,请检查净化设备。"),
    ("请问独居老人助餐如何申请", "父亲八十二岁独自居住,想了解申请条件和办理地点。"),
    ("工地夜间施工噪音扰民", "凌晨两点还在浇筑混凝土,孩子无法入睡,请核实是否有许可。"),
    ("小区电梯频繁故障无人处理", "一个月停运五次,老人上下楼困难,物业一直说在等配件。"),
    ("道路坑洼积水多月未修", "路口的坑越来越大,雨天看不出深浅,已有人摔倒。"),
    ("反映物业费用不公开", "三年没有公布过收支明细,业主多次要求都没有回复。"),
    ("希望增设社区图书角", "假期孩子没有地方看书,活动室白天一直空着,可以利用起来。"),
)


@dataclass(frozen=True)
class Messages:
    """A table of messages, how many rows it has, and the title of one of them."""

    path: Path
    rows: int
    title: str
    word: str


def shared() -> Path:
    """Where the project's shared material lies, if this machine has it."""
    return Path(os.environ.get("GONGZHI_SHARED") or ROOT.parent / "shared")


def messages(folder: Path) -> Messages:
    """The real messages, which the build machine must have; in a plain checkout a dozen of our own."""
    real = shared() / REAL
    if real.is_file():
        book = load_workbook(real, read_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        book.close()
        column = next(number for number, name in enumerate(rows[0]) if str(name).strip() == "留言主题")
        titles = [str(row[column]).strip() for row in rows[1:] if row[column]]
        title = next(one for one in titles if "噪音" in one and 10 <= len(one) <= 30 and one.isprintable())
        return Messages(real, len(titles), title, "噪音")
    assert os.environ.get("CI") != "true", f"{real} is needed on the build machine (GONGZHI_SHARED says where)"
    book = Workbook()
    book.active.append(HEADER)
    for number, (title, body) in enumerate(INVENTED, start=1):
        book.active.append((number, title, f"2026/3/{number} 09:30:00", body, 0, number))
    path = folder / "messages.xlsx"
    book.save(path)
    return Messages(path, len(INVENTED), "工地夜间施工噪音扰民", "噪音")
