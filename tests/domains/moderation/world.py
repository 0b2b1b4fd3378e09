"""What tests of moderation share: people of long standing, reports, cases, decisions."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from gongzhi.domains.moderation import actions
from gongzhi.domains.moderation.models import ModerationCase, ModerationMeasure
from gongzhi.domains.moderation.queries import access_case
from gongzhi.domains.people.models import Account
from gongzhi.kernel import clock
from tests import factories as f

REASON = "含有他人电话号码,请删去后再发。"


def a_moderator(at=None):
    """A moderator of the district, or of a place."""
    return f.with_role(f.a_resident("温和"), "moderator", at)


def of_long_standing(number=0, **more):
    """A verified resident, registered long ago and apart from everybody else, in a community of their own."""
    places = f.places()
    person = f.a_resident(in_=(places.community, places.other_community, places.far_community)[number % 3], **more)
    with f.writing() as session:
        session.execute(
            update(Account).where(Account.id == person.id).values(created_at=clock.now() - timedelta(days=400 + number))
        )
    return person


def report(person, subject, kind="comment", ground="insult", words=""):
    """A report through the action."""
    actor = f.actor_of(person)
    with f.writing() as session:
        return actions.file_report(session, actor, kind, subject, ground=ground, words=words).case_id


def case_of(subject):
    """The case of a thing."""
    with f.reading() as session:
        return session.scalars(select(ModerationCase).where(ModerationCase.subject_id == subject)).one()


def measures_of(case_id):
    """What was done in a case, oldest first."""
    with f.reading() as session:
        return list(
            session.scalars(
                select(ModerationMeasure).where(ModerationMeasure.case_id == case_id).order_by(ModerationMeasure.id)
            )
        )


def decide(moderator, case_id, kind, ground="privacy", reason=REASON, **more):
    """A measure through the action; its id."""
    actor = f.actor_of(moderator)
    with f.writing() as session:
        case = access_case(session, actor, case_id)
        return actions.decide(session, actor, case, kind=kind, ground=ground, reason=reason, **more).id


def api(client, person, method, path, json=None):
    """A call of the API as this person."""
    return client().open(f"/api/v1{path}", method=method, json=json, headers=f.bearer(person))
