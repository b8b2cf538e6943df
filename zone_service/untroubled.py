"""Devices that go on as they did: what broke nothing is not asked from the beginning at every fix. Pure.

Of a device that broke nothing at its last fix it is remembered what that followed from, and how far the rest may
change (``permits.allowance``). Whoever differs in nothing but that breaks nothing either; all others are asked
whole. Nothing of it need be kept: to forget it costs only the time to find it again.

It goes from one world to the next: a change concerns few, and to ask all others whole once more made the turns after
it twice as long.
"""

from typing import NamedTuple

import msgspec

from geofence.zone import Zone
from permits.allowance import Allowance
from permits.compliance import Grant
from permits.ruleset import RuleSet
from telemetry.report import ControlMode, OperationalStatus, Report
from zone_service.own_corridors import Strayed


class Basis(msgspec.Struct, frozen=True, gc=False):
    """What a fix with which nothing is wrong is judged by in one world, but for time, speed and height."""

    device: object
    """What is remembered of it, the very object: of one that was put back to what it was before a
    batch, and of another that was given its number, nothing is known."""
    inside: tuple[int, ...]
    unknown: tuple[int, ...]
    strayed: Strayed
    control_mode: ControlMode
    operational_status: OperationalStatus
    moving: bool | None

    def is_that_of(
        self, device: object, inside: tuple[int, ...], unknown: tuple[int, ...], strayed: Strayed,
        report: Report, moving_mps: float,
    ) -> bool:  # fmt: skip
        """Tell whether a fix of a device has the same; the device is, or is not, one object."""
        speed_mps = report.ground_speed_mps
        return (
            self.device is device
            and self.inside == inside
            and self.unknown == unknown
            and self.control_mode is report.control_mode
            and self.operational_status is report.operational_status
            and self.moving is (None if speed_mps is None else speed_mps >= moving_mps)
            and self.strayed == strayed
        )


class Law(NamedTuple):
    """What of a world such a fix is judged by; of another world these very objects, or it is another law."""

    subject: object
    grants: tuple[Grant, ...]
    rules: RuleSet
    zones: tuple[Zone, ...]
    """Those that it is in or may be in, in the order of the basis."""

    def is_that_of(self, other: "Law") -> bool:
        """Tell whether two are the same."""
        return (
            self.subject is other.subject
            and self.grants is other.grants
            and self.rules is other.rules
            and all(one is another for one, another in zip(self.zones, other.zones, strict=True))
        )


class Untroubled(msgspec.Struct, frozen=True, gc=False):
    """A device that broke nothing, and what that followed from."""

    basis: Basis
    allowance: Allowance
    law: Law
    world: object
    """What the world in which that was found goes by; it is not kept itself."""
