"""As what the history is given, and how exactly. Loads nothing slow: the command line needs these words."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from zone_service.store.roles import Role


class Format(StrEnum):
    """As what the history is given."""

    JSON = "json"
    GEOJSON = "geojson"
    CSV = "csv"
    GPX = "gpx"
    GEOPARQUET = "geoparquet"


MEDIA: Final[Mapping[Format, tuple[str, str]]] = {
    Format.JSON: ("application/json", "json"),
    Format.GEOJSON: ("application/geo+json", "geojson"),
    Format.CSV: ("text/csv; charset=utf-8", "csv"),
    Format.GPX: ("application/gpx+xml", "gpx"),
    Format.GEOPARQUET: ("application/vnd.apache.parquet", "parquet"),
}
"""The media type of each format, and the ending of its files."""


class Precision(StrEnum):
    """For whom positions are: the numbers are the rule set's."""

    EXACT = "exact"
    """As they came: for the police, administrators, and whoever's devices they are."""
    DEPARTMENT = "department"
    """To some decimals of a degree."""
    PUBLIC = "public"
    """The middle of a cell of a grid."""


def precision_of(role: Role) -> Precision:
    """Return how exactly a role reads what it may see; who supervises nobody sees its own alone."""
    return Precision.DEPARTMENT if role is Role.REVIEWER else Precision.EXACT
