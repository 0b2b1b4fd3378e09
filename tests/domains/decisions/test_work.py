"""After publication: progress, promises kept or missed, ratings by those who took part, comments, following."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from gongzhi.domains.decisions import actions
from gongzhi.domains.decisions.jobs import sweep
from gongzhi.domains.decisions.models import Commitment, CommitmentState, Decision, DecisionRating
from gongzhi.domains.people.models import Organisation
from gongzhi.kernel import db
from gongzhi.reactions.notices.models import Notice
from tests import factories as f
from tests.at_once import at_once

MORNING = "2026-03-02T01:00:00+00:00"


@pytest.fixture
def morning():
    """A moment in time that can be moved on."""
    with time_machine.travel(MORNING, tick=False) as moment:
        yield moment


@pytest.fixture
def published(app, morning):
    """A published decision on one issue: its id, the issue, its author and a second official."""
    place = f.an_office(f.places().subdistrict)
    author, second = f.an_official(place), f.an_official(place)
    issue = f.an_issue()
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    morning.shift(timedelta(days=8))
    f.step(author, decision, "publish")
    return decision, issue, author, second


def promise_of(decision):
    """The id of its one commitment."""
    with f.reading() as session:
        return session.scalar(select(Commitment.id).where(Commitment.decision_id == decision))


def test_progress_is_reported_by_its_office_and_by_nobody_else(client, published):
    decision, _issue, author, _second = published
    address = f"/api/v1/decisions/{decision}/progress"
    body = {"body": "已完成现场勘察。", "commitment": promise_of(decision)}
    assert client().post(address, json=body, headers=f.bearer(author)).status_code == 201
    for other in (f.a_resident(), f.an_official(), f.an_enterprise()):
        assert client().post(address, json=body, headers=f.bearer(other)).status_code == 403
    wrong = client().post(address, json={**body, "commitment": "0000000000000"}, headers=f.bearer(author))
    assert wrong.status_code == 422
    assert list(wrong.json["errors"]) == ["commitment"]
    (report,) = client().get(f"/api/v1/decisions/{decision}").json["progress"]
    assert report["body"] == "已完成现场勘察。"


def test_the_responsible_office_reports_too_but_cannot_change_the_decision(client, app, morning):
    place = f.an_office(f.places().subdistrict)
    author, second = f.an_official(place), f.an_official(place)
    bureau = f.an_office(name="城管局")
    doer = f.an_official(bureau)
    decision = f.a_decision(author, [f.an_issue()])
    with f.writing() as session:
        session.get_one(Decision, decision).responsible_id = session.get_one(Organisation, bureau.id).id
    assert client(doer).get(f"/decisions/{decision}").status_code == 404
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    morning.shift(timedelta(days=8))
    f.step(author, decision, "publish")
    said = client(doer).post(f"/decisions/{decision}/progress", data={"body": "已进场。", "commitment": ""})
    assert said.status_code == 302
    assert client(doer).post(f"/decisions/{decision}/withdraw", data={"reason": "不做了"}).status_code == 403


def test_a_missed_promise_needs_a_reason_and_a_settled_one_stays(client, published):
    decision, _issue, author, _second = published
    address = f"/decisions/{decision}/commitments/{promise_of(decision)}"
    desk = client(author)
    assert desk.post(address, data={}).status_code == 422
    refused = desk.post(address, data={"state": "missed", "note": ""})
    assert refused.status_code == 422
    kept_text = desk.post(address, data={"state": "open", "note": "写到一半的说明"})
    assert kept_text.status_code == 422
    assert "写到一半的说明" in kept_text.text
    assert client(f.a_resident()).post(address, data={"state": "kept"}).status_code == 403
    assert desk.post(address, data={"state": "missed", "note": "灯具缺货,改在四月底。"}).status_code == 302
    assert desk.post(address, data={"state": "kept", "note": ""}).status_code == 409
    shown = client().get(f"/api/v1/decisions/{decision}").json["commitments"][0]
    assert (shown["state"], shown["note"]) == ("missed", "灯具缺货,改在四月底。")
    assert "灯具缺货" in client().get(f"/decisions/{decision}").text


def test_a_promise_of_another_decision_is_not_found_here(client, published):
    decision, issue, author, _second = published
    other = promise_of(f.a_decision(author, [issue]))
    answer = client(author).post(f"/decisions/{decision}/commitments/{other}", data={"state": "kept"})
    assert answer.status_code == 404


def test_a_promise_that_is_due_reminds_both_offices_once(app, client, morning, published):
    decision, _issue, author, second = published
    doer = f.an_official(f.an_office(name="城管局"))
    with f.writing() as session:
        session.get_one(Decision, decision).responsible_id = doer.acts_for
    morning.shift(timedelta(days=40))
    for _again in range(2):
        with app.app_context(), db.isolated():
            sweep()
    f.deliver()
    with f.reading() as session:
        told = session.scalars(select(Notice.account_id).where(Notice.text == "decision.promise_due")).all()
    assert sorted(told) == sorted([author.id, second.id, doer.id])


def test_only_those_who_took_part_rate_once_and_may_change_their_mind(client, published):
    decision, issue, author, second = published
    voter, retracted, outsider = f.a_resident(), f.a_resident(), f.a_resident()
    commenter, enterprise = f.a_resident(), f.an_enterprise()
    f.a_vote(voter, issue)
    f.a_vote(enterprise, issue, "oppose")
    f.a_vote(retracted, issue)
    client().delete(f"/api/v1/issues/{issue}/vote", headers=f.bearer(retracted))
    f.a_comment(commenter, issue)
    address, rating = f"/decisions/{decision}/rating", {"solved": "partly", "satisfaction": "3", "comment": "还行"}
    assert client(voter).post(address, data=rating).status_code == 409
    settle(author, decision)
    f.step(author, decision, "complete")
    for person in (voter, commenter, enterprise):
        assert client(person).post(address, data=rating).status_code == 302
    for person in (outsider, retracted, enterprise.for_oneself()):
        refused = client(person).post(address, data={**rating, "comment": "我想说的话"})
        assert refused.status_code == 409
    for official in (author, second):
        assert client(official).post(address, data=rating).status_code == 403
    assert client(voter).post(address, data={"solved": "yes", "satisfaction": "9"}).status_code == 422
    assert client(voter).post(address, data={"solved": "yes", "satisfaction": "5"}).status_code == 302
    with f.reading() as session:
        rows = session.execute(select(DecisionRating.voter_key, DecisionRating.satisfaction)).all()
    assert sorted(rows) == sorted([(f"a:{voter.id}", 5), (f"a:{commenter.id}", 3), (f"o:{enterprise.acts_for}", 3)])
    page = client(voter).get(f"/decisions/{decision}").text
    assert re.search(r'<input[^>]*checked[^>]*name="satisfaction"[^>]*value="5"', page)


def settle(author, decision):
    """Say that its promise was kept."""
    actor = f.actor_of(author)
    key = promise_of(decision)
    with f.writing() as session:
        actions.settle_commitment(session, actor, session.get_one(Commitment, key), state=CommitmentState.KEPT)


def test_ratings_of_one_voice_at_once_leave_one_row(app, published):
    decision, issue, author, _second = published
    voter = f.a_resident()
    f.a_vote(voter, issue)
    settle(author, decision)
    f.step(author, decision, "complete")
    browsers = [f.sign_in(app.test_client(), voter) for _ in range(4)]
    tokens = [browser.csrf_token() for browser in browsers]
    answers = at_once(
        *(
            lambda browser=browser, token=token, mark=mark: (
                browser.post(
                    f"/decisions/{decision}/rating",
                    data={"solved": "yes", "satisfaction": str(mark)},
                    headers={"X-CSRFToken": token},
                ).status_code
            )
            for mark, (browser, token) in enumerate(zip(browsers, tokens, strict=True), start=1)
        )
    )
    assert answers == [302] * 4
    with f.reading() as session:
        assert session.scalar(select(func.count()).select_from(DecisionRating)) == 1


def test_a_decision_is_discussed_counted_and_followed_without_counting_twice(client, published):
    decision, _issue, _author, _second = published
    resident = f.a_resident()
    browser = client(resident)
    assert browser.post(f"/comments/decision/{decision}", data={"body": "支持", "stance": "for"}).status_code == 302
    posted = client().post(
        f"/api/v1/decisions/{decision}/comments", json={"body": "何时开工?"}, headers=f.bearer(resident)
    )
    assert posted.status_code == 201
    assert client().get(f"/api/v1/decisions/{decision}").json["comment_count"] == 2
    for on in ("1", "1", "0", "0", "1"):
        assert browser.post(f"/decisions/{decision}/follow", data={"on": on}).status_code == 302
    assert browser.post(f"/decisions/{decision}/follow", data={"on": "0"}).status_code == 302
    assert client().post(f"/decisions/{decision}/follow").status_code == 302


def test_the_list_is_paged_without_loss_and_filtered_by_state_and_place(client, published):
    decision, issue, author, second = published
    others = []
    for number in range(4):
        other = f.a_decision(author, [issue], title=f"第{number}项决定")
        f.step(author, other, "submit")
        f.step(second, other, "approve")
        others.append(other)
    seen, cursor = [], ""
    while True:
        page = client().get(f"/api/v1/decisions?limit=2{cursor}").json
        seen += [row["id"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [*sorted(others, reverse=True), decision]
    assert [row["id"] for row in client().get("/api/v1/decisions?state=published").json["items"]] == [decision]
    far = f.places().far_community.id
    assert client().get(f"/api/v1/decisions?place={far}").json["items"] == []
    near = f.places().subdistrict.id
    assert len(client().get(f"/api/v1/decisions?place={near}").json["items"]) == 5
    assert client().get("/api/v1/decisions?place=0000000000000").status_code in (404, 422)
    assert client().get("/decisions?cursor=zzz").status_code == 422
    assert client().get("/decisions?state=nonsense").status_code == 200


def test_list_and_page_stay_within_their_statements(client, published, sql_count):
    decision, _issue, _author, _second = published
    browser = client(f.a_resident())
    for address in ("/decisions", f"/decisions/{decision}"):
        browser.get(address)
        with sql_count() as statements:
            assert browser.get(address).status_code == 200
        # One of them for the ballots held on it or on its issues.
        assert len(statements) <= 6, "\n---\n".join(statements)
