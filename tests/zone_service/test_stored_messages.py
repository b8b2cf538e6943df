"""Units whose format has no numbers are told by digest what of theirs is stored."""

from dataclasses import replace

import pytest
from msgspec import structs

from telemetry.codecs.jt808 import encode_location
from telemetry.receipts import Receipt, decoded, digest_of
from telemetry.report import Frame
from tests.zone_service.test_announcer import Heard
from zone_service.announcer import Announcer
from zone_service.guarded import judge
from zone_service.memory import Memory
from zone_service.stored_messages import receipts_of
from zone_service.world import World

pytestmark = pytest.mark.requirement("D7-2", "D4e-1")

NOON_S = 1_795_406_400.0
PHONE = "13912345678"


@pytest.fixture
def terminals(world: World) -> World:
    """The city, its car a terminal of JT/T 808."""
    car = structs.replace(world.units["car-1"], codec="jt808", wire_id=PHONE)
    return replace(world, units={**world.units, "car-1": car})


def said(serial: int, longitude_deg: float = 121.91, phone: str = PHONE) -> Frame:
    raw = encode_location(phone, NOON_S + serial, longitude_deg, 30.90, serial=serial)
    return Frame("zone/up/car-1/tele", raw, NOON_S + serial)


def told(world: World, memory: Memory, *frames: Frame) -> dict[str, Receipt]:
    return receipts_of(frames, judge(memory, world, frames), world)


def digests(*frames: Frame) -> tuple[str, ...]:
    return tuple(digest_of(each.payload) for each in frames)


def test_a_report_that_is_stored_is_told_and_so_is_one_that_was_stored_before(
    terminals: World,
) -> None:
    memory, first, second = Memory(), said(1), said(2)
    assert told(terminals, memory, first) == {"car-1": Receipt(digests(first))}
    assert told(terminals, memory, first, second) == {"car-1": Receipt(digests(first, second))}


def test_a_message_of_which_something_is_refused_is_told_as_that(terminals: World) -> None:
    other, broken = said(1, phone="13800000000"), Frame("zone/up/car-1/tele", b"~~~", NOON_S)
    good = said(2)
    assert told(terminals, Memory(), other, broken, good) == {
        "car-1": Receipt(digests(good), digests(other, broken))
    }


def test_who_has_numbers_and_who_is_not_registered_are_told_nothing_by_digest(
    terminals: World, world: World
) -> None:
    assert told(world, Memory(), said(1)) == {}
    stranger = Frame("zone/up/nobody/tele", said(1).payload, NOON_S)
    event = Frame("zone/up/car-1/event", b"hello", NOON_S)
    assert told(terminals, Memory(), stranger, event) == {}


def test_all_that_was_stored_since_is_told_on_the_devices_own_topic_within_a_second(
    terminals: World,
) -> None:
    heard, memory = Heard(), Memory()
    announcer = Announcer(heard, 10.0)
    announcer.speak(memory, terminals, NOON_S)
    announcer.stored({"car-1": Receipt(("a",))})
    announcer.stored({"car-1": Receipt(("b",), ("c",))})
    assert announcer.next_due_s() <= NOON_S + 0.06
    for turn in range(1, 21):
        announcer.speak(memory, terminals, NOON_S + 0.001 + turn / 20)
    assert heard.acks == [
        ("zone/down/car-1/ack", {"stored": ["a", "b"]}),
        ("zone/down/car-1/ack", {"refused": ["c"]}),
    ]
    assert decoded(b'{"stored":["a"],"refused":["c"]}') == Receipt(("a",), ("c",))
