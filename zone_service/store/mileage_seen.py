"""What was driven as whoever asks may see it: of a device by days, of a permit by its segments and vehicles."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from maps.extent import length_m
from permits.coverage import share_of
from telemetry.device_day import DeviceDay
from zone_service.mileage import RoadDriven, drawn, is_road
from zone_service.store import device_days, permits, registry, road_days, zones
from zone_service.store.device_days import on_day
from zone_service.store.measured import covered_of
from zone_service.store.records import Principal
from zone_service.store.revisions import revision


@dataclass(frozen=True, slots=True)
class DayDriven:
    """What one device drove on a day."""

    day: date
    heard: DeviceDay | None
    """``None`` where all of it came late."""
    roads: tuple[RoadDriven, ...] | None
    """``None`` where it is not matched to roads: it goes on, or its history was gone."""


@dataclass(frozen=True, slots=True)
class SegmentDriven:
    """What devices drove on one segment as it is drawn now."""

    zone_id: str
    length_m: float | None
    """Of its line; ``None`` where it has none, and is counted by its area."""
    automated_m: float
    by_hand_m: float
    automated_s: float
    covered: float | None
    """The part of its length that was driven in automated mode; ``None`` where it has no line."""
    device_ids: tuple[str, ...]
    """That drove on it."""


@dataclass(frozen=True, slots=True)
class PermitDriven:
    """What the devices of a permit drove."""

    segments: tuple[SegmentDriven, ...]
    days: tuple[tuple[str, DayDriven], ...]

    @property
    def covered(self) -> float | None:
        """The part of the length of its segments that have a line; ``None`` where none has one."""
        lined = [(each.length_m, each.covered or 0.0) for each in self.segments if each.length_m]
        whole_m = sum(length for length, _ in lined)
        return sum(length * part for length, part in lined) / whole_m if whole_m else None


def days_of(
    session: Session, principal: Principal, device_id: str, first: date, last: date
) -> tuple[DayDriven, ...]:
    """Return the days of a device from one to another, both included; of one unheard there is none.

    Raises:
        NotFound: there is no device of this id that the principal may see.
    """
    registry.device(session, principal, device_id)
    return tuple(day for _, day in _days(session, (device_id,), first, last))


def of_permit(
    session: Session, principal: Principal, number: str, first: date, last: date
) -> PermitDriven:
    """Return what the devices of a permit drove from a day to another, both included.

    Raises:
        NotFound: there is no permit of this number that the principal may see.
    """
    terms = permits.get(session, principal, number).terms
    days = tuple(_days(session, terms.device_ids, first, last))
    on_roads = defaultdict[str, list[tuple[str, RoadDriven]]](list)
    for device_id, day in days:
        for each in day.roads or ():
            on_roads[each.zone_id].append((device_id, each))
    found = zones.some_at(session, revision(session, "zones"), terms.zone_ids)
    segments = (
        _segment(each.zone_id, drawn(each), length_m(each), on_roads[each.zone_id])
        for each in found
        if is_road(each)
    )
    return PermitDriven(tuple(segments), days)


def _segment(
    zone_id: str, how_drawn: str, long_m: float | None, its: Sequence[tuple[str, RoadDriven]]
) -> SegmentDriven:
    driven = [each for _, each in its]
    covered = covered_of(driven, how_drawn)
    part = None if covered is None else share_of([covered])
    return SegmentDriven(
        zone_id=zone_id,
        length_m=long_m,
        automated_m=sum(each.automated_m for each in driven),
        by_hand_m=sum(each.by_hand_m for each in driven),
        automated_s=sum(each.automated_s for each in driven),
        covered=None if long_m is None else part or 0.0,
        device_ids=tuple(sorted({device_id for device_id, _ in its})),
    )


def _days(
    session: Session, device_ids: Iterable[str], first: date, last: date
) -> Iterable[tuple[str, DayDriven]]:
    wanted = frozenset(device_ids)
    heard = {
        (each.device_id, on_day(each.day.day)): each.day
        for each in device_days.between(session, wanted, first, last)
    }
    matched = {
        (each.device_id, each.day): each.roads
        for each in road_days.between(session, wanted, first, last)
    }
    for device_id, day in sorted(heard.keys() | matched.keys()):
        key = device_id, day
        yield device_id, DayDriven(day, heard.get(key), matched.get(key))
