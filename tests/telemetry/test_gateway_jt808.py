"""JT/T 808 between a terminal's connection and the broker: who is believed, what is answered, and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.codecs.jt808 import encode_location, location_body
from telemetry.codecs.jt808_frame import Edition, Message, encode_frame, read
from telemetry.codecs.jt808_session import (
    AUTHENTICATION,
    HEARTBEAT,
    Authentication,
    Registration,
    RegistrationResult,
    Result,
    encode_authentication,
    encode_batch,
    encode_heartbeat,
    encode_registration,
)
from telemetry.gateways.jt808 import (
    MOST_BAD,
    MOST_BYTES,
    MOST_REFUSED,
    MOST_WAITING,
    WIRE,
    Link,
    is_full,
)
from telemetry.gateways.wire import (
    Answer,
    Close,
    Drop,
    Dropped,
    Ended,
    Event,
    Forward,
    Input,
    Joined,
    Known,
    Passed,
    Received,
    Register,
    Registers,
    Taken,
)
from telemetry.receipts import Receipt, digest_of

pytestmark = pytest.mark.requirement("D7-1", "D7-2", "D7-3")

PHONE = "13912345678"
NOON_S = 1_795_406_400.0
UNITS: Register = {
    PHONE: Known("bus-1", "the-code", lambda code: code in {"the-code", "its-secret"}),
    "13900000002": Known("bus-2", "", lambda code: code == "its-secret"),
}
ME = Registration(31, 115, "ZONE", "T1", "0000001", 1, "沪A00001")


@dataclass
class Terminal:
    """A connection that remembers all that became of it."""

    link: Link = WIRE.begin

    def hears(self, said: Input, units: Register = UNITS) -> list[Event]:
        self.link, events = WIRE.step(self.link, said, units)
        return events

    def sends(self, data: bytes, units: Register = UNITS) -> list[Event]:
        return self.hears(Received(data, NOON_S), units)


@pytest.fixture
def joined() -> Terminal:
    """A connection that is authenticated."""
    terminal = Terminal()
    terminal.sends(hello())
    return terminal


def hello(code: str = "the-code", phone: str = PHONE, edition: Edition = Edition.OF_2013) -> bytes:
    return encode_authentication(
        phone, Authentication(code, "860000000000001", "1.0"), serial=1, edition=edition
    )


def location(serial: int, phone: str = PHONE, edition: Edition = Edition.OF_2013) -> bytes:
    return encode_location(phone, NOON_S + serial, 121.5, 31.2, serial=serial, edition=edition)


def messages(events: Sequence[Event]) -> Iterator[Message]:
    for each in events:
        if isinstance(each, Answer | Registers):
            answer = each if isinstance(each, Answer) else each.answer
            message = read(answer.data[1:-1])
            assert isinstance(message, Message)
            yield message


def answers(events: Sequence[Event]) -> list[tuple[int, int, int]]:
    """The messages answered by 0x8001: serial number, kind, result."""
    return [
        (int.from_bytes(each.body[:2], "big"), int.from_bytes(each.body[2:4], "big"), each.body[4])
        for each in messages(events)
        if each.message_id == 0x8001
    ]


def dropped(events: Sequence[Event]) -> list[tuple[Dropped, str]]:
    return [(each.reason, each.subject) for each in events if isinstance(each, Drop)]


def passed_on(events: Sequence[Event]) -> list[bytes]:
    return [each.payload for each in events if isinstance(each, Forward)]


def stored(*frames: bytes) -> Taken:
    return Taken("bus-1", Receipt(stored=tuple(digest_of(each) for each in frames)))


def refused(*frames: bytes) -> Taken:
    return Taken("bus-1", Receipt(refused=tuple(digest_of(each) for each in frames)))


@pytest.mark.parametrize("edition", Edition)
def test_a_terminal_that_registers_is_told_a_code_and_is_let_in_by_it(edition: Edition) -> None:
    terminal = Terminal()
    (answer,) = messages(terminal.sends(encode_registration(PHONE, ME, serial=7, edition=edition)))
    assert (answer.message_id, answer.phone, answer.edition) == (0x8100, PHONE, edition)
    assert answer.body == b"\x00\x07\x00the-code"
    events = terminal.sends(hello("the-code", edition=edition))
    assert events[0] == Joined("bus-1")
    assert answers(events) == [(1, AUTHENTICATION, Result.DONE)]


def test_a_number_that_nobody_registered_is_refused_by_name_whatever_it_says() -> None:
    terminal = Terminal()
    events = terminal.sends(encode_registration("13800000000", ME, serial=7))
    (answer,) = messages(events)
    assert answer.body == b"\x00\x07" + bytes((RegistrationResult.NO_SUCH_TERMINAL,))
    assert dropped(events) == [(Dropped.UNKNOWN_UNIT, "13800000000")]
    events = terminal.sends(hello("the-code", "13800000000"))
    assert answers(events) == [(1, AUTHENTICATION, Result.FAILED)]
    assert dropped(events) == [(Dropped.UNKNOWN_UNIT, "13800000000")]


def test_where_terminals_are_told_no_code_one_is_let_in_by_the_secret_of_its_device() -> None:
    terminal = Terminal()
    (answer,) = messages(terminal.sends(encode_registration("13900000002", ME, serial=7)))
    assert answer.body == b"\x00\x07" + bytes((RegistrationResult.TERMINAL_REGISTERED_BEFORE,))
    assert Joined("bus-2") in terminal.sends(hello("its-secret", "13900000002"))


def test_a_wrong_code_is_answered_and_the_third_of_them_ends_the_connection() -> None:
    terminal = Terminal()
    for _ in range(2):
        events = terminal.sends(hello("guessed"))
        assert answers(events) == [(1, AUTHENTICATION, Result.FAILED)]
        assert dropped(events) == [(Dropped.NOT_AUTHENTICATED, PHONE)]
    assert isinstance(terminal.sends(hello("guessed"))[-1], Close)


def test_a_code_is_in_nothing_that_is_counted_or_shown() -> None:
    events = Terminal().sends(hello("guessed"))
    assert "guessed" not in repr(events)
    assert all(b"guessed" not in each.sample for each in events if isinstance(each, Drop))


def test_nothing_is_passed_on_before_it_is_known_who_speaks() -> None:
    terminal = Terminal()
    events = terminal.sends(location(1))
    assert passed_on(events) == []
    assert answers(events) == [(1, 0x0200, Result.FAILED)]
    assert dropped(events) == [(Dropped.NOT_AUTHENTICATED, PHONE)]


def test_what_is_said_under_another_number_is_refused(joined: Terminal) -> None:
    events = joined.sends(location(1, "13900000002"))
    assert passed_on(events) == []
    assert dropped(events) == [(Dropped.WRONG_UNIT, "13900000002")]


def test_a_message_is_answered_when_it_is_stored_and_not_before(joined: Terminal) -> None:
    first, second = location(1), location(2)
    events = joined.sends(first + second)
    assert passed_on(events) == [first, second]
    assert answers(events) == []
    assert answers(joined.hears(stored(second))) == [(2, 0x0200, Result.DONE)]
    assert answers(joined.hears(stored(second))) == []
    assert answers(joined.hears(stored(first))) == [(1, 0x0200, Result.DONE)]


def test_a_message_that_is_said_again_is_passed_on_again_and_answered_once(
    joined: Terminal,
) -> None:
    frame = location(1)
    assert passed_on(joined.sends(frame) + joined.sends(frame)) == [frame, frame]
    assert answers(joined.hears(stored(frame))) == [(1, 0x0200, Result.DONE)]
    assert answers(joined.hears(stored(frame))) == []


def test_what_the_platform_refused_is_wrong_but_a_batch_is_done_with(joined: Terminal) -> None:
    frame = location(1)
    batch = encode_batch(PHONE, [location_body(NOON_S, 121.5, 31.2)], serial=2)
    joined.sends(frame + batch)
    assert answers(joined.hears(refused(frame, batch))) == [
        (1, 0x0200, Result.WRONG),
        (2, 0x0704, Result.DONE),
    ]


def test_an_answer_is_in_the_terminals_own_edition() -> None:
    terminal = Terminal()
    terminal.sends(hello(edition=Edition.OF_2019))
    frame = location(1, edition=Edition.OF_2019)
    terminal.sends(frame)
    (answer,) = messages(terminal.hears(stored(frame)))
    assert (answer.edition, answer.phone) == (Edition.OF_2019, PHONE)


def test_what_no_codec_reads_is_answered_as_unsupported_at_once(joined: Terminal) -> None:
    events = joined.sends(encode_frame(0x0801, PHONE, b"photo", serial=5))
    assert passed_on(events) == []
    assert answers(events) == [(5, 0x0801, Result.UNSUPPORTED)]
    assert dropped(events) == [(Dropped.UNSUPPORTED, "bus-1")]


def test_a_heartbeat_is_passed_on_and_answered_like_a_report(joined: Terminal) -> None:
    beat = encode_heartbeat(PHONE, serial=3)
    assert passed_on(joined.sends(beat)) == [beat]
    assert answers(joined.hears(stored(beat))) == [(3, HEARTBEAT, Result.DONE)]


def test_no_more_is_read_than_may_wait_and_the_rest_when_some_is_stored(joined: Terminal) -> None:
    frames = [location(serial) for serial in range(1, MOST_WAITING + 11)]
    events = joined.sends(b"".join(frames))
    assert passed_on(events) == frames[:MOST_WAITING]
    assert is_full(joined.link)
    assert passed_on(joined.hears(stored(*frames[:4]))) == frames[MOST_WAITING : MOST_WAITING + 4]
    assert passed_on(joined.hears(stored(*frames[4:20]))) == frames[MOST_WAITING + 4 :]
    assert not is_full(joined.link)


def test_what_has_no_end_is_let_go_and_the_frame_behind_it_is_read(joined: Terminal) -> None:
    events = [event for _ in range(3) for event in joined.sends(b"x" * MOST_BYTES)]
    assert dropped(events) == [(Dropped.TOO_LARGE, "bus-1")]
    assert joined.link.rest == b""
    assert passed_on(joined.sends(location(1))) == [location(1)]


def test_a_connection_that_says_no_frame_at_all_is_closed() -> None:
    terminal = Terminal()
    events = terminal.sends(b"~no frame" * (MOST_BAD - 1) + b"~")
    assert [each for each in events if isinstance(each, Close)] == []
    assert isinstance(terminal.sends(b"no frame~")[-1], Close)


def test_half_a_frame_at_the_end_is_counted(joined: Terminal) -> None:
    joined.sends(location(1)[:-5])
    assert dropped(joined.hears(Ended())) == [(Dropped.MALFORMED, "bus-1")]


def test_a_device_that_is_taken_out_of_the_register_is_let_go(joined: Terminal) -> None:
    frame = location(1)
    joined.sends(frame)
    assert joined.hears(Passed(NOON_S)) == []
    gone, closed = joined.hears(Passed(NOON_S), {})
    assert (gone, type(closed)) == (Drop(Dropped.UNIT_GONE, "bus-1", count=1), Close)
    assert passed_on(joined.sends(location(2))) == []


def test_another_credential_ends_the_connection_that_was_let_in_by_the_one_before(
    joined: Terminal,
) -> None:
    anew = replace(UNITS[PHONE], fingerprint="of another")
    assert joined.hears(Passed(NOON_S)) == []
    (closed,) = joined.hears(Passed(NOON_S), {PHONE: anew})
    assert isinstance(closed, Close)


def test_a_connection_does_not_become_another_devices(joined: Terminal) -> None:
    joined.sends(location(1))
    events = joined.sends(hello("its-secret", "13900000002"))
    assert answers(events) == [(1, AUTHENTICATION, Result.FAILED)]
    assert dropped(events) == [(Dropped.WRONG_UNIT, "13900000002")]
    assert isinstance(events[-1], Close)


def test_a_connection_is_told_no_code_of_another_device(joined: Terminal) -> None:
    events = joined.sends(encode_registration("13900000002", ME, serial=7))
    assert dropped(events) == [(Dropped.WRONG_UNIT, "13900000002")]
    assert isinstance(events[-1], Close)


def test_who_is_let_in_is_told_its_own_code_whoever_is_connected(joined: Terminal) -> None:
    (answer,) = joined.sends(encode_registration(PHONE, ME, serial=7))
    assert isinstance(answer, Answer)
    assert b"the-code" in answer.data


def test_who_says_who_it_is_again_is_still_it(joined: Terminal) -> None:
    frame = location(1)
    joined.sends(frame)
    assert joined.sends(hello())[0] == Joined("bus-1")
    assert answers(joined.hears(stored(frame))) == [(1, 0x0200, Result.DONE)]


def test_who_says_much_and_not_who_it_is_is_closed() -> None:
    terminal = Terminal()
    numbers = [f"138{each:08}" for each in range(MOST_REFUSED)]
    events = [each for number in numbers[1:] for each in terminal.sends(location(1, number))]
    assert [each for each in events if isinstance(each, Close)] == []
    assert isinstance(terminal.sends(location(1, numbers[0]))[-1], Close)


def test_what_a_number_says_is_a_devices_only_once_it_is_known_to_speak() -> None:
    terminal = Terminal()
    said = encode_frame(0x0801, PHONE, b"photo", serial=5)
    claimed = [each for each in terminal.sends(said) if isinstance(each, Drop)]
    terminal.sends(hello())
    known = [each for each in terminal.sends(said) if isinstance(each, Drop)]
    assert [(each.subject, each.is_claimed) for each in claimed + known] == [
        (PHONE, True), ("bus-1", False),
    ]  # fmt: skip


GARBAGE = st.binary(max_size=40)
SAID = st.lists(
    st.one_of(
        st.integers(1, 20).map(location),
        st.integers(1, 20).map(lambda serial: location(serial, edition=Edition.OF_2019)),
        GARBAGE,
        GARBAGE.map(lambda raw: b"\x7e" + raw),
    ),
    max_size=12,
)


@given(said=SAID, cuts=st.lists(st.integers(0, 2000), max_size=30))
def test_wherever_a_stream_is_cut_the_same_comes_of_it(said: list[bytes], cuts: list[int]) -> None:
    stream = hello() + b"".join(said)
    whole, parts = Terminal(), Terminal()
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    together = whole.sends(stream)
    cut = [event for start, end in pairwise(places) for event in parts.sends(stream[start:end])]
    assert cut == together
    assert parts.link == whole.link


@given(said=SAID)
def test_garbage_between_frames_costs_none_of_them(said: list[bytes]) -> None:
    frames = [each for each in said if len(each) > 41]
    # Behind a mark: what stands before it is a piece of its own.
    stream = hello() + b"\x7e".join(said) + b"\x7e"
    assert [each for each in passed_on(Terminal().sends(stream)) if each in frames] == frames


@given(said=st.lists(st.binary(max_size=200), max_size=8))
def test_nothing_that_can_be_sent_raises_and_nothing_is_passed_on_for_it(
    said: list[bytes],
) -> None:
    terminal = Terminal()
    events = [event for each in said for event in terminal.sends(each)]
    assert passed_on(events) == []
    assert len(terminal.link.rest) <= MOST_BYTES
