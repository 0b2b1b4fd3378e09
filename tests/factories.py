"""The world of the tests, built in a few words: places, people, organisations, offices.

`begin(app)` is called for each test by the fixture `app`; everything else needs no further set-up.
A `Person` is an account as tests see it, with whom it acts for when it is signed in.
"""

from __future__ import annotations

import itertools
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import has_app_context

from gongzhi.domains.comments import actions as comment_actions
from gongzhi.domains.comments import queries as comment_queries
from gongzhi.domains.comments.models import ReactionKind, Stance
from gongzhi.domains.decisions import actions as decision_actions
from gongzhi.domains.decisions.models import Objection
from gongzhi.domains.decisions.queries import access_decision
from gongzhi.domains.decisions.rules import Promise, Words
from gongzhi.domains.issues import actions as issue_actions
from gongzhi.domains.issues.models import Category
from gongzhi.domains.issues.queries import access_issue
from gongzhi.domains.people import actions, queries
from gongzhi.domains.people.models import (
    Account,
    AccountSession,
    District,
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationState,
    RoleGrant,
)
from gongzhi.domains.people.rules import Contact, credit_code_check
from gongzhi.domains.places.models import Place, PlaceKind
from gongzhi.kernel import clock, db
from gongzhi.kernel.policy import Actor, RoleHeld
from gongzhi.kernel.secrets import hash_password

PASSWORD = "gongzhi-demo"
_numbers = itertools.count(1)
_world = SimpleNamespace(app=None, password_hash="", places={})


@dataclass(frozen=True)
class Person:
    """An account; `acts_for` is the organisation its clients act for."""

    id: str
    name: str
    login: str
    district_id: str
    acts_for: str | None = None
    password: str = PASSWORD

    def for_oneself(self) -> Person:
        """The same person acting for nobody else."""
        return replace(self, acts_for=None)


def begin(app) -> None:
    """Start a new world on the application's database: the district Yuzhong with a few places."""
    _world.app = app
    _world.password_hash = _world.password_hash or hash_password(PASSWORD)
    _world.places = {}
    _world.places["500103"] = a_district("500103", "渝中区", "Yuzhong")


def _in_app():
    """The application's context, but never one inside another: the inner one would end the outer's session."""
    return nullcontext() if has_app_context() else _world.app.app_context()


@contextmanager
def writing():
    """A transaction outside any request; commits at the end."""
    with _in_app(), db.write() as session:
        yield session


@contextmanager
def reading():
    """A session to look at what is stored."""
    with _in_app(), db.isolated():
        yield db.session()


def a_district(code: str = "500104", name_zh: str = "大渡口区", name_en: str = "Dadukou") -> SimpleNamespace:
    """A district with two sub-districts, three communities and a grid; the places by those names."""
    with writing() as session:
        district = District(code=code, name_zh=name_zh, name_en=name_en, created_at=clock.now())
        session.add(district)
        session.flush()

        def place(kind, number, zh, en, parent=None):
            made = Place(
                id=db.new_id(),
                district_id=district.id,
                parent_id=parent.id if parent else None,
                kind=kind,
                code=f"{code}{number}",
                name_zh=zh,
                name_en=en,
                path="",
            )
            made.path = f"{parent.path if parent else ''}{made.id}/"
            session.add(made)
            session.flush()
            return made

        top = place(PlaceKind.DISTRICT, "", name_zh, name_en)
        first = place(PlaceKind.SUBDISTRICT, "003", "解放碑街道", "Jiefangbei", top)
        second = place(PlaceKind.SUBDISTRICT, "012", "大坪街道", "Daping", top)
        community = place(PlaceKind.COMMUNITY, "003001", "沧白路社区", "Cangbailu", first)
        other = place(PlaceKind.COMMUNITY, "003002", "邹容路社区", "Zouronglu", first)
        far = place(PlaceKind.COMMUNITY, "012001", "七牌坊社区", "Qipaifang", second)
        grid = place(PlaceKind.GRID, "003001001", "沧白路社区第1网格", "Cangbailu grid 1", community)
    return SimpleNamespace(
        id=district.id,
        district=top,
        subdistrict=first,
        other_subdistrict=second,
        community=community,
        other_community=other,
        far_community=far,
        grid=grid,
    )


def places() -> SimpleNamespace:
    """The places of the first district: district, subdistrict, community, other_community, far_community, grid."""
    return _world.places["500103"]


def a_person(name: str = "", *, level: int = 1, district_id: str | None = None, in_: Place | None = None) -> Person:
    """An account with a confirmed e-mail address."""
    number = next(_numbers)
    shown = name or f"居民{number}"
    login = f"person{number}@mail.gongzhi"
    district = district_id or (in_.district_id if in_ is not None else places().id)
    wanted = actions.Registration(Contact("email", login), shown, _world.password_hash)
    with writing() as session:
        account = actions.add_account(session, wanted, district_id=district, level=level)
        if in_ is not None:
            account.community_id = in_.id
        return Person(account.id, shown, login, district)


def a_resident(name: str = "", *, level: int = 2, in_: Place | None = None, district_id: str | None = None) -> Person:
    """A resident, verified to a community unless `level` is lower."""
    home = in_ if in_ is not None else (places().community if district_id is None else None)
    return a_person(name, level=level, district_id=district_id, in_=home if level >= 2 else None)


def an_organisation(
    kind: str, name: str = "", *, at: Place | None = None, district_id: str | None = None, parent_id: str | None = None
) -> Organisation:
    """A verified organisation without members."""
    number = next(_numbers)
    with writing() as session:
        made = Organisation(
            district_id=district_id or (at.district_id if at is not None else places().id),
            kind=OrganisationKind(kind),
            name_zh=name or f"{ {'enterprise': '企业', 'ngo': '社会组织', 'government': '办公室'}[kind] }{number}",
            registration_number=a_credit_code(number),
            place_id=at.id if at is not None else None,
            parent_id=parent_id,
            state=OrganisationState.VERIFIED,
            created_at=clock.now(),
            verified_at=clock.now(),
        )
        session.add(made)
        return made


def a_credit_code(number: int) -> str:
    """A unified social credit code with the right check character."""
    first = f"91500103{number:09d}"
    return first + credit_code_check(first)


def a_member(of: Organisation, role: str, person: Person | None = None, title: str = "") -> Person:
    """Somebody who may act for the organisation, and does."""
    someone = person or a_person(level=2, district_id=of.district_id)
    with writing() as session:
        session.add(
            Membership(
                district_id=of.district_id,
                account_id=someone.id,
                organisation_id=of.id,
                role=role,
                title=title,
                starts_at=clock.now(),
            )
        )
    return replace(someone, acts_for=of.id)


def an_enterprise(name: str = "", *, at: Place | None = None) -> Person:
    """The owner of a verified enterprise, acting for it (`acts_for` is its id)."""
    return a_member(an_organisation("enterprise", name, at=at), "owner")


def an_ngo(name: str = "", *, at: Place | None = None) -> Person:
    """The owner of a verified social organisation, acting for it."""
    return a_member(an_organisation("ngo", name, at=at), "owner")


def an_office(of: Place | None = None, name: str = "", *, parent: Organisation | None = None) -> Organisation:
    """A government office for a place; the whole district's without one."""
    return an_organisation("government", name, at=of, parent_id=parent.id if parent else None)


def an_official(of: Organisation | None = None, *, role: str = "handler", title: str = "") -> Person:
    """An official acting for an office (a new one of the sub-district if none is given)."""
    return a_member(of or an_office(places().subdistrict), role, title=title)


def with_role(person: Person, role: str, at: Place | None = None) -> Person:
    """Give the person a role, for a place or the whole district."""
    with writing() as session:
        session.add(
            RoleGrant(
                district_id=person.district_id,
                account_id=person.id,
                role=role,
                place_id=at.id if at is not None else None,
                reason="test",
                starts_at=clock.now(),
            )
        )
    return person


def an_admin(district_id: str | None = None) -> Person:
    """An administrator of the district."""
    return with_role(a_person("管理员", level=2, district_id=district_id), "admin")


def a_grid_worker(in_: Place | None = None) -> Person:
    """A grid worker of a grid, or of whichever place is given."""
    return with_role(a_person("网格员", level=2), "grid_worker", in_ if in_ is not None else places().grid)


def a_session(person: Person, *, kind: str = "browser") -> str:
    """A session of the person, acting for whom it acts for; returns its token."""
    with writing() as session:
        token, opened = actions.open_session(session, session.get_one(Account, person.id), kind=kind)
        opened.acting_for_id = person.acts_for
        # Proved for good: tests of other things travel in time, and are never asked "is it you?" on the way.
        opened.proved_at = clock.now() + timedelta(days=3650)
        return token


def sign_in(client, person: Person):
    """Sign the person in to this browser, without the form; returns the browser."""
    token = a_session(person)
    with client.session_transaction() as kept:
        kept.clear()
        kept["_user_id"] = token
    return client


def bearer(person: Person) -> dict[str, str]:
    """Headers of a program that acts as the person does."""
    headers = {"Authorization": f"Bearer {a_session(person.for_oneself(), kind='token')}"}
    return {**headers, "X-Acting-For": person.acts_for} if person.acts_for else headers


def actor_of(person: Person):
    """The person as actions and queries see it."""
    token = a_session(person)
    with reading() as session:
        return queries.actor_for_token(session, token)[1]


def sessions_of(person: Person) -> list[AccountSession]:
    """All sessions of the person, ended ones too."""
    with reading() as session:
        return session.query(AccountSession).filter_by(account_id=person.id).order_by(AccountSession.id).all()


def categories() -> dict[str, Category]:
    """The standard categories of the first district by code, such as `FAC.lamp`; made when first asked for."""
    if "categories" not in _world.places["500103"].__dict__:
        with writing() as session:
            made = issue_actions.install_categories(
                session, Actor(district_id=places().id, level=3, roles=(RoleHeld("admin"),)), places().id
            )
        places().categories = {category.code: category for category in made}
    return places().categories


def an_issue(
    by: Person | None = None, in_: Place | None = None, title: str = "石阶里路灯不亮", code: str = "FAC.lamp"
) -> str:
    """A published issue; its id."""
    category = categories()[code]
    actor = actor_of(by or a_resident())
    with writing() as session:
        return issue_actions.publish_issue(
            session,
            actor,
            category_id=category.id,
            place_id=(in_ or places().community).id,
            title=title,
            body="上段四盏路灯坏了两周,夜里看不清台阶。",
        ).id


def a_vote(by: Person, issue_id: str, choice: str = "support") -> None:
    """A vote on an issue."""
    actor = actor_of(by)
    with writing() as session:
        issue_actions.cast_vote(session, actor, issue_id, choice=choice)


def a_comment(
    by: Person, on: str, body: str = "我也遇到了。", *, kind: str = "issue", reply_to: str | None = None
) -> str:
    """A comment on an issue (or a thing of another `kind`); its id."""
    actor = actor_of(by)
    with writing() as session:
        subject, thing = comment_queries.access_subject(session, actor, kind, on)
        parent = comment_queries.access_comment(session, actor, reply_to) if reply_to else None
        return comment_actions.post_comment(session, actor, subject, thing, body=body, parent=parent).id


def a_decision(by: Person, issues: list[str], title: str = "石阶里路灯改造", *, notice_days: int = 7) -> str:
    """A draft decision with one commitment, resting on the issues; its id."""
    actor = actor_of(by)
    with writing() as session:
        rests_on = [access_issue(session, actor, key) for key in issues]
        return decision_actions.draft_decision(
            session,
            actor,
            session.get_one(Place, rests_on[0].place_id),
            Words(title, "更换四盏路灯,并加装扶手照明。", notice_days=notice_days),
            issues=rests_on,
            promises=[Promise("更换路灯", "市政所", clock.today() + timedelta(days=30))],
        ).id


def step(by: Person, decision_id: str, action: str, **more: Any) -> None:
    """A step of a decision, such as `step(second, key, "approve")`."""
    actor = actor_of(by)
    with writing() as session:
        decision = access_decision(session, actor, decision_id)
        getattr(decision_actions, action)(session, actor, decision, **more)


def deliver() -> None:
    """Hand every event recorded so far to its listeners."""
    with _world.app.app_context():
        _world.app.extensions["relay"].drain()


def follow(person: Person, issue_id: str) -> None:
    """The person follows an issue."""
    actor = actor_of(person)
    with writing() as session:
        issue_actions.follow_issue(session, actor, access_issue(session, actor, issue_id))


def edit_comment(by: Person, comment_id: str, body: str, *, version: int) -> None:
    """Edit one's own comment."""
    actor = actor_of(by)
    with writing() as session:
        comment = comment_queries.access_comment(session, actor, comment_id)
        comment_actions.edit_comment(session, actor, comment, body=body, stance=Stance(comment.stance), version=version)


def answer_objections(by: Person, decision_id: str, answer: str = "已经改正,谢谢。") -> None:
    """Answer every open objection to a decision."""
    actor = actor_of(by)
    with writing() as session:
        for objection in session.query(Objection).filter_by(decision_id=decision_id, answered_at=None):
            decision_actions.answer_objection(session, actor, objection, answer=answer)


def end_membership(person: Person, organisation: Organisation) -> None:
    """The person may no longer act for the organisation."""
    with writing() as session:
        found = session.query(Membership).filter_by(account_id=person.id, organisation_id=organisation.id).one()
        found.ends_at = clock.now()


def react(by: Person, comment_id: str, kind: str) -> None:
    """React to a comment."""
    actor = actor_of(by)
    with writing() as session:
        comment = comment_queries.access_comment(session, actor, comment_id)
        comment_actions.react(session, actor, comment, ReactionKind(kind))
