from collections.abc import Iterator

import pytest

from tests.store import city
from zone_service.store.engine import Store, open_store


@pytest.fixture
def empty_store(store_url: str) -> Iterator[Store]:
    """A database without tables, of each kind in turn."""
    store = open_store(store_url)
    yield store
    store.close()


@pytest.fixture
def store(empty_store: Store) -> Store:
    """A database with its tables and the organisations and devices of a small city."""
    empty_store.upgrade()
    city.settle(empty_store)
    return empty_store
