"""A clip holds the time around each moment that counts, and no other."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from permits.evidence_rules import Around
from zone_service.clips.window import Span, due_s, holds, joined, spans

AROUND = Around(90.0, 30.0, 1)
MOMENTS = st.lists(st.floats(0, 1e6), min_size=1, max_size=6)


def test_what_touches_is_one_span() -> None:
    assert spans([1000.0], AROUND) == (Span(910.0, 1030.0),)
    assert spans([1000.0, 1120.0], AROUND) == (Span(910.0, 1150.0),)
    assert spans([1120.1, 1000.0], AROUND) == (Span(910.0, 1030.0), Span(1030.1, 1150.1))
    assert due_s([1000.0, 1120.1], AROUND) == 1150.1


@given(moments=MOMENTS, received_s=st.floats(-200, 1e6 + 200))
def test_it_holds_what_was_received_around_any_of_its_moments(
    moments: list[float], received_s: float
) -> None:
    expected = any(each - 90.0 <= received_s <= each + 30.0 for each in moments)
    assert holds(spans(moments, AROUND), received_s) is expected


@given(moments=MOMENTS)
def test_its_spans_are_apart_and_in_order(moments: list[float]) -> None:
    found = spans(moments, AROUND)
    assert all(one.until_s < other.from_s for one, other in pairwise(found))
    assert found[-1].until_s == due_s(moments, AROUND)


def test_a_span_within_another_is_part_of_it() -> None:
    assert joined([Span(5.0, 6.0), Span(0.0, 10.0), Span(20.0, 30.0), Span(10.0, 11.0)]) == (
        Span(0.0, 11.0),
        Span(20.0, 30.0),
    )
