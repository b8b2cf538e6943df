"""What the brokers' configuration writers need to know."""

from dataclasses import dataclass, field
from pathlib import Path

from zone_service.brokers.account import Account

MAX_PAYLOAD_BYTES = 64 * 1024
"""The largest payload a device may send; above it a message is refused when it is decoded."""
ENVELOPE_BYTES = 4096
"""What the brokers let through besides: topic and headers count for their limits, and a payload that
is a little too large should be refused by name. Whoever sends more than that is disconnected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One broker: where it listens, where it keeps its files, and the platform's own account."""

    directory: Path
    """Absolute."""
    host: str = "127.0.0.1"
    port: int
    """Where devices connect."""
    service_port: int
    """Where the platform's own processes connect, on loopback; nats-server uses ``port``."""
    service: Account = field(repr=False)
    persistence: bool = True
    """Whether Mosquitto writes sessions to disk; nats-server always does."""
    max_store_bytes: int = 8 * 1024**3
    """How much disk nats-server may fill with messages nobody has taken yet."""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file to be written with mode 0600."""

    name: str
    text: str = field(repr=False)
