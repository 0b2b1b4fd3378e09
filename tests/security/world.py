"""A district with one of everything, the people who may try its doors, and strangers from the district next door."""

from __future__ import annotations

import inspect
import io
import os
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from PIL import Image
from sqlalchemy import select

from gongzhi.domains.decisions.models import Commitment, Objection
from gongzhi.domains.issues.models import AnswerTemplate, IssueDraft, Routing
from gongzhi.domains.people.actions.codes import send_code
from gongzhi.domains.people.models import Invitation, Membership, RoleGrant, VerificationRequest
from gongzhi.domains.people.models.own_data import DataCopy
from gongzhi.domains.people.models.strength import Passkey, ProviderLink, ProviderVisit
from gongzhi.domains.people.rules import Contact
from gongzhi.kernel import clock, storage
from gongzhi.kernel.db import new_id
from gongzhi.kernel.secrets import encrypt, random_token, token_hash
from gongzhi.reactions.notices.models import AreaAlert, Notice, NoticeKind, PushSubscription
from gongzhi.reactions.notices.stopping import stop_token
from tests import factories as f
from tests.domains.ballots.steps import a_ballot
from tests.domains.initiatives.world import HANDS, an_initiative, in_days, joins
from tests.domains.moderation.world import case_of, decide, report


@dataclass
class Town:
    """`people` by what they are, `ids` by the name of a parameter; `own` where one name means different things."""

    people: dict[str, f.Person | None]
    ids: dict[str, str]
    own: dict[str, dict[str, str]] = field(default_factory=dict)

    def values(self, rule: Any) -> dict[str, str]:
        """A value for each parameter of the rule. Raises KeyError for a parameter nobody thought of."""
        return {name: self.own.get(rule.endpoint, {}).get(name) or self.ids[name] for name in rule.arguments}


FOREIGN = ("foreign resident", "foreign official", "foreign admin")


def people_of(office: Any) -> dict[str, f.Person | None]:
    """One person of each kind. The office at work is `office`; everybody is a stranger to the things of the town."""
    places, abroad = f.places(), f.a_district()
    foreign_office = f.an_organisation("government", at=abroad.subdistrict)
    return {
        "visitor": None,
        "unconfirmed": f.a_person(level=0),
        "resident": f.a_resident(),
        "enterprise": f.an_enterprise(),
        "ngo": f.an_ngo(),
        "official": f.an_official(office),
        "official of another office": f.an_official(f.an_office(places.other_subdistrict)),
        "grid worker": f.a_grid_worker(),
        "moderator": f.with_role(f.a_resident(), "moderator"),
        "auditor": f.with_role(f.a_resident(), "auditor"),
        "admin": f.an_admin(),
        "foreign resident": f.a_resident(in_=abroad.community),
        "foreign official": f.an_official(foreign_office),
        "foreign admin": f.an_admin(abroad.id),
    }


def a_town(client: Any) -> Town:
    """One of everything in the first district, each made by somebody who is none of `people`."""
    places = f.places()
    office = f.an_office(places.subdistrict)
    author, second = f.an_official(office), f.an_official(office)
    owner = f.a_resident("李秘密")
    issue = f.an_issue(owner)
    comment = f.a_comment(owner, issue, "我家楼下也是这样。")
    noticed = f.a_decision(author, [issue])
    f.step(author, noticed, "submit")
    f.step(second, noticed, "approve")
    objector = f.a_resident()
    objected = client().post(
        f"/api/v1/decisions/{noticed}/objections", json={"body": "材料不合适。"}, headers=f.bearer(objector)
    )
    assert objected.status_code == 201, objected.text
    initiative = an_initiative(client, owner, needs=[HANDS])
    helper = f.a_resident()
    joined = joins(client, helper, initiative, initiative["needs"][0], 1)
    assert joined.status_code == 201, joined.text
    step = client(owner).post(
        f"/initiatives/{initiative['id']}/steps",
        data={"title": "量尺寸", "owner": f"a:{owner.id}", "due_on": in_days(3), "once": "once-1"},
    )
    assert step.status_code == 302, step.text
    ballot = a_ballot(officials=(author, second), on=issue)
    report(f.a_resident(), comment)
    case = case_of(comment).id
    measure = decide(f.with_role(f.a_resident(), "moderator"), case, "warn", "insult")
    appealed = client().post(
        f"/api/v1/measures/{measure}/appeal", json={"words": "这是批评,不是辱骂。"}, headers=f.bearer(owner)
    )
    assert appealed.status_code in (200, 201), appealed.text
    f.deliver()
    enterprise = f.an_organisation("enterprise", "远山机械")
    member = f.a_member(enterprise, "owner")
    ids = {
        "account_id": owner.id,
        "ballot_id": ballot,
        "case_id": case,
        "category_id": f.categories()["FAC.lamp"].id,
        "code": "simple",
        "comment_id": comment,
        "copy_id": new_id(),
        "decision_id": noticed,
        "filename": "nothing.css",
        "helper_key": f"a:{helper.id}",
        "index": "0",
        "initiative_id": initiative["id"],
        "issue_id": issue,
        "kind": "issue",
        "link_id": new_id(),
        "measure_id": measure,
        "name": "privacy",
        "need_id": initiative["needs"][0]["id"],
        "organisation_id": enterprise.id,
        "passkey_id": new_id(),
        "place_id": places.community.id,
        "provider": "nobody",
        "purpose": "sign_in",
        "session_id": f.sessions_of(owner)[0].id,
        "subject_id": issue,
        "token": stop_token(owner.id, "comment", "mail"),
        "visit_id": new_id(),
    }
    ids |= _rows(owner, member, enterprise, author, office)
    ids |= _made_by_the_way(noticed, initiative["id"], measure)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "tan").save(picture, "JPEG")
    picture.seek(0)
    with f._in_app():
        shown = storage.store_image(picture, "lamp.jpg").key
    codes = _codes(owner)
    invited = random_token()
    own = {
        "people.remove_contact": {"kind": "email"},
        "moderation.report": {"kind": "comment", "subject_id": comment},
        "moderation.file_report": {"kind": "comment", "subject_id": comment},
        "files.show": {"key": shown},
        "issues.document": {"key": "0" * 64 + ".pdf"},
        "people.invitation": {"invitation_id": invited},
        "people.withdraw_invitation": {"invitation_id": _invitation(enterprise, member, invited)},
        **{endpoint: {"code_id": codes[purpose]} for endpoint, purpose in CODES.items()},
    }
    return Town(people_of(office), ids, own)


CODES = {
    "people.reset": "reset",
    "people.reset_again": "reset",
    "people.confirm": "register",
    "people.confirm_again": "register",
    "people.confirm_contact": "contact",
    "people.confirm_contact_again": "contact",
}


def _add(row: Any) -> str:
    with f.writing() as session:
        session.add(row)
        session.flush()
        return row.id


def _rows(owner: f.Person, member: f.Person, enterprise: Any, author: f.Person, office: Any) -> dict[str, str]:
    """Things that belong to one account or one desk."""
    district, now = f.places().id, clock.now()
    device = _add(
        PushSubscription(
            account_id=owner.id, endpoint_hash=token_hash("device"), sealed=encrypt("{}", "push"), created_at=now
        )
    )
    with f.reading() as session:
        membership = session.scalars(select(Membership.id).where(Membership.account_id == member.id)).one()
    return {
        "device_id": device,
        "subscription_id": device,
        "area_id": _add(AreaAlert(district_id=district, account_id=owner.id, place_id=f.places().grid.id, created_at=now)),
        "notice_id": _add(
            Notice(
                district_id=district, account_id=owner.id, event_id=10**9, kind=NoticeKind.STATUS, text="issue.published",
                subject_kind="issue", subject_id=new_id(), details={}, at=now,
            )
        ),
        "member_id": membership,
        "grant_id": _add(
            RoleGrant(district_id=district, account_id=member.id, role="auditor", reason="test", starts_at=now)
        ),
        "person_id": _add(
            VerificationRequest(
                district_id=district, account_id=f.a_person(level=1).id, community_id=f.places().community.id,
                real_name=encrypt("王隐名", "people.real_name"), identity=encrypt("500103199001011234", "people.identity"),
                identity_index="0" * 64, created_at=now,
            )
        ),
        "line_id": _add(Routing(district_id=district, category_id=f.categories()["FAC.lamp"].id, office_id=office.id, changed_at=now)),
        "template_id": _add(
            AnswerTemplate(
                district_id=district, office_id=office.id, name="常用", body="已经安排。", changed_by_id=author.id,
                changed_at=now,
            )
        ),
        "copy_id": _add(DataCopy(district_id=district, account_id=owner.id, requested_at=now)),
        "passkey_id": _add(
            Passkey(account_id=owner.id, credential_id="credential", public_key=b"key", name="手机", created_at=now)
        ),
        "link_id": _add(
            ProviderLink(account_id=owner.id, issuer="https://id.example", subject="1", provider="city", created_at=now)
        ),
        "visit_id": _add(
            ProviderVisit(
                provider="city",
                state_hash="0" * 64,
                browser_hash="0" * 64,
                secret=encrypt("{}", "visit"),
                expires_at=now + timedelta(minutes=10),
            )
        ),
        "provider": "city",
        "purpose": "prove",
        "draft_id": _add(IssueDraft(district_id=district, account_id=owner.id, client_key="0" * 64, created_at=now, updated_at=now)),
    }  # fmt: skip


def _made_by_the_way(decision: str, initiative: str, measure: str) -> dict[str, str]:
    """Ids of what the steps above left behind."""
    from gongzhi.domains.initiatives.models import Pledge, Step
    from gongzhi.domains.moderation.models import ModerationAppeal

    def one(column: Any, condition: Any) -> str:
        with f.reading() as session:
            found: str = session.scalars(select(column).where(condition)).first()
            return found

    return {
        "commitment_id": one(Commitment.id, Commitment.decision_id == decision),
        "objection_id": one(Objection.id, Objection.decision_id == decision),
        "pledge_id": one(Pledge.id, Pledge.initiative_id == initiative),
        "step_id": one(Step.id, Step.initiative_id == initiative),
        "appeal_id": one(ModerationAppeal.id, ModerationAppeal.measure_id == measure),
    }


def _codes(owner: f.Person) -> dict[str, str]:
    """A page to enter a code on, for each purpose."""
    held = {"account_id": owner.id, "name": "李秘密", "password_hash": ""}
    with f.writing() as session:
        return {
            purpose: send_code(
                session, Contact("email", f"{purpose}@mail.gongzhi"), purpose=purpose, district_id=owner.district_id,
                payload=held, usable=True,
            )
            for purpose in ("register", "reset", "contact")
        }  # fmt: skip


def _invitation(enterprise: Any, member: f.Person, token: str) -> str:
    now = clock.now()
    return _add(
        Invitation(
            district_id=enterprise.district_id, organisation_id=enterprise.id, role="representative",
            contact=encrypt("invited@mail.gongzhi", "people.invitation"), contact_index=token_hash("invited"),
            token_hash=token_hash(token), invited_by_id=member.id, created_at=now, expires_at=now + timedelta(days=3),
        )
    )  # fmt: skip


def loaders_of(view: Any) -> dict[str, Any]:
    """How a guarded view or an operation finds its objects."""
    held = inspect.getclosurevars(view).nonlocals
    found: dict[str, Any] = held["loaders"] if "loaders" in held else held["made"].loaders if "made" in held else {}
    return found


TOKEN = re.compile(r"I[\w-]{20,}\.[\w-]{5,8}\.[\w-]{20,}")
"""The CSRF token of a page: signed with its second."""


def plain(answer: Any, *words: str) -> str:
    """An answer's text without what differs from request to request: the page's token, and the asked address."""
    text: str = TOKEN.sub("", answer.text)
    for word in words:
        text = text.replace(word, "·")
    return text


def unknown(key: str) -> str:
    """An id (or key, or token) of the same length that leads nowhere."""
    return os.urandom(len(key)).hex()[: len(key)] if not key.isdigit() else "9" * max(len(key), 6)
