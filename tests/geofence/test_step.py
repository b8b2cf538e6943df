"""One batch after another: presence, crossings, events, and the traps between them."""

import math
from datetime import UTC, datetime, time

import numpy as np
import pytest
from shapely import LineString, MultiPolygon, Polygon, box

from geofence.crossing import passage
from geofence.events import Cause, EventKind, Judged
from geofence.fixes import DOMAIN_CODES, Fixes
from geofence.fleet import Fleet, OtherSnapshot
from geofence.looking import Ways
from geofence.snapshot import Snapshot, build
from geofence.step import step
from geofence.zone import (
    Area,
    Circle,
    Corridor,
    HeightBand,
    HeightLimit,
    HeightReference,
    Schedule,
    Shape,
    Volume,
    Window,
    Zone,
    ZoneKind,
)

NAN = math.nan
AGL = HeightReference.AGL
ENTER, EXIT, CROSS = EventKind.ENTER, EventKind.EXIT, EventKind.CROSS
FIRST_INSIDE = EventKind.FIRST_INSIDE
# 8:00 in Shanghai on a Monday.
EIGHT_S = datetime(2026, 3, 2, 0, 0, tzinfo=UTC).timestamp()
HOUR_S = 3600.0

SQUARE = Area(box(121.500, 31.200, 121.504, 31.204))
"""About 380 m by 440 m."""
WEST, IN, EAST = (121.499, 31.202), (121.502, 31.202), (121.505, 31.202)
RING = Area(
    Polygon(
        box(121.500, 31.200, 121.504, 31.204).exterior.coords,
        [box(121.501, 31.201, 121.503, 31.203).exterior.coords],
    )
)


def zone(zone_id: str, *volumes: Volume | Shape, domains: str = "road air water") -> Zone:
    solid = tuple(one if isinstance(one, Volume) else Volume(one) for one in volumes)
    return Zone(zone_id, ZoneKind.KEEP_OUT, zone_id, solid, frozenset(domains.split()))


def below(limit_m: float, shape: Shape = SQUARE) -> Volume:
    return Volume(shape, HeightBand(upper=HeightLimit(limit_m, AGL)))


def between(lower_m: float, upper_m: float, shape: Shape = SQUARE) -> Volume:
    return Volume(shape, HeightBand(HeightLimit(lower_m, AGL), HeightLimit(upper_m, AGL)))


def from_nine_to_ten(shape: Shape = SQUARE) -> Volume:
    return Volume(shape, schedule=Schedule((Window(frozenset(range(7)), time(9), time(10)),)))


class Course:
    """Devices that move under some zones, a fix or a batch at a time."""

    def __init__(self, *zones: Zone) -> None:
        self.snapshot: Snapshot = build(zones, 1)
        self.fleet = Fleet()
        self.at_s = EIGHT_S

    def fix(
        self,
        place: tuple[float, float],
        *,
        device: int = 0,
        agl: float = NAN,
        domain: str = "road",
        crossing: bool = True,
        at_s: float | None = None,
    ) -> Judged:
        self.at_s = self.at_s + 1.0 if at_s is None else at_s
        return self.batch([(device, *place, self.at_s, agl, DOMAIN_CODES[domain], crossing)])

    def batch(self, rows: list[tuple[int, float, float, float, float, int, bool]]) -> Judged:
        device, longitude, latitude, at_s, agl, domain, crossing = zip(*rows, strict=True)
        unknown = np.full(len(rows), NAN)
        fixes = Fixes(
            np.array(device, np.int32),
            np.array(longitude, np.float64),
            np.array(latitude, np.float64),
            np.array(at_s, np.float64),
            np.array(agl, np.float64),
            unknown,
            unknown,
            np.array(domain, np.int8),
            np.array(crossing, np.bool_),
        )
        self.fleet, judged = step(self.fleet, self.snapshot, fixes)
        return judged


def told(judged: Judged) -> list[tuple[EventKind, str]]:
    return [(event.kind, event.zone_id) for event in judged.events]


def causes(judged: Judged) -> list[tuple[EventKind, Cause]]:
    return [(event.kind, event.cause) for event in judged.events]


@pytest.mark.requirement("A44-3")
def test_a_device_enters_stays_and_leaves() -> None:
    course = Course(zone("a", SQUARE))
    assert told(course.fix(WEST)) == []
    entered = course.fix(IN)
    assert told(entered) == [(ENTER, "a")]
    assert entered.inside == [(0,)]
    assert told(course.fix(IN)) == []
    left = course.fix(EAST)
    assert causes(left) == [(EXIT, Cause.DEVICE_MOVED)]
    assert left.inside == [()]
    (event,) = left.events
    assert (event.longitude_deg, event.latitude_deg, event.at_s) == (*EAST, course.at_s)
    assert (event.row, event.device, event.slot) == (0, 0, 0)


@pytest.mark.requirement("F-15")
def test_the_first_fix_inside_is_told_apart_from_an_entry() -> None:
    judged = Course(zone("a", SQUARE)).fix(IN)
    assert causes(judged) == [(FIRST_INSIDE, Cause.DEVICE_MOVED)]
    assert judged.inside == [(0,)]


@pytest.mark.parametrize(
    "place",
    [(121.500, 31.202), (121.504, 31.202), (121.502, 31.200), (121.502, 31.204)],
)
@pytest.mark.requirement("F-1")
def test_an_edge_counts_as_inside(place: tuple[float, float]) -> None:
    assert Course(zone("a", SQUARE)).fix(place).inside == [(0,)]


@pytest.mark.parametrize("place", [(121.500, 31.200), (121.504, 31.204)])
@pytest.mark.requirement("F-1")
def test_a_vertex_counts_as_inside(place: tuple[float, float]) -> None:
    assert Course(zone("a", SQUARE)).fix(place).inside == [(0,)]


@pytest.mark.requirement("F-2")
def test_a_hole_is_outside_and_its_edge_is_inside() -> None:
    course = Course(zone("ring", RING))
    assert course.fix((121.502, 31.202)).inside == [()]
    assert course.fix((121.501, 31.202)).inside == [(0,)]
    assert course.fix((121.503, 31.203)).inside == [(0,)]


@pytest.mark.requirement("F-3")
def test_the_seam_between_adjacent_parts_is_inside() -> None:
    west, east = box(121.5, 31.2, 121.502, 31.204), box(121.502, 31.2, 121.504, 31.204)
    course = Course(zone("a", Area(MultiPolygon([west, east]))))
    assert course.fix((121.502, 31.202)).inside == [(0,)]


def test_zones_that_overlap_are_all_reported_by_ascending_slot() -> None:
    course = Course(zone("a", SQUARE), zone("b", Circle(*IN, 100.0)), zone("c", Circle(*EAST, 9.0)))
    assert course.fix(IN).inside == [(0, 1)]


@pytest.mark.parametrize("domain", ["road", "water"])
def test_a_zone_that_does_not_concern_the_domain_is_not_reported(domain: str) -> None:
    course = Course(zone("air", SQUARE, domains="air"))
    assert told(course.fix(WEST, domain=domain)) == []
    judged = course.fix(EAST, domain=domain)
    assert judged.events == []
    assert course.fix(IN, domain=domain).inside == [()]
    assert course.fix(IN, domain="air", device=1).inside == [(0,)]


# --- crossings ------------------------------------------------------------------------------


@pytest.mark.requirement("F-9")
def test_a_thin_fence_that_is_jumped_between_two_fixes_is_crossed() -> None:
    course = Course(zone("thin", Corridor(LineString([(121.502, 31.2), (121.502, 31.204)]), 2.0)))
    course.fix(WEST)
    judged = course.fix(EAST)
    assert causes(judged) == [(CROSS, Cause.DEVICE_MOVED)]
    assert judged.inside == [()]
    (event,) = judged.events
    assert event.longitude_deg == pytest.approx(121.502 - 2.0 / 95_300.0, abs=1e-7)
    assert event.latitude_deg == pytest.approx(31.202)
    assert event.at_s == pytest.approx(course.at_s - 0.5, abs=0.01)


@pytest.mark.requirement("F-9")
def test_a_way_that_only_meets_a_vertex_crosses() -> None:
    diamond = Polygon([(121.502, 31.200), (121.504, 31.202), (121.502, 31.204), (121.500, 31.202)])
    course = Course(zone("a", Area(diamond)))
    course.fix((121.500, 31.200))
    # Through (121.502, 31.200), a vertex, and on.
    assert told(course.fix((121.504, 31.200))) == [(CROSS, "a")]


@pytest.mark.requirement("F-9")
def test_a_way_along_an_edge_crosses() -> None:
    course = Course(zone("a", SQUARE))
    course.fix((121.498, 31.200))
    assert told(course.fix((121.506, 31.200))) == [(CROSS, "a")]


def test_a_way_that_misses_by_a_hair_crosses_nothing() -> None:
    course = Course(zone("a", SQUARE))
    course.fix((121.498, 31.200 - 1e-9))
    assert told(course.fix((121.506, 31.200 - 1e-9))) == []


@pytest.mark.requirement("F-9")
def test_a_device_that_stands_still_crosses_nothing() -> None:
    course = Course(zone("a", SQUARE), zone("ring", RING))
    hole = (121.502, 31.202)
    course.fix(WEST)
    assert told(course.fix(WEST)) == []
    course.fix(hole, device=1)
    assert told(course.fix(hole, device=1)) == []


def test_a_way_through_a_hole_and_out_crosses_the_ring() -> None:
    course = Course(zone("ring", RING))
    course.fix((121.502, 31.202))
    assert told(course.fix(EAST)) == [(CROSS, "ring")]


def test_several_zones_on_one_way_are_each_crossed() -> None:
    fences = [
        zone(f"f{number}", Corridor(LineString([(x, 31.2), (x, 31.204)]), 2.0))
        for number, x in enumerate((121.501, 121.502, 121.503))
    ]
    course = Course(*fences)
    course.fix(WEST)
    assert told(course.fix(EAST)) == [(CROSS, "f0"), (CROSS, "f1"), (CROSS, "f2")]


def test_a_gap_or_a_jump_crosses_nothing_but_still_enters_and_leaves() -> None:
    course = Course(zone("a", SQUARE))
    course.fix(WEST)
    assert told(course.fix(EAST, crossing=False)) == []
    assert told(course.fix(IN, crossing=False)) == [(ENTER, "a")]
    assert told(course.fix(WEST, crossing=False)) == [(EXIT, "a")]


@pytest.mark.requirement("F-6")
def test_the_first_fix_has_no_way_behind_it() -> None:
    # From a position that is not known a segment would "intersect" every polygon.
    assert told(Course(zone("a", SQUARE)).fix(WEST, crossing=True)) == []


def test_an_entry_and_an_exit_are_not_crossings_as_well() -> None:
    course = Course(zone("a", SQUARE))
    course.fix(WEST)
    assert told(course.fix(IN)) == [(ENTER, "a")]
    assert told(course.fix(EAST)) == [(EXIT, "a")]


# --- positions that are not known -------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        (NAN, 31.202),
        (121.502, NAN),
        (math.inf, 31.202),
        (121.502, -math.inf),
        (181.0, 31.202),
        (31.202, 121.502),
    ],
)
@pytest.mark.requirement("F-7")
def test_a_position_that_is_not_on_the_earth_is_unknown_neither_in_nor_out(
    place: tuple[float, float],
) -> None:
    course = Course(zone("a", SQUARE))
    course.fix(IN)
    judged = course.fix(place)
    assert judged.known == [False]
    assert (judged.inside, judged.unknown, judged.events) == ([()], [()], [])
    back = course.fix(IN)
    assert (back.known, back.inside, back.events) == ([True], [(0,)], [])


@pytest.mark.parametrize("at_s", [NAN, math.inf, 1e18])
def test_a_fix_without_a_time_is_unknown(at_s: float) -> None:
    assert Course(zone("a", SQUARE)).fix(IN, at_s=at_s).known == [False]


@pytest.mark.requirement("F-6")
def test_an_unknown_position_in_a_batch_leaves_its_neighbours_alone() -> None:
    course = Course(zone("a", SQUARE))
    judged = course.batch(
        [
            (0, *WEST, EIGHT_S, NAN, 0, True),
            (0, NAN, NAN, EIGHT_S + 1.0, NAN, 0, True),
            (0, *EAST, EIGHT_S + 2.0, NAN, 0, True),
            (1, *IN, EIGHT_S, NAN, 0, True),
        ]
    )
    assert judged.known == [True, False, True, True]
    assert [(event.kind, event.row) for event in judged.events] == [(CROSS, 2), (FIRST_INSIDE, 3)]


# --- several fixes of one device --------------------------------------------------------------


@pytest.mark.requirement("F-12")
def test_the_same_device_twice_in_a_batch_is_chained_in_order() -> None:
    course = Course(zone("a", SQUARE))
    judged = course.batch(
        [
            (0, *WEST, EIGHT_S, NAN, 0, True),
            (1, *IN, EIGHT_S, NAN, 0, True),
            (0, *IN, EIGHT_S + 1.0, NAN, 0, True),
            (0, *EAST, EIGHT_S + 2.0, NAN, 0, True),
            (0, *WEST, EIGHT_S + 3.0, NAN, 0, True),
        ]
    )
    assert [(event.row, event.device, event.kind) for event in judged.events] == [
        (1, 1, FIRST_INSIDE),
        (2, 0, ENTER),
        (3, 0, EXIT),
        (4, 0, CROSS),
    ]
    assert judged.devices == [0, 1, 0, 0, 0]
    assert course.fleet.last[0, :3].tolist() == [*WEST, EIGHT_S + 3.0]


def test_an_empty_batch_changes_nothing() -> None:
    course = Course(zone("a", SQUARE))
    none = np.empty(0)
    fixes = Fixes(
        none.astype(np.int32), none, none, none, none, none, none,
        none.astype(np.int8), none.astype(np.bool_),
    )  # fmt: skip
    _, judged = step(course.fleet, course.snapshot, fixes)
    assert judged == Judged([], [], [], [], [])


def test_a_city_without_zones_judges_too() -> None:
    course = Course()
    course.fix(WEST)
    assert course.fix(EAST) == Judged([0], [True], [()], [()], [])


def test_arrays_of_different_lengths_are_refused() -> None:
    one, two = np.zeros(1), np.zeros(2)
    with pytest.raises(ValueError, match=r"different lengths: \[1, 2\]"):
        Fixes(
            one.astype(np.int32), one, two, one, one, one, one,
            one.astype(np.int8), one.astype(np.bool_),
        )  # fmt: skip


def test_a_negative_device_number_is_refused() -> None:
    with pytest.raises(ValueError, match="expected device numbers from 0, got -1"):
        Course(zone("a", SQUARE)).fix(IN, device=-1)


def test_a_step_under_other_zones_is_refused_until_the_fleet_is_rejudged() -> None:
    course = Course(zone("a", SQUARE))
    course.fix(IN)
    course.snapshot = build([zone("b", SQUARE)], 2)
    with pytest.raises(OtherSnapshot):
        course.fix(IN)


# --- heights ----------------------------------------------------------------------------------


@pytest.mark.requirement("A44-3")
def test_a_device_of_unknown_height_over_a_band_is_unknown_never_inside() -> None:
    course = Course(zone("a", below(120.0)))
    judged = course.fix(IN, domain="air")
    assert (judged.inside, judged.unknown, judged.events) == ([()], [(0,)], [])


@pytest.mark.parametrize("height", [math.inf, -math.inf])
def test_a_height_that_is_not_finite_is_unknown(height: float) -> None:
    judged = Course(zone("a", below(120.0))).fix(IN, domain="air", agl=height)
    assert judged.unknown == [(0,)]


def test_losing_the_height_is_no_exit_and_getting_it_back_no_entry() -> None:
    course = Course(zone("a", below(120.0)), zone("b", SQUARE))
    course.fix(IN, agl=50.0)
    lost = course.fix(IN)
    assert (lost.inside, lost.unknown, lost.events) == ([(1,)], [(0,)], [])
    back = course.fix(IN, agl=50.0)
    assert (back.inside, back.unknown, back.events) == ([(0, 1)], [()], [])


def test_leaving_while_the_height_is_unknown_is_an_exit() -> None:
    course = Course(zone("a", below(120.0)))
    course.fix(IN, agl=50.0)
    course.fix(IN)
    assert told(course.fix(EAST)) == [(EXIT, "a")]


def test_climbing_out_of_a_band_is_an_exit_and_sinking_into_it_an_entry() -> None:
    course = Course(zone("a", below(120.0)))
    course.fix(IN, agl=119.0)
    assert told(course.fix(IN, agl=121.0)) == [(EXIT, "a")]
    assert told(course.fix(IN, agl=122.0)) == []
    assert told(course.fix(IN, agl=120.0)) == [(ENTER, "a")]


def test_the_ground_of_one_volume_and_the_height_of_another_are_in_neither() -> None:
    low_west = between(0.0, 60.0, Area(box(121.500, 31.200, 121.502, 31.204)))
    high_east = between(100.0, 120.0, Area(box(121.5021, 31.200, 121.504, 31.204)))
    course = Course(zone("stairs", low_west, high_east))
    west, east = (121.501, 31.202), (121.503, 31.202)
    assert course.fix(west, agl=30.0, crossing=False).inside == [(0,)]
    assert course.fix(east, agl=30.0, crossing=False).inside == [()]
    assert course.fix(west, agl=110.0, crossing=False).inside == [()]
    assert course.fix(east, agl=110.0, crossing=False).inside == [(0,)]
    assert course.fix(west, crossing=False).unknown == [(0,)]


def test_a_zone_counts_once_and_inside_one_volume_outweighs_unknown_in_another() -> None:
    course = Course(zone("a", SQUARE, below(120.0), SQUARE))
    judged = course.fix(IN)
    assert (judged.inside, judged.unknown) == ([(0,)], [()])


def test_going_from_one_volume_of_a_zone_to_another_tells_nothing() -> None:
    course = Course(zone("a", Circle(*WEST, 10.0), Circle(*EAST, 10.0)))
    course.fix(WEST)
    assert told(course.fix(EAST)) == []


# --- ways clipped to heights and hours ----------------------------------------------------------


@pytest.mark.requirement("F-17")
def test_flying_over_a_band_does_not_cross_it() -> None:
    course = Course(zone("a", below(120.0)))
    course.fix(WEST, agl=130.0)
    assert told(course.fix(EAST, agl=125.0)) == []
    assert told(course.fix(IN, agl=125.0)) == []


def test_flying_under_a_band_does_not_cross_it() -> None:
    course = Course(zone("a", between(60.0, 120.0)))
    course.fix(WEST, agl=10.0)
    assert told(course.fix(EAST, agl=59.0)) == []


@pytest.mark.parametrize(("first_m", "last_m"), [(10.0, 59.0), (130.0, 121.0), (10.0, 10.0)])
def test_a_close_look_finds_no_passage_outside_the_band(first_m: float, last_m: float) -> None:
    volumes = build([zone("a", between(60.0, 120.0))], 1).volumes
    start, end = (np.array([*place, 0.0, NAN, NAN, NAN]) for place in (WEST, EAST))
    start[3], end[3] = first_m, last_m
    way = Ways(start[None, :], end[None, :], np.ones(1, np.bool_), np.ones(1, np.int8))
    assert passage(volumes, 0, way, 0) is None


def test_a_way_within_the_band_crosses() -> None:
    course = Course(zone("a", between(60.0, 120.0)))
    course.fix(WEST, agl=80.0)
    assert told(course.fix(EAST, agl=100.0)) == [(CROSS, "a")]


def test_a_way_that_is_in_the_band_only_beside_the_ground_does_not_cross() -> None:
    course = Course(zone("a", below(120.0)))
    # 10 m at the start; 120 m is passed a tenth of the way on, the ground begins at a sixth.
    course.fix(WEST, agl=10.0)
    assert told(course.fix(EAST, agl=1_110.0)) == []
    course.fix(WEST, agl=1_110.0, device=1)
    assert told(course.fix(EAST, agl=10.0, device=1)) == []


@pytest.mark.requirement("F-17")
def test_a_way_that_sinks_through_a_band_over_the_ground_crosses_at_its_height() -> None:
    course = Course(zone("a", between(60.0, 120.0)))
    course.fix(IN, agl=220.0)
    judged = course.fix(IN, agl=20.0)
    assert told(judged) == [(CROSS, "a")]
    (event,) = judged.events
    assert event.at_s == pytest.approx(course.at_s - 0.5)  # 120 m at half of the way
    assert told(course.fix(IN, agl=220.0)) == [(CROSS, "a")]


def test_a_way_of_unknown_height_over_a_band_is_unknown_not_crossed() -> None:
    course = Course(zone("a", below(120.0)))
    course.fix(WEST)
    judged = course.fix(EAST, agl=50.0)
    assert (judged.events, judged.unknown) == ([], [(0,)])


def test_one_known_limit_may_rule_a_crossing_out_though_the_other_is_unknown() -> None:
    lower, upper = HeightLimit(60.0, HeightReference.HAE), HeightLimit(120.0, AGL)
    course = Course(zone("a", Volume(SQUARE, HeightBand(lower, upper))))
    course.fix(WEST, agl=130.0)
    assert course.fix(EAST, agl=1_000.0).unknown == [()]
    # Below 120 m until two thirds of the way, over the ground from a sixth on.
    course.fix(WEST, agl=100.0, device=1)
    assert course.fix(EAST, agl=130.0, device=1).unknown == [(0,)]
    # Below 120 m only before the ground begins.
    course.fix(WEST, agl=10.0, device=2)
    assert course.fix(EAST, agl=1_110.0, device=2).unknown == [()]


def test_a_volume_surely_crossed_outweighs_one_that_may_have_been() -> None:
    thin = Corridor(LineString([(121.502, 31.2), (121.502, 31.204)]), 2.0)
    course = Course(zone("a", below(120.0), thin, Corridor(thin.line, 3.0)))
    course.fix(WEST)
    judged = course.fix(EAST)
    assert (told(judged), judged.unknown) == ([(CROSS, "a")], [()])


def test_a_way_over_ground_in_two_pieces_crosses_in_the_one_whose_height_fits() -> None:
    towers = MultiPolygon([tower(121.500), tower(121.504)])
    course = Course(zone("a", below(120.0, Area(towers))))
    course.fix(WEST, agl=400.0)
    judged = course.fix(EAST, agl=40.0)
    assert told(judged) == [(CROSS, "a")]
    assert judged.events[0].longitude_deg > 121.503


def tower(longitude: float) -> Polygon:
    return box(longitude - 0.0002, 31.2, longitude + 0.0002, 31.204)


def test_outside_its_hours_a_zone_neither_holds_nor_is_crossed() -> None:
    course = Course(zone("a", from_nine_to_ten()))
    course.fix(WEST)
    assert told(course.fix(EAST)) == []
    assert course.fix(IN).inside == [()]


def test_within_its_hours_it_holds_and_is_crossed() -> None:
    course = Course(zone("a", from_nine_to_ten()))
    course.fix(WEST, at_s=EIGHT_S + HOUR_S)
    assert told(course.fix(EAST)) == [(CROSS, "a")]
    assert course.fix(IN).inside == [(0,)]


def test_a_way_is_judged_at_the_time_when_it_passes() -> None:
    course = Course(zone("a", from_nine_to_ten()))
    # Over the ground from a sixth to five sixths of the way: in hours from its middle on.
    course.fix(WEST, at_s=EIGHT_S + HOUR_S - 30.0)
    judged = course.fix(EAST, at_s=EIGHT_S + HOUR_S + 30.0)
    assert told(judged) == [(CROSS, "a")]
    assert judged.events[0].at_s == pytest.approx(EIGHT_S + HOUR_S)
    assert judged.events[0].longitude_deg == pytest.approx(121.502)
    # Past the ground when the hours begin.
    course.fix(WEST, at_s=EIGHT_S + HOUR_S - 55.0, device=1)
    assert told(course.fix(EAST, at_s=EIGHT_S + HOUR_S + 5.0, device=1)) == []


def test_a_way_between_two_fixes_of_one_time_is_judged_at_that_time() -> None:
    course = Course(zone("a", from_nine_to_ten()))
    nine_s = EIGHT_S + HOUR_S
    course.fix(WEST, at_s=nine_s)
    assert told(course.fix(EAST, at_s=nine_s)) == [(CROSS, "a")]
    course.fix(WEST, at_s=EIGHT_S, device=1)
    assert told(course.fix(EAST, at_s=EIGHT_S, device=1)) == []


def test_a_zone_that_opens_or_closes_around_a_device_says_that_time_passed() -> None:
    course = Course(zone("a", from_nine_to_ten()))
    course.fix(IN, at_s=EIGHT_S)
    assert causes(course.fix(IN, at_s=EIGHT_S + HOUR_S)) == [(ENTER, Cause.TIME_PASSED)]
    assert causes(course.fix(IN, at_s=EIGHT_S + 2.5 * HOUR_S)) == [(EXIT, Cause.TIME_PASSED)]


def test_a_zone_that_opened_and_closed_around_a_device_is_crossed_by_time() -> None:
    course = Course(zone("a", from_nine_to_ten()))
    course.fix(IN, at_s=EIGHT_S)
    judged = course.fix(IN, at_s=EIGHT_S + 3 * HOUR_S)
    assert causes(judged) == [(CROSS, Cause.TIME_PASSED)]
    assert judged.events[0].at_s == pytest.approx(EIGHT_S + HOUR_S)


def test_a_device_that_moves_in_or_out_in_the_hours_moved() -> None:
    course = Course(zone("a", from_nine_to_ten()))
    course.fix(WEST, at_s=EIGHT_S + HOUR_S)
    assert causes(course.fix(IN)) == [(ENTER, Cause.DEVICE_MOVED)]
    assert causes(course.fix(EAST)) == [(EXIT, Cause.DEVICE_MOVED)]
