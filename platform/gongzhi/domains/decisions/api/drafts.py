"""Changing a draft; what a body names by id is found, or told beside its field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gongzhi.domains.decisions import actions
from gongzhi.domains.decisions.models import Adoption, Decision
from gongzhi.domains.decisions.permissions import EDIT_DECISION
from gongzhi.domains.decisions.queries import access_decision, commitments, issue_ids
from gongzhi.domains.decisions.rules import Promise, Words
from gongzhi.domains.issues.models import Issue
from gongzhi.domains.issues.queries import access_issue
from gongzhi.domains.people.models import Organisation
from gongzhi.kernel.api import operation
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.text import lazy as _l

from .shapes import AdoptionIn, DecisionDetail, DecisionPatch, PromiseIn, detail


def named_issues(keys: Iterable[str]) -> list[Issue]:
    """The issues of these ids. Raises `Invalid` for one that is not there."""
    try:
        return [access_issue(session(), actor(), key) for key in keys]
    except NotFound:
        raise Invalid.of("issues", _l("There is no such issue.")) from None


def promised(given: Iterable[PromiseIn], office: Organisation) -> list[Promise]:
    """Commitments as typed; without a name the office itself is responsible."""
    return [Promise(one.text, one.responsible or office.name_zh, one.due_on) for one in given]


@operation(
    "PATCH",
    "/decisions/<decision_id>",
    EDIT_DECISION,
    body=DecisionPatch,
    answer=DecisionDetail,
    tag="decisions",
    decision=access_decision,
)
def edit_decision(decision: Decision, body: DecisionPatch) -> DecisionDetail:
    """Change a draft; what is left out stays as it is"""
    office = session().get_one(Organisation, decision.office_id)
    with write() as current:
        actions.edit_decision(
            current,
            actor(),
            decision,
            _words(decision, body),
            version=body.version,
            issues=named_issues(issue_ids(current, decision) if body.issues is None else body.issues),
            promises=[Promise(one.text, one.responsible, one.due_on) for one in commitments(current, decision)]
            if body.commitments is None
            else promised(body.commitments, office),
            responsible=_responsible(body.responsible or decision.responsible_id),
            adoptions=None if body.adoptions is None else _adoptions(body.adoptions),
        )
    return detail(decision)


def _words(decision: Decision, body: DecisionPatch) -> Words:
    """The words as they stand, with what the body changes; `money: null` takes the sum out."""
    given = body.model_fields_set
    money = (
        (body.money.fen, body.money.source)
        if body.money is not None
        else (None, "")
        if "money" in given
        else (decision.money_fen, decision.money_source)
    )
    return Words(
        decision.title if body.title is None else body.title,
        decision.body if body.body is None else body.body,
        decision.grounds if body.grounds is None else body.grounds,
        decision.adopted if body.adopted is None else body.adopted,
        decision.not_adopted if body.not_adopted is None else body.not_adopted,
        *money,
        decision.notice_days if body.notice_days is None else body.notice_days,
    )


def _responsible(office_id: str) -> Organisation:
    office = session().get(Organisation, office_id)
    if office is None:
        raise Invalid.of("responsible", _l("Choose an office of this district."))
    return office


def _adoptions(given: Mapping[str, AdoptionIn]) -> dict[str, tuple[Adoption, str]]:
    return {key: (one.adoption, one.reason) for key, one in given.items()}
