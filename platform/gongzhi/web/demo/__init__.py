"""Demo data: a district at work, made through the rooms' own actions. Everything but place names is fictional."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from gongzhi.domains.people.models import Account
from gongzhi.kernel import clock
from gongzhi.kernel.db import write
from gongzhi.web.demo.ballots import plan_ballots
from gongzhi.web.demo.channels import plan_channels
from gongzhi.web.demo.decisions import plan_decisions
from gongzhi.web.demo.districts import make_places
from gongzhi.web.demo.initiatives import plan_initiatives
from gongzhi.web.demo.issues import install_catalogue, plan_issues
from gongzhi.web.demo.moderation import plan_moderation
from gongzhi.web.demo.people import make_people
from gongzhi.web.demo.world import World

BEGAN = timedelta(days=140)
"""How long ago the platform was set up, in the demo's story."""


def build() -> bool:
    """Fill an installation with the demo, in one transaction; False when it is there already."""
    with write() as session:
        if session.scalar(select(Account.id).where(Account.is_demo).limit(1)) is not None:
            return False
        world = World(session, clock.now())
        with clock.as_of(world.now - BEGAN):
            make_places(world)
            make_people(world)
            install_catalogue(world)
        plan_issues(world)
        plan_decisions(world)
        plan_initiatives(world)
        plan_ballots(world)
        plan_channels(world)
        plan_moderation(world)
        world.play()
    return True
