"""What everybody may read, made from a store of each kind."""

from dataclasses import replace

import pytest
from shapely import box

from geofence.zone import Area, Around, Volume, Zone, ZoneKind
from permits.permit import PermitAction as A
from permits.permit import PermitKind
from tests.permits.lives import local
from tests.store.city import KITE, POLICE, road
from tests.store.stepping import do, draft, issued
from zone_service.public_lists import FRESH_FOR_S, PublicCache, lists_of, part
from zone_service.store import zones
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM

ROAD = replace(road(), name="=Ring road", name_zh="环路", source="survey 2026")
PARK = Zone(
    "park", ZoneKind.KEEP_IN, "Park", (Volume(Area(box(121.90, 30.90, 121.91, 30.91))),), domains=frozenset({"air"})
)  # fmt: skip
ESCORT = Zone(
    "escort", ZoneKind.KEEP_OUT, "Escort", (), domains=frozenset({"road"}), around=Around("car-1", 50.0)
)  # fmt: skip
AIRPORT = Zone("airport", ZoneKind.KEEP_OUT, "Airport", PARK.volumes)


@pytest.mark.requirement("D4f-12")
def test_opened_places_and_permits_in_force_are_listed_and_nothing_of_a_person(
    store: Store,
) -> None:
    with store.write() as session:
        zones.publish(session, PLATFORM, (ROAD, PARK, AIRPORT, ESCORT), local("2026-01-04 10:00"))
    permit = do(store, PLATFORM, issued(store), A.ACTIVATE, "2026-07-01 00:00")
    draft(store)
    found = lists_of(store)
    assert [(each.zone_id, each.kind, each.permits) for each in found.places] == [
        ("park", "area", ()),
        ("road-1", "road", (permit.number,)),
    ]
    assert found.places[0].area_km2 == pytest.approx(1.060, abs=0.002)
    assert found.places[1].length_km == pytest.approx(2.211, abs=0.002)
    (listed,) = found.permits
    assert (listed.number, listed.holder, listed.devices) == (permit.number, "Swift Cars", 1)
    assert (listed.kind, listed.zone_ids) == (PermitKind.ROAD_TEST, ("road-1",))
    assert {each["properties"]["zone_id"] for part in found.features.values() for each in part} == {"park", "road-1"}  # fmt: skip
    told = repr((found.places, found.permits, found.features))
    for secret in ("car-1", "LSV", "sam", "沪"):
        assert secret not in told


@pytest.mark.requirement("D4f-12")
def test_a_list_is_made_once_for_all_who_ask_and_anew_when_something_has_changed(
    store: Store,
) -> None:
    seconds = [0.0]
    cache = PublicCache(store, lambda: seconds[0])
    permit = do(store, PLATFORM, issued(store), A.ACTIVATE, "2026-07-01 00:00")
    first = cache.current()
    assert [each.number for each in first.permits] == [permit.number]
    do(store, POLICE, permit, A.SUSPEND, "2026-07-02 10:00")
    seconds[0] = FRESH_FOR_S - 0.1
    assert cache.current() is first
    seconds[0] = FRESH_FOR_S
    second = cache.current()
    assert second.permits == ()
    assert second.etag != first.etag
    seconds[0] *= 2
    assert cache.current() is second
    assert PublicCache(store).current().etag == second.etag


@pytest.mark.requirement("D4f-12")
def test_of_a_flight_nobody_is_told_who_flies(store: Store) -> None:
    flight = draft(store, PermitKind.SUITABLE_AIRSPACE_FLIGHT, KITE)
    do(store, KITE, flight, A.RECORD, "2026-05-04 21:00")
    (listed,) = lists_of(store).permits
    assert (listed.number, listed.holder) == (flight.number, None)


def test_parts_of_a_list_follow_each_other_without_a_gap() -> None:
    names = ("a", "b", "c", "d")
    assert part(names, str, "", 3) == ("a", "b", "c")
    assert part(names, str, "c", 3) == ("d",)
    assert part(names, str, "bb", 1) == ("c",)
