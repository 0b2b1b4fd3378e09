"""HTML forms driven by Hypothesis: whatever is typed, never a 5xx, and what was refused is still there."""

from __future__ import annotations

import html
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories as f

BOUNDED = settings(
    max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TYPED = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="<>&\"'/\\\u202e\u200b\x00 字\n%", max_size=60),
    st.sampled_from(["", " ", "长" * 5000, "0", "-1", "1e99999999", "NaN", "2026-02-30", "0000000000000", "../../etc"]),
)


def as_sent(text):
    """Text as a browser can send it: without halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode()


def fields(*names):
    """Any text for each of these fields, or nothing at all."""
    return st.fixed_dictionaries({}, optional={name: TYPED.map(as_sent) for name in names})


def assert_kept(answer, sent, name):
    """A refused form still shows what was typed into this field."""
    assert answer.status_code < 500
    if answer.status_code == 422 and sent.get(name, "").strip():
        words = sent[name].replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip()
        shown = html.unescape(answer.text).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
        assert words in shown


@pytest.fixture
def desk():
    """An official, a decision of theirs in drafting, one on notice with a promise, and an issue with a comment."""
    office = f.an_office(f.places().subdistrict)
    author, second = f.an_official(office), f.an_official(office)
    issue = f.an_issue()
    comment = f.a_comment(author.for_oneself(), issue)
    draft, noticed = f.a_decision(author, [issue]), f.a_decision(author, [issue])
    f.step(author, noticed, "submit")
    f.step(second, noticed, "approve")
    return {"author": author, "issue": issue, "comment": comment, "draft": draft, "noticed": noticed}


def test_comments_take_anything(app, client, desk):
    browser = client(f.a_resident())
    own = client(desk["author"].for_oneself())

    @BOUNDED
    @given(fields("body", "stance", "parent", "version"))
    def any_words(sent):
        assert_kept(browser.post(f"/comments/issue/{desk['issue']}", data=sent), sent, "body")
        assert_kept(own.post(f"/comments/{desk['comment']}/edit", data=sent), sent, "body")
        assert (
            browser.post(f"/comments/{desk['comment']}/react", data={"kind": sent.get("stance", "")}).status_code < 500
        )

    any_words()


def test_drafts_of_decisions_take_anything(app, client, desk):
    browser = client(desk["author"])
    names = (
        "title", "body", "grounds", "adopted", "not_adopted", "issues", "responsible", "money", "money_source",
        "notice_days", "version", "promises-0-text", "promises-0-responsible", "promises-0-due_on", "promises-99-text",
        f"adoption-{desk['comment']}", "adoption-nonsense", f"adoption_reason-{desk['comment']}",
    )  # fmt: skip

    @BOUNDED
    @given(fields(*names))
    def any_words(sent):
        for address in ("/decisions/new", f"/decisions/{desk['draft']}/edit"):
            answer = browser.post(address, data=sent)
            for name in ("body", "grounds", "title"):
                assert_kept(answer, sent, name)

    any_words()


def test_reasons_objections_reports_and_ratings_take_anything(app, client, desk):
    office, resident = client(desk["author"]), client(f.a_resident())

    @BOUNDED
    @given(
        fields("body", "reason", "solved", "satisfaction", "comment", "commitment", "state", "note", "version", "on")
    )
    def any_words(sent):
        assert_kept(resident.post(f"/decisions/{desk['noticed']}/objections", data=sent), sent, "body")
        assert resident.post(f"/decisions/{desk['noticed']}/rating", data=sent).status_code < 500
        assert resident.post(f"/decisions/{desk['noticed']}/follow", data=sent).status_code < 500
        assert office.post(f"/decisions/{desk['noticed']}/progress", data=sent).status_code < 500
        for step in ("submit", "approve", "publish", "complete", "return"):
            assert office.post(f"/decisions/{desk['noticed']}/{step}", data=sent).status_code < 500

    any_words()


def test_addresses_take_any_id_and_any_query(app, client, desk):
    browser = client(desk["author"])

    @BOUNDED
    @given(TYPED.map(as_sent), fields("cursor", "comments", "order", "state", "place", "issue", "q"))
    def anything(key, query):
        for address in ("/comments/issue/{}", "/comments/{}", "/comments/replies/{}", "/decisions/{}", "/notices/{}"):
            assert browser.get(address.format(quote(key, safe="")), query_string=query).status_code < 500
        for address in ("/decisions", "/decisions/new", "/notices", f"/comments/issue/{desk['issue']}"):
            assert browser.get(address, query_string=query).status_code < 500

    anything()
