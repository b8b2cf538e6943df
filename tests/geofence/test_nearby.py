"""The neighbour search against all pairs, measured on the geodesic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geofence.nearby import near, near_each_other

GEOD = Geod(ellps="WGS84")
FloatArray = np.ndarray[tuple[int, int], np.dtype[np.float64]]
NAN = float("nan")

CENTRES = [(121.5, 31.2), (180.0, 0.0), (-180.0, -52.0), (10.0, 78.0), (0.0, 0.0)]
offsets = st.tuples(st.floats(0.0, 360.0), st.floats(0.0, 3_000.0))


def around(centre: tuple[float, float], of: list[tuple[float, float]]) -> FloatArray:
    return np.array([GEOD.fwd(*centre, track, way_m)[:2] for track, way_m in of]).reshape(-1, 2)


@given(
    st.sampled_from(CENTRES),
    st.lists(st.tuples(offsets, st.floats(0.0, 900.0)), max_size=25),
    st.lists(st.tuples(offsets, st.floats(0.0, 900.0)), max_size=25),
)
def test_all_pairs_within_both_reaches_are_found_once(
    centre: tuple[float, float],
    first: list[tuple[tuple[float, float], float]],
    second: list[tuple[tuple[float, float], float]],
) -> None:
    places = around(centre, [of for of, _ in first])
    others = around(centre, [of for of, _ in second])
    reach_m, other_m = (np.array([m for _, m in each]) for each in (first, second))
    found = near(places, reach_m, others, other_m)
    pairs = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    for one, place in enumerate(places):
        for two, other in enumerate(others):
            apart_m = GEOD.inv(*place, *other)[2]
            spare_m = reach_m[one] + other_m[two] - apart_m
            # At 78° the tangent is off by a few centimetres over some kilometres.
            if abs(spare_m) > 0.2:
                assert ((one, two) in pairs) == (spare_m > 0.0)


@given(
    st.sampled_from(CENTRES),
    st.lists(st.tuples(offsets, st.one_of(st.just(40.0), st.floats(0.0, 900.0))), max_size=40),
)
def test_all_pairs_among_the_same_places_are_found_once(
    centre: tuple[float, float], of: list[tuple[tuple[float, float], float]]
) -> None:
    places, reach_m = around(centre, [each for each, _ in of]), np.array([m for _, m in of])
    found = near_each_other(places, reach_m)
    pairs = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert all(one < two for one, two in pairs)
    either_way = near(places, reach_m, places, reach_m)
    both = zip(either_way.first.tolist(), either_way.second.tolist(), strict=True)
    assert {*pairs} == {(one, two) for one, two in both if one < two}
    np.testing.assert_allclose(
        np.hypot(*found.apart_m.T),
        [GEOD.inv(*places[one], *places[two])[2] for one, two in pairs],
        atol=0.2,
    )


def test_places_near_the_pole_and_the_date_line_are_near_each_other() -> None:
    beside_the_line = np.array([[179.9999, 10.0], [-179.9999, 10.0], [179.9, 10.0]])
    around_the_pole = np.array([[0.0, 89.99999], [120.0, 89.99999], [NAN, NAN], [0.0, 89.0]])
    for places in (beside_the_line, around_the_pole):
        found = near_each_other(places, np.full(len(places), 20.0))
        assert (found.first.tolist(), found.second.tolist()) == ([0], [1])


def test_the_way_between_two_is_told_in_metres() -> None:
    there = np.array([GEOD.fwd(121.5, 31.2, 30.0, 100.0)[:2]])
    found = near(np.array([[121.5, 31.2]]), np.array([100.0]), there, np.array([1.0]))
    assert found.apart_m[0].tolist() == pytest.approx([50.0, 86.603], abs=0.001)


def test_a_place_that_is_not_known_is_near_nothing() -> None:
    here, unknown, reach_m = np.array([[0.0, 0.0]]), np.array([[NAN, NAN]]), np.array([1e4])
    assert not len(near(here, reach_m, unknown, reach_m).first)
    assert not len(near(unknown, reach_m, here, reach_m).first)


def test_a_place_at_the_pole_is_near_all_around_it() -> None:
    pole = np.array([[0.0, 90.0]])
    found = near(pole, np.array([1.0]), np.array([[120.0, 89.99999]]), np.array([2.0]))
    assert len(found.first) == 1


def test_one_that_reaches_far_does_not_make_candidates_of_all_others() -> None:
    """90 000 places on a grid of 1 km: were all compared with all, this would not end."""
    east, north = np.meshgrid(np.arange(300) * 0.01, np.arange(300) * 0.01)
    places = np.column_stack((120.0 + east.ravel(), 30.0 + north.ravel()))
    reach_m = np.full(len(places), 10.0)
    reach_m[0] = 50_000.0
    found = near(places, reach_m, places, reach_m)
    far = (found.first == 0) | (found.second == 0)
    assert (~far).sum() == len(places) - 1
    assert far.sum() > 1_000
