"""Why a violation began, and why it was over: a device did something, or others did, or time passed."""

from enum import StrEnum


class Cause(StrEnum):
    """What made a breach begin or end, as a violation tells it."""

    DEVICE_MOVED = "device_moved"
    """The device did: it moved, went faster, changed its mode, or said something else than before."""
    ZONE_CHANGED = "zone_changed"
    """A zone was published, edited or withdrawn where the device was."""
    PERMIT_CHANGED = "permit_changed"
    """Its permit was: granted, suspended, ended, or given other terms."""
    RULES_CHANGED = "rules_changed"
    """Other rules came into force."""
    REGISTER_CHANGED = "register_changed"
    """The device left the register."""
    TIME_PASSED = "time_passed"
    """Hours began or ended, something ran out, or nothing was heard."""
