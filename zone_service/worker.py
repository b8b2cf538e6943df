"""The worker: one process, one thread, from the broker's socket to the committed verdict.

A turn reads what is there (bounded by time, count and size), judges it, commits it in one
transaction, tells supervisors, and acknowledges. Whatever happens before the commit is as if it had not
happened: the broker delivers again, and the track knows what was stored.
"""

import time
import uuid
from collections.abc import Iterable, Iterator
from math import inf

import msgspec
import structlog
from sqlalchemy.exc import DBAPIError, StatementError

from telemetry import topics
from telemetry.ingest import Ingest
from telemetry.report import Frame, RefusalReason
from zone_service import bus, collector
from zone_service.adoption import adopt, take_over
from zone_service.announcer import Announcer
from zone_service.broker_log import BrokerLog, log_of
from zone_service.checkpointing import Checkpointing
from zone_service.clock import is_due, monotonic_s, unix_s
from zone_service.clock_frames import (
    CLOCK_TOPICS,
    IN_PARTS,
    TICK_TOPIC,
    anew_frame,
    due_frame,
    hours_frame,
    listening_frame,
    part_frame,
    set_frame,
    tick_frame,
)
from zone_service.clock_setting import set_while_away_s
from zone_service.committing import Subjects, commit_of
from zone_service.courtesy import Courtesy
from zone_service.crash_points import CrashPoint
from zone_service.day_keeping import DayKeeping
from zone_service.decisions import Outcome
from zone_service.edge_of_hours import EdgeOfHours
from zone_service.guarded import judge
from zone_service.late_laws import NO_LAWS
from zone_service.law_finding import LawFinder
from zone_service.leisure import PATIENCE_S, Leisure
from zone_service.lookout import Lookout
from zone_service.memory import Memory
from zone_service.pacing import Pacing
from zone_service.past_worlds import noted
from zone_service.pruning import Pruning
from zone_service.rejudging import ALL
from zone_service.renewal import Renewal
from zone_service.settings import Settings
from zone_service.settling import SETTLE_S, Settling
from zone_service.spoken import Spoken
from zone_service.store import journal
from zone_service.store.engine import Store
from zone_service.store.errors import StoreError
from zone_service.store.records import Commit, Committed, JudgedBy, ViolationChange
from zone_service.store.rehearsal import rehearse_all
from zone_service.stored_messages import receipts_of
from zone_service.storing import LeftOut, commit_what_is_taken, told_of
from zone_service.wall_clock import WallClock
from zone_service.world import World
from zone_service.world_loader import WorldLoader
from zone_service.zone_index import ZoneIndex

TICK_EVERY_S = 1.0
RETRY_AFTER_S = 0.5
OUTBOX_EVERY_S = 10.0
LOOK_FOR_WORLD_S = 0.002
"""While one is being made: nothing else would wake us when it is ready."""
AWAY_S = 2.0
"""A turn that took longer, or a process that was stopped, heard nobody meanwhile."""
CLOCK_BEATS = 60
FAILURE_AGAIN_S = 60.0
FAILED = "some of what devices said could not be judged: the log says of which and why"
REFUSED_BY_STORE = (
    "some of what was found is refused by the database and is not shown: the log says what and why"
)
BY_ANOTHER_LAW = (
    "what held when some late reports were said is not kept: they are judged by what held at another "
    "time, and what is found of them says so"
)

log = structlog.get_logger("worker")


class NotStored(StoreError):
    """Told to stop while nothing could be stored; it was not acknowledged and comes again."""


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
        index: ZoneIndex | None = None,
    ) -> None:
        """``is_first``: no worker ran on this data before, so nothing is on its way to one.

        ``index``: where the grid over the zones is kept for the next start.
        """
        self.settings = settings
        self.store = store
        self.ingest = ingest
        self.world = world
        self.memory = memory
        self.announcer = Announcer(ingest, settings.live_hz)
        self.lookout = Lookout(ingest, self.announcer.warn)
        self._courtesy = Courtesy()
        loader = WorldLoader(store, settings, world, index, self._courtesy.give_way)
        self.renewal = Renewal(store, settings, loader, self.announcer, unix_s())
        self._laws = LawFinder(store, settings)
        self.crash = CrashPoint.of_environment(settings.environment)
        self.stopping = False
        self._connected = False
        self._resumed = False
        self._settling = Settling(SETTLE_S[settings.broker])
        if not is_first:
            self._settling.hold()
        self._failures = Spoken(FAILURE_AGAIN_S)
        self._wall = WallClock(unix_s(), monotonic_s())
        self._set_by_s = set_while_away_s(memory, unix_s())
        self._listened_s = monotonic_s()
        self._pruning = Pruning(store, settings.journal_keep_hours * 3600, unix_s())
        self._edge = EdgeOfHours()
        self._leisure = Leisure()
        self._collecting = collector.BetweenTurns(monotonic_s())
        self._epoch = uuid.uuid4().hex
        self._batches = 0
        self._subjects = Subjects()
        now_s = unix_s()
        self._tick_due_s = now_s + TICK_EVERY_S
        self._next_ticked: int | None = None
        """The device that the tick under way asks next."""
        self._pacing = Pacing()
        self._stirred = set[str]()
        """Who began or ended to break something, and whose operators are not told of it yet."""
        self._checkpoints = Checkpointing(
            store, settings.checkpoint_every_s, now_s, self.announcer.warn
        )
        self._days = DayKeeping(store, now_s)
        self._journal_id = 0
        self._outbox_due_s = self._denials_due_s = 0.0
        self._broker_log = BrokerLog(log_of(settings))

    def start(
        self, unknown_to_the_store: Iterable[ViolationChange] = (), *, is_cut: bool = False
    ) -> None:
        """Judge what changed while nobody watched, tell the store, connect.

        ``is_cut``: a part of what was known of the devices is lost.
        """
        now_s = unix_s()
        outcome = adopt(self.memory, self.world, None, now_s)
        self._say_failures(outcome)
        outcome.changes = {each.id: each for each in unknown_to_the_store} | outcome.changes
        taken = noted(self.world, now_s, is_start=True, is_cut=is_cut)
        self._commit((), outcome, is_checkpoint=True, judged_by=taken)
        self._rehearse()
        self.ingest.connect()

    def _rehearse(self) -> None:
        """Have the store know all that it will be asked, before anybody's alert waits for it."""
        try:
            rehearse_all(self.store)
        except Exception:  # as the driver raises it; whoever cannot rehearse commits all the same
            log.warning("not_rehearsed", exc_info=True)

    def run(self) -> None:
        """Turn until told to stop; then leave a checkpoint, unless somebody else took over."""
        while not self.stopping:
            self.turn()
        if not self.renewal.ousted:
            self._leave()
        self.close_beside()
        self.ingest.close()
        self._broker_log.close()

    def close_beside(self) -> None:
        """End what works beside this thread on the same store."""
        self.renewal.loader.close()
        self._pruning.close()
        self._laws.close()

    def _leave(self) -> None:
        """Judge whoever is outstanding, and leave a checkpoint."""
        outcome = judge(self.memory, self.world, [anew_frame(ALL, unix_s())])
        self._say_failures(outcome)
        self._commit(tuple(outcome.journal), outcome, is_checkpoint=True)
        self._days.finish(self.memory)

    def turn(self) -> None:
        """Do one turn."""
        self.crash.reach("before_read")
        if self.renewal.loader.busy:
            self._courtesy.leave_time()
        read = self._read()
        self.crash.reach("after_read")
        self._look_at_clocks(read)
        self._look_at_connection()
        frames = self._settle(read)
        if self._settling.active and not frames:
            self.announcer.speak(self.memory, self.world, unix_s())
            return
        began_s = monotonic_s()
        self._leisure.begin(began_s)
        self._pacing.begin()
        self._courtesy.begin()
        try:
            self._turn(frames, began_s)
        finally:
            self._courtesy.end()

    def _turn(self, frames: list[Frame], began_s: float) -> None:
        """Judge, commit and tell; whoever works beside the worker stands still."""
        telling = [frame for frame in frames if not _is_our_own(frame.topic)]
        # Before anything else, so that what is made beside is ready the sooner.
        is_told = any(frame.topic == bus.CHANGED for frame in frames)
        self.renewal.look(self.world, unix_s(), heard=is_told)
        self.stopping |= self.renewal.ousted
        outcome, taken_over = self._renewed(telling)
        self.announcer.received_messages += len(telling)
        outcome.add(self._judged(self._with_clock(telling, swapped=taken_over is not None)))
        if taken_over is not None or self._pacing.does_some:
            self._leisure.fill()
        self._say_failures(outcome)
        self.crash.reach("after_judgement")
        self._store(frames, outcome, taken_over)
        self._look_after_the_store()
        self._look_for_denials()
        self._look_ahead(outcome.stirred)
        self._go_on_with_a_checkpoint()
        self._keep_days()
        now_s = unix_s()
        with_places = self.announcer.has_places(now_s) and self._is_left_for("places")
        self.announcer.speak(self.memory, self.world, now_s, with_places=with_places)
        if self._is_left_for("what is no longer used"):
            self._collecting.look(began_s)
        took_s = monotonic_s() - began_s
        self._pacing.end(took_s)
        self.announcer.slowest_ms = max(self.announcer.slowest_ms, took_s * 1000)

    def _is_left_for(self, work: str, patience_s: float = PATIENCE_S) -> bool:
        return self._leisure.is_left_for(work, monotonic_s(), patience_s)

    def _look_ahead(self, stirred: Iterable[str]) -> None:
        """Tell who began to break something, and look ahead of those whose turn it is."""
        if not self._connected:
            self._stirred.clear()
            return
        now_s = unix_s()
        at_a_part = self.lookout.is_due(self.memory, now_s) and self._is_left_for("look ahead")
        self._stirred.update(stirred)
        if self._stirred and self._leisure.is_full and not self._is_left_for("who began"):
            stirred = ()
        else:
            stirred, self._stirred = self._stirred, set()
        self.lookout.look(self.memory, self.world, stirred, now_s, at_a_part=at_a_part)

    def _go_on_with_a_checkpoint(self) -> None:
        now_s = unix_s()
        due = self._checkpoints.is_due(now_s) and not self.memory.outstanding.waiting
        if due and self._is_left_for("checkpoint"):
            self._checkpoints.go_on(self.memory, self._journal_id, now_s)
        if self._checkpoints.is_under_way:
            self.crash.reach("after_piece")

    def _keep_days(self) -> None:
        """Store some of what was heard of devices: all of it is committed, as messages, by now."""
        now_s = unix_s()
        if self._days.is_due(now_s) and self._is_left_for("days", self._days.patience_s):
            self._days.go_on(self.memory, now_s)
            self.crash.reach("after_days")

    def _read(self) -> list[Frame]:
        """Return what has come; nothing while some of what came before waits to be judged."""
        if self._settling.is_passing_on:
            return self.ingest.read(0, 0.0)
        return self.ingest.read(self.settings.batch_max_messages, self._wait_s())

    def _settle(self, read: list[Frame]) -> list[Frame]:
        """Return what is to be judged in this turn."""
        most = self.settings.batch_max_messages
        frames = self._settling.take(read, self.world, monotonic_s(), most)
        self.announcer.settling = self._settling.active
        if self._settling.let_go:
            self.announcer.counts["not_settled"] = self._settling.let_go
        if self._settling.is_passing_on:
            # Who says something in what still waits is not silent.
            self._resumed = True
        return frames

    def _look_at_clocks(self, read: list[Frame]) -> None:
        """Notice that the time of day was set, and that we did not listen for a while."""
        now_s, steady_s = unix_s(), monotonic_s()
        by_s = self._wall.set_by_s(now_s, steady_s)
        if by_s:
            log.warning("clock_set", by_s=round(by_s, 3))
            self.announcer.warn(f"the clock of this machine was set by {by_s:+.1f} s", CLOCK_BEATS)
            self._set_by_s += by_s
            self._settling.set_clock(by_s)
            # They came in this turn, some of them by the clock as it was.
            read[:] = [msgspec.structs.replace(frame, received_s=now_s) for frame in read]
        if steady_s - self._listened_s > AWAY_S:
            # What devices said meanwhile may still be on its way: silence counts from here.
            self._resumed = True
        self._listened_s = steady_s

    def _look_at_connection(self) -> None:
        connected = self.ingest.connected
        if connected == self._connected:
            return
        self._connected = connected
        if connected:
            log.info("listening")
            self._resumed = True
            self._outbox_due_s = 0.0
            self._settling.begin(monotonic_s())
        else:
            log.warning("broker_away", problem=self.ingest.problem)
            self._settling.hold()
            self._next_ticked = None

    def _wait_s(self) -> float:
        if self._settling.active:
            return min(self._settling.left_s(monotonic_s()), 0.1)
        if self._checkpoints.is_under_way or self._next_ticked is not None:
            return 0.0
        if self.memory.outstanding.waiting:
            return 0.0
        now_s = unix_s()
        due_s = min(self._tick_due_s, self.announcer.next_due_s(), self.memory.next_due_s())
        if self._connected:
            due_s = min(due_s, self.lookout.next_due_s(self.memory))
            due_s = min(due_s, self._edge.after_s(self.memory, self.world))
        longest_s = LOOK_FOR_WORLD_S if self.renewal.loader.busy else TICK_EVERY_S
        return min(max(0.0, due_s - now_s), longest_s)

    def _with_clock(self, frames: list[Frame], *, swapped: bool) -> list[Frame]:
        """Add what the clock says: that we listen again, who has waited, that a second has passed.

        While the broker is away nobody can be heard: that is our silence and not the devices',
        and the screens say so. ``swapped``: a change was taken over in this turn.
        """
        now_s = unix_s()
        waits, ticking_s = bool(self.memory.outstanding.waiting), self._ticking_s(now_s)
        asks_more = self._next_ticked is not None and self._pacing.is_the_ticks(
            ticking_s, somebody_waits=waits, swapped=swapped
        )
        if self._resumed:
            self._resumed = False
            frames = [listening_frame(now_s), *frames]
        if self._set_by_s:
            frames = [set_frame(self._set_by_s, now_s), *frames]
            self._set_by_s = 0.0
        if waits and not asks_more:
            frames = [self._next_slice(now_s, swapped=swapped), *frames]
        if self.memory.next_due_s() <= now_s:
            # Behind what was read: that may be what is waited for.
            frames = [*frames, due_frame(now_s)]
        if self._connected and self._edge.is_past(self.memory, self.world, now_s):
            # Nobody waits for the next full second to learn of it, nor for a whole tick.
            return [*frames, *self._and_some(hours_frame(now_s))]
        if self._next_ticked is not None:
            return [*frames, self._next_part(now_s)] if asks_more else frames
        if not is_due(now_s, self._tick_due_s, TICK_EVERY_S):
            return frames
        # A clock that was set far ahead must not make up for the time with a burst of ticks.
        self._tick_due_s = now_s + TICK_EVERY_S
        if not self._connected:
            return frames
        self._next_ticked = 0 if self.memory.names else None
        return [*frames, *self._and_some(tick_frame(now_s, IN_PARTS))]

    def _ticking_s(self, now_s: float) -> float:
        """Return for how long the tick that is under way has been."""
        return now_s - (self._tick_due_s - TICK_EVERY_S)

    def _next_part(self, now_s: float) -> Frame:
        """Have the tick that is under way ask some more devices."""
        return part_frame(
            self._next_ticked or 0, self._pacing.part_us(self._ticking_s(now_s)), now_s
        )

    def _and_some(self, clock: Frame) -> Iterator[Frame]:
        """Have the first of those judged anew with it whom the hours concern that the clock tells of."""
        yield clock
        if not self.memory.outstanding.waiting:
            yield self._next_slice(clock.received_s)

    def _next_slice(self, now_s: float, *, swapped: bool = False) -> Frame:
        """Have some of those judged anew who are outstanding."""
        spent_s = self._leisure.spent_s(monotonic_s())
        return anew_frame(self._pacing.slice_us(spent_s, swapped=swapped), now_s)

    def _judged(self, frames: list[Frame]) -> Outcome:
        """Judge frames; with a tick comes the law of then, if late reports wait for one."""
        laws = NO_LAWS
        tick = next((at for at, frame in enumerate(frames) if frame.topic == TICK_TOPIC), None)
        if tick is not None and (found := self._laws.take()) is not None:
            if found.law.instead_s is not None:
                self.announcer.warn(BY_ANOTHER_LAW)
                log.warning("judged_by_another_law", **found.law.in_words())
            law, laws = found.frame(frames[tick].received_s)
            frames = [*frames[:tick], law, *frames[tick:]]
        outcome = judge(self.memory, self.world, frames, laws)
        if outcome.ticked is not None:
            is_through = outcome.ticked >= len(self.memory.names)
            self._next_ticked = None if is_through else outcome.ticked
        if outcome.law_asked_s < inf:
            self._laws.ask(outcome.law_asked_s, self.world, unix_s())
        return outcome

    def _store(self, frames: list[Frame], outcome: Outcome, taken_over: JudgedBy | None) -> None:
        """Commit what is worth keeping, tell, acknowledge."""
        if outcome.journal or outcome.changes or taken_over is not None:
            self._commit(tuple(outcome.journal), outcome, judged_by=taken_over)
        if taken_over is not None:
            self._say_swapped()
        self.crash.reach("after_announcement")
        self.ingest.acknowledge(frames)
        self.crash.reach("after_acknowledgement")
        self.announcer.judged(outcome)
        self.announcer.stored(receipts_of(frames, outcome, self.world))

    def _look_for_denials(self) -> None:
        """Count what the broker denied by itself beside what is refused here."""
        now_s = unix_s()
        if not is_due(now_s, self._denials_due_s, TICK_EVERY_S):
            return
        self._denials_due_s = now_s + TICK_EVERY_S
        denied = self._broker_log.look(now_s)
        if denied.refusals:
            self._commit((), denied)
            self.announcer.judged(denied)

    def _say_failures(self, outcome: Outcome) -> None:
        """Log what we failed on, each device at most once a minute, and say it on the heartbeat."""
        for failure in outcome.failures:
            self.announcer.warn(FAILED)
            if self._failures.is_new(failure.device_id or failure.topic, monotonic_s()):
                log.error(
                    "failed_on_message",
                    device_id=failure.device_id,
                    topic=failure.topic,
                    traceback=failure.traceback,
                    advice="report this as a defect; the message is in the journal",
                )

    def _commit(
        self,
        frames: tuple[Frame, ...],
        outcome: Outcome,
        *,
        is_checkpoint: bool = False,
        judged_by: JudgedBy | None = None,
    ) -> None:
        """``is_checkpoint``: all that is known is stored with it, for which nobody waits now."""
        self._batches += 1
        checkpoint, is_mark = None, False
        if is_checkpoint:
            checkpoint, is_mark = self._checkpoints.whole(self.memory, unix_s())
        commit = commit_of(
            f"{self._epoch}-{self._batches}",
            frames,
            outcome,
            self.world,
            unix_s(),
            self._subjects,
            sent=self.announcer.sent(),
            checkpoint=checkpoint,
            is_mark=is_mark,
            judged_by=judged_by,
        )
        self.crash.reach("before_commit")
        committed = self._commit_until_done(commit)
        self.crash.reach("after_commit")
        self._journal_id = committed.journal_id
        self.announcer.committed_messages += sum(
            frame.topic not in CLOCK_TOPICS for frame in frames
        )
        self.announcer.committed(self.world, committed)

    def _commit_until_done(self, commit: Commit) -> Committed:
        """Commit, again and again if need be: nothing is acknowledged and nothing is dropped.

        A disk that is full or a database that is away makes the worker wait, not lose. What the
        database will never take is left out and said.
        """
        while True:
            try:
                committed, left_out = commit_what_is_taken(self.store, commit)
            except (StatementError, OSError) as error:
                self._say_held_up(error)
                time.sleep(RETRY_AFTER_S)
                if self.stopping:
                    raise NotStored(why="not stored", cause=self.announcer.held_up) from error
                continue
            if self.announcer.held_up:
                log.warning("commit_possible_again")
                self.announcer.held_up = ""
            self._say_left_out(left_out)
            return committed

    def _say_left_out(self, left_out: Iterable[LeftOut]) -> None:
        """Log what the store refused, each device at most once a minute, and say it as a failure."""
        for each in left_out:
            self.announcer.warn(REFUSED_BY_STORE)
            self.announcer.refusals[RefusalReason.INTERNAL_ERROR.value] += 1
            told = told_of(each.part)
            if self._failures.is_new(f"{told} {each.reason}", monotonic_s()):
                log.error(
                    "refused_by_store",
                    reason=each.reason,
                    **told,
                    advice="report this as a defect; the message is in the journal",
                )

    def _say_held_up(self, error: Exception) -> None:
        cause = str(getattr(error, "orig", error)).strip().splitlines()
        problem = f"nothing can be stored: {cause[0] if cause else type(error).__name__}"
        if problem != self.announcer.held_up:
            log.error("commit_failed", problem=problem)
        self.announcer.held_up = problem
        self.announcer.speak(self.memory, self.world, unix_s())
        self.ingest.read(0, 0.0)

    def _look_after_the_store(self) -> None:
        """Send what waits there, and remove what is no longer kept."""
        now_s = unix_s()
        if self._connected and is_due(now_s, self._outbox_due_s, OUTBOX_EVERY_S):
            self._outbox_due_s = now_s + OUTBOX_EVERY_S
            self._send_what_waits()
        self._pruning.begin_if_due(now_s)

    def _send_what_waits(self) -> None:
        """Send what could not be sent when it was committed: by a worker that died, or offline."""
        try:
            self.announcer.send_again(journal.pending_outbox(self.store))
        except DBAPIError:
            log.exception("outbox_not_read")

    def _renewed(self, telling: list[Frame]) -> tuple[Outcome, JudgedBy | None]:
        """Judge by a new world from here on if there is one, what is read in this turn among it.

        One commit has both, so nobody waits for two. No checkpoint goes with it, for which the verdicts
        would wait: a start takes the world over where it stands in the journal.
        """
        self.world = self.renewal.tidied(self.world)
        now_s, before = unix_s(), self.world
        world = self.renewal.next_world(before, telling, now_s)
        if world is None:
            return Outcome(), None
        self.world = world
        outcome = take_over(self.memory, world, before, now_s)
        return outcome, noted(world, now_s, is_start=False)

    def _say_swapped(self) -> None:
        self.crash.reach("after_swap")
        collector.set_aside()
        log.info("world_swapped", **in_numbers(self.world))


def _is_our_own(topic: str) -> bool:
    """Tell whether the platform itself said a message: that is no news of a unit, and nothing to be kept."""
    return topic == bus.CHANGED or topics.is_to_unit(topic)


def in_numbers(world: World) -> dict[str, int]:
    """Return what a world was made from, for the log."""
    return {
        "zones_revision": world.revisions.zones,
        "registry_revision": world.revisions.registry,
        "permits_revision": world.revisions.permits,
        "zones": len(world.slots),
        "devices": len(world.subjects),
    }
