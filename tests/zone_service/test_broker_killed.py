"""A broker that is killed while a unit speaks: the unit's buffer makes up for what it took along.

The broker may lose its last second (ADR 0010), and loses what was on its way. What promises
storage is the service's acknowledgement (ADR 0004): a unit that keeps its reports until then
and sends all above it again has every one of them in the history, once.
"""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import PAIRS, Pair, RunningBroker
from tests.zone_service.running import AIRPORT, AWAY, Client, Site, heard, settle, until
from zone_service.broker import BrokerKind
from zone_service.clock import now
from zone_service.store import violations
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM, ViolationFilter, ViolationRecord

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]

EVERY_S = 0.05
KILLED_AT = 50
BACK_AT = 80
LAST = 130


@pytest.fixture(params=PAIRS, ids=str)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A worker that listens, and a broker that writes down what it takes, as in a city."""
    pair: Pair = request.param
    pair.require_broker(request)  # skips, loudly, where it is missing
    with pair.database(request, tmp_path) as url:
        yield from _listening(BrokerKind(pair.broker), url, tmp_path)


def _listening(kind: BrokerKind, url: str, tmp_path: Path) -> Iterator[Site]:
    directory = tmp_path / "broker"
    directory.mkdir()
    store = open_store(url)
    settle(store, "uav-1")
    with RunningBroker(kind, directory, persistence=True) as mortal:
        mortal.add("uav-1")
        found = Site(mortal, store, url, tmp_path)
        found.start()
        until(found.end_of_start)
        yield found
        found.end(signal.SIGKILL)
    store.close()


class BufferedUnit:
    """Keeps each report until the service acknowledges it, and sends all above that again."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._kept: dict[int, bytes] = {}
        self.lost: list[int] = []
        """What stood in the buffer at the time of the last replay."""

    def acknowledged(self) -> int:
        told = heard(self._client, "zone/down/uav-1/ack")
        return max((each["seq"] for each in told), default=0)

    def measure(self, seq: int, place: tuple[float, float]) -> None:
        report = {
            "schema_version": 1,
            "boot_id": "test",
            "seq": seq,
            "event_time": now().isoformat(),
            "longitude": place[0],
            "latitude": place[1],
            "height_agl_m": 30.0,
            "ground_speed_mps": 3.0,
            "operational_status": "AIRBORNE",
        }
        self._kept[seq] = json.dumps(report).encode()

    def send(self, seq: int) -> None:
        self._client.mqtt.publish("zone/up/uav-1/tele", self._kept[seq], qos=1)

    def replay(self) -> None:
        self.lost = [seq for seq in self._kept if seq > self.acknowledged()]
        for seq in self.lost:
            self.send(seq)


def fly(site: Site, client: Client, breach: range, *, live_first: bool) -> BufferedUnit:
    """Twenty reports a second; the broker is killed in the midst of it and comes back."""
    unit = BufferedUnit(client)
    began_s = time.monotonic()
    is_away = False
    for seq in range(1, LAST + 1):
        unit.measure(seq, AIRPORT if seq in breach else AWAY)
        if is_away and client.listens():
            is_away = False
            if live_first:
                unit.send(seq)
            unit.replay()
        elif not is_away:
            unit.send(seq)
        if seq == KILLED_AT:
            site.broker.kill()
            until(lambda: not client.mqtt.is_connected())
            is_away = True
        elif seq == BACK_AT:
            site.broker.start()
        time.sleep(max(0.0, began_s + seq * EVERY_S - time.monotonic()))
    until(client.listens)
    if is_away:  # a busy machine took the rest of the flight to connect again
        unit.replay()
    return unit


def told(site: Site) -> list[ViolationRecord]:
    with site.store.read() as session:
        asked = ViolationFilter(device_id="uav-1", code="KEEP_OUT_BREACH")
        return list(violations.page(session, PLATFORM, asked))


def go_home(site: Site, unit: BufferedUnit) -> int:
    """Report from elsewhere until the violation is closed; return the last number."""
    for seq in range(LAST + 1, LAST + 121):
        unit.measure(seq, AWAY)
        unit.send(seq)
        time.sleep(0.25)
        if all(each.closed_at is not None for each in told(site)):
            break
    until(lambda: unit.acknowledged() == seq)
    return seq


@pytest.mark.parametrize(
    ("breach", "live_first"),
    [
        pytest.param(range(31, 111), True, id="a breach from before to after, a live report first"),
        pytest.param(range(56, 76), False, id="a breach while the broker is away"),
    ],
)
@pytest.mark.requirement("A44-3")
def test_a_broker_that_is_killed_costs_nothing_that_the_unit_keeps(
    site: Site, breach: range, live_first: bool
) -> None:
    with site.device() as client:
        unit = fly(site, client, breach, live_first=live_first)
        until(lambda: unit.acknowledged() == LAST, 30)
        assert {*range(KILLED_AT + 1, BACK_AT + 1)} <= {*unit.lost}
        assert sorted(site.stored()) == list(range(1, LAST + 1))
        last = go_home(site, unit)
    assert sorted(site.stored()) == list(range(1, last + 1))
    (violation,) = told(site)
    assert violation.closed_at is not None
    assert site.process is not None
    assert site.process.poll() is None
