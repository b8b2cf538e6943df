"""What counts against a vehicle of all that the platform has on record, by a rule set, and for how long."""

from dataclasses import dataclass
from datetime import timedelta

from permits.precondition_facts import number_in, texts_in
from permits.sheet import Sheet

_MONTH = timedelta(days=365.2425 / 12)


@dataclass(frozen=True, slots=True)
class RecordRules:
    """What stays on record."""

    lasts: timedelta
    liable: frozenset[str]
    """The findings of the police that make an accident its fault (``permits.accident.Liability``)."""
    codes: frozenset[str]
    """The violations that are those of traffic."""


def record_rules(sheet: Sheet) -> RecordRules | None:
    """Return what counts; ``None`` where a rule set does not say how long anything does."""
    months = number_in(sheet, "tested.on_record_months")
    liable = frozenset(texts_in(sheet, "tested.liable") or ())
    codes = frozenset(texts_in(sheet, "tested.violation_codes") or ())
    return None if months is None else RecordRules(months * _MONTH, liable, codes)
