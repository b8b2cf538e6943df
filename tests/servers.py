"""Real servers for the tests: brokers, PostgreSQL and Chromium, each on free ports.

Where one is missing, the tests that need it are skipped and the end of the run says so in one
line; with ``CI=true`` that is a failure. What need not be anywhere, such as the recordings of real
units, is told in the same line and never a failure.
"""

import errno
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Never, Self

import psycopg
import pytest

from zone_service import broker as brokers
from zone_service.broker import Account, Broker, BrokerAccess, BrokerKind, Plan
from zone_service.store.engine import open_store

POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")
MEMORY = Path("/dev/shm")
ROOM_FOR_A_CLUSTER = 1 << 30
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
_NOT_HERE = re.compile(r"(?:Skipped: )?(.+) (?:is not installed|not at hand): (.+)")


def absent(server: str, advice: str) -> Never:
    """Skip, loudly; fail where a run without the server proves nothing."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{server} is not installed and CI=true: {advice}", pytrace=False)
    pytest.skip(f"{server} is not installed: {advice}")


def not_at_hand(what: str, advice: str) -> Never:
    """Skip, loudly, what CI may be without as well."""
    pytest.skip(f"{what} not at hand: {advice}")


def no_recordings() -> Never:
    """Skip what plays the recordings of real units."""
    not_at_hand("recordings of real units", "they are optional, beside the project")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was not tested; read off the reports, which several processes write."""
    missing = dict(_not_here(terminalreporter.stats.get("skipped", [])))
    if missing:
        names, advice = ", ".join(sorted(missing)), "; ".join(sorted(set(missing.values())))
        terminalreporter.write_sep(
            "!", f"NOT TESTED against {names}: {advice}", red=True, bold=True
        )


def _not_here(skipped: Iterable[pytest.TestReport]) -> Iterator[tuple[str, str]]:
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        if found := _NOT_HERE.fullmatch(reason):
            yield found[1], found[2]


@pytest.fixture
def free_port() -> int:
    """A TCP port on loopback that nobody listens on."""
    return brokers.free_port()


class RunningBroker:
    """A broker of the tests' own, to which accounts are added and taken away while it runs."""

    def __init__(self, kind: BrokerKind, directory: Path, *, persistence: bool = False) -> None:
        self.kind = kind
        self.password = "the-service-secret-of-the-tests"
        self.accounts: dict[str, Account] = {}
        self.server = Broker(kind, self._plan(directory, persistence=persistence))

    def _plan(self, directory: Path, *, persistence: bool) -> Plan:
        return Plan(
            directory=directory,
            port=brokers.free_port(),
            service_port=brokers.free_port(),
            service=brokers.account(brokers.SERVICE, self.password),
            persistence=persistence,
        )

    @property
    def service(self) -> BrokerAccess:
        """How the platform's own processes connect."""
        return self.server.access(self.password)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self.server.start(self.accounts.values())
        self.server.wait_ready(self.password)

    def stop(self) -> None:
        self.server.stop()

    def kill(self) -> None:
        """Kill with -9, as a power cut would."""
        pid = self.server.pid
        assert pid is not None
        os.kill(pid, 9)
        self.server.stop()

    def add(self, *device_ids: str) -> tuple[BrokerAccess, ...]:
        """Give each device an account, reload once, and return how each connects."""
        for device_id in device_ids:
            self.accounts[device_id] = brokers.account(device_id, _secret(device_id))
        self.server.reload(self.accounts.values())
        return tuple(self.access(device_id) for device_id in device_ids)

    def access(self, device_id: str) -> BrokerAccess:
        """How a device connects, whether its account is there or not."""
        return BrokerAccess("127.0.0.1", self.server.plan.port, device_id, _secret(device_id))

    def remove(self, *device_ids: str) -> None:
        """Take accounts away and reload."""
        for device_id in device_ids:
            del self.accounts[device_id]
        self.server.reload(self.accounts.values())


def _secret(device_id: str) -> str:
    return f"secret-of-{device_id}"


def _running(kind: BrokerKind, directory: Path) -> Iterator[RunningBroker]:
    try:
        brokers.find_server(kind)
    except brokers.ServerNotFound:
        absent(kind.value, "run `make servers`")
    with RunningBroker(kind, directory) as running:
        yield running


@pytest.fixture(scope="session")
def nats_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """A nats-server with its MQTT listener."""
    yield from _running(BrokerKind.NATS, tmp_path_factory.mktemp("nats"))


@pytest.fixture(scope="session")
def mosquitto_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """A Mosquitto, without persistence."""
    yield from _running(BrokerKind.MOSQUITTO, tmp_path_factory.mktemp("mosquitto"))


@pytest.fixture(scope="session", params=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest) -> RunningBroker:
    """Each broker in turn."""
    found = request.getfixturevalue(f"{request.param}_broker")
    assert isinstance(found, RunningBroker)
    return found


@dataclass(frozen=True)
class Pair:
    """A broker and a store on which the whole platform is shown."""

    broker: str
    store: str

    def __str__(self) -> str:
        return f"{self.broker} + {self.store}"

    def require_broker(self, request: pytest.FixtureRequest) -> RunningBroker:
        """Return a broker of its kind; skips the test where none is installed."""
        found = request.getfixturevalue(f"{self.broker}_broker")
        assert isinstance(found, RunningBroker)
        return found

    @contextmanager
    def database(self, request: pytest.FixtureRequest, directory: Path) -> Iterator[str]:
        """Give the address of a database of its kind that has its tables and nothing in them."""
        if self.store == "sqlite":
            template = request.getfixturevalue("sqlite_template")
            yield f"sqlite:///{shutil.copy(template, directory / 'store.sqlite')}"
            return
        template = request.getfixturevalue("postgres_template")
        with fresh_database(request.getfixturevalue("postgres_server"), template) as url:
            yield url


EMBEDDED = Pair("nats", "sqlite")
"""What the platform takes where nothing is said."""
PAIRS = (EMBEDDED, Pair("mosquitto", "postgresql"))
"""What holds on both of these holds on either broker and on either store."""


def _postgres_user() -> str | None:
    """Whom to run PostgreSQL as: it refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None


class RunningPostgres:
    """A PostgreSQL cluster of the tests' own, which can be stopped and started again.

    Its directory is not below pytest's, which only we may enter.
    """

    def __init__(self, place: Path | None = None, *, log_elsewhere: bool = False) -> None:
        """``place``: where its directory goes, but for its write-ahead log if that is elsewhere."""
        if not (POSTGRES_BIN / "initdb").exists():
            absent("PostgreSQL 15", "run `make servers`")
        self.port = brokers.free_port()
        self.user = _postgres_user()
        self.directory = _folder_of(self.user, place or roomiest())
        self._log = _folder_of(self.user, roomiest()) if log_elsewhere else None
        _make_cluster(self.directory, self.user, self._log)

    @property
    def url(self) -> str:
        """Its SQLAlchemy address, without a database name."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for folder in filter(None, (self.directory, self._log)):
            shutil.rmtree(folder, ignore_errors=True)

    def start(self) -> None:
        self._process = _start_postgres(self.directory, self.port, self.user)

    def stop(self) -> None:
        """Stop as an administrator would; SIGINT does not wait for sessions left open."""
        self._process.send_signal(2)
        self._process.wait(20)

    def revive(self) -> None:
        """Start it again if it has ended, as whatever looks after services would."""
        try:
            _wait_for_postgres(self._process, self.port)
        except psycopg.OperationalError:
            self.start()

    def run(self, statement: str) -> None:
        """Run a statement as its administrator."""
        _admin(self.port, statement)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL cluster of the tests' own, without a database name."""
    with RunningPostgres() as running:
        yield running.url


@contextmanager
def small_disk(directory: Path, mebibytes: int) -> Iterator[Path]:
    """Mount a file system that is soon full; skips the test where that is not allowed.

    As root a refusal is a missing server: a run that proves nothing of a full disk must say so.
    """
    what, disk = "a full disk", directory / "disk"
    if os.geteuid() != 0:
        not_at_hand(what, "run the tests as root, who may mount one")
    disk.mkdir()
    options = f"size={mebibytes}m,mode=0755"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        absent(what, "let root mount a tmpfs (CAP_SYS_ADMIN)")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path, *, but_bytes: int = 0) -> Path:
    """Fill a disk up to so many bytes; return the file to be removed to make room."""
    ballast = disk / "ballast"
    try:
        ballast.write_bytes(b"\0" * max(0, shutil.disk_usage(disk).free - but_bytes))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        # Somebody wrote meanwhile: it holds what there was, and has to leave the rest again.
        os.truncate(ballast, max(0, ballast.stat().st_size - but_bytes))
    return ballast


def roomiest() -> Path:
    """Return where a cluster's files go: memory where there is room, for a database is 300 files.

    On a disk a new database takes ten times as long. PostgreSQL runs as somebody else, who must
    be let in: pytest's own folder, which only we may enter, is no place for it.
    """
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM_FOR_A_CLUSTER
    if has_room and os.access(MEMORY, os.W_OK):
        return MEMORY
    usual = Path(tempfile.gettempdir()).resolve()
    return usual if all(_is_open(part) for part in (usual, *usual.parents)) else Path("/var/tmp")


def _is_open(folder: Path) -> bool:
    """Tell whether anybody may pass through a folder."""
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def _folder_of(user: str | None, place: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="zone-postgres-", dir=place))
    if user is not None:
        known = pwd.getpwnam(user)
        os.chown(folder, known.pw_uid, known.pw_gid)
    return folder


def _make_cluster(directory: Path, user: str | None, log: Path | None) -> None:
    how = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    how += [] if log is None else ["-X", str(log / "wal")]
    subprocess.run(
        [str(POSTGRES_BIN / "initdb"), "-D", str(directory / "data"), *how],
        user=user,
        cwd="/",
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _start_postgres(directory: Path, port: int, user: str | None) -> "subprocess.Popen[bytes]":
    options = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    # No socket file: its path may not be longer than 107 bytes, and nobody here needs one.
    options |= {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
    flags = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [POSTGRES_BIN / "postgres", "-D", directory / "data", "-p", str(port), *flags],
            user=user,
            cwd="/",
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    _wait_for_postgres(process, port)
    return process


def _wait_for_postgres(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            _admin(port, "SELECT 1")
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _admin(port: int, statement: str) -> None:
    address = f"host=127.0.0.1 port={port} user=postgres dbname=postgres connect_timeout=5"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def fresh_database(server: str, template: str = "template1") -> Iterator[str]:
    """Give the address of a new PostgreSQL database, a copy of another."""
    name = f"zone_{uuid.uuid4().hex[:16]}"
    port = int(server.rpartition(":")[2])
    _admin(port, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield f"{server}/{name}"
    _admin(port, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The SQLAlchemy address of an empty PostgreSQL database, fresh for this test."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy address of an empty database, fresh for this test, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    url = request.getfixturevalue("postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with tables and nothing in them: a copy takes a hundredth of a migration."""
    path = tmp_path_factory.mktemp("template") / "store.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database with tables and nothing in them."""
    with fresh_database(postgres_server) as url:
        _migrate(url)
        yield url.rpartition("/")[2]


def _migrate(url: str) -> None:
    store = open_store(url)
    store.upgrade()
    store.close()


@pytest.fixture
def migrated_postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The SQLAlchemy address of a PostgreSQL database with its tables, fresh for this test."""
    with fresh_database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture
def migrated_sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The SQLAlchemy address of a SQLite database with its tables, fresh for this test."""
    copied = shutil.copy(sqlite_template, tmp_path / "store.sqlite")
    return f"sqlite:///{copied}"


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_store_url(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy address of a database with its tables, of each kind in turn."""
    kind = {"sqlite": "migrated_sqlite_url", "postgresql": "migrated_postgres_url"}
    url = request.getfixturevalue(kind[request.param])
    assert isinstance(url, str)
    return url


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The program of a Chromium that is installed here."""
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return found
    absent("Chromium", "run `make servers`")
