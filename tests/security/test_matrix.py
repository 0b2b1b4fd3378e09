"""Every route and operation × every kind of actor: the answer agrees with the declared permission.

What should happen is computed apart from the doors: the objects are loaded as this actor and the declared
permission is asked. An actor of another district is, for objects of this one, answered as if there were nothing.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

import pytest
from flask import g
from sqlalchemy.engine import make_url

from gongzhi.kernel import db
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.policy import Actor, allows
from tests import factories as f
from tests.security.world import FOREIGN, Town, a_town, loaders_of, plain, unknown

READ = ("GET",)
SIGN_IN = "/sign-in"


@pytest.fixture
def town(client):
    return a_town(client)


def rules(app):
    """Every rule and method, without what no view stands behind."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, method


def address(app, rule, values):
    """The path of a rule filled with values."""
    path = rule.rule
    for name, value in values.items():
        for shape in (f"<{name}>", f"<int:{name}>", f"<path:{name}>"):
            path = path.replace(shape, value)
    assert "<" not in path, path
    return path


def expected(app, actor, rule, values):
    """What the declaration says: `missing`, `refused` or `allowed`."""
    view = app.view_functions[rule.endpoint]
    with app.test_request_context("/"), db.isolated():
        g.actor, g.locale, g.identified = actor, "en", None
        subject = None
        for number, (name, loader) in enumerate(loaders_of(view).items()):
            try:
                found = loader(db.session(), actor, values[f"{name}_id"])
            except NotFound:
                return "missing"
            subject = found if number == 0 else subject
        return "allowed" if allows(actor, view.permission, subject) else "refused"


def actors(town: Town) -> dict[str, Actor]:
    return {
        kind: Actor(district_id=f.places().id) if person is None else f.actor_of(person)
        for kind, person in town.people.items()
    }


def was_refused(answer, who):
    """401, 403, 404, or for somebody who is not signed in the way to the sign-in."""
    if answer.status_code in (401, 403, 404):
        return True
    return who == "visitor" and answer.status_code == 302 and answer.location.startswith(SIGN_IN)


def wrong(answer, says, who):
    """Why the answer contradicts what the declaration says; None when it does not."""
    if answer.status_code >= 500:
        return "failed"
    if says in ("missing", "refused") and not was_refused(answer, who):
        return "let in"
    if says == "allowed" and answer.status_code == 401 and who != "visitor":
        return "asked to sign in"
    return None


def test_every_parameter_of_an_address_has_an_entry(app, town):
    missing = {
        name
        for rule in app.url_map.iter_rules()
        for name in rule.arguments
        if name not in town.own.get(rule.endpoint, {}) and name not in town.ids
    }
    assert missing == set(), "say in tests/security/world.py what stands in these parameters"
    empty = {name for name, value in town.ids.items() if not value}
    assert empty == set()


def in_words(kinds, town):
    """Kinds of people, shortly."""
    everybody = list(town.people)
    groups = {
        "everybody": everybody,
        "everybody signed in": everybody[1:],
        "everybody of the district": [one for one in everybody if one not in FOREIGN],
        "everybody signed in of the district": [one for one in everybody[1:] if one not in FOREIGN],
        "every confirmed account": everybody[2:],
        "every confirmed account of the district": [one for one in everybody[2:] if one not in FOREIGN],
    }
    return next((name for name, whole in groups.items() if kinds == whole), ", ".join(kinds) or "nobody")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_page_and_answer_is_shown_to_whom_the_declaration_says(app, client, town):
    """All of them for all; the table of `who_may_read.txt` is what comes of it, to be read by people."""
    faults, shown_to = [], defaultdict(list)
    acting = actors(town)
    for who, person in town.people.items():
        browser = client(person)
        for rule, method in rules(app):
            if method not in READ:
                continue
            values = town.values(rule)
            says = expected(app, acting[who], rule, values)
            answer = browser.get(address(app, rule, values))
            fault = wrong(answer, says, who)
            if fault:
                faults.append(f"{who}: GET {rule.rule} {fault} ({says}, {answer.status_code})")
            if answer.status_code < 300:
                shown_to[rule.rule].append(who)
    assert faults == []
    lines = [f"{rule.rule}: {in_words(shown_to[rule.rule], town)}" for rule, method in rules(app) if method in READ]
    kept = Path(__file__).with_name("who_may_read.txt").read_text().splitlines()
    assert [line for line in lines if line not in kept] == [], "add these lines to who_may_read.txt after reading them"
    assert [line for line in kept if line not in lines] == [], "take these lines out of who_may_read.txt"


class Rewind:
    """The SQLite database as it was, after a write that succeeded."""

    def __init__(self, app, folder):
        self.path = Path(make_url(app.config["SETTINGS"].database_url).database)
        self.kept, self.app = folder / "kept.sqlite3", app
        with db.engine().connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self.path, self.kept)

    def __call__(self):
        db.close_session()
        db.disconnect()
        for left in (f"{self.path}-wal", f"{self.path}-shm"):
            Path(left).unlink(missing_ok=True)
        shutil.copyfile(self.kept, self.path)
        db.configure(make_url(f"sqlite:///{self.path}"))
        self.app.extensions["kept"].forget()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_write_is_refused_to_whom_the_declaration_does_not_name(app, client, town, tmp_path):
    """With nothing in it, so that what is allowed is refused for its content, and never fails."""
    faults = []
    acting = actors(town)
    says = [
        (who, rule, method, expected(app, acting[who], rule, town.values(rule)))
        for who in town.people
        for rule, method in rules(app)
        if method not in READ
    ]
    tokens = {who: f.a_session(person) for who, person in town.people.items() if person is not None}
    rewind = Rewind(app, tmp_path)

    def browser_of(who):
        made = app.test_client()
        if who in tokens:
            with made.session_transaction() as kept:
                kept["_user_id"] = tokens[who]
        return made

    browsers = {who: browser_of(who) for who in town.people}
    for who, rule, method, said in says:
        body = {"json": {}} if rule.rule.startswith("/api/") else {"data": {}}
        answer = browsers[who].open(address(app, rule, town.values(rule)), method=method, **body)
        fault = wrong(answer, said, who)
        if fault:
            faults.append(f"{who}: {method} {rule.rule} {fault} ({said}, {answer.status_code})")
        if answer.status_code < 400 and not was_refused(answer, who):
            rewind()
            browsers[who] = browser_of(who)
    assert faults == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_things_of_another_district_answer_as_if_there_were_none(app, client, town):
    """The same status and the same bytes as an id nobody gave, for whatever has a loader."""
    told = []
    for who in FOREIGN:
        browser = client(town.people[who])
        for rule, method in rules(app):
            values = town.values(rule)
            names = [f"{name}_id" for name in loaders_of(app.view_functions[rule.endpoint])]
            if method not in READ or not names:
                continue
            nowhere = {name: unknown(value) if name in names else value for name, value in values.items()}
            real, none = (browser.get(address(app, rule, each)) for each in (values, nowhere))
            if real.status_code != 404:
                told.append(f"{who}: {rule.rule} {real.status_code}")
            elif plain(real, *values.values()) != plain(none, *nowhere.values()):
                told.append(f"{who}: {rule.rule} answers otherwise than for nothing")
    assert told == []


SAMPLE = (
    "/issues/<issue_id>", "/decisions/<decision_id>/edit", "/desk/residents/<person_id>", "/admin/accounts/<account_id>",
    "/api/v1/moderation/cases/<case_id>", "/organisations/<organisation_id>/members", "/initiatives/pledges/<pledge_id>",
    "/ballots/<ballot_id>/roll", "/moderation/measures/<measure_id>", "/notices/<notice_id>",
)  # fmt: skip


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_sample_of_them_agrees_on_postgresql_too(app, client, town):
    acting, faults = actors(town), []
    chosen = [rule for rule, method in rules(app) if method in READ and rule.rule in SAMPLE]
    assert {rule.rule for rule in chosen} == set(SAMPLE)
    for who, person in town.people.items():
        browser = client(person)
        for rule in chosen:
            values = town.values(rule)
            fault = wrong(browser.get(address(app, rule, values)), expected(app, acting[who], rule, values), who)
            if fault:
                faults.append(f"{who}: GET {rule.rule} {fault}")
    assert faults == []
