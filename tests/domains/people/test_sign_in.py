"""Signing in and out: what ends when, and what nobody learns."""

from datetime import timedelta

import time_machine

from gongzhi.domains.people import actions
from gongzhi.domains.people.models import Account
from gongzhi.domains.people.rules import SIGN_IN_PER_LOGIN
from gongzhi.kernel import clock
from tests.factories import PASSWORD, a_person, a_session, sessions_of, writing

WRONG = "Login or password is not right."


def sign_in_with(browser, login, password=PASSWORD, **more):
    return browser.post("/sign-in", data={"login": login, "password": password, **more})


def in_english(browser):
    browser.post("/preferences", data={"language": "en"})
    return browser


def test_a_person_signs_in_and_out_and_the_session_is_gone_from_the_database(client):
    person = a_person()
    browser = client()
    assert browser.get("/account").status_code == 302
    assert sign_in_with(browser, person.login).status_code == 302
    assert browser.get("/account").status_code == 200
    stolen = browser.get_cookie("gongzhi").value
    browser.post("/sign-out")
    assert browser.get("/account").status_code == 302
    thief = client()
    thief.set_cookie("gongzhi", stolen)
    assert thief.get("/account").status_code == 302


def test_signing_in_makes_a_new_session_and_keeps_nothing_an_attacker_planted(client):
    attacker, victim = a_person(), a_person()
    browser = client(attacker)
    planted = browser.get_cookie("gongzhi").value
    with browser.session_transaction() as kept:
        kept["planted"] = "yes"
    sign_in_with(browser, victim.login)
    with browser.session_transaction() as kept:
        assert "planted" not in kept
    other = client()
    other.set_cookie("gongzhi", planted)
    assert other.get("/account").status_code == 302, "the session from before the sign-in has ended"
    assert victim.name in browser.get("/account").text


def test_next_leads_only_to_pages_of_this_site(client):
    person = a_person()
    for evil in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nb"):
        assert sign_in_with(client(), person.login, next=evil).location == "/"
    assert sign_in_with(client(), person.login, next="/issues?kind=1").location == "/issues?kind=1"


def test_a_wrong_password_and_an_unknown_login_look_the_same(client):
    person = a_person()
    known = sign_in_with(in_english(client()), person.login, "wrong password")
    unknown = sign_in_with(in_english(client()), "nobody99@mail.gongzhi", "wrong password")
    assert known.status_code == unknown.status_code == 422
    assert WRONG in known.text
    strip = [person.login, "nobody99@mail.gongzhi"]
    assert _without(known.text, strip) == _without(unknown.text, strip)


def _without(text, words):
    lines = [line for line in text.splitlines() if "csrf" not in line]
    for word in words:
        lines = [line.replace(word, "…") for line in lines]
    return lines


def test_tries_are_limited_for_known_and_unknown_logins_alike(client):
    person = a_person()
    for login in (person.login, "nobody98@mail.gongzhi"):
        for _try in range(SIGN_IN_PER_LOGIN.most):
            assert sign_in_with(client(), login, "wrong password").status_code == 422
        refused = sign_in_with(client(), login.upper(), PASSWORD)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert sign_in_with(client(), person.login).status_code == 302


def test_a_right_password_forgives_the_tries_before(client):
    person = a_person()
    for _round in range(3):
        for _try in range(SIGN_IN_PER_LOGIN.most - 1):
            sign_in_with(client(), person.login, "wrong password")
        assert sign_in_with(client(), person.login).status_code == 302


def test_a_mobile_number_signs_in_however_it_is_written(client):
    person = a_person()
    with writing() as session:
        actions.registration.set_contact(
            session.get_one(Account, person.id), actions.registration.parse_contact("13800138000")
        )
    for written in ("138 0013 8000", "+86 13800138000", "0086-138-0013-8000"):
        assert sign_in_with(client(), written).status_code == 302, written


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(client):
    person = a_person()
    first, second, third = client(person), client(person), client(person)
    page = first.get("/account/sessions").text
    assert page.count('/end"') == 2
    first.post(f"/account/sessions/{sessions_of(person)[1].id}/end")
    assert second.get("/account").status_code == 302
    assert third.get("/account").status_code == 200
    first.post("/account/sessions/end-others")
    assert third.get("/account").status_code == 302
    assert first.get("/account").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(client):
    person, other = a_person(), a_person()
    client(other)
    victim = client(other)
    answer = client(person).post(f"/account/sessions/{sessions_of(other)[0].id}/end")
    assert answer.status_code == 404
    assert victim.get("/account").status_code == 200


def test_a_session_ends_by_itself_after_thirty_days(client):
    browser = client(a_person())
    with time_machine.travel(clock.now() + timedelta(days=29)):
        assert browser.get("/account").status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert browser.get("/account").status_code == 302


def test_use_is_noted_at_most_once_in_ten_minutes(client, sql_count):
    person = a_person()
    browser = client(person)
    began = sessions_of(person)[0].seen_at
    with time_machine.travel(clock.now() + timedelta(minutes=9)):
        browser.get("/account")
    assert sessions_of(person)[0].seen_at == began
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        browser.get("/account")
        assert sessions_of(person)[0].seen_at > began


def test_writes_without_the_token_of_the_page_are_refused(client):
    person = a_person()
    assert client(person).post("/sign-out", token=False).status_code == 403
    assert client().post("/sign-in", data={"login": person.login, "password": PASSWORD}, token=False).status_code == 403


def test_a_cookie_that_is_no_cookie_of_ours_is_a_visitor(client):
    for value in ("x", "eyJfdXNlcl9pZCI6MX0.x.y", "\u00e9" * 20, a_session(a_person())):
        browser = client()
        browser.set_cookie("gongzhi", value)
        assert browser.get("/account").status_code == 302
