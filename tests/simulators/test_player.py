import asyncio
import time
from dataclasses import replace

import aiomqtt
import pytest

from simulators.demo_scenario import demo_scenario
from simulators.player import ScenarioPlayer
from simulators.scenario import Scenario
from telemetry.codecs.discover import load_codecs
from telemetry.decode import decode
from telemetry.report import Domain, Frame, OperationalStatus, Report, Unit
from telemetry.topics import SUBSCRIPTIONS
from tests.servers import RunningBroker

SCENARIO = demo_scenario()
UNITS = {
    device.device_id: Unit(device_id=device.device_id, codec=device.codec, wire_id=device.wire_id)
    for device in SCENARIO.devices
}


def player(broker: RunningBroker, scenario: Scenario = SCENARIO) -> ScenarioPlayer:
    accesses = broker.add(*UNITS)
    secrets = {access.username: access.password for access in accesses}
    return ScenarioPlayer(scenario, accesses[0].host, accesses[0].port, secrets)


async def performed(broker: RunningBroker, play: ScenarioPlayer, seconds: float) -> list[Report]:
    """Play, and return every report that the platform's side hears, decoded."""
    found: list[Report] = []
    codecs = load_codecs()

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if message.retain:
                continue  # left on the shared broker by another test
            assert isinstance(message.payload, bytes)
            frame = Frame(str(message.topic), message.payload, time.time())
            for said in decode(frame, UNITS, codecs):
                assert isinstance(said, Report), said
                found.append(said)

    access = broker.service
    async with aiomqtt.Client(
        access.host, access.port, username=access.username, password=access.password
    ) as client:
        for topic in SUBSCRIPTIONS:
            await client.subscribe(topic, qos=1)
        listener = asyncio.create_task(listen(client))
        await play.connect()
        await play.play(seconds)
        assert await play.drain() == 0
        await asyncio.sleep(0.3)
        listener.cancel()
    play.close()
    return found


@pytest.mark.real_broker
def test_every_unit_plays_over_its_own_connection_at_its_own_pace(broker: RunningBroker) -> None:
    play = player(broker)
    heard = asyncio.run(performed(broker, play, 3.0))
    by_device = {name: [r for r in heard if r.device_id == name] for name in UNITS}
    assert {name: len(reports) for name, reports in by_device.items()} == play.published
    for part in SCENARIO.parts:
        assert play.published[part.device_id] == pytest.approx(3.0 * part.rate_hz + 1, abs=2)


@pytest.mark.real_broker
def test_reports_are_of_now_and_it_is_known_when_each_was_published(
    nats_broker: RunningBroker,
) -> None:
    play = player(nats_broker)
    for report in asyncio.run(performed(nats_broker, play, 1.5)):
        published_s = play.published_at(report.device_id, report.event_time_s)
        assert published_s is not None
        assert abs(published_s - report.event_time_s) < 1.5
    assert play.published_at("car-lingang-1", 0.0) is None


@pytest.mark.real_broker
def test_at_the_end_everybody_parks_or_lands(nats_broker: RunningBroker) -> None:
    heard = asyncio.run(performed(nats_broker, player(nats_broker), 1.2))
    last = {report.device_id: report for report in heard}
    for device in SCENARIO.devices:
        if device.domain is Domain.AIR:
            assert last[device.device_id].operational_status is OperationalStatus.GROUND
        else:
            assert last[device.device_id].ground_speed_mps == 0.0


@pytest.mark.real_broker
def test_a_play_can_be_stopped(nats_broker: RunningBroker) -> None:
    play = player(nats_broker)

    async def story() -> None:
        await play.connect()
        asyncio.get_running_loop().call_later(0.3, play.stop)
        await asyncio.wait_for(play.play(), 5.0)
        play.close()

    asyncio.run(story())
    assert play.started_s is not None


@pytest.mark.real_broker
def test_a_unit_that_the_broker_does_not_know_ends_the_play_before_it_begins(
    nats_broker: RunningBroker,
) -> None:
    play = player(nats_broker)
    stranger = replace(play, secrets={**play.secrets, "car-lingang-1": "wrong"})
    with pytest.raises(ConnectionError, match="car-lingang-1: the broker refused"):
        asyncio.run(stranger.connect())
