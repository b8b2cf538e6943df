"""DJI Cloud API over MQTT: an aircraft's position, its state, and who is online.

From the maker's public documentation. The datum of a position is not stated there; it is what
the registration declares, WGS 84 unless said otherwise.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry import topics
from telemetry.codecs import dji_messages as messages
from telemetry.codecs.codec import Outcome, printable, refused
from telemetry.codecs.dji_time import event_time, no_time
from telemetry.codecs.json_errors import NOT_DECODED, json_refusal
from telemetry.report import (
    ControlMode,
    Frame,
    Notice,
    OperationalStatus,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

_Degrees180 = Annotated[float, Meta(ge=-180, le=180)]
_Height = Annotated[float, Meta(ge=-1_000, le=100_000)]
_Count = Annotated[int, Meta(ge=0, le=255)]


class PositionState(msgspec.Struct, gc=False):
    """How good the fix is. The numbers are grades, not metres."""

    is_fixed: int | None = None
    quality: int | None = None
    gps_number: _Count | None = None
    rtk_number: _Count | None = None


class Battery(msgspec.Struct, gc=False):
    """The aircraft's batteries together."""

    capacity_percent: Annotated[float, Meta(ge=0, le=100)] | None = None


class Osd(msgspec.Struct, gc=False, kw_only=True):
    """The members of ``data`` that are used; the others are skipped."""

    longitude: _Degrees180 | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    height: _Height | None = None
    elevation: _Height | None = None
    horizontal_speed: Annotated[float, Meta(ge=-1_000, le=1_000)] | None = None
    vertical_speed: Annotated[float, Meta(ge=-500, le=500)] | None = None
    attitude_head: Annotated[float, Meta(ge=-360, le=360)] | None = None
    mode_code: int | None = None
    battery: Battery | None = None
    position_state: PositionState | None = None
    cover_state: int | None = None
    drone_in_dock: int | None = None
    sub_device: dict[str, object] | None = None


class OsdEnvelope(msgspec.Struct, gc=False, kw_only=True):
    """The message around it; ``host`` is what the maker's own server calls ``data``."""

    data: Osd | None = None
    host: Osd | None = None
    timestamp: int | None = None
    sn: str | None = None


class SubDevice(msgspec.Struct, gc=False):
    """An aircraft that a gateway serves."""

    sn: Annotated[str, Meta(max_length=64)]


class Topology(msgspec.Struct, gc=False):
    """Which aircraft a gateway serves at this moment."""

    sub_devices: Annotated[list[SubDevice], Meta(max_length=100)]


class StatusEnvelope(msgspec.Struct, gc=False, kw_only=True):
    """``sys/product/<gateway>/status``."""

    method: str
    data: Topology
    timestamp: int | None = None


class StateEnvelope(msgspec.Struct, gc=False, kw_only=True):
    """``thing/product/<sn>/state``: whatever has changed."""

    data: dict[str, msgspec.Raw]
    timestamp: int | None = None


_OSD = msgspec.json.Decoder(OsdEnvelope)
_BARE_OSD = msgspec.json.Decoder(Osd)
_STATUS = msgspec.json.Decoder(StatusEnvelope)
_STATE = msgspec.json.Decoder(StateEnvelope)

_GROUND: Final = OperationalStatus.GROUND
_AIRBORNE: Final = OperationalStatus.AIRBORNE

MODES: Final = {
    0: (ControlMode.UNKNOWN, _GROUND),  # standby
    1: (ControlMode.UNKNOWN, _GROUND),  # preparing for take-off
    2: (ControlMode.UNKNOWN, _GROUND),  # ready for take-off
    3: (ControlMode.MANUAL, _AIRBORNE),
    4: (ControlMode.AUTONOMOUS, _AIRBORNE),  # automatic take-off
    5: (ControlMode.AUTONOMOUS, _AIRBORNE),  # along a route
    6: (ControlMode.AUTONOMOUS, _AIRBORNE),  # panorama
    7: (ControlMode.AUTONOMOUS, _AIRBORNE),  # tracking
    8: (ControlMode.AUTONOMOUS, _AIRBORNE),  # avoiding traffic heard by ADS-B
    9: (ControlMode.RETURN_HOME, _AIRBORNE),
    10: (ControlMode.LANDING, _AIRBORNE),
    11: (ControlMode.LANDING, OperationalStatus.EMERGENCY),  # forced landing
    12: (ControlMode.LANDING, OperationalStatus.EMERGENCY),  # landing on three propellers
    13: (ControlMode.UNKNOWN, _GROUND),  # firmware is being written
    14: (ControlMode.UNKNOWN, OperationalStatus.UNKNOWN),  # not connected
    15: (ControlMode.ASSISTED, _AIRBORNE),  # assisted obstacle avoidance
    16: (ControlMode.REMOTE, _AIRBORNE),  # virtual sticks
    17: (ControlMode.REMOTE, _AIRBORNE),  # flown from the cloud, live
    18: (ControlMode.AUTONOMOUS, _AIRBORNE),  # waiting in the air for an RTK fix
    19: (ControlMode.AUTONOMOUS, _AIRBORNE),  # hovering while a dock's site is chosen
}
"""``mode_code`` of an aircraft. One that is not here is unknown, never on the ground."""

_UNKNOWN_MODE: Final = (ControlMode.UNKNOWN, OperationalStatus.UNKNOWN)
_RTK_FIXED: Final = 2


class DjiCodec:
    """``thing/product/<sn>/osd`` and ``/state``, ``sys/product/<gateway>/status``, and a gateway's messages."""

    name = "dji"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return the fix, the change of state, or who came online or went offline."""
        topic = topics.parse(frame.topic)
        channel = None if topic is None else topic.channel
        try:
            if channel is topics.Channel.OSD:
                return (_osd(frame, unit),)
            if channel is topics.Channel.STATE:
                return (_state(frame, unit),)
            if channel is topics.Channel.STATUS:
                return (_status(frame, unit),)
            if channel in messages.CHANNELS:
                return (messages.outcome(channel, frame, unit),)
        except NOT_DECODED as error:
            return (json_refusal(unit, frame.payload, error),)
        expected = "a channel of thing/product/<sn> or sys/product/<sn>/status"
        return (refused(unit, RefusalReason.UNKNOWN_TOPIC, repr(frame.topic), expected),)


def _osd(frame: Frame, unit: Unit) -> Report | Notice | Refused:
    envelope = _OSD.decode(frame.payload)
    if envelope.sn is not None and envelope.sn != unit.device_id:
        expected = f"sn {unit.device_id!r} as in the topic"
        return refused(unit, RefusalReason.WRONG_DEVICE, repr(envelope.sn), expected)
    when = event_time(envelope.timestamp, frame.received_s)
    if when is None:
        return no_time(unit, envelope.timestamp)
    osd = envelope.data or envelope.host or _BARE_OSD.decode(frame.payload)
    if _is_dock(osd):
        # A dock's mode_code means other things; it stands still and has no permit.
        return _notice(unit, "state", when[0], "a dock")
    if _says_nothing_of_flight(osd):
        return _notice(unit, "state", when[0], "a part without position and mode")
    return _report(osd, when, unit)


def _is_dock(osd: Osd) -> bool:
    return (
        osd.cover_state is not None or osd.drone_in_dock is not None or osd.sub_device is not None
    )


def _says_nothing_of_flight(osd: Osd) -> bool:
    return (
        osd.longitude is None
        and osd.latitude is None
        and osd.height is None
        and osd.mode_code is None
    )


def _report(osd: Osd, when: tuple[float, TimeSource], unit: Unit) -> Report:
    placed = _has_fix(osd)
    mode, status = MODES.get(-1 if osd.mode_code is None else osd.mode_code, _UNKNOWN_MODE)
    return Report(
        device_id=unit.device_id,
        event_time_s=when[0],
        time_source=when[1],
        longitude_deg=osd.longitude if placed else None,
        latitude_deg=osd.latitude if placed else None,
        source_datum=unit.datum,
        altitude_hae_m=osd.height if placed else None,
        height_ato_m=osd.elevation,
        satellites=_satellites(osd.position_state),
        ground_speed_mps=None if osd.horizontal_speed is None else abs(osd.horizontal_speed),
        vertical_speed_mps=osd.vertical_speed,
        heading_deg=None if osd.attitude_head is None else osd.attitude_head % 360.0,
        control_mode=mode,
        operational_status=status,
        battery_percent=None if osd.battery is None else osd.battery.capacity_percent,
        codec="dji",
        quality_flags=_flags(osd, placed=placed),
    )


def _has_fix(osd: Osd) -> bool:
    """Whether the position is one: without a fix an aircraft sends 0, 0."""
    if osd.longitude is None or osd.latitude is None:
        return False
    if osd.longitude == 0.0 and osd.latitude == 0.0:
        return False
    state = osd.position_state
    return state is None or state.quality != 0 or _satellites(state) != 0


def _satellites(state: PositionState | None) -> int | None:
    """Return how many satellites the better of the two receivers uses."""
    if state is None:
        return None
    return max((n for n in (state.gps_number, state.rtk_number) if n is not None), default=None)


def _flags(osd: Osd, *, placed: bool) -> tuple[str, ...]:
    if not placed:
        return ("no_fix",)
    state = osd.position_state
    if state is not None and state.is_fixed is not None and state.is_fixed != _RTK_FIXED:
        # Not a missing position: aircraft that fly by plain GNSS never get past this.
        return ("rtk_not_fixed",)
    return ()


def _state(frame: Frame, unit: Unit) -> Notice | Refused:
    envelope = _STATE.decode(frame.payload)
    when = event_time(envelope.timestamp, frame.received_s)
    if when is None:
        return no_time(unit, envelope.timestamp)
    changed = ", ".join(sorted(envelope.data))
    return _notice(unit, "state", when[0], f"changed: {changed}")


def _status(frame: Frame, unit: Unit) -> Notice | Refused:
    envelope = _STATUS.decode(frame.payload)
    if envelope.method != "update_topo":
        expected = "method 'update_topo'"
        return refused(unit, RefusalReason.UNSUPPORTED, repr(envelope.method), expected)
    when = event_time(envelope.timestamp, frame.received_s)
    if when is None:
        return no_time(unit, envelope.timestamp)
    serials = [device.sn for device in envelope.data.sub_devices]
    if not serials:
        return _notice(unit, "offline", when[0], "no aircraft")
    return _notice(unit, "online", when[0], "aircraft: " + ", ".join(serials))


def _notice(unit: Unit, kind: str, event_time_s: float, detail: str) -> Notice:
    return Notice(
        device_id=unit.device_id, kind=kind, event_time_s=event_time_s, detail=printable(detail)
    )


CODEC = DjiCodec()
