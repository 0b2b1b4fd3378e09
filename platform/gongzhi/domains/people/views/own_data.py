"""One's own data: a copy to download, and the erasure of the account (注销)."""

from __future__ import annotations

import io

from flask import flash, redirect, render_template, request, send_file, url_for
from flask import session as cookie
from flask_login import logout_user
from werkzeug.wrappers import Response

from gongzhi.kernel import clock
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..forms import EraseForm
from ..permissions import MANAGE_OWN_ACCOUNT
from ..rules import COPIES_PER_ACCOUNT, ERASURE_WAIT
from .account import tabs
from .base import blueprint, no_store, show, spend


@blueprint.get("/account/data")
@guard(MANAGE_OWN_ACCOUNT)
def my_data() -> str:
    """What one can do with one's own data, and the copies there are."""
    return render_template(
        "people/data.html", tabs=tabs(), copies=queries.own_copies(session(), actor()), now=clock.now()
    )


@blueprint.post("/account/data/copies")
@guard(MANAGE_OWN_ACCOUNT, fresh=True)
def ask_for_copy() -> Response:
    """Ask for a copy of all of one's data."""
    try:
        spend((COPIES_PER_ACCOUNT, actor().account_id or ""))
        with write() as current:
            actions.ask_for_copy(current, actor())
    except DomainError as error:
        flash(str(error), "warning")
    else:
        flash(str(_l("Your copy is being made. You find it here in a few minutes.")), "success")
    return redirect(url_for("people.my_data"))


@blueprint.post("/account/data/copies/<copy_id>/download")
@guard(MANAGE_OWN_ACCOUNT, fresh=True)
def download_copy(copy_id: str) -> Response:
    """The copy, for its owner."""
    with write() as current:
        copy, data = actions.fetch_copy(current, actor(), copy_id)
    name = f"gongzhi-{copy.requested_at.astimezone(clock.LOCAL):%Y-%m-%d}.zip"
    return no_store(send_file(io.BytesIO(data), mimetype="application/zip", as_attachment=True, download_name=name))


@blueprint.route("/account/data/erase", methods=["GET", "POST"])
@guard(MANAGE_OWN_ACCOUNT, fresh=True)
def erase_account() -> Response:
    """What stays, what goes, what the law keeps; then the request, which ends all sessions."""
    form = EraseForm()
    against = actions.obstacles(session(), actor().account_id or "")
    error: DomainError | None = None
    if request.method == "POST" and form.validate():
        try:
            with write() as current:
                asked = actions.ask_erasure(current, actor())
        except DomainError as refused:
            error = refused
        else:
            logout_user()
            cookie.clear()
            day = f"{asked.due_at.astimezone(clock.LOCAL):%Y-%m-%d}"
            flash(
                str(_l("Your account will be erased on %(day)s. Signing in before that day cancels it.", day=day)),
                "success",
            )
            return redirect("/")
    return show("people/erase.html", form, error, against=against, days=ERASURE_WAIT.days)
