"""Whatever is typed into the forms of ballots, the answer is a refusal or a page, never a failure."""

from __future__ import annotations

import io

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import a_resident, an_admin, an_issue

from .steps import a_ballot, a_draft, an_office_with_two

BOUNDED = settings(
    max_examples=20, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TYPED = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "",
            " ",
            "0",
            "-1",
            "1",
            "2",
            "1/2",
            "长" * 3000,
            "NaN",
            "\x00",
            "2026-11-28T09:00",
            "9999-12-31T23:59",
            "o1",
            "abstain",
            "1: 1>2",
        ]
    ),
)


def fields(*names):
    return st.fixed_dictionaries(
        {}, optional={name: TYPED.map(lambda text: text.encode("utf-8", "replace").decode()) for name in names}
    )


def test_voting_takes_anything(client):
    voter = a_resident()
    ballots = [a_ballot(template) for template in ("simple", "approval", "schulze", "score")]
    browser = client(voter)

    @BOUNDED
    @given(fields("choice", "approve", "rank-o1", "rank-o2", "score-o1", "score-o2", "abstain", "reason", "nonce"))
    def any_vote(sent):
        for ballot in ballots:
            assert browser.post(f"/ballots/{ballot}/vote", data=sent).status_code in (200, 409, 422)
            assert browser.post(f"/ballots/{ballot}/votes", data={"receipt": sent.get("reason", "")}).status_code == 404

    any_vote()


def test_drafting_takes_anything(client):
    first, _second = an_office_with_two()
    issue = an_issue()
    draft, owners = a_draft(first, "approval", on=issue), a_draft(first, "owners_general", on=issue)
    desk = client(first)

    @BOUNDED
    @given(
        fields(
            "title", "body", "options-0-label", "options-1-label", "options-1-about", "version", "reason", "place_id"
        )
    )
    def any_words(sent):
        assert desk.post(f"/ballots/new?subject=issue:{issue}&template=approval", data=sent).status_code in (302, 422)
        assert desk.post(f"/ballots/{draft}/edit", data=sent).status_code in (302, 409, 422)
        assert desk.post(f"/ballots/{draft}/cancel", data=sent).status_code in (409, 422)

    @BOUNDED
    @given(
        fields(
            "chambers",
            "level",
            "secret",
            "results",
            "reasons",
            "quorum",
            "opens_at",
            "closes_at",
            "paper",
            "paper_until",
            "version",
            "place_id",
        )
    )
    def any_terms(sent):
        assert desk.post(f"/ballots/{draft}/terms", data=sent).status_code in (302, 409, 422)

    @BOUNDED
    @given(
        st.one_of(TYPED.map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=60)),
        st.sampled_from(["r.csv", "r.xlsx", "r.txt", "r"]),
    )
    def any_file(content, name):
        table = "账号,姓名,房号,面积\n".encode() + content
        sent = {"file": (io.BytesIO(table), name)}
        answer = desk.post(f"/ballots/{owners}/roll", data=sent, content_type="multipart/form-data")
        assert answer.status_code in (302, 422)

    any_words()
    any_terms()
    any_file()


def test_papers_and_templates_take_anything(client):
    first, second = an_office_with_two()
    a_resident()
    ballots = [
        a_ballot(template, officials=(first, second), paper=True) for template in ("resident_meeting", "schulze")
    ]
    desk, admin = client(first), client(an_admin())

    @BOUNDED
    @given(fields("number-for", "number-against", "lines", "voter", "on", "q"))
    def any_papers(sent):
        for ballot in ballots:
            assert desk.post(f"/ballots/{ballot}/papers", data=sent).status_code in (302, 409, 422)
            assert desk.post(f"/ballots/{ballot}/papers/roll", data=sent).status_code in (302, 404)
            assert desk.get(f"/ballots/{ballot}/papers", query_string=sent).status_code == 200

    @BOUNDED
    @given(fields("quorum", "threshold", "basis", "in_use"))
    def any_figures(sent):
        assert admin.post("/admin/ballots/resident_meeting", data=sent).status_code in (302, 422)

    any_papers()
    any_figures()
