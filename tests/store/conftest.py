import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from tests.kept_engines import kept_store
from tests.servers import fresh_database
from tests.store import city
from zone_service.store.engine import Store, open_store


@pytest.fixture
def empty_store(store_url: str) -> Iterator[Store]:
    """A database without tables, of each kind in turn."""
    store = open_store(store_url)
    yield store
    store.close()


@pytest.fixture
def newest_store(migrated_store_url: str) -> Iterator[Store]:
    """What the migrations make of a database without tables, of each kind in turn: to copy it is quicker."""
    store = open_store(migrated_store_url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def sqlite_city(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with a small city in it, to be copied: it is settled once."""
    path = tmp_path_factory.mktemp("city") / "store.sqlite"
    shutil.copy(sqlite_template, path)
    _settle(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_city(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The name of a PostgreSQL database with a small city in it, to be copied."""
    with fresh_database(postgres_server, postgres_template) as url:
        _settle(url)
        yield url.rpartition("/")[2]


def _settle(url: str) -> None:
    with closing(open_store(url)) as store:
        city.settle(store)


@contextmanager
def _city(request: pytest.FixtureRequest, kind: str, directory: Path) -> Iterator[str]:
    """Give the address of a city of one's own."""
    if kind == "sqlite":
        copied = shutil.copy(request.getfixturevalue("sqlite_city"), directory / "store.sqlite")
        yield f"sqlite:///{copied}"
        return
    template = request.getfixturevalue("postgres_city")
    with fresh_database(request.getfixturevalue("postgres_server"), template) as url:
        yield url


@pytest.fixture(scope="session")
def open_city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], AbstractContextManager[Store]]:
    """Open a city on a kind of database, for tests that share it: those that read, or are refused."""

    @contextmanager
    def opened(kind: str) -> Iterator[Store]:
        folder = tmp_path_factory.mktemp("shared")
        with _city(request, kind, folder) as url, kept_store(url) as store:
            yield store

    return opened


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def closed_city(
    request: pytest.FixtureRequest, open_city: Callable[[str], AbstractContextManager[Store]]
) -> Iterator[Store]:
    """A city as ``store`` gives it, one for all tests of a module in which whatever they try is refused."""
    with open_city(request.param) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A database with its tables and the organisations and devices of a small city."""
    with _city(request, request.param, tmp_path) as url, kept_store(url) as opened:
        yield opened
