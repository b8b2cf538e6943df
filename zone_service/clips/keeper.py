"""The process that seals clips: looks twice a second, until it is told to stop."""

import threading
from contextlib import closing
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from zone_service import logs
from zone_service.clips.folder import alone
from zone_service.clips.sealing import Sealing
from zone_service.clips.software import software
from zone_service.clock import now
from zone_service.history.reading import codecs_installed
from zone_service.interrupts import asked_to_stop
from zone_service.provision import opened
from zone_service.settings import Settings
from zone_service.store.engine import Store
from zone_service.store.errors import StoreError

LOOK_EVERY_S: Final = 0.5
"""A clip is to be sealed two seconds after its time."""
RETRY_AFTER_S: Final = 5.0
"""The database was away, or the disk full."""

log = structlog.get_logger("evidence")


def run(settings: Settings) -> None:
    """Seal what is due until SIGINT or SIGTERM.

    Raises:
        SealingRuns: another process does.
        SchemaMismatch: there is no store, or one of another age.
    """
    logs.configure(settings.log_level)
    stop = threading.Event()
    with asked_to_stop(stop.set), closing(opened(settings)) as store, alone(settings.evidence_dir):
        sealing = sealing_of(settings, store)
        # Found once, and not while the first clip waits for it.
        software()
        codecs_installed()
        pause_s = LOOK_EVERY_S
        while not stop.wait(pause_s):
            pause_s = _look(sealing)


def sealed_now(settings: Settings) -> int:
    """Seal what is due now, and return how many clips that were.

    Raises:
        SealingRuns: another process does.
        SchemaMismatch: there is no store, or one of another age.
    """
    with closing(opened(settings)) as store, alone(settings.evidence_dir):
        return sealing_of(settings, store).look(now())


def sealing_of(settings: Settings, store: Store) -> Sealing:
    """Return what seals into the folder of an installation."""
    return Sealing(
        store=store,
        folder=settings.evidence_dir,
        history=settings.history_dir,
        data_dir=settings.data_dir,
        rule_set=settings.rule_set,
        served=settings.served,
    )


def _look(sealing: Sealing) -> float:
    """Look once, and return for how long to wait."""
    try:
        sealing.look(now())
    except (OSError, StoreError, SQLAlchemyError) as error:
        log.warning("evidence_not_looked_at", error=str(error), retry_in_s=RETRY_AFTER_S)
        return RETRY_AFTER_S
    return LOOK_EVERY_S
