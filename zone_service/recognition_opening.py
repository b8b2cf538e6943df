"""A bundle from its file and back: written and signed, or opened and looked at whole, without a network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from permits.recognising import NOTHING_HERE, Agreement, Here, refusals, signer_refusals
from permits.recognition import Bundle
from permits.recognition_form import NotCanonical, from_bytes, to_bytes
from permits.recognition_trust import TrustedKey, TrustList
from permits.recognition_words import Reason, Refused, refused
from zone_service.issuer_key import Issuer
from zone_service.recognition_file import (
    BUNDLE,
    MANIFEST,
    SIGNATURE,
    Members,
    altered,
    file_name,
    manifest_of,
    packed,
    unpacked,
)
from zone_service.recognition_seal import sealed, signer


@dataclass(frozen=True, slots=True)
class Opened:
    """What a file was found to be. With refusals nothing that it says is to be believed."""

    refusals: tuple[Refused, ...]
    bundle: Bundle | None = None
    """What it says, where that could be read."""
    key: TrustedKey | None = None
    """That has signed it; ``None`` where nobody known has."""
    files: Mapping[str, bytes] | None = None
    """By SHA-256."""
    sha256: str = ""
    """Of the file."""


def written(bundle: Bundle, files: Mapping[str, bytes], key: Issuer) -> bytes:
    """Return the file of a bundle, signed. ``files``: by SHA-256."""
    members = {BUNDLE: to_bytes(bundle)}
    members |= {file_name(digest): content for digest, content in files.items()}
    manifest = manifest_of(members)
    members |= {MANIFEST: manifest, SIGNATURE: sealed(manifest, key.key, key.key_id)}
    return packed(members)


def opened(content: bytes, trusted: TrustList, most_bytes: int) -> Opened:
    """Open a file and tell whether it is whole, and by whom; what it says is not judged."""
    digest = sha256(content).hexdigest()
    members = unpacked(content, most_bytes)
    if isinstance(members, tuple):
        return Opened(members, sha256=digest)
    found = [*altered(members)]
    key = signer(members[MANIFEST], members[SIGNATURE], trusted)
    if isinstance(key, Refused):
        found.append(key)
    bundle = _bundle(members[BUNDLE])
    if isinstance(bundle, Refused):
        found.append(bundle)
        return Opened(tuple(found), sha256=digest)
    files = dict(_files(members))
    found += _of_files(bundle, files)
    known = None if isinstance(key, Refused) else key
    return Opened(tuple(found), bundle, known, files, digest)


def judged(
    found: Opened, agreement: Agreement, at: datetime, here: Here = NOTHING_HERE
) -> tuple[Refused, ...]:
    """Return all for which a file is not recognised; empty if it is."""
    if found.bundle is None:
        return found.refusals
    signed = () if found.key is None else signer_refusals(found.bundle, found.key, at)
    return (*found.refusals, *signed, *refusals(found.bundle, agreement, at, here))


def _bundle(content: bytes) -> Bundle | Refused:
    try:
        return from_bytes(content)
    except NotCanonical as error:
        return refused(Reason.NOT_CANONICAL, BUNDLE, str(error))


def _files(members: Members) -> Iterator[tuple[str, bytes]]:
    for name, content in members.items():
        folder, _, digest = name.partition("/")
        if folder == "files":
            yield digest, content


def _of_files(bundle: Bundle, files: Mapping[str, bytes]) -> Iterator[Refused]:
    """A file is under its hash, as long as is said, and spoken of; and what is spoken of is there."""
    spoken_of = {each.sha256: each for each in bundle.files}
    for digest, file in spoken_of.items():
        if digest not in files:
            yield refused(Reason.MEMBER_MISSING, file_name(digest))
        elif len(files[digest]) != file.size_bytes:
            size = len(files[digest])
            yield refused(Reason.FILE_REFUSED, file_name(digest), f"{size} ≠ {file.size_bytes}")
    for digest, content in files.items():
        own = sha256(content).hexdigest()
        if own != digest:
            yield refused(Reason.MEMBER_ALTERED, file_name(digest), own, digest)
        if digest not in spoken_of:
            yield refused(Reason.MEMBER_UNKNOWN, file_name(digest))
