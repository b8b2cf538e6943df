"""Whether this process lives, and whether it can do its work: each check with its own answer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from zone_service.clock import steady_unix_s
from zone_service.room import room_of
from zone_service.services import Services

WORKER_SILENT_S = 5.0
DISK_FREE = 0.05


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be so."""

    name: str
    ok: bool
    detail: str
    age_s: float | None = None
    """Of the worker: how long ago it was heard."""

    def as_json(self) -> dict[str, bool | str | float]:
        """Return what ``/readyz`` says of it."""
        said: dict[str, bool | str | float] = {"ok": self.ok, "detail": self.detail}
        return said if self.age_s is None else said | {"age_s": round(self.age_s, 1)}


def checks(services: Services) -> tuple[Check, ...]:
    """Return every check; none of them says anything secret."""
    return (
        _tried("store", lambda: _store(services)),
        Check("bus", services.bus.connected, _state(services.bus.connected)),
        _worker(services),
        _intake(services),
        _tried("disk", lambda: _disk(services.settings.data_dir)),
    )


def _tried(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except Exception as error:
        return Check(name, ok=False, detail=type(error).__name__)


def _store(services: Services) -> Check:
    with services.store.read() as session:
        session.connection().execute(text("SELECT value FROM revision LIMIT 1")).scalar_one()
    return Check("store", ok=True, detail="answers")


def _worker(services: Services) -> Check:
    beat_s = services.live.hub.pulse.beat_s
    if beat_s is None:
        return Check("worker", ok=False, detail="not heard yet")
    age_s = steady_unix_s() - beat_s
    return Check("worker", age_s < WORKER_SILENT_S, f"heard {age_s:.1f} s ago", age_s)


def _intake(services: Services) -> Check:
    """Whether the worker stores what comes in; whether it is heard at all is another check."""
    beat = services.live.last_beat
    held_up = "" if beat is None else beat.held_up
    return Check("intake", not held_up, held_up or "stored as it comes")


def _disk(directory: Path) -> Check:
    free = room_of(directory).free
    return Check("disk", free > DISK_FREE, f"{free:.0%} free")


def _state(connected: bool) -> str:  # noqa: FBT001 -- said in words
    return "connected" if connected else "not connected"
