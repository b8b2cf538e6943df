"""Autopilots by UDP, a gateway, and a broker."""

import asyncio
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from telemetry.gateways.mavlink import WIRE
from telemetry.gateways.wire import Dropped
from telemetry.report import Domain
from tests.broker.clients import Connections
from tests.gateways.playing import ANYWHERE, acknowledge, gateway, give_account, until
from tests.servers import RunningBroker
from tests.telemetry.test_gateway_mavlink import clock, position
from zone_service.clock import now
from zone_service.gateways.process import Serving, Sockets
from zone_service.store import credentials, refusals, registry
from zone_service.store.engine import Store, open_store
from zone_service.store.records import PLATFORM, Device, Organisation, OrganisationKind

pytestmark = [pytest.mark.real_broker, pytest.mark.requirement("D7-1", "D7-6")]


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """Two aircraft."""
    opened = open_store(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'zone.sqlite')}")
    with opened.write() as session:
        sky = Organisation("sky", "Sky", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, sky, now())
        for number in (1, 2):
            name = f"uav-{number}"
            aircraft = Device(name, "sky", Domain.AIR, name, "mavlink", f"sys:{number}")
            registry.add_device(session, PLATFORM, aircraft, now())
            credentials.issue(session, PLATFORM, name, now())
    yield opened
    opened.close()


def test_frames_of_several_systems_by_udp_arrive_as_their_aircraft_with_their_clocks(
    nats_broker: RunningBroker, store: Store, tmp_path: Path, connect: Connections
) -> None:
    give_account(nats_broker, "mavlink", "uav-1", "uav-2")
    platform = connect(nats_broker.service).subscribe("zone/up/+/tele")
    said = [clock(system=1), clock(system=2), position(system=9) + position(system=1) + b"\xfd"]

    async def story() -> Serving:
        by_udp = Sockets(udp=ANYWHERE)
        async with gateway(nats_broker, store, tmp_path, WIRE, by_udp) as serving:
            with socket.socket(type=socket.SOCK_DGRAM) as bridge:
                for each in (*said, position(system=2)):
                    bridge.sendto(each, ("127.0.0.1", serving.udp_port))
                await until(lambda: len(platform.heard) >= 2, "both are at the broker")
                acknowledge(platform)
                await until(lambda: len(serving.gateway.outbox) == 0, "it knows they are stored")
            return serving

    counts = asyncio.run(story()).gateway.counts
    assert dict(platform.heard) == {
        "zone/up/uav-1/tele": clock(system=1) + position(system=1),
        "zone/up/uav-2/tele": clock(system=2) + position(system=2),
    }
    assert counts.dropped == {Dropped.UNKNOWN_UNIT: 1, Dropped.MALFORMED: 1}
    with store.read() as session:
        (shown,) = refusals.page(session, PLATFORM)
    assert (shown.subject, shown.count) == ("mavlink sys:9", 1)
