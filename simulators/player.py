"""Plays a scenario: every unit over its own MQTT connection, with the time of now."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from simulators.fleet import Fleet, Mover, make_fleet, step
from simulators.link import Link
from simulators.mqtt_unit import MqttUnit, refusal
from simulators.replay import Recordings, load_recordings, replay_dji, replay_jt808
from simulators.scenario import (
    GEOID_HAE_M,
    GROUND_AMSL_M,
    Part,
    RecordedPart,
    Scenario,
)
from simulators.wire import Message, message
from telemetry.report import Domain, OperationalStatus, Report

STEP_S = 0.1
RECORDED_EVERY_S = 1.0
LAG_S = 0.02


class Stage:
    """All units of a scenario on their ways. No clock and no network: time comes as an argument.

    ``origin_s`` is the Unix time at which the play starts.
    """

    def __init__(
        self,
        scenario: Scenario,
        origin_s: float,
        chance: np.random.Generator,
        recordings: Recordings,
    ) -> None:
        self._scenario = scenario
        self._devices = {device.device_id: device for device in scenario.devices}
        self._now_s = origin_s
        self._recordings = recordings
        movers = [Mover(part.route, part.limits, part.start_m) for part in scenario.parts]
        self._fleet: Fleet = make_fleet(movers, chance)
        parts = scenario.parts
        self._links = [
            Link(part.faults, origin_s, own)
            for part, own in zip(parts, chance.spawn(len(parts)), strict=True)
        ]
        self._due_s = {part.device_id: origin_s for part in scenario.parts}
        self._due_s |= {part.device_id: origin_s for part in scenario.recorded}
        self._seq = dict.fromkeys(self._due_s, 0)
        self._boot_id = f"play-{int(origin_s)}"

    def messages(self, now_s: float) -> Iterator[tuple[str, Message]]:
        """Move everything to ``now_s`` and yield what is due by then: device id and message."""
        while self._now_s + STEP_S <= now_s:
            self._fleet = step(self._fleet, STEP_S)
            self._now_s += STEP_S
        places = self._fleet.positions_deg()
        for row, (part, link) in enumerate(zip(self._scenario.parts, self._links, strict=True)):
            if self._is_due(part.device_id, now_s, self._period_s(part)):
                link.send(self._report(row, part, places[row], now_s, at_rest=False), now_s)
            for report in link.arrived(now_s):
                yield part.device_id, self._message(report)
        for recorded in self._scenario.recorded:
            if self._is_due(recorded.device_id, now_s, RECORDED_EVERY_S):
                yield recorded.device_id, self._play(recorded, now_s, parked=False)

    def farewell(self, now_s: float) -> Iterator[tuple[str, Message]]:
        """Yield what is on its way, and the last word of each unit: parked, landed or moored.

        A unit that simply ends falls silent on its task, and that is a breach. Formats that
        count whole seconds speak of the next one, since this one is taken.
        """
        places = self._fleet.positions_deg()
        for row, (part, link) in enumerate(zip(self._scenario.parts, self._links, strict=True)):
            at_s = now_s + (1.0 if self._devices[part.device_id].codec == "jt808" else 0.0)
            link.send(self._report(row, part, places[row], at_s, at_rest=True), now_s)
            for report in link.rest():
                yield part.device_id, self._message(report)
        for recorded in self._scenario.recorded:
            yield recorded.device_id, self._play(recorded, now_s + 1.0, parked=True)

    def _period_s(self, part: Part) -> float:
        return 1.0 / part.rate_hz

    def _is_due(self, device_id: str, now_s: float, period_s: float) -> bool:
        if now_s < self._due_s[device_id]:
            return False
        whole_seconds = self._devices[device_id].codec == "jt808"
        if whole_seconds:  # one report for each second of the clock, never two
            self._due_s[device_id] = float(int(now_s) + 1)
        else:
            missed = int((now_s - self._due_s[device_id]) / period_s)
            self._due_s[device_id] += (missed + 1) * period_s
        return True

    def _message(self, report: Report) -> Message:
        device = self._devices[report.device_id]
        return message(report, device.codec, device.wire_id)

    def _report(
        self,
        row: int,
        part: Part,
        place: np.ndarray,
        now_s: float,
        *,
        at_rest: bool,
    ) -> Report:
        self._seq[part.device_id] += 1
        in_the_air = self._devices[part.device_id].domain is Domain.AIR
        height_m = float(self._fleet.position_m[row, 2]) if in_the_air else 0.0
        heading_deg = float(self._fleet.heading_deg[row])
        return Report(
            device_id=part.device_id,
            event_time_s=now_s,
            boot_id=self._boot_id,
            seq=self._seq[part.device_id] - 1,
            longitude_deg=float(place[0]),
            latitude_deg=float(place[1]),
            altitude_hae_m=height_m + GROUND_AMSL_M + GEOID_HAE_M,
            altitude_msl_m=height_m + GROUND_AMSL_M,
            height_ato_m=height_m if in_the_air else None,
            height_agl_m=height_m if in_the_air else None,
            satellites=24,
            ground_speed_mps=0.0 if at_rest else float(self._fleet.speed_mps[row]),
            vertical_speed_mps=0.0 if at_rest else float(self._fleet.climb_mps[row]),
            track_deg=heading_deg,
            heading_deg=heading_deg,
            control_mode=part.control_mode,
            operational_status=_status(in_the_air=in_the_air, at_rest=at_rest),
            battery_percent=80.0,
        )

    def _play(self, part: RecordedPart, now_s: float, *, parked: bool) -> Message:
        number = self._seq[part.device_id]
        self._seq[part.device_id] += 1
        device = self._devices[part.device_id]
        lon, lat = part.longitude_deg, part.latitude_deg
        if device.codec == "dji":
            data = self._recordings.dji_osd[number % len(self._recordings.dji_osd)]
            ground_m = GROUND_AMSL_M + GEOID_HAE_M
            return replay_dji(data, device.device_id, now_s, lon, lat, ground_m, parked=parked)
        frame = self._recordings.jt808[number % len(self._recordings.jt808)]
        phone = device.wire_id or device.device_id
        return replay_jt808(frame, device.device_id, phone, now_s, lon, lat, parked=parked)


def _status(*, in_the_air: bool, at_rest: bool) -> OperationalStatus:
    if not in_the_air:
        return OperationalStatus.UNKNOWN
    return OperationalStatus.GROUND if at_rest else OperationalStatus.AIRBORNE


@dataclass(slots=True)
class ScenarioPlayer:
    """Drives all units of a scenario over real connections.

    ``secrets`` has the secret of every device. After ``connect``, ``play`` runs until it is
    told to ``stop`` or its time is over; then every unit parks or lands. ``recordings`` are
    the project's own unless others are given.
    """

    scenario: Scenario
    host: str
    port: int
    secrets: Mapping[str, str]
    qos: int = 1
    seed: int = 20_260_501
    recordings: Recordings | None = None
    published: dict[str, int] = field(default_factory=dict)
    """How many messages each device has published."""
    started_s: float | None = None
    """Unix time at which the play began."""
    _published_s: dict[tuple[str, int], float] = field(default_factory=dict)
    _units: dict[str, MqttUnit] = field(default_factory=dict)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def connect(self) -> None:
        """Connect every unit. Raises ``OSError`` with the broker's reason if one cannot."""
        self._units = {
            device.device_id: MqttUnit(device.device_id, self.secrets[device.device_id])
            for device in self.scenario.devices
        }
        try:
            async with asyncio.TaskGroup() as group:
                for unit in self._units.values():
                    group.create_task(unit.connect(self.host, self.port))
        except ExceptionGroup as errors:
            self.close()
            raise refusal(errors) from None

    async def play(self, seconds: float | None = None) -> None:
        """Publish until the time is over or ``stop`` is called; then everybody stops moving."""
        origin_s = self.started_s = time.time()
        chance = np.random.default_rng(self.seed)
        stage = Stage(self.scenario, origin_s, chance, self.recordings or load_recordings())
        end_s = float("inf") if seconds is None else origin_s + seconds
        while not self._stopping.is_set() and (now_s := time.time()) < end_s:
            for device_id, said in stage.messages(now_s):
                self._publish(device_id, said)
            await asyncio.sleep(STEP_S - (time.time() - origin_s) % STEP_S)
        await asyncio.sleep(LAG_S)
        for device_id, said in stage.farewell(time.time()):
            self._publish(device_id, said)

    def stop(self) -> None:
        """End the play at the next step."""
        self._stopping.set()

    async def drain(self, patience_s: float = 5.0) -> int:
        """Wait for acknowledgements that are out; return how many never came."""
        end = time.monotonic() + patience_s
        while self._unacknowledged() and time.monotonic() < end:
            await asyncio.sleep(0.02)
        return self._unacknowledged()

    def close(self) -> None:
        """Disconnect every unit."""
        for unit in self._units.values():
            unit.close()

    def published_at(self, device_id: str, event_time_s: float) -> float | None:
        """Return when the report of this event time was first published, Unix seconds."""
        return self._published_s.get((device_id, round(event_time_s * 1000.0)))

    def _unacknowledged(self) -> int:
        return sum(len(unit.unacknowledged) for unit in self._units.values())

    def _publish(self, device_id: str, said: Message) -> None:
        unit = self._units[device_id]
        if self.qos == 0 and not unit.connected:
            return
        self._published_s.setdefault((device_id, round(said.event_time_s * 1000.0)), time.time())
        unit.publish(said.topic.encode(), said.payload, self.qos)
        self.published[device_id] = self.published.get(device_id, 0) + 1
