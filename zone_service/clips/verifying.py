"""Whether the file of a clip is genuine, by the file alone and the keys that are trusted. Pure.

Nothing is asked of a store or a network. What it says is believed in this order: the archive is the one that
was written, each member is the one of the manifest, the manifest is the one that was sealed; and the frames,
decoded once more, tell the reports that stand beside them.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from itertools import zip_longest
from typing import Any, Final, NamedTuple

import msgspec

from permits.recognition_form import canonical
from telemetry.codecs.codec import Codec
from telemetry.report import Unit
from telemetry.service_area import ServiceArea
from telemetry.topics import of_device
from zone_service.certificate_token import Keys, Verdict, signed_by
from zone_service.clips.archive import TYPE, unpacked
from zone_service.clips.content import (
    ABOUT,
    FORMAT,
    FORMAT_BESIDE,
    FRAMES,
    JUDGED_BY,
    MANIFEST,
    MEMBERS,
    REPORTS,
    SIGNATURE,
    Placed,
    dated_in,
    read_frames,
    read_judged_by,
    reports_of,
    told_json,
)
from zone_service.clips.window import Span, holds
from zone_service.clips.words import Fault, Flaw, fault
from zone_service.issuer_key import key_id_of_public, public_keys
from zone_service.recognition_seal import is_plain

_SHOWN: Final = 160
"""Of a line that is told to be other."""
_UNREADABLE: Final = (msgspec.MsgspecError, ValueError, TypeError, RecursionError)


class Trust(StrEnum):
    """By whom a clip was sealed, as far as whoever verifies can tell."""

    KNOWN = "known"
    """By a key that whoever verifies trusts."""
    ITS_OWN = "its own"
    """By the key that the file itself holds: it is whole, and anybody may have made it."""
    NOBODY = "nobody"
    """It bears no seal that holds."""


class Verified(NamedTuple):
    """What came of it."""

    trust: Trust
    faults: tuple[Fault, ...]
    remarks: tuple[Fault, ...] = ()
    """What is no fault of the file, and may explain one."""
    manifest: Mapping[str, Any] | None = None
    """What it says of itself; not to be believed where nobody has sealed it."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong with the file, whoever made it."""
        return not self.faults


class _Member(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    sha256: str
    size_bytes: int


class _Key(msgspec.Struct, forbid_unknown_fields=True):
    kid: str
    x: str


class _Missing(msgspec.Struct):
    """What a clip says that it lacks; one of before that was said says nothing."""

    lost: tuple[str, ...] = ()
    gaps: tuple[tuple[float, float], ...] = ()


class _First(msgspec.Struct, forbid_unknown_fields=True):
    clip: str
    sha256: str


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    clip: str
    device_ids: list[str]
    spans: list[tuple[float, float]]
    frames: int
    rule_set: str
    before_s: float
    after_s: float
    kept_years: int
    kept_until: str
    sealed_at: str
    software: dict[str, str]
    key: _Key
    members: list[_Member]
    first: _First | None = None
    """The clip that it comes beside."""
    events: list[tuple[float, float]] | None = None


def verified(
    content: bytes, keys: Keys, codecs: Mapping[str, Codec], software: Mapping[str, str]
) -> Verified:
    """Return what comes of a file; never raises for anything that may be in one.

    ``keys`` are those that are trusted; ``software`` is what decodes now.
    """
    members = unpacked(content)
    if isinstance(members, Fault):
        return Verified(Trust.NOBODY, (members,))
    manifest = _manifest(members[MANIFEST])
    if isinstance(manifest, Fault):
        return Verified(Trust.NOBODY, (manifest,))
    said: Mapping[str, Any] = msgspec.to_builtins(manifest)
    altered = tuple(_altered(members, manifest))
    trust, forged = _sealed_by(members, manifest, keys)
    if altered or forged:
        # What was altered is not decoded: it would only tell the same once more.
        return Verified(trust, (*altered, *forged), (), said)
    differing = tuple(_differing(members, manifest, codecs))
    other = _other_code(manifest, software) if differing else ()
    return Verified(trust, differing, (*other, *_incomplete(members[ABOUT])), said)


def _manifest(content: bytes) -> _Manifest | Fault:
    try:
        found = msgspec.json.decode(content, type=_Manifest)
        plain = msgspec.json.decode(content)
        again = canonical(plain)
    except _UNREADABLE as error:
        return fault(Flaw.MANIFEST, found=str(error)[:_SHOWN])
    expected = FORMAT if found.first is None else FORMAT_BESIDE
    if found.format != expected:
        return fault(Flaw.MANIFEST, found=f"format {found.format[:40]!r}, expected {expected!r}")
    if again != content or sorted(each.name for each in found.members) != sorted(MEMBERS):
        return fault(Flaw.MANIFEST, found="members or form")
    return found


def _altered(members: Mapping[str, bytes], manifest: _Manifest) -> Iterator[Fault]:
    for each in manifest.members:
        found = sha256(members[each.name]).hexdigest()
        if found != each.sha256 or len(members[each.name]) != each.size_bytes:
            yield fault(Flaw.MEMBER_ALTERED, each.name, found, each.sha256)


def _sealed_by(
    members: Mapping[str, bytes], manifest: _Manifest, keys: Keys
) -> tuple[Trust, tuple[Fault, ...]]:
    """Return whose seal it bears, and why that does not hold."""
    its = manifest.key
    own = _own_key(its)
    if isinstance(own, Fault):
        return Trust.NOBODY, (own,)
    known = keys.get(its.kid)
    if known is not None and known.as_dict(private=False).get("x") != its.x:
        found, expected = its.x, known.as_dict(private=False).get("x")
        return Trust.NOBODY, (fault(Flaw.OTHER_KEY, its.kid, found, expected),)
    token = members[SIGNATURE].decode("ascii", "replace")
    signed = signed_by(token, TYPE, own) if is_plain(token) else Verdict.FORGED
    if isinstance(signed, Verdict) or signed.payload != sha256(members[MANIFEST]).digest():
        return Trust.NOBODY, (fault(Flaw.FORGED, its.kid),)
    return (Trust.ITS_OWN if known is None else Trust.KNOWN), ()


def _own_key(key: _Key) -> Keys | Fault:
    try:
        if key_id_of_public(key.x) == key.kid:
            return public_keys([(key.kid, key.x)])
    except ValueError:
        pass
    return fault(Flaw.MANIFEST, found=f"key {key.kid[:40]!r} is not called by its thumbprint")


def _differing(
    members: Mapping[str, bytes], manifest: _Manifest, codecs: Mapping[str, Codec]
) -> Iterator[Fault]:
    """Yield where the frames are none of the clip's, and where the reports do not follow from them."""
    name = FRAMES
    try:
        frames = read_frames(members[FRAMES])
        name = JUDGED_BY
        judged = read_judged_by(members[JUDGED_BY])
    except _UNREADABLE as error:
        yield fault(Flaw.UNREADABLE, name, str(error)[:_SHOWN])
        return
    yield from _outside(frames, manifest)
    units = {each.device_id: each for each in judged.units}
    yield from _of_another_time(frames, manifest, units, codecs, judged.served)
    told = map(told_json, reports_of(frames, units, codecs, judged.served))
    expected = [canonical(each) for each in told]
    # The first alone: where one report is missing all that follow are other.
    for number, (its, other) in enumerate(
        zip_longest(members[REPORTS].splitlines(), expected, fillvalue=b""), 1
    ):
        if its != other:
            yield fault(Flaw.REPORTS_DIFFER, number, _line(its), _line(other))
            return


def _of_another_time(
    frames: Sequence[Placed],
    manifest: _Manifest,
    units: Mapping[str, Unit],
    codecs: Mapping[str, Codec],
    served: ServiceArea | None,
) -> Iterator[Fault]:
    """Yield which frame of a supplement tells nothing of the time that it supplements."""
    if manifest.events is None:
        return
    events = [Span(*each) for each in manifest.events]
    for number, each in enumerate(frames, 1):
        if not dated_in((each,), events, units, codecs, served):
            found = f"{each.frame.topic} {each.frame.received_s}"
            yield fault(Flaw.FRAME_OUTSIDE, number, found, f"{manifest.events}"[:_SHOWN])
            return


def _outside(frames: Sequence[Placed], manifest: _Manifest) -> Iterator[Fault]:
    topics = {topic for each in manifest.device_ids for topic in of_device(each)}
    within = [Span(*each) for each in manifest.spans]
    expected = f"{' '.join(manifest.device_ids)} {manifest.spans}"
    for number, each in enumerate(frames, 1):
        if each.frame.topic not in topics or not holds(within, each.frame.received_s):
            found = f"{each.frame.topic} {each.frame.received_s}"
            yield fault(Flaw.FRAME_OUTSIDE, number, found, expected[:_SHOWN])
            return


def _other_code(manifest: _Manifest, software: Mapping[str, str]) -> Iterator[Fault]:
    then = manifest.software
    if dict(software) != then:
        yield fault(Flaw.OTHER_CODE, "", _version(then), _version(software))


def _incomplete(about: bytes) -> Iterator[Fault]:
    """Yield what a clip says of itself that it lacks."""
    try:
        found = msgspec.json.decode(about, type=_Missing)
    except _UNREADABLE:
        return
    if found.lost:
        yield fault(Flaw.LOST, ABOUT, " ".join(found.lost)[:_SHOWN])
    if found.gaps:
        yield fault(Flaw.UNHEARD, ABOUT, f"{sum(until - since for since, until in found.gaps):.0f}")


def _version(software: Mapping[str, str]) -> str:
    return f"{software.get('version', '–')} ({software.get('code_sha256', '–')[:12]})"


def _line(content: bytes) -> str:
    return content.decode("utf-8", "replace")[:_SHOWN] or "–"
