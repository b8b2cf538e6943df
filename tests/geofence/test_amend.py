"""A snapshot that was made of another by a few edits answers as one that is built from all zones."""

import math
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import NamedTuple

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import Point, box

from geofence import amend, compact, room
from geofence.amend import amended, caught_up, changed_zones, tidied
from geofence.crossing import touched
from geofence.fixes import DOMAIN_CODES
from geofence.fleet import Fleet
from geofence.following import NO_ROW
from geofence.holding import Rows
from geofence.looking import Ways
from geofence.lookup import look_up
from geofence.places import WIDTH
from geofence.snapshot import LOOKED_AT_ONCE, READY_AT_ONCE, Snapshot, build
from geofence.validity import InvalidZone, problems
from geofence.verdicts import verdicts
from geofence.zone import (
    Area,
    HeightBand,
    HeightLimit,
    HeightReference,
    Schedule,
    SunEvent,
    SunTime,
    Volume,
    Window,
    Zone,
    ZoneKind,
)
from tests.geofence.drawing import SOUTH_DEG, STEP_DEG, WEST_DEG, areas

NOON_S = datetime(2026, 3, 2, 4, 0, tzinfo=UTC).timestamp()
NIGHT = Schedule((Window(frozenset(range(7)), time(22), time(6)),))
NINE_TO_FIVE = Schedule((Window(frozenset(range(7)), time(9), time(17)),))
UP_TO_120_M = HeightBand(upper=HeightLimit(120.0, HeightReference.AGL))
IDS = ("a", "b", "c", "d")


class Edit(NamedTuple):
    zone_id: str
    volumes: tuple[Volume, ...]
    """None: the zone is withdrawn, if it is there."""
    domains: frozenset[str]


volumes = st.builds(
    Volume,
    areas,
    st.sampled_from([HeightBand(), UP_TO_120_M]),
    st.sampled_from([None, NIGHT, NINE_TO_FIVE]),
)
edits = st.builds(
    Edit,
    st.sampled_from(IDS),
    st.lists(volumes, max_size=2).map(tuple),
    st.sampled_from([frozenset({"road", "air", "water"}), frozenset({"air"})]),
)


def zone(edit: Edit) -> Zone:
    return Zone(edit.zone_id, ZoneKind.KEEP_OUT, edit.zone_id, edit.volumes, edit.domains)


def walk(chance: np.random.Generator, count: int) -> tuple[NDArray[np.float64], ...]:
    """Ways on the grid that the zones are drawn on, so that vertices and edges are hit."""
    places = np.full((2, count, WIDTH), math.nan)
    for end in places:
        end[:, 0] = WEST_DEG + STEP_DEG * chance.integers(-2, 33, count)
        end[:, 1] = SOUTH_DEG + STEP_DEG * chance.integers(-2, 33, count)
        end[:, 2] = NOON_S
        end[: count // 2, 3] = chance.choice([50.0, 300.0], count // 2)
    return places[0], places[1]


Names = list[frozenset[str]]


def answers(snapshot: Snapshot, seed: int, count: int) -> tuple[Names, Names, Names]:
    """For each way the zones that hold its end, those that may, and those that it touches."""
    chance = np.random.default_rng(seed)
    start, end = walk(chance, count)
    domain = chance.integers(0, len(DOMAIN_CODES), count).astype(np.int8)
    way = Ways(start, end, np.ones(count, np.bool_), domain)
    found = look_up(snapshot.volumes, way)
    nobody, none = Fleet(), np.full(count, NO_ROW, np.int32)
    nobody.grow(count)
    rows = Rows(np.arange(count, dtype=np.int32), none)
    told = verdicts(nobody, snapshot, found, rows, end, domain, stays=True)
    passed = [set[str]() for _ in range(count)]
    for row, volume in touched(snapshot.volumes, way, found):
        passed[row].add(snapshot.zone_ids[int(snapshot.volumes.slot[volume])])

    def named(slots: tuple[int, ...]) -> frozenset[str]:
        return frozenset(snapshot.zone_ids[slot] for slot in slots)

    return (
        [named(slots) for slots in told.inside()],
        [named(slots) for slots in told.unknown()],
        [frozenset(each) for each in passed],
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(edits, min_size=1, max_size=8), st.integers(0, 2**32 - 1), st.booleans())
@pytest.mark.usefixtures("way_of_looking")
@pytest.mark.requirement("A44-3")
def test_after_any_edits_it_answers_as_one_that_is_built_from_all_zones(
    steps: list[Edit], seed: int, compact: bool
) -> None:
    held: dict[str, Zone] = {}
    snapshot = build([], 0)
    with pytest.MonkeyPatch.context() as patch:
        if compact:
            patch.setattr(amend, "WASTE_ALLOWED", 0)
            patch.setattr(amend, "MOST_WASTE", -0.99)
        for revision, edit in enumerate(steps, start=1):
            if edit.volumes and not problems(zone(edit)):
                held[edit.zone_id] = zone(edit)
                snapshot = amended(snapshot, [zone(edit)], [], revision)
            elif edit.zone_id in held:
                del held[edit.zone_id]
                snapshot = amended(snapshot, [], [edit.zone_id], revision)
        if compact:
            patch.setattr(amend, "TIDY_FROM", -1)
            patch.setattr(amend, "TIDY_SHARE", -1.0)
            snapshot = tidied(snapshot) or snapshot
    fresh = build(held.values(), snapshot.revision)
    assert {each.zone_id: each for each in snapshot.in_force()} == held
    assert answers(snapshot, seed, 60) == answers(fresh, seed, 60)
    assert snapshot.next_edge_s(NOON_S) == fresh.next_edge_s(NOON_S)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(edits, min_size=1, max_size=4),
    st.lists(edits, min_size=1, max_size=4),
    st.integers(0, 2**32 - 1),
)
@pytest.mark.usefixtures("way_of_looking")
@pytest.mark.requirement("A44-3")
def test_what_was_laid_out_beside_later_edits_answers_as_they_do(
    first: list[Edit], later: list[Edit], seed: int
) -> None:
    snapshot, held, laid = build([], 0), dict[str, Zone](), None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(amend, "TIDY_FROM", -1)
        patch.setattr(amend, "TIDY_SHARE", -1.0)
        patch.setattr(compact, "BLOCKS_AT_ONCE", 1)
        for revision, edit in enumerate((*first, *later), start=1):
            if revision == len(first) + 1:
                laid = tidied(snapshot)
            if edit.volumes and not problems(zone(edit)):
                held[edit.zone_id] = zone(edit)
                snapshot = amended(snapshot, [zone(edit)], [], revision)
            elif edit.zone_id in held:
                del held[edit.zone_id]
                snapshot = amended(snapshot, [], [edit.zone_id], revision)
    assert laid is not None
    after = caught_up(laid, snapshot)
    assert after.revision == snapshot.revision
    assert [*map(id, after.zones)] == [*map(id, snapshot.zones)], "the same zones in their slots"
    assert (after.zone_ids, after.slots) == (snapshot.zone_ids, snapshot.slots)
    assert answers(after, seed, 60) == answers(snapshot, seed, 60)
    assert after.next_edge_s(NOON_S) == snapshot.next_edge_s(NOON_S)


SQUARE = box(121.50, 31.20, 121.51, 31.21)
ELSEWHERE = box(121.60, 31.20, 121.61, 31.21)


def square(zone_id: str, area: shapely.Polygon = SQUARE) -> Zone:
    return Zone(zone_id, ZoneKind.KEEP_OUT, zone_id, (Volume(Area(area)),))


def holding(snapshot: Snapshot, longitude: float, latitude: float) -> set[str]:
    here = np.array([[longitude, latitude, NOON_S, math.nan, math.nan, math.nan]])
    is_way, road = np.zeros(1, np.bool_), np.ones(1, np.int8)
    nobody = Fleet()
    nobody.grow(1)
    rows = Rows(np.zeros(1, np.int32), np.full(1, NO_ROW, np.int32))
    found = look_up(snapshot.volumes, Ways(here, here, is_way, road))
    told = verdicts(nobody, snapshot, found, rows, here, road, stays=True)
    return {snapshot.zone_ids[slot] for slot in told.inside()[0]}


def test_zones_that_stay_keep_their_slots_and_their_outlines() -> None:
    before = build([square("a"), square("b"), square("c")], 1)
    after = amended(before, [square("b", ELSEWHERE), square("d")], ["a"], 2)
    assert after.zone_ids == ("", "b", "c", "d")
    assert after.revision == 2
    assert after.volumes_of == ((), (3,), (2,), (4,))
    assert after.volumes.ground[2] is before.volumes.ground[2]
    assert [zone.zone_id for zone in after.in_force()] == ["b", "c", "d"]


def test_a_zone_that_comes_back_gets_a_slot_of_its_own() -> None:
    before = build([square("a"), square("b")], 1)
    after = amended(amended(before, [], ["a"], 2), [square("a")], [], 3)
    assert after.zone_ids == ("", "b", "a")
    assert holding(after, 121.505, 31.205) == {"a", "b"}


def test_the_snapshot_before_goes_on_answering_as_it_did() -> None:
    before = build([square("a"), square("b")], 1)
    one = amended(before, [square("a", ELSEWHERE)], [], 2)
    other = amended(before, [square("c")], ["b"], 2)
    for _ in range(2):
        assert holding(before, 121.505, 31.205) == {"a", "b"}
        assert holding(one, 121.505, 31.205) == {"b"}
        assert holding(one, 121.605, 31.205) == {"a"}
        assert holding(other, 121.505, 31.205) == {"a", "c"}


def test_what_nobody_can_reach_any_more_does_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amend, "WASTE_ALLOWED", 1000)
    snapshot = build([square("a"), square("b")], 1)
    cells = len(snapshot.volumes.cells.filled_by)
    for revision in range(2, 40):
        area = (SQUARE, ELSEWHERE)[revision % 2]
        snapshot = amended(snapshot, [square("a", area)], [], revision)
    assert len(snapshot.volumes.cells.filled_by) < 3 * cells + 1000
    assert len(snapshot.volumes.cells.borders.edges) < 1000
    assert holding(snapshot, 121.605, 31.205) == {"a"}


@pytest.mark.parametrize("area", [box(121.0, 31.0, 129.0, 37.0), box(121.5, 31.2, 122.5, 32.2)])
def test_a_very_large_zone_comes_and_goes(area: shapely.Polygon) -> None:
    before = build([square("a")], 1)
    after = amended(before, [square("large", area)], [], 2)
    assert holding(after, 121.505, 31.205) == {"a", "large"}
    gone = amended(after, [], ["large"], 3)
    assert holding(gone, 121.505, 31.205) == {"a"}
    assert holding(gone, 121.9, 31.9) == set()


def test_a_zone_that_cannot_be_judged_by_is_refused_and_one_that_is_not_there() -> None:
    before = build([square("a")], 1)
    with pytest.raises(InvalidZone, match="a zone needs at least one volume"):
        amended(before, [Zone("b", ZoneKind.KEEP_OUT, "b", ())], [], 2)
    with pytest.raises(KeyError, match="b"):
        amended(before, [], ["b"], 2)


def test_of_very_many_changes_all_is_laid_anew_and_the_slots_stay() -> None:
    before = amended(build([square("a"), square("b"), square("c")], 1), [], ["a"], 2)
    many = [square(f"new-{number:03d}", ELSEWHERE) for number in range(amend.MOST_AMENDED)]
    after = changed_zones(before, [square("b", ELSEWHERE), *many], [], 3)
    assert after.zone_ids[:3] == ("", "b", "c")
    assert after.zone_ids[3:] == tuple(zone.zone_id for zone in many)
    assert after.zones[2] is before.zones[2]
    assert len(after.volumes.ground) == 2 + len(many)
    assert holding(after, 121.505, 31.205) == {"c"}
    few = changed_zones(before, many[:3], ["b"], 3)
    assert few.volumes.ground[2] is before.volumes.ground[2]


def test_of_many_changes_among_more_zones_only_those_are_laid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(amend, "MOST_AMENDED", 2)
    before = build([square(f"zone-{number}") for number in range(8)], 1)
    moved = [square(f"zone-{number}", ELSEWHERE) for number in range(5)]
    some = changed_zones(before, moved[:4], [], 2)
    most = changed_zones(before, moved, [], 2)
    assert some.volumes.ground[7] is before.volumes.ground[7]
    assert most.volumes.ground[7] is not before.volumes.ground[7]
    held = {f"zone-{number}" for number in range(4, 8)}
    assert holding(some, 121.505, 31.205) == held
    assert holding(most, 121.505, 31.205) == held - {"zone-4"}


def test_made_with_breath_between_it_answers_as_one_made_at_once() -> None:
    """Pieces fall anywhere but into a zone, whose volumes open together."""
    dawn = Schedule((Window(frozenset(range(7)), SunTime(SunEvent.SUNRISE), time(12)),))
    volumes = (Volume(Area(SQUARE)), Volume(Area(ELSEWHERE), schedule=dawn))
    zones = [
        replace(
            square(f"zone-{number:02d}"),
            volumes=volumes[: 1 + number % 2],
            exit_margin_m=number % 3,
        )
        for number in range(13)
    ]
    breaths = list[None]()
    at_once, slowly = build(zones, 1), build(zones, 1, lambda: breaths.append(None))
    assert len(breaths) >= 13 // LOOKED_AT_ONCE + 19 // (READY_AT_ONCE + 1) - 1
    ours, theirs = slowly.volumes, at_once.volumes
    assert ours.calendars == theirs.calendars
    assert ours.wkb.tolist() == theirs.wkb.tolist()
    assert np.array_equal(ours.slot, theirs.slot)
    assert np.array_equal(ours.bounds, theirs.bounds)
    assert np.array_equal(ours.cells.filled_by, theirs.cells.filled_by)
    assert np.array_equal(ours.cells.borders.edges, theirs.cells.borders.edges)
    assert answers(slowly, 1, 200) == answers(at_once, 1, 200)


def test_of_one_change_nobody_waits_for_breath() -> None:
    before = build([square("a"), square("b")], 1)
    breaths = list[None]()
    amended(before, [square("c")], ["a"], 2, lambda: breaths.append(None))
    assert breaths == []


def test_rows_of_zones_that_are_no_more_go_when_they_are_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(amend, "ROWS_ALLOWED", 4)
    snapshot = build([square("a"), square("b")], 1)
    rows = []
    for revision in range(2, 60):
        snapshot = changed_zones(snapshot, [square("a")], [], revision)
        rows.append(len(snapshot.volumes.ground))
    assert max(rows) <= 4 * 2 + 4 + 1
    assert holding(snapshot, 121.505, 31.205) == {"a", "b"}


def test_a_snapshot_is_tidied_when_much_lies_there_that_nobody_can_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot = build([square("a"), square("b")], 1)
    monkeypatch.setattr(amend, "TIDY_FROM", 1000)
    assert tidied(snapshot) is None
    while (tidy := tidied(snapshot)) is None:
        snapshot = amended(snapshot, [square("a")], [], snapshot.revision + 1)
    assert len(tidy.volumes.cells.filled_by) < len(snapshot.volumes.cells.filled_by) / 1.4
    assert tidy.zone_ids is snapshot.zone_ids
    assert tidy.volumes.ground is snapshot.volumes.ground
    assert holding(tidy, 121.505, 31.205) == holding(snapshot, 121.505, 31.205) == {"a", "b"}
    again = amended(tidy, [square("a", ELSEWHERE)], [], 99)
    assert holding(again, 121.505, 31.205) == {"b"}


def test_no_change_moves_the_whole_grid_before_it_is_worth_tidying(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "SPARE_ROWS", 64)
    snapshot = build([square("a"), square("b", ELSEWHERE)], 1)
    monkeypatch.setattr(amend, "TIDY_FROM", len(snapshot.volumes.cells.filled_by) // 8)
    while tidied(snapshot) is None:
        held = snapshot
        snapshot = amended(held, [square("a")], [], held.revision + 1)
        before, after = held.volumes.cells, snapshot.volumes.cells
        assert np.shares_memory(before.filled_by, after.filled_by)
        assert np.shares_memory(before.first_border, after.first_border)
        assert np.shares_memory(before.borders.rows, after.borders.rows)
        assert np.shares_memory(before.borders.edges, after.borders.edges)


def test_where_few_zones_lie_close_together_no_change_moves_their_edges_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a hundred in few cells the edges are the most, long before there is much waste of cells."""
    monkeypatch.setattr(room, "SPARE_ROWS", 64)
    jagged = Point(121.505, 31.205).buffer(0.001, quad_segs=75)
    shapes = [square(str(number), jagged) for number in range(20)]
    snapshot = build(shapes, 1)
    for _ in range(3):
        while (tidy := tidied(snapshot)) is None:
            held = snapshot
            snapshot = amended(held, shapes[3:4], [], held.revision + 1)
            before, after = held.volumes.cells, snapshot.volumes.cells
            assert np.shares_memory(before.filled_by, after.filled_by)
            assert np.shares_memory(before.first_border, after.first_border)
            assert np.shares_memory(before.borders.rows, after.borders.rows)
            assert np.shares_memory(before.borders.edges, after.borders.edges)
        assert snapshot.revision > 1
        assert tidied(tidy) is None
        snapshot = replace(tidy, revision=1)


def test_who_lays_a_grid_out_anew_takes_breath_and_brings_each_edge_along_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A zone of all domains lies in three layers, which share its edges."""
    monkeypatch.setattr(compact, "BLOCKS_AT_ONCE", 1)
    cells = build([square("a"), square("b", ELSEWHERE)], 1).volumes.cells
    breaths = list[int]()
    gathered = compact.compacted(cells, lambda: breaths.append(1))
    assert len(breaths) == len(cells.blocks) > 3
    assert len(gathered.filled_by) == len(cells.filled_by)
    assert len(gathered.borders.volume) == len(cells.borders.volume)
    assert len(gathered.borders.edges) == len(cells.borders.edges)
    assert np.array_equal(gathered.first_border, cells.first_border)
