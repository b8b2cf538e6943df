"""What flies under a permit and need not be insured: privately, and of a class of which nobody asks it."""

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session, col, select

from permits.application import application_from_json
from permits.entries import Aircraft
from permits.flight_preconditions import insurance_needed
from permits.permit import Permit
from permits.sheet import Sheet
from zone_service.store import register
from zone_service.store.records import PLATFORM
from zone_service.store.tables import ApplicationRow

_IDS_AT_ONCE = 500


def excused(
    session: Session, permits: Sequence[Permit], sheet: Sheet
) -> Mapping[str, frozenset[str]]:
    """Return by number of a private flight the devices under it that need no insurance."""
    private = _private(session, sorted(each.number for each in permits))
    its = [each for each in permits if each.number in private]
    spared = _spared(session, {one for each in its for one in each.terms.device_ids}, sheet)
    return {each.number: each.terms.device_ids & spared for each in its}


def _private(session: Session, numbers: Sequence[str]) -> frozenset[str]:
    found = set[str]()
    for start in range(0, len(numbers), _IDS_AT_ONCE):
        asked = select(ApplicationRow).where(
            col(ApplicationRow.number).in_(numbers[start : start + _IDS_AT_ONCE])
        )
        for row in session.exec(asked):
            if application_from_json(json.loads(row.body)).commercial is False:
                found.add(row.number)
    return frozenset(found)


def _spared(session: Session, device_ids: Iterable[str], sheet: Sheet) -> frozenset[str]:
    wanted = sorted(device_ids)
    return frozenset(
        entry.device_id
        for start in range(0, len(wanted), _IDS_AT_ONCE)
        for entry in register.of_devices(session, PLATFORM, wanted[start : start + _IDS_AT_ONCE])
        if entry.device_id is not None
        and isinstance(entry.particulars, Aircraft)
        and insurance_needed(entry.particulars, sheet, commercial=False) is False
    )
