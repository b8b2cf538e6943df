"""The grid with its local edges against the geometry library, asked outline by outline."""

import math
from typing import NamedTuple

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geofence.boxes import Boxes
from geofence.cells import assemble
from geofence.cover import KNOWN_PLACES, covers
from geofence.fillings import fillings
from geofence.grid import CELL_DEG
from geofence.judge import bands
from geofence.looking import Ways
from geofence.lookup import Found, look_up, over_outlines
from geofence.opening import Openings
from geofence.places import AT, WIDTH
from geofence.snapshot import Volumes
from geofence.zone import HeightBand

CORNER = np.array((121.5, 31.25))
AIR, ALL = 0b010, 0b111
Pairs = set[tuple[int, int]]


class World(NamedTuple):
    """Outlines and the grid over them, without heights or hours."""

    volumes: Volumes

    def look_up(self, start: NDArray[np.float64], end: NDArray[np.float64], layer: int) -> Found:
        count = len(end)
        places = np.full((2, count, WIDTH), math.nan)
        places[0, :, :2], places[1, :, :2], places[:, :, AT] = start, end, 0.0
        every = np.ones(count, np.bool_)
        domain = np.full(count, layer, np.int8)
        return look_up(self.volumes, Ways(places[0], places[1], every, domain))

    def holding(self, found: Found) -> Pairs:
        """All pairs of a row and an outline that holds it."""
        filled = {
            (row, volume)
            for row, number in enumerate(found.lists.filled_by.tolist())
            for volume in self.volumes.cells.sets[number]
        }
        row, volume = over_outlines(found)
        return filled | set(zip(row.tolist(), volume.tolist(), strict=True))

    def passed(self, found: Found) -> Pairs:
        """All pairs of a row and an outline that it may have passed."""
        lists, count = found.lists, found.passes
        row, volume = lists.passed_row[:count], lists.passed_volume[:count]
        return set(zip(row.tolist(), volume.tolist(), strict=True))


def world(*outlines: Polygon | MultiPolygon, domains: int = ALL) -> World:
    ground = np.empty(len(outlines), np.object_)
    ground[:] = outlines
    shapely.prepare(ground)
    cells = assemble(covers(outlines), [domains] * len(outlines))
    number = np.arange(len(outlines))
    bounds = shapely.bounds(ground).reshape(-1, 4)
    no_hours = (None,) * len(outlines)
    return World(
        Volumes(
            Boxes.of(bounds, np.ones(len(bounds), np.bool_)),
            cells,
            fillings(cells.sets, number, np.zeros(len(outlines), np.bool_)),
            ground,
            ground,
            np.full(len(outlines), None, np.object_),
            np.zeros(len(outlines)),
            ground,
            number,
            bands([HeightBand()] * len(outlines)),
            np.zeros(len(outlines), np.bool_),
            no_hours,
            Openings(no_hours),
        )
    )


def outlines(chance: np.random.Generator, count: int) -> list[Polygon | MultiPolygon]:
    """Jagged areas of 50 m to 5 km, some with a hole, some of two parts."""
    made: list[Polygon | MultiPolygon] = []
    for number in range(count):
        centre = CORNER + chance.uniform(0.0, 0.1, 2)
        shape = _jagged(chance, centre, 10 ** chance.uniform(-3.3, -1.3))
        if number % 3 == 0:
            shape = Polygon(shape.exterior, [shapely.affinity.scale(shape, 0.5, 0.5).exterior])
        if number % 5 == 0:
            west, _, east, _ = shape.bounds
            other = shapely.affinity.translate(shape, 1.5 * (east - west))
            made.append(MultiPolygon([shape, other]))
        elif shape.is_valid:
            made.append(shape)
    return [each for each in made if each.is_valid]


def _jagged(chance: np.random.Generator, centre: NDArray[np.float64], size: float) -> Polygon:
    count = int(chance.integers(3, 120))
    angle = np.sort(chance.uniform(0.0, 2.0 * math.pi, count))
    radius = size * chance.uniform(0.6, 1.0, count)
    turned = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    return Polygon(centre + radius[:, None] * turned)


def nasty_places(
    chance: np.random.Generator, shapes: list[Polygon | MultiPolygon], count: int
) -> NDArray[np.float64]:
    """Vertices, middles of edges, places 10 µm to 10 cm beside them, corners of cells, and others."""
    starts, ends = _edges(shapes)
    some = chance.integers(0, len(starts), count)
    start, end = starts[some], ends[some]
    on_edges = start + chance.uniform(0.0, 1.0, (count, 1)) * (end - start)
    beside = on_edges + 10 ** chance.uniform(-10.0, -6.0, (count, 1)) * _around(chance, count)
    corners = np.round(start / CELL_DEG) * CELL_DEG
    near = start + chance.normal(0.0, 2e-4, (count, 2))
    anywhere = CORNER + chance.uniform(-0.02, 0.12, (count, 2))
    return np.concatenate((start, (start + end) / 2.0, beside, corners, near, anywhere))


def _edges(shapes: list[Polygon | MultiPolygon]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where all edges of all rings begin and end."""
    parts = shapely.get_parts(np.array(shapes, np.object_))
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(parts)]
    return np.concatenate([each[:-1] for each in rings]), np.concatenate(
        [each[1:] for each in rings]
    )


def _around(chance: np.random.Generator, count: int) -> NDArray[np.float64]:
    turn = chance.uniform(0.0, 2.0 * math.pi, count)
    return np.column_stack((np.cos(turn), np.sin(turn)))


@pytest.mark.requirement("F-20")
def test_a_hundred_thousand_pairs_of_places_and_outlines_are_those_of_the_geometry_library() -> (
    None
):
    chance = np.random.default_rng(20)
    shapes = outlines(chance, 300)
    places = nasty_places(chance, shapes, 2000)
    made = world(*shapes)
    got = made.holding(made.look_up(places, places, 1))
    points = shapely.points(places)
    held = np.array([shapely.intersects(each, points) for each in shapes])
    want = {(int(row), int(volume)) for volume, row in np.argwhere(held)}
    assert len(want) >= 100_000
    assert got == want


def test_of_the_outlines_that_a_way_meets_none_is_missing() -> None:
    chance = np.random.default_rng(21)
    shapes = outlines(chance, 200)
    start = nasty_places(chance, shapes, 400)
    reach = 10 ** chance.uniform(-6.0, -1.5, (len(start), 1))
    end = start + reach * chance.uniform(-1.0, 1.0, start.shape)
    made = world(*shapes)
    found = made.look_up(start, end, 1)
    passed = made.passed(found)
    lines = shapely.linestrings(np.stack((start, end), axis=1))
    met = np.array([shapely.intersects(each, lines) for each in shapes])
    want = {(int(row), int(volume)) for volume, row in np.argwhere(met)}
    assert len(want) > 1_000
    assert want <= passed | made.holding(found)


def test_a_way_along_an_edge_or_through_a_vertex_or_of_no_length_is_not_missed() -> None:
    square = shapely.box(*CORNER, *(CORNER + 0.0137))
    made = world(square)
    west, south, east, north = square.bounds
    ways = np.array(
        [
            ((west, south - 0.001), (west, north + 0.001)),
            ((west - 0.0005, south + 0.0005), (west + 0.0005, south - 0.0005)),
            ((east, north), (east, north)),
            ((west - 0.001, north), (east + 0.001, north)),
        ]
    )
    found = made.look_up(ways[:, 0], ways[:, 1], 1)
    passed = made.passed(found)
    assert {row for row, _ in passed | made.holding(found)} == {0, 1, 2, 3}


def test_where_every_known_place_would_lie_on_an_edge_the_whole_outline_is_asked() -> None:
    x, y = np.floor((CORNER + 0.0005) / CELL_DEG) * CELL_DEG
    comb = []
    for across, _ in sorted(KNOWN_PLACES):
        comb += [(x + across * CELL_DEG, y - 0.01), (x + across * CELL_DEG, y + 0.01)]
        comb += [(x + (across + 0.02) * CELL_DEG, y + 0.01), (x + (across + 0.02) * CELL_DEG, y)]
    outline = Polygon([*comb, (x + 0.01, y - 0.02), (x - 0.01, y - 0.02)])
    assert outline.is_valid
    made = world(outline)
    assert made.volumes.cells.borders.doubtful.any()
    chance = np.random.default_rng(22)
    places = np.array((x, y)) + chance.uniform(-0.2, 1.2, (500, 2)) * CELL_DEG
    held = shapely.intersects_xy(outline, places[:, 0], places[:, 1])
    got = made.holding(made.look_up(places, places, 1))
    assert got == {(int(row), 0) for row in held.nonzero()[0]}


def test_a_volume_is_found_only_in_the_layers_of_its_domains() -> None:
    made = world(shapely.box(*CORNER, *(CORNER + 0.01)), domains=AIR)
    here = CORNER[None, :] + 0.005
    assert [made.holding(made.look_up(here, here, layer)) for layer in range(3)] == [
        set(),
        {(0, 0)},
        set(),
    ]


def test_a_country_is_no_matter_of_cells_and_is_found_all_the_same() -> None:
    made = world(shapely.box(100.0, 20.0, 122.0, 45.0), shapely.box(*CORNER, *(CORNER + 0.01)))
    assert len(made.volumes.cells.filled_by) < 10_000
    places = np.array([(121.505, 31.255), (110.0, 30.0), (130.0, 30.0)])
    assert made.holding(made.look_up(places, places, 0)) == {(0, 0), (0, 1), (1, 0)}
    start, end = np.array([(99.0, 30.0)]), np.array([(123.0, 30.0)])
    found = made.look_up(start, end, 0)
    assert (0, 0) in made.passed(found)


@pytest.mark.parametrize("place", [(-180.0, -90.0), (180.0, 90.0), (-180.0, 90.0), (0.0, 0.0)])
def test_the_grid_reaches_to_the_ends_of_the_earth(place: tuple[float, float]) -> None:
    lon, lat = place
    square = shapely.box(
        max(lon - 0.01, -180.0), max(lat - 0.01, -90.0), min(lon + 0.01, 180.0), min(lat + 0.01, 90)
    )
    made = world(square)
    here = np.array([place])
    assert made.holding(made.look_up(here, here, 2)) == {(0, 0)}


def test_outlines_along_the_ends_of_the_earth_are_laid_out_like_any_other() -> None:
    """Where the map ends, edges reach a centimetre beyond its first column and row."""
    chance = np.random.default_rng(23)
    triangles = [Polygon(chance.uniform(0.0, 0.003, (3, 2))) for _ in range(60)]
    for west, south in ((-180.0, 31.25), (121.5, -90.0), (-180.0, -90.0)):
        at_end = shapely.box(west, south, west + 0.003, south + 0.003)
        laid = [shapely.affinity.translate(each, west - 0.001, south - 0.001) for each in triangles]
        cut = [shapely.intersection(at_end, each) for each in laid]
        shapes = [each for each in cut if isinstance(each, Polygon) and not each.is_empty]
        made = world(*shapes)
        places = np.array((west, south)) + chance.uniform(0.0, 0.004, (300, 2))
        points = shapely.points(places)
        held = np.array([shapely.intersects(each, points) for each in shapes])
        want = {(int(row), int(volume)) for volume, row in np.argwhere(held)}
        assert len(want) > 300
        assert made.holding(made.look_up(places, places, 1)) == want


def test_a_world_without_outlines_holds_nothing() -> None:
    made = world()
    here = CORNER[None, :]
    assert made.holding(made.look_up(here, here, 0)) == set()


def test_a_vertex_given_twice_makes_no_edge() -> None:
    drawn = Polygon([(121.5, 31.2), (121.6, 31.2), (121.6, 31.2), (121.55, 31.3)])
    (cover,) = covers([drawn])
    assert not cover.doubtful.any()
