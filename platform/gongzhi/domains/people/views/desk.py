"""Queues of those who verify: organisations for offices, residents for grid workers and offices."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..forms import ReasonForm
from ..models import KIND_LABELS, Organisation, VerificationRequest
from ..permissions import READ_PERSONAL_DATA, VERIFY_ORGANISATIONS, VERIFY_RESIDENTS
from .base import blueprint, locale, no_store, show
from .organisations import organisation_page


@blueprint.get("/desk/organisations")
@guard(VERIFY_ORGANISATIONS)
def organisation_queue() -> str:
    """Applications waiting for this office, the oldest first."""
    page = queries.waiting_organisations(session(), actor(), after=request.args.get("cursor"))
    return render_template("people/organisation_queue.html", page=page, lang=locale(), kinds=KIND_LABELS)


@blueprint.post("/desk/organisations/<organisation_id>/verify")
@guard(VERIFY_ORGANISATIONS, fresh=True, organisation=queries.access_organisation)
def verify_organisation(organisation: Organisation) -> Response:
    """Verify an application."""
    with write() as current:
        actions.verify_organisation(current, actor(), organisation)
    flash(str(_l("The organisation was verified.")), "success")
    return redirect(url_for("people.organisation_queue"))


@blueprint.post("/desk/organisations/<organisation_id>/refuse")
@guard(VERIFY_ORGANISATIONS, organisation=queries.access_organisation)
def refuse_organisation(organisation: Organisation) -> Response:
    """Refuse an application for a reason."""
    try:
        with write() as current:
            actions.refuse_organisation(current, actor(), organisation, reason=ReasonForm().text("reason"))
    except DomainError as error:
        return organisation_page(organisation, error)
    flash(str(_l("The application was refused.")), "success")
    return redirect(url_for("people.organisation_queue"))


@blueprint.get("/desk/residents")
@guard(VERIFY_RESIDENTS)
def resident_queue() -> str:
    """Residents waiting to be verified, masked, the oldest first."""
    page = queries.waiting_requests(session(), actor(), after=request.args.get("cursor"))
    return render_template("people/resident_queue.html", page=page, lang=locale())


@blueprint.get("/desk/residents/<person_id>")
@guard(VERIFY_RESIDENTS, person=queries.access_request)
def resident_request(person: VerificationRequest) -> Response:
    """One request, masked."""
    return _request_page(person)


def _request_page(person: VerificationRequest, error: DomainError | None = None, **more: Any) -> Response:
    return no_store(
        show(
            "people/resident_request.html",
            ReasonForm(formdata=None) if error is None else ReasonForm(),
            error,
            person=person,
            shown=queries.waiting_request(session(), person),
            lang=locale(),
            **{"revealed": None, **more},
        )
    )


@blueprint.post("/desk/residents/<person_id>/reveal")
@guard(READ_PERSONAL_DATA, person=queries.access_request)
def reveal_request(person: VerificationRequest) -> Response:
    """Show name and identity number once, for a reason the person can read."""
    try:
        with write() as current:
            revealed = actions.reveal_request(current, actor(), person, reason=ReasonForm().text("reason"))
    except DomainError as error:
        return _request_page(person, error)
    response = _request_page(person, revealed=revealed)
    response.status_code = 200
    return response


@blueprint.post("/desk/residents/<person_id>/approve")
@guard(VERIFY_RESIDENTS, fresh=True, person=queries.access_request)
def approve_request(person: VerificationRequest) -> Response:
    """Verify the resident."""
    try:
        with write() as current:
            actions.approve_request(current, actor(), person)
    except DomainError as error:
        return _request_page(person, error)
    flash(str(_l("The resident was verified.")), "success")
    return redirect(url_for("people.resident_queue"))


@blueprint.post("/desk/residents/<person_id>/refuse")
@guard(VERIFY_RESIDENTS, person=queries.access_request)
def refuse_request(person: VerificationRequest) -> Response:
    """Refuse the request for a reason."""
    try:
        with write() as current:
            actions.refuse_request(current, actor(), person, reason=ReasonForm().text("reason"))
    except DomainError as error:
        return _request_page(person, error)
    flash(str(_l("The request was refused.")), "success")
    return redirect(url_for("people.resident_queue"))
