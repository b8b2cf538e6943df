"""Who waits for whom: the reorder window, kept in the memory of each device. Pure.

A device whose numbers have a hole is given a moment to fill it, and what came behind the hole is
judged after what came into it. The moment ends by the next report of the device or by a frame of the
clock, whichever is first; both are in the journal, so a replay lets go where the worker did.
"""

from telemetry.report import Report
from telemetry.track import Seen, begins_anew, fingerprint, number_of
from telemetry.waiting import (
    MAX_HOLE,
    MAX_WAITING,
    Waiting,
    following,
    highest,
    is_worth_waiting,
    overdue,
    with_one,
)
from zone_service.memory import DeviceState, Memory


def hold(
    memory: Memory,
    device: DeviceState,
    report: Report,
    seen: Seen,
    received_s: float,
    window_s: float,
) -> bool:
    """Have a report wait for what is missing before it; tell whether it does."""
    if not window_s or not is_worth_waiting(device.track, report, seen, device.in_vain):
        return False
    one = _waiting(device, report, received_s, window_s)
    memory.let_wait(report.device_id, device, (one,))
    return True


def let_go_before(
    memory: Memory, device: DeviceState, report: Report, now_s: float
) -> tuple[Waiting, ...]:
    """Take out those that wait no longer, now that another report of the device is there."""
    waiting = device.waiting
    count = len(waiting) if _is_beyond(device, report) else overdue(waiting, now_s)
    return _taken_out(memory, report.device_id, device, count)


def is_ahead(device: DeviceState, report: Report) -> bool:
    """Tell whether a number is still missing before that of a report."""
    number = number_of(device.track, report)
    return number is not None and number > highest(device.track, report) + 1


def is_waiting(device: DeviceState, report: Report) -> bool:
    """Tell whether a report is one of those that wait, said again."""
    said = (number_of(device.track, report), fingerprint(report))
    return any((each.seq, each.digest) == said for each in device.waiting)


def wait_too(
    memory: Memory, device: DeviceState, report: Report, received_s: float, window_s: float
) -> None:
    """Have a report wait beside others, of which it is none."""
    waiting = with_one(device.waiting, _waiting(device, report, received_s, window_s))
    memory.let_wait(report.device_id, device, waiting)


def let_go_following(memory: Memory, device_id: str, device: DeviceState) -> tuple[Waiting, ...]:
    """Take out those before which nothing is missing any more."""
    if not device.waiting:
        return ()
    high = highest(device.track, device.waiting[0].report)
    count = following(high, device.waiting)
    return _taken_out(memory, device_id, device, count)


def let_go_overdue(
    memory: Memory, device_id: str, device: DeviceState, now_s: float
) -> tuple[Waiting, ...]:
    """Take out those that have waited long enough, and those that come right behind."""
    return _taken_out(memory, device_id, device, overdue(device.waiting, now_s))


def let_go_first(memory: Memory, device_id: str, device: DeviceState) -> tuple[Waiting, ...]:
    """Take out the one with the lowest number, whatever is missing before it."""
    return _taken_out(memory, device_id, device, 1)


def _is_beyond(device: DeviceState, report: Report) -> bool:
    """A unit that started again, or has counted far on, does not fill its hole any more."""
    waiting, number = device.waiting, number_of(device.track, report)
    if number is None:
        return False
    if waiting[0].report.boot_id != report.boot_id or begins_anew(device.track, report):
        return True
    return len(waiting) >= MAX_WAITING or number - waiting[-1].seq > MAX_HOLE


def _taken_out(
    memory: Memory, device_id: str, device: DeviceState, count: int
) -> tuple[Waiting, ...]:
    taken = device.waiting[:count]
    if taken:
        memory.let_wait(device_id, device, device.waiting[count:])
    return taken


def _waiting(device: DeviceState, report: Report, received_s: float, window_s: float) -> Waiting:
    number = number_of(device.track, report)
    seq = -1 if number is None else number
    return Waiting(seq, report, received_s, received_s + window_s, fingerprint(report))
