"""What a gateway keeps until it is stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.gateways.outbox import AGAIN_AFTER_S, MOST_TIMES, Outbox
from telemetry.gateways.wire import Dropped
from telemetry.receipts import MOST_DIGESTS, Receipt, decoded, digest_of, encoded

pytestmark = pytest.mark.requirement("D7-2", "D7-3")


def payloads(outbox: Outbox, now_s: float = 0.0) -> list[bytes]:
    return [each.payload for each in outbox.to_send(100, now_s)]


def stored(*said: bytes) -> Receipt:
    return Receipt(stored=tuple(digest_of(each) for each in said))


@pytest.fixture
def outbox() -> Outbox:
    found = Outbox(4)
    for said in (b"a", b"b", b"c"):
        assert found.add("bus-1", said)
    return found


def test_each_message_is_sent_once_in_its_order(outbox: Outbox) -> None:
    assert payloads(outbox) == [b"a", b"b", b"c"]
    assert payloads(outbox) == []
    assert len(outbox) == 3


def test_what_is_stored_or_refused_is_forgotten_and_of_its_own_device_alone(
    outbox: Outbox,
) -> None:
    payloads(outbox)
    assert outbox.taken("bus-2", stored(b"a")) == 0
    assert outbox.taken("bus-1", Receipt((digest_of(b"a"),), (digest_of(b"c"),))) == 2
    outbox.send_all_again()
    assert payloads(outbox) == [b"b"]


def test_after_the_broker_was_away_all_is_sent_again_in_its_order(outbox: Outbox) -> None:
    outbox.to_send(2, 0.0)
    outbox.send_all_again()
    assert payloads(outbox) == [b"a", b"b", b"c"]


def test_who_says_the_same_again_has_it_sent_again_and_takes_no_more_room(outbox: Outbox) -> None:
    outbox.to_send(1, 0.0)
    assert outbox.add("bus-1", b"a")
    assert outbox.add("bus-1", b"b")
    assert payloads(outbox) == [b"b", b"c", b"a"]
    assert len(outbox) == 3


def test_a_full_one_takes_nothing_new_until_a_quarter_is_free(outbox: Outbox) -> None:
    assert outbox.add("bus-1", b"d")
    assert outbox.is_full
    assert not outbox.add("bus-1", b"e")
    assert not outbox.has_room
    outbox.taken("bus-1", stored(b"d"))
    assert outbox.has_room


def test_what_nobody_acknowledges_is_sent_again_and_given_up_in_the_end(outbox: Outbox) -> None:
    outbox.taken("bus-1", stored(b"b", b"c"))
    for time in range(MOST_TIMES):
        now_s = time * AGAIN_AFTER_S
        assert outbox.overdue(now_s) == []
        assert payloads(outbox, now_s) == [b"a"]
        assert payloads(outbox, now_s + 1.0) == []
    now_s = MOST_TIMES * AGAIN_AFTER_S
    assert outbox.overdue(now_s) == []
    assert payloads(outbox, now_s) == []
    (lost,) = outbox.overdue(now_s)
    assert (lost.reason, lost.subject, len(outbox)) == (Dropped.NEVER_STORED, "bus-1", 0)


def test_what_a_broker_ends_every_connection_for_is_given_up_in_the_end(outbox: Outbox) -> None:
    for _ in range(MOST_TIMES):
        assert payloads(outbox) == [b"a", b"b", b"c"]
        outbox.send_all_again()
    assert payloads(outbox) == []
    assert [each.reason for each in outbox.overdue(0.0)] == [Dropped.NEVER_STORED] * 3


def test_what_waits_for_a_device_that_is_gone_is_let_go_and_told(outbox: Outbox) -> None:
    outbox.add("bus-2", b"d")
    outbox.to_send(2, 0.0)
    gone = outbox.forget_all_but({"bus-2"})
    assert [(each.reason, each.subject) for each in gone] == [(Dropped.UNIT_GONE, "bus-1")] * 3
    assert payloads(outbox) == [b"d"]


@given(st.integers(0, 2 * MOST_DIGESTS + 1), st.integers(0, 3))
def test_a_receipt_is_told_in_messages_that_are_not_too_large(count: int, refused: int) -> None:
    digests = tuple(f"{number:016x}" for number in range(count))
    told = list(encoded(Receipt(digests, digests[:refused])))
    heard = [decoded(each) for each in told]
    assert all(len(each) <= 20_000 for each in told)
    assert sum((each.stored for each in heard), ()) == digests
    assert sum((each.refused for each in heard), ()) == digests[:refused]


@pytest.mark.parametrize(
    "said", [b'{"boot_id":"b","seq":3}', b"", b"[]", b'{"stored":[1]}', b"\xff"]
)
def test_what_tells_no_digests_is_no_receipt(said: bytes) -> None:
    assert decoded(said) == Receipt()
