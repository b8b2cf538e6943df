"""What was judged by at a time that has passed, found in the store beside the worker.

Late reports wait for it (``late_laws``). It is made in a thread, from the world in use as far as the two
agree, and given to the judgement with the next tick, in a frame that the journal keeps.
"""

import queue
import threading
from math import inf
from typing import NamedTuple

import structlog
from sqlalchemy.exc import DBAPIError

from telemetry.report import Frame
from zone_service.late_laws import NO_LAWS, Law, Laws, law_frame
from zone_service.past_worlds import PastWorlds
from zone_service.settings import Settings
from zone_service.store import stretch
from zone_service.store.engine import Store
from zone_service.store.history import LAWS_KEPT_S
from zone_service.store.records import JudgedBy, JudgedFrom
from zone_service.world import World

MAX_KEPT = 4
"""Worlds of then, of which the next rows will probably ask for the same."""

log = structlog.get_logger("worker")


class Found(NamedTuple):
    """A law, and what it says; without a world, what holds now serves."""

    law: Law
    world: World | None

    def frame(self, at_s: float) -> tuple[Frame, Laws]:
        """Return the frame that brings it, and the world by the payload of that."""
        frame = law_frame(self.law, at_s)
        return frame, NO_LAWS if self.world is None else {frame.payload: self.world}


class LawFinder:
    """Asked by the worker's thread for one moment at a time; does not make it wait."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._past = PastWorlds(store, settings)
        self._kept: dict[JudgedBy, World] = {}
        self._found: queue.SimpleQueue[Found | None] = queue.SimpleQueue()
        self._thread = threading.Thread()
        self._busy = False

    def ask(self, at_s: float, world: World, now_s: float) -> None:
        """Have the law of a moment found, unless one is being found; ``world`` is in use."""
        if self._busy or at_s == inf:
            return
        self._busy = True
        self._thread = threading.Thread(
            target=self._find, args=(at_s, world, now_s), name="law-finder", daemon=True
        )
        self._thread.start()

    def take(self) -> Found | None:
        """Return the law that is found, if one is."""
        try:
            found = self._found.get_nowait()
        except queue.Empty:
            return None
        self._busy = False
        return found

    def close(self) -> None:
        """Wait for what is being found."""
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _find(self, at_s: float, world: World, now_s: float) -> None:
        try:
            law = law_at(self._store, at_s, now_s)
        except DBAPIError:
            log.exception("law_not_read", at_s=at_s)
            self._found.put(None)  # it is asked for again
            return
        try:
            found = Found(*self._made(law, world, now_s))
        except Exception:
            # Nobody may wait for ever: what holds now serves, and the finding says so.
            log.exception("law_not_made", at_s=at_s)
            found = Found(Law(law.from_s, law.until_s, None, now_s), None)
        self._found.put(found)

    def _made(self, law: Law, world: World, now_s: float) -> tuple[Law, World | None]:
        by = law.by
        if by is None:
            return law, None
        made = self._kept.pop(by, None) or self._past.world(by, world)
        self._kept = {**dict(list(self._kept.items())[1 - MAX_KEPT :]), by: made}
        if law.instead_s is None and self._past.is_other_rules(by):
            law = Law(law.from_s, law.until_s, by, now_s)
        return law, made


def law_at(store: Store, at_s: float, now_s: float) -> Law:
    """Return the law of a moment, as it was noted; else the nearest, which says so.

    While no worker ran nobody noted what changed: if something did, all of that time is judged by
    what the next worker began with. What is longer ago than is kept for a replay is judged by the
    oldest that is.
    """
    oldest_s = now_s - LAWS_KEPT_S
    if at_s < oldest_s:
        oldest = law_at(store, oldest_s, now_s)
        since_s = now_s if oldest.by is None else oldest.by.at_s
        return Law(-inf, oldest_s, oldest.by, since_s)
    then, behind = stretch.judged_around(store, at_s)
    if then is None:
        if behind is None:
            return Law(-inf, now_s, None, now_s)
        return Law(-inf, behind.by.at_s, behind.by, behind.by.at_s)
    if behind is None:
        return Law(then.by.at_s, max(now_s, at_s + 1.0), then.by)
    died_s = _died_s(store, then, behind)
    if at_s < died_s:
        return Law(then.by.at_s, died_s, then.by)
    return Law(died_s, behind.by.at_s, behind.by, behind.by.at_s)


def _died_s(store: Store, then: JudgedFrom, behind: JudgedFrom) -> float:
    """Return until when it is known that the former was judged by."""
    until_s = behind.by.at_s
    if not behind.by.is_start or _is_the_same(then.by, behind.by):
        return until_s
    last_s = stretch.last_before_s(store, behind.journal_id)
    return then.by.at_s if last_s is None else min(until_s, max(last_s, then.by.at_s))


def _is_the_same(one: JudgedBy, other: JudgedBy) -> bool:
    return _told(one) == _told(other)


def _told(by: JudgedBy) -> tuple[object, ...]:
    return by.zone_revision, by.permit_revision, by.rules_digest, by.beside
