import gc
import weakref

import pytest

from zone_service import collector


def test_while_modules_are_loaded_nothing_is_collected_and_what_they_made_is_not_looked_at_again() -> (
    None
):
    aside = gc.get_freeze_count()
    try:
        with collector.at_rest():
            assert not gc.isenabled()
            made = [[each] for each in range(100)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= aside + len(made)
    finally:
        gc.unfreeze()


def generations(monkeypatch: pytest.MonkeyPatch, moments_s: list[float]) -> list[int]:
    """Which generations are looked at between turns at some moments."""
    looked: list[int] = []
    monkeypatch.setattr(gc, "collect", looked.append)
    between = collector.BetweenTurns(1000.0)
    for at_s in moments_s:
        between.look(at_s)
    return looked


def test_what_is_young_is_looked_at_after_each_turn_and_what_is_older_once_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments_s = [1000.0, 4599.9, 4600.0, 4600.1, 8199.9, 8200.0]
    assert generations(monkeypatch, moments_s) == [0, 0, 1, 0, 0, 1]


def test_a_turn_leaves_no_circle_behind_it() -> None:
    between = collector.BetweenTurns(0.0)
    circle: list[object] = []
    circle.append(Watched(circle))
    watched = weakref.ref(circle[0])
    del circle
    assert watched() is not None
    between.look(1.0)
    assert watched() is None


class Watched:
    """What can be seen to be gone."""

    def __init__(self, holder: list[object]) -> None:
        self.holder = holder
