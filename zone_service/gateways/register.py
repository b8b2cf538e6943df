"""Which units speak a format, and what they are called on the wire: from the platform's register."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import bcrypt
from sqlmodel import Session

from telemetry.gateways.wire import Known, Register, Wire
from zone_service.store import credentials, wire_names
from zone_service.store.records import Credential

TOKEN_CHARS = 20
"""Of sixteen values each: nobody guesses them three at a connection."""
MOST_CODE_CHARS = 64
"""A secret of ours has 43; bcrypt reads 72 bytes."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The units of one format, at one moment."""

    units: Register = field(default_factory=dict)
    twice: tuple[str, ...] = ()
    """What more than one device is called on the wire: known is the one that was called so first."""

    @property
    def device_ids(self) -> frozenset[str]:
        """The devices that are known."""
        return frozenset(each.device_id for each in self.units.values())


def registered(session: Session, wire: Wire[Any], key: bytes, *, registers: bool) -> Registered:
    """Return the units that have a valid credential and speak the wire's format.

    ``key`` is the gateway's own: the codes that terminals are told are made with it. ``registers``:
    whether they are told one.
    """
    valid = {each.device_id: each for each in credentials.active(session)}
    alike: dict[str, list[Credential]] = {}
    for device_id, wire_id in wire_names.named(session, wire.codec):
        if device_id in valid:
            alike.setdefault(wire.called(wire_id), []).append(valid[device_id])
    return Registered(
        units={name: known(first, key, registers=registers) for name, (first, *_) in alike.items()},
        twice=tuple(sorted(name for name, those in alike.items() if len(those) > 1)),
    )


def known(credential: Credential, key: bytes, *, registers: bool) -> Known:
    """Return a unit with its code: made from its credential, so it ends with that."""
    about = f"{credential.device_id}\0{credential.bcrypt}".encode()
    token = hmac.new(key, about, hashlib.sha256).hexdigest()[:TOKEN_CHARS] if registers else ""
    accepts = _accepting(token, credential.bcrypt.encode())
    return Known(credential.device_id, token, accepts, hashlib.sha256(about).hexdigest())


def _accepting(token: str, hashed: bytes) -> Callable[[str], bool]:
    """Return what tells a unit's own code: the one it was told, or the secret of its credential."""

    def accepts(code: str) -> bool:
        said = code.encode("utf-8", "replace")
        if token and hmac.compare_digest(said, token.encode()):
            return True
        is_possible = 0 < len(said) <= MOST_CODE_CHARS and b"\0" not in said
        return is_possible and bcrypt.checkpw(said, hashed)

    return accepts
