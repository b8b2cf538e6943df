"""Whole exchanges of fences on real brokers, with the process that tells units, and with the web's files."""

import asyncio
import hashlib
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymavlink.dialects.v20 import common

from telemetry.gateways.mavlink import TELLING
from tests.broker.clients import Client, Connections
from tests.fences import scene
from tests.servers import RunningBroker
from zone_service.app import create_app
from zone_service.broker import gateway_account, service_access
from zone_service.clock import now
from zone_service.fences.pushing import is_out_of_reach, pushing
from zone_service.gateways.process import Sockets, running
from zone_service.listening import Listening
from zone_service.settings import Settings, load
from zone_service.store import credentials, fences
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Fence

pytestmark = [pytest.mark.real_broker, pytest.mark.requirement("D7-7")]
WITHIN_S = 60.0


@pytest.fixture
def connect() -> Iterator[Connections]:
    """Open connections to a broker."""
    opened = Connections()
    yield opened
    opened.end()


def settings(broker: RunningBroker, folder: Path) -> Settings:
    service = broker.service
    return load(
        data_dir=folder, broker=broker.kind, mqtt_host=service.host, mqtt_port=service.port,
        mqtt_password=service.password, public_origin="http://zone.example",
    )  # fmt: skip


async def until(found: Callable[[], object], what: str) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not found():
            await asyncio.sleep(0.02)
    assert found(), what


def kept(store: Store, device_id: str) -> Fence | None:
    with store.read() as session:
        return fences.get(session, device_id)


def told(device: Client, topic: str) -> list[Any]:
    return [json.loads(payload) for at, payload in device.heard if at == topic]


def test_a_unit_is_told_of_its_zones_acknowledges_and_is_told_of_what_changes(
    broker: RunningBroker, store: Store, tmp_path: Path, connect: Connections
) -> None:
    (access,) = broker.add("uav-1")
    unit = connect(access).subscribe("zone/down/uav-1/#")
    scene.grant(store, "FA-1", now(), "uav-1")
    its = settings(broker, tmp_path)

    def versions() -> list[int]:
        return [each["version"] for each in told(unit, "zone/down/uav-1/fence")]

    def holds(version: int | None) -> None:
        unit.publish("zone/up/uav-1/ack", json.dumps({"fence": {"version": version}}).encode())

    def held() -> int | None:
        fence = kept(store, "uav-1")
        return None if fence is None else fence.held_version

    async def story() -> None:
        async with pushing(store, lambda: service_access(its), its, broker.password):
            await until(lambda: versions() == [1], "it is told")
            holds(1)
            await until(lambda: held() == 1, "it is noted that it holds it")
            scene.put(store, scene.moved(scene.NEAR, 0.001))
            await until(lambda: versions() == [1, 2], "it is told of the change by itself")
            holds(None)
            await until(lambda: versions() == [1, 2, 2], "it asks, and is told again")
            holds(2)
            await until(lambda: held() == 2, "it holds that of now")

    asyncio.run(story())
    fence = kept(store, "uav-1")
    assert fence is not None
    assert fence.sent_at is not None
    broker.remove("uav-1")


@pytest.mark.requirement("D7-9")
def test_a_dock_fetches_the_file_of_its_aircraft_and_says_that_it_is_synchronized(
    broker: RunningBroker, store: Store, tmp_path: Path, connect: Connections
) -> None:
    (access,) = broker.add("dock-1")
    dock = connect(access).subscribe(
        "thing/product/dock-1/services",
        "thing/product/dock-1/requests_reply",
        "thing/product/dock-1/events_reply",
        "sys/product/dock-1/status_reply",
    )
    scene.grant(store, "FA-1", now(), "drone-1")
    its = settings(broker, tmp_path)
    web = httpx.ASGITransport(create_app(its, store))

    def say(topic: str, method: str, data: object) -> None:
        said = {"tid": "t-1", "bid": "b-1", "timestamp": 1, "method": method, "data": data}
        dock.publish(topic, json.dumps(said | {"need_reply": 1}).encode())

    def answers(channel: str) -> list[Any]:
        return told(dock, f"thing/product/dock-1/{channel}")

    async def story() -> None:
        async with pushing(store, lambda: service_access(its), its, broker.password):
            await until(lambda: (fence := kept(store, "drone-1")) and fence.sent_at, "it is made")
            online = {"sub_devices": [{"sn": "drone-1"}]}
            say("sys/product/dock-1/status", "update_topo", online)
            await until(lambda: answers("services"), "the dock is told that there is a file")
            say("thing/product/dock-1/requests", "flight_areas_get", None)
            await until(lambda: answers("requests_reply"), "it is told which")
            (file,) = answers("requests_reply")[0]["data"]["output"]["files"]
            async with httpx.AsyncClient(transport=web) as client:
                fetched = (await client.get(file["url"])).content
                forged = file["url"].replace("drone-1.1.", "drone-1.2.")
                assert (await client.get(forged)).status_code == 404
            assert hashlib.sha256(fetched).hexdigest() == file["checksum"]
            assert len(fetched) == file["size"]
            assert {each["geofence_type"] for each in json.loads(fetched)["features"]} == {
                "dfence",
                "nfz",
            }
            done = {"status": "synchronized", "reason": 0, "file": file}
            say("thing/product/dock-1/events", "flight_areas_sync_progress", done)
            await until(lambda: answers("events_reply"), "its event is answered")

    asyncio.run(story())
    assert answers("services")[0]["method"] == "flight_areas_update"
    assert told(dock, "sys/product/dock-1/status_reply")[0]["data"] == {"result": 0}
    fence = kept(store, "drone-1")
    assert fence is not None
    assert fence.held_version == fence.version == 1
    broker.remove("dock-1")


@pytest.mark.requirement("D7-11")
def test_an_autopilot_gets_its_fence_from_the_gateway_and_that_it_has_it_is_noted(
    broker: RunningBroker, store: Store, tmp_path: Path
) -> None:
    with store.write() as session:
        credentials.issue(session, PLATFORM, "px-1", now())
    account = replace(gateway_account("mavlink", broker.password), tells_fences=True)
    broker.accounts[account.username] = replace(account, speaks_for=("px-1",))
    broker.server.reload(broker.accounts.values())
    scene.grant(store, "FA-1", now(), "px-1")
    its = settings(broker, tmp_path)

    def held() -> bool:
        fence = kept(store, "px-1")
        return fence is not None and fence.held_version == fence.version

    async def story(autopilot: Autopilot) -> None:
        by_udp = Sockets(udp=Listening("127.0.0.1", 0))
        async with (
            pushing(store, lambda: service_access(its), its, broker.password),
            running(its, store, TELLING, by_udp) as serving,
        ):
            autopilot.fly_to(serving.udp_port)
            await until(lambda: autopilot.turn() and held(), "it has its fence")

    with Autopilot() as autopilot:
        asyncio.run(story(autopilot))
    assert [each.command for each in autopilot.fence] == [5001] * 4 + [5004]
    del broker.accounts[account.username]
    broker.server.reload(broker.accounts.values())


@pytest.mark.parametrize(
    ("origin", "out_of_reach"),
    [
        ("http://127.0.0.1:8080", True), ("http://0.0.0.0:8080", True), ("http://[::1]:8080", True),
        ("http://localhost:8080", True), ("http://10.0.0.7:8080", False),
        ("https://zone.example", False),
    ],
)  # fmt: skip
def test_an_address_of_this_machine_alone_is_one_that_no_dock_fetches_a_file_from(
    origin: str, out_of_reach: bool
) -> None:
    assert is_out_of_reach(origin) is out_of_reach


class Autopilot:
    """One on the ground, that asks for the items of its fence one after another."""

    def __init__(self) -> None:
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._by = common.MAVLink(None, srcSystem=1, srcComponent=1)
        self._count = 0
        self.fence: list[Any] = []

    def __enter__(self) -> "Autopilot":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def fly_to(self, port: int) -> None:
        self._socket.connect(("127.0.0.1", port))

    def turn(self) -> bool:
        """Say that it is there, and answer what has come."""
        self._say(self._by.heartbeat_encode(2, 3, 81, 4, 3, 3))
        while True:
            try:
                data = self._socket.recv(4096)
            except BlockingIOError:
                return True
            for said in self._by.parse_buffer(data) or ():
                self._hear(said)

    def _hear(self, said: Any) -> None:
        to = said.get_srcSystem(), said.get_srcComponent()
        if said.get_type() == "MISSION_COUNT":
            self._count, self.fence = said.count, []
        elif said.get_type() == "MISSION_ITEM_INT" and said.seq == len(self.fence):
            self.fence.append(said)
        if len(self.fence) < self._count:
            self._say(self._by.mission_request_int_encode(*to, len(self.fence), 1))
        else:
            self._say(self._by.mission_ack_encode(*to, 0, 1))

    def _say(self, message: Any) -> None:
        self._socket.send(message.pack(self._by))
