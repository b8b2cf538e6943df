"""Whether clips that are given together belong together: what comes beside another names it by its hash. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from telemetry.codecs.codec import Codec
from zone_service.certificate_token import Keys
from zone_service.clips.verifying import Verified, verified
from zone_service.clips.words import Fault, Flaw, fault


class Looked(NamedTuple):
    """A file, by its hash, and what came of it alone."""

    sha256: str
    found: Verified


def looked_at(
    content: bytes, keys: Keys, codecs: Mapping[str, Codec], software: Mapping[str, str]
) -> Looked:
    """Return what comes of a file alone; as ``verified``."""
    return Looked(sha256(content).hexdigest(), verified(content, keys, codecs, software))


def paired(looked: Sequence[Looked]) -> list[Verified]:
    """Return what comes of each file beside the others."""
    given = _by_clip(looked)
    return [_beside(each.found, given) for each in looked]


def _by_clip(looked: Iterable[Looked]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in looked:
        if each.found.manifest is not None:
            found.setdefault(str(each.found.manifest["clip"]), []).append(each.sha256)
    return found


def _beside(found: Verified, given: Mapping[str, Sequence[str]]) -> Verified:
    first = (found.manifest or {}).get("first")
    if first is None:
        return found
    its = given.get(first["clip"], ())
    if not its:
        return found._replace(remarks=(*found.remarks, _said(Flaw.FIRST_NOT_GIVEN, first)))
    if first["sha256"] in its:
        return found
    return found._replace(faults=(*found.faults, _said(Flaw.OTHER_FIRST, first, its[0])))


def _said(flaw: Flaw, first: Mapping[str, str], found: str = "") -> Fault:
    return fault(flaw, first["clip"], found, first["sha256"])
