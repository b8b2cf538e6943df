"""The boxes that a way meets are found, wherever they lie: in the tree, beside it, or there no more."""

import numpy as np
import pytest
import shapely

from geofence import boxes as boxes_of
from geofence.boxes import Boxes


def squares(chance: np.random.Generator, count: int) -> np.ndarray:
    corner = chance.uniform(0.0, 10.0, (count, 2))
    return np.hstack((corner, corner + chance.uniform(0.0, 1.0, (count, 2))))


def lines(chance: np.random.Generator, count: int) -> np.ndarray:
    return np.asarray(shapely.linestrings(chance.uniform(0.0, 11.0, (count, 2, 2))))


def pairs(boxes: Boxes, ways: np.ndarray) -> set[tuple[int, int]]:
    line, volume = boxes.query(ways)
    found = list(zip(line.tolist(), volume.tolist(), strict=True))
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize("most", [1000, 3, 0])
def test_after_any_changes_the_boxes_answer_as_a_tree_of_those_that_are_there(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boxes_of, "MOST_BESIDE", most)
    chance = np.random.default_rng(5)
    boxes = Boxes.of(squares(chance, 20), np.ones(20, np.bool_))
    for _ in range(12):
        there = np.flatnonzero(boxes.there)
        gone = chance.choice(there, min(len(there), int(chance.integers(0, 3))), replace=False)
        boxes = boxes.with_more(squares(chance, int(chance.integers(0, 3))), gone)
        ways = lines(chance, 15)
        anew = Boxes.of(boxes.bounds, boxes.there)
        assert pairs(boxes, ways) == pairs(anew, ways)
        assert {volume for _, volume in pairs(boxes, ways)} <= set(np.flatnonzero(boxes.there))


def test_a_box_that_touches_the_box_of_a_way_meets_it() -> None:
    none = np.zeros((0, 4))
    boxes = Boxes.of(none, np.zeros(0, np.bool_)).with_more(
        np.array([[0.0, 0.0, 1.0, 1.0]]), np.zeros(0, np.int64)
    )
    touching, apart = shapely.linestrings([[(1.0, 1.0), (2.0, 2.0)], [(1.1, 0.0), (2.0, 2.0)]])
    assert pairs(boxes, np.array([touching, apart])) == {(0, 0)}
