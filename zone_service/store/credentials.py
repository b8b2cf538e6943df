"""The secrets by which devices get into the broker: shown once, kept as what brokers compare."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, insert, select, update

from zone_service.store import audit, history
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict
from zone_service.store.records import Credential, Principal, Role
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, require_own, require_role
from zone_service.store.secret import Hashed, hashed, many_hashed, new_secret
from zone_service.store.tables import CredentialRow, DeviceRow

CHUNK = 500
"""Devices in one transaction of a bulk: some ten milliseconds for which the worker waits."""


def issue(session: Session, principal: Principal, device_id: str, at: datetime) -> str:
    """Make a new secret for a device and return it, the only time that it is seen.

    The secret before it stops to work.

    Raises:
        NotFound: there is no such device that the principal may see.
        NotAllowed: it may be seen but not changed.
        Conflict: the device is out of service.
    """
    new = bump(session, "registry")
    made = hashed(new_secret())
    _replace(session, principal, device_id, made, at)
    history.keep_devices(session, (device_id,), new)
    return made.secret


def issue_many(
    store: Store, principal: Principal, device_ids: Sequence[str], at: datetime
) -> dict[str, str]:
    """Make a new secret for each of many devices, in chunks that leave room for the worker.

    The secrets before stop to work. Hashes are made before any transaction begins.

    Raises:
        NotFound, NotAllowed, Conflict: as ``issue``; chunks before it stay.
    """
    made = many_hashed(len(device_ids))
    for start in range(0, len(device_ids), CHUNK):
        with store.write() as session:
            new = bump(session, "registry")
            for device_id, each in list(zip(device_ids, made, strict=True))[start : start + CHUNK]:
                _replace(session, principal, device_id, each, at)
            history.keep_devices(session, device_ids[start : start + CHUNK], new)
    return {name: each.secret for name, each in zip(device_ids, made, strict=True)}


def revoke(session: Session, principal: Principal, device_id: str, at: datetime) -> bool:
    """Make a device's secret worthless; tell whether there was one.

    Raises:
        NotFound: there is no such device that the principal may see.
        NotAllowed: it may be seen but not changed.
    """
    new = bump(session, "registry")
    row = one(session, DeviceRow, principal, device_id)
    require_own(principal, "revoke a credential", row.organisation_id)
    audit.record(session, principal, "credential.revoke", device_id, at)
    ended = end(session, device_id, at)
    history.keep_devices(session, (device_id,), new)
    return ended


def revoke_many(
    store: Store, principal: Principal, device_ids: Sequence[str], at: datetime
) -> None:
    """Make the secrets of many devices worthless, in chunks; those that are unknown have none.

    Raises:
        NotAllowed: the principal is not an administrator.
    """
    require_role(principal, "revoke many credentials", Role.ADMINISTRATOR)
    for start in range(0, len(device_ids), CHUNK):
        chunk = device_ids[start : start + CHUNK]
        with store.write() as session:
            new = bump(session, "registry")
            for device_id in chunk:
                end(session, device_id, at)
            history.keep_devices(session, chunk, new)
            subject = f"{len(chunk)} from {chunk[0]}"
            audit.record(session, principal, "credential.revoke", subject, at)


def active(session: Session) -> tuple[Credential, ...]:
    """Return the credentials that open the broker, ordered by device."""
    found = session.exec(
        select(CredentialRow, DeviceRow.codec)
        .where(CredentialRow.device_id == DeviceRow.device_id)
        .where(col(CredentialRow.active), col(DeviceRow.active))
        .order_by(col(CredentialRow.device_id))
    )
    return tuple(
        Credential(
            device_id=row.device_id,
            bcrypt=row.bcrypt,
            pbkdf2=row.pbkdf2,
            active=row.active,
            created_at=row.created_at,
            codec=codec,
        )
        for row, codec in found
    )


def withdrawn(session: Session) -> frozenset[str]:
    """Return the devices whose secret was made worthless and that were given no new one.

    Those that never had one are not among them: a broker that somebody else runs may know them.
    """
    valid = select(CredentialRow.device_id).where(col(CredentialRow.active))
    gone = select(CredentialRow.device_id).where(col(CredentialRow.device_id).not_in(valid))
    return frozenset(session.exec(gone.distinct()))


def add_many(session: Session, made: Mapping[str, Hashed], at: datetime) -> None:
    """Give devices that have just been added their first secrets."""
    if made:
        rows = [_values(device_id, each, at) for device_id, each in made.items()]
        session.exec(insert(CredentialRow), params=rows)


def _replace(
    session: Session, principal: Principal, device_id: str, made: Hashed, at: datetime
) -> None:
    row = one(session, DeviceRow, principal, device_id)
    require_own(principal, "issue a credential", row.organisation_id)
    if not row.active:
        raise Conflict(why="out of service", what="device", key=device_id)
    end(session, device_id, at)
    session.exec(insert(CredentialRow).values(_values(device_id, made, at)))
    audit.record(session, principal, "credential.issue", device_id, at)


def end(session: Session, device_id: str, at: datetime) -> bool:
    """Make a device's secret worthless within an act of its own; tell whether there was one."""
    gone = session.exec(
        update(CredentialRow)
        .where(col(CredentialRow.device_id) == device_id, col(CredentialRow.active))
        .values(active=False, revoked_at=at)
        .execution_options(synchronize_session=False)
    )
    return gone.rowcount > 0


def _values(device_id: str, made: Hashed, at: datetime) -> dict[str, object]:
    return {
        "device_id": device_id,
        "bcrypt": made.bcrypt,
        "pbkdf2": made.pbkdf2,
        "active": True,
        "created_at": at,
    }
