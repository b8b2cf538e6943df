"""A fleet that drives for a day, as numbers: what the history is filled with, and held against."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from telemetry.report import Frame
from zone_service.history.table import SCALED, SCHEMA

BEGINS_MS: Final = 1_795_708_800_000
"""27 November 2026, 00:00 in Shanghai."""
SEED: Final = 11
HOUR_S: Final = 3600
_M_PER_DEG: Final = 111_320.0
_UNKNOWN: Final = np.iinfo(np.int64).min
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Fleet:
    """What each device told each second; arrays have shape (devices, seconds)."""

    names: list[str]
    told: dict[str, Numbers]
    """By column, in its unit; what is in none is unknown."""
    automated: NDArray[np.bool_]

    @property
    def seconds(self) -> int:
        """How long it drove."""
        return int(self.automated.shape[1])

    def table(self, first: int, until: int, rows: slice = slice(None)) -> pa.Table:
        """Return what devices told in some of the seconds, in the order of the history."""
        shape = self.automated[rows, first:until].shape
        modes = pa.array(["MANUAL", "AUTONOMOUS"])
        columns: dict[str, Any] = {
            "device_id": _coded(
                np.repeat(np.arange(len(self.names))[rows], shape[1]), pa.array(self.names)
            ),
            "control_mode": _coded(self.automated[rows, first:until].ravel(), modes),
        }
        for name, values in self.told.items():
            kind = SCHEMA.field(name).type
            columns[name] = pa.array(values[rows, first:until].ravel(), pa.int64()).cast(kind)
        for name, word in (
            ("time_source", "device"), ("source_datum", "WGS84"), ("codec", "canonical"),
            ("operational_status", "UNKNOWN"), ("quality_flags", ""), ("boot_id", "b1"),
        ):  # fmt: skip
            columns[name] = _coded(np.zeros(shape[0] * shape[1], np.int32), pa.array([word]))
        for field in SCHEMA:
            if field.name not in columns:
                columns[field.name] = pa.nulls(shape[0] * shape[1], field.type)
        return pa.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)

    def frames(self, second: int) -> Iterator[Frame]:
        """Yield what devices sent in a second, as the platform's own JSON, in the order received."""
        for row in np.argsort(self.told["place"][:, second]).tolist():
            at_ms = int(self.told["event_time"][row, second])
            said: dict[str, Any] = {
                "schema_version": 1,
                "event_time": datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(
                    timespec="milliseconds"
                ),
                "seq": int(self.told["seq"][row, second]),
                "boot_id": "b1",
                "control_mode": ("MANUAL", "AUTONOMOUS")[int(self.automated[row, second])],
            }
            for each in SCALED:
                if each.name in self.told:
                    value = int(self.told[each.name][row, second])
                    name = each.said.removesuffix("_deg") if each.name.endswith("e7") else each.said
                    said[name] = value / each.per_unit if each.per_unit > 1 else value
            received_s = int(self.told["received_time"][row, second]) / 1000
            topic = f"zone/up/{self.names[row]}/tele"
            yield Frame(topic, json.dumps(said).encode(), received_s)


@dataclass(frozen=True, slots=True)
class Drive:
    """A fleet that drives for days, of which an hour is in memory: each is the same whenever it is made."""

    devices: int
    seconds: int

    @property
    def hours(self) -> int:
        """How many there are, the last of which may be shorter."""
        return -(-self.seconds // HOUR_S)

    @property
    def names(self) -> list[str]:
        """Of the devices, in the order of their rows."""
        return _names(self.devices)

    def hour(self, number: int) -> Fleet:
        """Return what was told in an hour, from 0."""
        first = number * HOUR_S
        return drive(self.devices, min(HOUR_S, self.seconds - first), first)


def drive(devices: int, seconds: int, first: int = 0) -> Fleet:
    """Let a fleet drive: bends, stops, and the noise of a good receiver, which compresses badly.

    ``first``: the second in which it begins; each beginning is another drive.
    """
    chance = np.random.default_rng((SEED, first))
    shape = (devices, seconds)
    bend_deg = _wander(chance, shape, 0.98, 1.5)
    course_deg = np.cumsum(bend_deg, axis=1) + chance.uniform(0, 360, (devices, 1))
    speed_mps = np.maximum(0.0, 9.0 + _wander(chance, shape, 0.995, 0.5))
    east_m = np.cumsum(speed_mps * np.sin(np.radians(course_deg)), axis=1)
    north_m = np.cumsum(speed_mps * np.cos(np.radians(course_deg)), axis=1)
    east_m += _wander(chance, shape, 0.95, 0.1)
    north_m += _wander(chance, shape, 0.95, 0.1)
    moment = np.arange(first, first + seconds) * 1000 + BEGINS_MS
    event = moment + chance.integers(0, 3, shape)
    journal_id = np.arange(first + 1, first + seconds + 1)
    told = {
        "event_time": event,
        "received_time": event + chance.integers(20, 120, shape),
        "journal_id": np.broadcast_to(journal_id, shape),
        "place": np.argsort(chance.random(shape), axis=0),
        "part": np.zeros(shape, np.int64),
        "seq": np.broadcast_to(journal_id, shape),
        "longitude_e7": _whole(121.5e7 + east_m / (_M_PER_DEG * np.cos(np.radians(31.2))) * 1e7),
        "latitude_e7": _whole(31.2e7 + north_m / _M_PER_DEG * 1e7),
        "altitude_hae_cm": _whole(1500 + _wander(chance, shape, 0.95, 12.0)),
        "horizontal_accuracy_cm": _whole(80 + _wander(chance, shape, 0.97, 3.0).clip(-60)),
        "satellites": _whole(18 + _wander(chance, shape, 0.99, 0.3).clip(-10, 10)),
        "ground_speed_cmps": _whole(speed_mps * 100 + chance.normal(0, 4, shape)).clip(0),
        "track_cdeg": _whole(course_deg * 100 + chance.normal(0, 40, shape)) % 36_000,
        "heading_cdeg": _whole(course_deg * 100 + chance.normal(0, 15, shape)) % 36_000,
    }
    return Fleet(_names(devices), told, _wander(chance, shape, 0.999, 0.1) > 0)


def _names(devices: int) -> list[str]:
    return [f"car-{number:05}" for number in range(devices)]


def _wander(
    chance: np.random.Generator, shape: tuple[int, int], keeps: float, step: float
) -> NDArray[np.float64]:
    """Return what strays and comes back, along the seconds."""
    # By seconds first, which lie one behind another then: three times as fast.
    found = chance.normal(0.0, step, shape[::-1])
    for second in range(1, shape[1]):
        found[second] += found[second - 1] * keeps
    return np.ascontiguousarray(found.T)


def _whole(values: NDArray[np.float64]) -> Numbers:
    return np.rint(values).astype(np.int64)


def _coded(codes: NDArray[Any], words: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), words.cast(pa.string()))
