"""A certificate as a file: the PDF, and behind it a line that seals every byte before it.

The line is a comment to whoever reads PDF: a compact JWS over the SHA-256 of the file. The token is
found among the keywords of the document, where it stands in plain text.
"""

import re
from datetime import datetime
from hashlib import sha256

from joserfc import jws
from joserfc.jwk import OKPKey

from zone_service.certificate_token import (
    ALGORITHM,
    TYPE,
    Keys,
    Verdict,
    Verified,
    key_id_of,
    signed_by,
    verify,
)

SEAL_TYPE = "permit-seal"
_MARK = b"%ZoneSeal "
_COMPACT = re.compile(rb"eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{2,8000}\.[A-Za-z0-9_-]{20,200}")


def sealed(pdf: bytes, key: OKPKey, key_id: str) -> bytes:
    """Return a PDF with its seal."""
    header = {"alg": ALGORITHM, "kid": key_id, "typ": SEAL_TYPE}
    seal = jws.serialize_compact(header, sha256(pdf).digest(), key, algorithms=[ALGORITHM])
    return pdf + _MARK + seal.encode() + b"\n"


def verify_file(content: bytes, keys: Keys, now: datetime) -> Verified:
    """Return what comes of a certificate's file at a moment.

    That it was altered is told before that it has expired: what it says of its end is not to be
    believed more than the rest.
    """
    token = token_in(content)
    if token is None:
        return Verified(Verdict.NO_TOKEN)
    found = verify(token, keys, now)
    if found.claims is None or _is_whole(content, keys, found.key_id):
        return found
    return found._replace(verdict=Verdict.ALTERED)


def token_in(content: bytes) -> str | None:
    """Return the first token of a permit in a file; ``None`` where there is none."""
    for match in _COMPACT.finditer(content):
        token = match[0].decode("ascii")
        if key_id_of(token) and _type_of(token) == TYPE:
            return token
    return None


def _type_of(token: str) -> object:
    return jws.extract_compact(token.encode()).headers().get("typ")


def _is_whole(content: bytes, keys: Keys, key_id: str) -> bool:
    """Tell whether the seal is that of all bytes before it, by the key that signed the token."""
    body, mark, seal = content.rpartition(_MARK)
    if not mark or not seal.endswith(b"\n") or not seal.isascii():
        return False
    signed = signed_by(seal[:-1].decode("ascii"), SEAL_TYPE, keys)
    if isinstance(signed, Verdict):
        return False
    return signed.key_id == key_id and signed.payload == sha256(body).digest()
