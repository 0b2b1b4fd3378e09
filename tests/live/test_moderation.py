"""Open pages drop hidden words at once; the moderators' queue moves for moderators only, and carries no data."""

from __future__ import annotations

from gongzhi.domains.moderation import actions
from gongzhi.domains.moderation.queries import access_case
from tests import factories
from tests.live.installation import until


def test_a_hidden_comment_reaches_open_pages_without_its_words(served):
    issue, author = served.an_issue(), factories.a_resident()
    moderator = factories.with_role(factories.a_resident(), "moderator")
    comment = factories.a_comment(author, issue, "他的电话是13800000000")
    visitor, desk, resident = served.connect(), served.connect(moderator), served.connect(factories.a_resident())
    visitor.watch(f"issue:{issue}")
    assert desk.watch("moderation")["refused"] == []
    assert resident.watch("moderation")["refused"] == ["moderation"]
    assert visitor.watch("moderation")["refused"] == ["moderation"]
    reporter, decider = factories.actor_of(factories.a_resident()), factories.actor_of(moderator)
    with factories.writing() as session:
        case_id = actions.file_report(session, reporter, "comment", comment, ground="privacy").case_id
    assert until(lambda: desk.messages("notice"))[-1]["data"] == {}
    with factories.writing() as session:
        case = access_case(session, decider, case_id)
        actions.decide(session, decider, case, kind="hide", ground="privacy", reason="公开了他人的电话。")
    message = until(
        lambda: [one for one in visitor.messages("comment") if one["data"].get("event") == "comment.moderated"]
    )[-1]
    assert (message["data"]["body"], message["data"]["moderation"]) == ("", "hidden")
    assert resident.heard == []
