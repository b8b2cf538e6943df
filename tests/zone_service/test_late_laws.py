"""Late reports are judged by the zones, permits and rules of their own time."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.snapshot import build
from permits.permit import PermitState
from telemetry.report import Frame
from tests.zone_service.conftest import grant
from tests.zone_service.test_late import (
    FLYING,
    LAW,
    METRE_EAST,
    NOON_S,
    ON_ROAD,
    Say,
    Scene,
    again,
    beside_the_airport,
    flight,
    live_ends,
    plain,
    s,
    told,
    walled,
)
from zone_service.adoption import adopt
from zone_service.clock_frames import set_frame, tick_frame
from zone_service.guarded import judge
from zone_service.late_laws import LONGEST_WAIT_S, Law, held_since_s, law_frame
from zone_service.late_row import MAX_GATHERED, MAX_WAITING
from zone_service.memory import from_bytes, to_bytes
from zone_service.store import journal
from zone_service.store.records import JudgedBy, ViolationChange
from zone_service.world import World


def by(world: World) -> JudgedBy:
    return JudgedBy(
        at_s=NOON_S, as_of_s=NOON_S, zone_revision=world.zones.revision, registry_revision=1,
        permit_revision=1, rule_set="r", rules="r", rules_digest="d", is_start=False,
    )  # fmt: skip


def law(world: World, from_s: float, until_s: float, instead_s: float | None = None) -> Law:
    instead_s = None if instead_s is None else NOON_S + instead_s
    return Law(NOON_S + from_s, NOON_S + until_s, by(world), instead_s)


def bring(scene: Scene, found: Law, then: World, at_s: float) -> list[Frame]:
    """Let a law come; return what the journal has of it."""
    frame = law_frame(found, NOON_S + at_s)
    outcome = judge(scene.memory, scene.world, [frame], {frame.payload: then})
    assert outcome.failures == []
    scene.found |= outcome.changes
    scene.kept.append(outcome.journal)
    return outcome.journal


def bring_all(
    scene: Scene, laws: Sequence[tuple[float, float, World]], from_s: float
) -> list[float]:
    """Let each law come that is asked for, until none is; return the moments that were asked for."""
    asked = []
    for turn in range(40):
        at_s = asked_s(scene, from_s + turn)
        if at_s == inf:
            continue
        asked.append(at_s)
        found = next(each for each in laws if each[0] <= at_s < each[1])
        bring(scene, law(found[2], found[0], found[1]), found[2], from_s + turn + 0.5)
    return asked


def swap(scene: Scene, world: World, at_s: float) -> None:
    scene.found |= adopt(scene.memory, world, scene.world, NOON_S + at_s).changes
    scene.world = world


def asked_s(scene: Scene, at_s: float) -> float:
    """Tick, and return which moment's law is asked for, in seconds after noon."""
    outcome = judge(scene.memory, scene.world, [tick_frame(NOON_S + at_s)])
    scene.found |= outcome.changes
    scene.kept.append(outcome.journal)
    return outcome.law_asked_s - NOON_S


@pytest.mark.requirement("D4d-66")
def test_what_was_said_before_other_rules_came_is_judged_by_those_of_then(
    sky: World, say: Say
) -> None:
    scene = Scene(sky)
    live_ends(scene, flight(say))
    after = replace(sky, rules=replace(sky.rules, max_height_agl_m=20.0), like=None)
    object.__setattr__(after, "rules_digest", "another")
    swap(scene, after, 15.0)
    assert held_since_s(scene.memory, scene.memory.devices["uav-1"]) == NOON_S + 15.0


@pytest.fixture
def open_sky(sky: World) -> World:
    """The same without the airport."""
    zones = [zone for zone in sky.zones.zones if zone.zone_id != "airport"]
    return replace(sky, zones=build(zones, 1))


@pytest.fixture
def closed_sky(sky: World) -> World:
    return replace(sky, zones=build(sky.zones.zones, 2))


def late_flight(scene: Scene, say: Say, drawn: World, *, changed_s: float = 15.0) -> None:
    """Out, across the airport's edge and back; what only late reports show of it comes after a change."""
    frames = flight(say)
    live_ends(scene, frames)
    swap(scene, drawn, changed_s)
    scene.hear(*again(frames[1:-1], 20.0))


@pytest.mark.requirement("D4d-57")
def test_a_zone_that_was_drawn_afterwards_is_no_finding(
    open_sky: World, closed_sky: World, say: Say
) -> None:
    scene = Scene(open_sky)
    late_flight(scene, say, closed_sky)
    assert bring_all(scene, [(0, 15, open_sky)], 23) == [2.0, 7.0]
    assert scene.late == []
    assert scene.memory.devices["uav-1"].late is None


@pytest.mark.requirement("D4d-57")
def test_a_zone_that_was_withdrawn_since_is_a_finding_and_names_its_revision(
    open_sky: World, closed_sky: World, say: Say
) -> None:
    scene = Scene(closed_sky)
    late_flight(scene, say, open_sky)
    then = replace(closed_sky, revisions=replace(closed_sky.revisions, zones=2))
    assert bring_all(scene, [(0, 15, then)], 23) == [2.0, 7.0]
    assert told(scene.late) == [("KEEP_OUT_BREACH", "airport", 3.0, 6.0)]
    (finding,) = scene.late
    assert (finding.zone_revision, finding.law_of) == (2, None)


@pytest.mark.requirement("D4d-57")
@pytest.mark.parametrize(
    ("then", "now", "codes"),
    [
        (PermitState.ACTIVE, PermitState.SUSPENDED, []),
        (PermitState.SUSPENDED, PermitState.ACTIVE, ["PERMIT_EXPIRED"]),
    ],
)
def test_a_permit_counts_as_it_was(
    world: World, say: Say, then: PermitState, now: PermitState, codes: list[str]
) -> None:
    before, after = (
        replace(world, grants={"car-1": (grant("car-1", state=state),)}) for state in (then, now)
    )
    scene = Scene(before)
    frames = [
        say("car-1", *ON_ROAD, float(second), seq=second, boot_id="b", control_mode="AUTONOMOUS")
        for second in range(1, 20)
    ]
    # What is live was allowed on either side, so that nothing of it is known.
    allowed = replace(world, grants={"car-1": (grant("car-1", state=PermitState.ACTIVE),)})
    scene.world = allowed
    live_ends(scene, frames)
    scene.world = before
    scene.found |= adopt(scene.memory, after, before, NOON_S + 25.0).changes
    scene.world = after
    scene.hear(*again(frames[1:-1], 30.0))
    assert bring_all(scene, [(0, 25, before)], 33) == [2.0, 19.0]
    assert [each.code for each in scene.late] == codes


def test_what_changed_for_others_alone_needs_no_law_of_then(sky: World, say: Say) -> None:
    scene, frames = Scene(sky), flight(say)
    live_ends(scene, frames)
    other = {**sky.grants, "uav-2": (grant("uav-2"),)}
    swap(scene, replace(sky, grants=other), 15)
    scene.hear(*again(frames[1:-1], 20.0))
    assert asked_s(scene, 23) == inf
    scene.ticks(30)
    assert told(scene.late) == [("KEEP_OUT_BREACH", "airport", 3.0, 6.0)]


def test_who_was_first_heard_after_permits_changed_is_judged_by_those_of_then(
    sky: World, say: Say
) -> None:
    scene, frames = Scene(replace(sky, grants={})), flight(say)
    swap(scene, sky, 6.5)
    scene.hear(frames[-1])
    scene.hear(*again(frames[:-1], 20.0))
    assert asked_s(scene, 23) == 1.0


@pytest.mark.requirement("D4d-57")
def test_a_row_that_a_change_divides_is_judged_on_either_side_by_its_own(
    open_sky: World, closed_sky: World, say: Say
) -> None:
    """The airport is drawn at the second 5; inside from 3 to 6, so from 5 to 6."""
    scene = Scene(open_sky)
    late_flight(scene, say, closed_sky, changed_s=5.0)
    assert asked_s(scene, 23) == 2.0
    bring(scene, law(open_sky, 0, 5), open_sky, 24)
    scene.ticks(25, 30)
    assert told(scene.late) == [("KEEP_OUT_BREACH", "airport", 5.0, 6.0)]
    # Whether its zone or its permit is other by the law that holds from 5 on is no longer at hand.
    assert causes(scene.late) == [(None, "device_moved")]


def test_an_excursion_under_two_laws_is_one_finding(
    sky: World, closed_sky: World, say: Say
) -> None:
    scene = Scene(sky)
    late_flight(scene, say, closed_sky, changed_s=4.0)
    assert asked_s(scene, 23) == 2.0
    bring(scene, law(sky, 0, 4), sky, 24)
    scene.ticks(25, 30)
    assert told(scene.late) == [("KEEP_OUT_BREACH", "airport", 3.0, 6.0)]


def test_of_three_laws_each_is_asked_for_in_its_turn(
    open_sky: World, closed_sky: World, say: Say
) -> None:
    """Closed until 4, open until 14, closed until 20, open since; inside from 3 to 16."""
    scene, frames = Scene(closed_sky), flight(say, [-30, -10, *[10] * 14, -10, -30])
    live_ends(scene, frames)
    swap(scene, open_sky, 20.0)
    scene.hear(*again(frames[1:-1], 20.5))
    laws = [(0, 4, closed_sky), (4, 14, open_sky), (14, 20, closed_sky)]
    assert bring_all(scene, laws, 23) == [2.0, 4.0, 14.0, 18.0]
    assert told(scene.late) == [
        ("KEEP_OUT_BREACH", "airport", 3.0, 4.0),
        ("KEEP_OUT_BREACH", "airport", 14.0, 17.0),
    ]
    assert causes(scene.late) == [("device_moved", None), (None, "device_moved")]


def causes(late: Sequence[ViolationChange]) -> list[tuple[str | None, str | None]]:
    ordered = sorted(late, key=lambda each: each.opened_at)
    return [(each.opening_cause, each.closing_cause) for each in ordered]


def test_the_way_out_of_a_hole_is_judged_by_the_law_of_its_end(sky: World, say: Say) -> None:
    """A wall stood between the last late fix and where the device was next, when it was there."""
    frames = [
        say("uav-1", 121.76 + east * METRE_EAST, 31.11, float(second), seq=second, boot_id="b",
            **FLYING)
        for second, east in enumerate((-10, -10, 15, -10), 1)
    ]  # fmt: skip
    scene = Scene(walled(sky))
    live_ends(scene, [frames[0], frames[-1]])
    assert scene.found == {}
    swap(scene, sky, 20.0)
    scene.hear(*again(frames[1:-1], 20.5))
    laws = [(0, 3.5, sky), (3.5, 20, walled(sky))]
    assert bring_all(scene, laws, 30) == [2.0, 4.0]
    assert {(each.code, each.zone_id) for each in scene.late} == {("KEEP_OUT_BREACH", "wall")}
    assert scene.memory.devices["uav-1"].late is None


def test_a_law_for_which_nobody_waits_leaves_no_trace(sky: World) -> None:
    scene = Scene(sky)
    assert bring(scene, law(sky, 0, 15), sky, 20) == []


@pytest.mark.requirement("D4d-58")
def test_where_the_law_of_then_is_not_kept_the_finding_says_by_what_it_was_judged(
    closed_sky: World, sky: World, say: Say
) -> None:
    scene = Scene(sky)
    late_flight(scene, say, closed_sky)
    assert asked_s(scene, 23) == 2.0
    bring(scene, law(closed_sky, -inf, 15, instead_s=15), closed_sky, 24)
    assert asked_s(scene, 30) == 7.0
    bring(scene, law(closed_sky, -inf, 15, instead_s=15), closed_sky, 31)
    (finding,) = scene.late
    assert s(finding.law_of) == 15.0


@pytest.mark.requirement("D4d-58")
def test_what_was_judged_in_part_by_another_law_says_so_as_a_whole(
    closed_sky: World, sky: World, say: Say
) -> None:
    scene = Scene(sky)
    late_flight(scene, say, closed_sky, changed_s=4.0)
    assert asked_s(scene, 23) == 2.0
    bring(scene, law(sky, 0, 4, instead_s=4), sky, 24)
    scene.ticks(25, 30)
    (finding,) = scene.late
    assert (s(finding.opened_at), s(finding.closed_at), s(finding.law_of)) == (3.0, 6.0, 4.0)


@pytest.mark.requirement("D4d-58")
def test_nobody_waits_for_a_law_for_ever(closed_sky: World, sky: World, say: Say) -> None:
    scene = Scene(sky)
    late_flight(scene, say, closed_sky)
    assert asked_s(scene, 23) == 2.0
    scene.ticks(23 + LONGEST_WAIT_S - 1)
    assert scene.late == []
    scene.ticks(23 + LONGEST_WAIT_S, 24 + LONGEST_WAIT_S, 40 + LONGEST_WAIT_S)
    assert told(scene.late) == [("KEEP_OUT_BREACH", "airport", 3.0, 6.0)]
    assert [s(each.law_of) for each in scene.late] == [15.0]


def test_a_clock_that_is_set_while_a_row_waits_does_not_end_its_wait(
    closed_sky: World, sky: World, say: Say
) -> None:
    scene = Scene(sky)
    late_flight(scene, say, closed_sky)
    assert asked_s(scene, 23) == 2.0
    scene.hear(set_frame(3600.0, NOON_S + 3624.0))
    scene.ticks(3625)
    row = scene.memory.devices["uav-1"].late
    assert row is not None
    assert (row.asks_s, len(row.reports)) == (NOON_S + 2, 5)


@pytest.mark.requirement("D4d-58")
def test_more_reports_than_may_wait_are_judged_and_say_by_what(
    closed_sky: World, sky: World, say: Say
) -> None:
    metres = [-20.0] * 9 + [10.0] * (MAX_WAITING + 100)
    scene, frames = Scene(sky), flight(say, [*metres, -20.0, -20.0])
    live_ends(scene, frames)
    swap(scene, closed_sky, 5000)
    sent = again(frames[1:-1], 5001.0)
    scene.hear(*sent[: MAX_GATHERED + 50])
    row = scene.memory.devices["uav-1"].late
    assert row is not None
    assert (row.asks_s, len(row.reports)) == (NOON_S + 2, MAX_GATHERED + 50)
    scene.hear(*sent[MAX_GATHERED + 50 :])
    row = scene.memory.devices["uav-1"].late
    assert row is not None
    assert len(row.reports) < MAX_WAITING
    assert row.law_s == NOON_S + 5000


def test_a_row_that_waited_while_its_law_became_that_of_now_is_judged_by_now(
    sky: World, say: Say
) -> None:
    """Its device may be granted another permit while it waits."""
    scene = Scene(sky)
    late_flight(scene, say, replace(sky, zones=build(sky.zones.zones, 2)))
    assert asked_s(scene, 23) == 2.0
    scene.memory.law_s = NOON_S
    bring(scene, law(sky, 0, 15), sky, 24)
    scene.ticks(25, 30)
    assert told(scene.late) == [("KEEP_OUT_BREACH", "airport", 3.0, 6.0)]


@pytest.mark.requirement("D4d-57", "D4e-13")
@LAW
@given(
    metres=st.lists(st.sampled_from([-30, -10, 10, 20]), min_size=3, max_size=14),
    changes=st.lists(st.floats(0.0, 16.0), max_size=3, unique=True),
    order=st.permutations(range(14)),
)
def test_whatever_changed_each_late_fix_is_judged_as_in_its_time_and_replayed_alike(
    sky: World,
    say: Say,
    metres: Sequence[int],
    changes: Sequence[float],
    order: Sequence[int],
) -> None:
    """A fix inside is found if the airport was closed then, and no other."""
    without = [zone for zone in sky.zones.zones if zone.zone_id != "airport"]
    edges = [0.0, *sorted(changes), 1000.0]
    worlds = [
        replace(sky, zones=build(without if number % 2 else sky.zones.zones, number + 1))
        for number in range(len(edges) - 1)
    ]
    frames = flight(say, metres)
    scene = Scene(worlds[0])
    # All that is live is outside of everything.
    first = say("uav-1", *beside_the_airport(-30), 0.5, seq=0, boot_id="b", **FLYING)
    last_s = len(metres) + 1.0
    last = say(
        "uav-1", *beside_the_airport(-30), last_s, seq=len(metres) + 1, boot_id="b", **FLYING
    )
    live_ends(scene, [first, last])
    for world in worlds[1:]:
        swap(scene, world, 40.0)
    late = again([frames[each] for each in order if each < len(frames)], 50.0)
    scene.hear(*late)
    laws = list(zip(edges, edges[1:], worlds, strict=False))
    halfway, heard = to_bytes(scene.memory), len(scene.kept)
    bring_all(scene, laws, 60.0)
    assert scene.memory.devices["uav-1"].late is None
    wrong = {
        second
        for second, east in enumerate(metres, 1)
        if east > 0 and number_at(edges, second) % 2 == 0
    }
    spans = [span(each) for each in scene.late]
    assert all(opened in wrong and closed not in wrong for opened, closed in spans)
    assert all(any(opened <= at < closed for opened, closed in spans) for at in wrong)
    assert all(each.law_of is None for each in scene.late)
    again_ = from_bytes(halfway)
    by_payload = {law_frame(law(w, f, u), NOON_S).payload: w for f, u, w in laws}
    for batch in scene.kept[heard:]:
        judge(again_, scene.world, journal.unpack(journal.pack(batch)), by_payload)
    assert plain(again_) == plain(scene.memory)


def span(finding: ViolationChange) -> tuple[float, float]:
    opened, closed = s(finding.opened_at), s(finding.closed_at)
    assert opened is not None
    assert closed is not None
    return opened, closed


def number_at(edges: Sequence[float], at_s: float) -> int:
    return max(index for index, edge in enumerate(edges[:-1]) if edge <= at_s)
