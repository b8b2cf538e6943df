"""``zone load``: many registered devices that publish at once, and how the platform kept up.

The devices are vehicles at rest, driven by hand: nothing they do is a violation, so that a load
test floods nobody's screen.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from simulators.load import LoadPlan, plan_file
from telemetry.report import Domain
from zone_service.broker import AccessRefused, BrokerAccess, Unreachable, probe
from zone_service.clock import now
from zone_service.provision import ensure_organisation, opened
from zone_service.settings import Settings
from zone_service.store import registry
from zone_service.store.engine import Store
from zone_service.store.errors import NotFound
from zone_service.store.records import PLATFORM, Device, OrganisationKind

KNOWN_WITHIN_S = 30.0
"""How soon a running platform has told its broker about new accounts."""


def run_load_test(
    settings: Settings,
    devices: int,
    rate_hz: float,
    seconds: float,
    qos: int,
    operator: str,
    console: Console,
) -> None:
    """Register, wait for the broker to know them, publish, and say what came of it.

    Raises:
        ConnectionError: the platform does not run, or its broker does not learn the accounts.
    """
    store = opened(settings)
    try:
        secrets = _provision(store, devices, operator, console)
    finally:
        store.close()
    last = max(secrets)
    console.print(f"waiting for the broker to know {last} …")
    _wait_until_known(BrokerAccess(settings.mqtt_host, settings.mqtt_port, last, secrets[last]))
    console.print(
        f"publishing {devices * rate_hz:.0f} messages/s from {devices} connections "
        f"for {seconds:.0f} s at QoS {qos} …"
    )
    for name, value in _publish(settings, secrets, rate_hz, seconds, qos).items():
        console.print(f"{name:>20}  {value}")


def _provision(store: Store, count: int, operator: str, console: Console) -> dict[str, str]:
    """Return a fresh secret of each device; those that do not exist are registered."""
    wanted = [f"load-{number:05d}" for number in range(1, count + 1)]
    with store.write() as session:
        ensure_organisation(session, operator, OrganisationKind.OPERATOR)
    known: dict[str, str] = {}
    for device_id in wanted:
        with store.write() as session:
            try:
                known[device_id] = registry.issue_credential(session, PLATFORM, device_id, now())
            except NotFound:
                break
    new = [
        Device(device_id, operator, Domain.ROAD, f"Load test {device_id[5:]}")
        for device_id in wanted[len(known) :]
    ]
    console.print(f"{len(known)} devices known, {len(new)} to register …")
    added = registry.add_devices(store, PLATFORM, new, now()).secrets if new else {}
    return {**known, **added}


def _wait_until_known(access: BrokerAccess) -> None:
    deadline = time.monotonic() + KNOWN_WITHIN_S
    while True:
        try:
            probe(access, 2.0)
        except AccessRefused:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)
        except Unreachable as error:
            msg = f"{error}. Is `zone up` running with these settings?"
            raise ConnectionError(msg) from None
        else:
            return


def _publish(
    settings: Settings, secrets: dict[str, str], rate_hz: float, seconds: float, qos: int
) -> dict[str, object]:
    """Publish from a process of its own, so that thousands of connections fit."""
    plan = LoadPlan(settings.mqtt_host, settings.mqtt_port, secrets, speed_mps=0.0)
    with tempfile.TemporaryDirectory(prefix="zone-load-") as folder:
        secret_file, plan_path = Path(folder) / "secrets.json", Path(folder) / "plan.json"
        secret_file.touch(mode=0o600)
        secret_file.write_text(json.dumps(secrets))
        plan_path.write_text(plan_file(plan))
        command = [sys.executable, "-P", "-m", "simulators.load", "--json"]
        command += ["--host", settings.mqtt_host, "--port", str(settings.mqtt_port)]
        command += ["--secrets", str(secret_file), "--plan", str(plan_path)]
        command += ["--rate", str(rate_hz), "--seconds", str(seconds), "--qos", str(qos)]
        # Our own program and our own files; nothing of it comes from outside.
        ran = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False
        )
    if ran.returncode:
        lines = ran.stderr.strip().splitlines() or ["no reason given"]
        msg = f"the load generator failed: {lines[-1]}"
        raise ConnectionError(msg)
    found: dict[str, object] = json.loads(ran.stdout)
    return found
