"""The days of devices as whoever asks may see them: what was heard, and how good it was."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, select

from zone_service.store import device_days, history, registry
from zone_service.store.records import Device, HeardDay, Principal
from zone_service.store.scoping import page_size, scoped
from zone_service.store.tables import DeviceDayRow, DeviceRow


def days_of(
    session: Session, principal: Principal, device_id: str, first: date, last: date
) -> tuple[Device, Sequence[HeardDay]]:
    """Return a device and its days from one to another, both included; of a day unheard there is none.

    Raises:
        NotFound: there is no device of this id that the principal may see.
    """
    device = registry.device(session, principal, device_id)
    return device, device_days.between(session, [device_id], first, last)


def on_day(
    session: Session, principal: Principal, day: date, after: str = "", limit: int = 100
) -> tuple[tuple[Device, HeardDay], ...]:
    """Return the devices that were heard on a day in the order of their ids, from after one of them."""
    key = col(DeviceDayRow.device_id)
    asked = (
        scoped(select(DeviceRow), principal, DeviceRow)
        .join(DeviceDayRow, key == col(DeviceRow.device_id))
        .where(col(DeviceDayRow.day) == day, key > after)
        .order_by(key)
        .limit(page_size(limit))
    )
    devices = tuple(history.device_of(row) for row in session.exec(asked))
    ids = [device.device_id for device in devices]
    heard = {each.device_id: each for each in device_days.between(session, ids, day, day)}
    return tuple((each, heard[each.device_id]) for each in devices if each.device_id in heard)
