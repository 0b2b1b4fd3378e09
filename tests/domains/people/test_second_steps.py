"""Authenticator app and recovery codes: set up, used once, required where somebody decides for others."""

from datetime import timedelta

import pyotp
import pytest
import time_machine
from click.testing import CliRunner

from gongzhi.domains.people import actions
from gongzhi.domains.people.models import Account, RecoveryCode, Totp
from gongzhi.domains.people.rules import SECOND_PER_ACCOUNT
from gongzhi.kernel import clock
from gongzhi.kernel.secrets import decrypt
from gongzhi.web import cli
from tests.at_once import at_once
from tests.factories import (
    PASSWORD,
    a_person,
    a_resident,
    an_admin,
    an_enterprise,
    an_official,
    bearer,
    reading,
    with_role,
    writing,
)

from .strong import give_password, is_in, set_up_app

SECOND = "/sign-in/second"
LATER = timedelta(minutes=2)


def test_with_an_app_the_password_alone_signs_nobody_in(client):
    person = a_person()
    app, codes = set_up_app(client(person))
    assert len(set(codes)) == 10
    with time_machine.travel(clock.now() + LATER, tick=False):
        browser = client()
        assert give_password(browser, person, next="/issues").location == SECOND
        assert not is_in(browser)
        assert browser.post(SECOND, data={"code": "000000"}).status_code == 422
        assert not is_in(browser)
        assert browser.post(SECOND, data={"code": app.now()}).location == "/issues"
        assert is_in(browser)


def test_a_code_is_used_once_and_one_step_of_drift_is_allowed_but_no_more(client):
    person = a_person()
    app, _codes = set_up_app(client(person))
    with time_machine.travel(clock.now() + LATER, tick=False):
        now = clock.now()
        for away, right in ((-60, False), (60, False), (-30, True), (30, True), (0, False)):
            browser = client()
            give_password(browser, person)
            answer = browser.post(SECOND, data={"code": app.at(now, counter_offset=away // 30)})
            # After the code of the next step was used, the present one is older than the last used.
            assert (answer.status_code == 302) is right, away
        again = client()
        give_password(again, person)
        assert again.post(SECOND, data={"code": app.at(now, counter_offset=1)}).status_code == 422


def test_of_two_who_use_the_same_code_at_once_one_gets_in(client, app):
    person = a_person()
    totp, codes = set_up_app(client(person))
    with time_machine.travel(clock.now() + LATER, tick=False):
        for code in (totp.now(), codes[0]):

            def use(code=code):
                with writing() as session:
                    return actions.use_code(session, person.id, code)

            assert sorted(at_once(use, use, use, use)) == [False, False, False, True]


def test_a_recovery_code_signs_in_once_however_it_is_typed_and_new_codes_void_the_old(client):
    person = a_person()
    owner = client(person)
    _app, codes = set_up_app(owner)
    browser = client()
    give_password(browser, person)
    assert browser.post(SECOND, data={"code": codes[0].upper().replace("-", " ")}).status_code == 302
    assert is_in(browser)
    again = client()
    give_password(again, person)
    assert again.post(SECOND, data={"code": codes[0]}).status_code == 422
    fresh = owner.post("/account/security/codes/renew")
    assert fresh.status_code == 200
    assert again.post(SECOND, data={"code": codes[1]}).status_code == 422


def test_secrets_are_kept_encrypted_and_codes_hashed(client):
    person = a_person()
    app, codes = set_up_app(client(person))
    with reading() as session:
        kept = session.get_one(Totp, person.id)
        assert app.secret.encode() not in kept.secret
        assert decrypt(kept.secret, "people.totp") == app.secret
        hashes = {row.code_hash for row in session.query(RecoveryCode).filter_by(account_id=person.id)}
    assert len(hashes) == 10
    assert not any(code.replace("-", "") in hash_ for code in codes for hash_ in hashes)


def test_guesses_of_the_second_step_are_limited_for_the_account_not_the_browser(client):
    person = a_person()
    app, _codes = set_up_app(client(person))
    with time_machine.travel(clock.now() + LATER, tick=False):
        for _try in range(SECOND_PER_ACCOUNT.most):
            browser = client()
            give_password(browser, person)
            assert browser.post(SECOND, data={"code": "123"}).status_code == 422
        assert browser.post(SECOND, data={"code": app.now()}).status_code == 429


def test_nobody_comes_to_the_second_step_without_the_first_nor_after_ten_minutes(client):
    person = a_person()
    app, _codes = set_up_app(client(person))
    assert client().post(SECOND, data={"code": app.now()}).location == "/sign-in"
    browser = client()
    give_password(browser, person)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert browser.post(SECOND, data={"code": app.now()}).location == "/sign-in"
        assert not is_in(browser)


def test_a_new_password_does_not_open_the_second_step_of_a_sign_in_begun_before(client):
    person = a_person()
    owner = client(person)
    app, _codes = set_up_app(owner)
    browser = client()
    give_password(browser, person)
    changed = owner.post("/account/password", data={"current_password": PASSWORD, "password": "a new long sentence"})
    assert changed.status_code == 302
    with time_machine.travel(clock.now() + LATER):
        assert browser.post(SECOND, data={"code": app.now()}).location == "/sign-in"


def test_a_program_needs_the_code_too_and_is_told_so(client):
    person = a_person()
    app, codes = set_up_app(client(person))
    wanted = {"login": person.login, "password": PASSWORD}
    without = client().post("/api/v1/tokens", json=wanted, token=False)
    assert without.status_code == 422
    assert list(without.json["errors"]) == ["code"]
    wrong = client().post("/api/v1/tokens", json={**wanted, "code": "000000"}, token=False)
    assert list(wrong.json["errors"]) == ["code"]
    with time_machine.travel(clock.now() + LATER, tick=False):
        for code in (app.now(), codes[0]):
            made = client().post("/api/v1/tokens", json={**wanted, "code": code}, token=False)
            assert made.status_code == 201, made.json
        replayed = client().post("/api/v1/tokens", json={**wanted, "code": app.now()}, token=False)
        assert replayed.status_code == 422
        hidden = client().post(
            "/api/v1/tokens", json={**wanted, "password": "wrong password", "code": app.now()}, token=False
        )
        assert list(hidden.json["errors"]) == ["password"], "who does not know the password learns nothing more"


@pytest.mark.parametrize("who", ["official", "moderator", "admin", "auditor"])
def test_who_decides_for_others_must_set_up_a_second_step_within_seven_days(client, who):
    person = {
        "official": an_official,
        "moderator": lambda: with_role(a_person(level=2), "moderator"),
        "admin": an_admin,
        "auditor": lambda: with_role(a_person(level=2), "auditor"),
    }[who]()
    early = client()
    answer = give_password(early, person)
    assert answer.location == "/"
    with time_machine.travel(clock.now() + timedelta(days=8)):
        assert not is_in(early), "a session without a second step does not outlive the grace"
        late = client()
        assert give_password(late, person, next="/desk").location == "/account/security"
        for powers in ("/desk/organisations", "/admin/accounts", "/desk/residents"):
            assert late.get(powers).status_code in (403, 404)
        me = late.get("/api/v1/me").json
        assert me["roles"] == [] and me["acting_for"] is None
        assert all(one["kind"] != "government" for one in me["organisations"])
        set_up_app(late)
        me = late.get("/api/v1/me").json
        assert me["acting_for"] == person.acts_for
        assert bool(me["roles"]) is (who != "official")


def test_residents_and_enterprises_need_no_second_step_nor_do_demo_accounts(client):
    for person in (a_resident(), an_enterprise()):
        with time_machine.travel(clock.now() + timedelta(days=8)):
            assert give_password(client(), person).location == "/"
    official = an_official()
    with writing() as session:
        session.get_one(Account, official.id).is_demo = True
    with time_machine.travel(clock.now() + timedelta(days=8)):
        browser = client()
        assert give_password(browser, official).location == "/"
        assert browser.get("/api/v1/me").json["acting_for"] == official.acts_for


def test_a_token_without_the_needed_step_has_no_powers_either(client):
    official = an_official()
    with time_machine.travel(clock.now() + timedelta(days=8)):
        made = client().post("/api/v1/tokens", json={"login": official.login, "password": PASSWORD}, token=False)
        headers = {"Authorization": f"Bearer {made.json['token']}"}
        assert client().get("/api/v1/me", headers=headers).json["acting_for"] is None
        refused = client().get("/api/v1/me", headers={**headers, "X-Acting-For": official.acts_for})
        assert refused.status_code == 403


def test_an_appointment_shortens_sessions_that_were_open_before(client):
    person, admin = a_person(level=2), an_admin()
    browser = client()
    give_password(browser, person)
    answer = client(admin).post(
        f"/admin/accounts/{person.id}/roles", data={"grant-role": "moderator", "grant-reason": "试用期"}
    )
    assert answer.status_code == 302
    with time_machine.travel(clock.now() + timedelta(days=8)):
        assert not is_in(browser)


def test_the_last_step_stays_with_who_needs_one_and_goes_with_who_does_not(client):
    resident, official = client(a_resident()), client(an_official())
    for browser, status in ((resident, 302), (official, 409)):
        set_up_app(browser)
        assert browser.post("/account/security/app/remove").status_code == status
    assert resident.get("/api/v1/me/second-steps").json == {
        "needed": False, "authenticator_app": False, "passkeys": [], "recovery_codes_left": 0,
    }  # fmt: skip
    assert official.get("/api/v1/me/second-steps").json["authenticator_app"] is True


def test_the_api_lists_and_removes_ones_own_steps_only(client):
    person, other = a_resident(), a_resident()
    set_up_app(client(person))
    steps = client().get("/api/v1/me/second-steps", headers=bearer(person)).json
    assert (steps["authenticator_app"], steps["recovery_codes_left"]) == (True, 10)
    assert client().delete("/api/v1/me/second-steps/app", headers=bearer(other)).status_code == 404
    assert client().delete("/api/v1/me/second-steps/nothing", headers=bearer(person)).status_code == 404
    assert client().delete("/api/v1/me/second-steps/app", headers=bearer(person)).status_code == 204


def test_an_administrator_resets_the_steps_of_somebody_else_for_a_reason_and_never_their_own(client):
    person, admin = a_person(), an_admin()
    owner, office = client(person), client(admin)
    set_up_app(owner)
    set_up_app(office)
    assert office.post(f"/admin/accounts/{person.id}/second-steps/reset", data={}).status_code == 422
    assert office.post(f"/admin/accounts/{admin.id}/second-steps/reset", data={"reason": "忘了"}).status_code == 403
    assert client(a_resident()).post(f"/admin/accounts/{person.id}/second-steps/reset").status_code == 404
    done = office.post(f"/admin/accounts/{person.id}/second-steps/reset", data={"reason": "当面核实身份证"})
    assert done.status_code == 302
    assert not is_in(owner), "whoever had the phone is signed out"
    assert give_password(client(), person).location == "/"


def test_the_setup_page_draws_a_code_without_inline_style_and_shows_a_secret_nobody_else_sees(client):
    browser = client(a_person())
    browser.post("/account/security/app/begin")
    page = browser.get("/account/security/app").text
    drawing = page.partition("<svg")[2].partition("</svg>")[0]
    assert drawing and "style=" not in drawing
    assert browser.post("/account/security/app", data={"code": "abc"}).status_code == 422
    assert browser.get("/account/security/app").text.count("<svg") == page.count("<svg")
    assert client(a_person()).get("/account/security/app").location == "/account/security"


def test_pyotp_and_we_mean_the_same_steps():
    from gongzhi.domains.people.rules import totp_step

    secret, at = pyotp.random_base32(), clock.now()
    step = totp_step(secret, pyotp.TOTP(secret).at(at), at, after=0)
    assert step == int(at.timestamp()) // 30
    assert totp_step(secret, pyotp.TOTP(secret).at(at), at, after=step) is None


def test_the_last_administrator_is_let_in_again_from_the_command_line(client, app, monkeypatch):
    admin = an_admin()
    owner = client(admin)
    set_up_app(owner)
    monkeypatch.setattr(cli, "application", lambda: app)
    run = CliRunner()
    assert run.invoke(cli.cli, ["admin", "reset-second-steps", "nobody@mail.gongzhi"]).exit_code == 1
    done = run.invoke(cli.cli, ["admin", "reset-second-steps", admin.login])
    assert done.exit_code == 0, done.output
    assert not is_in(owner)
    assert give_password(client(), admin).location == "/"
