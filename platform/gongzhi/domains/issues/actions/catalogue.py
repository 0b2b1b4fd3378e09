"""What officials edit without a developer: categories with their deadlines, the routing table, answer templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import District, Organisation, OrganisationKind, OrganisationState
from gongzhi.domains.places.models import Place
from gongzhi.kernel import clock
from gongzhi.kernel.errors import Conflict, Invalid, NotPermitted
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import lazy as _l

from ..models import AnswerTemplate, Category, Routing, Urgency
from ..permissions import MANAGE_CATALOGUE, WRITE_TEMPLATE
from ..rules.words import ANSWER_LENGTH, Errors
from .steps import one_at_a_time

STANDARD = Path(__file__).parents[1] / "categories.json"
NAME_LENGTH = (1, 60)
MOST_DAYS = 365


def install_categories(session: Session, actor: Actor, district_id: str) -> list[Category]:
    """Give a district the standard categories (domain.md, 3.2); those it has already stay as they are."""
    require(actor, MANAGE_CATALOGUE)
    known = {
        category.code: category
        for category in session.scalars(select(Category).where(Category.district_id == district_id))
    }
    for position, entry in enumerate(json.loads(STANDARD.read_text("utf-8"))):
        parent = known.get(entry["code"]) or _standard(session, district_id, entry, None, position)
        known[parent.code] = parent
        for place, child in enumerate(entry.get("children", ()), start=1):
            if child["code"] not in known:
                known[child["code"]] = _standard(session, district_id, entry | child, parent.id, position * 100 + place)
    session.flush()
    return list(known.values())


def _standard(
    session: Session, district_id: str, entry: dict[str, Any], parent_id: str | None, position: int
) -> Category:
    category = Category(
        district_id=district_id,
        parent_id=parent_id,
        code=entry["code"],
        name_zh=entry["zh"],
        name_en=entry["en"],
        level=entry["level"],
        accept_days=entry["accept_days"],
        answer_days=entry["answer_days"],
        basis=entry["basis"],
        urgency=Urgency(entry.get("urgency", "")),
        is_public=entry.get("public", True),
        position=position,
    )
    session.add(category)
    session.flush()
    return category


def save_category(
    session: Session,
    actor: Actor,
    *,
    category: Category | None = None,
    code: str = "",
    parent: Category | None = None,
    name_zh: str,
    name_en: str,
    accept_days: int,
    answer_days: int,
    basis: str,
    level: int = 3,
    urgency: Urgency = Urgency.NONE,
    is_active: bool = True,
    position: int = 0,
) -> Category:
    """Make or change a category. Its code is given once; whether it may be public is not for this form."""
    require(actor, MANAGE_CATALOGUE, category)
    one_at_a_time(session, District, actor.district_id)
    errors = Errors()
    name_zh = errors.line("name_zh", name_zh, NAME_LENGTH)
    name_en = errors.line("name_en", name_en, (1, 80))
    basis = errors.line("basis", basis, (2, 300))
    if not 1 <= accept_days <= MOST_DAYS:
        errors.add("accept_days", _l("Choose 1 to %(most)s working days.", most=MOST_DAYS))
    if not max(accept_days, 1) <= answer_days <= MOST_DAYS:
        errors.add("answer_days", _l("The answer cannot be due before the acceptance."))
    if not 1 <= level <= 5:
        errors.add("level", _l("Choose 1 to 5."))
    if category is None:
        code = errors.line("code", code, (2, 40))
        taken = session.scalar(
            select(Category.id).where(Category.district_id == actor.district_id, Category.code == code)
        )
        if taken is not None:
            errors.add("code", _l("There is such a code already."))
    if parent is not None and (parent.parent_id is not None or parent.district_id != actor.district_id):
        errors.add("parent", _l("Categories have two levels."))
    errors.done()
    if category is None:
        category = Category(district_id=actor.district_id, code=code, parent_id=parent.id if parent else None)
        session.add(category)
    category.name_zh, category.name_en, category.basis = name_zh, name_en, basis
    category.accept_days, category.answer_days = accept_days, answer_days
    category.level, category.urgency = level, Urgency(urgency)
    category.is_active, category.position = is_active, position
    session.flush()
    return category


def set_routing(
    session: Session, actor: Actor, *, category: Category, place: Place | None = None, office: Organisation
) -> Routing:
    """Make an office responsible for a category in a place and all below it; issues already routed stay."""
    require(actor, MANAGE_CATALOGUE, category)
    if office.district_id != actor.district_id or (place is not None and place.district_id != actor.district_id):
        raise NotPermitted
    if office.kind != OrganisationKind.GOVERNMENT or office.state != OrganisationState.VERIFIED:
        raise Invalid.of("office", _l("Please choose one of the offices."))
    one_at_a_time(session, District, actor.district_id)
    line = session.scalar(
        select(Routing).where(
            Routing.district_id == actor.district_id,
            Routing.category_id == category.id,
            Routing.place_id.is_(None) if place is None else Routing.place_id == place.id,
        )
    )
    if line is None:
        line = Routing(
            district_id=actor.district_id,
            category_id=category.id,
            place_id=place.id if place else None,
        )
        session.add(line)
    line.office_id = office.id
    line.changed_by_id, line.changed_at = actor.account_id, clock.now()
    session.flush()
    return line


def remove_routing(session: Session, actor: Actor, line: Routing) -> None:
    """Take a line out; the next less specific one applies."""
    require(actor, MANAGE_CATALOGUE, line)
    session.delete(line)
    session.flush()


def save_template(
    session: Session, actor: Actor, *, template: AnswerTemplate | None = None, name: str, body: str
) -> AnswerTemplate:
    """Make or change a template of the office one acts for."""
    require(actor, WRITE_TEMPLATE, template)
    errors = Errors()
    name = errors.line("name", name, NAME_LENGTH)
    body = errors.text("body", body, ANSWER_LENGTH)
    errors.done()
    one_at_a_time(session, Organisation, actor.organisation_id)
    same = session.scalar(
        select(AnswerTemplate).where(AnswerTemplate.office_id == actor.organisation_id, AnswerTemplate.name == name)
    )
    if same is not None and template is not None and same.id != template.id:
        raise Conflict(_l("There is a template of this name already."))
    template = template or same
    if template is None:
        template = AnswerTemplate(district_id=actor.district_id, office_id=actor.organisation_id)
        session.add(template)
    template.name, template.body, template.is_active = name, body, True
    template.changed_by_id, template.changed_at = actor.account_id, clock.now()
    session.flush()
    return template


def retire_template(session: Session, actor: Actor, template: AnswerTemplate) -> None:
    """Offer it no more; answers written from it stay."""
    require(actor, WRITE_TEMPLATE, template)
    template.is_active = False
    session.flush()
