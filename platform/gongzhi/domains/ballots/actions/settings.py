"""The figures of the templates, as an administrator of the district sets them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import check_length, clean_text
from gongzhi.kernel.text import lazy as _l

from ..models import BallotTemplate
from ..permissions import SET_RULES
from ..rules.counting import share_of
from ..rules.templates import BY_CODE


def set_template(
    session: Session, actor: Actor, code: str, *, basis: str, quorum: Sequence[str], thresholds: Sequence[str],
    in_use: bool,
) -> None:  # fmt: skip
    """Set the shares of a standard template's quorum and thresholds, in its order, and their basis.

    What is compared with what belongs to the template. Ballots opened before keep theirs. Raises `Invalid`.
    """
    require(actor, SET_RULES)
    standard = BY_CODE.get(code)
    if standard is None:
        raise NotFound
    words = clean_text(basis)
    if wrong := check_length(words, 0, 500):
        raise Invalid({"basis": [wrong]})
    if standard.fixed and not words:
        raise Invalid.of("basis", _l("Say which law these figures rest on."))
    row = session.get(BallotTemplate, (actor.district_id, code))
    if row is None:
        row = BallotTemplate(district_id=actor.district_id, code=code)
        session.add(row)
    row.basis, row.in_use = words, in_use
    row.quorum = _with_shares(standard.quorum, quorum, "quorum")
    row.thresholds = _with_shares(standard.thresholds, thresholds, "thresholds")
    row.changed_by_id, row.changed_at = str(actor.account_id), clock.now()
    session.flush()


def _with_shares(standard: Sequence[dict[str, Any]], shares: Sequence[str], field: str) -> list[dict[str, Any]]:
    try:
        for share in shares:
            share_of(share.strip())
        return [{**one, "share": share.strip()} for one, share in zip(standard, shares, strict=True)]
    except ValueError:
        raise Invalid.of(field, _l("Enter a share such as 1/2.")) from None
