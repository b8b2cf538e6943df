"""The load of the crash benchmark: a fleet that never stops talking, and what it was promised.

Every device hovers south of a parallel and goes north of it now and then, by script. What is
written down here is the truth that the store is held against: each message, whether the broker
or the platform acknowledged it, and each excursion with the times of its first and last fix.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from simulators.mqtt_unit import MqttUnit
from simulators.wire import rfc3339
from telemetry import topics

BOOT_ID = "crash"
AWAY_DEG = 3.0e-5
"""3.3 m off the parallel, either side: no jump between two fixes that are good to 5 m, however
close together a busy machine sends them."""
EXCURSION_S = (1.0, 3.0)
BETWEEN_S = (6.0, 14.0)
"""Longer than a keep-out breach needs to close."""
_DRAIN_S = 30.0


@dataclass(slots=True)
class Excursion:
    """A scripted violation: device time of the first fix inside, and of the first outside again."""

    device_id: str
    began_s: float
    ended_s: float | None = None


@dataclass(slots=True)
class Talker:
    """One device and what it knows about its own messages."""

    device_id: str
    unit: MqttUnit
    place: tuple[float, float]
    sent: int = 0
    """Messages so far; their sequence numbers are 1 to this."""
    acknowledged: set[int] = field(default_factory=set)
    """By the broker, which keeps them from then on."""
    stored: int = 0
    """By the platform: all up to this number is committed."""
    in_flight: dict[int, int] = field(default_factory=dict)
    turn_s: float = 0.0
    """When it goes out or comes back next."""
    out: Excursion | None = None

    def note_acknowledged(self, packet_id: int) -> None:
        self.acknowledged.add(self.in_flight.pop(packet_id))

    def note_stored(self, payload: bytes) -> None:
        said = json.loads(payload)
        if said["boot_id"] == BOOT_ID:
            self.stored = max(self.stored, said["seq"])


APART_DEG = 0.0006
"""57 m: nearer than 50 m they would lose separation, which is not in the script."""


class Fleet:
    """All devices, on the loop of the caller."""

    def __init__(
        self, secrets: dict[str, str], rate_hz: float, edge: tuple[float, float], seed: int
    ) -> None:
        self.talkers: list[Talker] = []
        self.excursions: list[Excursion] = []
        self.scripting = True
        """Whether anybody still goes out."""
        self._rate_hz = rate_hz
        self._random = random.Random(seed)
        west_deg, edge_deg = edge
        for number, (name, secret) in enumerate(secrets.items()):
            self.talkers.append(_talker(name, secret, (west_deg + APART_DEG * number, edge_deg)))

    async def connect(self, host: str, port: int) -> None:
        now_s = time.time()
        for talker in self.talkers:
            await talker.unit.connect(host, port)
            talker.turn_s = now_s + self._random.uniform(1.0, BETWEEN_S[1])

    async def talk(self, until: Callable[[], bool]) -> None:
        """Publish at the rate, evenly spread, until told to stop."""
        period_s = 1.0 / self._rate_hz / len(self.talkers)
        due_s, turn = time.monotonic(), 0
        while not until():
            self._say(self.talkers[turn % len(self.talkers)])
            turn, due_s = turn + 1, due_s + period_s
            if (wait_s := due_s - time.monotonic()) > 0:
                await asyncio.sleep(wait_s)
            elif turn % 20 == 0:
                await asyncio.sleep(0)

    def _say(self, talker: Talker) -> None:
        # Whole milliseconds, as they travel: the store must give back the very same time.
        at_s = round(time.time(), 3)
        self._turn(talker, at_s)
        longitude_deg, edge_deg = talker.place
        latitude_deg = edge_deg + (AWAY_DEG if talker.out else -AWAY_DEG)
        talker.sent += 1
        payload = (
            f'{{"schema_version":1,"boot_id":"{BOOT_ID}","seq":{talker.sent},'
            f'"event_time":"{rfc3339(at_s)}","longitude":{longitude_deg:.7f},'
            f'"latitude":{latitude_deg:.7f},"height_agl_m":60.0,"horizontal_accuracy_m":5.0,'
            '"ground_speed_mps":3.0,"control_mode":"MANUAL","operational_status":"AIRBORNE"}'
        )
        packet_id = talker.unit.publish(
            topics.tele(talker.device_id).encode(), payload.encode(), qos=1
        )
        talker.in_flight[packet_id] = talker.sent

    def _turn(self, talker: Talker, at_s: float) -> None:
        """Begin or end an excursion when its time has come."""
        if at_s < talker.turn_s:
            return
        if talker.out is not None:
            talker.out.ended_s, talker.out = at_s, None
            talker.turn_s = at_s + self._random.uniform(*BETWEEN_S)
        elif self.scripting:
            talker.out = Excursion(talker.device_id, at_s)
            self.excursions.append(talker.out)
            talker.turn_s = at_s + self._random.uniform(*EXCURSION_S)

    @property
    def everybody_is_back(self) -> bool:
        return all(talker.out is None for talker in self.talkers)

    async def drain(self) -> None:
        """Wait until broker and platform have acknowledged everything, if they ever do."""
        end_s = time.monotonic() + _DRAIN_S
        while time.monotonic() < end_s and any(
            talker.in_flight or talker.stored < talker.sent for talker in self.talkers
        ):
            await asyncio.sleep(0.1)

    def close(self) -> None:
        for talker in self.talkers:
            talker.unit.close()


def _talker(name: str, secret: str, place: tuple[float, float]) -> Talker:
    unit = MqttUnit(
        name,
        secret,
        subscriptions=(topics.ack(name),),
        on_message=lambda _, payload: talker.note_stored(payload),
        on_acknowledged=lambda packet_id: talker.note_acknowledged(packet_id),
    )
    talker = Talker(name, unit, place)
    return talker
