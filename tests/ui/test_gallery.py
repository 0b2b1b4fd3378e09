"""The components in a real browser: accessible, inside the screen, and true when a vote is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from .sample import ROOT, error_page, gallery

SITE = "http://gongzhi.test"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "png": "image/png"}
TALLY = """{"version": 9, "mine": "oppose", "chambers": {
  "resident": {"support": 311, "neutral": 18, "oppose": 10},
  "enterprise": {"support": 6, "neutral": 1, "oppose": 0}, "ngo": {"support": 0, "neutral": 0, "oppose": 0}}}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield launched
        launched.close()


def opened(chromium: Browser, html: str, width: int, *, script: bool = True) -> Page:
    """The page under the site's content policy, its files from static/, nothing else reachable."""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path.startswith("/static/"):
            body = (ROOT / path.lstrip("/")).read_bytes()
            route.fulfill(body=body, content_type=KINDS[path.rpartition(".")[2]])
        elif path == "/":
            route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": POLICY})
        else:
            route.fulfill(status=404)

    context = chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{SITE}/")
    return page


def broken_rules(chromium: Browser, html: str, width: int) -> list[str]:
    page = opened(chromium, html, width)
    tool = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
    page.evaluate(tool)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    page.context.close()
    return [f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    ("language", "theme", "size"), [("zh", "light", "normal"), ("en", "light", "normal"), ("zh", "dark", "large")]
)
def test_every_component_is_accessible_and_inside_the_screen(chromium, language, theme, size, width):
    html = gallery(language, theme=theme, size=size)
    assert broken_rules(chromium, html, width) == []
    page = opened(chromium, html, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


@pytest.mark.parametrize("status", [403, 404, 409, 422, 429, 500, 503, "offline"])
def test_error_pages_say_in_both_languages_what_to_do(chromium, status):
    for language in ("zh", "en"):
        html = error_page(language, status)
        assert ("回到首页" if language == "zh" else "To the home page") in html
        if status in (404, 500):  # one with the frame of every page, one without
            assert broken_rules(chromium, html, 390) == []


def test_without_script_the_page_has_its_forms_and_menus(chromium):
    page = opened(chromium, gallery("zh"), 1280, script=False)
    page.locator("summary.acting").click()
    assert page.locator("form[action='/acting-as'] button").first.is_visible()
    assert page.locator("form[data-vote] button[value=support]").first.is_visible()
    assert page.locator("#photos").is_visible()
    assert page.locator("select#filter-place").is_visible()
    page.context.close()


def test_a_refused_vote_goes_back_and_says_why_and_a_counted_one_stays(chromium):
    page = opened(chromium, gallery("zh"), 1280)
    support = page.locator("[data-chamber=resident] [data-count=support]")
    button = page.locator("aside form[data-vote] button[value=oppose]")
    refusal = '{"detail": "表态已经截止"}'
    page.route("**/vote", lambda r: r.fulfill(status=409, body=refusal, content_type="application/problem+json"))
    button.click()
    page.get_by_text("表态已经截止").first.wait_for()
    assert support.inner_text() == "312"
    assert button.get_attribute("aria-pressed") == "false"

    sent = []
    page.unroute("**/vote")
    page.route("**/vote", lambda r: (sent.append(r.request), r.fulfill(body=TALLY, content_type="application/json")))
    button.click()
    page.wait_for_function("document.querySelector('[data-tally]').dataset.version === '9'")
    assert support.inner_text() == "311"
    assert button.get_attribute("aria-pressed") == "true"
    assert "choice=oppose" in (sent[0].post_data or "")
    assert sent[0].headers["x-csrftoken"] == "token"
    page.context.close()


def test_live_messages_change_numbers_in_place_and_old_ones_change_nothing(chromium):
    page = opened(chromium, gallery("zh"), 1280)
    page.wait_for_function("document.querySelector('[data-photos]').classList.contains('is-enhanced')")
    send = """([selector, kind, version, data]) => document.querySelector(selector)
        .dispatchEvent(new CustomEvent(`live:${kind}`, {detail: {topic: "issue:1", version, data}}))"""

    def tally(support):
        return {"chambers": {"resident": {"support": support, "neutral": 0, "oppose": 0}}}

    page.evaluate(send, ["[data-tally]", "tally", 12, tally(400)])
    page.evaluate(send, ["[data-tally]", "tally", 8, tally(1)])
    assert page.locator("[data-chamber=resident] [data-count=support]").inner_text() == "400"
    page.evaluate(send, ["#talk", "comment", 20, {"id": "new"}])
    page.evaluate(send, ["#talk", "comment", 21, {"id": "2"}])
    page.locator("[data-fresh]").wait_for(state="visible")
    assert page.locator("[data-fresh]").inner_text().strip() == "1 条新评论"
    page.evaluate(send, ["[data-unread]", "notice", 3, {}])
    assert page.locator("[data-unread]").get_attribute("data-unread") == "4"
    page.context.close()


def test_menus_close_on_escape_and_keys_move_through_a_desk(chromium):
    page = opened(chromium, gallery("en"), 1280)
    page.wait_for_function("document.querySelector('[data-photos]').classList.contains('is-enhanced')")
    page.locator("summary.acting").click()
    page.keyboard.press("Escape")
    assert page.locator("details[data-menu][open]").count() == 0
    assert page.evaluate("document.activeElement.classList.contains('acting')")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#row2"
    page.keyboard.press("?")
    assert page.locator("#shortcuts").is_visible()
    page.context.close()


def test_the_chinese_page_has_no_english_words_of_ours_and_the_english_none_of_the_catalogue():
    english, chinese = gallery("en"), gallery("zh")
    for words in ("Official answer", "Load more", "Skip to the content", "working days left"):
        assert words in english
        assert words not in chinese
    assert re.search(r"还剩 \d 个工作日", chinese)
    assert "官方答复 ·" not in english
