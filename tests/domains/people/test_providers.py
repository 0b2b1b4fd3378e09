"""Signing in through another provider, against a real one on loopback: there and back, and every wrong answer."""

import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine

from gongzhi.domains.people import oidc
from gongzhi.domains.people.models import Account, ProviderLink
from gongzhi.kernel import clock
from gongzhi.kernel.settings import Provider, WrongSetting, load
from tests import provider as real
from tests.factories import PASSWORD, a_person, reading

from .strong import give_password, is_in, set_up_app


@pytest.fixture(scope="module")
def providers():
    """Two providers, so that one can be taken for the other."""
    with ExitStack() as stack:
        yield [stack.enter_context(real.running()) for _ in range(2)]


@pytest.fixture
def city(app, providers):
    """The provider `city`, behaving well; beside it one named `other`."""
    oidc.forget_known()
    for one in providers:
        one.behave()
    before = app.config["SETTINGS"]
    known = tuple(
        Provider(name, one.issuer, real.CLIENT, real.SECRET, label)
        for name, label, one in zip(("city", "other"), ("渝快办示例", "Other"), providers, strict=True)
    )
    app.config["SETTINGS"] = replace(before, providers=known)
    yield providers[0]
    app.config["SETTINGS"] = before


def way(browser, name="city", **query):
    """Start the way: the address at the provider."""
    answer = browser.get(f"/sign-in/with/{name}", query_string=query)
    assert answer.status_code == 302, answer.text
    return answer.location


def back(browser, city, **query):
    """To the provider and back; the site's answer."""
    return browser.get(city.visit(way(browser, **query)))


def link(browser, city, person):
    """Link with the password; the browser is signed in afterwards."""
    page = back(browser, city).location
    return browser.post(page, data={"login": person.login, "password": PASSWORD})


def links():
    with reading() as session:
        return session.query(ProviderLink).all()


def test_the_sign_in_page_offers_the_providers_and_asks_for_pkce_state_and_nonce(client, city):
    browser = client()
    assert "渝快办示例" in browser.get("/sign-in").text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(way(browser)).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43 and len(asked["state"]) > 40 and len(asked["nonce"]) > 40
    assert asked["redirect_uri"].endswith("/sign-in/with/city/back")
    assert asked["scope"].split()[0] == "openid"
    assert client().get("/sign-in/with/nobody").status_code == 404


def test_an_account_is_linked_with_its_password_and_opened_from_then_on(client, city):
    person = a_person()
    browser = client()
    page = back(browser, city, next="/issues").location
    assert page.startswith("/sign-in/visits/")
    assert not is_in(browser)
    assert browser.post(page, data={"login": person.login, "password": "wrong password"}).status_code == 422
    assert links() == []
    assert browser.post(page, data={"login": person.login, "password": PASSWORD}).location == "/issues"
    assert is_in(browser) and links()[0].account_id == person.id
    again = client()
    assert back(again, city, next="/decisions").location == "/decisions"
    assert is_in(again)
    assert browser.post(page, data={"login": person.login, "password": PASSWORD}).status_code == 404


def test_the_same_e_mail_address_opens_nothing_and_makes_no_second_account(client, city):
    person = a_person()
    city.behave(claims={"email": person.login})
    browser = client()
    page = back(browser, city).location
    shown = browser.get(page).text
    assert person.login not in shown
    assert "/register" not in shown.partition("<main")[2].replace('href="/register"', "")
    refused = browser.post(f"{page}/register", data={"name": "我", "agree": "y"})
    assert refused.status_code == 409
    assert not is_in(browser) and links() == []


def test_a_new_person_gets_an_account_with_the_address_the_provider_confirmed(client, city):
    city.behave(claims={"email": "new-person@mail.gongzhi", "sub": "person-2"})
    browser = client()
    page = back(browser, city).location
    assert browser.post(f"{page}/register", data={"name": "", "agree": "y"}).status_code == 422
    assert browser.post(f"{page}/register", data={"name": "小渝", "agree": "y"}).status_code == 302
    assert "小渝" in browser.get("/account").text
    with reading() as session:
        made = session.query(Account).filter_by(name="小渝").one()
    assert (made.level, made.password_hash) == (1, "!")
    for password in ("", "!", "gongzhi-demo"):
        answer = client().post("/sign-in", data={"login": "new-person@mail.gongzhi", "password": password})
        assert answer.status_code == 422
    assert browser.post(f"/account/security/providers/{links()[0].id}/unlink").status_code == 409
    assert "您的账号没有密码" in browser.get("/account/security").text


def test_an_address_the_provider_did_not_confirm_makes_no_account(client, city):
    city.behave(claims={"email": "unsure@mail.gongzhi", "email_verified": False})
    browser = client()
    page = back(browser, city).location
    assert browser.post(f"{page}/register", data={"name": "我", "agree": "y"}).status_code == 409


def test_somebody_signed_in_links_by_saying_so_and_unlinks(client, city):
    person, other = a_person(), a_person()
    browser = client(person)
    page = back(browser, city).location
    assert links() == [], "coming back alone links nothing"
    assert browser.post(page).location == "/account/security"
    assert "渝快办示例" in browser.get("/account/security").text
    held = links()[0]
    assert client(other).post(f"/account/security/providers/{held.id}/unlink").status_code == 404
    stranger = client(other)
    back(stranger, city)
    assert len(links()) == 1, "it belongs to another account"
    assert browser.post(f"/account/security/providers/{held.id}/unlink").status_code == 302
    assert links() == []


def test_linking_is_a_decisive_act_and_needs_the_token_of_the_page(client, city):
    person = a_person()
    browser = client()
    give_password(browser, person)
    page = back(browser, city).location
    assert browser.post(page, token=False).status_code == 403
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert browser.post(page).status_code == 401
        assert links() == []
        assert browser.post(page, data={"proof-password": PASSWORD}).status_code == 302
    assert len(links()) == 1


def test_a_second_step_is_asked_for_here_as_well_and_a_password_alone_links_nothing(client, city):
    person = a_person()
    owner = client(person)
    owner.post(back(owner, city).location)
    _app, codes = set_up_app(owner)
    browser = client()
    assert back(browser, city).location == "/sign-in/second"
    assert not is_in(browser)
    assert browser.post("/sign-in/second", data={"code": codes[0]}).status_code == 302
    city.behave(claims={"sub": "somebody else"})
    thief = client()
    page = back(thief, city).location
    assert thief.post(page, data={"login": person.login, "password": PASSWORD}).location == "/sign-in/second"
    assert len(links()) == 1


WRONG = {
    "nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "audience": {"claims": {"aud": "somebody else"}},
    "many audiences": {"claims": {"aud": ["somebody else", real.CLIENT]}},
    "expired": {"claims": {"exp": int(time.time()) - 3600}},
    "issuer": {"claims": {"iss": "https://evil.example"}},
    "no subject": {"claims": {"sub": None}},
    "foreign key": {"foreign_key": True},
    "answer of another": {"answer": {"iss": "https://evil.example"}},
    "answer of nobody": {"answer": {"iss": ""}},
    "error": {"answer": {"code": "", "error": "access_denied"}},
}


@pytest.mark.parametrize("wrong", list(WRONG))
def test_an_answer_that_is_not_right_in_every_part_signs_nobody_in(client, city, wrong):
    person = a_person()
    link(client(), city, person)
    city.behave(**WRONG[wrong])
    browser = client()
    assert back(browser, city).status_code == 502
    assert not is_in(browser)
    city.behave()
    assert back(browser, city).status_code == 302 and is_in(browser)


def test_a_state_is_used_once_by_the_browser_that_began_within_fifteen_minutes(client, city):
    link(client(), city, a_person())
    browser = client()
    answer = city.visit(way(browser))
    assert client().get(answer).status_code == 404, "another browser, as in a forged sign-in"
    assert browser.get(answer).status_code == 302 and is_in(browser)
    browser.post("/sign-out")
    assert browser.get(answer).status_code == 404, "replayed"
    late = client()
    answer = city.visit(way(late))
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert late.get(answer).status_code == 404
    assert client().get("/sign-in/with/city/back?code=x&state=y").status_code == 404


def test_a_code_is_used_once_and_not_at_another_provider(client, city, providers):
    link(client(), city, a_person())
    browser, other = client(), client()
    first = city.visit(way(browser))
    code = parse_qs(urlsplit(first).query)["code"][0]
    assert browser.get(first).status_code == 302
    second = parse_qs(urlsplit(city.visit(way(other))).query)
    replayed = urlencode({"code": code, "state": second["state"][0], "iss": city.issuer})
    assert other.get(f"/sign-in/with/city/back?{replayed}").status_code == 502
    mixed = client()
    answer = urlsplit(city.visit(way(mixed)))
    assert mixed.get(f"/sign-in/with/other/back?{answer.query}").status_code == 404, "mixed up"
    named = {name: values[0] for name, values in parse_qs(urlsplit(city.visit(way(mixed))).query).items()}
    named["iss"] = providers[1].issuer
    assert mixed.get(f"/sign-in/with/city/back?{urlencode(named)}").status_code == 502
    assert not is_in(mixed)


@pytest.mark.parametrize(
    "description",
    [{"issuer": "https://evil.example"}, {"token_endpoint": "ftp://evil.example"}, {"jwks_uri": None}],
)
def test_a_provider_that_calls_itself_otherwise_is_not_used(client, city, description):
    city.behave(description=description)
    assert client().get("/sign-in/with/city").status_code == 502
    slash = {"issuer": f"{city.issuer}/"}
    city.behave(description=slash)
    assert client().get("/sign-in/with/city").status_code == 502


def test_a_provider_that_is_away_is_said_so(client, app, city):
    away = replace(app.config["SETTINGS"].providers[0], issuer="http://127.0.0.1:9")
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], providers=(away,))
    page = client().get("/sign-in/with/city")
    assert page.status_code == 502 and "第三方登录未成功" in page.text


GOOD = {
    "GONGZHI_OIDC_CITY_ISSUER": "https://id.example.gov.cn",
    "GONGZHI_OIDC_CITY_CLIENT_ID": "gongzhi",
    "GONGZHI_OIDC_CITY_CLIENT_SECRET": "secret",
}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"GONGZHI_OIDC_CITY_ISSUER": "http://id.example.gov.cn"}, "GONGZHI_OIDC_CITY_ISSUER"),
        ({"GONGZHI_OIDC_CITY_ISSUER": "id.example"}, "GONGZHI_OIDC_CITY_ISSUER"),
        ({"GONGZHI_OIDC_CITY_ISSUER": ""}, "GONGZHI_OIDC_CITY_ISSUER"),
        ({"GONGZHI_OIDC_CITY_CLIENT_ID": ""}, "GONGZHI_OIDC_CITY_CLIENT_ID"),
        ({"GONGZHI_OIDC_CITY_CLIENT_SECRET": " "}, "GONGZHI_OIDC_CITY_CLIENT_SECRET"),
        ({"GONGZHI_OIDC_CITY_SECRET": "x"}, "GONGZHI_OIDC_CITY_SECRET"),
        ({"GONGZHI_OIDC_CITY_LABEL": "长" * 41}, "GONGZHI_OIDC_CITY_LABEL"),
        ({"GONGZHI_SECOND_STEP_GRACE_DAYS": "31"}, "GONGZHI_SECOND_STEP_GRACE_DAYS"),
        ({"GONGZHI_SECOND_STEP_GRACE_DAYS": "never"}, "GONGZHI_SECOND_STEP_GRACE_DAYS"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name_and_the_form(tmp_path, change, named):
    settings = {**GOOD, "GONGZHI_DATA_DIR": str(tmp_path)}
    good = load(settings)
    assert [one.name for one in good.providers] == ["city"]
    assert (good.providers[0].label, good.grace_days) == ("City", 7)
    with pytest.raises(WrongSetting, match=f"^{named}: expected "):
        load({**settings, **change})
