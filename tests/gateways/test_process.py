"""What ends a gateway's process."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from telemetry.gateways.jt808 import WIRE
from tests.gateways.playing import BY_TCP
from zone_service.gateways import process
from zone_service.gateways.process import running
from zone_service.settings import load
from zone_service.store.engine import Store, open_store

pytestmark = pytest.mark.requirement("D7-3")

NOBODY_LISTENS = 9


class Broken(Exception):
    """What nobody has thought of."""


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """A register of nobody."""
    opened = open_store(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'zone.sqlite')}")
    yield opened
    opened.close()


def test_what_fails_beside_the_sockets_ends_the_gateway_as_being_told_does(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For it would go on taking what nobody passes on; whoever runs it starts it anew."""

    def fails() -> None:
        raise Broken

    monkeypatch.setattr(process, "LOOK_EVERY_S", 0.01)
    settings = load(data_dir=tmp_path, mqtt_port=NOBODY_LISTENS, mqtt_password="x" * 20)

    async def story() -> None:
        async with asyncio.timeout(20), running(settings, store, WIRE, BY_TCP) as serving:
            told = asyncio.Event()
            told.set()
            await serving.goes_on(told)
            monkeypatch.setattr(serving.gateway, "tick", fails)
            await serving.goes_on(asyncio.Event())

    with pytest.raises(Broken):
        asyncio.run(story())
