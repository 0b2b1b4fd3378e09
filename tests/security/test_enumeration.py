"""Whether somebody has an account is not told: neither by words, nor by status, nor by work that takes time.

Seconds are not measured, which would say more of the machine than of the code. Counted is what costs time: how
often a password is hashed, and which statements are sent to the database.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from gongzhi.kernel import secrets
from tests import factories as f
from tests.security.world import plain

NOBODY = "nobody77@mail.gongzhi"
WRONG = "a wrong password"
IDS = re.compile(r"\b[0-9a-z]{13}\b")


@pytest.fixture
def work(monkeypatch, sql_count):
    """`work(act)` is the answer of `act()`, how many passwords were hashed, and what was asked of which table."""
    hashed = Counter()

    def counted(name):
        real = getattr(secrets.PasswordHasher, name)

        def instead(self, *arguments, **more):
            hashed[name] += 1
            return real(self, *arguments, **more)

        return instead

    for name in ("hash", "verify"):
        monkeypatch.setattr(secrets.PasswordHasher, name, counted(name))

    def measure(act):
        hashed.clear()
        with sql_count() as statements:
            answer = act()
        kinds = Counter(" ".join(one.split()[:3]) for one in statements)
        return answer, dict(hashed), kinds

    return measure


def alike(one, other, *words):
    """Status, text and headers are the same, apart from what was typed and from ids."""
    assert one.status_code == other.status_code
    assert IDS.sub("·", plain(one, *words)) == IDS.sub("·", plain(other, *words))
    names = [sorted(set(each.headers.keys()) - {"Content-Length"}) for each in (one, other)]
    assert names[0] == names[1]
    assert IDS.sub("·", one.headers.get("Location", "")) == IDS.sub("·", other.headers.get("Location", ""))


def total(kinds):
    return sum(kinds.values())


def test_signing_in_does_the_same_work_for_an_account_and_for_none(client, work):
    person = f.a_person()

    def tries(login):
        return lambda: client().post("/sign-in", data={"login": login, "password": WRONG})

    known, unknown = work(tries(person.login)), work(tries(NOBODY))
    alike(known[0], unknown[0], person.login, NOBODY)
    assert known[1] == unknown[1] == {"verify": 1}
    assert known[2] == unknown[2]


def test_a_program_signing_in_learns_as_little(client, work):
    person = f.a_person()

    def tries(login):
        return lambda: client().post("/api/v1/tokens", json={"login": login, "password": WRONG})

    known, unknown = work(tries(person.login)), work(tries(NOBODY))
    alike(known[0], unknown[0])
    assert known[1] == unknown[1] == {"verify": 1}
    assert known[2] == unknown[2]


def test_a_disabled_account_is_told_only_to_whoever_has_its_password(client, work):
    person = f.a_person()
    assert client(f.an_admin()).post(f"/admin/accounts/{person.id}/disable", data={"reason": "测试"}).status_code == 302

    def tries(login):
        return lambda: client().post("/sign-in", data={"login": login, "password": WRONG})

    known, unknown = work(tries(person.login)), work(tries(NOBODY))
    alike(known[0], unknown[0], person.login, NOBODY)
    assert known[1] == unknown[1]


def test_asking_for_a_new_password_leads_to_the_same_page_by_the_same_work(client, work):
    person = f.a_person()

    def asks(contact):
        return lambda: client().post("/password/forgotten", data={"contact": contact})

    known, unknown = work(asks(person.login)), work(asks(NOBODY))
    alike(known[0], unknown[0])
    assert known[1] == unknown[1]
    assert abs(total(known[2]) - total(unknown[2])) <= 1, "one message more is written, and handed over later"
    pages = [client().get(each[0].location) for each in (known, unknown)]
    masked = [re.search(r"[\w*•]+@mail\.gongzhi", page.text).group() for page in pages]
    alike(*pages, *masked)


def test_a_code_for_nobody_is_refused_like_a_wrong_one(client, work):
    person = f.a_person()

    def guesses(contact):
        page = client().post("/password/forgotten", data={"contact": contact}).location
        return lambda: client().post(page, data={"code": "000000", "password": "another fine one"})

    known, unknown = work(guesses(person.login)), work(guesses(NOBODY))
    assert known[0].status_code == unknown[0].status_code == 422
    assert known[1] == unknown[1]
    assert known[2] == unknown[2]


def test_registering_a_contact_that_has_an_account_looks_like_registering_a_new_one(client, work):
    person = f.a_person()

    def registers(contact):
        data = {"contact": contact, "name": "陈小渝", "password": "another fine one", "agree": "y"}
        return lambda: client().post("/register", data=data)

    known, unknown = work(registers(person.login)), work(registers(NOBODY))
    alike(known[0], unknown[0])
    assert known[1] == unknown[1] == {"hash": 1}
    assert abs(total(known[2]) - total(unknown[2])) <= 1


def test_inviting_says_nothing_of_who_has_an_account(client, work):
    person, owner = f.a_person(), f.an_enterprise()
    browser = client(owner)
    browser.get("/account")  # who acts is known from now on, and costs neither of the two anything

    def invites(contact):
        return lambda: browser.post(f"/organisations/{owner.acts_for}/invitations", data={"contact": contact})

    known, unknown = work(invites(person.login)), work(invites(NOBODY))
    alike(known[0], unknown[0])
    assert total(known[2]) == total(unknown[2])


def test_accounts_are_searched_by_administrators_only(client):
    person = f.a_person()
    for somebody in (None, f.a_resident(), f.an_official()):
        answer = client(somebody).get("/admin/accounts", query_string={"q": person.login})
        assert answer.status_code in (302, 403)
        assert person.name not in answer.text
    assert client(f.an_admin()).get("/admin/accounts", query_string={"q": person.login}).status_code == 200
