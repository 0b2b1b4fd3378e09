"""What the pages of this room share: the blueprint, forms shown again, limits, choices of places."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, make_response, render_template, request
from flask_login import UserMixin
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from gongzhi.kernel.db import session
from gongzhi.kernel.errors import DomainError, TooMany
from gongzhi.kernel.guard import actor

from .. import queries
from ..doors import address, cap_sessions, public_url, site, spend, terms
from ..forms import Form, choice
from ..models import KIND_LABELS, MEMBER_ROLE_LABELS, ORGANISATION_STATE_LABELS, VERIFICATION_STATE_LABELS
from ..queries import Identified, PlaceChoice

blueprint = Blueprint("people", __name__)

__all__ = [
    "SignedIn",
    "address",
    "blueprint",
    "cap_sessions",
    "locale",
    "no_store",
    "place_options",
    "public_url",
    "show",
    "site",
    "spend",
    "terms",
]


class SignedIn(UserMixin):
    """Flask-Login's user: its id, which the cookie holds, is the session's token and never the account's id."""

    def __init__(self, token: str, identified: Identified | None = None) -> None:
        self.token = token
        self.identified = identified

    def get_id(self) -> str:
        """What the cookie holds."""
        return self.token


ORGANISATION_TONES = {"applied": "wait", "verified": "ok", "refused": "late", "suspended": "late"}


@blueprint.app_template_filter("organisation_kind")
def _kind(value: str) -> str:
    return str(KIND_LABELS[value])


@blueprint.app_template_filter("organisation_state")
def _state(value: str) -> str:
    return str(ORGANISATION_STATE_LABELS[value])


@blueprint.app_template_filter("organisation_tone")
def _tone(value: str) -> str:
    return ORGANISATION_TONES[value]


@blueprint.app_template_filter("member_role")
def _member_role(value: str) -> str:
    return str(MEMBER_ROLE_LABELS[value])


@blueprint.app_template_filter("verification_state")
def _verification(value: str) -> str:
    return str(VERIFICATION_STATE_LABELS[value])


def locale() -> str:
    """The reader's language, for names kept in two."""
    chosen: str = g.locale
    return chosen


def show(template: str, form: Form, error: DomainError | None = None, **context: Any) -> Response:
    """The page with its form: new (200), with wrong entries (422), or with what an action refused."""
    if error is not None:
        form.take(error)
    response = make_response(render_template(template, form=form, **context))
    if error is not None:
        response.status_code = error.status
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.retry_after)
    elif request.method == "POST":
        response.status_code = 422
    return response


def place_options(kinds: tuple[str, ...], empty: Any) -> list[SelectChoice]:
    """Choices of places by their full names; the places above them are read for those."""
    found = queries.places_to_choose(session(), actor().district_id, ("subdistrict", *kinds))
    names = {one.id: one.name_for(locale()) for one in found}
    return [
        choice("", str(empty)),
        *(choice(one.id, _full_name(one, names)) for one in found if one.kind in kinds),
    ]


def _full_name(place: PlaceChoice, names: dict[str, str]) -> str:
    above = names.get(place.parent_id or "")
    own = names[place.id]
    if above is None:
        return own
    return f"{own}, {above}" if locale() == "en" else f"{above} · {own}"


def no_store(response: Response) -> Response:
    """Personal data shown once stays in no cache."""
    response.headers["Cache-Control"] = "no-store"
    return response
