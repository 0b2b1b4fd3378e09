"""Second steps set up and used through the front door, as a person would."""

import re

import pyotp

from tests.authenticator import Authenticator
from tests.factories import PASSWORD

OPTIONS = "/passkeys/options/"


def set_up_app(browser):
    """Set the authenticator app up; the app and the recovery codes shown."""
    assert browser.post("/account/security/app/begin").location == "/account/security/app"
    page = browser.get("/account/security/app")
    secret = re.search(r'class="secret"><code>([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    app = pyotp.TOTP(secret)
    shown = browser.post("/account/security/app", data={"code": app.now()})
    assert shown.status_code == 200, shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    return app, codes_in(shown.text)


def codes_in(text):
    return re.findall(r"<code>([0-9a-z]{5}-[0-9a-z]{5})</code>", text)


def the_site(app):
    """Origin and host name that passkeys are bound to."""
    url = app.config["SETTINGS"].public_url
    return url, url.split("//")[1].split(":")[0]


def set_up_passkey(browser, name="我的手机", **kind):
    """Add a passkey made by a software authenticator."""
    device = Authenticator(*the_site(browser.application), **kind)
    made = device.make(browser.post(f"{OPTIONS}register").json)
    answer = browser.post("/account/security/passkeys/new", data={"name": name, "passkey": made})
    assert answer.status_code in (200, 302), answer.text
    return device


def give_password(browser, person, **more):
    return browser.post("/sign-in", data={"login": person.login, "password": PASSWORD, **more})


def is_in(browser):
    return browser.get("/account").status_code == 200
