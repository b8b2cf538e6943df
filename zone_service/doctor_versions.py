"""Whether what is installed is what this program was made for: packages, broker, database."""

import re
import subprocess
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from zone_service.broker import BrokerError, BrokerKind, find_server
from zone_service.doctor_findings import Finding, State, Words
from zone_service.metrics import DISTRIBUTION
from zone_service.settings import Settings
from zone_service.store import server
from zone_service.store.engine import Store

LEAST_BROKER = {BrokerKind.NATS: (2, 15), BrokerKind.MOSQUITTO: (2, 0)}
"""nats-server: what the tests run with. Mosquitto: with 2 came listeners with settings of their own."""
LEAST_POSTGRESQL = (15,)
LEAST_SQLITE = (3, 35)
"""With it came ``RETURNING``."""

_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def packages() -> Finding:
    """Compare what is installed with what the distribution requires."""
    try:
        required = _required()
    except metadata.PackageNotFoundError:
        return Finding(
            "packages", State.UNKNOWN, "nobody says what is required", "run `make setup`"
        )
    versions = {each.name: _version(each.name) for each in required}
    wrong = [said for each in required if (said := _wrong(each, versions[each.name]))]
    if wrong:
        advice = Words(
            "run `make setup`, or `pip install --upgrade {distribution}`", distribution=DISTRIBUTION
        )
        return Finding("packages", State.FAIL, "; ".join(wrong), advice)
    return Finding(
        "packages",
        State.OK,
        Words("{count} of versions that this program takes", count=len(versions)),
    )


def _required() -> list[Requirement]:
    """Return what is required here: neither an extra's nor another system's."""
    found = [Requirement(line) for line in metadata.requires(DISTRIBUTION) or ()]
    return [each for each in found if each.marker is None or each.marker.evaluate({"extra": ""})]


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _wrong(required: Requirement, version: str | None) -> str:
    if version is None:
        return Words("{package} is missing", package=required.name)
    if required.specifier.contains(version, prereleases=True):
        return ""
    return Words(
        "{package} {version} is installed, {needed} is needed",
        package=required.name,
        version=version,
        needed=required.specifier,
    )


def broker_program(settings: Settings) -> Finding:
    """Look for the broker's program, and how old it is."""
    name = "broker program"
    if settings.broker is BrokerKind.EXTERNAL:
        return Finding(name, State.OK, "not needed: the broker is external")
    try:
        program = find_server(settings.broker)
    except BrokerError as error:
        return Finding(name, State.FAIL, "not found", str(error))
    try:
        said = _said_version(program)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(
            name,
            State.FAIL,
            Words("{program} does not run: {error}", program=program, error=error),
            "install it anew",
        )
    found, least = (
        Words("{said} ({program})", said=said, program=program),
        LEAST_BROKER[settings.broker],
    )
    if (numbers := _NUMBERS.search(said)) is None:
        return Finding(
            name, State.UNKNOWN, found, Words("it is to be {least} or newer", least=_dotted(least))
        )
    if tuple(int(each or 0) for each in numbers.groups()) < least:
        return Finding(
            name, State.FAIL, found, Words("install {least} or newer", least=_dotted(least))
        )
    return Finding(name, State.OK, found)


def _said_version(program: Path) -> str:
    # Mosquitto has no --version; its help begins with it.
    flag = "--version" if program.name == "nats-server" else "-h"
    said = subprocess.run(  # noqa: S603 - a program we found ourselves
        [program, flag], capture_output=True, text=True, timeout=10, check=False
    )
    return (said.stdout or said.stderr).partition("\n")[0].strip()


def database(store: Store) -> Finding:
    """Look how old the database's own program is."""
    said, numbers = server.version(store)
    least = LEAST_SQLITE if store.is_sqlite else LEAST_POSTGRESQL
    if numbers < least:
        advice = Words("{least} or newer is needed", least=_dotted(least))
        if store.is_sqlite:
            advice = Words(
                "{advice}: run on a Python that was built with it, or on PostgreSQL", advice=advice
            )
        return Finding("database version", State.FAIL, said, advice)
    return Finding("database version", State.OK, said)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
