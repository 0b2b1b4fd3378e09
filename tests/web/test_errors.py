"""Errors translated once, and headers that stand on every answer."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from gongzhi.web import i18n
from tests import factories as f

pytestmark = pytest.mark.usefixtures("app")


class Trouble(Exception):
    """Something nobody thought of."""


def break_home(app, monkeypatch, error):
    """Let the first page raise this."""

    def raising(**_arguments):
        raise error

    monkeypatch.setitem(app.view_functions, "home.index", raising)


def test_a_page_that_is_not_there_says_so_in_the_readers_language(client):
    chinese = client().get("/nothing/here")
    assert chinese.status_code == 404
    assert re.search(r"<h1>[^<]*[\u4e00-\u9fff]", chinese.text)
    english = client()
    english.set_cookie("language", "en")
    page = english.get("/nothing/here").text
    assert "There is nothing at this address" in page
    assert '<html lang="en"' in page


def test_what_nobody_thought_of_is_a_page_with_a_reference_and_without_details(app, client, monkeypatch):
    break_home(app, monkeypatch, Trouble("secret detail"))
    answer = client().get("/")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    as_json = client().get("/", headers={"Accept": "application/json"})
    assert as_json.status_code == 500
    assert as_json.mimetype == "application/problem+json"
    assert "secret detail" not in as_json.text


@pytest.mark.parametrize(("error", "status"), [(OperationalError, 503), (IntegrityError, 409), (DataError, 422)])
@pytest.mark.parametrize("signed_in", [True, False])
def test_what_the_database_refuses_is_told_and_never_a_500(app, client, monkeypatch, error, status, signed_in):
    break_home(app, monkeypatch, error("SELECT 'a secret'", {}, Exception("inner secret")))
    answer = client(f.a_resident() if signed_in else None).get("/")
    assert answer.status_code == status
    assert "secret" not in answer.text
    if status == 503:
        assert answer.headers["Retry-After"]


def test_an_integrity_error_of_the_real_database_leaves_the_error_page_readable(app, client, monkeypatch):
    from sqlalchemy import text

    from gongzhi.kernel.db import session

    def collide(**_arguments):
        session().execute(text("UPDATE district SET code = NULL"))

    monkeypatch.setitem(app.view_functions, "home.index", collide)
    answer = client(f.a_resident("王一")).get("/")
    assert answer.status_code == 409
    assert "<h1>" in answer.text


def test_a_visitor_is_led_to_sign_in_and_back(client):
    answer = client().get("/notices?cursor=x")
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=/notices")


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/healthz", "/api/v1/issues", "/api/v1/nothing", "/static/nothing.css", "/notices"]
)
def test_every_answer_has_the_strict_headers(client, path):
    headers = client().get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Request-Id"]


def test_even_a_broken_page_has_the_strict_headers(app, client, monkeypatch):
    break_home(app, monkeypatch, Trouble())
    assert "default-src 'none'" in client().get("/").headers["Content-Security-Policy"]


def test_no_page_has_inline_script_or_style(client):
    issue = f.an_issue()
    f.a_comment(f.a_resident(), issue)
    browser = client(f.a_resident())
    for path in ("/", "/issues", f"/issues/{issue}", f"/comments/issue/{issue}", "/decisions", "/notices", "/sign-in"):
        page = browser.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:json|ld\+json)\")", page), path
        assert "<style" not in page, path
        assert not re.search(r"\sstyle=", page), path
        assert not re.search(r"\son[a-z]+=", page), path


def test_a_form_without_its_token_changes_nothing(client):
    resident, issue = f.a_resident(), f.an_issue()
    answer = client(resident).post(f"/comments/issue/{issue}", data={"body": "x", "stance": "for"}, token=False)
    assert answer.status_code == 403
    wrong = client(resident).post(
        f"/comments/issue/{issue}", data={"body": "x", "stance": "for"}, headers={"X-CSRFToken": "nonsense"}
    )
    assert wrong.status_code == 403
    assert client().get(f"/api/v1/issues/{issue}/comments").json["items"] == []


@pytest.mark.parametrize("cookie", ["", "nonsense", "a.b.c", "\u00ff" * 40, "x" * 4000, "eyJfdXNlcl9pZCI6WzFdfQ.x.y"])
def test_a_malformed_cookie_is_a_visitors(client, cookie):
    browser = client()
    browser.set_cookie("gongzhi", cookie)
    browser.set_cookie("language", cookie[:100])
    browser.set_cookie("district", cookie[:100])
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("query", ["%ff%fe", "cursor=%ff", "a=%00", "x" * 3000, "page=1&page=2", "order=%F0%28"])
def test_a_malformed_query_is_never_a_500(client, query):
    for path in ("/issues", "/decisions", "/search", "/api/v1/issues", "/api/v1/search"):
        assert client().get(f"{path}?{query}").status_code < 500, path


def test_a_request_of_too_many_bytes_or_parts_is_413(client):
    resident, issue = f.a_resident(), f.an_issue()
    answer = client(resident).post(f"/comments/issue/{issue}", data={"body": "长" * 2_000_000, "stance": "for"})
    assert answer.status_code == 413
    parts = {f"field{number}": "x" for number in range(2500)}
    many = client(resident).post(f"/comments/issue/{issue}", data=parts, content_type="multipart/form-data")
    assert many.status_code == 413


def test_money_and_times_are_shown_by_locale(app):
    from datetime import UTC, datetime

    moment = datetime(2020, 11, 24, 2, 32, tzinfo=UTC)
    with app.test_request_context(headers={"Cookie": "language=en"}):
        from flask import g

        g.locale = "en"
        assert i18n.show_datetime(moment) == "2020-11-24 10:32"
        assert i18n.show_money(1_200_050) == "CN¥12,000.50"
        g.locale = None
    with app.test_request_context():
        from flask import g

        g.locale = "zh_Hans_CN"
        assert i18n.show_datetime(moment) == "2020年11月24日 10:32"
        assert i18n.show_money(1_200_000) == "1.2万元"
