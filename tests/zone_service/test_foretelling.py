"""What lies ahead of a device, in the words of its permits."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pyproj import Geod
from shapely import box

from geofence.snapshot import build
from geofence.zone import Area, Restriction, Volume, Zone, ZoneKind
from permits.permit import PermitKind, PermitState
from permits.violation import ViolationCode
from telemetry.report import Frame
from tests.zone_service.conftest import AIRPORT, NOON, ROAD, SLOW, grant
from zone_service.courses import Courses
from zone_service.forecasts import Forecast
from zone_service.foretelling import foretell
from zone_service.memory import Memory
from zone_service.pipeline import step
from zone_service.world import World

Say = Callable[..., Frame]
NOON_S = NOON.timestamp()
GEOD = Geod(ellps="WGS84")
KEEP_OUT, EXIT = ViolationCode.KEEP_OUT_BREACH, ViolationCode.KEEP_IN_EXIT
AUTOMATED = ViolationCode.AUTO_OUTSIDE_AUTHORISED
WALL = Zone(
    "wall",
    ZoneKind.KEEP_OUT,
    "Wall",
    # Ten metres from west to east, seven hundred from south to north.
    (Volume(Area(box(121.70, 31.00, 121.700105, 31.01))),),
    frozenset({"air"}),
)


def west_of_the_wall(metres: float) -> tuple[float, float]:
    longitude, latitude, _ = GEOD.fwd(121.70, 31.005, 270.0, metres)
    return longitude, latitude


def with_zones(world: World, *zones: Zone) -> World:
    return replace(world, zones=build(zones, 1))


@pytest.fixture
def walled(world: World) -> World:
    return with_zones(world, ROAD, AIRPORT, SLOW, WALL)


class Sky:
    """A memory that is looked ahead from after each message."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.memory = Memory()
        self.courses = Courses()

    def hear(self, *frames: Frame) -> None:
        step(self.memory, self.world, frames)

    def ahead(self, device_id: str, after_s: float) -> tuple[Forecast, ...] | None:
        now_s, numbers = NOON_S + after_s, range(len(self.memory.names))
        return foretell(self.courses, self.memory, self.world, numbers, now_s)[device_id]


def flying(say: Say, metres: float, after_s: float, **said: object) -> Frame:
    """Eastward at 15 m/s, so many metres west of the wall."""
    told = {
        "height_agl_m": 50.0, "vertical_speed_mps": 0.0, "ground_speed_mps": 15.0,
        "track_deg": 90.0, "operational_status": "AIRBORNE",
    }  # fmt: skip
    place = west_of_the_wall(metres)
    return say("uav-1", *place, after_s, **told | said)


def test_a_keep_out_zone_ahead_is_told_with_its_moment_and_place(walled: World, say: Say) -> None:
    sky = Sky(walled)
    sky.hear(flying(say, 300.0, 0.0))
    (told,) = sky.ahead("uav-1", 0.5) or ()
    assert (told.code, told.zone_id, told.certain) == (KEEP_OUT, "wall", True)
    assert told.at_s == pytest.approx(NOON_S + 20.0, abs=0.01)
    assert (told.longitude_deg, told.latitude_deg) == pytest.approx((121.70, 31.005), abs=1e-6)


def test_what_lies_beyond_the_horizon_of_the_rules_is_not_told(walled: World, say: Say) -> None:
    sky = Sky(walled)
    sky.hear(flying(say, 480.0, 0.0))
    assert sky.ahead("uav-1", 1.0) == ()  # 32 s from the fix, 31 s from now
    (told,) = sky.ahead("uav-1", 2.1) or ()
    assert told.at_s == pytest.approx(NOON_S + 32.0, abs=0.01)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"track_deg": 270.0}, "away from it"),
        ({"ground_speed_mps": 0.0}, "standing in the air"),
        ({"operational_status": "GROUND"}, "landed"),
    ],
)
def test_who_does_not_go_there_is_told_nothing(
    walled: World, say: Say, said: dict[str, object], why: str
) -> None:
    sky = Sky(walled)
    sky.hear(flying(say, 300.0, 0.0, **said))
    assert sky.ahead("uav-1", 0.5) == (), why


@pytest.mark.parametrize(
    ("restriction", "exempt", "is_told"),
    [
        (Restriction.PROHIBITED, False, True),
        (Restriction.PROHIBITED, True, True),
        (Restriction.REQ_AUTHORIZATION, False, True),
        (Restriction.REQ_AUTHORIZATION, True, False),
        (Restriction.NO_RESTRICTION, False, False),
    ],
)
def test_only_a_zone_that_binds_the_device_is_told(
    world: World, say: Say, restriction: Restriction, exempt: bool, is_told: bool
) -> None:
    wall = replace(WALL, restriction=restriction)
    # A city-wide airspace, so that nothing is left.
    airspace = Zone(
        "sky", ZoneKind.KEEP_IN, "Sky", (Volume(Area(box(121, 30, 122, 32))),), frozenset({"air"})
    )
    permit = grant("uav-1", PermitKind.FLIGHT_ACTIVITY, PermitState.AIRBORNE, ("sky",))
    terms = replace(permit.terms, exempt_zone_ids=frozenset({"wall"} if exempt else ()))
    permit = replace(permit, terms=terms)
    sky = Sky(replace(with_zones(world, wall, airspace), grants={"uav-1": (permit,)}))
    sky.hear(flying(say, 300.0, 0.0))
    told = sky.ahead("uav-1", 0.5)
    assert told is not None
    assert ([each.zone_id for each in told] == ["wall"]) == is_told


def driving(say: Say, longitude: float, after_s: float, **said: object) -> Frame:
    """Eastward along the road, which ends at 121.95."""
    told = {"ground_speed_mps": 10.0, "track_deg": 90.0, "control_mode": "MANUAL"}
    return say("car-1", longitude, 30.90, after_s, **told | said)


def test_leaving_all_zones_of_a_permit_is_told_as_what_it_would_break(
    world: World, say: Say
) -> None:
    sky = Sky(world)
    sky.hear(driving(say, 121.9498, 0.0))
    (told,) = sky.ahead("car-1", 0.2) or ()
    assert (told.code, told.zone_id) == (EXIT, "road")
    # 19 m to the end of the line, and its round end of 30 m.
    assert told.at_s - NOON_S == pytest.approx(4.9, abs=0.1)
    sky.hear(driving(say, 121.9499, 1.0, control_mode="AUTONOMOUS"))
    (told,) = sky.ahead("car-1", 1.2) or ()
    assert told.code is AUTOMATED


@pytest.mark.requirement("D4d-42")
def test_what_is_foretold_of_a_margin_is_what_the_judgement_finds(world: World, say: Say) -> None:
    wide = with_zones(world, replace(ROAD, exit_margin_m=20.0))
    sky, told, out_s = Sky(wide), dict[int, float](), 0
    # 5 m/s to the north from the middle of the road: 30 m to its edge, 50 m to where it lets go.
    for second in range(13):
        latitude = GEOD.fwd(121.92, 30.90, 0.0, 5.0 * second)[1]
        said = {"ground_speed_mps": 5.0, "track_deg": 0.0, "control_mode": "MANUAL"}
        sky.hear(say("car-1", 121.92, latitude, second, **said))
        (device,) = sky.memory.devices.values()
        out_s = out_s or second * (not device.inside)
        for each in sky.ahead("car-1", second + 0.1) or ():
            told[second] = each.at_s - NOON_S
    assert out_s == 11
    # From five seconds before it on, and in the margin as inside of the edge, the same moment.
    assert list(told) == list(range(5, 11))
    assert list(told.values()) == pytest.approx([10.0] * len(told), abs=0.2)


def test_going_over_into_another_zone_of_the_permit_is_no_breach(world: World, say: Say) -> None:
    beyond = Zone(
        "beyond",
        ZoneKind.KEEP_IN,
        "Beyond",
        (Volume(Area(box(121.9499, 30.89, 121.98, 30.91))),),
        frozenset({"road"}),
    )
    both = replace(
        with_zones(world, ROAD, beyond),
        grants={"car-1": (grant("car-1", zone_ids=("road", "beyond")),)},
    )
    sky = Sky(both)
    sky.hear(driving(say, 121.9498, 0.0))
    assert sky.ahead("car-1", 0.2) == ()


def test_what_is_broken_already_lies_not_ahead(world: World, say: Say) -> None:
    sky = Sky(world)
    sky.hear(driving(say, 121.97, 0.0))
    assert sky.ahead("car-1", 0.2) == ()


def test_of_who_is_not_heard_or_says_no_place_nobody_can_tell(walled: World, say: Say) -> None:
    sky = Sky(walled)
    sky.hear(flying(say, 300.0, 0.0))
    assert sky.ahead("uav-1", 5.1) is None
    sky.hear(say("uav-1", None, None, 6.0, operational_status="AIRBORNE"))
    assert sky.ahead("uav-1", 6.1) is None


def test_what_a_unit_kept_says_not_where_it_is_now(walled: World, say: Say) -> None:
    sky = Sky(walled)
    kept = flying(say, 300.0, 0.0)
    sky.hear(Frame(kept.topic, kept.payload, NOON_S + 40.0))
    assert sky.ahead("uav-1", 40.1) is None


def test_a_drone_that_says_no_course_and_reports_every_two_seconds_is_foretold_and_caught(
    walled: World, say: Say
) -> None:
    """DJI aircraft report at 0.5 Hz and say where the nose points, not where they go."""
    sky, foretold, opened = Sky(walled), [], []
    for number in range(12):
        after_s = 2.0 * number
        # Fixes at 335, 305 … 5 m before and 25 m behind the near edge: none is within the wall.
        frame = flying(
            say, 305.0 - 15.0 * after_s, after_s, track_deg=None, vertical_speed_mps=None
        )
        outcome = step(sky.memory, sky.world, [frame])
        opened += [(after_s, each.zone_id) for each in outcome.changes.values() if each.zone_id]
        foretold += [(after_s, each) for each in sky.ahead("uav-1", after_s + 0.5) or ()]
    assert opened[0] == (22.0, "wall")
    first_s, first = foretold[0]
    assert first_s == 2.0  # two fixes make a course
    assert first.zone_id == "wall"
    assert first.at_s - NOON_S == pytest.approx(305.0 / 15.0, abs=0.1)
    assert [after_s for after_s, _ in foretold] == [2.0 * each for each in range(1, 11)]


def test_courses_are_derived_from_places_that_lie_near_in_time() -> None:
    courses, numbers = Courses(), np.array([0])

    def seen(metres: float, at_s: float, agl_m: float) -> tuple[float, float, float]:
        nan = float("nan")
        place = np.array([[*west_of_the_wall(metres), at_s, agl_m, nan, nan]])
        courses.see(place, numbers, 5.0)
        motion = courses.of(numbers)
        columns = (motion.ground_mps, motion.track_deg, motion.climb_mps)
        return tuple(round(float(each[0]), 2) for each in columns)  # type: ignore[return-value]

    assert np.isnan(seen(100.0, 10.0, 50.0)).all()
    assert seen(80.0, 12.0, 54.0) == (10.0, 90.0, 2.0)
    assert seen(80.0, 12.0, 54.0) == (10.0, 90.0, 2.0)  # nothing new was heard
    assert np.isnan(seen(0.0, 20.0, 54.0)).all()
