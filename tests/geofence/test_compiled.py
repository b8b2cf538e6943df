"""The compiled loops: each is made once for all that asks it, and keeps to its arrays."""

import math
import os
import subprocess
import sys
from datetime import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shapely import box

from geofence import following, holding, looking, rims, strips
from geofence.amend import amended
from geofence.compiled import compiled, fetch
from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.foresight import foresee
from geofence.kept import keep, restored
from geofence.motion import Motion
from geofence.personal import NO_FENCES
from geofence.personal import amended as amended_fences
from geofence.rejudge import rejudge
from geofence.sketch import sketch
from geofence.snapshot import Snapshot, build
from geofence.step import step
from geofence.zone import Area, Circle, Schedule, Volume, Window, Zone, ZoneKind
from zone_service.compiling import compile_loops

ROOT = Path(__file__).resolve().parents[2]
ROUND = (
    "test_a_way_is_within_a_corridor_where_each_place_of_it_is",
    "test_a_way_without_length_is_where_it_stands",
    "test_a_sketch_lies_around_what_it_is_of_and_no_farther_than_it_says",
)
"""What a few places and ways show of the edges of circles and corridors."""


def square(
    zone_id: str, west: float, margin_m: float = 0.0, schedule: Schedule | None = None
) -> Zone:
    volume = Volume(Area(box(west, 31.2, west + 0.01, 31.21)), schedule=schedule)
    return Zone(zone_id, ZoneKind.KEEP_IN, zone_id, (volume,), exit_margin_m=margin_m)


def drive(fleet: Fleet, snapshot: Snapshot, longitudes: list[float], at_s: float = 0.0) -> None:
    """Judge a batch whose arrays nobody may write to, and whose columns lie in one block."""
    count = len(longitudes)
    block = np.full((count, 3), math.nan)
    block[:, 0], block[:, 1] = longitudes, 31.205
    block.flags.writeable = False
    device = np.frombuffer(np.arange(count, dtype=np.int32).tobytes(), np.int32)
    step(
        fleet,
        snapshot,
        Fixes(
            device,
            block[:, 0],
            block[:, 1],
            at_s + 2.0 * np.arange(count, dtype=np.float64),
            *(block[:, 2],) * 3,
            np.zeros(count, np.int8),
            np.ones(count, np.bool_),
        ),
    )


def test_nothing_that_is_asked_later_compiles_a_loop_again() -> None:
    compile_loops()
    loops = [
        each
        for module in (looking, holding, following, strips, rims)
        for each in vars(module).values()
        if hasattr(each, "targetoptions") and each.targetoptions.get("inline") != "always"
    ]
    assert len(loops) >= 10
    assert {each.__name__: len(each.signatures) for each in loops} == {
        each.__name__: 1 for each in loops
    }
    fleet, snapshot = Fleet(), build([square("a", 121.5, 10.0), square("b", 121.6)], 1)
    by_day = Schedule((Window(frozenset(range(7)), time(9), time(17)),), utc_offset_s=0)
    timed = build([square("t", 121.5, 10.0, by_day), square("u", 121.6)], 1)
    nine_s = 9 * 3600.0
    for at_s in (nine_s - 3.0, nine_s + 60.0, nine_s + 90_000.0, nine_s):
        drive(Fleet(), timed, [121.505, 121.6, 121.7, 121.505], at_s)
    for longitudes in ([121.505], [121.4999, 121.6, math.nan], [121.7, 121.505, 121.6]):
        drive(fleet, snapshot, longitudes)
    changed = amended(snapshot, [square("b", 121.65)], [], 2)
    rejudge(fleet, changed, 1.0)
    again = restored(keep(changed), changed.in_force(), 3)
    rejudge(fleet, again, 2.0)
    drive(fleet, again, [121.4999, 121.655])
    middle = Volume(Circle(121.505, 31.205, 50.0))
    round_ = Zone("r", ZoneKind.KEEP_IN, "r", (middle,), exit_margin_m=5.0)
    drive(Fleet(), build([round_], 1), [121.505, 121.50553, 121.506, 121.5044])
    own = [amended_fences(NO_FENCES, {0: box(121.5, 31.2, 121.51, 31.21)}), NO_FENCES]
    own.append(amended_fences(NO_FENCES, {0: sketch(middle)}))
    own.append(amended_fences(own[0], {1: box(121.5, 31.2, 121.6, 31.21), 0: None}))
    for fences in own:
        here = fleet.last[:2]
        fences.inside(np.arange(2, dtype=np.int32), here[:, 0], here[:, 1])
    course = Motion(*np.array([[20.0], [90.0], [0.0]]))
    foresee(again, fleet.last[:1], fleet.domain[:1], course, 30.0)
    assert {each.__name__: len(each.signatures) for each in loops} == {
        each.__name__: 1 for each in loops
    }


def test_uncompiled_the_loops_keep_to_their_arrays_and_say_the_same() -> None:
    """As the Python that they are, each index is checked: the fuzz of places and outlines among it."""
    here = Path(__file__).parent
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"]
        + [str(here / f"test_{each}.py") for each in ("cells", "step", "hysteresis", "personal")]
        + [f"{here / 'test_rims.py'}::{each}" for each in ROUND],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PLACES_BESIDE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-4000:]


@compiled
def ask_for(rows: NDArray[np.float64], row: int) -> float:
    fetch(rows, row)
    return float(rows[0, 1])


def test_to_ask_for_the_memory_of_a_row_changes_nothing_and_there_need_not_be_one() -> None:
    rows = np.arange(12.0).reshape(4, 3)
    assert [ask_for(rows, row) for row in (0, 3, 4, -1, 2**40)] == [1.0] * 5
    assert rows.ravel().tolist() == list(range(12))
