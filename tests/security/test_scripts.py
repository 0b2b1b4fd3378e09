"""Script typed into every field, file name and parameter stays text wherever it is shown, under the strict CSP.

The pages are read with a parser, as a browser would: what counts is whether an element or an attribute was made
of what somebody typed, not how the text was escaped.
"""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import pytest
from PIL import Image

from gongzhi.domains.places.models import Place
from gongzhi.web.security import CSP
from tests import factories as f
from tests.domains.ballots.steps import an_office_with_two
from tests.domains.initiatives.world import an_initiative, in_days, joins
from tests.domains.moderation.world import case_of

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
MARKDOWN = (
    f"{EVIL}\n\n[press](javascript:alert(1)) [there](data:text/html,<script>alert(1)</script>) <javascript:alert(1)>\n\n"
    "![x](x\"onerror=\"alert(1)) <svg onload=alert(1)></svg> <a href='vbscript:x'>y</a> [r]\n\n[r]: JaVaScRiPt:alert(1)"
)
FILE = "<img src=x onerror=alert(1)>.jpg"
SCHEMES = ("javascript:", "data:", "vbscript:")


class Reader(HTMLParser):
    """What in a page could run: a list of faults, and the text a person reads."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.faults, self.words, self.quiet = [], [], ""

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if (
            tag == "script"
            and "src" not in given
            and given.get("type") not in ("application/json", "application/ld+json")
        ):
            self.faults.append("a script without a source")
        if tag == "img" and given.get("src") == "x":
            self.faults.append("an image somebody typed")
        if tag in ("iframe", "object", "embed", "base", "style", "frame", "applet"):
            self.faults.append(f"an element {tag}")
        for name, value in attributes:
            bare = "".join((value or "").split()).lower()
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.faults.append(f"an attribute {name} on {tag}")
            if name in ("href", "action", "formaction", "xlink:href") and bare.startswith(SCHEMES):
                self.faults.append(f"a link {value[:40]}")
            if name == "src" and bare.startswith(("javascript:", "data:text", "data:image/svg", "vbscript:")):
                self.faults.append(f"a source {value[:40]}")

    handle_startendtag = handle_starttag

    def handle_data(self, data):
        self.words.append(data)


def harmless(answer):
    """The text of a page nothing in which may run, and which has the policy that forbids it anyway."""
    assert answer.status_code < 500
    assert answer.headers["Content-Security-Policy"] == CSP
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.mimetype != "text/html":
        assert answer.mimetype in ("application/json", "application/problem+json", "application/geo+json"), (
            answer.mimetype
        )
        return answer.text
    reader = Reader()
    reader.feed(answer.text)
    assert reader.faults == []
    return "".join(reader.words)


def shown(answer, *, evil="alert(1)"):
    """Harmless, and what was typed is there to be read."""
    assert answer.status_code in (200, 422)
    text = harmless(answer)
    assert evil in text, "the page does not show what was typed: the test looks at the wrong place"
    return text


def moved(answer):
    """Where a form that was taken leads."""
    assert answer.status_code in (302, 303), re.findall(r'id="([^"]+)-error"', answer.text)
    return answer.location


def a_picture():
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "tan").save(data, "JPEG")
    data.seek(0)
    return data


def test_the_policy_names_what_the_standard_asks_for():
    for directive in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert f"{directive} 'none'" in CSP.split("; ")


def test_the_reader_sees_what_a_browser_would_run():
    for bad in (EVIL, "<svg onload=x>", "<a href=' java\nscript:x'>", "<img src=data:text/html,x>", "<p style=x>"):
        reader = Reader()
        reader.feed(bad)
        assert reader.faults, bad


def test_script_in_names_of_people_organisations_and_places_stays_text(app, client):
    person = f.a_resident(EVIL[:40])
    issue = f.an_issue(person)
    f.a_comment(person, issue)
    enterprise = f.an_organisation("enterprise", EVIL)
    office = f.an_office(f.places().subdistrict, EVIL)
    owner, official = f.a_member(enterprise, "owner", person), f.an_official(office, title=EVIL[:60])
    with f.writing() as session:
        session.get_one(Place, f.places().community.id).name_zh = EVIL[:40]
    f.deliver()
    admin = client(f.an_admin())
    for browser, path in (
        (client(), f"/issues/{issue}"), (client(), "/organisations"), (client(), f"/organisations/{enterprise.id}"),
        (client(owner), "/account"), (client(owner), "/"), (client(official), "/desk"), (admin, "/admin/accounts?q=%22"),
        (admin, f"/admin/accounts/{person.id}"), (admin, "/admin/organisations"), (client(), "/places"),
        (client(), f"/places/{f.places().community.id}"), (admin, f"/admin/places/{f.places().community.id}"),
        (client(official), f"/organisations/{office.id}"), (admin, f"/organisations/{office.id}/members"),
        (client(), "/places/select"), (client(), "/api/v1/places"), (client(), f"/issues/{issue}/poster"),
    ):  # fmt: skip
        harmless(browser.get(path))
    shown(client().get(f"/organisations/{enterprise.id}"))
    shown(client().get(f"/issues/{issue}"), evil="<script>")
    renamed = client(person).post("/account", data={"name": EVIL[:40]})
    assert renamed.status_code in (302, 422)
    harmless(client(person).get("/account"))


def test_script_in_an_issue_its_photo_its_answer_and_its_steps_stays_text(app, client):
    author, official = f.a_resident(), f.an_official()
    writer, desk = client(author), client(official)
    category = f.categories()["FAC.lamp"].id
    form = {
        "title": EVIL, "body": MARKDOWN, "category": category, "place_id": f.places().community.id,
        "photo_texts": EVIL, "client_key": EVIL[:60], "draft": EVIL, "look": "1",
    }  # fmt: skip
    shown(writer.post("/issues/new", data=form))
    form = {**form, "client_key": "", "draft": "", "photos": [(a_picture(), FILE)]}
    del form["look"]
    page = moved(writer.post("/issues/new", data=form, content_type="multipart/form-data")).partition("?")[0]
    issue = page.rpartition("/")[2]
    address = f"/issues/{issue}"
    moved(desk.post(f"{address}/accept", data={"accept-version": "1", "version": "1"}))
    for step, more in (
        ("note", {"note": EVIL, "note-note": EVIL}), ("route", {"reason": EVIL, "route-reason": EVIL}),
        ("pause", {"pause-reason": EVIL}), ("decline", {"decline-reason": EVIL}), ("assign", {"assign-to": EVIL}),
    ):  # fmt: skip
        harmless(desk.post(f"{address}/{step}", data={**more, f"{step}-version": "999"}))
    answered = client().post(f"/api/v1{address}/answers", json={"body": MARKDOWN}, headers=f.bearer(official))
    assert answered.status_code == 201, answered.text
    noted = client().post(f"/api/v1{address}/notes", json={"note": EVIL}, headers=f.bearer(author))
    assert noted.status_code in (200, 201), noted.text
    f.deliver()
    for browser in (client(), writer, desk):
        shown(browser.get(address))
    for path in ("/issues", "/", f"{address}/row", f"{address}/versions", f"{address}/poster", "/issues/map.geojson"):
        harmless(client().get(path))
    shown(client().get("/issues"))
    shown(client().get("/search", query_string={"q": "alert"}))
    harmless(writer.get("/notices"))
    harmless(desk.get("/desk"))


def test_script_in_comments_reports_measures_and_appeals_stays_text(app, client):
    author, issue = f.a_resident(), f.an_issue()
    talker = client(author)
    said = talker.post(f"/comments/issue/{issue}", data={"body": MARKDOWN, "stance": "for"})
    assert said.status_code in (200, 302)
    shown(client().get(f"/issues/{issue}"))
    shown(client().get(f"/comments/issue/{issue}"))
    comment = client().get(f"/api/v1/issues/{issue}/comments").json["items"][0]["id"]
    moved(
        client(f.a_resident()).post(f"/moderation/report/comment/{comment}", data={"ground": "insult", "words": EVIL})
    )
    case = case_of(comment).id
    moderator = client(f.with_role(f.a_resident(), "moderator"))
    shown(moderator.get(f"/moderation/cases/{case}"))
    harmless(moderator.get("/moderation/desk"))
    done = moderator.post(f"/moderation/cases/{case}", data={"kind": "warn", "ground": "insult", "reason": EVIL})
    moved(done)
    measure = client().get("/api/v1/me/measures", headers=f.bearer(author)).json["items"][0]["id"]
    shown(talker.get(f"/moderation/measures/{measure}"))
    moved(talker.post(f"/moderation/measures/{measure}/appeal", data={"words": EVIL}))
    f.deliver()
    shown(moderator.get(f"/moderation/cases/{case}"))
    for browser, path in ((moderator, "/moderation/appeals"), (talker, "/moderation/mine"), (talker, "/notices")):
        harmless(browser.get(path))


def test_script_in_decisions_stays_text(app, client):
    first, second = an_office_with_two()
    desk, issue = client(first), f.an_issue()
    form = {
        "title": EVIL, "body": MARKDOWN, "grounds": MARKDOWN, "adopted": MARKDOWN, "not_adopted": MARKDOWN,
        "issues": issue, "responsible": first.acts_for, "money_source": EVIL, "notice_days": "7",
        "promises-0-text": EVIL, "promises-0-responsible": EVIL, "promises-0-due_on": in_days(9),
    }  # fmt: skip
    shown(desk.post("/decisions/new", data={**form, "money": "nonsense", "issues": EVIL}))
    decision = moved(desk.post("/decisions/new", data=form)).rpartition("/")[2]
    shown(desk.get(f"/decisions/{decision}/edit"))
    f.step(first, decision, "submit")
    f.step(second, decision, "approve")
    objector = client(f.a_resident())
    assert objector.post(f"/decisions/{decision}/objections", data={"body": EVIL}).status_code in (200, 302)
    f.deliver()
    shown(client().get(f"/decisions/{decision}"))
    shown(desk.get(f"/decisions/{decision}"))
    for path in ("/decisions", "/", f"/issues/{issue}", "/ledger"):
        harmless(client().get(path))


def test_script_in_initiatives_stays_text(app, client):
    owner, helper = f.a_resident(), f.a_resident()
    need = {"kind": "people", "description": EVIL, "required": 4, "unit": "人"}
    started = an_initiative(client, owner, title=EVIL, goal=MARKDOWN, needs=[need])
    assert joins(client, helper, started, text=EVIL).status_code == 201
    lead, address = client(owner), f"/initiatives/{started['id']}"
    step = {"title": EVIL, "owner": f"a:{owner.id}", "due_on": in_days(3), "once": EVIL[:40]}
    harmless(lead.post(f"{address}/steps", data=step))
    harmless(lead.post(f"{address}/updates", data={"body": MARKDOWN, "photo_texts": EVIL, "once": "u1"}))
    harmless(lead.post(f"{address}/stop", data={"stop-reason": EVIL, "reason": ""}))
    f.deliver()
    for browser in (client(), lead, client(helper)):
        shown(browser.get(address))
    harmless(lead.get(f"{address}/manage"))
    shown(client().get("/initiatives"))
    harmless(client().get(f"{address}/pledges"))


def test_script_in_ballots_stays_text(app, client):
    first, second = an_office_with_two()
    desk, issue = client(first), f.an_issue()
    form = {"title": EVIL, "body": MARKDOWN, "options-0-label": EVIL, "options-1-label": "乙", "options-1-about": EVIL}
    new = f"/ballots/new?subject=issue:{issue}&template=schulze"
    shown(desk.post(new, data={**form, "options-1-label": ""}))
    ballot = moved(desk.post(new, data=form)).split("/")[-2]
    shown(desk.get(f"/ballots/{ballot}"))
    shown(desk.get(f"/ballots/{ballot}/edit"))
    table = (io.BytesIO(f"账号,姓名\n,{EVIL}\n".encode()), "<img src=x onerror=alert(1)>.csv")
    harmless(desk.post(f"/ballots/{ballot}/roll", data={"file": table}, content_type="multipart/form-data"))
    harmless(desk.get(f"/ballots/{ballot}/roll"))
    harmless(client(second).post(f"/ballots/{ballot}/return", data={"reason": EVIL}))
    harmless(client().get("/ballots"))


def test_script_in_an_application_and_in_a_request_stays_text(app, client):
    office = f.an_office(f.places().subdistrict)
    person, desk = client(f.a_resident()), client(f.an_official(office))
    form = {
        "kind": "enterprise", "name_zh": EVIL, "name_en": EVIL, "about": MARKDOWN, "place_id": f.places().community.id,
        "registration_number": f.a_credit_code(815), "proof": (a_picture(), FILE),
    }  # fmt: skip
    page = moved(person.post("/organisations/apply", data=form, content_type="multipart/form-data"))
    shown(person.get(page))
    shown(desk.get("/desk/organisations"))
    key = page.rpartition("/")[2]
    harmless(desk.post(f"/desk/organisations/{key}/refuse", data={"reason": EVIL}))
    harmless(person.get(page))
    asking = client(f.a_resident(level=1))
    asked = {
        "community_id": f.places().community.id, "real_name": "王小明", "identity": "11010519491231002X", "note": EVIL,
        "agree": "y",
    }  # fmt: skip
    harmless(asking.post("/account/verification", data=asked))
    harmless(desk.get("/desk/residents"))


LISTS = ("/issues", "/decisions", "/initiatives", "/ballots", "/organisations", "/places", "/search", "/ledger",
         "/ledger/heads", "/moderation", "/sign-in", "/register", "/password/forgotten", "/places/select", "/issues/similar",
         "/issues/map.geojson", "/", "/home/moves", "/ledger/consistency", "/places/at")  # fmt: skip
PARAMETERS = (
    "q", "cursor", "order", "state", "place", "place_id", "category", "office", "kind", "issue", "next", "back", "triage",
    "tab", "view", "near", "needed", "status", "name", "title", "comments", "latitude", "size", "first", "second", "queue",
    "subject", "template",
)  # fmt: skip


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("payload", [EVIL, "javascript:alert(1)", "'-alert(1)-'"])
def test_script_in_a_parameter_of_an_address_stays_text(client, payload):
    f.an_issue()
    browser = client(f.an_official())
    for path in LISTS:
        for name in PARAMETERS:
            harmless(client().get(path, query_string={name: payload}))
        for one in (browser, client()):
            harmless(one.get(path, query_string=dict.fromkeys(PARAMETERS, payload)))
    for path in ("/desk", "/issues/new", "/decisions/new", "/ballots/new", "/notices", "/initiatives/new", "/my"):
        harmless(browser.get(path, query_string=dict.fromkeys(PARAMETERS, payload)))
    shown(client().get("/search", query_string={"q": payload}), evil="alert(1)")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_script_in_a_path_or_a_header_stays_text(client):
    for path in (
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/issues/%22%3E%3Cscript%3E",
        "/about/%3Cimg%20src=x%3E",
        "/files/%3Cx%3E",
    ):
        for headers in (
            {},
            {"Accept": "application/json"},
            {"Referer": EVIL, "User-Agent": EVIL, "Accept-Language": EVIL},
        ):
            answer = client().get(path, headers=headers)
            assert answer.status_code == 404
            harmless(answer)
    person = f.a_resident()
    signed = client().post(
        "/sign-in", data={"login": person.login, "password": person.password}, headers={"User-Agent": EVIL}
    )
    assert signed.status_code == 302
    harmless(client(person).get("/account/sessions"))
    wrong = client().post("/sign-in", data={"login": EVIL, "password": EVIL, "next": f"/{EVIL}"})
    harmless(wrong)
    harmless(client().post("/register", data={"contact": EVIL, "name": EVIL, "next": f"/{EVIL}"}))
