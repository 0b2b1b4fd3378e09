"""What an entry says, in plain words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gongzhi.domains.decisions.models import CommitmentState
from gongzhi.domains.decisions.rules import COMMITMENT_LABELS as STATES_OF_COMMITMENTS
from gongzhi.domains.issues.models import IssueState
from gongzhi.domains.issues.rules.lifecycle import ACT_LABELS, STATE_LABELS
from gongzhi.domains.issues.rules.lifecycle import Act as Step
from gongzhi.kernel.text import Lazy
from gongzhi.kernel.text import lazy as _l

from .models import LedgerLeaf

KIND_LABELS: dict[str, Lazy] = {
    "issue": _l("Issues"),
    "decision": _l("Decisions"),
    "ballot": _l("Ballots"),
    "moderation": _l("Moderation"),
    "ledger": _l("The ledger itself"),
}
ENTRY_LABELS: dict[str, Lazy] = {
    "issue.answered": _l("An office answered an issue"),
    "issue.escalated": _l("Deadline missed: escalated to the office above"),
    "issue.merged": _l("An issue was merged into another one"),
    "decision.on_notice": _l("A decision went on public notice"),
    "decision.published": _l("A decision was published"),
    "decision.withdrawn": _l("A decision was taken back"),
    "decision.progress": _l("Progress of a decision was reported"),
    "decision.done": _l("A decision was carried out"),
    "decision.objection": _l("An objection was answered"),
    "ballot.opened": _l("The rules of a ballot were frozen"),
    "ballot.cancelled": _l("A ballot was cancelled"),
    "ballot.certified": _l("The result of a ballot was certified"),
    "moderation.statistics_published": _l("The figures of a month of moderation were published"),
    "ledger.key_rotated": _l("The ledger is signed with a new key"),
}
COMMITMENT_LABELS = {
    CommitmentState.KEPT: _l("A commitment was kept"),
    CommitmentState.MISSED: _l("A commitment was missed"),
}
FACT_LABELS: dict[str, Lazy] = {
    "number": _l("Number"),
    "until": _l("Public notice until"),
    "from": _l("State before"),
    "to": _l("State after"),
    "state": _l("State"),
    "due": _l("Due"),
    "next_step_due": _l("Next step due"),
    "days": _l("Working days late"),
    "into": _l("Merged into"),
    "commitment": _l("Commitment"),
    "rules_hash": _l("Hash of the rules"),
    "result_hash": _l("Hash of the result"),
    "key_id": _l("New key"),
    "previous_key_id": _l("Key before"),
    "month": _l("Month"),
    "statistics": _l("Figures"),
}
ROLE_LABELS: dict[str, Lazy] = {
    "official": _l("An official of this office"),
    "staff": _l("Staff of the platform"),
    "system": _l("The platform itself, when a deadline passed"),
}
ENDPOINTS = {"issue": "issues.show", "decision": "decisions.show", "ballot": "ballots.show"}
ICONS = {
    "issue": "chat-left-text",
    "decision": "check2-square",
    "ballot": "list-check",
    "moderation": "shield-check",
    "ledger": "key",
}


@dataclass(frozen=True)
class Shown:
    """An entry as pages show it."""

    index: int
    label: Lazy | str
    icon: str
    office: str
    role: Lazy | None
    number: str
    at: datetime
    kind: str
    subject_id: str
    endpoint: str | None
    hash: str
    record: dict[str, Any]


def shown(leaf: LedgerLeaf) -> Shown:
    """The entry in words; everything comes out of its record."""
    record = json.loads(leaf.record)
    by = record["by"]
    return Shown(
        index=leaf.position,
        label=_label(leaf.kind, record["facts"]),
        icon=ICONS.get(leaf.subject_kind, "journal-text"),
        office=by.get("name", ""),
        role=ROLE_LABELS.get(by["role"]),
        number=record["facts"].get("number", ""),
        at=leaf.at,
        kind=leaf.subject_kind,
        subject_id=leaf.subject_id,
        endpoint=ENDPOINTS.get(leaf.subject_kind),
        hash=leaf.hash.hex(),
        record=record,
    )


def _label(kind: str, facts: dict[str, Any]) -> Lazy | str:
    if kind == "issue.state_changed":
        return ACT_LABELS[Step(facts["action"])]
    if kind == "decision.progress" and facts.get("state") in COMMITMENT_LABELS:
        return COMMITMENT_LABELS[CommitmentState(facts["state"])]
    return ENTRY_LABELS.get(kind, kind)


def facts_shown(record: dict[str, Any]) -> list[tuple[Lazy | str, Any]]:
    """The facts of a record with their labels; states by their names."""
    return [
        (FACT_LABELS.get(name, name), _value(name, value))
        for name, value in record["facts"].items()
        if name not in ("action", "above")
    ]


def _value(name: str, value: Any) -> Any:
    if name in ("from", "to") and value in list(IssueState):
        return STATE_LABELS[IssueState(value)]
    if name == "state" and value in list(CommitmentState):
        return STATES_OF_COMMITMENTS[CommitmentState(value)]
    return value
