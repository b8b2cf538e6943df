"""The file of a clip: a ZIP archive that can be written in one way alone, and its seal.

The members are stored, so that the file opens in every program for archives and reads as text. The
manifest has the SHA-256 of each, and the seal is a compact JWS over the SHA-256 of the manifest, by the key
that certificates are signed with. The manifest names the key and holds its public half: whoever has nothing
but the file can tell that it is whole, and with the key from elsewhere by whom it was sealed.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from joserfc import jws

from permits.recognition_form import canonical
from zone_service.certificate_token import ALGORITHM
from zone_service.clips.content import MANIFEST, MEMBERS, SIGNATURE
from zone_service.clips.words import Fault, Flaw, fault
from zone_service.issuer_key import Issuer
from zone_service.recognition_file import packed

TYPE: Final = "evidence-seal"
MEDIA_TYPE: Final = "application/zip"
NAMES: Final = frozenset({*MEMBERS, MANIFEST, SIGNATURE})
MOST_BYTES: Final = 1 << 30
"""Of a file that is looked at: it is in memory."""
# All that the library was seen or is known to raise for what is no archive of its own.
_UNREADABLE: Final = (
    zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, OSError, LookupError,
    ArithmeticError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip


def sealed(members: Mapping[str, bytes], described: Mapping[str, Any], issuer: Issuer) -> bytes:
    """Return the file of some members, with a manifest that says what it is and by whose key."""
    key = {"kid": issuer.key_id, "x": issuer.public}
    listed = [_listed(name, members[name]) for name in sorted(members)]
    manifest = canonical({**described, "key": key, "members": listed})
    return packed({**members, MANIFEST: manifest, SIGNATURE: _signature(manifest, issuer)})


def _listed(name: str, content: bytes) -> dict[str, Any]:
    digest = sha256(content).hexdigest()
    return {"name": name, "sha256": digest, "size_bytes": len(content)}


def _signature(manifest: bytes, issuer: Issuer) -> bytes:
    header = {"alg": ALGORITHM, "kid": issuer.key_id, "typ": TYPE}
    payload = sha256(manifest).digest()
    return jws.serialize_compact(header, payload, issuer.key, algorithms=[ALGORITHM]).encode()


def unpacked(content: bytes) -> Mapping[str, bytes] | Fault:
    """Return the members of a file, or why it is none that was sealed here; never raises.

    Nothing unpacks into more than the file is long, and nothing is written to a disk.
    """
    if len(content) > MOST_BYTES:
        return fault(Flaw.TOO_LARGE, found=len(content), expected=MOST_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = sorted(each.filename for each in archive.infolist())
            if names != sorted(NAMES):
                return fault(Flaw.OTHER_MEMBERS, found=_said(names), expected=_said(NAMES))
            if any(_is_packed(each) for each in archive.infolist()):
                return fault(Flaw.ALTERED_ARCHIVE)
            members = {each.filename: archive.read(each) for each in archive.infolist()}
    except _UNREADABLE as error:
        return fault(Flaw.NO_CLIP, found=str(error)[:120] or type(error).__name__)
    return members if packed(members) == content else fault(Flaw.ALTERED_ARCHIVE)


def _is_packed(entry: zipfile.ZipInfo) -> bool:
    return entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size


def _said(names: Any) -> str:
    return " ".join(sorted(names))[:300]
