"""What devices drove on roads, a row for each of them, each day that is over and each time it was found anew.

Rows are only ever added: what comes late makes another edition, and a report of then is made again from
the one of then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, and_, delete, exists, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from zone_service.mileage import RoadDriven
from zone_service.store.engine import Store
from zone_service.store.tables import DeviceDayRow, DeviceRow, RoadDayRow, RoadDueRow, table

DUE_DAYS: Final = 7
"""For so long a day waits to be matched by itself: to look through all days of a fleet each minute takes seconds."""
_ROADS, _DUE = table(RoadDayRow), table(RoadDueRow)
_DAYS, _DEVICES = table(DeviceDayRow), table(DeviceRow)
_JSON: Final = msgspec.json.Encoder()
_READ: Final = msgspec.json.Decoder(tuple[RoadDriven, ...])
_IDS_AT_ONCE: Final = 500
DeviceDay = tuple[str, date]


@dataclass(frozen=True, slots=True)
class RoadDay:
    """What a device drove on roads on a day that is over."""

    device_id: str
    day: date
    matched_at: datetime
    roads: tuple[RoadDriven, ...] | None
    """``None`` where the history of the day was gone: nobody knows."""


def due(connection: Connection, before: date, most: int) -> tuple[DeviceDay, ...]:
    """Return days of vehicles that are to be matched, the oldest first: of days before one.

    Those of which something came late, and of the last week those that nobody has matched yet.
    """
    late = (
        select(_DUE).where(_DUE.c.day < before).order_by(_DUE.c.day, _DUE.c.device_id).limit(most)
    )
    its_own = and_(_ROADS.c.device_id == _DAYS.c.device_id, _ROADS.c.day == _DAYS.c.day)
    new = (
        select(_DAYS.c.device_id, _DAYS.c.day)
        .join(_DEVICES, _DEVICES.c.device_id == _DAYS.c.device_id)
        .where(
            _DEVICES.c.domain == "road",
            _DAYS.c.day >= before - timedelta(days=DUE_DAYS),
            _DAYS.c.day < before,
            _DAYS.c.automated_m + _DAYS.c.by_hand_m > 0.0,
            ~exists().where(its_own),
        )
        .order_by(_DAYS.c.day, _DAYS.c.device_id)
        .limit(most)
    )
    found = dict.fromkeys((row.device_id, row.day) for row in connection.execute(late))
    found |= dict.fromkeys((row.device_id, row.day) for row in connection.execute(new))
    return tuple(found)[:most]


def is_vehicle(connection: Connection, device_id: str) -> bool:
    """Tell whether a device is a vehicle of the roads."""
    asked = select(_DEVICES.c.domain).where(_DEVICES.c.device_id == device_id)
    return connection.execute(asked).scalar_one_or_none() == "road"


def mark(connection: Connection, late: Iterable[DeviceDay], *, is_sqlite: bool) -> None:
    """Note days of devices of which something has come after they were over."""
    rows = [{"device_id": device_id, "day": day} for device_id, day in late]
    if rows:
        connection.execute(_mark(is_sqlite), rows)


def keep(store: Store, days: Sequence[RoadDay]) -> None:
    """Add what was found of days; what was found before is not added again.

    A loss of power may take it back: then they are found once more.
    """
    with store.begin_unsynced() as connection:
        for each in days:
            _keep(connection, each)


def drop_mark(store: Store, of: DeviceDay) -> None:
    """Forget that something came late of a device that is no vehicle."""
    with store.begin_unsynced() as connection:
        its = and_(_DUE.c.device_id == of[0], _DUE.c.day == of[1])
        connection.execute(delete(_DUE).where(its))


def between(
    session: Session,
    device_ids: Iterable[str],
    first: date,
    last: date,
    as_of: datetime | None = None,
) -> tuple[RoadDay, ...]:
    """Return what devices drove from a day to another, both included, by device and day.

    ``as_of``: as it had been found by then.
    """
    wanted, found = sorted(set(device_ids)), list[RoadDay]()
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        its = _ROADS.c.device_id.in_(wanted[start : start + _IDS_AT_ONCE])
        found += _latest(session, and_(its, _ROADS.c.day.between(first, last)), as_of)
    return tuple(found)


def of_all(session: Session, first: date, before: date, as_of: datetime) -> tuple[RoadDay, ...]:
    """Return the same of all devices, of days before one, as it had been found by a moment."""
    return tuple(_latest(session, and_(_ROADS.c.day >= first, _ROADS.c.day < before), as_of))


def _latest(session: Session, which: Any, as_of: datetime | None) -> list[RoadDay]:
    by_then = which if as_of is None else and_(which, _ROADS.c.matched_at <= as_of)
    asked = select(_ROADS).where(by_then)
    rows = session.connection().execute(
        asked.order_by(_ROADS.c.device_id, _ROADS.c.day, _ROADS.c.edition)
    )
    return list({(row.device_id, row.day): _day(row) for row in rows}.values())


def _day(row: Any) -> RoadDay:
    roads = None if row.roads is None else _READ.decode(row.roads)
    return RoadDay(row.device_id, row.day, row.matched_at.astimezone(UTC), roads)


def _keep(connection: Connection, found: RoadDay) -> None:
    key = and_(_ROADS.c.device_id == found.device_id, _ROADS.c.day == found.day)
    last = connection.execute(
        select(_ROADS.c.edition, _ROADS.c.roads)
        .where(key)
        .order_by(_ROADS.c.edition.desc())
        .limit(1)
    ).one_or_none()
    body = None if found.roads is None else _JSON.encode(found.roads)
    # What is gone from the history meanwhile does not take away what was found of it.
    if last is None or (body is not None and body != last.roads):
        values = {
            "device_id": found.device_id,
            "day": found.day,
            "edition": 1 if last is None else last.edition + 1,
            "matched_at": found.matched_at,
            "roads": body,
        }
        connection.execute(insert(_ROADS), values)
    its = and_(_DUE.c.device_id == found.device_id, _DUE.c.day == found.day)
    connection.execute(delete(_DUE).where(its))


@cache
def _mark(is_sqlite: bool) -> Any:  # noqa: FBT001 -- one of two dialects
    made: Any = sqlite.insert if is_sqlite else postgresql.insert
    return made(_DUE).on_conflict_do_nothing()
