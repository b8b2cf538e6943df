"""When what is judged by has changed: noticing it, having the world of now made, and taking it.

In the worker's one thread. What takes long is the loader's, beside it.
"""

from collections.abc import Callable, Iterable, Iterator

import structlog
from sqlalchemy.exc import DBAPIError

from telemetry import topics
from telemetry.report import Frame
from zone_service.announcer import Announcer
from zone_service.clock import is_due
from zone_service.settings import Settings
from zone_service.store import revisions
from zone_service.store.engine import Store
from zone_service.world import Revisions, World
from zone_service.world_loader import WorldLoader, load_world

LOOK_EVERY_S = 1.0
STRANGERS_EVERY_S = 0.2

log = structlog.get_logger("worker")


class Renewal:
    """Whether the world in use is that of now, and what is to be used instead."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        loader: WorldLoader,
        announcer: Announcer,
        now_s: float,
    ) -> None:
        self.loader = loader
        self.still_alone: Callable[[], bool] = lambda: True
        """Whether nobody else works on the same database."""
        self.ousted = False
        self._store = store
        self._settings = settings
        self._announcer = announcer
        self._look_due_s = now_s + LOOK_EVERY_S
        self._strangers_due_s = 0.0
        self._strangers_asked: set[str] = set()
        """Whom the registry did not know when it was last looked at, since ``_strangers_due_s``."""

    def look(self, world: World, now_s: float, *, heard: bool) -> None:
        """Have a new world made if something has changed; ``heard``: somebody says so."""
        if heard or is_due(now_s, self._look_due_s, LOOK_EVERY_S):
            self._look_due_s = now_s + LOOK_EVERY_S
            self._ask_if_changed(world)

    def next_world(self, world: World, frames: Iterable[Frame], now_s: float) -> World | None:
        """Return what to judge by from here on, ``frames`` among it, if there is something newer."""
        return self._for_strangers(world, frames, now_s) or self._made(world)

    def tidied(self, world: World) -> World:
        """Return the same world with its grid laid out anew, if that is ready."""
        # Else what is being made would not fit.
        tidy = None if self.loader.busy else self.loader.take_tidied()
        return tidy.world if tidy is not None and tidy.before is world else world

    def _made(self, world: World) -> World | None:
        try:
            made = self.loader.take()
        except Exception as error:
            log.exception("world_not_made")
            self._announcer.outdated = f"zones and permits are not those of now: {error}"
            return None
        if made is None:
            return None
        self._announcer.outdated = ""
        # Made of other zones than those in use, it would not tell where these differ from its own.
        fits = made.before.zones is world.zones and not made.world.is_older_than(world)
        found = made.world if fits else None
        if self.loader.asked_meanwhile or (found is None and made.before is not world):
            self._ask_if_changed(found or world)
        return found

    def _for_strangers(self, world: World, frames: Iterable[Frame], now_s: float) -> World | None:
        """Before somebody is called unregistered or revoked, look whether that is still so.

        The broker lets a device with a new credential in a moment before the next look at the
        registry. To look at the count is cheap and done once a turn at most, for the same device
        five times a second: whoever is heard for the first time is never called by a look that was
        taken for another. The world is made here and now only when it has changed, and not with
        new zones, which take longer.
        """
        strange = set(_strange(world, frames))
        if not strange:
            return None
        if is_due(now_s, self._strangers_due_s, STRANGERS_EVERY_S):
            self._strangers_due_s = now_s + STRANGERS_EVERY_S
            self._strangers_asked.clear()
        if strange <= self._strangers_asked:
            return None
        self._strangers_asked |= strange
        try:
            found, known = self._revisions(), world.revisions
            if found.registry != known.registry and found.zones == known.zones:
                return load_world(self._store, self._settings, world, same_zones=True)
        except DBAPIError:
            log.exception("registry_not_read")
        return None

    def _ask_if_changed(self, world: World) -> None:
        if not self.still_alone():
            log.error("ousted")
            self.ousted = True
            return
        try:
            found = self._revisions()
        except DBAPIError:
            log.exception("revisions_not_read")
            return
        if found != world.revisions:
            self.loader.ask(world)

    def _revisions(self) -> Revisions:
        with self._store.reader.begin() as connection:
            found = revisions.revisions_on(connection)
        return Revisions(found.zones, found.registry, found.permits)


def _strange(world: World, frames: Iterable[Frame]) -> Iterator[str]:
    """Yield the devices of frames that nobody has registered, or that may not speak."""
    for frame in frames:
        topic = topics.parse(frame.topic)
        if topic is None:
            continue
        unit = world.units.get(topic.device_id)
        if unit is None or not unit.active:
            yield topic.device_id
