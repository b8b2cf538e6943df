"""Who may connect to the broker: one account a device, and one for the platform itself."""

import hashlib
import hmac
import re
import ssl
from dataclasses import dataclass, field

from zone_service.broker_tls import Tls
from zone_service.store.roles import SERVICE
from zone_service.store.secret import hashed

__all__ = [
    "SERVICE",
    "Account",
    "BrokerAccess",
    "account",
    "device_client_id",
    "gateway_account",
    "gateway_name",
    "gateway_password",
    "private_client_id",
    "usable",
]

_DEVICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """Where and as whom a client connects."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    tls: Tls | None = None
    """``None`` talks in the clear, as on one machine."""

    def tls_context(self) -> ssl.SSLContext | None:
        """Return what a client connects with.

        Raises:
            TlsUnusable: one of the files is not what it should be.
        """
        return None if self.tls is None else self.tls.context()


@dataclass(frozen=True, slots=True)
class Account:
    """One device's right to connect: its id and its secret, hashed as each broker wants it."""

    username: str
    bcrypt: str = field(repr=False)
    """``$2a$04$…``, for nats-server."""
    pbkdf2: str = field(repr=False)
    """``$7$…`` (PBKDF2-HMAC-SHA512), for Mosquitto's password file."""
    speaks_for: tuple[str, ...] | None = None
    """The devices whose reports a gateway passes on, and no other right; ``None`` is a device itself."""
    tells_fences: bool = False
    """Whether a gateway also hears which fences they are to have, and says which they hold."""


def account(username: str, password: str) -> Account:
    """Hash a secret for both brokers."""
    made = hashed(password)
    return Account(username, made.bcrypt, made.pbkdf2)


def gateway_name(codec: str) -> str:
    """Return the account of the gateway for a format: a dot is in no device's name."""
    return f"gateway.{codec}"


def gateway_password(codec: str, service_password: str) -> str:
    """Return the secret of a gateway's account: made from the platform's, which it does not tell.

    So a gateway needs no file of its own, and who takes one over has its rights and no others.
    """
    key, about = service_password.encode(), gateway_name(codec).encode()
    return hmac.new(key, about, hashlib.sha256).hexdigest()


def gateway_account(codec: str, service_password: str) -> Account:
    """Return the account of the gateway for a format, which speaks for nobody yet."""
    made = hashed(gateway_password(codec, service_password))
    return Account(gateway_name(codec), made.bcrypt, made.pbkdf2, speaks_for=())


def usable(username: str) -> bool:
    """Whether a device may have this name: it becomes part of topics and of permissions."""
    return username != SERVICE and _DEVICE_ID.fullmatch(username) is not None


def private_client_id(process: str, password: str) -> str:
    """Return the MQTT client id of one of the platform's processes: fixed, yet not to be guessed.

    Whoever connects under the client id of another ends the session of that other, on a broker
    that does not tie client ids to accounts; a device must not be able to do that to the worker.
    """
    mark = hashlib.blake2b(f"{process}:{password}".encode(), digest_size=9).hexdigest()
    return f"zone-{process}-{mark}"


def device_client_id(device_id: str, secret: str) -> str:
    """Return the MQTT client id that a device does well to use: its own, yet not to be guessed.

    A device makes it itself, from the secret alone.
    """
    return f"{device_id}-{hashlib.sha256(secret.encode()).hexdigest()[:12]}"
