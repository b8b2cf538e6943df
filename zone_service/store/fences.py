"""The zones that devices are to know: one row a device, and what it has said that it holds."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col, select, update

from zone_service.store import history
from zone_service.store.records import Device, Fence, FenceMade, Principal
from zone_service.store.scoping import one
from zone_service.store.tables import DeviceRow, FenceRow, table

_IDS_AT_ONCE = 500
_AS_IT_IS = tuple(each.name for each in fields(Fence) if each.name != "left_out")
_KNOWN = table(FenceRow)
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


def not_held(session: Session, device_ids: Iterable[str] | None = None) -> tuple[Fence, ...]:
    """Return the fences that their devices have neither said that they hold nor refused; of some, or all."""
    version = col(FenceRow.version)
    asked = select(FenceRow).where(
        col(FenceRow.held_version).is_distinct_from(version),
        col(FenceRow.refused_version).is_distinct_from(version),
    )
    if device_ids is None:
        return tuple(map(_fence, session.exec(asked.order_by(FenceRow.device_id))))
    wanted, found = sorted(device_ids), list[Fence]()
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = col(FenceRow.device_id).in_(wanted[start : start + _IDS_AT_ONCE])
        found += map(_fence, session.exec(asked.where(some).order_by(FenceRow.device_id)))
    return tuple(found)


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
        .values(refused_version=version, refused_at=at, refused_for=why[:200])
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
