"""The demo: complete, consistent, repeatable, and apart from the second district."""

import shutil
import uuid
from collections import Counter
from contextlib import nullcontext
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from gongzhi.domains.comments.models import Comment
from gongzhi.domains.decisions.models import Decision
from gongzhi.domains.initiatives.models import Initiative, InitiativeNeed, Pledge
from gongzhi.domains.issues.models import Issue, Rating, Vote, VoteTally
from gongzhi.domains.people.models import Account, District, Organisation
from gongzhi.domains.places.models import Place
from gongzhi.kernel import clock, db
from gongzhi.web.demo import build
from gongzhi.web.demo.people import login
from gongzhi.web.demo.world import PASSWORD
from tests import conftest

OFFERED = (
    "resident", "resident2", "enterprise", "ngo", "official", "reviewer", "department",
    "grid", "social", "auditor", "evaluator", "moderator", "admin",
)  # fmt: skip
SUNDAY_NIGHT = datetime(2026, 11, 22, 23, 50, tzinfo=clock.LOCAL)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def demo(request, application, tmp_path_factory):
    """The application on a database with the demo in it; once built in the dead of night, once now."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("demo") / "demo.sqlite3"
        shutil.copyfile(request.getfixturevalue("empty_sqlite"), path)
        url, moment = make_url(f"sqlite:///{path}"), clock.as_of(SUNDAY_NIGHT)
    else:
        name = f"gongzhi_demo_{uuid.uuid4().hex[:10]}"
        conftest._server(f'CREATE DATABASE "{name}"')
        url, moment = conftest._postgresql(name), nullcontext()
    engine = db.configure(url)
    if request.param == "postgresql":
        conftest._create_all(engine)
    with application.app_context(), moment:
        assert build() is True
    yield application
    db.close_session()
    db.disconnect()
    if request.param == "postgresql":
        conftest._server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def stored(demo):
    with demo.app_context():
        yield db.session()
    db.close_session()


def test_all_thirty_six_issues_are_there_in_every_stage_of_their_life(stored):
    states = Counter(stored.scalars(select(Issue.state)))
    assert sum(states.values()) == 37
    assert {"published", "accepted", "under_way", "answered", "resolved", "not_possible", "rated", "closed"} <= set(
        states
    )
    assert states["merged"] == 1
    assert stored.scalar(select(func.count()).select_from(Issue).where(Issue.escalated_office_id.is_not(None))) >= 2
    assert stored.scalar(select(func.count()).select_from(Issue).where(Issue.paused_at.is_not(None))) >= 1
    assert stored.scalar(select(func.count()).select_from(Issue).where(Issue.reopened > 0)) == 1
    assert all(office for office in stored.scalars(select(Issue.office_id)))
    assert stored.scalar(select(func.count()).select_from(Rating)) > 30


def test_every_tally_equals_its_votes_in_all_three_chambers(stored):
    rows = stored.execute(select(Vote.issue_id, Vote.chamber, Vote.choice))
    votes = Counter((issue_id, str(chamber), str(choice)) for issue_id, chamber, choice in rows)
    tallies = Counter()
    for row in stored.scalars(select(VoteTally)):
        for choice in ("support", "oppose", "neutral"):
            tallies[row.issue_id, str(row.chamber), choice] += getattr(row, choice)
    counted = {key: number for key, number in votes.items() if key[2] != "none"}
    assert {key: number for key, number in tallies.items() if number} == counted
    assert {chamber for _issue, chamber, _choice in counted} == {"resident", "enterprise", "ngo"}


def test_decisions_and_initiatives_stand_at_every_stage(stored):
    decisions = set(stored.scalars(select(Decision.state)))
    assert decisions == {"draft", "in_review", "public_notice", "published", "done"}
    assert all(one.reviewer_id != one.author_id for one in stored.scalars(select(Decision)) if one.reviewer_id)
    initiatives = Counter(stored.scalars(select(Initiative.state)))
    assert {"planning", "running", "closed"} <= set(initiatives)
    assert sum(initiatives.values()) == 10
    assert {"open", "kept", "missed"} <= set(stored.scalars(select(Pledge.state)))


def test_what_is_covered_equals_what_is_pledged(stored):
    pledged = Counter()
    for pledge in stored.scalars(select(Pledge).where(Pledge.state.in_(("open", "kept")))):
        pledged[pledge.need_id] += pledge.amount
    for need in stored.scalars(select(InitiativeNeed)):
        assert need.covered == pledged[need.id]


def test_nothing_lies_in_the_future(stored):
    newest = max(
        stored.scalar(select(func.max(column)))
        for column in (Issue.published_at, Comment.created_at, Vote.changed_at, Account.created_at)
    )
    assert newest <= clock.now()


def test_everybody_on_the_sign_in_page_can_sign_in(demo):
    for who in OFFERED:
        answer = demo.test_client().post("/api/v1/tokens", json={"login": login(who), "password": PASSWORD})
        assert answer.status_code == 201, who
    with demo.app_context():
        marked = db.session().scalar(select(func.count()).select_from(Account).where(Account.is_demo))
    assert marked == len(OFFERED)


def test_the_pages_of_the_demo_open_for_a_visitor(demo):
    browser = demo.test_client()
    with demo.app_context():
        issue = db.session().scalars(select(Issue.id).where(Issue.title == "梯坎扶手松动老人易摔")).one()
        community = db.session().scalars(select(Place.id).where(Place.name_zh == "人和街社区")).one()
    for path in ("/", "/issues", f"/issues/{issue}", "/decisions", "/initiatives", f"/places/{community}"):
        answer = browser.get(path)
        assert answer.status_code == 200, path
    assert "罗永强" in browser.get(f"/places/{community}").get_data(as_text=True)


def test_it_is_built_once(demo, stored):
    before = [stored.scalar(select(func.count()).select_from(table)) for table in (Account, Issue, Vote, Place)]
    with demo.app_context():
        assert build() is False
    after = [stored.scalar(select(func.count()).select_from(table)) for table in (Account, Issue, Vote, Place)]
    assert before == after


def test_the_second_district_shows_nothing_of_the_first(demo, stored):
    other = stored.scalars(select(District).where(District.code == "999999")).one()
    for table in (Issue, Organisation, Account, Decision, Initiative):
        assert not stored.scalars(select(table).where(table.district_id == other.id)).all()
    browser = demo.test_client()
    browser.set_cookie("district", "999999")
    listed = browser.get("/api/v1/places?limit=100").get_json()["items"]
    assert {item["name_zh"] for item in listed} == {
        "示例区", "示例街道", "样板街道", "甲社区", "乙社区", "丙社区",
    }  # fmt: skip
    assert browser.get("/api/v1/issues").get_json()["items"] == []
    issue = stored.scalars(select(Issue.id)).first()
    community = stored.scalars(select(Place.id).where(Place.name_zh == "人和街社区")).one()
    for path in (f"/issues/{issue}", f"/places/{community}", f"/places/{community}.geojson", f"/api/v1/issues/{issue}"):
        assert browser.get(path).status_code == 404, path
