"""Who acts in this request: the account behind cookie or bearer token, for itself or for an organisation.

The cookie holds Flask-Login's user id, a random token; the row it leads to can be revoked. All rights are
read afresh with each request. Reading writes neither session nor database.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, flash, g, redirect, request, session
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response

from gongzhi.domains.people import actions, queries
from gongzhi.domains.people.models import District
from gongzhi.domains.people.queries import Identified
from gongzhi.domains.people.rules import SEEN_EVERY, SESSION_LIFE, local_path
from gongzhi.domains.people.views.base import SignedIn
from gongzhi.kernel import clock, db
from gongzhi.kernel.errors import Conflict, NeedsSignIn, NotPermitted
from gongzhi.kernel.guard import guard
from gongzhi.kernel.policy import PUBLIC, Actor
from gongzhi.kernel.secrets import token_hash
from gongzhi.kernel.settings import LOCALES, Settings
from gongzhi.kernel.text import lazy as _l

YEAR = 365 * 24 * 3600
COOKIES = ("language", "theme", "type")
ONESELF = "self"
"""What a program sends as `X-Acting-For` to act for nobody else."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
KNOWN_FOR = timedelta(seconds=30)
MOST_KNOWN = 10_000
QUIET = ("static", "health.alive", "health.ready", "health.metrics")

manager = LoginManager()


@dataclass(frozen=True)
class Choice:
    """Somebody this person can act as, for the switch in the header."""

    value: str
    label: str
    kind: str
    current: bool


@dataclass(frozen=True)
class Identity:
    """What templates show of who acts: `label`, `kind`, and the `choices` there are."""

    signed_in: bool
    label: str
    kind: str
    name: str
    level: int
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Preferences:
    """Display settings, from the account or a visitor's cookies."""

    theme: str
    type: str


class Known:
    """Sessions identified a moment ago, for as long as nobody's rights changed (people/stamp.py)."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _KnownSession] = OrderedDict()

    def identify(self, token: str, *, with_counts: bool = False) -> Identified | None:
        """As `queries.identify_token`; the `counts` may be up to `KNOWN_FOR` old unless they are asked for.

        What a page counts, such as unread notices, does not stand still with one's rights.
        """
        key, stamp, now = token_hash(token), db.rights(), clock.now()
        kept = self._kept.get(key)
        if kept is not None and kept.holds(stamp, now):
            if not with_counts:
                return kept.found
            return replace(kept.found, counts=queries.counts_now(db.session(), kept.found.session.account_id))
        self._kept.pop(key, None)
        found = queries.identify_token(db.session(), token)
        if found is not None and stamp is not None:
            self._kept[key] = _KnownSession(stamp, now, found)
            if len(self._kept) > MOST_KNOWN:
                self._kept.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True)
class _KnownSession:
    stamp: str
    since: datetime
    found: Identified

    def holds(self, stamp: str | None, now: datetime) -> bool:
        """Whether it still says what the database would say, apart from counts."""
        return (
            stamp == self.stamp
            and timedelta() <= now - self.since < KNOWN_FOR
            and now < self.found.valid_until
            and now - self.found.session.seen_at <= SEEN_EVERY
        )


known = Known()


def init_app(app: Flask) -> None:
    """Install Flask-Login on our session table, `g.actor`, and the two switches of the header."""
    app.config.update(
        PERMANENT_SESSION_LIFETIME=SESSION_LIFE,
        SESSION_REFRESH_EACH_REQUEST=False,
        SESSION_PROTECTION=None,
    )
    manager.init_app(app)
    manager.user_loader(_by_cookie)
    manager.request_loader(lambda _request: None)
    app.before_request(identify)
    app.context_processor(_for_templates)
    app.extensions["visited_district"] = _visited_district
    app.add_url_rule("/acting-as", "acting_as", switch_acting, methods=["POST"])
    app.add_url_rule("/preferences", "preferences", set_preferences, methods=["POST"])


def identify() -> None:
    """Set `g.actor`, `g.identified` and `g.locale` before anything else looks at the request.

    Raises `NeedsSignIn` for a bearer token that is not in force, `NotPermitted` for an organisation the
    bearer may not act for, and `Conflict` when the organisation a page acts for is no longer one's own:
    an act must never count for somebody other than the page said.
    """
    if request.endpoint in QUIET:
        g.identified, g.actor, g.locale = None, Actor(), None
        return
    found = _identified()
    g.identified = found
    if found is None:
        g.actor = Actor(district_id=_visited_district(), locale=request.cookies.get("language"))
        g.locale = current_locale()
        return
    g.actor = found.actor
    g.locale = current_locale()
    if clock.now() - found.session.seen_at > SEEN_EVERY:
        db.release_reads()
        with db.isolated(), db.write() as current:
            actions.note_seen(current, found.session.id)
    lost = found.session.acting_for_id
    if lost is not None and found.actor.organisation_id is None and found.session.kind == "browser":
        _stop_acting(found)


def _identified() -> Identified | None:
    """From the bearer token where there is one, else from the cookie."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = known.identify(token.strip())
        if found is None or found.session.kind != "token":
            g.actor, g.locale = Actor(), current_locale()
            raise NeedsSignIn(_l("This token is not valid, or it has expired."))
        wanted = request.headers.get("X-Acting-For")
        if not wanted:
            return found
        acting = found.acting_for(None if wanted.strip() == "self" else wanted.strip())
        if acting is None:
            g.actor, g.locale = found.actor, current_locale()
            raise NotPermitted(_l("You cannot act for this organisation."))
        return acting
    if not isinstance(session.get("_user_id"), str):
        return None
    identified: Identified | None = getattr(current_user, "identified", None)
    return identified


def _by_cookie(token: str) -> SignedIn | None:
    found = known.identify(token, with_counts=request.method in SAFE_METHODS)
    if found is None or found.session.kind != "browser":
        return None
    return SignedIn(token, found)


def _stop_acting(found: Identified) -> None:
    db.release_reads()
    with db.isolated(), db.write() as current:
        actions.act_for(current, found, None)
    if request.method not in SAFE_METHODS:
        raise Conflict(_l("You can no longer act for this organisation. You now act for yourself; nothing was done."))
    flash(str(_l("You can no longer act for this organisation. You now act for yourself.")), "warning")


def _visited_district() -> str:
    """The district of this host name, else the one the visitor chose, else the first."""
    known = queries.districts(db.session())
    g.districts = known
    for one in known:
        if one.host and one.host == request.host.partition(":")[0]:
            return one.id
    chosen = request.cookies.get("district")
    for one in known:
        if chosen in (one.id, one.code):
            return one.id
    return known[0].id if known else ""


def current_locale() -> str:
    """The account's language, else the cookie's; programs may ask by Accept-Language; else the default."""
    found: Identified | None = g.get("identified")
    chosen = (found.actor.locale if found else None) or request.cookies.get("language")
    if chosen and chosen in LOCALES:
        return chosen
    if request.path.startswith("/api/") and request.accept_languages:
        best = request.accept_languages.best_match(["zh-CN", "zh", "en"])
        if best:
            return "en" if best == "en" else "zh_Hans_CN"
    return _settings().locale


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _for_templates() -> dict[str, Any]:
    found: Identified | None = g.get("identified")
    locale = g.get("locale") or _settings().locale
    return {
        "actor": g.get("actor") or Actor(),
        "identity": _identity(found, locale),
        "preferences": Preferences(
            theme=found.theme if found else _cookie("theme", ("auto", "light", "dark")),
            type=found.type_size if found else _cookie("type", ("normal", "large")),
        ),
        "district": _district_name(found, locale),
        "districts": g.get("districts", ()),
        "demo": _settings().demo,
        "limited": found is not None and found.session.limited,
    }


def _cookie(name: str, allowed: tuple[str, ...]) -> str:
    value = request.cookies.get(name)
    return value if value in allowed else allowed[0]


def _district_name(found: Identified | None, locale: str) -> str:
    if found is not None:
        return found.district_name_en if locale == "en" else found.district_name_zh
    acting: Actor = g.get("actor") or Actor()
    for one in g.get("districts", ()):
        if isinstance(one, District) and one.id == acting.district_id:
            return one.name_en if locale == "en" else one.name_zh
    return ""


def _identity(found: Identified | None, locale: str) -> Identity:
    if found is None:
        return Identity(False, str(_l("Visitor")), "resident", "", 0, ())
    name = found.person.name
    oneself = str(_l("%(name)s · myself", name=name))
    acting_for = found.actor.organisation_id
    choices = [Choice("", oneself, "resident", acting_for is None)] + [
        Choice(one.organisation_id, one.name_for(locale), one.kind, one.organisation_id == acting_for)
        for one in found.choices
    ]
    current = next(choice for choice in choices if choice.current)
    label = oneself if acting_for is None else f"{name} · {current.label}"
    return Identity(
        signed_in=True,
        label=label,
        kind=current.kind,
        name=name,
        level=found.actor.level,
        choices=tuple(choices) if len(choices) > 1 else (),
    )


def _back() -> Response:
    return redirect(local_path(request.form.get("next")) or "/")


@guard(PUBLIC)
def switch_acting() -> Response:
    """Act for an organisation or for oneself, as chosen in the header."""
    found: Identified | None = g.identified
    if found is None:
        raise NeedsSignIn
    with db.write() as current:
        actions.act_for(current, found, request.form.get("as") or None)
    return _back()


@guard(PUBLIC)
def set_preferences() -> Response:
    """Keep language, brightness, size of type: in the account, for visitors in cookies; visitors choose a district."""
    chosen = {name: request.form.get(name) or None for name in COOKIES}
    actions.check_preferences(locale=chosen["language"], theme=chosen["theme"], type_size=chosen["type"])
    response = _back()
    if g.identified is not None:
        with db.write() as current:
            actions.keep_preferences(
                current, g.actor, locale=chosen["language"], theme=chosen["theme"], type_size=chosen["type"]
            )
    for name, value in chosen.items():
        if value is not None:
            _keep(response, name, value)
    district = request.form.get("district")
    if district and any(one.id == district for one in queries.districts(db.session())):
        _keep(response, "district", district)
    return response


def _keep(response: Response, name: str, value: str) -> None:
    secure = _settings().public_url.startswith("https://")
    response.set_cookie(name, value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
