"""Which slots of a test base are free, and when two flights are there at once."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.base_slots import FlightBase, Slot, bases_of, slots_of
from permits.flight_conflicts import at_once
from permits.precondition_facts import GrantedFlight
from permits.terms import DailyHours, Terms
from tests.permits.lives import local
from zone_service.shipped_rules import shipped_sheet

MONDAY, TUESDAY, NEXT = (local(f"2026-05-{day} 00:00") for day in ("04", "05", "11"))
BASE = FlightBase("jinshan", ("air-jinshan", "air-jinshan-sea"), 150.0)
MORNING = DailyHours(time(9), time(11))


def flight(*zone_ids: str, **changes: Any) -> GrantedFlight:
    found = GrantedFlight(
        number="TB-1", devices=1, valid_from=MONDAY, valid_to=NEXT,
        zone_ids=frozenset(zone_ids or ("air-jinshan",)),
    )  # fmt: skip
    return replace(found, **changes)


def free(
    *flights: GrantedFlight, until: datetime = TUESDAY, base: FlightBase = BASE, **asked: int
) -> tuple[Slot, ...]:
    return slots_of(base, flights, Slot(MONDAY, until), **asked)[0].free  # fmt: skip


def at(*hours: int, day: datetime = MONDAY) -> Slot:
    begins, ends = hours
    return Slot(day + timedelta(hours=begins), day + timedelta(hours=ends))


@pytest.mark.requirement("D4a-9")
def test_a_base_of_which_nothing_is_booked_is_free_all_the_time() -> None:
    both = slots_of(BASE, (), Slot(MONDAY, TUESDAY))
    assert [each.zone_id for each in both] == ["air-jinshan", "air-jinshan-sea"]
    assert {each.free for each in both} == {(Slot(MONDAY, TUESDAY),)}


@pytest.mark.requirement("D4a-9")
def test_a_booking_takes_its_hours_on_its_days_out_and_nothing_of_other_zones() -> None:
    assert free(flight(hours=(MORNING,))) == (at(0, 9), at(11, 24))
    assert free(flight("air-jinshan-sea")) == free()
    assert free(flight()) == ()
    on_tuesdays = flight(hours=(replace(MORNING, days=frozenset({1})),))
    assert free(on_tuesdays) == free()
    assert free(on_tuesdays, until=NEXT) == (
        Slot(MONDAY, TUESDAY + timedelta(hours=9)), Slot(TUESDAY + timedelta(hours=11), NEXT),
    )  # fmt: skip


@pytest.mark.requirement("D4a-9")
def test_bookings_that_touch_leave_nothing_between_them() -> None:
    noon = DailyHours(time(11), time(13))
    assert free(flight(hours=(MORNING,)), flight(hours=(noon,))) == (at(0, 9), at(13, 24))


@pytest.mark.requirement("D4a-9")
def test_a_zone_that_is_shared_is_free_up_to_its_capacity() -> None:
    shared = replace(BASE, capacity=(("air-jinshan", 3.0),))
    two = flight(hours=(MORNING,), devices=2)
    assert free(two, base=shared) == free()
    assert free(two, base=shared, aircraft=2) == (at(0, 9), at(11, 24))
    assert free(base=shared, aircraft=4) == ()


@pytest.mark.requirement("D4a-9")
def test_the_bases_are_those_of_the_rule_set() -> None:
    found = bases_of(shipped_sheet("shanghai-default"))
    assert [(each.name, each.zone_ids, each.height_max_agl_m) for each in found] == [
        ("jinshan", ("air-jinshan", "air-jinshan-sea"), 150.0),
        ("qingpu", ("air-qingpu",), 150.0),
    ]
    assert bases_of(shipped_sheet("national")) == ()


def booking(slot: Slot, hours: tuple[DailyHours, ...] = ()) -> Terms:
    return Terms(frozenset({"uav-1"}), frozenset({"air-jinshan"}), *slot, hours=hours)


@pytest.mark.requirement("D4a-9", "D4c-39")
def test_hours_of_days_that_only_one_of_two_has_are_in_nobodys_way() -> None:
    on_tuesdays = flight(hours=(replace(MORNING, days=frozenset({1})),))
    assert not at_once(booking(at(9, 11)), on_tuesdays), "they share a week, and no day"
    assert at_once(booking(at(9, 11, day=TUESDAY)), on_tuesdays)
    assert at_once(booking(at(0, 24 * 7)), on_tuesdays)
    over_midnight = flight(hours=(DailyHours(time(23), time(1), frozenset({6})),))
    assert at_once(booking(at(0, 1)), over_midnight), "the night of Sunday ends on Monday"
    assert not at_once(booking(at(1, 23)), over_midnight)


HOURS = st.integers(0, 7 * 24)
WINDOWS = st.builds(
    lambda start, length, days: DailyHours(time(start), time((start + length) % 24), days),
    st.integers(0, 23), st.integers(1, 23), st.frozensets(st.integers(0, 6), min_size=1),
)  # fmt: skip
FLIGHTS = st.builds(
    lambda starts, lasts, hours: flight(
        valid_from=MONDAY + timedelta(hours=starts),
        valid_to=MONDAY + timedelta(hours=starts + lasts),
        hours=tuple(hours),
    ),
    HOURS, st.integers(1, 30 * 24), st.lists(WINDOWS, max_size=2),
)  # fmt: skip


@pytest.mark.requirement("D4a-9")
@given(st.lists(FLIGHTS, max_size=4))
def test_what_is_free_could_be_booked_and_what_is_not_could_not(
    flights: list[GrantedFlight],
) -> None:
    found = free(*flights, until=NEXT)
    for slot in found:
        assert not any(at_once(booking(slot), each) for each in flights)
    hours = [Slot(MONDAY + timedelta(hours=n), MONDAY + timedelta(hours=n + 1)) for n in range(168)]
    for hour in hours:
        is_free = any(slot.begins <= hour.begins and hour.ends <= slot.ends for slot in found)
        assert is_free is not any(at_once(booking(hour), each) for each in flights)
