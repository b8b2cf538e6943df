"""What the register and the documents say of a vehicle that is to bear a plate."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlmodel import Session, col, select

from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Vehicle
from permits.plating import PlateWanted
from permits.validity import Papers
from zone_service.store import register
from zone_service.store.documents import counts_on
from zone_service.store.records import PLATFORM
from zone_service.store.tables import DocumentRow

_K = DocumentKind
_INSURED_BY = ((_K.COMPULSORY_INSURANCE,), (_K.LIABILITY_INSURANCE, _K.GUARANTEE_LETTER))
"""A vehicle is insured as long as there is one of each of these."""
_INSPECTED_BY = (_K.SAFETY_INSPECTION,)
Ends = Mapping[DocumentKind, date]


def completed(session: Session, wanted: Sequence[PlateWanted], on: date) -> tuple[PlateWanted, ...]:
    """Return plates with the VINs that the register has, and the days on which papers end.

    What was given as well stays where it ends earlier; a VIN that was given is not replaced, so
    that it can be told from that of the register.
    """
    if not wanted:
        return ()
    entries = register.of_devices(session, PLATFORM, [each.device_id for each in wanted])
    vehicles = {
        each.device_id: (each.entry_id, each.particulars)
        for each in entries
        if isinstance(each.particulars, Vehicle)
    }
    ends = _ends(session, [entry_id for entry_id, _ in vehicles.values()], on)
    return tuple(
        _completed(each, vehicles[each.device_id][1], ends[vehicles[each.device_id][0]])
        if each.device_id in vehicles
        else each
        for each in wanted
    )


def papers_of(ends: Ends) -> Papers:
    """Return the last days on which a vehicle is insured and inspected by its documents."""
    insured = [_latest(ends, kinds) for kinds in _INSURED_BY]
    return Papers(_earliest(*insured), _latest(ends, _INSPECTED_BY))


def _completed(wanted: PlateWanted, vehicle: Vehicle, ends: Ends) -> PlateWanted:
    known, given = papers_of(ends), wanted.papers
    papers = replace(
        given,
        insured_to=_earliest(given.insured_to, known.insured_to),
        inspected_to=_earliest(given.inspected_to, known.inspected_to),
    )
    own = vehicle.vin or ""
    return replace(wanted, vin=wanted.vin or own, registered_vin=own, papers=papers)


def _ends(session: Session, entry_ids: Iterable[str], on: date) -> Mapping[str, Ends]:
    """Return the last day of each kind of document by vehicle; the latest where there are several."""
    found: dict[str, dict[DocumentKind, date]] = defaultdict(dict)
    kinds = [each for some in (*_INSURED_BY, _INSPECTED_BY) for each in some]
    asked = select(DocumentRow).where(
        DocumentRow.covers_kind == CoveredKind.VEHICLE.value,
        col(DocumentRow.covers_key).in_(sorted(entry_ids)),
        col(DocumentRow.kind).in_([each.value for each in kinds]),
        *counts_on(on),
    )
    for row in session.exec(asked):
        if row.valid_to is not None:
            its, kind = found[row.covers_key], DocumentKind(row.kind)
            its[kind] = max(row.valid_to, its.get(kind, row.valid_to))
    return found


def _latest(ends: Ends, kinds: Iterable[DocumentKind]) -> date | None:
    return max((ends[each] for each in kinds if each in ends), default=None)


def _earliest(*days: date | None) -> date | None:
    return min((each for each in days if each is not None), default=None)
