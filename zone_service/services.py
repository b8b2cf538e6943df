"""What the web process holds while it runs: made once by ``app``, found through the request."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore

from anyio import Semaphore
from starlette.requests import HTTPConnection

from zone_service.bus_client import BusClient
from zone_service.history.kept import Kept
from zone_service.live_loop import LiveLoop
from zone_service.metrics import Metrics
from zone_service.public_lists import PublicCache
from zone_service.rule_library import RuleLibrary
from zone_service.settings import Settings
from zone_service.store.engine import Store
from zone_service.store.files import Files
from zone_service.store.held import HeldStore, held
from zone_service.store.records import Principal, ViolationEvent
from zone_service.zone_cache import ZoneCache


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a route may need."""

    settings: Settings
    store: Store
    files: Files
    live: LiveLoop
    bus: BusClient
    zones: ZoneCache
    public: PublicCache
    rules: RuleLibrary
    metrics: Metrics
    codecs: frozenset[str]
    """The names of the wire formats that can be read."""
    password_checks: Semaphore
    """Passwords are dear to check: a flood of sign-ins must not take every thread."""
    histories: BoundedSemaphore
    """Files of the history are large while they are made: few are, and the others are told so."""

    history: Kept = field(default_factory=Kept)
    """What answers from the history share."""
    principal: Principal | None = None
    """Who asks, where that is settled before any request: at the command line. Else each proves it."""

    waiting: list[Callable[[], None]] | None = None
    """What others are told once the transaction of a request holds; ``None``: at once."""

    def held(self) -> "Services":
        """Return services for one request: all that it writes holds together, and is told then."""
        return replace(self, store=held(self.store), waiting=[])

    def hold(self) -> None:
        """Make what was written hold, and tell of it."""
        if isinstance(self.store, HeldStore):
            self.store.commit()
        for told in self.waiting or ():
            told()

    def let_go(self) -> None:
        """Take back what was written and does not hold."""
        if isinstance(self.store, HeldStore):
            self.store.abandon()

    def permits_changed(self) -> None:
        """Tell the worker and the live feed that permits or devices have changed."""
        self._tell(self.bus.changed_soon)
        self._tell(self.live.registry_changed_soon)

    def rules_changed(self) -> None:
        """Tell the worker that other rules are in force."""
        self._tell(self.bus.changed_soon)

    def zones_changed(self, revision: int) -> None:
        """Tell the worker and every viewer that another map is in force."""
        self._tell(self.bus.changed_soon)
        self._tell(lambda: self.live.zones_changed_soon(revision))

    def violation_changed(self, event: ViolationEvent) -> None:
        """Tell every viewer what somebody did about a violation."""
        self._tell(lambda: self.live.tell_soon(event))

    def _tell(self, telling: Callable[[], None]) -> None:
        if self.waiting is None:
            telling()
        else:
            self.waiting.append(telling)


def services_of(connection: HTTPConnection) -> Services:
    """Return the services of the application that serves this request."""
    found = connection.app.state.services
    if not isinstance(found, Services):
        msg = f"app.state.services is {found!r}: expected Services"
        raise TypeError(msg)
    return found
