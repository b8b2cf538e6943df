"""Who may connect to the broker: one account a device, and one for the platform itself."""

import base64
import hashlib
import os
import re
from dataclasses import dataclass, field

import bcrypt

SERVICE = "service"
"""The user name of the platform's own processes; no device may be called so."""

DEVICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,63}", re.ASCII)
BCRYPT_COST = 4
"""The cheapest there is: secrets are 32 random bytes, which no amount of hashing makes stronger,
and the broker hashes again for every connection and, on a reload, for every live session."""
PBKDF2_ITERATIONS = 1
_SALT_BYTES = 12


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """Where and as whom a client connects."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """One device's right to connect: its id and its secret, hashed as each broker wants it."""

    username: str
    bcrypt: str = field(repr=False)
    """``$2b$04$…``, for nats-server."""
    pbkdf2: str = field(repr=False)
    """``$7$…`` (PBKDF2-HMAC-SHA512), for Mosquitto's password file."""


def account(username: str, password: str) -> Account:
    """Hash a secret for both brokers."""
    return Account(username, _bcrypt(password), _pbkdf2(password))


def usable(username: str) -> bool:
    """Whether a device may have this name: it becomes part of topics and of permissions."""
    return username != SERVICE and DEVICE_ID.fullmatch(username) is not None


def _bcrypt(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(BCRYPT_COST)).decode()


def _pbkdf2(password: str) -> str:
    salt = os.urandom(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, PBKDF2_ITERATIONS)
    fields = (base64.b64encode(salt).decode(), base64.b64encode(digest).decode())
    return f"$7${PBKDF2_ITERATIONS}${fields[0]}${fields[1]}"
