"""What was driven by what the platform has measured itself, and by what departments have attested.

Each is a figure of its own beside what operators have reported: none is put in the place of another, and
where nobody knows one it says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from permits.no_figure import NoFigure, Value

Days = tuple[date, date]
"""From a day to another, both included."""
_M_PER_KM, _S_PER_H = 1000.0, 3600.0


@dataclass(frozen=True, slots=True)
class MeasuredFact:
    """What the platform heard of a device on a day of the period that is over."""

    device_id: str
    day: date
    automated_m: float
    automated_s: float
    takeovers: int
    online_s: float
    span_s: float
    """From when it was first heard to when it was last."""


@dataclass(frozen=True, slots=True)
class AttestedFact:
    """What a department has attested that a vehicle drove on some days of the period."""

    device_id: str
    begins: date
    last: date
    automated_km: float | None
    automated_h: float | None
    zone_id: str | None = None
    """The segment; ``None`` of none in particular."""


@dataclass(frozen=True, slots=True)
class Declared:
    """The segments that one permit was for, and its devices."""

    device_ids: frozenset[str]
    zone_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Measured:
    """What was driven on days on which a permit of the device was in force."""

    km: Value = NoFigure.UNKNOWN
    hours: Value = NoFigure.UNKNOWN
    takeovers: Value = NoFigure.UNKNOWN
    online: Value = NoFigure.UNKNOWN
    """The part of the time, from first to last heard of each day, in which it was heard without a gap."""
    devices: int = 0
    """That were heard."""
    attested_km: Value = NoFigure.UNKNOWN
    attested_hours: Value = NoFigure.UNKNOWN
    attested_coverage: Value = NoFigure.UNKNOWN
    """The part of the declared segments, each of each permit, on which something was driven."""


NOTHING_MEASURED = Measured()


def measured(
    in_force: Mapping[str, Sequence[Days]],
    heard: Iterable[MeasuredFact],
    attested: Iterable[AttestedFact],
    declared: Sequence[Declared] = (),
) -> Measured:
    """Return what was driven; ``in_force`` are the days of each device's permits."""
    own = [each for each in heard if _holds(in_force, each.device_id, each.day, each.day)]
    told = [each for each in attested if _holds(in_force, each.device_id, each.begins, each.last)]
    span_s = sum(each.span_s for each in own)
    return Measured(
        km=_sum(each.automated_m / _M_PER_KM for each in own),
        hours=_sum(each.automated_s / _S_PER_H for each in own),
        takeovers=sum(each.takeovers for each in own) if own else NoFigure.UNKNOWN,
        online=round(sum(e.online_s for e in own) / span_s, 4) if span_s else NoFigure.UNKNOWN,
        devices=len({each.device_id for each in own}),
        attested_km=_sum(each.automated_km for each in told),
        attested_hours=_sum(each.automated_h for each in told),
        attested_coverage=_coverage(told, declared),
    )


def _coverage(told: Sequence[AttestedFact], declared: Sequence[Declared]) -> Value:
    """Return which part of the segments was driven; unknown while nobody has told of any segment."""
    segments = sum(len(each.zone_ids) for each in declared)
    drove = {
        (each.device_id, each.zone_id) for each in told if each.automated_km or each.automated_h
    }
    if not segments or all(zone_id is None for _, zone_id in drove):
        return NoFigure.UNKNOWN
    covered = sum(
        any((device_id, zone_id) in drove for device_id in each.device_ids)
        for each in declared
        for zone_id in each.zone_ids
    )
    return round(covered / segments, 4)


def _holds(in_force: Mapping[str, Sequence[Days]], device_id: str, first: date, last: date) -> bool:
    """Tell whether one permit of a device was in force on some day from one to another."""
    return any(begins <= last and first <= ends for begins, ends in in_force.get(device_id, ()))


def _sum(values: Iterable[float | None]) -> Value:
    """Return the sum of what is known, to a metre or a few seconds; unknown where nothing is."""
    found = [each for each in values if each is not None]
    return round(sum(found), 3) if found else NoFigure.UNKNOWN
