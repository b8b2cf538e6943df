"""The key that certificates are signed with: made at its first use, one file only its owner may read.

The public half is kept in the store for ever, so that what an earlier key has signed can be
verified after a rotation.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from zone_service.certificate_token import ALGORITHM, Keys
from zone_service.secret_file import UnreadableSecrets, write_private

NAME = "issuer-key.json"
_CURVE: Final = "Ed25519"
_ID_LENGTH = 12
"""Of the thumbprint: 72 bits, and short in a QR code."""


class _Kept(msgspec.Struct):
    """The file: both halves, or it is not ours."""

    crv: Literal["Ed25519"]
    kty: Literal["OKP"]
    x: str
    d: str


class Issuer(NamedTuple):
    """The key in use."""

    key_id: str
    key: OKPKey
    public: str
    """Its ``x``: the public half in base64url."""

    def __repr__(self) -> str:
        return f"Issuer({self.key_id!r})"


def issuer(directory: Path) -> Issuer:
    """Return the key in use, made where there is none. Of two who make one at once one is kept.

    Raises:
        UnreadableSecrets: the file is not ours to read, or not what we wrote.
    """
    path = directory / NAME
    if not path.exists():
        _keep_first(path, _written(_made()))
    return _read(path)


def rotated(directory: Path) -> Issuer:
    """Make another key, which signs from now on, and return it."""
    directory.mkdir(parents=True, exist_ok=True)
    write_private(directory / NAME, _written(_made()))
    return _read(directory / NAME)


def public_keys(found: Iterable[tuple[str, str]]) -> Keys:
    """Return keys by their ids; each is an id and its public half."""
    return {key_id: _public(public) for key_id, public in found}


def key_id_of_public(public: str) -> str:
    """Return by which id a key goes: the beginning of its thumbprint (RFC 7638).

    Raises:
        ValueError: it is no public half of a key.
    """
    return _public(public).thumbprint()[:_ID_LENGTH]


def key_set(found: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Return keys as a JWK set (RFC 7517, RFC 8037)."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": _CURVE,
                "x": public,
                "kid": key_id,
                "use": "sig",
                "alg": ALGORITHM,
            }
            for key_id, public in found
        ]
    }


def read_key_set(content: bytes) -> Keys:
    """Return the keys of a JWK set, or of one JWK; those of other kinds are left out.

    Raises:
        ValueError: it is neither.
    """
    try:
        found = msgspec.json.decode(content)
    except msgspec.DecodeError as error:
        msg = f"no JSON: {error}"
        raise ValueError(msg) from None
    some = found.get("keys", [found]) if isinstance(found, dict) else None
    if not isinstance(some, list):
        msg = "no set of keys: expected {'keys': [...]} or one key"
        raise ValueError(msg)  # noqa: TRY004 -- of what was read, not of our own call
    keys = public_keys(filter(None, map(_pair, some)))
    if not keys:
        msg = f"no key of kind OKP with the curve {_CURVE} in it"
        raise ValueError(msg)
    return keys


def _pair(found: object) -> tuple[str, str] | None:
    match found:
        case {"kty": "OKP", "crv": "Ed25519", "x": str(public), "kid": str(key_id)}:
            return key_id, public
        case _:
            return None


def _public(public: str) -> OKPKey:
    try:
        return OKPKey.import_key({"kty": "OKP", "crv": _CURVE, "x": public})
    except (JoseError, ValueError) as error:
        msg = f"{public[:60]!r} is no public key: {error}"
        raise ValueError(msg) from None


def _made() -> OKPKey:
    return OKPKey.generate_key(_CURVE, private=True)


def _written(key: OKPKey) -> bytes:
    return msgspec.json.format(msgspec.json.encode(key.as_dict(private=True))) + b"\n"


def _keep_first(path: Path, content: bytes) -> None:
    """Write a file unless somebody else has meanwhile; nobody sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    write_private(own, content)
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()


def _read(path: Path) -> Issuer:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Kept)
        key = OKPKey.import_key(msgspec.structs.asdict(found))
    except (OSError, ValueError, JoseError) as error:
        msg = f"cannot use {path}: {error}; `zone permit keys --rotate` makes another key"
        raise UnreadableSecrets(msg) from error
    return Issuer(key.thumbprint()[:_ID_LENGTH], key, found.x)
