"""Addresses of files of flight areas that open one file for an hour, and nothing else. Pure."""

import hashlib
import hmac
from typing import Final, NamedTuple

from telemetry.topics import is_device_id

VALID_S: Final = 3600
_PURPOSE: Final = b"fence files"


class Claim(NamedTuple):
    """Which file an address is of."""

    device_id: str
    version: int


def made(key: str, claim: Claim, now_s: float) -> str:
    """Return the token of a file, valid for an hour from now on."""
    said = f"{claim.device_id}.{claim.version}.{int(now_s) + VALID_S}"
    return f"{said}.{_mark(key, said)}"


def read(key: str, token: str, now_s: float) -> Claim | None:
    """Return what a token is of; ``None`` where it is none of ours, or too old."""
    said, _, mark = token.rpartition(".")
    parts = said.split(".")
    if len(parts) != 3 or not hmac.compare_digest(mark.encode(), _mark(key, said).encode()):
        return None
    device_id, version, until = parts
    if not is_device_id(device_id) or int(until) < now_s:
        return None
    return Claim(device_id, int(version))


def _mark(key: str, said: str) -> str:
    secret = hmac.new(key.encode(), _PURPOSE, hashlib.sha256).digest()
    return hmac.new(secret, said.encode(), hashlib.sha256).hexdigest()
