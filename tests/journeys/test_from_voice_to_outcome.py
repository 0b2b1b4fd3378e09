"""From voice to outcome: real messages, one new issue, and what all sides make of it until it is rated."""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from tests.journeys.messages import Messages, messages
from tests.journeys.site import PATIENCE, People, Person, Site

expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.timeout(1500)

TITLE = "人和街菜市场后门坡道没有扶手"
BODY = "菜市场后门的坡道又长又陡,雨天很滑,老人推着买菜车上下都很吃力。建议沿墙加装扶手并做防滑处理。"
INITIATIVE = "一起守护后门坡道"
DECISION = "为人和街菜市场后门坡道加装扶手"
STAYS = "window.isTheSamePage = true"
STAYED = "window.isTheSamePage === true"


def photo() -> bytes:
    """A picture of stairs, as from a phone."""
    image = Image.new("RGB", (640, 480), "#b9c4c9")
    draw = ImageDraw.Draw(image)
    for step in range(8):
        draw.rectangle((step * 80, 440 - step * 50, 640, 480 - step * 50), fill=f"#{90 + step * 9:02x}8878")
    kept = io.BytesIO()
    image.save(kept, "JPEG")
    return kept.getvalue()


def day(ahead: int) -> str:
    """A day from today, as a date field wants it."""
    return (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()


def choose(select: Locator, words: str) -> None:
    """Choose the option that contains these words."""
    value = select.locator("option").filter(has_text=words).first.get_attribute("value")
    select.select_option(value)


def send(page: Page, action: str) -> None:
    """Press the button of the form that posts to this address; the page that answers is there afterwards."""
    with page.expect_navigation(wait_until="load"):
        page.locator(f"form[action$='{action}']:visible button:visible").last.click()
    refused = page.locator(".error-summary, .field-error").locator("visible=true").all_inner_texts()
    assert refused == [], (page.url, refused)


def compose(
    person: Person, *, title: str, body: str, place: tuple[str, str], category: str, words: dict[str, str]
) -> str:
    """Raise an issue on the phone: where and what kind, then words and a photo. Its address."""
    page = person.go("/issues/new")
    choose(page.locator("select[name=category]"), category)
    for kind, name in zip(("subdistrict", "community"), place, strict=True):
        choose(page.locator(f"#place_id-{kind}"), name)
        expect(page.locator(f"#place_id-{kind} option:checked")).to_contain_text(name)
        expect(page.locator(f"#place_id-{'community' if kind == 'subdistrict' else 'grid'}")).to_be_visible()
    page.get_by_role("button", name=words["next"], exact=True).click()
    page.locator("input[name=title]").fill(title)
    page.locator("textarea[name=body]").fill(body)
    page.locator("input[name=photos]").set_input_files(
        {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    expect(page.locator("[data-photos-list] img")).to_be_visible()
    with page.expect_navigation(url=re.compile(r"/issues/(?!new)\w{13}")):
        page.get_by_role("button", name=words["publish"]).click()
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator(".issue-words .photos img")).to_have_count(1)
    return "/issues/" + re.findall(r"/issues/(\w{13})", page.url)[0]


def connected(person: Person, path: str) -> Page:
    """Open a page and wait for its live line."""
    page = person.go(path)
    page.locator("footer [data-live-state=connected]").wait_for(state="attached")
    page.evaluate(STAYS)
    return page


def support(page: Page, chamber: str) -> Locator:
    """The number of a chamber's supporters on the page."""
    return page.locator(f"#tally [data-chamber={chamber}] [data-count=support]")


def comment(page: Page, words: str, stance: str) -> None:
    """Say something, as text with a stance."""
    box = page.locator("form.comment-box")
    box.locator("textarea[name=body]").fill(words)
    box.locator(f"input[name=stance][value={stance}]").check()
    with page.expect_navigation(wait_until="load"):
        box.get_by_role("button").click()
    expect(page.locator("#comments")).to_contain_text(words)


def test_from_voice_to_outcome(people: People, site: Site, tmp_path: Path) -> None:
    """The whole story in Chinese, a resident on the phone and the others at their desks."""
    brought = messages(tmp_path)
    bring_in(site, brought)
    look_around(people.at(), brought)
    resident, enterprise = people.at("resident", width=390), people.at("enterprise")
    issue = compose(
        resident,
        title=TITLE,
        body=BODY,
        place=("大溪沟街道", "人和街社区"),
        category="梯坎扶手",
        words={"next": "下一步", "publish": "发布议题"},
    )
    both_sides_see_each_other_move(resident, enterprise, issue)
    neighbour = people.at("resident2", width=390)
    neighbour.go(issue)
    vote(neighbour.page, "support")
    work_together(resident, enterprise, people.at("ngo"), issue)
    official, reviewer = people.at("official"), people.at("reviewer")
    answer(official, issue)
    decision = decide(official, reviewer, issue, site)
    carry_out(official, decision, issue)
    for person in (resident, neighbour):
        rate(person, issue)
        rate(person, decision)
    the_trace_tells_it_all(people.at(width=390), issue)
    everybody_was_told_once([resident, neighbour, enterprise])
    assert [
        text for person in (resident, enterprise, neighbour, official, reviewer) for text in person.complaints
    ] == []


def bring_in(site: Site, brought: Messages) -> None:
    """`gongzhi import messages` beside the running site."""
    told = site.command("import", "messages", str(brought.path)).strip().splitlines()[-1]
    done, known, skipped, read = (int(number) for number in re.findall(r"\d+", told))
    assert read >= brought.rows and done + known + skipped == read, told
    assert done + known > 0.95 * brought.rows, told


def look_around(visitor: Person, brought: Messages) -> None:
    """What was brought in can be leafed through, narrowed down and found."""
    page = visitor.go("/issues?order=new")
    rows = page.locator("#items > li.item")
    page.locator("#filter-status").select_option("open")
    page.wait_for_url("**status=open**")
    expect(page.locator("#filter-status option:checked")).to_have_attribute("value", "open")
    first = rows.count()
    page.get_by_role("link", name="加载更多").click()
    expect(rows.nth(first)).to_be_visible()

    page = visitor.go(f"/search?q={brought.word}")
    assert set(page.locator("#items mark").all_inner_texts()) == {brought.word}
    page = visitor.go(f"/search?q={brought.title[:12]}")
    found = page.locator("#items h3 a").filter(has_text=brought.title).first
    found.click()
    expect(page.locator("h1")).to_have_text(brought.title)


def vote(page: Page, choice: str) -> None:
    """Press one of the buttons; it shows at once and stays."""
    button = page.locator(f"form[data-vote] button[value={choice}]:visible").first
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def both_sides_see_each_other_move(resident: Person, enterprise: Person, issue: str) -> None:
    """Votes and comments of one side appear on the other's page, which is never loaded anew."""
    phone, desk = connected(resident, issue), connected(enterprise, issue)
    before = int(support(desk, "resident").inner_text())
    vote(desk, "support")
    expect(support(phone, "enterprise")).to_have_text("1")
    if phone.locator("form[data-vote] button[value=support]:visible").first.get_attribute("aria-pressed") == "false":
        vote(phone, "support")
        expect(support(desk, "resident")).to_have_text(str(before + 1))
    vote(phone, "oppose")
    expect(support(desk, "resident")).to_have_text("0")
    vote(phone, "support")
    expect(support(desk, "resident")).to_have_text("1")
    assert desk.evaluate(STAYED)

    comment(desk, "我们愿意提供材料和两名工人,周末可以施工。", "for")
    expect(phone.locator("[data-fresh]")).to_be_visible()
    expect(phone.locator("[data-fresh]")).to_contain_text("1 条新评论")
    phone.locator("[data-fresh]").click()
    expect(phone.locator("#comments")).to_contain_text("周末可以施工")
    assert phone.evaluate(STAYED)

    desk = connected(enterprise, issue)
    comment(phone, "谢谢!早上六点到八点人最多,请避开。", "for")
    expect(desk.locator("[data-fresh]")).to_contain_text("1 条新评论")
    assert desk.evaluate(STAYED)


def work_together(resident: Person, enterprise: Person, ngo: Person, issue: str) -> None:
    """An initiative from the issue; an enterprise and a social organisation join with what they pledge."""
    page = resident.go(issue)
    with page.expect_navigation():
        page.get_by_role("link", name="发起共建").click()
    page.locator("input[name=title]").fill(INITIATIVE)
    page.locator("textarea[name=goal]").fill("扶手装好之前,高峰时段有人在坡道帮老人推车;装好之后大家一起维护。")
    page.locator("input[name=ends_on]").fill(day(60))
    for number, (kind, words, amount, unit) in enumerate(
        (("material", "防滑条", "40", "米"), ("people", "早高峰志愿者", "6", "人"))
    ):
        page.locator(f"select[name=needs-{number}-kind]").select_option(kind)
        page.locator(f"input[name=needs-{number}-description]").fill(words)
        page.locator(f"input[name=needs-{number}-required]").fill(amount)
        page.locator(f"input[name=needs-{number}-unit]").fill(unit)
    with page.expect_navigation(url=re.compile(r"/initiatives/(?!new)\w{13}")):
        page.get_by_role("button", name="发起共建").last.click()
    initiative = "/initiatives/" + re.findall(r"/initiatives/(\w{13})", page.url)[0]
    page = connected(resident, initiative)
    for person, need, amount in ((enterprise, "防滑条", "40"), (ngo, "早高峰志愿者", "4")):
        pledge(person, initiative, need, amount)
        expect(page.locator("#pledges li").filter(has_text=need)).to_be_visible()
    assert page.evaluate(STAYED)
    expect(page.locator("#participants")).to_contain_text("渝中山茶社会工作服务中心")


def pledge(person: Person, initiative: str, need: str, amount: str) -> None:
    """Join with an amount of what is needed, by a day."""
    page = person.go(f"{initiative}/join")
    page.locator("input[name=need]").and_(page.get_by_label(re.compile(need))).check()
    page.locator("input[name=amount]").fill(amount)
    page.locator("input[name=due_on]").fill(day(10))
    send(page, "/join")
    expect(page.locator("#pledges")).to_contain_text(need)


def answer(official: Person, issue: str) -> None:
    """The office accepts the issue, starts, and answers with the next step and its day."""
    page = official.go(issue)
    expect(page.locator(".state-line, #issue-head").first).to_contain_text("大溪沟街道办事处")
    send(page, "/accept")
    page = official.go(f"/desk?issue={issue.rpartition('/')[2]}")
    page.locator("#step-start summary").click()
    send(page, "/start")
    page = official.go(f"/desk?issue={issue.rpartition('/')[2]}")
    page.locator("#step-answer textarea[name$=body]").fill(
        "已到现场查看,坡道长22米、坡度偏大,反映属实。将沿墙加装扶手。"
    )
    page.locator("#step-answer input[name$=next_step]").fill("公示加装方案")
    page.locator("#step-answer input[name$=next_step_due]").fill(day(10))
    send(page, "/answer")
    page = official.go(issue)
    expect(page.locator("#issue-answers")).to_contain_text("反映属实")


def decide(official: Person, reviewer: Person, issue: str, site: Site) -> str:
    """One official drafts, another approves; after the public notice the decision is published."""
    page = official.go("/decisions/new")
    page.locator("input[name=title]").fill(DECISION)
    page.locator("[name=issues]").fill(site.address + issue)
    page.locator("textarea[name=body]").fill("在坡道靠墙一侧加装不锈钢扶手22米,并铺设防滑条。")
    page.locator("textarea[name=grounds]").fill("现场勘查记录;居民与企业的表态和意见。")
    page.locator("textarea[name=adopted]").fill("采纳避开早市时段施工的意见。")
    page.locator("input[name=notice_days]").fill("3")
    page.locator("input[name=promises-0-text]").fill("扶手安装完毕")
    page.locator("input[name=promises-0-due_on]").fill(day(20))
    with page.expect_navigation(url=re.compile(r"/decisions/(?!new)\w{13}")):
        page.locator("main form:has(input[name=title]) button[type=submit]").last.click()
    decision = "/decisions/" + re.findall(r"/decisions/(\w{13})", page.url)[0]
    send(page, "/submit")
    expect(page.locator("form[action$='/approve']")).to_have_count(0)
    page = reviewer.go(decision)
    send(page, "/approve")
    page = official.go(decision)
    expect(page.locator("form[action$='/publish']")).to_have_count(0)
    # Three days of public notice pass: nobody waits for them here, so their end is moved into the past.
    with site.database() as database:
        yesterday = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
        changed = database.execute(
            "UPDATE decision SET notice_until = ? WHERE title = ? AND state = 'public_notice'", (yesterday, DECISION)
        )
        database.commit()
        assert changed.rowcount == 1
    page = official.go(decision)
    send(page, "/publish")
    return decision


def carry_out(official: Person, decision: str, issue: str) -> None:
    """Progress is reported, the commitment kept, the decision carried out and the issue resolved."""
    page = official.go(decision)
    page.locator("form[action$='/progress'] textarea[name=body]").fill("扶手已到货,本周六开始安装。")
    send(page, "/progress")
    page = official.go(decision)
    page.locator("#commitments ~ ol summary, [aria-labelledby=commitments] summary").first.click()
    page.locator("input[name=state][value=kept]").check()
    with page.expect_navigation(wait_until="load"):
        page.locator("form:has(input[name=state][value=kept]) button").click()
    send(page, "/complete")
    page = official.go(issue)
    page.locator("#step-resolve summary").click()
    page.locator("#step-resolve textarea[name$=reason]").fill("扶手已安装并验收,防滑条由企业和志愿者一起铺好。")
    send(page, "/resolve")


def rate(person: Person, path: str) -> None:
    """Those concerned say whether it is solved."""
    page = person.go(path)
    form = page.locator("form:has(input[name$=solved])")
    form.locator("input[name$=solved][value=yes]").check()
    form.locator("input[name$=satisfaction][value='5']").check()
    form.locator("textarea[name$=comment]").fill("推着买菜车也能扶着走了。")
    with page.expect_navigation(wait_until="load"):
        form.get_by_role("button").click()
    assert page.locator(".error-summary").count() == 0, page.locator(".error-summary").inner_text()


def the_trace_tells_it_all(visitor: Person, issue: str) -> None:
    """Anybody reads the whole chain on the issue page, in the order in which it happened."""
    page = visitor.go(issue)
    page.locator("#issue-trace details summary:visible").click()
    told = page.locator("#issue-trace details ol").inner_text()
    places = [told.find(words) for words in CHAIN]
    assert -1 not in places, (told, CHAIN[places.index(-1)])
    assert places == sorted(places), told


CHAIN = (
    "居民提出",
    "发起共建行动",
    "加入共建行动",
    "受理了议题",
    "开始处理",
    "答复了议题",
    "公示中",
    "决定发布",
    "报告进展",
    "承诺兑现",
    "决定已落实",
    "宣布议题已解决",
    "作出评价",
)


def everybody_was_told_once(told: list[Person]) -> None:
    """Each who wrote, voted or commented finds each step in the inbox, and finds it once."""
    for person in told:
        page = person.go("/notices")
        lines = page.locator("#notices a[href^='/notices/']").all_inner_texts()
        ours = [line for line in lines if TITLE in line or DECISION in line or INITIATIVE in line]
        twice = [line for line, times in Counter(ours).items() if times != 1]
        assert twice == [], (person.page.url, twice)
        for words in ("答复了", "正在公示", "决定已发布", "有新进展", "已落实", "报办结"):
            assert [line for line in ours if words in line], (words, ours)


CHINESE = re.compile(r"[\u3400-\u9fff]")
CHROME = """() => [...document.querySelectorAll("header, nav, footer, button, label, legend, summary, h2")]
  .filter((one) => !one.closest("[lang]:not(html), .acting, form[action='/acting-as'], .who, option, select, .crumb"))
  .flatMap((one) => [...one.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent.trim()))
  .filter((text) => text)"""


def speaks_english(page: Page) -> None:
    """The frame of the page has no Chinese, whatever language people wrote in."""
    assert page.locator("html").get_attribute("lang") == "en"
    words = page.evaluate(CHROME)
    assert words and [text for text in words if CHINESE.search(text)] == []


def test_post_vote_answer_in_english_on_the_phone(people: People) -> None:
    """The short way in English at 390 pixels: posted, supported by a neighbour, answered by the office."""
    resident = people.at("resident", width=390, language="en")
    issue = compose(
        resident,
        title="Handrail on the Renhe Street stairs is loose",
        body="The handrail beside the bus stop has wobbled for a week; people hold on to it in the rain.",
        place=("Daxigou", "Renhe"),
        category="Stair handrails",
        words={"next": "Next", "publish": "Publish the issue"},
    )
    speaks_english(resident.page)
    page = connected(resident, issue)
    neighbour = people.at("resident2", width=390, language="en")
    neighbour.go(issue)
    before = int(support(page, "resident").inner_text())
    vote(neighbour.page, "support")
    expect(support(page, "resident")).to_have_text(str(before + 1))
    speaks_english(neighbour.page)
    official = people.at("official", width=390, language="en")
    send(official.go(issue), "/accept")
    desk = official.go(f"/desk?issue={issue.rpartition('/')[2]}")
    speaks_english(desk)
    desk.locator("#step-answer textarea[name$=body]").fill("The bolts are rusted; they are replaced on Friday.")
    desk.locator("#step-answer input[name$=next_step]").fill("Check every post")
    desk.locator("#step-answer input[name$=next_step_due]").fill(day(7))
    send(desk, "/answer")
    expect(page.locator("#issue-answers")).to_contain_text("replaced on Friday")
    assert page.evaluate(STAYED)
    speaks_english(page)
