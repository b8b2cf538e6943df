"""The token of a certificate: a compact JWS (RFC 7515) with Ed25519, small enough for a QR code.

Whoever has the public keys can verify one without a network. It says what stands on the paper, and
no more; whether the permit was suspended since, only the platform knows.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

import msgspec
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey

from permits.certificate import Certificate, CertifiedVehicle

ALGORITHM = "Ed25519"
TYPE = "permit+jwt"
MOST_CHARACTERS = 8192
NAMED_VEHICLES = 8
"""So many stand in the token by plate and VIN; of more, their digest: a QR code has to stay legible."""

Keys = Mapping[str, OKPKey]
"""Public keys by their ids."""


class Verdict(StrEnum):
    """What comes of verifying a token or a certificate."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    ALTERED = "altered"
    """The file is not the one that was issued."""
    FORGED = "forged"
    """The signature is not that of the key that it names."""
    UNKNOWN_KEY = "unknown key"
    """It names a key that is none of those that are known."""
    NO_TOKEN = "no token"  # noqa: S105 -- not a secret
    """There is nothing to verify."""


class Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a token says."""

    iss: str
    """The jurisdiction that issued it."""
    sub: str
    """The permit's number."""
    app: str
    """The number under which it was applied for."""
    ed: int
    """Edition of the certificate."""
    kind: str
    holder: str
    nbf: int
    """Unix time from which it is valid."""
    exp: int
    """Unix time at which it is not."""
    iat: int
    """Unix time of the issue."""
    veh: tuple[tuple[str, str], ...] = ()
    """Plate and VIN of each vehicle; the id of a device that bears no plate, and an empty text."""
    fleet: str = ""
    """Where they are many: how many, and the SHA-256 of the list that stands on the paper."""


class Verified(NamedTuple):
    """What came of it, and what the token says where it could be read."""

    verdict: Verdict
    claims: Claims | None = None
    key_id: str = ""


def claims_of(certificate: Certificate) -> Claims:
    """Return what the token of a certificate says."""
    vehicles = tuple(map(_named, certificate.vehicles))
    many = len(vehicles) > NAMED_VEHICLES
    return Claims(
        iss=certificate.jurisdiction,
        sub=certificate.number,
        app=certificate.application,
        ed=certificate.edition,
        kind=certificate.kind,
        holder=certificate.holder,
        nbf=int(certificate.valid_from.timestamp()),
        exp=int(certificate.valid_to.timestamp()),
        iat=int(certificate.issued_at.timestamp()),
        veh=() if many else vehicles,
        fleet=digest_of(vehicles) if many else "",
    )


def digest_of(vehicles: tuple[tuple[str, str], ...]) -> str:
    """Return how many vehicles a list has, and its SHA-256: plate, a tab and VIN, a line each."""
    text = "".join(f"{plate}\t{vin}\n" for plate, vin in vehicles)
    return f"{len(vehicles)}:{sha256(text.encode()).hexdigest()}"


def sign(claims: Claims, key: OKPKey, key_id: str) -> str:
    """Return a token."""
    header = {"alg": ALGORITHM, "kid": key_id, "typ": TYPE}
    return jws.serialize_compact(header, msgspec.json.encode(claims), key, algorithms=[ALGORITHM])


def verify(token: str, keys: Keys, now: datetime) -> Verified:
    """Return what comes of a token at a moment; never raises for anything that can be typed."""
    signed = signed_by(token, TYPE, keys)
    if isinstance(signed, Verdict):
        return Verified(signed, key_id=key_id_of(token))
    try:
        claims = msgspec.json.decode(signed.payload, type=Claims)
    except msgspec.DecodeError:
        return Verified(Verdict.NO_TOKEN, key_id=signed.key_id)
    return Verified(_in_time(claims, now), claims, signed.key_id)


class Signed(NamedTuple):
    """What somebody has signed whose key is known."""

    payload: bytes
    key_id: str


def signed_by(token: str, kind: str, keys: Keys) -> Signed | Verdict:
    """Return what a compact JWS of a type holds, or why it is not to be believed."""
    header = _header(token)
    if header is None or header.get("typ") != kind:
        return Verdict.NO_TOKEN
    key_id = str(header.get("kid", ""))
    if key_id not in keys:
        return Verdict.UNKNOWN_KEY
    try:
        found = jws.deserialize_compact(token, keys[key_id], algorithms=[ALGORITHM])
    except BadSignatureError:
        return Verdict.FORGED
    except (JoseError, ValueError):  # also one that names another algorithm, or none
        return Verdict.FORGED
    return Signed(found.payload, key_id)


def key_id_of(token: str) -> str:
    """Return which key a token names; empty where it names none."""
    return str((_header(token) or {}).get("kid", ""))


def _header(token: str) -> Mapping[str, object] | None:
    if len(token) > MOST_CHARACTERS or not token.isascii():
        return None
    try:
        return jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def _in_time(claims: Claims, now: datetime) -> Verdict:
    now_s = now.timestamp()
    if now_s < claims.nbf:
        return Verdict.NOT_YET_VALID
    return Verdict.VALID if now_s < claims.exp else Verdict.EXPIRED


def _named(vehicle: CertifiedVehicle) -> tuple[str, str]:
    return (vehicle.plate, vehicle.vin) if vehicle.plate else (vehicle.device_id, "")
