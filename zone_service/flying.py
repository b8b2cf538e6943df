"""Which aircraft fly, where they are at a moment, and how they move. Pure.

Places are as old as the last message of each: where a unit says how it moves it is followed to this
moment.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from geofence.fixes import DOMAIN_CODES
from geofence.grid import IntArray
from geofence.motion import moved
from geofence.places import HEIGHTS
from geofence.separation import Traffic
from telemetry.report import Domain
from zone_service.conduct import airborne
from zone_service.flights import NOWHERE, Said
from zone_service.memory import DeviceState, Memory
from zone_service.rows import Fresh
from zone_service.world import World

_AIR: Final = Domain.AIR
AIR: Final = DOMAIN_CODES[Domain.AIR]


class Flying(NamedTuple):
    """Aircraft at one moment."""

    number: IntArray
    """Of each row of the traffic, ascending."""
    traffic: Traffic


def note_flights(memory: Memory, fresh: Iterable[Fresh]) -> None:
    """Take over what devices have just said, once it has been judged."""
    if not (aircraft := [each.device for each in fresh if each.subject.domain is _AIR]):
        return
    memory.flights.put([each.number for each in aircraft], [_said(each) for each in aircraft])


def flying(memory: Memory, world: World, now_s: float) -> Flying:
    """Return the aircraft at work of which it is known where they are."""
    if not memory.flights.are_all_of(world.subjects):
        _gather(memory, world)
    longest_s = world.rules.foresight[_AIR].max_age_s
    number, age_s = memory.flights.aged(now_s, longest_s)
    motion = memory.flights.motion(number)
    here = memory.fleet.last[number]
    way_m = np.nan_to_num(motion.velocity_mps() * age_s[:, None])
    here[:, :2] = moved(here[:, :2], way_m)
    here[:, HEIGHTS] += np.nan_to_num(motion.climb_mps * age_s)[:, None]
    return Flying(number, Traffic(here, np.full(len(number), AIR, np.int8), motion))


def _gather(memory: Memory, world: World) -> None:
    """Look through all devices: at a start, or because others are registered."""
    subjects = world.subjects
    aircraft = [
        device
        for device_id, device in memory.devices.items()
        if (subject := subjects.get(device_id)) is not None and subject.domain is _AIR
    ]
    memory.flights.begin(subjects)
    memory.flights.put([each.number for each in aircraft], [_said(each) for each in aircraft])


def _said(device: DeviceState) -> Said:
    report, track = device.report, device.track
    if report is None or track is None or report.longitude_deg is None:
        return NOWHERE
    if track.doubted is not None or airborne(report) is False:
        return NOWHERE
    return track.received_s, report.ground_speed_mps, report.track_deg, report.vertical_speed_mps
