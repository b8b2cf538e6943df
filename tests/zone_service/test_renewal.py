"""Whoever was registered a moment ago is known before anybody calls them a stranger."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from telemetry.ingest import Ingest
from telemetry.report import Domain, Frame
from zone_service.announcer import Announcer
from zone_service.clock import now
from zone_service.renewal import STRANGERS_EVERY_S, Renewal
from zone_service.settings import Settings
from zone_service.store import registry
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Device, Organisation, OrganisationKind
from zone_service.world import World
from zone_service.world_loader import WorldLoader, load_world

NOON_S = 1_795_406_400.0


class Silent(Ingest):
    """A client of no broker: nothing is told here."""

    def __init__(self) -> None:
        pass


class Watched:
    """A renewal over a store with one operator, and how often it looked whether things changed."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        with store.write() as session:
            sky = Organisation("sky", "Sky", OrganisationKind.OPERATOR)
            registry.add_organisation(session, PLATFORM, sky, now())
        self.world = load_world(store, settings)
        self.loader = WorldLoader(store, settings, self.world)
        self.renewal = Renewal(store, settings, self.loader, Announcer(Silent(), 1.0), NOON_S)

    def register(self, name: str) -> None:
        with self.store.write() as session:
            registry.add_device(session, PLATFORM, Device(name, "sky", Domain.AIR, name), now())

    def heard(self, *names: str, after_s: float) -> World | None:
        """Return the world that was taken for what devices said, so long after noon."""
        at_s = NOON_S + after_s
        frames = [Frame(f"zone/up/{name}/tele", b"{}", at_s) for name in names]
        return self.renewal.next_world(self.world, frames, at_s)


@pytest.fixture
def watched(store: Store, tmp_path: Path) -> Iterator[Watched]:
    found = Watched(store, Settings(data_dir=tmp_path))
    yield found
    found.loader.close()


def test_a_stranger_that_was_looked_for_costs_no_one_else_the_look(watched: Watched) -> None:
    assert watched.heard("ghost", after_s=0.0) is None
    watched.register("new")
    world = watched.heard("ghost", "new", after_s=0.01)
    assert world is not None
    assert set(world.units) == {"new"}


def test_several_that_are_registered_in_quick_succession_are_each_known(watched: Watched) -> None:
    for number in range(5):
        watched.register(f"new-{number}")
        world = watched.heard(f"new-{number}", after_s=0.01 * number)
        assert world is not None
        watched.world = world
    assert set(watched.world.units) == {f"new-{number}" for number in range(5)}


def test_the_same_stranger_is_looked_for_again_only_after_a_while(watched: Watched) -> None:
    assert watched.heard("late", after_s=0.0) is None
    watched.register("late")
    assert watched.heard("late", after_s=STRANGERS_EVERY_S - 0.01) is None
    world = watched.heard("late", after_s=STRANGERS_EVERY_S)
    assert world is not None
    assert "late" in world.units
