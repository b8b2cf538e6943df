"""What several sides tell that a vehicle has driven: no kilometre counts twice."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.driven_days import Account, DaysDriven, counted

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def days(begins: date, length: int, km: float | None, hours: float | None = None) -> DaysDriven:
    ends = begins + timedelta(days=length - 1)
    return DaysDriven(begins=begins, ends=ends, automated_km=km, automated_h=hours)


def account(*told: DaysDriven, by_days: bool = True) -> Account:
    km = [each.automated_km for each in told if each.automated_km is not None]
    hours = [each.automated_h for each in told if each.automated_h is not None]
    return Account(
        automated_km=sum(km) if km else None,
        automated_h=sum(hours) if hours else None,
        days=told if by_days else (),
    )


def km_of(accounts: Sequence[Account]) -> list[float | None]:
    return [each.automated_km for each in counted(accounts)]


@pytest.mark.requirement("D6-5")
@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        (account(days(MAY, 31, 100.0)), account(days(JUNE, 30, 900.0)), [100.0, 900.0]),
        (account(days(MAY, 31, 100.0)), account(days(MAY, 31, 900.0)), [100.0, 800.0]),
        (account(days(MAY, 31, 900.0)), account(days(MAY, 31, 100.0)), [900.0, 0.0]),
        (account(days(MAY, 31, 100.0)), account(days(date(2026, 5, 31), 1, 900.0)), [100.0, 800.0]),
        (
            account(days(MAY, 10, 100.0), days(JUNE, 10, 10.0)),
            account(days(MAY, 10, 10.0), days(JUNE, 10, 100.0)),
            [110.0, 90.0],
        ),
        (account(), account(days(MAY, 31, 900.0)), [None, 900.0]),
        (account(days(MAY, 31, None, 5.0)), account(days(MAY, 31, 900.0)), [None, 900.0]),
    ],
)  # fmt: skip
def test_of_days_of_which_both_speak_the_one_that_tells_more_is_counted(
    here: Account, there: Account, expected: list[float | None]
) -> None:
    assert km_of([here, there]) == expected


@pytest.mark.requirement("D6-5")
def test_who_does_not_say_on_which_days_it_was_may_mean_any() -> None:
    here = account(days(MAY, 31, 100.0, 8.0))
    there = account(days(JUNE, 30, 900.0, 5.0), by_days=False)
    assert km_of([here, there]) == [100.0, 800.0]
    assert [each.automated_h for each in counted([here, there])] == [8.0, 0.0]


_DAYS = st.builds(
    lambda start, length, km: days(MAY + timedelta(days=start), length, float(km)),
    st.integers(0, 60), st.integers(1, 20), st.integers(0, 1000),
)  # fmt: skip
_ACCOUNTS = st.lists(st.lists(_DAYS, max_size=3).map(lambda each: account(*each)), max_size=4)


@pytest.mark.requirement("D6-5")
@given(_ACCOUNTS)
def test_it_comes_to_no_more_than_the_sum_no_less_than_the_most_and_the_same_in_any_order(
    accounts: list[Account],
) -> None:
    told = [each.automated_km or 0.0 for each in accounts]
    whole = sum(each or 0.0 for each in km_of(accounts))
    assert max(told, default=0.0) <= whole <= sum(told)
    assert whole == sum(each or 0.0 for each in km_of(accounts[::-1]))
