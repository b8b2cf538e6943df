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
def store(migrated_store_url: str) -> Iterator[Store]:
    """A database with its tables and the organisations and devices of a small city."""
    store = open_store(migrated_store_url)
    city.settle(store)
    yield store
    store.close()
