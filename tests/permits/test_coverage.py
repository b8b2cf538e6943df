"""How much of a road was driven, and what the platform's own figures do to what is attested."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.coverage import LineDriven, Stretch, share_of, together
from permits.driven_days import Account, DaysDriven, counted, merged
from permits.mileage import NOT_KNOWN, Driven, Measured, with_measured, with_recognised
from permits.recognition import RecognisedFacts


def part(length_m: float, *stretches: Stretch) -> float | None:
    return share_of([LineDriven(length_m, stretches)])


@pytest.mark.requirement("D4d-69")
def test_a_part_that_was_driven_often_counts_once_and_all_together_make_the_whole() -> None:
    assert part(1000.0, (0.0, 500.0), (0.0, 500.0), (100.0, 300.0)) == 0.5
    assert (
        share_of([LineDriven(1000.0, ((0.0, 600.0),)), LineDriven(1000.0, ((550.0, 1000.0),))])
        == 1.0
    )
    assert part(1000.0) == 0.0
    assert share_of([]) is None


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        (((25.0, 975.0),), 1.0),
        (((25.1, 975.0),), 0.9749),
        (((0.0, 400.0), (425.0, 1000.0)), 1.0),
        (((0.0, 400.0), (425.1, 1000.0)), 0.9749),
    ],
)
def test_what_lies_between_two_reports_is_no_gap(
    stretches: tuple[Stretch, ...], expected: float
) -> None:
    assert part(1000.0, *stretches) == pytest.approx(expected)


def test_of_a_short_road_a_twentieth_is_a_gap() -> None:
    assert part(100.0, (5.0, 95.0)) == 1.0
    assert part(100.0, (5.1, 95.0)) == pytest.approx(0.949)


roads = st.lists(
    st.tuples(st.floats(0.0, 900.0), st.floats(0.0, 900.0)).map(lambda both: (min(both), max(both))),
    max_size=8,
)  # fmt: skip


@given(roads, roads)
def test_more_that_is_driven_is_never_less_and_never_more_than_the_whole(
    one: list[Stretch], more: list[Stretch]
) -> None:
    before, after = part(900.0, *one), part(900.0, *one, *more)
    assert before is not None
    assert after is not None
    assert 0.0 <= before <= after + 1e-12 <= 1.0 + 1e-12
    assert part(900.0, *reversed(together(one))) == pytest.approx(before)


@given(roads)
def test_stretches_together_are_apart_in_order_and_hold_the_same(stretches: list[Stretch]) -> None:
    found = together(stretches)
    assert all(before[1] < after[0] for before, after in pairwise(found))
    for place in range(0, 901, 30):
        held = any(begins <= place <= ends for begins, ends in stretches)
        assert any(begins <= place <= ends for begins, ends in found) == held


def days(*told: tuple[int, int, float]) -> tuple[DaysDriven, ...]:
    return tuple(
        DaysDriven(
            begins=date(2026, 5, first),
            ends=date(2026, 5, last),
            automated_km=km,
            automated_h=km / 10,
        )
        for first, last, km in told
    )


def account(*told: tuple[int, int, float]) -> Account:
    km = sum(each[2] for each in told)
    return Account(automated_km=km, automated_h=km / 10, days=days(*told))


@pytest.mark.requirement("D4d-69")
def test_of_days_that_are_attested_and_measured_what_is_more_counts_and_nothing_twice() -> None:
    attested = Driven(
        automated_km=100.0, automated_h=10.0, total_km=100.0, documents=("D1",),
        zone_ids=frozenset({"z-9"}), account=account((1, 10, 100.0)),
        account_of_segments=account((1, 10, 100.0)),
    )  # fmt: skip
    seen = Measured(
        covered={"z-1": LineDriven(1000.0, ((0.0, 10.0),)), "z-2": LineDriven(1000.0)},
        by_area=frozenset({"z-3"}),
        account=account((9, 9, 30.0), (10, 10, 40.0), (11, 11, 5.0)),
        account_of_segments=account((10, 10, 120.0)),
    )
    found = with_measured(attested, seen)
    assert (found.total_km, found.automated_km) == (105.0, 120.0)
    assert found.zone_ids == frozenset({"z-9", "z-1", "z-3"})
    assert merged((found.account, seen.account)).automated_km == 105.0, "it is among them already"
    alone = with_measured(NOT_KNOWN, seen)
    assert (alone.total_km, alone.automated_km, alone.is_attested) == (75.0, 120.0, False)


def test_who_is_measured_and_of_whom_nobody_told_is_still_spoken_for_elsewhere() -> None:
    there = RecognisedFacts(
        bundles=("B1",), issuers=("sz",), accounts=(), automated_km=None, automated_h=None,
        takeovers=None, at_fault_accidents=0, traffic_violations=2, stages=frozenset(),
        papers=frozenset(),
    )  # fmt: skip
    own = with_measured(NOT_KNOWN, Measured(account=account((1, 1, 5.0))))
    found = with_recognised(own, there)
    assert (found.at_fault_accidents, found.traffic_violations, found.total_km) == (0, 2, 5.0)


@given(st.lists(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 5), st.integers(0, 99)), max_size=4), min_size=1, max_size=3))  # fmt: skip
def test_what_is_merged_tells_what_counts_of_all(told: list[list[tuple[int, int, int]]]) -> None:
    accounts = [account(*((a, a + b, float(km)) for a, b, km in each)) for each in told]
    one = merged(accounts)
    counts = sum(each.automated_km or 0.0 for each in counted(accounts))
    assert one.automated_km == pytest.approx(counts)
    assert sum(each.automated_km or 0.0 for each in one.days) == pytest.approx(counts)
    assert merged([one, *accounts]).automated_km == pytest.approx(counts)
