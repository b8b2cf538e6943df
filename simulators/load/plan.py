"""Who publishes what, how often and for how long."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class ScriptedBreach:
    """From ``first_seq`` to ``last_seq``, both included, a device reports this place.

    Near its own place: a device that seems to jump farther than it can go is told by that.
    """

    device_id: str
    first_seq: int
    last_seq: int
    longitude_deg: float
    latitude_deg: float


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """Who publishes what, how often and for how long."""

    host: str
    port: int
    secrets: Mapping[str, str]
    """Secret by device id; every one of them connects."""
    rate_hz: float = 1.0
    """Messages a second of each device."""
    seconds: float = 10.0
    qos: int = 0
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Longitude and latitude by device id."""
    breaches: tuple[ScriptedBreach, ...] = ()
    height_agl_m: float | None = None
    """Said by all, where the devices are aircraft."""
    height_msl_m: float | None = None
    speed_mps: float = 5.0
    control_mode: str = "MANUAL"
    boot_id: str = "load"
    connects_per_s: float = 1_500.0
    hear_acknowledgements: bool = False
    """Whether devices listen to how far their reports are stored."""
    drain_s: float = 10.0
    """How long to wait at the end for acknowledgements that are still out."""


def plan_file(plan: LoadPlan) -> str:
    """Return what ``--plan`` reads: all of a plan that has no option of its own."""
    said = asdict(plan)
    for name in ("host", "port", "secrets", "rate_hz", "seconds", "qos"):
        del said[name]
    return json.dumps(said)
