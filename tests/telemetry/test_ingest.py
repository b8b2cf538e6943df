"""The worker's MQTT client, against a broker that does what the test says."""

import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from paho.mqtt.client import Client

from telemetry.ingest import READING_BYTES, Ingest, connection
from telemetry.ingest.reading import READ_BYTES
from telemetry.report import Frame
from tests.telemetry.stub_broker import DISCONNECT, PUBACK, PUBLISH, StubBroker, publish

TOPIC = b"zone/up/veh-001/tele"
Make = Callable[..., Ingest]


@pytest.fixture
def stub() -> Iterator[StubBroker]:
    broker = StubBroker()
    yield broker
    broker.close()


@pytest.fixture
def make(stub: StubBroker) -> Iterator[Make]:
    """Make clients of the stub, closed in the end."""
    made: list[Ingest] = []

    def build(*subscriptions: str, qos: int = 1) -> Ingest:
        client = Ingest(
            "127.0.0.1", stub.port, "worker", "secret", "worker-1", subscriptions, qos,
            jitter=lambda: 0.0,
        )  # fmt: skip
        made.append(client)
        return client

    yield build
    stub.drop()
    for client in made:
        client.close()


@pytest.fixture
def linked(stub: StubBroker, make: Make) -> Ingest:
    """A client whose subscription was granted."""
    return link(stub, make("zone/up/+/tele"))


def link(stub: StubBroker, client: Ingest) -> Ingest:
    client.connect()
    answer(stub, client)
    assert client.connected
    return client


def answer(stub: StubBroker, client: Ingest) -> None:
    stub.welcome()
    client.read(1, 0.2)
    stub.grant(1)
    client.read(1, 0.2)


def call_again(stub: StubBroker, client: Ingest) -> None:
    """Let the client notice the loss, wait out its back-off and try again."""
    until_s = time.monotonic() + 5
    while not stub.is_called() and time.monotonic() < until_s:
        client.read(1, 0.05)


def read_all(client: Ingest, count: int, within_s: float = 5.0) -> list[Frame]:
    frames: list[Frame] = []
    until_s = time.monotonic() + within_s
    while len(frames) < count and time.monotonic() < until_s:
        frames += client.read(count - len(frames), 0.1)
    return frames


def test_it_is_connected_once_the_broker_has_granted_every_subscription(
    stub: StubBroker, make: Make
) -> None:
    client = make("zone/up/+/tele", "zone/up/+/event")
    client.connect()
    states = [client.connected]
    stub.welcome()
    client.read(1, 0.2)
    states.append(client.connected)
    stub.grant(1, 0)
    client.read(1, 0.2)
    assert [*states, client.connected] == [False, False, True]
    assert client.problem == ""


def test_the_session_outlives_the_connection(stub: StubBroker, make: Make) -> None:
    make("zone/up/+/tele").connect()
    stub.accept()
    _, body = stub.packet()
    assert body[:7] == b"\x00\x04MQTT\x04"
    clean_session = 0x02
    assert not body[7] & clean_session
    assert b"worker-1" in body


def test_a_refused_subscription_is_no_connection_and_is_named(stub: StubBroker, make: Make) -> None:
    client = make("zone/up/+/tele", "thing/product/+/osd")
    client.connect()
    stub.welcome()
    client.read(1, 0.2)
    stub.grant(1, 0x80)
    client.read(1, 0.2)
    assert not client.connected
    assert client.problem == "the broker refused the subscription to thing/product/+/osd"
    assert stub.packet()[0] >> 4 == DISCONNECT


def test_a_refused_login_is_told_and_tried_again(stub: StubBroker, make: Make) -> None:
    client = make("zone/up/+/tele")
    client.connect()
    stub.welcome(code=5)
    client.read(1, 0.2)
    assert client.problem == "the broker refused us: Not authorized"
    call_again(stub, client)
    answer(stub, client)
    assert client.connected


def test_a_broker_that_is_not_there_is_a_problem_and_no_exception(
    stub: StubBroker, make: Make
) -> None:
    stub.close()
    client = make()
    client.connect()
    assert client.read(1, 0.05) == []
    assert client.fileno() == -1
    assert client.problem.startswith(f"cannot connect to 127.0.0.1:{stub.port}: ")


def test_a_broker_that_never_answers_is_given_up(
    stub: StubBroker, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SUBSCRIBE_TIMEOUT_S", 0.1)
    client = make("zone/up/+/tele")
    client.connect()
    stub.accept()
    until_s = time.monotonic() + 3
    while client.problem != "the broker did not answer in time" and time.monotonic() < until_s:
        client.read(1, 0.05)
    assert client.problem == "the broker did not answer in time"


# -- reading -------------------------------------------------------------------------------


def test_messages_are_read_in_their_order_with_the_time_of_receipt(
    stub: StubBroker, linked: Ingest
) -> None:
    before_s = time.time()
    for n in range(5):
        stub.publish(TOPIC, b"%d" % n, qos=1, mid=10 + n)
    frames = read_all(linked, 5)
    assert [frame.payload for frame in frames] == [b"0", b"1", b"2", b"3", b"4"]
    assert {(frame.topic, frame.qos, frame.retained) for frame in frames} == {
        ("zone/up/veh-001/tele", 1, False)
    }
    assert all(before_s <= frame.received_s <= time.time() for frame in frames)


def test_no_call_returns_more_than_was_asked_for_and_nothing_is_lost(
    stub: StubBroker, linked: Ingest
) -> None:
    stub.send(b"".join(publish(TOPIC, b"%d" % n) for n in range(25)))
    time.sleep(0.05)
    read = [linked.read(10, 0.1) for _ in range(3)]
    assert [len(frames) for frames in read] == [10, 10, 5]
    assert [frame.payload for frames in read for frame in frames] == [b"%d" % n for n in range(25)]


def test_what_came_in_one_piece_is_read_without_waiting_for_more(
    stub: StubBroker, linked: Ingest
) -> None:
    confirmation = bytes((PUBACK << 4, 2, 0, 1))
    told = [publish(TOPIC, b"%d" % number) for number in range(5)]
    stub.send(confirmation + told[0] + confirmation + b"".join(told[1:]))
    first = linked.read(2, 5.0)
    begun_s = time.monotonic()
    rest = linked.read(10, 5.0)
    assert [frame.payload for frame in first + rest] == [b"0", b"1", b"2", b"3", b"4"]
    assert time.monotonic() - begun_s < 1.0


def test_a_packet_cut_in_two_is_whole_with_the_next_piece(stub: StubBroker, linked: Ingest) -> None:
    one, two = publish(TOPIC, b"one"), publish(TOPIC, b"two")
    for cut in range(1, len(two)):
        stub.send(one + two[:cut])
        assert [frame.payload for frame in read_all(linked, 1)] == [b"one"]
        stub.send(two[cut:])
        assert [frame.payload for frame in read_all(linked, 1)] == [b"two"]


def test_what_is_left_of_a_lost_connection_is_not_read_as_part_of_the_next(
    stub: StubBroker, make: Make
) -> None:
    client = link(stub, make("zone/up/+/tele"))
    stub.send(publish(TOPIC, b"whole") + publish(TOPIC, b"cut")[:-2])
    assert [frame.payload for frame in read_all(client, 1)] == [b"whole"]
    stub.drop()
    call_again(stub, client)
    answer(stub, client)
    stub.publish(TOPIC, b"next")
    assert [frame.payload for frame in read_all(client, 1)] == [b"next"]


def test_reading_asks_the_system_less_often_than_there_are_messages(
    stub: StubBroker, linked: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    once = Client._sock_recv

    def counted(of: Client, size: int) -> bytes:
        asked.append(size)
        return once(of, size)

    monkeypatch.setattr(Client, "_sock_recv", counted)
    stub.send(b"".join(publish(TOPIC, b"x") for _ in range(200)))
    assert len(read_all(linked, 200)) == 200
    assert 0 < len(asked) < 20


def test_without_messages_a_call_waits_as_long_as_it_may(linked: Ingest) -> None:
    started_s = time.monotonic()
    assert linked.read(10, 0.1) == []
    assert 0.09 <= time.monotonic() - started_s < 0.5


def test_the_first_message_ends_the_wait(stub: StubBroker, linked: Ingest) -> None:
    stub.publish(TOPIC, b"x")
    started_s = time.monotonic()
    assert len(linked.read(10, 5.0)) == 1
    assert time.monotonic() - started_s < 1.0


def test_a_flood_cannot_keep_the_caller_from_its_tick(
    stub: StubBroker, linked: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telemetry.ingest.client.READING_S", 0.001)
    monkeypatch.setattr("telemetry.ingest.client.READING_BYTES", 10**9)
    message = publish(TOPIC, b"x" * 20)
    sending = threading.Thread(target=stub.send, args=(message * 40_000,))
    sending.start()
    first = linked.read(10**9, 5.0)
    # Time alone ends this call: neither count nor size does.
    assert 0 < len(first) < 40_000
    read = len(first)
    while read < 40_000:
        more = linked.read(10**9, 5.0)
        assert more
        read += len(more)
    sending.join()
    assert read == 40_000


@pytest.mark.parametrize("awaiting_confirmation", [0, 20])
def test_a_call_ends_when_the_messages_hold_enough_however_few_they_are(
    stub: StubBroker, linked: Ingest, awaiting_confirmation: int
) -> None:
    for _ in range(awaiting_confirmation):
        linked.publish("zone/live/violation", b"{}", 1)
    payload_bytes = 60_000
    large = publish(TOPIC, b"x" * payload_bytes)
    sending = threading.Thread(target=stub.send, args=(large * 30,))
    sending.start()
    sizes: list[int] = []
    while sum(sizes) < 30 * payload_bytes:
        sizes.append(sum(len(frame.payload) for frame in linked.read(1_000, 5.0)))
    sending.join()
    assert max(sizes) <= READING_BYTES + READ_BYTES + payload_bytes
    assert max(sizes) > READ_BYTES


def test_a_message_that_comes_in_pieces_is_read_when_it_is_whole(
    stub: StubBroker, linked: Ingest
) -> None:
    packet = publish(TOPIC, b"x" * 300)
    stub.send(packet[:100])
    assert linked.read(1, 0.1) == []
    stub.send(packet[100:])
    assert [len(frame.payload) for frame in linked.read(1, 1.0)] == [300]


def test_a_retained_message_is_marked(stub: StubBroker, linked: Ingest) -> None:
    packet = bytearray(publish(TOPIC, b"old"))
    packet[0] |= 1
    stub.send(bytes(packet))
    assert [frame.retained for frame in linked.read(1, 1.0)] == [True]


def test_a_topic_that_is_no_text_is_left_to_the_decoder(stub: StubBroker, linked: Ingest) -> None:
    stub.publish(b"zone/up/\xff\xfe/tele", b"x")
    assert [frame.topic for frame in linked.read(1, 1.0)] == [""]


@pytest.mark.parametrize("packet", [b"\x30\x01\x00", b"\xff" * 6, b"\x00\x00"])
def test_a_broken_packet_costs_the_connection_and_nothing_else(
    stub: StubBroker, linked: Ingest, packet: bytes
) -> None:
    stub.send(packet)
    linked.read(1, 0.2)
    assert not linked.connected
    assert linked.problem


def test_a_small_packet_does_not_wait_for_the_last_one_to_be_acknowledged(
    linked: Ingest,
) -> None:
    # Nagle's algorithm would hold an alert for 40 ms, now and then.
    with socket.socket(fileno=os.dup(linked.fileno())) as ours:
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_select_is_never_called(
    stub: StubBroker, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        pytest.fail("select() fails silently with 1 024 open files")

    monkeypatch.setattr(select, "select", forbidden)
    client = link(stub, make("zone/up/+/tele"))
    stub.publish(TOPIC, b"x", qos=1, mid=1)
    client.acknowledge(client.read(1, 1.0))
    client.publish("zone/live/delta", b"x")
    assert client.connected


# -- acknowledging -------------------------------------------------------------------------


def test_nothing_is_acknowledged_until_the_caller_says_so(stub: StubBroker, linked: Ingest) -> None:
    stub.publish(TOPIC, b"x", qos=1, mid=7)
    frames = read_all(linked, 1)
    assert list(stub.packets()) == []
    linked.acknowledge(frames)
    assert list(stub.packets()) == [(PUBACK << 4, b"\x00\x07")]


def test_acknowledgements_go_out_in_the_order_of_the_messages(
    stub: StubBroker, linked: Ingest
) -> None:
    mids = [500, 3, 65_535, 1]
    for mid in mids:
        stub.publish(TOPIC, b"x", qos=1, mid=mid)
    linked.acknowledge(read_all(linked, 4))
    assert [int.from_bytes(body, "big") for _, body in stub.packets()] == mids


def test_what_came_at_qos_0_is_not_acknowledged(stub: StubBroker, linked: Ingest) -> None:
    stub.publish(TOPIC, b"x")
    linked.acknowledge(read_all(linked, 1))
    assert list(stub.packets()) == []


def test_a_message_of_an_earlier_connection_is_not_acknowledged_on_this_one(
    stub: StubBroker, linked: Ingest
) -> None:
    stub.publish(TOPIC, b"old", qos=1, mid=7)
    old = read_all(linked, 1)
    stub.drop()
    call_again(stub, linked)
    answer(stub, linked)
    stub.publish(TOPIC, b"new", qos=1, mid=7)
    new = read_all(linked, 1)
    linked.acknowledge(old)
    assert list(stub.packets()) == []
    linked.acknowledge(new)
    assert [kind >> 4 for kind, _ in stub.packets()] == [PUBACK]


def test_acknowledging_without_a_connection_does_nothing(stub: StubBroker, linked: Ingest) -> None:
    stub.publish(TOPIC, b"x", qos=1, mid=7)
    frames = read_all(linked, 1)
    stub.drop()
    linked.read(1, 0.05)
    linked.acknowledge(frames)
    assert not linked.connected


# -- publishing ----------------------------------------------------------------------------


def test_a_message_of_qos_1_is_confirmed_when_the_broker_says_so(
    stub: StubBroker, linked: Ingest
) -> None:
    token = linked.publish("zone/live/violation", b"{}", 1)
    kind, body = stub.packet()
    assert kind >> 4 == PUBLISH
    assert (linked.confirmed(), linked.unconfirmed) == ([], 1)
    stub.send(b"\x40\x02" + body[-4:-2])
    linked.read(1, 0.2)
    assert (linked.confirmed(), linked.unconfirmed) == ([token], 0)


def test_what_was_not_confirmed_is_sent_again_after_the_connection_was_lost(
    stub: StubBroker, linked: Ingest
) -> None:
    token = linked.publish("zone/live/violation", b"{}", 1)
    stub.packet()
    stub.drop()
    call_again(stub, linked)
    stub.welcome(session=True)
    linked.read(1, 0.2)
    sent = {kind >> 4: body for kind, body in stub.packets()}
    stub.send(b"\x40\x02" + sent[PUBLISH][-4:-2])
    linked.read(1, 0.2)
    assert linked.confirmed() == [token]


def test_without_a_connection_nothing_is_taken(make: Make) -> None:
    client = make("zone/up/+/tele")
    assert client.publish("zone/live/violation", b"{}", 1) is None
    assert client.publish("zone/live/delta", b"{}") is None
    assert (client.dropped, client.unconfirmed) == (2, 0)


def test_a_broker_that_does_not_keep_up_gets_whole_packets_and_fewer_of_them(
    stub: StubBroker, linked: Ingest
) -> None:
    for mid in range(1, 201):
        stub.publish(TOPIC, b"x", qos=1, mid=mid)
    frames = read_all(linked, 200)
    sent = 0
    while linked.dropped == 0:
        sent += linked.publish("zone/live/delta", b"d" * 60_000) is not None
    linked.acknowledge(frames)
    token = linked.publish("zone/live/violation", b"v", 1)
    assert token is not None

    got: list[tuple[int, bytes]] = []
    assert stub.peer is not None
    stub.peer.settimeout(0.05)
    until_s = time.monotonic() + 10
    while len(got) < sent + 201 and time.monotonic() < until_s:
        linked.read(1, 0.0)
        try:
            got.append(stub.packet())
        except TimeoutError:
            continue
    acks = [int.from_bytes(body, "big") for kind, body in got if kind >> 4 == PUBACK]
    published = [body for kind, body in got if kind >> 4 == PUBLISH]
    assert acks == list(range(1, 201))
    assert len(published) == sent + 1
    assert {len(body) for body in published[:-1]} == {2 + len("zone/live/delta") + 60_000}


def test_many_small_messages_go_out_as_packets_of_their_own(
    stub: StubBroker, linked: Ingest
) -> None:
    sizes = [0, 1, 127, 128, 20_000, 3]
    told = [(f"zone/down/veh-{number}/ack", b"x" * size) for number, size in enumerate(sizes)]
    linked.publish_all(told)
    linked.publish("zone/live/delta", b"after them")
    found = [(kind, body) for kind, body in stub.packets() if kind >> 4 == PUBLISH]
    assert [kind for kind, _ in found] == [0x30] * (len(told) + 1)
    wanted = [*told, ("zone/live/delta", b"after them")]
    assert [body for _, body in found] == [
        len(topic).to_bytes(2, "big") + topic.encode() + payload for topic, payload in wanted
    ]


def test_a_cut_among_many_messages_is_finished_before_anything_else_is_sent(
    stub: StubBroker, linked: Ingest
) -> None:
    told = [(f"zone/down/veh-{number:05}/ack", b"x" * 500) for number in range(20_000)]
    linked.publish_all(told)
    token = linked.publish("zone/live/violation", b"v", 1)
    assert token is not None
    linked.publish_all(told)
    assert linked.dropped == len(told)

    assert stub.peer is not None
    stub.peer.settimeout(0.05)
    got: list[bytes] = []
    until_s = time.monotonic() + 20
    while len(got) < len(told) + 1 and time.monotonic() < until_s:
        linked.read(1, 0.0)
        try:
            got.append(stub.packet()[1])
        except TimeoutError:
            continue
    assert [body[2:25].decode() for body in got[:-1]] == [topic for topic, _ in told]
    assert b"zone/live/violation" in got[-1]


def test_many_messages_without_a_connection_are_dropped_and_counted(make: Make) -> None:
    client = make("zone/up/+/tele")
    client.publish_all(("zone/down/veh-1/ack", b"{}") for _ in range(3))
    assert client.dropped == 3


# -- the end -------------------------------------------------------------------------------


def test_closing_says_goodbye_and_does_not_connect_again(stub: StubBroker, linked: Ingest) -> None:
    linked.close()
    assert stub.packet()[0] >> 4 == DISCONNECT
    assert linked.fileno() == -1
    assert linked.read(1, 0.3) == []
    assert not stub.is_called()
    linked.close()


def test_qos_2_is_not_offered(make: Make) -> None:
    with pytest.raises(ValueError, match="expected 0 or 1"):
        make("zone/up/+/tele", qos=2)
