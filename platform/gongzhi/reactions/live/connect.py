"""Puts live into the application; `web/background.py` starts it where sockets are served or events delivered.

The relay's listener is added only there: a command that drains the relay must leave live messages to the
process that holds the sockets.
"""

from __future__ import annotations

from flask import Flask

from gongzhi.kernel.relay import Relay

from .rooms import register_rooms
from .service import Live


def connect(app: Flask, relay: Relay) -> None:
    """Make `app.extensions["live"]` and tell it of the rooms' topics and messages."""
    register_rooms()
    app.extensions["live"] = Live(app, app.config["SETTINGS"], relay, app.extensions["visited_district"])
