"""Zones from GeoJSON and back: the datum declared or the file refused, every problem listed.

One feature is one volume, or two where it goes over the antimeridian; features of one ``zone_id``
form one zone. A ``FeatureCollection`` declares its datum by a member ``datum`` (``WGS84``,
``CGCS2000``, ``GCJ02``, ``BD09``) or by an old-style ``crs`` that names CRS 84, EPSG:4326 or
EPSG:4490; else the caller must know it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from geofence.said import Said
from geofence.validity import FURTHEST_MARGIN_M
from geofence.zone import Restriction, Volume, Zone, ZoneKind
from maps.antimeridian import parted
from maps.findings import (
    BadDocument,
    Findings,
    Json,
    Problem,
    Weight,
    found_or_missing,
    parse,
    shown,
)
from maps.geojson_around import AROUND, read_around
from maps.geojson_limits import read_band, read_schedule
from maps.geojson_shape import read_shape
from maps.geojson_write import write_zones
from telemetry.report import Datum

__all__ = ["Import", "Problem", "read_zone", "read_zones", "write_zones"]

MAX_BYTES = 32 * 1024 * 1024
MAX_FEATURES = 20_000
LONGEST = {"name": 200, "name_zh": 200, "category": 64, "source": 500, "accuracy": 200}
"""Characters that a zone's texts may have: what is longer could not be kept."""
COLLECTION = frozenset({"FeatureCollection"})
DOMAINS = frozenset({"road", "air", "water"})
ZONE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
CRS_DATUM = {
    "urn:ogc:def:crs:OGC:1.3:CRS84": Datum.WGS84,
    "urn:ogc:def:crs:OGC::CRS84": Datum.WGS84,
    "urn:ogc:def:crs:EPSG::4326": Datum.WGS84,
    "EPSG:4326": Datum.WGS84,
    "urn:ogc:def:crs:EPSG::4490": Datum.CGCS2000,
    "EPSG:4490": Datum.CGCS2000,
}
ED269_AUTHORISATION = "REQ_AUTHORISATION"
"""ED-269 spells it so; ED-318, whose word is ours, with a Z."""
PROPERTIES = frozenset(
    {"zone_id", "name", "name_zh", "kind", "domains", "category", "source", "accuracy"}
    | {"legal_effect", "shape", "radius_m", "half_width_m", "lower", "upper", "schedule"}
    | {"speed_limit_mps", "restriction", "exit_margin_m", "follows", "exempt_devices"}
)
LIMITS = {
    "lower": 'a height, as {"value_m": 30, "reference": "AGL"}',
    "upper": 'a height, as {"value_m": 120, "reference": "AGL"}',
    "schedule": 'when it holds, as {"windows": [{"start": "07:30", "end": "19:00"}]}',
    "speed_limit_mps": "metres a second",
    "domains": "some of air, road, water",
    "restriction": f"one of {', '.join(sorted(Restriction))}",
    "exit_margin_m": "metres",
    "exempt_devices": "an array of device ids",
}
"""What a zone may leave unsaid, with what it is where it is said: without it another zone is meant."""


@dataclass(frozen=True, slots=True)
class Import:
    """What a file holds, and everything that is wrong with it.

    ``zones`` are those read without an error, in the order of the file. A publisher takes them
    only when ``refused`` is false: half a map is not a map.
    """

    zones: tuple[Zone, ...]
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> bool:
        """Whether any problem is an error."""
        return any(problem.weight is Weight.ERROR for problem in self.problems)


def read_zones(text: str | bytes, datum: Datum | None = None) -> Import:
    """Read a GeoJSON ``FeatureCollection`` of zones; never raises for what a file may hold.

    ``datum`` is what the caller was told of the file. Where the file says it too, both agree
    or the file is refused; where neither does, it is refused: half a kilometre is at stake.
    """
    return _read(text, datum, COLLECTION)


def read_zone(text: str | bytes, datum: Datum | None = None) -> Import:
    """Read one zone: a ``Feature``, or a ``FeatureCollection`` of its volumes.

    Else like ``read_zones``; a feature that stands alone declares its datum as a collection does.
    """
    return _read(text, datum, COLLECTION | {"Feature"})


def _read(text: str | bytes, datum: Datum | None, types: frozenset[str]) -> Import:
    findings = Findings()
    if len(text) <= MAX_BYTES and not text.strip():
        return Import((), (Problem("$", Said("the file is empty")),))
    try:
        document = parse(text, MAX_BYTES)
    except BadDocument as error:
        return Import((), (Problem("$", error.said),))
    found = findings.members(document, "$")
    if found is None or findings.choice(found, "type", "$", types) is None:
        return Import((), tuple(findings.problems))
    declared = _datum(found, datum, findings)
    features = {"$": document} if found["type"] == "Feature" else _listed(found, findings)
    if declared is None or features is None:
        return Import((), tuple(findings.problems))
    zones = _zones(features, declared, findings)
    return Import(zones, tuple(findings.problems))


def _listed(collection: Mapping[str, Json], findings: Findings) -> dict[str, Json] | None:
    """Return the features of a collection by their paths."""
    features = findings.array(collection.get("features"), "$.features")
    if features is None or not _countable(features, findings):
        return None
    return {f"$.features[{index}]": feature for index, feature in enumerate(features)}


def _countable(features: list[Json], findings: Findings) -> bool:
    if not features:
        findings.error("$.features", "no features, expected at least one")
    if len(features) > MAX_FEATURES:
        findings.error(
            "$.features",
            "{count} features, at most {most}",
            count=len(features),
            most=MAX_FEATURES,
        )
    return 0 < len(features) <= MAX_FEATURES


def _crs_datum(collection: Mapping[str, Json], findings: Findings) -> Datum | None:
    """Read the ``crs`` member of the first GeoJSON, which old tools still write."""
    crs = collection.get("crs")
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(name, str) and name in CRS_DATUM:
        return CRS_DATUM[name]
    findings.error(
        "$.crs",
        "found {value}, expected one of {choice}",
        value=shown(name),
        choice=", ".join(CRS_DATUM),
    )
    return None


def _datum(collection: Mapping[str, Json], told: Datum | None, findings: Findings) -> Datum | None:
    before = findings.errors()
    sources = {"the caller": told, "$.crs": _crs_datum(collection, findings)}
    if collection.get("datum") is not None:
        named = findings.choice(collection, "datum", "$", list(Datum))
        sources["$.datum"] = None if named is None else Datum(named)
    if findings.errors() > before:
        return None
    said = {source: value for source, value in sources.items() if value is not None}
    if not said:
        findings.error(
            "$.datum",
            "no datum declared, expected WGS84, CGCS2000, GCJ02 or BD09: "
            "what GCJ02 or BD09 says lies 0.5 or 1.1 km off here",
        )
        return None
    if len(set(said.values())) > 1:
        claims = ", ".join(f"{source} says {value}" for source, value in said.items())
        findings.error(
            "$.datum", "the datum is declared twice and differently: {claims}", claims=claims
        )
        return None
    return next(iter(said.values()))


def _zones(features: Mapping[str, Json], datum: Datum, findings: Findings) -> tuple[Zone, ...]:
    """Read all features, by their paths; a zone with a wrong feature is left out whole."""
    zones: dict[str, Zone] = {}
    first_path: dict[str, str] = {}
    broken: set[str] = set()
    ids: dict[object, str] = {}
    for path, value in features.items():
        before = findings.errors()
        _note_id(value, path, ids, findings)
        zone_id, part = _feature(value, path, datum, findings)
        if part is not None:
            known = zones.get(part.zone_id)
            merged = part if known is None else _merge(known, part, path, first_path, findings)
            zones[part.zone_id] = merged
            first_path.setdefault(part.zone_id, path)
        if zone_id is not None and findings.errors() > before:
            broken.add(zone_id)
    return tuple(zone for zone_id, zone in zones.items() if zone_id not in broken)


def _note_id(value: Json, path: str, ids: dict[object, str], findings: Findings) -> None:
    """Refuse two features of one ``id``; a feature needs none."""
    feature_id = value.get("id") if isinstance(value, dict) else None
    if not isinstance(feature_id, str | int):
        return
    if feature_id in ids:
        findings.error(
            f"{path}.id",
            "{value} is also the id of {other}",
            value=shown(feature_id),
            other=ids[feature_id],
        )
    ids.setdefault(feature_id, path)


def _merge(
    known: Zone, part: Zone, path: str, first_path: Mapping[str, str], findings: Findings
) -> Zone:
    """Add a further volume to its zone, whose other properties must be said alike."""
    where = f"{path}.properties.zone_id"
    if part.around is not None or known.around is not None:
        findings.error(
            where, "{zone_id} follows a device: it is one feature alone", zone_id=part.zone_id
        )
        return known
    if replace(part, volumes=()) != replace(known, volumes=()):
        findings.error(
            where,
            "{zone_id} was described differently at {other}: features of one zone repeat its "
            "properties, or the id is used twice",
            zone_id=part.zone_id,
            other=first_path[part.zone_id],
        )
        return known
    if part.volumes[0] in known.volumes:
        findings.error(where, "a volume of {zone_id} is there twice", zone_id=part.zone_id)
        return known
    return replace(known, volumes=(*known.volumes, *part.volumes))


def _feature(
    value: Json, path: str, datum: Datum, findings: Findings
) -> tuple[str | None, Zone | None]:
    """Read one feature as its zone with its volume; also the id, where that much is readable."""
    feature = findings.members(value, path)
    if feature is None or findings.choice(feature, "type", path, {"Feature"}) is None:
        return None, None
    where = f"{path}.properties"
    properties = findings.members(feature.get("properties"), where)
    if properties is None:
        return None, None
    before = findings.errors()
    findings.unknown(properties, PROPERTIES, where, LIMITS)
    zone_id = _zone_id(properties, where, findings)
    if properties.get("shape") == AROUND:
        around = read_around(feature.get("geometry"), properties, path, findings)
        zone = _described(properties, where, findings)
        if around is None or zone_id is None or findings.errors() > before:
            return zone_id, None
        return zone_id, replace(zone, zone_id=zone_id, around=around)
    for name in ("follows", "exempt_devices"):
        if name in properties:
            findings.error(
                f"{where}.{name}", 'expected this only where "shape" is "{around}"', around=AROUND
            )
    shape = read_shape(feature.get("geometry"), properties, path, findings, datum)
    band = read_band(properties, where, findings)
    schedule = read_schedule(properties.get("schedule"), f"{where}.schedule", findings)
    zone = _described(properties, where, findings)
    if shape is None or zone_id is None or findings.errors() > before:
        return zone_id, None
    volumes = parted(Volume(shape, band, schedule))
    if len(volumes) > 1:
        findings.warning(f"{path}.geometry", "it goes over the antimeridian and is parted there")
    return zone_id, replace(zone, zone_id=zone_id, volumes=volumes)


def _zone_id(properties: Mapping[str, Json], path: str, findings: Findings) -> str | None:
    zone_id = properties.get("zone_id")
    if isinstance(zone_id, str) and ZONE_ID.fullmatch(zone_id):
        return zone_id
    found = found_or_missing(zone_id)
    findings.error(
        f"{path}.zone_id",
        "{found}, expected 1 to 64 of A-Z a-z 0-9 _ - with a letter or digit first",
        found=found,
    )
    return None


def _described(properties: Mapping[str, Json], path: str, findings: Findings) -> Zone:
    """Read what a feature says of its zone apart from space and time."""
    kind = findings.choice(properties, "kind", path, list(ZoneKind)) or ZoneKind.KEEP_OUT
    speed = findings.number(properties, "speed_limit_mps", path, above=0.0)
    if kind == ZoneKind.SPEED_LIMIT and properties.get("speed_limit_mps") is None:
        findings.error(f"{path}.speed_limit_mps", "missing, expected a number: m/s")
    if not properties.get("name"):
        findings.error(f"{path}.name", "missing, expected what people call the zone")
    return Zone(
        zone_id="",
        kind=ZoneKind(kind),
        name=_text(properties, "name", path, findings) or "",
        volumes=(),
        domains=_domains(properties, path, findings),
        speed_limit_mps=speed,
        name_zh=_text(properties, "name_zh", path, findings),
        category=_text(properties, "category", path, findings) or "",
        source=_text(properties, "source", path, findings) or "",
        legal_effect=findings.flag(properties, "legal_effect", path) or False,
        accuracy=_text(properties, "accuracy", path, findings) or "",
        restriction=_restriction(properties, kind, path, findings),
        exit_margin_m=_exit_margin_m(properties, path, findings),
    )


def _text(properties: Mapping[str, Json], name: str, path: str, findings: Findings) -> str | None:
    return findings.text(properties, name, path, LONGEST[name])


def _restriction(
    properties: Mapping[str, Json], kind: str, path: str, findings: Findings
) -> Restriction:
    """Read how far a keep-out zone keeps out; one that does not say it prohibits."""
    if properties.get("restriction") is None:
        return Restriction.PROHIBITED
    if kind != ZoneKind.KEEP_OUT:
        findings.error(
            f"{path}.restriction", "only a keep-out zone has one, this is {kind}", kind=kind
        )
        return Restriction.PROHIBITED
    if properties["restriction"] == ED269_AUTHORISATION:
        return Restriction.REQ_AUTHORIZATION
    found = findings.choice(properties, "restriction", path, list(Restriction))
    return Restriction(found or Restriction.PROHIBITED)


def _exit_margin_m(properties: Mapping[str, Json], path: str, findings: Findings) -> float:
    """Read how far outside a device must be to have left; a zone that does not say it has none."""
    margin_m = findings.number(properties, "exit_margin_m", path)
    if margin_m is None or 0.0 <= margin_m <= FURTHEST_MARGIN_M:
        return margin_m or 0.0
    findings.error(
        f"{path}.exit_margin_m",
        "found {found:g}, expected 0 to {most:g} metres",
        found=margin_m,
        most=FURTHEST_MARGIN_M,
    )
    return 0.0


def _domains(properties: Mapping[str, Json], path: str, findings: Findings) -> frozenset[str]:
    value = properties.get("domains")
    if value is None:
        return DOMAINS
    if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        domains = frozenset(cast("list[str]", value))
        if domains <= DOMAINS:
            return domains
    findings.error(
        f"{path}.domains", "found {value}, expected some of air, road, water", value=shown(value)
    )
    return DOMAINS
