"""Pages of a discussion: the thread, posting, editing, reactions. Everything works without JavaScript."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from gongzhi.domains.comments import actions, queries
from gongzhi.domains.comments.forms import CommentForm
from gongzhi.domains.comments.models import Comment, ReactionKind, Stance
from gongzhi.domains.comments.permissions import COMMENT, EDIT_COMMENT, REACT, REMOVE_COMMENT
from gongzhi.domains.comments.rules import STANCE_LABELS, may_still_edit
from gongzhi.kernel import clock
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, DomainError, Invalid
from gongzhi.kernel.events import stream_version
from gongzhi.kernel.guard import actor, guard, kept
from gongzhi.kernel.panels import Panel, offer
from gongzhi.kernel.policy import PUBLIC, Actor, allows

blueprint = Blueprint("comments", __name__, url_prefix="/comments")

ORDERS = ("best", "newest")


def _order() -> str:
    wanted = request.args.get("order", "best")
    return wanted if wanted in ORDERS else "best"


def thread_context(
    current: Session, who: Actor, kind: str, thing: Any, *, form: CommentForm | None = None
) -> dict[str, Any]:
    """What `comments/thread.html` shows of a thing's discussion: one statement."""
    subject = queries.registered(kind)
    order = _order()
    page = queries.thread(current, who, kind, thing.id, order=order, after=request.args.get("comments"))
    return {
        "kind": kind,
        "subject_id": thing.id,
        "comments": page.items,
        "order": order,
        "next_url": url_for("comments.show", kind=kind, subject_id=thing.id, order=order, comments=page.next_cursor)
        if page.next_cursor
        else None,
        "thread_url": url_for("comments.show", kind=kind, subject_id=thing.id),
        "post_url": url_for("comments.post", kind=kind, subject_id=thing.id),
        "is_open": subject.is_open(thing),
        "can_comment": allows(who, COMMENT, thing),
        "page_url": _page(kind, thing.id),
        "comment_form": form or CommentForm(formdata=None),
        "count": getattr(thing, "comment_count", None),
        "stance_labels": STANCE_LABELS,
        "own_step": own_step,
    }


def own_step(comment: queries.CommentView) -> str | None:
    """What to offer for one's own words: `edit` while the window is open, then to `take_back` them; else None."""
    who = actor()
    if not who.signed_in or (comment.account_id, comment.organisation_id) != (who.account_id, who.organisation_id):
        return None
    return "edit" if may_still_edit(comment.created_at, clock.now()) else "take_back"


def offer_thread(kind: str) -> None:
    """Fill the slot `<kind>.thread` of a page with its discussion."""

    def thread(current: Session, who: Actor, thing: Any) -> Panel:
        return Panel("comments/thread.html", thread_context(current, who, kind, thing))

    offer(f"{kind}.thread", thread)


offer_thread("issue")


def _home_of(comment: Comment) -> str:
    return _page(comment.subject_kind, comment.subject_id) + f"#comment-{comment.id}"


def _page(kind: str, subject_id: str, **more: str) -> str:
    place: dict[str, Any] = {f"{kind}_id": subject_id, **more}
    return url_for(queries.registered(kind).endpoint, **place)


@blueprint.get("/<kind>/<subject_id>")
@kept
@guard(PUBLIC)
def show(kind: str, subject_id: str) -> str:
    """The discussion alone, page by page."""
    _subject, thing = queries.access_subject(session(), actor(), kind, subject_id)
    return render_template("comments/show.html", thing=thing, **thread_context(session(), actor(), kind, thing))


@blueprint.post("/<kind>/<subject_id>")
@guard(COMMENT)
def post(kind: str, subject_id: str) -> AnyResponse | tuple[str, int]:
    """Post a comment or a reply."""
    subject, thing = queries.access_subject(session(), actor(), kind, subject_id)
    form = CommentForm()
    status = 422
    if form.validate_on_submit():
        try:
            with write() as current:
                parent = form.parent.data
                comment = actions.post_comment(
                    current,
                    actor(),
                    subject,
                    thing,
                    body=form.body.data or "",
                    stance=Stance(form.stance.data),
                    parent=queries.access_parent(current, actor(), parent) if parent else None,
                    twice_is_once=True,
                )
            if request.headers.get("HX-Request"):
                context = thread_context(session(), actor(), kind, thing)
                view = queries.view_of(session(), actor(), comment.id)
                return Response(render_template("comments/one.html", comment=view, **context))
            if comment.parent_id is not None:
                return redirect(_place_of(comment))
            return redirect(_page(kind, subject_id, order="newest") + f"#comment-{comment.id}")
        except (Invalid, Conflict) as wrong:
            _tell(form, wrong)
            status = wrong.status
    context = thread_context(session(), actor(), kind, thing, form=form)
    return render_template("comments/show.html", thing=thing, **context), status


def _tell(form: CommentForm, wrong: DomainError) -> None:
    """Put each message beside its field; what has no visible field stands beside the words."""
    for name, messages in (wrong.errors or {"body": [str(wrong)]}).items():
        field = form.stance if name == "stance" else form.body
        field.errors = [*field.errors, *map(str, messages)]


@blueprint.get("/<comment_id>")
@guard(PUBLIC, comment=queries.access_comment)
def find(comment: Comment) -> AnyResponse:
    """The lasting address of a comment: leads to where it can be read."""
    return redirect(_place_of(comment))


def _place_of(comment: Comment) -> str:
    """Its place on the page of its subject if that shows it, else among the replies."""
    kind, subject_id = comment.subject_kind, comment.subject_id
    for view in queries.thread(session(), actor(), kind, subject_id).items:
        if comment.id in (view.id, *(reply.id for reply in view.replies)):
            return _home_of(comment)
    after = queries.before(session(), comment) if comment.parent_id else None
    replies_url = url_for(".replies", comment_id=comment.parent_id or comment.id, cursor=after)
    return f"{replies_url}#comment-{comment.id}"


@blueprint.get("/replies/<comment_id>")
@guard(PUBLIC, comment=queries.access_comment)
def replies(comment: Comment) -> str:
    """All replies to a comment, page by page."""
    page = queries.replies(session(), actor(), comment, after=request.args.get("cursor"))
    _subject, thing = queries.access_subject(session(), actor(), comment.subject_kind, comment.subject_id)
    return render_template(
        "comments/replies.html",
        own_step=own_step,
        top=queries.view_of(session(), actor(), comment.id),
        items=page.items,
        next_url=url_for(".replies", comment_id=comment.id, cursor=page.next_cursor) if page.next_cursor else None,
        back=_home_of(comment),
        thing=thing,
        post_url=url_for(".post", kind=comment.subject_kind, subject_id=comment.subject_id),
        can_reply=comment.removed_at is None
        and comment.hidden_at is None
        and allows(actor(), COMMENT, thing)
        and queries.registered(comment.subject_kind).is_open(thing),
    )


@blueprint.route("/<comment_id>/edit", methods=["GET", "POST"])
@guard(EDIT_COMMENT, comment=queries.access_comment)
def edit(comment: Comment) -> AnyResponse | str | tuple[str, int]:
    """Edit one's own words within the window."""
    form = CommentForm(
        data=None
        if request.method == "POST"
        else {"body": comment.body, "stance": comment.stance, "version": comment.version}
    )
    status = 422 if request.method == "POST" else 200
    if form.validate_on_submit():
        try:
            with write() as current:
                actions.edit_comment(
                    current,
                    actor(),
                    comment,
                    body=form.body.data or "",
                    stance=Stance(form.stance.data),
                    version=form.version.data or 0,
                )
            return redirect(_place_of(comment))
        except (Invalid, Conflict) as wrong:
            _tell(form, wrong)
            status = wrong.status
            # Whoever has now seen that it changed may save over it.
            form.version.raw_data, form.version.data = None, comment.version
    return render_template(
        "comments/edit.html",
        form=form,
        comment=comment,
        changed=status == 409,
        still=comment.removed_at is None and comment.mark is None and may_still_edit(comment.created_at, clock.now()),
        back=_home_of(comment),
    ), status


@blueprint.post("/<comment_id>/remove")
@guard(REMOVE_COMMENT, comment=queries.access_comment)
def remove(comment: Comment) -> AnyResponse:
    """Take back one's own comment."""
    with write() as current:
        actions.remove_comment(current, actor(), comment)
    flash(_("Your comment was taken back."), "success")
    return redirect(_page(comment.subject_kind, comment.subject_id))


@blueprint.post("/<comment_id>/react")
@guard(REACT, comment=queries.access_comment)
def react(comment: Comment) -> AnyResponse | Response:
    """Agree, disagree or take it back; the same button again takes it back."""
    try:
        kind = ReactionKind(request.form.get("kind", ""))
    except ValueError:
        abort(400)
    with write() as current:
        comment = actions.react(current, actor(), comment, kind)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify(
            agree=comment.agree,
            disagree=comment.disagree,
            mine=None if kind == ReactionKind.NONE else kind,
            version=stream_version(session(), f"{comment.subject_kind}:{comment.subject_id}"),
        )
    if request.headers.get("HX-Request"):
        view = queries.view_of(session(), actor(), comment.id)
        return Response(render_template("comments/reactions.html", comment=view))
    return redirect(_home_of(comment))


@blueprint.get("/<comment_id>/versions")
@guard(PUBLIC, comment=queries.access_comment)
def versions(comment: Comment) -> str:
    """What the comment said before it was edited."""
    return render_template(
        "comments/versions.html",
        comment=comment,
        versions=[] if comment.removed_at or comment.hidden_at else queries.versions(session(), comment),
        back=_home_of(comment),
        stance_labels=STANCE_LABELS,
    )
