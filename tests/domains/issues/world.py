"""Somebody to act, somewhere to act in: a small district built for one test, spoken to through the API."""

import io
import itertools
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from PIL import Image

from gongzhi.domains.issues import actions
from gongzhi.domains.issues.models import Category
from gongzhi.domains.people.actions import open_session
from gongzhi.domains.people.models import (
    Account,
    AccountState,
    District,
    MemberRole,
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationState,
    Role,
    RoleGrant,
)
from gongzhi.domains.places.models import Place, PlaceKind
from gongzhi.kernel import clock, db
from gongzhi.kernel.ids import new_id
from gongzhi.kernel.policy import Actor, RoleHeld
from gongzhi.kernel.storage import store_image

_number = itertools.count(1)


@dataclass
class Person:
    """Somebody with a token, acting for themselves or for an organisation."""

    world: "World"
    account_id: str
    name: str
    level: int
    token: str
    organisation: Organisation | None = None
    place_path: str | None = None
    roles: tuple[RoleHeld, ...] = field(default_factory=tuple)

    @property
    def actor(self):
        organisation = self.organisation
        return Actor(
            account_id=self.account_id,
            name=self.name,
            district_id=self.world.district_id,
            level=self.level,
            organisation_id=organisation.id if organisation else None,
            organisation_kind=str(organisation.kind) if organisation else None,
            organisation_place_path=self.place_path,
            roles=self.roles,
        )

    def call(self, method, path, json=None, **headers):
        """A call of the API as this person; the answer."""
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        if self.organisation is not None:
            sent["X-Acting-For"] = self.organisation.id
        return self.world.app.test_client().open(f"/api/v1{path}", method=method, json=json, headers=sent)

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, json, **headers):
        return self.call("POST", path, json, **headers)

    def votes(self, issue_id, choice):
        """Vote; the answer of the API."""
        return self.call("PUT", f"/issues/{issue_id}/vote", {"choice": choice})

    def steps(self, issue_id, action, **more):
        """A step of the office; the answer of the API."""
        return self.post(f"/issues/{issue_id}/steps", {"action": action, **more})


class World:
    """A district: one sub-district, two communities, an office on each level, the standard categories."""

    def __init__(self, app):
        self.app = app
        number = next(_number)
        with db.isolated(), db.write() as session:
            district = District(code=f"{number:06d}", name_zh="渝中区", name_en="Yuzhong", created_at=clock.now())
            session.add(district)
            session.flush()
            self.district_id = district.id
            self.district = self._place(session, None, PlaceKind.DISTRICT, "渝中区")
            self.jiefangbei = self._place(session, self.district, PlaceKind.SUBDISTRICT, "解放碑街道")
            self.renhe = self._place(session, self.jiefangbei, PlaceKind.COMMUNITY, "人和街社区")
            self.linjiang = self._place(session, self.jiefangbei, PlaceKind.COMMUNITY, "临江门社区")
            self.grid = self._place(session, self.renhe, PlaceKind.GRID, "人和街社区第3网格")
            self.government = self._office(session, "区人民政府", self.district, None)
            self.bureau = self._office(session, "区城市管理局", self.district, self.government)
            self.office = self._office(session, "解放碑街道办事处", self.jiefangbei, self.bureau)
            self.command = self._office(session, "朝天门街道办事处", self.jiefangbei, self.government)
            self.categories = {
                category.code: category
                for category in actions.install_categories(session, self._admin_actor(), self.district_id)
            }
            actions.set_routing(session, self._admin_actor(), category=self.categories["FAC"], office=self.office)
        self.lamp = self.categories["FAC.lamp"]

    def a_category(self, code="FAC.lamp") -> Category:
        """A standard category by its code."""
        return self.categories[code]

    def a_resident(self, level=2):
        return self._person("居民", level)

    def a_visitor(self):
        """Signed in nowhere, on this district's site."""
        return Visitor(self)

    def an_enterprise(self):
        return self._representative(OrganisationKind.ENTERPRISE, "江岸物业")

    def an_ngo(self):
        return self._representative(OrganisationKind.NGO, "山茶社工")

    def an_official(self, of=None):
        office = of or self.office
        with db.isolated(), db.write() as session:
            place = session.get_one(Place, office.place_id)
        return self._person("经办员", 3, office, place.path, title="城管专员")

    def an_admin(self):
        person = self._person("管理员", 3)
        with db.isolated(), db.write() as session:
            session.add(
                RoleGrant(
                    district_id=self.district_id,
                    account_id=person.account_id,
                    role=Role.ADMIN,
                    starts_at=clock.now() - timedelta(days=1),
                )
            )
        person.roles = (RoleHeld("admin"),)
        return person

    def an_issue(
        self, by=None, category=None, place=None, title="石阶里路灯不亮", body="上段四盏路灯坏了两周。", **more
    ):
        """Publish through the API; the id."""
        author = by or self.a_resident()
        answer = author.post(
            "/issues",
            {
                "category": (category or self.lamp).id,
                "place": (place or self.renhe).id,
                "title": title,
                "body": body,
                **more,
            },
        )
        assert answer.status_code == 201, answer.json
        return answer.json["id"]

    def a_photo(self):
        """The key of a small picture in the storage."""
        picture = io.BytesIO()
        Image.new("RGB", (32, 24), (120, 60, next(_number) % 255)).save(picture, "PNG")
        picture.seek(0)
        return store_image(picture, "photo.png").key

    def _admin_actor(self):
        return Actor(account_id=None, district_id=self.district_id, level=3, roles=(RoleHeld("admin"),))

    def _place(self, session, parent, kind, name):
        place = Place(
            id=new_id(),
            district_id=self.district_id,
            parent_id=parent.id if parent else None,
            kind=kind,
            code=uuid.uuid4().hex[:12],
            name_zh=name,
            path="",
        )
        place.path = f"{parent.path if parent else ''}{place.id}/"
        session.add(place)
        session.flush()
        return place

    def _office(self, session, name, place, above):
        office = Organisation(
            district_id=self.district_id,
            kind=OrganisationKind.GOVERNMENT,
            name_zh=name,
            registration_number=uuid.uuid4().hex[:18],
            place_id=place.id,
            parent_id=above.id if above else None,
            state=OrganisationState.VERIFIED,
            created_at=clock.now(),
        )
        session.add(office)
        session.flush()
        return office

    def _representative(self, kind, name):
        with db.isolated(), db.write() as session:
            organisation = Organisation(
                district_id=self.district_id,
                kind=kind,
                name_zh=name,
                registration_number=uuid.uuid4().hex[:18],
                state=OrganisationState.VERIFIED,
                created_at=clock.now(),
            )
            session.add(organisation)
            session.flush()
        return self._person("代表", 2, organisation)

    def another_representative_of(self, person):
        """A second person of the same organisation."""
        return self._person("另一位代表", 2, person.organisation)

    def _person(self, name, level, organisation=None, place_path=None, title=""):
        with db.isolated(), db.write() as session:
            account = Account(
                district_id=self.district_id,
                name=f"{name}{next(_number)}",
                password_hash="-",
                level=level,
                state=AccountState.ACTIVE,
                created_at=clock.now(),
            )
            session.add(account)
            session.flush()
            token, _row = open_session(session, account, kind="token")
            if organisation is not None:
                session.add(
                    Membership(
                        district_id=self.district_id,
                        account_id=account.id,
                        organisation_id=organisation.id,
                        role=MemberRole.REPRESENTATIVE,
                        title=title,
                        starts_at=clock.now() - timedelta(days=1),
                    )
                )
            return Person(self, account.id, account.name, level, token, organisation, place_path)


class Visitor:
    """Nobody in particular; as the first district is a visitor's default, it reads as somebody unconfirmed."""

    def __init__(self, world):
        self.world = world

    def get(self, path):
        return self.world.app.test_client().get(f"/api/v1{path}")

    def votes(self, issue_id, choice):
        return self.world.app.test_client().put(f"/api/v1/issues/{issue_id}/vote", json={"choice": choice})
