"""The reports that an autopilot's positions make, with what else was said around them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import atan2, degrees, hypot, isfinite
from typing import Any, Final

from msgspec import structs

from telemetry.codecs import f3411
from telemetry.codecs.codec import EARLIEST_S, Outcome, is_time, refused
from telemetry.codecs.mavlink_frame import Kind
from telemetry.codecs.mavlink_modes import control_mode
from telemetry.codecs.remote_id import (
    HORIZONTAL_ACCURACY_M,
    IDENTIFICATION_FAILED,
    VERTICAL_ACCURACY_M,
    accuracy_m,
)
from telemetry.report import (
    ControlMode,
    OperationalStatus,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

_EMERGENCIES: Final = frozenset({6, 8})
"""The states of an emergency and of a flight that was ended."""
_LANDED_STATES: Final = {
    1: OperationalStatus.GROUND,
    2: OperationalStatus.AIRBORNE,
    3: OperationalStatus.AIRBORNE,
    4: OperationalStatus.AIRBORNE,
}
_FIXED_FROM: Final = 2
_NO_U16: Final = 0xFFFF
_NO_U8: Final = 0xFF
_TO_95_PERCENT: Final = 2.0
"""Autopilots fill in a standard deviation; the format gives no level."""
_NO_DIRECTION_CDEG: Final = 36_100
_NO_SPEED_CMPS: Final = 25_500
_NO_CLIMB_CMPS: Final = 6_300
_NO_ALTITUDE_M: Final = -1_000.0
_WORST_MM: Final = 50_000_000
"""A receiver that is 50 km off knows nothing; it fills the field up so."""

Context = Mapping[int, Any]
"""pymavlink's objects by the number of their kind."""


def unpacked(pack: Any) -> list[bytes]:
    """Return the broadcast's messages of 25 bytes out of OPEN_DRONE_ID_MESSAGE_PACK."""
    data, count = bytes(pack.messages), pack.msg_pack_size
    pieces = (data[at : at + f3411.SIZE] for at in range(0, count * f3411.SIZE, f3411.SIZE))
    return [piece for piece in pieces if len(piece) == f3411.SIZE]


def mode_of(context: Context) -> ControlMode:
    """Return who flies by the heartbeat, or UNKNOWN without one."""
    beat = context.get(Kind.HEARTBEAT)
    if beat is None:
        return ControlMode.UNKNOWN
    return control_mode(beat.type, beat.autopilot, beat.base_mode, beat.custom_mode)


def _status(context: Context) -> OperationalStatus:
    """An armed aircraft need not fly: only what says so puts it on the ground or in the air."""
    beat, landed, located = (
        context.get(kind) for kind in (Kind.HEARTBEAT, Kind.LANDED, Kind.ID_LOCATION)
    )
    identified = f3411.STATUSES.get(getattr(located, "status", 0), OperationalStatus.UNKNOWN)
    distress = beat is not None and beat.system_status in _EMERGENCIES
    if distress or identified is OperationalStatus.EMERGENCY:
        return OperationalStatus.EMERGENCY
    return _LANDED_STATES.get(getattr(landed, "landed_state", 0), identified)


def _of_position(
    said: Any, context: Context, received_s: float, unit: Unit
) -> Iterator[Report | Refused]:
    """GLOBAL_POSITION_INT: where the autopilot holds itself to be, by all its sensors."""
    gps = context.get(Kind.GPS_RAW)
    placed = (said.lat, said.lon) != (0, 0) and (gps is None or gps.fix_type >= _FIXED_FROM)
    at_s = _by_clock(said.time_boot_ms, context)
    wrong = _out_of_range(said.lat, said.lon, (said.alt, said.relative_alt), said.hdg, at_s)
    if wrong is not None:
        yield refused(unit, RefusalReason.OUT_OF_RANGE, *wrong)
        return
    moves = said.vx != 0 or said.vy != 0
    yield Report(
        device_id=unit.device_id,
        event_time_s=received_s if at_s is None else at_s,
        time_source=TimeSource.SERVER if at_s is None else TimeSource.DEVICE,
        longitude_deg=said.lon / 1e7 if placed else None,
        latitude_deg=said.lat / 1e7 if placed else None,
        altitude_msl_m=said.alt / 1e3 if placed else None,
        height_ato_m=said.relative_alt / 1e3,
        horizontal_accuracy_m=_accuracy_m(gps, "h_acc") if placed else None,
        vertical_accuracy_m=_accuracy_m(gps, "v_acc") if placed else None,
        satellites=_satellites(gps),
        ground_speed_mps=hypot(said.vx, said.vy) / 1e2,
        vertical_speed_mps=-said.vz / 1e2,
        track_deg=degrees(atan2(said.vy, said.vx)) % 360 if moves else None,
        heading_deg=None if said.hdg == _NO_U16 else said.hdg / 1e2,
        control_mode=mode_of(context),
        operational_status=_status(context),
        codec="mavlink",
        quality_flags=_flags(context, placed=placed, timed=at_s is not None),
    )


def _of_gps(
    said: Any, context: Context, received_s: float, unit: Unit
) -> Iterator[Report | Refused]:
    """GPS_RAW_INT where nothing better is: what the receiver alone says."""
    placed = (said.lat, said.lon) != (0, 0) and said.fix_type >= _FIXED_FROM
    by_gnss = said.time_usec / 1e6 >= EARLIEST_S
    at_s = said.time_usec / 1e6 if by_gnss else _by_clock(said.time_usec // 1_000, context)
    wrong = _out_of_range(said.lat, said.lon, (said.alt, said.alt_ellipsoid), said.cog, at_s)
    if wrong is not None:
        yield refused(unit, RefusalReason.OUT_OF_RANGE, *wrong)
        return
    source = TimeSource.GNSS if by_gnss else TimeSource.DEVICE
    yield Report(
        device_id=unit.device_id,
        event_time_s=received_s if at_s is None else at_s,
        time_source=TimeSource.SERVER if at_s is None else source,
        longitude_deg=said.lon / 1e7 if placed else None,
        latitude_deg=said.lat / 1e7 if placed else None,
        altitude_msl_m=said.alt / 1e3 if placed else None,
        altitude_hae_m=said.alt_ellipsoid / 1e3 if placed and said.alt_ellipsoid else None,
        horizontal_accuracy_m=_accuracy_m(said, "h_acc") if placed else None,
        vertical_accuracy_m=_accuracy_m(said, "v_acc") if placed else None,
        satellites=_satellites(said),
        ground_speed_mps=None if said.vel == _NO_U16 else said.vel / 1e2,
        track_deg=None if said.cog == _NO_U16 or not placed else said.cog / 1e2,
        control_mode=mode_of(context),
        operational_status=_status(context),
        codec="mavlink",
        quality_flags=_flags(context, placed=placed, timed=at_s is not None),
    )


def _of_identification(
    said: Any, context: Context, received_s: float, unit: Unit
) -> Iterator[Report | Refused]:
    """OPEN_DRONE_ID_LOCATION: what is broadcast of the aircraft."""
    second = _known(said.timestamp, float(_NO_U16))
    heights = [
        _known(height, _NO_ALTITUDE_M)
        for height in (said.altitude_barometric, said.altitude_geodetic, said.height)
    ]
    turned = _NO_U16 if said.direction == _NO_DIRECTION_CDEG else said.direction
    mm = tuple(0.0 if height is None else height * 1e3 for height in heights)
    wrong = _out_of_range(said.latitude, said.longitude, mm, turned, None)
    if wrong is None and second is not None and not 0 <= second <= f3411.HOUR_S:
        wrong = f"{second} s into the hour", f"0 to {f3411.HOUR_S}"
    if wrong is not None:
        yield refused(unit, RefusalReason.OUT_OF_RANGE, *wrong)
        return
    placed = (said.latitude, said.longitude) != (0, 0)
    speed, climb = said.speed_horizontal, said.speed_vertical
    location = f3411.Location(
        status=said.status,
        longitude_deg=said.longitude / 1e7 if placed else None,
        latitude_deg=said.latitude / 1e7 if placed else None,
        altitude_baro_m=heights[0],
        altitude_hae_m=heights[1],
        height_m=heights[2],
        above_ground=bool(said.height_reference),
        ground_speed_mps=None if speed == _NO_SPEED_CMPS else speed / 1e2,
        vertical_speed_mps=None if climb == _NO_CLIMB_CMPS else climb / 1e2,
        track_deg=None if turned == _NO_U16 else turned / 1e2,
        horizontal_accuracy_m=accuracy_m(HORIZONTAL_ACCURACY_M, said.horizontal_accuracy),
        vertical_accuracy_m=accuracy_m(VERTICAL_ACCURACY_M, said.vertical_accuracy),
        second_of_hour=second,
    )
    report = f3411.report(location, received_s, unit, identified=True)
    yield structs.replace(
        report,
        control_mode=mode_of(context),
        operational_status=_status(context),
        codec="mavlink",
    )


def _of_pack(said: Any, context: Context, received_s: float, unit: Unit) -> Iterator[Outcome]:
    """OPEN_DRONE_ID_MESSAGE_PACK: the broadcast's own messages, up to nine."""
    for outcome in f3411.outcomes(unpacked(said), received_s, unit):
        if isinstance(outcome, Report):
            mode = mode_of(context)
            yield structs.replace(outcome, control_mode=mode, codec="mavlink")
        else:
            yield outcome


SOURCES: Final[Mapping[int, Callable[[Any, Context, float, Unit], Iterator[Outcome]]]] = {
    Kind.POSITION: _of_position,
    Kind.ID_LOCATION: _of_identification,
    Kind.PACK: _of_pack,
    Kind.GPS_RAW: _of_gps,
}
"""What makes a report, the best first: a payload that has one needs none of those below."""


def _known(value: float, unknown: float) -> float | None:
    return value if isfinite(value) and value != unknown else None


def _out_of_range(
    lat: int, lon: int, heights_mm: Sequence[float], angle_cdeg: int, at_s: float | None
) -> tuple[str, str] | None:
    """Return what was found and what was expected where a value cannot be."""
    if abs(lat) > 900_000_000 or abs(lon) > 1_800_000_000:
        return f"latitude {lat}, longitude {lon} (1e-7 deg)", "at most 900000000 and 1800000000"
    for height_mm in heights_mm:
        if not -1_000_000 <= height_mm <= 100_000_000:
            return f"height {height_mm / 1e3} m", "-1000 to 100000"
    if 36_000 < angle_cdeg < _NO_U16:
        return f"angle {angle_cdeg} (0.01 deg)", "at most 36000"
    if at_s is not None and not is_time(at_s):
        return f"time {at_s} s", "between the years 2000 and 2100"
    return None


def _by_clock(since_boot_ms: int, context: Context) -> float | None:
    """Return Unix seconds of a moment since the start, by a SYSTEM_TIME of the same payload.

    Both count milliseconds in 32 bits, which are full after seven weeks.
    """
    clock = context.get(Kind.SYSTEM_TIME)
    if clock is None or clock.time_unix_usec == 0:
        return None
    later_ms = (since_boot_ms - clock.time_boot_ms + 2**31) % 2**32 - 2**31
    return float(clock.time_unix_usec / 1e6 + later_ms / 1e3)


def _accuracy_m(gps: Any, name: str) -> float | None:
    """Return 95 % of what the receiver says in millimetres; zero is a frame without that field."""
    deviation_mm = 0 if gps is None else getattr(gps, name)
    return deviation_mm / 1e3 * _TO_95_PERCENT if 0 < deviation_mm <= _WORST_MM else None


def _satellites(gps: Any) -> int | None:
    count = _NO_U8 if gps is None else gps.satellites_visible
    return None if count == _NO_U8 else int(count)


def _flags(context: Context, *, placed: bool, timed: bool) -> tuple[str, ...]:
    located = context.get(Kind.ID_LOCATION)
    flags = (
        ("no_fix", not placed),
        ("time_unknown", not timed),
        (IDENTIFICATION_FAILED, getattr(located, "status", 0) == f3411.FAILED),
    )
    return tuple(flag for flag, holds in flags if holds)
