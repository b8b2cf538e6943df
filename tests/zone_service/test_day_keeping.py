"""What was heard of devices is stored a few of them at a time, and of all within a minute."""

from typing import Any

import pytest

from permits.first_check_items import ITEMS, PASSED
from zone_service.conduct import lacking
from zone_service.day_keeping import AT_ONCE, EVERY_S, WITHIN_S, DayKeeping
from zone_service.leisure import Leisure
from zone_service.memory import Memory


@pytest.mark.parametrize(("devices", "turn_s"), [(10, 0.01), (10_000, 0.005), (100_000, 0.005)])
def test_all_have_their_turn_in_a_minute_and_few_at_once(
    monkeypatch: pytest.MonkeyPatch, devices: int, turn_s: float
) -> None:
    memory, kept, now_s = Memory(), list[range](), 1000.0
    memory.days.grow([f"car-{number}" for number in range(devices)])
    keeping: Any = DayKeeping(None, now_s)  # type: ignore[arg-type]
    monkeypatch.setattr(
        keeping, "_store_some", lambda _, first, last: kept.append(range(first, last))
    )
    while now_s < 1000.0 + WITHIN_S + 2 * EVERY_S:
        now_s += turn_s
        if keeping.is_due(now_s):
            keeping.go_on(memory, now_s)
    assert set().union(*kept) == set(range(devices))
    assert max(map(len, kept)) <= AT_ONCE


@pytest.mark.parametrize("devices", [10, 3_000, 10_000, 50_000])
def test_where_no_turn_is_short_all_have_their_turn_in_time_too(
    monkeypatch: pytest.MonkeyPatch, devices: int
) -> None:
    memory, kept, now_s, leisure = Memory(), list[range](), 1000.0, Leisure()
    memory.days.grow([f"car-{number}" for number in range(devices)])
    keeping: Any = DayKeeping(None, now_s)  # type: ignore[arg-type]
    monkeypatch.setattr(
        keeping, "_store_some", lambda _, first, last: kept.append(range(first, last))
    )
    while now_s < 1000.0 + WITHIN_S + 4 * EVERY_S:
        now_s += 0.006
        leisure.begin(now_s)
        leisure.fill()
        due = keeping.is_due(now_s)
        if due and leisure.is_left_for("days", now_s, keeping.patience_s):
            keeping.go_on(memory, now_s)
    assert set().union(*kept) == set(range(devices))


@pytest.mark.requirement("D4b-25")
def test_a_first_self_check_may_ask_for_what_is_seen_to_be_lacking_and_for_the_units_own() -> None:
    assert lacking(None, is_skewed=False) | {PASSED} == set(ITEMS)
