"""Zones that follow a device: an escorted load, an emergency vehicle."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pyproj import Geod

from geofence.amend import changed_zones
from geofence.snapshot import build
from geofence.zone import (
    Around,
    HeightBand,
    HeightLimit,
    HeightReference,
    Restriction,
    Schedule,
    Window,
    Zone,
)
from geofence.zone import ZoneKind as Kind
from permits.permit import PermitKind, PermitState
from permits.violation import ViolationCode
from telemetry.report import Domain, Frame, Unit
from tests.zone_service.conftest import NOON, ROAD, grant
from zone_service.adoption import adopt
from zone_service.clock_frames import tick_frame
from zone_service.courses import Courses
from zone_service.decisions import Outcome
from zone_service.forecasts import Forecast
from zone_service.foretelling import foretell
from zone_service.memory import Memory, from_bytes, to_bytes
from zone_service.pipeline import step
from zone_service.world import Revisions, Subject, World

Say = Callable[..., Frame]
GEOD = Geod(ellps="WGS84")
NOON_S = NOON.timestamp()
KEEP_OUT, OVERSPEED = ViolationCode.KEEP_OUT_BREACH, ViolationCode.OVERSPEED
ESCORT = Zone(
    "escort",
    Kind.KEEP_OUT,
    "Escorted load",
    (),
    around=Around("load-1", 50.0, exempt_device_ids=frozenset({"escort-1"})),
)
ROADS = ("load-1", "escort-1", "car-1", "car-2")
PLACE = (121.92, 30.90)


BOTH_ROAD = replace(ROAD, domains=frozenset({"road", "air"}))


def with_zones(world: World, *zones: Zone, revision: int = 1) -> World:
    revisions = replace(world.revisions, zones=revision)
    return replace(world, zones=build(zones, revision), revisions=revisions)


@pytest.fixture
def town(world: World) -> World:
    """Vehicles on a road and a drone above it, around a load that is escorted."""
    subjects = {each: Subject(each, f"org-{each}", Domain.ROAD) for each in ROADS}
    subjects["uav-1"] = Subject("uav-1", "sky", Domain.AIR)
    grants = {each: (grant(each, number=f"P-{each}"),) for each in ROADS}
    grants["uav-1"] = (
        grant("uav-1", PermitKind.FLIGHT_ACTIVITY, PermitState.AIRBORNE, ("road",), "F-1"),
    )
    town = replace(
        world,
        units={each: Unit(device_id=each) for each in subjects},
        subjects=subjects,
        grants=grants,
        revisions=Revisions(1, 1, 1),
    )
    return with_zones(town, BOTH_ROAD, ESCORT)


class Street:
    """Reports in metres east of a place on the road."""

    def __init__(self, world: World, say: Say) -> None:
        self.world, self.say, self.memory = world, say, Memory()
        self.batches: list[list[Frame]] = []
        self.seq: Counter[str] = Counter()

    def frame(self, at_s: float, device_id: str, east_m: float | None, **said: Any) -> Frame:
        longitude, latitude, _ = GEOD.fwd(*PLACE, 90.0, east_m or 0.0)
        place = (None, None) if east_m is None else (longitude, latitude)
        body = {"ground_speed_mps": 1.0, "track_deg": 90.0} | said
        if device_id == "uav-1":
            body = {"operational_status": "AIRBORNE", "height_agl_m": 30.0} | body
        self.seq[device_id] += 1
        return self.say(device_id, *place, at_s, seq=self.seq[device_id], **body)

    def hear(self, *frames: Frame) -> list[tuple[str, str, str | None]]:
        outcome = step(self.memory, self.world, frames)
        assert outcome.failures == []
        self.batches.append(outcome.journal)
        return told(outcome)

    def second(self, at_s: float, **east_m: float | None) -> list[tuple[str, str, str | None]]:
        return self.hear(
            *(self.frame(at_s, name.replace("_", "-"), metres) for name, metres in east_m.items())
        )

    def held(self, device_id: str) -> tuple[int, ...]:
        """By which zones of the map, by their slots."""
        return self.memory.devices[device_id].inside

    def open(self) -> set[tuple[str, str, str | None]]:
        return {(each.device_id, each.code, each.zone_id) for each in self.memory.open.values()}


def told(outcome: Outcome) -> list[tuple[str, str, str | None]]:
    return [(each.device_id, each.code, each.zone_id) for each in outcome.changes.values()]


@pytest.fixture
def street(town: World, say: Say) -> Street:
    return Street(town, say)


IN_THE_ZONE = ("car-1", KEEP_OUT, "escort")


@pytest.mark.requirement("D4d-54")
def test_whoever_stays_near_the_load_breaks_its_zone_and_those_who_escort_it_do_not(
    street: Street,
) -> None:
    found = []
    for second in range(12):
        found += street.second(second, load_1=0.0, escort_1=10.0, car_1=30.0, car_2=90.0)
    assert found == [IN_THE_ZONE]
    (opened,) = street.memory.open.values()
    assert (opened.opened_at, opened.severity) == (NOON, "critical")
    # Its edge is where two fixes put it: the accuracy of one of them says nothing.
    assert opened.inside_probability is None
    for second in range(12, 24):
        street.second(second, load_1=0.0, car_1=90.0)
    assert street.open() == set()


@pytest.mark.requirement("D4d-54")
def test_the_zone_is_where_its_device_is_and_not_where_it_was(street: Street) -> None:
    for second in range(30):
        load_m = 10.0 * second
        found = street.second(second, load_1=load_m, car_1=load_m + 80.0, car_2=0.0)
        assert found == [], second
    assert street.memory.devices["car-2"].watch is not None
    assert street.memory.devices["car-2"].watch.excursions == ()


@pytest.mark.requirement("D4d-38", "D4d-54")
@pytest.mark.parametrize(("agl_m", "is_in"), [(61.0, False), (60.0, True)])
def test_an_aircraft_is_a_violation_at_its_first_fix_and_one_above_is_not(
    town: World, say: Say, agl_m: float, is_in: bool
) -> None:
    band = HeightBand(upper=HeightLimit(60.0, HeightReference.AGL))
    low = replace(ESCORT, around=Around("load-1", 50.0, band))
    street = Street(with_zones(town, BOTH_ROAD, low), say)
    street.second(0, load_1=0.0)
    found = street.hear(street.frame(1, "uav-1", 10.0, height_agl_m=agl_m))
    assert found == ([("uav-1", KEEP_OUT, "escort")] if is_in else [])


def test_an_aircraft_that_went_through_between_two_fixes_was_in_it(street: Street) -> None:
    fast = {"ground_speed_mps": 30.0}
    street.second(0, load_1=200.0)
    street.hear(street.frame(0, "uav-1", 200.0 - 60.0, **fast))
    street.second(3, load_1=200.0)
    found = street.hear(street.frame(4, "uav-1", 200.0 + 60.0, **fast))
    assert found == [("uav-1", KEEP_OUT, "escort")]


@pytest.mark.requirement("D4d-39", "D4d-54")
def test_where_the_zone_is_not_known_nothing_in_it_begins_and_nothing_ends(street: Street) -> None:
    for second in range(12):
        street.second(second, load_1=0.0, car_1=30.0)
    assert street.open() == {IN_THE_ZONE}
    for second in range(15, 45):  # the load is last heard at 11
        street.second(second, car_1=30.0 + min(second - 14, 20) * 10.0, car_2=0.0)
    assert IN_THE_ZONE in street.open(), "nobody saw that it was over"
    assert not any(each[0] == "car-2" for each in street.open()), "nobody saw that it began"
    for second in range(45, 60):
        street.second(second, load_1=0.0, car_1=230.0, car_2=0.0)
    assert street.open() == {("car-2", KEEP_OUT, "escort")}
    closed = street.memory.devices["car-1"].watch
    assert closed is not None
    assert [each.until_s for each in closed.ended] == [NOON_S + 45.0]


def test_a_load_that_says_no_place_or_jumps_is_where_it_was_believed_to_be(street: Street) -> None:
    street.second(0, load_1=0.0)
    street.second(1, load_1=None)
    assert street.hear(street.frame(2, "uav-1", 10.0)) == [("uav-1", KEEP_OUT, "escort")]
    street.second(2, load_1=0.0)
    jumped = street.hear(street.frame(3, "load-1", 9_000.0))
    assert ("load-1", ViolationCode.IMPOSSIBLE_JUMP, None) in jumped
    street.hear(street.frame(4, "uav-1", 20.0))
    assert ("uav-1", KEEP_OUT, "escort") in street.open()


def test_of_a_device_that_is_not_registered_nobody_can_tell(street: Street) -> None:
    subjects = {each: of for each, of in street.world.subjects.items() if each != "load-1"}
    street.second(0, load_1=0.0)
    street.world = replace(street.world, subjects=subjects)
    assert street.hear(street.frame(1, "uav-1", 10.0)) == []


def test_a_permit_lifts_a_zone_that_asks_for_an_authorisation_by_naming_it(
    town: World, say: Say
) -> None:
    asks = replace(ESCORT, restriction=Restriction.REQ_AUTHORIZATION)
    street = Street(with_zones(town, BOTH_ROAD, asks), say)
    (flight,) = town.grants["uav-1"]
    named = replace(flight.terms, exempt_zone_ids=frozenset({"escort"}))
    street.second(0, load_1=0.0)
    assert street.hear(street.frame(1, "uav-1", 10.0)) == [("uav-1", KEEP_OUT, "escort")]
    street = Street(street.world, say)
    grants = dict(town.grants) | {"uav-1": (replace(flight, terms=named),)}
    street.world = replace(street.world, grants=grants)
    street.second(0, load_1=0.0)
    assert street.hear(street.frame(1, "uav-1", 10.0)) == []


@pytest.mark.requirement("D4d-54")
def test_a_limit_of_speed_goes_with_its_device(town: World, say: Say) -> None:
    slow = replace(ESCORT, kind=Kind.SPEED_LIMIT, speed_limit_mps=5.0)
    street = Street(with_zones(town, BOTH_ROAD, slow), say)
    found = []
    for second in range(8):
        street.second(second, load_1=0.0)
        fast = {"ground_speed_mps": 8.0}
        found += street.hear(
            street.frame(second, "car-1", 10.0, **fast), street.frame(second, "car-2", 90.0, **fast)
        )
    assert found == [("car-1", OVERSPEED, "escort")]


def amended(before: World, *changed: Zone, withdrawn: tuple[str, ...] = ()) -> World:
    """The world of the next revision, made of the one before as the worker's is."""
    number = before.revisions.zones + 1
    zones = changed_zones(before.zones, changed, withdrawn, number)
    revisions = replace(before.revisions, zones=number)
    return replace(before, zones=zones, revisions=revisions)


@pytest.mark.requirement("D4d-54")
def test_a_zone_that_is_put_around_a_device_is_judged_by_at_once_and_so_is_its_end(
    town: World, say: Say
) -> None:
    bare = with_zones(town, BOTH_ROAD)
    street = Street(bare, say)
    street.second(0, load_1=0.0)
    assert street.hear(street.frame(1, "uav-1", 60.0)) == []
    wide = replace(ESCORT, around=Around("load-1", 80.0))
    around = amended(bare, wide)
    outcome = adopt(street.memory, around, bare, NOON_S + 1.5)
    assert told(outcome) == [("uav-1", KEEP_OUT, "escort")]
    for world, before in (
        (amended(around, ESCORT), around),
        (amended(around, withdrawn=("escort",)), around),
        (bare, around),
    ):
        memory = from_bytes(to_bytes(street.memory))
        ends = Street(world, say)
        ends.memory, ends.seq = memory, Counter(street.seq)
        adopt(memory, world, before, NOON_S + 2.0)
        assert memory.devices["uav-1"].inside == (0,), "in the road alone"
        for second in range(3, 7):
            ends.hear(ends.frame(second, "load-1", 0.0), ends.frame(second, "uav-1", 60.0))
        assert ends.open() == set()


def test_another_map_leaves_whoever_is_in_such_a_zone_there(street: Street) -> None:
    street.second(0, load_1=0.0)
    street.hear(street.frame(1, "uav-1", 10.0))
    assert street.open() == {("uav-1", KEEP_OUT, "escort")}
    held = street.memory.devices["uav-1"].inside
    wider = replace(BOTH_ROAD, name="Another")
    later = amended(street.world, wider)
    assert told(adopt(street.memory, later, street.world, NOON_S + 1.5)) == []
    assert street.memory.devices["uav-1"].inside == held
    anew = with_zones(later, ESCORT, BOTH_ROAD, revision=9)
    assert told(adopt(street.memory, anew, None, NOON_S + 1.6)) == [], "in another slot, no more"
    assert street.memory.devices["uav-1"].inside == (0, 1)


def test_a_parked_device_is_free_when_the_load_has_driven_off(street: Street) -> None:
    for second in range(12):
        street.second(second, load_1=0.0, car_1=30.0)
    street.hear(street.frame(12, "car-1", 30.0, ground_speed_mps=0.0))
    assert street.open() == {IN_THE_ZONE}
    for second in range(13, 40):
        street.second(second, load_1=20.0 * (second - 12))
        outcome = step(street.memory, street.world, [tick_frame(NOON_S + second + 0.2)])
        assert outcome.failures == []
        street.batches.append(outcome.journal)
    assert street.open() == set()
    assert replayed(street, street.batches).open == {}


def test_a_tick_that_sees_a_zone_leave_somebody_is_kept(town: World, say: Say) -> None:
    slow = replace(ESCORT, kind=Kind.SPEED_LIMIT, speed_limit_mps=5.0)
    street = Street(with_zones(town, BOTH_ROAD, slow), say)
    street.second(0, load_1=0.0, car_1=10.0)
    assert street.held("car-1") == (0, 1)
    for second in range(1, 5):
        street.second(second, load_1=20.0 * second)
    for after_s in (4.2, 5.2):
        ticked = step(street.memory, street.world, [tick_frame(NOON_S + after_s)])
        street.batches.append(ticked.journal)
    assert [len(each) for each in street.batches[-2:]] == [1, 0], "the second has seen nothing new"
    assert street.held("car-1") == (0,)
    assert replayed(street, street.batches).devices == street.memory.devices


def replayed(street: Street, batches: list[list[Frame]]) -> Memory:
    memory = Memory()
    for batch in batches:
        assert step(memory, street.world, batch).failures == []
    return memory


@pytest.mark.requirement("D4d-54", "D4e-13")
@pytest.mark.parametrize("size", [1, 3, 7, 10_000])
def test_however_messages_are_cut_into_batches_the_same_is_found(street: Street, size: int) -> None:
    for second in range(35):
        load_m = 0.0 if second < 14 else 15.0 * (second - 13)
        frames = [
            street.frame(second, "car-1", 30.0),
            # It does not say that it moves: each place counts as it is, until the next.
            street.frame(second, "load-1", load_m, ground_speed_mps=0.0),
            street.frame(second, "uav-1", -200.0 + 25.0 * second, ground_speed_mps=25.0),
            street.frame(second, "car-2", 20.0 + 3.0 * second),
        ]
        street.hear(*frames)
    every = [frame for batch in street.batches for frame in batch]
    cut = [every[at : at + size] for at in range(0, len(every), size)]
    memory = replayed(street, cut)
    assert memory.open == street.memory.open
    assert memory.devices == street.memory.devices
    ended = {
        device_id: [each.code for each in device.watch.ended]
        for device_id, device in memory.devices.items()
        if device.watch is not None
    }
    assert ended["car-1"] == [KEEP_OUT]
    assert ended["uav-1"] == [KEEP_OUT]


# -- ahead


def ahead(street: Street, at_s: float) -> dict[str, tuple[Forecast, ...] | None]:
    found = foretell(
        Courses(), street.memory, street.world, range(len(street.memory.names)), NOON_S + at_s
    )
    return {name: found[name] for name in found}


def coming(street: Street, device_id: str, at_s: float) -> list[tuple[str | None, float]]:
    told = ahead(street, at_s)[device_id]
    assert told is not None
    return [(each.zone_id, round(each.at_s - NOON_S, 1)) for each in told if each.code is KEEP_OUT]


@pytest.mark.requirement("D4d-59")
def test_a_zone_that_comes_is_foretold_to_those_whom_it_concerns_with_moment_and_place(
    street: Street,
) -> None:
    """The load comes with 10 m/s, the car goes towards it with 5: 125 m apart, less the radius."""
    street.hear(
        street.frame(0, "load-1", 125.0, ground_speed_mps=10.0, track_deg=270.0),
        street.frame(0, "car-1", 0.0, ground_speed_mps=5.0),
        street.frame(0, "escort-1", 20.0, ground_speed_mps=5.0),
        street.frame(0, "car-2", 700.0, ground_speed_mps=5.0),
    )
    assert coming(street, "car-1", 0.5) == [("escort", 5.0)]
    (told,) = ahead(street, 0.5)["car-1"] or ()
    longitude, latitude, _ = GEOD.fwd(*PLACE, 90.0, 25.0)
    assert (told.longitude_deg, told.latitude_deg) == pytest.approx((longitude, latitude), abs=1e-6)
    assert told.certain
    assert coming(street, "escort-1", 0.5) == []
    assert coming(street, "load-1", 0.5) == []
    assert coming(street, "car-2", 0.5) == []


@pytest.mark.requirement("D4d-59")
def test_what_is_foretold_of_a_zone_that_comes_is_what_the_judgement_finds(street: Street) -> None:
    told = []
    for second in range(12):
        street.hear(
            street.frame(
                second, "load-1", 124.0 - 10.0 * second, ground_speed_mps=10.0, track_deg=270.0
            ),
            street.frame(second, "car-1", 5.0 * second, ground_speed_mps=5.0),
        )
        told += [at_s for _, at_s in coming(street, "car-1", second + 0.1)]
        if "escort" in [street.world.zones.zone_ids[slot] for slot in street.held("car-1")]:
            break
    assert second == 5
    assert told == pytest.approx([4.93] * len(told), abs=0.1)
    assert len(told) == 5


@pytest.mark.requirement("D4d-59")
def test_of_a_load_that_is_silent_nothing_is_foretold(street: Street) -> None:
    street.hear(street.frame(0, "load-1", 100.0, ground_speed_mps=10.0, track_deg=270.0))
    street.hear(street.frame(8, "car-1", 0.0, ground_speed_mps=5.0))
    assert coming(street, "car-1", 8.5) == []


@pytest.mark.requirement("D4d-59")
def test_a_permit_that_lifts_the_zone_is_told_nothing_of_it(town: World, say: Say) -> None:
    asks = replace(ESCORT, restriction=Restriction.REQ_AUTHORIZATION)
    lifted = with_zones(town, BOTH_ROAD, asks)
    (permit,) = lifted.grants["car-1"]
    terms = replace(permit.terms, exempt_zone_ids=frozenset({"escort"}))
    grants = {**lifted.grants, "car-1": (replace(permit, terms=terms),)}
    street = Street(replace(lifted, grants=grants), say)
    for name, east_m, track in (
        ("load-1", 100.0, 270.0),
        ("car-1", 0.0, 90.0),
        ("car-2", 0.0, 90.0),
    ):
        street.hear(street.frame(0, name, east_m, ground_speed_mps=5.0, track_deg=track))
    assert coming(street, "car-1", 0.5) == []
    assert coming(street, "car-2", 0.5) == [("escort", 5.0)]


# -- margin and hours


def held_by_escort(street: Street, device_id: str) -> bool:
    return street.world.slots["escort"] in street.held(device_id)


@pytest.mark.requirement("D4d-42", "D4d-60")
def test_whoever_was_in_the_zone_leaves_it_behind_its_margin_and_enters_at_its_edge(
    town: World, say: Say
) -> None:
    wide, holds = with_zones(town, BOTH_ROAD, replace(ESCORT, exit_margin_m=20.0)), []
    metres = (60.0, 45.0, 60.0, 69.0, 71.0, 60.0)
    for count in range(1, len(metres) + 1):
        apart, together = Street(wide, say), Street(wide, say)
        for street in (apart, together):
            frames = [
                frame
                for second, car_m in enumerate(metres[:count])
                for frame in (
                    street.frame(second, "load-1", 0.0),
                    street.frame(second, "car-1", car_m),
                )
            ]
            for batch in [frames] if street is together else [[each] for each in frames]:
                street.hear(*batch)
        assert apart.memory.devices["car-1"].watch == together.memory.devices["car-1"].watch
        assert apart.held("car-1") == together.held("car-1")
        holds.append(held_by_escort(together, "car-1"))
    assert holds == [False, True, True, True, False, False]


@pytest.mark.requirement("D4d-60")
def test_a_tick_lets_who_says_nothing_go_behind_the_margin_too(town: World, say: Say) -> None:
    street = Street(with_zones(town, BOTH_ROAD, replace(ESCORT, exit_margin_m=20.0)), say)
    street.second(0, load_1=0.0, car_1=45.0)
    for second, load_m, is_held in ((2, -10.0, True), (4, -20.0, True), (6, -30.0, False)):
        street.second(second, load_1=load_m)
        street.hear(tick_frame(NOON_S + second))
        assert held_by_escort(street, "car-1") is is_held, second


def timed(town: World) -> World:
    start = NOON.time()
    window = Window(frozenset(range(7)), start, (NOON + timedelta(seconds=5)).time())
    around = replace(ESCORT.around or Around("", 0.0), schedule=Schedule((window,), utc_offset_s=0))
    return with_zones(town, BOTH_ROAD, replace(ESCORT, around=around))


@pytest.mark.requirement("D4d-60")
def test_the_zone_holds_in_its_hours_alone(town: World, say: Say) -> None:
    street = Street(timed(town), say)
    holds = []
    for second in (-2, -1, 0, 5, 6):
        street.second(second, load_1=0.0, car_1=30.0)
        holds.append(held_by_escort(street, "car-1"))
    assert holds == [False, False, True, True, False]


@pytest.mark.requirement("D4d-60")
def test_an_aircraft_that_goes_through_outside_of_the_hours_was_not_in_it(
    town: World, say: Say
) -> None:
    for begins_s, is_found in ((-4, False), (0, True)):
        street, fast = Street(timed(town), say), {"ground_speed_mps": 30.0}
        street.second(begins_s, load_1=200.0)
        street.hear(street.frame(begins_s, "uav-1", 140.0, **fast))
        street.second(begins_s + 2.9, load_1=200.0)
        found = street.hear(street.frame(begins_s + 3, "uav-1", 260.0, **fast))
        assert (("uav-1", KEEP_OUT, "escort") in found) is is_found, begins_s


@pytest.mark.requirement("D4d-60")
def test_when_its_hours_end_who_says_nothing_is_free_though_the_load_is_lost(
    town: World, say: Say
) -> None:
    street = Street(timed(town), say)
    street.second(0, load_1=0.0, car_1=30.0)
    street.hear(tick_frame(NOON_S + 5))
    assert held_by_escort(street, "car-1")
    street.hear(tick_frame(NOON_S + 6))
    assert not held_by_escort(street, "car-1")


@pytest.mark.requirement("D4d-59", "D4d-60")
def test_that_its_hours_begin_is_foretold_to_who_is_in_the_way(town: World, say: Say) -> None:
    street = Street(timed(town), say)
    street.second(-3, load_1=0.0, car_1=30.0)
    assert coming(street, "car-1", -2.5) == [("escort", 0.0)]
