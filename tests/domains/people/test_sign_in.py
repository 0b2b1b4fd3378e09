"""Signing in and out: what ends when, and what nobody learns."""

import re
from datetime import timedelta

import pytest
import time_machine

from gongzhi.kernel import clock
from tests import factories
from tests.factories import PASSWORD, a_person, an_admin, an_enterprise, sessions_of

WRONG = "Login or password is not right."


def sign_in_with(browser, login, password, **more):
    return browser.post("/sign-in", data={"login": login, "password": password, **more})


def test_a_person_signs_in_and_out_and_the_session_is_gone_from_the_database(client):
    person = a_person()
    browser = client()
    assert browser.get("/account").status_code == 302
    assert sign_in_with(browser, person.login, PASSWORD).status_code == 302
    assert browser.get("/account").status_code == 200
    stolen = browser.get_cookie("gongzhi").value
    browser.post("/sign-out")
    assert browser.get("/account").status_code == 302
    thief = client()
    thief.set_cookie("gongzhi", stolen)
    assert thief.get("/account").status_code == 302
