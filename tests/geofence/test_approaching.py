"""When devices meet the zones that move with others, if both go on as they do."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from geofence.approaching import Approach, approach
from geofence.judge import Presence
from geofence.motion import Motion
from geofence.moving import MovingZones, Passers, Sightings, encounters
from geofence.snapshot import build
from geofence.stays import stays
from tests.geofence.test_moving import NAN, Spot, at, carrier, zone

HORIZON_S = 20.0
ROAD = np.zeros(1, np.int8)


def motion(velocity: Spot, climb_mps: float = 0.0) -> Motion:
    east, north = velocity
    track = math.degrees(math.atan2(east, north)) % 360.0
    columns = (math.hypot(east, north), track, climb_mps)
    return Motion(*(np.array([each]) for each in columns))


def place(spot: Spot, at_s: float = 10.0, agl: float = NAN) -> np.ndarray:
    return np.array([[*at(*spot), at_s, agl, NAN, NAN]])


def met(
    zones: MovingZones, seen: Sightings, here: np.ndarray, moves: Motion, code: int = 0
) -> Approach:
    domain = np.full(1, code, np.int8)
    ahead = stays(build([], 1), here, domain, moves, HORIZON_S)
    return approach(zones, seen, ahead, domain, moves)


def spans(found: Approach) -> list[tuple[float, float, bool]]:
    columns = (found.from_s.tolist(), found.until_s.tolist(), found.sure.tolist())
    return list(zip(*columns, strict=True))


@pytest.mark.requirement("D4d-59")
def test_who_drives_towards_a_zone_that_comes_meets_it_at_the_speed_of_both() -> None:
    """200 m apart, 15 m/s nearer each second: the radius of 50 m is met after ten."""
    seen = carrier((200.0, 0.0), velocity=(-5.0, 0.0))
    found = met(zone(50.0), seen, place((0.0, 0.0)), motion((10.0, 0.0)))
    ((from_s, until_s, sure),) = spans(found)
    assert [from_s, until_s] == pytest.approx([10.0, 16.667], abs=0.01)
    assert sure


@pytest.mark.requirement("D4d-59")
def test_a_zone_that_is_overtaken_by_nobody_is_met_by_nobody() -> None:
    seen = carrier((200.0, 0.0), velocity=(10.0, 0.0))
    assert spans(met(zone(50.0), seen, place((0.0, 0.0)), motion((10.0, 0.0)))) == []


def test_who_goes_along_with_the_zone_stays_in_it() -> None:
    seen = carrier((30.0, 0.0), velocity=(10.0, 0.0))
    found = met(zone(50.0), seen, place((0.0, 0.0)), motion((10.0, 0.0)))
    assert spans(found) == [(0.0, HORIZON_S, True)]


def test_a_carrier_that_was_seen_earlier_is_followed_to_the_fix() -> None:
    """Seen 2 s before at 220 m: at the fix it is 200 m away."""
    seen = carrier((220.0, 0.0), at_s=8.0, velocity=(-10.0, 0.0))
    found = met(zone(50.0), seen, place((0.0, 0.0)), motion((0.0, 0.0)))
    ((from_s, *_),) = spans(found)
    assert from_s == pytest.approx(15.0, abs=0.01)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"at_s": 6.0}, "too long ago to follow it"),
        ({"velocity": (5.0, 0.0)}, "it goes away"),
    ],
)
def test_what_is_not_met_or_cannot_be_told_is_not_told(change: dict[str, object], why: str) -> None:
    said: dict[str, object] = {"velocity": (-5.0, 0.0)} | change
    seen = carrier((200.0, 0.0), **said)  # type: ignore[arg-type]
    assert spans(met(zone(50.0), seen, place((0.0, 0.0)), motion((5.0, 0.0)))) == [], why


def test_whom_the_zone_does_not_concern_does_not_meet_it() -> None:
    seen = carrier((100.0, 0.0), velocity=(-10.0, 0.0))
    assert len(met(zone(50.0), seen, place((0.0, 0.0)), motion((1.0, 0.0)), code=0).row) == 1
    assert len(met(zone(50.0), seen, place((0.0, 0.0)), motion((1.0, 0.0)), code=1).row) == 0


@pytest.mark.requirement("D4d-59")
@pytest.mark.parametrize(
    ("agl", "climb", "expected"),
    [
        (80.0, 0.0, []),
        (80.0, -2.0, [(10.0, 15.0, True)]),
        (80.0, NAN, [(5.0, 15.0, False)]),
        (NAN, 0.0, [(5.0, 15.0, False)]),
        (40.0, 0.0, [(5.0, 15.0, True)]),
    ],
)
def test_heights_decide_with_the_climb_and_unknown_ones_make_it_uncertain(
    agl: float, climb: float, expected: list[tuple[float, float, bool]]
) -> None:
    """Over the ground the zone, up to 60 m, is met from the fifth second to the fifteenth."""
    seen = carrier((100.0, 0.0), velocity=(-5.0, 0.0))
    here = place((0.0, 0.0), agl=agl)
    found = spans(met(zone(50.0, top_m=60.0), seen, here, motion((5.0, 0.0), climb)))
    assert [each[2] for each in found] == [each[2] for each in expected]
    for one, other in zip(found, expected, strict=True):
        assert one[:2] == pytest.approx(other[:2], abs=0.01)


METRES, SPEEDS = st.floats(-300.0, 300.0), st.floats(-20.0, 20.0)


@pytest.mark.requirement("D4d-59")
@given(
    spot=st.tuples(METRES, METRES),
    velocity=st.tuples(SPEEDS, SPEEDS),
    own=st.tuples(SPEEDS, SPEEDS),
    at_s=st.floats(8.0, 12.0),
    after_s=st.floats(0.0, HORIZON_S),
    radius_m=st.floats(10.0, 200.0),
)
@example((0.0, 0.0), (0.0, 0.0), (0.0, 5e-324), 8.0, 0.0, 10.0)
def test_it_is_in_the_zone_then_as_the_judgement_would_find_it_there(
    spot: Spot, velocity: Spot, own: Spot, at_s: float, after_s: float, radius_m: float
) -> None:
    zones, seen = zone(radius_m), carrier(spot, at_s=at_s, velocity=velocity)
    found = spans(met(zones, seen, place((0.0, 0.0)), motion(own)))
    here = place((own[0] * after_s, own[1] * after_s), at_s=10.0 + after_s)
    # As the carrier says a moment later that it goes on as it does.
    later = 10.0 + after_s - at_s
    moved = carrier(
        (spot[0] + velocity[0] * later, spot[1] + velocity[1] * later),
        at_s=10.0 + after_s,
        velocity=velocity,
    )
    told = encounters(zones, moved, Passers(here, np.full((1, 3), NAN), ROAD))
    is_in = Presence.INSIDE in told.presence.tolist()
    # Metres over some hundred of them are true to a millimetre or so.
    edge = encounters(
        replace(zones, radius_m=zones.radius_m + (-0.05 if is_in else 0.05)),
        moved,
        Passers(here, np.full((1, 3), NAN), ROAD),
    )
    assume((Presence.INSIDE in edge.presence.tolist()) == is_in)
    assert any(from_s <= after_s <= until_s for from_s, until_s, _ in found) == is_in


@pytest.mark.requirement("D4d-60")
@pytest.mark.parametrize(("spot_m", "ends_s"), [(40.0, 4.0), (60.0, 2.0), (81.0, None)])
def test_who_is_held_by_a_zone_is_let_go_behind_its_margin(
    spot_m: float, ends_s: float | None
) -> None:
    """Radius 50 m and margin 30 m; it drives away with 10 m/s."""
    zones, seen = zone(50.0, margin_m=30.0), carrier((-spot_m, 0.0))
    ahead = stays(build([], 1), place((0.0, 0.0)), ROAD, motion((10.0, 0.0)), HORIZON_S)
    held = approach(zones, seen, ahead, ROAD, motion((10.0, 0.0)), [(0, 0)])
    free = approach(zones, seen, ahead, ROAD, motion((10.0, 0.0)))
    ends = [] if ends_s is None else [pytest.approx(ends_s, abs=0.01)]
    assert held.until_s.tolist() == ends
    assert (free.until_s.tolist() != []) is (spot_m < 50.0)
