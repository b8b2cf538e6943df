"""What reports are computed from: every permit and violation that was written down by a moment.

All of it is only ever added to, so the same moment finds the same facts at any later time: steps,
violations, editions of certificates, and the map by its revisions.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
import sqlalchemy as sql
from sqlmodel import Session, col, select

from geofence.zone import ZoneKind
from maps.extent import area_m2, length_m
from permits.accident import Accident
from permits.issuing import legal_day
from permits.life_cycle import IN_FORCE
from permits.matter_states import MatterKind
from permits.permit import PermitChanged, PermitKind
from permits.report_figures import (
    AccidentFact,
    DrivenFact,
    Facts,
    OpenedFact,
    PermitFact,
    ViolationFact,
)
from permits.report_measured import AttestedFact, MeasuredFact, RoadFact
from permits.report_periods import Period
from permits.terms import terms_from_json
from zone_service.mileage import drawn, is_road, line_m
from zone_service.store import permit_events, recognitions, registry, road_days, zones
from zone_service.store.measured import covered_of
from zone_service.store.records import ViolationEventKind
from zone_service.store.tables import (
    CertificateRow,
    DeviceDayRow,
    DeviceRow,
    DocumentRow,
    DrivenFigureRow,
    MatterRow,
    PermitRow,
    SubjectReportRow,
    ViolationEventRow,
    ViolationRow,
    table,
)

_IDS_AT_ONCE = 500
_DAYS, _FIGURES = table(DeviceDayRow), table(DrivenFigureRow)
_VIOLATIONS, _DEVICES = table(ViolationRow), table(DeviceRow)
_DOCUMENTS = table(DocumentRow)
_STORED_WITHIN = timedelta(hours=1)
"""What was heard on a day is stored by then."""
Jurisdiction = Callable[[str], str]
"""The jurisdiction of a rule set by its label; empty where it is not known."""


class _Vehicle(msgspec.Struct):
    device_id: str


class _Place(msgspec.Struct):
    zone_id: str


class _Certified(msgspec.Struct):
    vehicles: tuple[_Vehicle, ...]
    places: tuple[_Place, ...] = ()

    @property
    def device_ids(self) -> frozenset[str]:
        return frozenset(each.device_id for each in self.vehicles)

    @property
    def zone_ids(self) -> frozenset[str]:
        return frozenset(each.zone_id for each in self.places)


class Line(NamedTuple):
    """How the line of a road is drawn, and how long it is; empty and ``None`` where it has none."""

    drawn: str
    length_m: float | None


class _Resolved(msgspec.Struct):
    updated_at: datetime


_NOT_CERTIFIED = _Certified(())


def facts(session: Session, period: Period, as_of: datetime, jurisdiction: Jurisdiction) -> Facts:
    """Return all that a report of a period is computed from, as it was known at a moment."""
    roads = _roads(session, period, as_of)
    return Facts(
        permits=tuple(_permits(session, as_of, jurisdiction)),
        violations=tuple(_violations(session, period, as_of)),
        opened=tuple(_opened(session, min(period.ends_at, as_of))),
        driven=tuple(_driven(session, period, as_of)),
        accidents=tuple(_accidents(session, as_of)),
        heard=tuple(_heard(session, period, as_of)),
        roads=tuple(_on_roads(session, period, as_of, roads)),
        lengths_km={each: line.length_m / 1e3 for each, line in roads.items() if line.length_m},
        attested=tuple(_attested(session, period, as_of)),
        recognised=recognitions.vehicles_between(
            session, period.begins_at, min(period.ends_at, as_of)
        ),
    )


def _permits(session: Session, as_of: datetime, jurisdiction: Jurisdiction) -> Iterator[PermitFact]:
    asked = select(PermitRow.number, PermitRow.kind, PermitRow.holder_id, PermitRow.terms)
    found = session.exec(asked.where(col(PermitRow.created_at) <= as_of)).all()
    names = registry.names(session, {holder for _, _, holder, _ in found})
    certified = _certified(session, as_of)
    changes = _changes(session, sorted(number for number, _, _, _ in found))
    for number, kind, holder, terms in found:
        done = changes.get(number, ())
        its = certified.get(number, _NOT_CERTIFIED)
        yield PermitFact(
            number=number,
            kind=PermitKind(kind),
            holder=f"{names[holder]} ({holder})" if holder in names else holder,
            device_ids=its.device_ids or terms_from_json(msgspec.json.decode(terms)).device_ids,
            changes=done,
            zone_ids=its.zone_ids,
            district=_district(done, jurisdiction),
        )


def _changes(session: Session, numbers: list[str]) -> Mapping[str, tuple[PermitChanged, ...]]:
    found: dict[str, tuple[PermitChanged, ...]] = {}
    for start in range(0, len(numbers), _IDS_AT_ONCE):
        found |= permit_events.of_permits(session, numbers[start : start + _IDS_AT_ONCE])
    return found


def _certified(session: Session, as_of: datetime) -> Mapping[str, _Certified]:
    """Return the edition of each certificate that counted at a moment."""
    asked = select(CertificateRow.number, CertificateRow.content)
    asked = asked.where(col(CertificateRow.issued_at) <= as_of)
    ordered = asked.order_by(col(CertificateRow.number), col(CertificateRow.edition))
    latest = dict(session.exec(ordered).all())
    return {
        number: msgspec.json.decode(content, type=_Certified) for number, content in latest.items()
    }


def _district(changes: tuple[PermitChanged, ...], jurisdiction: Jurisdiction) -> str:
    """Return by whose rules a permit first came into force; empty before it did."""
    granted = (each for each in changes if each.after in IN_FORCE and each.rules)
    first = next(granted, None)
    return "" if first is None else jurisdiction(first.rules)


def _violations(session: Session, period: Period, as_of: datetime) -> Iterator[ViolationFact]:
    """Yield the violations of a period; one that late reports found the beginning of is one with it."""
    row, device = _VIOLATIONS.c, _DEVICES.c
    asked = (
        sql.select(row.id, row.code, row.opened_at, row.detected_at, row.unfounded, device.domain)
        .join(_DEVICES, device.device_id == row.device_id, isouter=True)
        .where(
            row.opened_at >= period.begins_at,
            row.opened_at < period.ends_at,
            row.detected_at <= as_of,
            row.joins.is_(None),
        )
    )
    found = session.connection().execute(asked).all()
    none_since = _found_none(session, sorted(each.id for each in found if each.unfounded))
    for each in found:
        since = none_since.get(each.id)
        yield ViolationFact(each.code, each.opened_at, each.detected_at, each.domain, since)


def _found_none(session: Session, ids: list[str]) -> Mapping[str, datetime]:
    """Return when each of some violations was found to be none, as the feed has it."""
    since: dict[str, datetime] = {}
    for start in range(0, len(ids), _IDS_AT_ONCE):
        asked = select(ViolationEventRow.violation_id, ViolationEventRow.snapshot).where(
            col(ViolationEventRow.violation_id).in_(ids[start : start + _IDS_AT_ONCE]),
            ViolationEventRow.event == ViolationEventKind.RESOLVED.value,
        )
        for violation_id, snapshot in session.exec(asked):
            since[violation_id] = msgspec.json.decode(snapshot, type=_Resolved).updated_at
    return since


def _driven(session: Session, period: Period, as_of: datetime) -> Iterator[DrivenFact]:
    """Yield what was reported of the stages that ended in the period, as it was corrected by then."""
    row = SubjectReportRow
    asked = select(row).where(
        col(row.filed_at) <= as_of, col(row.ends) > period.begins, col(row.ends) <= period.ends
    )
    order = map(col, (row.number, row.kind, row.stage, row.edition))
    latest = {
        (each.number, each.kind, each.stage): each for each in session.exec(asked.order_by(*order))
    }
    for each in latest.values():
        yield DrivenFact(each.number, each.automated_km, each.automated_h, each.takeovers)


def _heard(session: Session, period: Period, as_of: datetime) -> Iterator[MeasuredFact]:
    """Yield what was heard on each day that was over and stored; of such a day nothing changes."""
    row = _DAYS.c
    over = min(period.ends, legal_day(as_of - _STORED_WITHIN))
    asked = sql.select(
        row.device_id, row.day, row.automated_m, row.automated_s, row.takeovers, row.online_s,
        row.first_heard_at, row.last_heard_at,
    ).where(row.day >= period.begins, row.day < over)  # fmt: skip
    for (
        device_id,
        day,
        metres,
        seconds,
        takeovers,
        online_s,
        first,
        last,
    ) in session.connection().execute(asked):
        span_s = (last - first).total_seconds()
        yield MeasuredFact(device_id, day, metres, seconds, takeovers, online_s, span_s)


def _roads(session: Session, period: Period, as_of: datetime) -> Mapping[str, Line]:
    """Return how the roads were drawn at the end of a period."""
    found = zones.at(session, min(period.ends_at, as_of)).zones
    return {each.zone_id: Line(drawn(each), line_m(each)) for each in found if is_road(each)}


def _on_roads(
    session: Session, period: Period, as_of: datetime, roads: Mapping[str, Line]
) -> Iterator[RoadFact]:
    """Yield what had been found by a moment of what was driven on roads; of another drawing no part."""
    for each in road_days.of_all(session, period.begins, period.ends, as_of):
        for road in each.roads or ():
            line = roads.get(road.zone_id)
            if road.automated_m > 0.0 and line is not None:
                covered = covered_of([road], line.drawn)
                yield RoadFact(each.device_id, each.day, road.zone_id, road.automated_m, covered)


def _attested(session: Session, period: Period, as_of: datetime) -> Iterator[AttestedFact]:
    """Yield what was attested by a moment of days of the period, by documents not withdrawn by then."""
    row = _FIGURES.c
    asked = (
        sql.select(
            row.device_id,
            row.begins,
            row.ends,
            row.automated_km,
            row.automated_h,
            row.zone_id,
        )
        .join(_DOCUMENTS, _DOCUMENTS.c.document_id == row.document_id)
        .where(
            row.device_id.is_not(None),
            row.attested_at <= as_of,
            row.begins >= period.begins,
            row.ends < period.ends,
            sql.or_(_DOCUMENTS.c.withdrawn_at.is_(None), _DOCUMENTS.c.withdrawn_at > as_of),
        )
        .order_by(row.figure_id)
    )
    for device_id, begins, last, km, hours, zone_id in session.connection().execute(asked):
        yield AttestedFact(device_id, begins, last, km, hours, zone_id)


def _accidents(session: Session, as_of: datetime) -> Iterator[AccidentFact]:
    row = MatterRow
    asked = (
        select(PermitRow.kind, row.about, row.created_at)
        .join(PermitRow, col(PermitRow.number) == col(row.number))
        .where(row.kind == MatterKind.ACCIDENT.value, col(row.created_at) <= as_of)
    )
    for kind, about, told_at in session.exec(asked):
        occurred_at = msgspec.json.decode(about, type=Accident).occurred_at
        yield AccidentFact(PermitKind(kind), occurred_at, told_at)


def _opened(session: Session, at: datetime) -> Iterator[OpenedFact]:
    """Yield what was on the map at a moment."""
    for zone in zones.at(session, at).zones:
        if zone.kind is not ZoneKind.KEEP_IN or zone.around is not None:
            continue
        long_m, wide_m2 = length_m(zone), area_m2(zone)
        if long_m is not None:
            yield OpenedFact(zone.domains, round(long_m / 1e3, 3))
        else:
            size = None if wide_m2 is None else round(wide_m2 / 1e6, 3)
            yield OpenedFact(zone.domains, size, is_line=False)
