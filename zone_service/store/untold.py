"""The devices whose format has no word for something that a first self-check must show."""

from collections.abc import Iterable, Mapping

from sqlmodel import Session, col, select

from permits.first_check import asked_items
from permits.permit import Permit
from permits.sheet import Sheet
from telemetry.untold import UNTOLD
from zone_service.store.tables import DeviceRow

_IDS_AT_ONCE = 500


def untold_of(
    session: Session, permit: Permit, sheet: Sheet
) -> Mapping[str, tuple[str, frozenset[str]]]:
    """Return by device the codec and what it never tells of what the rule set asks for.

    A permit of such a device would wait for it until its validity is over.
    """
    items = asked_items(sheet, permit.family)
    lacking = {codec: untold & items for codec, untold in UNTOLD.items() if untold & items}
    if not lacking:
        return {}
    found = _codecs(session, sorted(permit.terms.device_ids), lacking)
    return {device_id: (codec, lacking[codec]) for device_id, codec in found}


def _codecs(
    session: Session, device_ids: list[str], codecs: Iterable[str]
) -> Iterable[tuple[str, str]]:
    wanted = sorted(codecs)
    for start in range(0, len(device_ids), _IDS_AT_ONCE):
        yield from session.exec(
            select(DeviceRow.device_id, DeviceRow.codec).where(
                col(DeviceRow.device_id).in_(device_ids[start : start + _IDS_AT_ONCE]),
                col(DeviceRow.codec).in_(wanted),
            )
        )
