"""What a clip consists of, and the texts that it is written as. Pure.

Everything that the verdict came from is in it, so that whoever has the file alone can decode the frames
again, lay them on the zones of then and hold them against the permit of then.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, NamedTuple

import msgspec

from permits.evidence_rules import Around
from permits.recognition_form import canonical
from telemetry.codecs.codec import Codec
from telemetry.report import Frame, Report, Unit
from telemetry.service_area import ServiceArea
from zone_service.clips.window import Span, holds
from zone_service.history.told import Told, told_by

FORMAT: Final = "zone-evidence/1"
FORMAT_BESIDE: Final = "zone-evidence/2"
"""Of one that comes beside another, of which whoever knows the first format alone knows nothing."""
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "signature.jws"
ABOUT: Final = "about.json"
FRAMES: Final = "frames.jsonl"
REPORTS: Final = "reports.jsonl"
JUDGED_BY: Final = "judged_by.json"
PERMIT: Final = "permit.json"
RULES: Final = "rules.json"
ZONES: Final = "zones.geojson"
MEMBERS: Final = (ABOUT, FRAMES, JUDGED_BY, PERMIT, REPORTS, RULES, ZONES)
"""All but the manifest, which lists them, and the signature, which seals that."""


class Placed(NamedTuple):
    """A frame, and where in the journal it stands."""

    journal_id: int
    place: int
    frame: Frame


class Beside(NamedTuple):
    """The clip that one comes beside."""

    clip_id: str
    sha256: str
    events: Sequence[Span] | None
    """Where it holds what came late: within which times a report of each frame is dated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """What is sealed."""

    clip_id: str
    about: Mapping[str, Any]
    """The violation or the accident, and what is known to have happened to it."""
    device_ids: Sequence[str]
    spans: Sequence[Span]
    frames: Sequence[Placed]
    """Of these devices, received in these spans, in the order of the journal."""
    units: Mapping[str, Unit]
    """By which they were decoded."""
    served: ServiceArea | None
    revisions: Mapping[str, int]
    """Of the map, the registry and the permits, by which was judged."""
    permit: Mapping[str, Any] | None
    rules: Mapping[str, str]
    """Texts of rule sets by label: that which was judged by, and those that it rests on."""
    rule_set: str
    around: Around
    zones: Mapping[str, Any]
    """GeoJSON of the zones concerned, as they were at the revision of the map."""
    software: Mapping[str, str]
    sealed_at: str
    kept_until: str
    beside: Beside | None = None


def members_of(clip: Clip, codecs: Mapping[str, Codec]) -> dict[str, bytes]:
    """Return the texts of a clip by name, all but the manifest and the signature."""
    units = [msgspec.to_builtins(clip.units[each]) for each in sorted(clip.units)]
    judged = {
        "revisions": dict(clip.revisions),
        "served": None if clip.served is None else msgspec.to_builtins(clip.served),
        "units": units,
    }
    told = reports_of(clip.frames, clip.units, codecs, clip.served)
    return {
        ABOUT: canonical(dict(clip.about)),
        FRAMES: lines(map(_frame_json, clip.frames)),
        JUDGED_BY: canonical(judged),
        PERMIT: canonical(None if clip.permit is None else dict(clip.permit)),
        REPORTS: lines(map(told_json, told)),
        RULES: canonical(dict(clip.rules)),
        ZONES: canonical(dict(clip.zones)),
    }


def described(clip: Clip) -> dict[str, Any]:
    """Return what the manifest says of a clip, beside its members and its key."""
    return _described_beside(clip.beside) | {
        "clip": clip.clip_id,
        "device_ids": list(clip.device_ids),
        "spans": [list(each) for each in clip.spans],
        "frames": len(clip.frames),
        "rule_set": clip.rule_set,
        "before_s": clip.around.before_s,
        "after_s": clip.around.after_s,
        "kept_years": clip.around.kept_years,
        "kept_until": clip.kept_until,
        "sealed_at": clip.sealed_at,
        "software": dict(clip.software),
    }


def _described_beside(beside: Beside | None) -> dict[str, Any]:
    if beside is None:
        return {"format": FORMAT}
    first = {"clip": beside.clip_id, "sha256": beside.sha256}
    events = None if beside.events is None else [list(each) for each in beside.events]
    return {"format": FORMAT_BESIDE, "first": first, "events": events}


def dated_in(
    frames: Iterable[Placed],
    events: Sequence[Span],
    units: Mapping[str, Unit],
    codecs: Mapping[str, Codec],
    served: ServiceArea | None,
) -> tuple[Placed, ...]:
    """Return the frames that tell a report of some times."""

    def is_told(each: Placed) -> bool:
        told = reports_of((each,), units, codecs, served)
        return any(holds(events, some.report.event_time_s) for some in told)

    return tuple(filter(is_told, frames))


def reports_of(
    frames: Iterable[Placed],
    units: Mapping[str, Unit],
    codecs: Mapping[str, Codec],
    served: ServiceArea | None,
) -> Iterator[Told]:
    """Yield what frames told, in their order: decoded as the history decodes them."""
    for each in frames:
        yield from told_by([(each.place, each.frame)], each.journal_id, units, codecs, served)


def lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as JSON, each in a line."""
    return b"".join(canonical(dict(each)) + b"\n" for each in rows)


def told_json(told: Told) -> dict[str, Any]:
    """Return a report with its place; names and units are those of the canonical report."""
    said = {name: _plain(getattr(told.report, name)) for name in Report.__struct_fields__}
    return {
        "journal_id": told.journal_id,
        "place": told.place,
        "part": told.part,
        "received_s": told.received_s,
        "report": said,
    }


def _plain(value: object) -> object:
    """Return a value for JSON; a number that is none is unknown, whatever a codec made of it."""
    if isinstance(value, float) and not isfinite(value):
        return None
    return msgspec.to_builtins(value)


def _frame_json(each: Placed) -> dict[str, Any]:
    return {
        "journal_id": each.journal_id,
        "place": each.place,
        "topic": each.frame.topic,
        "received_s": each.frame.received_s,
        "qos": each.frame.qos,
        "retained": each.frame.retained,
        "payload": base64.b64encode(each.frame.payload).decode(),
    }


class _FrameLine(msgspec.Struct, forbid_unknown_fields=True):
    journal_id: int
    place: int
    topic: str
    received_s: float
    qos: int
    retained: bool
    payload: bytes


class JudgedByFile(msgspec.Struct, forbid_unknown_fields=True):
    """By what the frames of a clip were decoded."""

    revisions: dict[str, int]
    served: ServiceArea | None
    units: list[Unit]


def read_frames(content: bytes) -> list[Placed]:
    """Return the frames of a member.

    Raises:
        ValueError: ``members_of`` did not write it.
    """
    found = []
    for line in content.splitlines():
        its = msgspec.json.decode(line, type=_FrameLine)
        frame = Frame(its.topic, its.payload, its.received_s, qos=its.qos, retained=its.retained)
        found.append(Placed(its.journal_id, its.place, frame))
    return found


def read_judged_by(content: bytes) -> JudgedByFile:
    """Return by what was judged.

    Raises:
        ValueError: ``members_of`` did not write it.
    """
    return msgspec.json.decode(content, type=JudgedByFile)
