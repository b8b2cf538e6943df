"""OwnTracks JSON: telephones, such as those of safety drivers and observers.

From the project's public documentation. Positions of telephones are WGS 84, except where an
application takes them from a Chinese map service; then the registration says so.
"""

import math
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.codecs.codec import Outcome, is_time, printable, refused
from telemetry.codecs.json_errors import NOT_DECODED, json_refusal
from telemetry.report import Frame, Notice, RefusalReason, Refused, Report, TimeSource, Unit

RADIUS_95_OF_68: Final = math.sqrt(math.log(0.05) / math.log(0.32))
"""A telephone's ``acc`` holds the position with 68 %. If east and north err alike and without each
other, distances are Rayleigh distributed, and the radius of 95 % is 1.62 times as large."""

HEIGHT_95_OF_68: Final = 1.959964 / 0.994458
"""Of ``vac``, where the error of one number is normally distributed."""

LARGEST_ACCURACY_M: Final = 100_000.0
"""Beyond this it says nothing: a telephone that knows its country only."""

KINDS: Final = {"transition": "event", "lwt": "offline", "beacon": "event", "steps": "state"}
"""What the other messages are; those that are not here are ``state``."""


class Message(msgspec.Struct, gc=False, kw_only=True):
    """The members of any of its messages that are used; the others are skipped."""

    type: Annotated[str, Meta(max_length=32)] = msgspec.field(name="_type")
    topic: str | None = None
    tst: float | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    alt: float | None = None
    acc: float | None = None
    vac: float | None = None
    vel: float | None = None
    cog: float | None = None
    batt: float | None = None
    event: str | None = None
    desc: str | None = None


_MESSAGE = msgspec.json.Decoder(Message)


class OwnTracksCodec:
    """``zone/up/<device>/tele`` with one message of the application."""

    name = "owntracks"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return the fix, or a notice of what else the telephone says."""
        try:
            message = _MESSAGE.decode(frame.payload)
        except NOT_DECODED as error:
            return (json_refusal(unit, frame.payload, error),)
        return (_outcome(message, frame, unit),)


def _outcome(message: Message, frame: Frame, unit: Unit) -> Outcome:
    if message.topic is not None and not _is_of(message.topic, frame, unit):
        expected = f"topic of {unit.wire_id or unit.device_id!r}"
        return refused(unit, RefusalReason.WRONG_DEVICE, repr(message.topic), expected)
    if message.type == "encrypted":
        expected = "a message that is not encrypted: the platform holds no key"
        return refused(unit, RefusalReason.UNSUPPORTED, "_type 'encrypted'", expected)
    if message.tst is not None and not is_time(message.tst):
        expected = "tst: Unix seconds in the years 2000 to 2099"
        return refused(unit, RefusalReason.OUT_OF_RANGE, str(message.tst), expected)
    if message.type == "location":
        return _location(message, frame, unit)
    return _notice(message, unit)


def _is_of(topic: str, frame: Frame, unit: Unit) -> bool:
    """Whether a topic that the application wrote into its message is the telephone's own.

    That is ``owntracks/<user>/<device>``, perhaps with a word more, or the topic it came on. The
    registered id is the device's, or both as ``<user>/<device>``.
    """
    user_and_device = topic.split("/")[1:3]
    registered = unit.wire_id or unit.device_id
    return topic == frame.topic or registered in {
        "/".join(user_and_device),
        user_and_device[-1] if len(user_and_device) == 2 else "",
    }


def _location(message: Message, frame: Frame, unit: Unit) -> Report | Refused:
    if (message.lon is None) is not (message.lat is None):
        found = f"lon {message.lon}, lat {message.lat}"
        return refused(unit, RefusalReason.MALFORMED, found, "both or neither")
    placed = message.lon is not None and (message.lon, message.lat) != (0.0, 0.0)
    timed = message.tst is not None
    high = placed and (message.vac is None or message.vac >= 0)
    return Report(
        device_id=unit.device_id,
        event_time_s=frame.received_s if message.tst is None else message.tst,
        time_source=TimeSource.DEVICE if timed else TimeSource.SERVER,
        longitude_deg=message.lon if placed else None,
        latitude_deg=message.lat if placed else None,
        source_datum=unit.datum,
        altitude_msl_m=_within(message.alt, -1_000, 100_000) if high else None,
        horizontal_accuracy_m=_radius_95(message.acc, RADIUS_95_OF_68) if placed else None,
        vertical_accuracy_m=_radius_95(message.vac, HEIGHT_95_OF_68) if high else None,
        ground_speed_mps=_speed_mps(message.vel),
        track_deg=_within(message.cog, 0, 360),
        battery_percent=_within(message.batt, 0, 100),
        codec="owntracks",
        quality_flags=(() if placed else ("no_fix",)) + (() if timed else ("time_unknown",)),
    )


def _within(value: float | None, least: float, most: float) -> float | None:
    """Return the value, or None where it is what the application sends for unknown."""
    return value if value is not None and least <= value <= most else None


def _radius_95(radius_68_m: float | None, factor: float) -> float | None:
    """Return the radius of 95 %; 0 and below is how telephones say that they do not know."""
    if radius_68_m is None or not 0 < radius_68_m <= LARGEST_ACCURACY_M / factor:
        return None
    return radius_68_m * factor


def _speed_mps(kilometres_per_hour: float | None) -> float | None:
    known = _within(kilometres_per_hour, 0, 3_600)
    return None if known is None else known / 3.6


def _notice(message: Message, unit: Unit) -> Notice:
    said = ": ".join(part for part in (message.event, message.desc) if part)
    return Notice(
        device_id=unit.device_id,
        kind=KINDS.get(message.type, "state"),
        event_time_s=message.tst,
        detail=printable(f"{message.type} {said}".strip()),
    )


CODEC = OwnTracksCodec()
