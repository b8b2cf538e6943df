"""The compiled loops, each called once: what is called later waits for no compiler.

``python -m zone_service.compiling`` makes the machine code that is kept for the next process;
``make setup`` does. The worker does the same before it takes up its work, and only loads what is there.
"""

import math

import numpy as np
import shapely

from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.local_edges import Pairs
from geofence.lookup import held
from geofence.personal import NO_FENCES, amended
from geofence.rims import beyond_m, stretches
from geofence.sketch import sketch
from geofence.snapshot import build
from geofence.step import step
from geofence.zone import Area, Circle, Volume, Zone, ZoneKind
from telemetry import topics
from telemetry.codecs.discover import load_codecs
from telemetry.columns import read
from telemetry.device_days import DeviceDays, Heard, Late, Measure
from telemetry.report import Frame, Unit
from telemetry.speakers import MANY, Speakers


def compile_loops() -> None:
    """Call every compiled loop with such arrays as the worker calls it with."""
    _compile_columns()
    _compile_fences()
    _compile_days()


def _compile_fences() -> None:
    """Drive into a zone with a margin, out of it and through it, and on to far away."""
    square = Volume(Area(shapely.box(0.0, 0.0, 0.01, 0.01)))
    snapshot = build([Zone("z", ZoneKind.KEEP_IN, "", (square,), exit_margin_m=5.0)], 1)
    longitude = np.array([-0.001, 0.005, -0.0001, 0.0101, 1.0])
    count, height_m = len(longitude), np.full(len(longitude), math.nan)
    latitude = np.array([0.005, 0.005, 0.0001, -0.0001, 0.0])
    at_s, road, is_way = np.arange(5.0), np.zeros(count, np.int8), np.ones(count, np.bool_)
    device = np.zeros(count, np.int32)
    step(
        Fleet(),
        snapshot,
        Fixes(device, longitude, latitude, at_s, height_m, height_m, height_m, road, is_way),
    )
    drawn = amended(NO_FENCES, {0: shapely.box(0.0, 0.0, 0.01, 0.01)})
    drawn.inside(device, longitude, latitude)
    one = np.zeros(1, np.int64)
    held(snapshot.volumes, Pairs(one, one), np.zeros((1, 2)))
    _compile_rims()


def _compile_rims() -> None:
    """Ask the edge of a circle how far away it is, and which part of a way is within."""
    sketched = sketch(Volume(Circle(0.0, 0.0, 100.0)))
    if sketched.rim is not None:
        beyond_m(sketched.rim, 0.0, 0.0)  # the sketch has asked for many places at once
        stretches(sketched.rim, np.zeros(2), np.ones(2))


def _compile_days() -> None:
    days, one = DeviceDays(), np.zeros(1)
    days.grow(("sample-1",))
    code, whole = np.zeros(1, np.int8), np.zeros(1, np.int32)
    said = Heard(whole, one, one, one, one, code, code, whole, one, one, whole)
    days.take((said, Late(0, 1.0)), Measure(np.zeros(3), 0.5, 0.0, 60.0, np.zeros(3)))


def _compile_columns() -> None:
    unit = Unit(device_id="sample-1")
    said = b'{"schema_version":1,"event_time":"2026-05-01T08:00:00Z"}'
    frame = Frame(topics.tele(unit.device_id), said, 0.0)
    read([frame] * MANY, Speakers({unit.device_id: unit}, load_codecs())).reports()


if __name__ == "__main__":
    compile_loops()
