"""The secrets that an installation makes for itself, in one file only its owner may read."""

import os
from pathlib import Path

import msgspec

NAME = "secrets.json"


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """How the platform's own processes get into the embedded broker."""

    mqtt_password: str
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = 1883

    def __repr__(self) -> str:
        return f"Secrets(mqtt_host={self.mqtt_host!r}, mqtt_port={self.mqtt_port})"


class UnreadableSecrets(PermissionError):
    """The file is there and cannot be used."""


def read_secrets(directory: Path) -> Secrets | None:
    """Return what is kept in this data directory, None where nothing was kept yet.

    Raises:
        UnreadableSecrets: not ours to read, or not what we wrote.
    """
    path = directory / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Secrets)
    except FileNotFoundError:
        return None
    except (PermissionError, msgspec.DecodeError) as error:
        msg = f"cannot use {path}: {error}; remove it and a new one is made"
        raise UnreadableSecrets(msg) from error


def write_private(path: Path, content: bytes) -> None:
    """Replace a file at once by one that only its owner may read."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
    fresh.replace(path)


def keep_secrets(directory: Path, secrets: Secrets) -> None:
    """Write them, readable by the owner alone."""
    write_private(directory / NAME, msgspec.json.format(msgspec.json.encode(secrets)) + b"\n")
