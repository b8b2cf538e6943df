"""Devices and permits as they were, by the revision from which on they were so.

Each change writes the state after it, in its own transaction. So what a worker judged by at any
moment that the journal covers can be read again; what nobody could replay any more is removed.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Executable,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlmodel import Session

from permits.permit import Permit, PermitKind, PermitState
from permits.terms import terms_from_json
from telemetry.report import Datum, Domain
from zone_service.store import checkpoints
from zone_service.store.engine import Store
from zone_service.store.records import Device
from zone_service.store.tables import (
    CredentialRow,
    DeviceHistoryRow,
    DeviceRow,
    JournalRow,
    JudgedByRow,
    PermitHistoryRow,
    PermitRow,
    table,
)

_DEVICES, _PERMITS = table(DeviceHistoryRow), table(PermitHistoryRow)
_DEVICE, _PERMIT, _CREDENTIAL = table(DeviceRow), table(PermitRow), table(CredentialRow)
_JOURNAL, _JUDGED_BY = table(JournalRow), table(JudgedByRow)
_IDS_AT_ONCE = 500
LAWS_KEPT_S = 48 * 3600.0
"""Late reports are judged by what held at most so long before: a batch may ask for that."""
_FROM_REVISIONS = frozenset({"from_revision", "until_revision", "let_in"})


def _kept(history: Table, now: Table, key: str, **more: Any) -> tuple[Executable, ...]:
    """Make what writes some states down: once, for every change begins and ends with statements."""
    names = [each.name for each in history.c if each.name not in _FROM_REVISIONS]
    keys: Any = bindparam("keys", expanding=True)
    since: Any = bindparam("since", type_=BigInteger)
    its = history.c[key].in_(keys)
    states = select(*(now.c[name] for name in names), since, *more.values())
    return (
        delete(history).where(its, history.c.from_revision == since),
        update(history).where(its, history.c.until_revision.is_(None)).values(until_revision=since),
        insert(history).from_select(
            [*names, "from_revision", *more], states.where(now.c[key].in_(keys))
        ),
    )


_ITS = _CREDENTIAL.c.device_id == _DEVICE.c.device_id
_LET_IN = and_(
    _DEVICE.c.active,
    or_(exists().where(_ITS, _CREDENTIAL.c.active), ~exists().where(_ITS)),
)
_KEEP_DEVICES = _kept(_DEVICES, _DEVICE, "device_id", let_in=_LET_IN)
_KEEP_PERMITS = _kept(_PERMITS, _PERMIT, "number")


class DeviceThen(NamedTuple):
    """A device as it was, and whether anything of it was taken."""

    device: Device
    let_in: bool


def keep_devices(session: Session, device_ids: Sequence[str], revision: int) -> None:
    """Write how devices are since a revision of the registry; called after every change of one."""
    _keep(session, _KEEP_DEVICES, device_ids, revision)


def keep_permit(session: Session, number: str, revision: int) -> None:
    """Write how a permit is since a revision of the permits; called after every change of one."""
    _keep(session, _KEEP_PERMITS, (number,), revision)


def devices_at(
    session: Session, revision: int, device_id: str | None = None
) -> tuple[DeviceThen, ...]:
    """Return every device as it was at a revision of the registry, or the one that is named."""
    given = {"at": revision}
    if device_id is None:
        rows = session.connection().execute(_EVERY_THEN, given)
    else:
        rows = session.connection().execute(_ONE_THEN, given | {"device": device_id})
    return tuple(DeviceThen(device_of(row), row.let_in) for row in rows)


class DevicesSince(NamedTuple):
    """How the devices of a revision differ from those of an earlier one."""

    changed: tuple[DeviceThen, ...]
    """As they are now."""
    gone: frozenset[str]
    """Those of which nothing is left."""


def devices_since(session: Session, since: int, revision: int) -> DevicesSince:
    """Return how the devices of a revision of the registry differ from those of an earlier one."""
    connection, until = session.connection(), _DEVICES.c.until_revision
    begun = and_(_in_force(_DEVICES, revision), _DEVICES.c.from_revision > since)
    ended = and_(_in_force(_DEVICES, since), until <= revision)
    changed = tuple(
        DeviceThen(device_of(row), row.let_in)
        for row in connection.execute(select(_DEVICES).where(begun))
    )
    left = set(connection.scalars(select(_DEVICES.c.device_id).where(ended)))
    return DevicesSince(changed, frozenset(left - {each.device.device_id for each in changed}))


def permits_at(
    session: Session,
    revision: int,
    never_granted: Sequence[PermitState],
    ended: Sequence[PermitState],
    recent: datetime,
) -> tuple[Permit, ...]:
    """Return the permits that counted at a revision, as ``permits.grants`` chose them then."""
    state = _PERMITS.c.state
    asked = select(_PERMITS).where(
        _in_force(_PERMITS, revision),
        state.not_in([each.value for each in never_granted]),
        or_(
            state.not_in([each.value for each in ended]),
            _PERMITS.c.valid_to >= recent,
            and_(
                state != PermitState.DEREGISTERED.value,
                _PERMITS.c.changed_at >= recent,
            ),
        ),
    )
    rows = session.connection().execute(asked.order_by(_PERMITS.c.number))
    return tuple(permit_of(row) for row in rows)


def permit_at(session: Session, number: str, revision: int) -> Permit | None:
    """Return a permit as it was at a revision of the permits; ``None`` where nobody kept that."""
    its = and_(_PERMITS.c.number == number, _in_force(_PERMITS, revision))
    row = session.connection().execute(select(_PERMITS).where(its)).one_or_none()
    return None if row is None else permit_of(row)


def prune(store: Store) -> None:
    """Remove what no replay of the journal that is left can ask for."""
    with store.begin() as connection:
        left = select(func.min(_JOURNAL.c.journal_id), func.min(_JOURNAL.c.first_received_s))
        oldest, oldest_s = connection.execute(left).one()
        first = select(func.max(_JUDGED_BY.c.journal_id)).where(
            _JUDGED_BY.c.journal_id <= (oldest or 0),
            _JUDGED_BY.c.at_s <= (oldest_s or 0.0) - LAWS_KEPT_S,
        )
        begins = connection.execute(first).scalar_one()
        if oldest is not None:
            checkpoints.forget_marks(connection, oldest - 1)
        if begins is None:
            return
        connection.execute(delete(_JUDGED_BY).where(_JUDGED_BY.c.journal_id < begins))
        least = select(
            func.min(_JUDGED_BY.c.registry_revision), func.min(_JUDGED_BY.c.permit_revision)
        )
        registry, permits = connection.execute(least).one()
        connection.execute(delete(_DEVICES).where(_DEVICES.c.until_revision <= registry))
        connection.execute(delete(_PERMITS).where(_PERMITS.c.until_revision <= permits))


def _keep(
    session: Session, kept: tuple[Executable, ...], keys: Sequence[str], revision: int
) -> None:
    session.flush()
    connection = session.connection()
    for start in range(0, len(keys), _IDS_AT_ONCE):
        some = {"keys": keys[start : start + _IDS_AT_ONCE], "since": revision}
        for statement in kept:
            connection.execute(statement, some)


def _in_force(history: Table, revision: Any) -> Any:
    until = history.c.until_revision
    return and_(history.c.from_revision <= revision, or_(until.is_(None), until > revision))


_EVERY_THEN = select(_DEVICES).where(_in_force(_DEVICES, bindparam("at", type_=BigInteger)))
_ONE_THEN = _EVERY_THEN.where(_DEVICES.c.device_id == bindparam("device"))
"""Made once: who asks for the last seconds of a device would spend a fifth of the time on making it."""


def device_of(row: Any) -> Device:
    """Return the device that a row of now or of then describes."""
    return Device(
        device_id=row.device_id,
        organisation_id=row.organisation_id,
        domain=Domain(row.domain),
        label=row.label,
        codec=row.codec,
        wire_id=row.wire_id,
        datum=Datum(row.datum),
        active=row.active,
    )


def permit_of(row: Any) -> Permit:
    """Return the permit that a row of now or of then describes."""
    return Permit(
        number=row.number,
        kind=PermitKind(row.kind),
        state=PermitState(row.state),
        holder_id=row.holder_id,
        terms=terms_from_json(json.loads(row.terms)),
        revision=row.revision,
        jurisdiction=row.jurisdiction,
    )
