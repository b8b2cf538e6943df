"""Secrets that are shown once, and what is kept of them."""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import bcrypt as bcrypt_library

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_BITS = 256
_SECRET_LENGTH = 43  # 62 ** 43 > 2 ** 256
BCRYPT_COST = 4
"""The least there is. The secret has 256 random bits: nobody can guess it whatever one guess
costs, so a higher cost would only slow down the broker when a city's devices reconnect at once."""
PBKDF2_ITERATIONS = 101
"""What Mosquitto itself uses; the same reason holds."""
_SALT_BYTES = 12


@dataclass(frozen=True, slots=True)
class Hashed:
    """A secret, shown once, and what brokers are told instead."""

    secret: str
    bcrypt: str
    pbkdf2: str


def new_secret() -> str:
    """Return 256 random bits in base 62: letters and digits only, so it can be typed anywhere."""
    number = secrets.randbits(_SECRET_BITS)
    digits = []
    for _ in range(_SECRET_LENGTH):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(digits)


def fingerprint(secret: str) -> str:
    """Return what is kept of a cookie, a token or a ticket: SHA-256, since it is random itself."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def hashed(secret: str) -> Hashed:
    """Return a device's secret with its hashes for nats-server and for Mosquitto."""
    salt = bcrypt_library.gensalt(BCRYPT_COST, prefix=b"2a")
    return Hashed(
        secret, bcrypt_library.hashpw(secret.encode(), salt).decode(), mosquitto_hash(secret)
    )


def mosquitto_hash(secret: str, salt: bytes | None = None) -> str:
    """Return the line of a Mosquitto password file behind the name and the colon."""
    salt = salt or secrets.token_bytes(_SALT_BYTES)
    key = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, PBKDF2_ITERATIONS)
    return f"$7${PBKDF2_ITERATIONS}${_base64(salt)}${_base64(key)}"


def many_hashed(count: int) -> Sequence[Hashed]:
    """Return new secrets with their hashes; both hashes leave the other threads running."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_fresh, range(count), chunksize=1))


def _fresh(_number: int) -> Hashed:
    return hashed(new_secret())


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
