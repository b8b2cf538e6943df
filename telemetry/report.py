"""What a unit said at one moment, in the platform's own words, whatever format it came in."""

from enum import StrEnum

import msgspec

from telemetry.self_check import SelfCheck


class Domain(StrEnum):
    """Where a device moves."""

    ROAD = "road"
    AIR = "air"
    WATER = "water"


class Datum(StrEnum):
    """The datum of a position as sent; CGCS2000 counts as equal to WGS 84."""

    WGS84 = "WGS84"
    CGCS2000 = "CGCS2000"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


class TimeSource(StrEnum):
    """Whose clock the event time is from."""

    GNSS = "gnss"
    DEVICE = "device"
    SERVER = "server"


class ControlMode(StrEnum):
    """Who or what drives."""

    MANUAL = "MANUAL"
    ASSISTED = "ASSISTED"
    AUTONOMOUS = "AUTONOMOUS"
    REMOTE = "REMOTE"
    CLOUD_ASSISTED = "CLOUD_ASSISTED"
    DISENGAGED = "DISENGAGED"
    RETURN_HOME = "RETURN_HOME"
    LANDING = "LANDING"
    UNKNOWN = "UNKNOWN"


class OperationalStatus(StrEnum):
    """Whether an aircraft is on the ground, flying or in distress; UNKNOWN for all else."""

    GROUND = "GROUND"
    AIRBORNE = "AIRBORNE"
    EMERGENCY = "EMERGENCY"
    UNKNOWN = "UNKNOWN"


class Report(msgspec.Struct, frozen=True, gc=False, kw_only=True, array_like=True):
    """One fix of one device.

    ``None`` means unknown, never zero and never a sentinel. A position is either whole or
    absent: ``longitude_deg`` and ``latitude_deg`` are both numbers or both ``None``. Heights
    keep their reference in the name and are never converted into each other here.

    A ``msgspec.Struct`` and not a dataclass: it is what the decoder makes, some hundred
    thousand times a minute. Packed as an array: the names of its fields would be three quarters
    of a checkpoint.
    """

    device_id: str
    event_time_s: float
    """Unix time, UTC, by ``time_source``."""
    time_source: TimeSource = TimeSource.DEVICE
    boot_id: str | None = None
    """Changes when the unit restarts; sequence numbers count within it."""
    seq: int | None = None
    longitude_deg: float | None = None
    latitude_deg: float | None = None
    source_datum: Datum = Datum.WGS84
    """The datum of the two numbers above."""
    altitude_hae_m: float | None = None
    """Above the WGS 84 ellipsoid."""
    altitude_msl_m: float | None = None
    height_ato_m: float | None = None
    """Above the take-off point, which need not be the ground below."""
    height_agl_m: float | None = None
    """Above the ground below: true height."""
    altitude_baro_m: float | None = None
    horizontal_accuracy_m: float | None = None
    vertical_accuracy_m: float | None = None
    satellites: int | None = None
    ground_speed_mps: float | None = None
    vertical_speed_mps: float | None = None
    """Up is positive."""
    track_deg: float | None = None
    """Course over ground, clockwise from true north, 0 to 360."""
    heading_deg: float | None = None
    """Where the nose points; not the track."""
    control_mode: ControlMode = ControlMode.UNKNOWN
    operational_status: OperationalStatus = OperationalStatus.UNKNOWN
    battery_percent: float | None = None
    codec: str = "canonical"
    quality_flags: tuple[str, ...] = ()
    serial: int | None = None
    """Of the message, 0 to 65535: a counter that wraps and counts other messages too."""


class Notice(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Something a device said that is not a fix: it came online, its state changed."""

    device_id: str
    kind: str
    """``online``, ``offline``, ``state``, ``heartbeat``, ``registration``, ``authentication``,
    ``event``, ``request``, ``ack``; or by the maker's own name what somebody answers, such as
    ``flight_areas_get``."""
    event_time_s: float | None = None
    detail: str = ""
    """For people; never parsed."""
    self_check: SelfCheck | None = None
    """Where it is one that says what the platform reads."""
    serial: int | None = None
    """Of the message, as that of a report."""


class RefusalReason(StrEnum):
    """Why a message was not taken. Every refusal is counted and kept under one of these."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    BAD_CHECKSUM = "bad_checksum"
    OUT_OF_RANGE = "out_of_range"
    AXES_SWAPPED = "axes_swapped"
    """In the service area only with longitude and latitude exchanged."""
    WRONG_DEVICE = "wrong_device"
    WRONG_DATUM = "wrong_datum"
    """A unit says of its positions another datum than it is registered with: half a kilometre lies
    between two of them."""
    UNKNOWN_DEVICE = "unknown_device"
    REVOKED_DEVICE = "revoked_device"
    UNKNOWN_TOPIC = "unknown_topic"
    FORBIDDEN_TOPIC = "forbidden_topic"
    """Said on a topic that is not the sender's: the broker denied it, and said so in its log."""
    UNSUPPORTED = "unsupported"
    RETAINED = "retained"
    INTERNAL_ERROR = "internal_error"
    """The platform failed on it: not its sender's fault."""


class Refused(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A message that was not taken: a value, since a device may send anything."""

    reason: RefusalReason
    detail: str
    """Names the value that was found and what was expected."""
    device_id: str | None = None
    serial: int | None = None
    """Of the message, as that of a report: it counts among the others whatever it says."""


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One message as it came from the broker."""

    topic: str
    payload: bytes
    received_s: float
    """Unix time at which the service read it."""
    qos: int = 0
    mid: int = 0
    """The packet id in the low 16 bits, and above them the number of the connection it came by."""
    retained: bool = False


class Unit(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What the registry knows of a device that its codec needs."""

    device_id: str
    codec: str = "canonical"
    wire_id: str | None = None
    """The id inside its payloads where that is not the device id: a JT/T 808 phone number, a VIN."""
    datum: Datum = Datum.WGS84
    """For formats that do not say: what the registration declares."""
    active: bool = True
    """False once it was taken out of service or its credential was withdrawn."""
