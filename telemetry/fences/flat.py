"""A plan for formats that know areas alone: no heights, no hours, no holes. Pure.

What would keep a unit out of where it may be is left out, and what would let it go where it may not
be is told as far as it goes: the platform checks all of it in either case.
"""

from collections.abc import Iterable, Iterator

import msgspec

from telemetry.fences.plan import (
    Circle,
    Corridor,
    LeftOut,
    Limit,
    Plan,
    Polygon,
    Rule,
    Shape,
    Volume,
    What,
    Zone,
)


class Bounds(msgspec.Struct, frozen=True):
    """What a format has room for."""

    most_vertices: int
    """Of one ring, its first place counted once."""
    least_radius_m: float = 0.0


class Flat(msgspec.Struct, frozen=True):
    """One area, by itself."""

    of: str
    """The zone that it is of; empty is where the permits let the device be."""
    part: int
    """Which of the areas of that."""
    is_inside: bool
    """Whether the unit is to stay inside; else outside."""
    shape: Polygon | Circle
    """Without holes."""


def flattened(plan: Plan, bounds: Bounds) -> tuple[list[Flat], list[LeftOut]]:
    """Return the areas, and what is left out of them."""
    left_out = [*plan.left_out, *_of_permits(plan)]
    areas, missing = _own_area(plan, bounds)
    left_out += missing
    for zone in plan.zones:
        found, missing = _of_zone(zone, bounds, _top_agl_m(plan))
        areas += found
        left_out += missing
    return areas, sorted(set(left_out))


def without_room(plan: Plan, areas: Iterable[Flat]) -> Iterator[LeftOut]:
    """Yield what is left out with areas that there is no room for: of its own area, by its permits."""
    permits = [each.permit_number for each in plan.permits]
    for area in areas:
        for of in (area.of,) if area.of else permits:
            yield LeftOut(of, What.SIZE)


def _of_permits(plan: Plan) -> Iterator[LeftOut]:
    for permit in plan.permits:
        corridor = permit.corridor
        has_heights = corridor is not None and (corridor.lower or corridor.upper) is not None
        for what, is_there in (
            (What.HOURS, bool(permit.hours)),
            (What.HEIGHTS, permit.max_height_agl_m is not None or has_heights),
            (What.SPEED, permit.max_speed_mps is not None),
            (What.CONTROL_MODES, bool(permit.control_modes)),
        ):
            if is_there:
                yield LeftOut(permit.permit_number, what)


def _own_area(plan: Plan, bounds: Bounds) -> tuple[list[Flat], list[LeftOut]]:
    """Return where it may be: one area, with what is cut out of it as areas to stay out of."""
    if not plan.area:
        return [], []
    reason = None
    if len(plan.area) > 1:
        reason = What.SEVERAL_AREAS
    elif any(len(ring) > bounds.most_vertices for ring in _rings(plan.area[0])):
        reason = What.VERTICES
    if reason is not None:
        return [], [LeftOut(each.permit_number, reason) for each in plan.permits]
    outer, *holes = _rings(plan.area[0])
    inside = Flat("", 0, is_inside=True, shape=Polygon(outer))
    return [
        inside,
        *(Flat("", at + 1, is_inside=False, shape=Polygon(hole)) for at, hole in enumerate(holes)),
    ], []


def _rings(polygon: Polygon) -> tuple[tuple[tuple[float, float], ...], ...]:
    return (polygon.outer, *polygon.holes)


def _of_zone(
    zone: Zone, bounds: Bounds, top_agl_m: float | None
) -> tuple[list[Flat], list[LeftOut]]:
    match zone.rule:
        case Rule.SPEED_LIMIT:
            return [], [LeftOut(zone.zone_id, What.SPEED)]
        case Rule.KEEP_IN:
            whats = {what for each in zone.volumes for what in _not_flat(each, None)}
            return [], [LeftOut(zone.zone_id, what) for what in whats]
        case Rule.KEEP_OUT:
            return ([], []) if zone.is_lifted else _kept_out_of(zone, bounds, top_agl_m)


def _kept_out_of(
    zone: Zone, bounds: Bounds, top_agl_m: float | None
) -> tuple[list[Flat], list[LeftOut]]:
    areas, whats = list[Flat](), set[What]()
    for volume in zone.volumes:
        if amiss := set(_not_flat(volume, top_agl_m)):
            whats |= amiss
            continue
        for shape in volume.shapes:
            fitting = _fitting(shape, bounds)
            if isinstance(fitting, What):
                whats.add(fitting)
            else:
                areas.append(Flat(zone.zone_id, len(areas), is_inside=False, shape=fitting))
    return areas, [LeftOut(zone.zone_id, what) for what in whats]


def _not_flat(volume: Volume, top_agl_m: float | None) -> Iterator[What]:
    if not _stands_from_the_ground_up(volume, top_agl_m):
        yield What.HEIGHTS
    if volume.times is not None:
        yield What.HOURS


def _stands_from_the_ground_up(volume: Volume, top_agl_m: float | None) -> bool:
    """Whether it holds wherever the device may fly: to the top of its permits, where they have one."""
    return _is_ground(volume.lower) and (
        volume.upper is None
        or (
            top_agl_m is not None
            and volume.upper.reference == "AGL"
            and volume.upper.value_m >= top_agl_m
        )
    )


def _is_ground(lower: Limit | None) -> bool:
    return lower is None or (lower.reference == "AGL" and lower.value_m <= 0)


def _fitting(shape: Shape, bounds: Bounds) -> Polygon | Circle | What:
    """Return a shape that the format has room for, or why it has none."""
    match shape:
        case Corridor():
            return What.SHAPE
        case Circle(radius_m=radius_m):
            return What.RADIUS if radius_m < bounds.least_radius_m else shape
        case Polygon(holes=holes) if holes:
            return What.HOLE
        case Polygon(outer=outer):
            return What.VERTICES if len(outer) > bounds.most_vertices else shape


def _top_agl_m(plan: Plan) -> float | None:
    """Return how high the highest of the permits lets it be; ``None`` where one does not say."""
    tops = [each.max_height_agl_m for each in plan.permits]
    return max((top for top in tops if top is not None), default=None) if None not in tops else None
