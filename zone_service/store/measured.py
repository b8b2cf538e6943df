"""What vehicles have driven: as departments attest it, and as the platform has measured it itself.

Days that are over alone are measured, so that what is met is not otherwise an hour later.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from permits.coverage import LineDriven
from permits.driven_days import Account, DaysDriven
from permits.issuing import legal_day
from permits.mileage import NOT_KNOWN, Driven, Measured, with_measured
from zone_service.mileage import RoadDriven, drawn
from zone_service.store import device_days, road_days, zones
from zone_service.store.driven import AttestedFigures
from zone_service.store.records import HeardDay
from zone_service.store.revisions import revision
from zone_service.store.road_days import RoadDay
from zone_service.store.tables import RegisterRow

BEGINNING = date(2000, 1, 1)
"""Before any day on which something was measured."""
_M_PER_KM, _S_PER_H = 1000.0, 3600.0


@dataclass(frozen=True, slots=True)
class KnownMileage:
    """All that is known of mileage; a ``permits.mileage.Mileage``."""

    session: Session
    at: datetime

    def driven(self, entry_ids: Collection[str], zone_ids: frozenset[str]) -> Mapping[str, Driven]:
        """Return what vehicles have driven; absent are those of which nobody tells anything."""
        attested = AttestedFigures(self.session, self.at).driven(entry_ids, zone_ids)
        measured = measured_of(self.session, self._devices(entry_ids), zone_ids, self.at)
        return {
            entry_id: with_measured(attested.get(entry_id, NOT_KNOWN), measured[entry_id])
            if entry_id in measured
            else attested[entry_id]
            for entry_id in sorted(attested.keys() | measured.keys())
        }

    def _devices(self, entry_ids: Collection[str]) -> Mapping[str, str]:
        asked = select(RegisterRow.entry_id, RegisterRow.device_id).where(
            col(RegisterRow.entry_id).in_(sorted(entry_ids)),
            col(RegisterRow.device_id).is_not(None),
        )
        return {entry_id: str(device_id) for entry_id, device_id in self.session.exec(asked)}


def measured_of(
    session: Session, devices: Mapping[str, str], zone_ids: frozenset[str], at: datetime
) -> Mapping[str, Measured]:
    """Return what was measured of vehicles, by what ``devices`` names the device of; absent if nothing was."""
    today, of = legal_day(at), frozenset(devices.values())
    drawings = drawn_now(session, zone_ids)
    heard, matched = defaultdict[str, list[HeardDay]](list), defaultdict[str, list[RoadDay]](list)
    for day in device_days.between(session, of, BEGINNING, today - timedelta(days=1)):
        heard[day.device_id].append(day)
    for each in road_days.between(session, of, BEGINNING, today - timedelta(days=1)):
        if each.roads is not None:
            matched[each.device_id].append(each)
    return {
        name: _measured(heard[device_id], matched[device_id], drawings)
        for name, device_id in devices.items()
        if device_id in matched
    }


def drawn_now(session: Session, zone_ids: Iterable[str]) -> Mapping[str, str]:
    """Return how the lines of roads are drawn now; empty of one that has none."""
    found = zones.some_at(session, revision(session, "zones"), tuple(zone_ids))
    return {each.zone_id: drawn(each) for each in found}


def covered_of(found: Sequence[RoadDriven], how_drawn: str) -> LineDriven | None:
    """Return what was driven of a road's line as it is drawn so; ``None`` where nothing of it was."""
    its = [each for each in found if each.length_m and each.drawn == how_drawn]
    if not its:
        return None
    return LineDriven(its[0].length_m or 0.0, tuple(one for each in its for one in each.stretches))


def _measured(
    heard: Sequence[HeardDay], matched: Sequence[RoadDay], drawings: Mapping[str, str]
) -> Measured:
    on_roads = defaultdict[str, list[RoadDriven]](list)
    for each in matched:
        for road in each.roads or ():
            if road.zone_id in drawings:
                on_roads[road.zone_id].append(road)
    covered = {
        zone_id: found
        for zone_id, its in on_roads.items()
        if (found := covered_of(its, drawings[zone_id])) is not None
    }
    by_area = (
        zone_id
        for zone_id, its in on_roads.items()
        if any(each.length_m is None and each.automated_m > 0.0 for each in its)
    )
    whole = {each.begins: each for each in map(_whole_day, heard)}
    on_segments = (
        _within(each, whole.get(each.begins)) for each in _on_segments(matched, drawings)
    )
    return Measured(
        covered=covered,
        by_area=frozenset(by_area),
        account=_account(whole.values()),
        account_of_segments=_account(on_segments),
    )


def _whole_day(heard: HeardDay) -> DaysDriven:
    day = heard.day
    return _day(device_days.on_day(day.day), day.automated_m, day.automated_s)


def _within(told: DaysDriven, whole: DaysDriven | None) -> DaysDriven:
    """Return a day on segments as no more than the whole day: a road may be in two of them."""
    if whole is None:
        return told
    km = min(told.automated_km or 0.0, whole.automated_km or 0.0)
    hours = min(told.automated_h or 0.0, whole.automated_h or 0.0)
    return replace(told, automated_km=km, automated_h=hours)


def _on_segments(matched: Iterable[RoadDay], wanted: Collection[str]) -> Iterator[DaysDriven]:
    for each in matched:
        its = [road for road in each.roads or () if road.zone_id in wanted]
        yield _day(each.day, sum(e.automated_m for e in its), sum(e.automated_s for e in its))


def _day(day: date, metres: float, seconds: float) -> DaysDriven:
    km, hours = metres / _M_PER_KM, seconds / _S_PER_H
    return DaysDriven(begins=day, ends=day, automated_km=km, automated_h=hours)


def _account(days: Iterable[DaysDriven]) -> Account:
    told = tuple(days)
    return Account(
        automated_km=sum(each.automated_km or 0.0 for each in told),
        automated_h=sum(each.automated_h or 0.0 for each in told),
        days=told,
    )
