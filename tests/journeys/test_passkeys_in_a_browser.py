"""A passkey made and used in a real browser, with Chromium's own virtual authenticator."""

import os
from pathlib import Path

import pytest

from tests.journeys.conftest import PREPARED
from tests.journeys.site import PASSWORD, People, Site

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def named_site(tmp_path_factory):
    """The site under a name: passkeys belong to names, and 127.0.0.1 is none."""
    own = tmp_path_factory.mktemp("named")
    run = own.parent.parent if "PYTEST_XDIST_WORKER" in os.environ else own.parent
    shared = Path(os.environ.get(PREPARED) or run / "demo")
    shared.mkdir(parents=True, exist_ok=True)
    made = Site(own)
    made.fill_from(shared)
    made.environment["GONGZHI_PUBLIC_URL"] = f"http://localhost:{made.port}"
    try:
        made.start()
        made.address = f"http://localhost:{made.port}"
        yield made
    finally:
        made.stop()


def test_a_resident_adds_a_passkey_and_signs_in_with_nothing_else(chromium, named_site):
    everyone = People(chromium, named_site)
    try:
        person = everyone.at("resident2", width=390)
        page = person.page
        device = person.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        person.go("/account/security/passkeys/new").locator("input[name=name]").fill("我的手机")
        page.locator("[data-passkey-start]").click()
        page.locator(".codes li").first.wait_for()
        assert page.locator(".codes li").count() == 10
        person.go("/account/security")
        assert "我的手机" in page.locator("main").inner_text()
        person.context.clear_cookies()
        person.go("/sign-in").locator("[data-passkey-start]").click()
        page.locator("summary.acting").wait_for()
        person.context.clear_cookies()
        person.go("/sign-in").locator("input[name=login]:visible").fill("resident2@demo.gongzhi")
        page.locator("input[name=password]:visible").fill(PASSWORD)
        page.locator("main form:has(input[name=password]:visible) button.btn-primary").click()
        page.wait_for_url("**/sign-in/second")
        assert page.locator("summary.acting").count() == 0
        page.locator("[data-passkey-start]").click()
        page.locator("summary.acting").wait_for()
        assert person.complaints == []
    finally:
        everyone.leave()
