"""What is told to other jurisdictions of vehicles that are registered here."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from permits.document import StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Vehicle
from permits.life import told_as
from permits.recognising import Agreement
from permits.recognition import (
    NOT_KNOWN_THERE,
    Bundle,
    DrivenThere,
    PaperThere,
    PermitThere,
    VehicleThere,
)
from permits.states import PermitKind, PermitState
from zone_service.store import audit, permit_events, register
from zone_service.store.attested_there import attested_there
from zone_service.store.errors import InvalidValue
from zone_service.store.records import Principal, RegisterEntry, Role
from zone_service.store.revisions import bump
from zone_service.store.scoping import require_role
from zone_service.store.tables import (
    DocumentRow,
    OrganisationRow,
    PermitNumberRow,
    PermitRow,
    PlateRow,
)


def told(
    session: Session,
    principal: Principal,
    entry_ids: Sequence[str],
    *,
    agreement: Agreement,
    addressed: Sequence[str],
    valid_to: datetime,
    at: datetime,
) -> Bundle:
    """Return what is told of some vehicles, and put it on record; the files travel beside it.

    What they drove is what departments have attested; nothing is told of what nobody has.

    Raises:
        NotAllowed: neither a reviewer nor an administrator.
        NotFound: there is no such entry.
        InvalidValue: one is no vehicle with a VIN.
    """
    require_role(principal, "tell others of a vehicle", Role.REVIEWER, Role.ADMINISTRATOR)
    number = bump(session, "recognition")
    entries = [register.get(session, principal, each) for each in dict.fromkeys(entry_ids)]
    driven = attested_there(session, [each.entry_id for each in entries], at)
    bundle = Bundle(
        bundle_id=f"{agreement.own}-{number:06d}",
        issuer=agreement.own,
        issuer_name=_organisation(session, principal.organisation_id),
        addressed=tuple(addressed),
        issued_at=at,
        valid_to=valid_to,
        vehicles=tuple(
            _vehicle(session, each, agreement, driven.get(each.entry_id, NOT_KNOWN_THERE))
            for each in entries
        ),
    )
    said = f"{', '.join(addressed)}: {', '.join(each.entry_id for each in entries)}"
    audit.record(session, principal, "recognition.export", bundle.bundle_id, at, said[:2000])
    return bundle


def _vehicle(
    session: Session, entry: RegisterEntry, agreement: Agreement, driven: DrivenThere
) -> VehicleThere:
    vehicle = entry.particulars
    if not isinstance(vehicle, Vehicle) or vehicle.vin is None:
        raise InvalidValue(why="no vin", entry=entry.entry_id)
    return VehicleThere(
        vehicle=vehicle,
        holder=_organisation(session, entry.organisation_id),
        permits=_permits(session, vehicle.vin),
        papers=_papers(session, entry.entry_id, agreement),
        driven=driven,
    )


def _permits(session: Session, vin: str) -> tuple[PermitThere, ...]:
    asked = (
        select(PlateRow, PermitRow, PermitNumberRow.machine)
        .join(PermitRow, col(PermitRow.number) == col(PlateRow.number))
        .outerjoin(PermitNumberRow, col(PermitNumberRow.number) == col(PlateRow.number))
        .where(PlateRow.vin == vin)
        .order_by(col(PlateRow.plate_id))
    )
    found = session.exec(asked).all()
    changes = permit_events.of_permits(session, sorted({permit.number for _, permit, _ in found}))
    return tuple(
        PermitThere(
            number=machine or permit.number,
            kind=PermitKind(permit.kind),
            state=told_as(PermitState(permit.state), changes.get(permit.number, ())),
            plate=plate.plate,
            valid_from=plate.valid_from,
            valid_to=plate.valid_to,
        )
        for plate, permit, machine in found
    )


def _papers(session: Session, entry_id: str, agreement: Agreement) -> tuple[PaperThere, ...]:
    asked = (
        select(DocumentRow)
        .where(
            DocumentRow.covers_kind == CoveredKind.VEHICLE.value,
            DocumentRow.covers_key == entry_id,
            col(DocumentRow.kind).in_([each.value for each in agreement.papers]),
            col(DocumentRow.sha256).is_not(None),
            col(DocumentRow.withdrawn_at).is_(None),
        )
        .order_by(col(DocumentRow.document_id))
    )
    return tuple(map(_paper, session.exec(asked)))


def _paper(row: DocumentRow) -> PaperThere:
    return PaperThere(
        kind=DocumentKind(row.kind),
        number=row.serial,
        issued_by=row.issued_by,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        file=StoredFile(row.sha256 or "", row.media_type or "", row.size_bytes or 0),
    )


def _organisation(session: Session, organisation_id: str) -> str:
    row = session.get(OrganisationRow, organisation_id)
    return organisation_id if row is None else row.name
