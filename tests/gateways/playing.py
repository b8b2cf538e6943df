"""A gateway in the test's own process, beside a broker and a store, and terminals that speak to it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulators.jt808_terminal import Terminal
from telemetry.gateways.jt808 import WIRE
from telemetry.gateways.wire import Known, Wire
from telemetry.receipts import Receipt, digest_of, encoded
from telemetry.report import Domain
from tests.broker.clients import Client
from tests.servers import RunningBroker
from zone_service.broker import gateway_account
from zone_service.clock import now
from zone_service.gateways.process import Serving, Sockets, running
from zone_service.gateways.register import Registered
from zone_service.listening import Listening
from zone_service.settings import Settings, load
from zone_service.store import credentials, registry
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Device, Organisation, OrganisationKind

ANYWHERE = Listening("127.0.0.1", 0)
BY_TCP = Sockets(tcp=ANYWHERE)
WITHIN_S = 60.0


def phone(number: int) -> str:
    return f"139{number:08}"


def bus(number: int) -> str:
    return f"bus-{number}"


def register(store: Store, count: int, domain: Domain = Domain.ROAD) -> dict[str, str]:
    """Register terminals in a store that has its tables, and return the secret of each device."""
    with store.write() as session:
        company = Organisation("buses", "Buses", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, company, now())
        for number in range(count):
            device = Device(bus(number), "buses", domain, bus(number), "jt808", phone(number))
            registry.add_device(session, PLATFORM, device, now())
    return credentials.issue_many(store, PLATFORM, [bus(each) for each in range(count)], now())


def let_speak(broker: RunningBroker, count: int) -> None:
    """Give the gateway of JT/T 808 its account, for so many terminals."""
    give_account(broker, "jt808", *(bus(each) for each in range(count)))


def give_account(broker: RunningBroker, codec: str, *device_ids: str) -> None:
    """Give a gateway its account, for some devices."""
    made = gateway_account(codec, broker.password)
    broker.accounts[made.username] = replace(made, speaks_for=device_ids)
    broker.server.reload(broker.accounts.values())


def acknowledge(platform: Client) -> None:
    """Say of all that was heard that it is stored, as the worker does after its commit."""
    by_device: dict[str, list[str]] = {}
    for topic, payload in platform.heard:
        by_device.setdefault(topic.split("/")[2], []).append(digest_of(payload))
    for device_id, digests in by_device.items():
        for told in encoded(Receipt(tuple(digests))):
            platform.publish(f"zone/down/{device_id}/ack", told, qos=0)


def settings(broker: RunningBroker, folder: Path, **more: object) -> Settings:
    """The settings of a gateway in a network of its own, where terminals are told their codes."""
    service = broker.service
    return load(
        data_dir=folder, broker=broker.kind, mqtt_host=service.host, mqtt_port=service.port,
        mqtt_password=service.password, gateway_jt808_registers=True, **more,
    )  # fmt: skip


@asynccontextmanager
async def gateway(
    broker: RunningBroker,
    store: Store,
    folder: Path,
    wire: Wire[Any] = WIRE,
    sockets: Sockets = BY_TCP,
    **more: object,
) -> AsyncIterator[Serving]:
    async with running(settings(broker, folder, **more), store, wire, sockets) as serving:
        await until(lambda: serving.carrier.connected, "the gateway is at the broker")
        yield serving


def crowd_of(count: int) -> Registered:
    """A register of many, without a store: to issue so many credentials takes ten seconds."""
    return Registered(
        {
            phone(each): Known(bus(each), "code", lambda code: code == "code")
            for each in range(count)
        }
    )


def terminals(serving: Serving, count: int) -> list[Terminal]:
    """Terminals that have registered before: each has its code."""
    units = serving.gateway.registered.units
    return [Terminal(phone(each), code=units[phone(each)].token) for each in range(count)]


async def until(holds: Callable[[], object], what: str, within_s: float = WITHIN_S) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        await asyncio.sleep(0.01)
