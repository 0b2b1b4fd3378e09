"""How notices listen, and what their channels know of the installation."""

from __future__ import annotations

from typing import Any

from flask import Flask

from gongzhi.domains.people.queries import count_with_identity
from gongzhi.kernel.events import register_version_source
from gongzhi.kernel.personal import register_personal_data
from gongzhi.kernel.relay import Relay
from gongzhi.kernel.settings import Settings
from gongzhi.reactions.notices import (  # noqa: F401 - add their tellers
    channels,
    of_ballots,
    of_decisions,
    of_initiatives,
    of_moderation,
)
from gongzhi.reactions.notices.inbox import inbox_version, unread_of_account
from gongzhi.reactions.notices.leaving import erase_notices, export_notices
from gongzhi.reactions.notices.listener import deliver
from gongzhi.reactions.notices.views.inbox import page_of

STOP_WITHOUT_COOKIE = "notices.stop_now"


def connect(app: Flask, relay: Relay) -> None:
    """Listen to the relay; give the private topic of an account its version; know the site's address."""
    relay.add("notices", deliver)
    register_version_source("me", inbox_version)
    count_with_identity("unread", unread_of_account())
    register_personal_data("notices", export_notices, erase_notices)
    settings: Settings = app.config["SETTINGS"]
    routes = app.url_map.bind("")

    def path_of(notice: Any) -> str:
        return page_of(notice, routes.build, app.view_functions)

    app.extensions["site"] = channels.Site(settings.public_url, settings.demo, settings.locale, path_of)
    channels.configure(app.extensions["site"])
    # A mail program's one-click stop (RFC 8058) has neither cookie nor token of ours: the link itself is the right.
    app.config["CSRF_FREE"] = app.config["CSRF_FREE"] | {STOP_WITHOUT_COOKIE}
