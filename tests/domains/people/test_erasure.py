"""An account erased (注销): asked for, thought over, carried out once; words stay nameless, voices stay counted."""

import io
import re
from datetime import timedelta

import pytest
import time_machine

from gongzhi.domains.comments.models import Comment
from gongzhi.domains.issues.models import IssueDraft, Vote
from gongzhi.domains.people import jobs
from gongzhi.domains.people.models import Account, AccountSession, AccountState, Erasure, Tombstone
from gongzhi.kernel import clock, db, storage
from gongzhi.kernel.errors import NotFound
from gongzhi.web.doctor import examine
from tests.at_once import at_once
from tests.factories import (
    PASSWORD,
    a_comment,
    a_grid_worker,
    a_person,
    a_resident,
    a_vote,
    an_enterprise,
    an_issue,
    an_official,
    bearer,
    deliver,
    follow,
    react,
    reading,
    with_role,
    writing,
)
from tests.kernel.test_storage import an_image

from .strong import give_password, is_in, set_up_app, set_up_passkey
from .test_verification import IDENTITY, ask, request_of

AFTER = timedelta(days=15, minutes=1)
NAME = "渝中某居民"


def ask_to_leave(browser):
    return browser.post("/account/data/erase", data={"agree": "y"})


def erase_now(app):
    with time_machine.travel(clock.now() + AFTER), app.app_context():
        return jobs.carry_out_erasures()


def verified(client, person):
    """Verified by a grid worker, with an identity number."""
    assert ask(client(person)).status_code == 302
    answer = client(a_grid_worker()).post(f"/desk/residents/{request_of(person).id}/approve")
    assert answer.status_code == 302
    return person


def account(person):
    with reading() as session:
        return session.get_one(Account, person.id)


def votes_on(issue):
    with reading() as session:
        return session.query(Vote).filter_by(issue_id=issue).order_by(Vote.voter_key).all()


def counted(client, issue):
    """Support and opposition of residents, as everybody sees it."""
    chambers = client().get(f"/api/v1/issues/{issue}/tally").json["chambers"]
    return chambers["resident"]["support"], chambers["resident"]["oppose"]


def test_the_page_says_what_goes_what_stays_what_is_kept_and_needs_a_yes(client):
    browser = client(a_resident())
    page = browser.get("/account/data/erase").text
    for words in ("哪些会删除", "哪些会保留", "法律要求留存", "15 天", "三年"):
        assert words in page
    assert browser.post("/account/data/erase", data={}).status_code == 422
    assert is_in(browser)


def test_asking_ends_every_session_and_signing_in_again_cancels(app, client):
    person = a_resident(NAME)
    here, there, program = client(person), client(person), bearer(person)
    assert ask_to_leave(here).location == "/"
    assert not is_in(here) and not is_in(there)
    assert client().get("/api/v1/me", headers=program).status_code == 401
    wanted = {"login": person.login, "password": PASSWORD}
    assert client().post("/api/v1/tokens", json=wanted, token=False).status_code == 409, "a program does not cancel"
    back = client()
    assert give_password(back, person).status_code == 302
    assert "注销申请已撤销" in back.get("/account").text
    assert erase_now(app) == 0
    assert account(person).name == NAME


def test_nothing_happens_before_the_day_and_all_of_it_then(app, client):
    person = verified(client, a_person(NAME, level=1))
    browser = client(person)
    set_up_app(browser)
    set_up_passkey(browser)
    issue, other = an_issue(person), an_issue()
    comment = a_comment(person, other, "请尽快修好路灯。")
    a_vote(person, other)
    follow(person, other)
    a_comment(a_resident(), issue)
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
    browser.post("/account/data/copies")
    with app.app_context():
        jobs.make_copies()
    ask_to_leave(browser)
    with time_machine.travel(clock.now() + timedelta(days=14)), app.app_context():
        assert jobs.carry_out_erasures() == 0
    assert account(person).name == NAME
    assert erase_now(app) == 1
    assert erase_now(app) == 0, "once is enough"
    gone = account(person)
    assert gone.state == AccountState.ERASED
    assert not any((gone.email, gone.phone, gone.real_name, gone.identity, gone.identity_index, gone.community_id))
    page = client().get(f"/issues/{other}").text
    assert "请尽快修好路灯。" in page and "已注销用户" in page
    assert "已注销用户" in client().get(f"/issues/{issue}").text
    english = client()
    english.post("/preferences", data={"language": "en"})
    assert "Deleted account" in english.get(f"/issues/{other}").text
    assert give_password(client(), person).status_code == 422
    with app.app_context(), pytest.raises(NotFound):
        storage.open_file(picture)
    with reading() as session:
        assert session.get_one(Comment, comment).account_id == person.id
        assert session.query(AccountSession).filter_by(account_id=person.id).count() == 0
        assert session.query(IssueDraft).count() == 0


def test_no_table_holds_a_name_contact_or_number_of_an_erased_person(app, client):
    person = verified(client, a_person(NAME, level=1))
    issue = an_issue()
    a_comment(person, issue)
    deliver()
    ask_to_leave(client(person))
    erase_now(app)
    indexes = _indexes(person)
    with reading() as session:
        for table in db.Base.metadata.sorted_tables:
            for row in session.execute(table.select()).mappings():
                words = " ".join(str(value) for value in row.values())
                for trace in (NAME, "渝*", person.login, "欧阳", IDENTITY, *indexes):
                    if table.name != "throttle":
                        assert trace not in words, (table.name, trace)


def _indexes(person):
    from gongzhi.kernel.secrets import blind_index

    return [blind_index("people.email", person.login), blind_index("people.identity", IDENTITY)]


def test_votes_stay_counted_apart_from_words_and_nothing_adds_up_wrongly(app, client):
    person = verified(client, a_person(level=1))
    issue = an_issue()
    comment = a_comment(person, issue, "支持!")
    liked = a_comment(a_resident(), issue)
    a_vote(person, issue)
    a_vote(a_resident(), issue)
    react(person, liked, "agree")
    ask_to_leave(client(person))
    erase_now(app)
    assert counted(client, issue) == (2, 0)
    with reading() as session:
        author = session.get_one(Comment, comment).account_id
        voters = {vote.account_id for vote in votes_on(issue)}
        assert author == person.id and author not in voters
        assert f"a:{person.id}" not in {vote.voter_key for vote in votes_on(issue)}
    with app.app_context():
        assert all(finding.good for finding in examine(app, deep=True) if "=" in finding.what)


def test_who_registers_again_is_verified_again_and_still_votes_once(app, client):
    person = verified(client, a_person(level=1))
    first, second = an_issue(), an_issue()
    a_vote(person, first)
    a_vote(person, second)
    ask_to_leave(client(person))
    erase_now(app)
    again = a_person(level=1)
    a_vote(again, second, "oppose")
    assert counted(client, second) == (1, 1), "not verified yet: nobody knows it is the same person"
    verified(client, again)
    assert counted(client, second) == (0, 1), "one person, one voice: the newer one"
    assert counted(client, first) == (1, 0)
    a_vote(again, first, "oppose")
    assert counted(client, first) == (0, 1), "the old vote is theirs again, and can be changed"
    with reading() as session:
        assert session.query(Tombstone).count() == 0
    with app.app_context():
        assert all(finding.good for finding in examine(app, deep=True) if "=" in finding.what)


def test_the_keyed_hash_is_another_one_than_the_index_and_goes_after_three_years(app, client):
    person = verified(client, a_person(level=1))
    index = account(person).identity_index
    ask_to_leave(client(person))
    erase_now(app)
    with reading() as session:
        assert session.query(Tombstone).one().hash != index
    with time_machine.travel(clock.now() + timedelta(days=3 * 365 + 20)), app.app_context():
        jobs.forget()
    with reading() as session:
        assert session.query(Tombstone).count() == 0


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (an_enterprise, "负责人"),
        (an_official, "任职"),
        (lambda: with_role(a_person(level=2), "moderator"), "角色"),
    ],
)
def test_duties_are_handed_over_first(app, client, who, why):
    person = who().for_oneself()
    browser = client(person)
    page = browser.get("/account/data/erase").text
    assert why in page and 'name="agree"' not in page
    assert ask_to_leave(browser).status_code == 409
    told = client().get("/api/v1/me/erasure", headers=bearer(person)).json
    assert told["due_at"] is None and len(told["obstacles"]) == 1
    assert client().post("/api/v1/me/erasure", headers=bearer(person)).status_code == 409
    assert is_in(browser)


def test_who_is_appointed_meanwhile_stays(app, client):
    person = a_person(level=2)
    ask_to_leave(client(person))
    with_role(person, "moderator")
    assert erase_now(app) == 0
    assert account(person).state == AccountState.ACTIVE
    with reading() as session:
        assert session.query(Erasure).one().cancelled_at is not None


def test_who_coordinates_an_initiative_hands_it_over_first(client):
    person = a_resident()
    made = client().post(
        "/api/v1/initiatives",
        json={"title": "一起修扶手", "goal": "把梯坎的扶手修好，装上照明。", "issue": an_issue()},
        headers=bearer(person),
    )
    assert made.status_code == 201, made.json
    assert ask_to_leave(client(person)).status_code == 409


def test_two_workers_erase_once(app, client):
    person = a_resident()
    ask_to_leave(client(person))

    def work():
        with app.app_context():
            return jobs.carry_out_erasures()

    with time_machine.travel(clock.now() + AFTER, tick=False):
        assert sorted(at_once(work, work, work)) == [0, 0, 1]
    with reading() as session:
        assert session.query(Account).filter_by(state=AccountState.ERASED).count() == 2


def test_a_program_asks_too_and_others_may_have_the_contact_afterwards(app, client):
    person = a_resident()
    asked = client().post("/api/v1/me/erasure", headers=bearer(person))
    assert asked.status_code == 201 and asked.json["due_at"]
    erase_now(app)
    browser = client()
    browser.post(
        "/register",
        data={"contact": person.login, "name": "新居民", "password": "another long sentence", "agree": "y"},
    )
    page = browser.get("/outbox").text
    assert re.search(r"\d{6}", page), "the contact is free again"


def test_nobody_takes_the_name_of_the_erased(client):
    browser = client(a_person())
    assert browser.post("/account", data={"name": "已注销用户"}).status_code == 422


def test_an_erased_person_is_told_nothing_any_more(app, client):
    person = a_resident()
    issue = an_issue()
    a_comment(person, issue)
    ask_to_leave(client(person))
    erase_now(app)
    a_comment(an_official(), issue)
    deliver()
    with reading() as session:
        told = session.execute(db.Base.metadata.tables["notice"].select()).mappings().all()
    assert all(row["account_id"] != person.id for row in told)
