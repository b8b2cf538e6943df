"""How high a surface is at a place, and where nobody knows."""

import math

import numpy as np
import pytest

from maps.surface import Level, Raster

NAN = math.nan
HILL = Raster(121.0, 31.3, (0.1, 0.1), np.array([[10, 20, 30], [40, 50, NAN]], np.float32))
"""Two rows of three cells: from 121.0 to 121.3 east and from 31.3 down to 31.1 north."""


@pytest.mark.requirement("D4d-48")
@pytest.mark.parametrize(
    ("longitude", "latitude", "expected"),
    [
        (121.05, 31.25, 10.0),
        (121.15, 31.15, 50.0),
        (121.10, 31.25, 15.0),
        (121.10, 31.20, 30.0),
        (121.00, 31.30, 10.0),
        (121.05, 31.10, 40.0),
        (121.30, 31.25, 30.0),
    ],
    ids=["a middle", "another", "between two", "between four", "corner", "south edge", "east edge"],
)
def test_between_the_middles_of_cells_the_height_runs_evenly(
    longitude: float, latitude: float, expected: float
) -> None:
    assert HILL.height_m(longitude, latitude) == pytest.approx(expected, abs=1e-4)


@pytest.mark.requirement("D4d-39", "D4d-48")
@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [
        (120.99, 31.2),
        (121.31, 31.2),
        (121.1, 31.31),
        (121.1, 31.09),
        (NAN, 31.2),
        (None, 31.2),
        (121.1, None),
        (121.25, 31.15),
        (121.2, 31.15),
        (121.2, 31.2),
    ],
)
def test_beyond_the_edge_at_a_cell_without_data_and_beside_it_nothing_is_known(
    longitude: float | None, latitude: float | None
) -> None:
    assert HILL.height_m(longitude, latitude) is None


def test_a_cell_is_known_in_its_middle_whatever_its_neighbour() -> None:
    whole = Raster(0.0, 1.0, (1.0, 1.0), np.array([[7.0, NAN]], np.float32))
    assert whole.height_m(0.5, 0.5) == 7.0
    assert whole.height_m(0.25, 0.5) == 7.0


def test_a_level_is_the_same_everywhere() -> None:
    assert Level(4.5).height_m(121.5, 31.2) == Level(4.5).height_m(None, None) == 4.5
