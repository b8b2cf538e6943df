"""What reports are computed from: every permit and violation that was written down by a moment.

All of it is only ever added to, so the same moment finds the same facts at any later time: steps,
violations, editions of certificates, and the map by its revisions.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec
from sqlmodel import Session, col, func, select

from geofence.zone import ZoneKind
from maps.extent import area_m2, length_m
from permits.accident import Accident
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
from permits.report_periods import Period
from permits.terms import terms_from_json
from zone_service.store import permit_events, recognitions, registry, zones
from zone_service.store.tables import (
    CertificateRow,
    DeviceRow,
    MatterRow,
    PermitRow,
    SubjectReportRow,
    ViolationRow,
    ZoneRevisionRow,
)

_IDS_AT_ONCE = 500
Jurisdiction = Callable[[str], str]
"""The jurisdiction of a rule set by its label; empty where it is not known."""


class _Vehicle(msgspec.Struct):
    device_id: str


class _Certified(msgspec.Struct):
    vehicles: tuple[_Vehicle, ...]


def facts(session: Session, period: Period, as_of: datetime, jurisdiction: Jurisdiction) -> Facts:
    """Return all that a report of a period is computed from, as it was known at a moment."""
    return Facts(
        permits=tuple(_permits(session, as_of, jurisdiction)),
        violations=tuple(_violations(session, period, as_of)),
        opened=tuple(_opened(session, min(period.ends_at, as_of))),
        driven=tuple(_driven(session, period, as_of)),
        accidents=tuple(_accidents(session, as_of)),
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
        yield PermitFact(
            number=number,
            kind=PermitKind(kind),
            holder=f"{names[holder]} ({holder})" if holder in names else holder,
            device_ids=certified.get(number)
            or terms_from_json(msgspec.json.decode(terms)).device_ids,
            changes=done,
            district=_district(done, jurisdiction),
        )


def _changes(session: Session, numbers: list[str]) -> Mapping[str, tuple[PermitChanged, ...]]:
    found: dict[str, tuple[PermitChanged, ...]] = {}
    for start in range(0, len(numbers), _IDS_AT_ONCE):
        found |= permit_events.of_permits(session, numbers[start : start + _IDS_AT_ONCE])
    return found


def _certified(session: Session, as_of: datetime) -> Mapping[str, frozenset[str]]:
    """Return the devices on the edition of each certificate that counted at a moment."""
    asked = select(CertificateRow.number, CertificateRow.content)
    asked = asked.where(col(CertificateRow.issued_at) <= as_of)
    ordered = asked.order_by(col(CertificateRow.number), col(CertificateRow.edition))
    latest = dict(session.exec(ordered).all())
    return {
        number: frozenset(
            each.device_id for each in msgspec.json.decode(content, type=_Certified).vehicles
        )
        for number, content in latest.items()
    }


def _district(changes: tuple[PermitChanged, ...], jurisdiction: Jurisdiction) -> str:
    """Return by whose rules a permit first came into force; empty before it did."""
    granted = (each for each in changes if each.after in IN_FORCE and each.rules)
    first = next(granted, None)
    return "" if first is None else jurisdiction(first.rules)


def _violations(session: Session, period: Period, as_of: datetime) -> Iterator[ViolationFact]:
    """Yield the violations of a period; one that late reports found the beginning of is one with it."""
    asked = (
        select(
            ViolationRow.code, ViolationRow.opened_at, ViolationRow.detected_at, DeviceRow.domain
        )
        .join(DeviceRow, col(DeviceRow.device_id) == col(ViolationRow.device_id), isouter=True)
        .where(
            col(ViolationRow.opened_at) >= period.begins_at,
            col(ViolationRow.opened_at) < period.ends_at,
            col(ViolationRow.detected_at) <= as_of,
            col(ViolationRow.joins).is_(None),
        )
    )
    for code, opened_at, detected_at, domain in session.exec(asked):
        yield ViolationFact(code, opened_at, detected_at, domain)


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
    asked = select(func.max(ZoneRevisionRow.revision)).where(col(ZoneRevisionRow.at) < at)
    revision = session.exec(asked).one() or 0
    for zone in zones.at_revision(session, revision).zones:
        if zone.kind is not ZoneKind.KEEP_IN or zone.around is not None:
            continue
        long_m, wide_m2 = length_m(zone), area_m2(zone)
        if long_m is not None:
            yield OpenedFact(zone.domains, round(long_m / 1e3, 3))
        else:
            size = None if wide_m2 is None else round(wide_m2 / 1e6, 3)
            yield OpenedFact(zone.domains, size, is_line=False)
