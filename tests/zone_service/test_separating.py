"""Two aircraft that come too close: one violation of the pair, by the clock of the service."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pyproj import Geod
from shapely import LineString

from geofence.snapshot import build
from geofence.zone import Corridor, Volume, Zone, ZoneKind
from permits.permit import PermitKind, PermitState
from permits.violation import ViolationCode
from telemetry.report import Domain, Frame, Unit
from tests.zone_service.conftest import NOON, grant
from zone_service.clock_frames import tick_frame
from zone_service.clock_setting import follow
from zone_service.committing import Subjects, commit_of
from zone_service.decisions import Outcome
from zone_service.memory import Memory, from_bytes, to_bytes
from zone_service.pipeline import step
from zone_service.store.records import ViolationChange
from zone_service.world import Subject, World

Say = Callable[..., Frame]
NOON_S = NOON.timestamp()
GEOD = Geod(ellps="WGS84")
LOST = ViolationCode.SEPARATION_LOSS
DRONES = ("uav-1", "uav-2", "uav-3")
ROUTE = Zone(
    "route",
    ZoneKind.KEEP_IN,
    "Route",
    (Volume(Corridor(LineString([(121.85, 31.0), (121.95, 31.0)]), 100.0)),),
    frozenset({"air"}),
)


@pytest.fixture
def sky(world: World) -> World:
    """Three drones, each with a permit for the route."""
    subjects = {each: Subject(each, f"org-{each}", Domain.AIR, each) for each in DRONES}
    permits = {
        each: (grant(each, PermitKind.FLIGHT_ACTIVITY, PermitState.AIRBORNE, ("route",)),)
        for each in DRONES
    }
    return replace(
        world,
        zones=build((ROUTE,), 1),
        units={each: Unit(device_id=each) for each in DRONES},
        subjects=subjects,
        grants=permits,
    )


class Air:
    """Says where drones are, in metres east of a place, and lets time pass."""

    def __init__(self, world: World, say: Say) -> None:
        self.world, self.say, self.memory = world, say, Memory()
        self.journal: list[Frame] = []

    def second(self, at_s: int, **east_m: float | dict[str, Any]) -> list[ViolationChange]:
        """What the tick finds after each drone has reported."""
        frames = []
        for name, said in east_m.items():
            told = {"east_m": said} if isinstance(said, float) else dict(said)
            longitude, latitude, _ = GEOD.fwd(121.90, 31.0, 90.0, told.pop("east_m"))
            body = {
                "height_agl_m": 60.0, "ground_speed_mps": 0.0, "track_deg": 90.0,
                "vertical_speed_mps": 0.0, "operational_status": "AIRBORNE",
                "control_mode": "AUTONOMOUS",
            } | told  # fmt: skip
            device_id = name.replace("uav", "uav-")
            frames.append(self.say(device_id, longitude, latitude, float(at_s), seq=at_s, **body))
        heard = step(self.memory, self.world, frames)
        assert [each.code for each in heard.changes.values()] == []
        return self.tick(at_s + 0.2, heard.journal)

    def tick(self, at_s: float, journal: list[Frame] | None = None) -> list[ViolationChange]:
        ticked = step(self.memory, self.world, [tick_frame(NOON_S + at_s)])
        assert ticked.failures == []
        self.journal += [*(journal or ()), *ticked.journal]
        return [each for each in ticked.changes.values() if each.code == LOST]


@pytest.fixture
def air(sky: World, say: Say) -> Air:
    return Air(sky, say)


@pytest.mark.requirement("D4d-21")
def test_two_that_are_closer_than_both_minima_are_one_violation_that_names_both(air: Air) -> None:
    assert air.second(0, uav1=0.0, uav2=40.0) == []
    (opened,) = air.second(1, uav1=0.0, uav2=40.0)
    assert (opened.code, opened.severity) == (LOST, "critical")
    assert (opened.device_id, opened.other_device_id) == ("uav-1", "uav-2")
    assert (opened.organisation_id, opened.other_organisation_id) == ("org-uav-1", "org-uav-2")
    assert opened.measured == pytest.approx(40.0, abs=0.1)
    assert opened.limit == 50.0
    assert opened.opened_at.timestamp() == NOON_S + 0.2
    assert opened.opening_cause == "device_moved"
    assert air.second(2, uav1=0.0, uav2=40.0) == []


def test_the_least_distance_is_what_was_measured_and_it_closes_when_they_have_parted(
    air: Air,
) -> None:
    for second, metres in enumerate((40.0, 40.0, 30.0, 20.0, 30.0)):
        air.second(second, uav1=0.0, uav2=metres)
    found: list[ViolationChange] = []
    for second in range(5, 16):
        found += air.second(second, uav1=0.0, uav2=80.0)
    (closed,) = (each for each in found if each.closed_at is not None)
    assert closed.measured == pytest.approx(20.0, abs=0.1)
    assert closed.closed_at is not None
    assert closed.closed_at.timestamp() == NOON_S + 5.2
    assert air.memory.pairs == {}


def test_each_pair_of_three_is_an_episode_of_its_own(air: Air) -> None:
    air.second(0, uav1=0.0, uav2=30.0, uav3=60.0)
    opened = air.second(1, uav1=0.0, uav2=30.0, uav3=60.0)
    pairs = [(each.device_id, each.other_device_id) for each in opened]
    assert pairs == [("uav-1", "uav-2"), ("uav-2", "uav-3")]
    assert len({each.id for each in opened}) == 2


@pytest.mark.parametrize(
    ("said", "is_lost"),
    [
        ({"height_agl_m": 74.0}, True),
        ({"height_agl_m": 76.0}, False),
        ({"operational_status": "GROUND"}, False),
    ],
    ids=["less than 15 m above", "more than 15 m above", "landed"],
)
def test_height_separates_and_so_does_having_landed(
    air: Air, said: dict[str, Any], is_lost: bool
) -> None:
    for second in range(3):
        found = air.second(second, uav1=0.0, uav2={"east_m": 20.0, **said})
        if second == 1:
            assert (len(found) == 1) == is_lost


def test_an_old_place_is_followed_to_this_moment(air: Air) -> None:
    """One reports every two seconds: it is 30 m further by the second tick."""
    fast = {"east_m": -75.0, "ground_speed_mps": 15.0, "track_deg": 90.0, "height_agl_m": 61.0}
    assert air.second(0, uav1={"east_m": 0.0, "track_deg": 0.0}, uav2=fast) == []
    assert air.memory.pairs == {}
    air.second(1, uav1={"east_m": 0.0, "track_deg": 0.0})
    assert air.memory.pairs == {}  # 57 m
    air.second(2, uav1={"east_m": 0.0, "track_deg": 0.0})
    assert list(air.memory.pairs) == ["uav-1|uav-2"]  # 42 m


@pytest.mark.requirement("D4d-21")
@pytest.mark.parametrize(
    ("track_deg", "north", "is_told"),
    [(270.0, True, True), (0.0, True, False)],
    ids=["opposite", "crossing"],
)
def test_two_that_fly_head_on_in_one_corridor_are_a_violation_before_they_are_too_close(
    air: Air, track_deg: float, north: bool, is_told: bool
) -> None:
    found: list[ViolationChange] = []
    for second in range(3):
        one = {"east_m": 10.0 * second, "ground_speed_mps": 10.0, "track_deg": 90.0}
        other = {"east_m": 250.0 - 10.0 * second, "ground_speed_mps": 10.0, "track_deg": track_deg}
        found += air.second(second, uav1=one, uav2=other)
    assert (len(found) == 1) == is_told
    assert all(each.measured is not None and each.measured > 200.0 for each in found)


def test_a_pair_of_which_one_is_not_heard_stays_as_it_is(air: Air) -> None:
    for second in range(3):
        air.second(second, uav1=0.0, uav2=40.0)
    for second in range(3, 30):
        assert air.second(second, uav1=0.0) == []
    assert list(air.memory.pairs) == ["uav-1|uav-2"]
    assert any(each.code == LOST for each in air.memory.open.values())


def test_a_device_that_leaves_the_register_ends_the_violation(air: Air) -> None:
    for second in range(3):
        air.second(second, uav1=0.0, uav2=40.0)
    left = {each: air.world.subjects[each] for each in ("uav-1", "uav-3")}
    air.world = replace(air.world, subjects=left)
    (closed,) = air.tick(3.5)
    assert closed.closed_at is not None
    assert air.memory.pairs == {}


def test_a_replay_of_the_journal_finds_the_same(air: Air) -> None:
    for second, metres in enumerate((90.0, 40.0, 40.0, 30.0, 90.0, 90.0)):
        air.second(second, uav1=0.0, uav2=metres)
    again = Memory()
    step(again, air.world, air.journal)
    assert again.pairs == air.memory.pairs
    assert again.open == air.memory.open
    assert from_bytes(to_bytes(again)).pairs == air.memory.pairs


def test_a_clock_that_is_set_takes_the_pairs_with_it(air: Air) -> None:
    for second in range(3):
        air.second(second, uav1=0.0, uav2=40.0)
    follow(air.memory, -3600.0, NOON_S - 3598.0)
    (watch,) = air.memory.pairs.values()
    assert watch.at_s == NOON_S - 3598.0


def test_both_are_alerted(air: Air) -> None:
    air.second(0, uav1=0.0, uav2=40.0)
    (opened,) = air.second(1, uav1=0.0, uav2=40.0)
    outcome = Outcome(changes={opened.id: opened})
    commit = commit_of("b", (), outcome, air.world, NOON_S, Subjects(), sent=(), checkpoint=None)
    assert [each.topic for each in commit.outbox] == [
        "zone/down/uav-1/alert",
        "zone/down/uav-2/alert",
    ]
