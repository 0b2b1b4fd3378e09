"""The stop link stops one kind on one channel for one person, and can do nothing else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from gongzhi.reactions.notices.stopping import stop_token
from tests import factories as f
from tests.reactions.notices.channels import NEXT_MORNING, NOON, Keeper, answered, at, carried_by, commented, run

pytestmark = pytest.mark.usefixtures("app")


def letters_for(app, person, days=0):
    """One urgent mail and one digest, so many days later."""
    later = timedelta(days=days)
    keeper = Keeper()
    with carried_by(mail=keeper):
        with at(NOON + later):
            issue = f.an_issue(person)
            answered(issue)
            commented(issue)
            run(app)
        with at(NEXT_MORNING + later):
            run(app)
    return keeper.to(person)


def path_of(letter):
    (url,) = re.findall(r"<(.+)>", letter.headers["List-Unsubscribe"])
    assert url in letter.text
    return url.partition("//")[2].partition("/")[2]


def test_the_link_shows_a_page_and_only_its_button_stops(app, client):
    person = f.a_resident()
    urgent, digest = letters_for(app, person)
    visitor = client()
    page = visitor.get("/" + path_of(urgent))
    assert page.status_code == 200
    assert "官方答复" in page.text
    assert "电子邮箱" not in page.text
    assert person.name not in page.text
    assert person.login not in page.text
    assert len(letters_for(app, person, 1)) == 2, "looking stops nothing: scanners of mail open every link"
    assert visitor.post("/" + path_of(urgent), token=False).status_code == 200
    assert [one.subject for one in letters_for(app, person, 2)] == [digest.subject], "the digest goes on"
    assert visitor.get("/notices/preferences").status_code == 302, "nobody is signed in by it"


def test_a_mail_programs_own_button_stops_with_one_post_and_no_cookie(app, client):
    person = f.a_resident()
    _urgent, digest = letters_for(app, person)
    done = client().post("/" + path_of(digest), data={"List-Unsubscribe": "One-Click"}, token=False)
    assert (done.status_code, done.text) == (200, "ok\n")
    assert len(letters_for(app, person, 1)) == 1, "the digest is stopped, what is urgent is not"
    browser = client(person)
    page = browser.get("/notices/preferences").text
    assert 'value="digest:mail">' in page
    everything = [f"{kind}:mail" for kind in ("answer", "comment", "digest")]
    browser.post("/notices/preferences", data={"kind": ["answer", "comment"], "on": everything})
    assert len(letters_for(app, person, 2)) == 2, "signed in, it can be had again"


def test_a_changed_link_or_one_of_another_purpose_is_nothing(client):
    person, other = f.a_resident(), f.a_resident()
    good = stop_token(person.id, "answer", "mail")
    assert client().get(f"/notices/stop/{good}").status_code == 200
    for bad in (
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good.replace("answer", "digest"),
        good.replace(person.id, other.id),
        good.replace(".mail.", ".push."),
        stop_token(person.id, "nonsense", "mail"),
        stop_token("nobody", "answer", "mail"),
        "x",
        "..." * 40,
    ):
        assert client().get(f"/notices/stop/{bad}").status_code == 404
        assert client().post(f"/notices/stop/{bad}", token=False).status_code == 404


def test_other_posts_still_need_their_token(client):
    assert client(f.a_resident()).post("/notices/hours", token=False).status_code == 403
