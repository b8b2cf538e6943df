"""Where what late reports show goes on in what is live. Pure.

A row of late reports fills a hole, and behind the hole the live state goes on: what a device was doing
at the end of the row and at the first fix behind it is one excursion, which nobody saw as one.
"""

from typing import Final, NamedTuple

from permits.watch import Excursion
from zone_service.episode_record import key_of
from zone_service.late_row import LateRow
from zone_service.memory import DeviceState, Memory
from zone_service.store.records import violation_id

SAME_S: Final = 0.001
"""Times of violations are kept to the microsecond."""


class LivePart(NamedTuple):
    """How an excursion goes on behind its hole."""

    since_s: float
    joins: str | None
    """The violation that it is, if it opened."""
    running: Excursion | None
    """The excursion, if it has not opened yet."""


def live_part(
    memory: Memory, device: DeviceState, each: Excursion, row: LateRow, after_s: float | None
) -> LivePart | None:
    """Return how an excursion of a row goes on live from ``after_s`` on, if it does.

    It does where the last report of the row showed it and the first fix behind the hole did.
    """
    if after_s is None or row.watch is None or each.last_s != row.watch.at_s:
        return None
    device_id, (code, zone_id) = memory.names[device.number], each.key
    going_on = memory.open.get(key_of(device_id, code.value, zone_id))
    if going_on is not None and abs(going_on.opened_at.timestamp() - after_s) <= SAME_S:
        return LivePart(after_s, going_on.id, None)
    if any(
        (span.code, span.zone_id) == (code.value, zone_id) and abs(span.since_s - after_s) <= SAME_S
        for span in device.past
    ):
        return LivePart(after_s, violation_id(device_id, code.value, zone_id, after_s), None)
    running = () if device.watch is None else device.watch.excursions
    found = [one for one in running if one.key == each.key and not one.is_open]
    # One that is over before it opened is as it was last seen.
    found += [one for one in row.live if one.key == each.key]
    live = next((one for one in found if abs(one.since_s - after_s) <= SAME_S), None)
    return None if live is None else LivePart(after_s, None, live)


def unsettled(memory: Memory, device: DeviceState, row: LateRow) -> tuple[Excursion, ...]:
    """Return how excursions of a row go on live, of which it is still to be seen what they become."""
    if row.watch is None or row.hole is None or row.reports or device.watch is None:
        return ()
    after_s = row.hole.after.at_s
    parts = (live_part(memory, device, each, row, after_s) for each in row.watch.excursions)
    found = (part.running for part in parts if part is not None and part.running is not None)
    running = {one.key: one for one in device.watch.excursions if not one.is_open}
    return tuple(running[one.key] for one in found if one.key in running)
