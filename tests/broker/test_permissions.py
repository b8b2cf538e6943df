"""What a device may do at the broker.

Each test looks at what is delivered, not at what is granted: brokers acknowledge forbidden
publishes and grant forbidden subscriptions, and then do nothing.
"""

import uuid
from dataclasses import replace

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from telemetry import topics
from tests.broker.clients import Client, Connections, eventually
from tests.servers import RunningBroker
from zone_service import bus
from zone_service.broker import (
    MAX_PAYLOAD_BYTES,
    device_client_id,
    gateway_account,
    gateway_password,
    private_client_id,
)

pytestmark = [pytest.mark.real_broker, pytest.mark.requirement("D4d-13")]

SERVICE_TOPICS = ("zone/#", "thing/#", "sys/#")


@pytest.fixture
def pair(broker: RunningBroker) -> tuple[str, str]:
    """The ids of two devices that have accounts."""
    mark = uuid.uuid4().hex[:8]
    ids = (f"alpha-{mark}", f"beta-{mark}")
    broker.add(*ids)
    return ids


@pytest.fixture
def service(broker: RunningBroker, connect: Connections) -> Client:
    """The platform, which hears everything."""
    return connect(broker.service).subscribe(*SERVICE_TOPICS)


def heard_about(client: Client, *ids: str) -> list[tuple[str, bytes]]:
    return [(topic, payload) for topic, payload in client.heard if any(i in topic for i in ids)]


def wait_for_all_before(device: Client, device_id: str, service: Client) -> None:
    """Wait until the platform has heard all that was published before this."""
    device.publish(f"zone/up/{device_id}/tele", b"after")
    eventually(lambda: (f"zone/up/{device_id}/tele", b"after") in service.heard)


def test_the_platform_hears_what_a_device_says_on_its_own_topics(
    broker: RunningBroker, connect: Connections, service: Client, pair: tuple[str, str]
) -> None:
    alpha, _ = pair
    device = connect(broker.access(alpha))
    own = topics.of_device(alpha)
    for topic in own:
        device.publish(topic, b"mine")
    eventually(lambda: len(heard_about(service, alpha)) == len(own))
    # In any order: nats-server keeps the order of one subscription, not that of several.
    assert sorted(heard_about(service, alpha)) == sorted((topic, b"mine") for topic in own)


@pytest.mark.parametrize(
    "topic",
    [
        "zone/up/{}/tele",
        "zone/down/{}/cmd",
        "zone/down/{}/ack",
        "thing/product/{}/osd",
        "thing/product/{}/drc/up",
        "sys/product/{}/status",
    ],
)
def test_a_device_cannot_speak_as_another(
    broker: RunningBroker,
    connect: Connections,
    service: Client,
    pair: tuple[str, str],
    topic: str,
) -> None:
    alpha, beta = pair
    victim = connect(broker.access(beta)).subscribe(f"zone/down/{beta}/#")
    device = connect(broker.access(alpha))
    device.publish(topic.format(beta), b"forged")
    wait_for_all_before(connect(broker.access(alpha)), alpha, service)
    assert heard_about(service, beta) == []
    assert victim.heard == []


@pytest.mark.parametrize(
    "topic", ["zone/live/violation", "zone/bus/changed", "zone/up/tele", "$SYS/x", "other/topic"]
)
def test_a_device_cannot_speak_on_the_platforms_own_topics(
    broker: RunningBroker,
    connect: Connections,
    service: Client,
    pair: tuple[str, str],
    topic: str,
) -> None:
    alpha, _ = pair
    before = len(service.heard)
    device = connect(broker.access(alpha))
    device.publish(topic, b"forged")
    wait_for_all_before(connect(broker.access(alpha)), alpha, service)
    assert [topic for topic, _ in service.heard[before:]] == [f"zone/up/{alpha}/tele"]


def test_a_device_hears_only_what_is_sent_to_it(
    broker: RunningBroker, connect: Connections, service: Client, pair: tuple[str, str]
) -> None:
    alpha, beta = pair
    curious = [
        connect(broker.access(alpha)).subscribe(topic)
        for topic in (
            "#",
            "+/+/+/+",
            "zone/#",
            f"zone/up/{beta}/#",
            f"zone/down/{beta}/#",
            "zone/down/+/ack",
            "zone/live/#",
            "$SYS/#",
            "$MQTT/#",
            "$share/everyone/zone/#",
        )
    ]
    listener = connect(broker.access(alpha)).subscribe(f"zone/down/{alpha}/#")
    other = connect(broker.access(beta))
    other.publish(f"zone/up/{beta}/tele", b"private")
    eventually(lambda: (f"zone/up/{beta}/tele", b"private") in service.heard)
    service.publish(f"zone/down/{beta}/ack", b"private")
    service.publish("zone/live/violation", b"private")
    service.publish(f"zone/down/{alpha}/ack", b"for alpha")
    if broker.kind != "mosquitto":  # there all of them share one session, and the last one has it
        eventually(lambda: listener.heard == [(f"zone/down/{alpha}/ack", b"for alpha")])
    eventually(lambda: (f"zone/down/{alpha}/ack", b"for alpha") in service.heard)
    said = {payload for client in curious for _, payload in client.heard}
    assert b"private" not in said


@pytest.mark.parametrize("topic", ["zone/down/{}", "zone/down/{}/#", "zone/down/{}/cmd"])
def test_a_device_hears_its_own_commands(
    broker: RunningBroker,
    connect: Connections,
    service: Client,
    pair: tuple[str, str],
    topic: str,
) -> None:
    alpha, _ = pair
    device = connect(broker.access(alpha)).subscribe(topic.format(alpha))
    sent = topic.format(alpha).replace("#", "cmd")
    service.publish(sent, b"land")
    eventually(lambda: (sent, b"land") in device.heard)


def test_a_will_cannot_be_left_on_anothers_topic(
    broker: RunningBroker, connect: Connections, service: Client, pair: tuple[str, str]
) -> None:
    alpha, beta = pair
    device = connect(broker.access(alpha), will=f"zone/up/{beta}/tele")
    if device.alive:
        device.vanish()
    own = connect(broker.access(alpha), will=f"zone/up/{alpha}/event")
    assert own.alive
    own.vanish()
    eventually(lambda: (f"zone/up/{alpha}/event", b"poison") in service.heard)
    assert heard_about(service, beta) == []


def test_what_a_device_retains_never_passes_for_something_fresh(
    broker: RunningBroker, connect: Connections, pair: tuple[str, str]
) -> None:
    alpha, _ = pair
    device = connect(broker.access(alpha))
    device.publish(f"zone/up/{alpha}/tele", b"stale", retain=True)
    if broker.kind == "mosquitto":
        eventually(lambda: not device.alive)
    else:
        eventually(lambda: len(device.acknowledged) == 1)
    late = connect(broker.service)
    flags: list[bool] = []
    late.mqtt.on_message = lambda _c, _u, message: flags.append(message.retain)
    late.subscribe(f"zone/up/{alpha}/#")
    connect(broker.access(alpha)).publish(f"zone/up/{alpha}/tele", b"fresh")
    eventually(lambda: bool(flags) and not flags[-1])
    # nats-server keeps it; it comes marked as retained, and such messages are refused.
    assert flags[:-1] == ([] if broker.kind == "mosquitto" else [True])


def test_what_is_a_little_above_64_kib_reaches_the_platform_which_refuses_it_by_name(
    broker: RunningBroker, connect: Connections, service: Client, pair: tuple[str, str]
) -> None:
    alpha, _ = pair
    topic = f"zone/up/{alpha}/tele"
    device = connect(broker.access(alpha))
    sizes = [MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES + 1, MAX_PAYLOAD_BYTES + 4000]
    for size in sizes:
        device.publish(topic, b"x" * size)
    eventually(lambda: len(heard_about(service, alpha)) == 3)
    # In any order: nats-server swaps the last two now and then.
    assert sorted(len(payload) for _, payload in heard_about(service, alpha)) == sizes
    assert device.alive


@pytest.mark.parametrize("size", [MAX_PAYLOAD_BYTES + 4096, 2 * MAX_PAYLOAD_BYTES, 2_000_000])
@pytest.mark.parametrize("qos", [0, 1])
def test_what_is_far_above_64_kib_ends_the_session_and_is_not_acknowledged(
    broker: RunningBroker,
    connect: Connections,
    service: Client,
    pair: tuple[str, str],
    size: int,
    qos: int,
) -> None:
    alpha, _ = pair
    topic = f"zone/up/{alpha}/tele"
    device = connect(broker.access(alpha))
    device.publish(topic, b"y" * size, qos=qos)
    eventually(lambda: not device.alive)
    assert qos == 0 or not device.acknowledged
    connect(broker.access(alpha)).publish(topic, b"after")
    eventually(lambda: service.heard[-1:] == [(topic, b"after")])
    assert heard_about(service, alpha) == [(topic, b"after")]


@pytest.mark.parametrize("version", [MQTTProtocolVersion.MQTTv31, MQTTProtocolVersion.MQTTv5])
def test_on_mosquitto_that_holds_for_other_versions_of_the_protocol(
    mosquitto_broker: RunningBroker, version: MQTTProtocolVersion
) -> None:
    (access,) = mosquitto_broker.add("other-version")
    device = paho.Client(CallbackAPIVersion.VERSION2, "other-version", protocol=version)
    device.username_pw_set(access.username, access.password)
    acknowledged: list[object] = []
    device.on_publish = lambda *_: acknowledged.append(1)
    device.connect(access.host, access.port)
    eventually(lambda: device.loop(0.05) == paho.MQTT_ERR_SUCCESS and device.is_connected())
    device.publish("zone/up/other-version/tele", b"z" * 2 * MAX_PAYLOAD_BYTES, qos=1)
    eventually(lambda: device.loop(0.05) != paho.MQTT_ERR_SUCCESS)
    assert acknowledged == []


def test_a_wrong_secret_an_unknown_name_and_no_name_are_refused(
    broker: RunningBroker, connect: Connections, pair: tuple[str, str]
) -> None:
    alpha, beta = pair
    good = broker.access(alpha)
    wrong = type(good)(good.host, good.port, alpha, broker.access(beta).password)
    assert not connect(wrong).alive
    assert not connect(broker.access("never-registered")).alive
    assert connect(good).alive


def test_a_device_cannot_guess_the_session_of_the_platform(
    broker: RunningBroker, connect: Connections, pair: tuple[str, str]
) -> None:
    alpha, _ = pair
    worker = connect(broker.service, private_client_id("worker", broker.password))
    for guess in ("service", "worker", "zone-worker", private_client_id("worker", "")):
        connect(broker.access(alpha), guess)
    assert worker.alive
    assert len(private_client_id("worker", broker.password)) <= 40


def test_on_mosquitto_a_device_cannot_take_over_the_session_of_another(
    mosquitto_broker: RunningBroker, connect: Connections
) -> None:
    mosquitto_broker.add("taker-1", "taken-1")
    victim = connect(mosquitto_broker.access("taken-1"), "taken-1")
    connect(mosquitto_broker.access("taker-1"), "taken-1")
    victim.subscribe("zone/down/taken-1/#")
    assert victim.alive


def test_on_nats_who_guesses_a_client_id_interrupts_its_device_and_hears_nothing_of_it(
    nats_broker: RunningBroker, connect: Connections
) -> None:
    nats_broker.add("taker-2", "taken-2")
    topic = "zone/down/taken-2/cmd"
    victim = connect(nats_broker.access("taken-2"), "guessed", clean=False).subscribe(topic)
    taker = connect(nats_broker.access("taker-2"), "guessed", clean=False)
    eventually(lambda: not victim.alive)
    service = connect(nats_broker.service)
    service.publish(topic, b"while it was taken")
    eventually(lambda: bool(service.acknowledged))
    taker.publish("zone/up/taker-2/event", b"at the end of the queue")
    eventually(lambda: bool(taker.acknowledged))
    assert taker.heard == []
    taker.end()
    back = connect(nats_broker.access("taken-2"), "guessed", clean=False)
    eventually(lambda: back.heard == [(topic, b"while it was taken")])


def test_the_client_id_that_a_device_is_given_cannot_be_guessed_and_is_its_own() -> None:
    assert device_client_id("car-1", "the secret") == "car-1-368a693d784c"
    assert device_client_id("car-1", "another") != device_client_id("car-1", "the secret")
    assert device_client_id("car-2", "the secret").startswith("car-2-")


def test_all_of_the_platforms_subscriptions_fit_into_one_lasting_session(
    broker: RunningBroker, connect: Connections, pair: tuple[str, str]
) -> None:
    alpha, _ = pair
    mark = uuid.uuid4().hex[:8]
    worker = connect(broker.service, f"lasting-{mark}", clean=False).subscribe(
        *topics.SUBSCRIPTIONS, bus.CHANGED, "zone/live/+"
    )
    connect(broker.service).publish("zone/live/heartbeat", b"last of all")
    device = connect(broker.access(alpha))
    said = {(topic, topic.encode()) for topic in topics.of_device(alpha)}
    for topic, payload in said:
        device.publish(topic, payload)
    eventually(lambda: set(worker.heard) >= said | {("zone/live/heartbeat", b"last of all")})
    # Each once: no two of the filters take the same topic.
    assert len([topic for topic, _ in worker.heard if alpha in topic]) == len(said)


@pytest.mark.requirement("D7-4")
def test_a_gateway_speaks_for_its_devices_hears_what_is_stored_and_may_do_nothing_else(
    broker: RunningBroker, connect: Connections, service: Client, pair: tuple[str, str]
) -> None:
    alpha, beta = pair
    made = replace(gateway_account("jt808", broker.password), speaks_for=(alpha,))
    broker.accounts[made.username] = made
    broker.server.reload(broker.accounts.values())
    password = gateway_password("jt808", broker.password)
    access = replace(broker.service, username=made.username, password=password)
    forbidden = ("zone/#", f"zone/down/{alpha}/cmd", "zone/live/#", "zone/up/+/tele")
    # nats-server takes no dot in a client id.
    gateway = connect(access, "gateway-1").subscribe("zone/down/+/ack")
    curious = connect(access, "gateway-2").subscribe(*forbidden)
    forged = (f"zone/up/{beta}/tele", f"zone/up/{alpha}/event", f"zone/down/{alpha}/ack")
    for number, topic in enumerate((*forged, "zone/bus/changed")):
        connect(access, f"gateway-{number + 3}").publish(topic, b"forged")
    gateway.publish(f"zone/up/{alpha}/tele", b"passed on")
    eventually(lambda: (f"zone/up/{alpha}/tele", b"passed on") in service.heard)
    service.publish(f"zone/down/{beta}/cmd", b"private")
    service.publish("zone/live/violation", b"private")
    service.publish(f"zone/down/{beta}/ack", b"stored")
    eventually(lambda: (f"zone/down/{beta}/ack", b"stored") in gateway.heard)
    del broker.accounts[made.username]
    assert b"forged" not in {payload for _, payload in service.heard}
    assert gateway.heard == [(f"zone/down/{beta}/ack", b"stored")]
    assert {payload for _, payload in curious.heard} <= {b"stored"}


@pytest.mark.requirement("D7-4")
def test_a_gateway_that_is_connected_speaks_for_a_new_device_as_soon_as_it_is_registered(
    broker: RunningBroker, connect: Connections, service: Client, pair: tuple[str, str]
) -> None:
    alpha, beta = pair
    made = replace(gateway_account("jt808", broker.password), speaks_for=(alpha,))
    broker.accounts[made.username] = made
    broker.server.reload(broker.accounts.values())
    password = gateway_password("jt808", broker.password)
    gateway = connect(replace(broker.service, username=made.username, password=password), "gw")
    broker.accounts[made.username] = replace(made, speaks_for=(alpha, beta))
    broker.server.reload(broker.accounts.values())
    gateway.publish(f"zone/up/{beta}/tele", b"at once")
    eventually(lambda: (f"zone/up/{beta}/tele", b"at once") in service.heard)
    broker.accounts[made.username] = replace(made, speaks_for=(alpha,))
    broker.server.reload(broker.accounts.values())
    assert gateway.alive
    gateway.publish(f"zone/up/{beta}/tele", b"too late")
    if broker.kind == "mosquitto":  # which ends the connection for it
        eventually(lambda: not gateway.alive)
        gateway = connect(replace(broker.service, username=made.username, password=password), "gw")
    gateway.publish(f"zone/up/{alpha}/tele", b"still")
    eventually(lambda: (f"zone/up/{alpha}/tele", b"still") in service.heard)
    del broker.accounts[made.username]
    assert b"too late" not in {payload for _, payload in service.heard}
