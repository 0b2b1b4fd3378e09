"""What cannot wait for the daily digest, each with its reason: everything else is gathered."""

from __future__ import annotations

from gongzhi.reactions.notices.models import NoticeKind

DEADLINE = "a statutory or promised deadline runs, and somebody must act"
OWN = "it is the answer this very person waits for"
ASKED = "somebody waits for this person's word"
SAFETY = "whoever did not expect it must be able to react at once"

URGENT: dict[tuple[NoticeKind, str], str] = {
    (NoticeKind.ANSWER, "issue.answered_yours"): OWN,
    (NoticeKind.DECISION, "decision.objection_answered"): OWN,
    (NoticeKind.TASK, "issue.new_task"): DEADLINE,
    (NoticeKind.TASK, "issue.deadline"): DEADLINE,
    (NoticeKind.TASK, "issue.escalated"): DEADLINE,
    (NoticeKind.TASK, "issue.reopened"): DEADLINE,
    (NoticeKind.TASK, "decision.to_review"): ASKED,
    (NoticeKind.TASK, "decision.returned"): ASKED,
    (NoticeKind.TASK, "decision.objection"): DEADLINE,
    (NoticeKind.TASK, "decision.promise_due"): DEADLINE,
    (NoticeKind.INITIATIVE, "initiative.asked"): ASKED,
    (NoticeKind.INITIATIVE, "initiative.overdue"): DEADLINE,
    (NoticeKind.ACCOUNT, "account.rights"): SAFETY,
    **{
        (NoticeKind.ACCOUNT, f"moderation.{text}"): OWN
        for text in (
            "hold",
            "hide",
            "redact",
            "warn",
            "suspend",
            "restore",
            "appeal_upheld",
            "appeal_reversed",
            "appeal_changed",
        )
    },
    (NoticeKind.TASK, "moderation.urgent"): DEADLINE,
    (NoticeKind.TASK, "moderation.appeal"): DEADLINE,
    (NoticeKind.TASK, "moderation.appeal_overdue"): DEADLINE,
}

URGENT_KINDS = frozenset(kind for kind, _text in URGENT)
"""The kinds that can be urgent: the only ones an SMS is ever sent for."""


def is_urgent(kind: str, text: str) -> bool:
    """Whether to send it at once (outside of quiet hours)."""
    return (kind, text) in URGENT
