"""The map: every zone with the revisions between which it was in force.

A change never edits a zone: it ends one row and begins another under the next revision, in one
transaction. So readers see the old map or the new one, and each old map can still be read.
"""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam
from sqlmodel import Session, col, insert, or_, select, update
from sqlmodel.sql.expression import Select

from geofence.breath import Breathe, at_once
from geofence.validity import InvalidZone, problems
from geofence.zone import Zone
from zone_service.store import audit, volumes
from zone_service.store.errors import InvalidValue, NotFound, Stale
from zone_service.store.records import (
    MapChange,
    Principal,
    Role,
    ZoneChanges,
    ZoneInForce,
    ZonePut,
    ZoneSet,
)
from zone_service.store.revisions import bump, revision
from zone_service.store.scoping import require_role
from zone_service.store.tables import DeviceRow, VolumeRow, ZoneRevisionRow, ZoneRow, table
from zone_service.store.volumes import Values

_IDS_AT_ONCE = 500
_MADE_AT_ONCE = 20
"""Zones: a millisecond."""


class Prepared:
    """A map that was checked and turned into columns, ready to be published."""

    __slots__ = ("written",)

    def __init__(self, written: dict[str, "_Written"]) -> None:
        self.written = written


def prepare(zones: Sequence[Zone]) -> Prepared:
    """Check a map and turn it into columns.

    Takes about a millisecond a zone: call it before the transaction, in which the worker waits.

    Raises:
        InvalidValue: an id comes twice.
        InvalidZone: a zone cannot be judged by; every problem of every zone is in it.
    """
    _require_valid(zones)
    written = {zone.zone_id: _Written(zone) for zone in zones}
    if len(written) != len(zones):
        raise InvalidValue(why="zone given twice", count=len(zones), ids=len(written))
    return Prepared(written)


def publish(
    session: Session,
    principal: Principal,
    zones: Sequence[Zone] | Prepared,
    at: datetime,
    *,
    keep_others: bool = False,
) -> int:
    """Put a whole map in force and return its revision.

    Zones that did not change keep their rows; zones that are not named end, or stay with
    ``keep_others``. More than a few zones are better given as ``prepare`` returns them.

    Raises:
        NotAllowed: the principal is neither an administrator nor the police.
        InvalidValue: as ``prepare``, or a zone follows a device that is not registered.
        InvalidZone: as ``prepare``.
    """
    _require_publisher(principal)
    wanted = (zones if isinstance(zones, Prepared) else prepare(zones)).written
    _require_followed(session, wanted)
    new = bump(session, "zones")
    change = _change(session, wanted, keep_others=keep_others)
    _end(session, [*change.ended, *change.changed], new)
    _begin(session, [wanted[each] for each in sorted((*change.added, *change.changed))], new)
    _sign(session, principal, "zones.publish", f"{len(wanted)} zones", new, at)
    return new


def change_to(session: Session, wanted: Prepared, *, keep_others: bool = False) -> MapChange:
    """Return what publishing a map would change."""
    return _change(session, wanted.written, keep_others=keep_others)


def _change(session: Session, wanted: Mapping[str, "_Written"], *, keep_others: bool) -> MapChange:
    held = _digests(session)
    added = wanted.keys() - held.keys()
    changed = {each for each in wanted.keys() & held.keys() if held[each] != wanted[each].digest}
    ended = set[str]() if keep_others else held.keys() - wanted.keys()
    return MapChange(
        tuple(sorted(added)),
        tuple(sorted(changed)),
        tuple(sorted(ended)),
        len(held) - len(changed) - len(ended),
    )


def put(
    session: Session,
    principal: Principal,
    zone: Zone | Prepared,
    at: datetime,
    *,
    expected: Container[int] | None = None,
) -> ZonePut:
    """Add or replace one zone; one that did not change keeps its row.

    ``expected``: the revisions since which the zone may be as it is, 0 where there may be none.

    Raises:
        NotAllowed: the principal is neither an administrator nor the police.
        InvalidZone: the zone cannot be judged by.
        InvalidValue: it follows a device that is not registered.
        Stale: the zone is not as expected.
    """
    _require_publisher(principal)
    prepared = zone if isinstance(zone, Prepared) else prepare((zone,))
    ((zone_id, written),) = prepared.written.items()
    _require_followed(session, prepared.written)
    new = bump(session, "zones")
    since, digest = _held(session, zone_id)
    _require_expected(zone_id, since, expected)
    changed = digest != written.digest
    if changed:
        _end(session, [zone_id], new)
        _begin(session, [written], new)
    _sign(session, principal, "zones.put", zone_id, new, at)
    return ZonePut(new, since_revision=new if changed else since, added=not since)


def withdraw(
    session: Session,
    principal: Principal,
    zone_id: str,
    at: datetime,
    *,
    expected: Container[int] | None = None,
) -> int:
    """End one zone and return the revision of the map; ``expected`` as for ``put``.

    Raises:
        NotAllowed: the principal is neither an administrator nor the police.
        NotFound: no such zone is in force.
        Stale: the zone is not as expected.
    """
    _require_publisher(principal)
    new = bump(session, "zones")
    since, _ = _held(session, zone_id)
    if not since:
        raise NotFound(what="zone", key=zone_id)
    _require_expected(zone_id, since, expected)
    _end(session, [zone_id], new)
    _sign(session, principal, "zones.withdraw", zone_id, new, at)
    return new


def one_in_force(session: Session, zone_id: str) -> ZoneInForce:
    """Return one zone of the map of now.

    Raises:
        NotFound: no such zone is in force.
    """
    found = session.exec(_with_change().where(ZoneRow.zone_id == zone_id)).one_or_none()
    if found is None:
        raise NotFound(what="zone", key=zone_id)
    row, at = found
    parts = session.exec(
        select(VolumeRow)
        .where(VolumeRow.zone_row_id == row.row_id)
        .order_by(col(VolumeRow.position))
    )
    (zone,) = volumes.zones([row], {row.row_id or 0: list(parts)})
    return ZoneInForce(zone, row.from_revision, at)


def all_in_force(session: Session) -> tuple[ZoneInForce, ...]:
    """Return the zones of the map of now, ordered by id, each with the change that made it so."""
    made = {row.zone_id: (row.from_revision, at) for row, at in session.exec(_with_change())}
    return tuple(ZoneInForce(zone, *made[zone.zone_id]) for zone in in_force(session).zones)


def in_force(session: Session) -> ZoneSet:
    """Return the map of now."""
    return at_revision(session, revision(session, "zones"))


def at_revision(session: Session, number: int) -> ZoneSet:
    """Return the map of a revision; one that is still to come is the map of now."""
    asked = {"number": number}
    connection = session.connection()
    parts = _by_zone(connection.execute(_ALL_VOLUMES, asked))
    found = connection.execute(_ALL_ZONES, asked).all()
    zones = volumes.zones(found, parts)
    # Whatever order the database has for texts.
    return ZoneSet(number, tuple(sorted(zones, key=lambda zone: zone.zone_id)))


def at(session: Session, moment: datetime) -> ZoneSet:
    """Return the map that was in force just before a moment."""
    return at_revision(session, revision_at(session, moment))


def revision_at(session: Session, moment: datetime) -> int:
    """Return the revision of the map that was in force just before a moment; 0 before there was one."""
    asked = select(sql.func.max(ZoneRevisionRow.revision)).where(col(ZoneRevisionRow.at) < moment)
    return session.exec(asked).one() or 0


def some_at(session: Session, number: int, zone_ids: Collection[str]) -> tuple[Zone, ...]:
    """Return those of the named zones that were in force at a revision, by their ids."""
    connection, wanted = session.connection(), sorted(zone_ids)
    found: list[Any] = []
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = {"number": number, "wanted": wanted[start : start + _IDS_AT_ONCE]}
        found += connection.execute(_SOME_ZONES, some)
    parts = _volumes_of(connection, [row.row_id for row in found])
    return tuple(sorted(volumes.zones(found, parts), key=lambda zone: zone.zone_id))


def changes(session: Session, since: int, number: int, breathe: Breathe = at_once) -> ZoneChanges:
    """Return how the map of a revision differs from that of another, an earlier or a later one.

    ``breathe`` is called between two pieces of the work.
    """
    asked = {"number": number, "since": since}
    begun, ended = _FORWARD if since < number else _BACK
    connection = session.connection()
    found = connection.execute(begun, asked).all()
    parts = _volumes_of(connection, [row.row_id for row in found])
    changed: list[Zone] = []
    for start in range(0, len(found), _MADE_AT_ONCE):
        if start:
            breathe()
        changed += volumes.zones(found[start : start + _MADE_AT_ONCE], parts)
    gone = set(connection.execute(ended, asked).scalars())
    withdrawn = gone - {zone.zone_id for zone in changed}
    return ZoneChanges(number, tuple(changed), tuple(sorted(withdrawn)))


class _Written:
    """A zone turned into columns."""

    __slots__ = ("digest", "follows", "volumes", "zone")

    def __init__(self, zone: Zone) -> None:
        self.zone: Values = volumes.zone_values(zone)
        self.volumes: list[Values] = [volumes.volume_values(each) for each in zone.volumes]
        self.digest = volumes.digest(self.zone, self.volumes)
        self.follows = None if zone.around is None else zone.around.device_id


def _require_publisher(principal: Principal) -> None:
    require_role(principal, "change the map", Role.ADMINISTRATOR, Role.POLICE)


def _require_valid(zones: Iterable[Zone]) -> None:
    """Refuse a map that the worker could not judge by: the last gate, whoever asked before."""
    found = tuple((zone.zone_id, problem) for zone in zones for problem in problems(zone))
    if found:
        raise InvalidZone(found)


def _require_followed(session: Session, written: Mapping[str, _Written]) -> None:
    """Refuse a zone that follows a device which nobody registered: it would never be anywhere."""
    for zone_id, each in written.items():
        if each.follows is not None and session.get(DeviceRow, each.follows) is None:
            raise InvalidValue(why="follows nobody", zone=zone_id, device=each.follows)


def _require_expected(zone_id: str, since: int, expected: Container[int] | None) -> None:
    if expected is None or since in expected:
        return
    if since:
        raise Stale(why="zone in force since", zone=zone_id, since=since)
    raise Stale(why="zone not in force", zone=zone_id)


def _with_change() -> Select[ZoneRow, datetime]:
    """Begin a query for the zones in force, each with the time of the change that made it so."""
    return (
        select(ZoneRow, ZoneRevisionRow.at)
        .join(ZoneRevisionRow, col(ZoneRevisionRow.revision) == col(ZoneRow.from_revision))
        .where(col(ZoneRow.until_revision).is_(None))
    )


def _held(session: Session, zone_id: str) -> tuple[int, str | None]:
    """Return since which revision a zone is as it is, and its digest; 0 where there is none."""
    found = session.exec(
        select(ZoneRow.from_revision, ZoneRow.digest).where(
            ZoneRow.zone_id == zone_id, col(ZoneRow.until_revision).is_(None)
        )
    ).one_or_none()
    return found or (0, None)


def _digests(session: Session) -> dict[str, str]:
    found = session.exec(
        select(ZoneRow.zone_id, ZoneRow.digest).where(col(ZoneRow.until_revision).is_(None))
    )
    return dict(found.all())


def _end(session: Session, zone_ids: Sequence[str], new: int) -> int:
    ended = 0
    for start in range(0, len(zone_ids), _IDS_AT_ONCE):
        some = zone_ids[start : start + _IDS_AT_ONCE]
        ended += session.exec(
            update(ZoneRow)
            .where(col(ZoneRow.zone_id).in_(some), col(ZoneRow.until_revision).is_(None))
            .values(until_revision=new)
            .execution_options(synchronize_session=False)
        ).rowcount
    return ended


def _begin(session: Session, written: Sequence[_Written], new: int) -> None:
    if not written:
        return
    session.exec(
        insert(ZoneRow),
        params=[each.zone | {"from_revision": new, "digest": each.digest} for each in written],
    )
    begun = session.exec(select(ZoneRow.zone_id, ZoneRow.row_id).where(_from(new)))
    row_ids = dict(begun.all())
    parts = [
        volume | {"zone_row_id": row_ids[each.zone["zone_id"]], "position": position}
        for each in written
        for position, volume in enumerate(each.volumes)
    ]
    if parts:
        session.exec(insert(VolumeRow), params=parts)


def _from(new: int) -> bool:
    return ZoneRow.from_revision == new


def _volumes_of(connection: Connection, row_ids: Sequence[int]) -> defaultdict[int, list[Any]]:
    """Return the volumes of rows, each row's in their order."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for start in range(0, len(row_ids), _IDS_AT_ONCE):
        some = row_ids[start : start + _IDS_AT_ONCE]
        found |= _by_zone(connection.execute(_THEIR_VOLUMES, {"row_ids": some}))
    return found


def _by_zone(rows: Iterable[Any]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.zone_row_id].append(row)
    return found


def _stands(number: str) -> tuple[ColumnElement[bool], ...]:
    """Tell which rows are in force at a revision, by the name that it is given by."""
    until = _ZONES.c.until_revision
    return _ZONES.c.from_revision <= bindparam(number), or_(
        until.is_(None), until > bindparam(number)
    )


# Made once, and read as they are: objects of rows took three quarters of the time of a change.
_ZONES, _VOLUMES = table(ZoneRow), table(VolumeRow)
_IN_ORDER = _VOLUMES.c.zone_row_id, _VOLUMES.c.position
_ALL_ZONES = sql.select(_ZONES).where(*_stands("number"))
_ALL_VOLUMES = (
    sql.select(_VOLUMES)
    .join(_ZONES, _VOLUMES.c.zone_row_id == _ZONES.c.row_id)
    .where(*_stands("number"))
    .order_by(*_IN_ORDER)
)
_SOME_ZONES = _ALL_ZONES.where(_ZONES.c.zone_id.in_(bindparam("wanted", expanding=True)))
_THEIR_VOLUMES = (
    sql.select(_VOLUMES)
    .where(_VOLUMES.c.zone_row_id.in_(bindparam("row_ids", expanding=True)))
    .order_by(*_IN_ORDER)
)
_FROM, _UNTIL = _ZONES.c.from_revision, _ZONES.c.until_revision
_SINCE: BindParameter[int] = bindparam("since")
_NUMBER: BindParameter[int] = bindparam("number")
_FORWARD = (
    sql.select(_ZONES).where(*_stands("number"), _FROM > _SINCE).order_by(_ZONES.c.zone_id),
    sql.select(_ZONES.c.zone_id).where(_FROM <= _SINCE, _UNTIL > _SINCE, _UNTIL <= _NUMBER),
)
"""The zones that are in force at a revision and were not at another, an earlier one; and the other way round."""
_BACK = (
    sql.select(_ZONES)
    .where(_FROM <= _NUMBER, _UNTIL > _NUMBER, _UNTIL <= _SINCE)
    .order_by(_ZONES.c.zone_id),
    sql.select(_ZONES.c.zone_id).where(*_stands("since"), _FROM > _NUMBER),
)
"""The same, of a later one."""


def _sign(
    session: Session, principal: Principal, action: str, subject: str, new: int, at: datetime
) -> None:
    session.add(ZoneRevisionRow(revision=new, at=at, by=principal.username))
    audit.record(session, principal, action, subject, at)
