"""The judge of the fence benchmark is right about zones so simple that anybody sees what happens."""

from dataclasses import replace

import numpy as np
import shapely
from shapely import Polygon, box

from bench.fence_oracle import (
    Event,
    between,
    compare,
    expected,
    in_corridor,
    over_ground,
    windows,
)
from bench.fence_tracks import BEGINS_S, Tracks
from bench.fence_world import SCHEDULES, World, to_degrees
from geofence.events import EventKind
from geofence.zone import (
    Area,
    HeightBand,
    HeightLimit,
    HeightReference,
    Volume,
    Zone,
    ZoneKind,
)

ROAD, AIR = 0, 1


def square(west_m: float, east_m: float, band: HeightBand | None = None) -> Zone:
    """Return a square zone, 1 km from south to north, by where it begins and ends."""
    outline = shapely.transform(box(west_m, 0.0, east_m, 1000.0), to_degrees)
    volume = Volume(Area(outline), band or HeightBand())
    return Zone("square", ZoneKind.KEEP_OUT, "Square", (volume,))


def drive(*east_m: float, up_m: tuple[float, ...] | None = None, domain: int = ROAD) -> Tracks:
    """Return the track of one device along a line 500 m north of the corner, step by step."""
    count = len(east_m)
    lonlat = to_degrees(np.column_stack((east_m, np.full(count, 500.0))))
    agl_m = np.array(up_m or (0.0,) * count)[:, None]
    return Tracks(
        lonlat[:, :1],
        lonlat[:, 1:],
        BEGINS_S + np.arange(count, dtype=np.float64)[:, None],
        agl_m,
        agl_m + 4.0,
        agl_m + 14.5,
        np.array([domain], np.int8),
        np.arange(count),
    )


def kinds(zone: Zone, way: Tracks) -> list[tuple[EventKind, int]]:
    found = expected(World((zone,), 1000.0), way)
    return [(event.kind, event.fix) for event in found]


def test_the_oracle_tells_entry_exit_and_crossing_apart() -> None:
    assert kinds(square(100, 110), drive(80, 105, 120, 95)) == [
        (EventKind.ENTER, 1),
        (EventKind.EXIT, 2),
        (EventKind.CROSS, 3),
    ]


def test_who_is_inside_when_first_seen_did_not_enter() -> None:
    assert kinds(square(100, 110), drive(105, 106)) == [(EventKind.FIRST_INSIDE, 0)]


def test_a_zone_of_another_domain_is_none() -> None:
    zone = replace(square(100, 110), domains=frozenset({"air"}))
    assert kinds(zone, drive(80, 105, 120)) == []
    assert len(kinds(zone, drive(80, 105, 120, domain=AIR))) == 2


CEILING = HeightBand(upper=HeightLimit(50.0, HeightReference.AGL))


def test_a_way_over_a_zone_crosses_it_only_where_it_is_low_enough() -> None:
    zone = square(100, 110, CEILING)
    over = drive(80, 105, 120, up_m=(60.0, 60.0, 60.0), domain=AIR)
    dives = drive(95, 115, up_m=(60.0, 20.0), domain=AIR)
    too_late = drive(95, 115, up_m=(80.0, 49.0), domain=AIR)
    assert kinds(zone, over) == []
    assert kinds(zone, dives) == [(EventKind.CROSS, 1)]
    assert kinds(zone, too_late) == []


def test_without_a_height_nothing_is_said_of_a_zone_that_asks_for_one() -> None:
    unknown = drive(80, 105, 120, up_m=(np.nan,) * 3, domain=AIR)
    assert kinds(square(100, 110, CEILING), unknown) == []


def test_who_was_in_a_zone_leaves_it_behind_its_margin_and_enters_at_its_edge() -> None:
    zone = replace(square(100, 110), exit_margin_m=10.0)
    assert kinds(zone, drive(119, 105, 119, 121, 119)) == [
        (EventKind.ENTER, 1),
        (EventKind.EXIT, 3),
    ]
    low = replace(square(100, 110, CEILING), exit_margin_m=10.0)
    climbs = drive(80, 105, 115, 115, up_m=(40.0, 40.0, 40.0, 60.0), domain=AIR)
    assert kinds(low, climbs) == [(EventKind.ENTER, 1), (EventKind.EXIT, 3)]


def test_hours_that_begin_at_eight_hold_from_eight() -> None:
    zone = square(100, 110)
    volume = replace(zone.volumes[0], schedule=SCHEDULES[1])
    zone = replace(zone, volumes=(volume,))
    eight = BEGINS_S + 8.0
    assert windows(SCHEDULES[1], BEGINS_S)[1][0] == eight
    stays = drive(*[105.0] * 11)
    assert kinds(zone, stays) == [(EventKind.ENTER, 8)]


def test_a_night_window_holds_after_midnight_as_well() -> None:
    night = windows(SCHEDULES[3], BEGINS_S)
    six = BEGINS_S - 2 * 3600 + 8.0
    assert night == [(six - 8 * 3600, six), (six + 16 * 3600, six + 24 * 3600)]


def test_stretches_of_a_way_are_shares_of_it() -> None:
    assert over_ground(box(1, 0, 2, 1), (0, 0.5), (4, 0.5)) == [(0.25, 0.5)]
    assert over_ground(box(1, 0, 2, 1), (1.5, 0.5), (1.5, 0.5)) == [(0.0, 1.0)]
    assert between(0.0, 10.0, 5.0, np.inf) == (0.5, 1.0)
    assert between(5.0, 5.0, 5.0, 6.0) == (0.0, 1.0)
    assert between(0.0, 10.0, 11.0, 12.0) is None
    assert between(np.nan, 10.0, 0.0, 1.0) is None


ENTERED = Event(EventKind.ENTER, 3, 7, 11)


def test_an_event_that_is_missing_invented_or_doubled_is_a_problem() -> None:
    assert compare([ENTERED], [ENTERED]).problems() == []
    later = ENTERED._replace(fix=12)
    assert compare([ENTERED], [later]).problems() == [
        f"1 events missing, the first is {ENTERED}",
        f"1 events invented, the first is {later}",
    ]
    assert compare([ENTERED], [ENTERED, ENTERED]).problems() == ["1 events were said twice"]


def test_a_run_in_which_nothing_was_to_happen_shows_nothing() -> None:
    assert compare([], []).problems() == ["nothing was to happen: that shows nothing"]


def test_the_oracle_of_corridors_asks_each_devices_own() -> None:
    way = drive(0.0, 10.0, 30.0)
    own: Polygon = shapely.transform(box(-5.0, 490.0, 15.0, 510.0), to_degrees)
    assert in_corridor([own], way).tolist() == [True, True, False]
