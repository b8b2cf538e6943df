"""As what the history is given. Loads nothing: the command line needs these words."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


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
