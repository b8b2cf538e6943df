"""What periods reports are about, and when they are due: days of Asia/Shanghai.

The authority reports to the ministries in some months of the year. Such a report is about all that
was since the beginning of the one before it, so that its period is over when its month begins; it is
due when that month ends. The text names the months alone.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice

from permits.issuing import SHANGHAI
from permits.rule_words import Language, RuleSetError
from permits.sheet import Sheet
from permits.time_limits import Values

_PERIODS = "reports.authority_months", "reports.public_every_months"
MONTHS = 12


class ReportKind(StrEnum):
    """Who reports to whom."""

    HALF_YEARLY = "HALF_YEARLY"
    """The authority to the ministries (每年6月、12月)."""
    ANNUAL = "ANNUAL"
    """The authority to the public (年度报告)."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of one day to that of another, in Asia/Shanghai."""

    begins: date
    ends: date
    """The first day that does not belong to it."""

    @property
    def begins_at(self) -> datetime:
        """Return its first moment, in UTC."""
        return start_of(self.begins)

    @property
    def ends_at(self) -> datetime:
        """Return the first moment after it, in UTC."""
        return start_of(self.ends)

    @property
    def last(self) -> date:
        """Return its last day."""
        return self.ends - timedelta(days=1)

    def holds(self, at: datetime) -> bool:
        """Tell whether a moment belongs to it."""
        return self.begins_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Turn:
    """One report of the authority: what it is about, and by when it is made."""

    kind: ReportKind
    name: str
    """``2026-12``, ``2026``: the month or the year that people call it by."""
    period: Period
    due_at: datetime | None
    """The first moment that is too late, UTC; ``None`` where no text says one."""


@dataclass(frozen=True, slots=True)
class ReportTimes:
    """When the authority reports: values of a rule set."""

    months: tuple[int, ...]
    """In which it reports to the ministries, in order."""
    public_every_months: int


class ReportRefused(ValueError):
    """A report cannot be made.

    ReportRefused
    ├── PeriodUnknown: there is none of that name
    └── NotYetOver: its period still goes on
    """

    slug = "report-refused"

    def __init__(self) -> None:
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        raise NotImplementedError


class PeriodUnknown(ReportRefused):
    """There is no report of that name."""

    slug = "no-such-period"

    def __init__(self, kind: ReportKind, name: str, expected: str) -> None:
        self.kind, self.name, self.expected = kind, name, expected
        super().__init__()

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        if language is Language.CHINESE:
            return f"没有名为 {self.name!r} 的 {self.kind} 报告：应为 {self.expected}"
        return f"no {self.kind} report {self.name!r}: expected {self.expected}"


class NotYetOver(ReportRefused):
    """The period of a report still goes on."""

    slug = "period-not-over"

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        super().__init__()

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        turn, ends = self.turn, self.turn.period.ends
        if language is Language.CHINESE:
            return f"{turn.name} 报告期至 {turn.period.last} 止，自 {ends} 起方可编制（北京时间）"
        return (
            f"the period of the {turn.kind} report {turn.name} goes on until {turn.period.last}: "
            f"it can be made from {ends} on (Asia/Shanghai)"
        )


def report_times(sheet: Sheet) -> ReportTimes:
    """Return when the authority reports.

    Raises:
        RuleSetError: every value that is needed for it and missing.
    """
    values = Values(sheet)
    months = tuple(sorted({int(each) for each in values.texts(_PERIODS[0]) if each.isdigit()}))
    every = values.days(_PERIODS[1])
    if values.problems:
        raise RuleSetError(*values.problems)
    return ReportTimes(tuple(each for each in months if 1 <= each <= MONTHS), every)


def turn_named(kind: ReportKind, name: str, times: ReportTimes) -> Turn:
    """Return one report by its name: ``2026-12`` to the ministries, ``2026`` to the public.

    Raises:
        PeriodUnknown: none is made then.
    """
    year, _, month = name.partition("-")
    if not (year.isascii() and year.isdigit() and len(year) == len("2026")):
        raise PeriodUnknown(kind, name, "2026" if kind is ReportKind.ANNUAL else "2026-12")
    match kind:
        case ReportKind.HALF_YEARLY:
            return _to_ministries(int(year), month, name, times)
        case ReportKind.ANNUAL:
            return _to_public(int(year), month, name, times)


def turns_due(times: ReportTimes, at: datetime) -> tuple[Turn, ...]:
    """Return the latest report of each kind whose period is over at a moment."""
    today = at.astimezone(SHANGHAI).date()
    months = [
        f"{year}-{month:02}" for year in (today.year - 1, today.year) for month in times.months
    ]
    ministries = [turn_named(ReportKind.HALF_YEARLY, each, times) for each in months]
    over = [each for each in ministries if each.period.ends <= today]
    return (*over[-1:], *islice(_public_turns(times, today.year - 1), 1))


def start_of(day: date) -> datetime:
    """Return the first moment of a day in Asia/Shanghai, in UTC."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def months_after(day: date, months: int) -> date:
    """Return the day so many months later; the last of its month where it has no such day."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _to_ministries(year: int, month: str, name: str, times: ReportTimes) -> Turn:
    if month not in {f"{each:02}" for each in times.months}:
        expected = ", ".join(f"{year}-{each:02}" for each in times.months) or "–"
        raise PeriodUnknown(ReportKind.HALF_YEARLY, name, expected)
    ends = date(year, int(month), 1)
    before = [each for each in times.months if each < ends.month]
    begins = date(year, before[-1], 1) if before else date(year - 1, times.months[-1], 1)
    due_at = start_of(months_after(ends, 1))
    return Turn(ReportKind.HALF_YEARLY, name, Period(begins, ends), due_at)


def _to_public(year: int, month: str, name: str, times: ReportTimes) -> Turn:
    every = times.public_every_months
    expected = f"2026 (n × {every // MONTHS})" if every > MONTHS else "2026"
    if month or every % MONTHS or (year + 1) * MONTHS % every:
        raise PeriodUnknown(ReportKind.ANNUAL, name, expected)
    ends = date(year + 1, 1, 1)
    return Turn(ReportKind.ANNUAL, name, Period(months_after(ends, -every), ends), None)


def _public_turns(times: ReportTimes, latest: int) -> Iterator[Turn]:
    for year in range(latest, latest - times.public_every_months - 1, -1):
        try:
            yield turn_named(ReportKind.ANNUAL, str(year), times)
        except PeriodUnknown:
            continue
