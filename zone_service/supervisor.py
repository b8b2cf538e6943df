"""``zone up``: the broker, the worker and the web process, kept running until somebody says stop.

The supervisor also keeps the broker's accounts equal to the registry: a credential that is issued
opens the broker, and one that is revoked closes it, within a second and without a restart.
"""

import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from zone_service import addresses, logs, parts
from zone_service.broker import (
    SERVICE,
    Account,
    Broker,
    BrokerAccess,
    BrokerFailed,
    Plan,
    account,
    free_port,
    gateway_access,
    gateway_account,
    service_access,
    usable,
)
from zone_service.brokers.process import DATAGRAMS, STREAM, require_free
from zone_service.data_lock import AlreadyRunning, DataLock
from zone_service.interrupts import asked_to_stop
from zone_service.kept_child import Kept, Program
from zone_service.kept_job import Job
from zone_service.listening import listening
from zone_service.secret_file import Secrets, keep_secrets, read_secrets
from zone_service.settings import BrokerKind, Settings
from zone_service.sole_worker import SecondWorker, held_database
from zone_service.store import credentials
from zone_service.store.engine import Store, open_store
from zone_service.store.records import Credential
from zone_service.store.revisions import revisions

__all__ = ["AlreadyRunning", "Supervisor", "child_environment", "run"]

log = structlog.get_logger("supervisor")

LOOK_EVERY_S = 0.2
RETRY_AFTER_S = 2.0
PATIENCE_S = 5.0
"""A platform that was killed leaves children that take a moment to end."""
AGAIN_AFTER_S = 0.1
# Together below ten seconds: what a service manager or a container grants before it kills.
JOB_PATIENCE_S = 0.5
"""It may die at any step."""
EVIDENCE_PATIENCE_S = 0.5
"""Likewise: what it has not sealed is sealed by the next."""
FENCES_PATIENCE_S = 0.3
"""Likewise: what it has not told is told by the next."""
WEB_PATIENCE_S = 3.0
WORKER_PATIENCE_S = 3.5
GATEWAY_PATIENCE_S = 0.2
"""Behind the web, which ends at the same time."""
BROKER_PATIENCE_S = 2.5

PROGRAMS: Mapping[str, Sequence[str]] = {
    # -P: a folder named like one of our packages in the current directory must not shadow it.
    name: (sys.executable, "-P", "-m", "zone_service", *words)
    for name, words in parts.WORDS.items()
}
COMPACTION: Sequence[str] = (
    sys.executable,
    "-P",
    "-m",
    "zone_service",
    "history",
    "compact",
    "--quiet",
    "--gently",
)


GATEWAYS = {
    "jt808": ("gateway_jt808",),
    "ais": ("gateway_ais_tcp", "gateway_ais_udp"),
    "mavlink": ("gateway_mavlink",),
}
"""By the format of their units; each runs where a setting says where it listens."""
BY_DATAGRAMS = frozenset({"gateway_ais_udp", "gateway_mavlink"})


def run(settings: Settings, started: Callable[[], None] = lambda: None) -> int:
    """Run the platform until SIGINT or SIGTERM; returns the exit status.

    ``started`` is called once, when everything has been started.

    Raises:
        AlreadyRunning, SecondWorker: another one runs on the same data.
        BrokerError: the broker is not installed, or does not start.
        StoreError: the database is of another age.
    """
    logs.configure(settings.log_level)
    supervisor = Supervisor(settings)
    with asked_to_stop(supervisor.request_stop), supervisor:
        started()
        supervisor.tend_until_stopped()
    return 0


class Supervisor:
    """Everything that runs on one data directory. A context: started on entry, ended on exit.

    Start it in a thread that lives as long as the platform should: the kernel ends the children
    when the thread that started them ends.
    """

    def __init__(
        self, settings: Settings, programs: Mapping[str, Sequence[str]] = PROGRAMS
    ) -> None:
        self.settings = settings
        self.broker: Broker | None = None
        self.access: BrokerAccess | None = None
        self.programs: dict[str, Program] = {}
        self._commands = {**_gateways(settings), **programs}
        self._gateways: tuple[Account, ...] = ()
        self._directory = settings.data_dir.resolve()
        self._lock = DataLock(self._directory)
        self._store: Store | None = None
        self._kept: list[Kept] = []
        self._jobs: list[Job] = []
        self._revision = -1
        self._given: list[Account] = []
        self._retry_s = 0.0
        self._stop = threading.Event()
        self._has_started = False

    def __enter__(self) -> "Supervisor":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything in order; on an error nothing is left behind.

        Raises:
            AlreadyRunning: another platform runs on the same data directory.
            SecondWorker: one runs on the same database, wherever its directory is.
        """
        self._lock.take()
        try:
            _require_ports(self.settings)
            self._store = _ready_store(self.settings)
            _require_alone(self._store)
            self.access = self._start_broker()
            self._start_programs(self.access)
            addresses.keep(self.settings)
        except BaseException:
            self.stop()
            raise
        self._has_started = True
        log.info("platform_started", data_dir=str(self._directory), web_port=self.settings.web_port)

    def tend(self) -> None:
        """Start again who died or cannot go on, and tell the broker about new accounts."""
        self._end_starved_broker()
        for kept in self._kept:
            kept.tend(time.monotonic())
        for job in self._jobs:
            job.tend(time.monotonic())
        self._follow_registry()

    def tend_until_stopped(self) -> None:
        """Tend until ``request_stop``; a stop does not wait for the next look."""
        while not self._stop.wait(LOOK_EVERY_S):
            self.tend()

    def request_stop(self) -> None:
        """Let ``tend_until_stopped`` return; may be called from a signal handler or a thread."""
        self._stop.set()

    def stop(self) -> None:
        """End web, worker and broker, in this order, each by force when it does not end in time.

        The web first, so that nobody sees a feed that has gone quiet, and with it the gateways, so that
        no terminal speaks to nobody; the broker last, so that the worker can still acknowledge what it
        has committed.
        """
        for job in self._jobs:
            job.program.stop(JOB_PATIENCE_S)
        if evidence := self.programs.get("evidence"):
            evidence.stop(EVIDENCE_PATIENCE_S)
        if fences := self.programs.get("fences"):
            fences.stop(FENCES_PATIENCE_S)
        gateways = [
            self.programs[each] for each in _gateways(self.settings) if each in self.programs
        ]
        for gateway in gateways:
            gateway.ask_to_stop()
        if web := self.programs.get("web"):
            web.stop(WEB_PATIENCE_S)
        for gateway in gateways:
            gateway.stop(GATEWAY_PATIENCE_S)
        if worker := self.programs.get("worker"):
            worker.stop(WORKER_PATIENCE_S)
        if self.broker is not None:
            self.broker.stop(BROKER_PATIENCE_S)
        if self._store is not None:
            self._store.close()
        self._lock.release()
        if self._has_started:
            log.info("platform_stopped", data_dir=str(self._directory))

    def _start_broker(self) -> BrokerAccess:
        if self.settings.broker is BrokerKind.EXTERNAL:
            return service_access(self.settings)
        kept = _secrets(self.settings, self._directory)
        self._gateways = tuple(gateway_account(each, kept.mqtt_password) for each in GATEWAYS)
        self.broker = Broker(self.settings.broker, _plan(self.settings, self._directory, kept))
        self._launch_broker()
        access = self.broker.wait_ready(kept.mqtt_password)
        keep = Secrets(mqtt_password=access.password, mqtt_host=access.host, mqtt_port=access.port)
        keep_secrets(self._directory, keep)
        return access

    def _launch_broker(self) -> None:
        """Start the broker with the accounts of this moment."""
        assert self.broker is not None  # noqa: S101 - only called when there is one
        try:
            self._revision, self._given = self._accounts()
        except SQLAlchemyError as error:
            # Not with those of before: a credential may have been withdrawn since.
            msg = f"the broker's accounts cannot be read: {error}"
            raise BrokerFailed(msg) from error
        self.broker.start(self._given)

    def _start_programs(self, access: BrokerAccess) -> None:
        now_s = time.monotonic()
        if self.broker is not None:
            broker = self.broker
            kept = Kept("broker", self._launch_broker, lambda: broker.pid is not None)
            kept.adopt(now_s)
            self._kept.append(kept)
        env = child_environment(self.settings, access)
        for name, command in self._commands.items():
            program = Program(list(command), self._environment_of(name, env))
            self.programs[name] = program
            kept = Kept(name, program.launch, program.alive, partial(getattr, program, "status"))
            kept.start(now_s)
            self._kept.append(kept)
        compaction = Program(list(COMPACTION), env)
        self._jobs.append(Job("history", compaction, self.settings.history_every_s, now_s))

    def _environment_of(self, name: str, env: dict[str, str]) -> dict[str, str]:
        """Return what a program is told: a gateway, which strangers speak to, is not the platform."""
        if name not in _gateways(self.settings):
            return env
        _, _, codec = name.partition(" ")
        return child_environment(self.settings, gateway_access(self.settings, codec))

    def _end_starved_broker(self) -> None:
        """End a broker that a full disk has left unable to store, now that there is room."""
        if self.broker is None:
            return
        try:
            if self.broker.wants_restart():
                log.warning("broker_starved", advice="its disk was full: it is started again")
                self.broker.stop(BROKER_PATIENCE_S)
        except OSError as error:
            log.warning("broker_not_looked_at", error=str(error))

    def _follow_registry(self) -> None:
        """Give the broker the accounts of the registry when those have changed."""
        if self.broker is None or self.broker.pid is None or time.monotonic() < self._retry_s:
            return
        try:
            self._reload_if_changed()
        except (SQLAlchemyError, BrokerFailed, OSError) as error:
            # A full disk or a database that is away must not end the platform.
            self._retry_s = time.monotonic() + RETRY_AFTER_S
            log.warning("accounts_not_reloaded", error=str(error), retry_in_s=RETRY_AFTER_S)

    def _reload_if_changed(self) -> None:
        assert self.broker is not None  # noqa: S101 - looked at by the caller
        if self._revision_now() == self._revision:
            return
        revision, accounts = self._accounts()
        if accounts != self._given:
            # nats-server hashes the secret of every live session again on a reload: 1.2 ms each.
            self.broker.reload(accounts)
        self._revision, self._given = revision, accounts
        log.info("accounts_followed", registry_revision=revision, accounts=len(accounts))

    def _revision_now(self) -> int:
        assert self._store is not None  # noqa: S101 - started
        with self._store.read() as session:
            return revisions(session).registry

    def _accounts(self) -> tuple[int, list[Account]]:
        """Return the revision of the registry and the accounts it grants, of one moment."""
        assert self._store is not None  # noqa: S101 - started
        with self._store.read() as session:
            revision = revisions(session).registry
            found = credentials.active(session)
        known = [one for one in found if usable(one.device_id)]
        devices = [Account(one.device_id, one.bcrypt, one.pbkdf2) for one in known]
        return revision, devices + [
            replace(
                gateway,
                speaks_for=_spoken_for(codec, known),
                tells_fences=codec == "mavlink" and self.settings.gateway_mavlink_fences,
            )
            for codec, gateway in zip(GATEWAYS, self._gateways, strict=True)
        ]


def _gateways(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the gateways that are to run, and how each is started."""
    return {
        f"gateway {codec}": (sys.executable, "-P", "-m", "zone_service", "gateway", codec)
        for codec, places in GATEWAYS.items()
        if any(getattr(settings, place) for place in places)
    }


def _spoken_for(codec: str, known: Iterable[Credential]) -> tuple[str, ...]:
    """Return the devices for which a gateway may speak: those of its format, and no others."""
    return tuple(one.device_id for one in known if one.codec == codec)


def _require_ports(settings: Settings) -> None:
    """Say now what a child would only say in its log, again and again."""
    if settings.broker is not BrokerKind.EXTERNAL:
        require_free(settings.mqtt_host, settings.mqtt_port, "ZONE_MQTT_PORT", PATIENCE_S)
    require_free(settings.web_host, settings.web_port, "ZONE_WEB_PORT", PATIENCE_S)
    for name in (each for names in GATEWAYS.values() for each in names):
        if typed := getattr(settings, name):
            at, kind = listening(typed), DATAGRAMS if name in BY_DATAGRAMS else STREAM
            require_free(at.host, at.port, f"ZONE_{name.upper()}", PATIENCE_S, kind)


def _ready_store(settings: Settings) -> Store:
    """Open the database: a new one gets its tables, an old one is never changed unasked."""
    store = open_store(settings.database)
    if store.revision_of_schema() is None:
        store.upgrade()
    store.require_schema()
    return store


def _require_alone(store: Store) -> None:
    """Say now what the worker would only say in its log, again and again."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            with held_database(store):
                return
        except SecondWorker:
            if time.monotonic() >= deadline_s:
                raise
        time.sleep(AGAIN_AFTER_S)


def _secrets(settings: Settings, directory: Path) -> Secrets:
    """Return the password of the platform's own account; made at the first start."""
    given = settings.mqtt_password.get_secret_value()
    if given:
        return Secrets(mqtt_password=given)
    return read_secrets(directory) or Secrets(mqtt_password=secrets.token_urlsafe(32))


def _plan(settings: Settings, directory: Path, kept: Secrets) -> Plan:
    return Plan(
        directory=directory / settings.broker.value,
        host=settings.mqtt_host,
        port=settings.mqtt_port,
        service_port=free_port(),
        service=account(SERVICE, kept.mqtt_password),
    )


def child_environment(settings: Settings, access: BrokerAccess) -> dict[str, str]:
    """Return the environment in which a child reads the same settings, and how to get in."""
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    values |= {
        "data_dir": settings.data_dir.resolve(),
        "store_url": settings.database,
        "mqtt_host": access.host,
        "mqtt_port": access.port,
        "mqtt_username": access.username,
        "mqtt_password": access.password,
    }
    others = {key: value for key, value in os.environ.items() if not key.startswith("ZONE_")}
    ours = {f"ZONE_{name.upper()}": _plain(v) for name, v in values.items() if v is not None}
    return others | ours


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
