"""One MQTT connection, opened and closed: whether the broker answers, and whether it lets us in."""

import secrets
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from zone_service.brokers.account import BrokerAccess

_CONNACK = b"\x20\x02"
_CLEAN_SESSION_USER_PASSWORD = 0b1100_0010
_KEEPALIVE_S = 30
_DISCONNECT = b"\xe0\x00"
REFUSALS = {
    1: "unsupported protocol version",
    2: "client id refused",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorised",
}


class Unreachable(ConnectionError):
    """Nobody answers there as an MQTT broker would."""


class AccessRefused(ConnectionError):
    """The broker answers, and does not accept this account."""


def probe(access: BrokerAccess, timeout_s: float = 5.0) -> None:
    """Connect as MQTT 3.1.1 under a client id of its own, then leave.

    Raises:
        Unreachable: no connection, no answer in time, or not an MQTT answer.
        AccessRefused: the broker says no.
    """
    where = f"{access.host}:{access.port}"
    try:
        answer = _handshake(access, timeout_s)
    except ssl.SSLCertVerificationError as error:
        msg = f"the broker at {where} is not believed: {error.verify_message}"
        raise Unreachable(msg) from error
    except OSError as error:
        msg = f"no MQTT broker answers at {where}: {error}"
        raise Unreachable(msg) from error
    match answer:
        case b"":
            msg = f"the broker at {where} closed the connection without a word"
            raise AccessRefused(msg)
        case _ if answer[:2] != _CONNACK or len(answer) != 4:
            msg = f"what answers at {where} is no MQTT broker: {answer!r}"
            raise Unreachable(msg)
        case _ if answer[3]:
            reason = REFUSALS.get(answer[3], f"code {answer[3]}")
            msg = f"the broker at {where} refuses {access.username!r}: {reason}"
            raise AccessRefused(msg)
        case _:
            return


def _handshake(access: BrokerAccess, timeout_s: float) -> bytes:
    with _reached(access, timeout_s) as connection:
        connection.sendall(_connect(access))
        answer = connection.recv(4)
        if answer == _CONNACK + b"\x00\x00":
            connection.sendall(_DISCONNECT)
        return answer


@contextmanager
def _reached(access: BrokerAccess, timeout_s: float) -> Iterator[socket.socket]:
    with socket.create_connection((access.host, access.port), timeout_s) as plain:
        if (tls := access.tls_context()) is None:
            yield plain
            return
        with tls.wrap_socket(plain, server_hostname=access.host) as secured:
            yield secured


def _connect(access: BrokerAccess) -> bytes:
    flags = bytes((4, _CLEAN_SESSION_USER_PASSWORD)) + _KEEPALIVE_S.to_bytes(2, "big")
    client_id = f"probe-{secrets.token_hex(8)}"
    fields = (client_id, access.username, access.password)
    body = _text("MQTT") + flags + b"".join(map(_text, fields))
    return b"\x10" + _length(len(body)) + body


def _text(value: str) -> bytes:
    encoded = value.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def _length(value: int) -> bytes:
    """Encode a remaining length: seven bits a byte, the lowest first."""
    out = bytearray()
    while True:
        value, low = divmod(value, 128)
        out.append(low | (128 if value else 0))
        if not value:
            return bytes(out)
