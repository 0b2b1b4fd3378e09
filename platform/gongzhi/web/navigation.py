"""The site's doors: main navigation, the phone's bottom bar and the desks, by what the actor may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, request, url_for

from gongzhi.kernel.guard import actor
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import Lazy
from gongzhi.kernel.text import lazy as _l


@dataclass(frozen=True)
class Entry:
    """A place to go, as templates show it."""

    label: str
    url: str
    icon: str
    current: bool


@dataclass(frozen=True)
class _Door:
    label: Lazy
    endpoint: str
    icon: str
    shown: Callable[[Actor], bool] = lambda _actor: True


MAIN = (
    _Door(_l("Home"), "home.index", "house"),
    _Door(_l("Issues"), "issues.index", "chat-left-text"),
    _Door(_l("Ballots"), "ballots.index", "card-checklist"),
    _Door(_l("Decisions"), "decisions.index", "check2-square"),
    _Door(_l("Initiatives"), "initiatives.index", "people"),
    _Door(_l("Places"), "places.index", "geo-alt"),
    _Door(_l("Work desk"), "desk.index", "inboxes", lambda a: a.acts_for_government or a.has("grid_worker")),
    _Door(_l("Moderation"), "moderation.index", "flag", lambda a: a.has("moderator") or a.has("admin")),
    _Door(_l("Administration"), "admin.index", "gear", lambda a: a.has("admin")),
)
PHONE = (
    _Door(_l("Home"), "home.index", "house"),
    _Door(_l("Issues"), "issues.index", "chat-left-text"),
    _Door(_l("Initiatives"), "initiatives.index", "people"),
    _Door(_l("Notices"), "notices.inbox", "bell"),
    _Door(_l("Mine"), "home.mine", "person"),
)
ACCOUNT = (
    _Door(_l("Mine"), "home.mine", "person"),
    _Door(_l("My account"), "people.account", "gear"),
    _Door(_l("Organisations"), "people.my_organisations", "building"),
    _Door(_l("Who looked at my data"), "people.looks", "shield-check"),
    _Door(_l("Measures and appeals"), "moderation.my_measures", "flag"),
)


ABOUT = (
    (_l("How decisions are made"), "how-decisions-are-made"),
    (_l("Privacy notice"), "privacy"),
    (_l("Accessibility statement"), "accessibility"),
)


class Navigation:
    """What base.html draws; made for each request when asked for."""

    @property
    def main(self) -> list[Entry]:
        """The bar on top."""
        return _entries(MAIN)

    @property
    def phone(self) -> list[Entry]:
        """Five places at the bottom of a phone."""
        return _entries(PHONE)

    @property
    def account(self) -> list[Entry]:
        """The menu below one's name."""
        return _entries(ACCOUNT)

    @property
    def footer(self) -> list[Entry]:
        """Statements about the site, and the interface for programs."""
        pages = [
            Entry(str(label), url_for("site.show", name=name), "", (request.view_args or {}).get("name") == name)
            for label, name in ABOUT
        ]
        ledger = Entry(str(_l("Public ledger")), url_for("ledger.index"), "", request.blueprint == "ledger")
        page = "moderation.public"
        rules = Entry(str(_l("Community rules")), url_for(page), "", request.endpoint == page)
        api = Entry(str(_l("API")), url_for("api_docs.page"), "", request.endpoint == "api_docs.page")
        return [*pages, rules, ledger, api]


def _entries(doors: tuple[_Door, ...]) -> list[Entry]:
    known = current_app.view_functions
    section = request.blueprint
    return [
        Entry(
            str(door.label),
            url_for(door.endpoint),
            door.icon,
            request.endpoint == door.endpoint or (section == door.endpoint.partition(".")[0] and section != "home"),
        )
        for door in doors
        if door.endpoint in known and door.shown(actor())
    ]
