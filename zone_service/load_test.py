"""``zone load``: many registered devices that publish at once, and how the platform kept up.

The devices are vehicles at rest: nothing they do is a violation, so that a load test floods
nobody's screen. They are registered for the run, and leave the register with it.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from simulators.load import LoadPlan, plan_file
from telemetry.report import Domain
from zone_service.addresses import Addresses, addresses
from zone_service.broker import AccessRefused, BrokerAccess, Unreachable, probe
from zone_service.clock import monotonic_s, now
from zone_service.interrupts import held
from zone_service.provision import ensure_operator, opened
from zone_service.settings import Settings
from zone_service.store import credentials, registry
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Device

KNOWN_WITHIN_S = 30.0
"""How soon a running platform has told its broker about new accounts."""
LOOK_EVERY_S = 0.3
AT_ONCE = 200
"""Devices that are registered between two moments at which Ctrl-C is heard."""
T = TypeVar("T")
FIGURES = {
    "sent": "reports published",
    "messages_per_second": "reports a second",
    "acknowledged": "acknowledged by the broker (QoS 1)",
    "stored": "acknowledged by the platform as stored",
    "connect_s": "seconds until all were connected",
    "late_ms_max": "most that this generator was late, ms",
    "reconnects": "connections lost and found again",
}


def run_load_test(
    settings: Settings,
    devices: int,
    rate_hz: float,
    seconds: float,
    qos: int,
    operator: str,
    console: Console,
    *,
    keep: bool = False,
) -> bool:
    """Register, wait for the broker to know them, publish, and say what came of it.

    ``keep`` leaves the devices in the register, without credentials. Returns whether everything that was published is known to be stored.

    Raises:
        ConnectionError: the platform does not run, or its broker does not learn the accounts.
        StoreError: the devices cannot be registered.
    """
    to = addresses(settings)
    _require_running(to)
    wanted = [f"load-{number:05d}" for number in range(1, devices + 1)]
    with _registered(settings, wanted, operator, console, keep=keep) as secrets:
        _wait_until_known(BrokerAccess(to.mqtt_host, to.mqtt_port, wanted[-1], secrets[wanted[-1]]))
        console.print(
            f"publishing {devices * rate_hz:.0f} reports/s from {devices} connections "
            f"to {to.mqtt} for {seconds:.0f} s at QoS {qos} …",
            highlight=False,
        )
        found = _publish(to, secrets, rate_hz, seconds, qos, console)
    for name, words in FIGURES.items():
        if name != "acknowledged" or qos:
            console.print(f"{found[name]:>12}  {words}", highlight=False)
    return bool(found["stored"] == found["sent"])


def _require_running(to: Addresses) -> None:
    """Refuse before anything is registered, where nobody would hear the devices."""
    try:
        probe(BrokerAccess(to.mqtt_host, to.mqtt_port, "load-test", "no password"), 2.0)
    except AccessRefused:
        return
    except Unreachable as error:
        msg = f"{error}. Is `zone up` running on the same ZONE_DATA_DIR?"
        raise ConnectionError(msg) from None


@contextmanager
def _registered(
    settings: Settings,
    wanted: Sequence[str],
    operator: str,
    console: Console,
    *,
    keep: bool,
) -> Iterator[dict[str, str]]:
    """Give a fresh secret of each device for as long as the run takes."""
    store = opened(settings)
    try:
        yield _provision(store, wanted, operator, console)
    finally:
        with held():
            _withdraw(store, wanted, operator, console, keep=keep)
            store.close()


def _provision(
    store: Store, wanted: Sequence[str], operator: str, console: Console
) -> dict[str, str]:
    """Register the devices that are not known yet; return a secret of each."""
    with held(), store.write() as session:
        ensure_operator(session, operator)
    registered = _known(store)
    known = [device_id for device_id in wanted if device_id in registered]
    new = [_device(device_id, operator) for device_id in wanted if device_id not in registered]
    console.print(f"{len(known)} devices known, {len(new)} to register …", highlight=False)
    at = now()
    secrets: dict[str, str] = {}
    for again in _in_parts(known):
        with held():
            secrets |= credentials.issue_many(store, PLATFORM, again, at)
    for some in _in_parts(new):
        with held():
            secrets |= registry.add_devices(store, PLATFORM, some, at).secrets
    return secrets


def _withdraw(
    store: Store, wanted: Sequence[str], operator: str, console: Console, *, keep: bool
) -> None:
    """End the credentials, and take away what was registered for a load test, now or before."""
    credentials.revoke_many(store, PLATFORM, wanted, now())
    registered = _known(store)
    made = [each for each in wanted if registered.get(each) == _device(each, operator)]
    if not keep:
        removed = registry.remove_devices(store, PLATFORM, made, now())
        console.print(f"{removed} devices taken out of the register again", highlight=False)


def _known(store: Store) -> dict[str, Device]:
    with store.read() as session:
        return {device.device_id: device for device in registry.all_devices(session)}


def _device(device_id: str, operator: str) -> Device:
    return Device(device_id, operator, Domain.ROAD, f"Load test {device_id[5:]}")


def _in_parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield so many at a time that Ctrl-C need not wait for long."""
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def _wait_until_known(access: BrokerAccess) -> None:
    deadline = monotonic_s() + KNOWN_WITHIN_S
    while True:
        try:
            probe(access, 2.0)
        except AccessRefused as error:
            if monotonic_s() > deadline:
                msg = (
                    f"{error}. It did not learn the new account within {KNOWN_WITHIN_S:.0f} s: is "
                    "the platform that runs here on the same ZONE_DATA_DIR and ZONE_STORE_URL?"
                )
                raise ConnectionError(msg) from None
            time.sleep(LOOK_EVERY_S)
        else:
            return


def _publish(
    to: Addresses,
    secrets: Mapping[str, str],
    rate_hz: float,
    seconds: float,
    qos: int,
    console: Console,
) -> dict[str, Any]:
    """Publish from a process of its own, so that thousands of connections fit."""
    plan = LoadPlan(
        to.mqtt_host,
        to.mqtt_port,
        secrets,
        speed_mps=0.0,
        # Sequence numbers begin at 0 in each run: under one name a second run were a replay.
        boot_id=f"load-{now():%Y%m%dT%H%M%S}",
        hear_acknowledgements=True,
    )
    with tempfile.TemporaryDirectory(prefix="zone-load-") as folder:
        secret_file, plan_path = Path(folder) / "secrets.json", Path(folder) / "plan.json"
        secret_file.write_text(json.dumps(dict(secrets)))
        plan_path.write_text(plan_file(plan))
        command = [sys.executable, "-P", "-m", "simulators.load", "--json", "--progress"]
        command += ["--host", to.mqtt_host, "--port", str(to.mqtt_port)]
        command += ["--secrets", str(secret_file), "--plan", str(plan_path)]
        command += ["--rate", str(rate_hz), "--seconds", str(seconds), "--qos", str(qos)]
        return _figures(command, console)


def _figures(command: Sequence[str], console: Console) -> dict[str, Any]:
    """Run the generator, show what it says on the way, and return its figures."""
    last = "no reason given"
    with subprocess.Popen(  # noqa: S603 - our own program and our own files
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 - piped
        assert process.stderr is not None  # noqa: S101 - piped
        try:
            for line in process.stderr:
                last = line.strip() or last
                if last.startswith("… "):
                    console.print(last, style="dim", highlight=False)
            figures = process.stdout.read()
        except BaseException:
            process.kill()  # interrupted: nobody would read what it still has to say
            raise
    if process.returncode:
        msg = f"the load generator failed: {last}"
        raise ConnectionError(msg)
    found: dict[str, Any] = json.loads(figures)
    return found
