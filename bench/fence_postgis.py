"""PostGIS as a peer: a server of the benchmark's own, and containment by a GiST index.

Which zones hold each place, and no more: no heights, no hours, no ways, no state. That is the part
of the work that PostGIS is made for; the fences are measured with all of theirs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import shapely

from bench import stores
from bench.fence_world import World
from geofence.fixes import Fixes

EXTENSION: Final = Path("/usr/share/postgresql/15/extension/postgis.control")
OPTIONS: Final = {
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
    return stores.is_installed(stores.StoreKind.POSTGRESQL) and EXTENSION.exists()


@contextmanager
def server() -> Iterator[str]:
    """Run a PostgreSQL of one's own; give what to connect with."""
    with stores.postgresql(OPTIONS) as port:
        yield stores.conninfo(port)


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
