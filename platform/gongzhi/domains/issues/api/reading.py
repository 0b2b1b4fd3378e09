"""Operations that read issues: public, and what one sees of one's own on top."""

from __future__ import annotations

from sqlalchemy import select

from gongzhi.domains.places.models import Place
from gongzhi.kernel.api import ListQuery, operation
from gongzhi.kernel.db import session
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.pages import Page, decode_cursor, encode_cursor
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l

from .. import queries
from ..models import Category, Issue
from ..queries import IssueFilters, IssuePage, access_issue, access_issue_page
from ..queries.trace import AnswerView, TraceLink
from .shapes import (
    AnswerOut,
    CategoryOut,
    IssueOut,
    IssueShort,
    IssuesQuery,
    TallyOut,
    TraceListOut,
    TraceOut,
)


@operation("GET", "/categories", PUBLIC, query=ListQuery, answer=CategoryOut, lists=True, tag="issues")
def list_categories(query: ListQuery) -> Page[CategoryOut]:
    """Categories an issue can be published in, main ones followed by their finer ones"""
    groups = queries.categories(session(), actor())
    every = [category for group in groups for category in (group.category, *group.children)]
    start = 0
    if query.cursor is not None:
        last = decode_cursor(query.cursor, str)[0]
        places = [place for place, category in enumerate(every, start=1) if category.id == last]
        start = places[0] if places else len(every)
    shown = every[start : start + query.limit]
    more = start + query.limit < len(every)
    return Page([_category(each) for each in shown], encode_cursor(shown[-1].id) if more else None)


@operation("GET", "/issues", PUBLIC, query=IssuesQuery, answer=IssueShort, lists=True, tag="issues")
def list_issues(query: IssuesQuery) -> Page[IssueShort]:
    """Issues by place, category, state, kind and office, in one of four orders"""
    filters = IssueFilters(
        place=_place(query.place),
        category=_chosen_category(query.category),
        group=query.state,
        triage=query.triage,
        office_id=query.office,
    )
    page = queries.list_issues(session(), actor(), filters, order=query.order, after=query.cursor, limit=query.limit)
    return Page([IssueShort.of(row) for row in page.items], page.next_cursor)


@operation("GET", "/issues/<issue_id>", PUBLIC, answer=IssueOut, tag="issues", issue=access_issue_page)
def show_issue(issue: IssuePage) -> IssueOut:
    """One issue in full"""
    return IssueOut.of(issue)


@operation("GET", "/issues/<issue_id>/trace", PUBLIC, answer=TraceListOut, tag="issues", issue=access_issue)
def show_trace(issue: Issue) -> TraceListOut:
    """The whole chain of an issue as one dated line"""
    return TraceListOut(items=[_link(link) for link in queries.trace(session(), issue)])


@operation("GET", "/issues/<issue_id>/tally", PUBLIC, answer=TallyOut, tag="issues", issue=access_issue)
def show_tally(issue: Issue) -> TallyOut:
    """The votes by chamber, with the version of the live topic"""
    return TallyOut.model_validate(queries.tally(session(), issue.id))


@operation(
    "GET",
    "/issues/<issue_id>/answers",
    PUBLIC,
    query=ListQuery,
    answer=AnswerOut,
    lists=True,
    tag="issues",
    issue=access_issue,
)
def list_answers(issue: Issue, query: ListQuery) -> Page[AnswerOut]:
    """The official answers, oldest first"""
    after = decode_cursor(query.cursor, str)[0] if query.cursor else ""
    answers = [
        link.answer
        for link in queries.trace(session(), issue)
        if link.answer is not None and link.answer.id > str(after)
    ]
    shown = answers[: query.limit]
    more = len(answers) > query.limit
    return Page([answer_out(each) for each in shown], encode_cursor(shown[-1].id) if more else None)


def answer_out(answer: AnswerView) -> AnswerOut:
    """An answer as it goes out."""
    return AnswerOut.model_validate(
        {
            **{name: getattr(answer, name) for name in AnswerOut.model_fields if hasattr(answer, name)},
            "title": answer.role_title,
            "author": answer.author_name,
        }
    )


def _link(link: TraceLink) -> TraceOut:
    return TraceOut.model_validate(
        {
            **{name: getattr(link, name) for name in TraceOut.model_fields if hasattr(link, name)},
            "label": str(link.label),
            "by": link.actor_name,
            "title": link.role_title,
            "answer": answer_out(link.answer) if link.answer else None,
        }
    )


def _category(category: Category) -> CategoryOut:
    return CategoryOut.model_validate(
        {
            **{name: getattr(category, name) for name in CategoryOut.model_fields if hasattr(category, name)},
            "parent": category.parent_id,
        }
    )


def _place(place_id: str | None) -> Place | None:
    if place_id is None:
        return None
    place: Place | None = session().scalar(
        select(Place).where(Place.id == place_id, Place.district_id == actor().district_id)
    )
    if place is None:
        raise Invalid.of("place", _l("Please choose one of the places."))
    return place


def _chosen_category(category_id: str | None) -> Category | None:
    if category_id is None:
        return None
    try:
        return queries.access_category(session(), actor(), category_id)
    except NotFound:
        raise Invalid.of("category", _l("Please choose one of the categories.")) from None
