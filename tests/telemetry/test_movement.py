"""A fix held against what its device says of its own motion."""

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry import ways
from telemetry.limits import Limits
from telemetry.movement import CONTRADICTION, MOST_CONTRARY
from telemetry.report import Report, TimeSource
from telemetry.track import Seen, Track, step
from telemetry.ways import METRES_PER_DEGREE, Fix, way_between

ROAD = Limits(max_speed_mps=33.3, max_acceleration_mps2=4.0)
AIR = Limits(max_speed_mps=27.8, max_acceleration_mps2=6.0)
WATER = Limits(max_speed_mps=16.7, max_acceleration_mps2=1.5)
T = 1_777_622_400.0
LON_DEG, LAT_DEG = 121.9, 30.9
METRES_EAST = METRES_PER_DEGREE * math.cos(math.radians(LAT_DEG))


def fix(
    at_s: float,
    east_m: float = 0.0,
    north_m: float = 0.0,
    *,
    speed_mps: float | None = 0.0,
    course_deg: float | None = None,
    accuracy_m: float = 1.9,
    source: TimeSource = TimeSource.GNSS,
) -> Report:
    return Report(
        device_id="veh-001",
        event_time_s=T + at_s,
        time_source=source,
        longitude_deg=LON_DEG + east_m / METRES_EAST,
        latitude_deg=LAT_DEG + north_m / METRES_PER_DEGREE,
        horizontal_accuracy_m=accuracy_m,
        ground_speed_mps=speed_mps,
        track_deg=course_deg,
    )


def followed(reports: Sequence[Report], limits: Limits = ROAD) -> tuple[Track, list[Seen]]:
    track, seen = None, []
    for report in reports:
        track, one = step(track, report, report.event_time_s + 0.1, limits)
        seen.append(one)
    assert track is not None
    return track, seen


def jumps(reports: Sequence[Report], limits: Limits = ROAD) -> list[bool]:
    return [each.jump for each in followed(reports, limits)[1]]


def driven(every_s: float, count: int, speed_mps: float, course_deg: float) -> list[Report]:
    """Straight on, as it is told."""
    east, north = math.sin(math.radians(course_deg)), math.cos(math.radians(course_deg))
    gone_m = [speed_mps * every_s * n for n in range(count)]
    return [
        fix(n * every_s, m * east, m * north, speed_mps=speed_mps, course_deg=course_deg)
        for n, m in enumerate(gone_m)
    ]


def thrown(report: Report, bearing_deg: float, by_m: float = 200.0) -> Report:
    east_m = by_m * math.sin(math.radians(bearing_deg))
    north_m = by_m * math.cos(math.radians(bearing_deg))
    assert report.longitude_deg is not None
    assert report.latitude_deg is not None
    return msgspec.structs.replace(
        report,
        longitude_deg=report.longitude_deg + east_m / METRES_EAST,
        latitude_deg=report.latitude_deg + north_m / METRES_PER_DEGREE,
    )


# -- one fix that is far off ------------------------------------------------------------------


@pytest.mark.requirement("D4d-11", "D4d-63")
def test_a_vehicle_that_says_that_it_stands_was_not_200_m_away_for_one_fix_in_five_seconds() -> (
    None
):
    track, seen = followed([fix(0), fix(5), fix(10, 200), fix(15), fix(20)])
    assert [each.jump for each in seen] == [False, False, True, False, False]
    assert seen[2].previous is None
    assert seen[3].previous == (LON_DEG, LAT_DEG, T + 5)
    assert track.doubted is None


def test_without_speeds_only_what_the_class_cannot_do_is_a_jump() -> None:
    ends = [fix(0, speed_mps=None), fix(5, 200, speed_mps=None)]
    assert jumps(ends) == [False, False]
    assert jumps([ends[0], fix(5, 300, speed_mps=None)]) == [False, True]


@pytest.mark.parametrize(("first", "second"), [(None, 0.0), (0.0, None)])
def test_a_speed_at_one_end_alone_contradicts_nothing(
    first: float | None, second: float | None
) -> None:
    assert jumps([fix(0, speed_mps=first), fix(5, 200, speed_mps=second)]) == [False, False]


def test_a_rule_set_without_accelerations_judges_as_it_did() -> None:
    assert jumps([fix(0), fix(5, 200)], Limits(max_speed_mps=33.3)) == [False, False]


def test_by_the_time_of_receipt_a_way_is_not_measured() -> None:
    ours = TimeSource.SERVER
    assert jumps([fix(0, source=ours), fix(5, 200, source=ours)]) == [False, False]


def test_after_an_outage_what_was_said_before_it_contradicts_nothing() -> None:
    assert jumps([fix(0), fix(61, 2_000), fix(122)]) == [False, False, False]


def test_far_more_than_the_accuracy_that_is_claimed_is_the_measure() -> None:
    """60 m off in four seconds, standing: claimed to 2 m it is none of its ways, to 20 m it may be."""
    exact, coarse = [fix(0.5), fix(4.5, 60)], [fix(0.5), fix(4.5, 60)]
    coarse = [msgspec.structs.replace(each, horizontal_accuracy_m=20.0) for each in coarse]
    assert jumps(exact) == [False, True]
    assert jumps(coarse) == [False, False]


def test_a_course_tells_a_fix_that_lies_behind_and_a_speed_alone_does_not() -> None:
    onward = driven(5.0, 3, 20.0, 90.0)
    onward[2] = thrown(onward[2], 270.0)
    assert jumps(onward) == [False, False, True]
    blind = [msgspec.structs.replace(each, track_deg=None) for each in onward]
    assert jumps(blind) == [False, False, False]


INTERVALS = {"road": (ROAD, 8.0, 14.0), "air": (AIR, 7.0, 15.0), "water": (WATER, 14.0, 8.0)}


@pytest.mark.requirement("D4d-63", "F-11")
@settings(deadline=None)
@given(
    domain=st.sampled_from(sorted(INTERVALS)),
    part=st.floats(0, 1),
    fast=st.floats(0, 1),
    course_deg=st.floats(0, 359),
    bearing_deg=st.floats(0, 359),
    at=st.integers(1, 8),
)
def test_one_fix_200_m_off_that_claims_1_9_m_is_one_jump_at_each_rate_at_which_it_can_be_told(
    domain: str, part: float, fast: float, course_deg: float, bearing_deg: float, at: int
) -> None:
    limits, longest_s, fastest_mps = INTERVALS[domain]
    every_s = 0.1 + part * (longest_s - 0.1)
    reports = driven(every_s, 10, fast * fastest_mps, course_deg)
    reports[at] = thrown(reports[at], bearing_deg)
    assert jumps(reports, limits) == [n == at for n in range(10)]


@pytest.mark.parametrize(
    ("limits", "longest_s"), [(ROAD, 11.0), (AIR, 9.0), (WATER, 18.0)], ids=["road", "air", "water"]
)
def test_who_stands_is_told_from_200_m_off_for_longer(limits: Limits, longest_s: float) -> None:
    glitch = [fix(0), fix(longest_s, 200), fix(2 * longest_s)]
    assert jumps(glitch, limits) == [False, True, False]
    slower = [fix(0), fix(longest_s + 2, 200), fix(2 * longest_s + 4)]
    assert jumps(slower, limits) == [False, False, False]


@pytest.mark.parametrize(
    ("limits", "longest_s"), [(ROAD, 10.0), (AIR, 8.0), (WATER, 17.0)], ids=["road", "air", "water"]
)
def test_who_says_no_accuracy_and_whole_seconds_is_told_from_200_m_off_for_less_long(
    limits: Limits, longest_s: float
) -> None:
    """As terminals of JT/T 808 do: each fix is taken to be 15 m off."""

    def standing(at_s: float, east_m: float = 0.0) -> Report:
        return msgspec.structs.replace(fix(at_s, east_m), horizontal_accuracy_m=None)

    glitch = [standing(0), standing(longest_s, 200), standing(2 * longest_s)]
    assert jumps(glitch, limits) == [False, True, False]
    slower = [standing(0), standing(longest_s + 1, 200), standing(2 * longest_s + 2)]
    assert jumps(slower, limits) == [False, False, False]


def test_who_may_have_gone_there_and_back_between_its_reports_is_believed() -> None:
    """200 m in 20 s from rest to rest is 1 m/s²: a glitch and a drive to the next lights say the same."""
    assert jumps([fix(0), fix(20, 200), fix(40)]) == [False, False, False]


# -- what is believed all the same --------------------------------------------------------------


@pytest.mark.requirement("D4d-63")
def test_a_device_that_stays_where_it_jumped_to_is_believed_by_the_next_fix() -> None:
    track, seen = followed([fix(0), fix(5, 200), fix(10, 203), fix(15, 203)])
    assert [each.jump for each in seen] == [False, True, False, False]
    assert track.doubted is None
    # It has gone there, whatever it says: the whole way is judged, and not half of it.
    assert seen[2].previous == (LON_DEG, LAT_DEG, T)


def test_no_line_leads_to_a_place_that_its_class_cannot_have_reached() -> None:
    _, seen = followed([fix(0), fix(5, 2_000), fix(10, 2_003), fix(15, 2_003)])
    assert [each.jump for each in seen] == [False, True, False, False]
    assert (seen[2].previous, seen[3].previous is None) == (None, False)


def test_a_drone_that_speeds_up_as_it_says_is_believed() -> None:
    speeds = [0.0, 20.0, 27.0, 27.0, 10.0, 0.0]
    gone_m, reports = 0.0, [fix(0, speed_mps=0.0)]
    for n, (before, after) in enumerate(pairwise(speeds), 1):
        gone_m += (before + after) / 2 * 5.0
        reports.append(fix(5.0 * n, gone_m, speed_mps=after, course_deg=90.0))
    assert jumps(reports, AIR) == [False] * 6


def test_two_fixes_in_a_row_at_different_wrong_places_are_both_doubted() -> None:
    reports = [fix(0), fix(5, 200), fix(10, -300), fix(15), fix(20)]
    assert jumps(reports) == [False, True, True, False, False]


def test_a_device_that_always_says_that_it_stands_is_held_to_it_no_more_after_three_ways() -> None:
    """15 m/s, a fix each five seconds: two are doubted, and then its words are."""
    reports = [fix(5.0 * n, 75.0 * n) for n in range(40)]
    track, seen = followed(reports)
    assert [n for n, each in enumerate(seen) if each.jump] == [1, 3]
    assert all(each.previous is not None for each in seen[1:] if not each.jump)
    assert track.contrary == MOST_CONTRARY + CONTRADICTION


@pytest.mark.requirement("D4d-63", "D4d-38")
@settings(max_examples=200, deadline=None)
@given(
    limits=st.sampled_from([ROAD, AIR, WATER]), every_s=st.floats(0.1, 25.0), fast=st.floats(0.1, 1)
)
def test_of_a_device_that_always_says_that_it_stands_no_part_of_its_way_is_left_unjudged(
    limits: Limits, every_s: float, fast: float
) -> None:
    step_m = fast * limits.max_speed_mps * every_s
    reports = [fix(n * every_s, n * step_m) for n in range(20)]
    _, seen = followed(reports, limits)
    believed = [n for n, each in enumerate(seen) if not each.jump]
    for start, end in pairwise(believed):
        previous = seen[end].previous
        assert previous is not None
        assert previous[0] == reports[start].longitude_deg
    assert believed[-1] > 16


def test_standing_does_not_bring_back_the_word_of_a_device_and_ways_as_it_tells_them_do() -> None:
    liar = [fix(5.0 * n, 75.0 * n) for n in range(10)]
    track, _ = followed([*liar, *(fix(5.0 * n, 675) for n in range(10, 60))])
    assert track.contrary > MOST_CONTRARY
    honest = [
        fix(5.0 * n, 675 + 75.0 * (n - 60), speed_mps=15.0, course_deg=90.0) for n in range(60, 100)
    ]
    for report in honest:
        track, _ = step(track, report, report.event_time_s, ROAD)
    assert track.contrary == 0


def test_a_glitch_now_and_then_costs_a_device_nothing_of_its_word() -> None:
    reports = [fix(5.0 * n, 200.0 if n % 10 == 9 else 0.0) for n in range(100)]
    assert jumps(reports) == [n % 10 == 9 for n in range(100)]


LEGS = st.lists(
    st.tuples(st.floats(0.1, 30.0), st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1)),
    min_size=2,
    max_size=12,
)


@pytest.mark.requirement("D4d-63")
@settings(max_examples=300, deadline=None)
@given(
    domain=st.sampled_from([ROAD, AIR, WATER]),
    legs=LEGS,
    parts=st.lists(st.tuples(st.floats(0, 360), st.floats(0, 1)), min_size=1, max_size=8),
    accuracy_m=st.floats(0, 15),
    tells_course=st.booleans(),
    outage_s=st.sampled_from([0.0, 0.0, 45.0, 90.0]),
)
def test_nothing_that_moves_as_its_class_can_and_says_so_within_what_receivers_err_is_a_jump(
    domain: Limits,
    legs: list[tuple[float, float, float, float]],
    parts: list[tuple[float, float]],
    accuracy_m: float,
    tells_course: bool,
    outage_s: float,
) -> None:
    reports, at_s, place, velocity = [], 0.0, (0.0, 0.0), (0.0, 0.0)
    for n, (passed_s, radial, turn, faster) in enumerate(legs):
        passed_s += outage_s if n == 1 else 0.0
        place, velocity = driven_on(place, velocity, passed_s, parts, domain)
        at_s += passed_s
        off_m, bearing = accuracy_m * abs(radial), 2 * math.pi * turn
        speed_mps = math.hypot(*velocity)
        said_mps = max(0.0, speed_mps + faster * (1.0 + 0.1 * speed_mps))
        course_deg = math.degrees(math.atan2(*velocity)) + 15.0 * turn
        reports.append(
            fix(
                at_s + 0.05,
                place[0] + off_m * math.sin(bearing),
                place[1] + off_m * math.cos(bearing),
                speed_mps=said_mps,
                course_deg=course_deg % 360.0 if tells_course else None,
                accuracy_m=accuracy_m,
            )
        )
    assert not any(jumps(reports, domain))


def driven_on(
    place: tuple[float, float],
    velocity: tuple[float, float],
    passed_s: float,
    parts: Sequence[tuple[float, float]],
    limits: Limits,
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Accelerate in one direction after the other, as hard as the class can, up to its speed."""
    steps = 40
    dt_s = passed_s / steps
    for at in range(steps):
        course_deg, hard = parts[at * len(parts) // steps]
        course, by_mps = math.radians(course_deg), hard * limits.max_acceleration_mps2 * dt_s
        faster = (velocity[0] + by_mps * math.sin(course), velocity[1] + by_mps * math.cos(course))
        if math.hypot(*faster) <= limits.max_speed_mps:
            velocity = faster
        place = (place[0] + velocity[0] * dt_s, place[1] + velocity[1] * dt_s)
    return place, velocity


def test_what_is_remembered_of_a_motion_comes_back_from_a_checkpoint() -> None:
    track, _ = followed([fix(0, speed_mps=3.0, course_deg=90.0), fix(5, 200)])
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(track), type=Track)
    assert again == track
    assert (again.velocity, again.contrary) == ((3.0, 90.0), CONTRADICTION)
    old = msgspec.msgpack.decode(msgspec.msgpack.encode(track))[:11]
    before = msgspec.msgpack.decode(msgspec.msgpack.encode(old), type=Track)
    assert (before.velocity, before.contrary, before.serials) == (None, 0, None)


places_m = st.floats(-3000.0, 3000.0)
velocities = st.one_of(
    st.none(),
    st.tuples(st.floats(0.0, 60.0), st.one_of(st.none(), st.floats(0.0, 360.0))),
)


@given(
    places_m,
    places_m,
    st.one_of(st.integers(0, 30).map(float), st.floats(0.0, 70.0)),
    st.floats(0.0, 200.0),
    velocities,
    velocities,
    st.sampled_from([ROAD, AIR, WATER, Limits(max_speed_mps=500.0, max_acceleration_mps2=0.1)]),
)
@settings(max_examples=500)
def test_a_way_that_no_direction_could_contradict_is_judged_as_if_it_were_looked_at(
    east_m: float,
    north_m: float,
    after_s: float,
    accuracy_m: float,
    start: tuple[float, float | None] | None,
    end: tuple[float, float | None] | None,
    limits: Limits,
) -> None:
    one = Fix(LON_DEG, LAT_DEG, T, accuracy_m, start)
    east_deg, north_deg = east_m / METRES_EAST, north_m / METRES_PER_DEGREE
    other = Fix(LON_DEG + east_deg, LAT_DEG + north_deg, T + after_s, accuracy_m, end)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ways, "SURELY", -1.0)
        looked_at = way_between(one, other, limits)
    assert way_between(one, other, limits) is looked_at
