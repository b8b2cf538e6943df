"""Organisations and their devices."""

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import astuple, replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, insert, select

from telemetry.report import Datum, Domain
from zone_service.store import audit, credentials, fences, history
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, InvalidValue, Stale
from zone_service.store.records import (
    BulkAdded,
    Device,
    Organisation,
    OrganisationKind,
    Principal,
    Role,
)
from zone_service.store.revisions import bump
from zone_service.store.roles import SERVICE, Department
from zone_service.store.scoping import (
    MAX_PAGE,
    one,
    page_size,
    require_own,
    require_role,
    scoped,
    scoped_rows,
)
from zone_service.store.secret import Hashed, many_hashed
from zone_service.store.tables import (
    CredentialRow,
    DeviceRow,
    OrganisationRow,
    RegisterRow,
    Row,
    ViolationRow,
)
from zone_service.store.wire_names import require_own_names, require_sayable

DEVICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,63}")
"""What a device may be called: safe in a topic, in a file name and before a person's eyes."""
MAX_LABELS = 2 * MAX_PAGE
"""A page of violations of two devices each."""
ORGANISATION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,63}")


def add_organisation(
    session: Session, principal: Principal, organisation: Organisation, at: datetime
) -> Organisation:
    """Add an organisation.

    Raises:
        NotAllowed: the principal is not an administrator.
        InvalidValue: its id is not one, or there is no such department.
        Conflict: the id is taken.
    """
    require_role(principal, "add an organisation", Role.ADMINISTRATOR)
    _require_id(ORGANISATION_ID, "organisation", organisation.organisation_id)
    require_department(organisation.department)
    bump(session, "registry")
    _require_free(session, OrganisationRow, organisation.organisation_id)
    session.add(
        OrganisationRow(
            organisation_id=organisation.organisation_id,
            name=organisation.name,
            kind=organisation.kind.value,
            department=organisation.department,
            created_at=at,
        )
    )
    session.flush()
    audit.record(session, principal, "organisation.add", organisation.organisation_id, at)
    return organisation


def end_organisation(
    session: Session, principal: Principal, organisation_id: str, at: datetime
) -> Organisation:
    """Put on record that the legal person of an organisation has ended; its permits are struck off then.

    Once is enough: of one that has ended before the moment stays.

    Raises:
        NotAllowed: the principal is not an administrator.
        NotFound: there is none.
        InvalidValue: it is no operator.
    """
    require_role(principal, "end an organisation", Role.ADMINISTRATOR)
    bump(session, "registry")
    row = one(session, OrganisationRow, principal, organisation_id)
    if row.kind != OrganisationKind.OPERATOR.value:
        raise InvalidValue(why="no operator", found=organisation_id)
    if row.ended_at is None:
        row.ended_at = at
        session.add(row)
        session.flush()
        audit.record(session, principal, "organisation.end", organisation_id, at)
    return _organisation(row)


def names(session: Session, organisation_ids: Iterable[str]) -> dict[str, str]:
    """Return what organisations are called, by their ids; those that are not there are left out."""
    wanted = sorted(organisation_ids)
    found: dict[str, str] = {}
    for start in range(0, len(wanted), MAX_PAGE):
        asked = select(OrganisationRow.organisation_id, OrganisationRow.name).where(
            col(OrganisationRow.organisation_id).in_(wanted[start : start + MAX_PAGE])
        )
        found.update(dict(session.exec(asked).all()))
    return found


def require_department(department: str | None) -> None:
    """Let a department through that there is, or none.

    Raises:
        InvalidValue: there is no such department; names those that there are.
    """
    if department is not None and department not in set(Department):
        known = ", ".join(Department)
        raise InvalidValue(why="unknown department", found=department[:80], expected=known)


def organisations(
    session: Session, principal: Principal, after: str = "", limit: int = 100
) -> tuple[Organisation, ...]:
    """Return organisations in the order of their ids, from after one of them."""
    key = col(OrganisationRow.organisation_id)
    found = session.exec(
        scoped_rows(OrganisationRow, principal)
        .where(key > after)
        .order_by(key)
        .limit(page_size(limit))
    )
    return tuple(_organisation(row) for row in found)


def organisation(session: Session, principal: Principal, organisation_id: str) -> Organisation:
    """Return one organisation.

    Raises:
        NotFound: there is none that the principal may see.
    """
    return _organisation(one(session, OrganisationRow, principal, organisation_id))


def add_device(session: Session, principal: Principal, device: Device, at: datetime) -> Device:
    """Register a device.

    Raises:
        NotAllowed: it is for another organisation.
        NotFound: there is no such organisation.
        InvalidValue: its id is not one, or its name on the wire none of its codec.
        Conflict: the id is taken, by whomever, or its name on the wire is another device's.
    """
    require_own(principal, "add a device", device.organisation_id)
    _require_device_id(device.device_id)
    require_sayable((device,))
    new = bump(session, "registry")
    one(session, OrganisationRow, principal, device.organisation_id)
    _require_free(session, DeviceRow, device.device_id)
    require_own_names(session, (device,))
    session.exec(insert(DeviceRow).values(_device_values(device, at)))
    history.keep_devices(session, (device.device_id,), new)
    audit.record(session, principal, "device.add", device.device_id, at)
    return device


def add_devices(
    store: Store,
    principal: Principal,
    devices: Sequence[Device],
    at: datetime,
    *,
    with_credentials: bool = True,
) -> BulkAdded:
    """Register many devices, each with a credential, in chunks that leave room for the worker.

    Hashes are made before any transaction begins. A chunk holds whole or not: after an error the
    chunks before it stay.

    Raises:
        NotAllowed, InvalidValue, NotFound, Conflict: as ``add_device``.
    """
    for device in devices:
        require_own(principal, "add devices", device.organisation_id)
        _require_device_id(device.device_id)
    require_sayable(devices)
    made = many_hashed(len(devices)) if with_credentials else ()
    for start in range(0, len(devices), credentials.CHUNK):
        with store.write() as session:
            chunk = devices[start : start + credentials.CHUNK]
            _add_chunk(session, principal, chunk, made[start : start + credentials.CHUNK], at)
    secrets = {device.device_id: each.secret for device, each in zip(devices, made, strict=False)}
    return BulkAdded(len(devices), secrets)


def device(session: Session, principal: Principal, device_id: str) -> Device:
    """Return one device.

    Raises:
        NotFound: there is none that the principal may see.
    """
    return history.device_of(one(session, DeviceRow, principal, device_id))


def devices(
    session: Session, principal: Principal, after: str = "", limit: int = 100
) -> tuple[Device, ...]:
    """Return devices in the order of their ids, from after one of them."""
    key = col(DeviceRow.device_id)
    found = session.exec(
        scoped_rows(DeviceRow, principal).where(key > after).order_by(key).limit(page_size(limit))
    )
    return tuple(history.device_of(row) for row in found)


def own_ids(session: Session, principal: Principal) -> frozenset[str]:
    """Return the ids of all devices that the principal may see."""
    asked = scoped(select(DeviceRow.device_id), principal, DeviceRow)
    return frozenset(session.exec(asked))


def labels(session: Session, principal: Principal, device_ids: Iterable[str]) -> dict[str, str]:
    """Return the labels of those of the devices that the principal may see."""
    wanted = sorted(set(device_ids))[:MAX_LABELS]
    found = session.exec(
        scoped_rows(DeviceRow, principal).where(col(DeviceRow.device_id).in_(wanted))
    )
    return {row.device_id: row.label for row in found}


def all_devices(session: Session) -> tuple[Device, ...]:
    """Return every device, also those that were taken out of service: for the worker."""
    table = DeviceRow.__table__.c  # type: ignore[attr-defined]
    rows = session.connection().execute(select(*(table[name] for name in _DEVICE_COLUMNS)))
    return tuple(
        Device(
            device_id=row.device_id,
            organisation_id=row.organisation_id,
            domain=Domain(row.domain),
            label=row.label,
            codec=row.codec,
            wire_id=row.wire_id,
            datum=Datum(row.datum),
            active=row.active,
        )
        for row in rows
    )


def tag_of(device: Device) -> str:
    """Return by what a device is told from what it was or will be."""
    return sha256(repr(astuple(device)).encode()).hexdigest()[:16]


def amend(
    session: Session,
    principal: Principal,
    wanted: Device,
    at: datetime,
    *,
    expected: Container[str] | None = None,
) -> Device:
    """Change what a device is called, by people and in its payloads; return it as it is then.

    What else it is stays, whatever ``wanted`` says. What came under the name of before was judged by it.

    Raises:
        NotFound: there is none that the principal may see.
        NotAllowed: it may be seen but not changed.
        Stale: its tag is none of those ``expected``.
        InvalidValue: no unit of its codec can say the name.
        Conflict: the name on the wire is another device's, or the device is out of service.
    """
    new = bump(session, "registry")
    row = one(session, DeviceRow, principal, wanted.device_id)
    require_own(principal, "amend a device", row.organisation_id)
    before = history.device_of(row)
    if expected is not None and tag_of(before) not in expected:
        raise Stale(why="moved on", what="device", key=before.device_id)
    if not before.active:
        raise Conflict(why="out of service", what="device", key=before.device_id)
    after = replace(before, label=wanted.label, wire_id=wanted.wire_id)
    require_sayable((after,))
    require_own_names(session, (after,))
    row.label, row.wire_id = after.label, after.wire_id
    session.add(row)
    session.flush()
    history.keep_devices(session, (after.device_id,), new)
    named = f"{before.wire_id or '-'} -> {after.wire_id or '-'}"
    audit.record(session, principal, "device.amend", f"{after.device_id}: {named}", at)
    return after


def deactivate(session: Session, principal: Principal, device_id: str, at: datetime) -> Device:
    """Take a device out of service; its credential goes with it.

    Raises:
        NotFound: there is none that the principal may see.
        NotAllowed: it may be seen but not changed.
    """
    new = bump(session, "registry")
    row = one(session, DeviceRow, principal, device_id)
    require_own(principal, "deactivate a device", row.organisation_id)
    row.active = False
    session.add(row)
    session.flush()
    credentials.end(session, device_id, at)
    history.keep_devices(session, (device_id,), new)
    audit.record(session, principal, "device.deactivate", device_id, at)
    return history.device_of(row)


def remove_devices(
    store: Store, principal: Principal, device_ids: Sequence[str], at: datetime
) -> int:
    """Take devices out of the register as if they had never been in it; return how many.

    For what was made for a moment only. One about which there is a violation stays: what is kept
    as evidence must go on naming something. So does one by which something registered moves. Those that are unknown are passed over.

    Raises:
        NotAllowed: the principal is not an administrator.
    """
    require_role(principal, "remove devices", Role.ADMINISTRATOR)
    removed = 0
    for start in range(0, len(device_ids), credentials.CHUNK):
        with store.write() as session:
            removed += _remove_chunk(
                session, principal, device_ids[start : start + credentials.CHUNK], at
            )
    return removed


_DEVICE_COLUMNS = (
    "device_id",
    "organisation_id",
    "domain",
    "label",
    "codec",
    "wire_id",
    "datum",
    "active",
)


def _add_chunk(
    session: Session,
    principal: Principal,
    chunk: Sequence[Device],
    made: Sequence[Hashed],
    at: datetime,
) -> None:
    new = bump(session, "registry")
    for organisation_id in {device.organisation_id for device in chunk}:
        one(session, OrganisationRow, principal, organisation_id)
    require_own_names(session, chunk)
    try:
        session.exec(insert(DeviceRow), params=[_device_values(device, at) for device in chunk])
    except IntegrityError as error:
        ends = {"first": chunk[0].device_id, "last": chunk[-1].device_id}
        raise Conflict(why="one taken", **ends) from error
    secrets = {device.device_id: each for device, each in zip(chunk, made, strict=False)}
    credentials.add_many(session, secrets, at)
    history.keep_devices(session, [device.device_id for device in chunk], new)
    audit.record(session, principal, "device.add", f"{len(chunk)} from {chunk[0].device_id}", at)


def _remove_chunk(
    session: Session, principal: Principal, chunk: Sequence[str], at: datetime
) -> int:
    new = bump(session, "registry")
    free = set(chunk)
    for column in (
        col(ViolationRow.device_id),
        col(ViolationRow.other_device_id),
        col(RegisterRow.device_id),
    ):
        free.difference_update(session.exec(select(column).where(column.in_(chunk))).all())
    session.exec(delete(CredentialRow).where(col(CredentialRow.device_id).in_(free)))
    fences.forget(session, free)
    gone = session.exec(delete(DeviceRow).where(col(DeviceRow.device_id).in_(free)))
    history.keep_devices(session, chunk, new)
    audit.record(session, principal, "device.remove", f"{gone.rowcount} from {chunk[0]}", at)
    return gone.rowcount


def _device_values(device: Device, at: datetime) -> dict[str, object]:
    return {
        "device_id": device.device_id,
        "organisation_id": device.organisation_id,
        "domain": device.domain.value,
        "label": device.label,
        "codec": device.codec,
        "wire_id": device.wire_id,
        "datum": device.datum.value,
        "active": device.active,
        "created_at": at,
    }


def _organisation(row: OrganisationRow) -> Organisation:
    return Organisation(
        organisation_id=row.organisation_id,
        name=row.name,
        kind=OrganisationKind(row.kind),
        department=row.department,
        ended_at=row.ended_at,
    )


def _require_device_id(value: str) -> None:
    _require_id(DEVICE_ID, "device", value)
    if value == SERVICE:
        raise InvalidValue(why="id of the platform", found=value)


def _require_id(pattern: re.Pattern[str], what: str, value: str) -> None:
    if not pattern.fullmatch(value):
        raise InvalidValue(why="form of id", what=what, found=value[:80], pattern=pattern.pattern)


def _require_free(session: Session, row: type[Row], key: str) -> None:
    if session.get(row, key) is not None:
        raise Conflict(why="taken", what=str(row.__tablename__), key=key)
