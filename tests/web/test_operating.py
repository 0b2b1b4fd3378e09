"""What operators and machines rely on: health, metrics, logs, settings, commands, the doctor, the matrix."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from gongzhi.kernel import db, guard, policy
from gongzhi.kernel.events import OutboxEvent, StuckDelivery
from gongzhi.kernel.settings import WrongSetting, load
from gongzhi.web import health, logs, matrix
from gongzhi.web.doctor import examine
from tests import factories as f
from tests.conftest import SECRET

RIGHT = {"GONGZHI_DATA_DIR": "/tmp", "GONGZHI_SECRET_KEY": SECRET, "GONGZHI_REDIS_URL": ""}


# -- health and metrics


def test_the_process_says_it_lives_without_asking_the_database(client, sql_count):
    with sql_count() as statements:
        answer = client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert statements == []


def test_ready_means_database_and_events(client):
    answer = client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json["checks"] == {"database": "ok", "outbox": "ok"}


def test_without_its_database_it_lives_but_is_not_ready(client, monkeypatch):
    class Down:
        """A session that reaches nothing."""

        def execute(self, *_arguments):
            raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(health, "session", Down)
    answer = client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"]["database"] == "down"
    assert client().get("/healthz").status_code == 200


def test_a_relay_that_stands_still_shows(client, monkeypatch):
    monkeypatch.setattr(health, "MOST_BEHIND", 1)
    f.an_issue()
    answer = client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"]["outbox"] == "behind"
    f.deliver()
    assert client().get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("token", "address", "headers", "status"),
    [
        (None, "127.0.0.1", {}, 200),
        (None, "::1", {}, 200),
        (None, "10.0.0.5", {}, 404),
        (None, "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("right", "127.0.0.1", {}, 404),
        ("right", "10.0.0.5", {"Authorization": "Bearer wrong"}, 404),
        ("right", "10.0.0.5", {"Authorization": "Bearer ünïcode"}, 404),
        ("right", "10.0.0.5", {"Authorization": "Bearer right"}, 200),
    ],
)
def test_metrics_are_for_this_machine_or_for_whoever_shows_the_token(
    app, client, monkeypatch, token, address, headers, status
):
    monkeypatch.setitem(app.config, "METRICS_TOKEN", token)
    answer = client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert ("gongzhi_outbox" in answer.text) is (status == 200)


def test_metrics_tell_age_and_listener_of_what_waits(client):
    def measured():
        lines = client().get("/metrics").text.splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if line.startswith("gongzhi_"))

    f.an_issue()
    f.deliver()
    told = measured()
    assert float(told['gongzhi_listener_behind{listener="notices"}']) == 0
    assert float(told["gongzhi_outbox_oldest_seconds"]) == 0
    with f.writing() as session:
        session.add(StuckDelivery(listener="notices", event_id=5, error="ValueError: no", next_try=f.clock.now()))
        session.execute(text("UPDATE outbox_event SET at = '2026-01-01 00:00:00'"))
        session.execute(text("UPDATE listener_state SET last_seq = 0 WHERE listener = 'notices'"))
    told = measured()
    assert float(told['gongzhi_listener_behind{listener="notices"}']) > 0
    assert float(told['gongzhi_listener_behind{listener="search"}']) == 0
    assert float(told['gongzhi_stuck_events{listener="notices"}']) == 1
    assert float(told["gongzhi_outbox_oldest_seconds"]) > 3600


def test_the_doctor_names_the_listener_that_is_behind(app):
    f.an_issue()
    f.deliver()
    with f.writing() as session:
        session.execute(text("UPDATE listener_state SET last_seq = 0 WHERE listener = 'search'"))
    found = deep(app)
    assert "search" in found["outbox"].detail
    assert "notices" not in found["outbox"].detail


def test_log_lines_carry_no_personal_data(app, client, capsys):
    resident = f.a_resident("欧阳小明")
    issue = f.an_issue(title="秘密的标题")
    settings = app.config["SETTINGS"]
    structlog.reset_defaults()
    logs.configure(replace(settings, testing=False))
    try:
        browser = client(resident)
        browser.get("/search?q=私人查询", headers={"User-Agent": "my own browser"})
        browser.post(f"/comments/issue/{issue}", data={"body": "私人的话", "stance": "for"})
        client().post("/sign-in", data={"login": resident.login, "password": "my-password"})
        client().post("/api/v1/tokens", json={"login": resident.login, "password": resident.password})
    finally:
        logs.configure(settings)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) >= 4
    assert {line["endpoint"] for line in requests} >= {"comments.post", "api.create_token"}
    assert all(set(line) >= {"method", "endpoint", "status", "ms", "id"} for line in requests)
    everything = json.dumps(lines, ensure_ascii=False)
    for private in (
        "欧阳小明", resident.login, "私人", "秘密", "my-password", resident.password, "my own browser", "127.0.0.1"
    ):  # fmt: skip
        assert private not in everything


# -- settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "nonsense"),
        ("REDIS_URL", "http://x"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "eighty"),
        ("PORT", "٨٠"),
        ("PORT", "9" * 5000),
        ("PUBLIC_URL", "ftp://x"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "http://[half"),
        ("REDIS_URL", "redis://[half"),
        ("LOCALE", "fr"),
        ("MAIL_URL", "imap://x"),
        ("STORAGE_URL", "ftp://x"),
        ("SECRET_KEY", "short"),
        ("DEMO", "yes"),
        ("WEB_PROCESSES", "0"),
        ("TRUSTED_PROXIES", "-1"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_expected(name, value):
    with pytest.raises(WrongSetting, match=f"^GONGZHI_{name}: expected "):
        load({**RIGHT, f"GONGZHI_{name}": value})


def test_unsafe_combinations_refuse_to_start():
    with pytest.raises(WrongSetting, match="GONGZHI_REDIS_URL"):
        load({**RIGHT, "GONGZHI_WEB_PROCESSES": "2"})
    with pytest.raises(WrongSetting, match="GONGZHI_SECRET_KEY"):
        load({**RIGHT, "GONGZHI_SECRET_KEY": "", "GONGZHI_DATABASE_URL": "postgresql://u@127.0.0.1/x"})
    two = load({**RIGHT, "GONGZHI_WEB_PROCESSES": "2", "GONGZHI_REDIS_URL": "redis://127.0.0.1/5"})
    assert two.web_processes == 2


def test_embedded_it_makes_a_secret_once_and_keeps_it_from_others(tmp_path):
    chosen = {"GONGZHI_DATA_DIR": str(tmp_path), "GONGZHI_SECRET_KEY": "", "GONGZHI_DATABASE_URL": ""}
    first, again = load(chosen), load(chosen)
    assert first.secret_key == again.secret_key
    assert len(first.secret_key) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def measured(client):
    """The figures of /metrics by name and labels."""
    text = client().get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).get_data(as_text=True)
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in rows}


def test_metrics_say_what_waits_and_for_whom(app, client):
    official = f.an_official(f.an_office(f.places().subdistrict))
    issue = f.an_issue()
    steps = f"/api/v1/issues/{issue}/steps"
    f.deliver()
    assert client().post(steps, json={"action": "accept"}, headers=f.bearer(official)).status_code == 200
    assert measured(client)['gongzhi_outbox{what="unnumbered"}'] >= 1
    f.deliver()
    before = measured(client)
    assert before['gongzhi_listener_behind{listener="ledger"}'] == before['gongzhi_outbox{what="unnumbered"}'] == 0
    assert before["gongzhi_ledger_unsigned"] == 0
    client().post(steps, json={"action": "pause", "reason": "等待材料中"}, headers=f.bearer(official))
    f.deliver()
    assert measured(client)["gongzhi_ledger_unsigned"] == 1
    with f.writing() as session:
        session.execute(text("UPDATE listener_state SET last_seq = last_seq - 2 WHERE listener = 'search'"))
    after = measured(client)
    assert after['gongzhi_listener_behind{listener="search"}'] == 2
    assert after['gongzhi_listener_behind{listener="ledger"}'] == 0


def test_jobs_nobody_takes_show_in_metrics_and_doctor(app, client):
    from gongzhi.web.jobs import Jobs
    from gongzhi.web.schedule import SCHEDULE

    settings = app.config["SETTINGS"]
    jobs = Jobs(app, SCHEDULE, settings.namespace)
    jobs.huey.flush()

    def finding():
        with app.app_context():
            return next(one for one in examine(app) if one.what == "job queue")

    assert (measured(client)["gongzhi_jobs_queued"], finding().good) == (0, True)
    for job in SCHEDULE:
        jobs._queue(job)
    assert (measured(client)["gongzhi_jobs_queued"], finding().good) == (len(SCHEDULE), False)
    jobs.huey.flush()


def test_the_dashboard_and_the_alerts_ask_for_figures_there_are(client):
    deploy = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
    dashboard = json.loads((deploy / "dashboard.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    rules = (deploy / "alerts.yml").read_text(encoding="utf-8")
    wanted = set(re.findall(r"gongzhi_[a-z_]+", " ".join(asked) + rules))
    client().get("/healthz")
    there = {name.partition("{")[0] for name in measured(client)}
    assert wanted and wanted <= there
    assert len(dashboard["panels"]) == len({panel["id"] for panel in dashboard["panels"]})


# -- commands


def gongzhi(tmp_path, *arguments, **settings):
    """Run the command as an operator would."""
    environment = {
        **os.environ,
        "GONGZHI_DATA_DIR": str(tmp_path),
        "GONGZHI_SECRET_KEY": SECRET,
        "GONGZHI_DATABASE_URL": "",
        "GONGZHI_REDIS_URL": "",
        **{f"GONGZHI_{name}": value for name, value in settings.items()},
    }
    return subprocess.run(
        [sys.executable, "-m", "gongzhi.web.cli", *arguments],
        env=environment, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
    )  # fmt: skip


def test_a_command_with_a_wrong_setting_ends_with_one_line(tmp_path):
    ended = gongzhi(tmp_path, "doctor", PORT="eighty")
    assert ended.returncode == 1
    assert ended.stderr == "gongzhi: GONGZHI_PORT: expected a whole number from 1 to 65535\n"


def test_a_database_that_cannot_be_reached_is_one_line(tmp_path):
    ended = gongzhi(tmp_path, "doctor", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert ended.returncode == 1
    assert ended.stderr.startswith("gongzhi: ")
    assert ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stderr


def test_doctor_and_policy_on_a_new_installation(tmp_path):
    before = gongzhi(tmp_path, "doctor")
    assert before.returncode == 1
    assert "FAIL tables" in before.stdout
    upgraded = gongzhi(tmp_path, "db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    after = gongzhi(tmp_path, "doctor", "--deep")
    assert after.returncode == 0, after.stdout
    assert "tally = votes" in after.stdout
    printed = gongzhi(tmp_path, "policy")
    assert printed.returncode == 0
    for permission in policy.declared():
        assert permission.name in printed.stdout


# -- the doctor


def deep(app):
    """What the doctor finds, by name."""
    with app.app_context(), db.isolated():
        return {finding.what: finding for finding in examine(app, deep=True)}


@pytest.fixture
def busy(app):
    """A district in which much has happened, all of it delivered."""
    office = f.an_office(f.places().subdistrict)
    author, second = f.an_official(office), f.an_official(office)
    residents = [f.a_resident() for _ in range(3)]
    issue = f.an_issue(residents[0])
    for resident, choice in zip(residents, ("support", "oppose", "neutral"), strict=True):
        f.a_vote(resident, issue, choice)
    top = f.a_comment(residents[1], issue)
    f.a_comment(residents[2], issue, reply_to=top)
    f.react(residents[2], top, "agree")
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    f.deliver()


@pytest.mark.usefixtures("busy")
def test_all_invariants_hold_after_ordinary_work(app):
    assert [finding for finding in deep(app).values() if not finding.good] == []


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("UPDATE vote_tally SET support = support + 1", "tally = votes"),
        ("DELETE FROM vote_tally", "tally = votes"),
        ("UPDATE comment SET agree = agree + 1", "reaction counts = reactions"),
        ("UPDATE comment SET replies = replies + 1", "reply counts = replies"),
        ("UPDATE issue SET comment_count = comment_count + 1", "comment counts = comments"),
        ("UPDATE notice SET event_id = event_id + 1000000", "one notice an event"),
        ("UPDATE outbox_event SET seq = seq + 1 WHERE seq = (SELECT max(seq) FROM outbox_event)", "events numbered"),
        ("UPDATE listener_state SET last_seq = last_seq + 1000", "listeners"),
        ("UPDATE decision SET reviewer_id = NULL", "decisions reviewed and answered"),
    ],
)
def test_the_doctor_finds_what_was_broken(app, harm, found):
    with f.writing() as session:
        session.execute(text(harm))
    findings = deep(app)
    assert not findings[found].good
    assert [what for what, finding in findings.items() if not finding.good and what != "outbox"] == [found]


def test_a_stuck_event_is_named(app):
    with f.writing() as session:
        session.add(StuckDelivery(listener="live", event_id=5, error="ValueError: no", next_try=f.clock.now()))
    finding = deep(app)["stuck events"]
    assert not finding.good
    assert "live event 5" in finding.detail


def test_an_event_nobody_numbered_for_long_is_found(app):
    f.an_issue()
    with f.writing() as session:
        session.query(OutboxEvent).update({"at": f.clock.now() - f.timedelta(hours=1)})
    assert not deep(app)["events numbered"].good


# -- permissions

EVERYBODY = set(matrix.archetypes())
SIGNED_IN = EVERYBODY - {"visitor"}
OFFICIALS = {"official", "reviewer"}
VOICES = SIGNED_IN - OFFICIALS

HOLDERS = {
    "kernel:site:read": EVERYBODY,
    "kernel:site:use": SIGNED_IN,
    "notices:inbox:read": SIGNED_IN,
    "comments:comment:post": SIGNED_IN,
    "comments:comment:react": SIGNED_IN,
    "comments:comment:edit": set(),
    "comments:comment:remove": set(),
    "issues:issue:vote": VOICES,
    "issues:issue:publish": VOICES,
    "issues:issue:answer": set(),
    "issues:issue:handle": set(),
    "issues:catalogue:manage": OFFICIALS | {"admin"},
    "decisions:decision:draft": OFFICIALS,
    "decisions:decision:edit": set(),
    "decisions:decision:review": set(),
    "decisions:decision:publish": set(),
    "decisions:decision:report": set(),
    "decisions:decision:object": VOICES,
    "decisions:decision:rate": VOICES,
}


@pytest.mark.parametrize("name", sorted(HOLDERS))
def test_a_crucial_permission_is_held_by_exactly_these(application, name):
    held = {kind for permission, kind, holds in matrix.cells() if permission == name and holds}
    assert held == HOLDERS[name]


def test_every_permission_stands_in_the_matrix_with_its_condition_in_words(application):
    printed = "\n".join(matrix.rows())
    for permission in policy.declared():
        assert permission.name in printed
        assert permission.about in printed
    assert len(list(matrix.cells())) == len(policy.declared()) * len(EVERYBODY)


def test_a_view_without_a_permission_refuses_to_start():
    bare = Flask("bare")
    bare.add_url_rule("/open", "open_door", lambda: "")
    with pytest.raises(RuntimeError, match="open_door"):
        guard.refuse_unguarded(bare)


def test_every_route_of_the_application_names_its_permission(application):
    guard.refuse_unguarded(application)
    known = set(policy.declared())
    for endpoint, view in application.view_functions.items():
        assert view.permission in known, endpoint
