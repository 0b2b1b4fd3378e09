"""How notices listen."""

from __future__ import annotations

from flask import Flask

from gongzhi.domains.people.queries import count_with_identity
from gongzhi.kernel.events import register_version_source
from gongzhi.kernel.relay import Relay
from gongzhi.reactions.notices import of_ballots, of_decisions, of_initiatives  # noqa: F401 - add their tellers
from gongzhi.reactions.notices.inbox import inbox_version, unread_of_account
from gongzhi.reactions.notices.listener import deliver


def connect(_app: Flask, relay: Relay) -> None:
    """Listen to the relay; give the private topic of an account its version."""
    relay.add("notices", deliver)
    register_version_source("me", inbox_version)
    count_with_identity("unread", unread_of_account())
