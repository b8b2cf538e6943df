"""What an autopilot's mode says of who flies: by the standard's flags, ArduPilot and PX4.

A mode that is not here is unknown: who drives is evidence, and a guess would be none.
"""

from typing import Final

from telemetry.report import ControlMode

_MANUAL: Final = ControlMode.MANUAL
_ASSISTED: Final = ControlMode.ASSISTED
_AUTONOMOUS: Final = ControlMode.AUTONOMOUS
_HOME: Final = ControlMode.RETURN_HOME
_LANDING: Final = ControlMode.LANDING

_CUSTOM: Final = 1
_AUTO: Final = 4
_GUIDED: Final = 8
_STABILIZED: Final = 16
_MANUAL_INPUT: Final = 64
_ARMED: Final = 128

_ARDUPILOT: Final = 3
_PX4: Final = 12

_COPTER: Final = {
    0: _MANUAL,  # stabilize
    1: _MANUAL,  # acro
    2: _ASSISTED,  # altitude hold
    3: _AUTONOMOUS,  # auto: along its mission
    4: _AUTONOMOUS,  # guided: to points that a ground station or a computer on board sets
    5: _ASSISTED,  # loiter
    6: _HOME,
    7: _AUTONOMOUS,  # circle
    9: _LANDING,
    11: _ASSISTED,  # drift
    13: _MANUAL,  # sport
    16: _ASSISTED,  # position hold
    19: _AUTONOMOUS,  # avoiding traffic heard by ADS-B
    20: _AUTONOMOUS,  # guided without GNSS
    21: _HOME,  # by the way that it came
    22: _ASSISTED,  # flow hold
    23: _AUTONOMOUS,  # follow
    27: _HOME,  # by its mission
}
_PLANE: Final = {
    0: _MANUAL,
    1: _AUTONOMOUS,  # circle
    2: _ASSISTED,  # stabilize: levels by itself
    3: _ASSISTED,  # training
    4: _MANUAL,  # acro
    5: _ASSISTED,  # fly by wire
    6: _ASSISTED,
    7: _ASSISTED,  # cruise
    10: _AUTONOMOUS,  # auto
    11: _HOME,
    12: _AUTONOMOUS,  # loiter
    13: _AUTONOMOUS,  # take-off
    14: _AUTONOMOUS,  # avoiding traffic heard by ADS-B
    15: _AUTONOMOUS,  # guided
    17: _ASSISTED,  # as a copter: stabilize
    18: _ASSISTED,  # hover
    19: _ASSISTED,  # loiter
    20: _LANDING,
    21: _HOME,
    26: _LANDING,
}
_ROVER: Final = {
    0: _MANUAL,
    1: _ASSISTED,  # acro: holds its rate of turn
    3: _ASSISTED,  # steering
    6: _AUTONOMOUS,  # follow
    7: _ASSISTED,  # simple
    9: _AUTONOMOUS,  # circle
    10: _AUTONOMOUS,  # auto
    11: _HOME,
    12: _HOME,
    15: _AUTONOMOUS,  # guided
}
_PX4_MAIN: Final = {
    1: _MANUAL,
    2: _ASSISTED,  # altitude
    3: _ASSISTED,  # position
    5: _MANUAL,  # acro
    6: _AUTONOMOUS,  # off board: by a computer beside the autopilot
    7: _MANUAL,  # stabilized
}
_PX4_AUTO: Final = 4
_PX4_AUTO_SUB: Final = {
    2: _AUTONOMOUS,  # take-off
    3: _AUTONOMOUS,  # loiter
    4: _AUTONOMOUS,  # mission
    5: _HOME,
    6: _LANDING,
    8: _AUTONOMOUS,  # follow
    9: _LANDING,  # on a mark
}

_ARDUPILOT_MODES: Final = (
    (frozenset({2, 3, 4, 13, 14, 15, 29, 35}), _COPTER),
    (frozenset({1, 19, 20, 21, 22, 23, 24, 25}), _PLANE),
    (frozenset({10, 11}), _ROVER),
)
"""By the kind of vehicle: the same number is another mode on another kind."""


def control_mode(vehicle: int, autopilot: int, base_mode: int, custom_mode: int) -> ControlMode:
    """Return who flies, by the four numbers of a heartbeat."""
    if not base_mode & _CUSTOM:
        return _by_flags(base_mode)
    if autopilot == _PX4:
        return _of_px4(custom_mode)
    if autopilot == _ARDUPILOT:
        modes = next((table for kinds, table in _ARDUPILOT_MODES if vehicle in kinds), {})
        return modes.get(custom_mode, ControlMode.UNKNOWN)
    return ControlMode.UNKNOWN


def _of_px4(custom_mode: int) -> ControlMode:
    main, sub = custom_mode >> 16 & 0xFF, custom_mode >> 24 & 0xFF
    if main == _PX4_AUTO:
        return _PX4_AUTO_SUB.get(sub, ControlMode.UNKNOWN)
    return _PX4_MAIN.get(main, ControlMode.UNKNOWN)


def _by_flags(base_mode: int) -> ControlMode:
    """The flags of the standard, for an autopilot that has no modes of its own."""
    if base_mode & (_AUTO | _GUIDED):
        return _AUTONOMOUS
    if base_mode & _MANUAL_INPUT:
        return _ASSISTED if base_mode & _STABILIZED else _MANUAL
    return ControlMode.UNKNOWN


def is_armed(base_mode: int) -> bool:
    """Whether the motors may turn: not yet that they do, nor that it flies."""
    return bool(base_mode & _ARMED)
