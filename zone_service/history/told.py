"""What the frames of the journal told: each report with the place in the journal that it came from.

Decoded as the worker decoded it: by the codecs of this installation and the register of then, with the
position in the one datum that is stored. What the service refused is no part of the history; its frames
are among the raw ones, as all are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from maps import datum
from telemetry.codecs.codec import Codec, is_time
from telemetry.decode import decode
from telemetry.report import Datum, Frame, Report, Unit
from telemetry.service_area import ServiceArea

_AS_STORED: Final = frozenset({Datum.WGS84, Datum.CGCS2000})


@dataclass(frozen=True, slots=True)
class Told:
    """One report, and where in the journal it stands: the three numbers name it for good."""

    report: Report
    """In WGS 84; ``source_datum`` is still the one that it was sent in."""
    received_s: float
    journal_id: int
    place: int
    """Of its frame in the batch, from 0."""
    part: int
    """Of the report among what its frame said, from 0."""


def told_by(
    frames: Iterable[tuple[int, Frame]],
    journal_id: int,
    units: Mapping[str, Unit],
    codecs: Mapping[str, Codec],
    served: ServiceArea | None,
) -> Iterator[Told]:
    """Yield what frames of one batch told, each given with its place in the batch."""
    for place, frame in frames:
        for part, said in enumerate(decode(frame, units, codecs)):
            # A codec of another package may break its word on times; nobody could ask for such a row.
            if isinstance(said, Report) and is_time(said.event_time_s):
                report = _in_wgs84(said)
                if served is None or served.refusal(report) is None:
                    yield Told(report, frame.received_s, journal_id, place, part)


def _in_wgs84(report: Report) -> Report:
    longitude_deg, latitude_deg = report.longitude_deg, report.latitude_deg
    if report.source_datum in _AS_STORED or longitude_deg is None or latitude_deg is None:
        return report
    converted = datum.point_to_wgs84(longitude_deg, latitude_deg, report.source_datum)
    return msgspec.structs.replace(report, longitude_deg=converted[0], latitude_deg=converted[1])
