"""``zone doctor`` sees a worker or a web process that stands still, not only one that is gone."""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from zone_service import doctor_running
from zone_service.broker import free_port
from zone_service.data_lock import WORKER_NAME, DataLock
from zone_service.doctor_findings import Finding, State
from zone_service.doctor_running import running
from zone_service.settings import BrokerKind, Settings
from zone_service.sole_worker import hold

WELL = {
    "store": {"ok": True, "detail": "answers"},
    "bus": {"ok": True, "detail": "connected"},
    "worker": {"ok": True, "detail": "heard 0.2 s ago"},
    "intake": {"ok": True, "detail": "stored as it comes"},
    "disk": {"ok": True, "detail": "50% free"},
}
SILENT = {"ok": False, "detail": "heard 9.0 s ago"}


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """The settings of a platform that runs."""
    with DataLock(tmp_path), hold(tmp_path):
        yield Settings(data_dir=tmp_path, mqtt_port=free_port(), web_port=free_port())


@contextmanager
def answering(port: int, body: bytes) -> Iterator[None]:
    """A web process that says ``body`` of itself."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/readyz" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ready(**changed: object) -> bytes:
    return json.dumps({"status": "…", "checks": WELL | changed}).encode()


Asked = Callable[[bytes], dict[str, Finding]]


@pytest.fixture
def asked(settings: Settings) -> Asked:
    def ask(body: bytes) -> dict[str, Finding]:
        with answering(settings.web_port, body):
            return {finding.name: finding for finding in running(settings)}

    return ask


def test_a_platform_that_works_is_well_in_every_line(asked: Asked) -> None:
    findings = asked(ready())
    assert {name: each.state for name, each in findings.items()} == {
        "web": State.OK,
        "worker": State.OK,
        "intake": State.OK,
        "bus": State.OK,
    }
    assert findings["worker"].found == "heard 0.2 s ago"


def test_a_worker_that_stands_still_is_a_failure_that_names_its_process(
    settings: Settings, asked: Asked
) -> None:
    finding = asked(ready(worker=SILENT))["worker"]
    pid = (settings.data_dir / WORKER_NAME).read_text().strip()
    assert (finding.state, finding.found) == (State.FAIL, "heard 9.0 s ago")
    assert f"kill -9 {pid} " in finding.advice


@pytest.fixture
def without_worker(tmp_path: Path) -> Iterator[Asked]:
    """Ask a platform whose worker has ended, and is to be started again."""
    settings = Settings(data_dir=tmp_path, mqtt_port=free_port(), web_port=free_port())

    def ask(body: bytes) -> dict[str, Finding]:
        with answering(settings.web_port, body):
            return {finding.name: finding for finding in running(settings)}

    hold(tmp_path).close()
    with DataLock(tmp_path):
        yield ask


def test_a_worker_that_ended_is_no_process_to_be_ended(without_worker: Asked) -> None:
    finding = without_worker(ready(worker=SILENT))["worker"]
    assert finding.state is State.FAIL
    assert "no worker runs" in finding.advice
    assert "kill" not in finding.advice


def test_a_worker_that_has_just_ended_is_a_failure_though_it_was_heard_a_moment_ago(
    without_worker: Asked,
) -> None:
    findings = without_worker(ready())
    assert findings["worker"].state is State.FAIL
    assert findings["worker"].found == "heard 0.2 s ago, and its process is gone"
    assert f"`zone up` (process {os.getpid()}) starts it again" in findings["worker"].advice
    assert findings["intake"].state is State.UNKNOWN


@pytest.mark.parametrize(("age_s", "state"), [(2.4, State.OK), (2.6, State.WARN)])
def test_a_worker_that_missed_two_of_its_seconds_is_a_warning_and_intake_is_unknown(
    asked: Asked, age_s: float, state: State
) -> None:
    said = {"ok": True, "detail": f"heard {age_s} s ago", "age_s": age_s}
    findings = asked(ready(worker=said))
    assert (findings["worker"].state, findings["worker"].found) == (state, f"heard {age_s} s ago")
    assert findings["intake"].state is (State.OK if state is State.OK else State.UNKNOWN)


def test_a_worker_that_can_store_nothing_is_a_failure_that_says_why(asked: Asked) -> None:
    full = "nothing can be stored: database or disk is full"
    findings = asked(ready(intake={"ok": False, "detail": full}))
    assert (findings["intake"].state, findings["intake"].found) == (State.FAIL, full)
    assert "make room" in findings["intake"].advice
    assert findings["worker"].state is State.OK


def test_a_web_process_without_the_bus_is_a_failure(asked: Asked) -> None:
    finding = asked(ready(bus={"ok": False, "detail": "not connected"}))["bus"]
    assert (finding.state, finding.found) == (State.FAIL, "not connected")


def test_a_web_process_that_cannot_reach_the_store_says_so_in_its_line(asked: Asked) -> None:
    finding = asked(ready(store={"ok": False, "detail": "OperationalError"}))["web"]
    assert finding.state is State.FAIL
    assert "store: OperationalError" in finding.found


@contextmanager
def frozen(port: int) -> Iterator[None]:
    """A process that is stopped: the kernel takes connections, and nobody answers."""
    with socket.create_server(("127.0.0.1", port)):
        yield


@contextmanager
def gone(_port: int) -> Iterator[None]:
    yield


@pytest.mark.parametrize(
    ("web", "said"), [(frozen, "does not answer"), (gone, "nobody answers at")]
)
def test_a_web_process_that_does_not_answer_is_a_failure_and_hides_the_worker(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    web: Callable[[int], AbstractContextManager[None]],
    said: str,
) -> None:
    monkeypatch.setattr(doctor_running, "PATIENCE_S", 0.2)
    with web(settings.web_port):
        found, *others = running(settings)
    assert found.state is State.FAIL
    assert said in found.found
    assert [(each.name, each.state) for each in others] == [
        ("worker", State.WARN),
        ("intake", State.WARN),
        ("bus", State.WARN),
    ]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"checks": {"worker": 1}}'])
def test_another_program_on_the_port_is_not_taken_for_the_platform(
    asked: Asked, body: bytes
) -> None:
    finding = asked(body)["web"]
    assert finding.state is State.FAIL
    assert "ZONE_WEB_PORT" in finding.advice


def test_with_a_broker_elsewhere_what_does_not_run_is_said_as_such(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, broker=BrokerKind.EXTERNAL, web_port=free_port())
    assert {each.found for each in running(settings)} == {"the platform is not running"}
