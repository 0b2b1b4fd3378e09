"""The templates as a district uses them: the standard ones with its own figures and their basis."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel.errors import NotFound

from ..models import BallotTemplate
from ..rules.templates import BY_CODE, STANDARD, Template


def templates(session: Session, district_id: str) -> list[Template]:
    """All templates, those out of use included: one statement."""
    own = {
        row.code: row
        for row in session.scalars(select(BallotTemplate).where(BallotTemplate.district_id == district_id))
    }
    return [_with(template, own.get(template.code)) for template in STANDARD]


def template_of(session: Session, district_id: str, code: str) -> Template:
    """One of them. Raises `NotFound`."""
    if code not in BY_CODE:
        raise NotFound
    return _with(BY_CODE[code], session.get(BallotTemplate, (district_id, code)))


def _with(template: Template, own: BallotTemplate | None) -> Template:
    if own is None:
        return template
    return replace(
        template,
        basis=own.basis,
        quorum=tuple(own.quorum),
        thresholds=tuple(own.thresholds),
        in_use=own.in_use,
    )
