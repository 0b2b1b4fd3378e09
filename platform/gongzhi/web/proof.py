"""Before a decisive act, ten minutes after the last proof: "prove that it is you", on the same page.

The page sends what was typed once more, to the same address, with the proof beside it; so nothing is lost and
nothing is done before. Passwords are never sent back into a page. Files cannot be kept: a form with files is not
for `@guard(…, fresh=True)`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Flask, g, make_response, render_template, request
from werkzeug.wrappers import Response

from gongzhi.domains.people import actions
from gongzhi.domains.people.doors import site, spend
from gongzhi.domains.people.rules import SECOND_PER_ACCOUNT
from gongzhi.kernel import clock
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError, NeedsProof, TooMany
from gongzhi.kernel.policy import Actor

FIELDS = ("password", "code", "passkey")
PREFIX = "proof-"
NOT_SENT_AGAIN = ("csrf_token",)


def init_app(app: Flask) -> None:
    """Let guards take the proof that came with a request."""
    app.extensions["take_proof"] = take


def take() -> None:
    """Check the proof in this form, if there is one, and note it. Raises `NeedsProof` for a wrong one."""
    given = actions.Proof(**{name: request.form.get(PREFIX + name, "").strip() for name in FIELDS})
    who: Actor = g.actor
    if not given.given or not who.signed_in or g.identified.session.kind != "browser":
        return
    try:
        spend((SECOND_PER_ACCOUNT, who.account_id or ""))
        right = bool(given.password) and actions.check_password(session(), who, given.password)
        with write() as current:
            actions.prove(current, who, given, site(), password_right=right)
            actions.forgive(current, SECOND_PER_ACCOUNT, who.account_id or "")
    except DomainError as wrong:
        raise NeedsProof(wrong) from wrong
    g.actor = replace(who, proved_at=clock.now())


def ask(error: NeedsProof) -> Response:
    """The page that asks for a proof and keeps what was typed."""
    kept = [
        (name, value)
        for name, values in request.form.lists()
        if name not in NOT_SENT_AGAIN and not name.startswith(PREFIX) and "password" not in name
        for value in values
    ]
    errors: dict[str, Any] = error.errors
    response = make_response(
        render_template(
            "people/prove.html",
            kept=kept,
            address=request.full_path.rstrip("?"),
            errors=errors,
            detail=str(error) if error.wrong is not None and not errors else "",
            ways=actions.ways_to_prove(session(), g.actor),
            lost_files=bool(request.files),
        )
    )
    response.status_code = error.status
    if isinstance(error.wrong, TooMany):
        response.status_code = error.wrong.status
        response.headers["Retry-After"] = str(error.wrong.retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response
