"""What a message of T/CSAE 295.2 says, whether it came as JSON or as a frame."""

from dataclasses import dataclass
from typing import Final

from telemetry.codecs.codec import is_time, refused
from telemetry.report import (
    ControlMode,
    Datum,
    Frame,
    Notice,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

STATE: Final = 0x15
REGISTRATION: Final = 0x34
HEARTBEATS: Final = frozenset({0x0C, 0x0D})

GCJ02: Final = 0
USER_DEFINED: Final = 1
"""The two coordinate types of a registration: the state's shifted one, or another agreed upon."""

MODES: Final = {
    1: ControlMode.MANUAL,
    2: ControlMode.AUTONOMOUS,
    3: ControlMode.ASSISTED,  # by hand, with the cloud's support
    4: ControlMode.CLOUD_ASSISTED,  # by itself, with the cloud's support
    5: ControlMode.MANUAL,  # not from the driver's seat
    6: ControlMode.DISENGAGED,  # taken over from the automated system
}
"""``driveMode``. One that is not here is unknown."""

DISPUTED: Final = frozenset({7, 8})
"""One public source has 7 for none and 8 for remote, another the other way round."""

FASTEST_MPS: Final = 1_000.0
_NO_TIME: Final = frozenset({0, 2**64 - 1, 2**63 - 1})


@dataclass(frozen=True, slots=True)
class State:
    """A vehicle's state, what is absent already unknown."""

    vehicle_id: str
    fixed_ms: int | None
    """Unix milliseconds of the fix, by GNSS."""
    sent_ms: int | None
    """Unix milliseconds at which the message was made, by the unit's clock."""
    longitude_deg: float | None
    latitude_deg: float | None
    speed_mps: float | None
    heading_deg: float | None
    drive_mode: int | None


@dataclass(frozen=True, slots=True)
class Registration:
    """What a unit says of itself when it connects."""

    vehicle_id: str
    sent_ms: int | None
    coordinate_type: int | None


def heartbeat(vehicle_id: str | None, sent_ms: int | None, unit: Unit) -> Notice | Refused:
    """Return the notice; a heartbeat names its vehicle in the JSON of some republishers only."""
    if vehicle_id is not None and (refusal := _of_another(vehicle_id, unit)):
        return refusal
    return Notice(device_id=unit.device_id, kind="heartbeat", event_time_s=_unix_s(sent_ms))


def registered(said: Registration, unit: Unit) -> Notice | Refused:
    """Return the notice of a registration, or its refusal where it contradicts our own register.

    Whoever sends shifted positions under the name of plain ones is half a kilometre from where it
    says, and nothing in its later messages would show it.
    """
    refusal = _of_another(said.vehicle_id, unit)
    if refusal is not None:
        return refusal
    shifted = unit.datum is Datum.GCJ02
    if (said.coordinate_type == GCJ02 and not shifted) or (
        said.coordinate_type == USER_DEFINED and shifted
    ):
        told = "0, which is GCJ02" if said.coordinate_type == GCJ02 else "1, which is not GCJ02"
        expected = f"that of the datum {unit.datum.value} it is registered with here"
        return refused(unit, RefusalReason.WRONG_DATUM, f"coordinate type {told}", expected)
    return Notice(
        device_id=unit.device_id,
        kind="registration",
        event_time_s=_unix_s(said.sent_ms),
        detail=f"coordinate type {said.coordinate_type}, registered here as {unit.datum.value}",
    )


def reported(said: State, frame: Frame, unit: Unit) -> Report | Refused:
    """Return the report of a state, or why it is none."""
    refusal = _of_another(said.vehicle_id, unit)
    if refusal is not None:
        return refusal
    when = _when(said, frame.received_s)
    if when is None:
        found = f"timestampGNSS {said.fixed_ms}, timestamp {said.sent_ms}"
        expected = "Unix milliseconds in the years 2000 to 2099"
        return refused(unit, RefusalReason.OUT_OF_RANGE, found, expected)
    out = _out_of_range(said)
    if out is not None:
        return refused(unit, RefusalReason.OUT_OF_RANGE, *out)
    return _report(said, when, unit)


def _report(said: State, when: tuple[float, TimeSource], unit: Unit) -> Report:
    placed = _is_placed(said)
    mode = MODES.get(-1 if said.drive_mode is None else said.drive_mode, ControlMode.UNKNOWN)
    return Report(
        device_id=unit.device_id,
        event_time_s=when[0],
        time_source=when[1],
        longitude_deg=said.longitude_deg if placed else None,
        latitude_deg=said.latitude_deg if placed else None,
        source_datum=unit.datum,
        ground_speed_mps=said.speed_mps,
        heading_deg=None if said.heading_deg is None else said.heading_deg % 360.0,
        control_mode=mode,
        codec="csae295",
        quality_flags=tuple(_flags(said, when[1], placed=placed)),
    )


def _of_another(vehicle_id: str, unit: Unit) -> Refused | None:
    expected = unit.wire_id or unit.device_id
    found = vehicle_id.rstrip("\0 ")
    if found == expected:
        return None
    return refused(
        unit, RefusalReason.WRONG_DEVICE, repr(found), f"vehicleId {expected!r} as registered"
    )


def _unix_s(milliseconds: int | None) -> float | None:
    """Return Unix seconds, or None where it is no time: for what is only told."""
    if milliseconds is None or not 0 < milliseconds < 2**53:
        return None
    at_s = milliseconds / 1e3
    return at_s if is_time(at_s) else None


def _when(said: State, received_s: float) -> tuple[float, TimeSource] | None:
    """Return the time of the fix, or else of the message, or else of receipt; None where it is none."""
    for milliseconds, source in (
        (said.fixed_ms, TimeSource.GNSS),
        (said.sent_ms, TimeSource.DEVICE),
    ):
        if milliseconds is not None and milliseconds not in _NO_TIME:
            at_s = _unix_s(milliseconds)
            return None if at_s is None else (at_s, source)
    return received_s, TimeSource.SERVER


def _is_placed(said: State) -> bool:
    """Whether there is a position: zeros on the wire are the corner of the map, or its middle."""
    return (
        said.longitude_deg is not None
        and said.latitude_deg is not None
        and (said.longitude_deg, said.latitude_deg) not in {(0.0, 0.0), (-180.0, -90.0)}
    )


def _out_of_range(said: State) -> tuple[str, str] | None:
    """Return what was found and what was expected, where a known value cannot be."""
    if _is_placed(said) and not (
        abs(said.longitude_deg or 0.0) <= 180 and abs(said.latitude_deg or 0.0) <= 90
    ):
        found = f"longitude {said.longitude_deg}, latitude {said.latitude_deg}"
        return found, "within 180 and 90 degrees"
    if said.heading_deg is not None and not 0 <= said.heading_deg <= 360:
        return f"heading {said.heading_deg}", "0 to 360 degrees"
    if said.speed_mps is not None and not 0 <= said.speed_mps <= FASTEST_MPS:
        return f"a speed of {said.speed_mps} m/s", f"0 to {FASTEST_MPS}"
    return None


def _flags(said: State, source: TimeSource, *, placed: bool) -> list[str]:
    flags = [] if placed else ["no_fix"]
    if said.drive_mode in DISPUTED:
        flags.append("drive_mode_disputed")
    if source is TimeSource.SERVER:
        flags.append("time_unknown")
    return flags
