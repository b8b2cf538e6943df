"""What was heard of devices over the days that the rule set counts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar

from sqlmodel import Session

from permits.heard import window_days
from permits.issuing import legal_day
from permits.precondition_facts import HeardOf
from permits.sheet import Sheet
from zone_service.store import device_days, fences
from zone_service.store.records import HeardDay

_Said = TypeVar("_Said", int, bool)


def heard_lately(
    session: Session, device_ids: Collection[str], at: datetime, sheet: Sheet
) -> Mapping[str, HeardOf]:
    """Return what was heard by device; absent where nothing was, or the rule set counts no days."""
    days = window_days(sheet)
    if days is None or not device_ids:
        return {}
    today = legal_day(at)
    first = today - timedelta(days=int(days) - 1)
    found = device_days.between(session, device_ids, first, today)
    # What nobody watches may be of yesterday's map, whatever its unit holds.
    is_watched = fences.is_watched(session, at)
    holding = fences.holding(session, device_ids) if is_watched else frozenset[str]()
    return {
        device_id: _together(device_id, tuple(its), holds_its_fence=device_id in holding)
        for device_id, its in groupby(found, key=lambda each: each.device_id)
    }


def _together(device_id: str, found: Sequence[HeardDay], *, holds_its_fence: bool) -> HeardOf:
    said = [each.day.said for each in found]
    return HeardOf(
        device_id=device_id,
        first=device_days.on_day(found[0].day.day),
        last=device_days.on_day(found[-1].day.day),
        reports=sum(each.day.reports for each in found),
        online_s=sum(each.day.online_s for each in found),
        remote_id_status=_latest([each.remote_id_status for each in said]),
        ais_on=_latest([each.ais_on for each in said]),
        fence_version=_latest([each.fence_version for each in said]),
        holds_its_fence=holds_its_fence,
    )


def _latest(said: Sequence[_Said | None]) -> _Said | None:
    return next((each for each in reversed(said) if each is not None), None)
