"""The ledger's pages: what is in it, one entry with its proof, the heads, the keys, two heads compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, stream_with_context, url_for

from gongzhi.kernel.db import session
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor, guard, kept
from gongzhi.kernel.ids import is_id
from gongzhi.kernel.text import lazy as _l

from . import queries
from .exporting import head_shown, lines
from .keys import keys_of
from .merkle import verify_consistency, verify_inclusion
from .models import LedgerHead, LedgerLog
from .permissions import READ_LEDGER
from .proving import proof_steps, words_of
from .queries import Filters
from .records import head_fits, key_text, moment
from .titles import titles_of
from .words import KIND_LABELS, facts_shown, shown

blueprint = Blueprint("ledger", __name__, url_prefix="/ledger")


@blueprint.get("")
@kept
@guard(READ_LEDGER)
def index() -> str:
    """The newest head, what the ledger is, and its entries, newest first."""
    filters = read_filters(request.args)
    try:
        page = queries.entries(session(), actor(), filters, after=request.args.get("cursor") or None)
    except Invalid:
        # A damaged cursor: begin again.
        page = queries.entries(session(), actor(), filters)
    log = queries.log_of(session(), actor())
    narrowed: dict[str, Any] = {"kind": filters.subject_kind, "object": filters.subject_id}
    return render_template(
        "ledger/index.html",
        log=log,
        head=queries.newest_head(session(), log.district_id) if log else None,
        entries=[shown(leaf) for leaf in page.items],
        titles=titles_of(session(), page.items),
        next_url=url_for(".index", **narrowed, cursor=page.next_cursor) if page.next_cursor else None,
        tabs=_tabs(filters),
        narrowed=any(narrowed.values()),
        filters=filters,
    )


def read_filters(given: Any) -> Filters:
    """The filters of a query string; what is not known is left out, never an error."""
    kind, subject = given.get("kind"), given.get("object")
    return Filters(kind if kind in KIND_LABELS else None, subject if subject and is_id(subject) else None)


def _tabs(filters: Filters) -> list[dict[str, Any]]:
    known = [(None, _l("Everything")), *KIND_LABELS.items()]
    return [
        {
            "label": label,
            "url": url_for(".index", kind=kind),
            "current": filters.subject_kind == kind and not filters.subject_id,
            "count": None,
        }
        for kind, label in known
    ]


@blueprint.get("/<int:index>")
@kept
@guard(READ_LEDGER)
def show(index: int) -> str:
    """One entry: what it says, its place in the tree, and every step of checking it."""
    leaf = queries.access_leaf(session(), actor(), index)
    log = _log()
    head = _head_for(log, index)
    proof = queries.prove_inclusion(session(), log, index, head.size if head else log.size)
    return render_template(
        "ledger/show.html",
        log=log,
        leaf=leaf,
        entry=shown(leaf),
        title=titles_of(session(), [leaf]).get(leaf.subject_id, ""),
        facts=facts_shown(shown(leaf).record),
        words=words_of(session(), leaf),
        known_views=current_app.view_functions,
        head=head,
        proof=proof,
        steps=proof_steps(proof),
        holds=verify_inclusion(index, proof.size, proof.leaf, proof.path, head.root if head else proof.root),
        previous=index - 1 if index else None,
        following=index + 1 if index + 1 < log.size else None,
    )


def _head_for(log: LedgerLog, index: int) -> LedgerHead | None:
    """The head asked for by its size, else the first that covers the entry; None while none does."""
    wanted = whole_number(request.args.get("size", ""))
    if wanted is None:
        return queries.head_covering(session(), log.district_id, index)
    head = queries.access_head(session(), actor(), wanted)
    if head.size <= index:
        raise NotFound
    return head


@blueprint.get("/heads")
@kept
@guard(READ_LEDGER)
def heads() -> str:
    """Every signed head, newest first."""
    log = queries.log_of(session(), actor())
    try:
        page = queries.heads(session(), actor(), after=request.args.get("cursor") or None)
    except Invalid:
        page = queries.heads(session(), actor())
    public = {key.key_id: key.public_key for key in keys_of(session(), log.district_id)} if log else {}
    rows = [
        {"head": head, "fits": log is not None and head_fits(head_shown(head), public[head.key_id], log.name)}
        for head in page.items
    ]
    return render_template(
        "ledger/heads.html",
        log=log,
        rows=rows,
        next_url=url_for(".heads", cursor=page.next_cursor) if page.next_cursor else None,
    )


@blueprint.get("/keys")
@kept
@guard(READ_LEDGER)
def keys() -> str:
    """The public keys with their periods."""
    log = queries.log_of(session(), actor())
    found = keys_of(session(), log.district_id) if log else []
    texts = {
        key.key_id: key_text(log=log.name, public_key=key.public_key, valid_from=moment(key.valid_from))
        for key in found
        if log
    }
    return render_template("ledger/keys.html", log=log, keys=found[::-1], texts=texts)


@blueprint.get("/consistency")
@kept
@guard(READ_LEDGER)
def consistency() -> str | tuple[str, int]:
    """Whether one head follows from an earlier one."""
    log = queries.log_of(session(), actor())
    given = {name: request.args.get(name, "") for name in ("first", "second")}
    newest = queries.heads(session(), actor(), limit=2).items
    proof, errors, holds = None, {}, False
    if log is not None and any(given.values()):
        try:
            proof = queries.prove_consistency(session(), log, *(_size(name, value) for name, value in given.items()))
        except Invalid as invalid:
            errors = invalid.errors
        else:
            holds = verify_consistency(proof.first, proof.second, proof.first_root, proof.second_root, proof.path)
    elif len(newest) == 2:
        given = {"first": str(newest[1].size), "second": str(newest[0].size)}
    page = render_template("ledger/consistency.html", log=log, given=given, proof=proof, errors=errors, holds=holds)
    return (page, 422) if errors else page


def whole_number(text: str) -> int | None:
    """A number of decimal digits as people type it; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _size(name: str, text: str) -> int:
    number = whole_number(text.strip())
    if number is None:
        raise Invalid.of(name, _l("Give a size as a whole number."))
    return number


@blueprint.get("/file")
@guard(READ_LEDGER)
def file() -> Response:
    """The whole log as a file that `gongzhi verify` checks without this site."""
    log = _log()

    def written() -> Iterator[str]:
        yield from lines(session(), log)

    return Response(
        stream_with_context(written()),
        mimetype="application/jsonl",
        headers={"Content-Disposition": f'attachment; filename="ledger-{log.name}.jsonl"'},
    )


def _log() -> LedgerLog:
    log = queries.log_of(session(), actor())
    if log is None:
        raise NotFound
    return log
