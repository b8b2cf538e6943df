"""From a terminal's TCP connection to a violation on the live feed, and back to the terminal's answer."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.jt808_terminal import Terminal, Wired
from telemetry.codecs.jt808_session import RegistrationResult, Result
from telemetry.report import Domain
from tests.gateways.playing import WITHIN_S, bus, gateway, let_speak, phone, register
from tests.servers import PAIRS
from tests.zone_service.running import AIRPORT, Site, heard, settle, until
from zone_service.store import journal
from zone_service.store.engine import open_store

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]

HEIGHT_M = 60.0


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A worker that listens, on the pair that nothing else of the gateway is shown on."""
    pair = PAIRS[1]
    broker = pair.require_broker(request)
    with pair.database(request, tmp_path) as url:
        store = open_store(url)
        settle(store)
        register(store, 1, Domain.AIR)
        let_speak(broker, 1)
        found = Site(broker, store, url, tmp_path)
        found.start(ZONE_TERRAIN_AMSL_M="4.0")
        until(found.end_of_start)
        yield found
        found.end(signal.SIGKILL)
        store.close()


@pytest.mark.requirement("A44-3", "D7-1", "D7-2")
def test_a_terminal_by_tcp_is_registered_judged_and_answered_when_it_is_stored(site: Site) -> None:
    terminal = Terminal(phone(0))

    async def story() -> None:
        async with gateway(site.broker, site.store, site.data_dir) as serving:
            wired = Wired(terminal)
            await wired.connect("127.0.0.1", serving.tcp_port)
            await wired.until_joined(WITHIN_S)
            for second in range(4):
                wired.say(terminal.report(time.time() - 3 + second, *AIRPORT, HEIGHT_M))
            assert terminal.answers == []
            await wired.until_answered(WITHIN_S, WITHIN_S)
            assert len(list(journal.history(site.store, bus(0)))) == 4
            wired.say(terminal.heartbeat())
            await wired.until_answered(WITHIN_S, WITHIN_S)
            await wired.close()

    with site.listener() as listener:
        asyncio.run(story())
        until(lambda: heard(listener, "zone/live/violation"))
    assert terminal.registered is RegistrationResult.DONE
    assert [result for _, result in terminal.answers] == [Result.DONE] * 5
    said = [frame.payload for frame in journal.history(site.store, bus(0))]
    assert len(said) == len(set(said)) == 5
    opened = heard(listener, "zone/live/violation")[0]["violation"]
    assert (opened["device_id"], opened["code"]) == (bus(0), "KEEP_OUT_BREACH")
