"""What was committed is told, even when the worker dies or the broker is away in between."""

import json
import signal
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from telemetry.ingest import Ingest
from tests.servers import PAIRS, Pair
from tests.zone_service.running import AIRPORT, Site, heard, settle, until
from zone_service import bus
from zone_service.announcer import Announcer
from zone_service.memory import Memory
from zone_service.store import journal, violations
from zone_service.store.engine import open_store
from zone_service.store.records import Committed, PendingMessage
from zone_service.world import World

FIRST = PendingMessage(1, "zone/down/uav-1/alert", b"first")
SECOND = PendingMessage(2, "zone/down/uav-1/alert", b"second")


class Line(Ingest):
    """A client whose broker confirms when the test says so, or is away."""

    def __init__(self) -> None:
        self.is_up = True
        self.said: list[tuple[str, bytes]] = []
        self._confirmed: list[int] = []

    @property
    def connected(self) -> bool:
        return self.is_up

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> int | None:
        """Keep what is said; the token is its number."""
        if not self.is_up:
            return None
        self.said.append((topic, payload))
        return len(self.said)

    def publish_all(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Keep them too."""
        self.said += messages

    def confirm(self, token: int) -> None:
        self._confirmed.append(token)

    def confirmed(self) -> list[int]:
        """Return what was confirmed since last asked."""
        done, self._confirmed = self._confirmed, []
        return done


@pytest.fixture
def line() -> Line:
    return Line()


def test_a_message_counts_as_sent_only_when_the_broker_has_confirmed_it(
    line: Line, world: World
) -> None:
    announcer = Announcer(line, 10.0)
    announcer.committed(world, Committed(1, (), (FIRST, SECOND)))
    assert announcer.sent() == ()
    line.confirm(2)
    assert announcer.sent() == (2,)
    assert announcer.sent() == ()


def test_what_is_on_its_way_is_not_sent_again_and_what_could_not_be_sent_is(
    line: Line, world: World
) -> None:
    announcer = Announcer(line, 10.0)
    announcer.committed(world, Committed(1, (), (FIRST,)))
    line.is_up = False
    announcer.committed(world, Committed(2, (), (SECOND,)))
    line.is_up = True
    announcer.send_again((FIRST, SECOND))
    announcer.send_again((FIRST, SECOND))
    assert [payload for _, payload in line.said] == [b"first", b"second"]


def test_a_worker_that_cannot_commit_says_so_in_its_heartbeat(line: Line, world: World) -> None:
    announcer = Announcer(line, 10.0)
    announcer.held_up = "nothing can be stored: disk full"
    announcer.speak(Memory(), world, 1000.0)
    ((_, beat),) = [said for said in line.said if said[0] == bus.HEARTBEAT]
    assert json.loads(beat)["degraded"]
    assert json.loads(beat)["problem"] == "nothing can be stored: disk full"


# -- with a real worker


@pytest.fixture(params=PAIRS, ids=str)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    pair: Pair = request.param
    broker = pair.require_broker(request)
    with pair.database(request, tmp_path) as url, closing(open_store(url)) as store:
        settle(store, "uav-1")
        broker.add("uav-1")
        found = Site(broker, store, url, tmp_path)
        yield found
        if found.process is not None and found.process.poll() is None:
            found.end(signal.SIGKILL)
        broker.remove("uav-1")


@pytest.mark.journey
@pytest.mark.real_broker
def test_a_worker_that_dies_between_commit_and_announcement_leaves_nobody_untold(
    site: Site,
) -> None:
    """The device gets its alert by the outbox, the screens the feed's number by the heartbeat."""
    site.start(ZONE_CRASH_AT="after_commit:3")  # the start, the connection, AIRPORT
    until(site.end_of_start)
    with site.device() as unit, site.listener() as listener:
        unit.say("uav-1", AIRPORT, 1)
        assert site.process is not None
        assert site.process.wait(15) == -signal.SIGKILL
        assert "KEEP_OUT_BREACH" in site.violations()
        assert not any(_keep_outs(heard(unit, "zone/down/uav-1/alert")))
        listener.heard.clear()
        site.start()
        until(lambda: any(_keep_outs(heard(unit, "zone/down/uav-1/alert"))), 30)
        with site.store.read() as session:
            last = violations.last_seq(session)
        until(lambda: heard(listener, bus.HEARTBEAT))
        assert heard(listener, bus.HEARTBEAT)[-1]["seq"] == last
        unit.say("uav-1", AIRPORT, 2)
        until(lambda: not journal.pending_outbox(site.store))


def _keep_outs(alerts: list[dict[str, object]]) -> list[bool]:
    """Which of the alerts are of the breach that was committed last."""
    return [each["code"] == "KEEP_OUT_BREACH" for each in alerts]
