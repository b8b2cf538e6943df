"""What every test may ask for."""

import gc
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers"]

# No law is broken by a machine that is busy with something else.
# On CI Hypothesis itself chooses "ci": the same examples each time.
settings.register_profile(
    "patient",
    settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")


_SET_ASIDE_AT_MOST: Final = 500_000
"""Objects out of the collector's sight: some hundred megabytes."""


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_set_aside_for_ever() -> Iterator[None]:
    """A worker sets aside what it builds; a process of tests builds hundreds of such worlds."""
    yield
    if gc.get_freeze_count() > _SET_ASIDE_AT_MOST:
        gc.unfreeze()
        gc.collect()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first: at the end no process is alone with it and the others idle.

    Whole stories mostly wait; what stands behind them, and mostly computes, is given to the
    other processes meanwhile.
    """
    items.sort(key=_patience_s, reverse=True)


def _patience_s(item: pytest.Item) -> float:
    """How long a whole story may take; nothing of what is none."""
    if item.get_closest_marker("journey") is None:
        return 0.0
    asked = item.get_closest_marker("timeout")
    return 1.0 if asked is None else float(asked.args[0])
