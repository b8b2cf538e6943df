from dataclasses import replace
from datetime import date, time

import pytest
from shapely import MultiPolygon, Polygon

from geofence.validity import InvalidZone
from geofence.zone import (
    Area,
    Around,
    Circle,
    HeightBand,
    HeightLimit,
    HeightReference,
    Restriction,
    Schedule,
    SunEvent,
    SunTime,
    Volume,
    Window,
    Zone,
    ZoneKind,
)
from maps.geojson import LONGEST
from tests import mapped
from tests.store.city import (
    ADMINISTRATOR,
    NOON,
    POLICE,
    REVIEWER,
    SWIFT,
    airport,
    later,
    road,
)
from zone_service.store import volumes, zones
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed, NotFound
from zone_service.store.records import Principal, ZoneChanges, ZoneInForce, ZonePut, ZoneSet
from zone_service.store.revisions import revisions
from zone_service.store.tables import VolumeRow

SQUARE = Polygon([(121.0, 31.0), (121.1, 31.0), (121.1, 31.1), (121.0, 31.1)])
HOLE = [(121.02, 31.02), (121.04, 31.02), (121.04, 31.04), (121.02, 31.04)]


@pytest.fixture
def store(store: Store) -> Store:
    """A city without a map."""
    with store.write() as session:
        mapped.clear(session)
    return store


def in_force(store: Store) -> ZoneSet:
    with store.read() as session:
        return zones.in_force(session)


def publish(store: Store, *given: Zone) -> int:
    with store.write() as session:
        return zones.publish(session, ADMINISTRATOR, given, NOON)


def test_a_map_without_zones_is_revision_0(store: Store) -> None:
    assert in_force(store) == ZoneSet(0, ())


@pytest.mark.requirement("A44-3")
def test_a_zone_comes_back_exactly_as_it_was_published(store: Store) -> None:
    schedule = Schedule(
        windows=(
            Window(frozenset({0, 6}), time(22, 30), time(5, 0)),
            Window(frozenset({2}), SunTime(SunEvent.SUNRISE, 30), SunTime(SunEvent.SUNSET)),
        ),
        valid_from=date(2026, 1, 1),
        valid_to=None,
        utc_offset_s=8 * 3600,
    )
    band = HeightBand(None, HeightLimit(120.0, HeightReference.AGL))
    far = Polygon([(122.0, 31.0), (122.1, 31.0), (122.1, 31.1)])
    full = Zone(
        "everything",
        ZoneKind.SPEED_LIMIT,
        "Everything",
        (
            Volume(Area(Polygon(SQUARE.exterior.coords, [HOLE])), band, schedule),
            Volume(Area(MultiPolygon([SQUARE, far]))),
            Volume(Circle(121.5, 31.2, 250.5), HeightBand(HeightLimit(-3.5, HeightReference.HAE))),
        ),
        domains=frozenset({"road", "water"}),
        speed_limit_mps=8.25,
        name_zh="全部",
        category="airport",
        source="drawn by hand",
        legal_effect=True,
        accuracy="about 200 m",
        exit_margin_m=12.5,
    )
    revision = publish(store, road(), full, airport())
    assert in_force(store) == ZoneSet(revision, (airport(), full, road()))


@pytest.mark.parametrize(("name", "longest"), LONGEST.items())
def test_a_text_that_a_file_of_zones_may_have_fits_into_the_store(
    store: Store, name: str, longest: int
) -> None:
    given = replace(airport(), **{name: "路" * longest})  # type: ignore[arg-type]
    publish(store, given)
    assert in_force(store).zones == (given,)
    too_long = replace(airport(), **{name: "路" * (longest + 1)})  # type: ignore[arg-type]
    with pytest.raises(InvalidValue):
        publish(store, too_long)


@pytest.mark.parametrize("restriction", Restriction)
def test_a_keep_out_zone_comes_back_with_its_restriction(
    store: Store, restriction: Restriction
) -> None:
    given = replace(airport(), restriction=restriction)
    publish(store, given)
    assert in_force(store).zones == (given,)


def test_zones_that_are_not_named_stay_where_that_is_asked_for(store: Store) -> None:
    with store.write() as session:
        zones.publish(session, ADMINISTRATOR, (road(), airport()), NOON)
    changed = replace(road(), name="Another name")
    with store.write() as session:
        zones.publish(session, ADMINISTRATOR, zones.prepare((changed,)), NOON, keep_others=True)
    with store.read() as session:
        kept = {zone.zone_id: zone.name for zone in zones.in_force(session).zones}
    assert kept == {airport().zone_id: airport().name, road().zone_id: "Another name"}


def test_a_published_map_replaces_the_whole_map_before_it(store: Store) -> None:
    first = publish(store, road(), airport())
    second = publish(store, road("road-2"))
    assert second == first + 1
    assert in_force(store) == ZoneSet(second, (road("road-2"),))


def test_every_map_that_was_in_force_can_still_be_read(store: Store) -> None:
    maps = [(road(),), (airport(), road(half_width_m=12.0)), (), (road(),)]
    numbered = {publish(store, *given): given for given in maps}
    with store.read() as session:
        for revision, given in numbered.items():
            assert zones.at_revision(session, revision) == ZoneSet(revision, given)


def test_from_any_map_the_changes_lead_to_any_later_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zones, "_MADE_AT_ONCE", 1)
    moved = replace(road("road-1"), name="Moved")
    publish(store, road("road-1"), airport("airport-1"))
    with store.write() as session:
        zones.put(session, ADMINISTRATOR, road("road-2"), NOON)
    with store.write() as session:
        zones.withdraw(session, ADMINISTRATOR, "airport-1", NOON)
    with store.write() as session:
        zones.put(session, ADMINISTRATOR, moved, NOON)
    publish(store, airport("airport-1"), moved)
    publish(store, airport("airport-1"), moved)
    with store.read() as session:
        maps = [zones.at_revision(session, number) for number in range(7)]
        for since in range(7):
            for number in range(7):
                found = zones.changes(session, since, number)
                then = {zone.zone_id: zone for zone in maps[since].zones}
                for zone_id in found.withdrawn:
                    del then[zone_id]
                then |= {zone.zone_id: zone for zone in found.changed}
                assert tuple(then[zone_id] for zone_id in sorted(then)) == maps[number].zones
        breaths: list[None] = []
        assert len(zones.changes(session, 0, 1, lambda: breaths.append(None)).changed) == 2
        assert len(breaths) == 1
        assert zones.changes(session, 5, 6) == ZoneChanges(6, (), ())
        assert zones.changes(session, 2, 3).withdrawn == ("airport-1",)


def test_zones_that_did_not_change_are_not_written_again(store: Store) -> None:
    publish(store, road(), airport())
    publish(store, road(), airport("airport-2"))
    with store.read() as session:
        rows = session.connection().execute(VolumeRow.__table__.select()).all()  # type: ignore[attr-defined]
        assert len(rows) == 1 + 2 + 2


def test_one_zone_can_be_put_and_withdrawn(store: Store) -> None:
    publish(store, airport())
    with store.write() as session:
        zones.put(session, POLICE, road(), NOON)
    assert in_force(store).zones == (airport(), road())
    with store.write() as session:
        zones.put(session, POLICE, road(half_width_m=20.0), NOON)
    with store.write() as session:
        last = zones.withdraw(session, POLICE, "airport-1", NOON)
    assert in_force(store) == ZoneSet(last, (road(half_width_m=20.0),))
    with pytest.raises(NotFound), store.write() as session:
        zones.withdraw(session, POLICE, "airport-1", NOON)


def test_a_zone_is_as_it_is_since_the_change_that_made_it_so(store: Store) -> None:
    first = publish(store, airport(), road())
    with store.write() as session:
        again = zones.put(session, POLICE, road(), later(60))
    assert again == ZonePut(first + 1, since_revision=first, added=False)
    with store.write() as session:
        changed = zones.put(session, POLICE, road(half_width_m=20.0), later(120))
    assert changed == ZonePut(first + 2, since_revision=first + 2, added=False)
    with store.read() as session:
        assert zones.one_in_force(session, "airport-1") == ZoneInForce(airport(), first, NOON)
        assert zones.all_in_force(session) == (
            ZoneInForce(airport(), first, NOON),
            ZoneInForce(road(half_width_m=20.0), first + 2, later(120)),
        )


def test_a_change_that_was_meant_for_another_state_of_the_zone_is_refused(store: Store) -> None:
    first = publish(store, road())
    for expected in ((), (0,), (first + 1,)):
        with pytest.raises(Conflict, match="since revision 1"), store.write() as session:
            zones.put(session, POLICE, road(half_width_m=20.0), NOON, expected=expected)
        with pytest.raises(Conflict), store.write() as session:
            zones.withdraw(session, POLICE, road().zone_id, NOON, expected=expected)
    with pytest.raises(Conflict, match="is not in force"), store.write() as session:
        zones.put(session, POLICE, airport(), NOON, expected=(first,))
    assert in_force(store) == ZoneSet(first, (road(),))


def test_the_revision_moves_with_the_map_and_only_then(store: Store) -> None:
    published = publish(store, road())
    with pytest.raises(NotFound), store.write() as session:
        zones.withdraw(session, POLICE, "gone", NOON)
    with store.read() as session:
        assert revisions(session).zones == published == zones.in_force(session).revision


@pytest.mark.parametrize("principal", [SWIFT, REVIEWER])
def test_the_map_is_not_everybodys_to_change(store: Store, principal: Principal) -> None:
    with pytest.raises(NotAllowed), store.write() as session:
        zones.publish(session, principal, (), NOON)


def test_a_zone_that_nothing_can_be_judged_by_is_refused_with_where_and_why(store: Store) -> None:
    bow_tie = Polygon([(121.0, 31.0), (121.1, 31.1), (121.1, 31.0), (121.0, 31.1)])
    crossed = replace(airport(), volumes=(Volume(Area(bow_tie)),))
    with pytest.raises(InvalidZone, match="airport-1: volumes"), store.write() as session:
        zones.publish(session, ADMINISTRATOR, (road(), crossed), NOON)
    with pytest.raises(InvalidZone), store.write() as session:
        zones.put(session, ADMINISTRATOR, replace(road(), volumes=()), NOON)
    assert in_force(store) == ZoneSet(0, ())


def test_a_map_is_checked_before_the_transaction_in_which_it_is_published(store: Store) -> None:
    prepared = zones.prepare((road(), airport()))
    with store.write() as session:
        zones.publish(session, POLICE, prepared, NOON)
    assert in_force(store).zones == (airport(), road())
    with pytest.raises(InvalidZone):
        zones.prepare((replace(road(), volumes=()),))


def test_an_id_comes_once_in_a_map(store: Store) -> None:
    with pytest.raises(InvalidValue, match="each id once"):
        publish(store, road(), road())


def test_the_box_around_a_circle_holds_all_of_it() -> None:
    values = volumes.volume_values(Volume(Circle(121.8, 31.15, 5000.0)))
    # 5 000 m are at least 0.0449 degrees north and 0.0525 degrees east at this latitude.
    assert values["north_deg"] - 31.15 > 0.0449
    assert values["east_deg"] - 121.8 > 0.0525
    assert values["east_deg"] - 121.8 < 0.06


def following(device_id: str = "car-1", *exempt: str) -> Zone:
    band = HeightBand(None, HeightLimit(120.0, HeightReference.AGL))
    around = Around(device_id, 50.0, band, frozenset(exempt))
    return Zone("escort", ZoneKind.KEEP_OUT, "Escort", (), around=around)


@pytest.mark.requirement("D4d-54")
def test_a_zone_that_follows_a_device_comes_back_as_it_was_published(store: Store) -> None:
    given = following("car-1", "drone-1", "car-2")
    first = publish(store, given, road())
    assert in_force(store).zones == (given, road())
    with store.write() as session:
        other = zones.put(session, POLICE, following("drone-1"), NOON)
    with store.read() as session:
        assert zones.one_in_force(session, "escort").zone == following("drone-1")
        assert zones.at_revision(session, first).zones == (given, road())
        assert zones.changes(session, first, other.revision).changed == (following("drone-1"),)


@pytest.mark.requirement("D4d-60")
def test_its_hours_and_its_margin_come_back_too(store: Store) -> None:
    bare = following()
    assert bare.around is not None
    hours = Schedule((Window(frozenset({0, 4}), time(7, 30), time(9, 0)),), date(2026, 5, 1))
    given = replace(bare, around=replace(bare.around, schedule=hours), exit_margin_m=20.0)
    publish(store, given)
    assert in_force(store).zones == (given,)


def test_a_zone_that_follows_nobody_who_is_registered_is_refused(store: Store) -> None:
    with pytest.raises(InvalidValue, match=r"'escort' follows device 'car-9'.*not registered"):
        publish(store, following("car-9"))
    with pytest.raises(InvalidValue, match="not registered"), store.write() as session:
        zones.put(session, POLICE, following("car-9"), NOON)
    assert in_force(store).zones == ()


def test_the_digest_of_a_zone_that_follows_nothing_is_what_it_was() -> None:
    columns = volumes.zone_values(road())
    before = {name: value for name, value in columns.items() if name != "around"}
    assert volumes.digest(columns, []) == volumes.digest(before, [])
    assert volumes.digest(columns, []) != volumes.digest(volumes.zone_values(following()), [])
