"""A web process is whole or it ends: what starts it again is ``zone up``."""

import asyncio
import signal
import threading
from pathlib import Path

import pytest

from zone_service.app import create_app
from zone_service.settings import Settings
from zone_service.store.engine import open_store


@pytest.mark.parametrize("part", ["bus", "live"])
def test_a_part_that_fails_ends_the_process(
    part: str, migrated_store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(migrated_store_url)
    app = create_app(Settings(data_dir=tmp_path), store)

    async def fails() -> None:
        await asyncio.sleep(0.01)
        raise RuntimeError("a fault of our own")

    async def until_told_to_end() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, ended.set)
        try:
            async with app.router.lifespan_context(app), asyncio.timeout(20.0):
                await ended.wait()
        finally:
            loop.remove_signal_handler(signal.SIGTERM)

    assert threading.current_thread() is threading.main_thread()
    monkeypatch.setattr(getattr(app.state.services, part), "run", fails)
    try:
        asyncio.run(until_told_to_end())
    finally:
        store.close()
