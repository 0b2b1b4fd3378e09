"""How the ledger listens, and where it shows on the pages of what it has entries about."""

from __future__ import annotations

from flask import Flask

from gongzhi.kernel import panels
from gongzhi.kernel.relay import Relay

from . import of_ballots, of_decisions, of_issues, of_ledger, of_moderation
from .appending import listen
from .panel import about_decision, about_issue


def connect(_app: Flask, relay: Relay) -> None:
    """Know the rooms' public acts, append what the relay brings, and point from pages to entries."""
    for room in (of_issues, of_ballots, of_decisions, of_moderation, of_ledger):
        room.register()
    relay.add("ledger", listen)
    panels.offer("issue.aside", about_issue, order=80)
    panels.offer("decision.aside", about_decision, order=80)
