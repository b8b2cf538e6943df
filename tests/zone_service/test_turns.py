"""The worker's turns, with a broker and clocks that are the test's."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from geofence.snapshot import build
from telemetry.ingest import Ingest
from telemetry.report import Frame
from zone_service import worker as workers
from zone_service.clock import is_due
from zone_service.clock_frames import ANEW_TOPIC, PART_TOPIC, TICK_TOPIC, part_of, work_of
from zone_service.courtesy import Courtesy
from zone_service.decisions import Outcome
from zone_service.late_laws import Laws
from zone_service.memory import Memory
from zone_service.outstanding import NOBODY, Changed
from zone_service.pipeline import step
from zone_service.settings import BrokerKind, Settings
from zone_service.store import journal
from zone_service.store.engine import Store
from zone_service.store.revisions import bump
from zone_service.worker import Worker
from zone_service.world import Revisions, World
from zone_service.world_loader import Made, WorldLoader

START_S = 1_790_000_000.0


class Silent(Ingest):
    """A broker that has nothing to say; ``waits`` are the times it was listened to."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 1, None, None, "test", ())
        self.is_there = False
        self.waits: list[float] = []

    @property
    def connected(self) -> bool:
        return self.is_there

    def read(self, max_messages: int, max_wait_s: float) -> list[Frame]:
        self.waits.append(max_wait_s)
        return []


class Clock:
    """The clocks of this test: both go on, and the time of day can be set."""

    def __init__(self) -> None:
        self.now_s = START_S
        self.steady_s = 1000.0

    def go_on(self, seconds: float) -> None:
        self.now_s += seconds
        self.steady_s += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(workers, "unix_s", lambda: made.now_s)
    monkeypatch.setattr(workers, "monotonic_s", lambda: made.steady_s)
    return made


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The times of the ticks that were judged."""
    seen: list[float] = []

    def noted(memory: Memory, world: World, frames: Sequence[Frame], laws: Laws) -> Outcome:
        seen.extend(each.received_s for each in frames if each.topic == TICK_TOPIC)
        return step(memory, world, frames, laws)

    monkeypatch.setattr(workers, "judge", noted)
    return seen


@pytest.fixture
def worker(clock: Clock, store: Store, world: World, tmp_path: Path) -> Iterator[Worker]:
    settings = Settings(data_dir=tmp_path, broker=BrokerKind.MOSQUITTO)
    as_in_the_store = replace(world, revisions=Revisions())
    made = Worker(settings, store, Silent(), as_in_the_store, Memory(), is_first=True)
    yield made
    made.close_beside()


def listen(worker: Worker) -> Silent:
    assert isinstance(worker.ingest, Silent)
    return worker.ingest


def test_a_worker_starts_though_what_it_rehearses_fails_as_the_driver_does(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Store) -> None:
        msg = "database is locked"
        raise sqlite3.OperationalError(msg)

    monkeypatch.setattr(workers, "rehearse_all", fails)
    worker.start()


def test_without_a_broker_a_turn_still_waits(worker: Worker, clock: Clock) -> None:
    for _ in range(10):
        clock.go_on(1.0)
        worker.turn()
        worker.turn()

    assert min(listen(worker).waits[1::2]) > 0.5


def test_while_a_change_is_made_ready_each_turn_leaves_it_time_and_else_none(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[bool] = []
    monkeypatch.setattr(Courtesy, "leave_time", lambda _: left.append(True))
    worker.turn()
    assert left == []
    worker.renewal.loader.busy = True
    worker.turn()
    worker.turn()
    assert left == [True, True]


def test_without_a_broker_time_accuses_nobody(
    worker: Worker, clock: Clock, ticks: list[float]
) -> None:
    clock.go_on(5.0)
    worker.turn()

    assert ticks == []


def test_a_tick_of_many_devices_takes_several_turns_and_no_wait_between_them(
    worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(worker).is_there = True
    worker.turn()
    for number in range(1000):
        worker.memory.device(f"car-{number}")
    asked: list[int | None] = []

    def noted(memory: Memory, world: World, frames: Sequence[Frame], laws: Laws) -> Outcome:
        outcome = step(memory, world, frames, laws)
        asked.append(outcome.ticked)
        return outcome

    monkeypatch.setattr(workers, "judge", noted)
    clock.go_on(1.1)
    for _ in range(7):
        worker.turn()
    assert asked[0] is None
    assert asked[1:] == [250, 500, 750, 1000, None, None]
    assert listen(worker).waits[-6:-2] == [0.0, 0.0, 0.0, 0.0]
    assert listen(worker).waits[-1] > 0.05


def test_a_tick_waits_a_moment_for_those_who_are_judged_anew_and_then_has_every_other_turn(
    worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(worker).is_there = True
    worker.turn()
    for number in range(1000):
        worker.memory.device(f"car-{number}")
    turns: list[list[str]] = []

    def noted(memory: Memory, world: World, frames: Sequence[Frame], laws: Laws) -> Outcome:
        turns.append([frame.topic for frame in frames])
        return Outcome()

    clock.go_on(1.1)
    worker.turn()
    worker.memory.outstanding.waiting.add(0)
    monkeypatch.setattr(workers, "judge", noted)
    for _ in range(6):
        worker.turn()
        clock.go_on(0.14)
    assert turns == [*[[ANEW_TOPIC]] * 3, [PART_TOPIC], [ANEW_TOPIC], [PART_TOPIC]]


@pytest.mark.parametrize(
    ("since_s", "work"), [(0.1, 1000.0), (0.9, 1000.0), (1.1, 2_090.0), (-5.0, 2_500.0)]
)
def test_a_tick_asks_a_fair_part_where_turns_are_long_only_when_the_next_one_is_due(
    worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch, since_s: float, work: float
) -> None:
    listen(worker).is_there = True
    worker.turn()
    worker.memory.device("car")
    asked: list[float] = []

    def noted(memory: Memory, world: World, frames: Sequence[Frame], laws: Laws) -> Outcome:
        asked.extend(part_of(frame)[1] for frame in frames if frame.topic == PART_TOPIC)
        clock.go_on(0.02)
        return Outcome()

    clock.go_on(1.1)
    worker.turn()
    monkeypatch.setattr(workers, "judge", noted)
    worker.turn()
    clock.now_s = worker._tick_due_s - 1.0 + since_s
    worker.turn()
    # The last turn without the part that it asked, which would else grow by itself.
    assert asked == [1000.0, pytest.approx(work, rel=0.02)]


@pytest.mark.parametrize(("took_s", "work"), [(0.0004, 600.0), (0.002, 0.0)])
def test_a_change_that_takes_long_to_take_over_judges_nobody_anew_in_its_own_turn(
    worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch, took_s: float, work: float
) -> None:
    worker.memory.device("car")
    asked: list[float] = []

    def noted(memory: Memory, world: World, frames: Sequence[Frame], laws: Laws) -> Outcome:
        asked.extend(work_of(frame) for frame in frames if frame.topic == ANEW_TOPIC)
        return Outcome()

    def taken_over(memory: Memory, *_: object) -> Outcome:
        clock.go_on(took_s)
        memory.outstanding.add([0], NOBODY, Changed(clock.now_s))
        return Outcome()

    newer = replace(worker.world, revisions=replace(worker.world.revisions, zones=9))
    made = iter([newer, None])
    monkeypatch.setattr(workers, "judge", noted)
    monkeypatch.setattr(workers, "take_over", taken_over)
    monkeypatch.setattr(worker.renewal, "next_world", lambda *_: next(made))
    worker.turn()
    worker.turn()
    # That nobody is stands in the journal too, or a replay would judge everybody.
    assert asked == [pytest.approx(work), 1000.0]


@pytest.mark.parametrize(("spent_s", "work"), [(0.0, 1000.0), (0.0004, 600.0), (0.004, 500.0)])
def test_a_turn_that_has_spent_its_time_on_a_change_judges_fewer_anew(
    worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch, spent_s: float, work: float
) -> None:
    worker.memory.outstanding.waiting.add(0)
    asked: list[float] = []

    def noted(memory: Memory, world: World, frames: Sequence[Frame], laws: Laws) -> Outcome:
        asked.extend(work_of(frame) for frame in frames if frame.topic == ANEW_TOPIC)
        return Outcome()

    monkeypatch.setattr(workers, "judge", noted)
    monkeypatch.setattr(worker.renewal, "look", lambda *_, **__: clock.go_on(spent_s))
    worker.turn()
    assert asked == [pytest.approx(work)]


def test_a_clock_that_is_set_back_an_hour_goes_on_ticking(
    worker: Worker, clock: Clock, ticks: list[float]
) -> None:
    listen(worker).is_there = True
    for _ in range(3):
        clock.go_on(1.1)
        worker.turn()
    clock.now_s -= 3600.0
    worker.turn()
    clock.go_on(1.1)
    worker.turn()

    assert len(ticks) == 5
    assert max(listen(worker).waits) <= 1.0


def test_a_clock_that_is_set_far_ahead_makes_up_for_nothing(
    worker: Worker, clock: Clock, ticks: list[float]
) -> None:
    listen(worker).is_there = True
    clock.now_s += 86_400.0
    worker.turn()
    worker.turn()

    assert ticks == [START_S + 86_400.0]


def test_zones_that_cannot_be_loaded_are_said_to_be_out_of_date(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> World | None:
        msg = "zone area-1: no ring"
        raise ValueError(msg)

    monkeypatch.setattr(worker.renewal.loader, "take", fail)
    worker.turn()

    assert (
        worker.announcer.outdated == "zones and permits are not those of now: zone area-1: no ring"
    )


@pytest.mark.parametrize(
    ("now_s", "due"),
    [(99.0, False), (99.9, False), (100.0, True), (5000.0, True), (97.9, True), (-3500.0, True)],
)
def test_what_comes_every_second_comes_whatever_is_done_to_the_clock(
    now_s: float, *, due: bool
) -> None:
    assert is_due(now_s, due_s=100.0, every_s=1.0) is due


class Loader:
    """It has made a world, and remembers of which it is to make another."""

    def __init__(self, made: Made | None) -> None:
        self.made = made
        self.tidy: Made | None = None
        self.asked: list[World] = []
        self.busy = self.asked_meanwhile = False

    def ask(self, before: World) -> None:
        self.asked.append(before)

    def take(self) -> Made | None:
        made, self.made = self.made, None
        return made

    def take_tidied(self) -> Made | None:
        tidy, self.tidy = self.tidy, None
        return tidy


@pytest.mark.parametrize("of_the_zones_in_use", [True, False])
def test_a_world_that_was_made_of_other_zones_than_those_in_use_is_not_judged_by(
    worker: Worker, clock: Clock, *, of_the_zones_in_use: bool
) -> None:
    """It would tell nobody where its zones differ from those that devices were judged by."""
    before = worker.world
    if not of_the_zones_in_use:
        before = replace(before, zones=build(before.zones.zones, before.zones.revision))
    made = Made(before, replace(before, revisions=Revisions(2, 0, 0)))
    worker.close_beside()
    loader = Loader(made)
    worker.renewal.loader = loader  # type: ignore[assignment]
    in_use = worker.world
    with worker.store.write() as session:
        bump(session, "zones")
    worker.turn()
    assert worker.world is (made.world if of_the_zones_in_use else in_use)
    assert loader.asked == [] if of_the_zones_in_use else [in_use]
    worker.renewal.loader = WorldLoader(worker.store, worker.settings, worker.world)


def test_while_a_world_is_being_made_it_is_looked_for_all_the_time(
    worker: Worker, clock: Clock
) -> None:
    worker.close_beside()
    loader = Loader(None)
    loader.busy = True
    worker.renewal.loader = loader  # type: ignore[assignment]
    worker.turn()
    worker.turn()
    assert listen(worker).waits[-1] <= workers.LOOK_FOR_WORLD_S
    worker.renewal.loader = WorldLoader(worker.store, worker.settings, worker.world)


def test_who_works_beside_waits_for_a_turn_and_not_between_two(
    worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(Courtesy, "begin", lambda _: said.append("begins"))
    monkeypatch.setattr(Courtesy, "end", lambda _: said.append("ends"))

    def read(*_: object) -> list[Frame]:
        said.append("reads")
        return []

    monkeypatch.setattr(worker.ingest, "read", read)
    monkeypatch.setattr(worker, "_store", lambda *_: said.append("commits"))
    worker.turn()
    assert said == ["reads", "begins", "commits", "ends"]


def test_a_turn_that_fails_keeps_nobody_waiting(
    worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[None] = []
    monkeypatch.setattr(Courtesy, "end", lambda _: ended.append(None))
    monkeypatch.setattr(worker, "_store", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        worker.turn()
    assert ended == [None]


def test_what_changes_while_a_world_is_made_is_asked_for_when_it_is_taken(
    worker: Worker, clock: Clock
) -> None:
    worker.close_beside()
    loader = Loader(Made(worker.world, replace(worker.world, revisions=Revisions(0, 0, 1))))
    loader.asked_meanwhile = True
    worker.renewal.loader = loader  # type: ignore[assignment]
    with worker.store.write() as session:
        bump(session, "registry")
    worker.turn()
    assert loader.asked == [worker.world]
    worker.renewal.loader = WorldLoader(worker.store, worker.settings, worker.world)


@pytest.mark.parametrize("of_the_world_in_use", [True, False])
def test_a_grid_that_was_laid_out_anew_is_used_unless_it_is_of_another_world(
    worker: Worker, clock: Clock, *, of_the_world_in_use: bool
) -> None:
    worker.close_beside()
    loader, in_use = Loader(None), worker.world
    before = in_use if of_the_world_in_use else replace(in_use)
    loader.tidy = Made(before, replace(before, as_of_s=1.0))
    tidy = loader.tidy.world
    worker.renewal.loader = loader  # type: ignore[assignment]
    worker.turn()
    assert worker.world is (tidy if of_the_world_in_use else in_use)
    assert journal.last_journal_id(worker.store) == 0
    worker.renewal.loader = WorldLoader(worker.store, worker.settings, worker.world)


def test_a_turn_that_is_long_leaves_what_can_wait_for_the_next(
    worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes_s, done = [0.01, 0.0], list[str]()

    def judged(*_: object) -> Outcome:
        clock.steady_s += takes_s.pop(0)
        return Outcome()

    def note(work: str, *, is_done: bool = True) -> None:
        done.extend([work] * is_done)

    listen(worker).is_there = True
    clock.go_on(1.1)
    monkeypatch.setattr(workers, "judge", judged)
    monkeypatch.setattr(worker.lookout, "is_due", lambda *_: True)
    monkeypatch.setattr(
        worker.lookout, "look", lambda *_, at_a_part: note("look ahead", is_done=at_a_part)
    )
    monkeypatch.setattr(worker._checkpoints, "is_due", lambda _: True)
    monkeypatch.setattr(worker._checkpoints, "go_on", lambda *_: note("checkpoint"))
    monkeypatch.setattr(worker.announcer, "has_places", lambda _: True)
    monkeypatch.setattr(
        worker.announcer, "speak", lambda *_, with_places: note("places", is_done=with_places)
    )
    worker.turn()
    assert done == []
    worker.turn()
    assert done == ["look ahead", "checkpoint", "places"]


def test_a_turn_that_judges_some_anew_tells_operators_of_who_began_in_the_next(
    worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, begun = list[set[str]](), [{"car"}, set[str]()]
    listen(worker).is_there = True
    clock.go_on(1.1)
    worker.turn()
    worker.memory.outstanding.waiting.add(0)
    monkeypatch.setattr(workers, "judge", lambda *_: Outcome(stirred=begun.pop(0)))
    monkeypatch.setattr(
        worker.lookout, "look", lambda _memory, _world, stirred, *_, **__: told.append({*stirred})
    )
    worker.turn()
    worker.memory.outstanding.waiting.clear()
    worker.turn()
    assert told == [set(), {"car"}]
