"""Tokens that were replayed, forged, or made for something else; the host header; addresses that lead away."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.middleware.proxy_fix import ProxyFix

from gongzhi.reactions.notices.stopping import stop_token
from gongzhi.web import security
from tests import factories as f
from tests.domains.ballots.steps import a_ballot, cast, closed
from tests.domains.people.messages import newest_code, newest_link
from tests.security.world import plain

EVIL = "evil.example"
NEW = "another fine one"


def cookie_of(browser):
    return browser.get_cookie(browser.application.config["SESSION_COOKIE_NAME"]).value


def with_cookie(app, value):
    browser = app.test_client()
    browser.set_cookie(app.config["SESSION_COOKIE_NAME"], value)
    return browser


def signed_in(browser):
    return browser.get("/account").status_code == 200


# -- sessions


def test_signing_in_gives_a_session_that_was_not_known_before_and_takes_nothing_along(app, client):
    person, browser = f.a_resident(), client()
    with browser.session_transaction() as kept:
        kept["_user_id"], kept["planted"], kept["csrf_token"] = "chosen-by-somebody-else", "x", "known"
    before = cookie_of(browser)
    assert browser.post("/sign-in", data={"login": person.login, "password": person.password}).status_code == 302
    with browser.session_transaction() as kept:
        assert kept["_user_id"] != "chosen-by-somebody-else"
        assert "planted" not in kept
        assert kept.get("csrf_token") != "known"
    assert signed_in(browser)
    assert not signed_in(with_cookie(app, before))


def test_signing_in_again_makes_another_session(client):
    person, browser = f.a_resident(), client()
    seen = set()
    for _time in range(3):
        browser.post("/sign-in", data={"login": person.login, "password": person.password})
        with browser.session_transaction() as kept:
            seen.add(kept["_user_id"])
    assert len(seen) == 3


def test_a_cookie_kept_from_before_signing_out_leads_nowhere(app, client):
    browser = client(f.a_resident())
    kept = cookie_of(browser)
    assert signed_in(with_cookie(app, kept))
    browser.post("/sign-out")
    assert not signed_in(with_cookie(app, kept))


@pytest.mark.parametrize("change", ["first", "last", "none", "other key", "empty"])
def test_a_forged_cookie_is_a_visitor(app, client, change):
    good = cookie_of(client(f.a_resident()))
    with app.app_context():
        serializer = app.session_interface.get_signing_serializer(app)
        payload = serializer.loads(good)
        foreign = URLSafeTimedSerializer("another secret, also longer than 32 characters", salt="cookie-session")
    forged = {
        "first": ("A" if good[0] != "A" else "B") + good[1:],
        "last": good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        "none": good.rpartition(".")[0] + ".",
        "other key": foreign.dumps(payload),
        "empty": "",
    }[change]
    browser = with_cookie(app, forged)
    assert not signed_in(browser)
    assert browser.get("/").status_code == 200
    assert signed_in(with_cookie(app, good))


def test_each_kind_of_token_opens_only_its_own_door(app, client):
    """A browser's session is no bearer token, a bearer token no cookie, and a stop link neither."""
    person = f.a_resident()
    page, program = f.a_session(person), f.a_session(person, kind="token")
    stop = stop_token(person.id, "comment", "mail")
    for token, status in ((page, 401), (program, 200), (stop, 401), ("", 401)):
        answer = client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status, token
    for token in (program, stop):
        browser = app.test_client()
        with browser.session_transaction() as kept:
            kept["_user_id"] = token
        assert not signed_in(browser)
    for token in (page, program):
        assert client().get(f"/notices/stop/{token}").status_code == 404


def test_a_bearer_token_ends_with_its_sign_out_and_with_the_password(client):
    person = f.a_resident()
    first, second = f.bearer(person), f.bearer(person)
    assert client().delete("/api/v1/tokens/current", headers=first).status_code == 204
    assert client().get("/api/v1/me", headers=first).status_code == 401
    assert client().get("/api/v1/me", headers=second).status_code == 200
    done = client(person).post("/account/password", data={"current_password": person.password, "password": NEW})
    assert done.status_code == 302
    assert client().get("/api/v1/me", headers=second).status_code == 401


def test_behind_https_the_cookie_is_bound_to_this_host_and_out_of_reach_of_scripts(client):
    """The rules of both: a test application speaks http, so that the prefix is asked of one made for https."""
    person = f.a_resident()
    answer = client().post("/sign-in", data={"login": person.login, "password": person.password})
    sent = answer.headers["Set-Cookie"]
    assert "HttpOnly" in sent
    assert "SameSite=Lax" in sent
    assert "Domain=" not in sent
    made = Flask("with-https")
    security.init_app(made, replace(client().application.config["SETTINGS"], public_url="https://gongzhi.example"))
    assert made.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert made.config["SESSION_COOKIE_SECURE"] is True


# -- the token of a page


def test_the_token_of_a_page_counts_only_in_its_own_session(client):
    issue = f.an_issue()
    own, other = client(f.a_resident()), client(f.a_resident())
    address, data = f"/comments/issue/{issue}", {"body": "我也遇到了。", "stance": "for"}
    for token in (other.csrf_token(), "", "x.y.z", own.csrf_token()[:-1]):
        answer = own.post(address, data=data, headers={"X-CSRFToken": token})
        assert answer.status_code == 403
    assert client().get(f"/api/v1/issues/{issue}/comments").json["items"] == []
    assert own.post(address, data=data).status_code < 400


def test_the_token_of_before_signing_in_does_not_count_after_it(client):
    person, browser = f.a_resident(), client()
    browser.get("/sign-in")
    before = browser.csrf_token()
    browser.post("/sign-in", data={"login": person.login, "password": person.password})
    issue = f.an_issue()
    data = {"body": "我也遇到了。", "stance": "for"}
    refused = browser.post(f"/comments/issue/{issue}", data=data, headers={"X-CSRFToken": before})
    assert refused.status_code == 403


# -- links and codes that were sent


def test_a_code_is_used_once_and_on_its_own_page_only(client):
    person, other = f.a_person(), f.a_person()
    browser = client()
    page = browser.post("/password/forgotten", data={"contact": person.login}).location
    code = newest_code(browser)
    foreign = browser.post("/password/forgotten", data={"contact": other.login}).location
    if newest_code(browser) != code:
        assert browser.post(foreign, data={"code": code, "password": NEW}).status_code == 422
    key = page.rpartition("/")[2]
    assert browser.get(f"/register/{key}").status_code == 404
    assert client(person).get(f"/account/contact/{key}").status_code == 404
    assert browser.post(page, data={"code": code, "password": NEW}).status_code == 302
    assert browser.post(page, data={"code": code, "password": "yet another one"}).status_code == 404
    assert browser.post("/sign-in", data={"login": person.login, "password": NEW}).status_code == 302


def test_an_invitation_is_taken_once_and_a_changed_one_leads_nowhere(client):
    owner = f.an_enterprise()
    sent = client(owner).post(f"/organisations/{owner.acts_for}/invitations", data={"contact": "guest@mail.gongzhi"})
    assert sent.status_code == 302
    link = newest_link(client())
    guest, late = client(f.a_person()), client(f.a_person())
    for forged in (link[:-1], link[:-2] + "AA", link.swapcase().replace("/INVITATIONS", "/invitations")):
        assert guest.post(forged).status_code == 404
    assert guest.post(link).status_code == 302
    assert late.post(link).status_code == 404


def test_a_changed_stop_link_is_none(client):
    first, second = f.a_resident(), f.a_resident()
    token = stop_token(first.id, "comment", "mail")
    assert client().get(f"/notices/stop/{token}").status_code == 200
    value, _dot, signature = token.rpartition(".")
    other = stop_token(second.id, "comment", "mail").rpartition(".")[2]
    forged = (
        value.replace(first.id, second.id) + "." + signature,
        f"{value}.{other}",
        f"{value}.",
        value,
        value.replace("comment", "status") + "." + signature,
        token[:-1],
    )
    for one in forged:
        assert client().get(f"/notices/stop/{one}").status_code == 404, one
        assert client().post(f"/notices/stop/{one}", token=False).status_code == 404, one


def test_a_receipt_of_another_ballot_or_voter_finds_nothing(app, client):
    voter = f.a_resident()
    first, second = a_ballot(secret=True), a_ballot(secret=True)
    receipt = cast(voter, first)
    cast(voter, second)
    closed(first, app)
    closed(second, app)

    def find(ballot, typed):
        answer = client().post(f"/ballots/{ballot}/votes", data={"receipt": typed})
        assert answer.status_code == 200
        return plain(answer, typed)

    forged = receipt.commitment[::-1]
    assert find(first, receipt.commitment) != find(first, forged)
    assert find(second, receipt.commitment) == find(second, forged)


# -- host and addresses that lead away


def test_no_link_that_is_sent_or_shown_follows_the_host_header(app, client):
    person = f.a_person()
    lies = {"Host": EVIL, "X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "gopher", "Forwarded": f"host={EVIL}"}
    browser = client()
    browser.post("/password/forgotten", data={"contact": person.login}, headers=lies)
    browser.post(
        "/register",
        data={"contact": person.login, "name": "某人", "password": NEW, "agree": "y"},
        headers=lies,
    )
    assert EVIL not in browser.get("/outbox").text
    issue = f.an_issue()
    for path in ("/", "/issues", f"/issues/{issue}", f"/issues/{issue}/poster", "/sign-in", "/api/v1/openapi.json"):
        answer = client().get(path, headers=lies)
        assert answer.status_code == 200
        assert EVIL not in answer.text, path
    away = client().get("/account", headers=lies)
    assert away.status_code == 302
    assert away.location.startswith("/sign-in"), "a redirect names no host, so that it cannot follow one"


def test_forwarded_headers_count_only_from_as_many_proxies_as_are_trusted(app):
    assert not isinstance(app.wsgi_app, ProxyFix), "without a setting nobody in front is believed"
    answer = app.test_client().get("/healthz", headers={"X-Forwarded-For": "10.9.8.7", "X-Forwarded-Proto": "https"})
    assert answer.status_code == 200


AWAY = (
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "javascript:alert(1)", "data:text/html,x", "http:evil.example", "///evil.example", " //evil.example",
    "/%0d%0aLocation:https://evil.example", "/\r\nX-Injected: 1", "evil.example", "https:/evil.example",
)  # fmt: skip


def leads_away(answer):
    """Whether the answer sends a browser to another site, or carries a header that was smuggled in."""
    assert answer.status_code < 500
    assert "X-Injected" not in answer.headers
    where = answer.headers.get("Location", "/")
    return not where.startswith("/") or where.startswith(("//", "/\\")) or any(ord(sign) < 33 for sign in where)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("target", AWAY)
def test_no_next_and_no_back_leads_to_another_site(client, target):
    person = f.a_resident()
    login = {"login": person.login, "password": person.password, "next": target}
    issue, place = f.an_issue(), f.places().community.id
    browser = client(f.a_resident())
    for answer in (
        client().post("/sign-in", data=login),
        browser.post("/acting-as", data={"next": target, "as": ""}),
        client().post("/preferences", data={"next": target, "language": "en"}),
        client().get("/places/select", query_string={"next": target, "use": "1", "place_id": place}),
        browser.post(f"/issues/{issue}/vote", data={"choice": "support", "next": target, "back": target}),
        browser.post(f"/issues/{issue}/follow", data={"next": target, "back": target}),
        browser.post(
            f"/issues/{issue}/vote",
            data={"choice": "oppose"},
            headers={"Referer": f"https://evil.example{target}".translate({10: None, 13: None})},
        ),
    ):
        assert not leads_away(answer), answer.headers.get("Location")
    for path in ("/sign-in", "/register", "/places/select"):
        page = client().get(path, query_string={"next": target})
        assert page.status_code < 500
        assert f'href="{target}"' not in page.text
        assert not re.search(r'href="\s*(?:javascript|data):', page.text, re.IGNORECASE)


def test_a_next_of_this_site_is_followed(client):
    person = f.a_resident()
    login = {"login": person.login, "password": person.password, "next": "/issues?order=new"}
    assert client().post("/sign-in", data=login).location == "/issues?order=new"
