"""The limits of a gateway, on connections that are pretended."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from telemetry.codecs.jt808 import encode_location
from telemetry.codecs.jt808_frame import Message, checksum, encode_frame, read
from telemetry.codecs.jt808_session import (
    Authentication,
    Registration,
    RegistrationResult,
    encode_authentication,
    encode_registration,
)
from telemetry.gateways.ais import WIRE as AIS
from telemetry.gateways.jt808 import MOST_WAITING, WIRE
from telemetry.gateways.outbox import AGAIN_AFTER_S, MOST_TIMES, Outbox
from telemetry.gateways.wire import Dropped, Known
from telemetry.receipts import Receipt, digest_of
from tests.telemetry.test_gateway_ais import lines
from zone_service.gateways import connections
from zone_service.gateways.connections import (
    JOIN_WITHIN_S,
    Connection,
    Datagrams,
    Gateway,
    Limits,
)
from zone_service.gateways.counts import MOST_NAMED, Counts
from zone_service.gateways.register import Registered
from zone_service.store.records import Refusal

pytestmark = pytest.mark.requirement("D7-3")

PHONES = ("13900000001", "13900000002")
ME = Registration(31, 115, "ZONE", "T1", "0000001", 1, "沪A00001")
TUG, FERRY = 412345678, 412345679
REGISTERED = Registered(
    {each: Known(f"bus-{each[-1]}", "code", lambda code: code == "code") for each in PHONES}
)


@dataclass
class Line(asyncio.Transport):
    """The other end of a connection, as the gateway sees it."""

    reading: bool = True
    is_open: bool = True
    told: list[bytes] = field(default_factory=list)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Have no buffer."""

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.told.append(bytes(data))

    def is_closing(self) -> bool:
        return not self.is_open

    def close(self) -> None:
        self.is_open = False

    def abort(self) -> None:
        self.is_open = False


@dataclass
class Clock:
    now_s: float = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(connections, "monotonic_s", lambda: found.now_s)
    return found


@pytest.fixture
def gateway(clock: Clock) -> Gateway:
    """A gateway that keeps four messages."""
    found = Gateway(WIRE, Limits(connections=3, idle_s=60.0), Outbox(4), Counts("jt808"))
    found.follow(REGISTERED)
    return found


def connected(gateway: Gateway) -> tuple[Connection, Line]:
    line = Line()
    connection = Connection(gateway)
    connection.connection_made(line)
    return connection, line


def joined(gateway: Gateway, phone: str = PHONES[0]) -> tuple[Connection, Line]:
    connection, line = connected(gateway)
    connection.data_received(encode_authentication(phone, Authentication("code")))
    return connection, line


def report(serial: int, phone: str = PHONES[0]) -> bytes:
    return encode_location(phone, 1.8e9, 121.5, 31.2, serial=serial)


def test_a_gateway_that_is_full_reads_from_nobody_until_a_quarter_is_free(
    gateway: Gateway,
) -> None:
    (speaker, line), (_, other) = joined(gateway), joined(gateway, PHONES[1])
    frames = [report(each) for each in range(5)]
    speaker.data_received(b"".join(frames))
    _, late = connected(gateway)
    assert (line.reading, other.reading, late.reading) == (False, False, False)
    told = len(line.told)
    gateway.taken("bus-1", Receipt((digest_of(frames[0]),)))
    assert (line.reading, other.reading, late.reading) == (False, False, False)
    gateway.taken("bus-1", Receipt((digest_of(frames[1]),)))
    assert (line.reading, other.reading, late.reading) == (True, True, True)
    assert len(line.told) == told + 2


def test_what_was_read_when_a_gateway_became_full_is_kept_for_each_who_said_it(
    gateway: Gateway,
) -> None:
    (one, line), (another, _) = joined(gateway), joined(gateway, PHONES[1])
    frames = [report(each) for each in range(MOST_WAITING)]
    another.data_received(b"".join(report(each, PHONES[1]) for each in range(4)))
    one.data_received(b"".join(frames))
    assert gateway.counts.dropped == {}
    told = len(line.told)
    gateway.taken("bus-1", Receipt(tuple(digest_of(each) for each in frames)))
    assert len(line.told) == told + MOST_WAITING


def test_lines_of_a_receiver_by_tcp_wait_where_its_datagrams_are_lost() -> None:
    gateway = Gateway(AIS, Limits(), Outbox(1), Counts("ais", hears_strangers=True))
    gateway.follow(Registered({str(each): Known(f"ship-{each}") for each in (TUG, FERRY)}))
    wired, line = connected(gateway)
    wired.data_received(lines(TUG) + lines(FERRY) + lines(TUG, 5))
    assert (line.reading, len(gateway.outbox), gateway.counts.dropped) == (False, 3, {})
    Datagrams(gateway).datagram_received(lines(FERRY, 5), ("127.0.0.1", 1))
    assert gateway.counts.dropped == {Dropped.BACKLOG_FULL: 1}


def test_time_in_which_nothing_was_read_is_not_the_strangers(
    gateway: Gateway, clock: Clock
) -> None:
    speaker, _ = joined(gateway)
    frames = [report(each) for each in range(4)]
    speaker.data_received(b"".join(frames))
    _, line = connected(gateway)
    clock.now_s += JOIN_WITHIN_S + 1
    gateway.tick()
    gateway.taken("bus-1", Receipt(tuple(digest_of(each) for each in frames)))
    gateway.tick()
    assert line.is_open


def test_while_a_terminal_is_connected_nobody_else_is_told_its_code(gateway: Gateway) -> None:
    asks = encode_registration(PHONES[0], ME, serial=7)
    speaker, line = joined(gateway)
    stranger, other = connected(gateway)
    stranger.data_received(asks)
    speaker.data_received(asks)
    speaker.connection_lost(None)
    stranger.data_received(asks)
    assert [result_of(each) for each in (other.told[0], line.told[-1], other.told[1])] == [
        RegistrationResult.TERMINAL_REGISTERED_BEFORE,
        RegistrationResult.DONE,
        RegistrationResult.DONE,
    ]
    assert gateway.counts.dropped == {Dropped.NOT_AUTHENTICATED: 1}


def result_of(answer: bytes) -> int:
    message = read(answer[1:-1])
    assert isinstance(message, Message)
    return message.body[2]


def test_who_does_not_say_who_it_is_in_time_is_closed(gateway: Gateway, clock: Clock) -> None:
    (_, stranger), (_, known) = connected(gateway), joined(gateway)
    clock.now_s += JOIN_WITHIN_S + 1
    gateway.tick()
    assert (stranger.is_open, known.is_open) == (False, True)
    assert gateway.counts.dropped == {Dropped.IDLE: 1}


def test_bytes_that_make_no_frame_do_not_keep_a_connection(gateway: Gateway, clock: Clock) -> None:
    (trickling, slow), (speaking, quick) = joined(gateway), joined(gateway, PHONES[1])
    for number in range(7):
        clock.now_s += 10
        trickling.data_received(b"\x00")
        speaking.data_received(report(number % 2, PHONES[1]))
        gateway.tick()
    assert (slow.is_open, quick.is_open) == (False, True)


def test_a_connection_that_must_wait_for_the_store_is_not_taken_for_a_quiet_one(
    gateway: Gateway, clock: Clock
) -> None:
    speaker, line = joined(gateway)
    speaker.data_received(b"".join(report(each) for each in range(4)))
    for _ in range(7):
        clock.now_s += 10
        gateway.tick()
    assert line.is_open


def test_who_waits_for_what_is_never_stored_is_closed_and_may_begin_anew(clock: Clock) -> None:
    gateway = Gateway(WIRE, Limits(idle_s=1e9), Outbox(MOST_WAITING), Counts("jt808"))
    gateway.follow(REGISTERED)
    speaker, line = joined(gateway)
    speaker.data_received(b"".join(report(each) for each in range(MOST_WAITING)))
    assert not line.reading
    for _ in range(MOST_TIMES + 1):
        assert line.is_open
        gateway.outbox.to_send(MOST_WAITING, clock.now_s)
        clock.now_s += AGAIN_AFTER_S
        gateway.tick()
    gateway.outbox.to_send(MOST_WAITING, clock.now_s)
    gateway.tick()
    assert not line.is_open
    assert gateway.counts.dropped[Dropped.NEVER_STORED] == MOST_WAITING


def test_who_does_not_take_its_answers_is_closed(gateway: Gateway) -> None:
    speaker, line = joined(gateway)
    speaker.pause_writing()
    assert not line.is_open
    assert gateway.counts.dropped == {Dropped.SLOW_READER: 1}
    assert gateway.counts.connections == 0


def test_one_more_connection_than_may_be_is_closed_at_once(gateway: Gateway) -> None:
    lines = [connected(gateway)[1] for _ in range(4)]
    assert [each.is_open for each in lines] == [True, True, True, False]
    assert gateway.counts.dropped == {Dropped.TOO_MANY_CONNECTIONS: 1}


def test_what_was_said_on_a_connection_that_is_gone_is_still_stored(gateway: Gateway) -> None:
    speaker, _ = joined(gateway)
    speaker.data_received(report(1))
    speaker.connection_lost(None)
    gateway.taken("bus-1", Receipt((digest_of(report(1)),)))
    assert gateway.counts.said["stored"] == 1


def invented(number: int) -> str:
    return f"188{number:08}"


def encrypted(number: int) -> bytes:
    raw = bytes.fromhex(f"0200 0400 0{invented(number)} 0001")
    whole = raw + bytes((checksum(raw),))
    return b"~" + whole.replace(b"\x7d", b"\x7d\1").replace(b"~", b"\x7d\2") + b"~"


def empty(message_id: int, number: int) -> bytes:
    return encode_frame(message_id, invented(number), b"", serial=1)


@pytest.mark.parametrize(
    "says",
    [
        lambda each: encode_authentication(invented(each), Authentication("code")),
        lambda each: (
            encode_authentication(PHONES[0], Authentication("code")) + report(1, invented(each))
        ),
        encrypted,
        lambda each: empty(0x0001, each),
        lambda each: empty(0x0100, each),
    ],
    ids=["unknown", "another's", "encrypted", "an answer", "half a registration"],
)
def test_a_flood_of_invented_numbers_is_shown_under_some_names_and_counted_whole(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, says: Callable[[int], bytes]
) -> None:
    monkeypatch.setattr(connections, "unix_s", lambda: 1.8e9)
    shown: list[Refusal] = []
    for number in range(MOST_NAMED + 50):
        connection, _ = connected(gateway)
        connection.data_received(says(number))
        connection.connection_lost(None)
        if number % 20 == 19:  # twelve notes in one minute
            shown += gateway.counts.refusals()
    shown += gateway.counts.refusals()
    assert sum(each.count for each in shown) == MOST_NAMED + 50
    named = {each.subject for each in shown}
    assert len(named) == MOST_NAMED + 1
    assert "jt808 (others)" in named
    assert invented(0) not in named  # so might a device be called
    assert gateway.counts.refusals() == ()


def test_the_next_minute_has_names_of_its_own(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = []
    for minute in range(2):
        monkeypatch.setattr(connections, "unix_s", lambda minute=minute: 1.8e9 + 60 * minute)
        for number in range(MOST_NAMED + 1):
            connection, _ = connected(gateway)
            connection.data_received(empty(0x0001, 1000 * minute + number))
            connection.connection_lost(None)
        named.append({each.subject for each in gateway.counts.refusals()})
    assert [len(each) for each in named] == [MOST_NAMED + 1] * 2
    assert named[0] & named[1] == {"jt808 (others)"}


def test_what_could_not_be_noted_is_noted_later(gateway: Gateway) -> None:
    connection, _ = connected(gateway)
    hello = encode_authentication("18800000000", Authentication("code"))
    connection.data_received(hello)
    noted = gateway.counts.refusals()
    gateway.counts.put_back(noted)
    connection.data_received(hello)
    assert [each.count for each in gateway.counts.refusals()][-1:] == [2]
