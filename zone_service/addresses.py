"""Where a running platform is reached: written down by it, read by the commands of its machine.

So ``zone send``, ``zone load`` and ``zone watch`` find a platform on the ports it was started
with, whatever the shell they are typed in knows of them.
"""

from pathlib import Path

import msgspec

from zone_service.data_lock import held_by
from zone_service.settings import Settings

NAME = "addresses.json"
_EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - recognised, not bound to


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where devices and people connect."""

    mqtt_host: str
    mqtt_port: int
    web_host: str
    web_port: int

    @property
    def mqtt(self) -> str:
        """The broker's address as people write it."""
        return f"{self.mqtt_host}:{self.mqtt_port}"

    @property
    def web(self) -> str:
        """The page's address, without a path."""
        host = f"[{self.web_host}]" if ":" in self.web_host else self.web_host
        return f"http://{host}:{self.web_port}"


def addresses(settings: Settings) -> Addresses:
    """Return where the platform of these settings is reached.

    What is set by a variable holds; then what the platform that runs on the data directory wrote
    down; then the defaults.
    """
    said = _of_the_settings(settings)
    kept = _kept(settings.data_dir)
    if kept is None:
        return said
    chosen = {name for name in Addresses.__struct_fields__ if name in settings.model_fields_set}
    return msgspec.structs.replace(kept, **{name: getattr(said, name) for name in chosen})


def keep(settings: Settings) -> None:
    """Write down where the platform that starts on the data directory is reached."""
    (settings.data_dir / NAME).write_bytes(msgspec.json.encode(_of_the_settings(settings)))


def _of_the_settings(settings: Settings) -> Addresses:
    return Addresses(
        mqtt_host=_reachable(settings.mqtt_host),
        mqtt_port=settings.mqtt_port,
        web_host=_reachable(settings.web_host),
        web_port=settings.web_port,
    )


def _kept(directory: Path) -> Addresses | None:
    """Return what a platform wrote down, None where none runs."""
    if held_by(directory) is None:
        return None
    try:
        return msgspec.json.decode((directory / NAME).read_bytes(), type=Addresses)
    except (OSError, msgspec.DecodeError):
        return None


def _reachable(host: str) -> str:
    """Return a host that can be connected to, for one that is listened on."""
    return "127.0.0.1" if host in _EVERY_ADDRESS else host
