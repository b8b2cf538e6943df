"""What a unit puts on the wire: one report as canonical JSON, DJI OSD or a JT/T 808 frame."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from telemetry import topics
from telemetry.codecs.jt808 import encode_location
from telemetry.report import ControlMode, OperationalStatus, Report

DJI_MODES = {
    ControlMode.MANUAL: 3,
    ControlMode.AUTONOMOUS: 5,
    ControlMode.RETURN_HOME: 9,
    ControlMode.LANDING: 10,
    ControlMode.REMOTE: 16,
}
DJI_STANDBY = 0
RTK_FIXED = 2


@dataclass(frozen=True, slots=True)
class Message:
    """What is published where."""

    topic: str
    payload: bytes
    event_time_s: float
    """The event time as a decoder will read it, after what rounding the format does."""


def rfc3339(unix_s: float) -> str:
    """Return a moment as UTC with milliseconds."""
    at = datetime.fromtimestamp(unix_s, UTC)
    return at.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _rounded_ms(unix_s: float) -> float:
    return round(unix_s * 1000.0) / 1000.0


def canonical(report: Report) -> Message:
    """Return a report in the platform's own JSON; what is unknown is left out."""
    at_s = _rounded_ms(report.event_time_s)
    said = {
        "schema_version": 1,
        "seq": report.seq,
        "boot_id": report.boot_id,
        "event_time": rfc3339(at_s),
        "longitude": _rounded(report.longitude_deg, 7),
        "latitude": _rounded(report.latitude_deg, 7),
        "source_crs": report.source_datum.value,
        "altitude_hae_m": _rounded(report.altitude_hae_m, 2),
        "altitude_msl_m": _rounded(report.altitude_msl_m, 2),
        "height_ato_m": _rounded(report.height_ato_m, 2),
        "height_agl_m": _rounded(report.height_agl_m, 2),
        "horizontal_accuracy_m": report.horizontal_accuracy_m,
        "vertical_accuracy_m": report.vertical_accuracy_m,
        "satellites": report.satellites,
        "ground_speed_mps": _rounded(report.ground_speed_mps, 3),
        "vertical_speed_mps": _rounded(report.vertical_speed_mps, 3),
        "track_deg": _rounded(report.track_deg, 2),
        "heading_deg": _rounded(report.heading_deg, 2),
        "control_mode": report.control_mode.value,
        "operational_status": report.operational_status.value,
        "battery_percent": _rounded(report.battery_percent, 1),
    }
    payload = json.dumps(
        {name: value for name, value in said.items() if value is not None},
        separators=(",", ":"),
        allow_nan=False,
    ).encode()
    return Message(topics.tele(report.device_id), payload, at_s)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def dji_osd(report: Report) -> Message:
    """Return a report as an aircraft's OSD in its envelope; its height is the ellipsoid's.

    Raises:
        ValueError: the report has no position or no ellipsoidal height, which OSD always has.
    """
    if report.longitude_deg is None or report.latitude_deg is None:
        message = f"{report.device_id}: an OSD needs a position"
        raise ValueError(message)
    if report.altitude_hae_m is None:
        message = f"{report.device_id}: an OSD needs a height above the ellipsoid"
        raise ValueError(message)
    airborne = report.operational_status is OperationalStatus.AIRBORNE
    head_deg = report.heading_deg or 0.0
    data = {
        "longitude": round(report.longitude_deg, 9),
        "latitude": round(report.latitude_deg, 9),
        "height": round(report.altitude_hae_m, 3),
        "elevation": round(report.height_ato_m or 0.0, 1),
        "horizontal_speed": round(report.ground_speed_mps or 0.0, 2),
        "vertical_speed": round(report.vertical_speed_mps or 0.0, 2),
        "attitude_head": round(head_deg if head_deg <= 180.0 else head_deg - 360.0, 1),
        "mode_code": DJI_MODES.get(report.control_mode, 3) if airborne else DJI_STANDBY,
        "battery": {"capacity_percent": round(report.battery_percent or 0.0)},
        "position_state": {"is_fixed": RTK_FIXED, "quality": 5, "gps_number": 24},
    }
    return dji_message(report.device_id, data, report.event_time_s)


def dji_message(serial: str, data: dict[str, object], event_time_s: float) -> Message:
    """Put the data of an OSD into its envelope."""
    at_ms = round(event_time_s * 1000.0)
    envelope = {
        "tid": f"{serial}-{at_ms}",
        "bid": f"{serial}-{at_ms}",
        "timestamp": at_ms,
        "gateway": serial,
        "data": data,
    }
    payload = json.dumps(envelope, separators=(",", ":"), allow_nan=False).encode()
    return Message(topics.dji_osd(serial), payload, at_ms / 1000.0)


def jt808(report: Report, phone: str) -> Message:
    """Return a report as a JT/T 808 location frame of the terminal ``phone``.

    The format keeps whole seconds, 1e-6 degrees and no control mode. Without a position the
    frame says that there is no fix.
    """
    at_s = float(int(report.event_time_s))
    fixed = report.longitude_deg is not None and report.latitude_deg is not None
    frame = encode_location(
        phone,
        at_s,
        report.longitude_deg or 0.0,
        report.latitude_deg or 0.0,
        altitude_msl_m=max(0.0, report.altitude_msl_m or 0.0),
        ground_speed_mps=report.ground_speed_mps or 0.0,
        track_deg=report.track_deg or 0.0,
        satellites=report.satellites,
        serial=(report.seq or 0) % 65_536,
        fixed=fixed,
    )
    return Message(topics.tele(report.device_id), frame, at_s)


def message(report: Report, codec: str, wire_id: str | None) -> Message:
    """Return a report in the format that its unit is registered with.

    Raises:
        ValueError: no unit here speaks ``codec``.
    """
    match codec:
        case "canonical":
            return canonical(report)
        case "dji":
            return dji_osd(report)
        case "jt808":
            return jt808(report, wire_id or report.device_id)
        case _:
            text = f"codec {codec!r}: expected canonical, dji or jt808"
            raise ValueError(text)
