"""The worker's process: alone on its data, recovered, connected, until it is told to stop."""

import signal
import sys
from types import FrameType

import structlog

from telemetry import topics
from telemetry.ingest import Ingest
from zone_service import bus, collector, huge_pages, logs
from zone_service.broker import private_client_id, service_access
from zone_service.clock import monotonic_s
from zone_service.compiling import compile_loops
from zone_service.crash_points import CrashPoint
from zone_service.past_worlds import PastWorlds
from zone_service.recovery import recover
from zone_service.settings import Settings
from zone_service.sole_worker import SecondWorker, held_database, hold
from zone_service.store import violations
from zone_service.store.engine import Store, open_store
from zone_service.worker import Worker, in_numbers
from zone_service.world_loader import load_world
from zone_service.zone_index import ZoneIndex

SWITCH_S = 0.0001
"""How long another thread, that makes a world, may keep the worker's waiting: Python's own is 5 ms,
and the worker waits whenever it comes back from the disk or the socket, ten times in a turn that commits."""

UNREADABLE = (
    "nothing to do if the platform was just updated; else check the disk and the file system "
    "of the database"
)
CUT = "what was heard longer ago than the last minutes is not remembered"
CUT_ADVICE = (
    "no checkpoint could be read: what devices send again from before may be stored twice, and a "
    "device's acknowledgement may wait for ten minutes; see that they have room to keep it"
)

log = structlog.get_logger("worker")


def run(settings: Settings) -> None:
    """Run the worker until SIGTERM or SIGINT.

    Raises:
        SecondWorker: another one runs on this data, or has taken it over.
        UnsafeSettings: it is told to die, in production.
    """
    logs.configure(settings.log_level)
    CrashPoint.of_environment(settings.environment)  # before anything is opened or made
    huge_pages.do_without()
    store = open_store(settings.database)
    with hold(settings.data_dir):
        store.require_schema()
        with held_database(store) as still_alone:
            _warm_up()
            worker = _recovered(settings, store)
            worker.renewal.still_alone = still_alone
            _stop_on_signals(worker)
            collector.set_aside()
            sys.setswitchinterval(SWITCH_S)
            worker.run()
            store.close()
            if worker.renewal.ousted:
                raise SecondWorker(why="worker ousted")


def _warm_up() -> None:
    """Load what is compiled, or compile it, before anybody waits for a judgement."""
    began_s = monotonic_s()
    compile_loops()
    log.info("compiled", seconds=round(monotonic_s() - began_s, 3))


def _recovered(settings: Settings, store: Store) -> Worker:
    """Return a worker that knows what the last one knew, and is connecting."""
    began_s = monotonic_s()
    index = ZoneIndex(settings.data_dir)
    with collector.at_rest():
        world = load_world(store, settings, index=index)
        recovered = recover(store, world, PastWorlds(store, settings))
    log.info(
        "recovered",
        seconds=round(monotonic_s() - began_s, 3),
        batches=recovered.batches,
        devices_heard=len(recovered.memory.devices),
        **in_numbers(world),
    )
    for problem in recovered.problems:
        log.error("not_recovered_from", problem=problem, advice=UNREADABLE)
    is_first = recovered.journal_id == 0
    worker = Worker(
        settings,
        store,
        _client(settings),
        world,
        recovered.memory,
        is_first=is_first,
        index=index,
    )
    with store.read() as session:
        worker.announcer.feed_seq = violations.last_seq(session)
    if recovered.is_cut:
        log.error("memory_cut", problem=CUT, advice=CUT_ADVICE)
        worker.announcer.warn(CUT)
    worker.start(recovered.changes, is_cut=recovered.is_cut)
    return worker


def _client(settings: Settings) -> Ingest:
    access = service_access(settings)
    return Ingest(
        access.host,
        access.port,
        access.username,
        access.password,
        private_client_id("worker", access.password),
        (*topics.SUBSCRIPTIONS, bus.CHANGED),
        formerly=topics.FORMER_SUBSCRIPTIONS,
        tls=access.tls_context(),
    )


def _stop_on_signals(worker: Worker) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        worker.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
