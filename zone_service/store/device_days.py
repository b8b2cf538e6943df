"""What was heard of devices, a row for each of them and each day of the law.

The worker writes what it has counted of the day so far over what it wrote before, so the same rows
may be written twice, and an older worker's are made good by the next one's. Nothing is removed: what
permits and reports rest on is kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from telemetry.day_quality import NOTHING_JUDGED, DayQuality
from telemetry.device_day import DeviceDay
from telemetry.self_check import SelfCheck
from zone_service.store.engine import Store
from zone_service.store.records import HeardDay
from zone_service.store.tables import DeviceDayRow, table

EPOCH: Final = date(1970, 1, 1)
_DAYS = table(DeviceDayRow)
_IDS_AT_ONCE: Final = 500
_KEY: Final = ("device_id", "day")
_JSON: Final = msgspec.json.Encoder()
_QUALITY: Final = msgspec.json.Decoder(DayQuality)
_SAID: Final = SelfCheck.__struct_fields__
_SAME: Final = (
    "reports", "late", "online_s", "automated_s", "automated_m", "by_hand_s", "by_hand_m", "takeovers",
)  # fmt: skip


def keep(store: Store, days: Sequence[HeardDay]) -> None:
    """Write days over what was written of them; a loss of power may take it back."""
    with store.begin_unsynced() as connection:
        connection.execute(_upsert(store.is_sqlite), [_row(each) for each in days])


def latest(store: Store) -> dict[str, DeviceDay]:
    """Return the latest day of each device that was heard."""
    with store.reader.begin() as connection:
        return {row.device_id: _heard(row).day for row in connection.execute(_newest(true()))}


def _newest(which: ColumnElement[bool]) -> Any:
    """Return what asks for the latest row of each of some devices."""
    newest = select(_DAYS.c.device_id, func.max(_DAYS.c.day).label("day")).where(which)
    its = newest.group_by(_DAYS.c.device_id).subquery()
    same = (_DAYS.c.device_id == its.c.device_id) & (_DAYS.c.day == its.c.day)
    return select(_DAYS).join(its, same)


def between(
    session: Session, device_ids: Iterable[str], first: date, last: date
) -> tuple[HeardDay, ...]:
    """Return what was heard of devices from a day to another, both included, by device and day."""
    asked = (
        select(DeviceDayRow)
        .where(
            col(DeviceDayRow.device_id).in_(sorted(device_ids)),
            col(DeviceDayRow.day).between(first, last),
        )
        .order_by(col(DeviceDayRow.device_id), col(DeviceDayRow.day))
    )
    return tuple(_heard(row) for row in session.execute(asked).scalars())


def last_of(session: Session, device_ids: Iterable[str]) -> Iterator[HeardDay]:
    """Yield the last day on which each of some devices was heard; nothing of who never was."""
    wanted = sorted(device_ids)
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        its = _DAYS.c.device_id.in_(wanted[start : start + _IDS_AT_ONCE])
        for row in session.connection().execute(_newest(its)):
            yield _heard(row)


def on_day(number: int) -> date:
    """Return a day by its number since 1970."""
    return EPOCH + timedelta(days=number)


@cache
def _upsert(is_sqlite: bool) -> Any:  # noqa: FBT001 -- one of two dialects
    insert: Any = sqlite.insert if is_sqlite else postgresql.insert
    statement = insert(_DAYS)
    new = statement.excluded
    # What is said now and then only: a day that is over does not tell it again.
    kept = {name: func.coalesce(new[name], _DAYS.c[name]) for name in ("lacks", *_SAID)}
    told = {each.name: new[each.name] for each in _DAYS.c if each.name not in {*_KEY, *kept}}
    return statement.on_conflict_do_update(index_elements=list(_KEY), set_=told | kept)


def _row(each: HeardDay) -> dict[str, object]:
    day = each.day
    said = {name: getattr(day.said, name) for name in _SAID}
    return {
        "device_id": each.device_id,
        "day": on_day(day.day),
        "first_heard_at": datetime.fromtimestamp(day.first_s, UTC),
        "last_heard_at": datetime.fromtimestamp(day.last_s, UTC),
        "lacks": None if each.lacks is None else ",".join(sorted(each.lacks)),
        "quality": _JSON.encode(day.quality).decode() if day.quality.judged else None,
        **{name: getattr(day, name) for name in _SAME},
        **{name: None if value is None else int(value) for name, value in said.items()},
    }


def _heard(row: Any) -> HeardDay:
    said: Mapping[str, int | None] = {name: getattr(row, name) for name in _SAID}
    return HeardDay(
        row.device_id,
        DeviceDay(
            day=(row.day - EPOCH).days,
            first_s=row.first_heard_at.timestamp(),
            last_s=row.last_heard_at.timestamp(),
            said=SelfCheck.of({name: each for name, each in said.items() if each is not None}),
            quality=NOTHING_JUDGED if row.quality is None else _QUALITY.decode(row.quality),
            **{name: getattr(row, name) for name in _SAME},
        ),
        None if row.lacks is None else frozenset(filter(None, row.lacks.split(","))),
    )
