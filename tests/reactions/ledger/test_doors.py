"""Pages and API of the ledger: public, complete enough to check everything by oneself, and cheap."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from gongzhi.reactions.ledger.heads import sign_grown_logs
from gongzhi.reactions.ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from tests import factories as f
from tests.reactions.ledger.conftest import many_acts

PAGES = ["/ledger", "/ledger/heads", "/ledger/keys", "/ledger/consistency"]


def words(answer):
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_stands_before_there_is_anything_to_show(app, client, page):
    assert client().get(page).status_code == 200
    assert client().get("/api/v1/ledger").json == {"log": None, "size": 0, "head": None}
    assert client().get("/ledger/0").status_code == 404


def test_a_visitor_reads_the_ledger_in_chinese_and_english(acts, client):
    page = words(client().get("/ledger"))
    for said in (
        "公开账本",
        "决定已发布",
        "暂停计时",
        "石阶里路灯不亮",
        "石阶里路灯改造",
        "解放碑街道办事处",
        "根哈希",
    ):
        assert said in page
    english = words(client().get("/ledger", headers={"Accept-Language": "en"}))
    assert "Public ledger" in english or "公开账本" in english


def test_the_entry_page_lets_one_check_everything_by_hand(app, acts, client):
    """With nothing but what stands on the page's API and a hash function."""
    visitor = client()
    with app.app_context():
        sign_grown_logs()
    head = visitor.get("/api/v1/ledger").json["head"]
    for entry in visitor.get("/api/v1/ledger/entries").json["items"]:
        proof = visitor.get(f"/api/v1/ledger/proofs/inclusion?index={entry['index']}&size={head['size']}").json
        leaf = leaf_hash(entry["record"].encode())
        assert leaf.hex() == entry["leaf_hash"] == proof["leaf_hash"]
        path = [bytes.fromhex(part) for part in proof["path"]]
        assert verify_inclusion(entry["index"], head["size"], leaf, path, bytes.fromhex(head["root"]))
        page = words(visitor.get(f"/ledger/{entry['index']}?size={head['size']}"))
        assert "核对通过" in page
        assert head["root"] in page and proof["leaf_hash"] in page
        assert all(part in page for part in proof["path"])
        told = visitor.get(f"/api/v1/ledger/entries/{entry['index']}").json["words"]
        stated = json.loads(entry["record"]).get("content")
        if stated is None:
            assert told["state"] == "none"
            continue
        salted = bytes.fromhex(told["salt"] or "") + told["content"].encode()
        assert hashlib.sha256(salted).hexdigest() == stated["value"]
        assert told["state"] == "same"


def test_words_that_were_changed_behind_the_platforms_back_show(acts, client):
    from sqlalchemy import text

    with f.writing() as session:
        session.execute(text("UPDATE answer SET body = '从未答复过。'"))
    index = next(
        entry["index"]
        for entry in client().get("/api/v1/ledger/entries?kind=issue").json["items"]
        if entry["event"] == "issue.answered"
    )
    assert client().get(f"/api/v1/ledger/entries/{index}").json["words"]["state"] == "changed"
    assert "与登记时不一致" in words(client().get(f"/ledger/{index}"))


def test_hidden_words_are_not_shown_by_way_of_the_ledger(acts, client):
    from sqlalchemy import text

    with f.writing() as session:
        session.execute(text("UPDATE issue SET is_hidden = true"))
    for entry in client().get("/api/v1/ledger/entries?kind=issue").json["items"]:
        page = words(client().get(f"/ledger/{entry['index']}"))
        assert "何小满" not in page and "石阶里路灯不亮" not in page
        assert client().get(f"/api/v1/ledger/entries/{entry['index']}").json["words"]["content"] is None


def test_any_two_sizes_are_proved_consistent(app, acts, client):
    visitor = client()
    for first in range(1, 7):
        for second in range(first, 7):
            proof = visitor.get(f"/api/v1/ledger/proofs/consistency?first={first}&second={second}").json
            path = [bytes.fromhex(part) for part in proof["path"]]
            roots = (bytes.fromhex(proof[name]) for name in ("first_root", "second_root"))
            assert verify_consistency(first, second, *roots, path)
    with app.app_context():
        sign_grown_logs()
    page = words(visitor.get("/ledger/consistency?first=5&second=6"))
    assert "完全相同的记录开头" in page
    offered = words(visitor.get("/ledger/consistency"))
    assert 'value="5"' in offered and 'value="6"' in offered


@pytest.mark.parametrize("asked", ["first=0&second=6", "first=6&second=5", "first=1&second=7", "first=x&second=6"])
def test_sizes_the_log_never_had_are_refused_beside_their_field(acts, client, asked):
    page = client().get(f"/ledger/consistency?{asked}")
    assert page.status_code == 422
    assert "field-error" in words(page)
    assert client().get(f"/api/v1/ledger/proofs/consistency?{asked}").status_code == 422


@pytest.mark.parametrize("asked", ["index=6&size=6", "index=0&size=7", "index=-1&size=3", "index=0", "size=4"])
def test_proofs_of_what_is_not_there_are_refused(acts, client, asked):
    assert client().get(f"/api/v1/ledger/proofs/inclusion?{asked}").status_code == 422


@pytest.mark.parametrize("path", ["/ledger/6", "/ledger/99999999999999999999", "/ledger/5?size=5", "/ledger/0?size=3"])
def test_pages_of_what_is_not_there_answer_404(acts, client, path):
    assert client().get(path).status_code == 404


def test_another_district_is_not_shown_here(app, acts, client):
    other = f.a_district("500104")
    stranger = f.a_resident(district_id=other.id)
    assert client(stranger).get("/api/v1/ledger").json["log"] is None
    assert client(stranger).get("/ledger/0").status_code == 404
    assert client(stranger).get("/api/v1/ledger/entries").json["items"] == []
    assert client().get("/ledger/0").status_code == 200


def test_lists_are_narrowed_and_follow_each_other_without_gap_or_repeat(acts, client):
    visitor = client()
    seen, cursor = [], ""
    while cursor is not None:
        page = visitor.get(f"/api/v1/ledger/entries?limit=4{'&cursor=' + cursor if cursor else ''}").json
        seen += [entry["index"] for entry in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [5, 4, 3, 2, 1, 0]
    about = visitor.get(f"/api/v1/ledger/entries?object={acts.decision}").json["items"]
    assert [entry["event"] for entry in about] == ["decision.published", "decision.on_notice"]
    assert words(visitor.get("/ledger?kind=decision")).count('class="item-title"') == 2
    assert words(visitor.get("/ledger?kind=nonsense&cursor=broken")).count('class="item-title"') == 6
    assert "没有这一类" in words(visitor.get("/ledger?kind=ballot"))


def test_issue_and_decision_point_to_their_entries(acts, client):
    for page in (f"/issues/{acts.issue}", f"/decisions/{acts.decision}"):
        shown = words(client().get(page))
        assert "在公开账本中" in shown
        link = re.search(r'href="(/ledger[?]kind=[^"]+)"', shown)[1].replace("&amp;", "&")
        assert 'class="item-title"' in words(client().get(link))
    untouched = f.an_issue()
    assert "在公开账本中" not in words(client().get(f"/issues/{untouched}"))


def test_a_page_costs_the_same_however_long_the_log_is(app, client, sql_count):
    many_acts(client, 60)
    with app.app_context():
        sign_grown_logs()
    visitor = client()
    for path, most in (
        ("/ledger", 6),
        ("/ledger/33", 10),
        ("/ledger/heads", 5),
        ("/ledger/consistency?first=7&second=60", 5),
    ):
        visitor.get(path)
        with sql_count() as statements:
            assert visitor.get(path).status_code == 200
        assert len(statements) <= most, (path, statements)
    with sql_count() as statements:
        visitor.get("/api/v1/ledger/proofs/inclusion?index=33&size=60")
    assert len(statements) <= 3, statements
