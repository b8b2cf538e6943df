"""For how long nobody listened is told by the times at which anything was received."""

from hypothesis import given
from hypothesis import strategies as st

from zone_service.clips.gaps import SILENT_S, gaps
from zone_service.clips.window import Span, holds

SPANS = (Span(0.0, 100.0), Span(300.0, 400.0))
MOMENTS = st.lists(st.floats(-50.0, 450.0)).map(sorted)


def test_a_time_in_which_nothing_came_is_told_and_a_tick_that_is_late_is_not() -> None:
    heard = [float(second) for second in range(101) if not 40 < second < 70]
    assert gaps(heard, SPANS[:1]) == (Span(40.0, 70.0),)
    assert gaps((0.0, 4.9, 9.8), (Span(0.0, 10.0),)) == ()


def test_what_begins_before_or_ends_after_a_span_is_told_as_far_as_it_is_within() -> None:
    assert gaps((-3.0, 50.0, 103.0), SPANS[:1]) == (Span(0.0, 50.0), Span(50.0, 100.0))
    assert gaps((), SPANS) == SPANS


@given(heard=MOMENTS)
def test_a_gap_is_within_a_span_and_long_and_nothing_was_heard_in_it(heard: list[float]) -> None:
    found = gaps(heard, SPANS)
    assert not [each for each in heard for gap in found if gap.from_s < each < gap.until_s]
    assert all(holds(SPANS, gap.from_s) and holds(SPANS, gap.until_s) for gap in found)
    assert all(gap.until_s - gap.from_s > SILENT_S for gap in found)


@given(heard=MOMENTS, more=MOMENTS)
def test_whoever_heard_more_was_not_away_for_longer(heard: list[float], more: list[float]) -> None:
    def away_s(moments: list[float]) -> float:
        return sum(gap.until_s - gap.from_s for gap in gaps(moments, SPANS))

    assert away_s(sorted(heard + more)) <= away_s(heard) + 1e-9
