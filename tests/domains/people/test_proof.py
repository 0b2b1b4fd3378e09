"""Decisive acts ask again who it is, ten minutes after the last proof, with what was typed kept."""

import re
from datetime import timedelta

import time_machine

from gongzhi.domains.people.models import Account, RoleGrant
from gongzhi.domains.people.rules import SECOND_PER_ACCOUNT
from gongzhi.kernel import clock
from gongzhi.kernel.api import operations
from tests.factories import (
    PASSWORD,
    a_decision,
    a_person,
    a_resident,
    an_admin,
    an_issue,
    an_office,
    an_official,
    bearer,
    places,
    reading,
    step,
    writing,
)

from .strong import OPTIONS, give_password, set_up_app, set_up_passkey

LATER = timedelta(minutes=11)
WRONG = {"proof-password": "wrong password"}
RIGHT = {"proof-password": PASSWORD}


def signed_in(client, person):
    browser = client()
    assert give_password(browser, person).status_code == 302
    return browser


def grants_of(person):
    with reading() as session:
        return session.query(RoleGrant).filter_by(account_id=person.id).count()


def test_within_ten_minutes_of_signing_in_nobody_is_asked(client):
    person = a_person()
    admin = signed_in(client, an_admin())
    with time_machine.travel(clock.now() + timedelta(minutes=9)):
        granted = admin.post(
            f"/admin/accounts/{person.id}/roles", data={"grant-role": "evaluator", "grant-reason": "评估任务"}
        )
        assert granted.status_code == 302
    assert grants_of(person) == 1


def test_later_the_same_page_asks_keeps_what_was_typed_and_then_does_it(client):
    person = a_person()
    admin = signed_in(client, an_admin())
    typed = {"grant-role": "evaluator", "grant-reason": '评估 <b>"任务"</b>'}
    with time_machine.travel(clock.now() + LATER):
        asked = admin.post(f"/admin/accounts/{person.id}/roles", data=typed)
        assert asked.status_code == 401
        assert grants_of(person) == 0
        assert 'value="评估 &lt;b&gt;&#34;任务&#34;&lt;/b&gt;"' in asked.text
        assert f'action="/admin/accounts/{person.id}/roles"' in asked.text
        wrong = admin.post(f"/admin/accounts/{person.id}/roles", data={**typed, **WRONG})
        assert wrong.status_code == 401
        assert "wrong password" not in wrong.text
        assert 'value="评估' in wrong.text
        assert grants_of(person) == 0
        assert admin.post(f"/admin/accounts/{person.id}/roles", data={**typed, **RIGHT}).status_code == 302
        assert grants_of(person) == 1
        again = admin.post(f"/admin/accounts/{person.id}/roles", data={**typed, "grant-role": "care_worker"})
        assert again.status_code == 302, "one proof holds for ten minutes"


def test_passwords_are_never_sent_back_into_a_page(client):
    browser = signed_in(client, a_person())
    with time_machine.travel(clock.now() + LATER):
        page = browser.post("/account/data/erase", data={"agree": "y", "new_password": "very secret words"})
    assert page.status_code == 401
    assert "very secret words" not in page.text


def test_who_may_not_do_it_learns_nothing_and_is_not_asked(client):
    resident, person = signed_in(client, a_resident()), a_person()
    with time_machine.travel(clock.now() + LATER):
        assert resident.post(f"/admin/accounts/{person.id}/roles").status_code == 404
        assert client().post("/account/data/erase").location == "/sign-in"


def test_guessing_the_password_here_is_limited_too(client):
    browser = signed_in(client, a_person())
    with time_machine.travel(clock.now() + LATER):
        for _try in range(SECOND_PER_ACCOUNT.most):
            assert browser.post("/account/data/copies", data=WRONG).status_code == 401
        last = browser.post("/account/data/copies", data=RIGHT)
        assert last.status_code == 429 and int(last.headers["Retry-After"]) > 0


def test_an_app_or_a_passkey_proves_as_well_as_the_password(client):
    person = a_person()
    browser = signed_in(client, person)
    app, codes = set_up_app(browser)
    device = set_up_passkey(browser)
    with time_machine.travel(clock.now() + LATER, tick=False):
        assert browser.post("/account/data/copies", data={"proof-code": codes[0]}).status_code == 401
        assert browser.post("/account/data/copies", data={"proof-code": app.now()}).status_code == 302
    with time_machine.travel(clock.now() + 2 * LATER, tick=False):
        asked = browser.post("/account/security/codes/renew")
        assert 'data-passkey="prove"' in asked.text
        answer = device.answer(browser.post(f"{OPTIONS}prove").json)
        done = browser.post("/account/security/codes/renew", data={"proof-passkey": answer})
        assert done.status_code == 200 and "<code>" in done.text
    with time_machine.travel(clock.now() + 3 * LATER, tick=False):
        assert browser.post("/account/security/codes/renew", data={"proof-passkey": answer}).status_code == 401


def test_a_proof_of_one_session_is_none_of_another(client):
    person = a_person()
    first, second = signed_in(client, person), signed_in(client, person)
    with time_machine.travel(clock.now() + LATER):
        assert first.post("/account/data/copies", data=RIGHT).status_code == 302
        assert second.post("/account/security/app/begin").status_code == 401


def test_a_demo_account_is_asked_like_everybody(client):
    person = a_person()
    with writing() as session:
        session.get_one(Account, person.id).is_demo = True
    browser = signed_in(client, person)
    assert browser.post("/account/security/app/begin").status_code == 302
    with time_machine.travel(clock.now() + LATER):
        assert browser.post("/account/data/copies").status_code == 401
        assert browser.post("/account/data/copies", data=RIGHT).status_code == 302


def test_a_decision_is_approved_and_published_by_somebody_who_proved_it(client):
    office = an_office(places().subdistrict)
    author, second = an_official(office), an_official(office)
    decision = a_decision(author, [an_issue()])
    step(author, decision, "submit")
    browser = signed_in(client, second)
    with time_machine.travel(clock.now() + LATER):
        for act in ("approve", "publish", "return"):
            asked = browser.post(f"/decisions/{decision}/{act}", data={"version": "2"})
            assert asked.status_code in (401, 403), act
        done = browser.post(f"/decisions/{decision}/approve", data=RIGHT)
        assert done.status_code == 302


def test_a_program_with_an_older_token_gets_a_problem_that_says_what_to_do(client):
    person = a_resident()
    made = client().post("/api/v1/tokens", json={"login": person.login, "password": PASSWORD}, token=False)
    headers = {"Authorization": f"Bearer {made.json['token']}"}
    assert client().post("/api/v1/me/data", headers=headers).status_code == 201
    with time_machine.travel(clock.now() + LATER):
        refused = client().post("/api/v1/me/erasure", headers=headers)
        assert refused.status_code == 401
        assert refused.mimetype == "application/problem+json"
        assert refused.json["type"].endswith("/reauthenticate")
        assert refused.headers["WWW-Authenticate"] == ('Bearer error="insufficient_user_authentication", max_age=600')
        assert client().get("/api/v1/me", headers=headers).status_code == 200


def test_a_program_decides_with_a_new_token_only(client):
    office = an_office()
    author, second = an_official(office), an_official(office)
    decision = a_decision(author, [an_issue()])
    step(author, decision, "submit")
    version = client().get(f"/api/v1/decisions/{decision}", headers=bearer(author)).json["version"]

    def headers():
        made = client().post("/api/v1/tokens", json={"login": second.login, "password": PASSWORD}, token=False)
        return {"Authorization": f"Bearer {made.json['token']}", "X-Acting-For": office.id}

    give_password(client(), second)
    old = headers()
    with time_machine.travel(clock.now() + LATER):
        for act, more in (("approve", {}), ("return", {"reason": "请补充依据。"}), ("publish", {})):
            body = {"version": version, **more}
            refused = client().post(f"/api/v1/decisions/{decision}/{act}", json=body, headers=old)
            assert (refused.status_code, refused.json["type"][-15:]) == (401, "/reauthenticate"), act
        done = client().post(f"/api/v1/decisions/{decision}/approve", json={"version": version}, headers=headers())
        assert (done.status_code, done.json["state"]) == (200, "public_notice")


DECISIVE_OPERATIONS = {
    "remove_second_step", "request_data_copy", "request_erasure", "approve_decision", "return_decision",
    "publish_decision", "take_measure", "decide_on_appeal",
}  # fmt: skip


def test_every_decisive_operation_is_declared_so(application):
    assert {name for name, made in operations.items() if made.fresh} == DECISIVE_OPERATIONS


def test_every_decisive_act_is_declared_so():
    """Acts that decide about people's rights, data or the public: a list to be added to, never shortened."""
    import inspect

    from gongzhi.domains.ballots.views import course as ballots
    from gongzhi.domains.decisions.views import course
    from gongzhi.domains.moderation.views import desk as moderation
    from gongzhi.domains.people.views import administration, desk, members, own_data, security

    decisive = {
        course: {"approve", "publish", "return_draft"},
        ballots: {"approve", "return_draft", "cancel"},
        moderation: {"decide", "decide_appeal", "bulk"},
        administration: {"grant_role", "revoke_role", "disable_account", "reset_second_steps"},
        desk: {"verify_organisation", "approve_request"},
        members: {"appoint", "hand_over"},
        security: {"begin_app", "app", "remove_app", "renew_codes", "new_passkey", "remove_passkey", "unlink_provider"},
        own_data: {"ask_for_copy", "download_copy", "erase_account"},
    }
    for module, names in decisive.items():
        source = inspect.getsource(module)
        for name in names:
            guard = re.search(rf"@guard\(([^\n]*)\)\ndef {name}\(", source)
            assert guard and "fresh=True" in guard[1], f"{module.__name__}.{name}"
