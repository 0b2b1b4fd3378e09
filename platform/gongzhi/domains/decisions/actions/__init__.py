"""The things people do with decisions, by meaning: drafting, the way to publication, carrying out, voices."""

from gongzhi.domains.decisions.actions.course import (
    approve,
    publish,
    publish_if_due,
    reconsider,
    return_draft,
    submit,
    withdraw,
)
from gongzhi.domains.decisions.actions.drafting import draft_decision, edit_decision
from gongzhi.domains.decisions.actions.voices import answer_objection, follow, object_to, rate, reword_objection
from gongzhi.domains.decisions.actions.work import (
    complete,
    remind_of_commitments,
    report_progress,
    settle_commitment,
)

__all__ = [
    "answer_objection",
    "approve",
    "complete",
    "draft_decision",
    "edit_decision",
    "follow",
    "object_to",
    "publish",
    "publish_if_due",
    "rate",
    "reconsider",
    "remind_of_commitments",
    "report_progress",
    "return_draft",
    "reword_objection",
    "settle_commitment",
    "submit",
    "withdraw",
]
