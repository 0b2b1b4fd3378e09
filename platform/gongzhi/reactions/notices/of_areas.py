"""Who is told of what is new in an area: a place and all below it, or a circle."""

from __future__ import annotations

import math
from typing import Any

from sqlalchemy import and_, or_, select

from gongzhi.domains.places.rules import path_ids
from gongzhi.reactions.notices.models import AreaAlert

METRES_A_DEGREE = 111_320
"""Of latitude; of longitude it is less by the cosine."""
FARTHEST_DEGREES = 5000 / METRES_A_DEGREE


def around(district_id: str, place_path: str, position: tuple[float, float] | None) -> Any:
    """The accounts with an alert for the place or one above it, or for a circle the position lies in.

    The flat measure is off by less than a metre within five kilometres, and it is plain arithmetic in SQL.
    """
    inside: Any = AreaAlert.place_id.in_(path_ids(place_path))
    if position is not None:
        inside = or_(inside, _circle(*position))
    return select(AreaAlert.account_id).where(AreaAlert.district_id == district_id, inside).distinct()


def _circle(latitude: float, longitude: float) -> Any:
    a_degree_east = METRES_A_DEGREE * math.cos(math.radians(latitude))
    wide = FARTHEST_DEGREES * METRES_A_DEGREE / max(a_degree_east, 1)
    north = (AreaAlert.latitude - latitude) * METRES_A_DEGREE
    east = (AreaAlert.longitude - longitude) * a_degree_east
    return and_(
        AreaAlert.latitude.between(latitude - FARTHEST_DEGREES, latitude + FARTHEST_DEGREES),
        AreaAlert.longitude.between(longitude - wide, longitude + wide),
        north * north + east * east <= AreaAlert.radius_m * AreaAlert.radius_m,
    )
