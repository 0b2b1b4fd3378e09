"""Registration, forgotten passwords and changed contacts: a code proves the contact, and nobody learns who is here."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from gongzhi.domains.people.models import Account, ConfirmationCode
from gongzhi.kernel import clock
from tests import factories
from tests.at_once import at_once
from tests.domains.people.messages import messages_to, newest_code
from tests.factories import PASSWORD, a_person, reading, sessions_of

NEW = {"contact": "new.person@mail.gongzhi", "name": "陈小渝", "password": "a fine long password", "agree": "y"}


def register(browser, **more):
    answer = browser.post("/register", data={**NEW, **more})
    assert answer.status_code == 302, answer.text
    return answer.location


def accounts():
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Account))


@pytest.mark.parametrize("contact", ["new.person@mail.gongzhi", "138 0013 8000"])
def test_a_contact_is_confirmed_by_its_code_and_then_there_is_an_account(client, contact):
    browser = client()
    page = register(browser, contact=contact, next="/issues/new")
    assert accounts() == 0
    assert browser.post(page, data={"code": "000000x"}).status_code == 422
    done = browser.post(page, data={"code": newest_code(browser), "next": "/issues/new"})
    assert (done.status_code, done.location) == (302, "/issues/new")
    assert "陈小渝" in browser.get("/account").text
    assert browser.post(page, data={"code": newest_code(browser)}).status_code == 404, "used once"
    again = client()
    signed_in = again.post("/sign-in", data={"login": contact, "password": NEW["password"]})
    assert signed_in.status_code == 302


def test_a_contact_with_an_account_gets_a_notice_and_the_page_is_the_same(client):
    person = a_person()
    browser = client()
    known = browser.get(register(browser, contact=person.login))
    assert messages_to(browser, person.login) == 1
    fresh = browser.get(register(browser))

    def bare(answer):
        return [line for line in answer.text.splitlines() if not any(x in line for x in ("csrf", "/register/", "***"))]

    assert bare(known) == bare(fresh)
    with reading() as session:
        kinds = {usable for (usable,) in session.execute(select(ConfirmationCode.usable))}
    assert kinds == {True, False}


def test_a_code_is_tried_five_times_and_lives_fifteen_minutes(client):
    browser = client()
    page = register(browser)
    code = newest_code(browser)
    for _try in range(5):
        assert browser.post(page, data={"code": "xxxxxx"}).status_code == 422
    assert browser.post(page, data={"code": code}).status_code == 422
    assert accounts() == 0
    assert browser.post(f"{page}/again".replace("?", "")).status_code == 302
    fresh = newest_code(browser)
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert browser.post(page, data={"code": fresh}).status_code == 404
    assert browser.post(page, data={"code": fresh}).status_code == 302


def test_codes_to_one_contact_are_limited_whether_it_has_an_account_or_not(client):
    person = a_person()
    for contact in (person.login, "nobody97@mail.gongzhi"):
        browser = client()
        for _send in range(5):
            assert browser.post("/password/forgotten", data={"contact": contact}).status_code == 302
        assert browser.post("/password/forgotten", data={"contact": contact}).status_code == 429


def test_two_who_confirm_one_contact_make_one_account(client):
    first, second = client(), client()
    page, other = register(first), register(second, name="另一个人")
    code_of_second = newest_code(second)
    first.post(f"{page}/again")
    assert first.post(page, data={"code": newest_code(first)}).status_code == 302
    assert second.post(other, data={"code": code_of_second}).status_code == 409
    assert accounts() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contact", "not a contact"),
        ("contact", "023-63831234"),
        ("contact", "a@b"),
        ("contact", "x" * 400),
        ("name", "   "),
        ("name", "名" * 41),
        ("password", "short"),
        ("password", "aaaaaaaaaaaa"),
        ("password", "new.person@mail.gongzhi"),
        ("password", "p" * 201),
        ("agree", ""),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field_and_the_rest_is_kept(client, field, value):
    answer = client().post("/register", data={**NEW, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    if field != "name":
        assert "陈小渝" in answer.text
    assert accounts() == 0


def test_a_forgotten_password_is_replaced_and_every_session_ends(client):
    person = a_person()
    elsewhere, browser = client(person), client()
    page = browser.post("/password/forgotten", data={"contact": person.login}).location
    assert browser.post(page, data={"code": "000000x", "password": "another fine one"}).status_code == 422
    done = browser.post(page, data={"code": newest_code(browser), "password": "another fine one"})
    assert (done.status_code, done.location) == (302, "/sign-in")
    assert elsewhere.get("/account").status_code == 302
    assert all(one.revoked_at for one in sessions_of(person))
    assert browser.post("/sign-in", data={"login": person.login, "password": PASSWORD}).status_code == 422
    assert browser.post("/sign-in", data={"login": person.login, "password": "another fine one"}).status_code == 302


def test_forgetting_the_password_of_an_unknown_contact_looks_alike_and_sends_nothing(client):
    browser = client()
    page = browser.post("/password/forgotten", data={"contact": "nobody@mail.gongzhi"})
    assert page.status_code == 302
    assert browser.get(page.location).status_code == 200
    assert messages_to(browser, "nobody@mail.gongzhi") == 0
    assert browser.post(page.location, data={"code": "123456", "password": "another fine one"}).status_code == 422


def test_changing_the_password_needs_the_present_one_and_signs_other_devices_out(client):
    person = a_person()
    browser, elsewhere = client(person), client(person)
    wrong = browser.post("/account/password", data={"current_password": "nope", "password": "another fine one"})
    assert wrong.status_code == 422
    done = browser.post("/account/password", data={"current_password": PASSWORD, "password": "another fine one"})
    assert done.status_code == 302
    assert browser.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302


def test_a_new_contact_is_confirmed_first_and_the_old_one_is_told(client):
    person = a_person()
    browser, thief = client(person), client(a_person())
    asked = browser.post("/account/contact", data={"contact": "fresh@mail.gongzhi", "current_password": PASSWORD})
    assert browser.post(asked.location, data={"code": "x"}).status_code == 422
    assert client().post("/sign-in", data={"login": "fresh@mail.gongzhi", "password": PASSWORD}).status_code == 422
    code = newest_code(browser)
    assert thief.post(asked.location, data={"code": code}).status_code == 404, "a code is only its owner's"
    assert browser.post(asked.location, data={"code": code}).status_code == 302
    assert messages_to(browser, person.login) == 1
    assert client().post("/sign-in", data={"login": person.login, "password": PASSWORD}).status_code == 422
    assert client().post("/sign-in", data={"login": "fresh@mail.gongzhi", "password": PASSWORD}).status_code == 302


def with_both_contacts(client):
    """Somebody with an e-mail address and a mobile number, and a browser of theirs."""
    person = a_person()
    browser = client(person)
    asked = browser.post("/account/contact", data={"contact": "13800001234", "current_password": PASSWORD})
    assert browser.post(asked.location, data={"code": newest_code(browser)}).status_code == 302
    return person, browser


def test_one_of_two_contacts_is_removed_with_the_password_and_never_the_last(client):
    person, browser = with_both_contacts(client)
    remove = "/account/contacts/email/remove"
    assert remove in browser.get("/account").text
    assert "2345" not in browser.get(remove).text
    assert browser.post(remove, data={"current_password": "nope"}).status_code == 422
    assert client().post(remove, data={"current_password": PASSWORD}).status_code == 302
    assert client().post("/sign-in", data={"login": person.login, "password": PASSWORD}).status_code == 302
    told = messages_to(browser, person.login)
    assert browser.post(remove, data={"current_password": PASSWORD}).location == "/account"
    assert messages_to(browser, person.login) == told + 1
    assert client().post("/sign-in", data={"login": person.login, "password": PASSWORD}).status_code == 422
    assert client().post("/sign-in", data={"login": "13800001234", "password": PASSWORD}).status_code == 302
    assert "/remove" not in browser.get("/account").text
    assert browser.post(remove, data={"current_password": PASSWORD}).status_code == 404
    last = browser.post("/account/contacts/phone/remove", data={"current_password": PASSWORD})
    assert last.status_code == 409
    assert "唯一的联系方式" in last.text
    assert browser.get("/account/contacts/other/remove").status_code == 404


def test_two_removals_at_once_leave_one_contact(app, client):
    person, _browser = with_both_contacts(client)
    browsers = [client(person) for _ in range(2)]
    for browser in browsers:
        browser.csrf_token()

    def remove(browser, kind):
        return lambda: (
            browser.post(
                f"/account/contacts/{kind}/remove",
                data={"current_password": PASSWORD},
                headers={"X-CSRFToken": browser.csrf_token()},
            ).status_code
        )

    answers = at_once(*(remove(browser, kind) for browser, kind in zip(browsers, ("email", "phone"), strict=True)))
    assert sorted(answers) == [302, 409]
    signed_in = [
        client().post("/sign-in", data={"login": login, "password": PASSWORD}).status_code
        for login in (person.login, "13800001234")
    ]
    assert sorted(signed_in) == [302, 422]


def test_other_devices_are_told_of_a_removed_contact(client):
    person, browser = with_both_contacts(client)
    elsewhere = client(person)
    browser.post("/account/contacts/phone/remove", data={"current_password": PASSWORD})
    factories.deliver()
    assert "您的账户移除了一个联系方式" in elsewhere.get("/notices").text


def test_unknown_pages_of_codes_are_not_found(client):
    for page in ("/register/0000000000000", "/register/x", "/password/reset/%F0%9F%98%80", "/register/" + "a" * 300):
        assert client().get(page).status_code == 404
