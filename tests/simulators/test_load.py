import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec
import numpy as np
import pytest
import uvloop

from simulators.load import LoadPlan, LoadResult, ScriptedBreach, plan_file, read_times, run_load
from telemetry.codecs.canonical import CODEC
from telemetry.report import Frame, Report, Unit
from tests.servers import RunningBroker

NAMES = tuple(f"load-{n}" for n in range(20))
BREACH = ScriptedBreach("load-7", 2, 3, 121.9, 30.95)


def plan(broker: RunningBroker, **changes: Any) -> LoadPlan:
    accesses = broker.add(*NAMES)
    said: dict[str, Any] = {
        "host": accesses[0].host,
        "port": accesses[0].port,
        "secrets": {access.username: access.password for access in accesses},
        "rate_hz": 5.0,
        "seconds": 1.0,
    }
    return LoadPlan(**(said | changes))


def heard_during(broker: RunningBroker, run: LoadPlan) -> tuple[LoadResult, list[Report]]:
    """Run a load and return what the platform's side hears of it, decoded."""
    found: list[Report] = []

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if message.retain:
                continue  # left on the shared broker by another test
            assert isinstance(message.payload, bytes)
            device_id = str(message.topic).split("/")[2]
            frame = Frame(str(message.topic), message.payload, 0.0)
            for said in CODEC.decode(frame, Unit(device_id=device_id)):
                assert isinstance(said, Report), said
                found.append(said)

    async def story() -> LoadResult:
        access = broker.service
        async with aiomqtt.Client(
            access.host, access.port, username=access.username, password=access.password
        ) as client:
            await client.subscribe("zone/up/+/tele", qos=run.qos)
            listener = asyncio.create_task(listen(client))
            result = await run_load(run)
            await asyncio.sleep(0.3)
            listener.cancel()
        return result

    return asyncio.run(story()), found


@pytest.mark.real_broker
@pytest.mark.parametrize("qos", [0, 1])
def test_every_device_sends_every_sequence_number_once(broker: RunningBroker, qos: int) -> None:
    result, heard = heard_during(broker, plan(broker, qos=qos))
    assert result.sent == 100
    assert result.acknowledged == (100 if qos else 0)
    assert sorted((said.device_id, said.seq or 0) for said in heard) == sorted(
        (name, seq) for name in NAMES for seq in range(5)
    )


@pytest.mark.real_broker
def test_it_is_known_when_each_message_was_sent(nats_broker: RunningBroker) -> None:
    result, heard = heard_during(nats_broker, plan(nats_broker))
    for said in heard:
        at_s = result.published_at(said.device_id, said.seq or 0)
        assert at_s is not None
        assert said.event_time_s == pytest.approx(at_s, abs=0.05)
    gaps_s = np.diff(result.published_s, axis=1)
    assert np.median(gaps_s) == pytest.approx(0.2, abs=0.05)


@pytest.mark.real_broker
def test_a_scripted_breach_is_reported_from_its_place(nats_broker: RunningBroker) -> None:
    run = plan(nats_broker, breaches=(BREACH,), places=dict.fromkeys(NAMES, (121.9, 30.94)))
    _, heard = heard_during(nats_broker, run)
    inside = [s for s in heard if s.latitude_deg is not None and s.latitude_deg > 30.945]
    assert [(said.device_id, said.seq) for said in inside] == [("load-7", 2), ("load-7", 3)]


@pytest.mark.real_broker
def test_it_is_known_how_far_the_service_has_stored(nats_broker: RunningBroker) -> None:
    run = plan(nats_broker, hear_acknowledgements=True, drain_s=5.0)

    async def story() -> LoadResult:
        access = nats_broker.service
        async with aiomqtt.Client(
            access.host, access.port, username=access.username, password=access.password
        ) as client:
            running = asyncio.create_task(run_load(run))
            while not running.done():
                for name in NAMES:
                    payload = b'{"boot_id":"load","seq":4}'
                    await client.publish(f"zone/down/{name}/ack", payload)
                await asyncio.sleep(0.1)
            return await running

    assert asyncio.run(story()).stored_seq == dict.fromkeys(NAMES, 4)


@pytest.mark.real_broker
def test_it_runs_as_a_process_of_its_own(nats_broker: RunningBroker, tmp_path: Path) -> None:
    run = plan(nats_broker, breaches=(BREACH,), speed_mps=7.0)
    (tmp_path / "secrets.json").write_text(json.dumps(dict(run.secrets)))
    (tmp_path / "plan.json").write_text(plan_file(run))
    times = tmp_path / "times.npz"
    options = ["--secrets", str(tmp_path / "secrets.json"), "--times", str(times), "--json"]
    options += ["--plan", str(tmp_path / "plan.json"), "--port", str(run.port), "--devices", "10"]
    options += ["--rate", "10", "--seconds", "1", "--qos", "1"]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "simulators.load", *options],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    said = json.loads(done.stdout)
    assert (said["devices"], said["sent"], said["acknowledged"]) == (10, 100, 100)
    names, published_s, acknowledged_s = read_times(times)
    assert names == NAMES[:10]
    assert np.all(acknowledged_s >= published_s)


@pytest.mark.parametrize(
    "changes", [{"secrets": {}}, {"rate_hz": 0.0}, {"seconds": -1.0}, {"breaches": (BREACH,)}]
)
def test_a_plan_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    said: dict[str, Any] = {"host": "127.0.0.1", "port": 1, "secrets": {"load-1": "s"}}
    with pytest.raises(ValueError, match="expected more than none"):
        asyncio.run(run_load(LoadPlan(**(said | changes))))


def test_a_broker_that_is_not_there_is_an_error(free_port: int) -> None:
    with pytest.raises(OSError, match=r"refused|Connect"):
        asyncio.run(run_load(LoadPlan("127.0.0.1", free_port, {"load-1": "s"})))


@pytest.mark.load
@pytest.mark.real_broker
def test_five_thousand_connections_from_one_process(broker: RunningBroker) -> None:
    names = [f"crowd-{n}" for n in range(5000)]
    accesses = broker.add(*names)
    run = LoadPlan(
        host=accesses[0].host,
        port=accesses[0].port,
        secrets={access.username: access.password for access in accesses},
        rate_hz=0.5,
        seconds=4.0,
        qos=1,
    )
    result = uvloop.run(run_load(run))
    broker.remove(*names)
    assert result.sent == result.acknowledged == 10_000
    assert result.reconnects == 0


def test_the_payload_is_what_the_platform_reads() -> None:
    assert msgspec.json.decode(plan_file(LoadPlan("h", 1, {})))["boot_id"] == "load"
