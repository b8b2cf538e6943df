"""What held at the time of late reports is found in the store, and a replay finds the same."""

from collections.abc import Callable
from dataclasses import replace
from math import inf

import pytest
from msgspec import structs
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from geofence.zone import ZoneKind
from telemetry.report import Frame
from tests.zone_service.test_replay import FAIR, HERE, THERE, Broker, Site, swap
from tests.zone_service.test_replay import site as site
from zone_service.law_finding import LawFinder, law_at
from zone_service.past_worlds import PastWorlds
from zone_service.store import journal, stretch
from zone_service.store.history import LAWS_KEPT_S
from zone_service.store.records import ViolationEvent
from zone_service.worker import BY_ANOTHER_LAW, Worker
from zone_service.world_loader import load_world

Say = Callable[..., Frame]


def hear(site: Site, worker: Worker, frames: list[Frame]) -> None:
    assert isinstance(worker.ingest, Broker)
    worker.ingest.waiting = [structs.replace(each, received_s=site.wall_s) for each in frames]
    worker.turn()


def said(site: Site, place: tuple[float, float]) -> Frame:
    """What the drone says now."""
    site.seq += 1
    site.wall_s += 1.0
    return site.say(
        "uav-1", *place, site.wall_s - 1795406400.0, seq=site.seq, height_agl_m=30.0,
        operational_status="AIRBORNE", boot_id="b",
    )  # fmt: skip


def unheard(site: Site, worker: Worker, *places: tuple[float, float]) -> list[Frame]:
    """Let the drone be out of reach for some places, but for the first and the last; return those."""
    frames = [said(site, place) for place in places]
    end_s = site.wall_s
    for frame in (frames[0], frames[-1]):
        site.wall_s = frame.received_s
        hear(site, worker, [frame])
    site.wall_s = end_s + 1.0
    hear(site, worker, [])
    return frames[1:-1]


def wait(site: Site, worker: Worker, seconds: int) -> None:
    """Let time pass, and whatever is looked for be found."""
    for _ in range(seconds):
        site.wall_s += 1.0
        worker.turn()
        worker.turn()  # the tick that came with the second asks its devices
        worker._laws._thread.join(20) if worker._laws._thread.ident else None


def late(site: Site) -> list[ViolationEvent]:
    events = (event for _, event in stretch.events_between(site.store, 0, 10**9))
    return [event for event in events if event.violation.late]


OUT_IN_OUT = (THERE, THERE, HERE, HERE, THERE, THERE)


@pytest.mark.requirement("D4d-57", "D4e-13")
@pytest.mark.parametrize("drawn", [False, True], ids=["withdrawn since", "drawn afterwards"])
def test_a_worker_judges_what_comes_late_by_the_zones_of_then_and_is_replayed(
    site: Site, drawn: bool
) -> None:
    then, now_ = ((), (FAIR,)) if drawn else ((FAIR,), ())
    site.put(*then)
    worker = site.start()
    buffer = unheard(site, worker, *OUT_IN_OUT)
    site.put(*now_)
    swap(site, worker)
    hear(site, worker, buffer)
    wait(site, worker, 12)
    found = [event.violation for event in late(site) if event.violation.zone_id == "fair"]
    assert len(found) == (0 if drawn else 1)
    assert all(each.law_of is None for each in found)
    assert worker.memory.devices["uav-1"].late is None
    topics = [frame.topic for frame in frames_of(site)]
    assert topics.count("$law") == 2
    assert list(site.replay().differences()) == []


def frames_of(site: Site) -> list[Frame]:
    batches = journal.batches_after(site.store, 0)
    return [frame for each in batches for frame in journal.unpack(each.batch.body)]


@pytest.mark.requirement("D4d-57")
def test_a_worker_that_dies_while_late_reports_wait_goes_on_where_it_was(site: Site) -> None:
    site.put(FAIR)
    worker = site.start()
    buffer = unheard(site, worker, *OUT_IN_OUT)
    site.put()
    swap(site, worker)
    hear(site, worker, buffer)
    site.wall_s += 3.0
    worker.turn()
    assert worker.memory.devices["uav-1"].late is not None
    worker = site.start()
    wait(site, worker, 12)
    assert [each.violation.zone_id for each in late(site)] == ["fair"]
    assert list(site.replay().differences()) == []


@pytest.mark.requirement("D4d-58")
def test_where_what_held_then_is_not_kept_that_is_said_with_the_finding_and_by_the_worker(
    site: Site,
) -> None:
    site.put(FAIR)
    worker = site.start()
    buffer = unheard(site, worker, *OUT_IN_OUT)
    site.put(FAIR, replace(FAIR, zone_id="other", kind=ZoneKind.KEEP_IN))
    swap(site, worker)
    hear(site, worker, buffer)
    with site.store.begin() as connection:
        connection.execute(text("DELETE FROM judged_by WHERE journal_id = 1"))
    wait(site, worker, 12)
    (event,) = late(site)
    (taken,) = stretch.judged_by(site.store, 10**9)
    assert event.violation.law_of is not None
    assert event.violation.law_of.timestamp() == taken.by.at_s
    assert BY_ANOTHER_LAW in worker.announcer._warnings


@pytest.mark.requirement("D4d-58")
def test_what_cannot_be_made_again_is_judged_by_what_holds_now_and_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put()
    worker = site.start()
    buffer = unheard(site, worker, *OUT_IN_OUT)
    site.put(FAIR)
    swap(site, worker)
    hear(site, worker, buffer)

    def broken(*_: object) -> None:
        msg = "no such rule set"
        raise FileNotFoundError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(PastWorlds, "world", broken)
        wait(site, worker, 12)
    (event,) = late(site)
    assert event.violation.law_of is not None
    assert list(site.replay().differences()) == []


def test_a_database_that_is_away_for_a_moment_is_asked_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put(FAIR)
    worker = site.start()
    buffer = unheard(site, worker, *OUT_IN_OUT)
    site.put()
    swap(site, worker)
    hear(site, worker, buffer)

    def away(*_: object) -> None:
        raise DBAPIError("", None, Exception("away"))

    with monkeypatch.context() as patch:
        patch.setattr("zone_service.law_finding.law_at", away)
        wait(site, worker, 5)
    assert late(site) == []
    wait(site, worker, 12)
    assert [event.violation.law_of for event in late(site)] == [None]


# -- what the store says


def test_between_two_swaps_the_first_of_them_is_the_law(site: Site) -> None:
    site.put(FAIR)
    worker = site.start()
    site.fly(worker, THERE, 5)
    site.put()
    swap(site, worker)
    first, second = stretch.judged_by(site.store, 10**9)
    found = law_at(site.store, first.by.at_s + 1.0, site.wall_s)
    assert (found.from_s, found.until_s) == (first.by.at_s, second.by.at_s)
    assert (found.by, found.instead_s) == (first.by, None)
    last = law_at(site.store, second.by.at_s, site.wall_s + 5.0)
    assert (last.from_s, last.by, last.instead_s) == (second.by.at_s, second.by, None)


@pytest.mark.requirement("D4d-58")
@pytest.mark.parametrize("changed", [True, False])
def test_of_the_time_when_no_worker_ran_the_law_is_known_if_nothing_changed(
    site: Site, changed: bool
) -> None:
    site.put(FAIR)
    site.fly(site.start(), THERE, 5)
    died_s = site.wall_s
    if changed:
        site.put()
    site.wall_s += 100.0
    site.start()
    first, second = stretch.judged_by(site.store, 10**9)
    found = law_at(site.store, died_s + 50.0, site.wall_s)
    if not changed:
        assert (found.by, found.until_s, found.instead_s) == (first.by, second.by.at_s, None)
        return
    assert (found.by, found.instead_s) == (second.by, second.by.at_s)
    assert (found.from_s, found.until_s) == (died_s, second.by.at_s)
    while_it_ran = law_at(site.store, died_s - 1.0, site.wall_s)
    assert (while_it_ran.by, while_it_ran.until_s) == (first.by, died_s)
    assert while_it_ran.instead_s is None


@pytest.mark.requirement("D4d-58")
def test_what_is_longer_ago_than_a_replay_can_ask_for_is_not_its_own_law(site: Site) -> None:
    site.put(FAIR)
    site.start()
    (first,) = stretch.judged_by(site.store, 10**9)
    now_s = first.by.at_s + LAWS_KEPT_S + 100.0
    found = law_at(site.store, first.by.at_s + 50.0, now_s)
    assert (found.from_s, found.until_s) == (-inf, now_s - LAWS_KEPT_S)
    assert (found.by, found.instead_s) == (first.by, first.by.at_s)


def test_without_any_note_what_holds_now_serves(site: Site) -> None:
    found = law_at(site.store, site.wall_s - 10.0, site.wall_s)
    assert (found.by, found.instead_s) == (None, site.wall_s)


def test_what_is_in_use_is_not_warmed_for_another_time_by_a_thread(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put(FAIR)
    worker = site.start()
    by = replace(stretch.judged_by(site.store, 9)[0].by, as_of_s=1.0)
    openings = type(worker.world.zones.volumes.openings)

    def warmed(self: object, _at_s: float) -> None:
        assert self is not worker.world.zones.volumes.openings

    monkeypatch.setattr(openings, "warm", warmed)
    finder = LawFinder(site.store, site.settings)
    then = finder._past.world(by, load_world(site.store, site.settings, worker.world))
    assert then.zones is worker.world.zones
