"""Organisations as everybody sees them, and the application for one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from gongzhi.kernel import storage
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError, Invalid, NotFound
from gongzhi.kernel.guard import actor, guard, may
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..forms import OrganisationForm, ReasonForm
from ..models import KIND_LABELS, ORGANISATION_STATE_LABELS, Organisation
from ..permissions import (
    ADMINISTER_ORGANISATIONS,
    APPLY_ORGANISATION,
    APPOINT_OFFICIALS,
    MANAGE_MEMBERS,
    SEE_MEMBERS,
    VERIFY_ORGANISATIONS,
)
from .base import blueprint, locale, no_store, place_options, show

AREAS = ("subdistrict", "community")


@blueprint.get("/organisations")
@guard(PUBLIC)
def organisations() -> str:
    """The verified organisations of the district."""
    kind, text = request.args.get("kind"), request.args.get("q", "")
    page = queries.list_organisations(session(), actor(), kind=kind, text=text, after=request.args.get("cursor"))
    return render_template(
        "people/organisations.html",
        page=page,
        kind=kind,
        text=text,
        kinds=KIND_LABELS,
        lang=locale(),
        may_apply=may(APPLY_ORGANISATION),
    )


@blueprint.get("/organisations/<organisation_id>")
@guard(PUBLIC, organisation=queries.access_organisation)
def organisation(organisation: Organisation) -> Response:
    """One organisation: who it is, how its application stands, and for its people the way inside."""
    return organisation_page(organisation)


def organisation_page(organisation: Organisation, error: DomainError | None = None) -> Response:
    """The page, with a refused decision shown on it."""
    return show(
        "people/organisation.html",
        ReasonForm(),
        error,
        organisation=organisation,
        lang=locale(),
        kind_label=KIND_LABELS[organisation.kind],
        state_label=ORGANISATION_STATE_LABELS[organisation.state],
        place=queries.place_name(session(), organisation.place_id, locale()),
        may_see_members=may(SEE_MEMBERS, organisation),
        may_decide=organisation.state == "applied" and may(VERIFY_ORGANISATIONS, organisation),
        may_see_proof=organisation.proof_key is not None and may(VERIFY_ORGANISATIONS, organisation),
        may_administer=may(ADMINISTER_ORGANISATIONS, organisation),
        may_manage=may(MANAGE_MEMBERS, organisation) or may(APPOINT_OFFICIALS, organisation),
        is_applicant=actor().signed_in and organisation.applied_by_id == actor().account_id,
    )


@blueprint.get("/organisations/<organisation_id>/proof")
@guard(VERIFY_ORGANISATIONS, organisation=queries.access_organisation)
def organisation_proof(organisation: Organisation) -> Response:
    """The registration certificate, for those who decide on it."""
    if organisation.proof_key is None:
        raise NotFound
    if organisation.applied_by_id is not None:
        reason = str(_l("To decide on the application of %(name)s", name=organisation.name_zh))[:300]
        with write() as current:
            actions.note_access(
                current, actor(), account_id=organisation.applied_by_id, fields=["proof"], reason=reason
            )
    kind = storage.media_type(organisation.proof_key)
    name = f"{organisation.registration_number}.{organisation.proof_key.rpartition('.')[2]}"
    stream = storage.open_file(organisation.proof_key)
    return no_store(send_file(stream, mimetype=kind, as_attachment=True, download_name=name))


@blueprint.route("/organisations/apply", methods=["GET", "POST"])
@guard(APPLY_ORGANISATION)
def apply_organisation() -> Response:
    """Apply for an enterprise or social organisation."""
    form = OrganisationForm()
    form.place_id.choices = place_options(AREAS, _l("The whole district"))
    if request.method == "GET" or not form.validate():
        return _application(form)
    try:
        proof = _kept_proof(form.proof.data)
        with write() as current:
            made = actions.apply_for_organisation(
                current,
                actor(),
                kind=form.text("kind"),
                name_zh=form.text("name_zh"),
                name_en=form.text("name_en"),
                registration_number=form.text("registration_number"),
                about=form.text("about"),
                place_id=form.place_id.data,
                proof_key=proof,
            )
    except DomainError as error:
        return _application(form, error)
    flash(str(_l("Your application was sent. You are told when it is decided.")), "success")
    return redirect(url_for("people.organisation", organisation_id=made.id))


def _application(form: OrganisationForm, error: DomainError | None = None) -> Response:
    return show(
        "people/form.html",
        form,
        error,
        title=_l("Apply for an organisation"),
        intro=[
            _l("Enterprises and social organisations of the district have a voice of their own."),
            _l("An official compares your entries with the certificate. Then you act for it and invite others."),
        ],
        submit=_l("Send the application"),
        links=[(url_for("people.organisations"), _l("Organisations taking part"))],
    )


def _kept_proof(upload: Any) -> str:
    """The key of the uploaded certificate: a photo, re-encoded, or a PDF. Raises `Invalid` beside `proof`."""
    if not isinstance(upload, FileStorage) or not upload.filename:
        raise Invalid.of("proof", _l("Add a photo or PDF of the registration certificate."))
    stream = upload.stream
    head = stream.read(5)
    stream.seek(0)
    try:
        if head == b"%PDF-":
            return storage.store_document(stream, upload.filename).key
        return storage.store_image(stream, upload.filename).key
    except Invalid as error:
        raise Invalid({"proof": [message for messages in error.errors.values() for message in messages]}) from None
