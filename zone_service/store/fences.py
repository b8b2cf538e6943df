"""The zones that devices are to know: one row a device, and what it has said that it holds."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session, col, delete, select, update

from zone_service.store import history
from zone_service.store.engine import Store
from zone_service.store.records import Device, Fence, FenceMade, Principal
from zone_service.store.scoping import one
from zone_service.store.tables import DeviceRow, FenceGatewayRow, FenceLookRow, FenceRow, table

MOST_SAID = 200
"""Characters of why a device refuses."""
LOOKED_WITHIN_S: Final = 60.0
"""Whoever makes fences says so each few seconds; a change of a large map takes it longer."""
_IDS_AT_ONCE = 500
_AS_IT_IS = tuple(each.name for each in fields(Fence) if each.name != "left_out")
_KNOWN, _LOOK = table(FenceRow), table(FenceLookRow)
_MADE = (
    "format", "version", "body", "digest", "left_out", "zone_count", "made_at", "sent_at",
)  # fmt: skip
"""What another version changes; what the unit has said stays."""
_RENEW = (
    sql.update(_KNOWN)
    .where(_KNOWN.c.device_id == sql.bindparam("its"))
    .values({each: sql.bindparam(each) for each in _MADE})
)


def of_device(
    session: Session, principal: Principal, device_id: str
) -> tuple[Device, Fence | None]:
    """Return a device and its fence, which there may be none of.

    Raises:
        NotFound: there is no device that the principal may see.
    """
    device = history.device_of(one(session, DeviceRow, principal, device_id))
    return device, get(session, device_id)


def get(session: Session, device_id: str) -> Fence | None:
    """Return the fence of a device, whoever asks."""
    row = session.get(FenceRow, device_id)
    return None if row is None else _fence(row)


def digests(session: Session) -> Mapping[str, str]:
    """Return what tells the fence of each device from others."""
    return dict(session.exec(select(FenceRow.device_id, FenceRow.digest)).all())


def holding(session: Session, device_ids: Iterable[str]) -> frozenset[str]:
    """Return those of some devices that have said that they hold their fence as it is now."""
    wanted, found = sorted(device_ids), set[str]()
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = col(FenceRow.device_id).in_(wanted[start : start + _IDS_AT_ONCE])
        asked = select(FenceRow.device_id).where(some, FenceRow.held_version == FenceRow.version)
        found.update(session.exec(asked))
    return frozenset(found)


def renewed(session: Session, made: Iterable[FenceMade], at: datetime) -> list[Fence]:
    """Return what devices are to know from now on, under the next version; what is the same as it is."""
    wanted = {each.device_id: each for each in made}
    rows = session.exec(select(FenceRow).where(col(FenceRow.device_id).in_(wanted)))
    before = {row.device_id: _fence(row) for row in rows}
    return [_next(before.get(each.device_id), each, at) for each in wanted.values()]


def _next(before: Fence | None, made: FenceMade, at: datetime) -> Fence:
    digest = hashlib.sha256(made.body).hexdigest()
    if before is None:
        before = Fence(
            device_id=made.device_id, format="", version=0, body=b"", digest="", left_out=(),
            zone_count=0, made_at=at,
        )  # fmt: skip
    if (before.format, before.digest) == (made.format, digest):
        return before
    return replace(
        before, format=made.format, version=before.version + 1, body=made.body, digest=digest,
        left_out=made.left_out, zone_count=made.zone_count, made_at=at, sent_at=None,
    )  # fmt: skip


def keep(session: Session, fences: Iterable[Fence]) -> None:
    """Keep what devices are to know; what each has said of versions before stays.

    All at once, and all worked out before: while this is written the worker does not write.
    """
    values = [_values(each) for each in fences]
    if new := [each for each in values if each["version"] == 1]:
        session.connection().execute(sql.insert(_KNOWN), new)
    if others := [{**each, "its": each["device_id"]} for each in values if each["version"] > 1]:
        session.connection().execute(_RENEW, others)


def _values(fence: Fence) -> dict[str, Any]:
    left_out = json.dumps([list(each) for each in fence.left_out])
    return {name: getattr(fence, name) for name in _AS_IT_IS} | {"left_out": left_out}


def unsent(session: Session) -> Mapping[str, int]:
    """Return the versions that were never given to the broker, and are neither held nor refused, by device."""
    version = col(FenceRow.version)
    asked = select(FenceRow.device_id, FenceRow.version).where(
        col(FenceRow.sent_at).is_(None),
        col(FenceRow.held_version).is_distinct_from(version),
        col(FenceRow.refused_version).is_distinct_from(version),
    )
    return dict(session.exec(asked.order_by(FenceRow.device_id)).all())


def some(session: Session, device_ids: Collection[str]) -> tuple[Fence, ...]:
    """Return the fences of some devices by their ids, as far as there are any."""
    its = col(FenceRow.device_id)
    rows = session.exec(select(FenceRow).where(its.in_(device_ids)).order_by(its))
    return tuple(map(_fence, rows))


def forget(session: Session, device_ids: Collection[str]) -> None:
    """Remove what is known of devices that are taken out of the register."""
    session.exec(delete(FenceRow).where(col(FenceRow.device_id).in_(device_ids)))
    for its in (FenceGatewayRow.device_id, FenceGatewayRow.gateway_id):
        session.exec(delete(FenceGatewayRow).where(col(its).in_(device_ids)))


def gateways(session: Session) -> Mapping[str, str]:
    """Return which gateway said last that it serves a device, by device."""
    asked = select(FenceGatewayRow.device_id, FenceGatewayRow.gateway_id)
    return dict(session.exec(asked.order_by(FenceGatewayRow.device_id)).all())


def serve(session: Session, gateway_id: str, device_ids: Collection[str]) -> None:
    """Note that a gateway serves some devices, and no others any more."""
    its, gateway = col(FenceGatewayRow.device_id), col(FenceGatewayRow.gateway_id)
    session.exec(delete(FenceGatewayRow).where(sql.or_(gateway == gateway_id, its.in_(device_ids))))
    session.add_all(FenceGatewayRow(device_id=each, gateway_id=gateway_id) for each in device_ids)


def note_look(store: Store, at: datetime) -> None:
    """Note that every fence is that of now."""
    with store.begin_unsynced() as connection:
        found = connection.execute(sql.update(_LOOK).values(looked_at=at))
        if not found.rowcount:
            connection.execute(sql.insert(_LOOK), {"one": 1, "looked_at": at})


def looked_at(session: Session) -> datetime | None:
    """Return when it was last known that every fence is that of now."""
    return session.exec(select(FenceLookRow.looked_at)).one_or_none()


def is_watched(session: Session, at: datetime) -> bool:
    """Tell whether it is known at a moment that every fence is that of then: somebody has looked lately."""
    last = looked_at(session)
    return last is not None and (at - last).total_seconds() <= LOOKED_WITHIN_S


def sent(session: Session, versions: Mapping[str, int], at: datetime) -> None:
    """Note that versions were given to the broker, each unless it was before."""
    for device_id, version in versions.items():
        _note(session, device_id, version, "sent_at", sent_at=at)


def held(session: Session, device_id: str, version: int, at: datetime) -> None:
    """Note which version a device says that it holds."""
    session.exec(
        update(FenceRow)
        .where(col(FenceRow.device_id) == device_id)
        .values(held_version=version, held_at=at)
    )


def refused(session: Session, device_id: str, version: int, why: str, at: datetime) -> None:
    """Note which version a device says that it cannot take."""
    session.exec(
        update(FenceRow)
        .where(col(FenceRow.device_id) == device_id)
        .values(refused_version=version, refused_at=at, refused_for=why[:MOST_SAID])
    )


def _note(session: Session, device_id: str, version: int, unset: str, **values: Any) -> None:
    session.exec(
        update(FenceRow)
        .where(
            col(FenceRow.device_id) == device_id,
            col(FenceRow.version) == version,
            _KNOWN.c[unset].is_(None),
        )
        .values(**values)
    )


def _fence(row: FenceRow) -> Fence:
    left_out = tuple((of, what) for of, what in json.loads(row.left_out))
    return Fence(left_out=left_out, **{name: getattr(row, name) for name in _AS_IT_IS})
