"""The way of a ballot: drafted, approved by a second official, frozen against everybody, cancelled or certified."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gongzhi.domains.ballots import actions
from gongzhi.domains.ballots.models import Reasons, Results
from gongzhi.domains.ballots.queries import access_ballot
from gongzhi.domains.ballots.rules.canonical import digest_of_text
from gongzhi.kernel import clock
from gongzhi.kernel.errors import Invalid, NotPermitted
from gongzhi.kernel.events import OutboxEvent
from tests import factories
from tests.factories import (
    a_resident,
    actor_of,
    an_admin,
    an_enterprise,
    an_issue,
    an_ngo,
    an_office,
    an_official,
    bearer,
    places,
)

from .steps import a_ballot, a_draft, an_office_with_two, cast, closed, document, later, opened, stored


def test_an_office_drafts_in_steps_and_a_second_official_opens_it(client):
    first, second = an_office_with_two()
    a_resident()
    issue = an_issue()
    desk = client(first)
    assert "/ballots/new?subject=issue" in desk.get(f"/issues/{issue}").text.replace("%3A", ":")
    assert desk.get(f"/ballots/new?subject=issue:{issue}").status_code == 200
    form = f"/ballots/new?subject=issue:{issue}&template=schulze"
    empty = desk.post(form, data={"title": "改造方案", "options-0-label": "甲"})
    assert empty.status_code == 422
    made = desk.post(
        form,
        data={"title": "改造方案怎么选", "options-0-label": "甲", "options-1-label": "乙", "options-2-label": "丙"},
    )
    assert made.status_code == 302
    ballot = made.location.split("/")[-2]
    assert desk.get(made.location).status_code == 200
    now = clock.to_local(clock.now())
    terms = {
        "chambers": ["resident"], "level": "2", "secret": "1", "results": "closed", "reasons": "optional", "quorum": "1/3",
        "opens_at": (now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"), "closes_at": (now + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M"),
        "version": str(stored(ballot).version),
    }  # fmt: skip
    assert desk.post(f"/ballots/{ballot}/terms", data=terms | {"results": "live"}).status_code == 422
    assert desk.post(f"/ballots/{ballot}/terms", data=terms | {"quorum": "half"}).status_code == 422
    assert desk.post(f"/ballots/{ballot}/terms", data=terms).status_code == 302
    assert desk.post(f"/ballots/{ballot}/terms", data=terms).status_code == 409
    assert client().get(f"/ballots/{ballot}").status_code == 404
    assert client(an_official()).get(f"/ballots/{ballot}").status_code == 404
    assert desk.post(f"/ballots/{ballot}/submit").status_code == 302
    assert desk.post(f"/ballots/{ballot}/approve").status_code == 403
    assert client(second).post(f"/ballots/{ballot}/approve").status_code == 302
    page = client().get(f"/ballots/{ballot}")
    assert page.status_code == 200 and stored(ballot).rules_hash in page.text
    assert f'/ballots/{ballot}"' in client().get(f"/issues/{issue}").text
    trace = client().get(f"/api/v1/issues/{issue}/trace").text
    assert "ballot_opened" in trace or "ballot" in trace


def test_whoever_edited_a_draft_cannot_approve_it(app):
    first, second = an_office_with_two()
    a_resident()
    ballot = a_draft(first)
    editor = actor_of(second)
    with factories.writing() as session:
        from gongzhi.domains.ballots.rules.course import Words

        actions.edit_words(session, editor, access_ballot(session, editor, ballot), Words("另一个问题", ""))
    with pytest.raises(NotPermitted):
        opened(first, second, ballot)


def test_the_rules_are_hashed_and_the_hash_is_an_event_of_its_own(app):
    a_resident()
    ballot = stored(a_ballot())
    assert digest_of_text(ballot.frozen) == ballot.rules_hash
    with factories.reading() as session:
        (row,) = session.query(OutboxEvent).filter_by(kind="ballot.opened")
        assert row.payload == {"ballot_id": ballot.id, "rules_hash": ballot.rules_hash}
        assert row.district_id == ballot.district_id


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ballot SET title = 'x'",
        "UPDATE ballot SET closes_at = opens_at",
        "UPDATE ballot SET secret = (1 = 0)",
        "UPDATE ballot SET quorum = '[]', thresholds = '[]'",
        "UPDATE ballot SET frozen = '{}'",
        "UPDATE ballot SET rules_hash = NULL, state = 'draft', private_key = NULL",
        "UPDATE ballot SET entitled = 1000",
        "DELETE FROM ballot",
        "DELETE FROM ballot_voter",
        "UPDATE ballot_voter SET area = 5",
        "UPDATE ballot_voter SET chamber = 'ngo'",
        "INSERT INTO ballot_voter (ballot_id, voter_key, chamber, area, unit) SELECT id, 'r:1', 'resident', 0, '' FROM ballot",
    ],
)
def test_the_database_refuses_to_change_what_is_frozen(app, change):
    a_resident()
    ballot = a_ballot()
    with pytest.raises(DBAPIError), factories.writing() as session:
        session.execute(text(change))
    with factories.writing() as session:
        session.execute(text("UPDATE ballot SET comment_count = 7"))
    assert stored(ballot).comment_count == 7


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ballot SET result_hash = 'x'",
        "UPDATE ballot SET state = 'cancelled', result_hash = NULL",
        "UPDATE ballot SET spoiled = 3",
        "UPDATE ballot_entry SET choice = '\"for\"'",
        "DELETE FROM ballot_entry",
        "INSERT INTO ballot_entry (ballot_id, commitment, salt, choice, chamber, reason) SELECT id, 'c', 's', '\"for\"', '', '' FROM ballot",
        "DELETE FROM ballot_reason",
    ],
)
def test_the_database_refuses_to_change_a_certified_result(app, change):
    voter = a_resident()
    ballot = a_ballot()
    cast(voter, ballot, "against", reason="不需要")
    closed(ballot, app)
    with pytest.raises(DBAPIError), factories.writing() as session:
        session.execute(text(change))
    assert stored(ballot).state == "certified"


def test_the_triggers_of_the_migration_are_those_of_the_models(app, database):
    import importlib.util
    from pathlib import Path

    from gongzhi.domains.ballots import schema

    path = Path(__file__).parents[3] / "migrations" / "versions" / "0007_ballots.py"
    spec = importlib.util.spec_from_file_location("ballots_migration", path)
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    name = database.get_backend_name()
    assert migration.statements(name) == schema.statements(name)


def test_an_opened_ballot_can_only_be_cancelled_with_a_public_reason(client):
    first, second = an_office_with_two()
    a_resident()
    ballot = a_ballot(officials=(first, second))
    desk = client(first)
    assert desk.get(f"/ballots/{ballot}/edit").status_code == 200
    assert desk.post(f"/ballots/{ballot}/edit", data={"title": "换一个问题", "version": "99"}).status_code == 409
    assert desk.post(f"/ballots/{ballot}/withdraw", data={"reason": "x"}).status_code == 409
    assert client(an_admin()).post(f"/ballots/{ballot}/cancel", data={"reason": "x"}).status_code == 403
    assert desk.post(f"/ballots/{ballot}/cancel", data={"reason": " "}).status_code == 422
    assert desk.post(f"/ballots/{ballot}/cancel", data={"reason": "问题表述有误,将重新发起"}).status_code == 302
    page = client().get(f"/ballots/{ballot}").text
    assert "问题表述有误" in page
    assert client(first).post(f"/ballots/{ballot}/cancel", data={"reason": "再来"}).status_code == 409


def test_the_roll_is_frozen_and_names_every_voice_once(client):
    resident, far = a_resident(), a_resident(in_=places().far_community)
    unverified = a_resident(level=1)
    enterprise, ngo = an_enterprise(at=places().community), an_ngo(at=places().community)
    colleague = factories.a_member(factories.an_organisation("enterprise"), "owner")
    official = an_official(an_office(places().subdistrict))
    ballot = a_ballot(places=[places().community])
    late = a_resident()
    assert stored(ballot).entitled == 4
    for person in (resident, enterprise, ngo):
        answer = client().put(f"/api/v1/ballots/{ballot}/vote", json={"choice": "for"}, headers=bearer(person))
        assert answer.status_code == 200, answer.text
    for person in (far, unverified, late, colleague, official):
        answer = client().put(f"/api/v1/ballots/{ballot}/vote", json={"choice": "for"}, headers=bearer(person))
        assert answer.status_code == 403
    assert client().put(f"/api/v1/ballots/{ballot}/vote", json={"choice": "for"}).status_code == 401


def test_a_vote_is_taken_from_its_opening_to_its_close(client):
    voter = a_resident()
    now = clock.now()
    ballot = a_ballot(opens_at=now + timedelta(days=1), closes_at=now + timedelta(days=3))
    path = f"/api/v1/ballots/{ballot}/vote"
    assert client(voter).put(path, json={"choice": "for"}).status_code == 409
    assert "status=announced" in client().get("/ballots").text
    assert ballot in client().get("/ballots?status=announced").text
    with later(days=1, minutes=1):
        assert client(voter).put(path, json={"choice": "for"}).status_code == 200
        assert ballot in client().get("/ballots").text
    with later(days=3):
        assert client(voter).put(path, json={"choice": "for"}).status_code == 409


@pytest.mark.parametrize(
    ("template", "good", "bad"),
    [
        ("simple", "abstain", "maybe"),
        ("approval", ["o1", "o3"], []),
        ("schulze", [["o2"], ["o1", "o3"]], [["o2"], ["o2"]]),
        ("irv", ["o2", "o1"], [["o1", "o2"]]),
        ("score", {"o1": 5, "o2": 0}, {"o1": 99}),
    ],
)
def test_each_method_takes_its_choices_by_api_and_gives_a_certificate(app, client, template, good, bad):
    voters = [a_resident() for _ in range(3)]
    ballot = a_ballot(template)
    path = f"/api/v1/ballots/{ballot}/vote"
    assert client(voters[0]).put(path, json={"choice": bad}).status_code == 422
    receipts = {client(voter).put(path, json={"choice": good}).json["receipt"] for voter in voters}
    assert len(receipts) == 3
    closed(ballot, app)
    found = client().get(f"/api/v1/ballots/{ballot}/result").json
    from gongzhi.domains.ballots.rules import verify_ballot

    assert verify_ballot(found) == []
    assert {entry["commitment"] for entry in found["entries"]} == receipts
    downloaded = client().get(f"/ballots/{ballot}/certificate")
    assert downloaded.json == found and "attachment" in downloaded.headers["Content-Disposition"]
    assert client().get(f"/ballots/{ballot}").status_code == 200
    for receipt in receipts:
        assert "notice-ok" in client().post(f"/ballots/{ballot}/votes", data={"receipt": receipt}).text
    assert "notice-late" in client().post(f"/ballots/{ballot}/votes", data={"receipt": "0" * 64}).text


def test_without_script_a_ranking_is_voted_by_places(client):
    voter = a_resident()
    ballot = a_ballot("schulze")
    browser = client(voter)
    assert 'name="rank-o3"' in browser.get(f"/ballots/{ballot}").text
    assert browser.post(f"/ballots/{ballot}/vote", data={"rank-o1": "9", "rank-o2": "1"}).status_code == 422
    assert browser.post(f"/ballots/{ballot}/vote", data={}).status_code == 422
    receipt = browser.post(
        f"/ballots/{ballot}/vote", data={"rank-o1": "2", "rank-o2": "1", "rank-o3": "2", "nonce": "a" * 43}
    )
    assert receipt.status_code == 200 and receipt.headers["Cache-Control"] == "no-store"
    assert "装扶手 &gt; 修石阶 = 加路灯" in receipt.text
    again = browser.post(
        f"/ballots/{ballot}/vote", data={"rank-o1": "2", "rank-o2": "1", "rank-o3": "2", "nonce": "a" * 43}
    )
    assert again.text.count('class="hash"') == 4


@pytest.mark.parametrize(
    ("results", "visitor", "voted"),
    [(Results.LIVE, True, True), (Results.VOTED, False, True), (Results.CLOSED, False, False)],
)
def test_an_open_ballot_shows_its_count_when_its_rules_say(client, results, visitor, voted):
    voter, other = a_resident(), a_resident()
    ballot = a_ballot(secret=False, results=results)
    cast(voter, ballot, "for", reason="应该修")
    for person, sees in ((None, visitor), (other, visitor), (voter, voted)):
        assert ("data-outcome" in client(person).get(f"/ballots/{ballot}").text) is sees
        assert (client(person).get(f"/api/v1/ballots/{ballot}/result").json["outcome"] is not None) is sees


def test_an_open_ballot_publishes_a_roll_call_after_the_close(app, client):
    voter, enterprise = a_resident("王小明"), an_enterprise("解放碑书店", at=places().community)
    ballot = a_ballot(secret=False, results=Results.LIVE, reasons=Reasons.REQUIRED)
    assert client(voter).put(f"/api/v1/ballots/{ballot}/vote", json={"choice": "for"}).status_code == 422
    cast(voter, ballot, "for", reason="应该修")
    cast(enterprise, ballot, "against", reason="影响营业")
    assert "应该修" not in client().get(f"/ballots/{ballot}").text
    closed(ballot, app)
    listed = document(ballot)
    assert {entry["voter"] for entry in listed["entries"]} == {"王**", "解放碑书店"} or any(
        entry["voter"].startswith("王") for entry in listed["entries"]
    )
    assert "王小明" not in str(listed)
    page = client().get(f"/ballots/{ballot}/votes").text
    assert "解放碑书店" in page and "影响营业" in page


def test_an_owners_vote_counts_an_imported_roll_by_number_and_area(app, client):
    first, second = an_office_with_two()
    owners = [a_resident() for _ in range(3)]
    ballot = a_draft(first, "owners_general", paper=False, secret=False)
    desk = client(first)
    assert desk.post(f"/ballots/{ballot}/submit").status_code == 422

    def upload(rows):
        table = "\ufeff账号,姓名,房号,面积\r\n" + "".join(",".join(row) + "\r\n" for row in rows)
        return desk.post(
            f"/ballots/{ballot}/roll",
            data={"file": (io.BytesIO(table.encode()), "roll.csv")},
            content_type="multipart/form-data",
        )

    wrong = upload(
        [
            (owners[0].login, "", "1-1", "89.5"),
            ("nobody@mail.gongzhi", "", "1-2", "10"),
            ("", "", "1-3", "10"),
            ("", "李四", "1-4", "1,0"),
        ]
    )
    assert wrong.status_code == 422
    assert "3" in wrong.text and "1-1" not in wrong.text
    rows = [(owner.login, "", f"1-{place}", "100") for place, owner in enumerate(owners)]
    good = upload([*rows, (owners[0].login, "", "2-1", "50.25"), ("", "李四", "3-1", "80")])
    assert good.status_code == 302, good.text
    opened(first, second, ballot)
    kept = stored(ballot)
    assert kept.entitled == 4
    assert '"area":43025' in kept.frozen
    for owner, choice in zip(owners, ("for", "against", "for"), strict=True):
        cast(owner, ballot, choice)
    closed(ballot, app)
    outcome = stored(ballot).outcome
    assert outcome["tally"]["total"]["for"] == {"number": 2, "area": 25025}
    assert outcome["status"] == "passed"
    assert "李四" not in client().get(f"/ballots/{ballot}/votes").text
    with factories.reading() as session:
        assert "李四".encode() not in b"".join(
            bytes(row[0]) for row in session.execute(text("SELECT name FROM ballot_voter WHERE name IS NOT NULL"))
        )


def test_a_vote_by_area_cannot_be_secret(app):
    first, _second = an_office_with_two()
    with pytest.raises(Invalid) as wrong:
        a_draft(first, "owners_general", secret=True)
    assert set(wrong.value.errors) == {"secret"}


def test_an_office_opens_ballots_in_its_own_area_only(app):
    first, _second = an_office_with_two()
    with pytest.raises(Invalid):
        a_draft(first, places=[places().district])
    with pytest.raises(Invalid):
        a_draft(first, places=[places().far_community])


def test_an_administrator_sets_the_figures_of_a_template_with_their_basis(client):
    first, _second = an_office_with_two()
    admin = client(an_admin())
    assert client(first).get("/admin/ballots").status_code == 403
    assert admin.get("/admin/ballots").status_code == 200
    path = "/admin/ballots/resident_meeting"
    assert admin.get(path).status_code == 200
    assert admin.get("/admin/ballots/nothing").status_code == 404
    assert (
        admin.post(path, data={"quorum": "2/1", "threshold": "1/2", "basis": "新法第四章", "in_use": "y"}).status_code
        == 422
    )
    assert admin.post(path, data={"quorum": "1/3", "threshold": "1/2", "basis": "", "in_use": "y"}).status_code == 422
    assert (
        admin.post(path, data={"quorum": "1/3", "threshold": "3/5", "basis": "新法第四章", "in_use": "y"}).status_code
        == 302
    )
    ballot = stored(a_draft(first, "resident_meeting"))
    assert (
        ballot.quorum[0]["share"] == "1/3" and ballot.thresholds[0]["share"] == "3/5" and ballot.basis == "新法第四章"
    )


def test_the_api_drafts_and_lists_ballots(client):
    first, second = an_office_with_two()
    a_resident()
    issue = an_issue()
    body = {
        "subject": {"kind": "issue", "id": issue},
        "template": "approval",
        "question": "选哪个方案",
        "options": [{"label": "甲"}, {"label": "乙"}],
    }
    assert client(a_resident()).post("/api/v1/ballots", json=body).status_code == 403
    wrong = client(first).post("/api/v1/ballots", json=body | {"options": []})
    assert wrong.status_code == 422 and "options" in wrong.json["errors"]
    made = client(first).post("/api/v1/ballots", json=body)
    assert made.status_code == 201, made.text
    ballot = made.json["id"]
    assert made.json["status"] == "draft" and made.json["rules"] is None
    assert client().get(f"/api/v1/ballots/{ballot}").status_code == 404
    assert ballot not in client().get("/api/v1/ballots").text
    opened(first, second, ballot)
    shown = client().get(f"/api/v1/ballots/{ballot}").json
    assert shown["status"] == "announced" and shown["rules"]["question"] == "选哪个方案"
    assert [one["id"] for one in client().get("/api/v1/ballots").json["items"]] == [ballot]
    assert client().get("/api/v1/ballots?status=open").json["items"] == []
    assert [one["id"] for one in client().get("/api/v1/ballots?status=announced").json["items"]] == [ballot]


def test_the_page_and_the_list_ask_the_database_a_fixed_number_of_times(client, sql_count):
    voters = [a_resident() for _ in range(3)]
    officials = an_office_with_two()
    issue = an_issue()
    ballots = [a_ballot(officials=officials, on=issue) for _ in range(3)]
    for voter in voters:
        cast(voter, ballots[0])
    browser = client(voters[0])
    with sql_count() as statements:
        browser.get("/ballots")
    assert len(statements) <= 8, statements
    with sql_count() as statements:
        browser.get(f"/ballots/{ballots[0]}")
    assert len(statements) <= 13, statements


def test_ballots_can_be_commented_on_and_are_found_by_their_question(app, client):
    voter = a_resident()
    ballot = a_ballot(title="是否封闭这条小巷")
    factories.a_comment(voter, ballot, kind="ballot")
    assert stored(ballot).comment_count == 1
    assert "我也遇到了" in client().get(f"/ballots/{ballot}").text


def test_a_ballots_hashes_enter_the_public_ledger(app):
    from gongzhi.reactions.ledger.models import LedgerLeaf

    voter = a_resident()
    ballot = a_ballot()
    cast(voter, ballot)
    closed(ballot, app)
    factories.deliver()
    kept = stored(ballot)
    with factories.reading() as session:
        records = [
            leaf.record
            for leaf in session.query(LedgerLeaf).filter_by(subject_kind="ballot").order_by(LedgerLeaf.position)
        ]
    assert kept.rules_hash in str(records[0]) and kept.result_hash in str(records[1])
    assert voter.id not in str(records)
