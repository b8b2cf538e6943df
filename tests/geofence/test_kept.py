"""A grid that was kept answers as one that is made, whatever has changed meanwhile."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geofence import snapshot as snapshots
from geofence.amend import amended
from geofence.frame import grown as frame_grown
from geofence.kept import OtherZones, keep, keys_of, restored
from geofence.snapshot import build
from geofence.validity import InvalidZone, problems
from geofence.zone import (
    Area,
    Around,
    Circle,
    HeightBand,
    HeightLimit,
    HeightReference,
    Volume,
    Zone,
    ZoneKind,
)
from tests.geofence.test_amend import NOON_S, UP_TO_120_M, Edit, answers, edits, square, zone

SQUARE = box(121.50, 31.20, 121.51, 31.21)


@settings(max_examples=40, deadline=None)
@given(st.lists(edits, min_size=1, max_size=6), st.lists(edits, max_size=2), st.integers(0, 999))
@pytest.mark.usefixtures("way_of_looking")
def test_restored_with_the_zones_of_now_it_answers_as_one_built_of_them(
    before: list[Edit], after: list[Edit], seed: int
) -> None:
    held: dict[str, Zone] = {"kept": square("kept"), "too": square("too")}
    snapshot = build(held.values(), 0)
    for edit in before:
        if edit.volumes and not problems(zone(edit)):
            held[edit.zone_id] = zone(edit)
            snapshot = amended(snapshot, [zone(edit)], [], 1)
        elif edit.zone_id in held:
            del held[edit.zone_id]
            snapshot = amended(snapshot, [], [edit.zone_id], 1)
    kept = keep(snapshot)
    for edit in after:
        if edit.volumes and not problems(zone(edit)):
            held[edit.zone_id] = zone(edit)
        else:
            held.pop(edit.zone_id, None)
    try:
        back = restored(kept, held.values(), 2)
    except OtherZones:
        return
    fresh = build(held.values(), 2)
    assert {each.zone_id: each for each in back.in_force()} == held
    assert answers(back, seed, 60) == answers(fresh, seed, 60)
    assert back.next_edge_s(NOON_S) == fresh.next_edge_s(NOON_S)


def test_heights_hours_and_names_are_those_of_the_zones_of_now() -> None:
    kept = keep(build([square("a"), square("b"), square("c")], 1))
    volume = replace(square("a").volumes[0], band=UP_TO_120_M)
    now = [replace(square("a"), volumes=(volume,), name="Other"), square("b"), square("c")]
    back = restored(kept, now, 2)
    assert back.zone_ids == ("a", "b", "c")
    assert back.zones[0].name == "Other"
    assert back.volumes.bands.bounded.tolist() == [True, False, False]


def test_a_zone_whose_heights_are_wrong_is_refused_though_its_outline_is_known() -> None:
    kept = keep(build([square("a")], 1))
    upside_down = HeightBand(
        HeightLimit(120.0, HeightReference.AGL), HeightLimit(20.0, HeightReference.AGL)
    )
    wrong = replace(square("a"), volumes=(Volume(Area(SQUARE), upside_down),))
    with pytest.raises(InvalidZone):
        restored(kept, [wrong], 2)


def test_where_most_zones_are_others_nothing_is_restored() -> None:
    kept = keep(build([square("a")], 1))
    with pytest.raises(OtherZones, match="of 2 zones 2 are others"):
        restored(kept, [square("b"), square("c")], 2)


def test_a_key_is_that_of_the_ground_and_of_whom_it_concerns() -> None:
    circle = Zone("c", ZoneKind.KEEP_OUT, "c", (Volume(Circle(121.5, 31.2, 100.0)),))
    wider = replace(circle, volumes=(Volume(Circle(121.5, 31.2, 100.1)),))
    for_air = replace(circle, domains=frozenset({"air"}))
    named = replace(circle, name="Other", kind=ZoneKind.KEEP_IN)
    first, second, third, fourth = keys_of([circle, wider, for_air, named])
    assert len({first, second, third}) == 3
    assert fourth == first


def test_what_is_kept_has_nothing_that_nobody_can_reach() -> None:
    snapshot = build([square("a"), square("b")], 1)
    plain = len(keep(snapshot).arrays["filled_by"])
    for revision in range(2, 6):
        snapshot = amended(snapshot, [square("a")], [], revision)
    assert len(keep(snapshot).arrays["filled_by"]) == plain
    assert np.isfinite(keep(snapshot).arrays["edges"]).all()


def test_empty_slots_and_volumes_that_are_gone_are_not_kept() -> None:
    snapshot = build([square("a"), square("b"), square("c")], 1)
    snapshot = amended(snapshot, [square("c"), square("d")], ["a"], 2)
    kept = keep(snapshot)
    assert [zone_id for zone_id, _ in kept.zones] == ["b", "c", "d"]
    back = restored(kept, snapshot.in_force(), 3)
    assert back.zone_ids == ("b", "c", "d")
    assert sorted(row for rows in back.volumes_of for row in rows) == [0, 1, 2]
    assert len(back.volumes.ground) == 3


def test_zones_that_follow_a_device_are_restored_though_nothing_is_kept_of_them() -> None:
    one, other = (
        Zone(each, ZoneKind.KEEP_OUT, each, (), around=Around(f"load-{each}", 50.0))
        for each in ("one", "other")
    )
    stand = [square(each) for each in "abcd"]
    kept = keep(build((*stand, one, other), 1))
    third = replace(other, zone_id="third")
    back = restored(kept, (*stand, replace(one, name="Another"), third), 2)
    found = {each.zone_id: each.around for each in back.in_force() if each not in stand}
    assert found == {"one": one.around, "third": other.around}


def test_outlines_that_were_grown_are_kept_and_grown_anew_where_the_margin_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    margined = [replace(square(name), exit_margin_m=20.0) for name in ("one", "two", "three")]
    kept = keep(build([*margined, square("plain")], 0))
    other = replace(margined[1], exit_margin_m=35.0)
    none = replace(margined[2], exit_margin_m=0.0)
    now = [margined[0], other, none, square("plain")]
    asked: list[float] = []

    def grown(ground: Any, by_m: float) -> Any:
        asked.append(by_m)
        return frame_grown(ground, by_m)

    monkeypatch.setattr(snapshots, "grown", grown)
    back = restored(kept, now, 1)
    assert asked == [35.0]
    fresh = build(now, 1)
    assert [each and each.wkb for each in back.volumes.outgrown] == [
        each and each.wkb for each in fresh.volumes.outgrown
    ]
    assert back.has_margin.tolist() == fresh.has_margin.tolist() == [True, True, False, False]
