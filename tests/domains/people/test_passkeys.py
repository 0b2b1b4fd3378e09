"""Passkeys: made, used alone and as a second step, each challenge answered once, copied keys found out."""

import json
from datetime import timedelta

import pytest
import time_machine

from gongzhi.domains.people.models import Account, AccountState, Passkey
from gongzhi.kernel import clock
from tests.authenticator import Authenticator
from tests.factories import a_person, a_resident, an_official, reading, writing

from .strong import OPTIONS, give_password, is_in, set_up_app, set_up_passkey, the_site


def sign_in(browser, device, **more):
    """With the passkey alone."""
    challenge = browser.post(f"{OPTIONS}sign_in").json
    return browser.post("/sign-in/passkey", data={"passkey": device.answer(challenge, **more), "next": "/issues"})


def test_a_passkey_signs_in_alone_without_password_and_second_step(client):
    person = a_person()
    owner = client(person)
    set_up_app(owner)
    device = set_up_passkey(owner)
    browser = client()
    assert sign_in(browser, device).location == "/issues"
    assert is_in(browser)
    assert person.name in browser.get("/account").text


def test_several_passkeys_have_names_last_use_and_can_be_removed(client):
    person = a_person()
    owner = client(person)
    phone, laptop = set_up_passkey(owner, "我的手机"), set_up_passkey(owner, "办公电脑")
    sign_in(client(), laptop)
    page = owner.get("/account/security").text
    assert "我的手机" in page and "办公电脑" in page
    with reading() as session:
        keys = {one.name: one for one in session.query(Passkey).filter_by(account_id=person.id)}
    assert keys["办公电脑"].used_at is not None and keys["我的手机"].used_at is None
    assert client(a_person()).post(f"/account/security/passkeys/{keys['我的手机'].id}/remove").status_code == 404
    assert owner.post(f"/account/security/passkeys/{keys['我的手机'].id}/remove").status_code == 302
    assert sign_in(client(), phone).status_code == 422
    assert sign_in(client(), laptop).status_code == 302


def test_a_passkey_is_a_second_step_after_the_password(client):
    person = a_person()
    device = set_up_passkey(client(person), verifies=True)
    browser = client()
    assert give_password(browser, person).location == "/sign-in/second"
    challenge = browser.post(f"{OPTIONS}second").json
    assert browser.post("/sign-in/second", data={"passkey": device.answer(challenge)}).status_code == 302
    assert is_in(browser)


def test_a_device_that_did_not_verify_its_owner_is_no_sole_factor(client):
    person = a_person()
    device = set_up_passkey(client(person))
    device.verifies = False
    assert sign_in(client(), device).status_code == 422
    browser = client()
    give_password(browser, person)
    challenge = browser.post(f"{OPTIONS}second").json
    assert browser.post("/sign-in/second", data={"passkey": device.answer(challenge)}).status_code == 302


def test_each_answer_counts_once_and_for_five_minutes_and_for_one_purpose(client):
    person = a_person()
    owner = client(person)
    device = set_up_passkey(owner)
    challenge = client().post(f"{OPTIONS}sign_in").json
    answer = device.answer(challenge)
    assert client().post("/sign-in/passkey", data={"passkey": answer}).status_code == 302
    assert client().post("/sign-in/passkey", data={"passkey": answer}).status_code == 422
    old = client().post(f"{OPTIONS}sign_in").json
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert client().post("/sign-in/passkey", data={"passkey": device.answer(old)}).status_code == 422
    proof = owner.post(f"{OPTIONS}prove").json
    assert client().post("/sign-in/passkey", data={"passkey": device.answer(proof)}).status_code == 422


def test_a_counter_that_does_not_grow_betrays_a_copied_key(client):
    device = set_up_passkey(client(a_person()))
    assert sign_in(client(), device, count=7).status_code == 302
    assert sign_in(client(), device, count=7).status_code == 422
    assert sign_in(client(), device, count=6).status_code == 422
    assert sign_in(client(), device, count=8).status_code == 302


@pytest.mark.parametrize("wrong", ["origin", "rp", "key", "user"])
def test_an_answer_for_another_site_or_by_another_key_is_refused(client, wrong):
    device = set_up_passkey(client(a_person()))
    if wrong == "origin":
        device.origin = "https://evil.example"
    if wrong == "rp":
        device.rp_id = "evil.example"
    if wrong == "key":
        device.key = Authenticator("", "").key
    more = {"user": b"somebody else"} if wrong == "user" else {}
    assert sign_in(client(), device, **more).status_code == 422


def test_a_passkey_belongs_to_one_account_and_challenges_to_who_asked(client):
    first, second = client(a_person()), client(a_person())
    device = set_up_passkey(first)
    made = device.make(second.post(f"{OPTIONS}register").json)
    assert second.post("/account/security/passkeys/new", data={"passkey": made}).status_code == 422
    other = Authenticator(*the_site(first.application))
    stolen = other.make(first.post(f"{OPTIONS}register").json)
    assert second.post("/account/security/passkeys/new", data={"passkey": stolen}).status_code == 422
    for purpose in ("second", "prove", "register", "nonsense"):
        assert client().post(f"{OPTIONS}{purpose}").status_code == 404


@pytest.mark.parametrize("junk", ["", "{}", "[]", "null", '{"response": {"clientDataJSON": "e30"}}', "x" * 30_000])
def test_junk_is_refused_and_never_an_error_of_ours(client, junk):
    owner = client(a_person())
    assert client().post("/sign-in/passkey", data={"passkey": junk}).status_code == 422
    assert owner.post("/account/security/passkeys/new", data={"passkey": junk}).status_code == 422
    challenge = owner.post(f"{OPTIONS}register").json["challenge"]
    broken = json.dumps({"id": "x", "response": {"clientDataJSON": challenge}})
    assert owner.post("/account/security/passkeys/new", data={"passkey": broken}).status_code == 422


def test_a_disabled_account_is_not_opened_by_a_passkey(client):
    person = a_person()
    device = set_up_passkey(client(person))
    with writing() as session:
        session.get_one(Account, person.id).state = AccountState.DISABLED
    browser = client()
    assert sign_in(browser, device).status_code == 422
    assert not is_in(browser)


def test_an_official_with_a_passkey_keeps_the_office_after_the_grace(client):
    official = an_official()
    device = set_up_passkey(client(official))
    with time_machine.travel(clock.now() + timedelta(days=20)):
        browser = client()
        sign_in(browser, device)
        assert browser.get("/api/v1/me").json["acting_for"] == official.acts_for


def test_the_sign_in_page_offers_a_passkey_and_works_without(client):
    page = client().get("/sign-in").text
    assert 'data-passkey="sign_in"' in page
    assert "hidden" in page.partition('data-passkey="sign_in"')[2].partition(">")[0]
    assert client(a_resident()).get("/account/security/passkeys/new").status_code == 200
