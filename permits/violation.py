"""The catalogue of violations, and how grave each can be."""

from enum import StrEnum


class Severity(StrEnum):
    """How grave a violation is, gravest first."""

    CRITICAL = "critical"
    HIGH = "high"
    MAJOR = "major"
    MINOR = "minor"
    WARNING = "warning"


class ViolationCode(StrEnum):
    """What may be broken. The codes of ``LATER`` are named and not yet raised."""

    KEEP_OUT_BREACH = "KEEP_OUT_BREACH"
    """Inside a keep-out zone, or its height there is unknown."""
    AUTO_OUTSIDE_AUTHORISED = "AUTO_OUTSIDE_AUTHORISED"
    """A road vehicle moves in an automated mode outside all it was authorised for."""
    KEEP_IN_EXIT = "KEEP_IN_EXIT"
    """Left the zones of its permit in another way than the one above."""
    CONTROL_MODE_NOT_PERMITTED = "CONTROL_MODE_NOT_PERMITTED"
    """Driven in a mode its permit does not have, or automated on a transfer segment (转场路段)."""
    OUTSIDE_TIME_WINDOW = "OUTSIDE_TIME_WINDOW"
    """Under way outside the hours of its permit."""
    OVERSPEED = "OVERSPEED"
    """Faster than the strictest limit that holds for it."""
    PERMIT_EXPIRED = "PERMIT_EXPIRED"
    """Under way with no permission in force: expired, not begun, suspended, ended, or none."""
    PLATE_EXPIRED_RUN = "PLATE_EXPIRED_RUN"
    """Under way under a permit in force while its temporary plate is not valid: not yet, or no more."""
    TELEMETRY_SILENCE = "TELEMETRY_SILENCE"
    """On task and not heard for too long."""
    MISSING_MANDATORY_FIELD = "MISSING_MANDATORY_FIELD"
    """Something without which a rule cannot be judged is not said."""
    CLOCK_SKEW = "CLOCK_SKEW"
    """The device's clock and the service's differ by too much."""
    IMPOSSIBLE_JUMP = "IMPOSSIBLE_JUMP"
    """Farther from its last place than its class can go."""
    REPLAYED_SEQUENCE = "REPLAYED_SEQUENCE"
    """A sequence number came again with something else to say."""
    UNREGISTERED_DEVICE = "UNREGISTERED_DEVICE"
    """An unknown or withdrawn identity, or one device in another's name."""
    ALTITUDE_OVER_LIMIT = "ALTITUDE_OVER_LIMIT"
    """Above the approved top, or the general limit where none was approved (真高)."""
    NO_TAKEOFF_CONFIRMATION = "NO_TAKEOFF_CONFIRMATION"
    """In the air and no take-off was confirmed (起飞前报告并经确认)."""
    SEPARATION_LOSS = "SEPARATION_LOSS"
    """Two aircraft closer than both minima, or head-on in one corridor."""
    ROUTE_DEVIATION = "ROUTE_DEVIATION"
    """Left the corridor that its permit has of its own."""
    PEAK_HOUR_RUN = "PEAK_HOUR_RUN"
    """A low-speed device is under way in hours in which the rules forbid it (高峰禁行)."""

    INSURANCE_LAPSED = "INSURANCE_LAPSED"
    REMOTE_ID_FAIL = "REMOTE_ID_FAIL"
    CAPACITY_EXCEEDED = "CAPACITY_EXCEEDED"
    CROWD_OVERFLIGHT = "CROWD_OVERFLIGHT"
    SWARM_WITHOUT_APPROVAL = "SWARM_WITHOUT_APPROVAL"
    DROP = "DROP"
    OFFICER_ABSENT = "OFFICER_ABSENT"
    OFFICER_LEFT = "OFFICER_LEFT"
    HARSH_SPEED = "HARSH_SPEED"
    HARSH_ACCEL = "HARSH_ACCEL"
    LONG_STOP = "LONG_STOP"
    REVERSE_LOWSPEED = "REVERSE_LOWSPEED"
    SENSOR_FAULT = "SENSOR_FAULT"
    COLLISION_SUSPECT = "COLLISION_SUSPECT"
    UNAUTHORISED_SW_CHANGE = "UNAUTHORISED_SW_CHANGE"
    AIS_OFF = "AIS_OFF"
    NO_GO_WATER = "NO_GO_WATER"
    COLREG_DISTANCE = "COLREG_DISTANCE"


LATER = frozenset(
    {
        ViolationCode.INSURANCE_LAPSED,
        ViolationCode.REMOTE_ID_FAIL,
        ViolationCode.CAPACITY_EXCEEDED,
        ViolationCode.CROWD_OVERFLIGHT,
        ViolationCode.SWARM_WITHOUT_APPROVAL,
        ViolationCode.DROP,
        ViolationCode.OFFICER_ABSENT,
        ViolationCode.OFFICER_LEFT,
        ViolationCode.HARSH_SPEED,
        ViolationCode.HARSH_ACCEL,
        ViolationCode.LONG_STOP,
        ViolationCode.REVERSE_LOWSPEED,
        ViolationCode.SENSOR_FAULT,
        ViolationCode.COLLISION_SUSPECT,
        ViolationCode.UNAUTHORISED_SW_CHANGE,
        ViolationCode.AIS_OFF,
        ViolationCode.NO_GO_WATER,
        ViolationCode.COLREG_DISTANCE,
    }
)
"""Codes of the catalogue that need data which the platform does not hold yet."""

RAISED = frozenset(ViolationCode) - LATER
