"""How search listens."""

from __future__ import annotations

from flask import Flask

from gongzhi.kernel.relay import Relay

from .indexing import listen
from .rooms import register_rooms


def connect(_app: Flask, relay: Relay) -> None:
    """Know the rooms' objects, and index what events touch."""
    register_rooms()
    relay.add("search", listen)
