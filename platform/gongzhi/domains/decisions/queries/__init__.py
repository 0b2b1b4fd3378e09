"""Reads: a decision with all it rests on, lists, and what waits on the desk."""

from .access import access_commitment, access_decision, access_objection
from .listing import DecisionRow, decisions_of_issue, drafts_of_office, list_decisions, waiting_for_review
from .page import DecisionPage, ObjectionView, StepView, decision_page
from .standing import (
    commitments,
    due_for_publication,
    issue_ids,
    open_objections,
    overdue_commitments,
    took_part,
    wrote_on,
)

__all__ = [
    "DecisionPage",
    "DecisionRow",
    "ObjectionView",
    "StepView",
    "access_commitment",
    "access_decision",
    "access_objection",
    "commitments",
    "decision_page",
    "decisions_of_issue",
    "drafts_of_office",
    "due_for_publication",
    "issue_ids",
    "list_decisions",
    "open_objections",
    "overdue_commitments",
    "took_part",
    "waiting_for_review",
    "wrote_on",
]
