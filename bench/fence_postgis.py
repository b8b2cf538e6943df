"""PostGIS as a peer: a server of the benchmark's own, and containment by a GiST index.

Which zones hold each place, and no more: no heights, no hours, no ways, no state. That is the part
of the work that PostGIS is made for; the fences are measured with all of theirs.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import shapely

from bench.fence_world import World
from geofence.fixes import Fixes
from zone_service.broker import free_port

BIN: Final = Path("/usr/lib/postgresql/15/bin")
EXTENSION: Final = Path("/usr/share/postgresql/15/extension/postgis.control")
READY_WITHIN_S = 20.0
FAST_SHUTDOWN: Final = 2
OPTIONS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "jit": "off",  # compiling costs more than these queries take
}
QUERY: Final = """
    SELECT place.fix, zone.number
    FROM unnest(%s::int4[], %s::float8[], %s::float8[]) AS place(fix, x, y)
    JOIN zone ON ST_Intersects(zone.ground, ST_SetSRID(ST_MakePoint(place.x, place.y), 4326))
"""


def is_installed() -> bool:
    """Tell whether there is a PostGIS to measure against."""
    return (BIN / "initdb").exists() and EXTENSION.exists()


@contextmanager
def server() -> Iterator[str]:
    """Run a PostgreSQL of one's own; give what to connect with."""
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    directory = Path(tempfile.mkdtemp(prefix="zone-postgis-"))
    if user is not None:
        owner = pwd.getpwnam(user)
        os.chown(directory, owner.pw_uid, owner.pw_gid)
    port = free_port()
    process = _start(directory, port, user)
    try:
        address = f"host=127.0.0.1 port={port} user=postgres dbname=postgres connect_timeout=5"
        _wait(process, address)
        yield address
    finally:
        process.send_signal(FAST_SHUTDOWN)
        process.wait(READY_WITHIN_S)
        shutil.rmtree(directory, ignore_errors=True)


def _start(directory: Path, port: int, user: str | None) -> "subprocess.Popen[bytes]":
    data = str(directory / "data")
    how = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run(
        [BIN / "initdb", "-D", data, *how],
        user=user,
        cwd="/",
        check=True,
        stdout=subprocess.DEVNULL,
    )
    flags = [part for name, value in OPTIONS.items() for part in ("-c", f"{name}={value}")]
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(
            [BIN / "postgres", "-D", data, "-p", str(port), *flags],
            user=user,
            cwd="/",
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _wait(process: "subprocess.Popen[bytes]", address: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


class PostgisPeer:
    """The zones in a table with a GiST index, asked by one connection with one statement."""

    def __init__(self, address: str, world: World) -> None:
        self.connection = psycopg.connect(address, autocommit=True)
        self.connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        self.connection.execute("DROP TABLE IF EXISTS zone")
        self.connection.execute("CREATE TABLE zone (number int4, ground geometry(Polygon, 4326))")
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO zone VALUES (%s, ST_SetSRID(ST_GeomFromWKB(%s), 4326))",
                [(number, shapely.to_wkb(ground)) for number, ground in enumerate(world.outlines)],
            )
        self.connection.execute("CREATE INDEX ON zone USING gist (ground)")
        self.connection.execute("VACUUM ANALYZE zone")
        self.pairs: set[tuple[int, int]] = set()

    def take(self, fixes: Fixes, first: int) -> None:
        """Find the zones that hold each place; ``first`` is the first fix's number."""
        given = (
            list(range(first, first + len(fixes))),
            fixes.longitude_deg.tolist(),
            fixes.latitude_deg.tolist(),
        )
        cursor = self.connection.execute(QUERY, given, prepare=True, binary=True)
        self.pairs.update(cursor.fetchall())

    def version(self) -> str:
        """Return what PostGIS says of itself."""
        row = self.connection.execute("SELECT PostGIS_Lib_Version()").fetchone()
        return str(row[0]) if row else "unknown"

    def close(self) -> None:
        self.connection.close()
