"""`@guard(PERMISSION, issue=access_issue)`: every view says who may come in; one that does not stops the start."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from sqlalchemy.orm import Session

from gongzhi.kernel.db import session
from gongzhi.kernel.policy import VISITOR, Actor, Permission, allows, require, require_fresh

View = TypeVar("View", bound=Callable[..., Any])
Loader = Callable[[Session, Actor, str], Any]


def actor() -> Actor:
    """Who acts in this request."""
    found: Actor = g.get("actor", VISITOR)
    return found


def may(wanted: Permission, subject: Any = None) -> bool:
    """For templates: whether the present actor holds the permission."""
    return allows(actor(), wanted, subject)


def prove_now(who: Actor) -> None:
    """Take the proof that came with this request, if any, then ask whether the last one is recent enough.

    Raises `NeedsProof`; for those who may do it anyway, so that nobody learns of what they may not see.
    """
    take: Callable[[], None] | None = current_app.extensions.get("take_proof")
    if take is not None:
        take()
        who = actor()
    require_fresh(who)


def load_subjects(loaders: dict[str, Loader], arguments: dict[str, Any]) -> Any:
    """Replace each `<name>_id` argument by its object (404 when it may not be seen); the first is the subject."""
    subject = None
    for name, loader in loaders.items():
        arguments[name] = loader(session(), actor(), arguments.pop(f"{name}_id"))
        subject = arguments[name] if subject is None else subject
    return subject


def guard(wanted: Permission, *, fresh: bool = False, **loaders: Loader) -> Callable[[View], View]:
    """Guard a view by a permission on the first loaded object, or on nothing in particular.

    A decisive act says `fresh=True`: it is refused with `NeedsProof` ten minutes after the last proof that it
    is the person, and the shell asks for one on the same page, with what was typed kept (web/proof.py). Of a view
    for GET and POST only the POST is decisive.
    Errors: `NotFound` from a loader, `NeedsSignIn` or `NotPermitted` from the policy.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**arguments: Any) -> Any:
            subject = load_subjects(loaders, arguments)
            require(actor(), wanted, subject)
            if fresh and request.method not in ("GET", "HEAD"):
                prove_now(actor())
            return view(**arguments)

        guarded.permission = wanted  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def kept(view: View) -> View:
    """Mark a guarded view whose page depends on nothing but its address, its reader and the database.

    Such a page is given again while nothing was committed since (web/kept.py). Not for one that counts, logs
    a read of personal data, or shows what stands elsewhere than in the database.
    """
    view.kept = True  # type: ignore[attr-defined]
    return view


def refuse_unguarded(app: Flask) -> None:
    """Raises RuntimeError naming every view without a declared permission."""
    bare = sorted(
        endpoint
        for endpoint, view in app.view_functions.items()
        if not isinstance(getattr(view, "permission", None), Permission)
    )
    if bare:
        raise RuntimeError(f"views without a declared permission: {', '.join(bare)}")
