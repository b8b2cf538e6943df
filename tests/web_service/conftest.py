from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web_service.site import Running, Site
from zone_service.broker import free_port


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A web process on SQLite, shared by the tests of a module."""
    directory = tmp_path_factory.mktemp("site")
    with Running(directory, f"sqlite:///{directory}/store.sqlite", free_port()) as running:
        yield running


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A web process of this test alone."""
    with Running(tmp_path, f"sqlite:///{tmp_path}/store.sqlite", free_port()) as running:
        yield running
