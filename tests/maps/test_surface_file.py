"""The figures of obstacle limitation surfaces: from a file, with an origin, and from nowhere else."""

import ast
import inspect
from importlib.resources import files
from types import ModuleType

import msgspec
import pytest

from maps import airport, surface_file
from maps.airport import Section, SurfaceFigures, airport_zones
from maps.demo_map import airports, demo_zones
from maps.surface_file import BadFigures, Figures, parse

TEXT = files("maps").joinpath("surfaces/obstacle-limitation.toml").read_text("utf-8")
FILE = surface_file.surface_file()
CODE_4 = "code-4-precision-1"


def test_the_file_holds_the_surfaces_of_a_runway_with_precision_approach() -> None:
    assert FILE.figures(CODE_4) == SurfaceFigures(
        source=(
            "ICAO Annex 14 vol. I table 4-1, code number 4, precision approach category I "
            "(obstacle-limitation@2026.11); to be verified against MH 5001 and the published "
            "surfaces of the airport"
        ),
        strip_half_width_m=140.0,
        strip_beyond_end_m=60.0,
        transitional_slope=0.143,
        inner_height_m=45.0,
        inner_radius_m=4_000.0,
        conical_slope=0.05,
        conical_rise_m=100.0,
        approach_inner_edge_m=280.0,
        approach_divergence=0.15,
        approach=(Section(3_000.0, 0.02), Section(3_600.0, 0.025), Section(8_400.0, 0.0)),
        step_m=15.0,
        conical_step_m=20.0,
    )


def test_the_demonstrations_airports_are_drawn_from_the_file() -> None:
    drawn = {zone.zone_id: zone for zone in demo_zones()}
    figures = FILE.figures(CODE_4)
    surfaces = [zone for each in airports() for zone in airport_zones(each, figures)]
    assert len(surfaces) == 8
    for zone in surfaces:
        assert drawn[zone.zone_id] == zone
        assert "ICAO Annex 14 vol. I table 4-1" in zone.source
        assert "to be verified" in zone.source


def test_another_figure_makes_another_surface() -> None:
    higher = parse(TEXT.replace("height_m = 45", "height_m = 60")).figures(CODE_4)
    (inner,) = (zone for zone in airport_zones(airports()[0], higher) if "inner" in zone.zone_id)
    assert inner.volumes[0].band.lower is not None
    assert inner.volumes[0].band.lower.value_m == 3.96 + 60


@pytest.mark.parametrize(
    ("module", "arithmetic"),
    [
        (airport, {0.0, 1.0, 2.0, 16.0}),  # 16: corners of a quarter circle
        (surface_file, {0.0, 1.0, 9.0, 100.0, 50_000.0}),  # percent, and what can be believed
    ],
)
def test_no_figure_of_a_surface_stands_in_code(module: ModuleType, arithmetic: set[float]) -> None:
    written = {
        float(node.value)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    }
    assert written <= arithmetic


def test_every_figure_says_where_it_is_from_and_how_far_it_can_be_trusted() -> None:
    for runway_class in FILE.classes.values():
        tables = msgspec.structs.asdict(runway_class).values()
        figures = [table for table in tables if isinstance(table, Figures)]
        assert len(figures) == 6
        for table in figures:
            assert FILE.instruments[table.basis.instrument].edition
            assert table.basis.place


def test_what_an_instrument_sets_is_marked_until_somebody_has_verified_it() -> None:
    tables = msgspec.structs.asdict(FILE.classes[CODE_4]).values()
    figures = [table for table in tables if isinstance(table, Figures)]
    said = {(table.basis.instrument, table.basis.status) for table in figures}
    assert said == {("annex-14", "to be verified"), ("own", "own proposal")}


@pytest.mark.parametrize(
    ("there", "instead", "problem"),
    [
        (
            "height_m = 45",
            "height_m = -45",
            r"Expected `float` > 0\.0 .*inner_horizontal\.height_m",
        ),
        ("height_m = 45", "height_m = nan", r"Expected `float` > 0\.0"),
        ("height_m = 45", "height_m = 45_000_000", r"Expected `float` <= 50000\.0"),
        ("height_m = 45", 'height_m = "45"', "Expected `float`, got `str`"),
        ("height_m = 45\n", "", "missing required field `height_m`"),
        ("height_m = 45", "height_m = 45\nheight_ft = 148", "unknown field `height_ft`"),
        ("slope_percent = 0 }", "slope_percent = nan }", r"Expected `float` >= 0\.0"),
        ('status = "own proposal"', 'status = "certain"', "Invalid enum value 'certain'"),
        ('{ instrument = "own"', '{ instrument = "hearsay"', "'hearsay', expected one of annex-14"),
        ("inner_edge_m = 280", "inner_edge_m = [", "Invalid value"),
    ],
)
def test_a_file_with_a_mistake_is_refused_by_name(there: str, instead: str, problem: str) -> None:
    assert there in TEXT
    with pytest.raises(BadFigures, match=problem):
        parse(TEXT.replace(there, instead))


def test_a_class_of_runway_that_the_file_does_not_have_is_refused() -> None:
    with pytest.raises(BadFigures, match="'code-9', expected one of code-4-precision-1"):
        FILE.figures("code-9")
