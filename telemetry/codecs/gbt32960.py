"""GB/T 32960 as the JSON of a gateway: electric vehicles by the national monitoring format.

From the public guide of one gateway, to be verified with the vehicle's maker. The format says where
and how fast, not which way, how sure or how high: weak for fences.
"""

from datetime import datetime, timedelta, timezone
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.codecs.codec import Outcome, is_time, printable, refused
from telemetry.codecs.json_errors import NOT_DECODED, json_refusal
from telemetry.report import Frame, Notice, RefusalReason, Refused, Report, TimeSource, Unit

LOGIN: Final = 1
REPORTS: Final = frozenset({2, 3})
"""What is now, and what was kept while there was no connection."""
LOGOUT: Final = 4
PLAIN: Final = 1

INVALID: Final = 1 << 0
SOUTH: Final = 1 << 1
WEST: Final = 1 << 2

NO_ANGLE: Final = frozenset({0xFFFF_FFFE, 0xFFFF_FFFF})
FASTEST: Final = 2_200
"""Of 0.1 km/h. Above it are 0xFFFE, abnormal, 0xFFFF, invalid, and nothing else."""

_CHINA: Final = timezone(timedelta(hours=8))
"""Times on the wire are Beijing time, whatever the vehicle's place."""


class Time(msgspec.Struct, gc=False, rename="pascal"):
    """Local time; the year has two digits."""

    year: Annotated[int, Meta(ge=0, le=99)]
    month: int
    day: int
    hour: int
    minute: int
    second: int


class Info(msgspec.Struct, gc=False, kw_only=True, rename="pascal"):
    """One of the things that a message tells: of those with other types only that they are there."""

    type: Annotated[str, Meta(max_length=64)]
    longitude: Annotated[int, Meta(ge=0, le=0xFFFF_FFFF)] | None = None
    latitude: Annotated[int, Meta(ge=0, le=0xFFFF_FFFF)] | None = None
    status: int | None = None
    speed: Annotated[int, Meta(ge=0, le=0xFFFF)] | None = None
    soc: int | None = msgspec.field(name="SOC", default=None)


class Data(msgspec.Struct, gc=False, rename="pascal"):
    """The body."""

    time: Time | None = None
    infos: Annotated[list[Info], Meta(max_length=100)] = msgspec.field(default_factory=list)


class Message(msgspec.Struct, gc=False, rename="pascal"):
    """One message as the gateway publishes it."""

    cmd: int
    vin: Annotated[str, Meta(max_length=64)]
    data: Data
    encrypt: int = PLAIN


_MESSAGE = msgspec.json.Decoder(Message)
_NOTHING: Final = Info(type="")


class Gbt32960Codec:
    """``zone/up/<device>/tele`` with one message of the gateway."""

    name = "gbt32960"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return the fix, or that the vehicle logged in or out."""
        try:
            message = _MESSAGE.decode(frame.payload)
        except NOT_DECODED as error:
            return (json_refusal(unit, frame.payload, error),)
        return (_outcome(message, frame, unit),)


def _outcome(message: Message, frame: Frame, unit: Unit) -> Outcome:
    registered = unit.wire_id or unit.device_id
    if message.vin != registered:
        expected = f"Vin {registered!r} as registered"
        return refused(unit, RefusalReason.WRONG_DEVICE, repr(message.vin), expected)
    if message.encrypt != PLAIN:
        expected = "Encrypt 1: the platform holds no key"
        return refused(unit, RefusalReason.UNSUPPORTED, f"Encrypt {message.encrypt}", expected)
    at_s = None if message.data.time is None else unix_s(message.data.time)
    if at_s is None and message.data.time is not None:
        expected = "Time: a time in Beijing"
        return refused(unit, RefusalReason.OUT_OF_RANGE, _shown(message.data.time), expected)
    if message.cmd in REPORTS:
        return _said(message.data, at_s, frame, unit)
    if message.cmd in {LOGIN, LOGOUT}:
        kind = "online" if message.cmd == LOGIN else "offline"
        return Notice(device_id=unit.device_id, kind=kind, event_time_s=at_s, detail="")
    expected = "Cmd 1, 2, 3 or 4"
    return refused(unit, RefusalReason.UNSUPPORTED, f"Cmd {message.cmd}", expected)


def unix_s(time: Time) -> float | None:
    """Return Unix seconds, or None where it is no time."""
    try:
        local = datetime(
            2000 + time.year, time.month, time.day, time.hour, time.minute, time.second,
            tzinfo=_CHINA,
        )  # fmt: skip
    except (ValueError, OverflowError):
        return None
    at_s = local.timestamp()
    return at_s if is_time(at_s) else None


def _shown(time: Time) -> str:
    return f"{time.year}-{time.month}-{time.day} {time.hour}:{time.minute}:{time.second}"


def _said(data: Data, at_s: float | None, frame: Frame, unit: Unit) -> Outcome:
    infos = {info.type: info for info in data.infos}
    if not infos.keys() & {"Location", "Vehicle"}:
        kinds = printable(", ".join(sorted(infos)))
        return Notice(device_id=unit.device_id, kind="state", event_time_s=at_s, detail=kinds)
    return _report(
        infos.get("Location", _NOTHING), infos.get("Vehicle", _NOTHING), at_s, frame, unit
    )


def _report(
    location: Info, vehicle: Info, at_s: float | None, frame: Frame, unit: Unit
) -> Report | Refused:
    placed = _is_placed(location)
    longitude, latitude = location.longitude or 0, location.latitude or 0
    if placed and (longitude > 180_000_000 or latitude > 90_000_000):
        found = f"Longitude {longitude}, Latitude {latitude} (1e-6 deg)"
        return refused(unit, RefusalReason.OUT_OF_RANGE, found, "at most 180000000 and 90000000")
    status = location.status or 0
    known_speed = vehicle.speed is not None and vehicle.speed <= FASTEST
    return Report(
        device_id=unit.device_id,
        event_time_s=frame.received_s if at_s is None else at_s,
        time_source=TimeSource.SERVER if at_s is None else TimeSource.DEVICE,
        longitude_deg=(-longitude if status & WEST else longitude) / 1e6 if placed else None,
        latitude_deg=(-latitude if status & SOUTH else latitude) / 1e6 if placed else None,
        source_datum=unit.datum,
        ground_speed_mps=vehicle.speed / 36.0
        if known_speed and vehicle.speed is not None
        else None,
        battery_percent=_percent(vehicle.soc),
        codec="gbt32960",
        quality_flags=(() if placed else ("no_fix",))
        + (() if at_s is not None else ("time_unknown",)),
    )


def _is_placed(location: Info) -> bool:
    """Whether there is a fix: the first bit of the status says that there is none."""
    if location.longitude is None or location.latitude is None or (location.status or 0) & INVALID:
        return False
    both = (location.longitude, location.latitude)
    return both != (0, 0) and NO_ANGLE.isdisjoint(both)


def _percent(said: int | None) -> float | None:
    return float(said) if said is not None and 0 <= said <= 100 else None


CODEC = Gbt32960Codec()
