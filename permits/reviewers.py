"""Which departments decide on a permit together, and until when an opinion is waited for.

Both are data of the rule set, and so of the jurisdiction: by kind of permit, or else by its family.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from permits.department import Department
from permits.issuing import SHANGHAI
from permits.life_cycle import FAMILY_OF, Family, PermitKind
from permits.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Reviewers:
    """Who has a ballot."""

    mandatory: tuple[Department, ...]
    """All of them must vote."""
    advisory: tuple[Department, ...] = ()
    """They give an opinion, which is waited for and binds nobody."""


def reviewers(sheet: Sheet, kind: PermitKind) -> Reviewers:
    """Return who decides on a kind of permit; nobody where the rule set names none."""
    mandatory = _named(sheet, kind, "mandatory")
    advisory = _named(sheet, kind, "advisory")
    return Reviewers(mandatory, tuple(each for each in advisory if each not in mandatory))


def opinions_due(sheet: Sheet, kind: PermitKind, valid_from: datetime) -> datetime | None:
    """Return until when opinions are waited for; ``None`` where no time is set.

    Of a flight it is the hour at which it must be decided, on the day before, in Shanghai.
    """
    hour = sheet.parameters.get("flight.decide_by")
    days = sheet.parameters.get("flight.apply_days_before")
    if FAMILY_OF[kind] is not Family.FLIGHT or hour is None or days is None:
        return None
    before = timedelta(days=float(str(days.value)))
    day = valid_from.astimezone(SHANGHAI).date() - before
    return datetime.combine(day, time.fromisoformat(str(hour.value)), SHANGHAI)


def _named(sheet: Sheet, kind: PermitKind, part: str) -> tuple[Department, ...]:
    found = (named(sheet, f"review.{who}.{part}") for who in (kind.value, FAMILY_OF[kind].value))
    return next((each for each in found if each is not None), ())


def named(sheet: Sheet, key: str) -> tuple[Department, ...] | None:
    """Return the departments that a rule set names somewhere; ``None`` where it says nothing."""
    parameter = sheet.parameters.get(key)
    if parameter is None or not isinstance(parameter.value, tuple):
        return None
    return tuple(map(Department, parameter.value))
