"""How long a permit or a plate may be valid: to the earliest of what it rests on, which is named."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from permits.issuing import SHANGHAI
from permits.sheet import Sheet
from permits.states import LOW_SPEED, PermitKind


class CutBy(StrEnum):
    """What a validity ends with."""

    DECLARATION = "declaration"
    """The period of the self-declaration (安全性自我声明): nothing ends before it."""
    CAP = "cap"
    """The longest period of its kind."""
    INSURANCE = "insurance"
    INSPECTION = "inspection"
    POLICE = "police"
    """The day to which the police limited a plate."""
    VEHICLES = "vehicles"
    """Of a permit: the last plate of its vehicles."""


@dataclass(frozen=True, slots=True)
class Validity:
    """From when until when, and what it ends with."""

    valid_from: datetime
    valid_to: datetime
    """The first moment that is not valid."""
    cut_by: CutBy

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left of it."""
        return self.valid_to <= self.valid_from


@dataclass(frozen=True, slots=True)
class Papers:
    """The last days on which the papers of a vehicle are valid; ``None`` where one has no end."""

    insured_to: date | None = None
    inspected_to: date | None = None
    limited_to: date | None = None
    """The last day that the police give to its plate, where that is less."""


def declared(begins: datetime, ends: datetime, cap_months: int | None) -> Validity:
    """Return how long what was declared may last; of two ends that are one the earlier cause is named."""
    capped = None if cap_months is None else months_later(begins, cap_months)
    if capped is not None and capped < ends:
        return Validity(begins, capped, CutBy.CAP)
    return Validity(begins, ends, CutBy.DECLARATION)


def cut(given: Validity, papers: Papers) -> Validity:
    """Return a validity as long as all papers of a vehicle let it be."""
    ends = ((given.valid_to, given.cut_by), *_ends(papers))
    earliest, cause = min(ends, key=lambda end: end[0])
    return Validity(given.valid_from, earliest, cause)


def ends_with(papers: Papers) -> tuple[datetime, CutBy] | None:
    """Return when the first of a vehicle's papers is over, and which; ``None`` where none has an end."""
    return min(_ends(papers), key=lambda end: end[0], default=None)


def of_all(given: Validity, vehicles: tuple[Validity, ...]) -> Validity:
    """Return how long a permit is valid: as its declaration, and no longer than its last vehicle."""
    if not vehicles:
        return given
    last = max(vehicles, key=lambda each: each.valid_to)
    if last.valid_to >= given.valid_to:
        return given
    cause = last.cut_by if len(vehicles) == 1 else CutBy.VEHICLES
    return Validity(given.valid_from, last.valid_to, cause)


def cap_months(sheet: Sheet, kind: PermitKind) -> int | None:
    """Return for how many months a permit of a kind may last; ``None`` where the law sets none."""
    found = sheet.parameters.get(f"period.{kind}.cap_months")
    if found is None and kind in LOW_SPEED:
        found = sheet.parameters.get("low_speed.cap_months")
    return int(found.value) if found is not None and isinstance(found.value, float) else None


def _ends(papers: Papers) -> Iterator[tuple[datetime, CutBy]]:
    if papers.insured_to is not None:
        yield after(papers.insured_to), CutBy.INSURANCE
    if papers.inspected_to is not None:
        yield after(papers.inspected_to), CutBy.INSPECTION
    if papers.limited_to is not None:
        yield after(papers.limited_to), CutBy.POLICE


def after(day: date) -> datetime:
    """Return the first moment after a day in Asia/Shanghai; the whole of the day is valid."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)


def months_later(at: datetime, months: int) -> datetime:
    """Return the same day and time so many months later, or earlier; of a shorter month, its last day."""
    local = at.astimezone(SHANGHAI)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)
