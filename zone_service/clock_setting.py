"""The memory after the time of day was set: what counts by our clock goes with it. Pure.

When a device was last heard, since when we listen, since when a hole in a device's numbers is waited
for: each is a moment of our own clock, and is moved with it. A device's own times are not; but none
is left later than now, or the device would be frozen until our clock had caught up.
"""

from dataclasses import replace

import msgspec
import numpy as np

from geofence.places import AT
from permits.violation import ViolationCode
from permits.watch import Excursion, Watch
from telemetry import track as tracks
from telemetry.waiting import Waiting
from zone_service.day_scores import SHANGHAI_AHEAD_S
from zone_service.memory import DeviceState, Memory
from zone_service.wall_clock import SET_S


def follow(memory: Memory, by_s: float, now_s: float) -> None:
    """Move a memory to a time of day that was set by so much, and is ``now_s`` since."""
    for device in memory.devices.values():
        _follow(device, by_s, now_s)
    for device_id, watch in memory.strangers.items():
        memory.strangers[device_id] = replace(
            watch, at_s=None if watch.at_s is None else watch.at_s + by_s
        )
    for pair, watch in memory.pairs.items():
        memory.pairs[pair] = _followed(watch, by_s, now_s)
    memory.gather_due()
    memory.calm.clear()  # until when was said by the clock as it was
    memory.flights.forget()
    memory.listening_s += by_s
    memory.days.after_setting(by_s, now_s, SHANGHAI_AHEAD_S)
    fleet = memory.fleet
    fleet.last[:, AT] = np.minimum(fleet.last[:, AT], now_s)
    fleet.judged_s[:] = np.minimum(fleet.judged_s, now_s)


def set_while_away_s(memory: Memory, now_s: float) -> float:
    """Return by how much the clock must have been put back while no worker ran; else 0.

    That it was put forward cannot be told from having been away for longer, and need not: nobody
    is called silent for what was not listened to.
    """
    heard_s = max((device.heard_s for device in memory.devices.values()), default=0.0)
    return now_s - heard_s if heard_s - now_s > SET_S else 0.0


def _follow(device: DeviceState, by_s: float, now_s: float) -> None:
    if device.heard_s:
        device.heard_s += by_s
    device.reported_s = min(device.reported_s, now_s)
    if device.track is not None:
        device.track = tracks.after_setting(device.track, by_s, now_s)
    if device.late is not None:
        late = device.late
        device.late = msgspec.structs.replace(
            late,
            due_s=late.due_s + by_s,
            began_s=late.began_s + by_s,
            heard_s=late.heard_s + by_s,
            asked_s=late.asked_s + by_s,
        )
    if device.waiting:
        device.waiting = tuple(_waiting(each, by_s) for each in device.waiting)
    if device.watch is not None:
        device.watch = _followed(device.watch, by_s, now_s)


def _waiting(each: Waiting, by_s: float) -> Waiting:
    return msgspec.structs.replace(each, received_s=each.received_s + by_s, due_s=each.due_s + by_s)


def _followed(watch: Watch, by_s: float, now_s: float) -> Watch:
    excursions = tuple(_moved(each, by_s, now_s) for each in watch.excursions)
    at_s = watch.at_s
    return replace(watch, at_s=None if at_s is None else min(at_s, now_s), excursions=excursions)


def _moved(each: Excursion, by_s: float, now_s: float) -> Excursion:
    """Silence began when the device was last heard, by our clock; all else by the device's."""
    by_s = by_s if each.code is ViolationCode.TELEMETRY_SILENCE else 0.0
    clean_s = each.clean_since_s
    return replace(
        each,
        since_s=min(each.since_s + by_s, now_s),
        last_s=min(each.last_s + by_s, now_s),
        told_s=min(each.told_s + by_s, now_s),
        clean_since_s=None if clean_s is None else min(clean_s, now_s),
    )
