"""The papers of a meeting: ticked off the roll, counted by two officials who do not see each other."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from gongzhi.domains.ballots.rules import verify_ballot
from tests.factories import a_resident, actor_of, an_official

from .steps import a_ballot, an_office_with_two, cast, closed, document, later, stored


def photo():
    picture = io.BytesIO()
    Image.new("RGB", (80, 60), "white").save(picture, "JPEG")
    picture.seek(0)
    return picture, "tally.jpg"


def enter(browser, ballot, sheet=True, **counts):
    data = {f"number-{name}": str(number) for name, number in counts.items()}
    if sheet:
        data["sheet"] = photo()
    return browser.post(f"/ballots/{ballot}/papers", data=data, content_type="multipart/form-data")


@pytest.fixture
def meeting(client):
    """Two officials, five residents, and a residents' meeting on which three of them vote on paper."""
    first, second = an_office_with_two()
    residents = [a_resident() for _ in range(5)]
    ballot = a_ballot("resident_meeting", officials=(first, second))
    for resident in residents[:3]:
        assert (
            client(first).post(f"/ballots/{ballot}/papers/roll", data={"voter": f"a:{resident.id}"}).status_code == 302
        )
    return client(first), client(second), residents, ballot


def test_equal_counts_of_two_officials_are_part_of_the_result(app, client, meeting):
    one, other, residents, ballot = meeting
    cast(residents[3], ballot, "against")
    assert enter(one, ballot, sheet=False, **{"for": 2, "abstain": 1}).status_code == 422
    assert enter(one, ballot, **{"for": 2}).status_code == 422
    assert enter(one, ballot, **{"for": 2, "abstain": 1}).status_code == 302
    assert enter(one, ballot, **{"for": 2, "abstain": 1}).status_code == 403
    assert 'value="2"' not in other.get(f"/ballots/{ballot}/papers").text
    assert enter(other, ballot, sheet=False, **{"for": 2, "abstain": 1}).status_code == 302
    assert stored(ballot).paper_counts is not None
    assert enter(other, ballot, **{"for": 3}).status_code == 409
    closed(ballot, app)
    listed = document(ballot)
    assert listed["paper"] == [{"choice": "abstain", "number": 1}, {"choice": "for", "number": 2}]
    assert listed["outcome"]["turnout"] == {"entitled": 6, "voted": 4, "abstained": 1, "invalid": 0, "valid": 3}
    assert verify_ballot(listed) == []


def test_where_the_counts_differ_both_are_told_which_figures_and_count_again(meeting):
    one, other, _residents, ballot = meeting
    enter(one, ballot, **{"for": 2, "abstain": 1})
    enter(other, ballot, **{"for": 2, "against": 1})
    for browser in (one, other):
        page = browser.get(f"/ballots/{ballot}/papers").text
        assert "notice-late" in page
        assert (
            "弃权</li>" in page
            and "反对</li>" in page
            and "赞成</li>" not in page.split("notice-late")[1].split("</ul>")[0]
        )
    assert stored(ballot).paper_counts is None
    assert enter(other, ballot, **{"for": 2, "against": 1}).status_code == 302
    assert enter(one, ballot, sheet=False, **{"for": 2, "against": 1}).status_code == 302
    assert stored(ballot).paper_counts == [{"choice": "against", "number": 1}, {"choice": "for", "number": 2}]


def test_nobody_votes_both_ways(client, meeting):
    one, _other, residents, ballot = meeting
    refused = client(residents[0]).put(f"/api/v1/ballots/{ballot}/vote", json={"choice": "for"})
    assert refused.status_code == 409
    assert client(residents[0]).get(f"/ballots/{ballot}").text.count('action="/ballots/') == 0
    cast(residents[4], ballot)
    one.post(f"/ballots/{ballot}/papers/roll", data={"voter": f"a:{residents[4].id}"})
    assert one.get(f"/ballots/{ballot}").status_code == 200
    one.post(f"/ballots/{ballot}/papers/roll", data={"voter": f"a:{residents[0].id}", "on": "0"})
    assert client(residents[0]).put(f"/api/v1/ballots/{ballot}/vote", json={"choice": "for"}).status_code == 200


def test_without_two_equal_counts_the_result_comes_without_papers_when_their_time_is_over(app, meeting):
    one, _other, residents, ballot = meeting
    cast(residents[3], ballot)
    enter(one, ballot, **{"for": 3})
    closed(ballot, app, days=8)
    assert stored(ballot).state == "open"
    with later(days=10, minutes=1):
        assert enter(_other, ballot, **{"for": 3}).status_code == 409
    closed(ballot, app, days=11)
    assert stored(ballot).state == "certified" and document(ballot)["paper"] == []


def test_only_the_office_sees_and_counts_papers(client, meeting):
    _one, _other, residents, ballot = meeting
    for person in (None, residents[3], an_official()):
        assert client(person).get(f"/ballots/{ballot}/papers").status_code in (401, 302, 403)
    assert client(an_official()).post(f"/ballots/{ballot}/papers/roll", data={"voter": "a:x"}).status_code == 403
    assert client().get(f"/ballots/{ballot}/paper").status_code == 200


def test_ranked_papers_are_entered_line_by_line(app, client):
    first, second = an_office_with_two()
    residents = [a_resident() for _ in range(3)]
    ballot = a_ballot("schulze", officials=(first, second), paper=True)
    for resident in residents:
        client(first).post(f"/ballots/{ballot}/papers/roll", data={"voter": f"a:{resident.id}"})
    data = {"lines": "2: 2>1\n1: 3>1=2", "sheet": photo()}
    wrong = client(first).post(
        f"/ballots/{ballot}/papers", data=data | {"lines": "2: 9", "sheet": photo()}, content_type="multipart/form-data"
    )
    assert wrong.status_code == 422
    for person in (first, second):
        sent = {**data, "sheet": photo()}
        assert (
            client(person).post(f"/ballots/{ballot}/papers", data=sent, content_type="multipart/form-data").status_code
            == 302
        )
    closed(ballot, app)
    assert stored(ballot).outcome["winners"] == ["o2"]
    assert actor_of(first).acts_for_government
