"""Checkpoints are made a piece a turn, of what was known after one batch."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from telemetry.report import Frame
from zone_service import checkpointing
from zone_service.checkpointing import NOT_MADE, Checkpointing
from zone_service.memory import Memory, copied, from_bytes, pieces, to_bytes
from zone_service.pipeline import step
from zone_service.recovery import recover
from zone_service.store import checkpoints, journal
from zone_service.store.engine import Store
from zone_service.store.records import Batch, Commit
from zone_service.world import World

Say = Callable[..., Frame]
ON_ROAD, BESIDE_ROAD = (121.92, 30.90), (121.92, 30.9006)
DEVICES = ("car-1", "uav-1", "usv-1")


def listen(store: Store, memory: Memory, world: World, frames: list[Frame]) -> int:
    """Judge and commit one batch; return its number."""
    outcome = step(memory, world, frames)
    body = journal.pack(outcome.journal)
    times = frames[0].received_s, frames[-1].received_s
    batch = Batch(uuid4().hex, *times, len(outcome.journal), body)
    changes = tuple(outcome.changes.values())
    return journal.commit_batch(store, Commit(batch=batch, violations=changes)).journal_id


def everybody(say: Say, second: int, place: tuple[float, float] = ON_ROAD) -> list[Frame]:
    return [say(each, *place, second, seq=second, boot_id="b") for each in DEVICES]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three devices are many."""
    monkeypatch.setattr(checkpointing, "PIECE_BYTES", 256)
    monkeypatch.setattr("zone_service.memory.DEVICES_AT_ONCE", 1)


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def making(store: Store, warnings: list[str]) -> Checkpointing:
    return Checkpointing(store, 5.0, 0.0, warnings.append)


def test_it_holds_what_was_known_when_it_was_begun_whatever_comes_meanwhile(
    store: Store, world: World, say: Say, making: Checkpointing
) -> None:
    memory = Memory()
    first = listen(store, memory, world, everybody(say, 1))
    known = to_bytes(memory)
    making.go_on(memory, first, 5.0)
    turns = 0
    while making.is_under_way:
        turns += 1
        last = listen(store, memory, world, everybody(say, 1 + turns, BESIDE_ROAD))
        assert checkpoints.newest(store) is None
        making.go_on(memory, last, 5.0)
    found = checkpoints.newest(store)
    assert turns > 3
    assert found is not None
    assert (found.journal_id, found.body) == (first, known)
    assert to_bytes(recover(store, world).memory) == to_bytes(memory)


def test_where_the_worker_dies_on_the_way_the_one_before_serves(
    store: Store, world: World, say: Say, making: Checkpointing
) -> None:
    memory = Memory()
    whole(making, memory, listen(store, memory, world, everybody(say, 1)), 5.0)
    second = listen(store, memory, world, everybody(say, 2))
    making.go_on(memory, second, 10.0)
    making.go_on(memory, second, 10.0)
    assert making.is_under_way
    found = recover(store, world)
    assert (found.batches, found.problems) == (1, ())
    assert to_bytes(found.memory) == to_bytes(memory)


def whole(making: Checkpointing, memory: Memory, journal_id: int, at_s: float) -> None:
    making.go_on(memory, journal_id, at_s)
    while making.is_under_way:
        making.go_on(memory, journal_id, at_s)


def test_none_is_made_before_its_time_nor_twice_of_the_same(
    store: Store, world: World, say: Say, making: Checkpointing
) -> None:
    memory = Memory()
    batch = listen(store, memory, world, everybody(say, 1))
    making.go_on(memory, batch, 4.9)
    assert not making.is_under_way
    whole(making, memory, batch, 5.0)
    whole(making, memory, batch, 20.0)
    assert [each.journal_id for each in checkpoints.newest_first(store)] == [batch]


def test_a_store_that_does_not_take_a_piece_costs_this_one_and_no_other(
    store: Store,
    world: World,
    say: Say,
    making: Checkpointing,
    warnings: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OperationalError("INSERT", {}, OSError("database or disk is full"))

    memory = Memory()
    batch = listen(store, memory, world, everybody(say, 1))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(checkpoints, "put_piece", full)
        whole(making, memory, batch, 5.0)
    assert warnings == [NOT_MADE]
    assert checkpoints.newest(store) is None
    whole(making, memory, batch, 10.0)
    assert from_bytes(checkpoints.newest(store).body).devices == memory.devices  # type: ignore[union-attr]


@given(
    st.lists(st.tuples(st.sampled_from(DEVICES), st.booleans()), max_size=12), st.integers(0, 11)
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_copy_stays_what_it_was(
    world: World, say: Say, said: list[tuple[str, bool]], copied_after: int
) -> None:
    memory, taken, known = Memory(), None, b""
    for second, (device_id, is_beside) in enumerate(said):
        if second == copied_after:
            taken, known = copied(memory), to_bytes(memory)
        place = BESIDE_ROAD if is_beside else ON_ROAD
        step(memory, world, [say(device_id, *place, second, seq=second, boot_id="b")])
    if taken is not None:
        assert b"".join(pieces(taken)) == known
