"""What is foretold for many devices at once against the plain way: each alone, among all zones.

The plain way leaves nothing out beforehand: every zone is looked at, every turn of every stay is
told, and what of it concerns the device is picked at the end.
"""

from datetime import time, timedelta

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from geofence.fixes import DOMAIN_CODES
from geofence.foresight import Breaches, BreachKind, breaches, departures
from geofence.motion import Motion
from geofence.snapshot import build
from geofence.stays import stays
from geofence.zone import (
    Area,
    HeightBand,
    HeightLimit,
    HeightReference,
    Restriction,
    Schedule,
    Volume,
    Window,
    Zone,
    ZoneKind,
)
from permits.compliance import Grant, leaving
from permits.permit import PermitKind, PermitState
from permits.terms import Terms
from permits.violation import ViolationCode
from telemetry import track as tracks
from telemetry.codecs.discover import load_codecs
from telemetry.limits import Limits
from telemetry.report import ControlMode, Domain, OperationalStatus, Report
from tests.zone_service.conftest import NOON
from zone_service.courses import Courses
from zone_service.forecasts import Forecast
from zone_service.foretelling import foretell
from zone_service.memory import Memory
from zone_service.shipped_rules import shipped_rules
from zone_service.world import Revisions, Subject, World

NOON_S = NOON.timestamp()
WEST, SOUTH = 121.5, 31.2
METRE_DEG = 1e-5
"""A metre, roughly: the plain way and the other ask the same geometry."""
RULES, CODECS = shipped_rules("shanghai-default"), load_codecs()
IDS = tuple("abcd")


@st.composite
def volumes(draw: st.DrawFn) -> Volume:
    west, south = (METRE_DEG * draw(st.integers(0, 500)) for _ in "xy")
    wide, high = (METRE_DEG * draw(st.integers(20, 400)) for _ in "xy")
    area = Area(box(WEST + west, SOUTH + south, WEST + west + wide, SOUTH + south + high))
    limits = [
        None if value is None else HeightLimit(float(value), HeightReference.AGL)
        for value in draw(st.sampled_from([(None, None), (None, 60), (40, None), (200, 300)]))
    ]
    if draw(st.integers(0, 2)):
        return Volume(area, HeightBand(*limits))
    # Ten seconds after noon, until the evening.
    hours = Window(frozenset(range(7)), time(12, 0, 10), time(23, 0))
    return Volume(area, HeightBand(*limits), Schedule((hours,)))


@st.composite
def zones(draw: st.DrawFn, zone_id: str) -> Zone:
    kind = draw(st.sampled_from([ZoneKind.KEEP_IN, ZoneKind.KEEP_OUT, ZoneKind.SPEED_LIMIT]))
    is_out = kind is ZoneKind.KEEP_OUT
    return Zone(
        zone_id,
        kind,
        zone_id,
        tuple(draw(st.lists(volumes(), min_size=1, max_size=2))),
        frozenset(draw(st.sampled_from([("road", "air"), ("air",), ("road",)]))),
        restriction=draw(st.sampled_from(Restriction)) if is_out else Restriction.PROHIBITED,
        speed_limit_mps=8.0 if kind is ZoneKind.SPEED_LIMIT else None,
    )


@st.composite
def grants(draw: st.DrawFn) -> tuple[Grant, ...]:
    some = st.frozensets(st.sampled_from((*IDS, "gone")), max_size=3)
    return tuple(
        Grant(
            f"P-{number}",
            PermitKind.FLIGHT_ACTIVITY,
            draw(st.sampled_from([PermitState.AIRBORNE, PermitState.CLOSED])),
            Terms(
                device_ids=frozenset({"x"}),
                zone_ids=draw(some),
                transfer_zone_ids=draw(some),
                exempt_zone_ids=draw(some),
                valid_from=NOON + timedelta(seconds=draw(st.sampled_from([-60, 1]))),
                valid_to=NOON + timedelta(seconds=draw(st.sampled_from([2, 4, 61]))),
            ),
        )
        for number in range(draw(st.integers(0, 2)))
    )


figures = st.sampled_from([None, 0.0, 5.0, 20.0])
steps = st.integers(0, 900)


@st.composite
def devices(draw: st.DrawFn) -> tuple[Domain, Report, tuple[float, ...]]:
    place = tuple(base + METRE_DEG * draw(steps) for base in (WEST, SOUTH))
    unknown = draw(st.booleans())
    report = Report(
        device_id="x",
        event_time_s=NOON_S,
        codec="canonical",
        longitude_deg=place[0],
        latitude_deg=place[1],
        ground_speed_mps=draw(figures),
        track_deg=draw(st.sampled_from([None, 0.0, 45.0, 100.0, 270.0])),
        vertical_speed_mps=draw(st.sampled_from([None, 0.0, 3.0, -3.0])),
        control_mode=draw(st.sampled_from(ControlMode)),
        operational_status=draw(st.sampled_from(OperationalStatus)),
    )
    domain = draw(st.sampled_from([Domain.ROAD, Domain.AIR]))
    agl_m = float("nan") if unknown else float(draw(st.integers(0, 260)))
    return domain, report, (*place, NOON_S, agl_m, float("nan"), float("nan"))


def told(found: Breaches) -> list[tuple[int, int, float, bool, float, float]]:
    columns = (found.slot, found.kind, found.in_s, found.certain)
    places = (found.longitude_deg, found.latitude_deg)
    return list(zip(*(each.tolist() for each in (*columns, *places)), strict=True))


def plainly(
    world: World, memory: Memory, device_id: str, now_s: float
) -> tuple[Forecast, ...] | None:
    """Look ahead of one device that has been heard once, so that no course can be derived."""
    device, subject = memory.devices[device_id], world.subjects[device_id]
    report, track, air = device.report, device.track, subject.domain is Domain.AIR
    assert report is not None
    assert track is not None
    grounded = report.operational_status is OperationalStatus.GROUND
    slow = report.ground_speed_mps is not None and report.ground_speed_mps < world.moving_mps
    if grounded if air else slow:
        return ()
    if now_s - track.received_s > world.rules.foresight[subject.domain].max_age_s:
        return None
    said = (report.ground_speed_mps, report.track_deg, report.vertical_speed_mps if air else 0.0)
    motion = Motion(*(np.array([np.nan if each is None else each]) for each in said))
    horizon_s, age_s = world.rules.foresight[subject.domain].horizon_s, now_s - track.received_s
    here = memory.fleet.last[[device.number]]
    code = np.array([DOMAIN_CODES[subject.domain]], np.int8)
    ahead = stays(world.zones, here, code, motion, horizon_s + age_s)
    if not ahead.known.all():
        return None
    terms = [
        each.terms
        for each in world.grants.get(device_id, ())
        if each.binds and each.terms.valid_from_s <= now_s < each.terms.valid_to_s
    ]
    found: list[Forecast] = []
    for slot, kind, in_s, certain, *place in told(breaches(ahead)):
        zone = world.zones.zones[slot]
        lifted = zone.restriction in (Restriction.REQ_AUTHORIZATION, Restriction.CONDITIONAL)
        exempt = lifted and any(zone.zone_id in each.exempt_zone_ids for each in terms)
        binds = (
            zone.kind is ZoneKind.KEEP_OUT and zone.restriction is not Restriction.NO_RESTRICTION
        )
        if kind == BreachKind.ENTER and binds and not exempt and in_s - age_s <= horizon_s:
            at_s = track.received_s + in_s
            code_ = ViolationCode.KEEP_OUT_BREACH
            found.append(Forecast(code_, zone.zone_id, at_s, certain, *place))
    slots = [
        world.zones.zone_ids.index(each)
        for one in terms
        for each in {*one.zone_ids, *one.transfer_zone_ids} - {"gone"}
    ]
    left = departures(ahead, np.zeros(len(slots), np.int64), np.array(slots, np.int64))
    for _, _, in_s, certain, *place in told(left):
        broken = leaving(terms[0], subject.domain, report.control_mode, world.rules)
        if in_s - age_s <= horizon_s:
            at_s = track.received_s + in_s
            found.append(Forecast(broken.code, broken.zone_id, at_s, certain, *place))
    return tuple(found)


@given(
    drawn=st.tuples(*(zones(each) for each in IDS)),
    heard=st.lists(st.tuples(devices(), grants()), min_size=1, max_size=6),
)
def test_many_at_once_are_told_what_each_alone_is_told(
    drawn: tuple[Zone, ...],
    heard: list[tuple[tuple[Domain, Report, tuple[float, ...]], tuple[Grant, ...]]],
) -> None:
    names = [f"device-{number}" for number in range(len(heard))]
    world = World(
        revisions=Revisions(1, 1, 1),
        zones=build(drawn, 1),
        units={},
        subjects={
            name: Subject(name, "acme", domain)
            for name, ((domain, _, _), _) in zip(names, heard, strict=True)
        },
        grants={name: held for name, (_, held) in zip(names, heard, strict=True)},
        rules=RULES,
        codecs=CODECS,
    )
    memory = Memory()
    memory.fleet.grow(len(heard))
    for name, ((_, report, place), _) in zip(names, heard, strict=True):
        device = memory.device(name)
        device.report = msgspec.structs.replace(report, device_id=name)
        device.track = tracks.step(None, report, NOON_S, Limits())[0]
        memory.fleet.last[device.number] = place
    # Between the two, permits begin and end.
    for after_s in (0.5, 2.0, 4.0, 60.0):
        now_s = NOON_S + after_s
        found = foretell(Courses(), memory, world, range(len(names)), now_s)
        assert found == {name: plainly(world, memory, name, now_s) for name in names}
