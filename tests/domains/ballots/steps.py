"""The words in which the tests of ballots speak: an opened ballot of an office, votes, the close."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from gongzhi.domains.ballots import actions, jobs
from gongzhi.domains.ballots.models import Ballot, Reasons, Results
from gongzhi.domains.ballots.queries import access_ballot, access_ballot_subject, certificate, template_of
from gongzhi.domains.ballots.rules.course import Terms, Words
from gongzhi.domains.places.queries import access_place
from gongzhi.kernel import clock, db
from tests import factories

OPTIONS = (("修石阶", ""), ("装扶手", "沿左侧"), ("加路灯", ""))


def an_office_with_two():
    """An office of the sub-district with two officials."""
    office = factories.an_office(factories.places().subdistrict)
    return factories.an_official(office), factories.an_official(office, role="reviewer")


def terms_of(template, **more):
    now = clock.now()
    usual = actions.usual_terms(template, now)
    soon = replace(usual, opens_at=now, closes_at=now + timedelta(days=7), paper_until=None, reasons=Reasons.OPTIONAL)
    if more.get("paper", soon.paper):
        soon = replace(soon, paper_until=soon.closes_at + timedelta(days=3))
    return replace(soon, **more)


def a_draft(official, template="simple", *, on=None, options=OPTIONS, title="是否改造这段石阶", places=None, **terms):
    """A draft on an issue; its id."""
    issue = on or factories.an_issue()
    actor = factories.actor_of(official)
    with factories.writing() as session:
        chosen = template_of(session, actor.district_id, template)
        subject, thing = access_ballot_subject(session, actor, "issue", issue)
        place = access_place(session, actor, thing.place_id)
        words = Words(title, "说明文字", options if chosen.method != "motion" else ())
        where = [session.merge(one, load=False) for one in places] if places else [place]
        return actions.draft_ballot(
            session, actor, subject, thing, place, chosen, words, terms=terms_of(chosen, **terms), places=where
        ).id


def opened(official, second, ballot_id):
    """Submitted by one official and approved by another."""
    for person, act in ((official, actions.submit), (second, actions.approve)):
        actor = factories.actor_of(person)
        with factories.writing() as session:
            act(session, actor, access_ballot(session, actor, ballot_id))
    return ballot_id


def a_ballot(template="simple", *, officials=None, roll=None, **more):
    """An opened ballot of the community where residents live; its id."""
    first, second = officials or an_office_with_two()
    made = a_draft(first, template, **more)
    if roll is not None:
        actor = factories.actor_of(first)
        with factories.writing() as session:
            _number, faults = actions.import_roll(session, actor, access_ballot(session, actor, made), roll)
            assert not faults
    return opened(first, second, made)


def cast(person, ballot_id, choice="for", **more):
    """A vote; its receipt."""
    actor = factories.actor_of(person)
    with factories.writing() as session:
        return actions.cast_ballot(session, actor, access_ballot(session, actor, ballot_id), choice=choice, **more)


@contextmanager
def later(**delta):
    """The world some time from now."""
    with clock.as_of(clock.now() + timedelta(**delta)):
        yield


def closed(ballot_id, app, **delta):
    """Counted by the job at its time."""
    with later(**(delta or {"days": 8})), app.app_context(), db.isolated():
        jobs.sweep()
    return ballot_id


def stored(ballot_id):
    with factories.reading() as session:
        ballot = session.get_one(Ballot, ballot_id)
        session.expunge(ballot)
        return ballot


def document(ballot_id):
    with factories.reading() as session:
        return certificate(session, session.get_one(Ballot, ballot_id))


__all__ = [
    "Results",
    "Terms",
    "a_ballot",
    "a_draft",
    "an_office_with_two",
    "cast",
    "closed",
    "document",
    "later",
    "opened",
    "stored",
]
