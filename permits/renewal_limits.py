"""Until when a renewal is asked for, how long it lasts and what silence means, by kind of permit."""

from collections.abc import Mapping
from dataclasses import dataclass

from permits.sheet import Sheet
from permits.states import FAMILY_OF, Family, PermitKind

KINDS = "renewal.kinds"
"""Beside those of roads, which all may be renewed."""


@dataclass(frozen=True, slots=True)
class RenewalLimits:
    """Of a kind that may be renewed."""

    before_days: int
    """Whole days that lie between the request and the end."""
    before_wd: int
    """The same of working days, where a notice is counted so; 0 asks for none."""
    extends: bool
    """Whether no decision by the end extends (逾期未作决定的，视为准予延续)."""
    cap_months: int
    opens_months: int | None
    """How long before the end it may be asked for; ``None`` is at any time."""


def silence_key(family: Family) -> str:
    """Return the value of a rule set that says what silence on a renewal means."""
    return "deadlines.renewal_silence" if family is Family.ROAD else f"renewal.{family}.silence"


def elsewhere(sheet: Sheet) -> Mapping[PermitKind, RenewalLimits]:
    """Return the limits of what may be renewed beside the roads; none where a rule set names none."""
    named = sheet.parameters.get(KINDS)
    kinds = named.value if named is not None and isinstance(named.value, tuple) else ()
    return {PermitKind(each): _of(sheet, FAMILY_OF[PermitKind(each)]) for each in kinds}


def _of(sheet: Sheet, family: Family) -> RenewalLimits:
    silence = sheet.parameters.get(silence_key(family))
    # The time of a vessel is that of a notice.
    noticed = family is Family.VESSEL
    return RenewalLimits(
        before_days=0 if noticed else _whole(sheet, family, "before_days") or 0,
        before_wd=(_whole(sheet, family, "before_wd") or 0) if noticed else 0,
        extends=silence is not None and silence.value == "extended",
        cap_months=_whole(sheet, family, "cap_months") or 0,
        opens_months=None,
    )


def _whole(sheet: Sheet, family: Family, name: str) -> int | None:
    found = sheet.parameters.get(f"renewal.{family}.{name}")
    known = found is not None and isinstance(found.value, float | int)
    return int(found.value) if known else None  # type: ignore[union-attr, arg-type]
