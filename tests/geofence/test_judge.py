"""The height limits of a volume: each in its own reference, and three answers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.judge import Presence, bands, between_heights
from geofence.zone import HeightBand, HeightLimit, HeightReference

OUTSIDE, UNKNOWN, INSIDE = Presence.OUTSIDE, Presence.UNKNOWN, Presence.INSIDE
AGL, AMSL, HAE = HeightReference.AGL, HeightReference.AMSL, HeightReference.HAE
NAN = math.nan


def judge(band: HeightBand, agl: float = NAN, amsl: float = NAN, hae: float = NAN) -> Presence:
    heights = np.array([[agl, amsl, hae]])
    (judged,) = between_heights(bands([band]), np.array([0]), heights).tolist()
    return Presence(judged)


@pytest.mark.requirement("A44-3")
@pytest.mark.parametrize(
    ("agl", "expected"),
    [
        (59.9, OUTSIDE),
        (60.0, INSIDE),
        (90.0, INSIDE),
        (120.0, INSIDE),
        (120.1, OUTSIDE),
        (NAN, UNKNOWN),
    ],
)
def test_both_limits_belong_to_the_band_and_an_unknown_height_is_neither_in_nor_out(
    agl: float, expected: Presence
) -> None:
    assert judge(HeightBand(HeightLimit(60.0, AGL), HeightLimit(120.0, AGL)), agl) is expected


def test_a_missing_limit_is_unbounded_never_nought() -> None:
    assert judge(HeightBand(upper=HeightLimit(120.0, AGL)), agl=-30.0) is INSIDE
    assert judge(HeightBand(lower=HeightLimit(-5.0, AGL)), agl=9e9) is INSIDE
    assert judge(HeightBand()) is INSIDE


@pytest.mark.requirement("F-17")
def test_each_limit_looks_at_the_height_of_its_own_reference() -> None:
    band = HeightBand(HeightLimit(100.0, AMSL), HeightLimit(50.0, AGL))
    assert judge(band, agl=40.0, amsl=130.0, hae=0.0) is INSIDE
    assert judge(band, agl=60.0, amsl=130.0) is OUTSIDE
    assert judge(band, agl=40.0, amsl=90.0) is OUTSIDE
    assert judge(band, agl=130.0, amsl=40.0) is OUTSIDE
    assert judge(HeightBand(HeightLimit(10.0, HAE)), agl=0.0, amsl=0.0, hae=11.0) is INSIDE


def test_one_limit_that_is_broken_decides_though_the_other_height_is_unknown() -> None:
    band = HeightBand(HeightLimit(100.0, AMSL), HeightLimit(50.0, AGL))
    assert judge(band, agl=60.0) is OUTSIDE
    assert judge(band, amsl=90.0) is OUTSIDE
    assert judge(band, agl=40.0) is UNKNOWN
    assert judge(band, amsl=130.0) is UNKNOWN
    assert judge(band, hae=110.0) is UNKNOWN


heights = st.none() | st.floats(-500.0, 9_000.0)
limits = st.none() | st.builds(
    HeightLimit, st.floats(-500.0, 9_000.0), st.sampled_from([*HeightReference])
)


def expected_of(band: HeightBand, known: dict[HeightReference, float | None]) -> Presence:
    """The rule, one limit after the other, without arrays."""
    answers = []
    for limit, keeps in ((band.lower, float.__ge__), (band.upper, float.__le__)):
        if limit is None:
            continue
        height = known[limit.reference]
        answers.append(None if height is None else bool(keeps(height, limit.value_m)))
    if False in answers:
        return OUTSIDE
    return UNKNOWN if None in answers else INSIDE


@given(lower=limits, upper=limits, agl=heights, amsl=heights, hae=heights)
def test_a_band_of_any_two_limits_against_the_rule_written_out(
    lower: HeightLimit | None,
    upper: HeightLimit | None,
    agl: float | None,
    amsl: float | None,
    hae: float | None,
) -> None:
    band = HeightBand(lower, upper)
    judged = judge(band, *(NAN if one is None else one for one in (agl, amsl, hae)))
    assert judged is expected_of(band, {AGL: agl, AMSL: amsl, HAE: hae})


def test_pairs_are_judged_each_by_its_own_volume() -> None:
    of = bands(
        [HeightBand(), HeightBand(HeightLimit(100.0, AGL)), HeightBand(None, HeightLimit(9.0, HAE))]
    )
    rows = np.array([[50.0, NAN, 10.0], [150.0, NAN, NAN]])
    volume = np.array([0, 1, 2, 1, 2])
    judged = between_heights(of, volume, rows[[0, 0, 0, 1, 1]])
    assert judged.tolist() == [INSIDE, OUTSIDE, OUTSIDE, INSIDE, UNKNOWN]
