"""What decodes and judges here, so that a clip can say what it was sealed by."""

import platform
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from zone_service.metrics import DISTRIBUTION

ROOMS = ("geofence", "maps", "permits", "telemetry", "zone_service")
"""Those whose code a verdict comes from; they lie beside each other."""

OTHERS = frozenset({"node_modules", "vendor", "__pycache__"})


@cache
def software() -> Mapping[str, str]:
    """Return the version, and what tells the code and the packages from others of the same version."""
    return {
        "version": metadata.version(DISTRIBUTION),
        "python": platform.python_version(),
        "code_sha256": _digest(_code(Path(__file__).resolve().parents[2])),
        "packages_sha256": _digest(_packages()),
    }


def _code(root: Path) -> Iterator[bytes]:
    for room in ROOMS:
        for path in sorted(_modules(root / room)):
            yield path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes()


def _modules(folder: Path) -> Iterator[Path]:
    """Yield the modules below a folder, but for those of the page's libraries: they are thousands of folders."""
    for path in folder.iterdir():
        if path.is_dir() and path.name not in OTHERS:
            yield from _modules(path)
        elif path.suffix == ".py":
            yield path


def _packages() -> Iterable[bytes]:
    found = {(each.name.lower(), each.version) for each in metadata.distributions()}
    return (f"{name}=={version}\n".encode() for name, version in sorted(found))


def _digest(parts: Iterable[bytes]) -> str:
    found = sha256()
    for each in parts:
        found.update(sha256(each).digest())
    return found.hexdigest()
