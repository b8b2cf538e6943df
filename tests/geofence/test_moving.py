"""Zones around a device: who is near it, who comes, goes and passes by."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geofence.events import WITHDRAWN, Cause, EventKind
from geofence.moving import Accompanied, Company, MovingZone, accompany
from geofence.zone import HeightBand, HeightLimit, HeightReference, ZoneKind

GEOD = Geod(ellps="WGS84")
NAN = math.nan
HOME = (121.5, 31.2)
ENTER, EXIT, CROSS = EventKind.ENTER, EventKind.EXIT, EventKind.CROSS
FIRST_INSIDE = EventKind.FIRST_INSIDE
MOVED, CHANGED = Cause.DEVICE_MOVED, Cause.ZONE_CHANGED


def around(device: int = 0, radius_m: float = 50.0, *, top_m: float | None = None) -> MovingZone:
    band = HeightBand(upper=None if top_m is None else HeightLimit(top_m, HeightReference.AGL))
    return MovingZone("escort", ZoneKind.KEEP_OUT, device, radius_m, band, frozenset({"road"}))


class Scene:
    """The first device carries the zone."""

    def __init__(self, *zones: MovingZone) -> None:
        self.company = Company()
        self.zones = zones or (around(),)
        self.at_s = 0.0

    def look(
        self,
        *metres: tuple[float, float],
        agl: float = NAN,
        domain: int = 0,
        way: bool = True,
        at_s: list[float] | None = None,
    ) -> Accompanied:
        """Where each device is, in metres east and north of home."""
        self.at_s += 2.0
        now = np.full((len(metres), 6), NAN)
        for row, (east_m, north_m) in enumerate(metres):
            if not math.isnan(east_m):
                track, way_m = (
                    math.degrees(math.atan2(east_m, north_m)),
                    math.hypot(east_m, north_m),
                )
                now[row, :2] = GEOD.fwd(*HOME, track, way_m)[:2]
        now[:, 2] = self.at_s if at_s is None else at_s
        now[:, 3] = agl
        domains = np.full(len(metres), domain, np.int8)
        self.company, done = accompany(
            self.company, self.zones, now, domains, np.full(len(metres), way)
        )
        return done


def told(done: Accompanied) -> list[tuple[int, EventKind, Cause]]:
    return [(event.device, event.kind, event.cause) for event in done.events]


def test_a_device_comes_and_goes_and_the_carrier_is_not_in_its_own_zone() -> None:
    scene = Scene()
    assert told(scene.look((0.0, 0.0), (100.0, 0.0))) == []
    done = scene.look((0.0, 0.0), (40.0, 0.0))
    assert told(done) == [(1, ENTER, MOVED)]
    assert done.inside == ((0, 1),)
    assert told(scene.look((0.0, 0.0), (10.0, 0.0))) == []
    assert told(scene.look((0.0, 0.0), (60.0, 0.0))) == [(1, EXIT, MOVED)]


def test_a_zone_that_drives_up_to_a_standing_device_is_the_cause() -> None:
    scene = Scene()
    scene.look((0.0, 0.0), (100.0, 0.0))
    assert told(scene.look((60.0, 0.0), (100.0, 0.0))) == [(1, ENTER, CHANGED)]
    assert told(scene.look((190.0, 0.0), (100.0, 0.0))) == [(1, EXIT, CHANGED)]


def test_two_that_pass_each_other_between_two_fixes_are_not_missed() -> None:
    scene = Scene()
    scene.look((0.0, 0.0), (200.0, 20.0))
    done = scene.look((200.0, 0.0), (0.0, 20.0))
    assert told(done) == [(1, CROSS, MOVED)]
    # They close in at 200 m/s from 200 m, and meet 46 m apart along the road.
    assert done.events[0].at_s == pytest.approx(2.0 + (200.0 - math.sqrt(2100.0)) / 200.0, abs=0.01)


def test_after_a_gap_the_way_is_not_judged() -> None:
    scene = Scene()
    scene.look((0.0, 0.0), (200.0, 20.0))
    assert told(scene.look((200.0, 0.0), (0.0, 20.0), way=False)) == []


def test_two_whose_ways_cross_at_different_times_do_not_meet() -> None:
    scene = Scene(around(radius_m=20.0))
    scene.look((0.0, 0.0), (100.0, -100.0), at_s=[0.0, 10.0])
    done = scene.look((200.0, 0.0), (100.0, 100.0), at_s=[10.0, 20.0])
    assert told(done) == []
    scene = Scene(around(radius_m=20.0))
    scene.look((0.0, 0.0), (100.0, -100.0), at_s=[0.0, 0.0])
    done = scene.look((200.0, 0.0), (100.0, 100.0), at_s=[10.0, 10.0])
    assert told(done) == [(1, CROSS, MOVED)]


def test_the_first_fix_inside_is_told_apart() -> None:
    scene = Scene()
    scene.look((0.0, 0.0), (NAN, NAN))
    assert told(scene.look((0.0, 0.0), (10.0, 0.0))) == [(1, FIRST_INSIDE, MOVED)]


def test_a_zone_that_is_attached_and_withdrawn_is_the_cause() -> None:
    scene = Scene()
    scene.zones = ()
    scene.look((0.0, 0.0), (10.0, 0.0))
    scene.zones = (around(),)
    assert told(scene.look((0.0, 0.0), (10.0, 0.0))) == [(1, ENTER, CHANGED)]
    scene.zones = ()
    done = scene.look((0.0, 0.0), (10.0, 0.0))
    assert told(done) == [(1, EXIT, CHANGED)]
    assert done.events[0].slot == WITHDRAWN


def test_an_unknown_place_changes_nothing_and_a_zone_without_one_is_said() -> None:
    scene = Scene()
    scene.look((0.0, 0.0), (10.0, 0.0))
    assert told(scene.look((0.0, 0.0), (NAN, NAN))) == []
    done = scene.look((NAN, NAN), (90.0, 0.0))
    assert (told(done), done.unplaced) == ([], (0,))
    assert told(scene.look((0.0, 0.0), (90.0, 0.0))) == [(1, EXIT, CHANGED)]


def test_an_unknown_height_is_neither_inside_nor_left() -> None:
    scene = Scene(around(top_m=120.0))
    scene.look((0.0, 0.0), (100.0, 0.0), agl=50.0)
    done = scene.look((0.0, 0.0), (10.0, 0.0))
    assert (told(done), done.unknown) == ([], ((0, 1),))
    assert told(scene.look((0.0, 0.0), (10.0, 0.0), agl=50.0)) == [(1, ENTER, MOVED)]
    assert told(scene.look((0.0, 0.0), (10.0, 0.0))) == []
    assert told(scene.look((0.0, 0.0), (10.0, 0.0), agl=130.0)) == [(1, EXIT, MOVED)]


def test_a_way_above_the_zone_does_not_meet_it() -> None:
    scene = Scene(around(top_m=60.0))
    scene.look((0.0, 0.0), (-100.0, 0.0), agl=100.0)
    assert told(scene.look((0.0, 0.0), (100.0, 0.0), agl=100.0)) == []
    scene.look((0.0, 0.0), (-100.0, 0.0), agl=100.0)
    assert told(scene.look((0.0, 0.0), (100.0, 0.0), agl=10.0)) == [(1, CROSS, MOVED)]


def test_a_way_whose_heights_are_not_known_may_have_met_the_zone() -> None:
    scene = Scene(around(top_m=60.0))
    scene.look((0.0, 0.0), (-100.0, 0.0))
    done = scene.look((0.0, 0.0), (100.0, 0.0))
    assert (told(done), done.unknown) == ([], ((0, 1),))


def test_another_domain_is_not_concerned() -> None:
    scene = Scene()
    scene.look((0.0, 0.0), (100.0, 0.0), domain=1)
    assert told(scene.look((0.0, 0.0), (10.0, 0.0), domain=1)) == []


def test_a_zone_without_a_device_is_refused() -> None:
    with pytest.raises(ValueError, match="one of 1 devices"):
        Scene(around(5)).look((0.0, 0.0))
    with pytest.raises(ValueError, match="every zone once"):
        Scene(around(), around()).look((0.0, 0.0))


metres = st.integers(-150, 150).map(float)
spots = st.tuples(metres, metres)


@given(st.lists(st.tuples(spots, spots), min_size=2, max_size=6), st.integers(5, 80))
def test_whoever_comes_within_the_radius_at_some_moment_is_told(
    ways: list[tuple[tuple[float, float], tuple[float, float]]], radius: int
) -> None:
    """By looks along the ways, in the plane; ties within 20 cm count either way."""
    scene = Scene(around(radius_m=float(radius)))
    first = scene.look(*(start for start, _ in ways))
    done = scene.look(*(end for _, end in ways))
    seen = {event.device: event.kind for event in done.events}
    share = np.linspace(0.0, 1.0, 2_001)[:, None]
    for device in range(1, len(ways)):
        apart = [np.subtract(ways[device][end], ways[0][end]) for end in (0, 1)]
        away = np.hypot(*(apart[0] + share * (apart[1] - apart[0])).T) - radius
        if min(abs(away[0]), abs(away[-1]), abs(away.min())) < 0.2:
            continue
        assert ((0, device) in first.inside) == (away[0] < 0.0)
        assert ((0, device) in done.inside) == (away[-1] < 0.0)
        kind = {
            (False, False): CROSS if away.min() < 0.0 else None,
            (False, True): ENTER,
            (True, False): EXIT,
            (True, True): None,
        }[(bool(away[0] < 0.0), bool(away[-1] < 0.0))]
        assert seen.get(device) == kind
