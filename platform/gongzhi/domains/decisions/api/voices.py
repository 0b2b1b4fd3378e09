"""Objections during the public notice and their answers, ratings, following."""

from __future__ import annotations

from gongzhi.domains.decisions import actions
from gongzhi.domains.decisions.models import Decision, Objection
from gongzhi.domains.decisions.permissions import OBJECT_DECISION, PUBLISH_DECISION, RATE_DECISION
from gongzhi.domains.decisions.queries import access_decision, access_objection
from gongzhi.kernel.api import operation
from gongzhi.kernel.db import write
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.policy import SIGNED_IN

from .shapes import DecisionDetail, DecisionRatingIn, ObjectionAnswerIn, ObjectionIn, detail


@operation(
    "POST",
    "/decisions/<decision_id>/objections",
    OBJECT_DECISION,
    body=ObjectionIn,
    answer=DecisionDetail,
    status=201,
    tag="decisions",
    decision=access_decision,
)
def object_to_decision(decision: Decision, body: ObjectionIn) -> DecisionDetail:
    """Object during the public notice; one objection a voice in each notice"""
    with write() as current:
        actions.object_to(current, actor(), decision, body=body.body)
    return detail(decision)


@operation(
    "POST",
    "/decisions/<decision_id>/objections/<objection_id>",
    PUBLISH_DECISION,
    body=ObjectionAnswerIn,
    answer=DecisionDetail,
    tag="decisions",
    decision=access_decision,
    objection=access_objection,
)
def answer_objection(decision: Decision, objection: Objection, body: ObjectionAnswerIn) -> DecisionDetail:
    """Answer an objection in public"""
    if objection.decision_id != decision.id:
        raise NotFound
    with write() as current:
        actions.answer_objection(current, actor(), objection, answer=body.answer)
    return detail(decision)


@operation(
    "PUT",
    "/decisions/<decision_id>/rating",
    RATE_DECISION,
    body=DecisionRatingIn,
    answer=DecisionDetail,
    tag="decisions",
    decision=access_decision,
)
def rate_decision(decision: Decision, body: DecisionRatingIn) -> DecisionDetail:
    """Rate the outcome of a decision on an issue one took part in"""
    with write() as current:
        actions.rate(
            current,
            actor(),
            decision,
            solved=body.solved,
            satisfaction=body.satisfaction,
            comment=body.comment,
        )
    return detail(decision)


@operation("PUT", "/decisions/<decision_id>/follow", SIGNED_IN, status=204, tag="decisions", decision=access_decision)
def follow_decision(decision: Decision) -> None:
    """Follow a decision"""
    with write() as current:
        actions.follow(current, actor(), decision, on=True)


@operation(
    "DELETE", "/decisions/<decision_id>/follow", SIGNED_IN, status=204, tag="decisions", decision=access_decision
)
def unfollow_decision(decision: Decision) -> None:
    """Follow a decision no more"""
    with write() as current:
        actions.follow(current, actor(), decision, on=False)
