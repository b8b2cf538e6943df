"""The platform's own JSON: one report, or an array of reports, in the canonical field names."""

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from telemetry.codecs.codec import EARLIEST_S, LATEST_S, Outcome, refused
from telemetry.codecs.json_errors import NOT_DECODED, json_refusal
from telemetry.report import (
    ControlMode,
    Datum,
    Frame,
    OperationalStatus,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

MAX_REPORTS: Final = 1_000
"""In one payload; at 64 KiB a payload this is no limit for honest units."""

MAX_SEQ: Final = 2**63 - 1
_DEVICE: Final = TimeSource.DEVICE
_NO_MODE: Final = ControlMode.UNKNOWN
_NO_STATUS: Final = OperationalStatus.UNKNOWN


LONGITUDE_DEG: Final = Meta(ge=-180, le=180)
LATITUDE_DEG: Final = Meta(ge=-90, le=90)
HEIGHT_M: Final = Meta(ge=-1_000, le=100_000)
ACCURACY_M: Final = Meta(ge=0, le=100_000)
SPEED_MPS: Final = Meta(ge=0, le=1_000)
CLIMB_MPS: Final = Meta(ge=-500, le=500)
ANGLE_DEG: Final = Meta(ge=0, le=360)

_Longitude = Annotated[float, LONGITUDE_DEG]
_Latitude = Annotated[float, LATITUDE_DEG]
_Height = Annotated[float, HEIGHT_M]
_Accuracy = Annotated[float, ACCURACY_M]
_Speed = Annotated[float, SPEED_MPS]
_Climb = Annotated[float, CLIMB_MPS]
_Angle = Annotated[float, ANGLE_DEG]


class Wire(msgspec.Struct, gc=False, kw_only=True):
    """One report as it stands in the payload. Unknown members are skipped: makers add theirs."""

    schema_version: Literal[1]
    event_time: Annotated[datetime, Meta(tz=True)]
    device_id: str | None = None
    seq: Annotated[int, Meta(ge=0, le=MAX_SEQ)] | None = None
    boot_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    longitude: _Longitude | None = None
    latitude: _Latitude | None = None
    source_crs: Datum | None = None
    altitude_hae_m: _Height | None = None
    altitude_msl_m: _Height | None = None
    height_ato_m: _Height | None = None
    height_agl_m: _Height | None = None
    altitude_baro_m: _Height | None = None
    horizontal_accuracy_m: _Accuracy | None = None
    vertical_accuracy_m: _Accuracy | None = None
    satellites: Annotated[int, Meta(ge=0, le=255)] | None = None
    ground_speed_mps: _Speed | None = None
    vertical_speed_mps: _Climb | None = None
    track_deg: _Angle | None = None
    heading_deg: _Angle | None = None
    control_mode: ControlMode | None = None
    operational_status: OperationalStatus | None = None
    battery_percent: Annotated[float, Meta(ge=0, le=100)] | None = None


_CHOICES: Final = {
    "schema_version": "1, the only version there is",
    "source_crs": "one of " + ", ".join(Datum),
    "control_mode": "one of " + ", ".join(ControlMode),
    "operational_status": "one of " + ", ".join(OperationalStatus),
}

_MANY = msgspec.json.Decoder(Wire | Annotated[list[Wire], Meta(max_length=MAX_REPORTS)])
_RAW_ITEMS = msgspec.json.Decoder(Annotated[list[msgspec.Raw], Meta(max_length=MAX_REPORTS)])
_ONE = msgspec.json.Decoder(Wire)


class CanonicalCodec:
    """``zone/up/<device>/tele`` in the platform's own JSON."""

    name = "canonical"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return a report or a refusal for each object of the payload, in its order."""
        try:
            wire = _MANY.decode(frame.payload)
        except NOT_DECODED as error:
            return _one_by_one(frame.payload, unit, error)
        if isinstance(wire, list):
            return tuple(_outcome(item, unit) for item in wire)
        return (_outcome(wire, unit),)


def _one_by_one(payload: bytes, unit: Unit, error: Exception) -> tuple[Outcome, ...]:
    """Save the good reports of an array: one bad fix must not cost a replayed buffer."""
    try:
        items = _RAW_ITEMS.decode(payload)
    except NOT_DECODED:
        return (json_refusal(unit, payload, error, _CHOICES),)
    return tuple(_decode_one(bytes(item), unit) for item in items)


def _decode_one(payload: bytes, unit: Unit) -> Outcome:
    try:
        return _outcome(_ONE.decode(payload), unit)
    except NOT_DECODED as error:
        return json_refusal(unit, payload, error, _CHOICES)


def _outcome(wire: Wire, unit: Unit) -> Report | Refused:
    event_time_s = wire.event_time.timestamp()
    if (
        (wire.device_id is not None and wire.device_id != unit.device_id)
        or not EARLIEST_S <= event_time_s < LATEST_S
        or (wire.longitude is None) is not (wire.latitude is None)
        or not (wire.boot_id is None or _is_plain(wire.boot_id))
    ):
        return _refusal(wire, unit)
    return Report(
        device_id=unit.device_id,
        event_time_s=event_time_s,
        time_source=_DEVICE,
        boot_id=wire.boot_id,
        seq=wire.seq,
        longitude_deg=wire.longitude,
        latitude_deg=wire.latitude,
        source_datum=wire.source_crs or unit.datum,
        altitude_hae_m=wire.altitude_hae_m,
        altitude_msl_m=wire.altitude_msl_m,
        height_ato_m=wire.height_ato_m,
        height_agl_m=wire.height_agl_m,
        altitude_baro_m=wire.altitude_baro_m,
        horizontal_accuracy_m=wire.horizontal_accuracy_m,
        vertical_accuracy_m=wire.vertical_accuracy_m,
        satellites=wire.satellites,
        ground_speed_mps=wire.ground_speed_mps,
        vertical_speed_mps=wire.vertical_speed_mps,
        track_deg=wire.track_deg,
        heading_deg=wire.heading_deg,
        control_mode=wire.control_mode or _NO_MODE,
        operational_status=wire.operational_status or _NO_STATUS,
        battery_percent=wire.battery_percent,
    )


def _is_plain(boot_id: str) -> bool:
    """A boot id is stored and logged: printable ASCII, so no NUL and no line break."""
    return boot_id.isascii() and boot_id.isprintable()


def _refusal(wire: Wire, unit: Unit) -> Refused:
    """Say which of the rules that the types cannot express was broken."""
    if wire.device_id is not None and wire.device_id != unit.device_id:
        expected = f"device_id {unit.device_id!r} as in the topic"
        return refused(unit, RefusalReason.WRONG_DEVICE, repr(wire.device_id), expected)
    if not EARLIEST_S <= wire.event_time.timestamp() < LATEST_S:
        found = wire.event_time.isoformat()
        expected = "event_time: between the years 2000 and 2100"
        return refused(unit, RefusalReason.OUT_OF_RANGE, found, expected)
    if (wire.longitude is None) is not (wire.latitude is None):
        found = f"longitude {wire.longitude}, latitude {wire.latitude}"
        return refused(unit, RefusalReason.MALFORMED, found, "both or neither")
    expected = "boot_id: printable ASCII"
    return refused(unit, RefusalReason.MALFORMED, repr(wire.boot_id), expected)


CODEC = CanonicalCodec()
