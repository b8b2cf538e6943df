"""The worker over real servers: what is acknowledged is stored, and what is stored is told."""

import itertools
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from telemetry.report import Domain
from tests.servers import RunningBroker, fill, small_disk
from tests.zone_service.running import AIRPORT, AWAY, Client, Site, heard, settle, until
from zone_service.clock import now
from zone_service.store import registry, violations
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM, Device, ViolationFilter

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]


PAIRS = ("nats-sqlite", "mosquitto-postgres", "nats-postgres", "mosquitto-sqlite")
"""Every broker with every store; of these the first two, and the last two, show each once."""


@pytest.fixture(params=PAIRS[:2])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    broker_kind, store_kind = request.param.split("-")
    broker: RunningBroker = request.getfixturevalue(f"{broker_kind}_broker")
    store_url: str = request.getfixturevalue(f"migrated_{store_kind}_url")
    store = open_store(store_url)
    settle(store, "uav-1")
    broker.add("uav-1")
    found = Site(broker, store, store_url, tmp_path)
    yield found
    if found.process is not None and found.process.poll() is None:
        found.end(signal.SIGKILL)
    broker.remove("uav-1")
    store.close()


@pytest.mark.requirement("A44-3", "A44-4")
def test_a_breach_goes_from_the_unit_to_the_store_the_screens_and_back_to_the_unit(
    site: Site,
) -> None:
    with site.listener() as listener, site.device() as unit:
        site.start()
        until(lambda: heard(listener, "zone/live/heartbeat"))
        unit.say("uav-1", AIRPORT, 1)
        unit.say("uav-1", AIRPORT, 2)
        until(lambda: "KEEP_OUT_BREACH" in site.violations())
        until(lambda: heard(unit, "zone/down/uav-1/ack"))
        until(lambda: heard(unit, "zone/down/uav-1/alert"))
        until(lambda: breaches(listener))
        (breach,) = breaches(listener)
        assert breach["device_label"] == "Drone"
        assert breach["zone_id"].startswith("apt-zspd")
        assert breach["zone_name"]
        until(lambda: heard(unit, "zone/down/uav-1/ack")[-1] == {"boot_id": "test", "seq": 2})
        assert site.stored() == [1, 2]
        assert site.end() == 0


@pytest.mark.requirement("F-22")
def test_a_fix_with_its_axes_exchanged_is_kept_and_counted_and_no_screen_moves_by_it(
    site: Site,
) -> None:
    """Around 45° N 45° E the exchanged fix is a place like any other."""
    with site.listener() as listener, site.device() as unit:
        site.start(ZONE_SERVICE_AREA="44.0,45.5,45.0,46.5")
        until(lambda: heard(listener, "zone/live/heartbeat"))
        for seq, place in enumerate(((44.5, 46.0), (46.0, 44.5), (44.500001, 46.0)), start=1):
            unit.say("uav-1", place, seq)
        until(lambda: (44.500001, 46.0) in shown(listener))
        # Others that used this broker before may have left it a message of a device unknown here.
        until(lambda: heard(listener, "zone/live/heartbeat")[-1]["refused"].get("axes_swapped"))
        refused = heard(listener, "zone/live/heartbeat")[-1]["refused"]
        assert refused | {"unknown_device": 0} == {"axes_swapped": 1, "unknown_device": 0}
        assert shown(listener) <= {(44.5, 46.0), (44.500001, 46.0)}
        assert site.end() == 0
    assert site.stored() == [1, 2, 3]
    assert site.counted() == 2


def shown(listener: Client) -> set[tuple[float, float]]:
    """The places of devices that screens were told."""
    told = heard(listener, "zone/live/delta")
    return {(each[1], each[2]) for delta in told for each in delta["objects"]}


def breaches(listener: Client) -> list[dict[str, Any]]:
    told = [each["violation"] for each in heard(listener, "zone/live/violation")]
    return [each for each in told if each["code"] == "KEEP_OUT_BREACH"]


STEPS = [
    "after_read",
    "after_judgement",
    "before_commit:3",
    "after_commit:3",
    "after_announcement",
    "after_acknowledgement",
    "after_days",
]
SEEN_ON = [
    pytest.param(pair, STEPS[first::2], id=pair)
    for first, pairs in enumerate((PAIRS[:2], PAIRS[2:]))
    for pair in pairs
]
"""Each step on each broker and on each store."""


@pytest.mark.requirement("D4e-1")
@pytest.mark.parametrize(("site", "steps"), SEEN_ON, indirect=["site"])
def test_a_worker_that_dies_at_any_step_loses_nothing_and_doubles_nothing(
    site: Site, steps: list[str]
) -> None:
    """It dies at one after another, and each time the next one takes over from it."""
    site.start()
    until(site.end_of_start)  # the session exists
    assert site.end() == 0
    said = itertools.count(1)
    with site.device() as unit:
        for step in steps:
            unit_speaks_until_dead(site, unit, step, said)
        site.start()
        last = next(said)
        unit.say("uav-1", AIRPORT, last)
        until(lambda: last in site.stored())
        until(lambda: site.counted() >= last)
        assert site.end() == 0
    assert site.stored() == list(range(1, last + 1))
    assert site.counted() == last
    assert site.violations().count("KEEP_OUT_BREACH") == 1


def unit_speaks_until_dead(site: Site, unit: Client, step: str, said: Iterator[int]) -> None:
    """What is said before the worker listens comes as one batch: it is spoken to until it dies."""
    site.start(ZONE_CRASH_AT=step)
    assert site.process is not None
    deadline = time.monotonic() + 60.0
    while site.process.poll() is None:
        unit.say("uav-1", AIRPORT, next(said))
        time.sleep(0.05)
        assert time.monotonic() < deadline, f"it did not die {step}"
    assert site.process.wait() == -signal.SIGKILL, step


def test_a_second_worker_on_the_same_data_is_refused_by_name(site: Site) -> None:
    site.start()
    until(lambda: (site.data_dir / "worker.lock").exists() and site.end_of_start())
    first = site.process
    site.start()
    assert site.process is not None
    assert site.process.wait(60) == 1
    site.process = first
    assert "another worker" in (site.data_dir / "worker.log").read_text()


def test_a_second_worker_on_the_same_database_is_refused_wherever_its_files_are(
    nats_broker: RunningBroker, migrated_postgres_url: str, tmp_path: Path
) -> None:
    store = open_store(migrated_postgres_url)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    one = Site(nats_broker, store, migrated_postgres_url, first)
    other = Site(nats_broker, store, migrated_postgres_url, second)
    one.start()
    try:
        until(one.end_of_start)
        other.start()
        assert other.process is not None
        assert other.process.wait(60) == 1
        assert "another worker runs on the database" in (second / "worker.log").read_text()
    finally:
        one.end()
        store.close()


def test_a_device_that_was_registered_a_moment_ago_is_no_stranger(site: Site) -> None:
    site.start()
    until(site.end_of_start)
    device_ids = [f"uav-new-{number}" for number in range(5)]
    for device_id in device_ids:
        site.broker.add(device_id)
        with site.device(device_id) as unit:
            with site.store.write() as session:
                drone = Device(device_id, "sky", Domain.AIR, "New")
                registry.add_device(session, PLATFORM, drone, now())
            unit.say(device_id, AWAY, 1)
            until(partial(heard, unit, f"zone/down/{device_id}/ack"))
    site.broker.remove(*device_ids)
    called = ViolationFilter(code="UNREGISTERED_DEVICE")
    with site.store.read() as session:
        strangers = {each.device_id for each in violations.page(session, PLATFORM, called)}
    assert strangers.isdisjoint(device_ids), (site.data_dir / "worker.log").read_text()


def test_a_worker_recovers_by_checkpoint_and_replay(site: Site) -> None:
    with site.device() as unit:
        site.start(ZONE_CHECKPOINT_EVERY_S="1000")
        until(lambda: site.end_of_start())
        for seq in range(1, 11):
            unit.say("uav-1", AIRPORT, seq)
        until(lambda: len(site.stored()) == 10)
        site.end(signal.SIGKILL)
        site.start()
        unit.say("uav-1", AIRPORT, 11)
        until(lambda: 11 in site.stored())
    assert site.stored() == list(range(1, 12))
    assert site.violations().count("KEEP_OUT_BREACH") == 1


def test_a_broker_that_goes_away_and_comes_back_costs_nothing_that_was_acknowledged(
    site: Site,
) -> None:
    site.start()
    until(lambda: site.end_of_start())
    with site.device() as unit:
        unit.say("uav-1", AWAY, 1)
        until(lambda: site.stored() == [1])
    before = site.times_listening()
    site.broker.stop()
    time.sleep(0.5)
    site.broker.start()
    # This broker keeps no sessions: what comes before the worker is back, it throws away.
    until(lambda: site.times_listening() > before)
    with site.device() as unit:
        for seq in range(2, 6):
            unit.say("uav-1", AWAY, seq)
        until(lambda: len(site.stored()) >= 5)
    assert site.stored() == [1, 2, 3, 4, 5]


def test_a_full_disk_stops_acknowledgements_and_loses_nothing(
    broker: RunningBroker, tmp_path: Path
) -> None:
    with small_disk(tmp_path, 3) as disk:
        url = f"sqlite:///{disk / 'store.sqlite'}"
        store = open_store(url)
        settle(store, "uav-1")
        broker.add("uav-1")
        site = Site(broker, store, url, tmp_path)
        try:
            fill_and_free(site, disk)
            assert site.end() == 0
        finally:
            broker.remove("uav-1")
            store.close()


def fill_and_free(site: Site, disk: Path) -> None:
    with site.listener() as listener, site.device() as unit:
        site.start(ZONE_CHECKPOINT_EVERY_S="1000")
        until(lambda: heard(listener, "zone/live/heartbeat"))
        unit.say("uav-1", AWAY, 1)
        until(lambda: site.stored() == [1])
        ballast = fill(disk, but_bytes=20_000)
        # More than the write-ahead log can hold again once it begins anew: it keeps its room.
        for seq in range(2, 40):
            unit.say("uav-1", AIRPORT, seq, note="x" * 16_000)
        until(lambda: "full" in heard(listener, "zone/live/heartbeat")[-1]["held_up"])
        assert heard(listener, "zone/live/heartbeat")[-1]["degraded"]
        assert heard(unit, "zone/down/uav-1/ack")[-1]["seq"] < 39
        ballast.unlink()
        until(lambda: len(site.stored()) == 39)
        until(lambda: not heard(listener, "zone/live/heartbeat")[-1]["held_up"])
    assert site.stored() == list(range(1, 40))
    assert site.violations().count("KEEP_OUT_BREACH") == 1
