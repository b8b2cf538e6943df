"""How sure it is to be in a zone, by the accuracy that a fix claims."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from geofence.events import EventKind, Judged
from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.frame import Frame
from geofence.snapshot import build
from geofence.step import step
from geofence.sureness import SIGMAS_95, of_distance
from geofence.zone import Area, Circle
from tests.geofence.test_step import EIGHT_S, SQUARE, zone

MIDDLE = (121.502, 31.202)
SNAPSHOT = build(
    [zone("a", SQUARE), zone("b", Circle(*MIDDLE, 100.0), Circle(121.6, 31.2, 50.0))], 1
)


def from_the_middle(east_m: float) -> tuple[float, float]:
    longitude, latitude = Frame(*MIDDLE).to_degrees(np.array([[east_m, 0.0]]))[0].tolist()
    return longitude, latitude


def test_the_accuracy_is_the_radius_that_holds_95_percent_of_the_error() -> None:
    chance = np.random.default_rng(1)
    error = chance.normal(0.0, 10.0 / SIGMAS_95, (100_000, 2))
    assert (np.hypot(*error.T) <= 10.0).mean() == pytest.approx(0.95, abs=0.003)


@pytest.mark.parametrize(
    ("inside_m", "expected"),
    [(0.0, 0.5), (10.0, 0.9928), (-10.0, 0.0072), (3.0, 0.7686), (1e9, 1.0), (-1e9, 0.0)],
)
def test_at_ten_metres_the_distance_from_the_edge_decides(inside_m: float, expected: float) -> None:
    assert of_distance(inside_m, 10.0) == pytest.approx(expected, abs=1e-4)


@pytest.mark.requirement("D4d-61")
@pytest.mark.parametrize(
    ("north_m", "deepest_m"), [(0.0, 100.0), (60.0, 40.0), (99.0, 1.0), (101.0, -math.inf)]
)
def test_a_way_over_a_circle_is_deepest_where_it_is_nearest_to_the_middle(
    north_m: float, deepest_m: float
) -> None:
    ends = Frame(*MIDDLE).to_degrees(np.array([[-200.0, north_m], [170.0, north_m]]))
    found = SNAPSHOT.sureness.deepest_m(SNAPSHOT.slots["b"], ends[0], ends[1])
    assert found == pytest.approx(deepest_m, abs=0.6)


def test_a_way_that_ends_in_a_zone_is_deepest_there_and_one_beside_it_nowhere() -> None:
    start, end = np.array(from_the_middle(-200.0)), np.array(from_the_middle(-70.0))
    slot = SNAPSHOT.slots["b"]
    assert SNAPSHOT.sureness.deepest_m(slot, start, end) == pytest.approx(30.0, abs=0.3)
    assert SNAPSHOT.sureness.deepest_m(slot, start, start) == -math.inf


def test_without_an_error_the_edge_belongs_to_the_zone() -> None:
    assert [of_distance(metres, 0.0) for metres in (-0.1, 0.0, 0.1)] == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("east_m", [0.0, 50.0, 99.0, 101.0, 130.0, 250.0])
def test_the_distance_to_the_edge_is_in_metres(east_m: float) -> None:
    found = SNAPSHOT.sureness.inside_m(1, *from_the_middle(east_m))
    assert found == pytest.approx(100.0 - east_m, abs=0.25)


def test_of_several_volumes_the_nearest_counts() -> None:
    assert SNAPSHOT.sureness.inside_m(1, 121.6, 31.2) == pytest.approx(50.0, abs=0.2)


@pytest.mark.parametrize("place", [(math.nan, 31.2), (121.5, math.nan), (math.inf, 31.2)])
def test_of_a_place_that_is_not_known_nothing_is_sure(place: tuple[float, float]) -> None:
    assert math.isnan(SNAPSHOT.sureness.probability(0, *place, 5.0))
    assert math.isnan(SNAPSHOT.sureness.probability(0, *MIDDLE, math.nan))


@given(st.floats(-50.0, 50.0), st.floats(0.5, 50.0))
def test_what_a_thousand_throws_of_the_error_say(inside_m: float, accuracy_m: float) -> None:
    chance = np.random.default_rng(7)
    thrown = inside_m + chance.normal(0.0, accuracy_m / SIGMAS_95, 1_000)
    assert of_distance(inside_m, accuracy_m) == pytest.approx((thrown >= 0.0).mean(), abs=0.07)


def judged(*fixes: tuple[float, float, float], known: bool = True) -> Judged:
    """A fix a second at metres east of the middle, north 0, with its accuracy."""
    places = [from_the_middle(east_m) for east_m, _, _ in fixes]
    count = len(fixes)
    unknown = np.full(count, math.nan)
    made = Fixes(
        np.zeros(count, np.int32),
        np.array([place[0] for place in places]),
        np.array([place[1] for place in places]),
        EIGHT_S + np.arange(count, dtype=np.float64),
        unknown,
        unknown,
        unknown,
        np.zeros(count, np.int8),
        np.ones(count, np.bool_),
        np.array([accuracy_m for *_, accuracy_m in fixes]) if known else None,
    )
    return step(Fleet(), SNAPSHOT, made)[1]


def test_an_event_says_how_sure_it_is() -> None:
    events = judged((250, 0, 5), (95, 0, 10), (110, 0, math.nan), (95, 0, 0), (400, 0, 3)).events
    circle = [(each.kind, each.inside_probability) for each in events if each.zone_id == "b"]
    kinds = [kind for kind, _ in circle]
    assert kinds == [EventKind.ENTER, EventKind.EXIT, EventKind.ENTER, EventKind.EXIT]
    sure = [probability for _, probability in circle]
    assert sure[0] == pytest.approx(0.89, abs=0.02)
    assert math.isnan(sure[1])
    assert (sure[2], sure[3]) == (1.0, 0.0)


def test_the_accuracy_decides_nothing() -> None:
    fixes = ((250, 0, 500), (95, 0, 500), (110, 0, 500), (95, 0, 500), (400, 0, 500))
    with_it, without = judged(*fixes), judged(*fixes, known=False)
    assert all(math.isnan(each.inside_probability) for each in without.events)
    forgotten = [each._replace(inside_probability=0.0) for each in with_it.events]
    assert forgotten == [each._replace(inside_probability=0.0) for each in without.events]
    assert with_it.inside == without.inside


def test_a_crossing_says_nothing_of_it() -> None:
    thin = build([zone("thin", Area(box(121.502, 31.2, 121.50201, 31.204)))], 1)
    places = np.array([121.501, 121.503])
    none = np.full(2, math.nan)
    fixes = Fixes(
        np.zeros(2, np.int32),
        places,
        np.full(2, 31.202),
        EIGHT_S + np.arange(2, dtype=np.float64),
        none,
        none,
        none,
        np.zeros(2, np.int8),
        np.ones(2, np.bool_),
        np.full(2, 5.0),
    )
    ((kind, probability),) = [
        (each.kind, each.inside_probability) for each in step(Fleet(), thin, fixes)[1].events
    ]
    assert kind is EventKind.CROSS
    assert math.isnan(probability)
