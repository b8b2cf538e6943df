"""What was driven by what the platform has measured itself, and by what departments have attested.

Each is a figure of its own beside what operators have reported: none is put in the place of another, and
where nobody knows one it says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from permits.coverage import LineDriven, share_of
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
class RoadFact:
    """What the platform measured that a device drove of one segment on a day of the period that is over."""

    device_id: str
    day: date
    zone_id: str
    automated_m: float
    covered: LineDriven | None
    """What of its line, as that is drawn at the end of the period; ``None`` where it has none."""


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
class OnSegments:
    """What was driven in automated mode on the segments that permits declare, on days in force."""

    km: Value = NoFigure.UNKNOWN
    """Along the line of each, and on the ground of those that have none."""
    coverage: Value = NoFigure.UNKNOWN
    """The part that was driven of the length of the segments that have a line."""
    by_line: int = 0
    """Segments that have a line and were driven."""
    by_area: int = 0
    """Segments without a line that were driven in: of them no part can be told."""


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
    on_segments: OnSegments = OnSegments()
    """What the platform measured on the declared segments."""


NOTHING_MEASURED = Measured()


def measured(
    in_force: Mapping[str, Sequence[Days]],
    heard: Iterable[MeasuredFact],
    attested: Iterable[AttestedFact],
    declared: Sequence[Declared] = (),
    roads: Iterable[RoadFact] = (),
    lengths_km: Mapping[str, float] | None = None,
) -> Measured:
    """Return what was driven; ``in_force`` are the days of each device's permits.

    ``lengths_km``: of each segment that has a line.
    """
    own = [each for each in heard if _holds(in_force, each.device_id, each.day, each.day)]
    told = [each for each in attested if _holds(in_force, each.device_id, each.begins, each.last)]
    on_roads = [each for each in roads if _holds(in_force, each.device_id, each.day, each.day)]
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
        on_segments=_on_segments(on_roads, declared, lengths_km or {}),
    )


def _on_segments(
    found: Sequence[RoadFact], declared: Sequence[Declared], lengths_km: Mapping[str, float]
) -> OnSegments:
    """Return what was measured on the segments that permits declare, each of each permit."""
    driven: dict[tuple[str, str], list[RoadFact]] = defaultdict(list)
    for each in found:
        driven[each.device_id, each.zone_id].append(each)
    its = [
        (zone_id, [one for device in each.device_ids for one in driven[device, zone_id]])
        for each in declared
        for zone_id in sorted(each.zone_ids)
    ]
    metres = {
        (one.device_id, one.zone_id, one.day): one.automated_m for _, own in its for one in own
    }
    if not metres:
        return OnSegments()
    parts = [(lengths_km[zone_id], _part(own)) for zone_id, own in its if zone_id in lengths_km]
    whole_km = sum(km for km, _ in parts)
    share = sum(km * part for km, part in parts) / whole_km if whole_km else None
    return OnSegments(
        km=_sum([sum(metres.values()) / _M_PER_KM]),
        coverage=NoFigure.UNKNOWN if share is None else round(share, 4),
        by_line=sum(part > 0.0 for _, part in parts),
        by_area=sum(bool(own) for zone_id, own in its if zone_id not in lengths_km),
    )


def _part(driven: Sequence[RoadFact]) -> float:
    return share_of([each.covered for each in driven if each.covered]) or 0.0


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
