"""The time of day is set, forward or back: nobody is silent for it, and no silence is missed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from permits.watch import Watch
from telemetry.report import Frame
from tests.zone_service.pretended import PretendedBroker
from zone_service import worker as workers
from zone_service.clock_frames import set_by_s, set_frame, tick_frame
from zone_service.clock_setting import set_while_away_s
from zone_service.memory import Memory, to_bytes
from zone_service.pipeline import step
from zone_service.recovery import recover
from zone_service.settings import BrokerKind, Settings
from zone_service.settling import Settling
from zone_service.store.engine import Store, open_store
from zone_service.wall_clock import WallClock
from zone_service.worker import Worker
from zone_service.world import World

Say = Callable[..., Frame]
ON_ROAD = (121.92, 30.90)
BESIDE_ROAD = (121.92, 30.9006)
NOON_S = 1795406400.0
HOUR_S = 3600.0
SETTINGS_S = [-HOUR_S, HOUR_S, -5.0, 86_400.0]


class Broker(PretendedBroker):
    """A broker that is there, and delivers what the test gives it at the test's time."""

    def read(self, max_messages: int, max_wait_s: float) -> list[Frame]:
        read, self.waiting = self.waiting, []
        return read

    def acknowledge(self, frames: Sequence[Frame]) -> None:  # type: ignore[override]
        pass


class Site:
    """A worker whose clocks are the test's."""

    def __init__(self, worker: Worker, broker: Broker) -> None:
        self.worker, self.broker = worker, broker
        self.wall_s, self.steady_s = NOON_S, 5.0

    def turn(self, seconds: float, *frames: Frame) -> None:
        """Let time go on; frames are received at its end."""
        self.wall_s += seconds
        self.steady_s += seconds
        self.broker.waiting = [structs.replace(each, received_s=self.wall_s) for each in frames]
        self.worker.turn()

    def wait(self, seconds: int) -> None:
        """Turn once a second, with nothing to hear."""
        for _ in range(seconds):
            self.turn(1.0)

    def codes(self) -> list[str]:
        return [each.code for each in self.worker.memory.open.values()]


STORES = ("sqlite", "postgres")
LISTENED_S = 30


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """What is set is our clock: the store matters only to who reads it again, and is SQLite else."""
    kind = getattr(request, "param", STORES[0])
    opened = open_store(request.getfixturevalue(f"migrated_{kind}_url"))
    yield opened
    opened.close()


@pytest.fixture
def site(
    store: Store, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    clocks: list[Site] = []
    monkeypatch.setattr(workers, "unix_s", lambda: clocks[0].wall_s if clocks else NOON_S)
    monkeypatch.setattr(workers, "monotonic_s", lambda: clocks[0].steady_s if clocks else 5.0)
    broker = Broker()
    options = Settings(data_dir=tmp_path, broker=BrokerKind.MOSQUITTO)
    worker = Worker(options, store, broker, world, Memory(), is_first=True)
    clocks.append(Site(worker, broker))
    yield clocks[0]
    worker.close_beside()


def listen_for_a_while(site: Site, say: Say) -> None:
    """For half a minute the car reports once a second."""
    for second in range(LISTENED_S):
        site.turn(1.0, say("car-1", *ON_ROAD, second + 1, seq=second + 1, boot_id="b"))
    assert site.codes() == []


@pytest.mark.parametrize("by_s", SETTINGS_S)
def test_a_clock_that_is_set_makes_nobody_silent(site: Site, say: Say, by_s: float) -> None:
    listen_for_a_while(site, say)
    site.wall_s += by_s
    site.wait(59)
    assert "TELEMETRY_SILENCE" not in site.codes()


@pytest.mark.parametrize("by_s", SETTINGS_S)
def test_a_clock_that_is_set_delays_no_silence(site: Site, say: Say, by_s: float) -> None:
    listen_for_a_while(site, say)
    site.wait(30)
    site.wall_s += by_s
    site.wait(31)
    assert site.codes() == ["TELEMETRY_SILENCE"]


@pytest.mark.parametrize("by_s", SETTINGS_S)
def test_a_silence_ends_when_the_device_speaks_by_whatever_clock(
    site: Site, say: Say, by_s: float
) -> None:
    listen_for_a_while(site, say)
    site.wait(70)
    assert site.codes() == ["TELEMETRY_SILENCE"]
    site.wall_s += by_s
    after_s = site.wall_s + 1.0 - NOON_S
    site.turn(1.0, say("car-1", *ON_ROAD, after_s, seq=200, boot_id="b"))
    site.turn(1.0)
    assert site.codes() == []


@pytest.mark.parametrize("numbered", [True, False])
def test_a_device_is_judged_on_when_our_clock_was_put_back_behind_its_own(
    site: Site, say: Say, *, numbered: bool
) -> None:
    listen_for_a_while(site, say)
    site.wall_s -= HOUR_S
    for second in range(LISTENED_S + 1, LISTENED_S + 30):
        number = {"seq": second, "boot_id": "b"} if numbered else {}
        site.turn(1.0, say("car-1", *BESIDE_ROAD, second, **number))
    assert "KEEP_IN_EXIT" in site.codes()


def test_it_is_logged_and_said_on_the_heartbeat_for_a_minute(
    site: Site, say: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    site.turn(1.0)
    site.wall_s -= HOUR_S
    site.turn(1.0)
    said = site.broker.beats[-1]
    assert said["degraded"]
    assert said["problem"] == "the clock of this machine was set by -3600.0 s"
    assert "clock_set" in capsys.readouterr().out
    site.wait(62)
    assert not site.broker.beats[-1]["degraded"]


@pytest.mark.parametrize("store", STORES, indirect=True)
def test_a_replay_comes_to_the_same_memory(
    site: Site, store: Store, world: World, say: Say
) -> None:
    listen_for_a_while(site, say)
    site.wall_s -= HOUR_S
    site.turn(1.0)
    site.wait(70)
    assert site.codes() == ["TELEMETRY_SILENCE"]
    found = recover(store, world)
    again, before = found.memory, site.worker.memory
    assert to_bytes(again) == to_bytes(before)


def test_a_worker_that_did_not_turn_for_a_while_calls_nobody_silent(site: Site, say: Say) -> None:
    listen_for_a_while(site, say)
    site.turn(300.0)
    assert site.codes() == []
    site.wait(61)
    assert site.codes() == ["TELEMETRY_SILENCE"]


def test_a_clock_that_was_put_back_while_no_worker_ran_is_noticed_at_the_start(
    world: World, say: Say
) -> None:
    memory = Memory()
    step(memory, world, [say("car-1", *ON_ROAD)])
    assert set_while_away_s(memory, NOON_S + 50.0) == 0.0
    assert set_while_away_s(memory, NOON_S - HOUR_S) == -HOUR_S
    assert set_while_away_s(Memory(), NOON_S) == 0.0


def test_a_hole_in_a_devices_numbers_is_not_given_up_because_the_clock_was_set(
    world: World, say: Say
) -> None:
    memory = Memory()
    for seq in (1, 3):
        step(memory, world, [say("car-1", *ON_ROAD, seq, seq=seq, boot_id="b")])
    step(memory, world, [set_frame(HOUR_S, NOON_S + HOUR_S + 4)])
    later = say("car-1", *ON_ROAD, HOUR_S + 5, seq=4, boot_id="b")
    step(memory, world, [later])
    track = memory.devices["car-1"].track
    assert track is not None
    assert track.boots[0].runs == ((1, 1), (3, 4))


def test_a_stranger_is_forgotten_a_minute_after_it_spoke_by_whatever_clock(
    world: World, say: Say
) -> None:
    memory = Memory()
    step(memory, world, [say("ghost", *ON_ROAD)])
    memory.strangers["older"] = Watch("road")
    step(memory, world, [set_frame(-HOUR_S, NOON_S - HOUR_S)])
    assert step(memory, world, [tick_frame(NOON_S - HOUR_S + 59)]).counts["closed"] == 0
    assert step(memory, world, [tick_frame(NOON_S - HOUR_S + 61)]).counts["closed"] == 1


def test_what_is_held_for_order_is_moved_with_the_clock(world: World, say: Say) -> None:
    settling = Settling(3.0)
    settling.hold()
    settling.begin(10.0)
    settling.take([say("car-1", *ON_ROAD)], world, 11.0)
    settling.set_clock(-HOUR_S)
    (held,) = settling.take([], world, 13.0)
    assert held.received_s == NOON_S - HOUR_S


def test_hours_of_zones_are_those_of_the_new_time_of_day(world: World, say: Say) -> None:
    memory = Memory()
    step(memory, world, [say("car-1", *ON_ROAD)])
    quiet = replace(memory.devices["car-1"].watch or Watch("road"))
    outcome = step(memory, world, [set_frame(HOUR_S, NOON_S + HOUR_S)])
    assert memory.judged_s == NOON_S + HOUR_S
    assert [set_by_s(frame) for frame in outcome.journal] == [HOUR_S]
    assert quiet.excursions == ()


@pytest.mark.parametrize(
    ("wall_s", "steady_s", "by_s"),
    [(101.0, 11.0, 0.0), (100.5, 10.0, 0.0), (40.0, 11.0, -61.0), (200.0, 11.0, 99.0)],
)
def test_a_clock_was_set_when_it_differs_from_the_one_that_nobody_sets(
    wall_s: float, steady_s: float, by_s: float
) -> None:
    clock = WallClock(100.0, 10.0)
    assert clock.set_by_s(wall_s, steady_s) == by_s
    assert clock.set_by_s(wall_s + 1.0, steady_s + 1.0) == 0.0
