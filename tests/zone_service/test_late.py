"""Late reports are judged in their own time; what they find is told, and what is live stays as it is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import cos, radians
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import msgpack, structs
from shapely import box

from geofence.snapshot import build
from geofence.sureness import of_distance
from geofence.zone import Area, Volume, Zone, ZoneKind
from permits.compliance import Conduct
from telemetry.report import Frame, Unit
from zone_service.clock_frames import due_frame, set_frame, tick_frame
from zone_service.conduct import conduct_of
from zone_service.guarded import judge
from zone_service.late import GATHER_S, LONGEST_S, QUIET_S
from zone_service.late_row import MAX_GATHERED, MAX_HOLES
from zone_service.memory import Memory, from_bytes, packed, to_bytes
from zone_service.store import journal, violations
from zone_service.store.engine import Store
from zone_service.store.records import (
    PLATFORM,
    Batch,
    Commit,
    ViolationChange,
    ViolationEventKind,
    ViolationFilter,
)
from zone_service.world import World

Say = Callable[..., Frame]
NOON_S = 1795406400.0
METRE_NORTH = 1 / 111_320.0
METRE_EAST = METRE_NORTH / cos(radians(31.11))
FLYING = {"height_agl_m": 30.0, "operational_status": "AIRBORNE"}
ON_ROAD, OFF_ROAD = (121.92, 30.90), (121.92, 30.90 + 60 * METRE_NORTH)
OUT_AND_IN = (-30, -10, 10, 20, 10, -10, -30)
"""Metres east of the airport's western edge, a second apart: inside from the third to the fifth."""


def beside_the_airport(metres: float) -> tuple[float, float]:
    return 121.80 + metres * METRE_EAST, 31.11


@dataclass
class Scene:
    """One world and one memory; what is found is kept, and so is the journal."""

    world: World
    memory: Memory = field(default_factory=Memory)
    found: dict[str, ViolationChange] = field(default_factory=dict)
    kept: list[list[Frame]] = field(default_factory=list)

    def hear(self, *frames: Frame) -> None:
        outcome = judge(self.memory, self.world, frames)
        assert outcome.failures == []
        self.found |= {
            key: each for key, each in outcome.changes.items() if each.code != "TELEMETRY_SILENCE"
        }
        self.kept.append(outcome.journal)

    def ticks(self, *after_s: float) -> None:
        for each in after_s:
            self.hear(tick_frame(NOON_S + each))

    @property
    def late(self) -> list[ViolationChange]:
        return [each for each in self.found.values() if each.late]


def told(changes: Iterable[ViolationChange]) -> list[tuple[object, ...]]:
    return sorted(
        (each.code, each.zone_id, s(each.opened_at), s(each.closed_at)) for each in changes
    )


def s(at: object) -> float | None:
    return None if at is None else at.timestamp() - NOON_S  # type: ignore[attr-defined]


def flight(say: Say, metres: Sequence[float] = OUT_AND_IN) -> list[Frame]:
    """Fixes a second apart, numbered from 1."""
    return [
        say("uav-1", *beside_the_airport(east), second, seq=second, boot_id="b", **FLYING)
        for second, east in enumerate(metres, 1)
    ]


def again(frames: Iterable[Frame], at_s: float) -> list[Frame]:
    """The same, received later: from a buffer, a millisecond apart."""
    return [
        structs.replace(frame, received_s=NOON_S + at_s + number / 1000)
        for number, frame in enumerate(frames)
    ]


def live_ends(scene: Scene, frames: Sequence[Frame]) -> None:
    """Let the first and the last come in time, with a hole between them."""
    scene.hear(frames[0])
    scene.hear(frames[-1])
    scene.hear(due_frame(frames[-1].received_s + 0.3))


@pytest.mark.requirement("D4d-56")
def test_a_breach_that_only_late_fixes_show_is_one_finding_with_its_own_times(
    sky: World, say: Say
) -> None:
    scene, frames = Scene(sky), flight(say)
    live_ends(scene, frames)
    assert scene.found == {}
    scene.hear(*again(frames[1:-1], 20.0))
    scene.ticks(21, 23, 30)
    assert told(scene.late) == [("KEEP_OUT_BREACH", "airport", 3.0, 6.0)]
    (finding,) = scene.found.values()
    assert (finding.permit_number, finding.organisation_id) == ("F-1", "sky")
    assert (finding.longitude_deg, finding.latitude_deg) == beside_the_airport(10)
    assert finding.trigger_event_time_s == NOON_S + 3
    assert finding.height_agl_m == 30.0
    assert finding.inside_probability is not None
    assert 0.5 < finding.inside_probability < 1.0
    assert finding.detected_at.timestamp() - NOON_S in {23, 30}


@pytest.mark.requirement("D4d-56")
def test_what_is_live_is_as_if_nothing_late_had_come(sky: World, say: Say) -> None:
    with_late, without = Scene(sky), Scene(sky)
    frames = flight(say)
    for scene in (with_late, without):
        live_ends(scene, frames)
    with_late.hear(*again(frames[1:-1], 8.1))
    for second in range(8, 30):
        live = say(
            "uav-1", *beside_the_airport(-30), second + 0.5, seq=second, boot_id="b", **FLYING
        )
        for scene in (with_late, without):
            scene.hear(live)
            scene.ticks(second + 0.7)
    assert len(with_late.late) == 1
    mine, theirs = with_late.memory, without.memory
    assert mine.open == theirs.open == {}
    assert mine.fleet.to_bytes() == theirs.fleet.to_bytes()
    one, other = mine.devices["uav-1"], theirs.devices["uav-1"]
    assert (one.watch, one.report, one.position, one.inside) == (
        other.watch, other.report, other.position, other.inside,
    )  # fmt: skip
    assert one.track is not None
    assert other.track is not None
    assert (one.track.at_s, one.track.longitude_deg) == (
        other.track.at_s,
        other.track.longitude_deg,
    )
    assert one.late is None


@pytest.mark.parametrize("order", ["oldest first", "newest first", "from the middle"])
@pytest.mark.parametrize("every", [1, 5], ids=["one a batch", "one batch"])
def test_in_whatever_order_a_buffer_comes_it_is_the_same_finding(
    sky: World, say: Say, order: str, every: int
) -> None:
    scene, frames = Scene(sky), flight(say)
    live_ends(scene, frames)
    buffer = frames[1:-1]
    ordered = {
        "oldest first": buffer,
        "newest first": buffer[::-1],
        "from the middle": [*buffer[2:], *buffer[:2]],
    }[order]
    sent = again(ordered, 20.0)
    for at in range(0, len(sent), every):
        scene.hear(*sent[at : at + every])
    scene.ticks(21, 23, 30)
    assert told(scene.late) == [("KEEP_OUT_BREACH", "airport", 3.0, 6.0)]


def test_what_comes_again_is_not_found_again(sky: World, say: Say) -> None:
    scene, frames = Scene(sky), flight(say)
    live_ends(scene, frames)
    for at_s in (20.0, 21.0, 40.0):
        scene.hear(*again(frames[1:-1], at_s))
        scene.ticks(at_s + 3, at_s + 8)
    assert len(scene.late) == 1


def test_a_late_fix_in_an_excursion_that_is_known_finds_nothing_new(sky: World, say: Say) -> None:
    scene, frames = Scene(sky), flight(say, (-10, 10, 20, 30, 40, 30, 20))
    scene.hear(*frames[:2])
    scene.hear(frames[-1])
    scene.hear(due_frame(NOON_S + 8))
    scene.hear(*again(frames[2:-1], 20.0))
    scene.ticks(23, 30)
    assert told(scene.found.values()) == [("KEEP_OUT_BREACH", "airport", 2.0, None)]


def test_a_late_fix_in_an_excursion_that_is_over_finds_nothing_new(sky: World, say: Say) -> None:
    scene, frames = Scene(sky), flight(say, (-10, 10, 20, 10, 20, -10, -30, -30, -30))
    scene.hear(*frames[:3])
    scene.hear(*frames[5:])
    scene.hear(due_frame(NOON_S + 9.5))
    scene.ticks(10)
    assert told(scene.found.values()) == [("KEEP_OUT_BREACH", "airport", 2.0, 6.0)]
    scene.hear(*again(frames[3:5], 20.0))
    scene.ticks(23, 30)
    assert scene.late == []


def test_an_excursion_that_began_in_a_hole_is_found_until_the_live_state_saw_it(
    sky: World, say: Say
) -> None:
    scene, frames = Scene(sky), flight(say, (-30, -10, 10, 20, 30, 40))
    live_ends(scene, frames)
    scene.hear(*again(frames[1:-1], 20.0))
    scene.ticks(23, 30)
    assert told(scene.found.values()) == [
        ("KEEP_OUT_BREACH", "airport", 3.0, 6.0),
        ("KEEP_OUT_BREACH", "airport", 6.0, None),
    ]
    assert not any(each.late for each in scene.memory.open.values())


@pytest.mark.parametrize(("seconds", "codes"), [(14, ["KEEP_IN_EXIT"]), (6, [])])
def test_the_hold_off_of_a_rule_holds_for_late_fixes_too(
    world: World, say: Say, seconds: int, codes: list[str]
) -> None:
    scene = Scene(world)
    places = [ON_ROAD, *[OFF_ROAD] * seconds, ON_ROAD]
    frames = [
        say("car-1", *place, float(second), seq=second, boot_id="b")
        for second, place in enumerate(places, 1)
    ]
    live_ends(scene, frames)
    scene.hear(*again(frames[1:-1], 30.0))
    scene.ticks(33, 40)
    assert [each.code for each in scene.late] == codes


def walled(sky: World) -> World:
    wall = Zone(
        "wall",
        ZoneKind.KEEP_OUT,
        "Wall",
        (Volume(Area(box(121.76, 31.10, 121.76 + 5 * METRE_EAST, 31.12))),),
        frozenset({"air"}),
    )
    return replace(sky, zones=build((*sky.zones.zones, wall), 2))


@pytest.mark.parametrize(
    "metres",
    [(-10, 15, -10, -10), (-10, -10, 15, -10), (-10, 15, 15, -10)],
    ids=["into the row", "out of the row", "both"],
)
def test_a_zone_that_late_fixes_show_to_be_crossed_is_found(
    sky: World, say: Say, metres: tuple[int, ...]
) -> None:
    frames = [
        say("uav-1", 121.76 + east * METRE_EAST, 31.11, float(second), seq=second, boot_id="b",
            **FLYING)
        for second, east in enumerate(metres, 1)
    ]  # fmt: skip
    scene = Scene(walled(sky))
    live_ends(scene, frames)
    scene.hear(*again(frames[1:-1], 20.0))
    scene.ticks(23, 30)
    assert scene.late
    assert {(each.code, each.zone_id) for each in scene.late} == {("KEEP_OUT_BREACH", "wall")}


@pytest.mark.requirement("D4d-61")
def test_a_late_finding_of_a_zone_that_was_crossed_tells_how_sure_it_is(
    sky: World, say: Say
) -> None:
    """Five metres wide: two and a half from either edge, half-way."""
    frames = [
        say("uav-1", 121.76 + east * METRE_EAST, 31.11, float(second), seq=second, boot_id="b",
            horizontal_accuracy_m=10.0, **FLYING)
        for second, east in enumerate((-10, -10, 15, 15, -10), 1)
    ]  # fmt: skip
    scene = Scene(walled(sky))
    live_ends(scene, frames)
    scene.hear(*again(frames[1:-1], 20.0))
    scene.ticks(23, 30)
    first = min(scene.late, key=lambda each: each.opened_at)
    assert first.inside_probability == pytest.approx(of_distance(2.5, 10.0), abs=0.005)


def test_a_glitch_among_late_fixes_is_a_matter_of_its_data(sky: World, say: Say) -> None:
    scene, frames = Scene(sky), flight(say, (-150, -150, 100, -150, -150))
    live_ends(scene, frames)
    scene.hear(*again(frames[1:-1], 20.0))
    scene.ticks(23, 30)
    assert {each.code for each in scene.late} == {"IMPOSSIBLE_JUMP"}


def test_a_glitch_is_told_from_a_way_by_the_late_fix_before_it(sky: World, say: Say) -> None:
    """From both ends of the hole it could be reached, in nine seconds and in ten."""
    scene = Scene(sky)
    frames = [
        say("uav-1", *beside_the_airport(east), second, seq=seq, boot_id="b", **FLYING)
        for seq, (second, east) in enumerate(((1, -150), (10, -150), (11, 100), (20, -150)), 1)
    ]
    live_ends(scene, frames)
    scene.hear(*again(frames[1:-1], 30.0))
    scene.ticks(33, 40)
    assert {each.code for each in scene.late} == {"IMPOSSIBLE_JUMP"}


@pytest.mark.requirement("D4d-63")
def test_late_fixes_are_held_against_what_their_device_says_of_its_motion(
    sky: World, say: Say
) -> None:
    """200 m in five seconds is within reach of a drone, and none of one that hovers."""
    hovering = {**FLYING, "ground_speed_mps": 0.0}
    for said, code in (
        (hovering, "IMPOSSIBLE_JUMP"),
        (FLYING | {"ground_speed_mps": None}, "KEEP_OUT_BREACH"),
    ):
        scene = Scene(sky)
        frames = [
            say("uav-1", *beside_the_airport(east), 5.0 * seq, seq=seq, boot_id="b", **said)
            for seq, east in enumerate((-150, -150, 50, -150, -150), 1)
        ]
        live_ends(scene, frames)
        scene.hear(*again(frames[1:-1], 40.0))
        scene.ticks(43, 50)
        assert {each.code for each in scene.late} == {code}


@pytest.mark.requirement("D4d-63", "D4d-56")
def test_late_fixes_of_a_device_that_always_says_that_it_hovers_are_soon_held_to_it_no_more(
    sky: World, say: Say
) -> None:
    """25 m/s, a fix each five seconds, one of them inside; what was live contradicted nothing."""
    scene = Scene(sky)
    frames = [
        say(
            "uav-1",
            *beside_the_airport(east),
            5.0 * seq,
            seq=seq,
            boot_id="b",
            **{**FLYING, "ground_speed_mps": 0.0, "horizontal_accuracy_m": 1.9},
        )
        for seq, east in enumerate((-800, -675, -550, -425, -300, -175, -50, 75, -50, -175), 1)
    ]
    live_ends(scene, frames)
    assert scene.found == {}
    scene.hear(*again(frames[1:-1], 60.0))
    scene.ticks(63, 70)
    assert ("KEEP_OUT_BREACH", "airport", 40.0, 45.0) in told(scene.late)
    assert {each.code for each in scene.late} == {"IMPOSSIBLE_JUMP", "KEEP_OUT_BREACH"}


def test_a_buffer_that_is_emptied_before_what_is_new_is_not_late(sky: World, say: Say) -> None:
    scene, frames = Scene(sky), flight(say)
    scene.hear(frames[0])
    scene.hear(*again(frames[1:], 20.0))
    scene.ticks(23, 30)
    assert told(scene.found.values())[0][:3] == ("KEEP_OUT_BREACH", "airport", 3.0)
    assert scene.late == []


def test_a_unit_without_numbers_is_judged_by_its_late_fixes_too(sky: World, say: Say) -> None:
    scene = Scene(sky)
    frames = [
        say("uav-1", *beside_the_airport(east), float(second), **FLYING)
        for second, east in enumerate(OUT_AND_IN, 1)
    ]
    scene.hear(frames[0], frames[-1])
    scene.hear(*again(frames[1:-1], 20.0))
    scene.ticks(23, 30)
    assert told(scene.late) == [("KEEP_OUT_BREACH", "airport", 3.0, 6.0)]


def test_a_device_that_left_the_register_is_judged_no_more(sky: World, say: Say) -> None:
    scene, frames = Scene(sky), flight(say)
    live_ends(scene, frames)
    scene.hear(*again(frames[1:-1], 20.0))
    scene.world = replace(sky, subjects={})
    scene.ticks(30)
    assert scene.late == []
    assert scene.memory.devices["uav-1"].late is None


def test_a_late_row_that_we_fail_on_costs_itself_alone(
    sky: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, frames = Scene(sky), flight(say)
    live_ends(scene, frames)
    scene.hear(*again(frames[1:-1], 20.0))

    def broken(*_: object) -> None:
        msg = "a fault of our own"
        raise RuntimeError(msg)

    monkeypatch.setattr("zone_service.late_judging.conduct_of", broken)
    outcome = judge(scene.memory, sky, [tick_frame(NOON_S + 23)])
    assert [each.device_id for each in outcome.failures] == ["uav-1"]
    assert [frame.topic for frame in outcome.journal] == ["$tick"]
    assert scene.memory.devices["uav-1"].late is None


def test_one_late_report_that_we_fail_on_costs_no_other(
    sky: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, frames = Scene(sky), flight(say)
    live_ends(scene, frames)

    def careless(*said: Any, **more: Any) -> Conduct:
        if said[2].seq == 2:
            raise ZeroDivisionError
        return conduct_of(*said, **more)

    monkeypatch.setattr("zone_service.late_judging.conduct_of", careless)
    scene.hear(*again(frames[1:-1], 20.0))
    outcome = judge(scene.memory, sky, [tick_frame(NOON_S + 23)])
    assert [each.device_id for each in outcome.failures] == ["uav-1"]
    scene.ticks(24, 30)
    assert told(scene.late) == [("KEEP_OUT_BREACH", "airport", 3.0, 6.0)]


def test_what_is_remembered_of_a_device_is_bounded(sky: World, say: Say) -> None:
    scene = Scene(sky)
    for seq in range(1, 4 * MAX_HOLES, 2):
        place = beside_the_airport(-30)
        scene.hear(say("uav-1", *place, float(seq), seq=seq, boot_id="b", **FLYING))
        scene.hear(due_frame(NOON_S + seq + 0.5))
    assert len(scene.memory.devices["uav-1"].holes) == MAX_HOLES


def test_a_long_buffer_is_judged_in_parts_and_found_as_one(sky: World, say: Say) -> None:
    """Inside from the second 10 to the second 600, reported late at 1 Hz."""
    metres = [-20.0] * 9 + [10.0] * 591 + [-20.0] * 5
    scene, frames = Scene(sky), flight(say, metres)
    assert len(frames) > 2 * MAX_GATHERED
    live_ends(scene, frames)
    assert scene.found == {}
    scene.hear(*again(frames[1:-1], 700.0))
    row = scene.memory.devices["uav-1"].late
    assert row is not None
    assert len(row.reports) < MAX_GATHERED
    scene.ticks(703, 710)
    assert told(scene.late) == [("KEEP_OUT_BREACH", "airport", 10.0, 601.0)]


def test_a_row_that_goes_on_and_on_is_told_in_parts(sky: World, say: Say) -> None:
    metres = [-20.0, *[10.0] * 100, -20.0, -20.0]
    scene, frames = Scene(sky), flight(say, metres)
    live_ends(scene, frames)
    for number, frame in enumerate(frames[1:-1]):
        scene.hear(*again([frame], 200.0 + number))
        scene.ticks(200.5 + number)
    assert len(scene.late) == 1
    scene.ticks(400)
    assert [each.code for each in scene.late] == ["KEEP_OUT_BREACH"] * 2
    first, second = sorted(scene.late, key=lambda each: each.opened_at)
    assert first.closed_at is not None
    assert second.opened_at >= first.closed_at
    assert (s(first.opened_at), s(second.closed_at)) == (2.0, 102.0)
    assert LONGEST_S > GATHER_S + QUIET_S


def test_a_clock_that_is_set_while_late_reports_are_gathered_makes_no_difference(
    sky: World, say: Say
) -> None:
    scene, frames = Scene(sky), flight(say)
    live_ends(scene, frames)
    scene.hear(*again(frames[1:-1], 20.0))
    scene.hear(set_frame(3600.0, NOON_S + 3621.0))
    scene.ticks(3623, 3630)
    assert told(scene.late) == [("KEEP_OUT_BREACH", "airport", 3.0, 6.0)]


def test_many_rows_are_judged_by_ticks_a_part_at_a_time_and_none_is_forgotten(
    sky: World, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zone_service.late.AT_ONCE", 8)
    fleet = [f"uav-{number}" for number in range(10, 20)]
    subject, permits = sky.subjects["uav-1"], sky.grants["uav-1"]
    world = replace(
        sky,
        units={name: Unit(device_id=name) for name in fleet},
        subjects={name: replace(subject, device_id=name) for name in fleet},
        grants=dict.fromkeys(fleet, permits),
    )
    scene = Scene(world)
    for name in fleet:
        frames = [
            say(name, *beside_the_airport(east), second, seq=second, boot_id="b", **FLYING)
            for second, east in enumerate(OUT_AND_IN, 1)
        ]
        live_ends(scene, frames)
        scene.hear(*again(frames[1:-1], 20.0))
    counts = []
    for second in range(6):
        scene.ticks(23.5 + second / 10)
        counts.append(
            sum(len(each.late.reports) for each in scene.memory.devices.values() if each.late)
        )
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[1] > counts[-1] == 0
    scene.ticks(30)
    scene.ticks(31)
    assert {each.device_id for each in scene.late} == set(fleet)
    assert len(scene.late) == len(fleet)


METRES = st.sampled_from([-30, -10, 10, 20])
LAW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.requirement("D4d-56", "D4e-13")
@LAW
@given(
    metres=st.lists(METRES, min_size=3, max_size=25),
    late=st.frozensets(st.integers(2, 24), max_size=20),
    shuffle=st.randoms(use_true_random=False),
    cuts=st.lists(st.integers(1, 60), max_size=6),
    stop=st.integers(0, 10),
)
def test_findings_depend_neither_on_order_nor_batches_nor_a_restart_and_replay_alike(
    sky: World,
    say: Say,
    metres: list[int],
    late: frozenset[int],
    shuffle: object,
    cuts: list[int],
    stop: int,
) -> None:
    frames = flight(say, metres)
    late -= {len(frames)}
    punctual = [frame for number, frame in enumerate(frames, 1) if number not in late]
    delayed = [frame for number, frame in enumerate(frames, 1) if number in late]
    one, other = Scene(sky), Scene(sky)
    for frame in punctual:
        for scene in (one, other):
            scene.hear(due_frame(frame.received_s - 0.5))
            scene.hear(frame)
    one.hear(due_frame(NOON_S + 50))
    other.hear(due_frame(NOON_S + 50))
    live = dict(one.found)
    one.hear(*again(delayed, 60.0))
    shuffle.shuffle(delayed)  # type: ignore[attr-defined]
    sent = again(delayed, 60.0)
    for at, (begin, end) in enumerate(
        zip([0, *sorted(cuts)], [*sorted(cuts), len(sent)], strict=True)
    ):
        if at == stop:
            other.memory = from_bytes(to_bytes(other.memory))
        other.hear(*sent[begin:end])
    for scene in (one, other):
        scene.ticks(63, 70, 90)
    assert told(one.found.values()) == told(other.found.values())
    assert {key: each for key, each in one.found.items() if not each.late and key in live} == live
    again_ = Memory()
    for batch in other.kept:
        judge(again_, sky, journal.unpack(journal.pack(batch)))
    assert plain(again_) == plain(other.memory)


def plain(memory: Memory) -> object:
    return [msgpack.decode(each) for each in packed(to_bytes(memory))]


# -- late and live together


def drive(scene: Scene, say: Say, places: Sequence[tuple[float, float]], late: int) -> None:
    """A second each; so many behind the first come late, just behind the first live one after them.

    A tick follows every live one.
    """
    frames = [
        say("car-1", *place, float(second), seq=second, boot_id="b")
        for second, place in enumerate(places, 1)
    ]
    scene.hear(frames[0])
    for number, frame in enumerate(frames[1 + late :]):
        scene.hear(frame)
        if number == 0:
            scene.hear(due_frame(frame.received_s + 0.3))
            scene.hear(*again(frames[1 : 1 + late], late + 2.4))
        scene.ticks(frame.received_s - NOON_S + 0.5)


@pytest.mark.requirement("D4d-62")
@pytest.mark.parametrize("late", [3, 14])
def test_what_late_fixes_began_and_live_ones_go_on_with_says_that_it_joins_it(
    world: World, say: Say, late: int
) -> None:
    """Alone three seconds would be below the hold-off of ten."""
    scene = Scene(world)
    drive(scene, say, [ON_ROAD, *[OFF_ROAD] * (late + 40)], late)
    (going_on,) = scene.memory.open.values()
    assert told(scene.found.values()) == [
        ("KEEP_IN_EXIT", "road", 2.0, 2.0 + late),
        ("KEEP_IN_EXIT", "road", 2.0 + late, None),
    ]
    (finding,) = scene.late
    assert (finding.joins, going_on.joins) == (going_on.id, None)
    assert finding.permit_number == "P-1"
    assert scene.memory.devices["car-1"].late is None


@pytest.mark.requirement("D4d-62")
def test_two_parts_that_are_long_enough_together_alone_are_found(world: World, say: Say) -> None:
    scene = Scene(world)
    drive(scene, say, [ON_ROAD, *[OFF_ROAD] * 13, *[ON_ROAD] * 20], 6)
    (finding,) = scene.found.values()
    assert (finding.late, finding.joins) == (True, None)
    assert told([finding]) == [("KEEP_IN_EXIT", "road", 2.0, 14.0)]


@pytest.mark.requirement("D4d-62")
def test_two_parts_that_are_too_short_together_are_nothing(world: World, say: Say) -> None:
    scene = Scene(world)
    drive(scene, say, [ON_ROAD, *[OFF_ROAD] * 8, *[ON_ROAD] * 20], 3)
    assert scene.found == {}


@pytest.mark.requirement("D4d-62")
def test_a_part_that_ended_before_the_hole_does_is_no_beginning(world: World, say: Say) -> None:
    scene = Scene(world)
    places = [ON_ROAD, OFF_ROAD, OFF_ROAD, ON_ROAD, ON_ROAD, *[OFF_ROAD] * 40]
    drive(scene, say, places, 4)
    assert scene.late == []
    assert len(scene.memory.open) == 1


# -- the store


def test_a_late_finding_is_one_line_of_the_feed_and_told_again_says_nothing(
    store: Store, sky: World, say: Say
) -> None:
    scene, frames = Scene(sky), flight(say)
    live_ends(scene, frames)
    scene.hear(*again(frames[1:-1], 20.0))
    scene.ticks(23, 30)
    for name in ("one", "again"):
        batch = Batch(name, NOON_S, NOON_S, 0, journal.pack(()))
        journal.commit_batch(store, Commit(batch=batch, violations=tuple(scene.late)))
    with store.read() as session:
        (event,) = violations.events_since(session, PLATFORM, 0)
        assert event.event is ViolationEventKind.LATE
        assert event.violation.late
        assert event.violation.closed_at is not None
        assert violations.open_violations(session, PLATFORM) == ()
        for asked, count in ((None, 1), (True, 1), (False, 0)):
            page = violations.page(session, PLATFORM, ViolationFilter(is_late=asked))
            assert len(page) == count
        unresolved = ViolationFilter(is_open=False, is_resolved=False)
        assert violations.number(session, PLATFORM, unresolved) == 1
