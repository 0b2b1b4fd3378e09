"""A copy of one's own data: complete, for oneself only, encrypted, gone after a week."""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta

import time_machine

from gongzhi.domains.issues.models import IssueDraft
from gongzhi.domains.people import actions, jobs
from gongzhi.domains.people.models import CopyState, DataCopy
from gongzhi.kernel import clock, db, storage
from gongzhi.kernel.errors import NotFound
from tests.factories import (
    a_comment,
    a_grid_worker,
    a_person,
    a_resident,
    a_vote,
    an_issue,
    bearer,
    deliver,
    follow,
    places,
    reading,
    sessions_of,
    writing,
)
from tests.kernel.test_storage import an_image

from .test_verification import IDENTITY, ask, request_of

NOT_ABOUT_WHO_THEY_NAME = {
    "answer_template": "an office's text; who changed it last",
    "routing": "an office's table; who changed it last",
    "ballot_template": "the district's rules; who changed them last",
    "issue_pause": "an office's act, in the trace of the issue",
    "passkey_challenge": "five minutes",
    "confirmation_code": "fifteen minutes",
    "tombstone": "made when the account is gone",
}


def copy_of(browser, app):
    """Ask for a copy, let the job make it, download it."""
    assert browser.post("/account/data/copies").status_code == 302
    with app.app_context():
        assert jobs.make_copies() == 1
    answer = browser.post(f"/account/data/copies/{newest().id}/download")
    assert answer.status_code == 200 and answer.mimetype == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store"
    return zipfile.ZipFile(io.BytesIO(answer.data))


def newest():
    with reading() as session:
        return session.query(DataCopy).order_by(DataCopy.id.desc()).first()


def rows(archive, name):
    return json.loads(archive.read(f"{name}.json"))


def test_the_copy_holds_what_every_room_keeps_in_json_and_csv_with_a_readme_and_the_pictures(app, client):
    person, other = a_person("=陈小渝", level=1), a_resident()
    browser = client(person)
    ask(browser, community_id=places().community.id)
    client(a_grid_worker()).post(f"/desk/residents/{request_of(person).id}/approve")
    issue, foreign = an_issue(person), an_issue(other)
    a_comment(other, issue)
    a_comment(person, foreign, "我的一条评论")
    a_vote(person, foreign)
    follow(person, foreign)
    with app.app_context():
        picture = storage.store_image(io.BytesIO(an_image()), "a.jpg").key
    with writing() as session:
        session.add(
            IssueDraft(
                district_id=person.district_id, account_id=person.id, client_key="x", title="草稿",
                photos=[{"key": picture, "alt": ""}], created_at=clock.now(), updated_at=clock.now(),
            )
        )  # fmt: skip
    deliver()
    archive = copy_of(browser, app)
    account = rows(archive, "people/account")[0]
    assert account["name"] == "=陈小渝"
    assert account["email"] == person.login
    assert (account["real_name"], account["identity"]) == ("欧阳示例", IDENTITY)
    assert [one["title"] for one in rows(archive, "issues/issues")] == ["石阶里路灯不亮"]
    assert rows(archive, "issues/votes")[0]["choice"] == "support"
    assert rows(archive, "issues/drafts")[0]["title"] == "草稿"
    assert [one["body"] for one in rows(archive, "comments/comments")] == ["我的一条评论"]
    assert rows(archive, "notices/notices")
    assert archive.read(f"photos/{picture}")
    readme = archive.read("README.txt").decode("utf-8-sig")
    assert "个人信息副本" in readme and "Personal Information Protection Law" in readme
    table = archive.read("people/account.csv")
    assert table.startswith(b"\xef\xbb\xbf")
    line = next(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert line["name"] == "'=陈小渝", "no spreadsheet takes it for a formula"
    whole = "".join(
        archive.read(name).decode("utf-8", "replace") for name in archive.namelist() if "photos" not in name
    )
    for secret in ("password_hash", "token_hash", "$argon2", "identity_index"):
        assert secret not in whole
    assert other.login not in whole and other.name not in whole


def test_every_table_that_names_an_account_is_part_of_the_copy_or_says_why_not(app, sql_count):
    person = a_person()
    with app.app_context(), sql_count() as statements:
        actions.own_data.pack(db.session(), person.id)
    read = set(re.findall(r"\bFROM (\w+)|\bJOIN (\w+)", "\n".join(statements)))
    seen = {name for pair in read for name in pair}
    naming = {
        table.name
        for table in db.Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "account" and table.name != "account"
    }
    assert naming - seen - set(NOT_ABOUT_WHO_THEY_NAME) == set(), "register it: kernel/personal.py"
    assert set(NOT_ABOUT_WHO_THEY_NAME) <= naming - seen


def test_nobody_else_gets_a_copy_nor_does_its_file_say_anything(app, client):
    person, other = a_person("很特别的名字"), a_person()
    browser = client(person)
    copy_of(browser, app)
    kept = newest()
    assert client(other).post(f"/account/data/copies/{kept.id}/download").status_code == 404
    assert client().post(f"/account/data/copies/{kept.id}/download").location == "/sign-in"
    assert client().get(f"/files/{kept.key}").status_code == 404
    with app.app_context(), storage.open_file(kept.key) as stream:
        stored = stream.read()
    assert b"PK\x03\x04" not in stored[:100] and "很特别的名字".encode() not in stored


def test_a_copy_is_there_for_seven_days_and_its_file_goes_with_it(app, client):
    browser = client(a_person())
    copy_of(browser, app)
    kept = newest()
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        assert browser.post(f"/account/data/copies/{kept.id}/download").status_code == 404
        assert "/download" not in browser.get("/account/data").text
        with app.app_context():
            jobs.forget()
    assert newest().state == CopyState.GONE
    with app.app_context():
        try:
            storage.open_file(kept.key)
            raise AssertionError("the file is still there")
        except NotFound:
            pass


def test_one_copy_at_a_time_and_few_a_day(client):
    browser = client(a_person())
    assert "正在生成" in browser.get("/account/data", follow_redirects=True).text or browser.post(
        "/account/data/copies"
    )
    with reading() as session:
        assert session.query(DataCopy).count() == 1
    for _again in range(6):
        browser.post("/account/data/copies")
    with reading() as session:
        assert session.query(DataCopy).count() == 1


def test_a_copy_that_cannot_be_made_is_given_up_and_can_be_asked_for_again(app, client, monkeypatch):
    browser = client(a_person())
    browser.post("/account/data/copies")
    with app.app_context():
        monkeypatch.setattr(actions.own_data, "pack", lambda *_: 1 / 0)
        for _time in range(actions.own_data.MOST_ATTEMPTS):
            assert jobs.make_copies() == 0
        monkeypatch.undo()
        assert newest().state == CopyState.FAILED
    browser.post("/account/data/copies")
    with app.app_context():
        assert jobs.make_copies() == 1


def test_programs_ask_for_a_copy_and_see_how_it_stands(app, client):
    person = a_person()
    asked = client().post("/api/v1/me/data", headers=bearer(person))
    assert (asked.status_code, asked.json["state"]) == (201, "waiting")
    assert client().post("/api/v1/me/data", headers=bearer(person)).status_code == 409
    with app.app_context():
        jobs.make_copies()
    told = client().get("/api/v1/me/data", headers=bearer(person)).json
    assert told["copies"][0]["state"] == "ready" and told["copies"][0]["expires_at"]
    assert told["page"].endswith("/account/data")
    assert client().get("/api/v1/me/data", headers=bearer(a_person())).json["copies"] == []
    assert sessions_of(person)
