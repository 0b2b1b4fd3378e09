"""Organisations: application and answer, representatives, hand-over, offices, and acting for them."""

import io

import pytest
from PIL import Image

from tests import factories
from tests.domains.people.messages import messages_to, newest_link
from tests.factories import (
    a_credit_code,
    a_member,
    a_person,
    a_resident,
    an_admin,
    an_enterprise,
    an_office,
    an_official,
    an_organisation,
    places,
)


def a_photo():
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(made, "PNG")
    made.seek(0)
    return made, "proof.png"


def application(**more):
    return {
        "kind": "enterprise",
        "name_zh": "江岸物业服务有限公司",
        "registration_number": a_credit_code(4711),
        "place_id": places().community.id,
        "proof": a_photo(),
        **more,
    }


def apply(browser, **more):
    return browser.post("/organisations/apply", data=application(**more), content_type="multipart/form-data")


def test_an_application_is_verified_by_the_office_of_the_area_and_its_applicant_then_acts_for_it(client):
    person = a_resident()
    applicant = client(person)
    page = apply(applicant)
    assert page.status_code == 302
    assert applicant.get(page.location).status_code == 200
    assert client().get(page.location).status_code == 404, "not public before it is verified"
    assert client(a_resident()).get(page.location).status_code == 404
    elsewhere = client(an_official(an_office(places().other_subdistrict)))
    organisation_id = page.location.rpartition("/")[2]
    verify = f"/desk/organisations/{organisation_id}/verify"
    assert "江岸物业" not in elsewhere.get("/desk/organisations").text
    assert elsewhere.post(verify).status_code == 404
    assert applicant.post(verify).status_code == 403
    official = client(an_official(an_office(places().subdistrict)))
    assert "江岸物业" in official.get("/desk/organisations").text
    assert official.get(f"{page.location}/proof").headers["Content-Disposition"].startswith("attachment")
    assert official.post(verify).status_code == 302
    assert official.post(verify).status_code == 409
    assert client().get(page.location).status_code == 200
    assert messages_to(client(), person.login) == 1
    assert applicant.post("/acting-as", data={"as": organisation_id}).status_code == 302
    assert "江岸物业" in applicant.get("/account").text
    assert applicant.get(f"{page.location}/members").status_code == 200


def test_a_refused_application_says_why_and_can_be_made_again(client):
    applicant, official = client(a_resident()), client(an_official())
    page = apply(applicant)
    organisation_id = page.location.rpartition("/")[2]
    assert official.post(f"/desk/organisations/{organisation_id}/refuse", data={"reason": ""}).status_code == 422
    assert (
        official.post(f"/desk/organisations/{organisation_id}/refuse", data={"reason": "照片看不清"}).status_code == 302
    )
    assert "照片看不清" in applicant.get(page.location).text
    assert apply(applicant).location == page.location
    assert "照片看不清" not in applicant.get(page.location).text


def test_nobody_decides_on_their_own_application(client):
    official = an_official()
    browser = client(official)
    page = apply(browser)
    organisation_id = page.location.rpartition("/")[2]
    assert browser.post(f"/desk/organisations/{organisation_id}/verify").status_code == 403
    assert client(an_admin()).post(f"/desk/organisations/{organisation_id}/verify").status_code == 302


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"registration_number": "91500103000004712X"}, "registration_number"),
        ({"registration_number": "1234"}, "registration_number"),
        ({"kind": "government"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"name_zh": ""}, "name_zh"),
        ({"place_id": "0000000000000"}, "place_id"),
        ({"proof": b"<script>"}, "proof"),
        ({"proof": b"%PDF-1.4 cut off"}, "proof"),
    ],
)
def test_a_wrong_entry_is_said_beside_its_field(client, more, field):
    if "proof" in more:
        more = {"proof": (io.BytesIO(more["proof"]), "proof.pdf")}
    answer = apply(client(a_resident()), **more)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_one_registration_number_is_one_organisation(client):
    assert apply(client(a_resident())).status_code == 302
    assert apply(client(a_resident())).status_code == 409


def test_a_representative_is_invited_accepts_once_and_can_leave(client):
    owner = an_enterprise("朝门商业管理公司")
    browser, guest, late = client(owner), client(a_person()), client(a_person())
    base = f"/organisations/{owner.acts_for}"
    assert browser.post(f"{base}/invitations", data={"contact": "guest@mail.gongzhi"}).status_code == 302
    link = newest_link(client())
    assert client().get(link).status_code == 302, "sign in first"
    assert "朝门商业管理公司" in guest.get(link).text
    assert guest.post(link).status_code == 302
    assert late.post(link).status_code == 404, "used once"
    assert guest.get(f"{base}/members").status_code == 200
    assert guest.post(f"{base}/invitations", data={"contact": "x@mail.gongzhi"}).status_code == 403
    assert guest.post(f"{base}/leave").status_code == 302
    assert guest.get(f"{base}/members").status_code == 403
    assert browser.post(f"{base}/leave").status_code == 409, "an owner hands over first"


def test_a_withdrawn_invitation_leads_nowhere(client):
    owner = an_enterprise()
    browser = client(owner)
    base = f"/organisations/{owner.acts_for}"
    browser.post(f"{base}/invitations", data={"contact": "guest@mail.gongzhi"})
    link = newest_link(client())
    action = browser.get(f"{base}/members").text.partition(f"{base}/invitations/")[2].partition('"')[0]
    outsider = client(an_enterprise())
    while_elsewhere = action.partition('"')[0]
    assert outsider.post(f"{base}/invitations/{while_elsewhere}").status_code in (403, 404)
    action = _withdrawal(browser.get(f"{base}/members").text)
    assert browser.post(action).status_code == 302
    assert client(a_person()).get(link).status_code == 404


def _withdrawal(page):
    return next(part for part in page.split('"') if part.endswith("/withdraw"))


def test_the_owner_hands_over_and_is_removed_by_the_new_one(client):
    owner = an_enterprise()
    office = type("Of", (), {"id": owner.acts_for, "district_id": owner.district_id})
    second = a_member(office, "representative")
    browser, other = client(owner), client(second)
    base = f"/organisations/{owner.acts_for}"
    assert other.post(_action(browser, base, "/hand-over")).status_code == 403
    assert browser.post(_action(browser, base, "/hand-over")).status_code == 302
    assert browser.post(f"{base}/invitations", data={"contact": "x@mail.gongzhi"}).status_code == 403
    removal = _action(other, base, "/remove")
    assert other.post(removal, data={"reason": ""}).status_code == 422
    assert other.post(removal, data={"reason": "离职"}).status_code == 302
    assert browser.get(f"{base}/members").status_code == 403


def _action(browser, base, end):
    return next(part for part in browser.get(f"{base}/members").text.split('"') if part.endswith(end))


def test_officials_are_appointed_by_the_head_of_office_or_an_administrator_never_by_themselves(client):
    office = an_office(places().subdistrict)
    leader, handler = an_official(office, role="leader"), an_official(office)
    fresh = a_person()
    new = {"contact": fresh.login, "role": "handler", "title": "城管专员"}
    base = f"/organisations/{office.id}"
    assert client(handler).post(f"{base}/appoint", data=new).status_code == 403
    assert (
        client(an_official(an_office(places().subdistrict), role="leader"))
        .post(f"{base}/appoint", data=new)
        .status_code
        == 403
    )
    browser = client(leader)
    assert browser.post(f"{base}/appoint", data={**new, "contact": leader.login}).status_code == 403
    assert browser.post(f"{base}/appoint", data={**new, "role": "owner"}).status_code == 422
    assert browser.post(f"{base}/appoint", data={**new, "contact": "nobody@mail.gongzhi"}).status_code == 422
    assert browser.post(f"{base}/appoint", data={**new, "ends_on": "2001-01-01"}).status_code == 422
    assert browser.post(f"{base}/appoint", data=new).status_code == 302
    assert browser.post(f"{base}/appoint", data=new).status_code == 409
    assert "城管专员" in browser.get(f"{base}/members").text
    official = client(fresh)
    assert official.get("/desk/residents").status_code == 403
    official.post("/acting-as", data={"as": office.id})
    assert official.get("/desk/residents").status_code == 200


def test_an_enterprise_cannot_appoint_officials_nor_invite_into_an_office(client):
    enterprise, office = an_enterprise(), an_office()
    browser = client(enterprise)
    assert (
        browser.post(
            f"/organisations/{enterprise.acts_for}/appoint", data={"contact": "x", "role": "leader"}
        ).status_code
        == 403
    )
    leader = client(an_official(office, role="leader"))
    assert leader.post(f"/organisations/{office.id}/invitations", data={"contact": "x@mail.gongzhi"}).status_code == 403


def test_an_administrator_makes_an_office_and_appoints_its_first_head(client):
    admin, person = client(an_admin()), a_person()
    new = {
        "name_zh": "解放碑街道办事处",
        "name_en": "Jiefangbei Sub-district Office",
        "code": "500103003-JD",
        "place_id": places().subdistrict.id,
    }
    made = admin.post("/admin/offices/new", data=new)
    assert made.status_code == 302
    assert admin.post("/admin/offices/new", data=new).status_code == 422, "one code, one office"
    base = made.location.removesuffix("/members")
    assert admin.post(f"{base}/appoint", data={"contact": person.login, "role": "leader"}).status_code == 302
    assert client(a_resident()).post("/admin/offices/new", data=new).status_code == 403


def test_the_switch_shows_whom_one_acts_for_and_refuses_others(client):
    person = an_enterprise("半岛公交广告公司").for_oneself()
    organisation = an_organisation("ngo", "石阶青年社区营造中心")
    person = a_member(organisation, "representative", person).for_oneself()
    browser = client(person)
    assert browser.get("/account").text.count('name="as"') == 3
    assert browser.post("/acting-as", data={"as": organisation.id, "next": "/account"}).location == "/account"
    assert f"{person.name} · 石阶青年社区营造中心" in browser.get("/account").text
    assert browser.post("/acting-as", data={"as": an_enterprise().acts_for}).status_code == 422
    assert browser.post("/acting-as", data={"as": "x"}).status_code == 422
    assert client().post("/acting-as", data={"as": ""}).status_code == 302
    browser.post("/acting-as", data={"as": ""})
    assert factories.sessions_of(person)[0].acting_for_id is None
