"""The gallery's sample data, and its rendering without a server: components alone, nothing else."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace as Thing

from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, MultipleFileField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

ROOT = Path(__file__).resolve().parents[2]
PHRASES = ROOT / "platform" / "gongzhi" / "locales" / "zh_Hans_CN" / "ui.po"
WROTE = datetime(2025, 11, 24, 2, 32, tzinfo=UTC)
DUE = date(2025, 11, 28)
TITLE = "梯坎扶手松动,老人下雨天容易摔"
OFFICE = "大溪沟街道城市管理科"
TEXT = Markup("<p>半坡院到公交站这一段约 60 级梯坎,右侧扶手有三处松动,希望尽快检修,并加装防滑条。</p>")


class IssueForm(Form):
    title = StringField("标题", [InputRequired("请填写标题")])
    text = TextAreaField("说明", [InputRequired("请填写说明")])
    category = SelectField("类别", choices=[SelectChoice("1", "公共设施"), SelectChoice("2", "环境卫生")])
    kind = RadioField("意见", choices=[SelectChoice("a", "支持"), SelectChoice("b", "有顾虑")])
    agree = BooleanField("我已阅读说明")
    photos = MultipleFileField("照片")


def comment(number, name, kind, text, *, stance=None, organisation=None, replies=()):
    return Thing(
        id=number, name=name, kind=kind, organisation=organisation, label=None, url=f"#comment-{number}",
        stance=stance, at=WROTE, edited_at=WROTE if number == 1 else None, html=Markup("<p>{}</p>").format(text),
        official=kind == "government", hidden_reason="作者已撤回" if number == 4 else None, replies=replies,
    )  # fmt: skip


def step(label, state, at=None, **more):
    return Thing(**{"label": label, "state": state, "at": at, "who": None, "note": None, "url": None, **more})


SAMPLE = Thing(
    title=TITLE,
    due=DUE,
    at=WROTE,
    html=TEXT,
    office=OFFICE,
    post="城管专员",
    crumbs=[{"label": "渝中区", "url": "#1"}, {"label": "大溪沟街道", "url": "#2"}, {"label": "公共设施", "url": None}],
    photos=[Thing(url="#p1", thumb="/static/icons/icon.svg", alt="扶手", caption="扶手松动", width=320, height=240)],
    comments=[
        comment(1, "黄*明", "resident", "扶手换成不锈钢的,冬天不冰手。", stance="for", replies=[
            comment(11, "陈*溪", "enterprise", "我们可以提供两名工人。", organisation="江岸物业服务有限公司"),
        ]),
        comment(2, "刘*华", "resident", "施工期间请留一侧通行。", stance="against"),
        comment(3, None, "government", "已列入本周工单。", organisation=OFFICE),
        comment(4, "周*", "ngo", "", stance="neutral"),
    ],
    tally={
        "version": 7,
        "chambers": {
            "resident": {"support": 312, "neutral": 18, "oppose": 9},
            "enterprise": {"support": 6, "neutral": 1, "oppose": 0},
            "ngo": {"support": 0, "neutral": 0, "oppose": 0},
        },
    },
    trace=[
        step("居民提出", "done", WROTE, who="人和街社区", url="#t1"),
        step("官方答复,承诺 11 月 27 日前更换", "now", WROTE, who=OFFICE, note="防滑条按居民微实事实施"),
        step("决定与公示", "todo"),
    ],
    filters=[
        {"name": "place", "label": "地点", "value": "", "options": [("", "全部"), ("1", "大溪沟街道")]},
        {"name": "category", "label": "类别", "value": "1", "options": [("", "全部"), ("1", "公共设施")]},
    ],
    queues=[
        {"title": "我的", "items": [
            {"label": "待答复", "url": "#q1", "count": 7, "current": True},
            {"label": "超期", "url": "#q2", "count": 1, "late": True},
        ]},
    ],
)  # fmt: skip


def entries(*labels):
    return [Thing(label=label, url=f"#{label}", icon="list-ul", current=label == labels[1]) for label in labels]


def environment(language: str, *, theme: str = "light", size: str = "normal") -> Environment:
    """Jinja as the application sets it up, with the words of the components only."""
    chinese = language == "zh"
    locale = "zh_Hans_CN" if chinese else "en"
    words = NullTranslations()
    if chinese:
        compiled = BytesIO()
        with PHRASES.open("rb") as source:
            write_mo(compiled, read_po(source, locale=locale))
        compiled.seek(0)
        words = Translations(compiled)
    folders = [ROOT / "templates", Path(__file__).parent]
    made = Environment(loader=FileSystemLoader(folders), extensions=["jinja2.ext.i18n"], autoescape=True)
    made.install_gettext_translations(words, newstyle=True)
    made.filters.update(
        datetime=lambda at: format_datetime(at, locale=locale),
        date=lambda at: format_date(at, locale=locale),
        number=lambda value: format_decimal(value, locale=locale),
        money=lambda fen: format_currency(fen / 100, "CNY", locale=locale),
        ago=lambda _at: format_timedelta(timedelta(minutes=-20), add_direction=True, locale=locale),
    )
    names = json.loads((ROOT / "static" / "dist" / "manifest.json").read_text())
    made.globals.update(
        asset=lambda name: f"/static/dist/{names.get(name, name)}",
        csrf_token=lambda: "token",
        get_flashed_messages=lambda **_asked: [("success", "OK"), ("error", "!")],
        locale="zh-Hans" if chinese else "en",
        district="渝中区" if chinese else "Yuzhong District",
        demo=True,
        unread=3,
        preferences=Thing(theme=theme, type=size),
        actor=Thing(signed_in=True, name="陈*溪"),
        identity=Thing(
            label="陈*溪", kind="resident",
            choices=[
                Thing(value="", label="陈*溪", kind="resident", current=True),
                Thing(value="o", label="江岸物业服务有限公司", kind="enterprise", current=False),
            ],
        ),
        navigation={
            "main": entries("首页", "议题", "决定", "共建", "数据"),
            "phone": entries("首页", "议题", "共建", "消息", "我的"),
            "account": entries("我的", "工作台"),
            "footer": entries("无障碍声明", "隐私说明"),
        },
    )  # fmt: skip
    return made


def gallery(language: str, *, theme: str = "light", size: str = "normal") -> str:
    """The page with every component, its form filled in wrongly."""
    form = IssueForm(MultiDict({"title": "", "category": "1", "kind": "b"}))
    form.validate()
    return environment(language, theme=theme, size=size).get_template("gallery.html").render(sample=SAMPLE, form=form)


def error_page(language: str, status: int | str) -> str:
    """The page for one kind of failure."""
    return environment(language).get_template("errors/error.html").render(status=status, reference="r-1")
