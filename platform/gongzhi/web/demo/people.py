"""The demo's offices, organisations and accounts, made through the rights each would need in earnest."""

from __future__ import annotations

import io

from gongzhi.domains.people.actions.administration import grant_role
from gongzhi.domains.people.actions.members import accept_invitation, appoint_official, invite_member
from gongzhi.domains.people.actions.organisations import (
    apply_for_organisation,
    create_office,
    verify_organisation,
)
from gongzhi.domains.people.actions.registration import Registration, add_account, create_admin
from gongzhi.domains.people.actions.verification import approve_request, ask_verification, reveal_request
from gongzhi.domains.people.models import Account, OrganisationKind, Role
from gongzhi.domains.people.rules import Contact, credit_code_check
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.secrets import hash_password
from gongzhi.kernel.storage import store_image
from gongzhi.web.demo import registry
from gongzhi.web.demo.districts import DEMO_GRIDS
from gongzhi.web.demo.pictures import certificate
from gongzhi.web.demo.world import PASSWORD, World

DOMAIN = "demo.gongzhi"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def login(short: str) -> str:
    """The e-mail address of a demo account."""
    return f"{short}@{DOMAIN}"


class Cast:
    """Makes the people of a world; the hash of the one password is made once, because that is slow on purpose."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.password_hash = hash_password(PASSWORD)
        self.identities = 0

    def account(self, short: str, name: str, *, offered: bool = False) -> Account:
        """The account with a confirmed contact; `offered` ones are listed on the sign-in page."""
        if short in self.world.accounts:
            return self.world.accounts[short]
        made = add_account(
            self.world.session,
            Registration(Contact("email", login(short)), name, self.password_hash),
            district_id=self.world.district_id,
            is_demo=offered,
        )
        self.world.accounts[short] = made
        return made

    def invented_name(self) -> str:
        """A surname and a given name."""
        rng = self.world.rng
        return rng.choice(registry.SURNAMES) + rng.choice(registry.GIVEN)

    def identity(self) -> str:
        """A well-formed identity number of a county that does not exist (500199): it can belong to nobody."""
        self.identities += 1
        year = 1948 + self.identities * 7 % 55
        digits = f"500199{year}{self.identities % 12 + 1:02d}{self.identities % 28 + 1:02d}{self.identities:03d}"
        weighed = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
        return digits + "10X98765432"[weighed % 11]


def make_people(world: World) -> None:
    """Administrator and offices first, then officials, roles, organisations, and residents verified by them."""
    cast = Cast(world)
    _make_admin(world, cast)
    _make_offices(world)
    _make_officials(world, cast)
    _grant_roles(world, cast)
    _make_organisations(world, cast)
    _make_residents(world, cast)


def _make_admin(world: World, cast: Cast) -> None:
    for short, name in registry.OFFERED:
        cast.account(short, name, offered=True)
    create_admin(
        world.session,
        login=login("admin"),
        password=PASSWORD,
        name="管一平",
        district_id=world.district_id,
    )
    world.hold("admin", Role.ADMIN, None)


def _make_offices(world: World) -> None:
    admin = world.act("admin")
    centre: str | None = None
    top = world.places["渝中区"]
    for name_zh, name_en, code in registry.DEPARTMENTS:
        made = create_office(
            world.session, admin, name_zh=name_zh, name_en=name_en, code=code, place_id=top.id, parent_id=centre
        )
        centre = centre or made.id
        world.organisations[name_zh] = made
    for place in [one for one in world.places.values() if one.kind == "subdistrict"]:
        name = f"{place.name_zh}办事处"
        world.organisations[name] = create_office(
            world.session,
            admin,
            name_zh=name,
            name_en=f"{place.name_en} Office",
            code=place.code,
            about="受理、办理和答复辖区内的议题。",
            place_id=place.id,
            parent_id=centre,
        )
    for community in registry.COMMITTEES:
        place = world.places[community]
        above = next(one for one in world.places.values() if one.id == place.parent_id)
        name = f"{community}居民委员会"
        world.organisations[name] = create_office(
            world.session,
            admin,
            name_zh=name,
            name_en=f"{place.name_en} Residents' Committee",
            code=place.code,
            about="居民自治组织，协助办理社区事务。",
            place_id=place.id,
            parent_id=world.organisations[f"{above.name_zh}办事处"].id,
        )


def _make_officials(world: World, cast: Cast) -> None:
    staffed = set()
    for short, name, office_name, part, title in registry.OFFICIALS:
        cast.account(short, name)
        _appoint(world, short, office_name, part, title)
        staffed.add((office_name, part))
    for office_name, office in list(world.organisations.items()):
        for part, title in (("handler", "经办岗"), ("reviewer", "复核岗")):
            if (office_name, part) not in staffed:
                short = f"{part}.{office.registration_number.lower()}"
                cast.account(short, cast.invented_name())
                _appoint(world, short, office_name, part, title)


def _appoint(world: World, short: str, office: str, part: str, title: str) -> None:
    appoint_official(
        world.session,
        world.act("admin"),
        world.organisations[office],
        contact=login(short),
        role=part,
        title=title,
        ends_at=None,
    )
    world.member_roles[short, office] = part


def _grant_roles(world: World, cast: Cast) -> None:
    wanted: list[tuple[str, Role, str | None]] = [
        ("grid", Role.GRID_WORKER, "人和街社区第3网格"),
        ("social", Role.CARE_WORKER, None),
        ("auditor", Role.AUDITOR, None),
        ("moderator", Role.MODERATOR, None),
    ]
    for community in registry.COMMITTEES:
        for number in range(1, DEMO_GRIDS + 1):
            place = f"{community}第{number}网格"
            if place != "人和街社区第3网格":
                short = f"grid.{world.places[place].code}"
                cast.account(short, cast.invented_name())
                wanted.append((short, Role.GRID_WORKER, place))
    for short, role, place_name in wanted:
        _grant(world, short, role, place_name)


def _grant(world: World, short: str, role: Role, place_name: str | None) -> None:
    place = world.places[place_name] if place_name else None
    grant_role(
        world.session,
        world.act("admin"),
        world.accounts[short],
        role=role,
        place_id=place.id if place else None,
        ends_at=None,
        reason="演示岗位",
    )
    world.hold(short, role, place)


def _make_organisations(world: World, cast: Cast) -> None:
    proof = store_image(io.BytesIO(certificate()), "certificate.jpg").key
    number = 0
    for kind, prefix, bodies in (
        (OrganisationKind.ENTERPRISE, "91500103DEM", registry.ENTERPRISES),
        (OrganisationKind.NGO, "52500103DEM", registry.SOCIAL_ORGANISATIONS),
    ):
        for body in bodies:
            number += 1
            first = f"{prefix}{number:06d}"
            cast.account(body.owner, body.owner_name)
            made = apply_for_organisation(
                world.session,
                world.act(body.owner),
                kind=kind,
                name_zh=body.name_zh,
                name_en=body.name_en,
                registration_number=first + credit_code_check(first),
                about=body.about,
                place_id=world.places[body.place].id if body.place else None,
                proof_key=proof,
            )
            verify_organisation(world.session, world.act("admin"), made)
            world.organisations[body.name_zh] = made
            world.member_roles[body.owner, body.name_zh] = "owner"
            if body.owner in ("enterprise", "ngo"):
                world.accounts[body.owner].usual_organisation_id = made.id
    _grant(world, "evaluator", Role.EVALUATOR, None)
    camellia = "渝中山茶社会工作服务中心"
    invitation = invite_member(
        world.session,
        world.act("ngo", camellia),
        world.organisations[camellia],
        contact=login("social"),
        public_url="",
    )
    accept_invitation(world.session, world.act("social"), invitation)
    world.member_roles["social", camellia] = "representative"


def _make_residents(world: World, cast: Cast) -> None:
    communities = [place.name_zh for place in world.places.values() if place.kind == "community"]
    homes = list(registry.HOMES)
    for number in range(1, registry.RESIDENT_COUNT + 1):
        # Every third one lives where the demo looks first.
        home = registry.COMMITTEES[number % 3] if number % 3 == 0 else world.rng.choice(communities)
        homes.append((f"r{number:02d}", cast.invented_name(), home))
    for short, name, home in homes:
        cast.account(short, name)
        place = world.places[home]
        request = ask_verification(
            world.session,
            world.act(short),
            community_id=place.id,
            real_name=name,
            identity=cast.identity(),
            note="",
        )
        verifier = _who_verifies(world, home)
        if short == "resident":  # so that "who looked at my data" shows what it is for
            reveal_request(world.session, verifier, request, reason="入户核对身份证件")
        approve_request(world.session, verifier, request)


def _who_verifies(world: World, community: str) -> Actor:
    if community == "人和街社区":
        return world.act("grid")
    place = world.places[community]
    above = next(one for one in world.places.values() if one.id == place.parent_id)
    office = f"{above.name_zh}办事处"
    handler = next(who for (who, where), part in world.member_roles.items() if where == office and part == "handler")
    return world.act(handler, office)
