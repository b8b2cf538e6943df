"""What is crashed: a real broker, a real store, and a worker that is killed and started again."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from shapely import box

from geofence.zone import Area, Volume, Zone, ZoneKind
from permits.issuing import Ruling
from permits.life_cycle import PermitKind, PermitState
from permits.terms import Terms
from telemetry.report import Domain
from zone_service import broker as brokers
from zone_service.broker import Broker, BrokerKind, Plan
from zone_service.clock import now
from zone_service.demo_city import lead_to
from zone_service.shipped_rules import shipped_rules, shipped_sheet
from zone_service.store import journal, permits, registry, zones
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM, Device, Organisation, OrganisationKind

UNDER = Ruling(shipped_sheet("demonstration"))
"""Its instruments go on for good: in the others the procedure for vehicles has run out."""
EDGE_DEG = 31.0
"""The fleet hovers just south of this parallel; north of it nobody may fly."""
WEST_DEG = 121.0
EDGE = (WEST_DEG + 0.01, EDGE_DEG)
"""Where the fleet's line begins."""
WIDTH_DEG = 0.06
"""Few kilometres: the outline of a long side bends away from its parallel."""
OPERATOR = "crash-operator"
SERVICE_SECRET = "the-service-secret-of-the-benchmark"
_DIES_WITHIN_S = 60.0
"""On a machine that is busy with something else a hundred turns take half a minute."""


def _zone(zone_id: str, kind: ZoneKind, south_deg: float) -> Zone:
    area = Area(box(WEST_DEG, south_deg, WEST_DEG + WIDTH_DEG, EDGE_DEG + 0.01))
    return Zone(zone_id, kind, zone_id, (Volume(area),), domains=frozenset({"air"}))


SKY = _zone("sky", ZoneKind.KEEP_IN, EDGE_DEG - 0.01)
FORBIDDEN = _zone("forbidden", ZoneKind.KEEP_OUT, EDGE_DEG)


class Site:
    """A platform without its web process, in a directory of its own."""

    def __init__(
        self, kind: BrokerKind, url: str, directory: Path, device_ids: tuple[str, ...]
    ) -> None:
        self.kind = kind
        self.directory = directory
        self.device_ids = device_ids
        self.secrets = {name: f"secret-of-{name}" for name in device_ids}
        self.rules = shipped_rules("shanghai-default")
        self.url = url
        """Of an empty database."""
        self.store = open_store(url)
        self.broker = Broker(
            kind,
            Plan(
                directory=directory / "broker",
                port=brokers.free_port(),
                service_port=brokers.free_port(),
                service=brokers.account(brokers.SERVICE, SERVICE_SECRET),
            ),
        )
        self.log = directory / "worker.log"
        self._worker: asyncio.subprocess.Process | None = None
        self._spares = 0

    def set_up(self) -> None:
        """Fill the store and start the broker."""
        self.store.upgrade()
        at = now()
        with self.store.write() as session:
            zones.publish(session, PLATFORM, (SKY, FORBIDDEN), at)
            operator = Organisation(OPERATOR, "Crash", OrganisationKind.OPERATOR)
            registry.add_organisation(session, PLATFORM, operator, at)
            for name in self.device_ids:
                registry.add_device(session, PLATFORM, Device(name, OPERATOR, Domain.AIR, name), at)
        self._permit()
        self.broker.start([brokers.account(*each) for each in self.secrets.items()])
        self.broker.wait_ready(SERVICE_SECRET)

    def _permit(self) -> None:
        """Let the whole fleet fly, but not where nobody may."""
        kind, at = PermitKind.FLIGHT_ACTIVITY, now()
        terms = Terms(
            device_ids=frozenset(self.device_ids),
            zone_ids=frozenset({SKY.zone_id}),
            valid_from=at - timedelta(days=1),
            valid_to=at + timedelta(days=1),
        )
        with self.store.write() as session:
            permit = permits.create(
                session, PLATFORM, kind=kind, holder_id=OPERATOR, terms=terms, at=at
            )
            lead_to(session, permit, PermitState.AIRBORNE, at, UNDER)

    def tear_down(self) -> None:
        self.broker.stop()
        self.store.close()

    def change_the_registry(self) -> None:
        """Make the worker swap its world."""
        self._spares += 1
        spare = Device(f"spare-{self._spares}", OPERATOR, Domain.AIR, "spare")
        with self.store.write() as session:
            registry.add_device(session, PLATFORM, spare, now())

    async def start_worker(self, crash_at: str, checkpoint_every_s: float) -> None:
        access = self.broker.access(SERVICE_SECRET)
        environment = {
            "ZONE_DATA_DIR": str(self.directory),
            "ZONE_STORE_URL": self.url,
            "ZONE_BROKER": self.kind.value,
            "ZONE_MQTT_HOST": access.host,
            "ZONE_MQTT_PORT": str(access.port),
            "ZONE_MQTT_USERNAME": access.username,
            "ZONE_MQTT_PASSWORD": access.password,
            "ZONE_CRASH_AT": crash_at,
            "ZONE_CHECKPOINT_EVERY_S": str(checkpoint_every_s),
        }
        with self.log.open("ab") as log:
            self._worker = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "zone_service", "worker",
                env=os.environ | environment, stderr=log,
            )  # fmt: skip

    async def wait_until_listening(self) -> None:
        """Wait until a worker has said so; for the first one."""
        async with asyncio.timeout(_DIES_WITHIN_S):
            while '"event": "listening"' not in self.log.read_text():
                await asyncio.sleep(0.05)

    async def wait_for_death(self) -> None:
        """Wait until the worker has killed itself.

        Raises:
            TimeoutError: it did not reach the step.
            RuntimeError: it ended in another way.
        """
        assert self._worker is not None
        async with asyncio.timeout(_DIES_WITHIN_S):
            status = await self._worker.wait()
        if status != -signal.SIGKILL:
            msg = f"the worker ended with {status}: see {self.log}"
            raise RuntimeError(msg)

    async def kill_worker(self) -> None:
        assert self._worker is not None
        self._worker.kill()
        await self._worker.wait()

    async def end_worker(self) -> int:
        assert self._worker is not None
        self._worker.terminate()
        return await self._worker.wait()

    @property
    def worker_runs(self) -> bool:
        return self._worker is not None and self._worker.returncode is None

    def last_commit(self) -> int:
        return journal.last_journal_id(self.store)

    def has_committed_messages_after(self, journal_id: int) -> bool:
        return any(
            frame.topic.startswith("zone/up/")
            for each in journal.batches_after(self.store, journal_id)
            for frame in journal.unpack(each.batch.body)
        )
