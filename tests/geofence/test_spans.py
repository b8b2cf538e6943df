"""Stretches of time: what is left of them, and what they are together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.spans import Spans, joined, while_not_negative

INF = np.inf


def spans(rows: list[tuple[int, float, float]]) -> Spans:
    owner, from_s, until_s = zip(*rows, strict=True) if rows else ((), (), ())
    return Spans(
        np.array(owner, np.int64), np.array(from_s, np.float64), np.array(until_s, np.float64)
    )


def listed(of: Spans) -> list[tuple[int, float, float]]:
    return list(zip(of.owner.tolist(), of.from_s.tolist(), of.until_s.tolist(), strict=True))


def union(rows: list[tuple[int, float, float]]) -> list[tuple[int, float, float]]:
    """The slow way: one after the other."""
    found: list[tuple[int, float, float]] = []
    for owner, from_s, until_s in sorted(rows):
        if found and found[-1][0] == owner and from_s <= found[-1][2]:
            found[-1] = (owner, found[-1][1], max(found[-1][2], until_s))
        else:
            found.append((owner, from_s, until_s))
    return found


stretches = st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(0, 6)).map(
    lambda row: (row[0], float(row[1]), float(row[1] + row[2]))
)


@given(st.lists(stretches, max_size=20))
def test_the_stretches_of_an_owner_are_joined_and_no_others(
    rows: list[tuple[int, float, float]],
) -> None:
    assert listed(joined(spans(rows), np.zeros(len(rows)))) == union(rows)


def test_a_gap_that_is_small_enough_joins() -> None:
    rows = spans([(0, 0.0, 1.0), (0, 1.001, 2.0), (1, 0.0, 1.0), (1, 1.001, 2.0)])
    gap_s = np.array([0.01, 0.01, 0.0, 0.0])
    assert listed(joined(rows, gap_s)) == [(0, 0.0, 2.0), (1, 0.0, 1.0), (1, 1.001, 2.0)]


@pytest.mark.parametrize(
    ("value", "rate", "left"),
    [
        (10.0, -2.0, (1.0, 5.0)),
        (-6.0, 2.0, (3.0, 9.0)),
        (10.0, 2.0, (1.0, 9.0)),
        (0.0, 0.0, (1.0, 9.0)),
        (10.0, -0.1, (1.0, 9.0)),
        (np.nan, 1.0, (1.0, 9.0)),
        (-5.0, np.nan, (1.0, 9.0)),
        (INF, -1.0, (1.0, 9.0)),
    ],
)
def test_a_stretch_lasts_while_the_value_is_not_negative(
    value: float, rate: float, left: tuple[float, float]
) -> None:
    clipped = while_not_negative(*(np.array([one]) for one in (value, rate, 1.0, 9.0)))
    assert (clipped[0][0], clipped[1][0]) == left


@pytest.mark.parametrize(("value", "rate"), [(-1.0, 0.0), (-1.0, -1.0), (-20.0, 1.0), (0.5, -1.0)])
def test_nothing_is_left_where_it_is_negative_throughout(value: float, rate: float) -> None:
    begin, end = while_not_negative(*(np.array([one]) for one in (value, rate, 1.0, 9.0)))
    assert begin[0] > end[0]
