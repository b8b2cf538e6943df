"""What a DJI gateway says of itself and its aircraft: events, requests, answers, and fast positions.

A dock or remote controller speaks for the aircraft that it serves, under its own serial number; no
message of these names the aircraft.
"""

import math
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.codecs.codec import printable, refused
from telemetry.codecs.dji_time import event_time, no_time
from telemetry.report import Frame, Notice, RefusalReason, Refused, Report, TimeSource, Unit
from telemetry.topics import Channel

CHANNELS: Final = {
    Channel.EVENTS: "event",
    Channel.REQUESTS: "request",
    Channel.SERVICES_REPLY: "ack",
    Channel.DRC_UP: "state",
}
"""The topics that are read here, and of what kind a notice of one is unless it has a name below."""

FAST_POSITION: Final = "osd_info_push"
_Name = Annotated[str, Meta(max_length=128)]
_Speed = Annotated[float, Meta(ge=-1_000, le=1_000)]


class Envelope(msgspec.Struct, gc=False, kw_only=True):
    """Around every message."""

    method: _Name
    timestamp: int | None = None
    tid: _Name | None = None
    bid: _Name | None = None
    gateway: _Name | None = None


class FastOsd(msgspec.Struct, gc=False, kw_only=True):
    """Of ``osd_info_push``: no mode, no quality of the fix."""

    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    height: Annotated[float, Meta(ge=-1_000, le=100_000)] | None = None
    attitude_head: Annotated[float, Meta(ge=-360, le=360)] | None = None
    speed_x: _Speed | None = None
    speed_y: _Speed | None = None


class File(msgspec.Struct, gc=False):
    """A file of flight areas, by the SHA-256 of its bytes."""

    name: _Name | None = None
    checksum: _Name | None = None


class SyncProgress(msgspec.Struct, gc=False, kw_only=True):
    """How far a gateway is with the flight areas that it was told to fetch."""

    status: Annotated[str, Meta(max_length=32)]
    reason: int | None = None
    file: File | None = None


class InArea(msgspec.Struct, gc=False):
    """Where the aircraft is to one flight area."""

    area_id: _Name
    is_in_area: bool
    area_distance: float | None = None


class DroneLocation(msgspec.Struct, gc=False):
    """Where the aircraft is to its flight areas."""

    drone_locations: Annotated[list[InArea], Meta(max_length=100)]


class Answer(msgspec.Struct, gc=False):
    """What became of a service that was called."""

    result: int | None = None


class _Fast(msgspec.Struct, gc=False):
    data: FastOsd


class _Progress(msgspec.Struct, gc=False):
    data: SyncProgress


class _Location(msgspec.Struct, gc=False):
    data: DroneLocation


class _Answered(msgspec.Struct, gc=False):
    data: Answer


_ENVELOPE = msgspec.json.Decoder(Envelope)
_FAST = msgspec.json.Decoder(_Fast)
_PROGRESS = msgspec.json.Decoder(_Progress)
_LOCATION = msgspec.json.Decoder(_Location)
_ANSWERED = msgspec.json.Decoder(_Answered)


def outcome(channel: Channel, frame: Frame, unit: Unit) -> Report | Notice | Refused:
    """Return what a message on one of ``CHANNELS`` says. Raises what decoding hostile JSON raises."""
    said = _ENVELOPE.decode(frame.payload)
    if said.gateway is not None and said.gateway != unit.device_id:
        expected = f"gateway {unit.device_id!r} as in the topic"
        return refused(unit, RefusalReason.WRONG_DEVICE, repr(said.gateway), expected)
    when = event_time(said.timestamp, frame.received_s)
    if when is None:
        return no_time(unit, said.timestamp)
    if channel is Channel.DRC_UP and said.method == FAST_POSITION:
        return _report(_FAST.decode(frame.payload).data, when, unit)
    kind, detail = _told(channel, said, frame)
    return Notice(
        device_id=unit.device_id, kind=kind, event_time_s=when[0], detail=printable(detail)
    )


def _told(channel: Channel, said: Envelope, frame: Frame) -> tuple[str, str]:
    """Return the kind of the notice and what it tells."""
    match channel, said.method:
        case Channel.EVENTS, "flight_areas_sync_progress":
            return said.method, _progress(_PROGRESS.decode(frame.payload).data)
        case Channel.EVENTS, "flight_areas_drone_location":
            return said.method, _places(_LOCATION.decode(frame.payload).data)
        case Channel.REQUESTS, "flight_areas_get":
            return said.method, f"tid {said.tid}, bid {said.bid}"
        case Channel.SERVICES_REPLY, _:
            result = _ANSWERED.decode(frame.payload).data.result
            return "ack", f"{said.method}: result {result}, tid {said.tid}"
        case Channel.DRC_UP, "heart_beat":
            return "heartbeat", said.method
        case _:
            return CHANNELS[channel], said.method


def _progress(data: SyncProgress) -> str:
    file = data.file or File()
    return f"{data.status}, reason {data.reason}, file {file.name}, checksum {file.checksum}"


def _places(data: DroneLocation) -> str:
    return "; ".join(
        f"{'inside' if each.is_in_area else 'outside'} {each.area_id}, {each.area_distance} m"
        for each in data.drone_locations
    )


def _report(osd: FastOsd, when: tuple[float, TimeSource], unit: Unit) -> Report:
    placed = (
        osd.longitude is not None
        and osd.latitude is not None
        and (osd.longitude, osd.latitude) != (0.0, 0.0)
    )
    return Report(
        device_id=unit.device_id,
        event_time_s=when[0],
        time_source=when[1],
        longitude_deg=osd.longitude if placed else None,
        latitude_deg=osd.latitude if placed else None,
        source_datum=unit.datum,
        altitude_hae_m=osd.height if placed else None,
        ground_speed_mps=_ground_speed_mps(osd),
        heading_deg=None if osd.attitude_head is None else osd.attitude_head % 360.0,
        codec="dji",
        quality_flags=() if placed else ("no_fix",),
    )


def _ground_speed_mps(osd: FastOsd) -> float | None:
    """Return the speed over ground: of both axes together, whichever way they are turned."""
    if osd.speed_x is None or osd.speed_y is None:
        return None
    return math.hypot(osd.speed_x, osd.speed_y)
