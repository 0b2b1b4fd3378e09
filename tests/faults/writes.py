"""A valid input for every operation of the API that writes. A new operation adds its own: a test asks for it.

An entry makes a fresh object each time it is called and returns the request: whoever asks, the address below
`/api/v1`, the body. `alone=True` says that the operation has one effect by nature, without an Idempotency-Key as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from gongzhi.domains.decisions.models import Commitment, Decision, DecisionState, Objection
from gongzhi.domains.issues import actions
from gongzhi.domains.issues.queries import access_issue
from gongzhi.domains.people.models import Passkey
from gongzhi.kernel import clock
from gongzhi.kernel.db import new_id
from tests import factories as f

REASON = "说明理由,让大家都能看懂。"


@dataclass
class World:
    """Who acts in all of them."""

    office: Any
    author: f.Person
    second: f.Person
    resident: f.Person

    @classmethod
    def made(cls) -> World:
        office = f.an_office(f.places().subdistrict)
        return cls(office, f.an_official(office), f.an_official(office), f.a_resident())

    def issue(self) -> str:
        return f.an_issue(self.resident)

    def resolved(self) -> str:
        """An issue of the resident that was answered and resolved."""
        key = self.issue()
        actor = f.actor_of(self.author)
        with f.writing() as session:
            actions.answer_issue(
                session, actor, access_issue(session, actor, key), body="已经安排更换,本周内完成,谢谢反映。"
            )
        with f.writing() as session:
            actions.resolve_issue(session, actor, access_issue(session, actor, key), reason=REASON)
        return key

    def noticed(self) -> str:
        """A decision on public notice."""
        key = f.a_decision(self.author, [self.issue()])
        f.step(self.author, key, "submit")
        f.step(self.second, key, "approve")
        return key

    def draft(self) -> str:
        return f.a_decision(self.author, [self.issue()])

    def in_state(self, state: str) -> str:
        """A decision that went through the notice and on to this state."""
        key = self.noticed()
        with f.writing() as session:
            decision = session.get_one(Decision, key)
            decision.state, decision.notice_until = DecisionState(state), clock.today() - timedelta(days=1)
        return key

    def initiative(self) -> str:
        answer = f._world.app.test_client().post(
            "/api/v1/initiatives",
            json={"title": "一起修扶手", "goal": "把梯坎的扶手修好,装上照明。", "issue": self.issue()},
            headers=f.bearer(self.resident),
        )
        assert answer.status_code == 201, answer.json
        return answer.json["id"]


@dataclass(frozen=True)
class Request:
    """One request."""

    who: f.Person
    path: str
    body: dict | None = None


Maker = Callable[[World], Request]
WRITES: dict[str, tuple[Maker, bool]] = {}
WITHOUT_KEY = {"create_token", "delete_token", "request_erasure"}
"""Signing in gives a token each time, signing out and leaving end the token that asks: tested in their own way."""


def write_of(name: str, *, alone: bool = False) -> Callable[[Maker], Maker]:
    """Name the operation an entry is for."""

    def note(maker: Maker) -> Maker:
        WRITES[name] = (maker, alone)
        return maker

    return note


def in_days(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


@write_of("publish_issue")
def _publish_issue(world: World) -> Request:
    body = {
        "category": f.categories()["FAC.lamp"].id,
        "place": f.places().community.id,
        "title": "石阶里路灯不亮",
        "body": "上段四盏路灯坏了两周,夜里看不清台阶。",
    }
    return Request(world.resident, "/issues", body)


@write_of("edit_issue", alone=True)
def _edit_issue(world: World) -> Request:
    return Request(world.resident, f"/issues/{world.issue()}", {"title": "石阶里路灯全都不亮", "version": 1})


@write_of("add_note")
def _add_note(world: World) -> Request:
    return Request(world.resident, f"/issues/{world.issue()}/notes", {"note": "昨晚又坏了一盏。"})


@write_of("withdraw_issue", alone=True)
def _withdraw_issue(world: World) -> Request:
    return Request(world.resident, f"/issues/{world.issue()}/withdraw", {"reason": REASON})


@write_of("cast_vote", alone=True)
def _cast_vote(world: World) -> Request:
    return Request(f.a_resident(), f"/issues/{world.issue()}/vote", {"choice": "support"})


@write_of("retract_vote", alone=True)
def _retract_vote(world: World) -> Request:
    voter, issue = f.a_resident(), world.issue()
    f.a_vote(voter, issue)
    return Request(voter, f"/issues/{issue}/vote")


@write_of("follow_issue", alone=True)
def _follow_issue(world: World) -> Request:
    return Request(f.a_resident(), f"/issues/{world.issue()}/follow")


@write_of("unfollow_issue", alone=True)
def _unfollow_issue(world: World) -> Request:
    follower, issue = f.a_resident(), world.issue()
    f.follow(follower, issue)
    return Request(follower, f"/issues/{issue}/follow")


@write_of("answer_issue")
def _answer_issue(world: World) -> Request:
    return Request(world.author, f"/issues/{world.issue()}/answers", {"body": "已经安排更换,本周内完成,谢谢反映。"})


@write_of("take_step", alone=True)
def _take_step(world: World) -> Request:
    return Request(world.author, f"/issues/{world.issue()}/steps", {"action": "accept"})


@write_of("merge_issues", alone=True)
def _merge_issues(world: World) -> Request:
    return Request(world.author, f"/issues/{world.issue()}/merge", {"into": world.issue(), "reason": REASON})


@write_of("rate_issue", alone=True)
def _rate_issue(world: World) -> Request:
    return Request(world.resident, f"/issues/{world.resolved()}/rating", {"solved": "yes", "satisfaction": 5})


@write_of("reopen_issue", alone=True)
def _reopen_issue(world: World) -> Request:
    return Request(world.resident, f"/issues/{world.resolved()}/reopen", {"reason": REASON})


@write_of("post_issue_comment")
def _post_issue_comment(world: World) -> Request:
    return Request(world.resident, f"/issues/{world.issue()}/comments", {"body": "我也遇到了。"})


@write_of("post_decision_comment")
def _post_decision_comment(world: World) -> Request:
    return Request(world.resident, f"/decisions/{world.noticed()}/comments", {"body": "很好的决定。"})


@write_of("post_initiative_comment")
def _post_initiative_comment(world: World) -> Request:
    return Request(world.resident, f"/initiatives/{world.initiative()}/comments", {"body": "算我一个。"})


@write_of("react_to_comment", alone=True)
def _react_to_comment(world: World) -> Request:
    comment = f.a_comment(world.resident, world.issue())
    return Request(f.a_resident(), f"/comments/{comment}/reaction", {"kind": "agree"})


@write_of("edit_comment", alone=True)
def _edit_comment(world: World) -> Request:
    comment = f.a_comment(world.resident, world.issue())
    return Request(world.resident, f"/comments/{comment}", {"body": "我也遇到了两次。", "stance": "for", "version": 1})


@write_of("take_back_comment", alone=True)
def _take_back_comment(world: World) -> Request:
    return Request(world.resident, f"/comments/{f.a_comment(world.resident, world.issue())}")


@write_of("create_decision")
def _create_decision(world: World) -> Request:
    body = {"title": "石阶里路灯改造", "body": "更换四盏路灯,并加装扶手照明。", "issues": [world.issue()]}
    return Request(world.author, "/decisions", body)


@write_of("report_decision_progress")
def _report_decision_progress(world: World) -> Request:
    return Request(world.author, f"/decisions/{world.in_state('published')}/progress", {"body": "已经更换两盏。"})


@write_of("submit_decision", alone=True)
def _submit_decision(world: World) -> Request:
    return Request(world.author, f"/decisions/{world.draft()}/submit", {})


def submitted(world: World) -> str:
    key = world.draft()
    f.step(world.author, key, "submit")
    return key


@write_of("return_decision", alone=True)
def _return_decision(world: World) -> Request:
    return Request(world.second, f"/decisions/{submitted(world)}/return", {"reason": REASON})


@write_of("approve_decision", alone=True)
def _approve_decision(world: World) -> Request:
    return Request(world.second, f"/decisions/{submitted(world)}/approve", {})


@write_of("reconsider_decision", alone=True)
def _reconsider_decision(world: World) -> Request:
    return Request(world.author, f"/decisions/{world.noticed()}/reconsider", {"reason": REASON})


@write_of("publish_decision", alone=True)
def _publish_decision(world: World) -> Request:
    return Request(world.author, f"/decisions/{world.in_state('public_notice')}/publish", {})


@write_of("withdraw_decision", alone=True)
def _withdraw_decision(world: World) -> Request:
    return Request(world.author, f"/decisions/{world.draft()}/withdraw", {"reason": REASON})


def commitment_of(decision: str) -> str:
    with f.reading() as session:
        return session.scalars(select(Commitment.id).where(Commitment.decision_id == decision)).one()


@write_of("settle_commitment", alone=True)
def _settle_commitment(world: World) -> Request:
    key = world.in_state("published")
    return Request(world.author, f"/decisions/{key}/commitments/{commitment_of(key)}", {"state": "kept"})


@write_of("complete_decision", alone=True)
def _complete_decision(world: World) -> Request:
    key = world.in_state("published")
    with f.writing() as session:
        session.get_one(Commitment, commitment_of(key)).state = "kept"
    return Request(world.author, f"/decisions/{key}/complete", {})


@write_of("edit_decision", alone=True)
def _edit_decision(world: World) -> Request:
    return Request(world.author, f"/decisions/{world.draft()}", {"title": "石阶里路灯全部改造", "version": 1})


@write_of("object_to_decision", alone=True)
def _object_to_decision(world: World) -> Request:
    return Request(f.a_resident(), f"/decisions/{world.noticed()}/objections", {"body": "扶手的材料不合适。"})


@write_of("answer_objection", alone=True)
def _answer_objection(world: World) -> Request:
    made = _object_to_decision(world)
    answer = f._world.app.test_client().post(f"/api/v1{made.path}", json=made.body, headers=f.bearer(made.who))
    assert answer.status_code == 201, answer.json
    with f.reading() as session:
        objection = session.scalars(select(Objection.id).order_by(Objection.id.desc())).first()
    return Request(world.author, f"{made.path}/{objection}", {"answer": "已经改用防滑材料。"})


@write_of("rate_decision", alone=True)
def _rate_decision(world: World) -> Request:
    return Request(world.resident, f"/decisions/{world.in_state('done')}/rating", {"solved": "yes", "satisfaction": 5})


@write_of("follow_decision", alone=True)
def _follow_decision(world: World) -> Request:
    return Request(f.a_resident(), f"/decisions/{world.noticed()}/follow")


@write_of("unfollow_decision", alone=True)
def _unfollow_decision(world: World) -> Request:
    made = _follow_decision(world)
    f._world.app.test_client().put(f"/api/v1{made.path}", headers=f.bearer(made.who))
    return made


@write_of("start_initiative")
def _start_initiative(world: World) -> Request:
    body = {"title": "一起修扶手", "goal": "把梯坎的扶手修好,装上照明。", "issue": world.issue()}
    return Request(world.resident, "/initiatives", body)


@write_of("join_initiative", alone=True)
def _join_initiative(world: World) -> Request:
    body = {"amount": 3, "unit": "小时", "text": "周末可以帮忙", "due_on": in_days(10)}
    return Request(f.a_resident(), f"/initiatives/{world.initiative()}/join", body)


@write_of("read_my_notices", alone=True)
def _read_notices(world: World) -> Request:
    author = f.a_resident()
    f.a_comment(world.resident, f.an_issue(author))
    f.deliver()
    return Request(author, "/me/notices/read", {})


@write_of("request_data_copy")
def _request_data_copy(_world: World) -> Request:
    return Request(f.a_resident(), "/me/data")


@write_of("remove_second_step", alone=True)
def _remove_second_step(_world: World) -> Request:
    person = f.a_resident()
    with f.writing() as session:
        passkey = Passkey(
            account_id=person.id, credential_id=new_id(), public_key=b"key", name="手机", created_at=clock.now()
        )
        session.add(passkey)
    return Request(person, f"/me/second-steps/{passkey.id}")
