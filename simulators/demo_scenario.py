"""The demonstration: its operators, devices and permits, what they do, and who is to be caught.

All are invented. The units that play recorded payloads report from inside the zones of their
permits, whatever place the recording is from.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

from maps.demo_places import circle_of, line_of
from simulators.faults import Delay, Drift, Fault, Outage, Reorder
from simulators.fleet import MULTICOPTER, ROAD_VEHICLE, VESSEL, Limits
from simulators.routes import Route, Waypoint, circle, round_trip, to_and_fro
from simulators.scenario import (
    RTK,
    DemoDevice,
    ExpectedBreach,
    Operator,
    Part,
    PermitPlan,
    RecordedPart,
    Scenario,
)
from telemetry.report import ControlMode, Domain

CHINA = timezone(timedelta(hours=8))

VEHICLES, AIR, MARINE = "op-vehicles", "op-air", "op-marine"
OPERATORS = (
    Operator(VEHICLES, "Demo Autonomous Vehicles", "示范智能网联汽车公司"),
    Operator(AIR, "Demo Air Logistics", "示范低空物流公司"),
    Operator(MARINE, "Demo Marine Robotics", "示范无人船公司"),
)
DRIVEN = ("AUTONOMOUS", "MANUAL", "ASSISTED")
TRUCK = Limits(cruise_mps=16.0, acceleration_mps2=1.0)
MOBILE_NETWORK = (RTK, Reorder(0.02), Delay(0.1))
SLOW_CLOCK = (RTK, Drift(-0.5, -50.0))
CLIMBER = Limits(cruise_mps=6.0, acceleration_mps2=3.0, climb_mps=4.0)


@dataclass(frozen=True, slots=True)
class Act:
    """One device with its permit and what it does: a row of the tables below."""

    device: DemoDevice
    permit: PermitPlan
    part: Part | None = None


def demo_scenario(start: datetime | None = None) -> Scenario:
    """Return the demonstration; ``start`` (now) places the hours that one permit does not meet."""
    acts = (*_roads(), *_aircraft(), *_vessels(), *_breakers(start or datetime.now(UTC)))
    recorded, places = _recorded()
    return Scenario(
        operators=OPERATORS,
        devices=tuple(act.device for act in (*acts, *recorded)),
        permits=tuple(act.permit for act in (*acts, *recorded)),
        parts=tuple(act.part for act in acts if act.part is not None),
        recorded=places,
        expected=EXPECTED,
    )


def _along(zone_id: str) -> Route:
    """Return the route along the middle of a corridor, to and fro or round."""
    return to_and_fro(line_of(zone_id))


def _around(zone_id: str, share: float, height_m: float = 0.0) -> Route:
    """Return the route round the middle of a circle, at a share of its radius."""
    longitude_deg, latitude_deg, radius_m = circle_of(zone_id)
    return circle(longitude_deg, latitude_deg, radius_m * share, height_m)


def _permit(device: DemoDevice, kind: str, zone_id: str, driver: str) -> PermitPlan:
    """Return a permit of one device for one zone, without limits yet."""
    return PermitPlan(
        number=f"DEMO-{device.device_id.upper()}",
        kind=kind,
        organisation_id=device.organisation_id,
        device_ids=(device.device_id,),
        zone_ids=(zone_id,),
        driver=driver,
    )


def _road(
    device_id: str,
    label: str,
    zone_id: str,
    *,
    limits: Limits = ROAD_VEHICLE,
    kind: str = "ROAD_TEST",
    codec: str = "canonical",
    wire_id: str | None = None,
    faults: tuple[Fault, ...] = (RTK,),
) -> Act:
    device = DemoDevice(device_id, VEHICLES, Domain.ROAD, codec, label, wire_id)
    permit = replace(
        _permit(device, kind, zone_id, "safety officer in the driver's seat"),
        max_speed_mps=22.3,
        control_modes=DRIVEN if codec == "canonical" else (),
    )
    rate_hz = 2.0 if codec == "canonical" else 1.0
    mode = ControlMode.AUTONOMOUS
    part = Part(device_id, _along(zone_id), limits, rate_hz, mode, faults=faults)
    return Act(device, permit, part)


def _roads() -> tuple[Act, ...]:
    return (
        _road("car-lingang-1", "Huanhu shuttle 1", "seg-lingang-huanhu1", kind="DEMO_OPERATION"),
        _road("car-lingang-2", "Huanhu shuttle 2", "seg-lingang-huanhu1", kind="DEMO_OPERATION"),
        _road(
            "car-lingang-3",
            "Huanhu shuttle 3",
            "seg-lingang-huanhu1",
            kind="DEMO_OPERATION",
            faults=MOBILE_NETWORK,
        ),
        _road("car-lingang-4", "Lianggang test car", "seg-lingang-lianggang", limits=TRUCK),
        _road("truck-donghai-1", "Donghai truck 1", "bridge-donghai", limits=TRUCK),
        _road("truck-donghai-2", "Donghai truck 2", "bridge-donghai", limits=TRUCK),
        _road("car-jiading-1", "Boyuan test car", "seg-jiading-boyuan"),
        _road("car-jiading-2", "Moyu test car", "seg-jiading-moyu"),
        _road("car-jinqiao-1", "Shenjiang test car", "seg-jinqiao-shenjiang"),
        _road("car-huamu-1", "Huamu taxi", "seg-huamu-fangdian", kind="DEMO_APPLICATION"),
        _road("car-fengxian-1", "Hangnan test car", "seg-fengxian-hangnan"),
        _road(
            "jt808-jiading-3",
            "Baiyin supervision terminal",
            "seg-jiading-baiyin",
            codec="jt808",
            wire_id="13900000803",
        ),
    )


def _flight(
    device_id: str,
    label: str,
    zone_id: str,
    route: Route,
    *,
    limits: Limits = MULTICOPTER,
    codec: str = "canonical",
    start_m: float | None = None,
    faults: tuple[Fault, ...] = (RTK,),
) -> Act:
    device = DemoDevice(device_id, AIR, Domain.AIR, codec, label)
    permit = replace(
        _permit(device, "FLIGHT_ACTIVITY", zone_id, "pilot at the control station"),
        max_speed_mps=27.0,
        max_height_agl_m=120.0,
    )
    rate_hz = 5.0 if codec == "canonical" else 1.0
    mode = ControlMode.AUTONOMOUS
    part = Part(device_id, route, limits, rate_hz, mode, start_m, faults)
    return Act(device, permit, part)


def _aircraft() -> tuple[Act, ...]:
    a, js, qp = "air-lingang-a", "air-jinshan", "air-qingpu"
    delivery = "air-route-wujiaochang"
    return (
        _flight("uav-lingang-1", "Lingang survey drone 1", a, _around(a, 0.3, 60.0)),
        _flight("uav-lingang-2", "Lingang survey drone 2", a, _around(a, 0.6, 90.0)),
        _flight("uav-jinshan-1", "Jinshan cargo drone", js, _around(js, 0.4, 80.0)),
        _flight("uav-qingpu-1", "Qingpu trial drone", qp, _around(qp, 0.2, 100.0)),
        _flight(
            "uav-wujiaochang-1", "Delivery drone", delivery, to_and_fro(line_of(delivery), 70.0)
        ),
        _flight(
            "1581FSIM0000000000001",
            "Simulated DJI aircraft",
            "air-lingang-b",
            _around("air-lingang-b", 0.5, 50.0),
            codec="dji",
        ),
    )


def _vessel(
    device_id: str,
    label: str,
    zone_id: str,
    route: Route,
    faults: tuple[Fault, ...] = (RTK,),
) -> Act:
    device = DemoDevice(device_id, MARINE, Domain.WATER, "canonical", label)
    permit = replace(
        _permit(device, "VESSEL_TRIAL", zone_id, "remote operator ashore"), max_speed_mps=8.0
    )
    mode = ControlMode.AUTONOMOUS
    return Act(device, permit, Part(device_id, route, VESSEL, 1.0, mode, faults=faults))


def _vessels() -> tuple[Act, ...]:
    lake = "water-dishui"
    return (
        _vessel("usv-dishui-1", "Lake survey boat 1", lake, _around(lake, 0.4)),
        _vessel("usv-dishui-2", "Lake survey boat 2", lake, _around(lake, 0.7), SLOW_CLOCK),
        _vessel(
            "vessel-huangpu-1", "Channel survey boat", "channel-huangpu-wusong",
            _along("channel-huangpu-wusong"),
        ),
    )  # fmt: skip


LEAVER, NIGHT_CAR = "car-lingang-9", "car-jinqiao-9"
INTRUDER, CLIMB, SILENT = "uav-pudong-9", "uav-lingang-9", "uav-lingang-8"
ROUND_S, HOURS_S = 60.0, 3600.0
"""No part that breaks a rule is back at it sooner; nor are the hours of a permit over again."""
EXPECTED = (
    ExpectedBreach("OUTSIDE_TIME_WINDOW", NIGHT_CAR, None, 15.0, HOURS_S),
    ExpectedBreach("KEEP_OUT_BREACH", INTRUDER, "apt-zspd-inner", 30.0, ROUND_S),
    ExpectedBreach("ALTITUDE_OVER_LIMIT", CLIMB, None, 30.0, ROUND_S),
    ExpectedBreach("AUTO_OUTSIDE_AUTHORISED", LEAVER, "seg-lingang-shengang", 35.0, ROUND_S),
    ExpectedBreach("TELEMETRY_SILENCE", SILENT, None, 35.0),
)


def _breakers(start: datetime) -> tuple[Act, ...]:
    """Return those who break a rule, each one rule alone and for 15 seconds or more."""
    leaver = _road(LEAVER, "Car that leaves its segment", "seg-lingang-shengang")
    night = _road(NIGHT_CAR, "Car outside its hours", "seg-jinqiao-jinke")
    return (
        Act(leaver.device, leaver.permit, _with_route(leaver, _off_the_segment())),
        Act(night.device, _with_hours(night.permit, start), night.part),
        _flight(
            INTRUDER, "Drone that climbs into an airport surface", "air-pudong-west",
            _climb_at(121.7535, 31.1400, 35.0, 85.0), limits=CLIMBER, start_m=0.0,
        ),
        _flight(
            CLIMB, "Drone that climbs over 120 m", "air-lingang-a",
            _climb_at(121.8900, 30.9150, 90.0, 150.0), limits=CLIMBER, start_m=0.0,
        ),
        _flight(
            SILENT, "Drone that falls silent", "air-lingang-b",
            _around("air-lingang-b", 0.2, 60.0), faults=(RTK, Outage(15.0, 45.0)),
        ),
    )  # fmt: skip


def _with_route(act: Act, route: Route) -> Part:
    rate_hz, mode = 2.0, ControlMode.AUTONOMOUS
    return Part(act.device.device_id, route, ROAD_VEHICLE, rate_hz, mode, start_m=0.0)


def _with_hours(permit: PermitPlan, start: datetime) -> PermitPlan:
    """Return a permit whose two hours a day begin three hours after the play does."""
    local = start.astimezone(CHINA).replace(second=0, microsecond=0)
    opens, ends = local + timedelta(hours=3), local + timedelta(hours=5)
    return replace(permit, hours=((opens.time(), ends.time()),))


def _off_the_segment() -> Route:
    """Return 90 m along Shengang Avenue, then 500 m north of it, and back."""
    on_it: Waypoint = (121.8890, 30.9030, 0.0)
    turn: Waypoint = (121.88993, 30.90285, 0.0)
    return round_trip([on_it, turn, (121.8905, 30.9073, 0.0), turn])


def _climb_at(longitude: float, latitude: float, low_m: float, high_m: float) -> Route:
    """Return a route that is low for about ten seconds, then high for over half a minute."""
    d_lon = 1.0 / 95_400.0
    return round_trip(
        [
            (longitude, latitude, low_m),
            (longitude + 50 * d_lon, latitude, low_m),
            (longitude + 52 * d_lon, latitude, high_m),
            (longitude + 150 * d_lon, latitude, high_m),
            (longitude + 50 * d_lon, latitude + 50 * d_lon, high_m),
            (longitude, latitude + 5 * d_lon, high_m),
        ]
    )


def _recorded() -> tuple[tuple[Act, ...], tuple[RecordedPart, ...]]:
    """Return the units that play recordings, with permits for where they are put."""
    terminal, aircraft = "jt808-recorded-1", "1581FREC0000000000001"
    acts = (
        Act(
            DemoDevice(
                terminal, VEHICLES, Domain.ROAD, "jt808", "Recorded JT/T 808 terminal",
                "13900000899",
            ),
            PermitPlan(
                "DEMO-JT808-RECORDED-1", "ROAD_TEST", VEHICLES, (terminal,), ("area-jiading",),
                max_speed_mps=33.3, driver="safety officer in the driver's seat",
            ),
        ),
        Act(
            DemoDevice(aircraft, AIR, Domain.AIR, "dji", "Recorded DJI aircraft"),
            PermitPlan(
                "DEMO-DJI-RECORDED-1", "FLIGHT_ACTIVITY", AIR, (aircraft,), ("air-jinshan",),
                max_speed_mps=27.0, max_height_agl_m=120.0, driver="pilot at the control station",
            ),
        ),
    )  # fmt: skip
    places = (
        RecordedPart(terminal, 121.2000, 31.3200),
        RecordedPart(aircraft, 121.3050, 30.8050),
    )
    return acts, places
