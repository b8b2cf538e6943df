"""AIS receivers by TCP and UDP, a gateway, and a broker."""

import asyncio
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from telemetry.gateways.ais import WIRE
from telemetry.gateways.wire import Dropped
from telemetry.report import Domain, RefusalReason
from tests.broker.clients import Connections
from tests.gateways.playing import ANYWHERE, acknowledge, gateway, give_account, until
from tests.servers import RunningBroker
from tests.telemetry.test_gateway_ais import lines
from zone_service.clock import now
from zone_service.gateways.process import Serving, Sockets
from zone_service.store import credentials, refusals, registry
from zone_service.store.engine import Store, open_store
from zone_service.store.records import PLATFORM, Device, Organisation, OrganisationKind

pytestmark = [pytest.mark.real_broker, pytest.mark.requirement("D7-1", "D7-5")]

TUG, FERRY = 412345678, 412345679


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """Two vessels."""
    opened = open_store(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'zone.sqlite')}")
    with opened.write() as session:
        harbour = Organisation("harbour", "Harbour", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, harbour, now())
        for name, mmsi in (("tug", TUG), ("ferry", FERRY)):
            vessel = Device(name, "harbour", Domain.WATER, name, "ais", str(mmsi))
            registry.add_device(session, PLATFORM, vessel, now())
            credentials.issue(session, PLATFORM, name, now())
    yield opened
    opened.close()


def test_lines_of_many_vessels_by_tcp_and_udp_arrive_as_their_devices_and_the_others_are_counted(
    nats_broker: RunningBroker, store: Store, tmp_path: Path, connect: Connections
) -> None:
    give_account(nats_broker, "ais", "tug", "ferry")
    platform = connect(nats_broker.service).subscribe("zone/up/+/tele")

    async def story() -> Serving:
        both = Sockets(tcp=ANYWHERE, udp=ANYWHERE)
        async with gateway(nats_broker, store, tmp_path, WIRE, both) as serving:
            with (
                socket.create_connection(("127.0.0.1", serving.tcp_port)) as wired,
                socket.socket(type=socket.SOCK_DGRAM) as loose,
            ):
                wired.sendall(lines(TUG) + lines(999999999) + lines(888888888) + lines(FERRY)[:9])
                wired.sendall(lines(FERRY)[9:] + lines(FERRY, 5))
                for part in lines(TUG, 5).splitlines():
                    loose.sendto(part, ("127.0.0.1", serving.udp_port))
                await until(lambda: len(platform.heard) >= 4, "all is at the broker")
                acknowledge(platform)
                stored = serving.gateway.counts.said
                await until(lambda: stored["stored"] == 4, "it knows that all is stored")
                assert len(serving.gateway.outbox) == 0
            return serving

    counts = asyncio.run(story()).gateway.counts
    heard = sorted(topic for topic, _ in platform.heard)
    assert heard == ["zone/up/ferry/tele"] * 2 + ["zone/up/tug/tele"] * 2
    assert counts.dropped == {Dropped.UNKNOWN_UNIT: 2}
    with store.read() as session:
        (shown,) = refusals.page(session, PLATFORM)
    assert (shown.subject, shown.count) == ("ais (others)", 2)
    assert shown.reason == RefusalReason.UNKNOWN_DEVICE.value
