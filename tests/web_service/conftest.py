import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers import fresh_database
from tests.web_service.site import Running, Site, settle
from tests.web_service.watcher import left_open
from zone_service.broker import free_port

STORES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def sqlite_town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with a town in it, to be copied: its people's passwords are hashed once."""
    path = tmp_path_factory.mktemp("town") / "store.sqlite"
    shutil.copy(sqlite_template, path)
    settle(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_town(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The name of a PostgreSQL database with a town in it, to be copied."""
    with fresh_database(postgres_server, postgres_template) as url:
        settle(url)
        yield url.rpartition("/")[2]


@contextmanager
def _town(request: pytest.FixtureRequest, kind: str, directory: Path) -> Iterator[str]:
    """Give the address of a town of one's own."""
    if kind == "sqlite":
        copied = shutil.copy(request.getfixturevalue("sqlite_town"), directory / "store.sqlite")
        yield f"sqlite:///{copied}"
        return
    template = request.getfixturevalue("postgres_town")
    with fresh_database(request.getfixturevalue("postgres_server"), template) as url:
        yield url


@pytest.fixture(scope="module", params=STORES)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A web process shared by the tests of a module, on each store in turn."""
    directory = tmp_path_factory.mktemp("site")
    with (
        _town(request, request.param, directory) as url,
        Running(directory, url, free_port()) as running,
    ):
        yield running


@pytest.fixture(params=STORES)
def own_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A web process of this test alone, on each store in turn."""
    with (
        _town(request, request.param, tmp_path) as url,
        Running(tmp_path, url, free_port()) as running,
    ):
        yield running


@pytest.fixture(params=STORES)
def town_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a town, for a test that runs a web process with its own settings."""
    with _town(request, request.param, tmp_path) as url:
        yield url


@pytest.fixture(autouse=True)
def _hang_up() -> Iterator[None]:
    """Close the sockets that a test leaves open."""
    yield
    left_open.close()
