"""A real platform for one run, the programs around it, and what they cost."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import paho.mqtt.client as mqtt
import psutil
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import SecretStr

from zone_service import bus
from zone_service.broker import free_port, service_access
from zone_service.settings import BrokerKind, Settings, load
from zone_service.supervisor import PROGRAMS, Supervisor

READY_WITHIN_S = 60.0


class Platform:
    """Broker, worker and web as ``zone up`` runs them, on a copy of a database or one of its own."""

    def __init__(
        self,
        directory: Path,
        database: Path | str,
        broker: BrokerKind,
        *,
        worker: Sequence[str] = (),
        alone: bool = False,
        **given: Any,
    ) -> None:
        """``database``: a file of SQLite to copy, or the address of what is this platform's alone.

        ``worker``: a module to run as the worker, with its arguments; usually the product's own.
        ``alone``: with the broker, and nothing beside them.
        """
        directory.mkdir(parents=True)
        if isinstance(database, Path):
            shutil.copy(database, directory / "zone.sqlite")
        else:
            given["store_url"] = database
        self.settings: Settings = load(
            data_dir=directory,
            broker=broker,
            mqtt_port=free_port(),
            mqtt_password=SecretStr(""),
            web_port=free_port(),
            log_level="WARNING",
            **given,
        )
        self.address = f"http://{self.settings.web_host}:{self.settings.web_port}"
        instead = {"worker": (sys.executable, "-P", "-m", *worker)} if worker else {}
        self._alone = alone
        self.supervisor = Supervisor(self.settings, {**({} if alone else PROGRAMS), **instead})
        self.beat: dict[str, Any] = {}
        """What the worker last said of itself."""
        self.told_at: dict[str, float] = {}
        """Violation id → when the worker's word of its opening came off the broker (Unix seconds)."""
        self.of_device: dict[str, str | None] = {}
        """Violation id → the device that the worker named."""
        self._listener: mqtt.Client | None = None

    @contextmanager
    def running(self) -> "Iterator[Platform]":
        """Start all, and end all."""
        with self.supervisor:
            tending = threading.Thread(target=self.supervisor.tend_until_stopped, daemon=True)
            if not self._alone:
                self._until_ready()
            tending.start()
            self._listen()
            if self._alone:
                self._until_heard()
            try:
                yield self
            finally:
                if self._listener is not None:
                    self._listener.loop_stop()
                    self._listener.disconnect()
                self.supervisor.request_stop()
                tending.join()

    def _until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not _is_ready(f"{self.address}/readyz"):
            if time.monotonic() > deadline:
                message = f"the platform was not ready within {READY_WITHIN_S:.0f} s"
                raise TimeoutError(message)
            time.sleep(0.1)

    def _until_heard(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not self.beat:
            if time.monotonic() > deadline:
                message = f"the worker said nothing within {READY_WITHIN_S:.0f} s"
                raise TimeoutError(message)
            time.sleep(0.1)

    def _listen(self) -> None:
        """Follow what the worker says after its commits."""
        access = service_access(self.settings)
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"bench-{os.getpid()}")
        client.username_pw_set(access.username, access.password)
        client.on_message = lambda _client, _data, message: self._hear(
            message.topic, bytes(message.payload), time.time()
        )
        client.connect(access.host, access.port)
        client.subscribe([(bus.HEARTBEAT, 0), (bus.VIOLATION, 0)])
        client.loop_start()
        self._listener = client

    def _hear(self, topic: str, payload: bytes, at_s: float) -> None:
        if topic == bus.HEARTBEAT:
            self._note(json.loads(payload))
            return
        said = json.loads(payload)
        if said["event"] == "opened":
            identity = said["violation"]["id"]
            self.of_device[identity] = said["violation"]["device_id"]
            self.told_at.setdefault(identity, at_s)

    def _note(self, beat: dict[str, Any]) -> None:
        beat["lag_ms_max"] = max(beat["lag_ms"], self.beat.get("lag_ms_max", 0.0))
        self.beat = beat

    def until_committed(self, count: int, within_s: float) -> None:
        """Wait until the worker has committed so many messages, or nothing more is to be hoped."""
        deadline = time.monotonic() + within_s
        while self.beat.get("committed", 0) < count and time.monotonic() < deadline:
            time.sleep(0.1)

    def processes(self) -> dict[str, int]:
        """Return the process id of each part."""
        programs = {name: each.pid for name, each in self.supervisor.programs.items()}
        broker = self.supervisor.broker
        found = programs | {"broker": None if broker is None else broker.pid}
        return {name: pid for name, pid in found.items() if pid is not None}


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (TimeoutError, urllib.error.URLError, ConnectionError):
        return False


def program(*arguments: str) -> "subprocess.Popen[str]":
    """Start one of our own programs; it prints JSON, one object a line."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", *arguments], stdout=subprocess.PIPE, text=True
    )


def said(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return the next object that a program prints.

    Raises:
        ChildProcessError: it ended without a word.
    """
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        message = f"{process.args!r} ended with status {process.wait()}"
        raise ChildProcessError(message)
    return cast("dict[str, Any]", json.loads(line))


def end(process: "subprocess.Popen[str]") -> None:
    """Ask a program to end, and wait until it has."""
    process.send_signal(signal.SIGTERM)
    let_go(process)


def let_go(process: "subprocess.Popen[str]") -> None:
    """Wait until a program has ended, and close what it wrote to."""
    process.wait(30)
    if process.stdout is not None:
        process.stdout.close()


class Cost:
    """CPU seconds of processes between two moments."""

    def __init__(self, processes: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in processes.items()}
        self._before = self._seconds()
        self._begun_s = time.monotonic()

    def _seconds(self) -> dict[str, float]:
        found = {}
        for name, process in self._processes.items():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            found[name] = times.user + times.system
        return found

    def shares(self) -> dict[str, float]:
        """Return the share of one core that each took, of those that still run."""
        passed_s = time.monotonic() - self._begun_s
        return {
            name: round((seconds - self._before[name]) / passed_s, 3)
            for name, seconds in self._seconds().items()
        }


def peak_mb(pid: int) -> float:
    """Return the most memory that a process has held, in MB (10⁶ bytes)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kib = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return round(kib * 1024 / 1e6, 1)
