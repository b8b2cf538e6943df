"""What every test may ask for."""

import gc
from collections.abc import Generator, Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers"]

# No law is broken by a machine that is busy with something else.
# On CI Hypothesis itself chooses "ci": the same examples each time.
settings.register_profile(
    "patient",
    settings.get_profile(settings.get_current_profile_name()),
    # The suite has twenty minutes on two cores; a law that wants more examples asks for them itself.
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")


_SET_ASIDE_AT_MOST: Final = 500_000
"""Objects that tests have put out of the collector's sight: some hundred megabytes."""
_COLLECTED: Final = pytest.StashKey[int]()
"""How many objects the tests themselves are: what was set aside before the first of them ran."""


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Thousands of tests and what they load stay to the end: nobody looks through them for garbage.

    It took a quarter of the time in which they are found, and a tenth of the time in which they run.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        session.stash[_COLLECTED] = gc.get_freeze_count()
        gc.enable()


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_set_aside_for_ever(request: pytest.FixtureRequest) -> Iterator[None]:
    """A worker sets aside what it builds; a process of tests builds hundreds of such worlds."""
    yield
    stash = request.session.stash
    if gc.get_freeze_count() > stash[_COLLECTED] + _SET_ASIDE_AT_MOST:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        stash[_COLLECTED] = gc.get_freeze_count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first: at the end no process is alone with it and the others idle.

    Whole stories mostly wait; what stands behind them, and mostly computes, is given to the
    other processes meanwhile.
    """
    items.sort(key=_patience_s, reverse=True)


def _patience_s(item: pytest.Item) -> float:
    """How long it may take, where that is said; a whole story some time in any case."""
    asked = item.get_closest_marker("timeout")
    if asked is not None:
        return float(asked.args[0])
    return 0.0 if item.get_closest_marker("journey") is None else 1.0
