"""What several sides tell that one vehicle has driven, and how much of it counts: nothing twice.

A vehicle drives on a day once. Of days of which two sides speak, what the one that tells more tells is
counted, and not the sum: the other may mean the same kilometres. Who does not say on which days it was
may mean any.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysDriven:
    """What was driven in automated mode from one day to another, both included."""

    begins: date
    ends: date
    automated_km: float | None = None
    automated_h: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one side tells that a vehicle has driven in automated mode."""

    automated_km: float | None = None
    automated_h: float | None = None
    days: tuple[DaysDriven, ...] = ()
    """The same by days; empty where it does not say on which."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts of an account beside those before it; ``None`` of what it does not tell."""

    automated_km: float | None
    automated_h: float | None


def merged(accounts: Sequence[Account]) -> Account:
    """Return what several sides tell as what one would, with what counts of each."""
    counts = counted(accounts)
    return Account(
        automated_km=_sum(each.automated_km for each in counts),
        automated_h=_sum(each.automated_h for each in counts),
        days=tuple(_merged_days(accounts)),
    )


def _merged_days(accounts: Sequence[Account]) -> Iterator[DaysDriven]:
    telling = [each for each in accounts if each.automated_km or each.automated_h]
    if not all(each.days for each in telling):
        return
    runs = list(_runs(telling))
    told = [{f: dict(_by_run(each, f, runs)) for f in _Figure} for each in telling]
    for run in runs:
        km, hours = (max(each[figure][run] for each in told) for figure in _Figure)
        yield DaysDriven(begins=run[0], ends=run[1], automated_km=km, automated_h=hours)


def _sum(figures: Iterable[float | None]) -> float | None:
    known = [each for each in figures if each is not None]
    return sum(known) if known else None


class _Figure(StrEnum):
    KM = "automated_km"
    H = "automated_h"

    def of(self, told: Account | DaysDriven) -> float:
        return (told.automated_km if self is _Figure.KM else told.automated_h) or 0.0


def counted(accounts: Sequence[Account]) -> tuple[Counted, ...]:
    """Return what counts of each account: what is more than those before it tell of the same days."""
    km, hours = (_beyond(accounts, figure) for figure in _Figure)
    return tuple(
        Counted(
            None if told.automated_km is None else more_km,
            None if told.automated_h is None else more_h,
        )
        for told, more_km, more_h in zip(accounts, km, hours, strict=True)
    )


def _beyond(accounts: Sequence[Account], figure: _Figure) -> list[float]:
    telling = [each for each in accounts if figure.of(each)]
    runs = list(_runs(telling)) if all(each.days for each in telling) else []
    most = dict.fromkeys([*runs, None], 0.0)
    found = []
    for told in accounts:
        more = 0.0
        for run, amount in _by_run(told, figure, runs):
            more += max(0.0, amount - most[run])
            most[run] = max(most[run], amount)
        found.append(more)
    return found


_Run = tuple[date, date]


def _runs(accounts: Iterable[Account]) -> Iterator[_Run]:
    """Yield the days of which anybody speaks, those together that overlap in what somebody tells."""
    days = sorted((each.begins, each.ends) for told in accounts for each in told.days)
    begins = ends = None
    for first, last in days:
        if ends is not None and begins is not None and first > ends:
            yield begins, ends
            begins = ends = None
        begins = first if begins is None else begins
        ends = last if ends is None else max(ends, last)
    if begins is not None and ends is not None:
        yield begins, ends


def _by_run(
    told: Account, figure: _Figure, runs: Sequence[_Run]
) -> Iterator[tuple[_Run | None, float]]:
    """Yield what is told of each run of days; of all at once where somebody does not say on which days."""
    if not runs:
        yield None, figure.of(told)
        return
    for run in runs:
        yield run, sum(figure.of(each) for each in told.days if run[0] <= each.begins <= run[1])
