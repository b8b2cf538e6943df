"""The units of docs/onboard-units.md: what they keep over an outage and their own restart is delivered."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers import PAIRS, Pair, RunningBroker, not_at_hand
from tests.zone_service.running import Site, settle, until
from zone_service.broker import BrokerKind
from zone_service.store import journal
from zone_service.store.engine import open_store

PAGE = Path(__file__).parents[2] / "docs" / "onboard-units.md"
STUB = """\
#define MQTTCLIENT_SUCCESS 0
#define MQTTCLIENT_PERSISTENCE_NONE 1
#define MQTTClient_connectOptions_initializer {0, 0, 0, 0}
typedef void *MQTTClient;
typedef struct { int payloadlen; void *payload; } MQTTClient_message;
typedef struct { int keepAliveInterval, cleansession; const char *username, *password; } MQTTClient_connectOptions;
int MQTTClient_create(MQTTClient *, const char *, const char *, int, void *);
int MQTTClient_connect(MQTTClient, MQTTClient_connectOptions *);
int MQTTClient_isConnected(MQTTClient);
int MQTTClient_subscribe(MQTTClient, const char *, int);
int MQTTClient_publish(MQTTClient, const char *, int, const void *, int, int, int *);
int MQTTClient_receive(MQTTClient, char **, int *, MQTTClient_message **, unsigned long);
void MQTTClient_freeMessage(MQTTClient_message **);
void MQTTClient_free(void *);
"""
"""What the example in C uses of the library's header, where that is not installed."""


def shown(language: str) -> str:
    """The one example of a language on the page."""
    (found,) = re.findall(
        rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return str(found)


@pytest.fixture(params=PAIRS, ids=str)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A worker that listens, and a broker that can be killed."""
    pair: Pair = request.param
    pair.require_broker(request)
    directory = tmp_path / "broker"
    directory.mkdir()
    with pair.database(request, tmp_path) as url, closing(open_store(url)) as store:
        settle(store, "uav-1")
        with RunningBroker(BrokerKind(pair.broker), directory, persistence=True) as mortal:
            mortal.add("uav-1")
            found = Site(mortal, store, url, tmp_path)
            found.start()
            until(found.end_of_start)
            yield found
            found.end(signal.SIGKILL)


def unit(site: Site, **more: str) -> "subprocess.Popen[bytes]":
    """Start the unit that is shown."""
    script, access = site.data_dir / "unit.py", site.broker.access("uav-1")
    script.write_text(shown("python"), "utf-8")
    told = {
        **os.environ,
        "ZONE_DEVICE": "uav-1",
        "ZONE_DEVICE_PASSWORD": access.password,
        "ZONE_DEVICE_FILE": str(site.data_dir / "kept.sqlite"),
        "ZONE_MQTT_PORT": str(access.port),
        "ZONE_DEVICE_EVERY_S": "0.02",
        **more,
    }
    return subprocess.Popen([sys.executable, str(script)], env=told)


def kept(site: Site) -> set[tuple[str, int]]:
    """The reports in the unit's own file, by boot and number."""
    file = site.data_dir / "kept.sqlite"
    if not file.exists():
        return set()
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=20)) as opened:
        return set(opened.execute("SELECT boot, seq FROM kept"))


def stored(site: Site) -> set[tuple[str, int]]:
    said = (json.loads(frame.payload) for frame in journal.history(site.store, "uav-1"))
    return {(each["boot_id"], each["seq"]) for each in said}


@pytest.mark.journey
@pytest.mark.real_broker
@pytest.mark.timeout(300)
@pytest.mark.requirement("D7-10")
def test_the_unit_in_python_loses_nothing_over_an_outage_and_its_own_restart(site: Site) -> None:
    first = unit(site)
    try:
        until(lambda: len(stored(site)) >= 20)
        site.broker.kill()
        began = len(kept(site))
        until(lambda: len(kept(site)) >= began + 30)
    finally:
        first.kill()
        first.wait(30)
    left = kept(site)
    site.broker.start()
    second = unit(site, ZONE_DEVICE_REPORTS="20")
    try:
        assert second.wait(120) == 0
    finally:
        second.kill()
    assert kept(site) == set()
    found = stored(site)
    assert left <= found
    for boot in {each for each, _ in found}:
        numbers = sorted(seq for each, seq in found if each == boot)
        assert numbers == list(range(len(numbers)))
    assert len({each for each, _ in found}) == 2


def test_the_unit_in_c_compiles(tmp_path: Path) -> None:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        not_at_hand("C compiler", "the example in C is compiled where there is one")
    (tmp_path / "unit.c").write_text(shown("c"), "utf-8")
    strict = [compiler, "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror"]
    has_library = not subprocess.run(
        [compiler, "-E", "-include", "MQTTClient.h", "-x", "c", os.devnull],
        capture_output=True,
        check=False,
    ).returncode
    if has_library:
        how = ["-o", str(tmp_path / "unit"), "-lpaho-mqtt3c"]
    else:
        (tmp_path / "MQTTClient.h").write_text(STUB)
        how = ["-fsyntax-only", f"-I{tmp_path}"]
    done = subprocess.run(
        [*strict, str(tmp_path / "unit.c"), *how], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
