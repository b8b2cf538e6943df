"""A checkpoint that cannot be read costs neither the start nor what is going on."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text

from telemetry.report import Frame
from zone_service import recovery
from zone_service.clock_frames import tick_frame
from zone_service.day_keeping import DayKeeping
from zone_service.memory import Memory, UnreadableCheckpoint, from_bytes, to_bytes
from zone_service.pipeline import step
from zone_service.recovery import recover
from zone_service.store import journal, violations
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Batch, Commit
from zone_service.world import World

Say = Callable[..., Frame]
ON_ROAD = (121.92, 30.90)
BESIDE_ROAD = (121.92, 30.9006)
NOON_S = 1795406400.0


def judge(
    store: Store,
    memory: Memory,
    world: World,
    frames: Sequence[Frame],
    *,
    checkpoint: bool = False,
) -> None:
    """Judge and commit one batch, as the worker does."""
    outcome = step(memory, world, frames)
    kept = outcome.journal
    times = [frame.received_s for frame in kept] or [frames[-1].received_s]
    batch = Batch(uuid4().hex, times[0], times[-1], len(kept), journal.pack(kept))
    changes = tuple(outcome.changes.values())
    body = to_bytes(memory) if checkpoint else None
    journal.commit_batch(store, Commit(batch=batch, violations=changes, checkpoint=body))


def drive(
    store: Store,
    memory: Memory,
    world: World,
    say: Say,
    seconds: Sequence[int],
    *,
    place: tuple[float, float] = ON_ROAD,
    checkpoint: bool = False,
) -> None:
    for second in seconds:
        said = say("car-1", *place, second, seq=second, boot_id="b")
        judge(store, memory, world, [said], checkpoint=checkpoint)


def spoil(store: Store, newest: int) -> None:
    """Write something else over the newest checkpoints."""
    with store.begin() as connection:
        connection.execute(
            text(
                "UPDATE checkpoint SET body = :body WHERE journal_id IN"
                " (SELECT journal_id FROM checkpoint ORDER BY journal_id DESC LIMIT :newest)"
            ),
            {"body": b"of another age", "newest": newest},
        )


def ongoing(store: Store) -> dict[str, str]:
    with store.read() as session:
        return {each.code: each.id for each in violations.open_violations(session, PLATFORM)}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a checkpoint, the last minute is replayed."""
    monkeypatch.setattr(recovery, "REPLAYED_S", 60.0)


@pytest.mark.parametrize("spoilt", [1, 2])
def test_where_a_checkpoint_cannot_be_read_the_one_before_it_serves(
    store: Store, world: World, say: Say, spoilt: int
) -> None:
    memory = Memory()
    drive(store, memory, world, say, range(1, 20), checkpoint=True)
    drive(store, memory, world, say, range(20, 30), place=BESIDE_ROAD)
    spoil(store, spoilt)
    found = recover(store, world)
    assert len(found.problems) == spoilt
    assert found.batches == 10 + spoilt
    assert not found.is_cut
    assert to_bytes(found.memory) == to_bytes(memory)


def test_a_start_without_a_checkpoint_replays_the_latest_part_of_the_journal_alone(
    store: Store, world: World, say: Say, short: None
) -> None:
    memory = Memory()
    drive(store, memory, world, say, range(1, 480), checkpoint=True)
    DayKeeping(store, NOON_S).finish(memory)
    drive(store, memory, world, say, range(480, 500), checkpoint=True)
    spoil(store, 3)
    found = recover(store, world)
    assert found.is_cut
    assert found.batches == 61
    # What is replayed of the day is counted already, up to when it was last stored.
    counted = found.memory.days.day_of(0)
    assert counted == memory.days.day_of(0)
    assert counted is not None
    assert counted.reports == 499
    again = say("car-1", *ON_ROAD, 499, seq=499, boot_id="b")
    assert step(found.memory, world, [again]).counts == {"duplicate": 1}


def test_who_speaks_after_the_checkpoint_of_a_start_that_was_cut_goes_on_with_its_day(
    store: Store, world: World, say: Say, short: None
) -> None:
    memory = Memory()
    parked = ("uav-1", 121.92, 30.90)
    for second in (1, 2):
        judge(store, memory, world, [say(*parked, second, seq=second, operational_status="GROUND")])
    drive(store, memory, world, say, range(300, 310))
    DayKeeping(store, NOON_S).finish(memory)
    found = recover(store, world)
    assert found.is_cut
    assert "uav-1" not in found.memory.names
    next_start = from_bytes(to_bytes(found.memory))
    later = say(*parked, 320, seq=3, operational_status="GROUND")
    step(next_start, world, [later])
    day = next_start.days.day_of(next_start.names.index("uav-1"))
    assert day is not None
    assert day.reports == 3


def test_no_more_messages_are_replayed_than_a_few_seconds_allow(
    store: Store, world: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "REPLAYED_MESSAGES", 100)
    drive(store, Memory(), world, say, range(1, 200))
    assert recover(store, world).batches == 50


def test_a_violation_that_is_open_stays_the_same_one_though_its_beginning_is_forgotten(
    store: Store, world: World, say: Say, short: None
) -> None:
    memory = Memory()
    drive(store, memory, world, say, range(1, 200), place=BESIDE_ROAD, checkpoint=True)
    before = ongoing(store)
    spoil(store, 3)
    found = recover(store, world)
    assert list(before) == ["KEEP_IN_EXIT"]
    assert found.changes == ()
    drive(store, found.memory, world, say, range(200, 230))
    assert ongoing(store) == {}


def test_a_device_that_is_silent_stays_reported_until_it_speaks(
    store: Store, world: World, say: Say, short: None
) -> None:
    memory = Memory()
    drive(store, memory, world, say, [1])
    judge(store, memory, world, [tick_frame(NOON_S + 70)])
    for second in range(300, 310):
        other = say("uav-1", 121.92, 30.90, second, seq=second, operational_status="GROUND")
        judge(store, memory, world, [other])
    assert list(ongoing(store)) == ["TELEMETRY_SILENCE"]
    found = recover(store, world)
    assert found.is_cut
    assert "car-1" not in {each.device_id for each in found.changes}
    judge(store, found.memory, world, [tick_frame(NOON_S + 320)])
    assert "TELEMETRY_SILENCE" in ongoing(store)
    drive(store, found.memory, world, say, [330])
    judge(store, found.memory, world, [tick_frame(NOON_S + 331)])
    assert "TELEMETRY_SILENCE" not in ongoing(store)


def test_a_stranger_that_was_reported_is_closed_when_it_is_gone(
    store: Store, world: World, say: Say, short: None
) -> None:
    memory = Memory()
    judge(store, memory, world, [say("ghost", *ON_ROAD)])
    drive(store, memory, world, say, range(100, 110))
    found = recover(store, world)
    assert list(ongoing(store)) == ["UNREGISTERED_DEVICE"]
    judge(store, found.memory, world, [tick_frame(NOON_S + 111)])
    assert ongoing(store) == {}


def test_what_is_open_about_a_device_that_left_the_register_is_closed(
    store: Store, world: World, say: Say, short: None
) -> None:
    memory = Memory()
    drive(store, memory, world, say, range(1, 200), place=BESIDE_ROAD)
    without = {key: each for key, each in world.subjects.items() if key != "car-1"}
    found = recover(store, replace(world, subjects=without, units={}))
    assert [each.code for each in found.changes if each.closed_at is not None] == ["KEEP_IN_EXIT"]


def test_a_batch_of_the_journal_that_cannot_be_read_is_named_and_passed_over(
    store: Store, world: World, say: Say
) -> None:
    memory = Memory()
    drive(store, memory, world, say, range(1, 4))
    with store.begin() as connection:
        harmed = text("UPDATE journal SET body = :body WHERE journal_id = 2")
        connection.execute(harmed, {"body": b"x"})
    found = recover(store, world)
    assert found.batches == 3
    assert [problem[:22] for problem in found.problems] == ["batch 2 cannot be read"]
    assert [each.seq for each in found.memory.devices["car-1"].waiting] == [3]


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (lambda body: body[:3], "expected a head"),
        (lambda body: b"\x02\x00" + body[2:], "format 2, expected"),
        (lambda body: body[:-1] + bytes([body[-1] ^ 1]), "damaged"),
        (lambda body: body[: len(body) // 2], "damaged"),
    ],
    ids=["no-head", "another-age", "one-bit", "cut-short"],
)
def test_a_checkpoint_that_changed_on_the_disk_is_not_taken_for_a_memory(
    world: World, say: Say, harm: Callable[[bytes], bytes], named: str
) -> None:
    memory = Memory()
    step(memory, world, [say("car-1", *ON_ROAD)])
    with pytest.raises(UnreadableCheckpoint, match=named):
        from_bytes(harm(to_bytes(memory)))


def test_the_first_start_of_all_has_nothing_to_recover(store: Store, world: World) -> None:
    found = recover(store, world)
    assert (found.journal_id, found.batches, found.problems, found.is_cut) == (0, 0, (), False)
