"""The history as others read it: JSON, GeoJSON, CSV and GPX, a part at a time."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import StringIO
from itertools import groupby
from typing import Any, Final, cast
from xml.sax.saxutils import quoteattr

import msgspec
import pyarrow as pa

from zone_service.history.given import Format
from zone_service.history.table import SCALED, WORDS

AT_ONCE: Final = 2000
"""Rows that are turned into text together."""
GAP_S: Final = 300.0
"""A track is drawn in pieces where nothing was heard for longer: nobody knows the way between."""

_NAMES: Final = {"longitude_deg": "longitude", "latitude_deg": "latitude"}
FIELDS: Final = (
    "device_id", "event_time", "received_time", "seq",
    *(_NAMES.get(each.said, each.said) for each in SCALED), *WORDS, "frame",
)  # fmt: skip
"""What a row says, in the words of the platform's own JSON; ``frame`` is the place in the journal, as
batch, frame and report."""

Row = dict[str, Any]


def records(table: pa.Table) -> Iterator[Row]:
    """Yield rows in the units of the platform's own JSON; times are as there."""
    for batch in table.to_batches(max_chunksize=AT_ONCE):
        columns: list[list[object]] = [
            batch.column("device_id").to_pylist(),
            _instants(batch.column("event_time")),
            _instants(batch.column("received_time")),
            batch.column("seq").to_pylist(),
        ]
        for each in SCALED:
            said = batch.column(each.name).to_pylist()
            columns.append(said if each.per_unit == 1 else _divided(said, each.per_unit))
        columns += [batch.column(name).to_pylist() for name in WORDS]
        columns.append(_frames(batch))
        for values in zip(*columns, strict=True):
            yield dict(zip(FIELDS, values, strict=True))


def written(table: pa.Table, format_: Format) -> Iterator[bytes]:
    """Yield the file that rows are in a format."""
    match format_:
        case Format.JSON:
            return _json(records(table))
        case Format.GEOJSON:
            return _geojson(records(table))
        case Format.CSV:
            return _csv(records(table))
        case Format.GPX:
            return _gpx(records(table))
        case Format.GEOPARQUET:
            from zone_service.history.frame import geoparquet

            return iter((geoparquet(table),))


def _json(rows: Iterator[Row]) -> Iterator[bytes]:
    return _listed(b"[", map(msgspec.json.encode, rows), b"]\n")


def _geojson(rows: Iterator[Row]) -> Iterator[bytes]:
    features = (msgspec.json.encode(_feature(row)) for row in rows)
    return _listed(b'{"type":"FeatureCollection","features":[', features, b"]}\n")


def _listed(begins: bytes, items: Iterable[bytes], ends: bytes) -> Iterator[bytes]:
    yield begins
    for number, some in enumerate(_some(items)):
        yield (b",\n" if number else b"\n") + b",\n".join(some)
    yield b"\n" + ends


def _feature(row: Row) -> Row:
    longitude, latitude = row.pop("longitude"), row.pop("latitude")
    place = (
        None
        if longitude is None or latitude is None
        else {"type": "Point", "coordinates": [longitude, latitude]}
    )
    return {"type": "Feature", "geometry": place, "properties": row}


def _csv(rows: Iterator[Row]) -> Iterator[bytes]:
    yield _lines([FIELDS])
    for some in _some(rows):
        yield _lines(row.values() for row in some)


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _gpx(rows: Iterator[Row]) -> Iterator[bytes]:
    yield (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<gpx version="1.1" creator="test-zone-platform" xmlns="http://www.topografix.com/GPX/1/1">\n'
    )
    placed = (row for row in rows if row["longitude"] is not None and row["latitude"] is not None)
    for device_id, its in groupby(placed, key=lambda row: cast("str", row["device_id"])):
        # Ids are letters, digits, _ and -: nothing in them means anything in XML.
        yield f"<trk><name>{device_id}</name><trkseg>\n".encode()
        for some in _some(_points(its)):
            yield "".join(some).encode()
        yield b"</trkseg></trk>\n"
    yield b"</gpx>\n"


def _points(rows: Iterable[Row]) -> Iterator[str]:
    last: datetime | None = None
    for row in rows:
        at = datetime.fromisoformat(row["event_time"])
        if last is not None and (at - last).total_seconds() > GAP_S:
            yield "</trkseg><trkseg>\n"
        last = at
        yield _point(row)


def _point(row: Row) -> str:
    where = f"lat={quoteattr(_plain(row['latitude']))} lon={quoteattr(_plain(row['longitude']))}"
    # GPX asks for this order, and means the height above the sea.
    height = row["altitude_msl_m"]
    elevation = "" if height is None else f"<ele>{_plain(height)}</ele>"
    seen = row["satellites"]
    satellites = "" if seen is None else f"<sat>{seen}</sat>"
    return f"<trkpt {where}>{elevation}<time>{row['event_time']}</time>{satellites}</trkpt>\n"


def _plain(number: float) -> str:
    """Return a number without an exponent: XML's decimals have none."""
    return f"{number:.7f}".rstrip("0").rstrip(".")


def _some(items: Iterable[Any]) -> Iterator[list[Any]]:
    some = []
    for each in items:
        some.append(each)
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _instants(column: pa.Array) -> list[object]:
    return [_instant(each) for each in column.cast(pa.int64()).to_pylist()]


def _instant(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03}Z"


def _divided(values: list[int | None], per_unit: int) -> list[object]:
    return [None if each is None else each / per_unit for each in values]


def _frames(batch: pa.RecordBatch) -> list[object]:
    places = (batch.column(name).to_pylist() for name in ("journal_id", "place", "part"))
    return [f"{journal_id}/{place}/{part}" for journal_id, place, part in zip(*places, strict=True)]
