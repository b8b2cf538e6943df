"""A worker that starts again knows what it knew, whatever changed while it was away."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import msgpack
from sqlalchemy import event

from geofence.snapshot import build
from geofence.zone import Schedule, Window
from telemetry.report import Frame
from zone_service.adoption import adopt
from zone_service.clock_frames import listening_frame, set_frame, tick_frame
from zone_service.decisions import Outcome
from zone_service.memory import Memory, from_bytes, packed, to_bytes
from zone_service.pipeline import step
from zone_service.recovery import recover
from zone_service.store import journal, violations
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Batch, Commit, ViolationChange, ViolationEventKind
from zone_service.world import Revisions, World

Say = Callable[..., Frame]
ON_ROAD = (121.92, 30.90)
OFF_ROAD = (121.92, 30.91)
OVER_AIRPORT = (121.81, 31.11)
NOON_S = 1795406400.0


def commit(
    store: Store,
    frames: Sequence[Frame],
    changes: Sequence[ViolationChange] = (),
    memory: Memory | None = None,
) -> None:
    """Commit as the worker does; with a memory, a checkpoint of it."""
    body = journal.pack(frames)
    batch = Batch(uuid4().hex, NOON_S, NOON_S, len(frames), body)
    checkpoint = None if memory is None else to_bytes(memory)
    journal.commit_batch(
        store, Commit(batch=batch, violations=tuple(changes), checkpoint=checkpoint)
    )


def judge(store: Store, memory: Memory, world: World, frames: Sequence[Frame]) -> Outcome:
    """Judge and commit one batch, without a checkpoint."""
    outcome = step(memory, world, frames)
    if outcome.journal or outcome.changes:
        commit(store, outcome.journal, tuple(outcome.changes.values()))
    return outcome


def fly(say: Say, second: float, place: tuple[float, float] = OVER_AIRPORT) -> Frame:
    return say(
        "uav-1", *place, second, seq=int(second), height_agl_m=30.0, operational_status="AIRBORNE"
    )


def ongoing(store: Store) -> dict[str, str]:
    """Id by code of what the store holds open."""
    with store.read() as session:
        return {each.code: each.id for each in violations.open_violations(session, PLATFORM)}


def told(store: Store) -> list[tuple[str, ViolationEventKind]]:
    with store.read() as session:
        events = violations.events_since(session, PLATFORM, 0)
    return [(each.violation.code, each.event) for each in events]


# -- the same memory


def test_without_a_checkpoint_the_journal_alone_gives_the_memory_back(
    store: Store, world: World, say: Say
) -> None:
    memory = Memory()
    for second in range(1, 20):
        judge(store, memory, world, [say("car-1", *OFF_ROAD, second, seq=second)])
    found = recover(store, world)
    assert (found.batches, found.problems, found.changes) == (19, (), ())
    assert to_bytes(found.memory) == to_bytes(memory)


def test_a_checkpoint_that_cannot_be_read_is_named_and_the_journal_serves(
    store: Store, world: World, say: Say
) -> None:
    memory = Memory()
    judge(store, memory, world, [say("car-1", *ON_ROAD, 1, seq=1)])
    batch = Batch("broken", NOON_S, NOON_S, 0, journal.pack(()))
    journal.commit_batch(store, Commit(batch=batch, checkpoint=b"of another age"))
    found = recover(store, world)
    assert found.problems == ("the checkpoint has format 26223, expected 14",)
    assert to_bytes(found.memory) == to_bytes(memory)


def test_a_checkpoint_keeps_everything(world: World, say: Say) -> None:
    memory = Memory()
    adopt(memory, world, None, NOON_S)
    frames = [listening_frame(NOON_S), fly(say, 1.0), say("ghost", *ON_ROAD)]
    step(memory, world, frames)
    assert from_bytes(to_bytes(memory)).judged_s == NOON_S
    assert from_bytes(to_bytes(memory)).listening_s == NOON_S
    assert to_bytes(from_bytes(to_bytes(memory))) == to_bytes(memory)


PLACES = st.sampled_from([ON_ROAD, OFF_ROAD, OVER_AIRPORT, (None, None)])
SAID = st.one_of(
    st.tuples(st.sampled_from(["car-1", "uav-1", "ghost"]), PLACES, st.booleans()),
    st.just("tick"),
    st.just("listening"),
    st.just("set"),
    st.just("again"),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(st.lists(SAID, max_size=6), min_size=1, max_size=25),
    checkpoint_after=st.integers(0, 25),
    pace_s=st.sampled_from([0.3, 2.0, 20.0]),
)
def test_a_journal_replayed_from_an_old_checkpoint_gives_the_same_memory_and_verdicts(
    world: World,
    say: Say,
    batches: list[list[tuple[str, tuple[float | None, float | None], bool] | str]],
    checkpoint_after: int,
    pace_s: float,
) -> None:
    memory = Memory()
    adopt(memory, world, None, NOON_S)
    kept, since, second = to_bytes(memory), list[bytes](), 0.0
    changes: dict[str, ViolationChange] = {}
    frames: list[Frame] = []
    for number, batch in enumerate(batches):
        if number == checkpoint_after:
            kept, since, changes = to_bytes(memory), [], {}
        for said in batch:
            second += pace_s
            frames = [*frames, _frame(said, second, frames, say)][-30:]
        outcome = step(memory, world, frames[len(frames) - len(batch) :])
        changes |= outcome.changes
        since.append(journal.pack(outcome.journal))
    again, found = from_bytes(kept), dict[str, ViolationChange]()
    for body in since:
        found |= step(again, world, journal.unpack(body)).changes
    assert plain(again) == plain(memory)
    assert found == changes


def plain(memory: Memory) -> object:
    """Return all of a memory; in which order its violations were opened is nobody's concern."""
    return [msgpack.decode(each) for each in packed(to_bytes(memory))]


def _frame(
    said: tuple[str, tuple[float | None, float | None], bool] | str,
    second: float,
    before: list[Frame],
    say: Say,
) -> Frame:
    match said:
        case "tick":
            return tick_frame(NOON_S + second)
        case "listening":
            return listening_frame(NOON_S + second)
        case "set":
            return set_frame(-30.0, NOON_S + second)
        case "again" if before:
            return _again(before[0], NOON_S + second)
        case (device_id, place, is_late):
            return say(
                device_id, *place, second - 30.0 * is_late, late_s=30.0 * is_late,
                seq=round(second * 10) - 300 * is_late, boot_id="b", height_agl_m=30.0,
                operational_status="AIRBORNE",
            )  # fmt: skip
        case _:
            return tick_frame(NOON_S + second)


def _again(frame: Frame, received_s: float) -> Frame:
    return Frame(frame.topic, frame.payload, received_s)


def test_hours_of_a_zone_that_turned_before_the_crash_have_turned_after_it(
    store: Store, world: World, say: Say
) -> None:
    """The tick at the turn is in the journal, those before it are not."""
    until_noon = Schedule(
        windows=(Window(frozenset(range(7)), time(8, 0), time(12, 0, 10)),), utc_offset_s=8 * 3600
    )
    zones = [
        replace(zone, volumes=tuple(replace(each, schedule=until_noon) for each in zone.volumes))
        if zone.zone_id == "road"
        else zone
        for zone in world.zones.zones
    ]
    short = replace(world, zones=build(zones, 1))
    memory = Memory()
    commit(store, (), tuple(adopt(memory, short, None, NOON_S).changes.values()), memory)
    judge(store, memory, short, [say("car-1", *ON_ROAD, 1, seq=1)])
    for second in range(2, 13):
        judge(store, memory, short, [tick_frame(NOON_S + second)])
    assert memory.devices["car-1"].inside == ()
    assert to_bytes(recover(store, short).memory) == to_bytes(memory)


# -- a world that changed meanwhile


def smaller(world: World) -> World:
    """The city without its first zones in the order of slots, so that every slot is another's."""
    return replace(world, revisions=Revisions(2, 1, 1), zones=build((), 2))


def test_zones_that_were_withdrawn_while_nobody_watched_do_not_stop_the_start(
    store: Store, world: World, say: Say
) -> None:
    memory = Memory()
    step(memory, world, [fly(say, 1.0)])
    commit(store, (), (), memory)
    silent = judge(store, memory, world, [tick_frame(NOON_S + 30)])
    assert [frame.topic for frame in silent.journal] == ["$tick"]
    found = recover(store, smaller(world))
    assert found.memory.devices["uav-1"].inside == ()


def test_a_violation_that_the_replay_does_not_find_under_new_zones_is_closed(
    store: Store, world: World, say: Say
) -> None:
    memory = Memory()
    commit(store, (), (), memory)
    judge(store, memory, world, [fly(say, 1.0)])
    assert "KEEP_OUT_BREACH" in ongoing(store)
    found = recover(store, smaller(world))
    commit(store, (), found.changes)
    assert "KEEP_OUT_BREACH" not in ongoing(store)
    assert told(store).count(("KEEP_OUT_BREACH", ViolationEventKind.CLOSED)) == 1


def test_a_violation_that_only_the_new_zones_make_is_told_at_the_start(
    store: Store, world: World, say: Say
) -> None:
    memory, before = Memory(), smaller(world)
    commit(store, (), (), memory)
    judge(store, memory, before, [fly(say, 1.0)])
    assert "KEEP_OUT_BREACH" not in ongoing(store)
    found = recover(store, world)
    commit(store, (), found.changes)
    assert "KEEP_OUT_BREACH" in ongoing(store)
    assert set(ongoing(store).values()) == {each.id for each in found.memory.open.values()}


def test_what_the_store_has_closed_goes_on_as_a_new_violation_from_there(
    store: Store, world: World, say: Say
) -> None:
    memory = Memory()
    step(memory, world, [fly(say, 1.0)])
    commit(store, (), tuple(memory.open.values()), memory)
    (first,) = [each for each in memory.open.values() if each.code == "KEEP_OUT_BREACH"]
    over = replace(first, closed_at=datetime.fromtimestamp(NOON_S + 5, UTC))
    commit(store, [fly(say, 8.0)], [over])
    found = recover(store, world)
    commit(store, (), found.changes)
    again = ongoing(store)["KEEP_OUT_BREACH"]
    assert again != first.id
    with store.read() as session:
        assert violations.get(session, PLATFORM, again).opened_at == over.closed_at
    back = [fly(say, second, (121.85, 31.20)) for second in range(500, 520)]
    judge(store, found.memory, world, back)
    assert "KEEP_OUT_BREACH" not in ongoing(store)


def test_where_memory_and_store_agree_a_start_tells_nothing(
    store: Store, world: World, say: Say
) -> None:
    memory = Memory()
    judge(store, memory, world, [fly(say, 1.0), say("ghost", *ON_ROAD)])
    before = told(store)
    found = recover(store, world)
    commit(store, (), found.changes)
    assert found.changes == ()
    assert told(store) == before


@pytest.mark.parametrize("count", [1, 50])
def test_a_start_asks_the_store_as_often_with_many_open_violations_as_with_one(
    store: Store, world: World, say: Say, count: int
) -> None:
    memory = Memory()
    step(memory, world, [say(f"ghost-{number}", *ON_ROAD) for number in range(count)])
    commit(store, (), (), memory)
    asked: list[str] = []
    event.listen(
        store.reader, "before_cursor_execute", lambda _c, _cursor, said, *_: asked.append(said)
    )
    assert len(recover(store, world).changes) == count
    assert len(asked) < 10
