"""Where something listens: a host and a port, as they are typed."""

from dataclasses import dataclass
from ipaddress import ip_address


@dataclass(frozen=True, slots=True)
class Listening:
    """An address to listen on."""

    host: str
    port: int
    """0 is any that is free."""


def listening(typed: str) -> Listening:
    """Read ``0.0.0.0:7611`` or ``[::]:7611``.

    Raises:
        ValueError: it is no address of this form.
    """
    host, _, port = typed.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        ip_address(bare)
        number = int(port)
    except ValueError:
        number = -1
    if not 0 <= number <= 65_535:
        msg = f"{typed!r}: expected an address and a port to listen on, such as 0.0.0.0:7611"
        raise ValueError(msg)
    return Listening(bare, number)
