"""What every test may ask for."""

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
