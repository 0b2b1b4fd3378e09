"""Which kinds of things can be moderated: the lower rooms' words, each with its own room's action."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.domains.comments import actions as comments
from gongzhi.domains.comments.models import Comment
from gongzhi.domains.comments.queries import access_comment
from gongzhi.domains.decisions import actions as decisions
from gongzhi.domains.decisions.models import Decision, Objection
from gongzhi.domains.decisions.queries import access_objection
from gongzhi.domains.initiatives import actions as initiatives
from gongzhi.domains.initiatives.models import Initiative, InitiativeRating, Update
from gongzhi.domains.initiatives.queries import access_initiative, access_rating, access_update
from gongzhi.domains.issues import actions as issues
from gongzhi.domains.issues.models import Issue
from gongzhi.domains.issues.queries import access_issue
from gongzhi.domains.people import actions as people
from gongzhi.domains.people.models import Account, Organisation
from gongzhi.domains.places.models import Place
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.personal import register_personal_data
from gongzhi.kernel.policy import Actor, allows
from gongzhi.kernel.text import lazy as _l

from .permissions import WORK_QUEUE
from .queries import About, Subject, register_subject
from .queries.personal import export_moderation


def _of_issue(issue: Issue) -> About:
    return About(issue.author_id, issue.organisation_id, issue.office_id, issue.place_path, ("issue", issue.id))


def _about_issue(_session: Session, issue: Issue) -> About:
    return _of_issue(issue)


def _replace_issue(
    session: Session, actor: Actor, issue: Issue, words: Mapping[str, str], mark: str | None, ground: str | None
) -> None:
    issues.moderate_issue(session, actor, issue, words, mark=mark, ground=ground)


def _about_comment(session: Session, comment: Comment) -> About:
    """Where it stands is where its subject stands; it speaks about the office of that."""
    kind, key = comment.subject_kind, comment.subject_id
    office_id, place_path = None, ""
    if kind == "issue":
        found = session.execute(select(Issue.office_id, Issue.place_path).where(Issue.id == key)).first()
        office_id, place_path = found or (None, "")
    elif kind == "decision":
        found = session.execute(select(Decision.office_id, Decision.place_path).where(Decision.id == key)).first()
        office_id, place_path = found or (None, "")
    elif kind == "initiative":
        place_path = session.scalar(select(Initiative.place_path).where(Initiative.id == key)) or ""
    return About(comment.account_id, comment.organisation_id, office_id, place_path, (kind, key))


def _replace_comment(
    session: Session, actor: Actor, comment: Comment, words: Mapping[str, str], mark: str | None, ground: str | None
) -> None:
    comments.moderate_comment(session, actor, comment, words, mark=mark, ground=ground)


def _about_initiative(_session: Session, initiative: Initiative) -> About:
    return About(
        initiative.coordinator_id,
        initiative.coordinator_organisation_id,
        None,
        initiative.place_path,
        ("initiative", initiative.id),
    )


def _replace_initiative(
    session: Session, actor: Actor, thing: Initiative, words: Mapping[str, str], mark: str | None, ground: str | None
) -> None:
    initiatives.moderate_initiative(session, actor, thing, words, mark=mark, ground=ground)


def _within_initiative(session: Session, thing: Update | InitiativeRating) -> About:
    path = session.scalar(select(Initiative.place_path).where(Initiative.id == thing.initiative_id)) or ""
    return About(thing.account_id, thing.organisation_id, None, path, ("initiative", thing.initiative_id))


def _replace_update(
    session: Session, actor: Actor, update: Update, words: Mapping[str, str], _mark: str | None, _ground: str | None
) -> None:
    initiatives.moderate_update(session, actor, update, words)


def _replace_rating(
    session: Session,
    actor: Actor,
    rating: InitiativeRating,
    words: Mapping[str, str],
    _mark: str | None,
    _ground: str | None,
) -> None:
    initiatives.reword_rating(session, actor, rating, comment=words.get("comment", rating.comment))


def _about_objection(session: Session, objection: Objection) -> About:
    decision = session.get_one(Decision, objection.decision_id)
    return About(
        objection.account_id,
        objection.organisation_id,
        decision.office_id,
        decision.place_path,
        ("decision", decision.id),
    )


def _replace_objection(
    session: Session,
    actor: Actor,
    objection: Objection,
    words: Mapping[str, str],
    _mark: str | None,
    _ground: str | None,
) -> None:
    decisions.reword_objection(session, actor, objection, body=words.get("body", objection.body))


def _access_organisation(session: Session, actor: Actor, organisation_id: str) -> Organisation:
    found = session.get(Organisation, organisation_id)
    if found is None or found.district_id != actor.district_id:
        raise NotFound
    return found


def _path_of(session: Session, place_id: str | None) -> str:
    return (session.scalar(select(Place.path).where(Place.id == place_id)) if place_id else None) or ""


def _about_organisation(session: Session, organisation: Organisation) -> About:
    return About(organisation.applied_by_id, organisation.id, None, _path_of(session, organisation.place_id))


def _replace_organisation(
    session: Session, actor: Actor, thing: Organisation, words: Mapping[str, str], _mark: str | None, _g: str | None
) -> None:
    people.reword_organisation(session, actor, thing, about=words.get("about", thing.about))


def _access_account(session: Session, actor: Actor, account_id: str) -> Account:
    """For moderators only: whether an account exists is nobody else's business."""
    found = session.get(Account, account_id)
    if found is None or found.district_id != actor.district_id or not allows(actor, WORK_QUEUE):
        raise NotFound
    return found


def _about_account(session: Session, account: Account) -> About:
    return About(account.id, None, None, _path_of(session, account.community_id))


def _replace_account(
    session: Session, actor: Actor, account: Account, words: Mapping[str, str], _mark: str | None, _g: str | None
) -> None:
    people.reword_account(session, actor, account, name=words.get("name", account.name))


def connect() -> None:
    """Register the kinds; rooms above register their own."""
    register_personal_data("moderation", export_moderation)
    register_subject(
        Subject(
            "comment", _l("Comment"), access_comment, _about_comment, comments.words_of_comment, _replace_comment,
            lambda comment: ("comments.find", {"comment_id": comment.id}), can_hold=True,
        )
    )  # fmt: skip
    register_subject(
        Subject(
            "issue", _l("Issue"), access_issue, _about_issue, issues.words_of_issue, _replace_issue,
            lambda issue: ("issues.show", {"issue_id": issue.id}), can_hold=True,
        )
    )  # fmt: skip
    register_subject(
        Subject(
            "initiative", _l("Initiative"), access_initiative, _about_initiative, initiatives.words_of_initiative,
            _replace_initiative, lambda one: ("initiatives.show", {"initiative_id": one.id}), can_hold=True,
        )
    )  # fmt: skip
    register_subject(
        Subject(
            "update", _l("News of an initiative"), access_update, _within_initiative,
            lambda _session, update: initiatives.words_of_update(update), _replace_update,
            lambda update: ("initiatives.show", {"initiative_id": update.initiative_id}),
        )
    )  # fmt: skip
    register_subject(
        Subject(
            "rating", _l("Words of a rating"), access_rating, _within_initiative,
            lambda _session, rating: {"comment": rating.comment}, _replace_rating,
            lambda rating: ("initiatives.show", {"initiative_id": rating.initiative_id}),
        )
    )  # fmt: skip
    register_subject(
        Subject(
            "objection", _l("Objection"), access_objection, _about_objection,
            lambda _session, objection: {"body": objection.body}, _replace_objection,
            lambda objection: ("decisions.show", {"decision_id": objection.decision_id}),
        )
    )  # fmt: skip
    register_subject(
        Subject(
            "organisation", _l("Words of an organisation"), _access_organisation, _about_organisation,
            lambda _session, one: {"about": one.about}, _replace_organisation,
            lambda one: ("people.organisation", {"organisation_id": one.id}),
        )
    )  # fmt: skip
    register_subject(
        Subject(
            "account", _l("Display name"), _access_account, _about_account,
            lambda _session, account: {"name": account.name}, _replace_account,
            lambda _account: ("moderation.index", {}),
        )
    )  # fmt: skip
