"""Numbers by series: how they are written, and what counts together. Who counts is the store.

A series is one kind of permit of one jurisdiction in one year; its serials begin at 1 and leave no
gap. How a number looks is a value of the rule set: ``{year}年第{serial:3}号``.
"""

from dataclasses import dataclass
from datetime import date

from permits.life_cycle import PermitKind
from permits.number_pattern import written
from permits.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Series:
    """What is counted together, and how its numbers are written."""

    kind: PermitKind
    jurisdiction: str
    year: int
    """Of the day in Asia/Shanghai on which a number is given."""
    confirmation: str
    """Pattern of the number that stands on the confirmation (确认编号)."""
    machine: str
    """Pattern of the number that programs and tokens name a permit by."""

    @property
    def key(self) -> str:
        """By which the store counts."""
        return f"{self.kind}/{self.jurisdiction}/{self.year}"


@dataclass(frozen=True, slots=True)
class Numbered:
    """The numbers that a permit got when it was granted."""

    series: str
    serial: int
    confirmation: str
    machine: str


def series_of(sheet: Sheet, kind: PermitKind, on: date) -> Series:
    """Return the series that a permit of a kind is numbered in on a day.

    Raises:
        LookupError: the rule set does not say how such numbers look; names the key.
    """
    return Series(
        kind,
        sheet.jurisdiction,
        on.year,
        _pattern(sheet, kind, "confirmation"),
        _pattern(sheet, kind, "machine"),
    )


def numbered(series: Series, serial: int) -> Numbered:
    """Return the numbers that belong to a serial."""
    return Numbered(
        series.key,
        serial,
        written(series.confirmation, series.kind, series.year, serial),
        written(series.machine, series.kind, series.year, serial),
    )


def _pattern(sheet: Sheet, kind: PermitKind, name: str) -> str:
    """Take a kind's own form, or else the one that all have."""
    keys = (f"number.{kind}.{name}", f"number.other.{name}")
    for found in [sheet.parameters.get(key) for key in keys]:
        if found is not None and isinstance(found.value, str):
            return found.value
    msg = f"{sheet.label} has no {keys[-1]}"
    raise LookupError(msg)
