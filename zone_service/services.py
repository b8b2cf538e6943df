"""What the web process holds while it runs: made once by ``app``, found through the request."""

from dataclasses import dataclass

from anyio import Semaphore
from starlette.requests import HTTPConnection

from zone_service.bus_client import BusClient
from zone_service.live_loop import LiveLoop
from zone_service.metrics import Metrics
from zone_service.public_lists import PublicCache
from zone_service.rule_library import RuleLibrary
from zone_service.settings import Settings
from zone_service.store.engine import Store
from zone_service.store.files import Files
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

    def permits_changed(self) -> None:
        """Tell the worker and the live feed that permits or devices have changed."""
        self.bus.changed_soon()
        self.live.registry_changed_soon()

    def rules_changed(self) -> None:
        """Tell the worker that other rules are in force."""
        self.bus.changed_soon()

    def zones_changed(self, revision: int) -> None:
        """Tell the worker and every viewer that another map is in force."""
        self.bus.changed_soon()
        self.live.zones_changed_soon(revision)


def services_of(connection: HTTPConnection) -> Services:
    """Return the services of the application that serves this request."""
    found = connection.app.state.services
    if not isinstance(found, Services):
        msg = f"app.state.services is {found!r}: expected Services"
        raise TypeError(msg)
    return found
