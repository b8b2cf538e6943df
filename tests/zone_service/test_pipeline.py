"""Frames in, decisions out: the rooms meet, and nothing unknown looks like safety."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geofence.snapshot import build
from geofence.zone import Schedule, Window, Zone
from permits.compliance import Grant
from permits.permit import PermitKind
from permits.terms import DailyHours
from telemetry.report import Datum, Domain, Frame, RefusalReason, Unit
from telemetry.service_area import ServiceArea
from tests.zone_service.conftest import grant
from zone_service.adoption import adopt
from zone_service.clock_frames import listening_frame, tick_frame
from zone_service.decisions import Outcome
from zone_service.memory import Memory, from_bytes, to_bytes
from zone_service.pipeline import step
from zone_service.store.records import ViolationChange
from zone_service.strangers import MAX_STRANGERS
from zone_service.world import Revisions, World

Say = Callable[..., Frame]
ON_ROAD = (121.92, 30.90)
OFF_ROAD = (121.92, 30.91)
NOON_S = 1795406400.0
NOON = datetime.fromtimestamp(NOON_S, timezone(timedelta(hours=8)))
"""In Shanghai."""


def codes(outcome: Outcome) -> list[str]:
    return sorted(change.code for change in outcome.changes.values())


def drive(
    memory: Memory, world: World, say: Say, seconds: Sequence[int], place: tuple[float, float]
) -> Outcome:
    """Report from one place once a second, each in a batch of its own; return the last outcome."""
    outcome = Outcome()
    for second in seconds:
        outcome = step(memory, world, [say("car-1", *place, second, seq=second)])
    return outcome


@pytest.mark.requirement("A43-1")
def test_a_vehicle_on_its_permitted_road_breaks_nothing(world: World, say: Say) -> None:
    outcome = step(
        Memory(), world, [say("car-1", *ON_ROAD, second, seq=second) for second in (1, 2)]
    )
    assert outcome.changes == {}
    assert outcome.counts == {"fresh": 2}
    assert len(outcome.journal) == 2


@pytest.mark.requirement("A44-3")
def test_a_vehicle_that_stays_off_its_road_opens_one_violation_dated_from_its_start(
    world: World, say: Say
) -> None:
    memory = Memory()
    drive(memory, world, say, range(1, 3), ON_ROAD)
    opened = []
    for second in range(100, 130):
        outcome = step(memory, world, [say("car-1", *OFF_ROAD, second, seq=second)])
        opened += [each for each in outcome.changes.values() if each.detected_at == each.updated_at]
    assert [each.code for each in opened] == ["KEEP_IN_EXIT"]
    assert opened[0].opened_at.timestamp() == NOON_S + 100
    assert opened[0].permit_number == "P-1"
    assert opened[0].organisation_id == "acme"
    assert (opened[0].longitude_deg, opened[0].latitude_deg) == OFF_ROAD


def test_a_violation_closes_when_the_vehicle_is_back_on_its_road(world: World, say: Say) -> None:
    memory = Memory()
    drive(memory, world, say, range(1, 30), OFF_ROAD)
    assert len(memory.open) == 1
    closed = []
    for second in range(130, 200):
        outcome = step(memory, world, [say("car-1", *ON_ROAD, second, seq=second)])
        closed += [each for each in outcome.changes.values() if each.closed_at is not None]
    assert [each.code for each in closed] == ["KEEP_IN_EXIT"]
    assert memory.open == {}


@pytest.mark.requirement("A44-3")
def test_a_drone_in_an_airports_surface_is_a_violation_at_its_first_fix(
    world: World, say: Say
) -> None:
    inside = say("uav-1", 121.81, 31.11, height_agl_m=30.0, operational_status="AIRBORNE")
    outcome = step(Memory(), world, [inside])
    breach = next(each for each in outcome.changes.values() if each.code == "KEEP_OUT_BREACH")
    assert (breach.zone_id, breach.severity) == ("airport", "critical")
    assert outcome.moved["uav-1"].violating


def test_a_drone_above_an_airports_surface_is_not_inside_it(world: World, say: Say) -> None:
    above = say("uav-1", 121.81, 31.11, height_agl_m=60.0, operational_status="AIRBORNE")
    assert "KEEP_OUT_BREACH" not in codes(step(Memory(), world, [above]))


def test_a_height_above_the_ellipsoid_is_judged_by_the_configured_ground_and_sea(
    world: World, say: Say
) -> None:
    low = say("uav-1", 121.81, 31.11, altitude_hae_m=55.0, operational_status="AIRBORNE")
    high = say("uav-1", 121.81, 31.11, altitude_hae_m=65.0, operational_status="AIRBORNE")
    assert "KEEP_OUT_BREACH" in codes(step(Memory(), world, [low]))
    assert "KEEP_OUT_BREACH" not in codes(step(Memory(), world, [high]))


def test_an_unknown_height_over_an_airport_is_said_and_not_passed_over(
    world: World, say: Say
) -> None:
    unknown = [
        say("uav-1", 121.81, 31.11, second, seq=second, operational_status="AIRBORNE")
        for second in range(1, 15)
    ]
    found = codes(step(Memory(), world, unknown))
    assert {"KEEP_OUT_BREACH", "MISSING_MANDATORY_FIELD"} & set(found)


def test_a_vehicle_without_a_permit_that_moves_is_a_violation(
    world: World, say: Say, without_permits: Callable[[World], World]
) -> None:
    memory, bare = Memory(), without_permits(world)
    found: set[str] = set()
    for second in range(1, 30):
        driven = say("car-1", *ON_ROAD, second, seq=second, control_mode="AUTONOMOUS")
        found |= set(codes(step(memory, bare, [driven])))
    assert found == {"PERMIT_EXPIRED"}


@pytest.mark.requirement("F-16")
def test_a_permit_that_is_withdrawn_is_enforced_without_any_new_message(
    world: World, say: Say, without_permits: Callable[[World], World]
) -> None:
    memory = Memory()
    step(memory, world, [say("car-1", *ON_ROAD, 4, seq=4, control_mode="AUTONOMOUS")])
    bare = without_permits(world)
    outcome = adopt(memory, bare, world, NOON_S + 4.5)
    assert codes(outcome) == ["PERMIT_EXPIRED"]


def test_what_a_change_makes_wrong_is_dated_from_the_change_and_not_from_the_last_fix(
    world: World, say: Say, without_permits: Callable[[World], World]
) -> None:
    memory, slow_s = Memory(), 3.0
    told = say("car-1", *ON_ROAD, 4, seq=4, control_mode="AUTONOMOUS", late_s=slow_s)
    step(memory, world, [told])
    changed_s = NOON_S + 4 + slow_s + 20
    (change,) = adopt(memory, without_permits(world), world, changed_s).changes.values()
    assert change.code == "PERMIT_EXPIRED"
    # By the device's clock, which is three seconds behind ours.
    assert change.opened_at.timestamp() == changed_s - slow_s
    assert change.detected_at.timestamp() == changed_s


def test_silence_is_a_violation_that_no_message_brings(world: World, say: Say) -> None:
    memory = Memory()
    drive(memory, world, say, range(1, 5), ON_ROAD)
    quiet = step(memory, world, [tick_frame(NOON_S + 4 + 59)])
    silent = step(memory, world, [tick_frame(NOON_S + 4 + 61)])
    assert codes(quiet) == []
    assert codes(silent) == ["TELEMETRY_SILENCE"]
    assert [frame.topic for frame in silent.journal] == ["$tick"]


@pytest.mark.requirement("D4d-8")
def test_a_device_under_a_low_speed_permit_is_missed_sooner(world: World, say: Say) -> None:
    slow = grant("car-1", PermitKind.LOW_SPEED_TEST)
    memory, slow_world = Memory(), replace(world, grants={"car-1": (slow,)})
    step(memory, slow_world, [say("car-1", *ON_ROAD, 0.0)])
    silent = step(memory, slow_world, [tick_frame(NOON_S + 31)])
    assert codes(silent) == ["TELEMETRY_SILENCE"]


@pytest.mark.requirement("F-16")
def test_whoever_falls_silent_in_a_keep_out_zone_stays_in_it_and_is_missed(
    sky: World, say: Say
) -> None:
    memory, flight = Memory(), {"height_agl_m": 30.0, "operational_status": "AIRBORNE"}
    entered = step(memory, sky, [say("uav-1", 121.81, 31.11, 4, seq=4, **flight)])
    assert codes(entered) == ["KEEP_OUT_BREACH"]
    told = [
        code
        for after_s in range(5, 600)
        for code in codes(step(memory, sky, [tick_frame(NOON_S + after_s)]))
    ]
    assert told == ["TELEMETRY_SILENCE"]
    assert {each.code for each in memory.open.values()} == {"KEEP_OUT_BREACH", "TELEMETRY_SILENCE"}


def test_a_tick_that_changes_nothing_is_not_kept(world: World, say: Say) -> None:
    memory = Memory()
    drive(memory, world, say, range(1, 5), ON_ROAD)
    assert step(memory, world, [tick_frame(NOON_S + 5)]).journal == []


def test_a_message_that_comes_again_is_dropped_and_acknowledged(world: World, say: Say) -> None:
    memory, frame = Memory(), say("car-1", *ON_ROAD, seq=7, boot_id="b")
    step(memory, world, [frame])
    again = step(memory, world, [frame])
    assert again.journal == []
    assert again.counts == {"duplicate": 1}
    assert again.acknowledge == {"car-1": "b"}


def test_a_late_message_is_kept_and_leaves_the_live_state_alone(world: World, say: Say) -> None:
    memory = Memory()
    step(memory, world, [say("car-1", *ON_ROAD, 10, seq=10)])
    late = step(memory, world, [say("car-1", *OFF_ROAD, 5, seq=5, late_s=6)])
    assert late.counts == {"late": 1}
    assert len(late.journal) == 1
    assert late.moved == {}
    assert memory.devices["car-1"].position == ON_ROAD


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", RefusalReason.MALFORMED),
        (b"not json", RefusalReason.MALFORMED),
        (b'{"schema_version":1,"event_time":"2026-11-23T04:00:00Z","longitude":NaN,"latitude":1}',
         RefusalReason.MALFORMED),
        (b'{"schema_version":1,"event_time":"2026-11-23T04:00:00Z","longitude":1,"latitude":91}',
         RefusalReason.OUT_OF_RANGE),
        (b'{"schema_version":1,"event_time":"2026-11-23T04:00:00Z","device_id":"car-2"}',
         RefusalReason.WRONG_DEVICE),
        (b" " * 65_537, RefusalReason.TOO_LARGE),
    ],
)  # fmt: skip
def test_what_a_device_sends_wrong_is_refused_counted_and_kept(
    world: World, payload: bytes, reason: RefusalReason
) -> None:
    frame = Frame("zone/up/car-1/tele", payload, NOON_S)
    outcome = step(Memory(), world, [frame])
    assert [each.refused.reason for each in outcome.refusals] == [reason]
    assert outcome.counts["refused"] == 1
    assert outcome.journal == [frame]


@pytest.mark.requirement("F-7", "F-22")
def test_a_fix_with_its_axes_exchanged_is_kept_aside_and_moves_nobody(
    world: World, say: Say
) -> None:
    here = replace(world, service_area=ServiceArea(44.0, 45.5, 45.0, 46.5))
    memory = Memory()
    step(memory, here, [say("car-1", 44.5, 46.0)])
    swapped = say("car-1", 46.0, 44.5, 1.0)
    outcome = step(memory, here, [swapped])
    assert [each.refused.reason for each in outcome.refusals] == [RefusalReason.AXES_SWAPPED]
    assert outcome.journal == [swapped]
    assert memory.devices["car-1"].position == (44.5, 46.0)
    assert memory.devices["car-1"].heard_s == NOON.timestamp()
    assert step(memory, world, [swapped]).refusals == []


def test_a_retained_message_is_refused(world: World, say: Say) -> None:
    said = say("car-1", *ON_ROAD)
    outcome = step(
        Memory(), world, [Frame(said.topic, said.payload, said.received_s, retained=True)]
    )
    assert [each.refused.reason for each in outcome.refusals] == [RefusalReason.RETAINED]


def test_a_payload_that_names_another_device_accuses_the_sender(world: World, say: Say) -> None:
    outcome = step(Memory(), world, [say("uav-1", *ON_ROAD, topic_device="car-1")])
    assert codes(outcome) == ["UNREGISTERED_DEVICE"]
    assert next(iter(outcome.changes.values())).device_id == "car-1"


def test_an_unknown_device_is_a_violation_and_a_flood_of_them_is_bounded(
    world: World, say: Say
) -> None:
    memory = Memory()
    flood = [say(f"ghost-{number}", *ON_ROAD) for number in range(MAX_STRANGERS + 10)]
    outcome = step(memory, world, flood)
    assert len(outcome.changes) == MAX_STRANGERS + 1
    assert outcome.counts["strangers_not_watched"] == 10
    assert len(outcome.refusals) == MAX_STRANGERS + 10


def test_a_strangers_violation_closes_when_it_has_been_quiet_for_a_minute(
    world: World, say: Say
) -> None:
    memory = Memory()
    step(memory, world, [say("ghost", *ON_ROAD)])
    outcome = step(memory, world, [tick_frame(NOON_S + 61)])
    assert [each.closed_at is not None for each in outcome.changes.values()] == [True]
    assert step(memory, world, [tick_frame(NOON_S + 62)]).journal == []
    step(memory, world, [tick_frame(NOON_S + 3601)])
    assert memory.strangers == {}


def test_a_unit_that_sends_gcj_02_is_judged_where_it_really_is(world: World, say: Say) -> None:
    shifted = (121.92 + 0.004_45, 30.90 - 0.002)
    memory = Memory()
    step(memory, world, [say("car-1", *shifted, source_crs=Datum.GCJ02)])
    longitude, latitude = memory.devices["car-1"].position or (0.0, 0.0)
    assert longitude == pytest.approx(121.92, abs=2e-3)
    assert latitude == pytest.approx(30.90, abs=2e-3)
    assert (longitude, latitude) != shifted


@pytest.mark.requirement("F-10")
def test_an_impossible_jump_is_reported_and_crosses_no_fence_on_its_way(
    world: World, say: Say
) -> None:
    memory = Memory()
    west = say("uav-1", 121.70, 31.11, 1, seq=1, height_agl_m=30.0, operational_status="AIRBORNE")
    east = say("uav-1", 121.92, 31.11, 2, seq=2, height_agl_m=30.0, operational_status="AIRBORNE")
    found = codes(step(memory, world, [west, east]))
    assert "IMPOSSIBLE_JUMP" in found
    assert "KEEP_OUT_BREACH" not in found


def test_a_keep_out_that_is_flown_through_between_two_fixes_is_a_violation(
    world: World, say: Say
) -> None:
    before = say(
        "uav-1", 121.799, 31.11, 1, seq=1, height_agl_m=30.0, operational_status="AIRBORNE"
    )
    after = say(
        "uav-1", 121.821, 31.11, 61, seq=2, height_agl_m=30.0, operational_status="AIRBORNE"
    )
    assert "KEEP_OUT_BREACH" in codes(step(Memory(), world, [before, after]))


def test_a_new_keep_out_around_a_drone_opens_a_violation_without_a_message(
    world: World, say: Say
) -> None:
    memory = Memory()
    zones: tuple[Zone, ...] = world.zones.zones
    without = replace(
        world,
        revisions=Revisions(0, 1, 1),
        zones=build([zone for zone in zones if zone.zone_id != "airport"], 0),
    )
    hover = say("uav-1", 121.81, 31.11, height_agl_m=30.0, operational_status="AIRBORNE")
    step(memory, without, [hover])
    assert "KEEP_OUT_BREACH" in codes(adopt(memory, world, without, NOON_S + 1))


def test_a_device_that_leaves_the_register_has_its_violations_closed(
    world: World, say: Say
) -> None:
    memory = Memory()
    drive(memory, world, say, range(1, 30), OFF_ROAD)
    subjects = {key: each for key, each in world.subjects.items() if key != "car-1"}
    smaller = replace(world, subjects=subjects, revisions=Revisions(1, 2, 1))
    outcome = adopt(memory, smaller, world, NOON_S + 40)
    assert [each.closed_at is not None for each in outcome.changes.values()] == [True]


def test_a_sign_of_life_counts_as_heard(world: World, say: Say) -> None:
    memory = Memory()
    drive(memory, world, say, range(1, 5), ON_ROAD)
    step(memory, world, [Frame("zone/up/car-1/event", b"{}", NOON_S + 60)])
    assert codes(step(memory, world, [tick_frame(NOON_S + 70)])) == []


def test_a_dji_aircraft_and_a_jt808_terminal_are_judged_like_any_other(world: World) -> None:
    units = {**world.units, "uav-1": Unit(device_id="uav-1", codec="dji")}
    mixed = replace(world, units=units)
    osd = (
        b'{"tid":"t","bid":"b","timestamp":1795406400000,"gateway":"gw","data":{"longitude":121.81,'
        b'"latitude":31.11,"height":45.0,"elevation":30.0,"horizontal_speed":5.0,"mode_code":3,'
        b'"position_state":{"is_fixed":2,"quality":5,"gps_number":20}}}'
    )
    outcome = step(Memory(), mixed, [Frame("thing/product/uav-1/osd", osd, NOON_S)])
    assert outcome.refusals == []
    assert "KEEP_OUT_BREACH" in codes(outcome)


PLACES = st.sampled_from([ON_ROAD, OFF_ROAD, (121.94, 30.90), (None, None)])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fixes=st.lists(st.tuples(PLACES, st.floats(0, 30)), min_size=1, max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    repeated=st.lists(st.integers(0, 59), max_size=10),
    stop=st.integers(0, 60),
)
@pytest.mark.requirement("F-12")
def test_the_verdict_does_not_depend_on_batches_repetition_or_a_restart(
    world: World,
    say: Say,
    fixes: list[tuple[tuple[float | None, float | None], float]],
    cuts: list[int],
    repeated: list[int],
    stop: int,
) -> None:
    frames = [
        say("car-1", *place, second, seq=second + 1, ground_speed_mps=speed)
        for second, (place, speed) in enumerate(fixes)
    ]
    whole = Memory()
    expected = step(whole, world, frames)

    memory = Memory()
    found: dict[str, ViolationChange] = {}
    bounds = sorted({0, len(frames), *(cut for cut in cuts if cut < len(frames))})
    for start, end in pairwise(bounds):
        batch = frames[start:end]
        again = [frames[each] for each in repeated if each < start]
        if start <= stop < end:
            memory = from_bytes(to_bytes(memory))
        found |= step(memory, world, [*again, *batch]).changes
    assert set(found) == set(expected.changes)
    assert {each.closed_at for each in found.values()} == {
        each.closed_at for each in expected.changes.values()
    }
    assert memory.open.keys() == whole.open.keys()


def test_domains_keep_their_own_limits(world: World) -> None:
    speeds = {domain: world.limits[domain].max_speed_mps for domain in Domain}
    assert speeds[Domain.WATER] < speeds[Domain.AIR]


def test_a_buffer_that_is_replayed_after_an_outage_does_not_accuse_the_clock(
    world: World, say: Say
) -> None:
    memory, found = Memory(), set[str]()
    for second in range(60):
        delivered = 60.0 + 0.02 * second - second
        frame = say("car-1", *ON_ROAD, second, seq=second + 1, late_s=delivered)
        found |= set(codes(step(memory, world, [frame])))
    assert "CLOCK_SKEW" not in found


def test_whether_a_clock_is_accused_does_not_depend_on_how_reports_fall_into_batches(
    world: World, say: Say
) -> None:
    slow = [say("car-1", *ON_ROAD, second, seq=second + 1, late_s=30.0) for second in range(12)]
    whole = step(Memory(), world, slow)
    memory, apart = Memory(), set[str]()
    for frame in slow:
        apart |= set(codes(step(memory, world, [frame])))
    assert codes(whole) == sorted(apart) == ["CLOCK_SKEW"]


@pytest.mark.parametrize("skew_s", [-30.0, 30.0])
def test_a_clock_that_stays_wrong_is_accused(world: World, say: Say, skew_s: float) -> None:
    memory, found = Memory(), set[str]()
    for second in range(30):
        frame = say("car-1", *ON_ROAD, second, seq=second + 1, late_s=-skew_s)
        found |= set(codes(step(memory, world, [frame])))
    assert found == {"CLOCK_SKEW"}


TEN_YEARS_S = 3.2e8


@pytest.mark.parametrize("ahead_s", [60.0, 86_400.0, TEN_YEARS_S])
def test_a_report_from_the_future_is_judged_now_and_its_clock_is_accused(
    world: World, say: Say, ahead_s: float
) -> None:
    """To refuse it would leave a drone unseen for its clock: its place is real all the same."""
    memory, found = Memory(), dict[str, ViolationChange]()
    flight = {"height_agl_m": 30.0, "operational_status": "AIRBORNE"}
    for second in range(1, 13):
        said = say("uav-1", 121.81, 31.11, second + ahead_s, late_s=-ahead_s, seq=second, **flight)
        outcome = step(memory, world, [said])
        assert outcome.refusals == []
        found |= {each.code: each for each in outcome.changes.values()}
    assert {"CLOCK_SKEW", "KEEP_OUT_BREACH"} <= found.keys()
    assert found["KEEP_OUT_BREACH"].opened_at.timestamp() == NOON_S + 1
    assert found["CLOCK_SKEW"].measured == pytest.approx(ahead_s)
    right_again = say("uav-1", 121.81, 31.11, 13, seq=13, **flight)
    assert step(memory, world, [right_again]).counts["fresh"] == 1


@pytest.mark.parametrize("ahead_s", [86_400.0, 43_200.0, 6.0])
def test_a_clock_that_is_ahead_does_not_choose_the_hours_of_a_keep_out_zone(
    world: World, say: Say, ahead_s: float
) -> None:
    today = Schedule(
        (Window(frozenset(range(7)), time(11, 0), time(12, 0, 5)),),
        valid_from=NOON.date(),
        valid_to=NOON.date(),
    )
    airport = next(zone for zone in world.zones.zones if zone.zone_id == "airport")
    volume = replace(airport.volumes[0], schedule=today)
    closing = replace(world, zones=build((replace(airport, volumes=(volume,)),), 1))
    flight = {"height_agl_m": 30.0, "operational_status": "AIRBORNE"}
    said = say("uav-1", 121.81, 31.11, 1 + ahead_s, late_s=-ahead_s, seq=1, **flight)
    assert "KEEP_OUT_BREACH" in codes(step(Memory(), closing, [said]))


@pytest.mark.requirement("F-16")
def test_hours_that_end_are_enforced_by_the_clock_on_a_vehicle_that_stays_quiet(
    world: World, say: Say
) -> None:
    known = world.grants["car-1"][0]
    until_noon = replace(
        known.terms, hours=(DailyHours(time(8, 0), time(12, 0, 30), frozenset(range(7))),)
    )
    short = Grant(known.permit_number, known.kind, known.state, until_noon)
    narrow = replace(world, grants={"car-1": (short,)})
    memory = Memory()
    step(memory, narrow, [say("car-1", *ON_ROAD, 4, seq=4)])
    before = step(memory, narrow, [tick_frame(NOON_S + 29)])
    after = step(memory, narrow, [tick_frame(NOON_S + 31)])
    assert codes(before) == []
    assert codes(after) == ["OUTSIDE_TIME_WINDOW"]


def test_a_violation_ends_by_time_when_the_vehicle_has_parked_and_says_no_more(
    world: World, say: Say
) -> None:
    memory = Memory()
    drive(memory, world, say, range(1, 30), OFF_ROAD)
    step(memory, world, [say("car-1", *OFF_ROAD, 30, seq=30, ground_speed_mps=0.0)])
    assert len(memory.open) == 1
    for second in range(32, 60):
        step(memory, world, [tick_frame(NOON_S + second)])
    assert memory.open == {}


def test_a_vehicle_that_was_withdrawn_stays_accused_while_it_speaks_though_it_is_parked(
    world: World, say: Say
) -> None:
    memory = Memory()
    drive(memory, world, say, range(1, 3), ON_ROAD)
    step(memory, world, [say("car-1", *ON_ROAD, 3, seq=3, ground_speed_mps=0.0)])
    units = {**world.units, "car-1": Unit(device_id="car-1", active=False)}
    withdrawn = replace(world, units=units, revisions=Revisions(1, 2, 1))
    adopt(memory, withdrawn, world, NOON_S + 4)
    for second in range(5, 300):
        heard = say("car-1", *ON_ROAD, second, seq=second, ground_speed_mps=0.0)
        step(memory, withdrawn, [heard, tick_frame(NOON_S + second + 0.5)])
    assert [each.code for each in memory.open.values()] == ["UNREGISTERED_DEVICE"]
    for second in range(300, 400):
        step(memory, withdrawn, [tick_frame(NOON_S + second)])
    assert memory.open == {}


def test_a_break_of_our_own_does_not_make_the_devices_silent(world: World, say: Say) -> None:
    memory = Memory()
    drive(memory, world, say, range(1, 5), ON_ROAD)
    again = NOON_S + 300
    resumed = step(memory, world, [listening_frame(again), tick_frame(again + 1)])
    assert codes(resumed) == []
    assert [frame.topic for frame in resumed.journal] == ["$listening"]
    assert codes(step(memory, world, [tick_frame(again + 59)])) == []
    assert codes(step(memory, world, [tick_frame(again + 61)])) == ["TELEMETRY_SILENCE"]


def test_a_batch_that_is_read_as_columns_is_judged_as_its_messages_one_by_one(
    world: World, say: Say
) -> None:
    """Ticks, refusals, arrays and other formats among them keep their places."""
    said = [
        say("car-1", *(ON_ROAD if second % 3 else OFF_ROAD), second, seq=second)
        for second in range(40)
    ]
    tele = said[0].topic
    said[7:7] = [tick_frame(NOON_S + 7), Frame(tele, b"{", NOON_S + 7), Frame("x", b"", NOON_S + 7)]
    said[20] = Frame(tele, b"[" + said[20].payload + b"]", said[20].received_s)
    alone, together = Memory(), Memory()
    one_by_one = Outcome()
    for frame in said:
        one_by_one.add(step(alone, world, [frame]))
    at_once = step(together, world, said)
    assert at_once.journal == one_by_one.journal
    assert at_once.counts == one_by_one.counts
    assert at_once.counts["refused"] == 2
    assert codes(at_once) == codes(one_by_one) != []
    assert to_bytes(together) == to_bytes(alone)


def test_a_change_of_the_registry_is_known_to_who_reads_the_columns(world: World, say: Say) -> None:
    said = [say("car-1", *ON_ROAD, second, seq=second) for second in range(10)]
    withdrawn = Unit(device_id="car-1", active=False)
    changed = replace(world, units={**world.units, "car-1": withdrawn}, like=world)
    assert step(Memory(), world, said).counts == {"fresh": 10}
    assert step(Memory(), changed, said).counts["refused"] == 10
    assert replace(world, like=world).speakers is world.speakers
