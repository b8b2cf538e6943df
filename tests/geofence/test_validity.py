"""What keeps a zone from being published."""

import math
from dataclasses import replace
from datetime import UTC, date, time

import numpy as np
import pytest
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from geofence.validity import problems
from geofence.zone import (
    Area,
    Around,
    Circle,
    Corridor,
    HeightBand,
    HeightLimit,
    HeightReference,
    Restriction,
    Schedule,
    Shape,
    SunEvent,
    SunTime,
    Volume,
    Window,
    Zone,
    ZoneKind,
    moment,
)

SQUARE = box(121.5, 31.2, 121.51, 31.21)
BOW_TIE = Polygon([(121.5, 31.2), (121.52, 31.22), (121.52, 31.2), (121.5, 31.22)])
EVERY_DAY = frozenset(range(7))


def zone(*volumes: Volume) -> Zone:
    return Zone("z-1", ZoneKind.KEEP_OUT, "a zone", volumes)


def said(shape: Shape) -> list[tuple[str, str]]:
    return [(found.path, found.message) for found in problems(zone(Volume(shape)))]


def banded(lower: HeightLimit | None, upper: HeightLimit | None) -> Zone:
    return zone(Volume(Area(SQUARE), HeightBand(lower, upper)))


def scheduled(schedule: Schedule) -> list[tuple[str, str]]:
    found = problems(zone(Volume(Area(SQUARE), schedule=schedule)))
    return [(one.path, one.message) for one in found]


def sunny(start: str, end: str, north_deg: float = 31.2, **dates: date) -> list[tuple[str, str]]:
    shape = Circle(15.6, north_deg, 500.0)
    schedule = Schedule(
        (Window(EVERY_DAY, moment(start), moment(end)),), **dates, utc_offset_s=3600
    )
    found = problems(zone(Volume(shape, schedule=schedule)))
    return [(one.path, one.message) for one in found]


def test_a_window_by_the_sun_has_no_problem_where_the_sun_rises_and_sets() -> None:
    assert sunny("sunrise+30min", "sunset") == []
    assert sunny("sunset", "sunrise", 65.0) == []
    summer = {"valid_from": date(2026, 9, 10), "valid_to": date(2026, 10, 1)}
    assert sunny("sunrise", "sunset", 78.2, **summer) == []


def test_a_day_on_which_the_sun_does_not_rise_is_told_and_not_guessed() -> None:
    path = "volumes[0].schedule.windows[0]"
    assert sunny("sunrise", "20:00", 78.2, valid_from=date(2026, 6, 21)) == [
        (f"{path}.start", "there is no sunrise on 2026-06-21 at latitude 78.2000")
    ]
    assert sunny("12:00", "dusk", 65.0, valid_from=date(2026, 6, 1)) == [
        (f"{path}.end", "there is no dusk on 2026-06-01 at latitude 65.0000")
    ]


def test_a_window_that_runs_over_midnight_in_winter_alone_is_told() -> None:
    ((path, message),) = sunny("18:00", "sunset", valid_from=date(2026, 6, 1))
    assert path == "volumes[0].schedule.windows[0]"
    assert message.startswith("from 18:00:00 to sunset runs over midnight on some days and not")


def test_a_sun_time_is_within_six_hours_of_what_the_sun_does_and_its_ends_differ() -> None:
    path = "volumes[0].schedule.windows[0]"
    assert sunny("sunrise-361min", "sunset") == [
        (f"{path}.start", "expected at most 6 hours from it, got sunrise-361min")
    ]
    assert sunny("sunset", "sunset")[0][0] == path
    assert SunTime(SunEvent.SUNSET) == moment("sunset")


@pytest.mark.parametrize("kind", [ZoneKind.KEEP_IN, ZoneKind.SPEED_LIMIT])
def test_only_a_keep_out_zone_restricts(kind: ZoneKind) -> None:
    free = replace(zone(Volume(Area(SQUARE))), restriction=Restriction.NO_RESTRICTION)
    assert problems(free) == ()
    other = replace(free, kind=kind, speed_limit_mps=8.0)
    assert [(one.path, one.message) for one in problems(other)] == [
        ("restriction", f"only a keep-out zone has one, this is {kind}")
    ]


@pytest.mark.requirement("A44-3")
@pytest.mark.parametrize(
    "shape",
    [
        Area(SQUARE),
        Area(MultiPolygon([SQUARE, box(121.51, 31.2, 121.52, 31.21)])),
        Circle(121.5, 31.2, 4_000.0),
        Corridor(LineString([(121.5, 31.2), (121.6, 31.3)]), 20.0),
    ],
)
def test_sound_zones_have_no_problems(shape: Shape) -> None:
    assert said(shape) == []


@pytest.mark.requirement("F-4")
def test_a_bow_tie_is_refused_with_the_place_where_it_crosses_itself() -> None:
    assert said(Area(BOW_TIE)) == [
        (
            "volumes[0].shape.geometry",
            "the outline crosses or touches itself, at 121.51, 31.21",
        )
    ]


def test_a_bow_tie_among_several_parts_is_named() -> None:
    ((path, _),) = said(Area(MultiPolygon([SQUARE, BOW_TIE])))
    assert path == "volumes[0].shape.geometry[1]"


@pytest.mark.requirement("F-5")
def test_a_ring_that_touches_itself_is_refused() -> None:
    doubled = Polygon([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)])
    ((_, message),) = said(Area(doubled))
    assert "touches itself" in message


def test_a_hole_outside_is_refused() -> None:
    holed = Polygon(SQUARE.exterior.coords, [box(122.0, 32.0, 122.1, 32.1).exterior.coords])
    ((_, message),) = said(Area(holed))
    assert message.startswith("a hole lies outside the outline, at 122")


def test_a_ring_without_an_area_is_refused() -> None:
    ((_, message),) = said(Area(Polygon([(121.5, 31.2), (121.51, 31.21), (121.52, 31.22)])))
    assert message == "a ring has no area"


def test_an_empty_area_is_refused() -> None:
    assert said(Area(Polygon())) == [("volumes[0].shape.geometry", "is empty")]


def test_another_geometry_is_refused() -> None:
    shape = Area(GeometryCollection([Point(0, 0)]))  # type: ignore[arg-type]
    assert said(shape) == [
        (
            "volumes[0].shape.geometry",
            "expected a Polygon or a MultiPolygon, got GeometryCollection",
        )
    ]


@pytest.mark.parametrize("longitude", [math.nan, math.inf, 181.0])
def test_a_position_that_is_not_on_the_earth_is_refused(longitude: float) -> None:
    with np.errstate(invalid="ignore"):
        area = Polygon([(121.5, 31.2), (longitude, 31.2), (121.5, 31.3)])
        line = LineString([(121.5, 31.2), (longitude, 31.2)])
    ((path, message),) = said(Area(area))
    assert path == "volumes[0].shape.geometry"
    assert message.startswith("position 1 is not on the earth")
    ((path, _),) = said(Circle(longitude, 31.2, 10.0))
    assert path == "volumes[0].shape"
    ((path, _),) = said(Corridor(line, 10.0))
    assert path == "volumes[0].shape.line"


@pytest.mark.requirement("F-7")
def test_swapped_longitude_and_latitude_are_refused_with_a_hint() -> None:
    ((_, message),) = said(Circle(31.2, 121.5, 10.0))
    assert message.endswith("longitude 31.2, latitude 121.5 (longitude comes first)")


def test_too_many_vertices_are_refused() -> None:
    circle = Point(121.5, 31.2).buffer(0.01, quad_segs=1_300)
    ((_, message),) = said(Area(circle))
    assert message == "5201 vertices: at most 5000"


@pytest.mark.parametrize("length_m", [0.0, -1.0, math.nan, math.inf, 500_001.0])
def test_a_radius_and_a_half_width_are_above_nought_and_within_reach(length_m: float) -> None:
    ((path, message),) = said(Circle(121.5, 31.2, length_m))
    assert path == "volumes[0].shape.radius_m"
    assert message.startswith("expected more than 0 and at most 500000.0 m")
    ((path, _),) = said(Corridor(LineString([(121.5, 31.2), (121.6, 31.2)]), length_m))
    assert path == "volumes[0].shape.half_width_m"


def test_a_corridor_needs_two_places() -> None:
    assert said(Corridor(LineString([(121.5, 31.2), (121.5, 31.2)]), 10.0)) == [
        ("volumes[0].shape.line", "a corridor needs two places that differ")
    ]


@pytest.mark.parametrize(
    "shape",
    [
        Area(box(-179.0, 0.0, 179.0, 1.0)),
        Circle(179.99, 10.0, 5_000.0),
        Corridor(LineString([(179.0, 10.0), (-179.0, 10.0)]), 10.0),
    ],
)
def test_what_crosses_the_antimeridian_is_refused_and_to_be_split(shape: Shape) -> None:
    messages = [message for _, message in said(shape)]
    assert any(message.startswith("crosses the antimeridian") for message in messages)


def test_a_band_upside_down_is_refused() -> None:
    agl = HeightReference.AGL
    upside_down = banded(HeightLimit(120.0, agl), HeightLimit(60.0, agl))
    ((path, message),) = [(found.path, found.message) for found in problems(upside_down)]
    assert path == "volumes[0].band"
    assert message == "upside down: from 120.0 to 60.0 m AGL"


def test_heights_of_different_references_are_not_compared() -> None:
    mixed = banded(HeightLimit(120.0, HeightReference.AGL), HeightLimit(60.0, HeightReference.AMSL))
    assert problems(mixed) == ()


def test_a_band_of_one_height_is_sound() -> None:
    level = HeightLimit(120.0, HeightReference.HAE)
    assert problems(banded(level, level)) == ()


@pytest.mark.parametrize("value_m", [math.nan, math.inf, -math.inf])
def test_a_height_limit_is_finite(value_m: float) -> None:
    ((path),) = [f.path for f in problems(banded(HeightLimit(value_m, HeightReference.AGL), None))]
    assert path == "volumes[0].band.lower"


def test_schedules_that_cannot_be_meant_are_refused() -> None:
    nine, ten = time(9), time(10)
    assert scheduled(Schedule((Window(frozenset(), nine, ten),))) == [
        ("volumes[0].schedule.windows[0].days", "expected some of 0 to 6, got []")
    ]
    assert scheduled(Schedule((Window(frozenset({7}), nine, ten),))) == [
        ("volumes[0].schedule.windows[0].days", "expected some of 0 to 6, got [7]")
    ]
    assert scheduled(Schedule((Window(EVERY_DAY, nine, nine),))) == [
        (
            "volumes[0].schedule.windows[0]",
            "starts and ends at 09:00:00: for all day, give no windows",
        )
    ]
    assert scheduled(Schedule((Window(EVERY_DAY, time(9, tzinfo=UTC), ten),))) == [
        (
            "volumes[0].schedule.windows[0]",
            "a window's times are local: the schedule has the offset",
        )
    ]
    assert scheduled(Schedule((), date(2026, 3, 2), date(2026, 3, 1))) == [
        (
            "volumes[0].schedule",
            "ends before it starts: valid from 2026-03-02 to 2026-03-01",
        )
    ]
    assert scheduled(Schedule(utc_offset_s=15 * 3600)) == [
        ("volumes[0].schedule.utc_offset_s", "expected at most 14 hours, got 54000 s")
    ]
    overnight = Window(EVERY_DAY, time(22), time(6))
    assert scheduled(Schedule((overnight,), date(2026, 3, 2), date(2026, 3, 2))) == []


def test_a_zone_s_own_problems_are_all_told() -> None:
    empty = Zone(" ", ZoneKind.SPEED_LIMIT, "", (), frozenset({"space"}))
    assert [found.path for found in problems(empty)] == [
        "zone_id",
        "volumes",
        "domains",
        "speed_limit_mps",
    ]


@pytest.mark.parametrize("limit_mps", [0.0, -1.0, math.nan, math.inf])
def test_a_speed_limit_is_a_speed(limit_mps: float) -> None:
    slow = Zone("z-1", ZoneKind.SPEED_LIMIT, "", (Volume(Area(SQUARE)),), speed_limit_mps=limit_mps)
    assert [found.path for found in problems(slow)] == ["speed_limit_mps"]


def test_every_volume_is_looked_at() -> None:
    several = zone(Volume(Area(SQUARE)), Volume(Area(BOW_TIE)), Volume(Circle(0.0, 0.0, -1.0)))
    assert [found.path for found in problems(several)] == [
        "volumes[1].shape.geometry",
        "volumes[2].shape.radius_m",
    ]


def following(**changes: object) -> list[tuple[str, str]]:
    around = Around("load-1", 50.0)
    given = Zone("z-1", ZoneKind.KEEP_OUT, "a zone", (), around=around)
    found = problems(replace(given, **changes))  # type: ignore[arg-type]
    return [(each.path, each.message) for each in found]


BY_THE_SUN = Schedule((Window(frozenset({0}), SunTime(SunEvent.SUNRISE), time(12, 0)),))


@pytest.mark.requirement("D4d-60")
def test_a_zone_that_follows_a_device_may_have_hours_and_a_margin() -> None:
    hours = Schedule((Window(frozenset({0}), time(7, 0), time(9, 0)),))
    assert following(around=Around("load-1", 50.0, schedule=hours), exit_margin_m=20.0) == []


@pytest.mark.requirement("D4d-54")
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"volumes": (Volume(Area(SQUARE)),)}, "volumes"),
        ({"kind": ZoneKind.KEEP_IN}, "kind"),
        ({"exit_margin_m": -1.0}, "exit_margin_m"),
        (
            {"around": Around("a", 9.0, schedule=Schedule(utc_offset_s=99 * 3600))},
            "around.schedule.utc_offset_s",
        ),
        (
            {"around": Around("a", 9.0, schedule=BY_THE_SUN)},
            "around.schedule.windows[0]",
        ),
        ({"around": Around(" ", 50.0)}, "around.device_id"),
        ({"around": Around("load-1", 0.0)}, "around.radius_m"),
        ({"around": Around("load-1", math.nan)}, "around.radius_m"),
        ({"around": Around("load-1", 5_001.0)}, "around.radius_m"),
        (
            {"around": Around("a", 9.0, exempt_device_ids=frozenset(map(str, range(101))))},
            "around.exempt_device_ids",
        ),
        (
            {
                "around": Around(
                    "a", 9.0, HeightBand(lower=HeightLimit(math.inf, HeightReference.AGL))
                )
            },
            "around.band.lower",
        ),
    ],
)
def test_a_zone_that_follows_a_device_is_nothing_else(
    changes: dict[str, object], path: str
) -> None:
    assert following() == []
    assert [each for each, _ in following(**changes)] == [path]
