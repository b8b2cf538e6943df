"""A change that concerns many is judged a few devices a turn, and comes to what it would have at once."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import time

import pytest
from shapely import box

from geofence.amend import amended
from geofence.zone import Area, Around, Restriction, Schedule, Volume, Window, Zone, ZoneKind
from permits.compliance import Grant
from permits.permit import PermitKind, PermitState
from telemetry.report import Domain, Frame, Unit
from tests.zone_service.conftest import NOON, Say, grant
from zone_service import pipeline, watching
from zone_service.adoption import adopt, take_over
from zone_service.clock_frames import BY_AND_BY, anew_frame, hours_frame, tick_frame
from zone_service.decisions import Outcome
from zone_service.guarded import judge
from zone_service.memory import Memory
from zone_service.pipeline import step
from zone_service.rejudging import ASKED, CHANGED, LOOKED_AT_ONCE
from zone_service.store.records import ViolationChange
from zone_service.world import Subject, World

NOON_S = NOON.timestamp()
CHANGED_S = NOON_S + 20.0
COUNT = 12
DRONES = tuple(f"uav-{number:03d}" for number in range(COUNT))
WEST = 121.5
ONE = 1.0
"""So little work that one step is all there is."""


def over(zone_id: str, first: int, last: int, schedule: Schedule | None = None) -> Zone:
    """A keep-out zone of the air over some of the drones' places."""
    ground = box(WEST + 0.002 * first - 0.001, 30.99, WEST + 0.002 * last + 0.001, 31.01)
    volume = Volume(Area(ground), schedule=schedule)
    return Zone(
        zone_id, ZoneKind.KEEP_OUT, zone_id, (volume,), domains=frozenset({"air"}),
        restriction=Restriction.REQ_AUTHORIZATION,
    )  # fmt: skip


ALL_OF_THEM = over("all", 0, COUNT - 1)


@pytest.fixture
def city(world: World) -> World:
    """The city, with many drones."""
    subjects = {name: Subject(name, "sky", Domain.AIR) for name in DRONES}
    units = {name: Unit(device_id=name) for name in DRONES}
    return replace(
        world, subjects={**world.subjects, **subjects}, units={**world.units, **units}, like=None
    )


def says(say: Say, number: int, after_s: float, to: int | None = None, **more: object) -> Frame:
    """A drone reports from its own place, or from that of another."""
    where = WEST + 0.002 * (number if to is None else to), 31.0
    return say(DRONES[number], *where, after_s, height_agl_m=30.0, **more)


def heard(world: World, say: Say) -> Memory:
    memory = Memory()
    adopt(memory, world, None, NOON_S)
    for number in range(COUNT):
        step(memory, world, [says(say, number, 0.0)])
    return memory


def with_zones(world: World, *zones: Zone, withdrawn: tuple[str, ...] = ()) -> World:
    revision = world.revisions.zones + 1
    snapshot = amended(world.zones, zones, withdrawn, revision)
    return replace(world, revisions=replace(world.revisions, zones=revision), zones=snapshot)


def opened(*outcomes: Outcome) -> list[tuple[str, str | None]]:
    """Who breaks into which zone, in the order in which it was found."""
    return [(each.device_id, each.zone_id) for each in breaches(outcomes) if not each.closed_at]


def closed(*outcomes: Outcome) -> list[tuple[str, str | None]]:
    return [(each.device_id, each.zone_id) for each in breaches(outcomes) if each.closed_at]


def breaches(outcomes: Iterable[Outcome]) -> list[ViolationChange]:
    changes = [change for outcome in outcomes for change in outcome.changes.values()]
    return [each for each in changes if each.code == "KEEP_OUT_BREACH"]


def slices(memory: Memory, world: World, work: float) -> Iterator[Outcome]:
    """Judge anew, turn by turn, until nobody is left."""
    at_s = CHANGED_S
    while memory.outstanding.waiting:
        at_s += 0.01
        yield judge(memory, world, [anew_frame(work, at_s)])


def known(memory: Memory) -> dict[str, object]:
    """What is known of each device, and since when it does what it may not."""
    devices = {name: (d.watch, d.inside, d.unknown) for name, d in memory.devices.items()}
    return devices | {key: each.opened_at for key, each in memory.open.items()}


# -- each kind of change


@pytest.mark.requirement("A44-3")
@pytest.mark.parametrize("work", [ONE, 3 * CHANGED, 10_000.0])
@pytest.mark.parametrize("kind", ["publish", "edit", "withdraw", "permit", "many"])
def test_however_a_change_is_cut_into_turns_it_comes_to_the_same(
    city: World, say: Say, kind: str, work: float
) -> None:
    before = with_zones(city, over("half", 0, 5))
    if kind == "permit":
        before = replace(before, grants=flights(PermitState.AIRBORNE))
    after = {
        "publish": with_zones(before, ALL_OF_THEM),
        "edit": with_zones(before, over("half", 3, 9)),
        "withdraw": with_zones(before, withdrawn=("half",)),
        "permit": replace(before, grants=flights(PermitState.SUSPENDED)),
        "many": with_zones(before, *(over(f"zone-{n}", n % COUNT, n % COUNT) for n in range(300))),
    }[kind]
    at_once, cut = heard(before, say), heard(before, say)
    whole = adopt(at_once, after, before, CHANGED_S)
    assert not take_over(cut, after, before, CHANGED_S).changes
    parts = list(slices(cut, after, work))
    assert opened(*parts) == opened(whole)
    assert closed(*parts) == closed(whole)
    assert known(cut) == known(at_once)
    assert cut.fleet.to_bytes() == at_once.fleet.to_bytes()
    assert len(parts) > 1 or work > ONE
    if kind == "withdraw":
        later = [says(say, number, 20.0 + more) for more in (1.0, 30.0) for number in range(6)]
        found = closed(judge(at_once, after, later))
        assert closed(judge(cut, after, later)) == found != []
    else:
        assert opened(whole)


def flights(state: PermitState) -> dict[str, tuple[Grant, ...]]:
    """A permit that lifts the zone over one half of the drones, for the first four of them."""
    found = dict[str, tuple[Grant, ...]]()
    for name in DRONES[:4]:
        flight = grant(name, PermitKind.FLIGHT_ACTIVITY, state, [], "F-1")
        found[name] = (replace(flight, terms=replace(flight.terms, exempt_zone_ids=HALF)),)
    return found


HALF = frozenset({"half"})


@pytest.mark.requirement("A44-3")
@pytest.mark.parametrize("edge", ["tick", "hours"])
def test_whom_hours_concern_is_put_off_at_their_edge_and_by_a_tick_that_says_so(
    city: World, say: Say, edge: str
) -> None:
    noon_on = Schedule((Window(frozenset(range(7)), time(12, 0, 20), time(13)),))
    world = with_zones(city, over("fair", 0, COUNT - 1, noon_on))
    at_once, cut = heard(world, say), heard(world, say)
    for memory in (at_once, cut):
        judge(memory, world, [tick_frame(NOON_S + 1.0)])
    whole = judge(at_once, world, [tick_frame(CHANGED_S + 0.001)])
    assert judge(cut, world, [hours_frame(CHANGED_S - 1.0)]).journal == []
    at_s = CHANGED_S + 0.001
    clock = hours_frame(at_s) if edge == "hours" else tick_frame(at_s, BY_AND_BY)
    told = judge(cut, world, [clock])
    assert not told.changes
    assert told.journal == [clock], "or a replay would put nobody off"
    assert opened(*slices(cut, world, ONE)) == opened(whole) == [(name, "fair") for name in DRONES]
    assert cut.fleet.to_bytes() == at_once.fleet.to_bytes()


def test_a_zone_that_follows_a_device_and_changes_concerns_everybody_by_and_by(
    city: World, say: Say
) -> None:
    around = Zone(
        "escort",
        ZoneKind.KEEP_OUT,
        "Escort",
        (),
        frozenset({"air"}),
        around=Around(DRONES[0], 450.0),
    )
    before = replace(with_zones(city, around), like=None)
    after = replace(with_zones(before, replace(around, around=Around(DRONES[0], 700.0))), like=None)
    at_once, cut = heard(before, say), heard(before, say)
    whole = adopt(at_once, after, before, NOON_S + 1.0)
    take_over(cut, after, before, NOON_S + 1.0)
    assert len(cut.outstanding.waiting) == COUNT
    parts = [*slices(cut, after, ONE)]
    assert opened(*parts) == opened(whole) == [(DRONES[3], "escort")]
    assert known(cut) == known(at_once)


# -- what comes in between


def test_who_reports_before_its_turn_is_judged_by_that_and_not_once_more(
    city: World, say: Say
) -> None:
    after = with_zones(city, ALL_OF_THEM)
    memory = heard(city, say)
    take_over(memory, after, city, CHANGED_S)
    inside = judge(memory, after, [says(say, 5, 21.0)])
    assert opened(inside) == [(DRONES[5], "all")]
    outside = judge(memory, after, [says(say, COUNT - 1, 21.0, to=COUNT)])
    assert opened(outside) == [(DRONES[-1], "all")], "it was in it on its way"
    watches = [memory.devices[DRONES[number]].watch for number in (5, COUNT - 1)]
    rest = opened(*slices(memory, after, ONE))
    assert all(
        memory.devices[DRONES[n]].watch is w for n, w in zip((5, COUNT - 1), watches, strict=False)
    )
    assert rest == [(name, "all") for name in DRONES if name not in (DRONES[5], DRONES[-1])]
    assert memory.devices[DRONES[-1]].inside == ()


def test_who_is_not_believed_where_it_says_it_is_still_has_its_turn(city: World, say: Say) -> None:
    after = with_zones(city, ALL_OF_THEM)
    memory = heard(city, say)
    take_over(memory, after, city, CHANGED_S)
    jump = judge(memory, after, [say(DRONES[5], 121.9, 31.3, 21.0, height_agl_m=30.0)])
    assert "all" not in [zone for _, zone in opened(jump)]
    assert (DRONES[5], "all") in opened(*slices(memory, after, ONE))


def test_a_second_change_before_the_first_is_through_is_judged_once_with_it(
    city: World, say: Say
) -> None:
    first = with_zones(city, ALL_OF_THEM)
    second = with_zones(first, over("east", 6, COUNT - 1))
    memory = heard(city, say)
    take_over(memory, first, city, CHANGED_S)
    some = [judge(memory, first, [anew_frame(ONE, CHANGED_S)]) for _ in range(4)]
    assert opened(*some) == [(name, "all") for name in DRONES[:3]]
    take_over(memory, second, first, CHANGED_S + 0.5)
    more = [*slices(memory, second, ONE)]
    assert opened(*more) == [
        *((name, "all") for name in DRONES[3:6]),
        *((name, zone) for name in DRONES[6:] for zone in ("all", "east")),
    ]
    since = {each.zone_id: each.opened_at.timestamp() - CHANGED_S for each in memory.open.values()}
    assert since["east"] == 0.5
    assert memory.open[f"{DRONES[0]}|KEEP_OUT_BREACH|all"].opened_at.timestamp() == CHANGED_S


def test_a_zone_that_is_withdrawn_before_its_turn_accuses_nobody(city: World, say: Say) -> None:
    first = with_zones(city, ALL_OF_THEM)
    second = with_zones(first, withdrawn=("all",))
    memory = heard(city, say)
    take_over(memory, first, city, CHANGED_S)
    judge(memory, first, [anew_frame(ONE, CHANGED_S)])
    judge(memory, first, [anew_frame(ONE, CHANGED_S)])
    take_over(memory, second, first, CHANGED_S + 0.5)
    parts = [*slices(memory, second, ONE)]
    assert opened(*parts) == []
    later = [says(say, 0, 21.0), says(say, 0, 50.0)]
    assert closed(judge(memory, second, later)) == [(DRONES[0], "all")]


def test_time_accuses_nobody_by_the_ground_that_a_zone_had_before(city: World, say: Say) -> None:
    """Who was over it when it restricted nobody, and it has moved and restricts now, is not in it."""
    harmless = replace(
        over("zone", 0, 2), kind=ZoneKind.KEEP_IN, restriction=Restriction.PROHIBITED
    )
    before = with_zones(city, harmless)
    after = with_zones(before, over("zone", 20, 22))
    memory = heard(before, say)
    take_over(memory, after, before, CHANGED_S)
    assert len(memory.outstanding.waiting) >= 3
    tick = judge(memory, after, [tick_frame(CHANGED_S + 0.1, BY_AND_BY)])
    assert opened(tick, *slices(memory, after, ONE)) == []


def test_who_is_accused_of_a_repeated_number_is_judged_by_the_new_zones_first(
    city: World, say: Say
) -> None:
    memory = heard(city, say)
    for frame in (says(say, 3, 1.0, seq=1), says(say, 3, 2.0, seq=2)):
        step(memory, city, [frame])
    after = with_zones(city, ALL_OF_THEM)
    take_over(memory, after, city, CHANGED_S)
    replayed = judge(memory, after, [says(say, 3, 2.5, seq=2)])
    assert (DRONES[3], "all") in opened(replayed)
    assert memory.devices[DRONES[3]].number not in memory.outstanding.waiting
    assert (DRONES[3], "all") not in opened(*slices(memory, after, ONE))


def test_a_batch_that_is_put_back_leaves_its_devices_outstanding(
    city: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = with_zones(city, ALL_OF_THEM)
    memory = heard(city, say)
    take_over(memory, after, city, CHANGED_S)
    waited = set(memory.outstanding.waiting)
    conclude = watching.conclude

    def fail(*given: object, **more: object) -> None:
        conclude(*given, **more)  # type: ignore[arg-type]
        raise RuntimeError

    monkeypatch.setattr(pipeline, "conclude", fail)
    judge(memory, after, [says(say, 5, 21.0)])
    assert memory.outstanding.waiting == waited
    monkeypatch.setattr(pipeline, "conclude", conclude)
    assert opened(*slices(memory, after, ONE)) == [(name, "all") for name in DRONES]


# -- how much at once


def test_a_turn_stops_when_its_work_is_done(city: World, say: Say) -> None:
    after = with_zones(city, ALL_OF_THEM)
    memory = heard(city, say)
    take_over(memory, after, city, CHANGED_S)
    judge(memory, after, [anew_frame(ONE, CHANGED_S)])
    assert len(memory.outstanding.found) == COUNT <= LOOKED_AT_ONCE
    three = judge(memory, after, [anew_frame(3 * (ASKED + CHANGED), CHANGED_S)])
    assert opened(three) == [(name, "all") for name in DRONES[:3]]
    assert len(three.journal) == 1


def test_where_nobody_is_outstanding_nothing_is_kept_of_it(city: World, say: Say) -> None:
    memory = heard(city, say)
    assert judge(memory, city, [anew_frame(ONE, CHANGED_S)]).journal == []


def test_who_is_near_and_neither_was_nor_is_in_it_is_not_asked_about(city: World, say: Say) -> None:
    after = with_zones(city, over("some", 0, 2))
    memory = heard(city, say)
    watches = {name: memory.devices[name].watch for name in DRONES[3:]}
    take_over(memory, after, city, CHANGED_S)
    list(slices(memory, after, ONE))
    assert all(memory.devices[name].watch is watch for name, watch in watches.items())
