"""The ways of the devices through the benchmark's world, and the messages that tell of them.

60 of 100 devices stay within some 60 m of a corner of a zone, where all the questions are hard; the
others drive anywhere. Each step is 5 to 25 m. Messages arrive in the order of their times, but
for the jitter of the way: never two of one device in the wrong order.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.fence_world import FloatArray, World, to_degrees, to_metres
from geofence.fixes import DOMAIN_CODES, Fixes
from telemetry import topics
from telemetry.report import Frame

IntArray = NDArray[np.intp]

NEAR_SHARE: Final = 0.6
NEAR_M: Final = 60.0
BEGINS_S: Final = datetime(2026, 11, 2, 7, 59, 52, tzinfo=timezone(timedelta(hours=8))).timestamp()
"""A Monday; some schedules begin or end at eight."""
JITTER_S: Final = 0.3
SILENT_ABOUT_HEIGHT: Final = 0.05
MSL_M, HAE_M = 4.0, 14.5
"""The ground of the world above mean sea level and above the ellipsoid."""


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Where each device is at each step; arrays of shape (steps, devices).

    All numbers are as the messages tell them: degrees to 7 places, metres to 2, seconds to 3.
    """

    longitude_deg: FloatArray
    latitude_deg: FloatArray
    at_s: FloatArray
    agl_m: FloatArray
    amsl_m: FloatArray
    hae_m: FloatArray
    domain: NDArray[np.int8]
    """Shape (devices,)."""
    arrival: IntArray
    """Shape (steps · devices,): the place of each fix, step · devices + device, as they arrive.
    The number of a fix is its place in this order."""

    @property
    def devices(self) -> int:
        return len(self.domain)

    @property
    def steps(self) -> int:
        return len(self.at_s)

    def __len__(self) -> int:
        return len(self.arrival)

    def numbers(self) -> IntArray:
        """Return the number of each fix, shape (steps, devices)."""
        found = np.empty(len(self), np.intp)
        found[self.arrival] = np.arange(len(self))
        return found.reshape(self.steps, self.devices)

    def fixes(self, begin: int, end: int) -> Fixes:
        """Return the fixes with these numbers as a batch."""
        place = self.arrival[begin:end]
        device = (place % self.devices).astype(np.int32)
        return Fixes(
            device=device,
            longitude_deg=self.longitude_deg.ravel()[place],
            latitude_deg=self.latitude_deg.ravel()[place],
            at_s=self.at_s.ravel()[place],
            agl_m=self.agl_m.ravel()[place],
            amsl_m=self.amsl_m.ravel()[place],
            hae_m=self.hae_m.ravel()[place],
            domain=self.domain[device],
            crossing=np.ones(len(place), np.bool_),
        )


def tracks(world: World, devices: int, steps: int, seed: int = 3) -> Tracks:
    """Make the ways of so many devices."""
    chance = np.random.default_rng(seed)
    place_m = _walk(chance, *_starts(chance, world, devices), steps)
    lonlat = np.round(to_degrees(place_m.reshape(-1, 2)), 7).reshape(steps, devices, 2)
    at_s = BEGINS_S + np.arange(steps)[:, None] + chance.uniform(0.0, 1.0, devices)
    at_s = np.round(at_s, 3)
    domain = chance.choice(np.array([0, 0, 0, 0, 0, 0, 0, 1, 1, 2], np.int8), devices)
    up_m = _heights(chance, domain, steps)
    order = at_s + chance.uniform(0.0, JITTER_S, at_s.shape)
    return Tracks(
        lonlat[..., 0],
        lonlat[..., 1],
        at_s,
        up_m,
        np.round(up_m + MSL_M, 2),
        np.round(up_m + HAE_M, 2),
        domain,
        np.argsort(order, axis=None, kind="stable"),
    )


def _starts(
    chance: np.random.Generator, world: World, devices: int
) -> tuple[FloatArray, FloatArray]:
    """Return where devices start and what they stay near (NaN: nothing), each (devices, 2)."""
    near = round(devices * NEAR_SHARE)
    corners_m = to_metres(shapely.get_coordinates(world.outlines))
    anchor_m = np.full((devices, 2), np.nan)
    anchor_m[:near] = corners_m[chance.integers(0, len(corners_m), near)]
    reach_m = 0.8 * NEAR_M * np.sqrt(chance.uniform(0.0, 1.0, near))
    turn = chance.uniform(0.0, 2.0 * math.pi, near)
    start_m = chance.uniform(0.0, world.side_m, (devices, 2))
    start_m[:near] = anchor_m[:near] + reach_m[:, None] * _towards(turn)
    shuffled = chance.permutation(devices)
    return start_m[shuffled], anchor_m[shuffled]


def _walk(
    chance: np.random.Generator, start_m: FloatArray, anchor_m: FloatArray, steps: int
) -> FloatArray:
    """Walk on; who would leave the neighbourhood of its anchor turns back to it."""
    devices = len(start_m)
    place_m = np.empty((steps, devices, 2))
    place_m[0] = start_m
    heading = chance.uniform(0.0, 2.0 * math.pi, devices)
    for step in range(1, steps):
        here = place_m[step - 1]
        stride_m = chance.uniform(5.0, 25.0, devices)[:, None]
        heading = heading + chance.normal(0.0, 0.2, devices)
        away_m = np.hypot(*(here + stride_m * _towards(heading) - anchor_m).T)
        home = anchor_m - here
        back = np.arctan2(home[:, 1], home[:, 0]) + chance.normal(0.0, 0.4, devices)
        heading = np.where(away_m > NEAR_M, back, heading)
        place_m[step] = here + stride_m * _towards(heading)
    return place_m


def _towards(heading: FloatArray) -> FloatArray:
    return np.column_stack((np.cos(heading), np.sin(heading)))


def _heights(chance: np.random.Generator, domain: NDArray[np.int8], steps: int) -> FloatArray:
    """Return metres above ground: aircraft rise and sink, and some devices tell no height."""
    moves = chance.normal(0.0, 4.0, (steps, len(domain)))
    moves[0] = chance.uniform(20.0, 180.0, len(domain))
    flown = np.abs(np.cumsum(moves, axis=0))
    up_m: FloatArray = np.where(domain == DOMAIN_CODES["air"], flown, 0.0).round(2)
    up_m[:, chance.random(len(domain)) < SILENT_ABOUT_HEIGHT] = np.nan
    return up_m


def device_id(device: int) -> str:
    """Return the name of a device by its number."""
    return f"bench-{device:06d}"


def frames(of: Tracks) -> Iterator[Frame]:
    """Yield the messages, in the order of arrival, in the platform's own JSON."""
    topic = [topics.tele(device_id(device)) for device in range(of.devices)]
    step, device = np.divmod(of.arrival, of.devices)
    for at, who in zip(step.tolist(), device.tolist(), strict=True):
        at_s = float(of.at_s[at, who])
        yield Frame(topic[who], _payload(of, at, who, at_s), at_s + JITTER_S)


def _payload(of: Tracks, step: int, device: int, at_s: float) -> bytes:
    moment = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")
    up_m = of.agl_m[step, device]
    heights = (
        ""
        if math.isnan(up_m)
        else f'"height_agl_m":{up_m},"altitude_msl_m":{of.amsl_m[step, device]},'
        f'"altitude_hae_m":{of.hae_m[step, device]},'
    )
    return (
        f'{{"schema_version":1,"device_id":"{device_id(device)}","event_time":"{moment}",'
        f'"seq":{step},"boot_id":"bench","longitude":{of.longitude_deg[step, device]},'
        f'"latitude":{of.latitude_deg[step, device]},{heights}"horizontal_accuracy_m":1.5,'
        f'"ground_speed_mps":15.0,"track_deg":90.0,"control_mode":"AUTONOMOUS"}}'
    ).encode()
