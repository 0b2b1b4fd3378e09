"""Without a line, in a real browser: the offline page shows, and what was written is sent once, later."""

from __future__ import annotations

import json
import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect

from tests.journeys.site import PATIENCE

WORDS = "断网时写下的意见:台阶需要反光条。"


@pytest.fixture
def visitor(people):
    """A resident whose browser has the service worker."""
    person = people.at("resident", width=390)
    person.go("/")
    person.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    # A worker takes charge of pages loaded after it; whether it claims this one in time is the browser's affair.
    person.go("/")
    person.page.wait_for_function("() => navigator.serviceWorker.controller !== null", timeout=PATIENCE)
    yield person
    person.context.set_offline(False)


def waiting(page):
    return page.locator("[data-outbox]")


def an_issue(visitor):
    href = visitor.go("/issues").locator("#items a[href^='/issues/']").first.get_attribute("href")
    return re.sub(r"[?#].*", "", href)


def test_without_a_line_the_offline_page_shows_and_takes_a_note(visitor):
    page, go = visitor.page, visitor.go
    page.context.set_offline(True)
    page.goto(f"{visitor.address}/issues", wait_until="domcontentloaded")
    expect(page.locator("h1")).to_have_text("当前没有网络")
    page.fill("#title", "断网时记下的议题")
    page.fill("#body", "楼道灯不亮。")
    page.click("form[data-offline] button[type=submit]")
    expect(waiting(page)).to_contain_text("待发送:1".replace(":", "\uff1a"))
    page.context.set_offline(False)
    go("/")
    expect(waiting(page)).to_contain_text("已发送", timeout=PATIENCE)
    go("/issues/new")
    expect(page.locator("main")).to_contain_text("断网时记下的议题")


def test_a_comment_written_offline_is_sent_exactly_once_even_when_the_answer_was_lost(visitor):
    page, go = visitor.page, visitor.go
    path = an_issue(visitor)
    go(path)
    page.context.set_offline(True)
    page.fill(".comment-box textarea", WORDS)
    page.click(".comment-box button[type=submit]")
    expect(waiting(page)).to_contain_text(WORDS)
    url = re.compile(r"/api/v1/issues/\w+/comments")
    keys = []

    def lose(route):
        # The server takes it, and the line breaks before its answer arrives.
        keys.append(route.request.headers["idempotency-key"])
        route.fetch()
        with suppress(Error):  # the page was loaded anew meanwhile, which ended the request as well
            route.abort()

    page.route(url, lose)
    page.context.set_offline(False)
    page.wait_for_timeout(500)
    page.reload()
    expect(waiting(page)).to_contain_text(WORDS)
    page.unroute(url)
    page.reload()
    expect(waiting(page)).to_contain_text("已发送", timeout=PATIENCE)
    assert len(set(keys)) == 1
    go(f"{path}?order=newest")
    assert page.locator("#comments").get_by_text(WORDS).count() == 1


def test_what_is_refused_stays_to_be_read_and_thrown_away(visitor):
    page, go = visitor.page, visitor.go
    go(an_issue(visitor))
    page.context.set_offline(True)
    page.fill(".comment-box textarea", "将被拒绝的意见。")
    page.click(".comment-box button[type=submit]")
    expect(waiting(page)).to_contain_text("将被拒绝的意见")
    refusal = {"title": "讨论已关闭", "detail": "讨论已关闭。", "status": 409}
    url = re.compile(r"/api/v1/issues/\w+/comments")
    page.route(url, lambda route: route.fulfill(status=409, content_type="application/json", body=json.dumps(refusal)))
    page.context.set_offline(False)
    expect(waiting(page)).to_contain_text("讨论已关闭", timeout=PATIENCE)
    page.unroute(url)
    page.reload()
    expect(waiting(page)).to_contain_text("讨论已关闭")
    waiting(page).get_by_role("button").click()
    expect(waiting(page)).to_be_hidden()


def test_the_worker_keeps_no_page_and_signing_out_empties_its_stores(visitor):
    page, go = visitor.page, visitor.go
    for path in ("/notices", "/issues", "/api/v1/me"):
        go(path)
    go("/")
    kept = page.evaluate(
        "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(c => c.keys()))))"
        ".then(all => all.flat().map(request => new URL(request.url).pathname))"
    )
    assert kept
    assert [path for path in kept if path != "/offline" and not path.startswith("/static/")] == []
    page.evaluate("caches.open('gongzhi-shared').then(c => c.put('/shared/0', new Response('x')))")
    page.evaluate("navigator.serviceWorker.controller.postMessage('signed-out')")
    page.wait_for_function("() => caches.has('gongzhi-shared').then(there => !there)", timeout=PATIENCE)
