"""T/CSAE 295.2 vehicle to cloud: what vehicles say in China's pilots of vehicle, road and cloud.

As JSON in the three shapes in which it is republished, and as the frames themselves
(``csae295_frames``). From public implementations, to be verified with the vehicle's maker; the
standard's text was not seen.
"""

from collections.abc import Iterator
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.codecs import csae295_frames as frames
from telemetry.codecs.codec import MAX_MESSAGES, Outcome, refused
from telemetry.codecs.csae295_said import (
    HEARTBEATS,
    REGISTRATION,
    STATE,
    Registration,
    State,
    heartbeat,
    registered,
    reported,
)
from telemetry.codecs.json_errors import NOT_DECODED, json_refusal
from telemetry.report import Frame, RefusalReason, Unit

NO_WORD: Final = 0xFFFF
NO_DOUBLE_WORD: Final = 0xFFFF_FFFF
NO_LONGITUDE_DEG: Final = NO_DOUBLE_WORD / 1e7 - 180
NO_LATITUDE_DEG: Final = NO_DOUBLE_WORD / 1e7 - 90
"""What a republisher makes of a position that the vehicle did not know."""


class Position(msgspec.Struct, gc=False):
    """Degrees. The elevation is not read: what it counts from and in is told in two ways."""

    longitude: float | None = None
    latitude: float | None = None


class Body(msgspec.Struct, gc=False, rename="camel", kw_only=True):
    """What a state or a registration says: the members that are used, the others are skipped."""

    vehicle_id: Annotated[str, Meta(max_length=64)] | None = None
    timestamp_gnss: int | None = msgspec.field(name="timestampGNSS", default=None)
    velocity_gnss: float | None = msgspec.field(name="velocityGNSS", default=None)
    velocity: float | None = None
    velocity_can: float | None = msgspec.field(name="velocityCAN", default=None)
    position: Position | None = None
    heading: float | None = None
    drive_mode: int | None = None
    gnss_type: int | None = None


class Header(msgspec.Struct, gc=False, rename="camel"):
    """Of the shape with header and body."""

    data_category: int
    timestamp: int | None = None


class Message(Body, gc=False, kw_only=True):
    """Any of the three shapes: header and body; all members in one; type, version and data."""

    type: int | None = None
    timestamp: int | None = None
    header: Header | None = None
    body: Body | None = None
    data: Annotated[list[Body], Meta(max_length=MAX_MESSAGES)] | Body | None = None


_MESSAGE = msgspec.json.Decoder(Message)


class Csae295Codec:
    """``zone/up/<device>/tele`` with one JSON message, or with frames."""

    name = "csae295"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return what each of the messages in the payload says, in their order."""
        if frame.payload[:1] == frames.MARK:
            return frames.outcomes(frame, unit)
        try:
            message = _MESSAGE.decode(frame.payload)
        except NOT_DECODED as error:
            return (json_refusal(unit, frame.payload, error),)
        return tuple(_outcomes(message, frame, unit))


def _outcomes(message: Message, frame: Frame, unit: Unit) -> Iterator[Outcome]:
    kind = message.type if message.header is None else message.header.data_category
    sent_ms = message.timestamp if message.header is None else message.header.timestamp
    if kind in HEARTBEATS:
        yield heartbeat(message.vehicle_id, sent_ms, unit)
        return
    for body in _bodies(message):
        yield _outcome(kind, body, sent_ms, frame, unit)


def _bodies(message: Message) -> list[Body]:
    if message.body is not None:
        return [message.body]
    if message.data is None:
        return [message]
    return message.data if isinstance(message.data, list) else [message.data]


def _outcome(
    kind: int | None, body: Body, sent_ms: int | None, frame: Frame, unit: Unit
) -> Outcome:
    if kind == STATE:
        return reported(_state(body, sent_ms), frame, unit)
    if kind == REGISTRATION:
        return registered(Registration(body.vehicle_id or "", sent_ms, body.gnss_type), unit)
    found = "no type" if kind is None else f"type 0x{kind:02x}" if kind >= 0 else f"type {kind}"
    return refused(unit, RefusalReason.UNSUPPORTED, found, "type 0x15, 0x34, 0x0c or 0x0d")


def _state(body: Body, sent_ms: int | None) -> State:
    position = body.position or Position()
    return State(
        vehicle_id=body.vehicle_id or "",
        fixed_ms=body.timestamp_gnss,
        sent_ms=sent_ms,
        longitude_deg=_unless(position.longitude, NO_LONGITUDE_DEG),
        latitude_deg=_unless(position.latitude, NO_LATITUDE_DEG),
        speed_mps=_speed_mps(body),
        heading_deg=_unless(body.heading, NO_DOUBLE_WORD),
        drive_mode=body.drive_mode,
    )


def _speed_mps(body: Body) -> float | None:
    """Return the first speed that is known: by satellites, or by the vehicle's own bus."""
    for said in (body.velocity_gnss, body.velocity, body.velocity_can):
        known = _unless(said, NO_WORD)
        if known is not None:
            return known / 3.6
    return None


def _unless(value: float | None, absent: float) -> float | None:
    """Return the value, or None where it is the one that stands for absent, rounded or not."""
    return None if value is None or abs(value - absent) < 1e-6 else value


CODEC = Csae295Codec()
