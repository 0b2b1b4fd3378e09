"""Reading decisions, drafting one, reporting progress and what is said of it."""

from __future__ import annotations

from gongzhi.domains.comments.api import CommentIn, CommentOut, CommentQuery, list_of, post_on
from gongzhi.domains.comments.permissions import COMMENT
from gongzhi.domains.decisions import actions
from gongzhi.domains.decisions.models import Decision
from gongzhi.domains.decisions.permissions import DRAFT_DECISION, READ_DECISION
from gongzhi.domains.decisions.queries import access_decision, list_decisions
from gongzhi.domains.decisions.rules import Words
from gongzhi.domains.people.models import Organisation
from gongzhi.domains.places.queries import access_place
from gongzhi.kernel.api import operation
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.pages import Page
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l

from .drafts import named_issues, promised
from .shapes import DecisionDetail, DecisionIn, DecisionOut, DecisionQuery, detail, row_out


@operation("GET", "/decisions", PUBLIC, query=DecisionQuery, answer=DecisionOut, lists=True, tag="decisions")
def list_public_decisions(query: DecisionQuery) -> Page[DecisionOut]:
    """Public decisions, newest first."""
    place = access_place(session(), actor(), query.place) if query.place else None
    page = list_decisions(session(), actor(), state=query.state, place=place, after=query.cursor, limit=query.limit)
    return Page([row_out(row) for row in page.items], page.next_cursor)


@operation("POST", "/decisions", DRAFT_DECISION, body=DecisionIn, answer=DecisionDetail, status=201, tag="decisions")
def create_decision(body: DecisionIn) -> DecisionDetail:
    """Draft a decision for one's office."""
    issues = named_issues(body.issues)
    office = session().get_one(Organisation, actor().organisation_id)
    try:
        place = access_place(session(), actor(), body.place or issues[0].place_id)
    except NotFound:
        raise Invalid.of("place", _l("There is no such place.")) from None
    words = Words(
        body.title,
        body.body,
        body.grounds,
        body.adopted,
        body.not_adopted,
        body.money.fen if body.money else None,
        body.money.source if body.money else "",
        body.notice_days,
    )
    promises = promised(body.commitments, office)
    with write() as current:
        decision = actions.draft_decision(current, actor(), place, words, issues=issues, promises=promises)
    return detail(decision)


@operation(
    "GET", "/decisions/<decision_id>", READ_DECISION, answer=DecisionDetail, tag="decisions", decision=access_decision
)
def get_decision(decision: Decision) -> DecisionDetail:
    """One decision with all it rests on."""
    return detail(decision)


@operation(
    "GET",
    "/decisions/<decision_id>/comments",
    READ_DECISION,
    query=CommentQuery,
    answer=CommentOut,
    lists=True,
    tag="comments",
    decision=access_decision,
)
def list_decision_comments(decision: Decision, query: CommentQuery) -> Page[CommentOut]:
    """Comments on a decision."""
    return list_of("decision", decision, query)


@operation(
    "POST",
    "/decisions/<decision_id>/comments",
    COMMENT,
    body=CommentIn,
    answer=CommentOut,
    status=201,
    tag="comments",
    decision=access_decision,
)
def post_decision_comment(decision: Decision, body: CommentIn) -> CommentOut:
    """Comment on a decision."""
    return post_on("decision", decision, body)
