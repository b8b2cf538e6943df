"""What the register and the documents say of what moves under a permit: its VIN, and how long its papers last."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlmodel import Session, col, select

from permits.cover import COVERING, earliest, papers_of
from permits.document import Covered, Document
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Vehicle, kind_of
from permits.plating import PlateWanted
from permits.precondition_facts import number_in
from permits.sheet import Sheet
from permits.validity import Papers
from zone_service.store import register
from zone_service.store.documents import document_of
from zone_service.store.records import PLATFORM, RegisterEntry
from zone_service.store.tables import DocumentRow

_IDS_AT_ONCE = 500


def completed(
    session: Session, wanted: Sequence[PlateWanted], on: date, sheet: Sheet
) -> tuple[PlateWanted, ...]:
    """Return plates with the VINs that the register has, and the days on which papers end.

    What was given as well stays where it ends earlier; a VIN that was given is not replaced, so
    that it can be told from that of the register.
    """
    if not wanted:
        return ()
    entries = register.of_devices(session, PLATFORM, [each.device_id for each in wanted])
    vehicles = {e.device_id or "": e for e in entries if isinstance(e.particulars, Vehicle)}
    papers = _papers(session, list(vehicles.values()), on, sheet)
    return tuple(
        _completed(each, vehicles[each.device_id].particulars, papers[each.device_id])
        if each.device_id in vehicles
        else each
        for each in wanted
    )


def of_devices(
    session: Session, device_ids: Iterable[str], on: date, sheet: Sheet
) -> Mapping[str, Papers]:
    """Return the last days on which what moves with some devices is insured and inspected.

    Counted from a day on, without a gap; a device that nothing is registered of is absent.
    """
    return _papers(session, register.of_devices(session, PLATFORM, device_ids), on, sheet)


def _completed(wanted: PlateWanted, vehicle: object, known: Papers) -> PlateWanted:
    given = wanted.papers
    papers = replace(
        given,
        insured_to=earliest((given.insured_to, known.insured_to)),
        inspected_to=earliest((given.inspected_to, known.inspected_to)),
    )
    own = (vehicle.vin if isinstance(vehicle, Vehicle) else None) or ""
    return replace(wanted, vin=wanted.vin or own, registered_vin=own, papers=papers)


def _papers(
    session: Session, entries: Sequence[RegisterEntry], on: date, sheet: Sheet
) -> Mapping[str, Papers]:
    least_cny = number_in(sheet, "insurance.liability_min_cny") or 0.0
    keys = {each.device_id or "": list(map(_key, _abouts(each))) for each in entries}
    there, gone = _documents(session, {key for some in keys.values() for _, key in some})
    return {
        device_id: papers_of(
            each.particulars,
            [one for key in keys[device_id] for one in there[key]],
            on,
            withdrawn={one for key in keys[device_id] for one in gone[key]},
            least_cny=least_cny,
        )
        for each in entries
        if (device_id := each.device_id or "")
    }


def _abouts(entry: RegisterEntry) -> tuple[Covered, ...]:
    """A letter of guarantee of the firm stands for each of its vehicles."""
    firm = Covered(CoveredKind.ORGANISATION, entry.organisation_id)
    return Covered(kind_of(entry.particulars), entry.entry_id), firm


def _key(covered: Covered) -> tuple[str, str]:
    return covered.kind.value, covered.key


def _documents(
    session: Session, keys: Collection[str]
) -> tuple[Mapping[tuple[str, str], list[Document]], Mapping[tuple[str, str], set[DocumentKind]]]:
    """Return the documents with a file about some things, and the kinds that were withdrawn."""
    there: dict[tuple[str, str], list[Document]] = defaultdict(list)
    gone: dict[tuple[str, str], set[DocumentKind]] = defaultdict(set)
    wanted, kinds = sorted(keys), sorted(each.value for each in COVERING)
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        asked = select(DocumentRow).where(
            col(DocumentRow.covers_key).in_(wanted[start : start + _IDS_AT_ONCE]),
            col(DocumentRow.kind).in_(kinds),
            col(DocumentRow.sha256).is_not(None),
        )
        for row in session.exec(asked.order_by(col(DocumentRow.document_id))):
            key = (row.covers_kind, row.covers_key)
            if row.withdrawn_at is None:
                there[key].append(document_of(row))
            else:
                gone[key].add(DocumentKind(row.kind))
    return there, gone
