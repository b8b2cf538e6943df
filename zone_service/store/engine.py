"""One database behind one object: short transactions, and tables of the right age."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy import text as sql
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from zone_service.store.errors import InvalidValue, SchemaMismatch

if TYPE_CHECKING:
    # It is loaded to change tables alone: every command and process looks at their age.
    from alembic.config import Config

BUSY_TIMEOUT_S = 10.0
"""How long SQLite waits for another writer; a long import must not fail the worker's commit."""

MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 4_743_301  # any number of our own: two upgrades at once queue up in PostgreSQL

_WRITES = "zone_writes"
_REVISION = re.compile(r"""^(down_)?revision: str(?: \| None)? = "(\w+)"$""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Store:
    """The database. One for each process; safe to share among its threads."""

    url: URL
    reader: Engine
    writer: Engine

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite and not a PostgreSQL server."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one moment and leaves nothing behind."""
        with Session(self.reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose changes hold all together when the block ends without an error.

        Keep it short: on SQLite nobody else writes meanwhile, and the worker waits.
        """
        with Session(self.writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give a writing connection for statements without objects; commits like ``write``."""
        with self.writer.begin() as connection:
            yield connection

    @contextmanager
    def begin_unsynced(self) -> Iterator[Connection]:
        """Give a writing connection whose commit does not wait for the disk.

        A loss of power may take it back, but nothing that was committed before it, and nothing
        that came behind it stays without it. For what can be made again.
        """
        with self.writer.connect() as connection:
            if self.is_sqlite:
                # Nothing else is on this connection; in the middle of a transaction it is not taken.
                connection.connection.cursor().execute("PRAGMA synchronous=NORMAL")
            try:
                with connection.begin():
                    if not self.is_sqlite:
                        connection.execute(sql("SET LOCAL synchronous_commit TO off"))
                    yield connection
            finally:
                if self.is_sqlite:
                    connection.connection.cursor().execute("PRAGMA synchronous=FULL")

    def upgrade(self, revision: str = "head") -> None:
        """Bring the tables to a schema revision; the newest by default. Holds whole or not."""
        if revision == "head" and self.revision_of_schema() == newest_revision():
            return  # to load what migrates takes longer than most commands
        from alembic import command

        self._migrate(command.upgrade, revision)

    def downgrade(self, revision: str) -> None:
        """Take the tables back to an older revision; ``base`` removes them all."""
        from alembic import command

        self._migrate(command.downgrade, revision)

    def revision_of_schema(self) -> str | None:
        """Return the revision of the tables, ``None`` where there are none."""
        with self.reader.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            asked = sql("SELECT version_num FROM alembic_version")
            found: str | None = connection.execute(asked).scalar()
            return found

    def require_schema(self) -> None:
        """Refuse to work on tables of another age.

        Raises:
            SchemaMismatch: says what was found and what to run.
        """
        found, expected = self.revision_of_schema(), newest_revision()
        if found != expected:
            raise SchemaMismatch(found, expected)

    def close(self) -> None:
        """Close every idle connection."""
        self.writer.dispose()

    def _migrate(self, step: Any, revision: str) -> None:
        with _migrating(self.url) as connection:
            config = migration_config()
            config.attributes["connection"] = connection
            step(config, revision)


def open_store(url: str | URL) -> Store:
    """Open the database at a SQLAlchemy address, without touching its tables.

    Raises:
        InvalidValue: it is neither a SQLite file nor a PostgreSQL server.
    """
    address = _address(_parsed(url))
    if address.get_backend_name() == "sqlite":
        engine = _sqlite(address)
        # The same pool behind both: only the word that begins a transaction differs.
        return Store(address, engine, engine.execution_options(**{_WRITES: True}))
    engine = create_engine(
        address, pool_size=10, max_overflow=30, pool_pre_ping=True, hide_parameters=True
    )
    event.listen(engine, "connect", _commit_durably)
    # One moment for all statements of a reading block, as SQLite gives it anyway.
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Store(address, reader, engine)


def _parsed(url: str | URL) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # Not repeated: it may hold a password.
        raise InvalidValue(why="address of database") from None


def _address(url: URL) -> URL:
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise InvalidValue(why="other database", found=backend)
    if not url.database or url.database == ":memory:":
        raise InvalidValue(why="database in memory")
    Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return url


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=30,
        # An error that is logged must not repeat what was stored.
        hide_parameters=True,
        # No isolation level of sqlite3's own: it would begin transactions behind our back.
        connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_S},
    )
    event.listen(engine, "do_connect", _sqlite_for_its_owner)
    event.listen(engine, "connect", _sqlite_pragmas)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_for_its_owner(
    _dialect: object, _record: object, arguments: Sequence[str], _named: object
) -> None:
    """Make a new file that nobody else may read: SQLite would leave that to the umask.

    It holds what people and devices prove with who they are. Its log gets the same mode.
    """
    # What hinders us hinders SQLite too, which says so in its own words.
    with suppress(OSError):
        os.close(os.open(arguments[0], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit that was reported survives a loss of power
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    """Take the writer's lock at once: a reader that turns writer later fails instead of waiting."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _commit_durably(connection: Any, _record: object) -> None:
    """Insist on durable commits, whatever the server's default."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO on")
            cursor.execute("SET timezone TO 'UTC'")
        connection.commit()
    except BaseException:
        # Nobody knows of it yet but us: the pool takes it only when this has returned.
        connection.close()
        raise


@contextmanager
def _migrating(url: URL) -> Iterator[Connection]:
    """Give a connection on which tables may change, one upgrade at a time."""
    engine = open_store(url).writer
    try:
        with engine.connect() as connection:
            sqlite = engine.dialect.name == "sqlite"
            if sqlite:
                # Changing a table means copying it; its references are checked afterwards.
                connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                if not sqlite:
                    connection.execute(sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
                yield connection
                if sqlite:
                    _require_references(connection)
    finally:
        engine.dispose()


def _require_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise InvalidValue(why="broke references", found=broken[:5])


def migration_config() -> "Config":
    """Return Alembic's settings: everything is inside the package, no file beside it."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def newest_revision() -> str:
    """Return the schema revision that this program is written for: the one that no other follows.

    Raises:
        InvalidValue: there is none, or there are several.
    """
    # Read, not run: Alembic would import itself and each of them, which takes half of a command's time.
    found: dict[str, set[str]] = {"": set(), "down_": set()}
    for file in (MIGRATIONS / "versions").glob("*.py"):
        for kind, revision in _REVISION.findall(file.read_text("utf-8")):
            found[kind].add(revision)
    heads = sorted(found[""] - found["down_"])
    if len(heads) != 1:
        raise InvalidValue(why="no migrations", found=", ".join(heads) or MIGRATIONS)
    return heads[0]
