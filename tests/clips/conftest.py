import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.clips.scene import Scene
from tests.servers import fresh_database
from tests.store import city
from zone_service.store.engine import open_store


@contextmanager
def _database(request: pytest.FixtureRequest, kind: str, directory: Path) -> Iterator[str]:
    """Give the address of a database with tables, of one's own."""
    if kind == "sqlite":
        copied = shutil.copy(request.getfixturevalue("sqlite_template"), directory / "zone.sqlite")
        yield f"sqlite:///{copied}"
        return
    template = request.getfixturevalue("postgres_template")
    with fresh_database(request.getfixturevalue("postgres_server"), template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """A small city with a road, on each kind of database, and folders for history and evidence."""
    with _database(request, request.param, tmp_path) as url, closing(open_store(url)) as store:
        city.settle(store)
        made = Scene(store, tmp_path)
        made.draw()
        yield made


@pytest.fixture
def sqlite_scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """The same on SQLite alone."""
    with _database(request, "sqlite", tmp_path) as url, closing(open_store(url)) as store:
        city.settle(store)
        made = Scene(store, tmp_path)
        made.draw()
        yield made
