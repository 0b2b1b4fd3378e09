"""What tests of initiatives need besides people: an issue, an initiative, pledges, the same day of the week."""

from __future__ import annotations

import io
import re
from datetime import timedelta

from PIL import Image

from gongzhi.domains.initiatives.models import Initiative, InitiativeNeed, Participant, Pledge
from gongzhi.domains.initiatives.rules import COUNTING
from gongzhi.domains.issues import actions as issue_actions
from gongzhi.kernel import clock
from tests import factories
from tests.factories import bearer, reading, writing

GOAL = "把半坡院的梯坎扶手修好,加防滑条,大家都能安全上下。"
LAMPS = {"kind": "material", "description": "感应灯", "required": 10, "unit": "盏"}
HANDS = {"kind": "people", "description": "周末志愿者", "required": 4, "unit": "人"}
MONEY = {"kind": "money", "description": "材料费", "required": 200_000}


def in_days(number):
    """A date, as a form or the API takes it."""
    return (clock.today() + timedelta(days=number)).isoformat()


def an_issue(client, by):
    """A published issue of the person, through the API."""
    office, admin = factories.an_office(factories.places().subdistrict), factories.actor_of(factories.an_admin())
    with writing() as session:
        categories = issue_actions.install_categories(session, admin, factories.places().id)
        lamp = next(one for one in categories if one.code == "FAC.lamp")
        issue_actions.set_routing(session, admin, category=lamp, office=office)
        category_id = lamp.id
    answer = client().post(
        "/api/v1/issues",
        json={
            "title": "石阶里上段四盏路灯坏了",
            "body": "两周没有修好,晚归的人很怕,希望尽快更换。",
            "category": category_id,
            "place": factories.places().community.id,
        },
        headers=bearer(by),
    )
    assert answer.status_code == 201, answer.text
    return answer.json["id"]


def an_initiative(client, by, *, needs=(LAMPS, HANDS), **more):
    """An initiative started through the API; its answer."""
    body = {"title": "梯坎安全行动", "goal": GOAL, "needs": list(needs), "place": factories.places().community.id}
    answer = client().post("/api/v1/initiatives", json={**body, **more}, headers=bearer(by))
    assert answer.status_code == 201, answer.text
    return answer.json


def joins(client, person, initiative, need=None, amount=1, **more):
    """A pledge through the API; the answer."""
    body = {"need": need and need["id"], "amount": amount, "due_on": in_days(5), **more}
    if need is None:
        body.setdefault("text", "提供活动用的热水和场地")
    return client().post(f"/api/v1/initiatives/{initiative['id']}/join", json=body, headers=bearer(person))


def seen(client, initiative):
    """The initiative as everybody sees it."""
    return client().get(f"/api/v1/initiatives/{initiative['id']}").json


def running(client, by, **more):
    """An initiative whose work has begun, and the coordinator's browser."""
    initiative, browser = an_initiative(client, by, **more), client(by)
    assert browser.post(f"/initiatives/{initiative['id']}/begin").status_code == 302
    return initiative, browser


def finished(client, by, **more):
    """An initiative finished with a report."""
    initiative, browser = running(client, by, **more)
    answer = browser.post(f"/initiatives/{initiative['id']}/finish", data={"report": REPORT})
    assert answer.status_code == 302, answer.text
    return initiative


REPORT = "扶手已全部更换,防滑条铺了六十级,还剩上段两盏灯由街道十二月更换。"


def a_photo():
    """A small JPEG."""
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "tan").save(data, "JPEG")
    data.seek(0)
    return data


def once_in(page):
    """The mark a form carries so that sending it twice does its work once."""
    return re.search(r'name="once"[^>]*value="([^"]+)"', page).group(1)


def check_counts(initiative_id):
    """Kept numbers equal what they count: needs their pledges, the initiative its participants."""
    with reading() as session:
        initiative = session.get(Initiative, initiative_id)
        pledges = session.query(Pledge).filter_by(initiative_id=initiative_id).all()
        for need in session.query(InitiativeNeed).filter_by(initiative_id=initiative_id):
            counted = sum(one.amount for one in pledges if one.need_id == need.id and one.state in COUNTING)
            assert need.covered == counted
        present = session.query(Participant).filter_by(initiative_id=initiative_id, left_at=None).all()
        chambers = [one.chamber for one in present]
        assert initiative.residents == chambers.count("resident")
        assert initiative.enterprises == chambers.count("enterprise")
        assert initiative.ngos == chambers.count("ngo")
        assert initiative.offices == chambers.count("government")
        return initiative.participants


def a_public_decision(client, issue):
    """A decision on public notice that rests on the issue: drafted by one official, approved by another."""
    office = factories.an_office(factories.places().subdistrict)
    author, second = factories.an_official(office), factories.an_official(office)
    drafted = client().post(
        "/api/v1/decisions",
        json={
            "title": "更换石阶里路灯",
            "body": "十二月底前更换上段四盏路灯,改用感应灯。",
            "issues": [issue],
            "commitments": [{"text": "更换四盏路灯", "due_on": in_days(20)}],
        },
        headers=bearer(author),
    )
    assert drafted.status_code == 201, drafted.text
    for person, step in ((author, "submit"), (second, "approve")):
        assert client(person).post(f"/decisions/{drafted.json['id']}/{step}").status_code == 302
    return drafted.json["id"]
