"""Connections that end with the test."""

from collections.abc import Iterator

import pytest

from tests.broker.clients import Connections


@pytest.fixture
def connect() -> Iterator[Connections]:
    """Open connections to a broker."""
    opened = Connections()
    yield opened
    opened.end()
