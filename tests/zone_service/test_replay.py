"""What can be replayed, what cannot, and what a start has to do with it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from shapely import box
from sqlalchemy import text

from geofence.zone import Area, Schedule, Volume, Window, Zone, ZoneKind
from permits.permit import PermitKind, PermitState
from permits.terms import Terms
from permits.violation import ViolationCode
from telemetry.report import Domain, Frame
from tests.store.city import in_files
from tests.zone_service.pretended import PretendedBroker
from zone_service import pacing
from zone_service import worker as workers
from zone_service.before_causes import AHEAD_S, BeforeCauses
from zone_service.canonical_events import difference_line, differing, line
from zone_service.clock import now
from zone_service.clock_frames import ANEW_TOPIC, PART_TOPIC
from zone_service.decisions import Outcome
from zone_service.guarded import judge
from zone_service.memory import to_bytes
from zone_service.past_worlds import PastWorlds
from zone_service.recovery import recover
from zone_service.replay import NotReplayable, Replay
from zone_service.rule_files import text_of
from zone_service.settings import Settings
from zone_service.store import (
    feed,
    history,
    journal,
    permits,
    registry,
    revisions,
    rule_sets,
    stretch,
    violations,
    zones,
)
from zone_service.store.engine import Store
from zone_service.store.records import (
    PLATFORM,
    Device,
    JudgedBy,
    JudgedFrom,
    Organisation,
    OrganisationKind,
    ViolationEvent,
    ViolationEventKind,
    ViolationRecord,
)
from zone_service.store.tables import PermitRow
from zone_service.worker import Worker
from zone_service.world_loader import load_world

Say = Callable[..., Frame]
HERE, THERE = (121.8599, 31.05), (121.8601, 31.05)
"""Inside the fair and a few steps outside of it."""
NOON_S = 1795406400.0
SHANGHAI = ZoneInfo("Asia/Shanghai")
SQUARE = Area(box(121.84, 31.04, 121.86, 31.06))
FAIR = Zone("fair", ZoneKind.KEEP_OUT, "Fair", (Volume(SQUARE),), domains=frozenset({"air"}))


KEEP_OUT = ViolationCode.KEEP_OUT_BREACH


class Broker(PretendedBroker):
    """It delivers what the test gives it."""

    def read(self, max_messages: int, max_wait_s: float) -> list[Frame]:
        read, self.waiting = self.waiting, []
        return read

    def acknowledge(self, frames: Sequence[Frame]) -> None:  # type: ignore[override]
        pass


@dataclass
class Site:
    """A store, and workers on it, one after another, whose clock is the test's."""

    store: Store
    settings: Settings
    say: Say
    seq: int = 0
    wall_s: float = NOON_S
    workers: list[Worker] = field(default_factory=list)

    def start(self) -> Worker:
        self.wall_s += 1.0
        world = load_world(self.store, self.settings)
        found = recover(self.store, world, PastWorlds(self.store, self.settings))
        assert found.problems == ()
        worker = Worker(self.settings, self.store, Broker(), world, found.memory, is_first=True)
        self.workers.append(worker)
        worker.start(found.changes, is_cut=found.is_cut)
        return worker

    def fly(
        self, worker: Worker, place: tuple[float, float], times: int = 20, name: str = "uav-1"
    ) -> None:
        """Let the drone, or the car, report from somewhere, once a second."""
        for _ in range(times):
            self.seq += 1
            self.wall_s += 1.0
            told = self.say(
                name, *place, self.wall_s - NOON_S, seq=self.seq, height_agl_m=30.0,
                operational_status="AIRBORNE",
            )  # fmt: skip
            assert isinstance(worker.ingest, Broker)
            worker.ingest.waiting = [structs.replace(told, received_s=self.wall_s)]
            worker.turn()

    def put(self, *shapes: Zone) -> None:
        with self.store.write() as session:
            zones.publish(session, PLATFORM, shapes, now())

    def replay(self, from_s: float = 0.0, to_s: float = 4e9) -> Replay:
        return Replay(self.store, self.settings, from_s, to_s)


@pytest.fixture
def site(store: Store, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with store.write() as session:
        sky = Organisation("sky", "Sky", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, sky, now())
        registry.add_device(session, PLATFORM, Device("uav-1", "sky", Domain.AIR, "Drone"), now())
        registry.add_device(session, PLATFORM, Device("car-1", "sky", Domain.ROAD, "Car"), now())
    made = Site(store, Settings(data_dir=tmp_path, checkpoint_every_s=1000.0), say)
    monkeypatch.setattr(workers, "unix_s", lambda: made.wall_s)
    monkeypatch.setattr(workers, "monotonic_s", lambda: made.wall_s)
    yield made
    for worker in made.workers:
        # Hours go by in some of these: what is too old is being removed when the database is closed.
        worker.close_beside()


def swap(site: Site, worker: Worker) -> None:
    """Let the worker take over what holds now, in one turn and those that it takes to judge by it."""
    made = load_world(site.store, site.settings, worker.world)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(worker.renewal, "next_world", lambda *_: made)
        worker.turn()
    while worker.memory.outstanding.waiting:
        worker.turn()


# -- a start


def test_a_start_judges_the_end_of_the_journal_by_what_held_then(site: Site) -> None:
    site.put(FAIR)
    before = site.start()
    site.fly(before, HERE)
    site.put()  # the worker dies before it hears of it
    world = load_world(site.store, site.settings)
    found = recover(site.store, world, PastWorlds(site.store, site.settings))
    assert to_bytes(found.memory) == to_bytes(before.memory)
    assert found.changes == ()
    assert "fair" in [each.zone_id for each in found.memory.open.values()]


def test_a_zone_that_came_while_no_worker_ran_is_broken_from_the_start_on(site: Site) -> None:
    before = site.start()
    site.fly(before, HERE)
    site.put(FAIR)
    after = site.start()
    assert "fair" in [each.zone_id for each in after.memory.open.values()]
    assert list(site.replay().differences()) == []


def test_a_start_goes_on_where_what_was_judged_by_cannot_be_made(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put(FAIR)
    before = site.start()
    site.fly(before, HERE)
    site.put()

    def broken(*_: object) -> None:
        msg = "no such rule set"
        raise FileNotFoundError(msg)

    monkeypatch.setattr(PastWorlds, "world", broken)
    world = load_world(site.store, site.settings)
    found = recover(site.store, world, PastWorlds(site.store, site.settings))
    assert found.problems == ("what was judged by before cannot be made again: no such rule set",)
    assert [each.zone_id for each in found.changes] == [
        "fair"
    ]  # the breach of a zone that is no more is closed


# -- what is replayed


@pytest.mark.requirement("D4e-13", "D4d-65")
def test_every_run_is_replayed_to_the_same_events(site: Site) -> None:
    worker = site.start()
    script = "here swap fair swap here there swap here no-fair swap here fair restart here restart"
    for step in script.split():
        if step in ("here", "there"):
            site.fly(worker, HERE if step == "here" else THERE)
        elif step == "restart":
            worker = site.start()
        elif step == "swap":
            site.wall_s += 0.5
            swap(site, worker)
        else:
            site.put(*([FAIR] if step == "fair" else []))
    whole = site.replay()
    assert whole.plan.begin.is_exact
    told = [(e.event, e.violation.zone_id) for each in whole.run() for e in each.events]
    assert len([each for each in told if each[1] == "fair"]) >= 4
    assert list(whole.differences()) == []
    with site.store.read() as session:
        recorded = [each.violation for each in violations.events_since(session, PLATFORM, 0)]
    replayed = [each.violation for part in whole.run() for each in part.events]
    assert [causes(each) for each in replayed] == [causes(each) for each in recorded]
    assert {causes(each) for each in recorded if each.zone_id == "fair"} == {
        ("zone_changed", None), ("zone_changed", "device_moved"),
        ("device_moved", None), ("device_moved", "zone_changed"),
    }  # fmt: skip


def causes(told: ViolationRecord) -> tuple[str | None, str | None]:
    return told.opening_cause, told.closing_cause


CORNER = Area(box(121.70, 31.00, 121.71, 31.01))
ROAD_SIDE = replace(FAIR, zone_id="roadside", domains=frozenset({"road"}))


@pytest.mark.requirement("D4e-13")
def test_who_is_not_asked_at_a_change_elsewhere_is_not_asked_in_its_replay(site: Site) -> None:
    """A hold-off that is over at a swap opens the violation there, for those who are asked."""
    site.put(FAIR, ROAD_SIDE)
    worker = site.start()
    script = "car here a-1 swap car a-1,a-2 swap car a-2 swap car a-2,a-3 restart car a-1 swap car"
    for number, step in enumerate(script.split()):
        if step == "restart":
            worker = site.start()
        elif step == "swap":
            site.wall_s += 0.4
            swap(site, worker)
        elif step in ("car", "here"):
            site.fly(worker, HERE, 3, "car-1" if step == "car" else "uav-1")
        else:
            around = (Zone(each, ZoneKind.KEEP_OUT, f"{number}", (Volume(CORNER),))
                      for each in step.split(","))  # fmt: skip
            site.put(*around, FAIR, ROAD_SIDE)
    assert worker.world.zones.zone_ids != load_world(site.store, site.settings).zones.zone_ids
    whole = site.replay()
    told = [(e.event, e.violation.zone_id) for each in whole.run() for e in each.events]
    assert (ViolationEventKind.OPENED, "roadside") in told
    assert list(whole.differences()) == []


@pytest.mark.parametrize("since", ["checkpoint", "beginning"])
def test_a_zone_in_another_slot_is_the_same_zone(site: Site, since: str) -> None:
    site.put(FAIR)
    worker = site.start()
    site.fly(worker, HERE)
    site.put(replace(FAIR, zone_id="a-first", volumes=(Volume(CORNER),)), FAIR)
    swap(site, worker)
    site.fly(worker, HERE)
    assert worker.world.zones.zone_ids == ("fair", "a-first")
    from_s = 0.0
    if since == "checkpoint":
        worker._commit((), Outcome(), is_checkpoint=True)
        from_s = site.wall_s + 0.5
    site.fly(worker, THERE)
    site.fly(worker, HERE)
    found = recover(
        site.store, load_world(site.store, site.settings), PastWorlds(site.store, site.settings)
    )
    assert found.changes == ()
    assert [found.memory.devices["uav-1"].inside] == [(1,)]
    asked = site.replay(from_s)
    assert ("kept as a checkpoint" in asked.plan.begin.words) is (since == "checkpoint")
    assert list(asked.differences()) == []


def test_a_replay_begins_at_the_newest_checkpoint_before_it(site: Site) -> None:
    site.put(FAIR)
    worker = site.start()
    site.fly(worker, HERE)
    worker = site.start()
    # Not counted: PostgreSQL gives no number twice, not even where a transaction is taken back.
    of_the_start = stretch.judged_by(site.store, 10**9)[-1].journal_id
    from_s = site.wall_s + 0.5
    site.fly(worker, THERE)
    site.fly(worker, HERE)
    asked = site.replay(from_s)
    assert f"after batch {of_the_start}, kept as a checkpoint" in asked.plan.begin.words
    assert list(asked.differences()) == []
    assert [e.event for told in asked.run() for e in told.events] != []


def test_without_a_checkpoint_and_the_beginning_it_begins_from_what_was_open(site: Site) -> None:
    site.put(FAIR)
    worker = site.start()
    site.fly(worker, HERE)
    from_s = site.wall_s + 0.5
    site.fly(worker, THERE)
    with site.store.begin() as connection:
        for removed in ("checkpoint", "memory_mark", "journal WHERE journal_id = 1"):
            connection.execute(text(f"DELETE FROM {removed}"))
    asked = site.replay(from_s)
    assert not asked.plan.begin.is_exact
    assert asked.plan.notes == (
        "not begun from a checkpoint: what began before may be told otherwise",
    )
    closed = [event for told in asked.run() for event in told.events]
    assert {(e.event.value, e.violation.zone_id) for e in closed} <= {("closed", "fair")}


def test_other_rules_of_the_same_name_are_noted(site: Site) -> None:
    worker = site.start()
    site.fly(worker, HERE)
    with site.store.begin() as connection:
        connection.execute(text("UPDATE judged_by SET rules_digest = 'of then'"))
    label = worker.world.rules.label
    assert site.replay().plan.notes == (f"judged by other rules than {label} of then",)


@pytest.mark.requirement("D4d-40")
def test_what_a_changed_rule_changes_is_a_difference(site: Site) -> None:
    site.put(FAIR)
    worker = site.start()
    site.fly(worker, HERE)
    rules = worker.world.rules
    patient = {
        key: replace(rule, opens_after_s=600.0) if key[0] is KEEP_OUT else rule
        for key, rule in rules.rules.items()
    }
    other = Replay(site.store, site.settings, 0.0, 4e9, replace(rules, rules=patient))
    (missing,) = other.differences()
    assert missing.replayed is None
    assert missing.recorded is not None
    assert missing.recorded.violation.zone_id == "fair"


PATIENT = """
id = "pudong"
version = "{version}"
jurisdiction = "pudong"
title = "Pudong New Area"
extends = "shanghai-default@2026.12"
basis = {{ status = "own proposal" }}

[violations.KEEP_OUT_BREACH]
opens_after_s = {opens_after_s}
samples = 2
"""


def publish(site: Site, version: str, opens_after_s: int) -> None:
    with site.store.write() as session:
        said = PATIENT.format(version=version, opens_after_s=opens_after_s)
        draft = rule_sets.prepare(session, said)
        rule_sets.publish(session, PLATFORM, draft, "a trial", now())


@pytest.mark.requirement("D0-15", "D4e-13")
def test_a_permit_of_another_jurisdiction_is_judged_and_replayed_by_the_rules_of_that(
    site: Site,
) -> None:
    site.put(ROAD_SIDE)
    publish(site, "quick", 1)
    noon = datetime.fromtimestamp(NOON_S, UTC)
    with site.store.write() as session:
        terms = Terms(
            frozenset({"car-1"}), frozenset(), noon - timedelta(days=1), noon + timedelta(days=9)
        )
        made = permits.create(
            session, PLATFORM, kind=PermitKind.ROAD_TEST, holder_id="sky", terms=terms,
            at=noon, jurisdiction="pudong",
        )  # fmt: skip
        row = session.get_one(PermitRow, made.number)
        row.state = PermitState.ACTIVE.value
        session.add(row)
        history.keep_permit(session, made.number, revisions.bump(session, "permits"))
    worker = site.start()
    site.fly(worker, HERE, 4, "car-1")
    publish(site, "slow", 600)
    swap(site, worker)
    assert [label for _, label, _ in worker.world.told_beside] == ["pudong@slow"]
    site.fly(worker, THERE, 20, "car-1")
    site.fly(worker, HERE, 20, "car-1")

    whole = site.replay()
    told = [event for each in whole.run() for event in each.events]
    found = [
        (e.event.value, e.violation.rule_version) for e in told if e.violation.code == KEEP_OUT
    ]
    assert found == [("opened", "pudong@quick"), ("closed", "pudong@quick")]
    assert list(whole.differences()) == []
    assert whole.plan.notes == ()
    other = Replay(site.store, site.settings, 0.0, 4e9, worker.world.rules)
    first = next(iter(other.differences()))
    assert first.recorded is not None, "the city would have waited longer"
    with site.store.begin() as connection:
        said = '[["pudong", "pudong@quick", "of then"]]'
        connection.execute(text("UPDATE judged_by SET beside = :said"), {"said": said})
    assert site.replay().plan.notes == (
        f"judged by other rules than {worker.world.rules.label}, pudong@quick of then",
    )


@pytest.mark.requirement("D4d-66", "D4e-13")
def test_other_rules_of_the_installation_judge_who_says_nothing_and_are_replayed_so(
    site: Site,
) -> None:
    worker = site.start()
    site.fly(worker, THERE, 2)
    with site.store.write() as session:
        shipped = text_of(site.settings.rule_set).replace(
            'version = "2026.12"', 'version = "lower"'
        )
        draft = rule_sets.prepare(session, f"{shipped}\n[height]\nmax_agl_m = 20\n")
        rule_sets.publish(session, PLATFORM, draft, "a trial", now())
    site.wall_s += 0.5
    swap(site, worker)
    found = [each for each in worker.memory.open.values() if each.code == "ALTITUDE_OVER_LIMIT"]
    assert [(each.opening_cause, each.rule_version) for each in found] == [
        ("rules_changed", f"{site.settings.rule_set}@lower")
    ]
    site.fly(worker, THERE, 2)
    assert list(site.replay().differences()) == []


# -- what cannot be


def test_from_after_to_is_refused(site: Site) -> None:
    with pytest.raises(NotReplayable, match="expected FROM before TO"):
        site.replay(2000.0, 1000.0)


def test_where_nothing_is_recorded_that_is_said(site: Site) -> None:
    with pytest.raises(NotReplayable, match="nothing is recorded yet"):
        site.replay()
    site.start()
    with pytest.raises(NotReplayable, match="nothing is recorded from 1970"):
        site.replay(0.0, 1000.0)


def test_what_is_pruned_is_refused_with_since_when_it_can_be(site: Site) -> None:
    worker = site.start()
    site.fly(worker, HERE)
    for _ in range(4):
        site.start()
    in_files(site.store)
    journal.prune(site.store, site.wall_s + 1)
    history.prune(site.store)
    with pytest.raises(NotReplayable, match=r"expected a FROM of 20.*UTC or later"):
        site.replay()


def test_what_an_earlier_version_recorded_is_refused(site: Site) -> None:
    worker = site.start()
    site.fly(worker, HERE)
    with site.store.begin() as connection:
        connection.execute(text("DELETE FROM judged_by"))
    with pytest.raises(NotReplayable, match="by an earlier version"):
        site.replay()


# -- the canonical form

AT = datetime(2026, 11, 27, 1, 2, 3, 45, tzinfo=UTC)
SEEN = ViolationRecord(
    id="v", code="OVERSPEED", severity="major", device_id="car-1", organisation_id="acme",
    permit_number=None, zone_id="路", opened_at=AT, detected_at=AT, updated_at=AT, closed_at=None,
    longitude_deg=121.5, latitude_deg=31.0, measured=0.1, limit=8.0, rule_version="r@1",
    zone_revision=3, trigger_event_time_s=1.5, trigger_received_s=2.0,
    inside_probability=0.9, opening_cause="device_moved",
)  # fmt: skip
OPENED = ViolationEvent(7, ViolationEventKind.OPENED, SEEN)


def test_the_canonical_form_is_one_line_of_sorted_keys() -> None:
    assert line(OPENED).decode() == (
        '{"closed_at":null,"closing_cause":null,"code":"OVERSPEED","detected_at":"2026-11-27T01:02:03.000045Z",'
        '"device_id":"car-1","event":"opened","height_agl_m":null,"id":"v","inside_probability":0.9,'
        '"joins":null,"late":false,"latitude_deg":31.0,"law_of":null,"limit":8.0,'
        '"longitude_deg":121.5,"measured":0.1,"opened_at":"2026-11-27T01:02:03.000045Z",'
        '"opening_cause":"device_moved","organisation_id":"acme","other_device_id":null,"other_organisation_id":null,'
        '"permit_number":null,"rule_version":"r@1","severity":"major",'
        '"trigger_event_time_s":1.5,"trigger_received_s":2.0,'
        '"updated_at":"2026-11-27T01:02:03.000045Z","zone_id":"路","zone_revision":3}'
    )


def test_what_people_did_about_it_is_no_difference_and_all_else_is() -> None:
    handled = replace(SEEN, handled_by="li", note="seen", revision=4, opened_seq=9)
    assert differing(OPENED, replace(OPENED, seq=8, violation=handled)) == ()
    surer = replace(SEEN, inside_probability=0.95)
    assert differing(OPENED, replace(OPENED, violation=surer)) == ("inside_probability",)
    slower = replace(SEEN, measured=0.2, closed_at=AT + timedelta(seconds=1))
    assert differing(OPENED, replace(OPENED, violation=slower)) == ("closed_at", "measured")
    other = replace(SEEN, opening_cause="zone_changed")
    assert differing(OPENED, replace(OPENED, violation=other)) == ("opening_cause",)
    unknown = replace(OPENED, violation=replace(SEEN, opening_cause=None))
    assert differing(OPENED, unknown) == ("opening_cause",)
    assert difference_line(3, None, OPENED).startswith(
        b'{"journal_id":3,"recorded":null,"replayed"'
    )


def test_a_cause_that_a_replay_makes_up_is_a_difference_where_causes_were_kept() -> None:
    over = replace(SEEN, closed_at=AT, closing_cause="time_passed")
    told = ViolationEvent(8, ViolationEventKind.CLOSED, over)
    nobody_knows = replace(told, violation=replace(over, opening_cause=None, closing_cause=None))
    assert differing(nobody_knows, told) == ("closing_cause", "opening_cause")
    of_before = replace(nobody_knows, keeps_causes=False)
    assert differing(of_before, told) == ()
    assert differing(replace(told, keeps_causes=False), nobody_knows) == (
        "closing_cause",
        "opening_cause",
    )


START = JudgedFrom(
    40,
    JudgedBy(
        at_s=AT.timestamp(), as_of_s=0.0, zone_revision=1, registry_revision=1, permit_revision=1,
        rule_set="r", rules="r@1", rules_digest="d", is_start=True,
    ),
)  # fmt: skip


def test_what_began_or_was_over_before_causes_were_kept_has_none_that_a_replay_could_miss() -> None:
    """Of the start of the version that was the first to keep them."""
    known = replace(SEEN, closed_at=AT, closing_cause="time_passed")
    unknown = replace(known, opening_cause=None, closing_cause=None)
    one, other = (ViolationEvent(8, ViolationEventKind.CLOSED, each) for each in (unknown, known))
    later = AT + timedelta(seconds=AHEAD_S + 1.0)
    both = ("closing_cause", "opening_cause")
    assert BeforeCauses(lambda: None).differing(41, one, other) == both
    before = BeforeCauses(lambda: START)
    assert before.differing(41, one, other) == ()
    over_later = [
        replace(each, violation=replace(each.violation, closed_at=later)) for each in (one, other)
    ]
    assert before.differing(41, *over_later) == ("closing_cause",)
    begun_later = [
        replace(each, violation=replace(each.violation, opened_at=later, closed_at=later))
        for each in (one, other)
    ]
    assert before.differing(41, *begun_later) == both
    # A cause that the record has is held against the replay, and so is all else.
    assert before.differing(41, other, one) == both
    slower = replace(other, violation=replace(known, measured=0.2))
    assert before.differing(41, one, slower) == ("measured",)


def test_the_start_that_was_the_first_to_keep_causes_did_not_know_which_rules_were_others() -> None:
    said = replace(OPENED, violation=replace(SEEN, opening_cause="permit_changed"))
    found = replace(OPENED, violation=replace(SEEN, opening_cause="rules_changed"))
    before = BeforeCauses(lambda: START)
    assert before.differing(41, said, found) == ("opening_cause",)
    assert before.differing(40, said, found) == ()
    assert before.differing(41, said, found) == ()
    assert before.differing(40, said, replace(found, seq=9)) == ()


@pytest.mark.requirement("D4e-13", "D4d-65")
def test_a_replay_over_the_version_that_was_the_first_to_keep_causes_finds_no_difference(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put(FAIR)
    worker = site.start()
    with monkeypatch.context() as earlier:
        earlier.setattr(feed, "_snapshot", WithoutCauses())
        site.fly(worker, HERE)
        site.fly(worker, THERE, 1)
    with site.store.begin() as connection:
        connection.exec_driver_sql("UPDATE violation SET opening_cause = NULL")
    assert stretch.causes_since(site.store) is None
    worker = site.start()
    start, since_s = journal.last_journal_id(site.store), site.wall_s + 0.5
    # What the version before it left behind has no causes; a mark that was made anew by this one has.
    forget_causes(worker)
    site.fly(worker, THERE, 40)
    site.fly(worker, HERE)
    told = [each for _, each in stretch.events_between(site.store, start, 10**9)]
    assert [
        (each.event.value, each.violation.opening_cause, each.keeps_causes) for each in told
    ] == [
        ("closed", None, True),
        ("opened", "device_moved", True),
    ]
    since = stretch.causes_since(site.store)
    assert since is not None
    assert (since.journal_id, since.by.is_start) == (start, True)
    assert list(site.replay(since_s).differences()) == []
    assert list(site.replay().differences()) == []


class WithoutCauses:
    """Writes what is told as it was written before causes were kept."""

    def encode(self, violation: ViolationRecord) -> bytes:
        said = msgspec.to_builtins(violation)
        kept = {name: each for name, each in said.items() if not name.endswith("_cause")}
        return msgspec.json.encode(kept)


def forget_causes(worker: Worker) -> None:
    memory = worker.memory
    for device in memory.devices.values():
        if device.watch is not None:
            those = device.watch.excursions
            gone = tuple(replace(each, cause=None, clean_cause=None) for each in those)
            device.watch = replace(device.watch, excursions=gone)
    memory.open = {key: replace(each, opening_cause=None) for key, each in memory.open.items()}


def test_what_is_stored_says_whether_causes_were_kept() -> None:
    stored = msgspec.json.encode(
        replace(SEEN, opening_cause=None, note='"opening_cause":1')
    ).decode()
    assert feed.event(7, "opened", stored).keeps_causes
    of_before = stored.replace('"opening_cause":null,', "")
    assert not feed.event(7, "opened", of_before).keeps_causes


@pytest.mark.requirement("D4d-65")
def test_a_replay_that_tells_why_where_nobody_knew_tells_a_difference(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put(FAIR)
    worker = site.start()
    site.fly(worker, HERE)
    assert list(site.replay().differences()) == []
    told = stretch.events_between

    def names(*, keeps_causes: bool) -> set[tuple[str, ...]]:
        # The feed is only ever added to: what an earlier version wrote is pretended.
        def without(store: Store, first: int, last: int) -> Iterator[tuple[int, ViolationEvent]]:
            for journal_id, each in told(store, first, last):
                unknown = replace(each.violation, opening_cause=None)
                yield journal_id, replace(each, violation=unknown, keeps_causes=keeps_causes)

        monkeypatch.setattr(stretch, "events_between", without)
        return {each.names for each in site.replay().differences()}

    assert names(keeps_causes=True) == {("opening_cause",)}
    assert names(keeps_causes=False) == set()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_read_back_as_it_was(measured: float) -> None:
    event = replace(OPENED, violation=replace(SEEN, measured=measured))
    told = line(event).split(b'"measured":')[1].split(b",")[0]
    assert float(told) == measured


# -- a change that is judged by and by


@pytest.fixture
def one_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each turn judge one device anew."""
    for name, work in (("SLICE_US", 1.0), ("LEAST_US", 1.0), ("SLICE_SHARE", 0.0)):
        monkeypatch.setattr(pacing, name, work)


CROWD = tuple(f"uav-{number}" for number in range(1, 6))


def crowded(site: Site) -> Worker:
    """A worker that has heard of five drones over the fairground."""
    with site.store.write() as session:
        for name in CROWD[1:]:
            registry.add_device(session, PLATFORM, Device(name, "sky", Domain.AIR, name), now())
    worker = site.start()
    for name in CROWD:
        site.fly(worker, HERE, 1, name)
    return worker


def turn_over(site: Site, worker: Worker, turns: int) -> None:
    """Take over what holds now, and turn so many times in all."""
    made = load_world(site.store, site.settings, worker.world)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(worker.renewal, "next_world", lambda *_: made)
        worker.turn()
    for _ in range(turns - 1):
        worker.turn()


def told_of_the_fair(site: Site) -> list[tuple[str, str | None]]:
    """Each event about the fair that is in the store."""
    events = [event for _, event in stretch.events_between(site.store, 0, 10**9)]
    return [(e.event.value, e.violation.device_id) for e in events if e.violation.zone_id == "fair"]


@pytest.mark.usefixtures("one_a_turn")
def test_a_crash_between_those_who_are_judged_anew_loses_none_and_doubles_none(
    site: Site,
) -> None:
    worker = crowded(site)
    site.put(FAIR)
    changed_s = site.wall_s
    turn_over(site, worker, 3)
    assert told_of_the_fair(site) == [("opened", name) for name in CROWD[:2]]
    assert len(worker.memory.outstanding.waiting) == 3
    site.wall_s += 30.0
    after = site.start()  # the one before is as if it had been killed
    assert sorted(told_of_the_fair(site)) == [("opened", name) for name in CROWD]
    assert {each.opened_at.timestamp() for each in after.memory.open.values() if each.zone_id} == {
        changed_s
    }
    assert not after.memory.outstanding.waiting
    assert list(site.replay().differences()) == []


@pytest.mark.usefixtures("one_a_turn")
def test_a_worker_that_is_told_to_end_judges_who_is_left_before(site: Site) -> None:
    worker = crowded(site)
    site.put(FAIR)
    turn_over(site, worker, 2)
    worker.stopping = True
    worker.run()
    assert sorted(told_of_the_fair(site)) == [("opened", name) for name in CROWD]
    assert list(site.replay().differences()) == []
    again = site.start()
    assert len([each for each in again.memory.open.values() if each.zone_id]) == len(CROWD)


@pytest.mark.usefixtures("one_a_turn")
def test_those_judged_anew_and_a_tick_that_is_late_by_turns_are_replayed_to_the_same_events(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "PART_US", 1.0)
    monkeypatch.setattr(pacing, "PART_SHARE", 0.0)
    worker = crowded(site)
    site.wall_s += 1.1
    worker.turn()
    site.put(FAIR)
    site.wall_s += 0.5
    seen: list[str] = []

    def noted(*given: Any) -> Outcome:
        seen.extend(frame.topic for frame in given[2] if frame.topic in {ANEW_TOPIC, PART_TOPIC})
        return judge(*given)

    monkeypatch.setattr(workers, "judge", noted)
    # It would be the tick's turn, but for the change.
    worker._pacing.slice_us(0.0, swapped=False)
    turn_over(site, worker, 9)
    assert seen[:3] == [ANEW_TOPIC, PART_TOPIC, ANEW_TOPIC]
    assert sorted(told_of_the_fair(site)) == [("opened", name) for name in CROWD]
    assert list(site.replay().differences()) == []


@pytest.mark.usefixtures("one_a_turn")
def test_a_change_that_takes_long_to_take_over_is_replayed_to_the_same_events(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "TAKING_OVER_S", -1.0)
    worker = crowded(site)
    site.put(FAIR)
    turn_over(site, worker, 1)
    assert told_of_the_fair(site) == []
    for _ in range(8):
        site.wall_s += 0.01
        worker.turn()
    assert sorted(told_of_the_fair(site)) == [("opened", name) for name in CROWD]
    assert list(site.replay().differences()) == []


@pytest.mark.usefixtures("one_a_turn")
def test_changes_one_upon_the_other_are_replayed_to_the_same_events(site: Site) -> None:
    worker = crowded(site)
    site.put(FAIR)
    turn_over(site, worker, 3)
    site.fly(worker, HERE, 1, CROWD[3])
    site.put(FAIR, replace(FAIR, zone_id="market"))
    turn_over(site, worker, 2)
    site.put(replace(FAIR, zone_id="market"))
    turn_over(site, worker, 12)
    assert not worker.memory.outstanding.waiting
    told = told_of_the_fair(site)
    assert len(told) == len(set(told))
    assert list(site.replay().differences()) == []


@pytest.mark.usefixtures("one_a_turn")
def test_no_checkpoint_is_begun_while_some_are_still_to_be_judged(site: Site) -> None:
    worker = crowded(site)
    begun = list[int]()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(worker._checkpoints, "is_due", lambda _: True)
        patched.setattr(
            worker._checkpoints, "go_on",
            lambda memory, *_: begun.append(len(memory.outstanding.waiting)),
        )  # fmt: skip
        site.put(FAIR)
        turn_over(site, worker, 12)
    assert begun
    assert set(begun) == {0}


@pytest.mark.usefixtures("one_a_turn")
def test_hours_that_begin_are_judged_by_and_by_and_replayed_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = datetime.fromtimestamp(site.wall_s + 60.0, UTC).astimezone(SHANGHAI).time()
    daily = Schedule((Window(frozenset(range(7)), opens, time(23, 59)),))
    site.put(replace(FAIR, volumes=(Volume(SQUARE, schedule=daily),)))
    worker = crowded(site)
    worker.turn()
    site.wall_s = NOON_S + 60.0
    turns = list[int]()
    for _ in range(12):
        site.wall_s += 0.01
        worker.turn()
        turns.append(len(told_of_the_fair(site)))
    assert turns[-1] == len(CROWD)
    assert sorted(set(turns)) == list(range(len(CROWD) + 1)), "one a turn"
    assert list(site.replay().differences()) == []
