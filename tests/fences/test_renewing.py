"""What each device is to know, and when that is something else."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from permits.permit import PermitState
from tests.fences import scene
from tests.store import city
from tests.store.city import NOON
from zone_service.clock import now
from zone_service.fences import renewing
from zone_service.fences.renewing import Renewing
from zone_service.fences.states import FenceState, state_of
from zone_service.schemas.fences import CARRIED
from zone_service.store import fences, registry, zones
from zone_service.store.engine import Store
from zone_service.store.errors import NotFound
from zone_service.store.records import PLATFORM, Fence, FenceMade

pytestmark = pytest.mark.requirement("D7-7")
MARGIN_M = 2000.0


def body(fence: Fence) -> Any:
    return json.loads(fence.body)


def zones_of(fence: Fence) -> list[str]:
    return [each["zone_id"] for each in body(fence)["zones"]]


def kept(store: Store, device_id: str) -> Fence:
    with store.read() as session:
        fence = fences.get(session, device_id)
    assert fence is not None
    return fence


def state(store: Store, device_id: str) -> FenceState:
    with store.read() as session:
        found = fences.of_device(session, PLATFORM, device_id)
        return state_of(*found, CARRIED, is_watched=True)


def test_a_device_is_told_of_its_own_zones_and_of_those_around_that_concern_its_domain(
    store: Store,
) -> None:
    scene.grant(store, "FA-1", NOON, "uav-1")
    (fence,) = Renewing(store, MARGIN_M).look(NOON)
    assert (fence.device_id, fence.version, fence.format) == ("uav-1", 1, "canonical")
    assert zones_of(fence) == ["field-1", "mast-1", "airway-1"]
    assert fence.left_out == (("convoy-1", "follows_a_device"),)
    (permit,) = body(fence)["permits"]
    assert permit["zone_ids"] == ["field-1"]
    assert permit["max_height_agl_m"] == 120.0


def test_how_far_around_is_looked_is_set(store: Store) -> None:
    scene.grant(store, "FA-1", NOON, "uav-1")
    (fence,) = Renewing(store, 900.0).look(NOON)
    assert zones_of(fence) == ["field-1", "mast-1"]


def test_whom_nothing_was_ever_permitted_is_told_nothing(store: Store) -> None:
    assert Renewing(store, MARGIN_M).look(NOON) == ()
    assert state(store, "uav-1") is FenceState.NONE
    assert state(store, "ais-1") is FenceState.NOT_CARRIED


def test_a_device_whose_permit_has_ended_may_be_nowhere_and_is_told_so(store: Store) -> None:
    scene.grant(store, "FA-1", NOON, "uav-1")
    making = Renewing(store, MARGIN_M)
    making.look(NOON)
    scene.stand(store, "FA-1", PermitState.REVOKED)
    (fence,) = making.look(NOON)
    assert (fence.version, body(fence)["permits"], zones_of(fence)) == (2, [], [])


def test_a_permit_that_ends_by_time_alone_is_over_then(store: Store) -> None:
    scene.grant(store, "FA-1", NOON, "uav-1")
    making = Renewing(store, MARGIN_M)
    making.look(NOON)
    assert making.look(NOON + timedelta(days=9)) == ()
    (fence,) = making.look(NOON + timedelta(days=10))
    assert body(fence)["permits"] == []


def test_a_zone_that_moves_nearby_makes_a_version_and_one_far_away_does_not(store: Store) -> None:
    scene.grant(store, "FA-1", NOON, "uav-1", "px-1")
    making = Renewing(store, MARGIN_M)
    assert {each.device_id for each in making.look(NOON)} == {"uav-1", "px-1"}
    scene.put(store, city.airport())
    assert making.look(NOON) == ()
    scene.put(store, scene.moved(scene.NEAR, 0.001))
    assert {each.device_id: each.version for each in making.look(NOON)} == {"uav-1": 2, "px-1": 2}
    with store.write() as session:
        zones.withdraw(session, PLATFORM, "mast-1", NOON)
    assert {each.version for each in making.look(NOON)} == {3}
    assert "mast-1" not in zones_of(kept(store, "uav-1"))


def test_another_process_goes_on_where_the_last_one_ended(store: Store) -> None:
    scene.grant(store, "FA-1", NOON, "uav-1")
    Renewing(store, MARGIN_M).look(NOON)
    assert Renewing(store, MARGIN_M).look(NOON) == ()
    scene.put(store, scene.moved(scene.NEAR, 0.001))
    assert [each.version for each in Renewing(store, MARGIN_M).look(NOON)] == [2]


def test_who_ends_in_the_middle_leaves_nobody_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "AT_ONCE", 1)
    scene.grant(store, "FA-1", NOON, "uav-1", "px-1", "drone-1")
    making = Renewing(store, MARGIN_M)
    looks = [making.look(NOON, stop=lambda: True)]
    while not making.is_done:
        looks.append(making.look(NOON, stop=lambda: True))
    assert max(map(len, looks)) == 1
    assert {each.device_id for made in looks for each in made} == {"uav-1", "px-1", "drone-1"}


def test_a_store_that_is_away_in_the_middle_leaves_nobody_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.grant(store, "FA-1", NOON, "uav-1", "px-1")
    making = Renewing(store, MARGIN_M)
    with monkeypatch.context() as patch:
        patch.setattr(fences, "keep", _away)
        with pytest.raises(OperationalError):
            making.look(NOON)
    assert not making.is_done
    assert {each.device_id: each.version for each in making.look(NOON)} == {"uav-1": 1, "px-1": 1}
    assert making.is_done


def _away(_session: object, _fences: object) -> None:
    raise OperationalError("insert", None, Exception("database is locked"))


def test_those_that_share_a_permit_are_told_of_the_same_and_one_with_another_is_not(
    store: Store,
) -> None:
    scene.grant(store, "FA-1", NOON, "uav-1", "px-1")
    scene.grant(store, "FA-2", NOON, "px-1", max_height_agl_m=60.0)
    with store.write() as session:
        registry.add_device(session, PLATFORM, replace(scene.UAVS[1], device_id="uav-2"), NOON)
    scene.grant(store, "FA-3", NOON, "uav-2", max_height_agl_m=60.0)
    making = Renewing(store, MARGIN_M)
    making.look(NOON)
    heights = {
        device_id: [each["max_height_agl_m"] for each in body(kept(store, device_id))["permits"]]
        for device_id in ("uav-1", "uav-2")
    }
    assert heights == {"uav-1": [120.0], "uav-2": [60.0]}


@pytest.mark.requirement("D7-8")
def test_each_format_says_what_is_checked_by_the_platform_alone(store: Store) -> None:
    scene.grant(store, "FA-1", NOON, "px-1", "drone-1")
    Renewing(store, MARGIN_M).look(NOON)
    expected = (
        ("FA-1", "heights"),
        ("airway-1", "heights"),
        ("convoy-1", "follows_a_device"),
    )
    for device_id in ("px-1", "drone-1"):
        assert kept(store, device_id).left_out == expected
        assert kept(store, device_id).zone_count == 1
    assert [each[0] for each in body(kept(store, "px-1"))["items"]] == [5001] * 4 + [5004]


def test_what_a_unit_holds_is_unknown_until_it_says_so_and_old_with_the_next_version(
    store: Store,
) -> None:
    scene.grant(store, "FA-1", NOON, "uav-1")
    making = Renewing(store, MARGIN_M)
    making.look(NOON)
    assert state(store, "uav-1") is FenceState.UNKNOWN
    with store.write() as session:
        fences.held(session, "uav-1", 1, now())
    assert state(store, "uav-1") is FenceState.HELD
    scene.put(store, scene.moved(scene.NEAR, 0.001))
    making.look(NOON)
    assert state(store, "uav-1") is FenceState.OLD
    with store.write() as session:
        fences.refused(session, "uav-1", 2, "no room", now())
    assert state(store, "uav-1") is FenceState.REFUSED
    assert kept(store, "uav-1").refused_for == "no room"


def test_what_is_held_counts_for_as_long_as_somebody_looks_whether_it_is_that_of_now(
    store: Store,
) -> None:
    scene.grant(store, "FA-1", NOON, "uav-1")
    Renewing(store, MARGIN_M).look(NOON)
    with store.write() as session:
        fences.held(session, "uav-1", 1, NOON)

    def state_after(seconds: float) -> FenceState:
        at = NOON + timedelta(seconds=seconds)
        with store.read() as session:
            found = fences.of_device(session, PLATFORM, "uav-1")
            watched = fences.is_watched(session, at)
        return state_of(*found, CARRIED, is_watched=watched)

    assert state_after(0) is FenceState.UNWATCHED, "nobody has ever looked"
    fences.note_look(store, NOON)
    fences.note_look(store, NOON + timedelta(seconds=10))
    assert state_after(10 + fences.LOOKED_WITHIN_S) is FenceState.HELD
    assert state_after(11 + fences.LOOKED_WITHIN_S) is FenceState.UNWATCHED


def test_an_operator_sees_its_own_devices_alone(store: Store) -> None:
    with store.read() as session:
        assert fences.of_device(session, city.KITE, "uav-1")[1] is None
        with pytest.raises(NotFound):
            fences.of_device(session, city.SWIFT, "uav-1")


def test_a_device_that_is_taken_out_of_the_register_takes_its_fence_with_it(store: Store) -> None:
    with store.write() as session:
        made = FenceMade("uav-1", "canonical", b"{}", (), 0)
        fences.keep(session, fences.renewed(session, [made], NOON))
    assert registry.remove_devices(store, PLATFORM, ["uav-1"], NOON) == 1
    with store.read() as session:
        assert fences.get(session, "uav-1") is None
