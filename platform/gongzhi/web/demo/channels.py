"""What the demo's people chose to be told: an area, a circle around a way, later digests."""

from __future__ import annotations

from datetime import timedelta

from gongzhi.reactions.notices import choices
from gongzhi.reactions.notices.hours import Schedule
from gongzhi.web.demo.world import World

READER = "resident"
CLOCK_TOWER = (29.5597, 106.5770)
"""A crossing in the middle of the district, known to everybody there."""


def plan_channels(world: World) -> None:
    """The resident of the demo watches two areas and reads the digest in the evening."""

    def choose() -> None:
        actor = world.act(READER)
        choices.add_area(world.session, actor, place_id=world.accounts[READER].community_id)
        choices.add_area(world.session, actor, name="上班路上", centre=CLOCK_TOWER, radius_m=500)
        choices.set_hours(world.session, actor, Schedule(digest_hour=19))

    world.at(world.now - timedelta(days=20), choose)
