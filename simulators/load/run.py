"""One run of a load: its connections, its pace, and when what was sent.

One asyncio process. A wheel of 2 ms slots paces the devices, so that the load is as even as a
city's and not a burst a second. What can be made before is made before: topics, and all of a
message but its changing fields. Rates are kept on average: a late slot is caught up with, and
the worst lateness is reported, since a generator that is late measures itself.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import uvloop

from simulators.load.plan import LoadPlan
from simulators.load.result import LoadResult
from simulators.mqtt_unit import MAX_PACKET_ID, MqttUnit, refusal
from simulators.wire import rfc3339
from telemetry import topics

SLOT_S = 0.002
MAX_OPENING = 200
"""More handshakes at once overflow a broker's queue of connections, and all become slow."""
WANDER_DEG = 2e-6
"""How far a device goes between two messages: 0.2 m, on the spot for every fence."""
WANDER_STEPS = 50
TELL_EVERY_S = 1.0
PLACE = (121.8620, 30.9000)
"""Where devices are that have no place of their own."""

Progress = Callable[[str], None]
"""Hears once a second how far a run is."""


async def run_load(plan: LoadPlan, progress: Progress | None = None) -> LoadResult:
    """Connect all, publish for the time of the plan, wait for acknowledgements, disconnect.

    Raises:
        OSError: a device could not connect; the broker's reason is in the message.
        ValueError: the plan asks for nothing, or names a device that it has no secret for.
    """
    load = _Load(plan)
    telling = asyncio.create_task(load.tell(progress)) if progress else None
    try:
        try:
            await load.connect()
        except ExceptionGroup as errors:
            raise refusal(errors) from None
        await load.publish()
        await load.drain()
        return load.result()
    finally:
        if telling is not None:
            telling.cancel()
        load.close()


class _Load:
    """One run: its connections, and when what was sent."""

    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._ids = tuple(plan.secrets)
        strangers = {b.device_id for b in plan.breaches} - plan.secrets.keys()
        if not self._ids or plan.rate_hz <= 0 or plan.seconds <= 0 or strangers:
            message = (
                f"{len(self._ids)} devices, {plan.rate_hz} Hz, {plan.seconds} s, breaches of "
                f"{sorted(strangers)}: expected more than none, and secrets for all"
            )
            raise ValueError(message)
        self._slots = max(1, round(1.0 / plan.rate_hz / SLOT_S))
        self._rounds = max(1, round(plan.seconds / (self._slots * SLOT_S)))
        shape = (len(self._ids), self._rounds)
        self._published_s = np.full(shape, np.nan)
        self._acknowledged_s = np.full(shape, np.nan)
        self._stored: dict[str, int] = {}
        self._units = [self._unit(row, name) for row, name in enumerate(self._ids)]
        self._topics = [topics.tele(name).encode() for name in self._ids]
        self._places = [plan.places.get(name, PLACE) for name in self._ids]
        self._scripted = self._script()
        self._tail = _tail(plan)
        self._connect_s = self._publish_s = self._late_s = 0.0

    def _unit(self, row: int, name: str) -> MqttUnit:
        return MqttUnit(
            name,
            self._plan.secrets[name],
            subscriptions=(topics.ack(name),) if self._plan.hear_acknowledgements else (),
            on_message=lambda _, payload: self._note_stored(name, payload),
            on_acknowledged=lambda packet_id: self._note_acknowledged(row, packet_id),
        )

    def _script(self) -> dict[tuple[int, int], tuple[float, float]]:
        """Return the places of the scripted breaches by row and sequence number."""
        rows = {name: row for row, name in enumerate(self._ids)}
        return {
            (rows[breach.device_id], seq): (breach.longitude_deg, breach.latitude_deg)
            for breach in self._plan.breaches
            for seq in range(breach.first_seq, breach.last_seq + 1)
        }

    def _note_stored(self, name: str, payload: bytes) -> None:
        said = msgspec.json.decode(payload)
        if isinstance(said, dict) and isinstance(said.get("seq"), int):
            self._stored[name] = max(said["seq"], self._stored.get(name, -1))

    def _note_acknowledged(self, row: int, packet_id: int) -> None:
        """Note a PUBACK: the packet id is the sequence number modulo 65 535, plus one."""
        seq = packet_id - 1
        while seq + MAX_PACKET_ID < self._rounds and np.isfinite(
            self._published_s[row, seq + MAX_PACKET_ID]
        ):
            seq += MAX_PACKET_ID
        self._acknowledged_s[row, seq] = time.time()

    async def connect(self) -> None:
        """Open all connections, at the plan's pace and not too many at once."""
        begun = time.monotonic()
        opening = asyncio.Semaphore(MAX_OPENING)
        async with asyncio.TaskGroup() as group:
            for number, unit in enumerate(self._units):
                due = begun + number / self._plan.connects_per_s
                if (wait_s := due - time.monotonic()) > 0.02:
                    await asyncio.sleep(wait_s)
                await opening.acquire()
                group.create_task(self._open(unit, opening))
        self._connect_s = time.monotonic() - begun

    async def _open(self, unit: MqttUnit, opening: asyncio.Semaphore) -> None:
        try:
            await unit.connect(self._plan.host, self._plan.port)
        finally:
            opening.release()

    async def publish(self) -> None:
        """Turn the wheel: in each slot its devices publish, in each round every device once."""
        by_slot = [range(slot, len(self._ids), self._slots) for slot in range(self._slots)]
        begun = time.monotonic()
        for tick in range(self._rounds * self._slots):
            due = begun + tick * SLOT_S
            wait_s = due - time.monotonic()
            # Even when late: without a turn of the loop nothing leaves and no PUBACK is read.
            await asyncio.sleep(max(0.0, wait_s))
            self._late_s = max(self._late_s, time.monotonic() - due)
            seq, slot = divmod(tick, self._slots)
            self._publish_slot(by_slot[slot], seq)
        self._publish_s = time.monotonic() - begun

    def _publish_slot(self, rows: Sequence[int], seq: int) -> None:
        at_s = time.time()
        moment = rfc3339(at_s)
        head = f'{{"schema_version":1,"seq":{seq},"event_time":"{moment}","longitude":'
        steps = seq % WANDER_STEPS
        wander = WANDER_DEG * min(steps, WANDER_STEPS - steps)
        packet_id = seq % MAX_PACKET_ID + 1
        for row in rows:
            lon, lat = self._scripted.get((row, seq)) or self._places[row]
            payload = f'{head}{lon + wander:.7f},"latitude":{lat:.7f}{self._tail}'.encode()
            unit = self._units[row]
            if self._plan.qos == 0 and not unit.connected:
                continue
            self._published_s[row, seq] = time.time()
            unit.publish(self._topics[row], payload, self._plan.qos, packet_id)

    async def drain(self) -> None:
        """Wait until everything is acknowledged that will be, at most the plan's time."""
        end = time.monotonic() + self._plan.drain_s
        while self._waiting() and time.monotonic() < end:
            await asyncio.sleep(0.02)

    def _waiting(self) -> bool:
        if any(unit.unacknowledged for unit in self._units):
            return True
        last = self._rounds - 1
        return self._plan.hear_acknowledgements and any(
            self._stored.get(name, -1) < last for name in self._ids
        )

    async def tell(self, progress: Progress) -> None:
        """Tell once a second how far it is, until somebody cancels."""
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            connected = sum(unit.connected for unit in self._units)
            sent = int(np.isfinite(self._published_s).sum())
            stored = sum(seq + 1 for seq in self._stored.values())
            progress(f"… {connected} connected, {sent} published, {stored} stored")

    def result(self) -> LoadResult:
        return LoadResult(
            device_ids=self._ids,
            published_s=self._published_s,
            acknowledged_s=self._acknowledged_s,
            stored_seq=dict(self._stored),
            connect_s=self._connect_s,
            publish_s=self._publish_s,
            late_ms_max=self._late_s * 1000.0,
            reconnects=sum(max(0, unit.connections - 1) for unit in self._units),
        )

    def close(self) -> None:
        for unit in self._units:
            unit.close()


def _tail(plan: LoadPlan) -> str:
    """Return what follows the latitude, the same in all messages of the run."""
    said = {
        "boot_id": plan.boot_id,
        "source_crs": "WGS84",
        "altitude_msl_m": plan.height_msl_m,
        "height_agl_m": plan.height_agl_m,
        "horizontal_accuracy_m": 1.0,
        "satellites": 20,
        "ground_speed_mps": plan.speed_mps,
        "track_deg": 90.0,
        "heading_deg": 90.0,
        "control_mode": plan.control_mode,
        "operational_status": "UNKNOWN" if plan.height_agl_m is None else "AIRBORNE",
        "battery_percent": 80.0,
    }
    known = {name: value for name, value in said.items() if value is not None}
    return "," + json.dumps(known, separators=(",", ":"))[1:]


def load(plan: LoadPlan, progress: Progress | None = None) -> LoadResult:
    """Run a plan on an event loop of its own and return what came of it."""
    return uvloop.run(run_load(plan, progress))
