"""A play of simulated units as data: who takes part, may do what, does what, and is to be caught.

The breaches that are expected must be reported, and no others.
Times count in seconds from the moment at which the player starts.
"""

from dataclasses import dataclass
from datetime import time

from simulators.faults import Fault, Noise
from simulators.fleet import Limits
from simulators.routes import Route
from telemetry.report import ControlMode, Domain

GROUND_AMSL_M = 4.0
"""The ground of every play, everywhere: Shanghai is flat."""
GEOID_HAE_M = 11.0
"""Mean sea level above the ellipsoid, everywhere."""
RTK = Noise(sigma_m=0.3)
"""A receiver with corrections, in a city."""


@dataclass(frozen=True, slots=True)
class Operator:
    """An organisation that has devices."""

    organisation_id: str
    name: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class DemoDevice:
    """A device as it is registered."""

    device_id: str
    organisation_id: str
    domain: Domain
    codec: str
    label: str
    wire_id: str | None = None


@dataclass(frozen=True, slots=True)
class PermitPlan:
    """A permit to issue before the play begins. ``hours`` are local, start and end."""

    number: str
    kind: str
    organisation_id: str
    device_ids: tuple[str, ...]
    zone_ids: tuple[str, ...]
    hours: tuple[tuple[time, time], ...] = ()
    max_speed_mps: float | None = None
    max_height_agl_m: float | None = None
    control_modes: tuple[str, ...] = ()
    driver: str = ""
    """Who is responsible aboard or at the controls, in words."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one simulated unit does."""

    device_id: str
    route: Route
    limits: Limits
    rate_hz: float
    control_mode: ControlMode
    start_m: float | None = None
    """How far along its route it starts; ``None`` leaves it to chance."""
    faults: tuple[Fault, ...] = (RTK,)
    """What goes wrong with what it says, in this order; without noise it states no accuracy."""


@dataclass(frozen=True, slots=True)
class RecordedPart:
    """A unit that plays recorded payloads, from one place inside its permit's zones."""

    device_id: str
    longitude_deg: float
    latitude_deg: float


@dataclass(frozen=True, slots=True)
class ExpectedBreach:
    """A breach that must be reported once, at the latest so long after the start."""

    code: str
    device_id: str
    zone_id: str | None
    """``None`` where the breach has no zone."""
    latest_s: float
    again_after_s: float | None = None
    """Where the part goes round: from so long after a report of it the next one may come."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole play."""

    operators: tuple[Operator, ...]
    devices: tuple[DemoDevice, ...]
    permits: tuple[PermitPlan, ...]
    parts: tuple[Part, ...]
    recorded: tuple[RecordedPart, ...]
    expected: tuple[ExpectedBreach, ...]

    def device(self, device_id: str) -> DemoDevice:
        """Return a device by its id. Raises ``KeyError`` for one that takes no part."""
        for device in self.devices:
            if device.device_id == device_id:
                return device
        raise KeyError(device_id)
