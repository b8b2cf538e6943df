"""The worker: one process, one thread, from the broker's socket to the committed verdict.

A turn reads what is there (bounded by time and count), judges it, commits it in one transaction,
tells supervisors, and acknowledges. Whatever happens before the commit is as if it had not
happened: the broker delivers again, and the track knows what was stored.
"""

import fcntl
import os
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import TextIO

import structlog
from sqlalchemy.exc import DBAPIError

from telemetry import topics
from telemetry.ingest import Ingest
from telemetry.report import Frame
from zone_service import bus, collector, logs
from zone_service.announcer import Announcer
from zone_service.broker import private_client_id, service_access
from zone_service.clock import is_due, monotonic_s, unix_s
from zone_service.crash_points import CrashPoint
from zone_service.decisions import Outcome
from zone_service.memory import Memory, to_bytes
from zone_service.pipeline import CLOCK_TOPICS, adopt, listening_frame, step, tick_frame
from zone_service.recovery import recover
from zone_service.settings import Settings
from zone_service.settling import SETTLE_S, Settling
from zone_service.store import journal, revisions, violations
from zone_service.store.engine import Store, open_store
from zone_service.store.errors import StoreError
from zone_service.store.records import (
    Batch,
    Commit,
    Committed,
    Outgoing,
    Refusal,
    ViolationChange,
)
from zone_service.world import World
from zone_service.world_loader import WorldLoader, load_world

TICK_EVERY_S = 1.0
RETRY_AFTER_S = 0.5
PRUNE_EVERY_S = 600.0
OUTBOX_EVERY_S = 10.0

log = structlog.get_logger("worker")


class SecondWorker(StoreError):
    """Another worker runs on this data."""


class Worker:
    """The state of the one thread. Everything it touches belongs to it alone."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        ingest: Ingest,
        world: World,
        memory: Memory,
        *,
        is_first: bool = False,
    ) -> None:
        """``is_first``: no worker ran on this data before, so nothing is on its way to one."""
        self.settings = settings
        self.store = store
        self.ingest = ingest
        self.world = world
        self.memory = memory
        self.announcer = Announcer(ingest, settings.live_hz)
        self.loader = WorldLoader(store, settings)
        self.crash = CrashPoint.of_environment()
        self.stopping = False
        self._connected = False
        self._resumed = False
        self._settling = Settling(SETTLE_S[settings.broker])
        if not is_first:
            self._settling.hold()
        self._pruning = threading.Thread()
        self._epoch = uuid.uuid4().hex
        self._batches = 0
        now_s = unix_s()
        self._tick_due_s = self._look_due_s = now_s + TICK_EVERY_S
        self._checkpoint_due_s = now_s + settings.checkpoint_every_s
        self._outbox_due_s = 0.0
        self._prune_due_s = now_s + PRUNE_EVERY_S

    def start(self, unknown_to_the_store: Iterable[ViolationChange] = ()) -> None:
        """Judge what changed while nobody watched, tell the store, connect."""
        outcome = adopt(self.memory, self.world, None, unix_s())
        outcome.changes = {each.id: each for each in unknown_to_the_store} | outcome.changes
        self._commit((), outcome, checkpoint=True)
        self.ingest.connect()

    def run(self) -> None:
        """Turn until told to stop; then leave a checkpoint."""
        while not self.stopping:
            self.turn()
        self._commit((), Outcome(), checkpoint=True)
        self.loader.close()
        self.ingest.close()

    def turn(self) -> None:
        """Do one turn."""
        self.crash.reach("before_read")
        read = self.ingest.read(self.settings.batch_max_messages, self._wait_s())
        self.crash.reach("after_read")
        self._look_at_connection()
        frames = self._settling.take(read, self.world, unix_s())
        if self._settling.active:
            self.announcer.speak(self.memory, self.world, unix_s())
            return
        began_s = monotonic_s()
        telling = [frame for frame in frames if frame.topic != bus.CHANGED]
        self.announcer.received_messages += len(telling)
        outcome = step(self.memory, self.world, self._with_clock(telling))
        self.crash.reach("after_judgement")
        self._store(frames, outcome)
        self._look_for_changes(heard=len(telling) < len(frames))
        self.announcer.speak(self.memory, self.world, unix_s())
        self.announcer.slowest_ms = max(self.announcer.slowest_ms, (monotonic_s() - began_s) * 1000)

    def _look_at_connection(self) -> None:
        connected = self.ingest.connected
        if connected == self._connected:
            return
        self._connected = connected
        if connected:
            log.info("listening")
            self._resumed = True
            self._outbox_due_s = 0.0
            self._settling.begin(unix_s())
        else:
            log.warning("broker_away", problem=self.ingest.problem)
            self._settling.hold()

    def _wait_s(self) -> float:
        now_s = unix_s()
        if self._settling.active:
            return min(self._settling.left_s(now_s), 0.1)
        left_s = min(self._tick_due_s, self.announcer.next_due_s()) - now_s
        return min(max(0.0, left_s), TICK_EVERY_S)

    def _with_clock(self, frames: list[Frame]) -> list[Frame]:
        """Add what the clock says: that we listen again, and that a second has passed.

        While the broker is away nobody can be heard: that is our silence and not the devices',
        and the screens say so.
        """
        now_s = unix_s()
        if self._resumed:
            self._resumed = False
            frames = [listening_frame(now_s), *frames]
        if not is_due(now_s, self._tick_due_s, TICK_EVERY_S):
            return frames
        # A clock that was set far ahead must not make up for the time with a burst of ticks.
        self._tick_due_s = now_s + TICK_EVERY_S
        return [*frames, tick_frame(now_s)] if self._connected else frames

    def _store(self, frames: list[Frame], outcome: Outcome) -> None:
        """Commit what is worth keeping, tell, acknowledge."""
        checkpoint = is_due(unix_s(), self._checkpoint_due_s, self.settings.checkpoint_every_s)
        if outcome.journal or outcome.changes:
            self._commit(tuple(outcome.journal), outcome, checkpoint=checkpoint)
        self.crash.reach("after_announcement")
        self.ingest.acknowledge(frames)
        self.crash.reach("after_acknowledgement")
        self.announcer.judged(outcome)

    def _commit(self, frames: tuple[Frame, ...], outcome: Outcome, *, checkpoint: bool) -> None:
        commit = self._make_commit(frames, outcome, checkpoint=checkpoint)
        self.crash.reach("before_commit")
        committed = self._commit_until_done(commit)
        self.crash.reach("after_commit")
        if checkpoint:
            self._checkpoint_due_s = unix_s() + self.settings.checkpoint_every_s
        self.announcer.committed_messages += sum(
            frame.topic not in CLOCK_TOPICS for frame in frames
        )
        self.announcer.committed(self.world, committed)

    def _make_commit(
        self, frames: tuple[Frame, ...], outcome: Outcome, *, checkpoint: bool
    ) -> Commit:
        self._batches += 1
        now_s = unix_s()
        batch = Batch(
            batch_id=f"{self._epoch}-{self._batches}",
            first_received_s=frames[0].received_s if frames else now_s,
            last_received_s=frames[-1].received_s if frames else now_s,
            message_count=len(frames),
            body=journal.pack(frames),
        )
        return Commit(
            batch=batch,
            violations=tuple(outcome.changes.values()),
            outbox=tuple(self._alerts(outcome)),
            sent_outbox_ids=self.announcer.sent(),
            refusals=refusals_of(outcome),
            checkpoint=to_bytes(self.memory) if checkpoint else None,
        )

    def _alerts(self, outcome: Outcome) -> list[Outgoing]:
        """Warn the devices themselves of what has just opened."""
        return [
            Outgoing(topics.alert(change.device_id), bus.alert(change, self.world))
            for change in outcome.changes.values()
            if change.closed_at is None
            and change.detected_at == change.updated_at
            and change.organisation_id is not None
        ]

    def _commit_until_done(self, commit: Commit) -> Committed:
        """Commit, again and again if need be: nothing is acknowledged and nothing is dropped.

        A disk that is full or a database that is away makes the worker wait, not lose.
        """
        while True:
            try:
                committed = journal.commit_batch(self.store, commit)
            except (DBAPIError, OSError) as error:
                self._say_held_up(error)
                time.sleep(RETRY_AFTER_S)
                if self.stopping:
                    raise
                continue
            if self.announcer.held_up:
                log.warning("commit_possible_again")
                self.announcer.held_up = ""
            return committed

    def _say_held_up(self, error: Exception) -> None:
        cause = str(getattr(error, "orig", error)).strip().splitlines()
        problem = f"nothing can be stored: {cause[0] if cause else type(error).__name__}"
        if problem != self.announcer.held_up:
            log.error("commit_failed", problem=problem)
        self.announcer.held_up = problem
        self.announcer.speak(self.memory, self.world, unix_s())
        self.ingest.read(0, 0.0)

    def _look_for_changes(self, *, heard: bool) -> None:
        """Ask for a new world when something changed, and swap it in when it is ready."""
        now_s = unix_s()
        if heard or is_due(now_s, self._look_due_s, TICK_EVERY_S):
            self._look_due_s = now_s + TICK_EVERY_S
            self._ask_if_changed()
        try:
            made = self.loader.take()
        except Exception as error:
            log.exception("world_not_made")
            self.announcer.outdated = f"zones and permits are not those of now: {error}"
            made = None
        if made is not None:
            self._swap(made)
            self.announcer.outdated = ""
        if self._connected and is_due(now_s, self._outbox_due_s, OUTBOX_EVERY_S):
            self._outbox_due_s = now_s + OUTBOX_EVERY_S
            self._send_what_waits()
        if is_due(now_s, self._prune_due_s, PRUNE_EVERY_S) and not self._pruning.is_alive():
            self._prune_due_s = now_s + PRUNE_EVERY_S
            self._prune_beside(now_s - self.settings.journal_keep_hours * 3600)

    def _send_what_waits(self) -> None:
        """Send what could not be sent when it was committed: by a worker that died, or offline."""
        try:
            self.announcer.send_again(journal.pending_outbox(self.store))
        except DBAPIError:
            log.exception("outbox_not_read")

    def _prune_beside(self, before_s: float) -> None:
        """Remove what is too old in a thread of its own: it may take many transactions."""
        self._pruning = threading.Thread(target=self._prune, args=(before_s,), daemon=True)
        self._pruning.start()

    def _prune(self, before_s: float) -> None:
        try:
            journal.prune(self.store, before_s)
            journal.prune_refusals(self.store, before_s)
        except DBAPIError:
            log.exception("journal_not_pruned")

    def _ask_if_changed(self) -> None:
        try:
            with self.store.read() as session:
                found = revisions.revisions(session)
        except DBAPIError:
            log.exception("revisions_not_read")
            return
        known = self.world.revisions
        if (found.zones, found.registry, found.permits) != (
            known.zones,
            known.registry,
            known.permits,
        ):
            self.loader.ask(self.world)

    def _swap(self, world: World) -> None:
        """Judge by a new world from here on.

        The checkpoint that goes with it keeps a replay from judging by the wrong world.
        """
        before, self.world = self.world, world
        outcome = adopt(self.memory, world, before, unix_s())
        self._commit((), outcome, checkpoint=True)
        self.crash.reach("after_swap")
        collector.set_aside()
        log.info("world_swapped", **_plain(world))


def _plain(world: World) -> dict[str, int]:
    return {
        "zones_revision": world.revisions.zones,
        "registry_revision": world.revisions.registry,
        "permits_revision": world.revisions.permits,
        "zones": len(world.zones.zones),
        "devices": len(world.subjects),
    }


def refusals_of(outcome: Outcome) -> tuple[Refusal, ...]:
    """Return the refusals of a batch, counted by who, why and in which minute."""
    counts: Counter[tuple[str, str, int]] = Counter()
    samples: dict[tuple[str, str, int], bytes] = {}
    for each in outcome.refusals:
        key = (
            each.refused.device_id or each.frame.topic,
            each.refused.reason.value,
            int(each.frame.received_s // 60 * 60),
        )
        counts[key] += 1
        samples.setdefault(key, each.frame.payload)
    return tuple(Refusal(*key, count, samples[key]) for key, count in counts.items())


def hold(data_dir: Path) -> TextIO:
    """Hold the data for one worker; it lets go when the process ends, however it ends.

    Raises:
        SecondWorker: another one holds it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    file = (data_dir / "worker.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        msg = f"another worker (process {file.read().strip() or 'unknown'}) runs on {data_dir}"
        file.close()
        raise SecondWorker(msg) from None
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file


def run(settings: Settings) -> None:
    """Run the worker until SIGTERM or SIGINT."""
    logs.configure(settings.log_level)
    with hold(settings.data_dir):
        store = open_store(settings.database)
        store.require_schema()
        began_s = monotonic_s()
        world = load_world(store, settings)
        recovered = recover(store, world)
        log.info(
            "recovered",
            seconds=round(monotonic_s() - began_s, 3),
            batches=recovered.batches,
            devices_heard=len(recovered.memory.devices),
            problem=recovered.problem,
            **_plain(world),
        )
        is_first = recovered.journal_id == 0
        worker = Worker(
            settings, store, _client(settings), world, recovered.memory, is_first=is_first
        )
        with store.read() as session:
            worker.announcer.feed_seq = violations.last_seq(session)
        _stop_on_signals(worker)
        collector.set_aside()
        worker.start(recovered.changes)
        worker.run()
        store.close()


def _client(settings: Settings) -> Ingest:
    access = service_access(settings)
    return Ingest(
        access.host,
        access.port,
        access.username,
        access.password,
        private_client_id("worker", access.password),
        (*topics.SUBSCRIPTIONS, bus.CHANGED),
    )


def _stop_on_signals(worker: Worker) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        worker.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
