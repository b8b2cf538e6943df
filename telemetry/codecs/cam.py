"""ETSI CAM as JSON over MQTT: what vehicles and roadside units of European make say ten times a second.

From a public JSON schema in its versions 1.1 and 2.4; no conformance with the standard is claimed.
The datum is WGS 84 by the standard, whatever the registration says.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.codecs.codec import Outcome, is_time, refused
from telemetry.codecs.json_errors import NOT_DECODED, json_refusal
from telemetry.report import (
    Datum,
    Frame,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

NO_LATITUDE: Final = 900_000_001
NO_LONGITUDE: Final = 1_800_000_001
NO_ALTITUDE: Final = 800_001
LEAST_ALTITUDE, MOST_ALTITUDE = -100_000, 800_000
"""These two also stand for all that is lower or higher, so they are no heights."""
LARGE_AXIS: Final = 4_094
"""Centimetres: an axis above 40.93 m. One more is unknown."""
FAST: Final = 16_382
"""Centimetres a second: 163.82 m/s and more. One more is unknown."""
NO_HEADING: Final = 3_601

ALTITUDE_CLASSES_M: Final = (
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0,
)  # fmt: skip
"""How near the height is with 95 %, by the number of its class. 14 is worse, 15 unknown."""


class Ellipse(msgspec.Struct, gc=False):
    """Where the position is with 95 %: half axes in centimetres, each version by its own names."""

    semi_major_confidence: Annotated[int, Meta(ge=0, le=4_095)] | None = None
    semi_minor_confidence: Annotated[int, Meta(ge=0, le=4_095)] | None = None
    semi_major: Annotated[int, Meta(ge=0, le=4_095)] | None = None
    semi_minor: Annotated[int, Meta(ge=0, le=4_095)] | None = None


class Valued(msgspec.Struct, gc=False):
    """A value with its confidence, as version 2 has them."""

    value: int
    confidence: int | None = None


class Position(msgspec.Struct, gc=False, kw_only=True):
    """1e-7 degrees; height in centimetres above the ellipsoid."""

    latitude: Annotated[int, Meta(ge=-900_000_000, le=NO_LATITUDE)]
    longitude: Annotated[int, Meta(ge=-1_800_000_000, le=NO_LONGITUDE)]
    altitude: int | Valued | None = None
    position_confidence_ellipse: Ellipse | None = None


class BasicConfidence(msgspec.Struct, gc=False):
    """What version 1 has beside the position."""

    position_confidence_ellipse: Ellipse | None = None
    altitude: int | None = None


class Basic(msgspec.Struct, gc=False):
    """Where the station is."""

    reference_position: Position
    confidence: BasicConfidence | None = None


class Motion(msgspec.Struct, gc=False):
    """How a vehicle moves: 0.1 degrees and centimetres a second."""

    heading: int | Valued | None = None
    speed: int | Valued | None = None


class HighFrequency(Motion, gc=False):
    """Version 1 has the motion itself here, version 2 a level below; a roadside unit has none."""

    basic_vehicle_container_high_frequency: Motion | None = None


class Cam(msgspec.Struct, gc=False, kw_only=True):
    """The message proper."""

    station_id: int
    basic_container: Basic
    high_frequency_container: HighFrequency | None = None


class Envelope(msgspec.Struct, gc=False, kw_only=True):
    """Around any message of that schema."""

    version: Annotated[str, Meta(max_length=32)]
    type: Annotated[str, Meta(max_length=32)] | None = None
    message_type: Annotated[str, Meta(max_length=32)] | None = None
    source_uuid: str | None = None
    timestamp: Annotated[int, Meta(ge=0, lt=2**53)] | None = None
    message: msgspec.Raw


VERSIONS: Final = ("1.1.", "2.4.")

_ENVELOPE = msgspec.json.Decoder(Envelope)
_CAM = msgspec.json.Decoder(Cam)


class CamCodec:
    """``zone/up/<device>/tele`` with one message."""

    name = "cam"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return where the station is and how it moves."""
        payload = frame.payload
        try:
            envelope = _ENVELOPE.decode(payload)
            refusal = _not_a_cam(envelope, unit)
            if refusal is not None:
                return (refusal,)
            payload = bytes(envelope.message)
            return (_outcome(envelope, _CAM.decode(payload), frame, unit),)
        except NOT_DECODED as error:
            return (json_refusal(unit, payload, error),)


def _not_a_cam(envelope: Envelope, unit: Unit) -> Refused | None:
    kind = envelope.message_type or envelope.type
    if kind != "cam":
        return refused(unit, RefusalReason.UNSUPPORTED, f"a message of type {kind!r}", "'cam'")
    if not envelope.version.startswith(VERSIONS):
        expected = "version 1.1 or 2.4: others have other members"
        return refused(unit, RefusalReason.UNSUPPORTED, repr(envelope.version), expected)
    return None


def _outcome(envelope: Envelope, cam: Cam, frame: Frame, unit: Unit) -> Report | Refused:
    registered = unit.wire_id or unit.device_id
    if registered not in {envelope.source_uuid, str(cam.station_id)}:
        found = f"source_uuid {envelope.source_uuid!r}, station_id {cam.station_id}"
        return refused(unit, RefusalReason.WRONG_DEVICE, found, f"{registered!r} as one of them")
    at_s = frame.received_s if envelope.timestamp is None else envelope.timestamp / 1e3
    if not is_time(at_s):
        expected = "timestamp: Unix milliseconds in the years 2000 to 2099"
        return refused(unit, RefusalReason.OUT_OF_RANGE, str(envelope.timestamp), expected)
    return _report(cam, at_s, unit, timed=envelope.timestamp is not None)


def _report(cam: Cam, at_s: float, unit: Unit, *, timed: bool) -> Report:
    position = cam.basic_container.reference_position
    motion = _motion(cam.high_frequency_container)
    placed = _is_placed(position)
    axis = _larger_half_axis(cam.basic_container)
    speed = _value(motion.speed)
    return Report(
        device_id=unit.device_id,
        event_time_s=at_s,
        time_source=TimeSource.DEVICE if timed else TimeSource.SERVER,
        longitude_deg=position.longitude / 1e7 if placed else None,
        latitude_deg=position.latitude / 1e7 if placed else None,
        source_datum=Datum.WGS84,
        altitude_hae_m=_altitude_m(position.altitude) if placed else None,
        horizontal_accuracy_m=axis / 100 if placed and axis and axis < LARGE_AXIS else None,
        vertical_accuracy_m=_altitude_accuracy_m(cam.basic_container) if placed else None,
        ground_speed_mps=speed / 100 if speed is not None and 0 <= speed < FAST else None,
        track_deg=_track_deg(motion.heading),
        codec="cam",
        quality_flags=tuple(_flags(axis, speed, placed=placed, timed=timed)),
    )


def _is_placed(position: Position) -> bool:
    return (
        position.latitude != NO_LATITUDE
        and position.longitude != NO_LONGITUDE
        and (position.latitude, position.longitude) != (0, 0)
    )


def _flags(axis: int | None, speed: int | None, *, placed: bool, timed: bool) -> list[str]:
    flags = [] if placed else ["no_fix"]
    if placed and axis == LARGE_AXIS:
        flags.append("accuracy_out_of_range")
    if speed == FAST:
        flags.append("speed_out_of_range")
    return flags if timed else [*flags, "time_unknown"]


def _motion(container: HighFrequency | None) -> Motion:
    if container is None:
        return Motion()
    return container.basic_vehicle_container_high_frequency or container


def _value(said: int | Valued | None) -> int | None:
    return said.value if isinstance(said, Valued) else said


def _altitude_m(said: int | Valued | None) -> float | None:
    altitude = _value(said)
    if altitude is None or not LEAST_ALTITUDE < altitude < MOST_ALTITUDE:
        return None
    return altitude / 100


def _larger_half_axis(basic: Basic) -> int | None:
    """Return the larger half axis in centimetres: the circle of that radius holds the ellipse.

    Of either name: some senders have the two exchanged.
    """
    beside = None if basic.confidence is None else basic.confidence.position_confidence_ellipse
    ellipse = basic.reference_position.position_confidence_ellipse or beside
    if ellipse is None:
        return None
    axes = (
        ellipse.semi_major,
        ellipse.semi_minor,
        ellipse.semi_major_confidence,
        ellipse.semi_minor_confidence,
    )
    return max((axis for axis in axes if axis is not None), default=None)


def _altitude_accuracy_m(basic: Basic) -> float | None:
    altitude = basic.reference_position.altitude
    if isinstance(altitude, Valued):
        number = altitude.confidence
    else:
        number = None if basic.confidence is None else basic.confidence.altitude
    known = number is not None and 0 <= number < len(ALTITUDE_CLASSES_M)
    return ALTITUDE_CLASSES_M[number] if known and number is not None else None


def _track_deg(said: int | Valued | None) -> float | None:
    """Return the course: what the standard calls heading is that of the movement."""
    heading = _value(said)
    if heading is None or not 0 <= heading < NO_HEADING:
        return None
    return heading % 3_600 / 10


CODEC = CamCodec()
