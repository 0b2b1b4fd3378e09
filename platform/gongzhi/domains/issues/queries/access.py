"""The only way to get an object of this room by its id. What one may not see is not there (S1)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.policy import Actor, allows

from ..models import AnswerTemplate, Category, Issue, IssueDraft, Routing
from ..permissions import OWN_DRAFT, READ_HIDDEN, WRITE_TEMPLATE


def access_issue(session: Session, actor: Actor, issue_id: str) -> Issue:
    """The issue. Raises `NotFound` for another district's and, for most people, for a hidden one."""
    issue = session.scalar(select(Issue).where(Issue.id == issue_id, Issue.district_id == actor.district_id))
    if issue is None or (issue.is_hidden and not allows(actor, READ_HIDDEN, issue)):
        raise NotFound
    return issue


def access_draft(session: Session, actor: Actor, draft_id: str) -> IssueDraft:
    """One's own draft; anybody else's does not exist."""
    draft = session.scalar(
        select(IssueDraft).where(IssueDraft.id == draft_id, IssueDraft.district_id == actor.district_id)
    )
    if draft is None or not allows(actor, OWN_DRAFT, draft):
        raise NotFound
    return draft


def access_category(session: Session, actor: Actor, category_id: str) -> Category:
    """A category of this district, active or not."""
    category = session.scalar(
        select(Category).where(Category.id == category_id, Category.district_id == actor.district_id)
    )
    if category is None:
        raise NotFound
    return category


def access_routing(session: Session, actor: Actor, routing_id: str) -> Routing:
    """A line of this district's routing table."""
    routing = session.scalar(select(Routing).where(Routing.id == routing_id, Routing.district_id == actor.district_id))
    if routing is None:
        raise NotFound
    return routing


def access_template(session: Session, actor: Actor, template_id: str) -> AnswerTemplate:
    """A template of the office one acts for."""
    template = session.scalar(
        select(AnswerTemplate).where(AnswerTemplate.id == template_id, AnswerTemplate.district_id == actor.district_id)
    )
    if template is None or not allows(actor, WRITE_TEMPLATE, template):
        raise NotFound
    return template
