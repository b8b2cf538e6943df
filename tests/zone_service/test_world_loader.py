"""A world is made of the one before: from the store comes only what has changed."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from shapely import LineString, box

from geofence import amend, sureness
from geofence.snapshot import Snapshot
from geofence.zone import Area, Corridor, Restriction, Volume, Zone, ZoneKind
from permits.issuing import Ruling
from permits.life_cycle import PermitKind, PermitState
from permits.permit import PermitAction
from permits.terms import Terms
from telemetry.report import Domain
from zone_service import world_loader
from zone_service.clock import now
from zone_service.demo_city import actor, lead_to
from zone_service.past_worlds import PastWorlds, noted
from zone_service.rule_files import text_of
from zone_service.settings import Settings
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import credentials, permits, registry, rule_sets, zones
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Device, Organisation, OrganisationKind
from zone_service.world import World
from zone_service.world_loader import Made, WorldLoader, load_world
from zone_service.zone_index import ZoneIndex

UNDER = Ruling(shipped_sheet("demonstration"))
"""Its instruments go on for good: in the others the procedure for vehicles has run out."""
SQUARE = Area(box(121.84, 31.04, 121.86, 31.06))
FAIR = Zone("fair", ZoneKind.KEEP_OUT, "Fair", (Volume(SQUARE),), domains=frozenset({"air"}))
FIELD = replace(FAIR, zone_id="field", kind=ZoneKind.KEEP_IN)


class City:
    """A store with two zones and three drones, of which two have permits."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings
        with store.write() as session:
            sky = Organisation("sky", "Sky", OrganisationKind.OPERATOR)
            registry.add_organisation(session, PLATFORM, sky, now())
            for name in ("uav-1", "uav-2", "uav-3"):
                device = Device(name, "sky", Domain.AIR, name)
                registry.add_device(session, PLATFORM, device, now())
            zones.publish(session, PLATFORM, (FAIR, FIELD), now())
        self.numbers = [self.permit("uav-1", "uav-2"), self.permit("uav-2")]

    def permit(self, *names: str) -> str:
        at = now()
        terms = Terms(frozenset(names), frozenset({"field"}), at, at + timedelta(days=9))
        with self.store.write() as session:
            made = permits.create(
                session, PLATFORM, kind=PermitKind.FLIGHT_ACTIVITY, holder_id="sky",
                terms=terms, at=at,
            )  # fmt: skip
            lead_to(session, made, PermitState.AIRBORNE, at, UNDER)
        return made.number

    def act(self, number: str, action: PermitAction) -> None:
        with self.store.write() as session:
            who = actor(action, "sky", PermitKind.FLIGHT_ACTIVITY)
            permits.apply_action(session, who, number, action, now(), reason="test", under=UNDER)

    def load(self, before: World | None = None, *, same_zones: bool = False) -> World:
        return load_world(self.store, self.settings, before, same_zones=same_zones)


@pytest.fixture
def city(store: Store, tmp_path: Path) -> City:
    return City(store, Settings(data_dir=tmp_path))


def numbers(world: World, device_id: str) -> list[str]:
    return [grant.permit_number for grant in world.grants[device_id]]


def test_of_an_edited_zone_the_others_and_all_else_are_what_they_were(city: City) -> None:
    before = city.load()
    with city.store.write() as session:
        zones.put(session, PLATFORM, replace(FAIR, name="Other"), now())
    after = city.load(before)
    assert after.zones.zones[after.slots["fair"]].name == "Other"
    assert after.zones.zones[after.slots["field"]] is before.zones.zones[before.slots["field"]]
    assert (after.units, after.grants) == (before.units, before.grants)
    assert after.units is before.units
    assert after.subjects is before.subjects
    assert after.grants is before.grants
    assert after.as_of_s == before.as_of_s


def test_how_sure_a_place_in_a_changed_zone_is_needs_no_outline_made_in_the_turn_of_a_verdict(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = city.load()
    with city.store.write() as session:
        zones.put(session, PLATFORM, replace(FAIR, name="Other"), now())
    after = city.load(before)
    monkeypatch.delattr(sureness, "_edge_of")
    after.zones.sureness.probability(after.slots["fair"], 121.5, 31.2, 5.0)


def test_of_a_changed_permit_only_its_devices_have_other_grants(city: City) -> None:
    before = city.load()
    city.act(city.numbers[1], PermitAction.LAND)
    after = city.load(before)
    assert after.grants == city.load().grants
    assert after.grants["uav-1"] is before.grants["uav-1"]
    assert after.grants["uav-2"] != before.grants["uav-2"]
    assert numbers(after, "uav-2") == city.numbers
    assert after.zones is before.zones


def test_permits_that_come_and_go_are_those_that_are_read_anew(city: City) -> None:
    before = city.load()
    city.numbers.append(city.permit("uav-3", "uav-1"))
    with city.store.begin() as connection:
        # As if it had ended long ago.
        connection.exec_driver_sql(
            "UPDATE permit SET state = 'REJECTED', revision = revision + 1 "
            f"WHERE number = '{city.numbers[0]}'"
        )
    after = city.load(before)
    assert after.grants == city.load().grants
    assert {name: numbers(after, name) for name in after.grants} == {
        "uav-1": [city.numbers[2]],
        "uav-2": [city.numbers[1]],
        "uav-3": [city.numbers[2]],
    }


def test_a_new_device_is_known_and_may_leave_the_zones_as_they_were(city: City) -> None:
    before = city.load()
    with city.store.write() as session:
        device = Device("uav-4", "sky", Domain.AIR, "New")
        registry.add_device(session, PLATFORM, device, now())
        zones.withdraw(session, PLATFORM, "fair", now())
    after = city.load(before, same_zones=True)
    assert "uav-4" in after.subjects
    assert after.zones is before.zones
    assert after.revisions.zones == before.revisions.zones
    last = city.load(after)
    assert last.zones.zone_ids == ("", "field")
    assert last.units is after.units
    assert "fair" not in last.slots
    assert "" not in {*last.slots, *last.categories, *last.zone_names}


def test_of_the_register_only_what_changed_is_read_and_it_comes_to_the_same(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, same = city.load(), city.load().units["uav-2"]

    def put(name: str) -> None:
        with city.store.write() as session:
            registry.add_device(session, PLATFORM, Device(name, "sky", Domain.AIR, name), now())

    def secret(name: str) -> None:
        with city.store.write() as session:
            credentials.issue(session, PLATFORM, name, now())

    def withdraw(name: str) -> None:
        with city.store.write() as session:
            credentials.revoke(session, PLATFORM, name, now())

    def end(name: str) -> None:
        with city.store.write() as session:
            registry.deactivate(session, PLATFORM, name, now())

    for change in (
        lambda: put("uav-9"),
        lambda: secret("uav-9"),
        lambda: withdraw("uav-9"),
        lambda: end("uav-1"),
        lambda: registry.remove_devices(city.store, PLATFORM, ["uav-9"], now()),
    ):
        change()
        whole = city.load()
        with monkeypatch.context() as patched:
            patched.setattr(registry, "all_devices", lambda _: pytest.fail("all were read"))
            world = city.load(world)
        assert (world.units, world.subjects) == (whole.units, whole.subjects)
        assert world.labels == whole.labels
        assert world.revisions == whole.revisions
    assert world.units["uav-2"] == same
    assert "uav-9" not in world.subjects


def test_what_is_asked_of_all_zones_is_as_of_a_world_made_anew(city: City) -> None:
    world = city.load()
    more = replace(FAIR, zone_id="more", restriction=Restriction.CONDITIONAL, category="airport")
    open_to_all = replace(FAIR, restriction=Restriction.NO_RESTRICTION, name_zh="集市")
    lane = Corridor(LineString([(121.84, 31.05), (121.86, 31.05)]), 50.0)
    route = replace(FIELD, volumes=(Volume(SQUARE), Volume(lane)))
    for map_ in (
        [FAIR, FIELD, more], [more, open_to_all, route], [FAIR, route], [], [route, more], [FIELD]
    ):  # fmt: skip
        with city.store.write() as session:
            zones.publish(session, PLATFORM, map_, now())
        world = city.load(world)
        assert world.zone_facts == city.load().zone_facts
        corridors = {world.zones.zone_ids[slot] for slot in world.zone_facts.corridors}
        assert corridors == ({"field"} if route in map_ else set())
        assert world.labels == city.load().labels
        assert set(world.slots) == {zone.zone_id for zone in map_}


def test_after_many_changes_the_grid_is_laid_out_anew_beside(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amend, "TIDY_FROM", 0)
    monkeypatch.setattr(amend, "TIDY_SHARE", 0.0)
    before = city.load()
    loader = WorldLoader(city.store, city.settings, before)
    with city.store.write() as session:
        zones.put(session, PLATFORM, replace(FAIR, name="Other"), now())
    loader.ask(before)
    made, tidy = waited_for(loader.take), waited_for(loader.take_tidied)
    loader.close()
    assert tidy.before is made.world
    assert tidy.world.revisions == made.world.revisions
    assert tidy.world.zones.zones is made.world.zones.zones
    in_use, laid = (len(each.zones.volumes.cells.filled_by) for each in (made.world, tidy.world))
    assert laid < in_use
    assert loader.take() is None


def test_a_change_while_the_grid_is_laid_out_anew_is_not_waited_for_and_the_next_is_made_upon_it(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amend, "TIDY_FROM", 0)
    monkeypatch.setattr(amend, "TIDY_SHARE", 0.0)
    done, laid = threading.Event(), list[Snapshot]()

    def held_up(snapshot: Snapshot, _: object) -> Snapshot | None:
        assert done.wait(20.0)
        found = amend.tidied(snapshot)
        laid.extend(filter(None, [found]))
        return found if len(laid) == 1 else None

    monkeypatch.setattr(world_loader, "tidied", held_up)
    before = city.load()
    loader = WorldLoader(city.store, city.settings, before)
    worlds = [before]
    for name in ("One", "Two", "Three", "Four"):
        with city.store.write() as session:
            zones.put(session, PLATFORM, replace(FAIR, name=name), now())
        loader.ask(worlds[-1])
        worlds.append(waited_for(loader.take).world)
        if name == "Three":
            done.set()
            waited_for(loader.take_tidied)
    loader.close()
    before_it, upon_it = worlds[3].zones, worlds[4].zones
    assert len(upon_it.volumes.cells.filled_by) < len(before_it.volumes.cells.filled_by)
    assert upon_it.zones[upon_it.slots["fair"]].name == "Four"
    stays = upon_it.slots["field"]
    assert upon_it.zones[stays] is before_it.zones[stays]
    (row,), (same,) = upon_it.volumes_of[stays], before_it.volumes_of[stays]
    assert upon_it.volumes.ground[row] is before_it.volumes.ground[same]


def test_of_many_zones_a_world_is_made_with_breath_between(city: City) -> None:
    breaths: list[str] = []
    before = city.load()
    loader = WorldLoader(
        city.store,
        city.settings,
        before,
        breathe=lambda: breaths.append(threading.current_thread().name),
    )
    with city.store.write() as session:
        many = [replace(FAIR, zone_id=f"fair-{number}") for number in range(24)]
        zones.publish(session, PLATFORM, (FAIR, FIELD, *many), now())
    loader.ask(before)
    made = waited_for(loader.take)
    loader.close()
    assert len(made.world.slots) == 26
    assert len(breaths) > 8
    assert set(breaths) == {"world-loader"}


def test_whether_the_grid_is_worth_keeping_is_asked_at_first_and_when_many_zones_have_changed(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world_loader, "WORTH_KEEPING", 2)
    asked: list[int] = []

    class Index(ZoneIndex):
        def keep_beside(self, snapshot: Snapshot) -> None:
            asked.append(snapshot.revision)

    before = city.load()
    loader = WorldLoader(city.store, city.settings, before, Index(city.settings.data_dir))
    first = before.revisions.zones
    for name in ("One", "Two", "Three", "Four"):
        with city.store.write() as session:
            zones.put(session, PLATFORM, replace(FAIR, name=name), now())
        loader.ask(before)
        before = waited_for(loader.take).world
    loader.close()
    assert asked == [first, first + 2, first + 4]


def waited_for(take: Callable[[], Made | None]) -> Made:
    deadline_s = time.monotonic() + 20.0
    while (found := take()) is None:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    return found


@pytest.mark.requirement("D0-12")
def test_rules_that_were_published_are_those_of_the_next_world_and_nothing_else_is_made_anew(
    city: City,
) -> None:
    before = city.load()
    published(city, "1", "max_skew_s = 7")
    made = city.load(before)

    assert (before.rules.label, before.rules.max_skew_s) == ("shanghai-default@2026.12", 5)
    assert (made.rules.label, made.rules.max_skew_s) == ("shanghai-default@1", 7)
    assert made.zones is before.zones
    assert made.units is before.units
    assert made.regranted.device_ids == frozenset()
    assert city.load(made).rules is made.rules


@pytest.mark.requirement("D0-4", "D4e-13")
def test_a_past_world_is_judged_by_the_version_of_then_though_others_followed(city: City) -> None:
    published(city, "1", "max_skew_s = 7")
    then = noted(city.load(), now().timestamp(), is_start=True)
    published(city, "2", "max_skew_s = 9")
    past = PastWorlds(city.store, city.settings)

    assert city.load().rules.max_skew_s == 9
    assert past.world(then).rules.max_skew_s == 7
    assert not past.is_other_rules(then)
    before_all = replace(then, rules="shanghai-default@2026.11")
    assert past.rules(before_all).version == "2026.11"


def published(city: City, version: str, clock: str) -> None:
    text = text_of("shanghai-default").replace('version = "2026.12"', f'version = "{version}"')
    with city.store.write() as session:
        draft = rule_sets.prepare(session, text.replace("max_skew_s = 5", clock))
        rule_sets.publish(session, PLATFORM, draft, "test", now())
