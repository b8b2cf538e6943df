"""The signature of a bundle: a compact JWS over the SHA-256 of its manifest, by the key of certificates."""

import base64
import binascii
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from permits.paper_words import Fault, fault
from permits.recognition_trust import TrustedKey, TrustList, TrustListRefused
from permits.recognition_words import Reason, Refused, refused
from zone_service.certificate_token import ALGORITHM, Verdict, key_id_of, signed_by
from zone_service.issuer_key import key_id_of_public, public_keys

TYPE: Final = "recognition-seal"


def sealed(manifest: bytes, key: OKPKey, key_id: str) -> bytes:
    """Return the signature of a manifest."""
    header = {"alg": ALGORITHM, "kid": key_id, "typ": TYPE}
    payload = sha256(manifest).digest()
    return jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM]).encode()


def signer(manifest: bytes, signature: bytes, trusted: TrustList) -> TrustedKey | Refused:
    """Return the key that has signed a manifest, or why nobody known has; never raises."""
    token = signature.decode("ascii", "replace")
    if not is_plain(token):
        return refused(Reason.NOT_SIGNED, "signature.jws")
    keys = public_keys((each.key_id, each.public) for each in trusted.keys.values())
    found = signed_by(token, TYPE, keys)
    if isinstance(found, Verdict):
        return _why(found, key_id_of(token)[:64])
    if found.payload != sha256(manifest).digest():
        return refused(Reason.FORGED, "signature.jws", found.key_id)
    return trusted.keys[found.key_id]


def _why(verdict: Verdict, key_id: str) -> Refused:
    match verdict:
        case Verdict.NO_TOKEN:
            return refused(Reason.NOT_SIGNED, "signature.jws")
        case Verdict.UNKNOWN_KEY:
            return refused(Reason.UNKNOWN_KEY, "signature.jws", key_id)
        case _:
            return refused(Reason.FORGED, "signature.jws", key_id)


def require_usable(trusted: TrustList) -> None:
    """Refuse a trust list with keys that are none, or are called by the name of another.

    Raises:
        TrustListRefused: names each.
    """
    found = tuple(_unusable(trusted.keys.values()))
    if found:
        raise TrustListRefused(*found)


def _unusable(keys: Iterable[TrustedKey]) -> Iterable[Fault]:
    for each in keys:
        try:
            expected = key_id_of_public(each.public)
        except (JoseError, ValueError):
            yield fault(f"keys.{each.key_id}.public", each.public, "pattern", pattern="Ed25519 x")
            continue
        if each.key_id != expected:
            yield fault(f"keys.{each.key_id}.key_id", each.key_id, "thumbprint", key_id=expected)


def is_plain(token: str) -> bool:
    """Tell whether each part is written in the one way in which it can be.

    The last letter of a signature has bits that say nothing: a reader that is generous takes sixteen
    texts for the same one.
    """
    parts = token.split(".")
    return len(parts) == 3 and all(map(_is_canonical, parts))


def _is_canonical(part: str) -> bool:
    try:
        plain = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return False
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode() == part
