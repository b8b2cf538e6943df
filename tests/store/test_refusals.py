"""What was refused, as it is looked up."""

import pytest

from tests.store.city import (
    ADMINISTRATOR,
    CAR,
    KITE,
    NOON,
    POLICE,
    REVIEWER,
    SWIFT,
    commit,
)
from zone_service.store import journal, refusals, registry
from zone_service.store.engine import Store
from zone_service.store.errors import InvalidValue
from zone_service.store.records import Principal, Refusal, RefusalFilter

CAR_BAD = Refusal("car-1", "malformed", 960, 2, b"car said")
CAR_LARGE = Refusal("car-1", "too_large", 1020, 1, b"x")
DRONE_BAD = Refusal("drone-1", "malformed", 1020, 5, b"drone said")
STRANGER = Refusal("nobody-1", "unknown_device", 1020, 1, b"let me in")
AS_CAR = Refusal("zone/up/car-1/tele", "forbidden_topic", 1080, 3, b'client "drone-1-abc"')
NO_TOPIC = Refusal("zone/up", "unknown_topic", 1080, 1, b"?")
NEWEST_FIRST = (NO_TOPIC, AS_CAR, CAR_LARGE, DRONE_BAD, STRANGER, CAR_BAD)


@pytest.fixture
def refusing(store: Store) -> Store:
    """A city in which something of everybody was refused."""
    journal.commit_batch(store, commit(refusals=NEWEST_FIRST))
    return store


def seen(
    store: Store, principal: Principal, asked: RefusalFilter = refusals.ALL
) -> tuple[Refusal, ...]:
    with store.read() as session:
        return refusals.page(session, principal, asked)


@pytest.mark.requirement("D4e-6")
@pytest.mark.parametrize("principal", [REVIEWER, POLICE, ADMINISTRATOR])
def test_those_who_supervise_see_everything_newest_first(
    refusing: Store, principal: Principal
) -> None:
    assert seen(refusing, principal) == NEWEST_FIRST


@pytest.mark.requirement("D4e-6")
def test_operators_see_what_was_refused_of_their_own_devices_alone(refusing: Store) -> None:
    assert seen(refusing, SWIFT) == (CAR_LARGE, CAR_BAD)
    assert seen(refusing, KITE) == (DRONE_BAD,)


def test_what_somebody_else_tried_on_a_devices_topic_is_not_its_operators(
    refusing: Store,
) -> None:
    """It names the client by its id, which is a secret on nats-server."""
    asked = RefusalFilter(device_id="car-1")
    assert AS_CAR not in seen(refusing, SWIFT, asked)
    assert seen(refusing, POLICE, asked) == (AS_CAR, CAR_LARGE, CAR_BAD)


def test_anothers_device_asked_for_by_name_shows_nothing(refusing: Store) -> None:
    assert seen(refusing, KITE, RefusalFilter(device_id="car-1")) == ()
    assert seen(refusing, KITE, RefusalFilter(device_id="nobody-1")) == ()


def test_a_device_out_of_service_still_shows_what_was_refused_of_it(refusing: Store) -> None:
    with refusing.write() as session:
        registry.deactivate(session, SWIFT, CAR.device_id, NOON)
    assert seen(refusing, SWIFT) == (CAR_LARGE, CAR_BAD)


@pytest.mark.parametrize(
    ("from_s", "to_s", "minutes"),
    [
        (None, None, {960, 1020, 1080}),
        (1020.0, None, {1020, 1080}),
        (1079.9, None, {1020, 1080}),
        (1080.0, None, {1080}),
        (None, 1019.9, {960}),
        (None, 1020.0, {960, 1020}),
        (1021.0, 1022.0, {1020}),
        (2000.0, None, set()),
    ],
)
def test_times_are_counted_in_whole_minutes_both_included(
    refusing: Store, from_s: float | None, to_s: float | None, minutes: set[int]
) -> None:
    found = seen(refusing, POLICE, RefusalFilter(from_s=from_s, to_s=to_s))
    assert {each.minute_s for each in found} == minutes


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_parts_of_any_size_make_up_the_whole(refusing: Store, limit: int) -> None:
    found: list[Refusal] = []
    with refusing.read() as session:
        while True:
            last = refusals.key_of(found[-1]) if found else None
            part = refusals.page(session, POLICE, refusals.ALL, last, limit)
            assert len(part) <= limit
            found += part
            if not part:
                break
    assert tuple(found) == NEWEST_FIRST


def test_a_part_is_neither_nothing_nor_everything(refusing: Store) -> None:
    for limit in (0, 1001):
        with pytest.raises(InvalidValue), refusing.read() as session:
            refusals.page(session, POLICE, limit=limit)
