"""A fleet that moves as vehicles, aircraft and vessels may: vectorised, seeded, pure.

One model serves the three domains, with other limits. A mover goes for its next waypoint:
its speed changes by at most its acceleration, its height by at most its climb rate, its nose
by at most its turn rate. A road vehicle has no turn rate: it follows the legs exactly, slowly
through sharp bends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulators.routes import Floats, Route

CREEP_MPS = 1.0
"""The speed through a hairpin; at none a mover would never arrive."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a mover is capable of; infinite turn rate follows the route's legs exactly."""

    cruise_mps: float
    acceleration_mps2: float
    climb_mps: float = 0.0
    turn_dps: float = np.inf


ROAD_VEHICLE = Limits(cruise_mps=10.0, acceleration_mps2=2.0)
MULTICOPTER = Limits(cruise_mps=8.0, acceleration_mps2=3.0, climb_mps=4.0)
VESSEL = Limits(cruise_mps=3.0, acceleration_mps2=0.2, turn_dps=6.0)


@dataclass(frozen=True, slots=True)
class Mover:
    """One of the fleet: its route, its limits, and how far along the first round it starts."""

    route: Route
    limits: Limits
    start_m: float | None = None
    """``None`` leaves the start to chance."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The state of n movers, each in the frame of its route.

    ``position_m`` has shape (n, 3): metres east, north and above ground; ``heading_deg`` counts
    clockwise from north, 0 to 360. ``waypoints_m`` has shape (n, k, 3), padded; of row i the
    first ``waypoint_count[i]`` are real, and ``target[i]`` is the one it goes for.
    """

    position_m: Floats
    speed_mps: Floats
    climb_mps: Floats
    heading_deg: Floats
    target: NDArray[np.intp]
    waypoints_m: Floats
    corner_mps: Floats
    """The most speed at each waypoint, for the sake of the bend there."""
    waypoint_count: NDArray[np.intp]
    cruise_mps: Floats
    acceleration_mps2: Floats
    climb_limit_mps: Floats
    turn_limit_dps: Floats
    origin_deg: Floats
    metres_per_deg: Floats

    def __len__(self) -> int:
        """Return how many movers there are."""
        return len(self.speed_mps)

    def positions_deg(self) -> Floats:
        """Return (n, 2) longitudes and latitudes."""
        return self.position_m[:, :2] / self.metres_per_deg + self.origin_deg


def make_fleet(movers: Sequence[Mover], chance: np.random.Generator) -> Fleet:
    """Return the movers at rest at their starts."""
    count = np.array([len(mover.route.waypoints_m) for mover in movers], dtype=np.intp)
    waypoints = np.zeros((len(movers), int(count.max(initial=2)), 3))
    corners = np.zeros(waypoints.shape[:2])
    position = np.zeros((len(movers), 3))
    target = np.zeros(len(movers), dtype=np.intp)
    for row, mover in enumerate(movers):
        waypoints[row, : count[row]] = mover.route.waypoints_m
        corners[row, : count[row]] = _corner_speeds(mover.route, mover.limits.cruise_mps)
        start_m = mover.start_m
        if start_m is None:
            start_m = chance.uniform(0.0, mover.route.length_m)
        target[row], position[row] = _start(mover.route, start_m)
    fleet = Fleet(
        position_m=position,
        speed_mps=np.zeros(len(movers)),
        climb_mps=np.zeros(len(movers)),
        heading_deg=np.zeros(len(movers)),
        target=target,
        waypoints_m=waypoints,
        corner_mps=corners,
        waypoint_count=count,
        cruise_mps=np.array([mover.limits.cruise_mps for mover in movers]),
        acceleration_mps2=np.array([mover.limits.acceleration_mps2 for mover in movers]),
        climb_limit_mps=np.array([mover.limits.climb_mps for mover in movers]),
        turn_limit_dps=np.array([mover.limits.turn_dps for mover in movers]),
        origin_deg=np.array([_origin(mover.route) for mover in movers]).reshape(-1, 2),
        metres_per_deg=np.array([_scale(mover.route) for mover in movers]).reshape(-1, 2),
    )
    return replace(fleet, heading_deg=_bearing_deg(_to_target(fleet)))


def _origin(route: Route) -> tuple[float, float]:
    return route.frame.longitude_deg, route.frame.latitude_deg


def _scale(route: Route) -> tuple[float, float]:
    return route.frame.metres_per_deg_east, route.frame.metres_per_deg_north


def _corner_speeds(route: Route, cruise_mps: float) -> Floats:
    """Return the speed for each waypoint: full straight on, a creep through a hairpin or a climb."""
    arriving = route.waypoints_m - np.roll(route.waypoints_m, 1, axis=0)
    leaving = np.roll(arriving, -1, axis=0)
    lengths = np.linalg.norm(arriving[:, :2], axis=1) * np.linalg.norm(leaving[:, :2], axis=1)
    dots = np.einsum("ij,ij->i", arriving[:, :2], leaving[:, :2])
    cosines = np.divide(dots, lengths, out=np.full_like(dots, -1.0), where=lengths > 0.0)
    straight = np.clip((1.0 + cosines) / 2.0, 0.0, 1.0)
    return np.asarray(np.maximum(min(CREEP_MPS, cruise_mps), cruise_mps * straight))


def _start(route: Route, start_m: float) -> tuple[int, Floats]:
    """Return the waypoint ahead of a distance along the route, and the place there."""
    lengths = route.leg_lengths_m()
    ends = np.cumsum(lengths)
    leg = int(np.searchsorted(ends, start_m % ends[-1], side="right"))
    ahead = (leg + 1) % len(lengths)
    left = (ends[leg] - start_m % ends[-1]) / lengths[leg]
    here, there = route.waypoints_m[leg], route.waypoints_m[ahead]
    return ahead, there + (here - there) * left


def _to_target(fleet: Fleet) -> Floats:
    """Return (n, 3) metres from each mover to its waypoint."""
    return fleet.waypoints_m[np.arange(len(fleet)), fleet.target] - fleet.position_m


def _bearing_deg(way: Floats) -> Floats:
    return np.asarray(np.degrees(np.arctan2(way[:, 0], way[:, 1])) % 360.0)


def step(fleet: Fleet, dt_s: float) -> Fleet:
    """Return the fleet ``dt_s`` later. Legs are longer than what a mover goes in one step."""
    way = _to_target(fleet)
    distance = np.hypot(way[:, 0], way[:, 1])
    speed = _speed(fleet, distance, dt_s)
    free = np.isinf(fleet.turn_limit_dps)
    climb = _climb(fleet, way[:, 2], distance, speed, dt_s)
    heading = _heading(fleet, way, distance, dt_s)
    moved = np.where(free, np.minimum(speed * dt_s, distance), speed * dt_s)
    radians = np.radians(heading)
    position = fleet.position_m.copy()
    position[:, 0] += moved * np.sin(radians)
    position[:, 1] += moved * np.cos(radians)
    position[:, 2] += climb * dt_s
    turn_radius = np.where(free, 0.0, speed / np.radians(fleet.turn_limit_dps))
    arrived = distance - moved <= 1e-9 + 1.5 * turn_radius
    # A waypoint straight above or below is reached in height alone.
    arrived &= np.abs(way[:, 2] - climb * dt_s) < 0.01
    target = np.where(arrived, (fleet.target + 1) % fleet.waypoint_count, fleet.target)
    after = replace(
        fleet,
        position_m=position,
        speed_mps=speed,
        climb_mps=climb,
        heading_deg=heading,
        target=target,
    )
    return _carry_over(after, np.where(free & arrived, speed * dt_s - moved, 0.0))


def _speed(fleet: Fleet, distance: Floats, dt_s: float) -> Floats:
    """Return speeds that can still slow down to the bend ahead, within the acceleration."""
    corner = fleet.corner_mps[np.arange(len(fleet)), fleet.target]
    room = np.maximum(0.0, distance - fleet.speed_mps * dt_s)
    wanted = np.minimum(fleet.cruise_mps, np.sqrt(corner**2 + 2.0 * fleet.acceleration_mps2 * room))
    most = fleet.acceleration_mps2 * dt_s
    return np.asarray(fleet.speed_mps + np.clip(wanted - fleet.speed_mps, -most, most))


def _climb(fleet: Fleet, rise: Floats, distance: Floats, speed: Floats, dt_s: float) -> Floats:
    """Return climb rates that reach the height with the waypoint, as far as the limit lets."""
    left_s = np.maximum(distance / np.maximum(speed, CREEP_MPS), dt_s)
    return np.asarray(np.clip(rise / left_s, -fleet.climb_limit_mps, fleet.climb_limit_mps))


def _heading(fleet: Fleet, way: Floats, distance: Floats, dt_s: float) -> Floats:
    """Return noses turned towards the waypoints; kept over a waypoint straight above."""
    wanted = np.where(distance > 1e-6, _bearing_deg(way), fleet.heading_deg)
    turn = (wanted - fleet.heading_deg + 180.0) % 360.0 - 180.0
    most = fleet.turn_limit_dps * dt_s
    return np.asarray((fleet.heading_deg + np.clip(turn, -most, most)) % 360.0)


def _carry_over(fleet: Fleet, left_m: Floats) -> Fleet:
    """Spend on the next leg what the step had left at a waypoint."""
    if not np.any(left_m > 0.0):
        return fleet
    way = _to_target(fleet)
    distance = np.hypot(way[:, 0], way[:, 1])
    share = np.divide(left_m, distance, out=np.zeros_like(distance), where=distance > 1e-6)
    position = fleet.position_m.copy()
    position[:, :2] += way[:, :2] * np.clip(share, 0.0, 1.0)[:, np.newaxis]
    return replace(fleet, position_m=position)
