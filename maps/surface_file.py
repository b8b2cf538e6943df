"""The figures of obstacle limitation surfaces: data with an origin, read from a versioned file.

The law is data: what an instrument sets stands in ``surfaces/*.toml`` beside where it says so,
and how far that can be trusted. No figure of it stands in code.
"""

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import msgspec

from maps.airport import Section, SurfaceFigures

FILE = "obstacle-limitation.toml"

Metres = Annotated[float, msgspec.Meta(gt=0, le=50_000)]
Percent = Annotated[float, msgspec.Meta(gt=0, le=100)]
"""Rise over run."""
LevelOrPercent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Status = Literal["seen", "to be verified", "own proposal"]


class BadFigures(ValueError):
    """A file that nothing may be drawn from: says where, what was found and what was expected."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; a key that nobody reads is refused."""


class Instrument(Table, frozen=True):
    """What sets figures."""

    name: Text
    """As the source of a zone gives it."""
    title: Text
    title_zh: Text
    edition: Text


class Basis(Table, frozen=True):
    """Where the figures of a table are from, and how far they can be trusted."""

    instrument: Text
    """Its key in the file."""
    place: Text
    """Article or table in it."""
    status: Status


class Figures(Table, frozen=True):
    """Figures of one origin."""

    basis: Basis


class Strip(Figures, frozen=True):
    """The runway strip: what is closed from the ground up."""

    half_width_m: Metres
    beyond_end_m: Metres


class Transitional(Figures, frozen=True):
    """The slope beside the strip, up to the inner horizontal surface."""

    slope_percent: Percent


class InnerHorizontal(Figures, frozen=True):
    """The level surface around the runways."""

    height_m: Metres
    radius_m: Metres


class Conical(Figures, frozen=True):
    """The slope outwards from the inner horizontal surface; ``height_m`` is above that."""

    slope_percent: Percent
    height_m: Metres


class Stretch(Table, frozen=True):
    """A stretch of an approach surface."""

    length_m: Metres
    slope_percent: LevelOrPercent


class Approach(Figures, frozen=True):
    """The fan before a threshold; its inner edge lies at the end of the strip."""

    inner_edge_m: Metres
    divergence_percent: Percent
    sections: Annotated[tuple[Stretch, ...], msgspec.Meta(min_length=1)]


class Steps(Figures, frozen=True):
    """How finely slopes are cut into level floors: the most that one may lie under its slope."""

    step_m: Metres
    """On approach and transitional surfaces."""
    conical_step_m: Metres


class RunwayClass(Table, frozen=True):
    """All that shapes the surfaces of one class of runway."""

    title: Text
    verify_against: tuple[Text, ...]
    """What the figures are to be compared with before they have effect."""
    strip: Strip
    transitional: Transitional
    inner_horizontal: InnerHorizontal
    conical: Conical
    approach: Approach
    steps: Steps


class SurfaceFile(Table, frozen=True):
    """A file of figures."""

    id: Text
    version: Text
    instruments: dict[str, Instrument]
    classes: dict[str, RunwayClass]

    def figures(self, runway_class: str) -> SurfaceFigures:
        """Return the figures of a class as surfaces are drawn from them, slopes as ratios.

        Raises:
            BadFigures: the file has no such class.
        """
        found = self.classes.get(runway_class)
        if found is None:
            expected = ", ".join(sorted(self.classes))
            message = f"found runway class {runway_class!r}, expected one of {expected}"
            raise BadFigures(message)
        return SurfaceFigures(
            source=self._source(found),
            strip_half_width_m=found.strip.half_width_m,
            strip_beyond_end_m=found.strip.beyond_end_m,
            transitional_slope=_ratio(found.transitional.slope_percent),
            inner_height_m=found.inner_horizontal.height_m,
            inner_radius_m=found.inner_horizontal.radius_m,
            conical_slope=_ratio(found.conical.slope_percent),
            conical_rise_m=found.conical.height_m,
            approach_inner_edge_m=found.approach.inner_edge_m,
            approach_divergence=_ratio(found.approach.divergence_percent),
            approach=tuple(
                Section(each.length_m, _ratio(each.slope_percent))
                for each in found.approach.sections
            ),
            step_m=found.steps.step_m,
            conical_step_m=found.steps.conical_step_m,
        )

    def _source(self, of: RunwayClass) -> str:
        basis = of.inner_horizontal.basis
        named = f"{self.instruments[basis.instrument].name} {basis.place}"
        said = f"{named}, {of.title} ({self.id}@{self.version})"
        return "; to be verified against ".join(
            filter(None, (said, " and ".join(of.verify_against)))
        )


def _ratio(percent: float) -> float:
    """Return rise over run; rounded, since 14.3 / 100 is not 0.143."""
    return round(percent / 100, 9)


def parse(text: str) -> SurfaceFile:
    """Return the figures that a TOML text holds.

    Raises:
        BadFigures: names the key, what was found and what was expected.
    """
    try:
        found = msgspec.toml.decode(text, type=SurfaceFile)
    except msgspec.MsgspecError as error:
        raise BadFigures(str(error)) from error
    for key, runway_class in found.classes.items():
        _require_instruments(f"classes.{key}", runway_class, found)
    return found


def _require_instruments(where: str, runway_class: RunwayClass, file: SurfaceFile) -> None:
    for name, table in msgspec.structs.asdict(runway_class).items():
        if isinstance(table, Figures) and table.basis.instrument not in file.instruments:
            expected = ", ".join(sorted(file.instruments))
            message = (
                f"{where}.{name}: found instrument {table.basis.instrument!r}, "
                f"expected one of {expected}"
            )
            raise BadFigures(message)


@cache
def surface_file() -> SurfaceFile:
    """Return the file that comes with the package."""
    return parse(files("maps").joinpath("surfaces", FILE).read_text(encoding="utf-8"))
