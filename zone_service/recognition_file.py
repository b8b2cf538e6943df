"""The file of a bundle: a ZIP archive that can be written in one way alone.

Members are stored, not packed, in the order of their names and without times: so nothing unpacks into
more than was sent, and a file is genuine byte for byte or not at all. Nothing is ever unpacked to a disk.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec

from permits.recognition import FORMAT, MOST_VEHICLES
from permits.recognition_form import canonical
from permits.recognition_words import Reason, Refused, refused

MANIFEST: Final = "manifest.json"
BUNDLE: Final = "bundle.json"
SIGNATURE: Final = "signature.jws"
MEDIA_TYPE: Final = "application/zip"
_FILE = re.compile(r"files/[0-9a-f]{64}")
_NAMED = (MANIFEST, BUNDLE, SIGNATURE)
_MOST_MEMBERS = 20 * MOST_VEHICLES
_BEGINNING_OF_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o600 << 16
# All that the library was seen or is known to raise for what is no archive of its own.
_UNREADABLE = (
    zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, OSError, LookupError,
    ArithmeticError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip

Members = Mapping[str, bytes]
"""By name."""


def file_name(digest: str) -> str:
    """Return where the file of a document lies in the archive."""
    return f"files/{digest}"


def manifest_of(members: Members) -> bytes:
    """Return the list of all members but itself and the signature, with their hashes."""
    listed = [
        {
            "name": name,
            "sha256": sha256(members[name]).hexdigest(),
            "size_bytes": len(members[name]),
        }
        for name in sorted(members)
        if name not in {MANIFEST, SIGNATURE}
    ]
    return canonical({"format": FORMAT, "members": listed})


def packed(members: Members) -> bytes:
    """Return the archive of some members."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, _BEGINNING_OF_TIME)
            # What runs here must not show in the file: on another system it would be another one.
            entry.create_system, entry.external_attr = 3, _MODE
            archive.writestr(entry, members[name])
    return written.getvalue()


def unpacked(content: bytes, most_bytes: int) -> Members | tuple[Refused, ...]:
    """Return the members of an archive, or why it is none that was written here; never raises."""
    if len(content) > most_bytes:
        return (refused(Reason.TOO_LARGE, "file", len(content), most_bytes),)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            traps = tuple(_traps(entries, len(content)))
            if traps:
                return traps
            members = {each.filename: archive.read(each) for each in entries}
    except _UNREADABLE as error:
        return (refused(Reason.NOT_A_BUNDLE, "file", _said(error)),)
    missing = tuple(refused(Reason.MEMBER_MISSING, each) for each in _NAMED if each not in members)
    if missing:
        return missing
    return members if packed(members) == content else (refused(Reason.ALTERED_ARCHIVE, "file"),)


def altered(members: Members) -> Iterator[Refused]:
    """Yield which members are not those of the manifest."""
    listed = _listed(members[MANIFEST])
    if listed is None or canonical({"format": FORMAT, "members": listed}) != members[MANIFEST]:
        yield refused(Reason.NOT_CANONICAL, MANIFEST, FORMAT)
        return
    digests = {str(each["name"]): str(each["sha256"]) for each in listed}
    for name, expected in digests.items():
        if name not in members:
            yield refused(Reason.MEMBER_MISSING, name)
        elif (found := sha256(members[name]).hexdigest()) != expected:
            yield refused(Reason.MEMBER_ALTERED, name, found, expected)
    for name in sorted(members.keys() - digests.keys() - {MANIFEST, SIGNATURE}):
        yield refused(Reason.MEMBER_UNKNOWN, name)


def _listed(manifest: bytes) -> list[Mapping[str, Any]] | None:
    try:
        found = msgspec.json.decode(manifest, type=_Manifest)
    except msgspec.DecodeError:
        return None
    return [msgspec.structs.asdict(each) for each in found.members]


class _Member(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    sha256: str
    size_bytes: int


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    members: list[_Member]


def _traps(entries: list[zipfile.ZipInfo], size: int) -> Iterator[Refused]:
    if len(entries) > _MOST_MEMBERS:
        yield refused(Reason.TRAP, "*", f"{len(entries)} entries", f"≤ {_MOST_MEMBERS}")
        return
    if sum(each.file_size for each in entries) > size:
        total = sum(each.file_size for each in entries)
        yield refused(Reason.TRAP, "*", f"{total} bytes", f"≤ {size}")
    names = [each.filename for each in entries]
    for each in entries:
        name = each.filename
        if name not in _NAMED and _FILE.fullmatch(name) is None:
            yield refused(Reason.TRAP, repr(name)[:80], "–", "manifest.json, files/SHA-256 …")
        elif names.count(name) > 1:
            yield refused(Reason.TRAP, name, "×2", "×1")
        elif each.compress_type != zipfile.ZIP_STORED or each.flag_bits & 1:
            yield refused(Reason.TRAP, name, f"type {each.compress_type}", "type 0 (stored)")


def _said(error: Exception) -> str:
    return str(error)[:120] or type(error).__name__
