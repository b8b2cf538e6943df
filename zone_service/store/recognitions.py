"""Bundles of other jurisdictions that were recognised, and what they come to for a vehicle here.

A bundle stays as it was written. Whether it still counts is asked anew each time: it ends, its key may
have been revoked since, and the vehicle may be configured otherwise now.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from permits.document import StoredFile
from permits.entries import Vehicle
from permits.issuing import legal_day
from permits.recognising import Here
from permits.recognition import Bundle, RecognisedFacts, VehicleThere, differences, facts_of
from permits.recognition_form import from_bytes, to_bytes
from permits.recognition_trust import TrustList
from zone_service.store import audit, register, trust_lists
from zone_service.store.errors import Conflict, NotFound
from zone_service.store.records import PLATFORM, Principal, Recognition, RegisterEntry, Role
from zone_service.store.revisions import bump
from zone_service.store.roles import SEES_ALL
from zone_service.store.scoping import page_size, require_role, scoped_rows
from zone_service.store.tables import RecognisedVehicleRow, RecognitionRow, RegisterRow

_VEHICLE = "vehicle::"
"""How the register calls what is known by a VIN."""


def here(session: Session, bundle: Bundle) -> Here:
    """Return what is known here of the vehicles of a bundle."""
    vins = [each.vehicle.vin or "" for each in bundle.vehicles]
    newest: dict[str, tuple[str, datetime]] = {}
    asked = (
        select(RecognisedVehicleRow.vin, RecognitionRow.bundle_id, RecognitionRow.issued_at)
        .join(RecognitionRow)
        .where(
            col(RecognisedVehicleRow.vin).in_(vins), RecognisedVehicleRow.issuer == bundle.issuer
        )
        .order_by(col(RecognitionRow.issued_at))
    )
    for vin, bundle_id, issued_at in session.exec(asked):
        newest[vin] = (bundle_id, issued_at)
    registered = (
        (each.particulars.vin, each.particulars)
        for each in _registered(session, PLATFORM, vins)
        if isinstance(each.particulars, Vehicle)
    )
    return Here({vin or "": vehicle for vin, vehicle in registered}, newest)


def keep(
    session: Session,
    principal: Principal,
    bundle: Bundle,
    sha256: str,
    key_id: str,
    at: datetime,
) -> Recognition:
    """Keep a bundle that was found good, and whose files are kept.

    Raises:
        NotAllowed: neither a reviewer nor an administrator.
        Conflict: another one of its issuer came meanwhile.
    """
    require_role(principal, "recognise a bundle", Role.REVIEWER, Role.ADMINISTRATOR)
    bump(session, "recognition")
    known = here(session, bundle).newest
    late = [vin for vin, (_, issued_at) in known.items() if bundle.issued_at <= issued_at]
    if late:
        raise Conflict(why="no newer", bundle=bundle.bundle_id, vins=", ".join(late))
    row = RecognitionRow(
        bundle_id=bundle.bundle_id,
        issuer=bundle.issuer,
        key_id=key_id,
        issued_at=bundle.issued_at,
        valid_to=bundle.valid_to,
        sha256=sha256,
        body=to_bytes(bundle).decode(),
        trust_list=trust_lists.in_force(session).number,
        imported_at=at,
        imported_by=principal.username,
    )
    session.add(row)
    session.flush()
    session.add_all(_vehicles(row, bundle))
    session.flush()
    vins = ", ".join(each.vehicle.vin or "" for each in bundle.vehicles)
    said = f"{bundle.issuer}, key {key_id}, sha256:{sha256}: {vins}"
    audit.record(session, principal, "recognition.import", bundle.bundle_id, at, said[:2000])
    return _kept(row)


def get(session: Session, principal: Principal, recognition_id: int) -> Recognition:
    """Return one; operators see of it what is said of their own vehicles.

    Raises:
        NotFound: there is none that the principal may see.
    """
    asked = _seen(principal).where(RecognitionRow.recognition_id == recognition_id)
    found = _shown(session, principal, session.exec(asked))
    if not found:
        raise NotFound(what="recognition", key=str(recognition_id))
    return found[0]


def page(
    session: Session,
    principal: Principal,
    *,
    vin: str | None = None,
    issuer: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> tuple[Recognition, ...]:
    """Return what was recognised, in the order in which it came; operators see that of their vehicles.

    A bundle may tell of vehicles of several operators: each sees its own of it, and no other's.
    """
    asked = _seen(principal).where(col(RecognitionRow.recognition_id) > after)
    if vin is not None:
        of_it = select(RecognisedVehicleRow.recognition_id).where(RecognisedVehicleRow.vin == vin)
        asked = asked.where(col(RecognitionRow.recognition_id).in_(of_it))
    if issuer is not None:
        asked = asked.where(RecognitionRow.issuer == issuer)
    ordered = asked.order_by(col(RecognitionRow.recognition_id)).limit(page_size(limit))
    return _shown(session, principal, session.exec(ordered))


def recognised_facts(session: Session, device_id: str, at: datetime) -> RecognisedFacts | None:
    """Return what is recognised of the vehicle that moves with a device; ``None`` where nothing is."""
    entries = register.of_devices(session, PLATFORM, [device_id])
    vehicles = [each.particulars for each in entries if isinstance(each.particulars, Vehicle)]
    return facts_of_vehicle(session, vehicles[0], at) if vehicles else None


def facts_of_vehicle(session: Session, vehicle: Vehicle, at: datetime) -> RecognisedFacts | None:
    """Return what is recognised of a vehicle, configured as it is now; ``None`` where nothing is."""
    return facts_of(_standing(session, vehicle, at), legal_day(at))


def told_of(session: Session, vins: Iterable[str]) -> frozenset[str]:
    """Return of which vehicles anything was ever told: mostly of none, and this is one question."""
    asked = select(RecognisedVehicleRow.vin).where(col(RecognisedVehicleRow.vin).in_(sorted(vins)))
    return frozenset(session.exec(asked))


def vehicles_between(session: Session, begins: datetime, ends: datetime) -> int:
    """Return how many vehicles were recognised from one moment until before another."""
    asked = (
        select(func.count(func.distinct(RecognisedVehicleRow.vin)))
        .select_from(RecognisedVehicleRow)
        .join(RecognitionRow)
        .where(col(RecognitionRow.imported_at) >= begins, col(RecognitionRow.imported_at) < ends)
    )
    return session.exec(asked).one()


def kept_files(session: Session) -> Iterator[StoredFile]:
    """Yield the files of all bundles."""
    for body in session.exec(select(RecognitionRow.body)):
        yield from from_bytes(body.encode()).files


def _standing(
    session: Session, vehicle: Vehicle, at: datetime
) -> Iterator[tuple[Bundle, VehicleThere]]:
    """Yield the newest bundle of each issuer about a vehicle, if it still counts."""
    if vehicle.vin is None:
        return
    asked = (
        select(RecognitionRow)
        .join(RecognisedVehicleRow)
        .where(RecognisedVehicleRow.vin == vehicle.vin)
        .order_by(col(RecognitionRow.issuer), col(RecognitionRow.issued_at))
    )
    newest = {row.issuer: row for row in session.exec(asked)}
    if not newest:
        return
    trusted = trust_lists.in_force(session).trusted
    for row in newest.values():
        if row.valid_to <= at or not _is_trusted(trusted, row.key_id, at):
            continue
        bundle = from_bytes(row.body.encode())
        told = next(each for each in bundle.vehicles if each.vehicle.vin == vehicle.vin)
        if not differences(told.vehicle, vehicle):
            yield bundle, told


def _is_trusted(trusted: TrustList, key_id: str, at: datetime) -> bool:
    """A key that has run out was good for what it signed before; one that is revoked or gone is not."""
    key = trusted.keys.get(key_id)
    return key is not None and (key.revoked_at is None or at < key.revoked_at)


def _registered(
    session: Session, principal: Principal, vins: Iterable[str]
) -> Iterator[RegisterEntry]:
    asked = scoped_rows(RegisterRow, principal).where(
        col(RegisterRow.identity).in_([_VEHICLE + each for each in vins]), col(RegisterRow.active)
    )
    for row in session.exec(asked):
        yield register.get(session, principal, row.entry_id)


def _seen(principal: Principal) -> Any:
    asked = select(RecognitionRow)
    if principal.role in SEES_ALL:
        return asked
    its = select(RecognisedVehicleRow.recognition_id).where(
        (_VEHICLE + col(RecognisedVehicleRow.vin)).in_(_own(principal))
    )
    return asked.where(col(RecognitionRow.recognition_id).in_(its))


def _own(principal: Principal) -> Any:
    return select(RegisterRow.identity).where(
        RegisterRow.organisation_id == principal.organisation_id, col(RegisterRow.active)
    )


def _shown(
    session: Session, principal: Principal, rows: Iterable[RecognitionRow]
) -> tuple[Recognition, ...]:
    found = tuple(map(_kept, rows))
    if principal.role in SEES_ALL:
        return found
    own = frozenset(session.exec(_own(principal)))
    return tuple(replace(each, bundle=_part(each.bundle, own)) for each in found)


def _part(bundle: Bundle, own: frozenset[str]) -> Bundle:
    """Return what a bundle tells of some vehicles, by how the register calls them."""
    told = (each for each in bundle.vehicles if _VEHICLE + (each.vehicle.vin or "") in own)
    return replace(bundle, vehicles=tuple(told))


def _vehicles(row: RecognitionRow, bundle: Bundle) -> list[RecognisedVehicleRow]:
    return [
        RecognisedVehicleRow(
            recognition_id=row.recognition_id or 0,
            vin=each.vehicle.vin or "",
            issuer=bundle.issuer,
            issued_at=bundle.issued_at,
        )
        for each in bundle.vehicles
    ]


def _kept(row: RecognitionRow) -> Recognition:
    return Recognition(
        row.recognition_id or 0,
        from_bytes(row.body.encode()),
        row.key_id,
        row.sha256,
        row.trust_list,
        row.imported_at,
        row.imported_by,
    )
