"""The demo's places: the district with its real names, made-up boundaries, grids and compounds, and a second one.

Boundaries are cells around made-up points inside the district's outline; grids, compounds and telephone
numbers are fictional. The second district only shows that nothing of one is seen in another.
"""

from __future__ import annotations

from itertools import pairwise

import shapely
from shapely.geometry import MultiPoint, Point
from shapely.geometry.base import BaseGeometry

from gongzhi.domains.places import actions, queries, rules
from gongzhi.domains.places.models import Place, PlaceKind
from gongzhi.kernel.policy import SYSTEM
from gongzhi.web.demo.world import World

CODE = "500103"
OTHER_CODE = "999999"
DEMO_COMMUNITIES = ("人和街社区", "七牌坊社区", "中山二路社区")
GRIDS = 2
DEMO_GRIDS = 5

# Compound, English name, community, which of its grids: all fictional.
COMPOUNDS = (
    ("半坡院", "Hillside Court", "人和街社区", 3),
    ("嘉陵苑", "Jialing Court", "人和街社区", 1),
    ("江风花园", "River Breeze Garden", "中山二路社区", 1),
    ("纺织家属院（示例）", "Textile Workers' Court (example)", "中山二路社区", 4),
    ("山茶里", "Camellia Lane", "七牌坊社区", 2),
    ("黄葛树院", "Banyan Court", "七牌坊社区", 5),
    ("石阶里", "Stone Steps Lane", "红岩村社区", 1),
    ("望江楼小区", "River View Compound", "珊瑚湾社区", 2),
)


def make_places(world: World) -> None:
    """Load both districts; draw, divide and furnish the first."""
    top = actions.load_district(world.session, CODE)
    actions.load_district(world.session, OTHER_CODE)
    world.district_id = top.district_id
    root = queries.tree(world.session, top.district_id)
    assert root is not None
    world.places[top.name_zh] = top
    sub_districts = [node.place for node in root.children]
    _draw(world, rules.geometry(top.boundary or {}), sub_districts)
    for node in root.children:
        world.places[node.place.name_zh] = node.place
        communities = [below.place for below in node.children]
        _draw(world, rules.geometry(node.place.boundary or {}), communities)
        for community in communities:
            world.places[community.name_zh] = community
            _divide(world, community)
    for name_zh, name_en, community_name, number in COMPOUNDS:
        grid = world.places[f"{community_name}第{number}网格"]
        world.places[name_zh] = actions.add_place(
            world.session,
            SYSTEM,
            grid,
            name_zh=name_zh,
            name_en=name_en,
            latitude=grid.latitude,
            longitude=grid.longitude,
        )
    _post_numbers(world, sub_districts)


def _draw(world: World, region: BaseGeometry, places: list[Place]) -> None:
    """Give each place the part of the region that is nearer to its point than to any other's."""
    points = [(place.longitude or 0.0, place.latitude or 0.0) for place in places]
    for place, cell in zip(places, cells(region, points), strict=True):
        actions.set_boundary(world.session, SYSTEM, place, shapely.to_geojson(cell))


def _divide(world: World, community: Place) -> None:
    """Make grids of the community: slices from west to east, drawn where the demo looks closely."""
    looked_at = community.name_zh in DEMO_COMMUNITIES
    region = rules.geometry(community.boundary or {})
    for number, part in enumerate(slices(region, DEMO_GRIDS if looked_at else GRIDS), start=1):
        inside = part.representative_point()
        grid = actions.add_place(
            world.session,
            SYSTEM,
            community,
            name_zh=f"{community.name_zh}第{number}网格",
            name_en=f"{community.name_en} Grid {number}",
            latitude=round(inside.y, 6),
            longitude=round(inside.x, 6),
        )
        if looked_at:
            actions.set_boundary(world.session, SYSTEM, grid, shapely.to_geojson(part))
        world.places[grid.name_zh] = grid


def cells(region: BaseGeometry, points: list[tuple[float, float]]) -> list[BaseGeometry]:
    """The region divided by nearness to the points, one part for each point, in their order."""
    if len(points) == 1:
        return [region]
    drawn = shapely.voronoi_polygons(MultiPoint(points), extend_to=region.envelope.buffer(0.1))
    parts = []
    for point in points:
        around = next(part for part in drawn.geoms if part.covers(Point(point)))
        parts.append(_only_areas(around.intersection(region)))
    return parts


def slices(region: BaseGeometry, count: int) -> list[BaseGeometry]:
    """The region cut from west to east into parts of about the same area."""
    west, south, east, north = region.bounds
    cuts = [west]
    for number in range(1, count):
        low, high = cuts[-1], east
        while high - low > 1e-7:
            middle = (low + high) / 2
            share = region.intersection(shapely.box(west, south, middle, north)).area / region.area
            low, high = (middle, high) if share < number / count else (low, middle)
        cuts.append(low)
    cuts.append(east)
    return [_only_areas(region.intersection(shapely.box(left, south, right, north))) for left, right in pairwise(cuts)]


def _only_areas(drawn: BaseGeometry) -> BaseGeometry:
    """On the grid of six decimals that is kept, without stray points and lines."""
    rounded = shapely.set_precision(drawn, 1e-6)
    parts = [part for part in shapely.get_parts(rounded) if part.geom_type == "Polygon" and not part.is_empty]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _post_numbers(world: World, sub_districts: list[Place]) -> None:
    """Telephone numbers that can belong to nobody, as they would be posted."""
    posted = [world.places["渝中区"], *sub_districts, *(world.places[name] for name in DEMO_COMMUNITIES)]
    posted += [world.places[f"{DEMO_COMMUNITIES[0]}第{number}网格"] for number in range(1, DEMO_GRIDS + 1)]
    for number, place in enumerate(posted, start=1):
        actions.change_place(
            world.session,
            SYSTEM,
            place,
            seen=rules.fingerprint(place),
            name_zh=place.name_zh,
            name_en=place.name_en,
            contact_phone=f"023-0000 {number:04d}",
            supervision_phone="" if place.kind == PlaceKind.GRID else f"023-0000 {1000 + number}",
            latitude=place.latitude,
            longitude=place.longitude,
        )
