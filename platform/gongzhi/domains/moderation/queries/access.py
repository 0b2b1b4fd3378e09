"""The only way to get a case, measure or appeal by its id; what one may not see is not there (S1)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.domains.comments.queries import commenters
from gongzhi.domains.people.models import Membership
from gongzhi.domains.people.queries import membership_in_force
from gongzhi.kernel import clock
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.policy import SYSTEM, Actor, allows
from gongzhi.kernel.text import Lazy
from gongzhi.kernel.text import lazy as _l

from ..models import ModerationAppeal, ModerationCase, ModerationMeasure, ModerationReport, WithheldFile
from ..permissions import OWN_MEASURE, READ_CASE, READ_ORIGINAL
from .subjects import registered


def access_case(session: Session, actor: Actor, case_id: str) -> ModerationCase:
    """A case of one's own area, for moderators and auditors. Raises `NotFound`."""
    case = session.get(ModerationCase, case_id)
    if case is None or not allows(actor, READ_CASE, case):
        raise NotFound
    return case


def access_own_measure(session: Session, actor: Actor, measure_id: str) -> ModerationMeasure:
    """A measure that concerns oneself; anybody else's does not exist."""
    measure = session.get(ModerationMeasure, measure_id)
    if measure is None or not allows(actor, OWN_MEASURE, measure):
        raise NotFound
    return measure


@dataclass(frozen=True)
class AppealInHand:
    """An appeal with its measure and case, as the policy asks about it."""

    appeal: ModerationAppeal
    measure: ModerationMeasure
    case: ModerationCase

    @property
    def district_id(self) -> str:
        """For the policy."""
        return self.case.district_id

    @property
    def place_path(self) -> str:
        """For the policy."""
        return self.case.place_path

    @property
    def author_id(self) -> str | None:
        """For the policy."""
        return self.appeal.account_id


def access_appeal(session: Session, actor: Actor, appeal_id: str) -> AppealInHand:
    """An appeal of one's own area. Raises `NotFound`."""
    appeal = session.get(ModerationAppeal, appeal_id)
    if appeal is None:
        raise NotFound
    case = access_case(session, actor, appeal.case_id)
    return AppealInHand(appeal, session.get_one(ModerationMeasure, appeal.measure_id), case)


def offices_of(session: Session, account_id: str) -> set[str]:
    """The organisations an account may act for now, whether it does so or not."""
    return set(
        session.scalars(
            select(Membership.organisation_id).where(
                Membership.account_id == account_id, membership_in_force(clock.now())
            )
        )
    )


def conflict_of_interest(session: Session, actor: Actor, case: ModerationCase) -> Lazy | None:
    """Why this moderator may not decide on this case; None when they may (hard-won.md: handler ≠ party)."""
    if actor.is_system or actor.account_id is None:
        return None
    if case.author_id == actor.account_id:
        return _l("These are your own words: somebody else decides.")
    own = offices_of(session, actor.account_id)
    if case.organisation_id in own:
        return _l("These are the words of an organisation you belong to: somebody else decides.")
    if case.office_id in own:
        return _l("It speaks about an office you belong to: somebody else decides.")
    reported = session.scalar(
        select(ModerationReport.id).where(
            ModerationReport.case_id == case.id, ModerationReport.reporter_id == actor.account_id
        )
    )
    if reported is not None:
        return _l("You reported it yourself: somebody else decides.")
    subject = registered(case.subject_kind)
    try:
        thread = subject.about(session, subject.access(session, system_for(case), case.subject_id)).thread
    except NotFound:
        return None
    if thread is not None and actor.account_id in commenters(session, *thread):
        return _l("You wrote in this discussion yourself: somebody else decides.")
    return None


def system_for(case: ModerationCase) -> Actor:
    """The system, in the district of the case: for what moderation must reach whoever looks."""
    return replace(SYSTEM, district_id=case.district_id)


def is_withheld(session: Session, actor: Actor, key: str) -> bool:
    """Whether a picture is hidden with its thing, and this reader may not see originals."""
    if allows(actor, READ_ORIGINAL):
        return False
    return session.scalar(select(WithheldFile.key).where(WithheldFile.key == key).limit(1)) is not None
