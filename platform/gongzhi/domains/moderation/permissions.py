"""Who may report, decide, read originals and appeal: one table to read."""

from __future__ import annotations

from typing import Any

from gongzhi.kernel.policy import Actor, Predicate, level, permission, role, signed_in


def _somebody_else(actor: Actor, case: Any) -> bool:
    return case is None or getattr(case, "author_id", None) != actor.account_id


def _concerns(actor: Actor, measure: Any) -> bool:
    return actor.signed_in and measure is not None and measure.account_id == actor.account_id


somebody_elses = Predicate("somebody else's words", _somebody_else)
concerned = Predicate("whom it concerns", _concerns)
moderator = role("moderator") | role("admin")
reader = moderator | role("auditor")

REPORT = permission("moderation:report:file", holders=level(1), about="Report what breaks the community's rules")
WORK_QUEUE = permission("moderation:queue:work", holders=moderator, about="See and claim what was reported")
DECIDE_CASE = permission(
    "moderation:case:decide",
    holders=moderator & somebody_elses,
    about="Hide, restore, cover a part, warn, suspend: always with a reason, never in one's own matter",
)
DECIDE_APPEAL = permission(
    "moderation:appeal:decide",
    holders=moderator & somebody_elses,
    about="Decide an appeal against a measure somebody else took",
)
READ_CASE = permission(
    "moderation:case:read", holders=reader & somebody_elses, about="Read a case with its reports and measures"
)
READ_ORIGINAL = permission(
    "moderation:original:read",
    holders=reader & somebody_elses,
    about="Read covered words; each time is noted for the auditors",
)
OWN_REPORTS = permission(
    "moderation:report:own", holders=signed_in, about="See what became of one's own reports", when_suspended=True
)
OWN_MEASURES = permission(
    "moderation:measure:list", holders=signed_in, about="List the measures that concern oneself", when_suspended=True
)
OWN_MEASURE = permission(
    "moderation:measure:read",
    holders=concerned,
    about="Read a measure that concerns oneself, with one's own words",
    when_suspended=True,
)
APPEAL = permission(
    "moderation:measure:appeal",
    holders=concerned,
    about="Appeal against a measure that concerns oneself",
    when_suspended=True,
)
