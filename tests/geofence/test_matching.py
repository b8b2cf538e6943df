"""What is driven along a road: sentences, a plain second way of finding it, laws, and tracks that were recorded."""

import csv
import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Polygon

from geofence.frame import Frame
from geofence.matching import MIXED, Tolerance, Trace, Ways, along, inside
from geofence.road_lines import ROAD_M, lines_of
from geofence.zone import Area, Corridor, Volume, Zone, ZoneKind
from permits.coverage import LineDriven, share_of, together
from tests.geofence.matching_oracle import driven
from tests.servers import no_recordings

TRACKS = Path(__file__).parents[2].parent / "shared" / "data" / "tracks"
HERE = Frame(121.5, 31.2)
BY = Tolerance(gap_s=15.0, moving_mps=0.5)
AUTOMATED, BY_HAND = 1, 2
Place = tuple[float, float]

STRAIGHT = ((0.0, 0.0), (1000.0, 0.0))
"""A road of a kilometre to the east."""


def corridor(places: Sequence[Place], half_width_m: float = 15.0) -> Corridor:
    return Corridor(LineString(HERE.to_degrees(np.array(places, float))), half_width_m)


def road(*corridors: Corridor) -> Zone:
    return Zone("road", ZoneKind.KEEP_IN, "road", tuple(map(Volume, corridors)))


def trace(
    places: Sequence[Place],
    every_s: float = 1.0,
    modes: Sequence[int] | None = None,
    **said: float | Sequence[float],
) -> Trace:
    lonlat_deg = HERE.to_degrees(np.array(places, float))
    count = len(places)
    columns = {
        name: np.broadcast_to(np.asarray(said.get(name, math.nan), float), count).copy()
        for name in ("accuracy_m", "course_deg", "speed_mps")
    }
    return Trace(
        at_s=np.array([1_777_622_400.0 + every_s * row for row in range(count)]),
        longitude_deg=lonlat_deg[:, 0],
        latitude_deg=lonlat_deg[:, 1],
        mode=np.array(modes or [AUTOMATED] * count, np.int64),
        **columns,
    )


def eastward(
    beside_m: float = 0.0, begins_m: float = -100.0, ends_m: float = 1100.0
) -> list[Place]:
    return [(float(x), beside_m) for x in np.arange(begins_m, ends_m + 1.0, 10.0)]


def ways(said: Trace, zone: Zone | None = None) -> Ways:
    (found,) = along(said, lines_of(zone or road(corridor(STRAIGHT))), BY)
    return found


def metres(found: Ways) -> float:
    return round(float(np.abs(found.to_m - found.from_m).sum()), 2)


def stretches(found: Ways) -> tuple[tuple[float, float], ...]:
    moved = found.of(found.to_m != found.from_m)
    low, high = np.minimum(moved.from_m, moved.to_m), np.maximum(moved.from_m, moved.to_m)
    return together(zip(low.tolist(), high.tolist(), strict=True), 0.01)


def share(found: Ways, length_m: float = 1000.0) -> float:
    part = share_of([LineDriven(length_m, stretches(found))])
    assert part is not None
    return round(part, 3)


@pytest.mark.requirement("D4d-69")
def test_who_drives_along_a_road_from_end_to_end_drives_its_length_and_no_more() -> None:
    found = ways(trace(eastward(2.0)))
    assert metres(found) == 1000.0
    assert share(found) == 1.0
    assert found.seconds.sum() == pytest.approx(100.0)


def test_who_drives_back_drives_it_twice_and_covers_it_once() -> None:
    there = eastward(-3.0)
    found = ways(trace([*there, *reversed(there)]))
    assert metres(found) == 2000.0
    assert share(found) == 1.0


@pytest.mark.requirement("D4d-69")
@pytest.mark.parametrize("beside_m", [16.0, 24.0, -40.0])
def test_a_car_on_the_road_beside_it_is_not_on_it(beside_m: float) -> None:
    assert len(ways(trace(eastward(beside_m), accuracy_m=3.0)).mode) == 0
    # Where receivers err by the distance of the two roads, too.
    noise = np.random.default_rng(7).normal(0.0, 4.0, (121, 2))
    places = [
        (x + float(e), 35.0 + float(n)) for (x, _), (e, n) in zip(eastward(), noise, strict=True)
    ]
    assert len(ways(trace(places, accuracy_m=10.0)).mode) == 0


@pytest.mark.requirement("D4d-69")
@pytest.mark.parametrize("says_course", [False, True])
def test_a_car_that_crosses_it_is_not_on_it(*, says_course: bool) -> None:
    places = [(500.0, float(y)) for y in range(-300, 301, 4)]
    course_deg, speed_mps = (0.0, 4.0) if says_course else (math.nan, math.nan)
    crosses = trace(places, course_deg=course_deg, speed_mps=speed_mps)
    assert len(ways(crosses).mode) == 0
    # Nor is one that waits at the light in the middle of it.
    waits = [*places[:76], *[(500.0, 2.0)] * 60, *places[76:]]
    assert len(ways(trace(waits)).mode) == 0


@pytest.mark.requirement("D4d-69")
@pytest.mark.parametrize("beside_m", [22.0, 60.0, 5_000.0])
def test_a_fix_or_two_that_err_beside_the_road_break_nothing(beside_m: float) -> None:
    places = eastward()
    places[40] = (places[40][0], beside_m)
    places[41] = (places[41][0], -beside_m)
    found = ways(trace(places, course_deg=90.0, speed_mps=10.0, accuracy_m=8.0))
    assert metres(found) == 1000.0
    assert share(found) == 1.0


def test_who_leaves_the_road_and_comes_back_has_not_driven_what_lies_between() -> None:
    away = [(400.0, float(y)) for y in range(10, 61, 10)]
    beside = [(float(x), 60.0) for x in range(410, 501, 10)]
    back = [(500.0, float(y)) for y in range(50, 9, -10)]
    places = [*eastward(ends_m=400.0), *away, *beside, *back, *eastward(begins_m=500.0)]
    found = ways(trace(places, every_s=0.5))
    (first, second) = stretches(found)
    assert first == pytest.approx((0.0, 400.0), abs=10.1)
    assert second == pytest.approx((500.0, 1000.0), abs=10.1)


def test_a_fix_that_claims_to_be_off_by_more_than_a_road_is_wide_tells_nothing() -> None:
    assert len(ways(trace(eastward(), accuracy_m=ROAD_M + 1)).mode) == 0
    mostly = [3.0] * 60 + [80.0] * 5 + [3.0] * 56
    wild = eastward()
    wild[60:65] = [(x, 70.0) for x, _ in wild[60:65]]
    found = ways(trace(wild, accuracy_m=mostly, course_deg=90.0, speed_mps=10.0))
    assert share(found) == 1.0


def test_of_two_roads_beside_each_other_the_nearer_one_is_driven_and_of_two_on_each_other_both() -> (
    None
):
    lines = (
        *lines_of(road(corridor(STRAIGHT, 30.0))),
        *lines_of(road(corridor([(0.0, 18.0), (1000.0, 18.0)], 30.0))),
        *lines_of(road(corridor([(0.0, 3.0), (1000.0, 3.0)], 30.0))),
    )
    assert [metres(each) for each in along(trace(eastward(17.0)), lines, BY)] == [0, 1000, 0]
    assert [metres(each) for each in along(trace(eastward(1.0)), lines, BY)] == [1000, 0, 1000]


def test_a_fence_wider_than_a_road_does_not_make_the_road_wider() -> None:
    wide = road(corridor(STRAIGHT, 60.0))
    assert metres(ways(trace(eastward(19.0)), wide)) == 1000.0
    assert len(ways(trace(eastward(33.0)), wide).mode) == 0


def test_between_fixes_further_apart_than_silence_nothing_was_driven() -> None:
    places = [(float(x), 0.0) for x in range(0, 1001, 100)]
    assert metres(ways(trace(places, every_s=15.0))) == 1000.0
    assert len(ways(trace(places, every_s=15.1)).mode) == 0


def test_what_a_standing_receiver_wanders_is_time_on_the_road_and_no_way() -> None:
    wander = [(500.0 + 0.3 * (i % 2), 0.2 * (i % 3)) for i in range(60)]
    found = ways(trace(wander))
    assert (metres(found), found.seconds.sum()) == (0.0, 59.0)


def test_a_way_in_which_the_mode_changed_unseen_is_of_neither() -> None:
    modes = [AUTOMATED] * 50 + [BY_HAND] * 71
    places = eastward()
    found = ways(trace(places, modes=modes))
    assert {mode: metres(found.of(found.mode == mode)) for mode in (AUTOMATED, BY_HAND)} == {
        AUTOMATED: 400.0,
        BY_HAND: 600.0,
    }
    places[50] = (places[50][0], 22.0)
    found = ways(trace(places, modes=modes, course_deg=90.0, speed_mps=10.0))
    assert metres(found.of(found.mode == MIXED)) == 20.0
    places[49:51] = [(x, 22.0) for x, _ in places[49:51]]
    found = ways(trace(places, modes=modes, course_deg=90.0, speed_mps=10.0))
    assert metres(found.of(found.mode == MIXED)) == 30.0


def test_a_zone_of_several_lines_is_one_road_after_the_other_and_one_with_an_area_has_none() -> (
    None
):
    east, north = corridor(STRAIGHT), corridor([(1000.0, 0.0), (1000.0, 500.0)])
    lines = lines_of(road(east, north))
    assert [round(each.begins_m) for each in lines] == [0, 1000]
    turn = [*eastward(ends_m=1000.0), *((1000.0, float(y)) for y in range(10, 601, 10))]
    found = along(trace(turn), lines, BY)
    assert stretches(found[1])[-1] == pytest.approx((1000.0, 1500.0), abs=11)
    square = Polygon(HERE.to_degrees(np.array([(0, 0), (9, 0), (9, 9), (0, 9)], float)))
    assert lines_of(Zone("z", ZoneKind.KEEP_IN, "z", (Volume(east), Volume(Area(square))))) == ()


def test_of_an_area_everything_within_it_is_counted_whichever_way_it_goes() -> None:
    corners = np.array([(0, -50), (1000, -50), (1000, 50), (0, 50)], float)
    ground = Polygon(HERE.to_degrees(corners))
    assert inside(trace(eastward(40.0)), ground, BY).to_m.sum() == pytest.approx(1000.0, abs=15)
    crosses = [(500.0, float(y)) for y in range(-300, 301, 10)]
    assert inside(trace(crosses), ground, BY).to_m.sum() == pytest.approx(100.0, abs=21)
    assert len(inside(trace(eastward(60.0)), ground, BY).mode) == 0


def test_what_tells_no_place_and_what_was_not_heard_at_all_is_no_way() -> None:
    nothing = trace([(0.0, 0.0)] * 3)
    nothing.longitude_deg[:] = math.nan
    for said in (nothing, nothing.of(np.empty(0, np.int64)), trace([(5.0, 0.0)])):
        assert len(ways(said).mode) == 0
        ground = Polygon(HERE.to_degrees(np.array([(-9, -9), (9, -9), (9, 9)], float)))
        assert len(inside(said, ground, BY).mode) == 0


# Whole metres and an odd part, so that nothing lies on a limit to the millimetre.
wandering = st.lists(
    st.tuples(st.integers(-120, 420).map(lambda x: x + 0.123), st.integers(-60, 60).map(lambda y: y + 0.271)),
    min_size=2,
    max_size=40,
)  # fmt: skip


@st.composite
def drives(draw: st.DrawFn) -> tuple[Trace, Corridor]:
    """Vehicles that mostly follow a crooked line, and fixes anywhere."""
    legs = draw(
        st.lists(st.tuples(st.integers(30, 120), st.integers(-70, 70)), min_size=1, max_size=4)
    )
    corners = [(0.0, 0.0)]
    for east, north in legs:
        corners.append((corners[-1][0] + east, corners[-1][1] + north))
    line = LineString(corners)
    follows = [line.interpolate(9.7 * step).coords[0] for step in range(int(line.length / 9.7) + 1)]
    noise = draw(
        st.lists(
            st.tuples(st.integers(-14, 14), st.integers(-14, 14)),
            min_size=len(follows),
            max_size=len(follows),
        )
    )
    places = [(x + e + 0.123, y + n + 0.271) for (x, y), (e, n) in zip(follows, noise, strict=True)]
    places += draw(wandering)
    count = len(places)
    column = st.lists(st.sampled_from([math.nan, 3.0, 15.0, 45.0]), min_size=count, max_size=count)
    courses = st.lists(st.sampled_from([math.nan, 91.0, 47.0]), min_size=count, max_size=count)
    speeds = st.lists(st.sampled_from([math.nan, 0.0, 9.0]), min_size=count, max_size=count)
    said = trace(
        places,
        draw(st.sampled_from([1.0, 5.0, 9.0])),
        accuracy_m=draw(column),
        course_deg=draw(courses),
        speed_mps=draw(speeds),
    )
    return said, corridor(corners, draw(st.sampled_from([8.0, 15.0, 40.0])))


@pytest.mark.requirement("D4d-69")
@given(drives())
def test_a_plain_second_way_of_finding_it_finds_the_same(drive: tuple[Trace, Corridor]) -> None:
    said, its = drive
    found, plainly = ways(said, road(its)), driven(said, its, BY.gap_s, BY.moving_mps)
    assert metres(found) == pytest.approx(plainly.metres, abs=0.1)
    assert found.seconds.sum() == pytest.approx(plainly.seconds, abs=0.1)
    covered = sum(b - a for a, b in stretches(found))
    assert covered == pytest.approx(
        sum(b - a for a, b in together(plainly.stretches, 0.01)), abs=0.2
    )


def same(one: Ways, other: Ways) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.requirement("D4d-69")
@given(drives(), st.data())
def test_neither_the_order_of_fixes_nor_their_repetition_changes_anything(
    drive: tuple[Trace, Corridor], data: st.DataObject
) -> None:
    said, its = drive
    rows = list(range(len(said.at_s)))
    again = data.draw(st.lists(st.sampled_from(rows), max_size=20))
    mixed = np.array(data.draw(st.permutations([*rows, *again])), np.int64)
    assert same(ways(said, road(its)), ways(said.of(mixed), road(its)))


@given(drives())
def test_nobody_covers_more_than_is_driven_or_than_the_road_is_long(
    drive: tuple[Trace, Corridor],
) -> None:
    said, its = drive
    found = ways(said, road(its))
    length_m = lines_of(road(its))[0].length_m
    assert sum(b - a for a, b in stretches(found)) <= min(metres(found) + 0.1, length_m + 0.1)
    assert (found.seconds >= 0.0).all()
    assert found.seconds.sum() <= np.ptp(said.at_s) + 1e-6
    for each in (found.from_m, found.to_m):
        assert ((each >= 0.0) & (each <= length_m)).all()


@given(drives())
def test_a_road_that_is_drawn_from_its_other_end_is_driven_as_much(
    drive: tuple[Trace, Corridor],
) -> None:
    said, its = drive
    back = Corridor(LineString(its.line.coords[::-1]), its.half_width_m)
    assert metres(ways(said, road(back))) == pytest.approx(metres(ways(said, road(its))), abs=0.1)


def recorded(at_s: Sequence[float], places: Any, courses: Sequence[float] | None = None) -> Trace:
    lonlat_deg, unknown = np.array(places, float), np.full(len(at_s), math.nan)
    return Trace(
        np.array(at_s, float), lonlat_deg[:, 0], lonlat_deg[:, 1], unknown,
        unknown if courses is None else np.array(courses, float), unknown,
        np.full(len(at_s), AUTOMATED, np.int64),
    )  # fmt: skip


def read(name: str) -> list[str]:
    path = TRACKS / name
    if not path.exists():
        no_recordings()
    return path.read_text().splitlines()


@pytest.mark.requirement("D4d-69")
def test_a_recorded_car_has_driven_the_road_that_it_drove_and_not_one_beside_it() -> None:
    rows = [each.split(",") for each in read("geolife_010_20070805070503.plt")[6:]]
    said = recorded(
        [86_400.0 * (float(each[4]) - 39_000.0) for each in rows],
        [(float(each[1]), float(each[0])) for each in rows],
    )
    there = Frame(said.longitude_deg[800], said.latitude_deg[800])
    driven_m = there.to_metres(np.column_stack((said.longitude_deg, said.latitude_deg))[800:1000])
    line = np.array(LineString(driven_m).simplify(5.0).coords)
    aside = np.array([[0.0, 1.0], [-1.0, 0.0]]) @ (line[-1] - line[0])
    aside /= np.hypot(*aside)

    def covered(beside_m: float, of: Trace) -> float:
        drawn = Corridor(LineString(there.to_degrees(line + beside_m * aside)), 20.0)
        (lines,) = lines_of(road(drawn))
        return share(along(of, [lines], BY)[0], lines.length_m)

    assert covered(0.0, said) == 1.0
    assert covered(60.0, said) == covered(-60.0, said) == 0.0
    every_third = said.of(np.arange(0, len(said.at_s), 3))
    assert covered(0.0, every_third) == 1.0


@pytest.mark.requirement("D4d-69")
def test_a_recorded_bus_covers_the_way_of_another_on_its_route() -> None:
    trips = defaultdict(list)
    for each in csv.DictReader(read("liverpool_bus_route14.csv")):
        at_s = datetime.fromisoformat(f"{each['timestamp']}+00:00").timestamp()
        place = float(each["longitude"]), float(each["latitude"])
        trips[each["trip_id"]].append((at_s, place, float(each["bearing"] or math.nan)))
    drawn = Corridor(LineString([place for _, place, _ in sorted(trips["1105"])]), 20.0)
    (line,) = lines_of(road(drawn))
    for trip in ("1097", "1101", "1111", "1109"):
        of_trip = sorted(trips[trip])
        times, courses = [each[0] for each in of_trip], [each[2] for each in of_trip]
        said = recorded(times, [each[1] for each in of_trip], courses)
        (found,) = along(said, [line], BY._replace(gap_s=60.0))
        assert share(found, line.length_m) > 0.88
